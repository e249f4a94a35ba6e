"""Confidentialité : mesurer ce qu'un tableau, une image ou un modèle laisse voir d'un patient, puis le réduire."""
