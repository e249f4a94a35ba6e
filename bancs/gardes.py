"""Chaque garde du protocole d'agrégation sécurisée a-t-elle un essai ? `python -m bancs.gardes [--json FICHIER]`.

Une à la fois, dans une copie du paquet, chaque garde est ôtée : un `if` qui lève un refus devient faux, un appel qui
contrôle disparaît. Les essais de la pièce tournent alors, et l'on note le premier qui échoue. Une garde sans essai
est une garde que n'importe qui peut effacer.
"""

import ast
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bancs import rapport
from bancs.commande import lancer, lecteur

ROOM = Path("common/secure_aggregation")
FILES = ("client.py", "server.py", "messages.py", "parameters.py", "primitives.py", "shamir.py", "quantisation.py")
TESTS = Path("tests/secure_aggregation")
SLOW = ("test_secagg_schedules.py", "test_secagg_flower*.py", "test_secagg_noise.py")
CHECKS = re.compile(r"^_?(verify|enough|only_among|require|require_size|check|keep_checked|bytes|client|table)")
COMMANDE = "python -m bancs.gardes --json bancs/resultats/gardes.json"


def guards(source: str) -> Iterator[tuple[int, str, str]]:
    """Rend, pour chaque garde d'un fichier : sa ligne, son texte, et le fichier sans elle."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise):
            yield node.lineno, ast.unparse(node.test), _replaced(source, node.test, "False")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and CHECKS.match(_called(node.value)):
            yield node.lineno, ast.unparse(node), _replaced(source, node, "pass")


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _replaced(source: str, node: ast.AST, by: str) -> str:
    lines = source.encode().splitlines(keepends=True)  # ast compte en octets
    before, after = lines[node.lineno - 1][: node.col_offset], lines[node.end_lineno - 1][node.end_col_offset :]
    padding = b"\n" * (node.end_lineno - node.lineno)
    return b"".join(
        [*lines[: node.lineno - 1], before, by.encode(), after, padding, *lines[node.end_lineno :]]
    ).decode()


def first_failure(copy: Path) -> str | None:
    """Lance les essais rapides dans la copie et rend le nom du premier qui échoue, None si tous passent."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(TESTS)]
    command += [f"--ignore-glob=*{name}" for name in SLOW]
    done = subprocess.run(command, cwd=copy, capture_output=True, encoding="utf-8", check=False)
    failed = re.search(r"^(?:FAILED|ERROR) (?:.*::)?(\S+)", done.stdout, re.MULTILINE)
    return failed[1] if failed else None if done.returncode == 0 else "les essais ne se lancent plus"


def run(copy: Path) -> list[dict]:
    """Ôte chaque garde à son tour et rend une ligne par garde. `RuntimeError` si un essai échoue déjà avec toutes."""
    for folder in ("common", TESTS):
        shutil.copytree(rapport.RACINE / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(rapport.RACINE / name, copy / name)
    shutil.copytree(rapport.RACINE / "outils", copy / "outils", ignore=shutil.ignore_patterns("__pycache__"))
    if failed := first_failure(copy):
        raise RuntimeError(f"{failed} échoue sans rien ôter : il cacherait tout. Réparez-le, puis relancez ce banc.")
    rows = []
    for name in FILES:
        source = (copy / ROOM / name).read_text(encoding="utf-8")
        for line, text, without in guards(source):
            (copy / ROOM / name).write_text(without, encoding="utf-8")
            rows.append({"file": name, "line": line, "guard": text, "failed": first_failure(copy)})
            print(f"{name}:{line} {text[:60]} → {rows[-1]['failed'] or 'AUCUN ESSAI NE LA VOIT'}")
        (copy / ROOM / name).write_text(source, encoding="utf-8")
    return rows


def main(arguments: list[str]) -> int:
    """Rend 0 si chaque garde est vue par un essai, 1 sinon."""
    options = lecteur("gardes", __doc__).parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        rows = run(Path(folder))
    unseen = [row for row in rows if row["failed"] is None]
    print(f"{len(rows)} gardes ôtées une à une, {len(rows) - len(unseen)} vues par un essai.")
    if options.json:
        rapport.ecrire(options.json, {**rapport.entete(COMMANDE, []), "rows": rows})
    return int(bool(unseen))


if __name__ == "__main__":
    lancer(main)
