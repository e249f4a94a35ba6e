"""Des réels aux entiers modulo 2³², et retour : la quantification qui rend les masques possibles.

Un masque ne cache bien qu'un entier modulo R : additionné à un masque uniforme, il devient uniforme lui-même. Les mises
à jour passent donc des réels aux entiers, et l'erreur d'arrondi est bornée, prouvée, connue d'avance. Une valeur trop
grande est une erreur, jamais rognée en silence ; une somme ne déborde jamais.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from common.secure_aggregation.errors import ProtocolError

MODULUS = 2**32
FLOAT_SLACK = 2.0**-20  # les arrondis des float64, par client, en pas de quantification : voyez error_bound


class QuantisationError(ProtocolError):
    """Une valeur, un effectif ou une somme que la quantification ne peut pas représenter."""


@dataclass(frozen=True)
class Quantiser:
    """Code des sommes pondérées, modulo 2³², pour au plus `num_clients` clients, d'une seule et même façon chez tous.

    `max_abs` : la plus grande valeur absolue permise ; `max_examples` : le plus grand effectif d'un client, 1 pour une
    moyenne simple ; `max_noise` : le plus grand bruit entier d'un client, par entrée (voyez `noise`). Tous connus
    d'avance, et publics. QuantisationError si aucun entier ne reste pour coder les valeurs. L'échelle est la plus
    grande telle que `num_clients × (max_encoded + max_noise) < 2³¹` : la somme signée ne peut donc pas déborder. Cas
    limite : un client seul a 31 bits pour lui.
    """

    max_abs: float
    num_clients: int
    max_examples: int
    max_noise: int = 0

    def __post_init__(self) -> None:
        if not 1e-100 <= self.max_abs <= 1e100:
            raise QuantisationError(
                f"max_abs vaut {self.max_abs} : il faut un réel positif, ni minuscule ni immense. Donnez la plus "
                "grande valeur absolue que peut prendre une mise à jour, par exemple 1.0."
            )
        counts = {"num_clients": self.num_clients, "max_examples": self.max_examples, "max_noise": self.max_noise}
        for name, value in counts.items():
            if not isinstance(value, Integral) or value < (name != "max_noise"):
                raise QuantisationError(
                    f"{name} vaut {value!r} : il faut un entier, et au moins un client, un exemple."
                )
        if self.num_clients * self.max_examples >= MODULUS or self.max_encoded < 1:
            raise QuantisationError(
                f"{self.num_clients} clients, {self.max_examples} exemples et un bruit de {self.max_noise} ne tiennent "
                "pas dans 32 bits : la somme pourrait déborder. Réduisez le nombre de clients, l'effectif ou le bruit."
            )

    @property
    def max_encoded(self) -> int:
        """Le plus grand entier qui code une valeur pondérée, hors bruit."""
        return (MODULUS // 2 - 1) // self.num_clients - self.max_noise

    @property
    def scale(self) -> float:
        """Le nombre de pas de quantification par unité de valeur pondérée."""
        return self.max_encoded / (self.max_abs * self.max_examples)

    def encode(self, values: np.ndarray, num_examples: int, noise: np.ndarray | None = None) -> np.ndarray:
        """Code une mise à jour, pesée par son effectif : l'entier le plus proche de chaque valeur × effectif × échelle.

        `values` : réels, de forme (d,) ; `noise` : entiers, de forme (d,), ajoutés après l'arrondi. Rend des uint32, de
        forme (d + 1,), en complément à deux ; la dernière case est l'effectif, exact et sans bruit. L'arrondi va au
        plus proche, au pair à mi-chemin. QuantisationError si une valeur n'est pas finie ou dépasse `max_abs`, si
        l'effectif sort de 1..`max_examples`, si un bruit dépasse `max_noise`. Aucun code, hors bruit, ne dépasse
        `max_encoded` : au pire, les arrondis des float64 y ajoutent 2⁻²⁰, loin du demi-pas.
        """
        values = np.asarray(values, dtype=np.float64)
        self._check_values(values)
        if not isinstance(num_examples, Integral) or not 1 <= num_examples <= self.max_examples:
            raise QuantisationError(
                f"L'effectif {num_examples!r} n'est pas un entier de 1 à {self.max_examples} : un client vide ne "
                "participe pas, et un effectif plus grand ferait déborder la somme. Relevez max_examples chez tous."
            )
        encoded = np.rint(values * float(num_examples) * self.scale).astype(np.int64)  # (d,)
        if noise is not None:
            encoded += self._checked_noise(noise, values.shape)
        return np.append(encoded, np.int64(num_examples)).astype(np.uint32)  # le complément à deux : modulo 2³²

    def decode_sum(self, total: np.ndarray) -> tuple[np.ndarray, int]:
        """Rend la moyenne pondérée, de forme (d,), et l'effectif total, d'une somme démasquée.

        `total` : uint32, de forme (d + 1,), la somme modulo 2³² des codes. QuantisationError si ce n'est pas une somme
        possible : effectif hors de 1..`num_clients × max_examples`, ou entrée que ces clients n'ont pas pu atteindre ;
        c'est le signe d'un masque resté, ou d'un client malhonnête. Il ne se voit pas toujours ainsi.
        """
        if total.dtype != np.uint32 or total.ndim != 1 or total.size == 0:
            raise QuantisationError(f"Une somme est un vecteur uint32 ; reçu : {total.dtype}, de forme {total.shape}.")
        total_examples, signed = int(total[-1]), total[:-1].view(np.int32).astype(np.int64)
        reach = total_examples * self.max_abs * self.scale + self.num_clients * (1 + self.max_noise)
        if not 1 <= total_examples <= self.num_clients * self.max_examples or np.any(np.abs(signed) > reach):
            raise QuantisationError(
                f"Cette somme est impossible pour {self.num_clients} clients (effectif total : {total_examples}). Un "
                "masque y est resté, ou un client a triché : ne publiez rien, et recommencez le tour."
            )
        return signed / (self.scale * total_examples), total_examples

    def error_bound(self, total_examples: int, num_survivors: int) -> float:
        """Borne prouvée de l'écart, par entrée, entre la moyenne décodée sans bruit et la moyenne pondérée exacte.

        Preuve. Notons s l'échelle, N l'effectif total, m le nombre de survivants. Chaque client arrondit s·n·v d'au
        plus 1/2, plus 2⁻²¹ pour ses deux produits en float64 (2 × 2⁻⁵³, relatifs à un entier sous 2³¹) ; la somme
        modulo 2³² est exacte. L'écart est donc d'au plus m(1/2 + 2⁻²¹)/(sN), plus les deux arrondis du décodage,
        2 × 2⁻⁵³ × |moyenne décodée|. D'où m(1/2 + 2⁻²⁰)/(sN) + 2⁻⁵¹ max_abs. ∎

        QuantisationError si m sort de 1..`num_clients`, ou si N ne peut pas être leur effectif. Cas limite : un client
        seul, un exemple : un demi-pas. La borne est atteinte quand tous arrondissent un demi-pas du même côté.
        """
        if not 1 <= num_survivors <= self.num_clients:
            raise QuantisationError(f"{num_survivors} survivants : il en faut de 1 à {self.num_clients}.")
        if not num_survivors <= total_examples <= num_survivors * self.max_examples:
            raise QuantisationError(
                f"{num_survivors} clients de 1 à {self.max_examples} exemples n'ont pas {total_examples} exemples."
            )
        steps = num_survivors * (0.5 + FLOAT_SLACK)
        return steps / (self.scale * total_examples) + 2.0**-51 * self.max_abs

    def _check_values(self, values: np.ndarray) -> None:
        if values.ndim != 1:
            raise QuantisationError(f"Il faut un vecteur ; reçu : la forme {values.shape}. Passez d'abord par flatten.")
        largest = np.max(np.abs(values), initial=0.0)
        if not largest <= self.max_abs:  # faux aussi pour NaN
            raise QuantisationError(
                f"Une valeur atteint {largest}, la borne est max_abs = {self.max_abs} : rien n'est rogné en silence. "
                "Écrêtez la mise à jour, relevez max_abs chez tous, ou baissez le taux d'apprentissage s'il diverge."
            )

    def _checked_noise(self, noise: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        if not np.issubdtype(noise.dtype, np.signedinteger) or noise.shape != shape:
            raise QuantisationError(
                f"Le bruit est un vecteur d'entiers signés de forme {shape} ; reçu : {noise.dtype}, {noise.shape}."
            )
        if noise.size and max(-int(noise.min()), int(noise.max())) > self.max_noise:
            raise QuantisationError(
                f"Un bruit dépasse max_noise = {self.max_noise} : la somme pourrait déborder. Ce client quitte "
                "le tour. Si cela se répète, max_noise ne correspond pas à la variance (voyez noise.noise_bound)."
            )
        return noise


def flatten(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Met bout à bout des tableaux nommés, dans l'ordre de leurs noms : un vecteur float64 de forme (d,).

    L'ordre du dictionnaire ne compte pas : deux clients qui l'ont lu autrement additionneraient, sans un mot, un
    poids et un biais (safetensors ne garde pas l'ordre). QuantisationError si un tableau n'est pas de réels : un
    compteur entier ne se moyenne pas. Cas limite : aucun tableau rend un vecteur vide.
    """
    for name, array in arrays.items():
        if not np.issubdtype(array.dtype, np.floating):
            raise QuantisationError(
                f"« {name} » est de type {array.dtype} : seuls des réels se moyennent. Retirez ce tableau de l'envoi."
            )
    return np.concatenate([np.zeros(0), *(arrays[name].ravel() for name in sorted(arrays))])


def unflatten(vector: np.ndarray, like: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Refait de `vector` les tableaux nommés de `like` : mêmes noms, mêmes formes, mêmes types. L'inverse de `flatten`.

    QuantisationError si les tailles diffèrent. Vers float32, l'arrondi ajoute son demi-ulp à la borne de l'erreur.
    """
    names = sorted(like)
    sizes = [math.prod(like[name].shape) for name in names]
    if vector.shape != (sum(sizes),):
        raise QuantisationError(
            f"Le vecteur a la forme {vector.shape}, le modèle {sum(sizes)} valeurs : ils diffèrent."
        )
    parts = dict(zip(names, np.split(vector, np.cumsum(sizes)[:-1]), strict=bool(like)))
    return {name: parts[name].reshape(array.shape).astype(array.dtype) for name, array in like.items()}
