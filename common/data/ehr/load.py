"""D'où viennent les tables : du générateur du cours, ou d'une copie locale de MIMIC-III. Jamais du réseau."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from common.data.cache import DataUnavailableError, RemoteFile, cache_folder, copies, declared_fault
from common.data.dataset import DataCard
from common.data.ehr.reader import find_file, official_table, scan_table
from common.data.ehr.schema import TABLES

FULL, DEMO = "mimic-iii", "mimic-iii-demo"
MAX_BYTES = 300 << 20  # du fichier : au-delà, la table ne tient pas dans la mémoire d'un portable
MAX_MEMORY = 2 << 30  # de la table : un petit .gz peut en rendre une énorme

REAL_CARD = DataCard(
    name="mimic-iii",
    title="MIMIC-III v1.4, réanimations du Beth Israel Deaconess Medical Center (Boston), 2001–2012",
    synthetic=False,
    source="Johnson et al. (2016), Scientific Data 3:160035 ; PhysioNet, doi:10.13026/C2XW26",
    license="PhysioNet Credentialed Health Data License 1.5.0 ; pour la démo ouverte, ODbL 1.0",
    limits=(
        "un seul hôpital, des dates décalées par patient vers 2100–2200, les plus de 89 ans nés 300 ans plus tôt. Les "
        "noms sont retirés, mais ce sont toujours des données de patients : la charte interdit d'en chercher un. La "
        "démo a 100 patients, tous morts depuis, et aucune note : elle ne mesure aucune mortalité."
    ),
)
SYNTHETIC_CARD = DataCard(
    name="mimic-iii",
    title="Patients synthétiques aux tables de MIMIC-III v1.4",
    synthetic=True,
    source="générateur du cours, aux colonnes, types, clés et unités de MIMIC-III",
    license="Apache-2.0 (code du cours)",
    limits=(
        "aucun vrai patient : les liens entre gravité, mesures et décès sont ceux que le générateur y a mis. Bon pour "
        "apprendre la méthode ; aucun résultat obtenu ici ne dit quoi que ce soit de la médecine."
    ),
)

_NAMES = tuple(f"{name}.csv{end}" for name in ("PATIENTS", "patients") for end in ("", ".gz"))
_ANCHORS = tuple(RemoteFile(folder, name, 0, "", ()) for folder in (FULL, DEMO) for name in _NAMES)


def load_tables(
    source: str = "embedded", tables: Sequence[str] = TABLES, *, num_patients: int = 1000, seed: int = 0
) -> dict[str, pd.DataFrame]:
    """Rend les tables demandées, nom officiel → table, aux colonnes et types de MIMIC-III v1.4.

    source : « embedded » (num_patients patients synthétiques, les mêmes partout pour la même seed) ou « real » (votre
    copie de MIMIC-III ou de sa démo ouverte, voir `real_folder`). ValueError pour une source ou un nom inconnu, ou une
    table trop grosse pour la mémoire ; DataUnavailableError sans copie ; EhrError si un fichier est mauvais.
    """
    names = [official_table(name) for name in tables]
    if source == "real":
        folder = real_folder()
        return {name: _read(folder, name) for name in names}
    if source != "embedded":
        raise ValueError(f'Source inconnue : « {source} ». Choisissez source="embedded" ou source="real".')
    from common.data.ehr.generator import generate  # le générateur lit lui-même ce paquet

    generated = generate(num_patients, seed)
    return {name: generated[name] for name in names}


def card(source: str = "embedded") -> DataCard:
    """La carte des données que `load_tables` rend pour cette source."""
    return REAL_CARD if source == "real" else SYNTHETIC_CARD


def real_folder() -> Path:
    """Rend le dossier de la copie réelle : « mimic-iii », sinon « mimic-iii-demo ».

    Cherché sous COURS_DONNEES puis dans le cache. DataUnavailableError, qui dit comment l'obtenir, s'il n'existe pas.
    """
    found = [path.parent for anchor in _ANCHORS for path in copies(anchor)]
    if found:
        return found[0]
    fault = declared_fault(_ANCHORS[0], _ANCHORS[len(_NAMES)])
    raise DataUnavailableError(f"Aucune copie de MIMIC-III sur cette machine. {fault}".strip() + f"\n{_access()}")


def _access() -> str:
    return (
        "Le cours n'en a pas besoin : load_tables() rend des patients synthétiques. Pour de vraies données :\n"
        "· la démo ouverte (100 patients, sans note, sans inscription) : téléchargez l'archive de "
        f"https://physionet.org/content/mimiciii-demo/1.4/ et décompressez ses .csv dans {cache_folder() / DEMO} ;\n"
        "· la base entière : chacun demande son propre accès sur https://physionet.org/content/mimiciii/1.4/ "
        "(compte PhysioNet accrédité, formation CITI « Data or Specimens Only Research », charte d'usage signée), puis "
        f"met les .csv.gz dans {cache_folder() / FULL}. Une copie ne se partage pas.\n"
        'Ailleurs ? Donnez à COURS_DONNEES le dossier qui contient « mimic-iii ». Puis : load_tables(source="real")'
    )


def _read(folder: Path, name: str) -> pd.DataFrame:
    size = find_file(folder, name).path.stat().st_size
    if size > MAX_BYTES:
        raise _too_big(name, f"pèse {size / 1e9:.1f} Go")
    chunks, in_memory = [], 0
    for chunk in scan_table(folder, name):
        chunks.append(chunk)
        in_memory += int(chunk.memory_usage(deep=True).sum())
        if in_memory > MAX_MEMORY:
            raise _too_big(name, f"occuperait plus de {MAX_MEMORY >> 30} Gio, une fois décompressée")
    return pd.concat(chunks, ignore_index=True)


def _too_big(name: str, how_much: str) -> ValueError:
    return ValueError(
        f"{name} {how_much} : lue d'un coup, elle ne tiendrait pas en mémoire. "
        f'Lisez-la par morceaux : for chunk in scan_table(real_folder(), "{name}", columns=[…]): …'
    )
