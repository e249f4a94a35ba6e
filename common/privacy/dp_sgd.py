"""DP-SGD : borner ce que chaque patient pèse dans un pas, puis noyer ce reste dans du bruit (Abadi et al. 2016).

Code d'enseignement : le bruit sort d'une graine, pour que vous retrouviez nos chiffres. Qui connaît la graine retire le
bruit. Un vrai déploiement tire son bruit d'un générateur cryptographique (le `secure_mode` d'Opacus, éteint ici).
"""

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
import torch
from opacus import GradSampleModule
from opacus.optimizers import DPOptimizer
from opacus.validators import ModuleValidator
from torch import nn
from torch.func import functional_call, grad, vmap
from torch.nn.modules.batchnorm import _BatchNorm

from common import training
from common.data import Split
from common.privacy.accounting import epsilon, noise_multiplier_for
from common.privacy.mechanisms import clip_norm


@dataclass(frozen=True)
class DPSGD:
    """Règle DP-SGD : taux d'apprentissage, bruit, borne, puis ce que le comptable d'ε a besoin de savoir.

    Chaque pas prend chaque exemple avec la probabilité `sample_rate` (dans ]0, 1]) ; il y en a `steps`. L'écart-type
    du bruit vaut `noise_multiplier` × `max_grad_norm`. `noise_multiplier = 0` : aucun bruit, donc ε infini.
    """

    lr: float
    noise_multiplier: float
    max_grad_norm: float
    sample_rate: float
    steps: int

    def __post_init__(self) -> None:
        _require_noise(self.noise_multiplier, self.max_grad_norm)
        if not (self.lr > 0 and np.isfinite(self.max_grad_norm) and 0 < self.sample_rate <= 1):
            raise ValueError(f"Réglage impossible : {self}. Il faut lr > 0, une borne finie, sample_rate dans ]0, 1].")
        if not isinstance(self.steps, Integral) or self.steps < 1:
            raise ValueError(f"Réglage impossible : {self}. steps compte les pas : un entier, au moins 1.")

    def with_lr(self, lr: float | None) -> "DPSGD":
        """Rend les mêmes réglages au taux `lr`, qui ne change rien à ε ; `None` ne change rien."""
        return self if lr is None else replace(self, lr=float(lr))

    def with_epsilon(self, target_epsilon: float, delta: float) -> "DPSGD":
        """Rend les mêmes réglages avec le plus petit bruit qui tienne dans le budget (voir `noise_multiplier_for`)."""
        noise = noise_multiplier_for(target_epsilon, delta, self.sample_rate, self.steps)
        return replace(self, noise_multiplier=noise)

    def epsilon(self, delta: float, runs: int = 1) -> float:
        """Rend l'ε dépensé par `runs` entraînements de suite sur les mêmes patients (les tours d'une fédération)."""
        return epsilon(self.noise_multiplier, self.sample_rate, self.steps * runs, delta)


def clip_gradients(per_example: np.ndarray, max_grad_norm: float) -> np.ndarray:
    """Raccourcit à la norme `max_grad_norm` les gradients qui la dépassent, et laisse les autres tels quels.

    `per_example` : `(n, d)`, une ligne par exemple, non modifié ; rend `(n, d)`. Cas limites : `np.inf` ne raccourcit
    rien, un gradient nul reste nul. Erreur : `ValueError` si un gradient n'est pas fini. Source : Abadi et al. 2016,
    arXiv:1607.00133, algorithme 1.
    """
    return clip_norm(per_example, max_grad_norm)


def private_gradient(
    per_example: np.ndarray,
    max_grad_norm: float,
    noise_multiplier: float,
    expected_batch_size: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Rend le gradient bruité d'un lot : (somme des gradients raccourcis + N(0, σ²C²)) / taille de lot ATTENDUE.

    `per_example` : `(n, d)` ; rend `(d,)`. On divise par la taille attendue, `sample_rate` × effectif : la vraie taille
    du lot dépend de qui a été tiré. Cas limites : un lot vide rend du bruit seul ; sans bruit et `max_grad_norm`
    infini, c'est le gradient ordinaire. Erreur : `ValueError` pour un bruit sans borne. Source : Abadi et al. 2016.
    """
    _require_noise(noise_multiplier, max_grad_norm)
    total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
    if noise_multiplier > 0:
        total = total + rng.normal(0, noise_multiplier * max_grad_norm, size=total.shape)
    return total / expected_batch_size


def poisson_sample(n: int, sample_rate: float, rng: np.random.Generator) -> np.ndarray:
    """Tire un lot de Poisson : chacun des `n` exemples y entre avec la probabilité `sample_rate`, indépendamment.

    Rend les indices, croissants. La taille du lot varie, et un lot vide est permis : l'amplification par
    sous-échantillonnage, dont le comptable tient compte, est démontrée pour ce tirage-là.
    """
    return np.flatnonzero(rng.random(n) < sample_rate)


def per_example_gradients(model: nn.Module, split: Split) -> np.ndarray:
    """Calcule le gradient de la perte de chaque exemple : `(n, d)`, d paramètres dans l'ordre de `parameters()`."""
    x, y = training.tensors(model, split)
    parameters = {name: value.detach() for name, value in model.named_parameters()}

    def loss_of_one(parameters, x, y):
        return training.loss(functional_call(model, parameters, (x[None],)), y[None])

    gradients = vmap(grad(loss_of_one), in_dims=(None, 0, 0))(parameters, x, y)
    return torch.cat([value.flatten(1) for value in gradients.values()], dim=1).numpy()


def train_private(
    model: nn.Module, split: Split, settings: DPSGD, delta: float = 1e-5, seed: int = 0
) -> tuple[nn.Module, float]:
    """Rend une copie de `model` entraînée par DP-SGD, et l'ε dépensé à ce `delta` ; `model` ne change pas.

    ε protège chaque exemple de `split` (voisins : un exemple de plus ou de moins). Il ne compte pas les autres essais :
    choisir le meilleur de dix réglages dépense dix fois. Erreurs : `ValueError` sur un jeu vide ou un modèle à
    BatchNorm. Même graine, même modèle.
    """
    trained = copy.deepcopy(model)
    private_descent(trained, split, settings, np.random.default_rng(seed))
    return trained, settings.epsilon(delta)


def private_descent(model: nn.Module, split: Split, settings: DPSGD, rng: np.random.Generator) -> float:
    """Entraîne `model` en place par DP-SGD (celui d'Opacus) et rend la perte moyenne des exemples tirés.

    Cette perte-là n'est pas bruitée : la publier sort du budget. Tout le hasard vient de `rng`. Cas limite : si tous
    les lots sont vides, elle vaut 0. Erreurs : voir `train_private`.
    """
    refuse_unfit(model, split)
    x, y = training.tensors(model, split)
    total, seen = 0.0, 0
    with _torch_seeded(rng), _recording(model) as recorder:
        optimizer = _optimizer(model, settings, len(split))
        for _ in range(settings.steps):
            batch = poisson_sample(len(split), settings.sample_rate, rng)
            total += _private_step(recorder, optimizer, x[batch], y[batch])
            seen += len(batch)
    return total / max(seen, 1)


def refuse_unfit(model: nn.Module, split: Split) -> None:
    """Refuse (`ValueError`) un jeu vide, et un modèle où un exemple influence le gradient d'un autre."""
    if len(split) == 0:
        raise ValueError("Ce jeu n'a aucun exemple d'entraînement : retirez ce centre de la fédération.")
    if any(isinstance(layer, _BatchNorm) for layer in model.modules()):
        raise ValueError(
            "Ce modèle contient une BatchNorm, qui mêle les exemples d'un lot : le gradient d'un patient dépend alors "
            "des autres, et le raccourcir ne borne plus rien. Remplacez-la par nn.GroupNorm(groupes, canaux)."
        )
    errors = ModuleValidator.validate(model.train())
    if errors:
        reasons = " ; ".join(str(error) for error in errors)
        raise ValueError(f"Opacus ne sait pas protéger ce modèle : {reasons}. Changez les couches qu'il nomme.")


@dataclass(frozen=True)
class dp_sgd_training:
    """L'entraînement local par DP-SGD, à donner à `torch_client_app` ; suit le taux `lr` que l'ordre porterait.

    `torch_client_app` envoie avec la réponse une perte non bruitée ; `private_client_app` ne l'envoie pas, et compte ε.
    """

    settings: DPSGD

    def __call__(self, model: nn.Module, split: Split, config: Mapping, rng: np.random.Generator) -> float:
        if config.get("proximal-mu"):
            raise ValueError(
                "DP-SGD ne connaît pas le terme proximal de FedProx : choisissez FedAvg, ou proximal_mu=0."
            )
        return private_descent(model, split, self.settings.with_lr(config.get("lr")), rng)


def _require_noise(noise_multiplier: float, max_grad_norm: float) -> None:
    if not (noise_multiplier >= 0 and max_grad_norm > 0):
        raise ValueError(
            f"Il faut noise_multiplier ≥ 0 et max_grad_norm > 0 : vous avez {noise_multiplier} et {max_grad_norm}."
        )
    if noise_multiplier > 0 and np.isinf(max_grad_norm):
        raise ValueError(
            "Du bruit sans borne n'est pas de la confidentialité différentielle : un gradient assez grand traverse "
            "n'importe quel bruit. Choisissez max_grad_norm fini, par exemple 1.0."
        )


@contextmanager
def _torch_seeded(rng: np.random.Generator) -> Iterator[None]:
    """Tire de `rng` la graine de PyTorch (bruit, dropout), puis rend le générateur global comme il était."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63)))
        yield


@contextmanager
def _recording(model: nn.Module) -> Iterator[GradSampleModule]:
    """Fait noter à Opacus le gradient de chaque exemple, puis rend `model` tel qu'il était, sans crochets."""
    recorder = GradSampleModule(model, loss_reduction="sum")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Full backward hook")  # nos entrées n'ont pas de gradient
            yield recorder
    finally:
        recorder.cleanup()


def _optimizer(model: nn.Module, settings: DPSGD, num_examples: int) -> DPOptimizer:
    return DPOptimizer(
        torch.optim.SGD(model.parameters(), settings.lr),
        noise_multiplier=settings.noise_multiplier,
        max_grad_norm=settings.max_grad_norm,
        expected_batch_size=settings.sample_rate * num_examples,
    )


def _private_step(recorder: GradSampleModule, optimizer: DPOptimizer, x: torch.Tensor, y: torch.Tensor) -> float:
    """Fait un pas sur un lot, et rend la somme des pertes ; sur un lot vide, le pas n'est que du bruit."""
    optimizer.zero_grad()
    if len(y) == 0:
        for parameter in optimizer.params:
            parameter.grad_sample = parameter.new_zeros((0, *parameter.shape))
        batch_loss = torch.zeros(())
    else:
        batch_loss = training.loss(recorder(x), y, reduction="none").sum()
        batch_loss.backward()
    optimizer.step()
    return batch_loss.item()
