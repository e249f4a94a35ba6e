"""Outils de ceux qui écrivent le cours : construire les carnets, les relire, changer l'adresse du dépôt."""
