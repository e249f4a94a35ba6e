"""Le README du dossier : chaque commande existe, avec chacune de ses options."""

import re
import shlex
import subprocess
import tomllib

import pytest

from outils.depot import RACINE, lire
from semaine_6_a_8.deploiement import __main__ as commande
from semaine_6_a_8.deploiement import processus
from semaine_6_a_8.deploiement.manieres import Settings

DOSSIER = RACINE / "semaine_6_a_8" / "deploiement"
BLOCS = re.findall(r"^```(\w*)\n(.*?)^```", lire(DOSSIER / "README.md"), re.MULTILINE | re.DOTALL)
LIGNES = [shlex.split(line) for language, block in BLOCS if not language for line in block.splitlines()]
FLOWER = [line for line in LIGNES if line[0].startswith("fl") and any(word.startswith("--") for word in line)]


def test_readme_shows_every_action_of_the_command():
    module = ["python", "-m", "semaine_6_a_8.deploiement"]
    shown = [line[3:] for line in LIGNES if line[:3] == module]
    assert {commande._parser().parse_args(arguments).action for arguments in shown} == {
        "lancer",
        "comparer",
        "securise",
        "pannes",
    }


@pytest.mark.parametrize("line", FLOWER, ids=lambda line: " ".join(line[:3]))
def test_flower_knows_every_option_of_the_readme(line, tmp_path):
    number = {"flwr supernode": 3, "flwr run": 2}.get(" ".join(line[:2]), 1)
    environment = processus.child_environment(tmp_path, "essai") | {"COLUMNS": "300", "TERM": "dumb"}
    program = processus.find_program(line[0], environment)
    told = subprocess.run(
        [program, *line[1:number], "--help"], env=environment, capture_output=True, encoding="utf-8", timeout=60
    )
    assert told.returncode == 0, told.stderr
    missing = [option for option in line if option.startswith("--") and not re.search(rf"{option}\b", told.stdout)]
    assert not missing, f"options que Flower ne connaît pas : {missing}"


def test_the_settings_of_the_launcher_are_those_of_the_app():
    app = tomllib.loads(lire(DOSSIER / "app" / "pyproject.toml"))["tool"]["flwr"]["app"]["config"]
    settings = Settings(num_rounds=app["num-rounds"], round_timeout=app["round-timeout"]).run_config()
    assert settings | {"evaluate": True} == {name: app[name] for name in settings}


def test_readme_names_only_files_that_exist():
    cited = re.findall(r"`([\w/]+\.py)`", lire(DOSSIER / "README.md"))
    assert len(cited) > 5 and all((DOSSIER / name).is_file() for name in cited)
