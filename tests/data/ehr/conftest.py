"""write : écrire un fichier de table, tel quel ou abîmé, dans un dossier neuf."""

import gzip

import pytest
from ehr_files import ROWS, to_bytes


@pytest.fixture
def write(tmp_path):
    """write(table, contenu en octets ou lignes, nom du fichier) : écrit un fichier de table, rend son dossier."""

    def write_file(table, content=None, name=None):
        rows = ROWS[table] if content is None else content
        data = rows if isinstance(rows, bytes) else to_bytes(table, rows)
        name = name or f"{table}.csv"
        (tmp_path / name).write_bytes(gzip.compress(data) if name.lower().endswith(".gz") else data)
        return tmp_path

    return write_file
