"""bandit relit le paquet, le lanceur et les programmes ; ce qu'il signale encore a sa raison ici."""

import json
import subprocess
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
FIXES = "programmes lancés : une liste d'arguments écrite ici, sans interpréteur de commandes"
EXPLIQUES = {
    ("common/privacy/dicom/deidentify.py", "B112"): "un élément DICOM illisible n'est pas recopié ; l'essai le vérifie",
    ("common/verifier/semaine_6_a_8/__init__.py", "B105"): "« lecon_2_partage » est un nom de fichier",
    ("outils/juge.py", "B102"): "exécute les mutants que l'outil vient d'écrire",
    ("outils/juge.py", "B307"): "évalue une expression que l'outil vient d'écrire",
    ("outils/lanceur/diagnostic.py", "B607"): "cherche java dans le PATH de l'utilisateur, comme lui",
    ("outils/lanceur/environnement.py", "B310"): "une adresse constante, en https",
    ("outils/lanceur/processus.py", "B606"): "rend la main au Python de .venv, sans interpréteur de commandes",
    ("semaine_6_a_8/deploiement/federation.py", "B310"): "une adresse constante, en https, sur la boucle locale",
}


def test_bandit_finds_nothing_that_is_not_explained():
    command = [
        sys.executable,
        "-m",
        "bandit",
        "-q",
        "-f",
        "json",
        "-r",
        "common",
        "semaine_6_a_8",
        "outils",
        "cours.py",
    ]
    done = subprocess.run(command, cwd=RACINE, capture_output=True, encoding="utf-8", check=False)
    report = json.loads(done.stdout)
    assert report["errors"] == [] and report["metrics"]["_totals"]["loc"] > 10_000
    found = {(Path(item["filename"]).as_posix(), item["test_id"]) for item in report["results"]}
    launched = {item for item in found if item[1] in ("B404", "B603")}
    assert found - launched == set(EXPLIQUES), FIXES
