"""Leçon 2, L'imagerie DICOM : to_hounsfield, window, slice_position, readable_words, remap_uid, shift_date."""

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import numpy as np
from pydicom import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from common.data import dicom
from common.data.dicom.synthetic import new_dataset, set_pixels
from common.privacy import dicom as deidentification
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_2 import lecon_2_fautes as fautes

LESSON = "semaine_2/corriges/02_imagerie_dicom.ipynb"
HINTS = {
    "no attribute 'PixelPaddingValue'": (
        "toutes les images n'ont pas de PixelPaddingValue, lisez-le avec `dataset.get(…)`, qui rend alors None"
    ),
    "for [-+*/]: '(list|MultiValue)'|can't multiply sequence": "une liste ne se calcule pas d'un bloc, `np.array(…)`",
    "bytes-like object is required": "cherchez des octets dans des octets, `mot.encode()`, ou du texte dans du texte",
    "must be encoded|'str' object cannot|key: expected": (
        "hmac veut des octets, écrivez `uid.encode()` ; la clé en est déjà"
    ),
    "digestmod": "dites quel hachage, `hmac.new(key, …, hashlib.sha256)`",
    "codec can't decode": 'tous les octets d\'une image ne sont pas du texte, ajoutez `errors="replace"`',
    "unconverted data remains": "ne donnez à `strptime` que les huit premiers caractères, `value[:8]`",
    "does not match format": "le format d'une date DICOM est `%Y%m%d`, sans séparateur",
}
STORED = (-3000, 3001)
DTYPES = ("<i2", "<u2")
NAMES = (
    *("Martin", "Camille", "LEFÈVRE", "Hélène", "Théo", "Nguyen", "Inès", "Rousseau", "Béatrice", "Zoé", "Lilas"),
    *("IPP5600228", "EX5600228", "5600228", "19860318", "CHU de Synthèse"),
)
STANDARD = (CTImageStorage, MRImageStorage, ExplicitVRLittleEndian)
MAX_UID = 2**128


def observe(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue revient avec une astuce."""
    with hinted_errors(HINTS):
        return answer(*case)


def draw_ct(rng: np.random.Generator) -> tuple:
    """Tire une coupe de 1 à 6 pixels de côté : signée ou non, avec ou sans pixels hors du champ."""
    dtype = np.dtype(str(rng.choice(DTYPES)))
    stored = rng.integers(*STORED, size=rng.integers(1, 7, size=2)) + (0 if dtype.kind == "i" else STORED[1])
    dataset = new_dataset(CTImageStorage, "exercice")
    set_pixels(dataset, stored.astype(dtype))
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.RescaleSlope = float(rng.choice([1, 2, 20, 0.5, 0.25]))
    dataset.RescaleIntercept = float(rng.integers(-2000, 500))
    if rng.random() < 0.7:
        padding = int(rng.choice(stored.ravel()))  # au moins un pixel est hors du champ
        dataset.add_new("PixelPaddingValue", "SS" if dtype.kind == "i" else "US", padding)
        if rng.random() < 0.5:  # un pixel du champ, une fois converti, vaut PixelPaddingValue
            dataset.RescaleIntercept = padding - float(dataset.RescaleSlope) * int(stored[0, 0])
    return (dataset,)


def draw_window(rng: np.random.Generator) -> tuple:
    """Tire des valeurs, de une à trois dimensions, autour d'une fenêtre étroite ou large."""
    center, width = float(rng.integers(-800, 800)), float(rng.choice([2, 3, 8, 80, 400, 1500])) + rng.choice([0, 0.5])
    shape = tuple(int(n) for n in rng.integers(1, 6, size=rng.integers(1, 4)))
    values = center + rng.uniform(-1, 1, size=shape) * width
    edges = [center - 5 * width, center + 5 * width, center, center - 0.5, center + width / 2, center - width / 2]
    return np.concatenate([np.repeat([edges], 2, axis=0).ravel(), values.ravel()]), center, width


def draw_slice(rng: np.random.Generator) -> tuple:
    """Tire une coupe posée n'importe où, droite une fois sur trois, sinon inclinée."""
    axes = np.eye(3) if rng.random() < 1 / 3 else np.linalg.qr(rng.normal(size=(3, 3)))[0]
    dataset = Dataset()
    dataset.ImageOrientationPatient = [round(float(value), 6) for value in axes[:2].ravel()]
    dataset.ImagePositionPatient = [round(float(value), 3) for value in rng.uniform(-300, 300, size=3)]
    dataset.InstanceNumber, dataset.SliceThickness = int(rng.integers(1, 200)), 5.0
    dataset.SliceLocation = round(float(rng.uniform(-300, 300)), 3)
    return (dataset,)


def draw_bytes(rng: np.random.Generator) -> tuple:
    """Tire des mots, et des octets où la moitié d'entre eux se lisent, en UTF-8 ou en Latin-1, casse au hasard."""
    words = [str(word) for word in rng.permutation(NAMES)[: int(rng.integers(1, 9))]]
    pieces = [rng.bytes(40)]
    for word in words:
        if rng.random() < 0.6:
            written = str(rng.choice([word, word.lower(), word.upper()]))
            pieces += [written.encode(str(rng.choice(["utf-8", "latin-1"]))), b"\0" + rng.bytes(int(rng.integers(30)))]
    return words, b"".join(pieces)


def draw_uids(rng: np.random.Generator) -> tuple:
    """Tire une centaine d'UID, deux clés."""
    uids = [str(generate_uid(entropy_srcs=[rng.bytes(8).hex()])) for _ in range(100)]
    return uids, rng.bytes(32), rng.bytes(32)


def draw_date(rng: np.random.Generator) -> tuple:
    """Tire une date, avec ou sans heure, et un décalage ; le 29 février et le jour de l'an sont fréquents."""
    days = str(np.datetime64("1930-01-01") + int(rng.integers(0, 34_000))).replace("-", "")
    date = str(rng.choice([days, "20240229", "20000101", "19991231"]))
    clock = str(rng.choice(["", "", "101500", "235959.123456", "07"]))
    return date + clock, int(rng.integers(-3650, 3651))


def observe_uids(answer: Callable, case: tuple) -> dict[str, bool] | None:
    """Rend ce qu'un bon remplacement d'UID respecte, propriété par propriété ; None si la réponse ne rend rien."""
    uids, key, other_key = case
    first, again, other = ([observe(answer, (uid, k)) for uid in uids] for k in (key, key, other_key))
    if all(new is None for new in first):
        return None
    return {
        "le même UID reçoit toujours le même remplaçant": first == again,
        "deux UID différents gardent deux remplaçants différents": len(set(first)) == len(uids),
        "une autre clé donne d'autres remplaçants": not set(first) & set(other),
        "un UID de la norme reste tel quel": all(observe(answer, (uid, key)) == uid for uid in STANDARD),
        "le remplaçant n'a que des chiffres et des points": all(re.fullmatch(r"[\d.]+", str(new)) for new in first),
        "le remplaçant commence par « 2.25. »": all(str(new).startswith("2.25.") for new in first),
        "le reste est un entier de 128 bits, en décimal": _has_128_bits(first),
        "le hachage est un HMAC, avec la clé pour clé": not set(first) & _not_hmac(uids, key),
    }


def _has_128_bits(results: list) -> bool:
    texts = [str(new).removeprefix("2.25.") for new in results]
    if not all(re.fullmatch(r"[1-9]\d*", text) for text in texts):
        return False
    return MAX_UID // 8 <= max(map(int, texts)) < MAX_UID


def _not_hmac(uids: list[str], key: bytes) -> set[str]:
    """Les remplaçants d'un hachage où la clé est collée à l'UID, devant ou derrière, ou échangée avec lui."""
    pairs = [(key, uid.encode()) for uid in uids]
    digests = [hashlib.sha256(text).digest()[:16] for k, uid in pairs for text in (k + uid, uid + k)]
    digests += [hmac.new(uid, k, hashlib.sha256).digest()[:16] for k, uid in pairs]
    numbers = [number for digest in digests for number in (int.from_bytes(digest), UUID(bytes=digest, version=4).int)]
    return {f"2.25.{number}" for number in numbers}


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
        "noir et blanc sont échangés : les grandes valeurs sont claires.": fautes.inverted,
        "vous rendez des gris de 0 à 255 : on les veut de 0 à 1.": fautes.to_255,
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
        "vous rendez la normale : il reste à projeter la position, `np.dot`.": fautes.only_normal,
        "c'est une distance à l'origine : elle perd le signe et la direction.": fautes.distance,
        "la valeur absolue replie la pile : gardez le signe.": fautes.absolute,
        "c'est un produit terme à terme : il reste à faire la somme, `np.dot`.": fautes.unsummed,
    },
)


readable_words = Exercise(
    title="readable_words",
    lesson=LESSON,
    reference=deidentification.readable_words,
    draw=draw_bytes,
    observe=observe,
    mistakes={
        "« MARTIN » et « Martin » sont le même nom : comparez en minuscules des deux côtés.": fautes.case_sensitive,
        "vous mettez le mot en minuscules, pas les octets.": fautes.lowered_words_only,
        "vous mettez les octets en minuscules, pas le mot.": fautes.lowered_data_only,
        "les fichiers en Latin-1 vous échappent : « é » n'y a pas les mêmes octets.": fautes.in_encodings("utf-8"),
        "les fichiers en UTF-8 vous échappent : « é » n'y a pas les mêmes octets.": fautes.in_encodings("latin-1"),
        "une lettre accentuée en capitale vous échappe : `bytes.lower()` ne change que les lettres sans accent.": (
            fautes.bytes_lower
        ),
        "les mots accentués vous échappent : essayez UTF-8 et Latin-1, l'UN des deux suffit.": fautes.in_encodings(
            "ascii"
        ),
        "vous rendez les mots que l'on ne lit PAS.": fautes.unreadable,
        "vous rendez un seul mot : rendez tous ceux qui se lisent.": fautes.first_word,
        "vous rendez vrai ou faux par mot : rendez les mots.": fautes.booleans,
        "vous rendez leur nombre : rendez les mots.": fautes.count,
        "les mots sont triés : gardez leur ordre.": fautes.sorted_words,
    },
)


remap_uid = Exercise(
    title="remap_uid",
    lesson=LESSON,
    reference=deidentification.remap_uid,
    draw=draw_uids,
    observe=observe_uids,
    mistakes={
        "la clé ne sert pas : sans elle, qui a le fichier d'origine recalcule le remplaçant.": fautes.without_key,
        "la clé est collée à l'UID, ou échangée avec lui : écrivez `hmac.new(key, uid.encode(), hashlib.sha256)`.": (
            fautes.key_glued
        ),
        "le remplaçant est tiré au sort : deux coupes d'un même examen n'auraient plus le même StudyInstanceUID.": (
            fautes.at_random
        ),
        "l'UID n'a pas changé.": fautes.same_uid,
        "tous les UID reçoivent le même remplaçant : l'UID doit entrer dans le hachage.": fautes.constant,
        "les UID de la norme ont changé : « CT Image Storage » ne désigne personne, et un lecteur en a besoin.": (
            fautes.remaps_standard
        ),
        "un UID n'a que des chiffres et des points : écrivez l'entier en décimal, pas en hexadécimal.": (
            fautes.hexadecimal
        ),
        "le préfixe manque : la norme réserve « 2.25. » aux entiers de 128 bits.": fautes.without_prefix,
        "l'entier est trop grand : un UID a 64 caractères au plus. Gardez les 16 premiers octets.": fautes.too_long,
    },
)


shift_date = Exercise(
    title="shift_date",
    lesson=LESSON,
    reference=deidentification.shift_date,
    draw=draw_date,
    observe=observe,
    mistakes={
        "le décalage est pris à l'envers : AJOUTEZ `days`, il est déjà négatif.": fautes.backwards,
        "l'heure est perdue : gardez les caractères après le huitième.": fautes.without_clock,
        "la date n'a pas bougé : décalez-la de `days` jours.": fautes.unmoved,
        "vous ajoutez `days` au nombre AAAAMMJJ : le 32 mai n'existe pas. Passez par `datetime`.": fautes.as_integer,
        "vous décalez d'années entières : ce sont des jours.": fautes.whole_years,
        "vous décalez de semaines : ce sont des jours.": fautes.shifted(7),
        "vous rendez un objet datetime : rendez un texte, avec `strftime`.": fautes.as_datetime,
        "une date DICOM n'a pas de tirets : `%Y%m%d`.": fautes.with_format("%Y-%m-%d"),
        "le jour et le mois sont échangés : `%Y%m%d`.": fautes.with_format("%Y%d%m"),
        "l'ordre est année, mois, jour : `%Y%m%d`.": fautes.with_format("%d%m%Y"),
    },
)
