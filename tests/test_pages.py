"""Les pages pour les gens : les liens mènent quelque part, les commandes existent, les chiffres sont ceux du code."""

import hashlib
import importlib.util
import re
import tomllib
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from markdown_it import MarkdownIt

import cours
from common.data import DATASETS, load
from common.verifier import semaine_1 as verifier
from outils.adresse import RECOPIES
from outils.depot import RACINE, lire, lire_adresse
from outils.lanceur.environnement import TAILLES, _go
from outils.lanceur.refus import PYTHONS
from outils.lint_contenu import HORS_PROSE, TERMES

MOTIFS = ("*.md", "bancs/*.md", "outils/*/*.md", "semaine_6_a_8/*/*.md")
PAGES = sorted(page.relative_to(RACINE).as_posix() for motif in MOTIFS for page in RACINE.glob(motif))
APACHE_2_0 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"  # SHA-256 du texte d'apache.org
BLOCS = re.compile(r"^(`{3,}).*?^\1$|<!--.*?-->|^\[[\d.]+\]: [^\n]+", re.MULTILINE | re.DOTALL)
LANCEUR = re.compile(r"\b(?:python3?|py) cours\.py((?: [\w./-]+)*)")
MODULE = re.compile(r"\bpython -m ((?:outils|bancs)\.\w+)")
PONCTUATION = re.compile(r"""(?<=[\w)\]"»*])(?:[;?!»]|:(?=\s|$))|«(?=\S)""")


def plain(text: str) -> str:
    """Sans accents ni majuscules : l'ordre d'un dictionnaire français."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("œ", "oe"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def table(page: str, first_header: str) -> list[list[str]]:
    """Lignes du tableau dont la première colonne porte ce titre."""
    text = lire(RACINE / page)
    body = text[text.index(f"\n| {first_header} |") :].split("\n\n")[0].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in body]


def links(page: str) -> list[str]:
    """Cibles des liens et des images d'une page."""
    tokens = MarkdownIt().enable("table").parse(lire(RACINE / page))
    inner = [child for token in tokens for child in token.children or []]
    return [str(token.attrs[key]) for token in inner for key in ("href", "src") if key in token.attrs]


def anchors(page: Path) -> set[str]:
    """Ancres que GitHub donne aux titres d'une page."""
    titles = re.findall(r"^#+ (.+)$", BLOCS.sub("", lire(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def prose(page: str) -> list[str]:
    """Lignes de texte d'une page, sans code, ni lien, ni mot anglais en italique."""
    return [HORS_PROSE.sub("`", line) for line in BLOCS.sub("", lire(RACINE / page)).splitlines()]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in links(page):
        path, _, anchor = unquote(target).partition("#")
        if not path.startswith("http"):
            found = (RACINE / page).parent / path if path else RACINE / page
            assert found.is_file(), f"{page} : « {target} » ne mène à aucun fichier."
            assert not anchor or anchor in anchors(found), f"{page} : « {target} » ne mène à aucun titre."


@pytest.mark.parametrize("page", PAGES)
def test_prose_follows_french_typography(page):
    wrong = [line for line in prose(page) if PONCTUATION.search(line)]
    assert not wrong, f"{page} : il manque une espace devant « : ; ! ? » ou dans les guillemets."


@pytest.mark.parametrize("page", PAGES)
def test_pages_use_the_glossary_words(page):
    found = [(m[0], hint) for line in prose(page) for word, hint in TERMES.items()
             for m in re.finditer(rf"(?<![\w-])(?:{word})(?![\w-])", line, re.IGNORECASE)]  # fmt: skip
    assert not found, f"{page} : mot écarté, et quoi écrire : {found}"


def test_pages_say_commands_that_the_launcher_understands():
    commands = [m[1].split() for page in PAGES for m in LANCEUR.finditer(lire(RACINE / page))]
    assert {"lab", "test", "donnees", "executer", "notebooks", "diagnostic"} <= {c[0] for c in commands}
    for command in commands:
        if command != ["--help"]:
            assert callable(cours._analyseur().parse_args(command).commande)


def test_pages_name_tools_that_exist():
    modules = {m[1] for page in PAGES for m in MODULE.finditer(lire(RACINE / page))}
    assert "outils.lint" in modules
    missing = sorted(module for module in modules if importlib.util.find_spec(module) is None)
    assert not missing, f"Une page cite un outil qui n'existe pas : {missing}"


def test_address_is_only_where_the_tool_changes_it():
    pages = {page.name for page in RACINE.iterdir() if page.suffix in (".md", ".cff", ".toml", ".py", ".txt")}
    assert {page for page in pages if lire_adresse() in lire(RACINE / page)} == set(RECOPIES)


def test_glossary_rows_are_complete_and_alphabetical():
    rows = table("GLOSSAIRE.md", "Français")
    assert len(rows) >= 60
    assert all(len(row) == 4 and all(row) for row in rows)
    assert all(re.fullmatch(r"\[\d\.\d\]|—", lesson) for *_, lesson in rows)
    assert all(re.search(r"\*.+\*|`.+`", english) for _, english, *_ in rows)
    terms = [french for french, *_ in rows]
    assert len(set(terms)) == len(terms)
    assert terms == sorted(terms, key=plain)


def test_glossary_has_every_word_that_the_lint_demands():
    rows = {french: english for french, english, *_ in table("GLOSSAIRE.md", "Français")}
    demanded = {w: re.search(r"« ([^»]+) »", hint)[1] for w, hint in TERMES.items() if hint.startswith("écrivez")}
    assert set(demanded.values()) <= rows.keys()
    for word, french in demanded.items():
        if not word.startswith("précision"):
            assert re.search(word, rows[french]), f"« {french} » : il manque l'anglais « {word} »."


def test_glossary_keeps_only_words_of_the_course():
    folders = ("sources", "common", "outils", "bancs")
    texts = [lire(file) for folder in folders for file in (RACINE / folder).rglob("*.py")]
    course = plain("\n".join([*texts, lire(RACINE / "README.md")]))
    unused = [french for french, *_ in table("GLOSSAIRE.md", "Français") if not re.search(inflected(french), course)]
    assert not unused, f"Mots que le cours n'emploie pas, à retirer ou à employer : {unused}"


def inflected(term: str) -> str:
    """Motif d'un terme, au singulier ou au pluriel, même coupé par une fin de ligne."""
    words = (re.escape(word[: max(3, len(word) - 2)]) + r"[\w']*" for word in plain(term).split())
    return r"(?<!\w)" + r"[\s#*`]+".join(words)


def test_readme_sizes_are_the_ones_that_the_launcher_announces():
    announced = [[_go(gigabytes) for gigabytes in sizes] for sizes in TAILLES.values()]
    assert [sizes for _, *sizes in table("README.md", "Système")] == announced
    assert "**Python {}, {} ou {}**".format(*PYTHONS) in lire(RACINE / "README.md")


def test_readme_data_table_is_the_data_room():
    rows = {row[0].strip("`"): row for row in table("README.md", "Jeu")}
    assert rows.keys() == DATASETS.keys()
    for name, dataset in DATASETS.items():
        _, _, embedded, real, _, license = rows[name]
        size = f"{sum(file.size for file in dataset.FILES) / 1e6:.2f} Mo".replace(".", ",")
        assert real == (f"à télécharger, {size}" if dataset.FILES else "la même")
        assert dataset.CARD.license.startswith(license)
        if dataset.EMBEDDED:
            assert embedded == ("synthétique" if load(name).card.synthetic else "réel")
        else:
            assert embedded == "non"


def test_readme_example_is_what_an_exercise_answers(capsys, monkeypatch):
    monkeypatch.delenv("VERIF_ATTENDU", raising=False)
    verifier.fedavg(...)
    verifier.fedavg(lambda updates, num_examples: [sum(group) / len(group) for group in zip(*updates, strict=True)])
    verifier.fedavg(verifier.fedavg.reference)
    assert f"```\n{capsys.readouterr().out}```" in lire(RACINE / "README.md")


@pytest.mark.parametrize("name", ["tableau", "résultats heart"])
def test_readme_keeps_the_marks_of_generated_tables(name):
    lines = lire(RACINE / "README.md").splitlines()
    assert lines.index(f"<!-- début {name} -->") < lines.index(f"<!-- fin {name} -->")


def test_citation_is_valid_and_agrees_with_the_project():
    citation = yaml.safe_load(lire(RACINE / "CITATION.cff"))
    project = tomllib.loads(lire(RACINE / "pyproject.toml"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert all(citation[key] for key in ("message", "title", "authors"))
    assert all(author["name"] for author in citation["authors"])
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    assert citation["repository-code"] == lire_adresse()


def test_code_license_is_the_exact_apache_text():
    assert hashlib.sha256(lire(RACINE / "LICENSE").encode()).hexdigest() == APACHE_2_0
