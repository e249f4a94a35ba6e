"""Combien de patients « sans noms » un registre retrouve-t-il ? `python -m bancs.reidentification [--json FICHIER]`.

Une population inventée ; un hôpital (500 patients) ou un réseau (5 000) ; un registre public de 80 % des majeurs. Cinq
publications du même tableau : dates et codes exacts, façon Safe Harbor, puis k-anonymes. L'utilité : l'AUROC d'une
régression logistique apprise sur ce qui est publié, jugée sur d'autres patients, vus de la même façon.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bancs import rapport
from bancs.commande import lancer, lecteur
from common.metrics import accuracy, auroc
from common.privacy import register
from common.privacy.anonymity import equivalence_classes, k_anonymity, l_diversity
from common.privacy.generalisation import anonymise, discernibility, generalise
from common.privacy.linkage import homogeneity_attack, link, reidentification_rate

COMMANDE = "python -m bancs.reidentification --json bancs/resultats/reidentification.json"
SEEDS = (0, 1, 2, 3, 4)
PEOPLE, COVERAGE, MAX_SUPPRESSED = 200_000, 0.8, 0.05
SIZES, JUDGES = (500, 5_000), 5_000  # patients publiés, patients qui jugent le modèle
KS = (2, 5, 10)
SENSITIVE, OUTCOME = "diagnosis", "died"
ON = list(register.QUASI_IDENTIFIERS)
SAFE_HARBOR_MIN = 20_000  # habitants par zone à trois chiffres : 45 CFR 164.514(b)(2)(i)(B)
SAFE_HARBOR_AGE = 89  # au-delà, une seule catégorie : 45 CFR 164.514(b)(2)(i)(C)


class World(NamedTuple):
    """Les habitants, les patients publiés, d'autres patients pour juger le modèle, et le registre."""

    people: pd.DataFrame
    patients: pd.DataFrame
    others: pd.DataFrame
    public: pd.DataFrame


class Published(NamedTuple):
    """Une publication, la façon de voir un autre tableau pareillement, et ce qu'elle a coûté."""

    table: pd.DataFrame
    view: Callable[[pd.DataFrame], pd.DataFrame]
    levels: dict[str, int]
    suppressed: float
    loss: float


def world(seed: int, num_patients: int, num_people: int = PEOPLE, num_judges: int = JUDGES) -> World:
    """Tire tout d'une graine ; aucun patient ne sert à la fois à apprendre et à juger."""
    people = register.population(num_people, seed)
    patients = register.hospital_patients(people, num_patients + num_judges, seed)
    public = register.public_register(people, COVERAGE, seed)
    return World(people, patients[:num_patients], patients[num_patients:], public)


def safe_harbor(people: pd.DataFrame) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Rend la fonction qui ne garde que l'année de naissance et trois chiffres du code postal, comme Safe Harbor.

    Plus de 89 ans : une seule catégorie ; zone de 20 000 habitants ou moins : « 000 ». La règle demande aussi de ne
    rien savoir qui permette d'identifier (164.514(b)(2)(ii)) : ce code ne peut pas le vérifier.
    """
    inhabitants = people["postal_code"].str[:3].value_counts()
    large = inhabitants.index[inhabitants > SAFE_HARBOR_MIN]
    oldest = register.TODAY.year - SAFE_HARBOR_AGE - 1

    def view(table: pd.DataFrame) -> pd.DataFrame:
        area = table["postal_code"].str[:3]
        return table.assign(
            birth_date=table["birth_date"].dt.year.clip(lower=oldest).astype(str),
            postal_code=area.where(area.isin(large), "000"),
        )

    return view


def publications(drawn: World) -> dict[str, Published]:
    """Rend les publications du même tableau, de la plus bavarde à la plus prudente."""
    published = {"brut": _viewed(drawn, lambda table: table), "safe_harbor": _viewed(drawn, safe_harbor(drawn.people))}
    for k in KS:
        release = anonymise(drawn.patients, register.HIERARCHIES, k, MAX_SUPPRESSED)

        def view(table: pd.DataFrame, levels: dict[str, int] = release.levels) -> pd.DataFrame:
            return generalise(table, register.HIERARCHIES, levels)

        published[f"k={k}"] = Published(release.table, view, release.levels, release.suppressed, release.loss)
    return published


def measure(drawn: World, published: Published) -> dict[str, Any]:
    """Rend ce que l'attaquant apprend (en patients), et ce que le médecin perd, sur une publication."""
    table, public = published.table, published.view(drawn.public)
    targets = published.view(drawn.patients[ON])
    rate = reidentification_rate(table, public, ON).value
    return {
        "k": k_anonymity(table, ON),
        "l": l_diversity(table, ON, SENSITIVE),
        "levels": published.levels,
        "suppressed": published.suppressed,
        "loss": published.loss,
        "num_released": len(table),
        "num_reidentified": round(rate * len(table)),
        "num_claimed": len(link(table, public, ON)),
        "num_deduced": len(homogeneity_attack(table, targets, ON, SENSITIVE)),
        "auroc": utility(table, published.view(drawn.others)),
    }


def utility(train: pd.DataFrame, test: pd.DataFrame) -> float:
    """Rend l'AUROC, sur `test`, d'une régression logistique du décès apprise sur `train`."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(_features(train), train[OUTCOME])
    return auroc(test[OUTCOME], model.predict_proba(_features(test))[:, 1]).value


def run(num_patients: int, seeds: tuple[int, ...] = SEEDS, **sizes: int) -> dict[str, Any]:
    """Mesure chaque publication d'un tableau de `num_patients`, une fois par graine ; rend leur résumé."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for seed in seeds:
        drawn = world(seed, num_patients, **sizes)
        for name, published in publications(drawn).items():
            by_name.setdefault(name, []).append(measure(drawn, published))
    return {name: _summary(rows) for name, rows in by_name.items()}


def _viewed(drawn: World, view: Callable[[pd.DataFrame], pd.DataFrame]) -> Published:
    table = view(drawn.patients)
    return Published(table, view, {}, 0.0, discernibility(equivalence_classes(table, ON)))


def _features(table: pd.DataFrame) -> np.ndarray:
    """L'année de naissance, son carré, le sexe, la créatinine et la maladie : (n, 10)."""
    since = (table["birth_date"].astype(str).map(_birth_year).to_numpy() - 1960) / 30
    columns = [since, since**2, table["sex"] == "H", table["sex"] == "F", table["creatinine"]]
    return np.column_stack([*columns, *(table[SENSITIVE] == name for name in register.DIAGNOSES[1:])]).astype(float)


def _birth_year(seen: str) -> float:
    """« 1963-05-02 » rend 1963, « 1960-1969 » le milieu de la tranche, « * » toujours la même année."""
    years = re.findall(r"\b\d{4}\b", seen) or ["1960"]
    return sum(map(int, years)) / len(years)


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Les parts sur toutes les graines réunies (Wilson) ; la moyenne des AUROC d'une graine à l'autre (Student)."""
    released = sum(row["num_released"] for row in rows)
    counts = {name: sum(row[f"num_{name}"] for row in rows) for name in ("reidentified", "claimed", "deduced")}
    shares = {name: share(count, released) for name, count in counts.items()}
    return {"num_released": released, **shares, "auroc": rapport.moyenne([r["auroc"] for r in rows]), "by_seed": rows}


def share(count: int, total: int) -> dict[str, float]:
    """Rend une part et son intervalle de Wilson à 95 % ; un zéro y garde une borne haute."""
    value, low, high = accuracy(np.ones(total), (np.arange(total) < count).astype(int))
    return {"count": count, "value": value, "low": low, "high": high}


def _sentence(row: dict[str, Any]) -> str:
    part = "{value:.2%} [{low:.2%} ; {high:.2%}]"
    found, deduced = part.format(**row["reidentified"]), part.format(**row["deduced"])
    return f"ré-identifiés {found}, maladie déduite {deduced}, AUROC {row['auroc']['mean']:.3f}"


def main(arguments: list[str]) -> int:
    """Rend 0."""
    options = lecteur("reidentification", __doc__).parse_args(arguments)
    releases = {str(num_patients): run(num_patients) for num_patients in SIZES}
    for num_patients, rows in releases.items():
        for name, row in rows.items():
            print(f"{num_patients:>5} patients, {name:<11} : {_sentence(row)}")
    if options.json:
        settings = {"seeds": SEEDS, "people": PEOPLE, "judges": JUDGES, "coverage": COVERAGE}
        settings |= {"sizes": SIZES, "ks": KS, "max_suppressed": MAX_SUPPRESSED}
        header = rapport.entete(COMMANDE, [])
        rapport.ecrire(options.json, {**header, "settings": settings, "releases": releases})
    return 0


if __name__ == "__main__":
    lancer(main)
