"""Le lanceur du cours, pièce par pièce : bibliothèque standard seule, lisible dès Python 3.8.

refus : les phrases des mauvais départs. processus : lancer un programme et l'arrêter avec nous.
fichiers : écrire et supprimer, tout ou rien. verrou : une seule préparation à la fois.
environnement : faire, réparer et mettre à jour .venv. copies : mon_travail/ suit le cours sans rien écraser.
jupyter : les options et les réglages de JupyterLab.
executer et diagnostic tournent dans .venv.
"""

from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
