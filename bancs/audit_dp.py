"""L'audit voit-il ce qui est cassé, et lui seul ? `python -m bancs.audit_dp [--json FICHIER]`.

Des mécanismes justes et des cassés annoncent un budget. Chacun est audité avec plusieurs graines : une alerte est une
borne inférieure au-dessus de l'ε annoncé. À 95 % de confiance, un mécanisme juste en a au plus une sur vingt.
"""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import torch
from opacus.optimizers import DPOptimizer
from torch import nn

from bancs import rapport
from bancs.commande import lancer, lecteur
from common.privacy import analytic_gaussian_sigma, gaussian_epsilon, gaussian_mechanism, laplace_mechanism
from common.privacy.audit import CONFIDENCE, Audit, audit, audit_step
from common.privacy.dp_sgd import private_gradient

COMMANDE = "python -m bancs.audit_dp --json bancs/resultats/audit_dp.json"
EPSILON, DELTA, NOISE_MULTIPLIER, MAX_NORM = 1.0, 1e-5, 1.0, 1.0
RIGHT_SEEDS, BROKEN_SEEDS, ANSWER_TRIALS, STEP_TRIALS = 30, 10, 10_000, 4_000
PATIENTS, OUTLIER, BATCH, PARAMETERS = 100, 1000.0, 32, 20


class Case(NamedTuple):
    """Un mécanisme à auditer : son nom, s'il est juste, le budget qu'il annonce, et l'audit, d'une graine."""

    name: str
    right: bool
    epsilon: float
    delta: float
    audit: Callable[[np.random.Generator], Audit]


def laplace_sum(values: np.ndarray, rng: np.random.Generator, clip: float = 1.0, scale: float = 1.0) -> Any:
    """Somme de valeurs ramenées dans [0, clip], bruitée pour ε = 1 comme si la sensibilité valait `scale`."""
    return laplace_mechanism(np.clip(values, 0, clip).sum(), scale, EPSILON, rng)


def gaussian_sum(values: np.ndarray, rng: np.random.Generator) -> Any:
    """La même somme, avec le bruit gaussien exact pour (1, 1e-5)."""
    noise_multiplier = analytic_gaussian_sigma(EPSILON, DELTA)
    return gaussian_mechanism(np.clip(values, 0, 1).sum(), 1.0, noise_multiplier, rng)


def same_noise(values: np.ndarray, rng: np.random.Generator) -> Any:
    """La somme de Laplace, dont la graine est refaite à chaque réponse."""
    return laplace_sum(values, np.random.default_rng(0))


def ten_answers(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Dix réponses à ε = 1 chacune, annoncées pour 1 en tout."""
    return laplace_mechanism(np.full(10, np.clip(values, 0, 1).sum()), 1.0, EPSILON, rng)


def course_step(gradients: np.ndarray, rng: np.random.Generator, max_norm: float, noise: float) -> np.ndarray:
    """Le pas du cours, quand son bruit a l'écart-type `noise` et ses gradients la norme `max_norm` au plus."""
    clipped = gradients / np.maximum(1, np.linalg.norm(gradients, axis=1, keepdims=True) / max_norm)
    return private_gradient(clipped, np.inf, 0.0, BATCH, rng) + rng.normal(0, noise, gradients.shape[1]) / BATCH


def opacus_step(gradients: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Le pas d'Opacus lui-même : son optimiseur écrête et bruite les gradients qu'on lui donne."""
    parameter = nn.Parameter(torch.zeros(gradients.shape[1]))
    optimizer = DPOptimizer(
        torch.optim.SGD([parameter], lr=1.0),
        noise_multiplier=NOISE_MULTIPLIER,
        max_grad_norm=MAX_NORM,
        expected_batch_size=BATCH,
        generator=torch.Generator().manual_seed(int(rng.integers(2**62))),
    )
    parameter.grad_sample = torch.from_numpy(gradients.astype(np.float32))
    optimizer.pre_step()
    return parameter.grad.numpy()


def answer(name: str, right: bool, mechanism: Callable[..., Any], delta: float = 0.0) -> Case:
    """Rend le cas d'une réponse : la personne en plus est un malade dont la valeur, 1000, sort de loin des bornes."""
    dataset = np.linspace(0, 1, PATIENTS)
    neighbour = np.append(dataset, OUTLIER)
    return Case(
        name, right, EPSILON, delta, lambda rng: audit(mechanism, dataset, neighbour, ANSWER_TRIALS, delta, rng)
    )


def step(name: str, right: bool, mechanism: Callable[..., Any]) -> Case:
    """Rend le cas d'un pas de DP-SGD, qui annonce l'ε d'un bruit de 1 sans échantillonnage."""
    gradients = np.random.default_rng(0).normal(size=(BATCH - 1, PARAMETERS))
    claimed = gaussian_epsilon(NOISE_MULTIPLIER, DELTA)
    return Case(name, right, claimed, DELTA, lambda rng: audit_step(mechanism, gradients, STEP_TRIALS, DELTA, rng))


def cases() -> list[Case]:
    """Rend les mécanismes audités, les justes d'abord."""
    course = partial(private_gradient, max_grad_norm=1.0, noise_multiplier=1.0, expected_batch_size=BATCH)
    return [
        answer("somme bornée, bruit de Laplace", True, laplace_sum),
        answer("somme bornée, bruit gaussien", True, gaussian_sum, DELTA),
        step("pas de DP-SGD, écrit à la main", True, lambda gradients, rng: course(gradients, rng=rng)),
        step("pas de DP-SGD, Opacus", True, opacus_step),
        answer("somme sans bruit", False, lambda values, rng: np.clip(values, 0, 1).sum()),
        answer("somme non bornée (pas d'écrêtage)", False, partial(laplace_sum, clip=np.inf)),
        answer("sensibilité dix fois trop petite", False, partial(laplace_sum, scale=0.1)),
        answer("même graine à chaque réponse", False, same_noise),
        answer("dix réponses pour le prix d'une", False, ten_answers),
        step("pas écrêté sans bruit", False, partial(course_step, max_norm=MAX_NORM, noise=0.0)),
        step("pas bruité sans écrêtage", False, partial(course_step, max_norm=np.inf, noise=1.0)),
        step("pas avec deux fois trop peu de bruit", False, partial(course_step, max_norm=MAX_NORM, noise=0.5)),
    ]


def measure(case: Case, seeds: int) -> dict[str, Any]:
    """Audite un mécanisme avec les graines 0, 1, 2… ; rend les bornes, et combien dépassent l'ε annoncé."""
    found = [case.audit(np.random.default_rng(seed)) for seed in range(seeds)]
    bounds = [one.epsilon for one in found]
    row = {"mechanism": case.name, "right": case.right, "epsilon_claimed": round(case.epsilon, 6), "delta": case.delta}
    row |= {"alarms": sum(bound > case.epsilon for bound in bounds), "num_audits": seeds}
    row |= {"median_bound": round(float(np.median(bounds)), 4), "bounds": [round(bound, 4) for bound in bounds]}
    return row | {
        "num_trials_measured": found[0].num_trials,
        "true_positives": [one.true_positives for one in found],
        "false_positives": [one.false_positives for one in found],
    }


def run() -> list[dict[str, Any]]:
    """Audite chaque mécanisme et montre sa ligne."""
    rows = []
    for case in cases():
        rows.append(measure(case, RIGHT_SEEDS if case.right else BROKEN_SEEDS))
        line = "{mechanism:<38} annonce {epsilon_claimed:.2f}, borne médiane {median_bound:.2f}, alertes : {alarms}"
        print(f"{line} sur {{num_audits}}".format(**rows[-1]).replace(".", ","), flush=True)
    return rows


def main(arguments: list[str]) -> int:
    """Rend 0."""
    options = lecteur("audit_dp", __doc__).parse_args(arguments)
    rows = run()
    if options.json:
        report = rapport.entete(COMMANDE, [])
        report["versions"] |= {name: version(name) for name in ("scipy", "opacus")}
        settings = {
            "confidence": CONFIDENCE,
            "right_seeds": RIGHT_SEEDS,
            "broken_seeds": BROKEN_SEEDS,
            "answer_trials": ANSWER_TRIALS,
        }
        settings |= {"step_trials": STEP_TRIALS, "noise_multiplier": NOISE_MULTIPLIER, "max_grad_norm": MAX_NORM}
        rapport.ecrire(options.json, {**report, "settings": settings, "rows": rows})
    return 0


if __name__ == "__main__":
    lancer(main)
