"""Les mises à jour masquées : sur le vrai SuperLink, et avec la stratégie des hôpitaux."""

import numpy as np
import pytest
from flwr.app import ConfigRecord, Context, Message, RecordDict

from common.federated import numpy_client, simulate
from common.federated.grid import FIRST_NODE_ID, RUN_ID, flower_session
from common.secure_aggregation import AbortError
from common.secure_aggregation.flower_mod import secured
from common.secure_aggregation.keyring import Keyring
from semaine_6_a_8.deploiement import securite
from semaine_6_a_8.deploiement.app.coeur_federe import client_app, server_app
from semaine_6_a_8.deploiement.app.coeur_federe.dossier import write_center
from semaine_6_a_8.deploiement.app.coeur_federe.strategie import HospitalFedAvg
from semaine_6_a_8.deploiement.entrainement import Outcome, model_gap
from semaine_6_a_8.deploiement.manieres import Settings, in_process, model_bound, on_superlink

HOSPITALS = client_app.embedded_dataset()
CONFIG = {"max-abs": 2.0, "max-examples": 1000}


def test_masked_on_the_superlink_it_is_fedavg_within_the_proved_bound():
    settings = Settings(num_rounds=1, round_timeout=60, evaluate=False)
    outcome = on_superlink(settings, lambda line: None, secure=True)
    assert outcome.lines() == ["Tour 1 : cleveland, hungarian, switzerland, va"]
    assert 0 < model_gap(outcome.arrays, in_process(settings).arrays) <= model_bound(outcome) < 1e-6


def test_the_bound_adds_up_over_the_rounds():
    arrays = {"weight": np.zeros(15), "bias": np.zeros(())}
    assert model_bound(Outcome(arrays, [], [1e-9, 2e-9])) == pytest.approx(4 * 3e-9 + 1e-12)


@pytest.fixture
def keys(tmp_path):
    """Les clés de signature des quatre hôpitaux, et leur annuaire."""
    securite.write_signing_keys(tmp_path, HOSPITALS)
    return tmp_path


def context(folder, **node_config):
    """Le contexte d'un SuperNode qui joue « va »."""
    if not (folder / "va").exists():
        write_center(folder / "va", HOSPITALS["va"])
    node_config |= {"data-folder": str(folder / "va"), "partition-id": 0}
    return Context(RUN_ID, FIRST_NODE_ID, node_config, RecordDict(), {})


def test_a_hospital_with_a_signing_key_never_answers_in_clear(keys):
    signing = {"signing-key": str(keys / "va-signature"), "roster": str(keys / "annuaire")}
    config = ConfigRecord({"lr": 0.5, "num-steps": 5, "server-round": 1})
    with flower_session():
        content = RecordDict({"arrays": server_app.initial_arrays(), "config": config})
        order = Message(content, FIRST_NODE_ID, "train")
        assert client_app.app(order, context(keys)).content["metrics"]["num-examples"] == len(HOSPITALS["va"].train)
        refused = client_app.app(order, context(keys, **signing))
        assert "ne rend ce qu'il apprend que masqué" in refused.error.reason
        assert not client_app.app(Message(content, FIRST_NODE_ID, "evaluate"), context(keys, **signing)).has_error()


def test_a_hospital_without_a_signing_key_says_what_it_lacks(tmp_path):
    with flower_session(), pytest.raises(ValueError, match="donnez signing-key et roster"):
        client_app.app(Message(RecordDict(), FIRST_NODE_ID, "query.secagg"), context(tmp_path))


def run(keys, strategy, failing=None, num_rounds=3):
    """Rend la stratégie des hôpitaux après un entraînement masqué ; `failing(centre, tour)` dit qui lève."""

    def keyring_of(context):
        name = HOSPITALS.names[context.node_config["partition-id"]]
        return Keyring.read(keys / f"{name}-signature", keys / "annuaire")

    def train(message, context):
        if failing and failing(context.node_config["partition-id"], message.content["config"]["server-round"]):
            raise RuntimeError("disque plein")
        return numpy_client.train(message, context, HOSPITALS)

    inner = type(client_app.app)()
    inner.train()(train)
    masked = server_app.mask(strategy, CONFIG | {"roster": str(keys / "annuaire")})
    config, arrays = {"lr": 0.5, "num-steps": 5}, server_app.initial_arrays()
    app = secured(inner, keyring_of)
    simulate(app, masked, HOSPITALS, arrays, num_rounds=num_rounds, train_config=config, on_error="skip")
    return masked


def test_a_lost_hospital_is_named_with_its_reason_and_not_called_again(keys):
    strategy = HospitalFedAvg(None, 2)
    masked = run(keys, strategy, lambda center, server_round: center == 2 and server_round == 2)
    assert [sorted(step["answered"]) for step in strategy.report] == [[1, 2, 3, 4], [1, 2, 4], [1, 2, 4]]
    assert "disque plein" in strategy.report[1]["lost"][3] and strategy.lost == {3}
    assert [report.survivors for report in masked.rounds] == [(0, 1, 2, 3), (0, 1, 3), (0, 1, 3)]


def test_two_hospitals_are_too_few_to_hide_in(keys):
    with pytest.raises(AbortError, match=r"Tour 3 : .*2 clients, il en faut 3"):
        run(keys, HospitalFedAvg(None, 2), lambda center, server_round: center < server_round - 1)
