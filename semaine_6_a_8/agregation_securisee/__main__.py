"""`python -m semaine_6_a_8.agregation_securisee` : un serveur, cinq clients, HTTPS, et FedAvg ordinaire à côté."""

import argparse
import sys
from pathlib import Path

import common  # noqa: F401 (règle l'environnement avant que PyTorch soit importé)
from common.data import DataUnavailableError, FederatedDataset, Split
from common.secure_aggregation.parameters import safe_threshold
from common.training import SGD
from semaine_6_a_8.agregation_securisee import model
from semaine_6_a_8.agregation_securisee.cryptage import Arrays, flatten
from semaine_6_a_8.agregation_securisee.lancement import Classic
from semaine_6_a_8.agregation_securisee.reglages import MODES
from semaine_6_a_8.deploiement.federation import open_folder
from semaine_6_a_8.deploiement.processus import DeploymentError

CLIENTS = 5
KERAS = 0  # le numéro du client qui apprend avec Keras ; les autres apprennent avec PyTorch
LEARNING_S, STAGE_S, LEAVING_S = 300.0, 30.0, 60.0  # personne n'est muet : une machine chargée a tout son temps


def launch(mode: str, name: str, num_rounds: int) -> None:
    """Fait toute la fédération et la raconte. Erreur : `DeploymentError` si un programme échoue."""
    dataset = model.open_dataset(name, CLIENTS)
    print(f"Démonstration : {name}, données réelles, {CLIENTS} clients joués par cette machine, mode « {mode} ».")
    with open_folder() as folder:
        classic = prepare(folder, dataset, model.LOCAL[name], mode=mode, num_rounds=num_rounds)
        classic.start_server()
        for number in range(CLIENTS):
            classic.start_client(number, "keras" if number == KERAS else "pytorch")
        print(f"Serveur prêt en HTTPS sur le port {classic.port} ; le client {KERAS} apprend avec Keras.")
        reference = model.plain_fedavg(dataset, num_rounds, model.LOCAL[name])
        for server_round, plain in enumerate(reference, start=1):
            report = classic.wait_reports(server_round, LEARNING_S + 5 * STAGE_S)[server_round - 1]
            print(line(report, classic.model_after(server_round), plain, dataset.test))
        classic.wait_clients(LEAVING_S)


def prepare(folder: Path, dataset: FederatedDataset, sgd: SGD, **settings) -> Classic:
    """Écrit les réglages, les clés, les données, et le modèle de départ."""
    largest = max(len(center.train) for center in dataset.values())
    classic = Classic(
        folder,
        model.arrays_of(model.torch_model(model.flat(dataset.test).x.shape[1])),
        CLIENTS,
        threshold=safe_threshold(CLIENTS),
        learning_s=LEARNING_S,
        stage_s=STAGE_S,
        max_examples=-(-largest // 1000) * 1000,
        **{field: getattr(sgd, field) for field in ("lr", "epochs", "batch_size")},
        **settings,
    )
    for number, center in enumerate(dataset.values()):  # à chacun ses données, et rien de celles des autres
        model.write_split(classic.folder_of(number) / "train.npz", center.train)
    return classic


def line(report: dict, secure: Arrays, plain: Arrays, test: Split) -> str:
    """Rend la ligne d'un tour."""
    if report["abandon"]:
        return f"Tour {report['tour']} abandonné : {report['abandon']}"
    gap = abs(flatten(secure) - flatten(plain)).max()
    seconds, count = sum(report["secondes"].values()), len(report["participants"])
    scores = model.accuracy(secure, test), model.accuracy(plain, test)
    told = (
        f"Tour {report['tour']} ({seconds:.1f} s, {count} clients sur {CLIENTS}) : exactitude {scores[0]:.3f} ; "
        f"FedAvg ordinaire {scores[1]:.3f} ; "
    )
    return told.replace(".", ",") + f"plus grand écart entre les deux modèles {gap:.0e}"


def main(arguments: list[str] | None = None) -> int:
    """Rend le code de sortie : 0, 1 après un échec, 130 après une interruption."""
    parser = argparse.ArgumentParser(prog="python -m semaine_6_a_8.agregation_securisee", description=__doc__)
    parser.add_argument("--mode", choices=MODES, default="protocole", help="ce qui chiffre (protocole)")
    parser.add_argument("--donnees", choices=sorted(model.SOURCES), default="digits", help="les images (digits)")
    parser.add_argument("--tours", type=int, choices=range(1, 101), default=3, metavar="N", help="1 à 100 tours (3)")
    asked = parser.parse_args(arguments)
    try:
        launch(asked.mode, asked.donnees, asked.tours)
    except (DeploymentError, DataUnavailableError, OSError) as error:
        print(error, "Tout est arrêté, les clés sont effacées.", sep="\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrompu : tout est arrêté, les clés sont effacées.", file=sys.stderr)
        return 130
    print("Tout est arrêté, les clés sont effacées.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
