"""Le serveur : `python -m semaine_6_a_8.agregation_securisee.server --dossier DOSSIER --port PORT`.

Le dossier contient `federation.json`, `depart.safetensors`, `serveur.pem`, `serveur.key` et, en mode « fernet »,
`fernet.json`. La base `registre.sqlite` y est créée ; après une panne, la même commande reprend le tour en cours.
"""

import argparse
import json
import sqlite3
import sys
import threading
import time
from functools import partial
from pathlib import Path

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from common.secure_aggregation.errors import ProtocolError
from semaine_6_a_8.agregation_securisee import signature
from semaine_6_a_8.agregation_securisee.coordination import Coordinator, OpenRound, Refusal
from semaine_6_a_8.agregation_securisee.cryptage import FernetRound, ProtocolRound
from semaine_6_a_8.agregation_securisee.registre import Registry
from semaine_6_a_8.agregation_securisee.reglages import Agreement, read_agreement
from semaine_6_a_8.agregation_securisee.transport import https_server

LOOPBACK = "127.0.0.1"
BODY_TYPE = "application/octet-stream"
DATABASE, START, FERNET_KEYS = "registre.sqlite", "depart.safetensors", "fernet.json"
TICK_S = 0.05
ROUND = "<int(max=1000000):server_round>"  # au-delà, SQLite ne sait plus écrire le nombre
REASONS = {
    400: "Requête mal formée.",
    404: "Cette adresse n'existe pas.",
    405: "Cette adresse ne connaît pas cette méthode.",
    413: "Corps trop gros : il n'est pas lu.",
}


def create_app(agreement: Agreement, coordinator: Coordinator) -> Flask:
    """Construit l'application : quatre adresses, des refus en JSON, aucun corps dans aucun journal."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = coordinator.max_bytes
    app.json.ensure_ascii = False

    def client() -> int:
        return signed_by(agreement)

    @app.get("/etat")
    def state() -> Response:
        return jsonify(coordinator.state())

    @app.get(f"/modele/{ROUND}")
    def model(server_round: int) -> Response:
        return Response(coordinator.model(client(), server_round), mimetype=BODY_TYPE)

    @app.post(f"/tours/{ROUND}/<stage>")
    def put(server_round: int, stage: str) -> Response:
        if request.mimetype != BODY_TYPE:
            raise Refusal(415, f"Le corps doit être de type {BODY_TYPE}.")
        coordinator.put(client(), server_round, stage, request.get_data())
        return jsonify({"accepte": True})

    @app.get(f"/tours/{ROUND}/<stage>")
    def reply(server_round: int, stage: str) -> Response:
        body = coordinator.reply(client(), server_round, stage)
        return Response(status=204) if body is None else Response(body, mimetype=BODY_TYPE)

    app.register_error_handler(Refusal, lambda error: refuse(error.status, str(error)))
    app.register_error_handler(HTTPException, lambda error: refuse(error.code, REASONS.get(error.code, error.name)))
    app.register_error_handler(Exception, unexpected)
    return app


def signed_by(agreement: Agreement) -> int:
    """Rend le numéro du client qui a signé la requête. Erreur : `Refusal` 401."""
    claimed, given = request.headers.get(signature.CLIENT, ""), request.headers.get(signature.SIGNATURE, "")
    try:
        signed = agreement.session, request.method, request.path, request.get_data()
        return signature.check(agreement.identities, claimed, given, signed)
    except ProtocolError as error:
        raise Refusal(401, f"Requête non reconnue. {error}") from error


def refuse(status: int, reason: str) -> tuple[Response, int]:
    """Rend un refus, sa raison en JSON."""
    return jsonify({"raison": reason}), status


def unexpected(error: Exception) -> tuple[Response, int]:
    """Rend un code 500 ; le journal a l'endroit de l'erreur, jamais son texte, qui pourrait citer un corps."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    print(f"Erreur interne {type(error).__name__}, {where}.", file=sys.stderr)
    return refuse(500, "Erreur interne : rien n'a été accepté.")


def load_coordinator(folder: Path) -> tuple[Agreement, Coordinator]:
    """Lit le dossier du serveur et ouvre sa base, neuve ou non.

    Erreurs : `ValueError`, `OSError`, `sqlite3.Error`, ou `ProtocolError` si le modèle de départ ne se lit pas.
    """
    agreement = read_agreement(folder)
    registry = Registry(folder / DATABASE, agreement.session)
    if registry.current_round() == 0:
        with registry.transaction():
            registry.open_round(1, (folder / START).read_bytes())
    return agreement, Coordinator(agreement, registry, round_opener(agreement, folder), partial(print, flush=True))


def round_opener(agreement: Agreement, folder: Path) -> OpenRound:
    """Rend la fonction qui ouvre un tour, dans le mode convenu."""
    if agreement.mode == "protocole":
        return partial(ProtocolRound, agreement)
    raw = json.loads((folder / FERNET_KEYS).read_text(encoding="utf-8"))
    keys = {int(client): key.encode() for client, key in raw.items()}
    return lambda model, server_round: FernetRound(agreement, model, keys)


def main(arguments: list[str] | None = None) -> int:
    """Sert jusqu'à ce qu'on l'arrête ; rend 1 si le dossier ne convient pas ou si le disque n'écrit plus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dossier", type=Path, required=True, help="les réglages, les clés et la base du serveur")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hote", default=LOOPBACK, help="l'adresse où écouter (127.0.0.1 : cette machine seule)")
    asked = parser.parse_args(arguments)
    try:
        agreement, coordinator = load_coordinator(asked.dossier)
        app = create_app(agreement, coordinator)
        server = https_server(app, (asked.hote, asked.port), asked.dossier, 2 * coordinator.max_bytes)
        server.prepare()
    except (ValueError, OSError, ProtocolError, sqlite3.Error) as error:
        print(f"Le serveur ne démarre pas avec « {asked.dossier} », port {asked.port} : {error}", file=sys.stderr)
        return 1
    threading.Thread(target=server.serve, daemon=True).start()
    print(f"Le serveur écoute sur https://{asked.hote}:{asked.port}.", flush=True)
    return lead(coordinator)


def lead(coordinator: Coordinator) -> int:
    """Mène les tours sans fin ; rend 1 quand le disque n'écrit plus : mieux vaut reprendre que continuer sans lui."""
    try:
        while True:
            coordinator.tick()
            time.sleep(TICK_S)
    except sqlite3.Error as error:
        told = f"{DATABASE} ne s'écrit plus ({error}) : faites de la place, puis relancez la même commande."
        print(told, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
