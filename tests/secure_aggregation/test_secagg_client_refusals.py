"""Ce qu'un client refuse : une garde, un essai. Chacun échoue si l'on ôte la garde qu'il nomme."""

from dataclasses import replace

import numpy as np
import pytest
from secagg_rounds import keypairs, make_clients, make_parameters, make_vectors

from common.secure_aggregation import Client, ProtocolError, Server, Stage
from common.secure_aggregation.client import REFUSED, Memory
from common.secure_aggregation.messages import Confirmations, Inbox, KeyBook, Keys, Survivors, decode, encode
from common.secure_aggregation.primitives import sign
from common.secure_aggregation.rehearsal import answer

N, T = 5, 4
LOW_ORDER = bytes(32)


class Round:
    """Un tour ordinaire à cinq clients, arrêté au début de l'étape voulue ; `orders` est ce que le serveur va dire."""

    def __init__(self, stage: Stage, silent_from: dict | None = None) -> None:
        self.parameters = make_parameters(N, T)
        self.clients, self.vectors = make_clients(self.parameters), make_vectors(self.parameters)
        self.server, self.orders = Server(self.parameters), dict.fromkeys(range(N))
        while self.server.stage < stage:
            for number, order in self.orders.items():
                if (silent_from or {}).get(number, Stage.DONE) > self.server.stage:
                    said = answer(self.clients[number], self.server.stage, order, self.vectors[number])
                    self.server.receive(number, said)
            self.orders = self.server.close()

    def refuses(self, order, message: str, number: int = 0) -> None:
        """Le client refuse cet ordre, avec ce message ; puis il refuse aussi l'ordre juste : il s'est tu."""
        stage = self.server.stage
        with pytest.raises(ProtocolError, match=message):
            answer(self.clients[number], stage, order, self.vectors[number])
        assert self.clients[number]._memory == Memory(step=REFUSED)
        with pytest.raises(ProtocolError, match="hors de son tour"):
            answer(self.clients[number], stage, self.orders[number], self.vectors[number])


def resigned(keys: Keys, **changes) -> Keys:
    """Change des clés et les signe de nouveau, comme leur propriétaire complice le ferait."""
    changed = replace(keys, **changes)
    signature = sign(keypairs(N)[0][keys.client], changed.signed(make_parameters(N, T)))
    return replace(changed, signature=signature)


def test_a_key_of_the_wrong_size():
    keys = answer(Round(Stage.KEYS).clients[0], Stage.KEYS, None, None)
    for name in ("cipher_key", "mask_key", "commitment", "signature"):
        for wrong in (b"", getattr(keys, name)[:-1], getattr(keys, name) + b"\0", "texte"):
            with pytest.raises(ProtocolError, match=f"{name} doit avoir"):
                replace(keys, **{name: wrong})


@pytest.mark.parametrize("name", ["cipher_key", "mask_key"])
def test_a_low_order_point(name):
    current = Round(Stage.SHARES)
    book = current.orders[0].keys
    forged = KeyBook((*book[:2], resigned(book[2], **{name: LOW_ORDER}), *book[3:]))
    if name == "cipher_key":  # elle sert dès l'étape 2, l'autre à l'étape 3
        return current.refuses(forged, "ordre faible")
    current.clients[0].share(forged)
    inbox = {peer: current.clients[peer].share(current.orders[peer]).sealed[0] for peer in range(1, N)}
    with pytest.raises(ProtocolError, match="ordre faible"):
        current.clients[0].mask(Inbox(inbox), current.vectors[0])


def test_a_key_that_its_owner_did_not_sign():
    current = Round(Stage.SHARES)
    book = current.orders[0].keys
    current.refuses(KeyBook((*book[:4], replace(book[4], mask_key=book[3].mask_key))), "Signature refusée")


def test_too_many_keys():
    sparse = make_parameters(12, 3, degree=4)
    clients = make_clients(sparse)
    every = [client.advertise() for client in clients]
    with pytest.raises(ProtocolError, match="inconnus"):
        clients[0].share(KeyBook(tuple(every)))


def test_too_few_keys():
    current = Round(Stage.SHARES)
    current.refuses(KeyBook(current.orders[0].keys[: T - 1]), f"{T - 1} détenteurs ont donné leurs clés")


def test_its_own_key_missing():
    current = Round(Stage.SHARES)
    current.refuses(KeyBook(current.orders[0].keys[1:]), "manquent au carnet")


def test_its_own_key_changed():
    current = Round(Stage.SHARES)
    book = current.orders[0].keys
    current.refuses(KeyBook((resigned(book[0], mask_key=book[1].mask_key), *book[1:])), "ont changé")


def test_a_key_given_twice():
    current = Round(Stage.SHARES)
    for twice in (0, 3):
        current = Round(Stage.SHARES)
        current.refuses(KeyBook((*current.orders[0].keys, current.orders[0].keys[twice])), "deux fois")


def test_shares_from_a_stranger():
    current = Round(Stage.MASKED, {4: Stage.KEYS})
    current.refuses(Inbox(current.orders[0].sealed | {4: current.orders[0].sealed[1]}), r"\[4\], inconnus")


def test_shares_from_itself():
    current = Round(Stage.MASKED)
    current.refuses(Inbox(current.orders[0].sealed | {0: current.orders[0].sealed[1]}), r"\[0\], inconnus")


def test_too_few_shares():
    current = Round(Stage.MASKED)
    kept = dict(list(current.orders[0].sealed.items())[: T - 2])
    current.refuses(Inbox(kept), f"{T - 1} détenteurs ont partagé")


def test_swapped_ciphertexts_are_not_kept():
    current = Round(Stage.MASKED)
    sealed = dict(current.orders[0].sealed)
    sealed[1], sealed[2] = sealed[2], sealed[1]
    current.refuses(Inbox(sealed), f"{N - 2} détenteurs ont partagé")  # il en reste trois, il en faut quatre


def test_a_ciphertext_for_somebody_else_or_sent_back_is_not_kept():
    for stolen in (lambda r: r.orders[2].sealed[1], lambda r: r.orders[1].sealed[0]):
        current = Round(Stage.MASKED, {4: Stage.KEYS})
        current.refuses(Inbox(current.orders[0].sealed | {1: stolen(current)}), "3 détenteurs ont partagé")


def test_a_vector_of_another_type_or_length():
    for wrong in (np.zeros(4), np.zeros(4, np.int64), np.zeros(3, np.uint32), np.zeros((1, 4), np.uint32)):
        current = Round(Stage.MASKED)
        with pytest.raises(ProtocolError, match="il faut uint32"):
            current.clients[0].mask(current.orders[0], wrong)


def test_itself_listed_as_dropped():
    Round(Stage.CONFIRMATIONS).refuses(Survivors((1, 2, 3, 4)), "client 0 a disparu ; il est là")


def test_an_unknown_survivor():
    Round(Stage.CONFIRMATIONS).refuses(Survivors((0, 1, 2, 3, 4, 5)), "pas de ce tour")


def test_a_survivor_that_had_already_dropped():
    for before in (Stage.KEYS, Stage.SHARES):
        Round(Stage.CONFIRMATIONS, {4: before}).refuses(Survivors((0, 1, 2, 3, 4)), r"\[4\] : déjà disparus")


def test_a_survivor_listed_twice():
    Round(Stage.CONFIRMATIONS).refuses(Survivors((0, 1, 2, 3, 3)), "deux fois")


def test_too_few_survivors():
    Round(Stage.CONFIRMATIONS).refuses(Survivors((0, 1, 2)), "3 détenteurs survivent")


def test_a_list_that_differs_from_what_its_peers_signed():
    """Le serveur dit aux uns que 4 a survécu, aux autres non : il voudrait les deux secrets de 4."""
    current = Round(Stage.CONFIRMATIONS)
    lists = {0: Survivors((0, 1, 2, 3)), **dict.fromkeys((1, 2, 3), Survivors((0, 1, 2, 3, 4)))}
    signed = {number: current.clients[number].confirm(order).signature for number, order in lists.items()}
    for number in range(4):
        with pytest.raises(ProtocolError, match="Signature refusée"):
            current.clients[number].unmask(Confirmations(signed))


def test_a_list_that_too_few_peers_signed():
    current = Round(Stage.UNMASKINGS)
    few = dict(list(current.orders[0].signatures.items())[: T - 1])
    current.refuses(Confirmations(few), f"{T - 1} détenteurs ont signé la même liste")


def test_a_signature_from_a_stranger_or_a_dropped_client():
    current = Round(Stage.UNMASKINGS, {4: Stage.MASKED})
    signatures = current.orders[0].signatures
    current.refuses(Confirmations(signatures | {4: signatures[1]}), r"\[4\], qui ne sont pas des voisins survivants")


@pytest.mark.parametrize("gone", [(), (4,)])
def test_never_both_shares_of_one_peer(gone):
    """Les parts rendues viennent de la mémoire du client : graine des vivants, clé des disparus, et une seule fois."""
    current = Round(Stage.UNMASKINGS, dict.fromkeys(gone, Stage.MASKED))
    for number in set(range(N)) - set(gone):
        given = current.clients[number].unmask(current.orders[number])
        assert given.key_shares.keys() == set(gone)
        assert given.seed_shares.keys() == set(range(N)) - set(gone)
        with pytest.raises(ProtocolError, match="hors de son tour"):
            current.clients[number].unmask(current.orders[number])


def test_a_second_list_after_the_first():
    current = Round(Stage.CONFIRMATIONS)
    current.clients[0].confirm(Survivors((0, 1, 2, 3, 4)))
    with pytest.raises(ProtocolError, match="hors de son tour"):
        current.clients[0].confirm(Survivors((0, 1, 2, 3)))


def test_a_threshold_under_its_own_minimum():
    key = keypairs(6)[0][0]
    for threshold in (3, 4):
        with pytest.raises(ProtocolError, match="exige au moins 5"):
            Client(make_parameters(6, threshold), 0, key)
        Client(make_parameters(6, threshold), 0, key, minimum_threshold=3)
    with pytest.raises(ProtocolError, match="exige au moins 6"):
        Client(make_parameters(6, 5), 0, key, minimum_threshold=6)
    Client(make_parameters(6, 5), 0, key)


@pytest.mark.parametrize("num_clients", range(2, 13))
def test_the_default_minimum_holds_against_a_third_of_colluders(num_clients):
    """Bonawitz et al. 2017, §6 : 2t > n + c pour tout c < n/3 ; et aucun seuil plus bas n'y suffirait."""
    colluders = (num_clients - 1) // 3
    needed = next(t for t in range(2, num_clients + 1) if 2 * t > num_clients + colluders)
    key = keypairs(num_clients)[0][0]
    accepted = [t for t in range(2, num_clients + 1) if not refused(make_parameters(num_clients, t), key)]
    assert accepted[0] >= needed and accepted[0] - needed <= 1


def refused(parameters, key) -> bool:
    try:
        Client(parameters, 0, key)
    except ProtocolError:
        return True
    return False


def test_a_number_outside_the_roster():
    for number in (-1, 6):
        with pytest.raises(ProtocolError, match="vont de 0 à 5"):
            Client(make_parameters(6, 5), number, keypairs(6)[0][0])


@pytest.mark.parametrize("change", [{"session": b"une autre session."}, {"server_round": 2}, {"length": 5}])
def test_a_message_of_another_session_or_round(change):
    current, other = Round(Stage.SHARES), make_parameters(N, T, **change)
    data = encode(current.orders[0], current.parameters)
    assert decode(KeyBook, data, current.parameters) == current.orders[0]
    with pytest.raises(ProtocolError, match="autre session"):
        decode(KeyBook, data, other)
    strangers = make_clients(other)
    strangers[0].advertise()
    with pytest.raises(ProtocolError, match="Signature refusée"):  # même déballé, il ne vaut rien ailleurs
        strangers[0].share(current.orders[0])


def test_steps_out_of_order_end_the_round_for_this_client():
    current = Round(Stage.SHARES)
    client = current.clients[0]
    with pytest.raises(ProtocolError, match="« confirm » demandée hors de son tour"):
        client.confirm(Survivors((0, 1, 2, 3, 4)))
    with pytest.raises(ProtocolError, match="« share » demandée hors de son tour"):
        client.share(current.orders[0])


def test_a_client_forgets_its_secrets_when_it_is_done():
    current = Round(Stage.UNMASKINGS)
    client = current.clients[0]
    secret = client._memory.mask_private
    assert secret in client.to_bytes()
    client.unmask(current.orders[0])
    assert secret not in client.to_bytes() and not client._memory.seed_shares


def test_a_client_resumes_from_its_bytes_at_every_step():
    for stage in (Stage.SHARES, Stage.MASKED, Stage.CONFIRMATIONS, Stage.UNMASKINGS):
        current = Round(stage)
        number, key = 2, keypairs(N)[0][2]
        copy = Client(current.parameters, number, key).restore(current.clients[number].to_bytes())
        current.clients[number] = copy
        said = answer(copy, stage, current.orders[number], current.vectors[number])
        current.server.receive(number, said)
