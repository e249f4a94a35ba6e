"""Les exercices de la semaine 1, un fichier par leçon."""

from common.verifier.semaine_1.lecon_1 import concordance, mcnemar, personal_data, transfer
from common.verifier.semaine_1.lecon_2 import client_update, fedavg, fedavg_round, gradient
from common.verifier.semaine_1.lecon_3 import count_visit, evaluate, pack, train
from common.verifier.semaine_1.lecon_4 import fedavg_fixed_point, label_skew, proximal_gradient
from common.verifier.semaine_1.lecon_4_methodes import fedadam_step, scaffold_update
from common.verifier.semaine_1.lecon_5 import gradient_step, mixed_client_app, output_gap, to_keras

__all__ = [
    "client_update",
    "concordance",
    "count_visit",
    "evaluate",
    "fedadam_step",
    "fedavg",
    "fedavg_fixed_point",
    "fedavg_round",
    "gradient",
    "gradient_step",
    "label_skew",
    "mcnemar",
    "mixed_client_app",
    "output_gap",
    "pack",
    "personal_data",
    "proximal_gradient",
    "scaffold_update",
    "to_keras",
    "train",
    "transfer",
]
