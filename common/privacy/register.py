"""Une population inventée : ses habitants, les patients d'un réseau d'hôpitaux, un registre public avec des noms.

Tout est synthétique, noms compris. Seuls les numéros de département sont vrais ; leurs tailles sont inventées. L'index
`person_id` est la vérité : il dit qui est qui d'un tableau à l'autre, pour juger une attaque, et n'est jamais publié.
"""

import numpy as np
import pandas as pd

from common.privacy.generalisation import category_tree, dates, prefixes

TODAY = pd.Timestamp(2025, 1, 1)
HIERARCHIES = {"birth_date": dates(10, 20), "sex": category_tree(), "postal_code": prefixes(3, 2)}
QUASI_IDENTIFIERS = tuple(HIERARCHIES)
DEPARTMENTS = {"59": 0.28, "75": 0.23, "13": 0.21, "35": 0.15, "67": 0.11, "48": 0.02}  # parts choisies par le cours
FIRST_NAMES = {
    "F": ("Ambre", "Capucine", "Églantine", "Flore", "Iris", "Jade", "Marguerite", "Olive", "Prune", "Rose"),
    "H": (
        "Basile",
        "Célestin",
        "Floréal",
        "Hyacinthe",
        "Laurier",
        "Narcisse",
        "Olivier",
        "Parfait",
        "Séraphin",
        "Zéphyr",
    ),
}
LAST_NAMES = (
    *(
        "Ardoise",
        "Bruyère",
        "Colibri",
        "Dentelle",
        "Écureuil",
        "Fougère",
        "Girouette",
        "Hérisson",
        "Igloo",
        "Jonquille",
    ),
    *("Kiosque", "Lanterne", "Mésange", "Nuage", "Orage", "Pivoine", "Quenouille", "Roitelet", "Sablier", "Tournesol"),
)
DIAGNOSES = ("asthme", "diabète", "insuffisance cardiaque", "cancer", "dépression", "VIH")
_AT_FORTY = np.array([1.0, 0.3, -0.9, -0.3, 0.8, -1.0])  # log-fréquence relative à 40 ans
_PER_DECADE = np.array([-0.2, 0.25, 0.6, 0.4, -0.15, -0.1])  # ce qu'y ajoutent dix ans de plus
_RISK = np.array([-0.6, 0.0, 0.9, 1.1, -0.5, 0.1])  # ce que la maladie ajoute au log-risque de décès


def population(num_people: int, seed: int = 0) -> pd.DataFrame:
    """Tire des habitants inventés : nom, prénom, date de naissance, sexe, code postal ; une ligne par personne.

    Index `person_id` de 0 à num_people − 1. Six départements de huit codes postaux, de tailles très inégales.
    ValueError sans habitant. Même graine, mêmes habitants.
    """
    if num_people < 1:
        raise ValueError(f"Il faut au moins un habitant ; reçu : {num_people}.")
    rng = np.random.default_rng([seed, 1])
    sex = rng.choice(["F", "H"], num_people)
    first_names = np.where(sex == "F", *(rng.choice(FIRST_NAMES[s], num_people) for s in "FH"))
    people = {
        "last_name": rng.choice(LAST_NAMES, num_people),
        "first_name": first_names,
        "birth_date": TODAY - pd.to_timedelta((rng.beta(1.5, 2.0, num_people) * 103 * 365.25).astype(int), unit="D"),
        "sex": sex,
        "postal_code": _postal_codes(num_people, rng),
    }
    return pd.DataFrame(people, index=pd.RangeIndex(num_people, name="person_id"))


def hospital_patients(people: pd.DataFrame, num_patients: int, seed: int = 0) -> pd.DataFrame:
    """Tire des patients parmi `people` et leur donne diagnosis, creatinine (µmol/L) et died (0 ou 1).

    Garde l'index `person_id` et les quasi-identifiants, pas les noms : ce tableau est pseudonymisé, pas anonyme. Le
    risque de décès dépend de l'âge, du sexe, de la maladie et de la créatinine. ValueError s'il manque du monde.
    """
    if not 0 < num_patients <= len(people):
        raise ValueError(f"{num_patients} patients parmi {len(people)} habitants : c'est impossible.")
    rng = np.random.default_rng([seed, 2])
    ages = age(people["birth_date"]).to_numpy()
    drawn = rng.choice(len(people), num_patients, replace=False, p=(ages + 10) / np.sum(ages + 10))
    patients = people.iloc[drawn][list(QUASI_IDENTIFIERS)]
    decades = (ages[drawn] - 40) / 10
    scores = _AT_FORTY + decades[:, None] * _PER_DECADE + rng.gumbel(size=(num_patients, len(DIAGNOSES)))
    diagnosis = scores.argmax(axis=1)
    creatinine = np.exp(4.3 + 0.04 * decades + 0.25 * rng.normal(size=num_patients))
    male = (patients["sex"] == "H").to_numpy()
    log_odds = -2.6 + 0.5 * decades + 0.3 * male + _RISK[diagnosis] + 0.012 * (creatinine - 75)
    died = (rng.random(num_patients) < 1 / (1 + np.exp(-log_odds))).astype(int)
    return patients.assign(diagnosis=np.array(DIAGNOSES)[diagnosis], creatinine=creatinine.round(), died=died)


def public_register(people: pd.DataFrame, coverage: float = 0.8, seed: int = 0) -> pd.DataFrame:
    """Tire un registre public (comme une liste électorale) : les majeurs, chacun inscrit avec la chance `coverage`.

    Il porte les noms et les quasi-identifiants, et n'a rien de médical ; la plupart des inscrits n'ont jamais vu
    l'hôpital, et des patients n'y sont pas. ValueError si coverage sort de [0, 1].
    """
    if not 0 <= coverage <= 1:
        raise ValueError(f"La part d'inscrits doit être entre 0 et 1 ; reçu : {coverage}.")
    rng = np.random.default_rng([seed, 3])
    enrolled = rng.random(len(people)) < coverage
    return people[enrolled & (age(people["birth_date"]) >= 18).to_numpy()]


def age(birth_date: pd.Series) -> pd.Series:
    """Rend l'âge en années révolues au 1er janvier 2025 (à un jour près, pour qui est né ce jour-là)."""
    return ((TODAY - birth_date).dt.days / 365.25).astype(int)


def _postal_codes(num_people: int, rng: np.random.Generator) -> np.ndarray:
    """Huit codes par département, en deux groupes de quatre (350x0, 351x0) ; le premier est le plus peuplé."""
    codes = [f"{department}{half}{ten}0" for department in DEPARTMENTS for half in (0, 1) for ten in range(4)]
    within = 1 / np.arange(1, 9)
    shares = np.outer(list(DEPARTMENTS.values()), within / within.sum()).ravel()
    return rng.choice(codes, num_people, p=shares / shares.sum())
