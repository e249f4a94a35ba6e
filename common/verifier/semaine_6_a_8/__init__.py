"""Les exercices des semaines 6 à 8, un fichier par leçon, lu quand on s'en sert."""

from importlib import import_module
from typing import Any

MODULES = {
    "bytes_sent": "lecon_3",
    "choose_threshold": "lecon_3",
    "count_labels": "lecon_1",
    "decode_mean": "lecon_3",
    "gradient_from_update": "lecon_1",
    "invert_linear": "lecon_1",
    "isolate_client": "lecon_1",
    "masked_vector": "lecon_2",
    "noise_share": "lecon_3",
    "psnr": "lecon_1_psnr",
    "quantise": "lecon_3",
    "read_update": "lecon_1",
    "reconstruct": "lecon_2_partage",
    "repair": "lecon_2",
    "share_secret": "lecon_2_partage",
    "steal": "lecon_2",
}
__all__ = list(MODULES)


def __getattr__(name: str) -> Any:
    """Importe l'exercice demandé (PEP 562) ; AttributeError si la semaine n'en a pas de ce nom."""
    if name not in MODULES:
        raise AttributeError(
            f"les semaines 6 à 8 n'ont pas d'exercice « {name} ». Relisez la dernière ligne de la carte."
        )
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
