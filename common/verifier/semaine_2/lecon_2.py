"""Leçon 2, L'imagerie DICOM : to_hounsfield, window, slice_position."""

from collections.abc import Callable
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.uid import CTImageStorage

from common.data import dicom
from common.data.dicom.synthetic import new_dataset, set_pixels
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_2 import lecon_2_fautes as fautes

LESSON = "semaine_2/corriges/02_imagerie_dicom.ipynb"
HINTS = {
    "no attribute 'PixelPaddingValue'": (
        "toutes les images n'ont pas de PixelPaddingValue, lisez-le avec `dataset.get(…)`, qui rend alors None"
    ),
    "'Dataset' object has no attribute": "cet attribut n'est pas dans l'en-tête, relisez son nom dans la consigne",
    "for [-+*/]: '(list|MultiValue)'|can't multiply sequence": "une liste ne se calcule pas d'un bloc, `np.array(…)`",
    "Cannot cast ufunc": "`*=` et `+=` gardent le type entier, écrivez `valeurs = valeurs * pente`",
    "truth value of an array": (
        "`if`, `min` et `max` ne jugent qu'un nombre, pour tout un tableau prenez `np.where` ou `np.clip`"
    ),
    r"could not be broadcast.* \(2,\)": "0,5 s'écrit `0.5`, avec une virgule Python voit deux nombres",
    "for cross product|not aligned": "chaque direction a trois nombres, les trois premiers puis les trois derniers",
    "bytes-like object is required": "cherchez des octets dans des octets, `mot.encode()`, ou du texte dans du texte",
    "must be encoded|'str' object cannot|key: expected": (
        "hmac veut des octets, écrivez `uid.encode()` ; la clé en est déjà"
    ),
    "digestmod": "dites quel hachage, `hmac.new(key, …, hashlib.sha256)`",
    "'HMAC' object": "c'est l'objet qui hache, ajoutez `.digest()` pour avoir ses 32 octets",
    "convert 'str' object to bytes|invalid literal for int": "`hexdigest()` rend du texte, prenez `.digest()`",
    "codec can't decode": 'tous les octets d\'une image ne sont pas du texte, ajoutez `errors="replace"`',
    "unconverted data remains": "ne donnez à `strptime` que les huit premiers caractères, `value[:8]`, avec `%Y%m%d`",
    "does not match format": "lisez les huit premiers caractères, `value[:8]`, au format `%Y%m%d`, sans séparateur",
    "datetime.datetime' and 'int'": "une date s'ajoute à une durée, `timedelta(days=days)`",
    "datetime.datetime' and 'str'": "réécrivez la date en texte, `strftime`, avant de recoller l'heure",
    "concatenate str": (
        'un nombre ne se colle pas à un texte, écrivez `f"2.25.{…}"` pour un UID, passez par `datetime` pour une date'
    ),
}
STORED = (-3000, 3001)
SHAPES = ((-1,), (3, -1), (2, 3, -1))  # un vecteur, une image, un volume


def observe(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue revient avec une astuce."""
    with hinted_errors(HINTS):
        return answer(*case)


def draw_ct(rng: np.random.Generator) -> tuple:
    """Tire une coupe signée de 1 à 6 pixels de côté, avec ou sans pixels hors du champ."""
    stored = rng.integers(*STORED, size=rng.integers(1, 7, size=2))
    dataset = new_dataset(CTImageStorage, "exercice")
    set_pixels(dataset, stored.astype("<i2"))
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.RescaleSlope = float(rng.choice([1, 2, 20, 0.5, 0.25]))
    dataset.RescaleIntercept = float(rng.integers(-2000, 500))
    if rng.random() < 0.7:
        padding = int(rng.choice(stored.ravel()))  # au moins un pixel est hors du champ
        dataset.add_new("PixelPaddingValue", "SS", padding)
        if rng.random() < 0.5:  # un pixel du champ, une fois converti, vaut PixelPaddingValue
            dataset.RescaleIntercept = padding - float(dataset.RescaleSlope) * int(stored[0, 0])
    return (dataset,)


def draw_window(rng: np.random.Generator) -> tuple:
    """Tire des valeurs, de une à trois dimensions, autour d'une fenêtre étroite ou large."""
    center, width = float(rng.integers(-800, 800)), float(rng.choice([2, 3, 8, 80, 400, 1500])) + rng.choice([0, 0.5])
    inside = center + rng.uniform(-1, 1, size=6 * int(rng.integers(1, 6))) * width
    edges = [center - 5 * width, center + 5 * width, center, center - 0.5, center + width / 2, center - width / 2]
    values = np.concatenate([edges, edges, inside])
    return values.reshape(SHAPES[int(rng.integers(len(SHAPES)))]), center, width


def draw_slice(rng: np.random.Generator) -> tuple:
    """Tire une coupe posée n'importe où, droite une fois sur trois, sinon inclinée."""
    axes = np.eye(3) if rng.random() < 1 / 3 else np.linalg.qr(rng.normal(size=(3, 3)))[0]
    dataset = Dataset()
    dataset.ImageOrientationPatient = [round(float(value), 6) for value in axes[:2].ravel()]
    dataset.ImagePositionPatient = [round(float(value), 3) for value in rng.uniform(-300, 300, size=3)]
    dataset.InstanceNumber, dataset.SliceThickness = int(rng.integers(1, 200)), 5.0
    dataset.SliceLocation = round(float(rng.uniform(-300, 300)), 3)
    return (dataset,)


to_hounsfield = Exercise(
    title="to_hounsfield",
    lesson=LESSON,
    reference=dicom.to_hounsfield,
    draw=draw_ct,
    observe=observe,
    mistakes={
        "ce sont encore les valeurs stockées : appliquez la pente et l'ordonnée à l'origine.": fautes.stored_values,
        "l'ordonnée à l'origine (RescaleIntercept) manque.": fautes.hounsfield_of(lambda v, a, b: v * a),
        "la pente (RescaleSlope) manque.": fautes.hounsfield_of(lambda v, a, b: v + b),
        "vous retirez l'ordonnée à l'origine : elle s'AJOUTE, elle est déjà négative.": (
            fautes.hounsfield_of(lambda v, a, b: v * a - b)
        ),
        "vous divisez par la pente : elle MULTIPLIE.": fautes.hounsfield_of(lambda v, a, b: v / a + b),
        "l'ordonnée à l'origine s'ajoute APRÈS la multiplication.": fautes.hounsfield_of(lambda v, a, b: (v + b) * a),
        "les pixels hors du champ sont convertis comme des mesures : ils valent −1000.": fautes.without_padding,
        "comparez à PixelPaddingValue la valeur STOCKÉE, avant la conversion.": fautes.padding_after,
        "les pixels hors du champ valent −1000, l'air, et non 0, qui est l'eau.": fautes.padding_to(0),
        "les pixels hors du champ valent −1000 : vous y laissez la valeur stockée.": fautes.padding_to(None),
        "vous mettez −1000 AVANT de convertir, et la conversion le change : faites-le à la fin.": fautes.padding_before,
        "les deux choix de `np.where` sont échangés : la valeur si c'est vrai vient d'abord.": fautes.where_swapped,
        "pente et ordonnée à l'origine sont échangées.": fautes.hounsfield_of(lambda v, a, b: v * b + a),
        "vous rendez des entiers : une pente de 0,5 donne des demi-unités.": fautes.rounded,
    },
)


window = Exercise(
    title="window",
    lesson=LESSON,
    reference=dicom.window,
    draw=draw_window,
    observe=observe,
    mistakes={
        "rien n'est coupé : sous la fenêtre, c'est 0 ; au-dessus, 1 (`np.clip`).": fautes.unclipped,
        "c'est la formule usuelle, de c − w/2 à c + w/2 : celle de la norme a un −0,5 et un −1.": fautes.usual_window,
        "le −0,5 manque : la norme centre sur c − 0,5.": fautes.window_of(lambda v, c, w: (v - c) / (w - 1) + 0.5),
        "le −1 manque : la norme divise par w − 1.": fautes.window_of(lambda v, c, w: (v - (c - 0.5)) / w + 0.5),
        "le signe du 0,5 est inversé : on retire c − 0,5.": (
            fautes.window_of(lambda v, c, w: (v - (c + 0.5)) / (w - 1) + 0.5)
        ),
        "le + 0,5 final manque : le centre de la fenêtre est un gris moyen, pas du noir.": (
            fautes.window_of(lambda v, c, w: (v - (c - 0.5)) / (w - 1))
        ),
        "il manque des parenthèses : divisez par (w − 1), tout entier.": (
            fautes.window_of(lambda v, c, w: (v - (c - 0.5)) / w - 1 + 0.5)
        ),
        "il manque des parenthèses : c'est toute la différence x − (c − 0,5) que l'on divise.": (
            fautes.window_of(lambda v, c, w: v - (c - 0.5) / (w - 1) + 0.5)
        ),
        "le + 0,5 final s'ajoute APRÈS la division, pas à w − 1.": (
            fautes.window_of(lambda v, c, w: (v - (c - 0.5)) / (w - 1 + 0.5))
        ),
        "noir et blanc sont échangés : les grandes valeurs sont claires.": fautes.inverted,
        "vous rendez des gris de 0 à 255 : on les veut de 0 à 1.": fautes.to_255,
        "vous rendez des octets, de 0 à 255 : on veut des gris de 0 à 1.": fautes.to_bytes,
        "vous coupez les valeurs sans les étaler : ramenez-les entre 0 et 1.": fautes.only_clipped,
        "vous étalez toute l'image : `center` et `width` ne servent pas.": fautes.stretched,
        "vous avez échangé `center` et `width`.": fautes.swapped_window,
        "seul le bas est coupé : au-dessus de la fenêtre, c'est 1.": fautes.only_low,
        "seul le haut est coupé : sous la fenêtre, c'est 0.": fautes.only_high,
        "c'est un seuil : entre les bords de la fenêtre, le gris est proportionnel.": fautes.threshold,
    },
)


slice_position = Exercise(
    title="slice_position",
    lesson=LESSON,
    reference=dicom.slice_position,
    draw=draw_slice,
    observe=observe,
    mistakes={
        "vous rendez z : c'est juste pour une coupe droite, faux dès qu'elle est inclinée.": fautes.only_z,
        "InstanceNumber est un numéro, pas une place : rien n'impose son ordre.": fautes.instance_number,
        "SliceLocation est facultatif, et son origine est libre : calculez la place.": fautes.slice_location,
        "la normale est à l'envers : lignes × colonnes, dans cet ordre.": fautes.reversed_normal,
        "vous projetez sur la direction des lignes : projetez sur la normale.": fautes.along(0),
        "vous projetez sur la direction des colonnes : projetez sur la normale.": fautes.along(1),
        "l'orientation donne d'abord les trois nombres des lignes, `[:3]`, puis les trois des colonnes, `[3:]`.": (
            fautes.interleaved
        ),
        "vous rendez le point projeté : rendez sa place sur l'axe, un seul nombre.": fautes.projected,
        "vous rendez la normale : il reste à projeter la position, `np.dot`.": fautes.only_normal,
        "c'est une distance à l'origine : elle perd le signe et la direction.": fautes.distance,
        "la valeur absolue replie la pile : gardez le signe.": fautes.absolute,
        "c'est un produit terme à terme : il reste à faire la somme, `np.dot`.": fautes.unsummed,
    },
)
