"""Le cours « Apprentissage fédéré et IA en santé » : une commande pour chaque besoin.

  lab [--port N] [--sans-navigateur]   ouvre vos leçons dans JupyterLab (la commande principale)
  test [--rapide]                      vérifie tout le cours ; --rapide laisse les carnets de côté
  notebooks [--check]                  construit les leçons ; --check échoue à la moindre différence
  executer CHEMIN…                     exécute des leçons : carnet et page HTML dans sorties/
  donnees [NOM]                        liste les jeux de données, ou en télécharge un
  diagnostic                           dit ce qui va et ce qui manque sur cette machine

La première commande prépare l'environnement .venv ; les suivantes démarrent tout de suite.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import socket
import sys
from pathlib import Path

from outils.lanceur import RACINE, copies, environnement, jupyter, processus
from outils.lanceur.refus import LANCEUR, Refus, expliquer_systeme, refuser_python

TRAVAIL = RACINE / "mon_travail"
PREMIERE_LECON = "semaine_1/01_pourquoi_federer.ipynb"


def lab(options: argparse.Namespace) -> int:
    """Prépare l'environnement, livre les leçons dans mon_travail/ et y ouvre JupyterLab."""
    _verifier_port(options.port)
    python = environnement.preparer(RACINE, environnement.APPRENANT)
    for chemin in copies.copier_les_lecons(RACINE, TRAVAIL):
        print(f"Leçon mise à jour ; la vôtre n'a pas bougé, la nouvelle est à côté : {chemin.relative_to(RACINE)}")
    print("JupyterLab démarre. Ctrl-C dans cette fenêtre pour l'arrêter.")
    jupyter.regler(RACINE / ".venv")
    options_jupyter = jupyter.options(TRAVAIL, PREMIERE_LECON, options.port, options.sans_navigateur)
    return processus.remplacer([python, "-m", "jupyterlab", *options_jupyter], RACINE)


def test(options: argparse.Namespace) -> int:
    """Passe tout ce que la CI vérifie ; pytest vient en dernier."""
    python = environnement.preparer(RACINE, environnement.DEVELOPPEMENT)
    for controle in (["ruff", "check", "."], ["outils.construire", "--check"]):
        code = processus.lancer([python, "-m", *controle], RACINE)[0]
        if code:
            return code
    notebooks = [] if options.rapide else ["--nbmake", *sorted(dossier.name for dossier in RACINE.glob("semaine_*"))]
    return processus.remplacer([python, "-m", "pytest", *notebooks, "tests"], RACINE)


def notebooks(options: argparse.Namespace) -> int:
    """Construit les carnets depuis sources/, ou vérifie qu'ils sont à jour."""
    python = environnement.preparer(RACINE, environnement.DEVELOPPEMENT)
    return processus.remplacer([python, "-m", "outils.construire", *(["--check"] if options.check else [])], RACINE)


def executer(options: argparse.Namespace) -> int:
    """Exécute des leçons ; un chemin relatif se lit depuis le dossier courant, sinon depuis celui du cours."""
    chemins = [next((c for c in (Path.cwd() / nom, RACINE / nom) if c.exists()), None) for nom in options.chemins]
    if None in chemins:
        absent = options.chemins[chemins.index(None)]
        raise Refus(f"Leçon introuvable : {absent} ; vérifiez le chemin, par exemple {PREMIERE_LECON}.")
    python = environnement.preparer(RACINE, environnement.APPRENANT)
    return processus.remplacer([python, "-m", "outils.lanceur.executer", *chemins], RACINE)


def donnees(options: argparse.Namespace) -> int:
    """Liste les jeux de données, ou en télécharge un dans le cache."""
    python = environnement.preparer(RACINE, environnement.APPRENANT)
    return processus.remplacer([python, "-m", "common.data", *([options.nom] if options.nom else [])], RACINE)


def diagnostic(options: argparse.Namespace) -> int:
    """Examine la machine sans rien installer."""
    venv = RACINE / ".venv"
    python = environnement.python_de(venv) if environnement.version_du_venv(venv) else sys.executable
    return processus.remplacer([python, "-m", "outils.lanceur.diagnostic"], RACINE)


def main(arguments: list) -> int:
    """Lit la commande et la lance ; rend le code de sortie."""
    for flux in (sys.stdout, sys.stderr):
        flux.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        bits = 64 if sys.maxsize > 2**32 else 32
        refuser_python(sys.version_info[:2], sys.platform, platform.machine(), bits, platform.mac_ver()[0])
        options = _analyseur().parse_args(arguments)
        if options.commande is None:
            print(__doc__)
            return 0
        return options.commande(options)
    except Refus as refus:
        print(refus, file=sys.stderr)
        return 1
    except OSError as erreur:
        print(expliquer_systeme(erreur), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrompu : relancez la même commande pour reprendre.", file=sys.stderr)
        return 130


class _Analyseur(argparse.ArgumentParser):
    """argparse parle anglais : l'aide est celle de ce fichier, l'erreur une phrase."""

    def format_help(self) -> str:
        return __doc__

    def error(self, message: str) -> None:
        raise Refus(f"Commande incomprise : tapez « {LANCEUR} --help » pour voir les commandes et leurs options.")


def _analyseur() -> argparse.ArgumentParser:
    analyseur = _Analyseur(prog="cours.py")
    analyseur.set_defaults(commande=None)
    commandes = analyseur.add_subparsers()
    actions = {}
    for action in (lab, test, notebooks, executer, donnees, diagnostic):
        actions[action] = commandes.add_parser(action.__name__)
        actions[action].set_defaults(commande=action)
    actions[lab].add_argument("--port", type=int, choices=range(1, 65536), default=8888)
    actions[lab].add_argument("--sans-navigateur", action="store_true")
    actions[test].add_argument("--rapide", action="store_true")
    actions[notebooks].add_argument("--check", action="store_true")
    actions[executer].add_argument("chemins", nargs="+")
    actions[donnees].add_argument("nom", nargs="?")
    return analyseur


def _verifier_port(port: int) -> None:
    with socket.socket() as essai:
        if os.name != "nt":  # sous Windows cette option laisserait deux serveurs sur un port
            essai.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            essai.bind(("127.0.0.1", port))
        except OSError:
            essai.bind(("127.0.0.1", 0))
            libre = essai.getsockname()[1]
            raise Refus(
                f"Le port {port} est occupé, peut-être par un JupyterLab resté ouvert :"
                f" fermez-le, ou tapez « {LANCEUR} lab --port {libre} »."
            ) from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
