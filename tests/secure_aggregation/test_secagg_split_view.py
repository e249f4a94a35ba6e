"""L'attaque des deux listes, jouée pour de vrai : sous le seuil sûr elle vole une mise à jour, au seuil sûr rien.

Quatre clients, dont un complice. Le serveur dit au client 0 que la victime a survécu, au client 1 qu'elle a disparu ;
le complice signe les deux listes et livre ses parts. Bonawitz et al. 2017, §6 : il faut 2t > n + c, donc t = 3.
"""

import numpy as np
import pytest
from secagg_rounds import keypairs, make_clients, make_parameters, make_vectors

from common.secure_aggregation import Client, ProtocolError, Server, Stage
from common.secure_aggregation.client import add_pair_masks
from common.secure_aggregation.messages import Confirmations, Survivors
from common.secure_aggregation.primitives import add_mask, sign
from common.secure_aggregation.rehearsal import answer
from common.secure_aggregation.shamir import combine

N, VICTIM, COLLUDER = 4, 2, 3
ALIVE, GONE = Survivors((0, 1, 2, 3)), Survivors((0, 1, 3))


class MaliciousServer:
    """Un tour mené jusqu'aux vecteurs masqués ; tout ce que le serveur et son complice savent alors."""

    def __init__(self, threshold: int) -> None:
        self.parameters = make_parameters(N, threshold)
        self.clients, self.vectors = make_clients(self.parameters), make_vectors(self.parameters)
        server, orders = Server(self.parameters), dict.fromkeys(range(N))
        while server.stage < Stage.MASKED:
            for number, order in orders.items():
                server.receive(number, answer(self.clients[number], server.stage, order, None))
            orders = server.close()
        said = [client.mask(orders[number], self.vectors[number]) for number, client in enumerate(self.clients)]
        self.masked = said[VICTIM].array()
        self.mask_keys = {peer: server._keys[peer].mask_key for peer in range(N) if peer != VICTIM}

    def ask(self, number: int, survivors: Survivors):
        """Fait croire une liste à un client honnête, et rend les parts qu'il livre."""
        signatures = {number: self.clients[number].confirm(survivors).signature}
        signatures[COLLUDER] = sign(keypairs(N)[0][COLLUDER], survivors.signed(self.parameters))
        return self.clients[number].unmask(Confirmations(signatures))

    def steal(self) -> np.ndarray:
        """Réunit les deux secrets de la victime, et rend son vecteur."""
        known, threshold = self.clients[COLLUDER]._memory, self.parameters.threshold
        seeds = {0: self.ask(0, ALIVE).seed_shares[VICTIM], COLLUDER: known.seed_shares[VICTIM]}
        keys = {1: self.ask(1, GONE).key_shares[VICTIM], COLLUDER: known.key_shares[VICTIM]}
        seed, private = (combine({i + 1: share for i, share in held.items()}, threshold) for held in (seeds, keys))
        masks = np.zeros_like(self.masked)
        add_mask(masks, seed)
        add_pair_masks(masks, private, self.mask_keys, self.parameters, VICTIM)
        return self.masked - masks


def test_under_the_safe_threshold_the_attack_works():
    """Sans quoi l'essai suivant ne prouverait rien."""
    server = MaliciousServer(threshold=2)
    assert np.array_equal(server.steal(), server.vectors[VICTIM])


def test_the_default_minimum_refuses_that_threshold():
    with pytest.raises(ProtocolError, match="exige au moins 3"):
        Client(make_parameters(N, 2), 0, keypairs(N)[0][0])
    Client(make_parameters(N, 3), 0, keypairs(N)[0][0])


@pytest.mark.parametrize(("number", "survivors"), [(0, ALIVE), (1, GONE)])
def test_at_the_safe_threshold_neither_half_gives_a_share(number, survivors):
    with pytest.raises(ProtocolError, match="2 détenteurs ont signé la même liste de survivants, il en faut 3"):
        MaliciousServer(threshold=3).ask(number, survivors)
