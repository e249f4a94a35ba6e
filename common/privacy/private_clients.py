"""Des clients Flower qui protègent leurs patients, et tiennent le compte de ce qu'ils ont dépensé.

Deux promesses différentes. `private_client_app` : chaque ligne d'un centre est protégée de quiconque voit ce qui sort
du centre, serveur compris. `one_vote_each` et la stratégie de Flower : un centre entier est protégé de quiconque ne
voit que les modèles globaux ; le serveur, lui, voit tout. Le premier se compte avec `federated_epsilon`, le second
avec `client_level_epsilon` et `client_rate=1.0` : Flower tire un nombre fixe de clients, et non selon Poisson.
"""

from collections.abc import Mapping

import pandas as pd
from flwr.app import ConfigRecord, Context, Message, MetricRecord
from flwr.clientapp import ClientApp
from torch import nn

from common.data import Center
from common.federated import torch_client_app
from common.privacy.dp_sgd import DPSGD, dp_sgd_training

BUDGET, RUNS = "privacy-budget", "runs"


def private_client_app(
    model: nn.Module, dataset: Mapping[str, Center], settings: DPSGD, delta: float = 1e-5
) -> ClientApp:
    """Construit un `ClientApp` qui apprend par DP-SGD et rend, à chaque tour, l'ε dépensé depuis le premier.

    Le compte vit dans `Context.state`, centre par centre : un centre qui n'a participé qu'à deux tours sur dix n'en
    paie que deux. La perte d'entraînement, non bruitée, ne part pas. Ce que ε ne couvre pas : le nombre d'exemples et
    les mesures sur le jeu de test, qui partent tels quels. Erreur : `ValueError` sans bruit, où ε serait infini.
    """
    if settings.noise_multiplier == 0:
        raise ValueError("Sans bruit, ε est infini : mettez noise_multiplier > 0, ou prenez sgd_training.")
    inner = torch_client_app(model, dataset, dp_sgd_training(settings))
    app = ClientApp()

    @app.train()
    def train(message: Message, context: Context) -> Message:
        reply = inner(message, context)
        spent = settings.epsilon(delta, runs=_count_run(context))
        reply.content["metrics"] = _with(reply, {"epsilon": spent}, without="loss")
        return reply

    app.evaluate()(inner)
    return app


def one_vote_each(inner: ClientApp) -> ClientApp:
    """Rend un client qui annonce un seul exemple quand il apprend : tous les centres pèsent alors pareil.

    À mettre sous `DifferentialPrivacyServerSideFixedClipping` : Flower y bruite la moyenne de C·σ/m, ce qui suppose
    que chacun des m centres pèse 1/m. Pesé par son effectif, un gros centre pèserait plus que son bruit. Sa perte
    d'entraînement, que rien ne bruite, ne part pas non plus ; pour le reste, le client est le même.
    """
    app = ClientApp()

    @app.train()
    def train(message: Message, context: Context) -> Message:
        reply = inner(message, context)
        reply.content["metrics"] = _with(reply, {"num-examples": 1}, without="loss")
        return reply

    app.evaluate()(inner)
    return app


def epsilon_by_center(frame: pd.DataFrame, settings: DPSGD, delta: float) -> dict[str, float]:
    """Calcule, depuis le journal d'une fédération, l'ε qu'une ligne de chaque centre a dépensé : nom → ε.

    `frame` : `History.to_frame()`. Un centre paie chaque tour où il a appris (`split == "train"`), une fois par tour,
    combien qu'il ait rendu de mesures ; évaluer ne se compte pas ici. Cas limite : un centre qui n'a jamais appris n'y
    figure pas. Source : la composition d'`accounting.epsilon`.
    """
    rounds = frame[frame["split"] == "train"].groupby("center")["round"].nunique()
    return {name: settings.epsilon(delta, runs=int(count)) for name, count in rounds.items()}


def _count_run(context: Context) -> int:
    """Ajoute un entraînement au compte du centre, et rend le total."""
    runs = int(context.state.config_records.get(BUDGET, {}).get(RUNS, 0)) + 1
    context.state[BUDGET] = ConfigRecord({RUNS: runs})
    return runs


def _with(reply: Message, metrics: Mapping[str, float], without: str) -> MetricRecord:
    kept = {name: value for name, value in reply.content["metrics"].items() if name != without}
    return MetricRecord({**kept, **metrics})
