"""L'agrégation sécurisée : le serveur apprend la somme des mises à jour d'un groupe, et aucune en particulier.

Le protocole est celui de Bonawitz et al. (2017, CCS), sur le graphe creux de Bell et al. (2020, CCS) si l'on veut.

CE QU'IL SUPPOSE. n clients, connus d'avance par leur clé publique Ed25519 ; un serveur qui fait passer tous les
messages ; un seuil t. Certains clients sont complices du serveur. Les autres sont honnêtes.

CE QU'UN SERVEUR HONNÊTE MAIS CURIEUX APPREND : la somme des survivants, qui ils sont, qui a disparu et quand. Il
n'apprend rien d'autre tant que moins de t détenteurs d'un secret sont ses complices.

CE QU'UN SERVEUR MALVEILLANT PEUT ENCORE FAIRE. Choisir qui « disparaît », donc de qui la somme est faite : au seuil, t
clients seulement. Se dire en panne, et recommencer : deux tours qui diffèrent d'un client livrent sa mise à jour, par
soustraction, si elle n'a pas changé. Publier une somme fausse : rien ici ne prouve qu'il a bien additionné. Donner à
sa victime un autre modèle, ou un autre taux d'apprentissage, qu'à tous : si les autres n'apprennent rien, la somme est
la victime (Pasquini et al. 2022, arXiv:2111.07380). Le protocole ne voit que des entiers : c'est à qui l'emploie de
mettre l'empreinte de ce que tous reçoivent dans la session, comme `announcement` ; et un modèle piégé pour tous passe.
Au seuil ci-dessous, il ne peut PAS dire aux uns qu'un client a survécu et aux autres qu'il a disparu, pour obtenir ses
deux secrets : chacun signe la liste qu'il a reçue, et n'en rend une part que si t détenteurs ont signé la même.

LE SEUIL. Graphe complet, c complices : il faut 2t > n + c, soit t ≥ ⌊2n/3⌋ + 1 si moins d'un tiers des clients sont
complices (Bonawitz et al. 2017, §6) ; et n − t clients peuvent disparaître. Graphe creux : les seuils de
`degree_and_threshold` valent pour un serveur qui suit le protocole. Le graphe vient de tous les réglages du tour,
session et numéro compris : qui en choisit un seul peut en essayer beaucoup, et entourer une victime de complices. Ils
doivent être convenus entre hôpitaux.

CE QU'IL N'EMPÊCHE PAS. Un client qui ment : sa mise à jour empoisonnée entre dans la somme, et personne ne peut la
voir (voir `attacks`). Ce que la somme elle-même révèle : à peu de clients, ou tour après tour, elle parle encore ;
c'est le travail de la confidentialité différentielle (`noise`). Un client qui donne de fausses parts fait échouer le
tour ; il ne fait pas publier une somme fausse.

Moyenner n'est pas sécuriser : sans ce protocole, le serveur de FedAvg lit chaque mise à jour.
"""

from common.secure_aggregation.client import Client
from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.parameters import Parameters
from common.secure_aggregation.rehearsal import rehearse, signing_keypairs
from common.secure_aggregation.server import AbortError, Server, Stage

__all__ = [
    "AbortError",
    "Client",
    "Parameters",
    "ProtocolError",
    "Server",
    "Stage",
    "rehearse",
    "signing_keypairs",
]
