# %% [markdown]
# # Données hétérogènes et dérive des clients
#
# **Durée** : 90 min · **Prérequis** : leçons 2 et 3, la dérivée d'une fonction · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Reconnaître trois biais de répartition et mesurer le biais de classes.
# - Calculer où s'arrête FedAvg et expliquer pourquoi ce n'est pas l'optimum des données réunies.
# - Écrire le gradient de FedProx et dire ce qu'il coûte.
# - Écrire le client de SCAFFOLD et nommer ce qu'il garde en mémoire.
# - Écrire le pas du serveur de FedAdam, puis comparer quatre méthodes à règles égales.
#
# La leçon est longue. Elle se coupe bien en deux : les sections 1 et 2 posent le diagnostic, les suivantes essaient trois
# remèdes.

# %% tags=["mise-en-route"]
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from common import data, federated, figures, metrics, models, training
from common.verifier import semaine_1 as verifier

# %% [markdown]
# ## 1. Trois biais de répartition
#
# Un service de pédiatrie voit peu d'infarctus. Un CHU voit dix fois plus de patients qu'une clinique. Un scanner rend des
# images plus sombres que son voisin. Voilà trois biais : de **classes**, de **quantité**, de **variables**. Kairouz et ses
# collègues (2021) en décrivent d'autres. De tels centres sont **hétérogènes**, ou « non IID ». *IID* est le cas idéal : chaque
# centre a reçu ses exemples au hasard.
#
# Pour doser un biais, il nous faut des centres que l'on découpe soi-même. Les images sont **réelles** : 1 797 chiffres
# manuscrits. Les centres, eux, sont artificiels.

# %%
PARTITIONS = {
    "IID": data.iid,
    "quantité": partial(data.quantity, alpha=0.5),
    "Dirichlet, alpha = 0,1": partial(data.dirichlet, alpha=0.1),
    "tranches": data.shards,
}
federations = {name: data.load("digits", num_centers=5, partition=p) for name, p in PARTITIONS.items()}
print(f"{federations['IID'].card}\n{len(federations['IID'].train) + len(federations['IID'].test)} images")

# %% [markdown]
# Une **partition** donne chaque image à un centre, et à un seul. « Quantité » tire au sort la taille de chaque centre. Deux
# autres fabriquent un biais de classes :
#
# - *Dirichlet* (Yurochkin et al. 2019) tire au sort, pour chaque chiffre, la part de chaque centre. Plus `alpha` est petit,
#   plus les parts sont inégales. Hsu et al. (2019) font l'inverse : ils tirent, pour chaque centre, la part de chaque chiffre.
# - *Tranches* trie les images par chiffre, les coupe en dix tranches, et en donne deux à chaque centre. C'est le biais de
#   McMahan et al. (2017).
#
# **Prédisez** : avec deux tranches par centre, combien de chiffres différents un centre connaît-il ?

# %%
figure, axes = plt.subplots(1, 2, figsize=(14, 4.5), layout="constrained")
for ax, name in zip(axes, ("Dirichlet, alpha = 0,1", "tranches")):
    figures.label_distribution(ax, federations[name])
    ax.set_title(name)

# %% [markdown]
# **La figure en mots** : deux grilles, un centre par ligne, un chiffre par colonne, une barre par effectif. À gauche, chaque
# centre a quelques grosses barres et plusieurs zéros : le centre 3 n'a que des 2, des 4 et des 7, à un 8 près. À droite,
# chaque centre a deux grosses barres, et au plus cinq images d'autres chiffres.
#
# Deux tranches, deux chiffres, donc, ou presque : une tranche déborde parfois sur le chiffre suivant.
#
# L'œil voit le biais. Il nous faut un nombre. La **distance en variation totale** compare la part $p_c$ de chaque classe chez
# un centre à sa part $q_c$ dans les données réunies :
#
# $$d = \frac{1}{2} \sum_c |p_c - q_c|$$
#
# C'est la part des images du centre qu'il faudrait changer de classe pour qu'il ressemble à l'ensemble : 0 quand il lui
# ressemble déjà.

# %% [markdown]
# ### ✏️ Exercice 1 — mesurer le biais de classes
#
# 🔴⚪⚪ · 10 min
#
# Calculez la distance de chaque centre aux données réunies. `labels[k]` contient les classes du centre k, de 0 à
# `num_classes - 1` ; une classe peut manquer chez un centre, ou partout.
#
# **Résultat attendu** : pour `[[0, 0, 0, 1], [1, 1]]` et deux classes, `[0.25, 0.5]` : les données réunies sont moitié-moitié.
#
# <details><summary>Indice</summary>
#
# `np.bincount(y, minlength=num_classes)` compte chaque classe. Les parts s'obtiennent en divisant par l'effectif. Les données
# réunies sont `np.concatenate(labels)`.
#
# </details>

# %%
def label_skew(labels: list[np.ndarray], num_classes: int) -> np.ndarray:
    """Rend la distance de chaque centre aux données réunies, de forme (K,)."""
    # début solution
    pooled = np.concatenate(labels)
    overall = np.bincount(pooled, minlength=num_classes) / len(pooled)
    shares = [np.bincount(y, minlength=num_classes) / len(y) for y in labels]
    return np.array([np.abs(share - overall).sum() / 2 for share in shares])
    # fin solution


label_skew = verifier.label_skew(label_skew)
label_skew([np.array([0, 0, 0, 1]), np.array([1, 1])], 2)

# %% [markdown]
# Lequel de ces biais gêne FedAvg ? Chaque centre fait 10 pas par tour, sur toutes ses images, pendant 15 tours. Le modèle est
# une régression logistique à dix classes. Nous mesurons l'exactitude sur le test réuni, environ 615 images.
#
# **Prédisez** : lequel nuit le plus, « quantité » ou « tranches » ?

# %%
from flwr.serverapp.strategy import FedAdam, FedAvg, FedProx

LOCAL_STEPS = 10


def run_fedavg(dataset, lr=1.0, num_rounds=15):
    """Entraîne avec FedAvg et rend l'historique."""
    model = models.linear(64, 10)
    app = federated.torch_client_app(model, dataset, federated.sgd_training(training.SGD(lr, epochs=LOCAL_STEPS)))
    evaluate = federated.torch_evaluate_fn(model, dataset.test)
    return federated.simulate(
        app, FedAvg(), dataset, federated.arrays_of(model), num_rounds=num_rounds, evaluate_fn=evaluate
    )


# %%
rows = {}
for name, dataset in federations.items():
    curve = run_fedavg(dataset).curve("accuracy")
    skew = label_skew([center.train.y for center in dataset.values()], 10)
    rows[name] = {"biais de classes moyen": np.mean(skew), "tour 1": curve[1], "tour 15": curve[15]}
right = np.arange(n := len(federations["IID"].test)) < round(rows["IID"]["tour 15"] * n)
print(f"IID, {right.sum()} bonnes réponses sur {n} :", metrics.accuracy(np.ones(n), right))
pd.DataFrame(rows).T.round(3)

# %% [markdown]
# Après un tour, le biais de classes coûte cher : 0,899 en IID, 0,555 avec alpha = 0,1 et 0,489 avec les tranches. Chaque centre
# n'a vu que quelques chiffres et revient sûr de lui ; la moyenne de ces certitudes ne sait plus grand-chose. Au tour 15,
# l'écart se resserre : 0,945 contre 0,898 pour les tranches.
#
# Le biais de quantité, lui, n'a pas nui ici : 0,953. Ce n'est pas un gain pour autant : 0,945, ce sont 581 bonnes réponses
# sur 615, et l'intervalle à 95 % va de 0,92 à 0,96. Une seule graine, un écart dans l'intervalle : on n'en conclut rien.
# Remarquez que, tirés au hasard, de *petits* centres ont aussi un biais de classes, 0,221 en moyenne pour les cinq : quelques
# images ne ressemblent pas à l'ensemble.
#
# Reste le biais de variables. Donnons à chaque centre son appareil : le centre 1 rend des images sombres, le centre 2 des
# négatifs.

# %%
def scan(x, number):
    """L'image telle que la rend l'appareil du centre : sombre, en négatif, ou normale."""
    return {1: 0.3 * x, 2: 1 - x}.get(number, x)


def scanned(dataset):
    """Les mêmes images, vues par l'appareil de chaque centre."""

    def make_center(name):
        number, center = dataset.names.index(name), dataset[name]
        return data.Center(*(data.Split(scan(s.x, number), s.y, s.patient_id) for s in (center.train, center.test)))

    return data.FederatedDataset(dataset.names, make_center, dataset.card)


image = federations["IID"].test.x[0]
figure, axes = plt.subplots(1, 5, figsize=(9, 2.2), layout="constrained")
for number, ax in enumerate(axes):
    ax.imshow(scan(image, number).reshape(8, 8), cmap="gray", vmin=0, vmax=1)
    ax.set(title=f"centre_{number}", xticks=[], yticks=[])

# %% [markdown]
# **La figure en mots** : la même image de chiffre, cinq fois, clair sur fond noir. Chez le centre 1 elle est à peine visible ;
# chez le centre 2 elle est noire sur fond blanc.
#
# **Prédisez** : chez le centre 2, le modèle fédéré fera-t-il mieux que celui que ce centre apprendrait seul ?

# %%
scanners = scanned(federations["IID"])
frame = run_fedavg(scanners).to_frame().query("round == 15 and metric == 'accuracy'")
table = frame.set_index("center")[["value", "num_examples"]].rename(columns={"value": "FedAvg", "num_examples": "n"})


def fitted(split):
    """Un modèle appris sur un seul jeu, avec autant de pas que la fédération."""
    return training.fit(models.linear(64, 10), split, training.SGD(1.0, epochs=15 * LOCAL_STEPS))


tests = {name: center.test for name, center in scanners.items()} | {"global": scanners.test}
pooled = fitted(scanners.train)
table["centralisé"] = [training.evaluate(pooled, tests[name])["accuracy"] for name in table.index]
alone = {name: training.evaluate(fitted(center.train), center.test)["accuracy"] for name, center in scanners.items()}
table["seul, chez lui"] = pd.Series(alone)
table.round(3)

# %% [markdown]
# Zéro. Le modèle fédéré ne reconnaît **aucun** des 123 chiffres du centre 2, qui, seul, en reconnaît 89 %. Le score global,
# 0,733, n'en dit rien : regardez toujours centre par centre. Ce n'est pas la faute de FedAvg : le modèle centralisé
# échoue aussi, à 0,000. Ce modèle linéaire ne sait pas lire à la fois une image et son négatif, et quatre centres sur cinq
# pèsent contre. Changer de méthode fédérée n'y suffirait pas : le remède est en amont, harmoniser les images, ou garder un modèle
# par centre.
#
# Le centre 1, lui, s'en sort : 0,902 avec FedAvg, 0,894 seul. Sombre, le chiffre reste clair sur fond noir.
#
# ## 2. La dérive, vue
#
# Pourquoi le biais de classes gêne-t-il FedAvg ? Regardons un problème **imaginaire**, si petit qu'il tient sur une feuille :
# deux hôpitaux de même effectif, deux paramètres. La perte de l'hôpital k est une cuvette. Son fond $w_k$ est l'**optimum** de
# l'hôpital ; sa raideur $a_k$ dit combien s'en écarter coûte cher. En sommant sur les deux paramètres $j$ :
#
# $$f_k(w) = \frac{1}{2} \sum_j a_{kj} \, (w_j - w_{kj})^2$$
#
# Le Nord veut (0 ; 1). Il est sûr du paramètre 1 (raideur 10), moins du paramètre 2 (raideur 1). Le Sud veut (1 ; 0), et c'est
# du paramètre 2 qu'il est sûr.
#
# **Prédisez** : l'optimum des données réunies est-il au milieu, (0,5 ; 0,5) ? Qui faut-il croire sur le paramètre 1 ?

# %%
OPTIMUM = {"Nord": np.array([0.0, 1.0]), "Sud": np.array([1.0, 0.0])}
CURVATURE = {"Nord": np.array([10.0, 1.0]), "Sud": np.array([1.0, 10.0])}
LR, START = 0.05, np.array([1.6, 1.2])


# %%
def gradient(name, w):
    """Gradient de la perte d'un hôpital."""
    return CURVATURE[name] * (w - OPTIMUM[name])


def loss(w):
    """Perte des données réunies : la moyenne des deux hôpitaux."""
    return np.mean([np.sum(CURVATURE[name] * (w - OPTIMUM[name]) ** 2) / 2 for name in OPTIMUM])

# %%
optima, curvatures = (np.array(list(d.values())) for d in (OPTIMUM, CURVATURE))
pooled_optimum = (curvatures * optima).sum(axis=0) / curvatures.sum(axis=0)
print(f"optimum des données réunies : {pooled_optimum.round(3)}, perte {loss(pooled_optimum):.3f}")
print(f"milieu des deux optimums    : {optima.mean(axis=0)}, perte {loss(optima.mean(axis=0)):.3f}")

# %% [markdown]
# Non : pour chaque paramètre, l'optimum des données réunies suit l'hôpital qui en est sûr, (0,091 ; 0,091). Le milieu a une perte
# trois fois plus haute, 1,375 contre 0,455. Lançons FedAvg : quatre tours de 10 pas locaux.

# %%
def local_path(name, w, steps):
    """Les positions d'un hôpital pendant ses pas locaux, de forme (steps + 1, 2)."""
    path = [w]
    for _ in range(steps):
        path.append(path[-1] - LR * gradient(name, path[-1]))
    return np.array(path)


# %%
def server_path(local, num_rounds):
    """Les positions du modèle global quand chaque hôpital répond `local(nom, w)`."""
    path = [START]
    for _ in range(num_rounds):
        path.append(np.mean([local(name, path[-1]) for name in OPTIMUM], axis=0))
    return np.array(path)


# %%
fedavg_path = server_path(lambda name, w: local_path(name, w, 10)[-1], 4)
gap = np.full((1, 2), np.nan)
clients = {
    name: np.concatenate([piece for w in fedavg_path[:-1] for piece in (gap, local_path(name, w, 10))])
    for name in OPTIMUM
}
figure, ax = plt.subplots(figsize=(7.5, 6))
figures.drift_paths(ax, clients, fedavg_path, loss)
ax.plot(*pooled_optimum, "kX", markersize=12, linestyle="none", label="optimum des données réunies")
ax.set_title("Problème imaginaire : deux hôpitaux, dix pas locaux par tour")
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2);

# %% [markdown]
# **La figure en mots** : un plan, des cercles de même perte, et une croix au fond de la cuvette commune. Le modèle global
# part en haut à droite et descend la diagonale. À chaque tour, le Nord file vers la gauche, puis glisse vers son optimum (0 ; 1) ;
# le Sud plonge, puis glisse vers le sien, (1 ; 0). Le modèle global, leur milieu, finit à l'étoile, loin de la croix.
#
# C'est la **dérive des clients** : chacun va vers son propre optimum. On peut calculer où FedAvg s'arrête :
#
# 1. Notons $\eta$ le taux d'apprentissage. À chaque pas, et pour chaque paramètre, ce qui sépare l'hôpital k de *son* optimum
#    est multiplié par $1 - \eta a_k$.
# 2. Après $E$ pas, l'hôpital a donc fait la part $t_k = 1 - (1 - \eta a_k)^E$ du trajet.
# 3. FedAvg s'arrête quand les déplacements se compensent : $\sum_k n_k \, t_k \, (w_k - w) = 0$.
#
# Le point d'arrêt est une moyenne des optimums $w_k$, pesée par les effectifs *et* par le trajet :
#
# $$w = \frac{\sum_k n_k \, t_k \, w_k}{\sum_k n_k \, t_k}$$

# %% [markdown]
# ### ✏️ Exercice 2 — où s'arrête FedAvg ?
#
# 🔴🔴⚪ · 10 min
#
# Écrivez ce point d'arrêt, paramètre par paramètre. `optima` et `curvatures` ont la forme (K, d), un centre par ligne ;
# `num_examples` a la forme (K,).
#
# **Résultat attendu** : pour nos deux hôpitaux, 10 pas et `lr = 0.05`, `[0.287, 0.287]` ; avec un pas, `[0.091, 0.091]`.
#
# <details><summary>Indice</summary>
#
# Calculez d'abord la part du trajet, de forme (K, d). `num_examples[:, None]` est une colonne, qui la multiplie ligne par
# ligne. `np.average(…, axis=0, weights=…)` accepte des poids de la même forme que le tableau.
#
# </details>

# %%
def fedavg_fixed_point(optima: np.ndarray, curvatures: np.ndarray, num_examples: np.ndarray, lr, num_steps):
    """Rend le point où s'arrête FedAvg, de forme (d,)."""
    # début solution
    covered = 1 - (1 - lr * curvatures) ** num_steps
    return np.average(optima, axis=0, weights=num_examples[:, None] * covered)
    # fin solution


fedavg_fixed_point = verifier.fedavg_fixed_point(fedavg_fixed_point)
fedavg_fixed_point(optima, curvatures, np.array([100, 100]), LR, 10)

# %%
for num_steps in (1, 2, 10, 1000):
    formula = fedavg_fixed_point(optima, curvatures, np.array([100, 100]), LR, num_steps)
    computed = server_path(lambda name, w: local_path(name, w, num_steps)[-1], 200)[-1]
    print(f"{num_steps:4} pas : formule {np.round(formula, 3)}, 200 tours {computed.round(3)}, perte {loss(computed):.3f}")

# %% [markdown]
# La formule et le calcul s'accordent. Avec **un** pas, FedAvg va à l'optimum des données réunies, comme dans la leçon 2. Avec
# 10 pas il s'arrête en 0,287 ; avec 1000, au milieu, et il oublie qui était sûr de quoi. Attendre n'y change rien : FedAvg
# n'est pas lent, il vise ailleurs. Un taux d'apprentissage plus petit le ferait viser plus juste, et avancer moins vite.
#
# ## 3. FedProx : tenir les clients en laisse
#
# Première idée (Li et al. 2020) : punir un client qui s'éloigne du modèle global. On ajoute à sa perte le **terme proximal**
#
# $$\frac{\mu}{2} \lVert w - w_{global} \rVert^2$$
#
# Plus $\mu$ est grand, plus la laisse est courte.
#
# **Prédisez** : avec un $\mu$ plus grand, FedProx s'arrête-t-il plus près de l'optimum commun ? Que paie-t-on ?

# %% [markdown]
# ### ✏️ Exercice 3 — le gradient de FedProx
#
# 🔴⚪⚪ · 5 min
#
# Ajoutez au gradient local celui du terme proximal. Ne modifiez pas les tableaux reçus.
#
# **Résultat attendu** : pour le gradient `[1, 1]`, `w = [2, 0]`, `w_global = [0, 0]` et `mu = 0.5` : `[2.0, 1.0]`.
#
# <details><summary>Indice</summary>
#
# La dérivée de $\frac{\mu}{2} x^2$ est $\mu x$. Attention : le *carré* compte.
#
# </details>

# %%
def proximal_gradient(gradient: np.ndarray, w: np.ndarray, w_global: np.ndarray, mu: float) -> np.ndarray:
    """Rend le gradient de la perte locale plus celui du terme proximal."""
    # début solution
    return gradient + mu * (w - w_global)
    # fin solution


proximal_gradient = verifier.proximal_gradient(proximal_gradient)
proximal_gradient(np.array([1, 1]), np.array([2, 0]), np.array([0, 0]), 0.5)

# %% [markdown]
# Le piège : dans Flower 1.41, la documentation de `FedProx` écrit la formule au carré, mais son exemple de code additionne
# `norm(2)` **sans** le carré. Copié tel quel, il tire avec la même force un client tout proche et un client très loin.
# Autre piège : la stratégie `FedProx` de Flower ne fait qu'*envoyer* $\mu$. Si votre client ne le lit pas, c'est FedAvg.

# %%
def fedprox_local(name, w, mu):
    """Dix pas locaux de FedProx."""
    w_global = w
    for _ in range(10):
        w = w - LR * np.asarray(proximal_gradient(gradient(name, w), w, w_global, mu))
    return w


# %%
for mu in (0, 1, 10):
    path = server_path(partial(fedprox_local, mu=mu), 300)
    rounds = np.argmax(np.linalg.norm(path - path[-1], axis=1) < 0.01)
    print(f"mu = {mu:2} : arrêt en {path[-1].round(3)}, perte {loss(path[-1]):.3f} ; à 0,01 près en {rounds} tours")

# %% [markdown]
# Oui : avec $\mu$ = 10, FedProx s'arrête plus près de la croix, 0,154 au lieu de 0,287, et la perte tombe de 0,665 à 0,476. Mais il
# n'y est pas (l'optimum est en 0,091), et il lui faut 15 tours au lieu de 5 pour s'y poser : une laisse courte fait de
# petits pas. FedProx *réduit* la dérive et la paie en tours ; il ne la supprime pas.
#
# ## 4. SCAFFOLD : corriger la direction
#
# Deuxième idée (Karimireddy et al. 2020) : ne pas retenir le client, mais le **réorienter**. Le client i garde une **variable
# de contrôle** $c_i$ : son gradient habituel. Le serveur garde leur moyenne $c$, le gradient habituel de tous. Au lieu de son
# gradient $g$, un pas local suit
#
# $$g - c_i + c$$
#
# On retire ce qui est propre au client, on ajoute ce qui est commun. Après $E$ pas, le client a suivi en moyenne la
# direction (départ − arrivée) / ($E \, \eta$). Il en ôte la correction, et retrouve son gradient moyen, qu'il garde pour le
# tour suivant (c'est l'« option II » de l'article) :
#
# $$c_i \leftarrow c_i - c + \frac{\text{départ} - \text{arrivée}}{E \, \eta}$$
#
# **Prédisez** : au premier tour, tous les contrôles sont nuls. À quelle méthode SCAFFOLD ressemble-t-il ?

# %% [markdown]
# ### ✏️ Exercice 4 — le client de SCAFFOLD
#
# 🔴🔴🔴 · 15 min
#
# Faites `num_steps` pas corrigés à partir de `start`, puis calculez la nouvelle variable de contrôle. Ici, `gradient(w)` rend
# le gradient local ; `controls` est le couple $(c_i, c)$. Rendez le modèle, puis le contrôle.
#
# **Résultat attendu** : avec `gradient = lambda w: w`, `start = [1.0]`, les contrôles `[0.5]` et `[0.2]`, `lr = 0.1` et deux
# pas, le modèle vaut `[0.867]` et le contrôle `[0.965]`.
#
# <details><summary>Indice</summary>
#
# Gardez `start` : il sert à la fin, dans `(start - w) / (num_steps * lr)`. Les contrôles ne changent pas pendant les pas.
#
# </details>

# %%
def scaffold_update(gradient, start: np.ndarray, controls: tuple, lr: float, num_steps: int) -> tuple:
    """Rend le modèle appris et la nouvelle variable de contrôle du client."""
    # début solution
    own, server = controls
    w = start
    for _ in range(num_steps):
        w = w - lr * (gradient(w) - own + server)
    return w, own - server + (start - w) / (num_steps * lr)
    # fin solution


scaffold_update = verifier.scaffold_update(scaffold_update)
scaffold_update(lambda w: w, np.array([1.0]), (np.array([0.5]), np.array([0.2])), 0.1, 2)

# %% [markdown]
# Le premier tour, contrôles nuls, est un tour de FedAvg ; il sert à remplir les $c_i$. Au serveur, il reste à moyenner les
# modèles et les contrôles. Suivons la distance à l'optimum commun, tour après tour.

# %%
def scaffold_path(num_rounds, num_steps=10):
    """Les positions du modèle global avec SCAFFOLD ; `own` vit chez les clients, `server` au serveur."""
    path, server, own = [START], np.zeros(2), {name: np.zeros(2) for name in OPTIMUM}
    for _ in range(num_rounds):
        replies = {
            name: scaffold_update(partial(gradient, name), path[-1], (own[name], server), LR, num_steps)
            for name in OPTIMUM
        }
        path.append(np.mean([w for w, _ in replies.values()], axis=0))
        own = {name: control for name, (_, control) in replies.items()}
        server = np.mean(list(own.values()), axis=0)
    return np.array(path)


# %%
paths = {
    "FedAvg": server_path(lambda name, w: local_path(name, w, 10)[-1], 30),
    "FedProx, mu = 10": server_path(partial(fedprox_local, mu=10), 30),
    "SCAFFOLD": scaffold_path(30),
}
curves = {name: np.linalg.norm(path - pooled_optimum, axis=1) for name, path in paths.items()}
figure, ax = plt.subplots(figsize=(7, 4))
figures.learning_curves(ax, curves, ylabel="distance à l'optimum commun (échelle log)")
ax.set(yscale="log", title="Problème imaginaire : seul SCAFFOLD arrive")
for name, distances in curves.items():
    print(f"{name:16} : distance {distances[10]:.2g} après 10 tours, {distances[30]:.2g} après 30")

# %% [markdown]
# **La figure en mots** : trois courbes, en échelle logarithmique. Celles de FedAvg et de FedProx deviennent vite plates, à
# 0,28 et 0,089 de l'optimum. Celle de SCAFFOLD descend par vagues, sans s'arrêter.
#
# SCAFFOLD est à 0,0015 après 10 tours, à moins d'un milliardième après 30 : il vise le bon point. Mais rien n'est gratuit. Chez
# Flower, $c_i$ vit dans `context.state`, la mémoire qu'un client garde d'un tour à l'autre. Il ne quitte pas le centre, mais
# son *changement* voyage, et $c$ aussi. Pesons les messages de deux tours.

# %%
def weigh(client_app, sizes, states):
    """Enrobe un client : note les octets de chaque message, et ce que contient sa mémoire."""

    def size(message):
        records = message.content.array_records.values()
        return sum(len(array.data) for record in records for array in record.values())

    def app(message, context):
        reply = client_app(message, context)
        sizes.append((size(message), size(reply)))
        states.append(list(context.state))
        return reply

    return app


# %%
dataset, model, sgd = federations["tranches"], models.linear(64, 10), training.SGD(1.0, epochs=LOCAL_STEPS)
apps = {
    "FedAvg": (federated.torch_client_app(model, dataset, federated.sgd_training(sgd)), FedAvg()),
    "SCAFFOLD": (federated.scaffold_client_app(model, dataset, sgd), federated.Scaffold()),
}
for name, (app, strategy) in apps.items():
    sizes, states = [], []
    federated.simulate(weigh(app, sizes, states), strategy, dataset, federated.arrays_of(model), num_rounds=2)
    print(f"{name:8} : (reçu, rendu) = {max(sizes)} octets ; en mémoire : {states[-1]}")

# %% [markdown]
# FedAvg envoie 2 856 octets : 650 paramètres de 4 octets, et un en-tête par tableau. SCAFFOLD en envoie 5 712, **le double, dans
# les deux sens**. Et le client doit se souvenir, sous le nom `control` : un hôpital revient à chaque tour, mais un téléphone qui
# ne participe qu'une fois n'a pas de $c_i$ utile. Enfin, le serveur voit les modèles et les changements des contrôles. Aucune de
# ces méthodes ne protège, à elle seule, la confidentialité.
#
# ## 5. FedAdam, et la course
#
# Troisième idée (Reddi et al. 2021) : ne rien changer aux clients, et améliorer le **serveur**. Entre `w`, le modèle envoyé,
# et `average`, la moyenne de FedAvg, il y a un déplacement. Au lieu de le faire tel quel, le serveur en tire un pas d'Adam : `m`
# garde l'élan des tours passés, et `v` règle le pas de chaque paramètre.

# %% [markdown]
# ### ✏️ Exercice 5 — le pas du serveur
#
# 🔴🔴⚪ · 10 min
#
# Soit $\Delta$ = `average - w` le déplacement moyen. Calculez, dans cet ordre, et rendez `w, m, v` :
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1) \Delta \qquad v \leftarrow \beta_2 v + (1 - \beta_2) \Delta^2 \qquad w \leftarrow w + \eta \, \frac{m}{\sqrt{v} + \tau}$$
#
# Ici, $\eta$ (`eta`) est le taux d'apprentissage du *serveur* ; $\beta_1$, $\beta_2$ et $\tau$ sont `BETA_1`, `BETA_2` et `TAU`.
#
# **Résultat attendu** : pour `w = [0.0]`, `average = [1.0]`, `m` et `v` nuls, `eta = 0.1` : `[0.099]`, `[0.1]` et `[0.01]`.
#
# <details><summary>Indice</summary>
#
# Le nouveau `m` et le nouveau `v` servent aussitôt au pas. Et l'on *ajoute* : Δ descend déjà la perte. Ne modifiez pas les
# tableaux reçus : `m = …`, pas `m += …`.
#
# </details>

# %%
BETA_1, BETA_2, TAU = 0.9, 0.99, 1e-3


def fedadam_step(w: np.ndarray, average: np.ndarray, m: np.ndarray, v: np.ndarray, eta: float) -> tuple:
    """Rend le nouveau modèle du serveur, et les nouveaux m et v."""
    # début solution
    change = average - w
    m = BETA_1 * m + (1 - BETA_1) * change
    v = BETA_2 * v + (1 - BETA_2) * change**2
    return w + eta * m / (np.sqrt(v) + TAU), m, v
    # fin solution


fedadam_step = verifier.fedadam_step(fedadam_step)
fedadam_step(np.array([0.0]), np.array([1.0]), np.array([0.0]), np.array([0.0]), 0.1)

# %% [markdown]
# **Prédisez** : sur le problème imaginaire, FedAdam arrive-t-il à l'optimum commun ? Que vaut Δ là où FedAvg s'arrête ?

# %%
w, m, v = START, np.zeros(2), np.zeros(2)
for _ in range(1000):
    average = np.mean([local_path(name, w, 10)[-1] for name in OPTIMUM], axis=0)
    w, m, v = fedadam_step(w, average, m, v, 0.1)
print(f"FedAdam s'arrête en {np.round(w, 3)}, FedAvg en {paths['FedAvg'][-1].round(3)}")

# %% [markdown]
# Au même endroit. Là où FedAvg s'arrête, Δ est nul, et Adam n'a plus rien à suivre. FedAdam peut aller **plus vite** ; il ne
# vise pas ailleurs. (Au tour $t$, Flower multiplie en plus $\eta$ par
# $\sqrt{1 - \beta_2^{\,t+1}} \, / \, (1 - \beta_1^{\,t+1})$, la correction d'Adam, avec l'exposant $t + 1$ là où Adam écrit $t$.
# L'article de FedAdam n'en a pas.)
#
# Place à la course, sur les images **réelles**, découpées en tranches. Les règles, fixées d'avance :
#
# - la cible est 0,90 d'exactitude ; on compte les tours comme McMahan et ses collègues, en interpolant entre deux tours, d'où
#   des nombres à virgule ;
# - chaque méthode choisit le taux d'apprentissage de ses clients dans la même grille, avec une graine à part, la 99, et sur les
#   données d'**entraînement** ;
# - $\mu$ = 0,1 pour FedProx et $\eta$ = 0,1 pour FedAdam sont donnés, pas réglés ;
# - trois graines courent ; chacune découpe les centres et leurs jeux de test à sa façon.
#
# Une réserve : les images sont toujours les mêmes 1 797. Une image testée dans la course a donc pu servir au réglage, avec les
# mêmes chances pour chaque méthode.
#
# **Prédisez** : qui gagne ? Et combien de tours le biais coûte-t-il à FedAvg ?

# %%
METHODS = {
    "FedAvg": FedAvg,
    "FedProx": partial(FedProx, proximal_mu=0.1),
    "SCAFFOLD": federated.Scaffold,
    "FedAdam": partial(FedAdam, eta=0.1),
}


def run_method(method, lr, seed, partition=data.shards, *, split="test", num_rounds=25):
    """Courbe d'exactitude d'une méthode sur les chiffres : 5 centres, 10 pas locaux par tour."""
    dataset = data.load("digits", num_centers=5, partition=partition, seed=seed)
    model, sgd = models.linear(64, 10), training.SGD(lr, epochs=LOCAL_STEPS)
    if method == "SCAFFOLD":
        app = federated.scaffold_client_app(model, dataset, sgd)
    else:
        app = federated.torch_client_app(model, dataset, federated.sgd_training(sgd))
    evaluate = federated.torch_evaluate_fn(model, getattr(dataset, split))
    arrays, strategy = federated.arrays_of(model), METHODS[method]()
    return federated.simulate(
        app, strategy, dataset, arrays, num_rounds=num_rounds, seed=seed, evaluate_fn=evaluate
    ).curve("accuracy")


# %%
TARGET, RATES = 0.90, (0.1, 0.3, 1.0)
tuning = {
    method: [
        metrics.rounds_to_target(run_method(method, lr, seed=99, split="train", num_rounds=15), TARGET) for lr in RATES
    ]
    for method in METHODS
}
tuning = pd.DataFrame(tuning, index=RATES, dtype=float)
best_lr = tuning.idxmin()
tuning.round(1)

# %% [markdown]
# Toutes vont le plus vite à 0,3, au milieu de la grille : aucune n'est coincée au bord. `NaN` veut dire que la cible n'est pas
# atteinte en 15 tours. La course :

# %%
runs = [("FedAvg, IID", "FedAvg", data.iid), *((method, method, data.shards) for method in METHODS)]
results = {
    (name, seed): run_method(method, best_lr[method], seed, partition)
    for name, method, partition in runs
    for seed in (0, 1, 2)
}
race = pd.DataFrame(
    {
        f"graine {seed}": {name: metrics.rounds_to_target(results[name, seed], TARGET) for name, *_ in runs}
        for seed in (0, 1, 2)
    }
)
race["exactitude au tour 25"] = [np.mean([results[name, seed][25] for seed in (0, 1, 2)]) for name in race.index]
race.round(3)

# %%
curves = {name: pd.concat([results[name, s] for s in (0, 1, 2)], axis=1).mean(axis=1) for name in race.index}
figure, ax = plt.subplots(figsize=(7.5, 4.5))
figures.learning_curves(ax, curves, ylabel="exactitude (test réuni, moyenne de 3 graines)", target=TARGET)
ax.set(ylim=(0.6, 1), title="Cinq centres, deux chiffres chacun (sauf « IID »)");

# %% [markdown]
# **La figure en mots** : cinq courbes montent vite puis lentement. « FedAvg, IID » passe la cible aussitôt. SCAFFOLD puis FedAdam
# la passent bien avant FedAvg et FedProx, dont les courbes se confondent presque. FedAdam part le plus bas et finit le plus haut.
#
# Le biais coûte cher : selon la graine, il fallait à FedAvg de 1,6 à 3,6 tours en IID ; il lui en faut de 7,5 à 21,5. Sur chacune des
# trois graines, SCAFFOLD est le premier des quatre, FedAdam le suit, parfois de très peu, et **FedProx est le dernier**, un peu plus
# d'un tour derrière FedAvg. Son $\mu$ n'était pas réglé, c'est vrai. Mais publier une méthode ne la fait pas gagner chez vous.
#
# Trois réserves. C'est peu : trois graines, un jeu de chiffres, un modèle linéaire ; et d'une graine à l'autre, les tours de FedAvg
# varient presque du simple au triple. C'est court : au tour 25 les courbes montent encore, la course mesure donc la vitesse, et non
# le point d'arrivée. Et FedAdam finit au-dessus de « FedAvg, IID », 0,953 contre 0,942, parce que ce témoin n'est pas un plafond :
# son taux n'a pas été réglé pour lui, et il n'a pas Adam au serveur.
#
# Enfin, un tour de SCAFFOLD pèse le double. Recomptons en volume, un tour de FedAvg valant 1 :

# %%
volume = race.filter(like="graine").mul([2 if name == "SCAFFOLD" else 1 for name in race.index], axis=0)
volume.round(1)

# %% [markdown]
# L'avance de SCAFFOLD sur FedAvg fond : 18,5 contre 21,5, et 11,4 contre 11,8 ; sur la graine 1, il **perd**, 8,3 contre 7,5.
# Le bon compteur dépend de ce qui coûte : l'attente d'un tour, ou le réseau.
#
# Mettons à côté les tours publiés par McMahan et al. (2017, tableaux 1 et 2) sur **MNIST** : 100 clients, 10 par tour, et, dans
# le cas non IID, deux tranches de 300 images par client.
#
# | Modèle et cible | Réglage | IID | Non IID |
# |---|---|---|---|
# | 2NN, 97 % | FedAvg, E = 1, B = 10 | 87 | 664 |
# | 2NN, 97 % | FedAvg, E = 1, B = ∞ | 1474 | 1796 |
# | CNN, 99 % | FedAvg, E = 5, B = 10 | 20 | 229 |
# | CNN, 99 % | FedSGD | 626 | 483 |
#
# 2NN est un réseau à deux couches cachées, CNN un réseau à convolutions. E compte les époques locales, B est la taille des lots
# (∞ : toutes les images) ; FedSGD ne fait qu'un pas par tour. Ce n'est pas notre expérience : autres images, autres modèles,
# autres cibles. Leur taux d'apprentissage est réglé case par case, et chaque courbe garde le meilleur des tours passés, comme
# le fait `rounds_to_target`.
#
# On y lit la même histoire : de FedSGD à FedAvg, le CNN divise ses tours par 31 en IID (626 / 20), et par 2 seulement en non IID
# (483 / 229). (Ces 20 et 229 sont au tableau 2 ; le tableau 1 imprime 18 et 206 pour la même case.) Le cours cite ces chiffres ;
# il ne les a pas encore mesurés lui-même.

# %% [markdown]
# ## À retenir
#
# - Trois biais : de classes, que mesure la variation totale ; de quantité, qui n'a pas nui ici ; de variables, qui peut rendre le
#   modèle inutile à un centre.
# - Avec plusieurs pas locaux, FedAvg vise une moyenne des optimums pesée par le trajet, et non l'optimum des données réunies.
# - FedProx ajoute $\mu (w - w_{global})$ au gradient : moins de dérive, plus de tours.
# - SCAFFOLD suit $g - c_i + c$ et vise le bon optimum ; $c_i$ vit dans `context.state`, et les messages doublent.
# - FedAdam change le pas du serveur, pas le point visé. Une course honnête règle chaque méthode pareil, sans toucher au test, sur
#   plusieurs graines, et montre aussi qui perd.
#
# ## Quiz
#
# **1. FedAvg, 10 pas locaux, s'est arrêté loin de l'optimum des données réunies. Que faire pour s'en approcher ?**
#
# - a) Attendre plus de tours.
# - b) Faire moins de pas locaux, ou corriger la dérive.
# - c) Passer à FedAdam.
#
# <details><summary>Réponse</summary>
#
# - a) Non : il est à son point d'arrêt. Deux cents tours l'y laissaient.
# - b) **Oui** : un pas local suffirait, au prix de plus de tours ; FedProx s'en approche, SCAFFOLD y va.
# - c) Non : quand FedAvg ne bouge plus, Δ est nul et FedAdam s'arrête au même endroit.
#
# </details>
#
# **2. Que contient `context.state` chez un client SCAFFOLD ?**
#
# - a) Ses exemples d'entraînement.
# - b) La variable de contrôle $c$ du serveur.
# - c) Sa propre variable de contrôle $c_i$.
#
# <details><summary>Réponse</summary>
#
# - a) Non : les exemples restent dans le jeu du centre ; la mémoire du client ne les copie pas.
# - b) Non : $c$ arrive avec le modèle, à chaque tour.
# - c) **Oui** : elle survit d'un tour à l'autre, et seul son changement voyage.
#
# </details>
#
# **3. Une méthode atteint la cible en 9 tours, FedAvg en 12, sur une seule graine. Que conclure ?**
#
# - a) Elle est 25 % plus rapide.
# - b) Rien encore.
# - c) FedAvg est dépassé.
#
# <details><summary>Réponse</summary>
#
# - a) Non : sur nos trois graines, FedAvg va de 7,5 à 21,5 tours. Trois tours d'écart peuvent venir de la graine.
# - b) **Oui** : il faut plusieurs graines, le même réglage pour toutes, et le volume des messages.
# - c) Non : un découpage, un jeu, un modèle. Ailleurs, l'ordre peut changer.
#
# </details>
#
# ## Pour aller plus loin
#
# - Kairouz et al. 2021, *Advances and Open Problems in Federated Learning*, [arXiv:1912.04977](https://arxiv.org/abs/1912.04977) : les biais, section 3.1.
# - Dirichlet : Yurochkin et al. 2019, [arXiv:1905.12022](https://arxiv.org/abs/1905.12022), et Hsu et al. 2019, [arXiv:1909.06335](https://arxiv.org/abs/1909.06335). Tranches : McMahan et al. 2017, [arXiv:1602.05629](https://arxiv.org/abs/1602.05629).
# - FedProx, [arXiv:1812.06127](https://arxiv.org/abs/1812.06127) ; SCAFFOLD, [arXiv:1910.06378](https://arxiv.org/abs/1910.06378) ; FedAdam, [arXiv:2003.00295](https://arxiv.org/abs/2003.00295).
# - Le code de référence : `common/federated/heterogeneity.py` (une page) et `common/federated/scaffold.py` (le client Flower).
# - Réglez $\mu$ aussi : FedProx rattrape-t-il FedAvg ? Et la leçon 2, sur `heart`, dérive-t-elle autant ?
#
# ## Leçon suivante
#
# [5. Un protocole, plusieurs frameworks](05_un_protocole_plusieurs_frameworks.ipynb) : PyTorch et TensorFlow dans la même fédération.
