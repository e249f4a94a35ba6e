# %% [markdown]
# # L'agrégation sécurisée avec Flower
#
# **Durée** : 100 min · **Prérequis** : leçon 2 de ces semaines ; semaine 1, leçon 3 ; semaine 2, leçon 5 · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Coder des réels en entiers modulo $2^{32}$, et borner l'erreur que cela coûte.
# - Calculer une moyenne pondérée sans montrer ni mise à jour, ni effectif.
# - Rendre sûr un entraînement Flower déjà écrit, choisir son seuil, et survivre à une panne.
# - Compter les octets que le protocole ajoute, et dire quand il est cher.
# - Partager un bruit entre les clients, et mesurer à partir de combien il laisse un modèle debout.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from common import data, federated, figures
from common import secure_aggregation as secagg
from common.secure_aggregation import flower, noise
from common.verifier import semaine_6_a_8 as verifier

# %% [markdown]
# ## 1. Un masque veut des entiers
#
# La [leçon 2](02_masques_et_dropouts.ipynb) a masqué des comptes de malades : des entiers. Un modèle, lui, est fait de réels.
# Reprenons les quatre hôpitaux de la semaine 1. Leurs patients sont **synthétiques** : des jumeaux, tirés au sort, de ceux de l'UCI.

# %%
SOURCE = "embedded"  # "real" après `python cours.py donnees heart` ; vos chiffres seront autres
dataset = data.standardize(data.load("heart", source=SOURCE))
NUM_FEATURES, SETTINGS = dataset.train.x.shape[1], {"lr": 0.5, "num-steps": 5}
null_model = [np.zeros(NUM_FEATURES), np.zeros(())]


def update_of(center):
    """Ce qu'un hôpital apprend en un tour, bout à bout : 13 coefficients et un biais."""
    return np.append(*federated.client_update(null_model, center.train.x, center.train.y, 0.5, 5))


updates, sizes = {name: update_of(center) for name, center in dataset.items()}, {n: len(c.train) for n, c in dataset.items()}
print(dataset.card.title, ":", sizes)
print("Cleveland :", updates["cleveland"][:5].round(3))

# %% [markdown]
# **Prédisez** : masquons le premier coefficient par un réel tiré au hasard, puis retirons le masque. Retrouve-t-on le coefficient ?

# %%
secret, rng = updates["cleveland"][0], np.random.default_rng(0)
for size in (1, 1e8, 1e16):
    mask = rng.normal(0, size)
    print(f"masque de l'ordre de {size:.0e} : envoyé {secret + mask:+.3e}, démasqué {secret + mask - mask:+.6f}")
print(f"le vrai : {secret:+.6f}")

# %% [markdown]
# Un petit masque cache mal : qui reçoit 0,186 devine que le secret n'est pas 50. Un grand masque cache mieux, et mange les décimales :
# à $10^{16}$, il ne reste rien. Avec des réels, il faut choisir. Avec des entiers modulo $2^{32}$, non : le masque prend tous les entiers avec la même
# chance, il cache *tout*, et la somme est exacte.
#
# On passe donc aux entiers. On choisit une **échelle** : le nombre de pas par unité. On multiplie, on arrondit. C'est la
# **quantification**. Un nombre négatif $-k$ devient $2^{32} - k$, comme une montre qui recule : c'est le **complément à deux**.
#
# ### ✏️ Exercice 1 — des réels aux entiers
#
# 🔴⚪⚪ · 8 min
#
# Rendez l'entier le plus proche de chaque `values * scale`, modulo $2^{32}$, dans un tableau de type `np.uint32`.
#
# **Résultat attendu** : avec l'échelle 1000, `[0.5, -0.25, 0.0]` devient `[500, 4294967046, 0]`.
#
# <details><summary>Indice</summary>
#
# `np.rint` arrondit au plus proche. `.astype(np.int64)` fait des entiers signés, puis `.astype(np.uint32)` les replie modulo
# $2^{32}$. Ne sautez pas l'étape `int64` : convertir tout droit un réel négatif donne un résultat qui dépend du processeur.
#
# </details>

# %%
def quantise(values: np.ndarray, scale: float) -> np.ndarray:
    """Rend les codes entiers (d,), des uint32."""
    # début solution
    return np.rint(values * scale).astype(np.int64).astype(np.uint32)
    # fin solution


quantise = verifier.quantise(quantise)
print(quantise(np.array([0.5, -0.25, 0.0]), 1000))

# %% [markdown]
# Pour revenir, on relit les mêmes 32 bits comme un entier **signé**, avec `.view(np.int32)`, et l'on divise. Plus l'échelle est
# grande, plus le pas est fin. Additionnons donc les quatre hôpitaux à une échelle toujours plus fine.
#
# **Prédisez** : l'erreur baisse-t-elle sans fin ?

# %%
exact = sum(updates.values())
for bits in (10, 20, 30, 31):
    total = sum(quantise(update, 2.0**bits) for update in updates.values())
    error = np.abs(total.view(np.int32) / 2.0**bits - exact)
    print(f"échelle 2^{bits} : plus grande erreur {error.max():.0e} ; coefficients faux {np.sum(error > 1e-2)} sur {len(error)}")

# %% [markdown]
# Jusqu'à $2^{30}$, de mieux en mieux. Un bit de plus, et deux coefficients sont faux, sans un mot. La somme de leurs codes est sortie des
# entiers signés de 32 bits, de $-2^{31}$ à $2^{31} - 1$ : elle s'est **repliée**, et un grand positif est devenu négatif, ou l'inverse. Rien ne
# distingue ce résultat d'un vrai. D'où deux règles. L'échelle $s$ se choisit pour que la plus grande somme *possible* de $m$ hôpitaux tienne :
# $m \cdot s \cdot \text{max} < 2^{31}$. Et une valeur au-delà du maximum convenu est une **erreur**, jamais rognée en silence.
#
# Le code du cours, `Quantiser`, applique les deux. Ici, chacun enverra ses coefficients multipliés par son effectif (vous verrez pourquoi) : le
# maximum est donc `max_abs` × `max_examples`.

# %%
quantiser = secagg.quantisation.Quantiser(max_abs=4.0, num_clients=4, max_examples=1000)
print(f"échelle : {quantiser.scale:.0f} pas par unité, au plus 2^31 / (4 hôpitaux × 4 × 1000) = {2**31 / 16_000:.0f}")
try:
    quantiser.encode(np.array([0.1, 4.2]), num_examples=100)
except secagg.ProtocolError as error:
    print(error)

# %% [markdown]
# ## 2. Peser sans montrer son poids
#
# FedAvg pèse chaque hôpital par son effectif : $\bar x = \sum_k n_k x_k / \sum_k n_k$. Le serveur doit-il connaître les $n_k$ ? Non : il
# lui faut deux **sommes**. Chaque hôpital masque donc $n_k x_k$ et, dans une case de plus, $n_k$.

# %%
def weighted_slots(values, num_examples, scale):
    """Ce qu'un client va masquer : n_k x_k, puis n_k."""
    return np.append(quantise(num_examples * values, scale), np.uint32(num_examples))


codes = {name: weighted_slots(updates[name], sizes[name], quantiser.scale) for name in dataset}
total = sum(codes.values())
print(total[:4], "…", total[-1])

# %% [markdown]
# ### ✏️ Exercice 2 — de la somme à la moyenne
#
# 🔴🔴⚪ · 10 min
#
# `total` est la somme modulo $2^{32}$ des `weighted_slots` de tous les clients. Rendez la moyenne pondérée, un tableau de réels, et
# l'effectif total.
#
# **Résultat attendu** : `[0.5, -0.25]` et `4` pour l'exemple sous l'exercice.
#
# <details><summary>Indice</summary>
#
# L'effectif est `total[-1]`, le reste `total[:-1]`. Relisez ce reste signé, puis divisez-le par l'échelle *et* par l'effectif.
#
# </details>

# %%
def decode_mean(total: np.ndarray, scale: float) -> tuple[np.ndarray, int]:
    """Rend (moyenne pondérée (d,), effectif total) ; total : uint32 (d + 1,)."""
    # début solution
    num_examples = int(total[-1])
    return total[:-1].view(np.int32) / (scale * num_examples), num_examples
    # fin solution


decode_mean = verifier.decode_mean(decode_mean)
two_clients = weighted_slots(np.array([0.5, 0.5]), 3, 1000) + weighted_slots(np.array([0.5, -2.5]), 1, 1000)
print(decode_mean(two_clients, 1000))

# %% [markdown]
# De combien se trompe cette moyenne ? Chaque hôpital arrondit chaque nombre d'un demi-pas au plus. La somme modulo $2^{32}$, elle, est exacte. Pour
# $m$ hôpitaux, l'écart est donc d'au plus $m/2$ pas ; divisé par l'échelle $s$ et l'effectif $N$ :
#
# $$|\text{erreur}| \le \frac{m}{2 s N}$$
#
# C'est une preuve, pas une mesure. (`quantiser.error_bound` y ajoute les arrondis des `float64`, bien plus petits.)

# %%
mean, num_examples = decode_mean(total, quantiser.scale)
exact_mean = sum(sizes[name] * updates[name] for name in dataset) / sum(sizes.values())
print(f"{num_examples} patients ; erreur {np.abs(mean - exact_mean).max():.1e}, borne {quantiser.error_bound(num_examples, 4):.1e}")

# %% [markdown]
# **Prédisez** : l'échelle doit laisser de la place à tous. Quand le nombre de clients est multiplié par 1 000, que devient la borne ? Et
# l'erreur mesurée ?

# %%
for n in (10, 100, 1_000, 10_000):
    shared = secagg.quantisation.Quantiser(max_abs=1.0, num_clients=n, max_examples=1)
    values = np.random.default_rng(n).uniform(-1, 1, (n, 200))
    mean, _ = decode_mean(sum(weighted_slots(row, 1, shared.scale) for row in values), shared.scale)
    error = np.abs(mean - values.mean(axis=0)).max()
    print(f"{n:6} clients : erreur {error:.1e}, borne {shared.error_bound(n, n):.1e}")

# %% [markdown]
# La borne croît comme $n$, mille fois plus : à 10 000 clients, deux millionièmes. L'erreur n'a pris qu'un facteur trente, à peu près $\sqrt{1\,000}$ :
# les arrondis des uns compensent ceux des autres. La borne, elle, suppose que tous se trompent du même côté.
#
# ## 3. Le même entraînement, masqué
#
# Voici l'entraînement de la semaine 1, leçon 3 : votre `ClientApp`, la stratégie `FedAvg` de Flower, `simulate`.

# %%
from flwr.app import Array, ArrayRecord
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import FedAvg

app = federated.numpy_client_app(dataset)
initial_arrays = ArrayRecord({"weight": Array(null_model[0]), "bias": Array(null_model[1])})


def run(client_app, strategy, num_rounds=20):
    """Un entraînement fédéré ; un client en panne est noté, et l'on continue sans lui."""
    return federated.simulate(
        client_app, strategy, dataset, initial_arrays, num_rounds=num_rounds, train_config=SETTINGS, on_error="skip"
    )


plain = run(app, FedAvg(min_train_nodes=4))

# %% [markdown]
# Pour le masquer, on ne réécrit rien : on **enrobe**.
#
# - Chez l'hôpital, `secured(app, …)` ajoute un *mod*, un intermédiaire de Flower. Il laisse l'hôpital apprendre, prend la *différence* avec le
#   modèle reçu, la quantifie, la masque.
# - Chez le serveur, `SecureAggregation(FedAvg(…), …)` déroule les cinq étapes de la leçon 2, puis donne la moyenne à `FedAvg`.
# - Chaque hôpital a un **trousseau** : sa clé de signature, et l'annuaire des clés publiques des autres. Ici, `SimulatedKeyrings` les fabrique
#   toutes ; en vrai, chaque hôpital fabrique la sienne, et l'annuaire est convenu d'avance, hors du serveur.

# %%
keyrings = secagg.keyring.SimulatedKeyrings(4)
encoding = secagg.announcement.Weighted(max_abs=4.0, max_examples=1000)
secure_app = secagg.flower_mod.secured(app, keyrings)
strategy = flower.SecureAggregation(FedAvg(min_train_nodes=4), keyrings.identities, encoding)
secure = run(secure_app, strategy)
strategy.rounds[-1]

# %% [markdown]
# Le rapport du dernier tour : quatre participants, quatre survivants, 486 patients, aucun refus. `encoding` dit comment coder ; ses deux bornes sont
# publiques et les mêmes chez tous.
#
# **Prédisez** : après 20 tours, quel écart entre les deux modèles ?

# %%
def parameters_of(history):
    """Le modèle final, bout à bout."""
    return np.concatenate([array.ravel() for array in federated.numpy_arrays(history.arrays).values()])


gap = np.abs(parameters_of(plain) - parameters_of(secure)).max()
print(f"écart après 20 tours : {gap:.1e} ; borne d'un seul tour : {strategy.rounds[-1].error_bound:.1e}")
for name in dataset:
    both = [history.curve("accuracy", name)[20] for history in (plain, secure)]
    print(f"{name:12}: exactitude {both[0]:.4f} en clair, {both[1]:.4f} masqué (n = {len(dataset[name].test)})")

# %% [markdown]
# Un écart de 3 × 10⁻⁸, sous la borne d'un *seul* tour. La preuve n'en demandait pas tant : vingt tours pouvaient additionner vingt écarts. Mais ici
# l'apprentissage rapproche deux modèles voisins, et les arrondis ne s'accumulent pas. L'exactitude est la même partout, à la dernière
# décimale affichée. Ici, la sécurité n'a rien coûté au modèle.
#
# **À vous** : dans la cellule qui commence par `keyrings`, passez `max_abs` à `0.1`, relancez-la et lisez l'erreur ; puis remettez `4.0` et relancez-la. Chaque
# hôpital a refusé d'envoyer une valeur qui dépasse la borne, et le tour s'est arrêté sans rien publier : c'est la règle de la section 1.
#
# Mettons-nous maintenant à la place d'un serveur curieux, qui garde tout ce que Cleveland lui envoie, pendant 60 tours.
#
# **Prédisez** : à quoi ressemblera l'histogramme de ces nombres, en clair ? Et masqués ?

# %%
class Curious:
    """À mêler à une stratégie : garde les réponses des clients avant de les agréger."""

    def aggregate_train(self, server_round, replies):
        """Note ce que Cleveland (le nœud 1) a envoyé, puis fait le travail."""
        replies = list(replies)
        (arrays,) = [r.content["arrays"] for r in replies if r.metadata.src_node_id == 1]
        self.seen = [*getattr(self, "seen", []), *np.concatenate([a.ravel() for a in federated.numpy_arrays(arrays).values()])]
        return super().aggregate_train(server_round, replies)


class CuriousFedAvg(Curious, FedAvg):
    """FedAvg, curieux."""


class CuriousSecure(Curious, flower.SecureAggregation):
    """L'agrégation sécurisée, curieuse."""


nosy, blind = CuriousFedAvg(min_train_nodes=4), CuriousSecure(FedAvg(min_train_nodes=4), keyrings.identities, encoding)
run(app, nosy, 60)
run(secure_app, blind, 60);

# %%
print("Cleveland, en clair :", np.round(nosy.seen[:5], 3))
print("Cleveland, calculé à la section 1 :", updates["cleveland"][:5].round(3))
print("Cleveland, masqué   :", [int(code) for code in blind.seen[:5]])
print("les octets          :", np.array(blind.seen[:5], np.uint32).tobytes().hex(" ", 4))

figure, axes = plt.subplots(1, 2, figsize=(10, 3.6))
axes[0].hist(nosy.seen, bins=30, color="0.3")
axes[0].set(title="En clair : le modèle de Cleveland", xlabel="valeur reçue (sans unité)", ylabel="nombre de valeurs")
axes[1].hist(np.array(blind.seen) / 2**32, bins=16, range=(0, 1), color="0.7", edgecolor="black")
axes[1].axhline(len(blind.seen) / 16, color="black", linestyle="--", label="loi uniforme")
axes[1].set(title="Masqué : les mêmes tours", xlabel="entier reçu, divisé par $2^{32}$", ylabel="nombre de valeurs")
axes[1].legend(loc="lower right")
figures.mark_synthetic(axes[0], dataset.card)
figure.tight_layout()
print(len(blind.seen), "entiers")

# %% [markdown]
# **La figure en mots** : à gauche, des bosses inégales, la plus haute près de zéro, d'autres loin à gauche et à droite, et des creux entre elles : les
# coefficients de Cleveland, qui bougent peu d'un tour à l'autre. À droite, un plateau un peu irrégulier, autour de la ligne pointillée de la loi
# uniforme.
#
# À gauche, on lit un modèle ; ses cinq premiers nombres, imprimés au-dessus, sont ceux de la section 1. À droite, il n'y a rien à lire : un message
# seul est uniforme, c'est la leçon 2, tant que personne ne devine les masques. Cet histogramme ne le prouve pas, il ne le dément pas. (Relancez : les
# entiers masqués changent, car les clés sont neuves à chaque fois.)
#
# ### Un hôpital raccroche
#
# Le seuil dit combien d'hôpitaux doivent aller au bout. Trop bas, le serveur peut montrer deux listes à deux groupes, et voler un hôpital : il faut
# $2t > n + c$ pour $c$ complices (leçon 2). Trop haut, la moindre panne annule le tour.
#
# ### ✏️ Exercice 3 — choisir le seuil
#
# 🔴🔴⚪ · 10 min
#
# Rendez le plus petit seuil `t` tel que `2t > num_clients + colluders`. Si, une fois `dropouts` clients disparus, il reste moins de `t`
# clients, rendez `None` : ce que l'on demande est impossible. (Les complices, eux, répondent.)
#
# **Résultat attendu** : `3` pour 4 clients, 1 complice et 1 disparu ; `None` avec 2 disparus.
#
# <details><summary>Indice</summary>
#
# La division entière `(n + c) // 2` est le plus grand `t` qui ne suffit **pas**.
#
# </details>

# %%
def choose_threshold(num_clients: int, colluders: int, dropouts: int) -> int | None:
    """Rend le plus petit seuil sûr, ou None."""
    # début solution
    threshold = (num_clients + colluders) // 2 + 1
    return threshold if num_clients - dropouts >= threshold else None
    # fin solution


choose_threshold = verifier.choose_threshold(choose_threshold)
print(choose_threshold(4, 1, 1), choose_threshold(4, 1, 2))

# %%
table = {c: {n: str(choose_threshold(n, c, 1)) for n in (3, 4, 5, 7, 10)} for c in (0, 1, 2, 3)}
pd.DataFrame(table).rename_axis("clients").rename_axis("complices", axis=1).replace("None", "impossible")

# %% [markdown]
# Chaque case tolère une panne. À trois hôpitaux, on ne peut pas à la fois perdre l'un et soupçonner l'autre. À quatre, un complice et une panne :
# le seuil est 3, celui que `SecureAggregation` prend d'office. Une petite fédération a peu de marge.
#
# Coupons la ligne de la Suisse (le centre 2) au tour 3, au pire moment : elle a déjà partagé ses clés, et tous ont masqué avec elle. Puis, dans un
# autre entraînement, celles de la Suisse **et** de Long Beach (`va`, le centre 3).
#
# **Prédisez** : que publie le serveur à chaque fois ?

# %%
def cut(lines):
    """Le même client, dont la ligne est coupée pour chaque (centre, tour) de `lines`."""
    cut_app = ClientApp()
    cut_app.evaluate()(app)

    @cut_app.train()
    def train(message, context):
        if (context.node_config["partition-id"], message.content["config"]["server-round"]) in lines:
            raise ConnectionError("la ligne est coupée")
        return app(message, context)

    return cut_app


def secured_run(client_app):
    """Cinq tours sécurisés ; un tour impossible est sauté."""
    strategy = flower.SecureAggregation(FedAvg(min_train_nodes=4), keyrings.identities, encoding, on_abort="skip")
    return run(secagg.flower_mod.secured(client_app, keyrings), strategy, 5), strategy.rounds

# %%
one_cut, rounds = secured_run(cut({(2, 3)}))
for report in rounds[1:4]:
    print(f"tour {report.server_round} : survivants {report.survivors}, {report.num_examples} patients")
same_cut = run(cut({(2, 3)}), FedAvg(min_train_nodes=4), 5)
print(f"écart avec FedAvg en clair, même panne : {np.abs(parameters_of(one_cut) - parameters_of(same_cut)).max():.0e}")

_, rounds = secured_run(cut({(2, 3), (3, 3)}))
for report in rounds[1:4]:
    print(f"tour {report.server_round} : {report.num_examples} patients ; {(report.aborted or 'publié').split('.')[0]}")

# %% [markdown]
# Une coupure : la somme des trois autres, exacte, 457 patients au lieu de 486. Deux : trois hôpitaux au moins doivent survivre, le tour 3 n'est
# **pas** publié, le modèle reste celui du tour 2, et le suivant repart. Mieux vaut un tour perdu qu'une somme de deux hôpitaux : à
# deux, chacun déduit l'autre.
#
# Relisez pourtant la première ligne : 486 − 457. Le serveur sait qui a disparu, et que la Suisse a 29 patients. Cacher l'effectif ne résiste pas à une
# absence.
#
# ## 4. Le prix du secret
#
# Que paie un client, en octets ? Voici ce qu'il **envoie** pendant un tour sans panne :
#
# | Étape | Ce qui part | Octets |
# |---|---|---|
# | 1. clés | deux clés publiques et l'empreinte de sa graine (32 chacune), une signature (64) | `160` |
# | 2. parts | pour chaque voisin, un pli scellé qui porte deux parts | 94 par voisin, tout compris |
# | 3. vecteur | un entier de 32 bits par paramètre, et l'effectif | à vous |
# | 4. liste | sa signature | 64 |
# | 5. démasquage | une part par *détenteur* : ses voisins **et lui-même** | 33 par détenteur |
#
# Ses **voisins** sont tous les autres, ou quelques-uns dans le graphe creux de Bell et al. (2020).
#
# ### ✏️ Exercice 4 — les octets d'un tour
#
# 🔴🔴⚪ · 10 min
#
# Rendez le nombre total d'octets qu'envoie un client, pour un modèle de `num_parameters` paramètres et `num_neighbours` voisins.
#
# **Résultat attendu** : `698` pour 14 paramètres et 3 voisins.
#
# <details><summary>Indice</summary>
#
# Additionnez les cinq lignes. 32 bits font 4 octets ; l'effectif est un entier de plus ; les détenteurs sont un de plus que les voisins.
#
# </details>

# %%
def bytes_sent(num_parameters: int, num_neighbours: int) -> int:
    """Rend les octets envoyés en un tour, hors enveloppe des messages."""
    # début solution
    shares = 94 * num_neighbours + 33 * (num_neighbours + 1)
    return 160 + shares + 4 * (num_parameters + 1) + 64
    # fin solution


bytes_sent = verifier.bytes_sent(bytes_sent)
print(bytes_sent(14, 3), "octets, contre", 4 * 14, "pour 14 paramètres en clair (float32)")

# %% [markdown]
# Douze fois plus ! **Prédisez** : et pour un réseau de 100 000 paramètres, à 5 clients ? À 1 000 ?

# %%
degree, _ = secagg.graph.degree_and_threshold(1000, 1 / 3, 1 / 3)  # un tiers de complices, un tiers de disparus
neighbourhoods = {"5 clients": 4, "1 000 clients": 999, f"1 000 clients, {degree} voisins": degree}
styles = ["k-", "k:", "k--"]
lengths = np.geomspace(10, 1e7, 60)
figure, ax = plt.subplots(figsize=(7, 3.8))
for (label, neighbours), style in zip(neighbourhoods.items(), styles):
    ax.loglog(lengths, [bytes_sent(int(d), neighbours) / (4 * int(d)) for d in lengths], style, label=label)
    print(f"{label:27}: × {bytes_sent(100_000, neighbours) / 400_000:.2f} pour {100_000} paramètres")
ax.axvline(100_000, color="#D55E00", linewidth=1)
ax.set(xlabel="paramètres du modèle", ylabel="octets envoyés / octets en clair", title="Ce que le masque ajoute")
ax.legend();

# %% [markdown]
# **La figure en mots** : trois courbes descendent vers 1. Pour dix paramètres, on envoie de vingt fois (5 clients) à plus de trois mille
# fois plus (1 000 clients) ; au-delà d'un million, toutes touchent presque 1. Un trait vertical marque 100 000 paramètres.
#
# Les clés et les parts ont un prix fixe, qui dépend du nombre de voisins et non du modèle. À 100 000 paramètres : 1,00 à 5 clients, 1,32 à
# 1 000, et 1,10 avec les 318 voisins du graphe creux (un tiers de complices, un tiers de disparus). Un masque ne grossit pas le vecteur : c'est toute la différence
# avec le chiffrement homomorphe, qui multiplie souvent la taille des données.
#
# Et le temps ? Le banc du cours a joué de vrais tours, à 100 000 entiers par client : vecteurs tirés au hasard, messages en octets, secondes de
# processeur sur une machine à deux cœurs. Les clients perdus se taisent au pire moment, juste avant d'envoyer leur vecteur. En clair, un client enverrait 391 Kio.
#
# **Prédisez** : qui travaille le plus quand 30 % des clients disparaissent, un client ou le serveur ?

# %%
report = pd.read_json(racine / "bancs" / "resultats" / "agregation_securisee.json", typ="series")
print("commande :", report["command"], "; en clair :", round(4 * report["settings"]["length"] / 1024), "Kio")
bench = pd.json_normalize(report["rows"]).query("dropout != 0.1 and num_clients >= 500")
names = {"num_clients": "clients", "degree": "voisins", "dropout": "perdus", "client.cpu_s": "client (s)",
         "server.cpu_s": "serveur (s)", "client.kib_sent": "envoie (Kio)", "client.kib_received": "reçoit (Kio)"}  # fmt: skip
bench[list(names)].rename(columns=names).fillna({"voisins": bench["num_clients"] - 1}).astype({"voisins": int}).round(2)

# %% [markdown]
# Le serveur. Un client y passe moins d'un quart de seconde, que d'autres disparaissent ou non. Le serveur, lui, doit refaire les masques de chaque
# disparu avec chacun de ses voisins : deux à cinq fois plus de secondes quand 30 % manquent que si personne ne manque. Le graphe creux soulage surtout le client ; en échange, ses seuils ne valent que
# pour un serveur qui *suit* le protocole. Les octets collent à votre `bytes_sent`, enveloppe en plus. Ces
# temps ne comptent pas le réseau : cinq allers-retours au lieu d'un, et autant d'attentes du plus lent.
#
# ## 5. La somme aussi parle
#
# Le protocole ne cache pas la somme, et la leçon 2 a montré ce qu'elle trahit : par différence, ou à deux. Il y faut le
# bruit de la [confidentialité différentielle](../semaine_2/04_confidentialite_differentielle.ipynb). À la semaine 2, leçon 5,
# chaque hôpital protégeait ses *patients*. Ici, on protège un **client** entier : qu'il ait envoyé sa mise à jour ou
# rien, le modèle publié doit être presque le même.
#
# Qui met le bruit ? Le serveur ? Il faudrait lui confier la somme nue. Chaque client, assez pour se protéger seul ? Le total en serait noyé. Le
# protocole permet mieux : chacun met **une petite part**, avant de masquer. Le serveur n'apprend que la somme, qui porte *tout* le bruit.
#
# Trois détails comptent :
#
# - Le bruit est **entier**, et la somme de plusieurs doit suivre la même loi. Un Gauss arrondi n'a pas cette propriété. La loi de
#   **Skellam**, si : c'est la différence de deux lois de Poisson (Agarwal, Kairouz et Liu, 2021).
# - Une loi de Poisson, celle des événements rares que l'on compte, a pour variance sa moyenne $\mu$. Et quand on soustrait deux tirages indépendants,
#   leurs variances s'**additionnent**.
# - Un disparu emporte sa part, un complice connaît la sienne. On ne compte donc que sur les **honnêtes qui survivent** à coup sûr : le
#   seuil, moins les complices.
#
# ### ✏️ Exercice 5 — sa part de bruit
#
# 🔴🔴🔴 · 15 min
#
# `honest_survivors` parts additionnées doivent avoir la variance `target_variance`. Rendez la part d'un client, un tableau de `size` entiers : deux
# tirages de `size` valeurs par `rng.poisson`, le premier **moins** le second.
#
# **Résultat attendu** : `[-8, -46, -5, -14]` pour l'exemple sous l'exercice.
#
# <details><summary>Indice</summary>
#
# La variance d'une part est `target_variance / honest_survivors` ; chacun des deux Poisson en porte la moitié, et sa moyenne est sa variance.
# `rng.poisson(moyenne, size)` tire `size` entiers.
#
# </details>

# %%
def noise_share(target_variance: float, honest_survivors: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Rend la part de bruit d'un client, des entiers signés (size,)."""
    # début solution
    half = target_variance / honest_survivors / 2
    return rng.poisson(half, size) - rng.poisson(half, size)
    # fin solution


noise_share = verifier.noise_share(noise_share)
print(noise_share(900.0, 3, 4, np.random.default_rng(0)))

# %% [markdown]
# Quatre hôpitaux, seuil 3, aucun complice : trois honnêtes survivent à coup sûr.
#
# **Prédisez** : on vise une variance de 900. Que vaut celle de la somme si les quatre survivent ? Si deux survivants trichent et ne mettent
# rien ?

# %%
rng = np.random.default_rng(5)
shares = [noise_share(900.0, 3, 200_000, rng) for _ in range(4)]
for count in (4, 3, 2):
    print(f"{count} parts : variance {np.var(sum(shares[:count])):.0f}, pour {900} visés")

# %% [markdown]
# 1201, puis 902, au hasard du tirage près : jamais moins que promis tant que l'hypothèse tient. Deux parts n'en font plus que 602 : la protection promise n'y est plus,
# et **rien ne le montre**. Le bruit ne se vérifie pas.
#
# Reste à compter. `noise.PrivateMean` fait ce que vous venez d'écrire, écrête d'abord chaque mise à jour à la norme $C$ (c'est votre
# `clip_gradients` de la semaine 2, pour un client), et tient le compte d'ε, à δ = 10⁻⁵. $z$ est l'écart-type du bruit des honnêtes, divisé par $C$.
#
# **Prédisez** : à $z$ fixé, ε dépend-il du nombre de clients ? Et le bruit de la moyenne ?

# %%
DELTA, NUM_ROUNDS = 1e-5, 10


def private_mean(num_clients, dimension, max_norm, z):
    """La moyenne bruitée, au seuil d'office, sans complice."""
    return noise.PrivateMean(max_norm, dimension, num_clients, 2 * num_clients // 3 + 1, z)


for n in (5, 100, 1000):
    setting = private_mean(n, 650, max_norm=1.0, z=1.0)
    print(f"{n:5} clients : ε = {setting.epsilon(DELTA, NUM_ROUNDS):.1f} ; bruit par paramètre {setting.noise_stddev(n):.4f} C")

# %% [markdown]
# Le même ε partout, et un bruit près de deux cents fois plus petit à 1 000 clients qu'à 5 : il porte sur la *somme*, et la moyenne le divise par
# $n$. Si chacun devait se protéger seul, avec tout le bruit, elle ne le diviserait que par $\sqrt n$.
#
# Notez aussi ce que dit $z = 1$ : après 10 tours, ε = 19,8. La semaine 2 l'a montré, un tel ε ne promet à peu près rien. Pour un vrai budget, il faut plus de bruit.
# Combien en supportent nos quatre hôpitaux ? Comparons à celui qui reste **chez lui** : il apprend seul et n'envoie rien, donc ne révèle rien.
#
# **Prédisez** : à partir de quel ε vaut-il mieux se fédérer ?

# %%
from scipy.optimize import brentq


def noise_for(epsilon):
    """Le z qui tient dans ce budget ; il ne dépend ni du nombre de clients, ni de C."""
    return brentq(lambda z: private_mean(5, 650, 1.0, z).epsilon(DELTA, NUM_ROUNDS) - epsilon, 0.3, 100)


def private_rounds(start, clients, learn, setting, seed):
    """`NUM_ROUNDS` tours ; les masques s'annuleraient, on additionne donc les codes sans eux."""
    rng, model = np.random.default_rng(seed), start
    for _ in range(NUM_ROUNDS):
        total = sum(setting.encode(learn(model, client) - model, rng) for client in clients)
        model = model + setting.quantiser.decode_sum(total)[0]
    return model


def hospital_learn(model, center):
    """Un tour d'un hôpital, le modèle bout à bout."""
    return np.append(*federated.client_update([model[:-1], model[-1]], center.train.x, center.train.y, 0.5, 5))


def accuracy(model, test):
    """Part des patients de test bien classés."""
    return np.mean((federated.predict_probability([model[:-1], model[-1]], test.x) >= 0.5) == test.y)

# %%
centers, start = list(dataset.values()), np.zeros(NUM_FEATURES + 1)
rows = {}
for epsilon in (1, 3, 8, 20, np.inf):
    z = 0.0 if np.isinf(epsilon) else noise_for(epsilon)
    setting = private_mean(4, len(start), max_norm=0.1, z=z)
    scores = [accuracy(private_rounds(start, centers, hospital_learn, setting, seed), dataset.test) for seed in range(40 if z else 1)]
    low, high = np.quantile(scores, [0.05, 0.95])
    rows[f"ε = {epsilon}"] = {"z": z, "exactitude": np.mean(scores), "de": low, "à": high}
print(pd.DataFrame(rows).T.round(2))

alone = {}
for name, center in dataset.items():
    model = start
    for _ in range(NUM_ROUNDS):
        model = hospital_learn(model, center)
    alone[name] = round(float(accuracy(model, dataset.test)), 2)
print("chacun chez soi, ε = 0 :", alone, f"; n = {len(dataset.test)} patients de test")

# %% [markdown]
# Sans bruit, 0,81. À ε = 20, 0,79 : presque rien de perdu, mais ε = 20 ne promet rien. À ε = 8, 0,76 : le niveau d'un hôpital seul, ni mieux
# ni moins bien. À ε = 3, 0,65, et neuf tirages sur dix vont de 0,43 à 0,77 : **les quatre hôpitaux feraient mieux chacun chez soi**. À ε = 1, c'est
# pile ou face. (Nous avons essayé pour $C$ les valeurs `0.1`, `0.3` et `1`, sur ce jeu de test, et gardé le meilleur : un coup de pouce, qui n'a pas suffi. Et ces patients sont synthétiques.)
#
# Ce n'est pas un défaut du protocole. Cacher un hôpital parmi quatre, c'est vouloir qu'un quart de ce que l'on apprend puisse manquer sans que cela se
# voie. À quatre ou cinq
# hôpitaux, protégez plutôt les *patients*, par DP-SGD, et gardez l'agrégation sécurisée pour que le serveur ne lise rien.
#
# Et si les clients étaient bien plus nombreux ? Prenons des chiffres manuscrits **réels**, distribués à $n$ clients, de 5 à 1 000. Mêmes images, même
# modèle de 650 paramètres, même ε = 3 : seul $n$ change. À 1 000 clients, chacun n'a qu'une image ou deux : imaginez un patient par
# téléphone.

# %%
digits = data.load("digits", num_centers=1)
images, test_images = (np.c_[part.x, np.ones(len(part))] for part in (digits.train, digits.test))
targets = np.eye(10)[digits.train.y]


def digit_learn(model, rows, steps=3):
    """Trois pas de descente d'une régression à dix classes, sur les images `rows`."""
    weights, x, y = model.reshape(65, 10).copy(), images[rows], targets[rows]
    for _ in range(steps):
        scores = np.exp(x @ weights - (x @ weights).max(axis=1, keepdims=True))
        weights -= x.T @ (scores / scores.sum(axis=1, keepdims=True) - y) / len(rows)
    return weights.ravel()


def digit_accuracy(model):
    """Exactitude de test."""
    return np.mean((test_images @ model.reshape(65, 10)).argmax(axis=1) == digits.test.y)


def deal(n, seed):
    """Distribue les images à n clients."""
    return np.array_split(np.random.default_rng(seed).permutation(len(images)), n)


print(len(images), "images d'entraînement,", len(test_images), "de test,", 65 * 10, "paramètres")

# %% [markdown]
# **Prédisez** : où se croisent « chacun chez soi » et « fédéré, ε = 3 » ?

# %%
SIZES, results = (5, 20, 100, 1000), {}
for n in SIZES:
    for label, z in (("fédéré, sans bruit", 0.0), ("fédéré, ε = 3", noise_for(3))):
        setting = private_mean(n, 650, max_norm=1.0, z=z)
        models = [private_rounds(np.zeros(650), deal(n, s), digit_learn, setting, s) for s in range(3 if z else 1)]
        results[n, label] = np.mean([digit_accuracy(model) for model in models])
    own = [digit_learn(np.zeros(650), rows, 3 * NUM_ROUNDS) for rows in deal(n, 0)[:20]]
    results[n, "chacun chez soi"] = np.mean([digit_accuracy(model) for model in own])
sweep = pd.Series(results).unstack()
print(sweep.rename_axis("clients").round(3))

figure, ax = plt.subplots(figsize=(7, 3.8))
for label, style in (("fédéré, sans bruit", "k--"), ("fédéré, ε = 3", "ko-"), ("chacun chez soi", "ks:")):
    ax.semilogx(sweep.index, sweep[label], style, label=label)
ax.set_xticks(SIZES, [f"{n:,}".replace(",", " ") for n in SIZES])
ax.yaxis.set_major_formatter(lambda value, _: f"{value:.1f}".replace(".", ","))
ax.set(xlabel=f"clients, pour {len(images)} images", ylabel=f"exactitude de test (n = {len(test_images)})", title="Le bruit se partage")
ax.legend();

# %% [markdown]
# **La figure en mots** : de 5 à 1 000 clients, la courbe sans bruit descend à peine, de 0,92 à 0,88. « Chacun chez soi » s'effondre de 0,90 à 0,17. « Fédéré,
# ε = 3 » fait l'inverse : 0,14 à 5 clients, 0,48 à 20, 0,85 à 100, 0,86 à 1 000. Les deux se croisent entre 20 et 100 clients.
#
# À 5 clients, le bruit détruit le modèle ; seul, chacun s'en sortait presque aussi bien que tous ensemble. À 1 000, il ne coûte que deux centièmes, et sans fédération personne n'aurait
# de modèle. La confidentialité différentielle de client est faite pour les foules : des téléphones, des patients ; pas pour une poignée d'hôpitaux.
#
# (Trois graines par point pour ε = 3 ; « chacun chez soi » est la moyenne de vingt clients au plus. Les réglages viennent de quelques essais sur ce même jeu de test, et l'écart entre deux points voisins, à 100 et à 1 000, ne
# compte pas : 611 images donnent deux ou trois centièmes d'incertitude.)
#
# Sur Flower, deux lignes changent : la même `Private` est donnée des deux côtés. L'hôpital applique lui-même son écrêtage et son bruit, et refuse tout autre réglage.
#
# **Prédisez** : que répond un hôpital à un serveur qui a « oublié » le bruit ?

# %%
private = secagg.announcement.Private(max_norm=0.1, noise_multiplier=2.02)
private_app = secagg.flower_mod.secured(app, keyrings, private)
strategy = flower.SecureAggregation(FedAvg(min_train_nodes=4), keyrings.identities, private)
private_run = run(private_app, strategy, NUM_ROUNDS)
print(f"ε après {NUM_ROUNDS} tours : {strategy.epsilon(DELTA):.1f}")
careless = flower.SecureAggregation(FedAvg(min_train_nodes=4), keyrings.identities, encoding, on_abort="skip")
run(private_app, careless, 1)
print(careless.rounds[0].refusals[1])

# %% [markdown]
# Il refuse, dit pourquoi, et n'envoie rien : le tour n'a pas lieu. La règle est chez lui, dans `secured(app, keyrings, private)`, et non dans le message du serveur.
#
# ### Ce qui reste à découvert
#
# **Prédisez** : dans l'entraînement sécurisé de la section 3, quels nombres de chaque hôpital le serveur a-t-il lus en clair ?

# %%
secure.to_frame().query("round == 20").drop(columns=["round", "split"])

# %% [markdown]
# - **L'évaluation.** Exactitudes et effectifs de test partent en clair. Pour 15 patients suisses, 0,867 se lit « 13 sur 15 ».
# - **Qui participe.** Le serveur sait qui est là, qui tombe et quand ; et il choisit.
# - **La vérité.** Un client ment sans être vu. `max_abs` et `max_examples` bornent ce qu'il pèse, rien de plus ; et trouver le fautif demanderait de
#   voir les mises à jour. Médianes et autres défenses robustes sont impossibles ici : `SecureAggregation` les refuse.
# - **Le petit nombre.** Une somme de deux n'a pas de secret pour ses auteurs. Chaque hôpital fixe un minimum dans son trousseau : trois, d'office.
# - **Le code.** Tout suppose que l'hôpital exécute *ce* mod. Un SuperNode exécute l'application que le SuperLink lui envoie : il faut la signer.
#
# L'agrégation sécurisée rend un serveur aveugle aux mises à jour. Elle ne rend pas le modèle anonyme. Elle ne dispense ni d'une base légale (RGPD,
# art. 6), ni de l'exception que demande une donnée de santé (art. 9, § 2), ni, quand elle est requise, d'une analyse d'impact (art. 35 ; [le texte](https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX:32016R0679), et la leçon 3 de
# la semaine 2). Cette leçon n'est pas un conseil juridique.
#
# ## À retenir
#
# - Multiplier, arrondir, replier modulo $2^{32}$ : l'erreur d'une moyenne est d'au plus $m / 2sN$, et un débordement doit être refusé.
# - Masquer $n_k x_k$ et $n_k$ suffit à la moyenne pondérée ; une absence trahit pourtant un effectif.
# - On enrobe la stratégie et le client, sans les réécrire : même modèle à l'arrondi près, même exactitude, et une panne laisse une somme exacte, ou rien.
# - Le prix en octets tient aux voisins, pas au modèle : lourd pour 14 paramètres, presque nul pour un million.
# - Chacun met une part du bruit. À une poignée d'hôpitaux, il détruit le modèle à tout ε utile ; à mille clients, il se fait oublier.
#
# ## Quiz
#
# **1. Vous doublez le nombre de clients autorisés, sans rien changer d'autre. Que devient l'échelle de quantification ?**
#
# - a) Elle double, car il y a plus de données.
# - b) Elle est divisée par deux.
# - c) Elle ne change pas.
#
# <details><summary>Réponse</summary>
#
# - a) Non : la plus grande somme possible doublerait deux fois, et déborderait.
# - b) **Oui** : la somme de tous doit rester sous $2^{31}$. Chacun a donc moitié moins de place.
# - c) Non : quatre clients, tous à leur maximum, tiendraient encore ; huit déborderaient, et en silence.
#
# </details>
#
# **2. Cinq hôpitaux, un complice possible, un réseau de 100 000 paramètres. Que coûte l'agrégation sécurisée ?**
#
# - a) Un vecteur dix fois plus gros : tout est chiffré.
# - b) Presque aucun octet, cinq allers-retours, et un tour annulé si deux hôpitaux tombent.
# - c) Quelques points d'exactitude.
#
# <details><summary>Réponse</summary>
#
# - a) Non : un entier masqué fait 32 bits, comme un `float32`.
# - b) **Oui** : les clés et les parts se perdent dans un grand vecteur ; le seuil, 4, ne tolère qu'un disparu.
# - c) Non : l'écart au modèle en clair est celui de l'arrondi. C'est le *bruit*, si l'on en ajoute, qui coûte.
#
# </details>
#
# **3. Quatre hôpitaux veulent publier un modèle avec ε = 1, un client étant un hôpital. Que leur conseillez-vous ?**
#
# - a) D'ajouter des tours, pour que le bruit se moyenne.
# - b) De protéger plutôt leurs patients, par DP-SGD, et de masquer les mises à jour.
# - c) De baisser le bruit à $z = 1$.
#
# <details><summary>Réponse</summary>
#
# - a) Non : chaque tour dépense du budget. À ε fixé, plus de tours veut dire plus de bruit par tour.
# - b) **Oui** : un patient se cache parmi des centaines, un hôpital pas parmi quatre. Le serveur, lui, ne lit que la somme.
# - c) Non : dix tours à $z = 1$ coûtent ε = 19,8.
#
# </details>
#
# ## Pour aller plus loin
#
# - Agarwal, Kairouz et Liu, 2021, *The Skellam Mechanism for Differentially Private Federated Learning*, [arXiv:2110.04995](https://arxiv.org/abs/2110.04995) : le bruit de cette leçon.
# - Kairouz, Liu et Steinke, 2021, *The Distributed Discrete Gaussian Mechanism*, [arXiv:2102.06387](https://arxiv.org/abs/2102.06387) : un autre bruit entier, et pourquoi la somme compte.
# - McMahan et al., 2018, *Learning Differentially Private Recurrent Language Models*, [arXiv:1710.06963](https://arxiv.org/abs/1710.06963) : la confidentialité de client, avec des milliers de téléphones.
# - La documentation de Flower sur les [mods](https://flower.ai/docs/framework/how-to-use-built-in-mods.html).
# - Le code : `common/secure_aggregation/by_hand.py`, vos cinq fonctions ; `quantisation.py`, la borne et sa preuve ; `noise.py`, le compte ; `flower.py` et `flower_mod.py`, ce que vous avez enrobé.
# - Essayez : remplacez `FedAvg` par `FedAdam` dans `SecureAggregation`, puis par `FedMedian`. Lequel refuse, et pourquoi ?
#
# ## Leçon suivante
#
# Deux programmes prolongent ces leçons : le système complet, serveur HTTPS et clients, dans
# [`agregation_securisee/`](agregation_securisee/README.md) ; et Flower entre plusieurs machines, dans [`deploiement/`](deploiement/README.md).
