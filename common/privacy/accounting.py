"""Tenir le compte du budget (ε, δ) : composer, échantillonner, et additionner les tours d'une fédération.

Voisinage : une personne de plus ou de moins (`"add_remove"`). Les lots y sont tirés selon Poisson : chaque exemple y
entre à pile ou face, avec la probabilité `sample_rate`. Des lots mélangés puis découpés ne sont pas couverts.
"""

import math
import warnings
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

Accountant = Literal["rdp", "prv"]
# Opacus s'arrête à 63 : sous ε = 0,1 (pour δ = 1e-5), sa borne ne descend plus, quel que soit le bruit.
LARGER_ALPHAS = (64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024)
PRV_ERROR = 0.01  # la marge qu'Opacus ajoute à l'ε du comptable "prv"
PRV_MAX_POINTS = 4_000_000  # Opacus n'a pas de limite : un petit bruit remplit la mémoire de la machine
PRV_MAX_EPSILON = 700  # exp(ε) déborde au-delà
MAX_NOISE = 1e6  # au-delà, ou sous son inverse, les carrés débordent et le bruit ne compte plus


class Participation(NamedTuple):
    """Ce qu'un client a fait : taux d'échantillonnage de ses lots, pas par tour, et nombre de tours où il a répondu."""

    sample_rate: float
    steps_per_round: int
    rounds: int


def compose_basic(budgets: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Budget total de plusieurs réponses sur les mêmes personnes : les ε s'ajoutent, les δ aussi.

    `budgets` : couples (ε, δ). Cas limite : aucune réponse rend (0, 0). Source : Dwork et Roth, 2014, théorème 3.16.
    """
    pairs = list(budgets)
    return float(sum(epsilon for epsilon, _ in pairs)), float(sum(delta for _, delta in pairs))


def compose_advanced(epsilon: float, delta_slack: float, k: int, delta: float = 0.0) -> tuple[float, float]:
    """Budget total de `k` réponses (ε, δ) : il croît comme √k, au prix d'un δ de plus, `delta_slack`.

    Rend (ε√(2k ln(1/delta_slack)) + kε(e^ε − 1), kδ + delta_slack). ValueError si `delta_slack` n'est pas dans ]0, 1[
    ou si k ou ε est négatif. Cas limites : k = 0 ne coûte que `delta_slack` ; pour peu de réponses, ou un grand ε,
    c'est pire que `compose_basic`, et les deux bornes sont vraies : gardez la plus petite.
    Source : Dwork, Rothblum et Vadhan, 2010, FOCS ; Dwork et Roth, 2014, théorème 3.20.
    """
    if not 0 < delta_slack < 1 or not k >= 0 or not epsilon >= 0:
        raise ValueError(
            f"Composition impossible : epsilon = {epsilon}, delta_slack = {delta_slack}, k = {k}. Il faut ε ≥ 0, "
            "0 < delta_slack < 1 (par exemple 1e-6) et k ≥ 0."
        )
    if k == 0:
        return 0.0, delta_slack
    deviation = epsilon * math.sqrt(2 * k * math.log(1 / delta_slack))
    with np.errstate(over="ignore"):  # au-delà de ε = 709, la borne est infinie, et reste vraie
        return float(deviation + k * epsilon * np.expm1(epsilon)), k * delta + delta_slack


def total_epsilon(epsilon: float, k: int, delta_slack: float) -> float:
    """Le plus petit ε total prouvé pour `k` réponses à `epsilon` chacune, si l'on admet un δ de `delta_slack`.

    La composition simple et l'avancée sont vraies toutes les deux : la plus petite l'est donc aussi. ValueError :
    celles de `compose_advanced`. Cas limites : k = 0 rend 0 ; pour peu de réponses, c'est kε.
    """
    return min(k * epsilon, compose_advanced(epsilon, delta_slack, k)[0])


def subsampled(epsilon: float, delta: float, sample_rate: float) -> tuple[float, float]:
    """Budget d'une réponse (ε, δ) calculée sur un échantillon tiré au sort, que personne d'autre ne connaît.

    Rend (ln(1 + q(e^ε − 1)), qδ), où q est `sample_rate`, pour un tirage de Poisson et le voisinage `"add_remove"`.
    ValueError si q sort de [0, 1]. Cas limites : q = 1 ne change rien ; q = 0 ne coûte rien ; pour ε petit, c'est
    presque qε. Source : Balle, Barthe et Gaboardi, 2018, arXiv:1807.01647, théorème 8.
    """
    _check_rate(sample_rate)
    with np.errstate(divide="ignore"):  # ln(0) = −∞ convient ; e^ε, lui, déborderait
        amplified = np.logaddexp(np.log(sample_rate) + epsilon, np.log1p(-sample_rate))
    return float(amplified), sample_rate * delta


def rdp_gaussian(alpha: ArrayLike, noise_multiplier: float) -> ArrayLike:
    """Divergence de Rényi d'ordre α d'un pas gaussien sans échantillonnage : α / 2σ².

    `alpha` : un ordre > 1, ou un tableau d'ordres. Elle s'additionne de pas en pas, ordre par ordre. Cas limite : un
    bruit infini rend 0. Source : Mironov, 2017, arXiv:1702.07476, proposition 7.
    """
    return np.asarray(alpha) / (2 * noise_multiplier**2)


def epsilon_from_rdp(rdp: ArrayLike, alpha: ArrayLike, delta: float) -> float:
    """Convertit un budget de Rényi en ε, pour ce δ : le meilleur des ordres donnés.

    ε = rdp + ln((α − 1)/α) − (ln δ + ln α)/(α − 1), minimisé sur α ; c'est la conversion d'Opacus. Jamais négatif : un
    ε négatif, que la formule peut rendre, n'a pas de sens. `rdp` et `alpha` : mêmes formes. Cas limite : sans aucun
    pas, elle ne rend 0 que si α est assez grand. Source : Balle et al., 2020, arXiv:1905.09982, théorème 21.
    """
    rdp, alpha = np.asarray(rdp, dtype=float), np.asarray(alpha, dtype=float)
    bounds = rdp + np.log((alpha - 1) / alpha) - (np.log(delta) + np.log(alpha)) / (alpha - 1)
    return max(0.0, float(np.min(bounds)))


def epsilon(
    noise_multiplier: float, sample_rate: float, steps: int, delta: float, accountant: Accountant = "rdp"
) -> float:
    """L'ε dépensé par `steps` pas de DP-SGD, pour ce δ : le calcul d'Opacus.

    `noise_multiplier` : écart-type du bruit divisé par la norme d'écrêtage ; `"rdp"` est rapide, `"prv"` plus serré.
    Deux écarts avec Opacus : des ordres α plus grands, quand Opacus prévient (sans s'arrêter) que sa borne n'est plus
    serrée ; et les cas limites, qu'il manque : aucun pas, ou un taux nul, rend 0 ; aucun bruit, l'infini. ValueError
    sur un argument impossible, ou si `"prv"` demandait trop de mémoire. Sources : Mironov et al., 2019,
    arXiv:1908.10530 (rdp) ; Gopi et al., 2021, arXiv:2106.02848 (prv).
    """
    _check_run(noise_multiplier, sample_rate, steps, delta)
    if steps == 0 or sample_rate == 0 or noise_multiplier == math.inf:
        return 0.0
    if noise_multiplier < 1 / MAX_NOISE:
        return math.inf
    run = min(float(noise_multiplier), MAX_NOISE), float(sample_rate), int(steps)
    if accountant == "rdp":
        return _rdp_epsilon(run, delta)
    if accountant == "prv":
        return _prv_epsilon(run, delta)
    raise ValueError(f'Compteur « {accountant} » inconnu. Écrivez accountant="rdp" ou accountant="prv".')


def noise_multiplier_for(target_epsilon: float, delta: float, sample_rate: float, steps: int) -> float:
    """Le plus petit bruit qui tienne dans le budget : l'inverse de `epsilon`, avec le comptable `"rdp"`.

    Rend le `noise_multiplier`, à un millionième près et par excès. ValueError si `target_epsilon` n'est pas positif,
    ou trop petit pour ce comptable (il ne descend pas sous 0,004 environ pour δ = 1e-5). Cas limites : aucun pas, ou
    un budget infini, rend 0.
    """
    if not target_epsilon > 0:
        raise ValueError(f"Le budget vaut {target_epsilon} : il doit être positif, par exemple 1.0.")
    if target_epsilon == math.inf or epsilon(0.0, sample_rate, steps, delta) == 0:
        return 0.0
    if epsilon(MAX_NOISE, sample_rate, steps, delta) > target_epsilon:
        raise ValueError(
            f"ε = {target_epsilon} est hors d'atteinte : même un bruit immense dépasse, d'après le comptable « rdp ». "
            "Augmentez delta ou le budget, ou faites moins de pas."
        )

    def excess(log_noise: float) -> float:
        return min(epsilon(math.exp(log_noise), sample_rate, steps, delta), 2 * target_epsilon) - target_epsilon

    low = 0.0
    while excess(low) <= 0:
        low -= 1.0
    return math.exp(brentq(excess, low, math.log(MAX_NOISE), xtol=1e-7) + 5e-7)


def federated_epsilon(
    participations: Mapping[str, Participation],
    noise_multiplier: float,
    delta: float,
    accountant: Accountant = "rdp",
) -> dict[str, float]:
    """L'ε d'une ligne (un patient) de chaque client, après tous ses tours : nom du client → ε.

    Qui est protégé : chaque ligne d'un client, de quiconque voit ce qui sort de chez lui, le serveur compris. Chaque
    client bruite lui-même, en entier, chacun de ses pas ; ni le serveur ni l'agrégation n'ont à être de confiance.
    Le serveur sait qui participe : tirer des clients au sort n'amplifie donc rien, et seuls comptent les tours où
    le client a vraiment répondu. Un patient connu de deux clients dépense chez les deux : composez. Le client, lui,
    voit ses propres données, et ce qui les caractérise toutes n'est pas caché : voyez `client_level_epsilon`.
    Cas limites : un client qui n'a jamais participé, 0 ; sans bruit, l'infini.
    """
    return {
        name: epsilon(noise_multiplier, part.sample_rate, part.steps_per_round * part.rounds, delta, accountant)
        for name, part in participations.items()
    }


def client_level_epsilon(
    noise_multiplier: float, client_rate: float, rounds: int, delta: float, accountant: Accountant = "rdp"
) -> float:
    """L'ε d'un client entier, toutes ses lignes ensemble, après `rounds` tours.

    Qui est protégé : la présence d'un client, de quiconque ne voit que les modèles globaux. Le serveur écrête chaque
    mise à jour entière, tire chaque client avec la probabilité `client_rate` sans dire qui, et bruite la SOMME
    (écart-type `noise_multiplier` × la norme d'écrêtage). Il voit chaque mise à jour : contre lui, ce compte ne vaut
    que si l'agrégation est sécurisée et le bruit déjà dans la somme qu'il reçoit. Cas limites : ceux d'`epsilon`. Avec
    quatre hôpitaux, `client_rate` vaut 1 et le bruit noie tout : il y faut des milliers de clients.
    Source : McMahan et al., 2018, arXiv:1710.06963.
    """
    return epsilon(noise_multiplier, client_rate, rounds, delta, accountant)


@lru_cache(maxsize=1024)  # Opacus y met un quart de seconde, et tous les centres refont souvent le même compte
def _rdp_epsilon(run: tuple[float, float, int], delta: float) -> float:
    from opacus.accountants import RDPAccountant

    accountant = RDPAccountant()
    accountant.history = [run]
    with warnings.catch_warnings():  # « Optimal order is the … alpha » : nos ordres vont plus loin
        warnings.simplefilter("ignore", UserWarning)
        spent = accountant.get_epsilon(delta, alphas=[*RDPAccountant.DEFAULT_ALPHAS, *LARGER_ALPHAS])
    return max(0.0, float(spent))


def _prv_epsilon(run: tuple[float, float, int], delta: float) -> float:
    from opacus.accountants import PRVAccountant

    noise_multiplier, _, steps = run
    width = _rdp_epsilon(run, delta / 4000) + 3  # comme compute_safe_domain_size d'Opacus
    points = 2 * width * math.sqrt(steps * math.log(12_000 / delta) / 2) / PRV_ERROR
    if width > PRV_MAX_EPSILON or points > PRV_MAX_POINTS:
        raise ValueError(
            f"Le comptable « prv » manquerait de mémoire : {steps} pas avec un bruit de {noise_multiplier}, c'est trop "
            'de pas, ou trop peu de bruit. Prenez accountant="rdp", ou ajoutez du bruit.'
        )
    accountant = PRVAccountant()
    accountant.history = [run]
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # il calcule log(0) avant de l'écarter
        warnings.simplefilter("ignore")
        return max(0.0, float(accountant.get_epsilon(delta, eps_error=PRV_ERROR)))


def _check_run(noise_multiplier: float, sample_rate: float, steps: int, delta: float) -> None:
    _check_rate(sample_rate)
    if not noise_multiplier >= 0 or not steps >= 0 or not float(steps).is_integer() or not 0 < delta < 1:
        raise ValueError(
            f"Compte impossible : noise_multiplier = {noise_multiplier}, steps = {steps}, delta = {delta}. Il faut un "
            "bruit ≥ 0, un nombre entier de pas ≥ 0 (round(epochs / sample_rate)) et 0 < δ < 1, par exemple 1e-5."
        )


def _check_rate(sample_rate: float) -> None:
    if not 0 <= sample_rate <= 1:
        raise ValueError(
            f"Le taux d'échantillonnage vaut {sample_rate} : c'est une probabilité, la taille moyenne d'un lot divisée "
            "par l'effectif, entre 0 et 1."
        )
