"""Écrire un nombre à la française."""


def virgule(valeur: float, decimales: int) -> str:
    """Arrondit à `decimales` chiffres et met une virgule : 0,785."""
    return f"{valeur:.{decimales}f}".replace(".", ",")
