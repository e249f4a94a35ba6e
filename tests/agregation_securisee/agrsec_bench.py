"""Un serveur sans réseau et ses clients, pour les essais : chacun avance d'un message à la fois, ou subit une panne."""

import secrets
from functools import partial

import numpy as np

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.fernet import new_key, pack, unpack
from common.secure_aggregation.rehearsal import signing_keypairs
from semaine_6_a_8.agregation_securisee.coordination import Coordinator, Refusal
from semaine_6_a_8.agregation_securisee.cryptage import (
    FernetRound,
    FernetSender,
    ProtocolRound,
    ProtocolSender,
    parameters,
    stages,
)
from semaine_6_a_8.agregation_securisee.pannes import is_right, known_start, known_update
from semaine_6_a_8.agregation_securisee.registre import Registry
from semaine_6_a_8.agregation_securisee.reglages import Agreement

CLIENTS = 4
PRIVATE, PUBLIC = signing_keypairs(CLIENTS)
FERNET = {number: new_key() for number in range(CLIENTS)}


class Bench:
    """Un serveur sans réseau et ses clients, dont chacun avance d'un message à la fois."""

    def __init__(self, mode, folder, num_rounds=2):
        self.agreement = Agreement(secrets.token_hex(16), mode, [k.hex() for k in PUBLIC], 3, num_rounds, 1e6, 1e6)
        self.path, self.senders, self.last, self.steps = folder / "registre.sqlite", {}, {}, stages(mode)
        self.registry = Registry(self.path, self.agreement.session)
        with self.registry.transaction():
            self.registry.open_round(1, pack(known_start()))
        self.open()

    def open(self):
        self.registry._base.execute("PRAGMA synchronous = OFF")  # aucun essai d'ici ne coupe le courant
        opener = partial(ProtocolRound, self.agreement)
        if self.agreement.mode == "fernet":
            opener = lambda model, server_round: FernetRound(self.agreement, model, FERNET)  # noqa: E731
        self.coordinator = Coordinator(self.agreement, self.registry, opener, lambda told: None)

    def restart(self):
        """Le serveur meurt sans rien dire, et repart de sa base."""
        self.registry.close()
        self.registry = Registry(self.path, self.agreement.session)
        self.open()

    def deadline(self):
        self.coordinator._deadline = 0.0
        self.coordinator.tick()

    def sender(self, client, server_round):
        update, count = known_update(client, server_round)
        if self.agreement.mode == "fernet":
            return FernetSender(FERNET[client], update, count)
        rules = parameters(self.agreement, unpack(self.registry.model(server_round)), server_round)
        return ProtocolSender(self.agreement, rules, (client, PRIVATE[client]), update, count)

    def speak(self, client):
        """Envoie le prochain message du client, si le serveur a répondu au précédent."""
        server_round = self.coordinator.state()["tour"]
        sender, rank = self.senders.setdefault((client, server_round), (self.sender(client, server_round), 0))
        if rank == len(self.steps):
            return
        reply = self.coordinator.reply(client, server_round, self.steps[rank - 1]) if rank else b""
        if reply is not None:
            body = sender.message(self.steps[rank], reply)
            self.senders[client, server_round] = sender, rank + 1
            self.last[client] = client, server_round, self.steps[rank], body
            self.coordinator.put(*self.last[client])

    def suffer(self, fault, client):
        """Fait arriver une chose au hasard ; un refus est une réponse, jamais une panne du serveur."""
        state = self.coordinator.state()
        try:
            if fault == "parle":
                self.speak(client)
            elif fault == "tous":
                for other in range(CLIENTS):
                    self.suffer("parle", other)
            elif fault == "répète" and client in self.last:
                self.coordinator.put(*self.last[client])
            elif fault in ("zéros", "bruit") and not state["fini"]:
                body = bytes(100) if fault == "zéros" else np.random.default_rng(client).bytes(100)
                self.coordinator.put(client, state["tour"], state["etape"], body)
            elif fault == "trop tôt":
                self.coordinator.put(client, state["tour"] + 1, self.steps[0], b"")
        except (Refusal, ProtocolError):
            return
        if fault == "délai":
            self.deadline()
        if fault == "reprise":
            self.restart()
        self.coordinator.tick()

    def check(self):
        """Chaque tour fini a publié la moyenne de ceux qu'il annonce, assez nombreux, ou rien du tout."""
        before = known_start()
        for report in self.registry.reports():
            published = unpack(self.registry.model(report["tour"] + 1))
            assert is_right(self.agreement, before, published, report), report
            assert report["abandon"] or len(report["participants"]) >= self.agreement.threshold
            before = published
