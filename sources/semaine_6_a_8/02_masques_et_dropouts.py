# %% [markdown]
# # Masques et disparitions : additionner sans rien lire
#
# **Durée** : 100 min · **Prérequis** : leçon 1 de ces semaines, NumPy, les dictionnaires de Python · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Masquer un vecteur, paire par paire, et vérifier que la somme reste exacte.
# - Réparer la somme quand un hôpital disparaît en chemin.
# - Partager un secret entre plusieurs hôpitaux, et le reconstruire à quelques-uns.
# - Attaquer le protocole à la place du serveur, et trouver le seuil qui l'arrête.
# - Lire dans une somme exacte ce qu'elle révèle encore.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.stats import chisquare

from common import secure_aggregation as secagg
from common.secure_aggregation import messages, primitives, rehearsal, shamir
from common.verifier import semaine_6_a_8 as verifier

# %% [markdown]
# ## 1. Un nombre que deux hôpitaux partagent
#
# La [leçon 1](01_chiffrer_n_est_pas_agreger.ipynb) l'a montré : chiffrer jusqu'au serveur ne cache rien *au serveur*. Ici, il
# fera la somme de messages qu'il ne sait pas lire.
#
# Sept hôpitaux étudient une maladie rare. Chacun compte ses malades par tranche d'âge. Ils veulent le total ; aucun ne veut
# montrer ses comptes, car un compte de 1 désigne presque quelqu'un. Toutes les données de cette leçon sont **synthétiques** : des
# nombres inventés, tirés au sort ci-dessous. Des entiers, exprès ; les mises à jour d'un modèle attendront la leçon 3.

# %%
HOSPITALS = ("Amiens", "Brest", "Caen", "Dijon", "Évry", "Foix", "Gap")
AGES = ("0-17", "18-34", "35-49", "50-64", "65-79", "80 et +")
NUM = len(HOSPITALS)
rng = np.random.default_rng(2)
counts = rng.poisson([1, 2, 3, 5, 6, 4], (NUM, len(AGES))).astype(np.uint32)  # malades, inventés
pd.DataFrame(counts, HOSPITALS, AGES)

# %% [markdown]
# Voici l'idée, pour une tranche d'âge et trois hôpitaux. Chaque *paire* convient en secret d'un grand nombre au hasard, un
# **masque**. L'un des deux l'ajoute à son compte, l'autre le retire du sien. On calcule **modulo** $2^{32}$, comme une montre
# qui aurait $2^{32}$ heures : après $2^{32} - 1$ vient 0.

# %%
R = 2**32
amiens, brest, caen = (int(n) for n in counts[:3, 4])
ab, ac, bc = (int(n) for n in rng.integers(R, size=3))  # un masque par paire
sent = [(amiens + ab + ac) % R, (brest - ab + bc) % R, (caen - ac - bc) % R]
print("ce que lit le serveur :", sent)
print("ce qu'il en tire      :", sum(sent) % R, "; la vraie somme :", amiens + brest + caen)

# %% [markdown]
# **Prédisez** : le serveur lit le message d'Amiens, et sait calculer. Quels comptes peut-il exclure ?

# %%
for count in (0, 8, 4000):
    print(f"si Amiens avait compté {count:4}, ses deux masques feraient ensemble {(sent[0] - count) % R}")

# %% [markdown]
# Aucun. À chaque compte possible correspond un masque, et un seul, qui donne ce message ; tous les masques étaient aussi
# probables. Les trois messages ensemble ne lui disent qu'une chose : leur somme, où chaque masque est entré une fois avec un
# plus et une fois avec un moins.
#
# Pourquoi modulo ? Tout le monde pense d'abord à un bruit ordinaire, une gaussienne. Essayons : supposons 12 malades à
# Amiens, qui renvoie ce compte dix mille fois, chaque fois sous un masque neuf. Brest en aurait 30, et retire le même masque.
#
# **Prédisez** : avec un bruit d'écart-type 100, que peut faire le serveur ? Et avec un écart-type de $10^{17}$ ?

# %%
rounds = 10_000
for width in (1e2, 1e17):
    masks = rng.normal(0, width, rounds)
    mean, error, total = np.mean(12 + masks), width / np.sqrt(rounds), (12 + masks[0]) + (30 - masks[0])
    print(f"σ = {width:g} : moyenne des messages {mean:.3g} ± {error:.2g} ; somme {total:.4g}")
print("près du premier de ces masques énormes, deux nombres à virgule voisins diffèrent de", abs(np.spacing(masks[0])))
for count in (12, 4000):
    masks = rng.integers(R, size=rounds)
    mean, total = np.mean((count + masks) % R) / R, (count + masks[0] + 30 - masks[0]) % R
    print(f"modulo, compte {count} : moyenne des messages {mean:.2f} × 2^32 ; somme {total}")

# %% [markdown]
# Avec un petit bruit, la moyenne vaut 13,2 à 1 près : le secret fuit, un peu plus à chaque tour. Avec un bruit énorme, il ne
# fuit plus guère, mais la somme vaut 40 au lieu de 42 : à cette hauteur, les nombres à virgule sautent de 4 en 4, et les deux
# dernières unités se sont perdues. Un bruit ordinaire cache ou compte juste, pas les deux. Modulo $2^{32}$, le message est **uniforme** : sa moyenne
# vaut la moitié de $2^{32}$, que le compte soit 12 ou 4000. Et la somme est exacte.
#
# Reste à convenir d'un nombre avec un hôpital à qui l'on ne parle qu'à travers le serveur ! C'est le tour de magie de Diffie et
# Hellman (1976). Chacun tire une clé **privée**, et publie la clé **publique** qui s'en déduit. Ma privée avec
# votre publique, ou votre privée avec ma publique : le même secret. Le serveur, qui voit toutes les publiques, ne sait pas le
# calculer. La fonction X25519, sur une courbe elliptique, le fait en deux lignes.

# %%
rng = np.random.default_rng(3)  # pour que vous lisiez nos nombres ; en vrai : primitives.x25519_keypair()
BASE = bytes([9]) + bytes(31)  # le point de départ de X25519 : publique = privée × base
private = [rng.bytes(32) for _ in HOSPITALS]
public = [primitives.x25519(key, BASE) for key in private]

at_amiens = primitives.agree(private[0], public[1], b"masque")  # b"masque" : à quoi servira ce secret
at_brest = primitives.agree(private[1], public[0], b"masque")
print("même secret des deux côtés :", at_amiens == at_brest, ";", len(at_amiens), "octets")
print("le début du masque :", primitives.mask(at_amiens, 3))

# %% [markdown]
# Ces 32 octets sont une **graine**. `primitives.mask(graine, longueur)` l'étire en un masque aussi long qu'il faut, un flot d'entiers
# de 32 bits tiré d'AES. Les deux hôpitaux l'étirent pareil, et rien d'autre que les clés publiques n'a voyagé.

# %%
def seeds_of(hospital, key):
    """Rend les graines qu'un hôpital partage avec chacun des autres : pair -> 32 octets ; `key` : sa clé privée."""
    peers = [peer for peer in range(NUM) if peer != hospital]
    return {peer: primitives.agree(key, public[peer], b"masque") for peer in peers}

# %% [markdown]
# ### ✏️ Exercice 1 — le vecteur masqué
#
# 🔴🔴⚪ · 10 min
#
# Masquez `vector`. Pour chaque pair de `seeds`, étirez la graine à la longueur du vecteur ; **ajoutez** le masque si `client` a le
# plus petit numéro des deux, **retirez-le** sinon. Des `uint32` débordent tout seuls modulo $2^{32}$ : n'écrivez pas de `%`.
#
# **Résultat attendu** : `masked_vector(np.array([5, 7], np.uint32), 0, {2: bytes(32)})` vaut `[2025887201 2307473577]`. Le client 1,
# avec `{0: bytes(32), 2: bytes(32)}`, ajoute et retire le même masque : `[5 7]`.
#
# <details><summary>Indice</summary>
#
# Une boucle sur `seeds.items()`. `masked = masked + m`, ou `masked - m` : ni `+=` sur le vecteur reçu, qui changerait celui de
# l'hôpital, ni `-1 * m`, car un `uint32` n'a pas de −1.
#
# </details>

# %%
def masked_vector(vector: np.ndarray, client: int, seeds: dict[int, bytes]) -> np.ndarray:
    """Rend le vecteur et ses masques ; vector : (n,) uint32, seeds : pair -> graine."""
    # début solution
    masked = vector
    for peer, seed in seeds.items():
        mask = primitives.mask(seed, len(vector))
        masked = masked + mask if client < peer else masked - mask
    return masked
    # fin solution


masked_vector = verifier.masked_vector(masked_vector)
example = np.array([5, 7], np.uint32)
print(masked_vector(example, 0, {2: bytes(32)}), masked_vector(example, 1, {0: bytes(32), 2: bytes(32)}))

# %%
def add(vectors):
    """Additionne des vecteurs modulo 2^32."""
    return np.sum(vectors, axis=0, dtype=np.uint32)


sent = np.array([masked_vector(counts[k], k, seeds_of(k, private[k])) for k in range(NUM)])
print("Amiens envoie  ", sent[0])
print("somme des sept ", add(sent))
print("vraie somme    ", add(counts))

# %% [markdown]
# La somme est exacte, à l'unité. Le message d'Amiens, lui, a l'air de bruit. Mais « a l'air » n'est pas un test.
# Prenons un long vecteur, cent mille petits comptes, et rangeons ses valeurs en seize classes égales, de 0 à $2^{32}$.
#
# **Prédisez** : combien de classes occupe le vecteur ? Et le message masqué ?

# %%
long_vector = rng.poisson(3, 100_000).astype(np.uint32)
message = masked_vector(long_vector, 0, seeds_of(0, private[0]))
bins = np.linspace(0, R, 17)
classes = {name: np.histogram(v, bins)[0] for name, v in (("le vecteur", long_vector), ("le message", message))}
for name, observed in classes.items():
    print(f"{name} : classes de {observed.min()} à {observed.max()}, p = {chisquare(observed).pvalue:.2f}")

figure, axes = plt.subplots(1, 2, figsize=(10, 3.4), sharex=True)
for ax, (name, observed) in zip(axes, classes.items(), strict=True):
    ax.bar(bins[:-1], observed, width=R / 16, align="edge", color="0.75", edgecolor="black")
    ax.axhline(len(message) / 16, color="black", linestyle="--", label="loi uniforme")
    ax.set(xlabel="valeur d'une entrée", ylabel="nombre d'entrées", title=f"{name.capitalize()} (données synthétiques)")
    ax.set_xticks([0, R // 2, R], ["0", "$2^{31}$", "$2^{32}$"])
axes[1].legend(loc="lower right")
figure.tight_layout()

# %% [markdown]
# **La figure en mots** : à gauche, une seule barre, la première, qui tient les cent mille entrées. À droite, seize barres de
# même hauteur, posées sur le trait de la loi uniforme.
#
# Le test du χ² (khi-deux) compare à la loi uniforme. Le vecteur en est aussi loin que possible, p = 0,00 ; le message n'en est pas
# discernable, p = 0,84. Attention : un histogramme plat ne *prouve* rien. Étirez une graine de quatre octets, il sera aussi plat,
# et pourtant il suffit d'essayer quatre milliards de graines pour l'enlever. (SecAgg+, l'agrégation sécurisée livrée avec Flower 1.41,
# replie ainsi les siennes ; nous l'avons lu dans son code.) Ce qui protège, c'est une graine de 32 octets, et la solidité d'AES et de X25519.
#
# ## 2. Un hôpital disparaît
#
# Tous étaient là. Sur un vrai réseau, il y a toujours un absent. Foix et Gap ont publié leurs clés, les autres ont masqué avec
# eux ; puis plus rien.
#
# **Prédisez** : il manque deux messages sur sept. La somme des cinq autres est-elle un peu fausse, ou tout à fait ?

# %%
survivors, dropped = [0, 1, 2, 3, 4], [5, 6]
total = add(sent[survivors])
print("somme reçue :", total)
print("vraie somme :", add(counts[survivors]))

# %% [markdown]
# Tout à fait. Le masque qu'Amiens partage avec Foix est resté seul : personne ne l'a retiré. Un seul absent gâche tout le tour.
# Mais qui aurait les graines de Foix pourrait envoyer à sa place ce qui manque : ses masques, sans son vecteur.
#
# ### ✏️ Exercice 2 — réparer la somme
#
# 🔴⚪⚪ · 5 min
#
# `seeds` associe à chaque disparu `d` toutes ses graines, pair -> graine. Faites pour lui ce qu'il n'a pas fait : ajoutez ses
# masques au total, avec ses signes. Le masque de Foix avec Gap n'est dans aucun message ; faut-il l'écarter ?
#
# **Résultat attendu** : sous l'exercice, la somme réparée est celle des cinq survivants.
#
# <details><summary>Indice</summary>
#
# Le total est un vecteur comme un autre : `masked_vector(total, d, …)` lui ajoute les masques de `d`. Gardez le résultat pour le
# disparu suivant.
#
# </details>

# %%
def repair(total: np.ndarray, seeds: dict[int, dict[int, bytes]]) -> np.ndarray:
    """Rend la somme des survivants, sans les masques que les disparus ont laissés seuls."""
    # début solution
    for d, pair_seeds in seeds.items():
        total = masked_vector(total, d, pair_seeds)
    return total
    # fin solution


repair = verifier.repair(repair)
print("somme réparée :", repair(total, {d: seeds_of(d, private[d]) for d in dropped}))

# %% [markdown]
# Réparée, et rien à écarter : vous avez ajouté pour Foix le masque qu'il partage avec Gap, et vous l'avez retiré pour Gap.
#
# Mais d'où viennent les graines de Foix, puisque Foix n'est plus là ? De sa clé privée, qu'il doit avoir laissée *avant*. À un
# confrère ? Le serveur n'aurait qu'un hôpital à corrompre, et s'il disparaît aussi, tout est perdu. En morceaux, alors : chacun en
# a un, et il en faut plusieurs. C'est le **partage de secret** de Shamir (1979).
#
# Par deux points passe une droite, et une seule. Par trois points, une parabole. Cachons le secret à la hauteur d'un polynôme
# **en 0**, tirons ses autres coefficients au sort, et donnons à l'hôpital $x$ la hauteur en $x$ :
#
# $$f(x) = s + c_1 x + c_2 x^2 + \dots + c_{t-1} x^{t-1} \mod p$$
#
# Avec $t$ **parts**, on retrouve le polynôme, donc $s$. Le nombre $t$ est le **seuil**. On calcule modulo un nombre premier $p$,
# encore pour que rien ne fuie.
#
# ### ✏️ Exercice 3 — partager
#
# 🔴⚪⚪ · 5 min
#
# Rendez la part de chaque point de `points` : $f(x)$ modulo `prime`. `coefficients` contient $c_1, c_2, \dots$, dans cet ordre.
#
# **Résultat attendu** : `share_secret(42, [3, 1], [1, 2, 3], 101)` vaut `{1: 46, 2: 52, 3: 60}`.
#
# <details><summary>Indice</summary>
#
# `enumerate(coefficients, start=1)` donne chaque puissance avec son coefficient. Un dictionnaire en compréhension, avec `% prime`
# à la fin du calcul.
#
# </details>

# %%
def share_secret(secret: int, coefficients: list[int], points: list[int], prime: int) -> dict[int, int]:
    """Rend les parts : point -> valeur du polynôme."""
    # début solution
    return {x: (secret + sum(c * x**k for k, c in enumerate(coefficients, start=1))) % prime for x in points}
    # fin solution


share_secret = verifier.share_secret(share_secret)
shares = share_secret(42, [3, 1], [1, 2, 3], 101)
print(shares)

# %% [markdown]
# Dans l'autre sens, Lagrange donne la valeur en 0 sans chercher le polynôme :
#
# $$s = \sum_i y_i \prod_{j \ne i} \frac{x_j}{x_j - x_i} \mod p$$
#
# Modulo $p$, on ne divise pas : on multiplie par l'**inverse**, que Python calcule. `pow(4, -1, 101)` vaut 76, car
# $4 \times 76 = 304 = 3 \times 101 + 1$.
#
# ### ✏️ Exercice 4 — reconstruire
#
# 🔴🔴🔴 · 15 min
#
# Écrivez cette formule. `shares` associe à chaque point sa part ; servez-vous de toutes. Restez dans les entiers : une division
# ordinaire donnerait des virgules.
#
# **Résultat attendu** : `reconstruct({1: 46, 2: 52, 3: 60}, 101)` vaut `42`, et de même avec les parts dans un autre ordre.
#
# <details><summary>Indice</summary>
#
# Pour chaque part, partez de `y`, et parcourez les autres points : multipliez par `other * pow(other - x, -1, prime)`. Ajoutez le
# tout, et rendez le total modulo `prime`.
#
# </details>

# %%
def reconstruct(shares: dict[int, int], prime: int) -> int:
    """Rend le secret ; shares : point -> valeur."""
    # début solution
    secret = 0
    for x, y in shares.items():
        for other in shares:
            if other != x:
                y = y * other * pow(other - x, -1, prime)
        secret += y
    return secret % prime
    # fin solution


reconstruct = verifier.reconstruct(reconstruct)
print(reconstruct(shares, 101), reconstruct({3: 60, 1: 46, 2: 52}, 101))

# %% [markdown]
# Trois parts rendent 42. Et deux ? Un curieux qui a les parts des points 1 et 2 peut essayer toutes les valeurs possibles de la
# troisième.
#
# **Prédisez** : sur les 101 secrets possibles, combien peut-il en écarter ?

# %%
guesses = {y: reconstruct({1: 46, 2: 52, 3: y}, 101) for y in range(101)}
print("secrets encore possibles :", len(set(guesses.values())), "sur 101")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
x = np.linspace(0, 3.2, 100)
for secret, style in ((10, ":"), (25, "-."), (42, "-"), (55, "--")):
    left.plot(x, np.polyval(np.polyfit([0, 1, 2], [secret, 46, 52], 2), x), f"k{style}")
    left.plot(0, secret, "ks", markerfacecolor="white")
left.plot([1, 2], [46, 52], "ko", label="les deux parts connues")
left.set(xlabel="point", ylabel="hauteur", xticks=range(4), title="Par deux points, mille paraboles")
left.legend(loc="lower right")
right.plot(guesses.keys(), guesses.values(), "k.")
right.plot(60, 42, "ks", markerfacecolor="none", markersize=10, label="le vrai")
right.set(xlabel="troisième part, inconnue", ylabel="secret reconstruit", title="Modulo 101 : à chaque part son secret")
right.legend()
figure.tight_layout()

# %% [markdown]
# **La figure en mots** : à gauche, quatre paraboles passent par les deux mêmes points et arrivent en 0 à quatre hauteurs, les
# carrés blancs. À droite, deux rangées montantes de points : chaque valeur de la troisième part donne son secret, et tous y passent.
#
# Il n'en écarte aucun : les 101 restent possibles, chacun une fois. Ce n'est pas qu'il lui faudrait du temps ; avec deux
# parts, *personne* ne peut rien savoir. Le vrai partage du cours, `shamir`, fait de même pour 32 octets, modulo un nombre premier qui
# dépasse $2^{256}$.

# %%
foix_key = shamir.split(private[5], points=range(1, NUM + 1), threshold=5)
kept = {x: share for x, share in foix_key.items() if x not in (2, 6)}
print(f"cinq parts de {len(kept[1])} octets rendent la clé de Foix :", shamir.combine(kept, 5) == private[5])
try:
    shamir.combine(dict(list(kept.items())[:4]), 5)
except secagg.ProtocolError as error:
    print("quatre parts :", error)

# %% [markdown]
# ## 3. Le retardataire
#
# Tout semble réglé : Foix disparaît, cinq hôpitaux rendent leur part de sa clé, le serveur refait ses masques et répare. Mais
# Foix n'était que **lent**. Son message masqué arrive maintenant.
#
# **Prédisez** : que sait le serveur ?

# %%
key_of_foix = shamir.combine(kept, 5)
masks_of_foix = masked_vector(np.zeros(len(AGES), np.uint32), 5, seeds_of(5, key_of_foix))
print("le serveur lit :", sent[5] - masks_of_foix)
print("Foix a compté  :", counts[5])

# %% [markdown]
# Tout ! Le serveur n'a même pas triché. Il a réparé, puis un message en retard est arrivé. Un serveur moins honnête n'aurait qu'à
# le *prétendre* en retard.
#
# Le remède de Bonawitz et de ses collègues (2017) : un **second masque**. Chaque hôpital $u$ tire pour lui seul une graine
# $b_u$, et en masque aussi son vecteur. Il partage ses **deux** secrets entre tous : sa graine, et sa clé privée. Puis, de chacun, on
# ne rendra jamais que l'un des deux :
#
# - il a **survécu** : sa graine, pour ôter son second masque ; ses masques de paires se sont annulés ;
# - il a **disparu** : sa clé, pour réparer. Si son message arrive après coup, le second masque le couvre encore.
#
# Le tour entier a cinq étapes. Le programme est dans `common/secure_aggregation/` : un `Client` et un `Server`, sans réseau, à
# lire à côté de l'article.
#
# | Étape | Chaque client envoie |
# |---|---|
# | `KEYS` | deux clés publiques, l'une pour les masques, l'autre pour sceller les parts ; signées, pour que le serveur n'y glisse pas les siennes |
# | `SHARES` | une part de ses deux secrets à chacun, scellée pour lui |
# | `MASKED` | son vecteur, sous tous ses masques |
# | `CONFIRMATIONS` | sa signature de la liste des survivants |
# | `UNMASKINGS` | une part par hôpital : graine, ou clé |
#
# Avec un seuil de 5 sur 7, deux hôpitaux peuvent se taire. Faisons-les taire à chaque étape.
#
# **Prédisez** : un hôpital qui se tait *après* avoir envoyé son vecteur masqué compte-t-il dans la somme ?

# %%
signing_keys, identities = secagg.signing_keypairs(NUM)  # chacun connaît d'avance les identités des autres


def new_round(threshold):
    """Rend les sept clients d'un tour neuf ; ils n'exigent du seuil que d'être 2, pour que l'on puisse jouer."""
    parameters = secagg.Parameters(rng.bytes(16), 1, identities, threshold, len(AGES))
    return [secagg.Client(parameters, k, key, minimum_threshold=2) for k, key in enumerate(signing_keys)]


for stage in list(secagg.Stage)[:-1]:
    server = secagg.rehearse(new_round(5), counts, silent_from={5: stage, 6: stage})
    exact = np.array_equal(server.total, add(counts[sorted(server.survivors)]))
    print(f"Foix et Gap muets dès {stage.name:13} : somme de {len(server.survivors)}, exacte : {exact}")

# %% [markdown]
# Oui, il compte : muets après `MASKED`, ils sont sept dans la somme. Avant, cinq. Et à chaque fois elle est exacte.
#
# **Prédisez** : et si un troisième se tait ?

# %%
for silent in ((5, 6), (4, 5, 6)):
    try:
        server = secagg.rehearse(new_round(5), counts, dict.fromkeys(silent, secagg.Stage.UNMASKINGS))
        print(f"{len(silent)} muets : {server.total}")
    except secagg.AbortError as error:
        print(f"{len(silent)} muets : {error}")

# %% [markdown]
# Sous le seuil, rien. Le tour est perdu, on le recommencera. Une somme fausse aurait été pire.
#
# ## 4. Vous êtes le serveur, et vous trichez
#
# Jusqu'ici, le serveur suivait la règle. À vous de ne pas la suivre. Votre cible : les comptes d'Amiens. Vous avez son message, et
# il vous manque deux secrets. Ses confrères les ont en morceaux. Commençons par des clients **naïfs**, qui rendent ce qu'on leur
# demande.
#
# **Prédisez** : en combien de mensonges aurez-vous les comptes d'Amiens ?

# %%
own_seed = rng.bytes(32)
message = masked_vector(counts[0] + primitives.mask(own_seed, len(AGES)), 0, seeds_of(0, private[0]))
points = range(1, NUM + 1)
held_seed, held_key = shamir.split(own_seed, points, 5), shamir.split(private[0], points, 5)


def naive_client(holder, survivors, dropped):
    """Rend la part de la graine de chaque survivant, de la clé de chaque disparu, sans rien contrôler."""
    return [held_seed[holder]] * (0 in survivors) + [held_key[holder]] * (0 in dropped)


print("parts rendues par Brest :", len(naive_client(2, survivors=[0, 1, 2, 3, 4], dropped=[0, 5, 6])))

# %% [markdown]
# Deux parts, en un seul mensonge : Amiens figurait dans les deux listes, et le naïf n'a rien vu. (Le client SecAgg+ de Flower 1.41
# ne le vérifie pas non plus ; nous l'avons lu dans `secaggplus_mod.py`, pas attaqué.) Demandez-les à tous, et reconstruisez.
#
# ### ✏️ Exercice 5 — voler un vecteur
#
# 🔴🔴⚪ · 10 min
#
# Vous avez le message masqué d'un client, sa graine à lui, et ses graines de paires. Rendez son vecteur.
#
# **Résultat attendu** : sous l'exercice, les comptes d'Amiens, au malade près.
#
# <details><summary>Indice</summary>
#
# Masquez un vecteur de zéros (`np.zeros_like(masked)`) : vous obtenez la somme de ses masques de paires, avec leurs signes.
# Retirez-la du message, et retirez aussi `primitives.mask(seed, …)`.
#
# </details>

# %%
def steal(masked: np.ndarray, client: int, seed: bytes, pair_seeds: dict[int, bytes]) -> np.ndarray:
    """Rend le vecteur de `client` ; masked : (n,) uint32, seed : sa graine, pair_seeds : pair -> graine."""
    # début solution
    pair_masks = masked_vector(np.zeros_like(masked), client, pair_seeds)
    return masked - pair_masks - primitives.mask(seed, len(masked))
    # fin solution


steal = verifier.steal(steal)
answers = {holder: naive_client(holder, survivors=[0], dropped=[0]) for holder in points}
seed = shamir.combine({holder: shares[0] for holder, shares in answers.items()}, 5)
key = shamir.combine({holder: shares[1] for holder, shares in answers.items()}, 5)
print("volé à Amiens :", steal(message, 0, seed, seeds_of(0, key)), "; ses comptes :", counts[0])

# %% [markdown]
# Volé, au malade près. Passons au vrai `Client`. Il ne vous demande pas quoi rendre : il lit *une* liste de survivants, et choisit
# lui-même, graine ou clé. Mentez donc sur la liste : dites aux uns qu'Amiens a survécu, aux autres qu'il a disparu. Chaque groupe
# rendra l'un des secrets.
#
# Vous pouvez aussi avoir des **complices** : des hôpitaux à vous, qui signent les deux listes et répondent des deux côtés.
# D'abord, les trois premières étapes, sans tricher.

# %%
def collect(clients):
    """Joue les trois premières étapes, et rend ce que le serveur a vu passer : étape -> client -> message."""
    server, orders, seen = secagg.Server(clients[0].parameters), dict.fromkeys(range(NUM)), {}
    while server.stage < secagg.Stage.CONFIRMATIONS:
        stage = server.stage
        seen[stage] = {k: rehearsal.answer(clients[k], stage, order, counts[k]) for k, order in orders.items()}
        for k, answer in seen[stage].items():
            server.receive(k, answer)
        orders = server.close()
    return seen


def ask(clients, group, survivors):
    """Dit `survivors` à un groupe, lui fait signer cette liste, et rend ce qu'il livre."""
    told = messages.Survivors(tuple(survivors))
    signatures = {k: clients[k].confirm(told).signature for k in group}
    return [clients[k].unmask(messages.Confirmations(signatures)) for k in group]

# %%
def twin(client):
    """Dédouble un complice : la même mémoire, pour tenir un second discours."""
    copied = secagg.Client(client.parameters, client.number, signing_keys[client.number], minimum_threshold=2)
    return copied.restore(client.to_bytes())


def split_view(threshold, accomplices=()):
    """Attaque Amiens, numéro 0 : deux listes pour deux groupes, les complices dans les deux."""
    clients = new_round(threshold)
    seen, honest = collect(clients), [k for k in range(NUM) if k not in accomplices]
    twins = clients[: len(honest)] + [twin(clients[k]) for k in accomplices]
    alive = ask(clients, [*honest[::2], *accomplices], range(NUM))  # Amiens, et un honnête sur deux
    gone = ask(twins, [*honest[1::2], *accomplices], range(1, NUM))  # les autres : « Amiens a disparu »
    seed = shamir.combine({a.client + 1: a.seed_shares[0] for a in alive}, threshold)
    key = shamir.combine({a.client + 1: a.key_shares[0] for a in gone}, threshold)
    keys, parameters = seen[secagg.Stage.KEYS], clients[0].parameters
    seeds = {k: primitives.agree(key, keys[k].mask_key, secagg.client.pair_info(parameters, 0, k)) for k in range(1, NUM)}
    return steal(seen[secagg.Stage.MASKED][0].array(), 0, seed, seeds)

# %% [markdown]
# Tout cela n'emploie que ce qu'un serveur possède : les messages passés par lui, les réponses des clients, et la mémoire de ses
# complices. `pair_info`, qui lie une graine à la session, au tour et à la paire, n'a rien de secret.
#
# **Prédisez** : sept hôpitaux honnêtes, aucun complice. L'attaque passe-t-elle au seuil 3 ? Au seuil 4 ?

# %%
for threshold, accomplices in ((3, ()), (4, ()), (4, (6,)), (5, (6,))):
    try:
        verdict = f"VOLÉ {split_view(threshold, accomplices)}"
    except secagg.ProtocolError as error:
        verdict = f"refusé. {error}"
    print(f"seuil {threshold}, {len(accomplices)} complice : {verdict}")

# %% [markdown]
# Au seuil 3, vous volez, malgré les signatures : quatre hôpitaux ont signé une liste, trois l'autre, et chaque groupe suffit.
# Au seuil 4, un groupe de trois ne voit que trois signatures, et se tait. Dès que le seuil dépasse la moitié, deux groupes ne
# peuvent l'atteindre sans avoir quelqu'un en commun. Ce quelqu'un aurait signé deux listes : un honnête n'en signe qu'une.
#
# Mais un complice signe les deux listes ! Avec lui, 4 ne suffit plus ; 5, si. Jouons l'attaque pour tous les seuils.
#
# **Prédisez** : avec deux complices, quel seuil faut-il ?

# %%
def outcome(threshold, num_accomplices):
    """Rend 1 si l'attaque vole les comptes d'Amiens, 0 si un client la refuse."""
    try:
        stolen = split_view(threshold, range(NUM - num_accomplices, NUM))
        return int(np.array_equal(stolen, counts[0]))
    except secagg.ProtocolError:
        return 0


thresholds, accomplices = range(2, NUM + 1), range(4)
grid = pd.DataFrame([[outcome(t, c) for t in thresholds] for c in accomplices], accomplices, thresholds)
rule = [[int(2 * t <= NUM + c) for t in thresholds] for c in accomplices]
print(grid.replace({1: "volé", 0: "refusé"}))
print("2t ≤ n + c, partout où c'est volé et nulle part ailleurs :", grid.to_numpy().tolist() == rule)

# %%
figure, ax = plt.subplots(figsize=(6.5, 3.2))
ax.pcolormesh(thresholds, accomplices, 1 - grid, cmap="gray", vmin=-0.4, vmax=1.1, edgecolors="black")
for (c, t), stolen in grid.stack().items():
    ax.text(t, c, "volé" if stolen else "refusé", ha="center", va="center", color="white" if stolen else "black")
ax.set(xlabel="seuil t", ylabel="complices c", yticks=accomplices, title="Deux listes, 7 vrais clients : qui est volé ?");

# %% [markdown]
# **La figure en mots** : une grille, les seuils de 2 à 7 en abscisse, les complices de 0 à 3 en ordonnée. Les cases sombres, « volé »,
# sont à gauche ; la frontière recule vers la droite à mesure que les complices se multiplient, de 3 à 5.
#
# L'attaque passe exactement quand $2t \le n + c$. La règle est donc **$2t > n + c$**, pour $n$ clients et $c$ complices.
# Deux complices : il faut 5. Sans complice, plus de la moitié suffit.
#
# Combien de complices aura le serveur ? Vous l'ignorez. Admettez-en jusqu'à un tiers : il faut alors plus des deux tiers,
# $t = \lfloor 2n/3 \rfloor + 1$, soit 5 sur 7 (Bonawitz et al., 2017). Et c'est au *client* de l'exiger, car le serveur choisirait
# 2. Le `Client` du cours le fait d'office ; les nôtres acceptaient moins, pour le jeu (`minimum_threshold=2`).

# %%
try:
    secagg.Client(new_round(4)[0].parameters, 0, signing_keys[0])
except secagg.ProtocolError as error:
    print(error)

# %% [markdown]
# Quatre suffisait sans complice ; le client ne parie pas là-dessus, et le refuse.
#
# Un seuil haut se paie : au seuil $t$, on ne survit qu'à $n - t$ disparitions. Et « d'office » n'est pas « toujours assez » : avec
# trois complices sur sept, 5 cède, la grille le montre. À vous de le relever.
#
# Notre grille n'est qu'*une* attaque, celle des deux listes. Elle prouve qu'un seuil trop bas cède ; qu'un seuil plus haut
# tient, c'est l'affaire d'une preuve, et elle est dans l'article. Elle suppose aussi que chacun connaît d'avance les clés de
# signature des autres : sinon, le serveur inventerait des hôpitaux.
#
# ## 5. Ce que la somme dit encore
#
# Le protocole cache les messages. Il ne cache pas la somme, et ne juge pas ce qu'on y met.
#
# **Prédisez** : Gap veut nuire. Il ajoute mille à chacun de ses comptes. Qui le verra ?

# %%
poisoned = counts.copy()
poisoned[6] += 1000
print("somme publiée :", secagg.rehearse(new_round(5), poisoned).total)
print("vraie somme   :", add(counts))

# %% [markdown]
# Tout le monde voit que la somme est absurde ; personne, pas même le serveur, ne peut dire qui. Un menteur plus discret passerait
# inaperçu. En cachant chaque mise à jour, on se prive de la contrôler.
#
# **Prédisez** : Amiens et Brest font un tour à deux. Que sait Amiens à la fin ?

# %%
parameters = secagg.Parameters(rng.bytes(16), 1, identities[:2], threshold=2, length=len(AGES))
pair = [secagg.Client(parameters, k, signing_keys[k]) for k in range(2)]
total = secagg.rehearse(pair, counts[:2]).total
print("Amiens retire ses comptes du total :", total - counts[0], "; Brest :", counts[1])

# %% [markdown]
# Les comptes de Brest. Une somme de deux n'a pas de secret pour ses deux auteurs ; une somme de sept n'en a pas pour six complices.
#
# **Prédisez** : le serveur lance un second tour sans Amiens, qu'il dit « en panne ». Rien n'a changé ailleurs.

# %%
everyone = secagg.rehearse(new_round(5), counts).total
without_amiens = secagg.rehearse(new_round(5), counts, silent_from={0: secagg.Stage.KEYS}).total
print("premier tour − second tour :", everyone - without_amiens, "; Amiens :", counts[0])

# %% [markdown]
# C'est l'attaque par différence de la [semaine 2](../semaine_2/04_confidentialite_differentielle.ipynb). Deux sommes exactes,
# irréprochables, trahissent Amiens. Entre deux tours d'apprentissage, le modèle change, et l'écart est moins net ; il ne disparaît
# pas. Contre cela, aucun masque ne peut rien : il faut du **bruit**, celui de la confidentialité différentielle. La leçon 3
# ajoutera l'un à l'autre.
#
# ## À retenir
#
# - Chaque paire partage un masque, l'un l'ajoute, l'autre le retire, modulo $2^{32}$ : la somme est exacte, et un message seul est uniforme.
# - Un absent gâche la somme ; ses graines la réparent. Un second masque protège celui qui n'était qu'en retard.
# - Un secret partagé à la Shamir se reconstruit avec $t$ parts ; avec $t - 1$, tous les secrets restent possibles.
# - De chaque client, le serveur n'obtient qu'un secret sur deux ; les signatures l'empêchent de mentir si $2t > n + c$.
# - La somme exacte parle encore : à deux, ou par différence de deux tours. Et un menteur y reste caché.
#
# ## Quiz
#
# **1. Dix hôpitaux, seuil 7. Trois se taisent après avoir envoyé leur vecteur masqué. Que publie le serveur ?**
#
# - a) La somme des sept autres.
# - b) La somme des dix.
# - c) Rien.
#
# <details><summary>Réponse</summary>
#
# - a) Non : leurs vecteurs sont arrivés, ils sont dans la somme.
# - b) **Oui** : sept hôpitaux suffisent à rendre les graines, celles des trois muets comprises.
# - c) Non : il faudrait un quatrième muet.
#
# </details>
#
# **2. Pourquoi ne rend-on jamais à la fois la graine et la clé d'un hôpital ?**
#
# - a) Le message serait trop long.
# - b) La somme deviendrait fausse.
# - c) Le serveur enlèverait tous les masques de son message.
#
# <details><summary>Réponse</summary>
#
# - a) Non : une part tient en 33 octets.
# - b) Non : elle resterait exacte, et c'est ce qui rend le vol invisible.
# - c) **Oui** : c'est votre `steal`.
#
# </details>
#
# **3. Neuf hôpitaux, dont trois pourraient être complices du serveur. Quel est le plus petit seuil sûr contre les deux listes ?**
#
# - a) 5
# - b) 6
# - c) 7
#
# <details><summary>Réponse</summary>
#
# - a) Non : 2 × 5 = 10 ne dépasse pas 9 + 3. C'est le seuil sans complice.
# - b) Non : 2 × 6 = 12 *égale* 9 + 3, et l'égalité suffit au voleur.
# - c) **Oui** : 2 × 7 = 14 dépasse 12. Deux hôpitaux peuvent alors disparaître.
#
# </details>
#
# ## Pour aller plus loin
#
# - Bonawitz et al., 2017, *Practical Secure Aggregation for Privacy-Preserving Machine Learning*, [eprint 2017/281](https://eprint.iacr.org/2017/281) : le protocole de cette leçon, et ses preuves.
# - Bell et al., 2020, [eprint 2020/704](https://eprint.iacr.org/2020/704) : des voisins au lieu de toutes les paires, pour des milliers de clients.
# - Shamir, 1979, *How to Share a Secret*, [doi:10.1145/359168.359176](https://doi.org/10.1145/359168.359176) : deux pages.
# - `RFC 7748`, [X25519](https://www.rfc-editor.org/rfc/rfc7748) : la courbe, avec des valeurs pour vérifier son code.
# - Dans le dossier du cours : `common/secure_aggregation/pairwise.py`, vos cinq fonctions ; `client.py` et `server.py`, le protocole ; et en tête de `__init__.py`, le modèle de menace.
# - Cherchez une autre attaque : `split_view` n'en est qu'une. Que gagne un complice qui rend de fausses parts ?
#
# ## Leçon suivante
#
# [3. L'agrégation sécurisée avec Flower](03_agregation_securisee_avec_flower.ipynb) : le même protocole, sur de vrais modèles.
