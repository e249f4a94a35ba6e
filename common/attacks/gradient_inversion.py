"""Inversion de gradient : lire un exemple d'entraînement dans la mise à jour qu'un client envoie au serveur.

Modèle de menace : un serveur honnête mais curieux, qui suit le protocole, connaît le modèle envoyé et lit ce qu'il
reçoit. Le chiffrement du transport n'y change rien : le serveur a la clé. L'attaque analytique ci-dessous vise une
couche linéaire avec biais ; d'autres, itératives, visent d'autres couches (Zhu et al. 2019, arXiv:1906.08935).
"""

from collections.abc import Mapping

import numpy as np

Arrays = Mapping[str, np.ndarray]


def gradient_from_update(before: Arrays, after: Arrays, lr: float) -> dict[str, np.ndarray]:
    """Retrouve le gradient d'un client d'après le modèle envoyé et le modèle reçu, tableau par tableau, par leur nom.

    Un pas de descente de gradient ordinaire le rend exactement ; cas limite : après plusieurs pas, c'est la somme de
    leurs gradients. ValueError si `lr` n'est pas positif ou si les noms diffèrent.
    """
    if not lr > 0 or before.keys() != after.keys():
        raise ValueError(
            f"Pas de gradient entre {sorted(before)} et {sorted(after)}, au taux {lr} : il faut les mêmes noms des "
            "deux côtés et un taux d'apprentissage positif."
        )
    return {name: (before[name] - after[name]) / lr for name in before}


def invert_linear(weight_gradient: np.ndarray, bias_gradient: np.ndarray) -> np.ndarray:
    """Retrouve l'entrée d'une couche linéaire : la ligne du gradient dont le biais est le plus grand, sur ce biais.

    `weight_gradient` : (sorties, entrées) ; `bias_gradient` : (sorties,) ; rend (entrées,). Exact pour un exemple
    seul ; pour un lot, rend un mélange de ses entrées. Le taux d'apprentissage se simplifie. ValueError si le gradient
    du biais est nul. Source : Phong et al. 2018, doi:10.1109/TIFS.2017.2787987 ; Geiping et al. 2020,
    arXiv:2003.14053, proposition 3.1.
    """
    row = np.argmax(np.abs(bias_gradient))
    if bias_gradient[row] == 0:
        raise ValueError("Le gradient du biais est nul partout : aucun exemple n'a servi, il n'y a rien à retrouver.")
    return weight_gradient[row] / bias_gradient[row]


def count_labels(bias_gradient: np.ndarray, num_examples: int) -> np.ndarray:
    """Compte les exemples de chaque classe dans le lot, d'après le gradient du biais d'un modèle encore nul.

    `bias_gradient` : (classes,), gradient de l'entropie croisée moyenne d'une régression softmax dont tous les
    paramètres sont nuls, qui donne donc 1 / classes à chacune ; rend (classes,) entiers. Cas limite : un seul exemple,
    et sa classe est la seule dont le gradient est négatif. Source : Zhao et al. 2020, arXiv:2001.02610, pour ce cas.
    """
    share = 1 / len(bias_gradient)
    return np.rint(num_examples * (share - bias_gradient)).astype(int)


def isolate_client(
    mean_with: Arrays, total_with: int, mean_without: Arrays, total_without: int
) -> dict[str, np.ndarray]:
    """Retrouve les paramètres d'un client d'après deux moyennes pondérées, l'une avec lui, l'autre sans lui.

    `total_*` : le nombre d'exemples de chaque moyenne. Exact si les autres clients ont envoyé deux fois la même chose.
    Cas limite : `total_without = 0` (il est seul), la moyenne est la sienne. ValueError si `total_with` ne dépasse pas
    `total_without`.
    """
    size = total_with - total_without
    if size <= 0:
        raise ValueError(
            f"Le client aurait {size} exemple(s) : la moyenne « avec » doit en compter plus que la moyenne « sans »."
        )
    return {name: (total_with * mean_with[name] - total_without * mean_without[name]) / size for name in mean_with}


def psnr(original: np.ndarray, reconstruction: np.ndarray) -> float:
    """Mesure la ressemblance de deux images dont les pixels vont de 0 à 1 : le PSNR, en décibels.

    Les deux tableaux ont la même forme, quelle qu'elle soit ; rend 10 · log10(1² / erreur quadratique moyenne). Cas
    limite : l'infini pour deux images identiques. ValueError si les formes diffèrent. Source : Huynh-Thu et Ghanbari
    2008, doi:10.1049/el:20080522.
    """
    if np.shape(original) != np.shape(reconstruction):
        raise ValueError(
            f"Une image {np.shape(original)} ne se compare pas à une image {np.shape(reconstruction)} : "
            "il faut la même forme ; comparez-les une à une."
        )
    mse = np.mean((original - reconstruction) ** 2)
    return float(10 * np.log10(1 / mse)) if mse > 0 else np.inf
