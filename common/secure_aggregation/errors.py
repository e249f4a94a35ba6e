"""Les refus du protocole d'agrégation sécurisée."""


class ProtocolError(Exception):
    """Un message ou une demande que le protocole interdit ; le texte dit lequel, pourquoi, et ce qui s'ensuit."""
