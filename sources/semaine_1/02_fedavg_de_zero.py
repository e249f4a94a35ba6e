# %% [markdown]
# # FedAvg de zéro
#
# **Durée** : 60 min · **Prérequis** : leçon 1, NumPy, la dérivée d'une fonction · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Écrire le gradient d'une régression logistique et l'apprentissage local d'un hôpital.
# - Écrire la moyenne pondérée de FedAvg et reconnaître une moyenne sans poids.
# - Assembler un tour fédéré complet, sans aucune bibliothèque d'apprentissage.
# - Vérifier qu'un pas de chaque hôpital vaut exactement un pas sur les données réunies.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np

from common.data import load, standardize
from common.federated import predict_probability
from common.figures import learning_curves, mark_synthetic
from common.verifier import semaine_1 as verifier

# %% [markdown]
# ## 1. Quatre hôpitaux, un modèle
#
# Quatre hôpitaux veulent prédire une maladie des artères coronaires. Chacun a ses patients, aucun ne les montre.
# Les données de cette leçon sont **synthétiques** : elles ont le schéma du jeu réel *Heart Disease* de l'UCI, pas ses patients.
# Le texte commente les données embarquées ; avec `"real"`, vos chiffres seront autres.

# %%
SOURCE = "embedded"  # "real" après `python cours.py donnees heart`
dataset = standardize(load("heart", source=SOURCE))  # met les colonnes à la même échelle
print(dataset.card)

# %% [markdown]
# Le modèle est une **régression logistique** : un coefficient par variable, et un biais. Nous le rangeons dans une liste
# `parameters = [weight, bias]` : `weight` contient les coefficients $w$, `bias` est le biais $b$. La **sigmoïde** change la
# somme $x \cdot w + b$, appelée logit, en une probabilité d'être malade :
#
# $$p(x) = \frac{1}{1 + e^{-(x \cdot w + b)}}$$

# %%
num_features = dataset.train.x.shape[1]
initial_parameters = [np.zeros(num_features), np.zeros(())]
predict_probability(initial_parameters, dataset.train.x[:3])

# %% [markdown]
# Un modèle dont tous les paramètres sont nuls prédit 0,5 pour tout le monde : il ne sait rien. À quel point se trompe-t-il ?
# La **perte** le dit en un nombre. La nôtre est l'**entropie croisée** : $-\ln p$ pour un malade, $-\ln(1 - p)$ pour un patient
# sain, en moyenne. Elle punit surtout les erreurs commises avec assurance. Pour le modèle nul, elle vaut $-\ln 0{,}5$, soit 0,69.
#
# Pour apprendre, il faut savoir dans quel sens bouger chaque paramètre. C'est ce que dit le **gradient** : la dérivée de la perte
# par rapport à chacun.
#
# **Prédisez** : deux hôpitaux ont des patients qui se ressemblent trait pour trait, mais l'un en a deux fois plus. Le gradient de
# sa perte moyenne est-il deux fois plus grand ?

# %% [markdown]
# ### ✏️ Exercice 1 — le gradient
#
# 🔴⚪⚪ · 10 min
#
# Écrivez le gradient de l'entropie croisée **moyenne**. La dérivation donne ceci : si l'erreur du patient $i$ est
# $e_i = p(x_i) - y_i$, le gradient des coefficients est $\frac{1}{n} \sum_i e_i x_i$ et celui du biais $\frac{1}{n} \sum_i e_i$.
#
# **Résultat attendu** : pour le modèle nul et les patients `[[1, 2], [3, 4]]`, malades `[1, 0]`, le gradient est `[0.5, 0.5]` et `0.0`.
#
# <details><summary>Indice</summary>
#
# `predict_probability(parameters, x)` rend tous les $p(x_i)$. `x.T @ erreur` fait la somme des $e_i x_i$ sur les patients ; il
# reste à diviser par leur nombre.
#
# </details>

# %%
def gradient(parameters: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Rend `[gradient de weight (d,), gradient de bias ()]` ; x : (n, d), y : (n,)."""
    # début solution
    error = predict_probability(parameters, x) - y
    return [x.T @ error / len(y), np.mean(error)]
    # fin solution


gradient = verifier.gradient(gradient)
gradient([np.zeros(2), np.zeros(())], np.array([[1, 2], [3, 4]]), np.array([1, 0]))

# %% [markdown]
# Non, il n'est pas plus grand. Le gradient est une **moyenne** : deux hôpitaux de tailles différentes mais de patients semblables
# ont le même. La taille ne s'y voit plus. Retenez-le : c'est pour cela que le serveur devra la demander.

# %% [markdown]
# ## 2. Chez l'hôpital : `client_update`
#
# Un hôpital reçoit le modèle global. Il fait quelques pas de **descente de gradient** sur ses propres patients : à chaque pas,
# il recule chaque paramètre de `lr` fois son gradient. `lr`, le **taux d'apprentissage**, règle la longueur du pas. Puis il rend
# le modèle obtenu. Les patients, eux, ne bougent pas.
#
# **Prédisez** : si l'hôpital fait 5 pas, peut-il calculer le gradient une fois et faire un pas cinq fois plus grand ?

# %% [markdown]
# ### ✏️ Exercice 2 — l'apprentissage local
#
# 🔴🔴⚪ · 10 min
#
# Écrivez `num_steps` pas de descente de gradient sur tous les patients de l'hôpital. Ne modifiez pas les paramètres reçus :
# les autres hôpitaux partent des mêmes.
#
# **Résultat attendu** : avec les deux patients de l'exercice 1, `lr = 1` et 2 pas depuis zéro, les coefficients valent environ
# `[-0.135, 0.259]` et le biais `0.394`.
#
# <details><summary>Indice</summary>
#
# À chaque pas : `nouveau = ancien - lr * gradient`, pour les coefficients et pour le biais. Construisez une nouvelle liste :
# `p -= …` modifierait le tableau reçu, même rangé dans une copie de la liste.
#
# </details>

# %%
def client_update(
    parameters: list[np.ndarray], x: np.ndarray, y: np.ndarray, lr: float, num_steps: int
) -> list[np.ndarray]:
    """Rend les paramètres après `num_steps` pas, sans modifier `parameters`."""
    # début solution
    for _ in range(num_steps):
        step = gradient(parameters, x, y)
        parameters = [p - lr * g for p, g in zip(parameters, step)]
    return parameters
    # fin solution


client_update = verifier.client_update(client_update)
client_update([np.zeros(2), np.zeros(())], np.array([[1, 2], [3, 4]]), np.array([1, 0]), 1, 2)

# %% [markdown]
# Un pas cinq fois plus grand ne remplace pas cinq pas : le gradient change dès que le modèle bouge, il faut le recalculer.
# Voyons la perte de chaque hôpital, sur ses propres patients, quand il apprend **seul** à partir du modèle nul.

# %%
def log_loss(parameters, split):
    """Entropie croisée moyenne du modèle sur un jeu."""
    p = predict_probability(parameters, split.x)
    return -np.mean(split.y * np.log(p) + (1 - split.y) * np.log(1 - p))


def local_curve(name, num_steps=30):
    """Perte d'un hôpital sur ses patients, de 0 à num_steps pas."""
    train = dataset[name].train
    return [log_loss(client_update(initial_parameters, train.x, train.y, 0.5, k), train) for k in range(num_steps + 1)]

# %%
alone = {name: local_curve(name) for name in dataset}
print("perte après 30 pas :", {name: round(float(losses[-1]), 2) for name, losses in alone.items()})
figure, ax = plt.subplots(figsize=(7, 4))
learning_curves(ax, alone, ylabel="perte d'entraînement")
ax.set_xlabel("pas de descente de gradient")
mark_synthetic(ax, dataset.card);

# %% [markdown]
# **La figure en mots** : les quatre pertes partent de 0,69 et descendent. Trois hôpitaux arrivent entre 0,31 et 0,36. La Suisse
# tombe à 0,03 : presque tous ses patients sont malades, il lui suffit de répondre « malade » à tout le monde. Une perte basse
# chez soi ne prouve donc pas que le modèle a compris la maladie.

# %% [markdown]
# ## 3. Au serveur : `fedavg`
#
# Le serveur reçoit quatre modèles. Il en fait un seul : la moyenne, paramètre par paramètre. Mais les hôpitaux n'ont pas
# le même nombre de patients. Dans **FedAvg**, McMahan et ses collègues (2017) pondèrent chaque modèle $w_k$ (ici, coefficients et
# biais ensemble) par l'effectif $n_k$ de son hôpital :
#
# $$w = \sum_k \frac{n_k}{n} \, w_k \qquad n = \sum_k n_k$$

# %%
sizes = {name: len(center.train) for name, center in dataset.items()}
weights = {name: round(size / sum(sizes.values()), 3) for name, size in sizes.items()}
print(f"patients d'entraînement : {sizes}")
print(f"poids n_k / n           : {weights}")

# %% [markdown]
# **Prédisez** : avec une moyenne simple, quel serait le poids de la Suisse ? Combien de fois trop ?

# %% [markdown]
# ### ✏️ Exercice 3 — la moyenne pondérée
#
# 🔴🔴⚪ · 10 min
#
# Écrivez la moyenne de FedAvg. `updates[k]` est la liste `[weight, bias]` du client k, `num_examples[k]` son effectif.
# Rendez une liste `[weight, bias]`.
#
# **Résultat attendu** : pour `updates = [[np.array([0.0]), np.array(0.0)], [np.array([4.0]), np.array(8.0)]]` et les effectifs
# `[3, 1]`, on obtient `[1.0]` et `2.0`, et non `[2.0]` et `4.0`.
#
# <details><summary>Indice</summary>
#
# `zip(*updates)` regroupe d'abord tous les tableaux de coefficients, puis tous les biais. `np.average(…, axis=0, weights=…)` fait une
# moyenne pondérée.
#
# </details>

# %%
def fedavg(updates: list[list[np.ndarray]], num_examples: list[int]) -> list[np.ndarray]:
    """Rend la moyenne des clients, chacun pesé par son nombre d'exemples."""
    # début solution
    return [np.average(np.stack(group), axis=0, weights=num_examples) for group in zip(*updates)]
    # fin solution


fedavg = verifier.fedavg(fedavg)
fedavg([[np.array([0.0]), np.array(0.0)], [np.array([4.0]), np.array(8.0)]], [3, 1])

# %% [markdown]
# Avec une moyenne simple, la Suisse pèserait 1/4, soit 0,25, au lieu de 0,06 : quatre fois trop. Chacun de ses 29 patients
# compterait autant que sept patients de Cleveland, qui en a 199.
#
# ## 4. Un tour complet, et son oracle
#
# Un **tour** : le serveur envoie le modèle, chaque hôpital fait `client_update` de son côté, le serveur fait `fedavg`.

# %% [markdown]
# ### ✏️ Exercice 4 — un tour fédéré
#
# 🔴🔴🔴 · 15 min
#
# Assemblez vos deux fonctions. `centers` associe à chaque nom un centre ; son jeu d'entraînement est `center.train`, avec
# `.x`, `.y` et `len(center.train)`. Tous les hôpitaux partent des mêmes `parameters`.
#
# **Résultat attendu** : une liste `[weight, bias]`, de mêmes formes que `parameters` ; après un tour sur nos quatre hôpitaux
# (`lr=0.5`, `num_steps=1`), le biais affiché sous l'exercice vaut environ `0.001`, et non `0.065`, celui de la moyenne simple.
#
# <details><summary>Indice</summary>
#
# Deux listes : les mises à jour, dans l'ordre des centres, et leurs effectifs. Puis un seul appel à `fedavg`.
#
# </details>

# %%
def fedavg_round(parameters: list[np.ndarray], centers, lr: float, num_steps: int) -> list[np.ndarray]:
    """Rend le modèle global après un tour."""
    # début solution
    splits = [center.train for center in centers.values()]
    updates = [client_update(parameters, split.x, split.y, lr, num_steps) for split in splits]
    return fedavg(updates, [len(split) for split in splits])
    # fin solution


fedavg_round = verifier.fedavg_round(fedavg_round)
fedavg_round(initial_parameters, dataset, 0.5, 1)[1]

# %% [markdown]
# Comment savoir si FedAvg est *juste* ? Il nous faut un **oracle** : un calcul indépendant qui doit donner la même chose.
# En voici un : si chaque hôpital fait **un seul pas**, la moyenne pondérée des modèles est un pas sur les données réunies.
#
# **Prédisez** : l'égalité tient-elle encore avec une moyenne simple ? Et avec deux pas locaux ?

# %%
def gap(a, b):
    """Plus grand écart entre deux modèles."""
    return max(np.abs(p - q).max() for p, q in zip(a, b))


def plain_mean(updates):
    """La moyenne sans poids : ce n'est PAS FedAvg."""
    return [np.mean(np.stack(group), axis=0) for group in zip(*updates)]


splits = [center.train for center in dataset.values()]
for num_steps in (1, 2, 10):
    pooled = client_update(initial_parameters, dataset.train.x, dataset.train.y, 0.5, num_steps)
    updates = [client_update(initial_parameters, s.x, s.y, 0.5, num_steps) for s in splits]
    weighted = gap(fedavg_round(initial_parameters, dataset, 0.5, num_steps), pooled)
    plain = gap(plain_mean(updates), pooled)
    print(f"{num_steps:2} pas : FedAvg à {weighted:.1e} du calcul centralisé, moyenne simple à {plain:.1e}")

# %% [markdown]
# Avec **un** pas, FedAvg retombe sur le calcul centralisé : l'écart, de l'ordre de 1e-16 (lisez $10^{-16}$), est
# l'arrondi de la machine. Aucun patient n'a pourtant quitté son hôpital. La moyenne simple, elle, est à 0,12 de là : elle donne à
# la Suisse un quart des voix pour 6 % des patients. Des dépôts publics très copiés appellent « FedAvg » cette moyenne sans poids.
# Vous saurez la reconnaître.
#
# Avec deux pas, l'écart est de 0,025 ; avec dix, de 0,12, autant que la moyenne simple. Après le premier pas, chaque hôpital suit
# son propre chemin, et les poids n'y peuvent rien. C'est la **dérive des clients**, le sujet de la leçon 4.

# %% [markdown]
# ## 5. Combien de pas locaux ?
#
# Chaque tour coûte un aller-retour sur le réseau. Faire plus de pas locaux économise des tours. Voyons ce que l'on gagne.
#
# **Prédisez** : avec 20 pas locaux par tour, atteint-on la même perte finale qu'avec un seul ?

# %%
def federated_curve(num_steps, num_rounds=40):
    """Perte du modèle global sur les données réunies, tour par tour."""
    parameters, losses = initial_parameters, []
    for _ in range(num_rounds + 1):
        losses.append(log_loss(parameters, dataset.train))
        parameters = fedavg_round(parameters, dataset, 0.5, num_steps)
    return losses


curves = {f"{num_steps} pas par tour": federated_curve(num_steps) for num_steps in (1, 5, 20)}
figure, ax = plt.subplots(figsize=(7, 4))
learning_curves(ax, curves, ylabel="perte d'entraînement (données réunies)")
mark_synthetic(ax, dataset.card);

# %%
for name, losses in curves.items():
    print(f"{name:16} : après 5 tours {losses[5]:.4f}, après 40 tours {losses[40]:.4f}")

# %% [markdown]
# **La figure en mots** : trois courbes descendent de 0,69. Plus il y a de pas locaux, plus la chute est rapide ; mais la courbe à
# 20 pas remonte un peu et finit au-dessus des deux autres.
#
# Après 5 tours, 20 pas locaux ont de l'avance : 0,363 contre 0,447 avec un seul pas. Après 40 tours, ils sont derniers : 0,365 contre
# 0,361, et 0,357 avec 5 pas. L'écart est petit, mais il ne se comblera pas : la courbe à un pas descend encore, celle à 20 pas s'est
# arrêtée trop haut (essayez `num_rounds=100`). Chaque hôpital a eu le temps d'aller vers son propre but, et la moyenne de leurs
# arrivées n'est pas le but commun. Quelques pas locaux font gagner des tours ; trop de pas locaux laissent le modèle un peu à côté.

# %% [markdown]
# ## À retenir
#
# - Le gradient est une moyenne sur les patients ; l'apprentissage local est une suite de pas `p - lr * g`, sans toucher au modèle reçu.
# - FedAvg pèse chaque modèle par son effectif, $n_k / n$ ; la moyenne simple n'est pas FedAvg.
# - Un tour : envoyer le modèle, apprendre chez chacun, moyenner. Deux fonctions suffisent.
# - Avec un seul pas local, un tour de FedAvg est un pas sur les données réunies, à l'arrondi près ; avec plusieurs, l'égalité disparaît.

# %% [markdown]
# ## Quiz
#
# **1. Deux hôpitaux, de 900 et de 100 patients, rendent pour un même coefficient 1,0 et 2,0. Que donne FedAvg ?**
#
# - a) 1,5
# - b) 1,1
# - c) 1,9
#
# <details><summary>Réponse</summary>
#
# - a) Non : c'est la moyenne simple, qui oublie les effectifs.
# - b) **Oui** : 0,9 × 1,0 + 0,1 × 2,0.
# - c) Non : les poids sont inversés. C'est le gros hôpital qui doit compter le plus.
#
# </details>
#
# **2. Que voit le serveur pendant un tour ?**
#
# - a) Les patients.
# - b) Rien du tout.
# - c) Les paramètres appris par chaque hôpital, et son effectif.
#
# <details><summary>Réponse</summary>
#
# - a) Non : les patients restent chez eux.
# - b) Non, et c'est important : des paramètres peuvent trahir des patients. FedAvg seul n'est pas une protection ; nous y reviendrons
#   aux semaines 2 et 6.
# - c) **Oui** : chaque hôpital envoie son modèle et son effectif, en clair.
#
# </details>
#
# **3. Quand un tour de FedAvg vaut-il un pas de descente de gradient sur les données réunies ?**
#
# - a) Avec un seul pas local, sur tous les patients de chaque hôpital.
# - b) Toujours.
# - c) Dès que les hôpitaux ont le même effectif.
#
# <details><summary>Réponse</summary>
#
# - a) **Oui** : la moyenne pondérée des gradients est alors le gradient des données réunies.
# - b) Non : vous avez vu l'écart dès deux pas.
# - c) Non : avec plusieurs pas, chacun dérive, même à effectifs égaux.
#
# </details>

# %% [markdown]
# ## Pour aller plus loin
#
# - McMahan et al. 2017, *Communication-Efficient Learning of Deep Networks from Decentralized Data*, [arXiv:1602.05629](https://arxiv.org/abs/1602.05629) : votre `fedavg_round` est l'algorithme 1 quand tous les clients participent, chacun sur tous ses exemples.
# - Le code de référence tient en une page : `common/federated/fedavg.py`, dans le dossier du cours.
# - Mettez `SOURCE = "real"` après `python cours.py donnees heart` : les vrais hôpitaux dérivent-ils autant ?

# %% [markdown]
# ## Leçon suivante
#
# [3. FedAvg avec Flower](03_fedavg_avec_flower.ipynb) : le même calcul, avec l'outil que l'on déploie.
