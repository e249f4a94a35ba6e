"""Le point de reprise : un entraînement interrompu puis repris est, au bit près, celui qui ne l'a pas été."""

import gc
import random

import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord
from flwr.clientapp import ClientApp
from flwr.serverapp import strategy as flower

from common import models
from common.federated import (
    CheckpointError,
    History,
    Scaffold,
    arrays_of,
    numpy_client_app,
    scaffold_client_app,
    sgd_training,
    simulate,
    torch_client_app,
    torch_evaluate_fn,
)
from common.federated.checkpoint import MOMENTS
from common.federated.numpy_client import count_visit, pack
from common.training import SGD

ROUNDS = 5
DIJON = 3  # partition-id du dernier centre
STRATEGIES = {
    flower.FedAvg: lambda: flower.FedAvg(fraction_train=0.5, fraction_evaluate=0.5),
    flower.FedProx: lambda: flower.FedProx(proximal_mu=0.3, fraction_train=0.75),
    flower.FedAvgM: lambda: flower.FedAvgM(server_learning_rate=0.7, server_momentum=0.9),
    flower.FedAdam: lambda: flower.FedAdam(fraction_train=0.75),
    flower.FedYogi: flower.FedYogi,
    flower.FedAdagrad: flower.FedAdagrad,
    flower.FedMedian: flower.FedMedian,
    flower.FedTrimmedAvg: lambda: flower.FedTrimmedAvg(beta=0.25),
    flower.Krum: lambda: flower.Krum(num_malicious_nodes=1),
    flower.MultiKrum: lambda: flower.MultiKrum(num_malicious_nodes=1, num_nodes_to_select=2),
    flower.Bulyan: lambda: flower.Bulyan(num_malicious_nodes=0),
    flower.QFedAvg: lambda: flower.QFedAvg(client_learning_rate=0.5, train_loss_key="loss"),
    Scaffold: lambda: Scaffold(fraction_train=0.75),
}
MAIN = (flower.FedAvg, flower.FedProx, flower.FedAdam, Scaffold)


class Federation:
    """Quatre centres, une graine, et de quoi lancer puis interrompre le même entraînement autant de fois qu'on veut."""

    def __init__(self, centers, kind=flower.FedAvg):
        self.centers, self.model = centers, models.linear(4).double()
        self.initial = arrays_of(self.model)
        if kind is Scaffold:
            self.app = scaffold_client_app(self.model, centers, SGD(0.4, epochs=3, batch_size=8))
        else:
            self.app = torch_client_app(self.model, centers, sgd_training(SGD(0.5, epochs=2, batch_size=8)))

    def run(self, strategy, checkpoint=None, num_rounds=ROUNDS, app=None, **others) -> History:
        """Lance l'entraînement, un client après l'autre, avec une mesure du modèle global à chaque tour."""
        arguments = {"num_rounds": num_rounds, "seed": 3, "on_error": "skip", "engine": "sequential"}
        arguments |= {"evaluate_fn": torch_evaluate_fn(self.model, self.centers["Angers"].test)} | others
        return simulate(app or self.app, strategy, self.centers, self.initial, checkpoint=checkpoint, **arguments)

    def interrupt(self, strategy, checkpoint, server_round, during="train") -> None:
        """Interrompt au tour `server_round`, quand le premier client appelé a déjà répondu."""
        with pytest.raises(KeyboardInterrupt):
            self.run(strategy, checkpoint, app=stopping_app(self.app, server_round, during))


def stopping_app(app: ClientApp, server_round: int, during: str) -> ClientApp:
    """Enrobe `app` : l'utilisateur appuie sur Ctrl-C au deuxième client du tour."""
    stopping, calls = ClientApp(), []

    def answer(message: Message, context: Context) -> Message:
        if message.metadata.message_type == during and message.content["config"]["server-round"] == server_round:
            calls.append(context.node_id)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return app(message, context)

    stopping.train()(answer)
    stopping.evaluate()(answer)
    return stopping


def assert_same(resumed: History, whole: History) -> None:
    """Compare deux historiques au bit près : modèle, mesures, pannes."""
    assert {k: (a.dtype, a.shape, a.data) for k, a in resumed.arrays.items()} == {
        k: (a.dtype, a.shape, a.data) for k, a in whole.arrays.items()
    }
    assert resumed.to_frame().equals(whole.to_frame())
    assert resumed.failures.equals(whole.failures)


@pytest.fixture(autouse=True)
def frozen_memory():
    """QFedAvg et Bulyan appellent le ramasse-miettes à chaque réponse : qu'il ne relise pas tout PyTorch."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def path(tmp_path):
    """Où écrire le point de reprise."""
    return tmp_path / "entraînement.reprise"


def test_every_known_strategy_is_tried():
    assert set(STRATEGIES) == set(MOMENTS)


@pytest.mark.parametrize("kind", STRATEGIES, ids=lambda kind: kind.__name__)
def test_resumed_is_uninterrupted_bit_for_bit(centers, path, kind):
    federation = Federation(centers, kind)
    whole = federation.run(STRATEGIES[kind]())
    federation.interrupt(STRATEGIES[kind](), path, 4)
    assert_same(federation.run(STRATEGIES[kind](), path), whole)


@pytest.mark.parametrize("during", ["train", "evaluate"])
@pytest.mark.parametrize("server_round", range(1, ROUNDS + 1))
@pytest.mark.parametrize("kind", MAIN, ids=lambda kind: kind.__name__)
def test_any_round_may_be_interrupted(centers, path, kind, server_round, during):
    federation = Federation(centers, kind)
    whole = federation.run(STRATEGIES[kind]())
    federation.interrupt(STRATEGIES[kind](), path, server_round, during)
    assert_same(federation.run(STRATEGIES[kind](), path), whole)


@pytest.mark.parametrize("server_round", [1, 3])
@pytest.mark.parametrize("kind", [kind for kind in MOMENTS if MOMENTS[kind]], ids=lambda kind: kind.__name__)
def test_the_same_strategy_object_may_go_on(centers, path, kind, server_round):
    """Dans un carnet, on relance la cellule : la stratégie a gardé la moitié du tour interrompu."""
    federation, strategy = Federation(centers, kind), STRATEGIES[kind]()
    whole = federation.run(STRATEGIES[kind]())
    federation.interrupt(strategy, path, server_round, "evaluate")
    assert_same(federation.run(strategy, path), whole)


@pytest.mark.parametrize("engine", ["cohort", "parallel"])
def test_each_engine_goes_on(centers, path, engine):
    federation = Federation(centers)
    whole = federation.run(STRATEGIES[flower.FedAdam](), engine=engine)
    federation.run(STRATEGIES[flower.FedAdam](), path, num_rounds=3, engine=engine)
    assert_same(federation.run(STRATEGIES[flower.FedAdam](), path, engine=engine), whole)


def test_every_round_may_be_interrupted_in_turn(centers, path):
    federation = Federation(centers, Scaffold)
    for server_round in range(1, ROUNDS + 1):
        federation.interrupt(STRATEGIES[Scaffold](), path, server_round)
    whole = federation.run(STRATEGIES[Scaffold]())
    assert_same(federation.run(STRATEGIES[Scaffold](), path), whole)


def test_a_finished_run_is_given_back_without_a_call(centers, path):
    federation, idle = Federation(centers), ClientApp()
    whole = federation.run(flower.FedAvg(), path)
    before = path.read_bytes()
    assert_same(federation.run(flower.FedAvg(), path, app=idle), whole)
    assert path.read_bytes() == before


def test_more_rounds_may_be_asked_later(centers, path):
    federation = Federation(centers)
    federation.run(STRATEGIES[flower.FedAvg](), path, num_rounds=2)
    assert_same(federation.run(STRATEGIES[flower.FedAvg](), path), federation.run(STRATEGIES[flower.FedAvg]()))


def test_a_checkpoint_changes_nothing_and_leaves_one_file(centers, path):
    federation = Federation(centers)
    assert_same(federation.run(flower.FedAvg(), path), federation.run(flower.FedAvg()))
    assert list(path.parent.iterdir()) == [path]


def test_float32_goes_on_in_the_type_that_the_strategy_made_of_it(centers, path):
    federation = Federation(centers)
    federation.model = federation.model.float()
    federation.initial = arrays_of(federation.model)
    whole = federation.run(flower.FedAdam())
    federation.interrupt(flower.FedAdam(), path, 3)
    assert_same(federation.run(flower.FedAdam(), path), whole)


def test_failures_and_rounds_without_any_reply_are_kept(centers, path):
    federation, failing = Federation(centers), ClientApp()

    @failing.train()
    def train(message, context):
        if message.content["config"]["server-round"] in (2, 3) or context.node_config["partition-id"] == DIJON:
            raise OSError("disque du PACS plein")
        return federation.app(message, context)

    failing.evaluate()(federation.app)
    whole = federation.run(flower.FedAdam(), app=failing)
    federation.run(flower.FedAdam(), path, num_rounds=3, app=failing)
    resumed = federation.run(flower.FedAdam(), path, app=failing)
    assert len(whole.failures) == 4 * 2 + 3
    assert_same(resumed, whole)


def test_the_model_is_kept_when_no_round_gives_another(centers, path):
    federation, failing = Federation(centers), ClientApp()
    failing.evaluate()(federation.app)
    federation.run(flower.FedAvg(), path, num_rounds=1)
    kept = federation.run(flower.FedAvg(), path, num_rounds=1).arrays
    resumed = federation.run(flower.FedAvg(), path, num_rounds=3, app=failing)
    assert resumed.arrays["weight"].data == kept["weight"].data != federation.initial["weight"].data


def remembering_app(centers) -> ClientApp:
    """La régression logistique en NumPy ; chaque client compte ses visites et garde de tout dans `context.state`."""
    app, inner = ClientApp(), numpy_client_app(centers)

    @app.train()
    def train(message, context):
        visits = count_visit(context)
        noise = random.random()  # un client qui tire dans le `random` de Python suit aussi
        context.state["config"] = ConfigRecord({"key": bytes([visits, 0, 255]), "names": ["é", "b"], "on": True})
        context.state["arrays"] = ArrayRecord({"seen": Array(np.full((2, 3), noise)), "n": Array(np.array(visits))})
        reply = inner(message, context)
        reply.content["metrics"] = MetricRecord(dict(reply.content["metrics"]) | {"visits": visits, "noise": noise})
        return reply

    app.evaluate()(inner)
    return app


def test_the_state_of_each_client_is_found_again(centers, path):
    app, initial = remembering_app(centers), pack([np.zeros(4), np.float64(0)], 1)["arrays"]

    def run(num_rounds, checkpoint=None):
        strategy, config = flower.FedAvg(fraction_train=0.75), {"lr": 0.5, "num-steps": 3}
        return simulate(
            app, strategy, centers, initial, num_rounds=num_rounds, train_config=config, checkpoint=checkpoint
        )

    whole = run(ROUNDS)
    run(3, path)
    assert_same(run(ROUNDS, path), whole)
    assert whole.to_frame().query("metric == 'visits'")["value"].max() > 3


class Homemade(flower.FedAvg):
    """Une stratégie dont personne n'a dit ce qu'elle retient."""


OTHER_RUNS = {
    "une autre graine": ({"seed": 4}, "la graine valait 3, et vaut maintenant 4"),
    "un autre train_config": (
        {"train_config": {"lr": 0.5}},
        r"train_config valait \{\}, et vaut maintenant \{'lr': 0.5\}",
    ),
    "une autre stratégie": (
        {"strategy": flower.FedMedian()},
        "la stratégie valait FedAvg, et vaut maintenant FedMedian",
    ),
    "un autre réglage": (
        {"strategy": flower.FedAvg(fraction_train=0.5)},
        "« fraction_train » de la stratégie valait 1.0",
    ),
    "une stratégie inconnue": ({"strategy": Homemade()}, "ce que « Homemade » retient.*FedAvg, FedProx.*Scaffold"),
    "moins de tours": ({"num_rounds": 1}, "contient déjà 2 tours, et num_rounds vaut 1"),
}


@pytest.mark.parametrize(("change", "message"), OTHER_RUNS.values(), ids=OTHER_RUNS)
def test_another_run_is_refused_and_the_file_kept(centers, path, change, message):
    federation = Federation(centers)
    federation.run(flower.FedAvg(), path, num_rounds=2)
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=message):
        federation.run(**{"strategy": flower.FedAvg(), "checkpoint": path} | change)
    assert path.read_bytes() == before


def test_other_centres_are_refused(centers, path):
    Federation(centers).run(flower.FedAvg(), path, num_rounds=2)
    del centers["Dijon"]
    with pytest.raises(CheckpointError, match="le nombre de centres valait 4, et vaut maintenant 3"):
        Federation(centers).run(flower.FedAvg(), path)


def test_bytes_in_train_config_are_compared_too(centers, path):
    federation = Federation(centers)
    federation.run(flower.FedAvg(), path, num_rounds=2, train_config={"key": b"a"})
    with pytest.raises(CheckpointError, match="train_config valait"):
        federation.run(flower.FedAvg(), path, train_config={"key": b"b"})


@pytest.mark.parametrize("arrays", [{"weight": (1, 5), "bias": (1,)}, {"weights": (1, 4), "bias": (1,)}])
def test_another_model_is_refused(centers, path, arrays):
    federation = Federation(centers)
    federation.run(flower.FedAvg(), path, num_rounds=2)
    federation.initial = ArrayRecord({name: Array(np.zeros(shape)) for name, shape in arrays.items()})
    with pytest.raises(CheckpointError, match="la liste des tableaux valait"):
        federation.run(flower.FedAvg(), path)
