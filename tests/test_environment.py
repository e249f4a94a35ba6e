"""Importer le cours règle l'environnement : télémétrie coupée, un fil, rien d'autre ne change."""

import random
import subprocess
import sys

import numpy as np

from common import environment

CHILD = """
import common, os
from flwr.supercore import telemetry
assert telemetry.FLWR_TELEMETRY_ENABLED == "0", telemetry.FLWR_TELEMETRY_ENABLED
import torch
print(torch.get_num_threads(), os.environ["HF_HUB_OFFLINE"])
"""


def test_telemetry_is_off_before_flower_is_imported():
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", "1"]


def test_tqdm_does_not_ask_for_widgets_in_a_notebook():
    code = "import common, warnings; warnings.warn('IProgress not found. Please update jupyter and ipywidgets.')"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_client_draws_from_its_three_integers_alone():
    draws = {key: environment.client_rng(*key).random() for key in [(0, 1, 2), (0, 2, 1), (1, 1, 2), (0, 1, 3)]}
    assert len(set(draws.values())) == 4
    assert draws[(0, 1, 2)] == environment.client_rng(0, 1, 2).random()


def test_global_random_is_given_back_even_after_an_error():
    random.seed(5)
    state = random.getstate()
    try:
        with environment.seeded_global_random(1):
            first = random.random()
            raise KeyError
    except KeyError:
        pass
    assert random.getstate() == state
    with environment.seeded_global_random(1):
        assert random.random() == first


def test_numpy_is_left_alone():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    environment.prepare()
    assert np.array_equal(before, np.random.get_state()[1])


PARSED_DURING_A_PARSE = """
import ast, gc, threading
from common import environment
environment.parse_one_at_a_time()
asked, parsed = threading.Event(), threading.Event()

def other_thread(depth=40):
    if depth:
        return other_thread(depth - 1)
    while True:
        asked.wait()
        asked.clear()
        ast.parse("[3]")
        parsed.set()

def hand_over(phase, info):
    if threading.current_thread() is threading.main_thread():
        parsed.clear()
        asked.set()
        parsed.wait(0.01)

threading.Thread(target=other_thread, daemon=True).start()
gc.callbacks.append(hand_over)
gc.set_threshold(1)
for _ in range(30):
    ast.parse("{'shape': (3, 4)}")
gc.callbacks.clear()
print("lu")
"""


def test_two_threads_may_read_arrays_together():
    """Le ramasse-miettes passe la main au milieu d'un ast.parse : sans verrou, CPython 3.11.7 lève SystemError."""
    done = subprocess.run([sys.executable, "-c", PARSED_DURING_A_PARSE], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "lu", done.stderr


def test_the_parser_is_wrapped_once_and_by_the_parallel_engine():
    code = (
        "import ast, sys; from common.federated.engine import parallel; from common import environment\n"
        "before = ast.parse; list(parallel(None, [])); once = ast.parse; environment.parse_one_at_a_time()\n"
        "assert ast.parse is once and (once is before) == (sys.version_info >= (3, 11, 8))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
