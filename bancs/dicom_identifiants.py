"""Ce qui reste d'identifiants plantés dans un fichier DICOM : `python -m bancs.dicom_identifiants [--json FICHIER]`.

Trois mesures : les jetons qui restent, lieu par lieu, après `deidentify` et après dicom-anonymizer 2.1 (tableau E.1-1
de la même édition) ; ce que l'image garde ; ce que vaut la recherche de texte dans les pixels, réglée sur les graines 0
à 11 et mesurée sur d'autres. dicom-anonymizer n'applique le tableau qu'au premier niveau, et n'annonce rien hors du
tableau : ce qu'il laisse là montre ce qu'un tableau seul ne couvre pas.
"""

import argparse
import logging
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np
from dicomanonymizer.simpledicomanonymizer import anonymize_dataset, initialize_actions
from pydicom import Dataset, dcmread

from bancs import rapport
from bancs.dicom_plantation import Plantation, planted_file, reread
from common.data.dicom import display, library_file, synthetic_ct
from common.data.dicom.radiograph import draw_text, projection
from common.metrics import accuracy
from common.privacy.dicom import aligned_letters, burned_in_suspicions, deidentify
from common.privacy.dicom.burned_in import MIN_LETTERS

COMMANDE = "python -m bancs.dicom_identifiants --json bancs/resultats/dicom_identifiants.json"
KEY = bytes(range(32))
SEEDS = range(1000, 1060)  # jamais vues pendant le réglage
SIZES, CONTRASTS = (8, 12, 18, 28, 44), (0.15, 0.3, 0.6, 1.0)
TEXT = "DUPONT HELENE\nIPP7796507\n15/03/1963"
ULTRASOUND = ("examples_jpeg2k.dcm", "examples_palette.dcm", "examples_rgb_color.dcm", "examples_ybr_color.dcm")


def by_place() -> list[dict[str, int | str]]:
    """Les jetons plantés, trouvés avant, et restants après chaque outil, lieu par lieu."""
    plants = Plantation()
    data = planted_file(plants)
    ours = plants.left(_bytes(deidentify(reread(data), KEY)))
    peer = plants.left(_bytes(_by_dicom_anonymizer(reread(data))))
    before = plants.left(data)
    return [
        {
            "place": place,
            "planted": len(tokens),
            "found_before": before[place],
            "left": ours[place],
            "peer": peer[place],
        }
        for place, tokens in sorted(plants.places.items())
    ]


def kept() -> dict[str, int]:
    """Ce que la désidentification garde d'un scanner synthétique : ses attributs, et son image au pixel près."""
    counts: Counter[str] = Counter()
    for dataset in synthetic_ct(0):
        cleaned = deidentify(dataset, KEY)
        counts["files"] += 1
        counts["elements"] += len(dataset)
        counts["unchanged"] += sum(
            element.keyword in cleaned and cleaned[element.tag] == element for element in dataset
        )
        counts["same_image"] += int(cleaned.PixelData == dataset.PixelData)
    return dict(counts)


def letters() -> dict[str, object]:
    """Sensibilité (par taille et contraste) et spécificité de la recherche de texte, sur des images synthétiques."""
    images = [projection(seed) for seed in SEEDS]
    slices = [display(dataset) for seed in SEEDS[:3] for dataset in synthetic_ct(seed)]
    return {
        "sensitivity": [
            {"size": size, "contrast": contrast, **_share(_drawn(images, size, contrast), True)}
            for size in SIZES
            for contrast in CONTRASTS
        ],
        "specificity_radiographs": _share(images, False),
        "specificity_ct_slices": _share(slices, False),
        "real_ultrasound_flagged": sum(_text_seen(dcmread(library_file(name))) for name in ULTRASOUND),
        "real_ultrasound": len(ULTRASOUND),
    }


def _drawn(images: list[np.ndarray], size: int, contrast: float) -> list[np.ndarray]:
    return [
        draw_text(image, TEXT, np.random.default_rng([seed, size]), sizes=(size, size), contrast=contrast)
        for seed, image in zip(SEEDS, images, strict=True)
    ]


def _share(images: list[np.ndarray], expected: bool) -> dict[str, float]:
    seen = np.array([aligned_letters(image) >= MIN_LETTERS for image in images], dtype=int)
    estimate = accuracy(np.full(len(seen), int(expected)), seen)
    return {"n": len(seen), **{name: round(value, 3) for name, value in estimate._asdict().items()}}


def _text_seen(dataset: Dataset) -> bool:
    return any("lettres" in reason for reason in burned_in_suspicions(dataset))


def _by_dicom_anonymizer(dataset: Dataset) -> Dataset:
    anonymize_dataset(dataset, base_rules_gen=_rules_2026, delete_private_tags=True)
    return dataset


def _rules_2026() -> dict[tuple[int, ...], Callable]:
    return initialize_actions("dicomfields_2026c")


def _bytes(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _print(report: dict) -> None:
    total = Counter()
    for row in report["places"]:
        total.update({name: row[name] for name in ("planted", "found_before", "left", "peer")})
    print(
        "{planted} plantés, {found_before} trouvés avant ; après : {left} ici, {peer} (dicom-anonymizer)".format(
            **total
        )
    )
    for row in report["letters"]["sensitivity"]:
        print("texte de {size:>2} pixels, contraste {contrast:.2f} : vu dans {value:.0%} des {n} images".format(**row))
    print(
        "sans texte, radiographies : {value:.0%} de {n} laissées".format(**report["letters"]["specificity_radiographs"])
    )
    print("sans texte, coupes : {value:.0%} de {n} laissées".format(**report["letters"]["specificity_ct_slices"]))


def main(arguments: list[str]) -> int:
    """Rend 0."""
    parser = argparse.ArgumentParser(prog="python -m bancs.dicom_identifiants", description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FICHIER", help="où écrire le rapport")
    options = parser.parse_args(arguments)
    logging.getLogger("pydicom").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")  # pydicom signale chaque jeton planté dans un nombre
    report = {"places": by_place(), "kept": kept(), "letters": letters()}
    _print(report)
    if options.json:
        header = rapport.entete(COMMANDE, [])
        header["versions"] |= {name: version(name) for name in ("pydicom", "dicom-anonymizer", "pillow", "scipy")}
        settings = {
            "edition": "2026c",
            "seeds": [SEEDS.start, SEEDS.stop - 1],
            "min_letters": MIN_LETTERS,
            "text": TEXT,
        }
        rapport.ecrire(options.json, {**header, "settings": settings, **report})
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main(sys.argv[1:]))
