"""Les mécanismes de la confidentialité différentielle, en NumPy, pour apprendre : pas pour publier de vrais chiffres.

Le bruit est tiré en virgule flottante, qui laisse des trous entre les nombres : les derniers bits d'une réponse
peuvent trahir la vraie valeur (Mironov, 2012, doi:10.1145/2382196.2382264). Pour publier, prenez une bibliothèque
éprouvée contre cette fuite, par exemple OpenDP.

Deux jeux de données voisins diffèrent d'une personne, et il y a deux façons de l'entendre :

- `"add_remove"` (voisinage non borné) : la personne est dans le jeu ou n'y est pas ; l'effectif n est donc secret ;
- `"replace"` (voisinage borné) : sa ligne en remplace une autre ; l'effectif n est public.

Une même réponse n'a pas la même sensibilité dans les deux cas. Une personne y tient une ligne, et une seule, sauf pour
`bounded_person_sum`.
"""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit

Adjacency = Literal["add_remove", "replace"]
COUNT_SENSITIVITY = 1.0  # une personne change un dénombrement d'au plus 1, dans les deux voisinages


def count_query(matches: ArrayLike) -> int:
    """Compte les personnes qui remplissent une condition, par exemple `count_query(ages >= 65)`.

    `matches` : booléens, de forme (n,), une personne par ligne. Sensibilité : `COUNT_SENSITIVITY`, soit 1, dans les
    deux voisinages. ValueError si ce ne sont pas des booléens. Cas limite : personne rend 0.
    """
    return int(np.count_nonzero(_booleans(matches, "count_query(ages >= 65)")))


def bounded_sum(values: ArrayLike, low: float, high: float) -> float:
    """Somme des contributions, chacune d'abord ramenée entre `low` et `high` : c'est ce qui borne la sensibilité.

    `values` : réels, de forme (n,) ; `low` et `high`, dans la même unité, se choisissent sans regarder les données.
    Sensibilité : `sum_sensitivity(low, high, adjacency)`. ValueError si les bornes sont inversées ou s'il manque une
    valeur (NaN). Cas limites : aucune valeur rend 0 ; des bornes infinies rendent la somme, de sensibilité infinie.
    """
    values = np.asarray(values, dtype=float)
    _check_bounds(low, high)
    if np.any(np.isnan(values)):
        raise ValueError(
            f"{np.sum(np.isnan(values))} valeur(s) manquent (NaN), et la somme manquerait aussi. "
            "Retirez ces lignes avant : values[~np.isnan(values)]."
        )
    return float(np.sum(np.clip(values, low, high)))


def bounded_person_sum(values: ArrayLike, person: ArrayLike, low: float, high: float) -> tuple[float, float]:
    """Somme de contributions, une par personne, quand une personne tient plusieurs lignes ; et sa sensibilité.

    `values` : réels, un par ligne ; `person` : à qui est chaque ligne, mêmes longueurs. Les lignes d'une personne
    s'additionnent d'abord ; c'est leur total qui est ramené entre `low` et `high`. Borner ligne par ligne laisserait
    une personne compter autant de fois qu'elle a de lignes. Rend (somme, sensibilité), voisinage `"add_remove"`.
    ValueError : celles de `bounded_sum`, et si une ligne n'a pas de personne. Cas limite : une ligne par personne rend
    `bounded_sum`.
    """
    _check_owners(values, person)
    _, owner = np.unique(np.asarray(person), return_inverse=True)  # (n,)
    totals = np.bincount(owner, weights=np.asarray(values, dtype=float))  # un total par personne
    return bounded_sum(totals, low, high), sum_sensitivity(low, high)


def bounded_mean(values: ArrayLike, low: float, high: float) -> float:
    """Moyenne des contributions, chacune d'abord ramenée entre `low` et `high`.

    Comme `bounded_sum`, et l'effectif n y est public. Sensibilité : `mean_sensitivity(low, high, n)`, dans le voisinage
    `"replace"` seulement. Quand n est secret (`"add_remove"`), publiez une somme et un dénombrement bruités, puis
    divisez. ValueError sans aucune valeur.
    """
    if np.size(values) == 0:
        raise ValueError("La moyenne de zéro personne n'existe pas. Donnez au moins une valeur.")
    return bounded_sum(values, low, high) / np.size(values)


def sum_sensitivity(low: float, high: float, adjacency: Adjacency = "add_remove") -> float:
    """Le plus grand changement de `bounded_sum` entre deux jeux voisins, dans l'unité des valeurs.

    `"add_remove"` : max(|low|, |high|), car la personne apporte tout. `"replace"` : high − low, car une autre prend sa
    place. ValueError si les bornes sont inversées ou le voisinage inconnu. Source : Dwork et Roth, 2014, section 3.3.
    """
    _check_bounds(low, high)
    if adjacency not in ("add_remove", "replace"):
        raise ValueError(f'Voisinage « {adjacency} » inconnu. Écrivez "add_remove" ou "replace".')
    return float(high - low if adjacency == "replace" else max(abs(low), abs(high)))


def mean_sensitivity(low: float, high: float, n: int) -> float:
    """Le plus grand changement de `bounded_mean` quand une ligne en remplace une autre : (high − low) / n.

    Voisinage `"replace"` : `n`, l'effectif, est public. ValueError si n < 1 ou si les bornes sont inversées. Cas
    limite : elle tend vers 0 quand n grandit, et c'est pourquoi une moyenne coûte peu de bruit dans un grand hôpital.
    """
    _check_bounds(low, high)
    if n < 1:
        raise ValueError(f"L'effectif n vaut {n} : une moyenne demande au moins une personne.")
    return float(high - low) / n


def laplace_mechanism(
    value: ArrayLike, sensitivity: float, epsilon: float, rng: np.random.Generator
) -> float | np.ndarray:
    """Ajoute à une réponse un bruit de Laplace d'échelle `sensitivity / epsilon` : (ε, 0)-confidentiel.

    `value` : un réel, ou un tableau dont `sensitivity` est la sensibilité L1 ; le voisinage est celui de la
    sensibilité. Écart-type du bruit : √2 · sensitivity / epsilon. ValueError si epsilon ≤ 0 ou sensitivity < 0. Cas
    limites : ε infini, ou une sensibilité nulle, rend la valeur telle quelle.
    Source : Dwork, McSherry, Nissim et Smith, 2006, TCC (doi:10.1007/11681878_14).
    """
    _check_scale("sensitivity", sensitivity)
    if not epsilon > 0:
        raise ValueError(f"epsilon vaut {epsilon} : il doit être positif, par exemple epsilon=1.0.")
    return value + rng.laplace(0.0, sensitivity / epsilon, np.shape(value))


def gaussian_mechanism(
    value: ArrayLike, sensitivity: float, noise_multiplier: float, rng: np.random.Generator
) -> float | np.ndarray:
    """Ajoute à une réponse un bruit gaussien d'écart-type `noise_multiplier × sensitivity`.

    `value` : un réel, ou un tableau dont `sensitivity` est la sensibilité L2 ; le voisinage est celui de la
    sensibilité. `noise_multiplier` n'a pas d'unité : c'est `analytic_gaussian_sigma(epsilon, delta)`, sans troisième
    argument, sinon la sensibilité compterait deux fois. ValueError si l'un des deux est négatif. Cas limite : zéro
    rend la valeur telle quelle, sans aucune protection. Source : Dwork et Roth, 2014, annexe A.
    """
    _check_scale("sensitivity", sensitivity)
    _check_scale("noise_multiplier", noise_multiplier)
    return value + rng.normal(0.0, noise_multiplier * sensitivity, np.shape(value))


def clip_norm(vectors: ArrayLike, max_norm: float) -> np.ndarray:
    """Raccourcit chaque vecteur plus long que `max_norm` (norme L2), sans changer sa direction.

    `vectors` : de forme (n, d), un par ligne, ou (d,) ; rend la même forme. Leur somme a alors pour sensibilité L2
    `max_norm` (`"add_remove"`), ou le double (`"replace"`). ValueError si `max_norm` n'est pas positif, ou si une
    valeur n'est pas finie : l'écrêtage ne la bornerait pas. Cas limites : un vecteur assez court, ou nul, ne change
    pas ; `max_norm=np.inf` ne change rien. Source : Abadi et al., 2016, arXiv:1607.00133, algorithme 1.
    """
    vectors = np.asarray(vectors, dtype=float)
    if not max_norm > 0 or not np.all(np.isfinite(vectors)):
        raise ValueError(
            "L'écrêtage attend une norme positive et des vecteurs finis (ni NaN ni infini). Vérifiez max_norm "
            f"({max_norm}), et baissez le taux d'apprentissage si les gradients divergent."
        )
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)  # (n, 1)
    return vectors * np.divide(max_norm, norms, out=np.ones_like(norms), where=norms > max_norm)


def randomised_response(answers: ArrayLike, epsilon: float, rng: np.random.Generator) -> np.ndarray:
    """Chaque personne dit vrai avec la probabilité e^ε / (1 + e^ε), et le contraire sinon : elle peut toujours nier.

    `answers` : booléens, de forme (n,) ; rend la même forme. Confidentialité locale, (ε, 0), dans le voisinage
    `"replace"` (une réponse en remplace une autre), même contre celui qui collecte. ValueError si epsilon < 0, ou si ce
    ne sont pas des booléens. Cas limites : ε = 0 répond à pile ou face ; ε infini dit toujours vrai. Source : Warner,
    1965, JASA 60:63-69.
    """
    _check_scale("epsilon", epsilon)
    answers = _booleans(answers, 'randomised_response(answers == "oui", epsilon, rng)')
    truthful = rng.random(answers.shape) < expit(epsilon)
    return np.where(truthful, answers, ~answers)


def debiased_proportion(responses: ArrayLike, epsilon: float) -> float:
    """Estime sans biais la vraie part de « oui » à partir de réponses aléatoires.

    `responses` : booléens, de forme (n,), rendus par `randomised_response` avec le même `epsilon`. Corrige la part
    observée : (part − (1 − p)) / (2p − 1), où p = e^ε / (1 + e^ε). Elle peut sortir de [0, 1] : la rogner la
    biaiserait. ValueError sans réponse, ou si ε = 0 (les réponses ne disent plus rien). Source : Warner, 1965.
    """
    if np.size(responses) == 0 or not epsilon > 0:
        raise ValueError(
            f"{np.size(responses)} réponse(s) avec epsilon = {epsilon} : rien à estimer. Il faut au moins une réponse, "
            "et un epsilon positif, le même que celui de la collecte."
        )
    truth = expit(epsilon)
    return float((np.mean(responses) - (1 - truth)) / (2 * truth - 1))


def _booleans(values: ArrayLike, example: str) -> np.ndarray:
    values = np.asarray(values)
    if values.size and values.dtype != bool:
        raise ValueError(
            f"Il faut une condition, vraie ou fausse, par personne ; reçu : des valeurs de type {values.dtype}. "
            f"Écrivez par exemple {example}."
        )
    return values.astype(bool)


def _check_owners(values: ArrayLike, person: ArrayLike) -> None:
    orphans = int(np.sum(pd.isna(np.asarray(person))))
    if np.shape(values) != np.shape(person) or orphans:
        raise ValueError(
            f"Chaque valeur demande sa personne : {np.size(values)} valeur(s), {np.size(person)} personne(s), dont "
            f"{orphans} manquante(s). Sans nom, deux personnes passeraient pour une, et la sensibilité serait fausse : "
            "retirez ces lignes, ou donnez à chacune son identifiant."
        )


def _check_bounds(low: float, high: float) -> None:
    if not low <= high:
        raise ValueError(f"Les bornes sont inversées : low = {low}, high = {high}. La plus petite vient d'abord.")


def _check_scale(name: str, value: float) -> None:
    if not value >= 0:
        raise ValueError(f"{name} vaut {value} : il faut un nombre positif ou nul.")
