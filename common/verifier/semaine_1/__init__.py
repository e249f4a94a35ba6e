"""Les exercices de la semaine 1, un fichier par leçon."""

from common.verifier.semaine_1.lecon_2 import client_update, fedavg, fedavg_round, gradient

__all__ = ["client_update", "fedavg", "fedavg_round", "gradient"]
