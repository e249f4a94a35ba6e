"""Redire en français, avec quoi essayer, les erreurs de Python et de NumPy qu'un débutant rencontre."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

NUMPY_HINTS = {
    "inhomogeneous": "les coefficients et le biais ne tiennent pas dans un seul tableau, groupez par `zip(*updates)`",
    "same shape": "vous empilez des formes différentes, groupez d'abord par paramètre, avec `zip(*updates)`",
    "Axis must be specified": "dites sur quel axe moyenner, `axis=0` est celui des clients",
    "for /: 'list'": "une liste ne se divise pas, convertissez-la d'abord avec np.array",
    "for [+-]: 'list'|can't multiply sequence": "une liste ne se calcule pas d'un bloc, traitez les paramètres un à un",
    "core dimension|broadcast": (
        "les formes ne s'accordent pas ; n'employez que les arguments de la fonction, dans l'ordre, et pensez à `.T`"
    ),
    "float' object cannot be interpreted": "`num_steps` doit être un entier, l'avez-vous échangé avec `lr` ?",
    "'str' object has no attribute 'train'": "parcourir `centers` donne des noms, écrivez `centers.values()`",
}
KINDS = (TypeError, ValueError, AttributeError, LookupError, RuntimeError)


@contextmanager
def hinted_errors(hints: Mapping[str, str]) -> Iterator[None]:
    """Ajoute à une erreur l'astuce dont le motif s'y trouve ; `hints` : motif -> astuce. Les autres erreurs passent."""
    try:
        yield
    except KINDS as error:
        said = f"{type(error).__name__}: {error}"
        hint = next((text for pattern, text in hints.items() if re.search(pattern, said)), None)
        if hint is None:
            raise
        kind = next(kind for kind in KINDS if isinstance(error, kind))
        raise kind(f"{hint} (Python dit : {error})") from error
