"""Un bruit partagé entre les clients : la confidentialité différentielle de client, sous l'agrégation sécurisée.

Chaque client ajoute à son code entier une petite part de bruit de Skellam, avant de masquer ; le serveur n'apprend que
la somme, qui porte tout le bruit. La loi de Skellam est entière, et stable par somme : c'est ce qu'il faut ici.
Source : Agarwal, Kairouz et Liu, 2021, arXiv:2110.04995.

Qui est protégé, et de qui. Un client entier (toutes ses lignes), de quiconque voit les moyennes publiées, le serveur
compris. Voisinage : ce client envoie zéro, ou sa mise à jour (pour une mise à jour contre une autre, doublez la
sensibilité) ; participer n'est pas secret, et l'effectif n'est pas bruité : chacun pèse donc 1.

Ce qui compte, c'est le bruit que l'adversaire ne connaît pas. Un client corrompu connaît sa part, ou l'omet : elle ne
protège que lui. Le réglage porte donc sur `honest_survivors`, le plus petit nombre de clients HONNÊTES dans une somme
que le protocole laisse ouvrir : son seuil, moins les corrompus. Qui abandonne emporte sa part, ce qui est prévu ; s'il
y a plus de survivants, il y a plus de bruit, jamais moins. Si trop de clients trichent, personne n'est plus protégé,
et rien ne le montre : le bruit ne se vérifie pas.

Limite : le générateur de NumPy est statistique, pas cryptographique, même quand sa graine l'est (`secure_rng`). Qui
verrait beaucoup de ses tirages pourrait deviner les suivants ; ici, personne ne les voit seuls. Sa loi de Poisson est
de plus calculée en virgule flottante, et fausse pour de très grandes moyennes : d'où `MAX_VARIANCE`. Pour un vrai
déploiement, prenez un tirage exact, par exemple le bruit gaussien discret d'OpenDP.
"""

import math
import secrets
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from common.privacy.accounting import LARGER_ALPHAS, MAX_NOISE, epsilon_from_rdp
from common.privacy.mechanisms import clip_norm
from common.secure_aggregation.quantisation import MODULUS, QuantisationError, Quantiser

REFUSAL = 2.0**-64  # la probabilité qu'un tirage refuse, dans un tour, à quelque client et à quelque entrée que ce soit
CLIP_SLACK = 1 + 2.0**-30  # l'écrêtage et le codage arrondissent en float64 : la norme peut dépasser d'un rien
# Mesuré avec NumPy 2.4 : à une moyenne de 1,2 × 10¹⁴, Poisson a 6 % de variance en moins, donc moins de bruit que
# promis ; la cause est github.com/numpy/numpy/issues/31986. À 2³², l'erreur relative de la loi est de l'ordre de 10⁻⁵.
MAX_VARIANCE = 2.0**32
INTEGER_ALPHAS = np.array([*range(2, 64), *LARGER_ALPHAS])  # la borne de Skellam est prouvée aux ordres entiers


def secure_rng() -> np.random.Generator:
    """Rend un générateur dont la graine, de 256 bits, vient du système : un par client et par tour."""
    return np.random.default_rng(secrets.randbits(256))


def skellam_noise(rng: np.random.Generator, variance: float, size: int) -> np.ndarray:
    """Tire un bruit de Skellam centré : la différence de deux lois de Poisson de moyenne `variance / 2`.

    Rend des int64, de forme (size,). La somme de m tirages indépendants est un Skellam de variance m fois plus grande.
    ValueError si `variance` sort de [0, `MAX_VARIANCE`]. Cas limite : une variance nulle rend des zéros.
    """
    if not 0 <= variance <= MAX_VARIANCE:
        raise ValueError(
            f"La variance vaut {variance} : il faut de 0 à {MAX_VARIANCE:.0f}. Au-delà, NumPy tire un bruit d'une "
            "autre variance, et la confidentialité promise serait fausse : prenez une échelle plus petite."
        )
    return rng.poisson(variance / 2, size) - rng.poisson(variance / 2, size)


def noise_bound(variance: float, num_draws: int) -> int:
    """Un entier qu'aucun de `num_draws` tirages de Skellam ne dépasse en valeur absolue, sauf probabilité 2⁻⁶⁴.

    Preuve. ln E[exp(θX)] = μ(ch θ − 1) ≤ μθ² / 2(1 − θ/3), car (2k)! ≥ 2 × 3²ᵏ⁻² : X est sous-gamma, donc
    P(X > √(2μL) + L/3) ≤ exp(−L). Les deux signes et les tirages s'additionnent : L = ln(2 num_draws × 2⁶⁴). ∎
    Cas limite : une variance nulle rend 0. Source : Boucheron, Lugosi et Massart, 2013, section 2.4.
    """
    if variance == 0:
        return 0
    log_draws = _log_draws(num_draws)
    return math.ceil(math.sqrt(2 * variance * log_draws) + log_draws / 3)


def rounded_sensitivity(norm: float, dimension: int) -> tuple[float, float]:
    """Bornes (L2, L1) d'un vecteur de norme L2 au plus `norm`, en pas de quantification, une fois arrondi aux entiers.

    Preuve. Un arrondi déplace chaque entrée d'au plus 1/2, donc le vecteur d'au plus √d/2 en norme L2 ; et il rend 0
    jusqu'à 1/2, moins de 2|x| au-delà : ‖q‖₂ ≤ min(norm + √d/2, 2 norm). Cauchy et Schwarz donnent ‖q‖₁ ≤ √d ‖q‖₂, et
    |q| ≤ q² pour un entier : ‖q‖₁ ≤ ‖q‖₂². ∎ Cas limite : une norme d'au plus 1/2 s'arrondit à zéro, et la borne le
    surestime.
    """
    l2 = min(norm + math.sqrt(dimension) / 2, 2 * norm)
    return l2, min(math.sqrt(dimension) * l2, l2**2)


def rdp_skellam(alpha: ArrayLike, sensitivity: tuple[float, float], variance: float) -> np.ndarray:
    """Divergence de Rényi d'ordre α d'un vecteur d'entiers bruité par Skellam, pour des sensibilités (L2, L1).

    αΔ₂²/2μ + min(((2α − 1)Δ₂² + 6Δ₁)/4μ², 3Δ₁/2μ), où μ est `variance`. `alpha` : des entiers > 1. Cas limites : un
    grand μ rend celle du bruit gaussien, αΔ₂²/2μ ; un μ nul, l'infini. Source : Agarwal, Kairouz et Liu, 2021,
    arXiv:2110.04995, corollaire 4.1, à l'échelle 1.
    """
    alpha, (l2, l1) = np.asarray(alpha, dtype=float), sensitivity
    if variance == 0:
        return np.full_like(alpha, math.inf)
    excess = np.minimum(((2 * alpha - 1) * l2**2 + 6 * l1) / (4 * variance**2), 3 * l1 / (2 * variance))
    return alpha * l2**2 / (2 * variance) + excess


@dataclass(frozen=True)
class PrivateMean:
    """La moyenne simple des mises à jour, écrêtées à `max_norm`, de norme L2, et bruitées par Skellam.

    `dimension` : la longueur d d'une mise à jour ; `num_clients` : tous ceux qui peuvent entrer dans une somme ;
    `honest_survivors` : le plus petit nombre d'honnêtes dans une somme ouverte (voyez le module) ; `noise_multiplier` :
    l'écart-type du bruit de ces honnêtes-là, divisé par la sensibilité L2. Tous ces réglages sont publics et les mêmes
    chez tous. QuantisationError si l'un d'eux est impossible, ou si 32 bits n'y suffisent pas. Cas limite : zéro bruit
    rend la moyenne quantifiée, sans aucune protection.
    """

    max_norm: float
    dimension: int
    num_clients: int
    honest_survivors: int
    noise_multiplier: float

    def __post_init__(self) -> None:
        if not 1 <= self.honest_survivors <= self.num_clients or self.dimension < 1:
            raise QuantisationError(
                f"{self.honest_survivors} survivants honnêtes sur {self.num_clients} clients, {self.dimension} "
                "entrées. Il faut au moins un survivant, pas plus que de clients, et au moins une entrée."
            )
        if not 0 <= self.noise_multiplier <= MAX_NOISE:
            raise QuantisationError(f"noise_multiplier vaut {self.noise_multiplier} : il faut de 0 à {MAX_NOISE:.0f}.")
        _ = self.quantiser  # refuse dès maintenant ce qui ne tiendrait pas dans 32 bits

    @cached_property
    def quantiser(self) -> Quantiser:
        """La quantification qui laisse au bruit sa place : la somme ne peut pas déborder, bruit compris.

        Chaque client a B = (2³¹ − 1) / `num_clients`, à partager : M pour sa mise à jour, le reste pour son bruit. M
        est le plus grand tel que le reste vaille `noise_bound` (avec k = z√(2L/t), M(1 + k) + k√d/2 + L/3 ≤ B) et que
        `client_variance` tienne dans `MAX_VARIANCE`. Un bruit qui dépasse quand même sa place (probabilité 2⁻⁶⁴ par
        tour) est refusé par `Quantiser.encode`, jamais replié.
        """
        budget = (MODULUS // 2 - 1) // self.num_clients
        log_draws = _log_draws(self.num_clients * self.dimension)
        ratio = self.noise_multiplier / math.sqrt(self.honest_survivors)  # écart-type d'un client / sensibilité
        k, rounding = ratio * math.sqrt(2 * log_draws), math.sqrt(self.dimension) / 2
        finest = (budget - 2 - log_draws / 3 - k * rounding) / (1 + k)  # 2 : les arrondis à l'entier
        if ratio > 0:
            finest = min(finest, math.sqrt(MAX_VARIANCE) / ratio - rounding - 1)
        return Quantiser(self.max_norm * CLIP_SLACK, self.num_clients, 1, budget - math.floor(finest))

    @property
    def sensitivity(self) -> tuple[float, float]:
        """Ce qu'un client change à la somme, en pas de quantification : normes (L2, L1)."""
        return rounded_sensitivity(self.quantiser.max_encoded, self.dimension)

    @property
    def client_variance(self) -> float:
        """La variance du bruit d'un client, par entrée, en pas de quantification au carré."""
        return (self.noise_multiplier * self.sensitivity[0]) ** 2 / self.honest_survivors

    def encode(self, update: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Écrête, quantifie et bruite une mise à jour ; rend des uint32, de forme (d + 1,), prêts à masquer.

        `update` : réels, de forme (d,) ; `rng` : `secure_rng()`, hors des essais. QuantisationError si la forme
        diffère, si une valeur n'est pas finie, ou si un tirage dépasse sa place : le client quitte alors le tour, et ce
        refus ne dépend pas des données.
        """
        if np.shape(update) != (self.dimension,) or not np.all(np.isfinite(update)):
            raise QuantisationError(
                f"Il faut {self.dimension} réels finis ; reçu : la forme {np.shape(update)}. Si le modèle a divergé "
                "(NaN ou infini), baissez le taux d'apprentissage."
            )
        noise = skellam_noise(rng, self.client_variance, self.dimension)
        return self.quantiser.encode(clip_norm(update, self.max_norm), 1, noise)

    def noise_stddev(self, num_survivors: int) -> float:
        """L'écart-type du bruit, par entrée, dans la moyenne décodée de `num_survivors` clients, tous honnêtes."""
        return math.sqrt(self.client_variance / num_survivors) / self.quantiser.scale

    def epsilon(self, delta: float, num_rounds: int) -> float:
        """L'ε d'un client présent à `num_rounds` tours, pour ce δ ; le serveur sait qui participe : rien n'amplifie.

        Le refus d'un bruit trop grand ajoute à `delta` au plus (1 + exp(ε)) × num_rounds × 2⁻⁶⁴, soit moins de 10⁻⁹
        pour ε ≤ 16 et 1 000 tours. ValueError si `delta` sort de ]0, 1[ ou si les tours sont négatifs. Cas limites :
        aucun tour, 0 ; aucun bruit, l'infini. Source de la conversion : `epsilon_from_rdp`.
        """
        if not 0 < delta < 1 or num_rounds < 0:
            raise ValueError(
                f"delta = {delta}, num_rounds = {num_rounds} : il faut 0 < δ < 1 et un nombre de tours ≥ 0."
            )
        if num_rounds == 0:
            return 0.0
        variance = self.honest_survivors * self.client_variance
        return epsilon_from_rdp(
            num_rounds * rdp_skellam(INTEGER_ALPHAS, self.sensitivity, variance), INTEGER_ALPHAS, delta
        )


def _log_draws(num_draws: int) -> float:
    return math.log(2 * num_draws / REFUSAL)
