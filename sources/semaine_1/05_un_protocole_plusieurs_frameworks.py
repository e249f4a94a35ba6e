# %% [markdown]
# # Un protocole, plusieurs frameworks
#
# **Durée** : 75 min · **Prérequis** : leçons 2 et 3 ; avoir croisé PyTorch ou Keras aide, sans être nécessaire · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Convertir les paramètres d'un modèle entre PyTorch et Keras.
# - Prouver que deux modèles calculent la même chose, et attraper une conversion fausse qui ne lève aucune erreur.
# - Écrire en TensorFlow le pas d'apprentissage de PyTorch, et obtenir la même fédération.
# - Faire travailler des hôpitaux PyTorch et des hôpitaux Keras dans une seule fédération.
# - Choisir un outil d'apprentissage fédéré en lisant sa licence, sa dernière version et ses dépendances.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import FedAvg

from common import data, federated, figures, models, training
from common.verifier import semaine_1 as verifier

# %% [markdown]
# ## 1. Ce qui voyage
#
# PyTorch et Keras sont deux *frameworks* : des bibliothèques avec lesquelles on écrit un modèle. Cleveland travaille avec PyTorch. La
# Suisse travaille avec Keras, et n'en changera pas pour vous. Peuvent-elles apprendre ensemble ? Cela dépend de ce qui voyage
# entre elles. Regardons-le. Les données sont celles de la leçon 2 : **synthétiques**, au schéma du jeu *Heart Disease*. Le texte
# commente les données embarquées ; avec `"real"`, vos chiffres seront autres.

# %%
SOURCE = "embedded"  # "real" après `python cours.py donnees heart`
dataset = data.standardize(data.load("heart", source=SOURCE))
num_features = dataset.train.x.shape[1]
print(dataset.card)

# %% [markdown]
# Le modèle est un **perceptron**, le plus simple des réseaux de neurones. Une première couche combine les 13 variables en 13
# nombres intermédiaires ; les négatifs y deviennent des zéros (c'est la fonction ReLU). Une seconde couche en tire un seul nombre, le
# **logit**, que la sigmoïde de la leçon 2 changerait en probabilité. Pourquoi 13 nombres intermédiaires ? Pour le piège : la
# première matrice est ainsi **carrée**. Et le modèle calcule en `float64`, pour que l'on puisse comparer à l'arrondi près.

# %%
def torch_model():
    """Perceptron PyTorch en float64 ; la graine est toujours la même."""
    return models.mlp(num_features, num_features, 1).double()


initial_arrays = federated.arrays_of(torch_model())
for name, array in initial_arrays.items():
    print(f"{name:8} {array.dtype}  forme {array.shape}, {len(array.data)} octets, {array.stype}")

# %% [markdown]
# Voilà tout ce qui voyage : des tableaux, chacun avec un **nom**, un **type** de nombre et une **forme**. `stype` dit comment les
# octets sont rangés : c'est le format de NumPy, 8 octets par nombre et 128 d'en-tête. Aucun objet de PyTorch ne part sur le réseau.
#
# **Prédisez** : le serveur, qui moyenne ces tableaux, a-t-il besoin de PyTorch ? Et un client a-t-il le droit de les lire avec Keras ?

# %% [markdown]
# Le serveur n'a besoin que de NumPy : une moyenne est une moyenne. Un client Keras peut lire ces tableaux, à une condition :
# les ranger comme lui. Une couche dense, où chaque sortie dépend de toutes les entrées, calcule $y = W x + b$. Chacun range à sa
# façon la matrice $W$, que Keras nomme *kernel*, le **noyau** :
#
# | Framework | Couche | Forme du noyau | Calcul |
# |---|---|---|---|
# | PyTorch | `nn.Linear` | (sorties, entrées) | `x @ W.T + b` |
# | Keras | `layers.Dense` | (entrées, sorties) | `x @ W + b` |
#
# Passer de l'un à l'autre, c'est **transposer** : les lignes deviennent les colonnes.

# %% [markdown]
# ### ✏️ Exercice 1 — de PyTorch à Keras
#
# 🔴⚪⚪ · 8 min
#
# `arrays` associe à chaque nom un tableau rangé comme PyTorch : un noyau, un biais, un noyau, un biais… Rendez la **liste**
# des tableaux rangés comme Keras, dans le même ordre.
#
# **Résultat attendu** : pour le noyau `[[1, 2, 3], [4, 5, 6]]` (2 sorties, 3 entrées) et le biais `[7, 8]`, la liste contient
# `[[1, 4], [2, 5], [3, 6]]` et `[7, 8]`.
#
# <details><summary>Indice</summary>
#
# `.T` transpose une matrice et laisse un vecteur tel quel. `arrays.values()` donne les tableaux, dans l'ordre.
#
# </details>

# %%
def to_keras(arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Rend les tableaux de `arrays`, rangés pour `set_weights` de Keras."""
    # début solution
    return [array.T for array in arrays.values()]
    # fin solution


to_keras = verifier.to_keras(to_keras)
to_keras({"weight": np.array([[1, 2, 3], [4, 5, 6]]), "bias": np.array([7, 8])})

# %% [markdown]
# ## 2. Le piège du noyau carré
#
# Construisons le jumeau Keras de notre modèle. Keras décrit les couches, TensorFlow fait les calculs. Il se charge maintenant ; comptez
# quelques secondes.

# %%
import keras
import tensorflow as tf

from common.federated import keras_client


def keras_model():
    """Le même perceptron en Keras, float64 lui aussi."""
    hidden = keras.layers.Dense(num_features, activation="relu", dtype="float64")
    return keras.Sequential([keras.Input((num_features,), dtype="float64"), hidden, keras.layers.Dense(1, dtype="float64")])


received = federated.numpy_arrays(initial_arrays)
twin = keras_model()
try:
    twin.set_weights(list(received.values()))  # sans conversion
except ValueError as error:
    print(error)

# %% [markdown]
# Sans conversion, Keras refuse. Mais lisez bien : il se plaint de la **seconde** matrice, (1, 13) au lieu de (13, 1). La
# première, carrée, est passée sans un mot. Un collègue pressé corrige l'erreur ainsi : il donne à chaque tableau la forme
# demandée, avec `reshape`.

# %%
def hasty(arrays):
    """La conversion du collègue pressé."""
    return [array.reshape(weight.shape) for array, weight in zip(arrays.values(), twin.weights, strict=True)]


twin.set_weights(hasty(received))
print("aucune erreur")

# %% [markdown]
# **Prédisez** : le jumeau calcule-t-il la même chose que l'original ? Que faudrait-il regarder pour le savoir : les formes,
# les paramètres, les sorties ?

# %% [markdown]
# ### ✏️ Exercice 2 — l'écart des sorties
#
# 🔴⚪⚪ · 7 min
#
# Une conversion est juste quand les deux modèles **calculent** la même chose. Mesurez le plus grand écart, en valeur absolue, entre
# les sorties des deux modèles, sur les mêmes patients. `predict_a` et `predict_b` sont des fonctions ; `x` est une matrice de patients.
#
# **Résultat attendu** : pour deux fonctions qui rendent `[[1.0], [2.0]]` et `[[1.5], [1.0]]`, l'écart vaut `1.0`.
#
# <details><summary>Indice</summary>
#
# Un écart négatif est un écart : `np.abs`. Et c'est le pire qui compte : `np.max`.
#
# </details>

# %%
def output_gap(predict_a, predict_b, x: np.ndarray) -> float:
    """Rend le plus grand écart absolu entre les sorties de deux modèles sur `x`."""
    # début solution
    return np.max(np.abs(predict_a(x) - predict_b(x)))
    # fin solution


output_gap = verifier.output_gap(output_gap)
print(output_gap(lambda x: np.array([[1.0], [2.0]]), lambda x: np.array([[1.5], [1.0]]), np.zeros((2, 1))))

# %%
original = torch_model()


def predict_torch(x):
    return original(torch.as_tensor(x)).detach().numpy()


def predict_keras(x):
    return twin(tf.constant(x)).numpy()


patients = dataset.test.x
logits = {}
for name, convert in {"reshape": hasty, "transposition": to_keras}.items():
    twin.set_weights(convert(received))
    logits[name] = predict_keras(patients)
    gaps = [output_gap(predict_torch, predict_keras, x) for x in (patients, np.zeros_like(patients))]
    print(f"{name:13} : écart {gaps[0]:.1g} sur les patients, {gaps[1]:.1g} sur des lignes de zéros")

# %%
def comma(value, _):
    """Écrit un nombre à la française, pour la graduation d'un axe."""
    return f"{value:.1f}".replace(".", ",").replace("-", "−")


# %%
figure, ax = plt.subplots(figsize=(6, 5))
ax.plot(predict_torch(patients), logits["transposition"], "o", color="black", markersize=4, label="transposition")
ax.plot(predict_torch(patients), logits["reshape"], "x", color="#D55E00", markersize=5, label="reshape")
ax.set(xlabel="logit de PyTorch (sans unité)", ylabel="logit du jumeau Keras (sans unité)")
ax.xaxis.set_major_formatter(comma)
ax.yaxis.set_major_formatter(comma)
ax.set_title("Deux conversions du même modèle")
ax.legend()
figures.mark_synthetic(ax, dataset.card);

# %% [markdown]
# **La figure en mots** : chaque point est un patient du jeu de test. Après transposition, les points noirs dessinent la diagonale :
# les deux modèles sont d'accord. Après `reshape`, les croix forment un nuage sans lien avec elle.
#
# Les formes étaient justes, les nombres étaient tous là, Keras n'a rien dit. La seconde matrice n'a qu'une ligne : `reshape` en a bien
# fait une colonne. La première avait déjà la forme demandée : il l'a laissée telle quelle, donc non transposée. Seules les
# **sorties** montrent l'erreur : 1 d'écart, contre moins de 1e-15, l'arrondi de la machine.
#
# Notez la seconde mesure : sur des lignes de zéros, l'écart est nul, même après `reshape`. Zéro fois une matrice fait zéro, quelle
# que soit la matrice. Mesurez donc toujours l'écart sur des patients variés.
#
# Comparer les paramètres après un aller-retour n'aurait rien montré non plus : `reshape` à l'aller, `reshape` au retour, et chaque
# nombre revient à sa place.

# %% [markdown]
# ## 3. La même fédération, deux frameworks
#
# Deux modèles qui calculent la même chose doivent aussi **apprendre** la même chose. PyTorch et TensorFlow n'écrivent pas
# le gradient de la même façon, mais c'est le même gradient.
#
# **Prédisez** : après 20 pas sur les mêmes patients, les deux modèles sont-ils encore égaux ? À combien de décimales ?

# %% [markdown]
# ### ✏️ Exercice 3 — le pas de TensorFlow
#
# 🔴🔴⚪ · 15 min
#
# Écrivez un pas de descente de gradient en TensorFlow : `x` est une matrice de patients, `y` un vecteur de 0 et de 1 en
# `float64`. La perte est l'entropie croisée **moyenne** ; `model(x)` rend des logits de forme (n, 1). Modifiez le modèle en
# place et rendez la perte d'**avant** le pas.
#
# **Résultat attendu** : la cellule qui suit fait 20 pas sur Cleveland, avec PyTorch et avec vous. La perte du premier est
# `0.715700507193`, celle du vingtième `0.648374432620`, pour les deux.
#
# <details><summary>Indice</summary>
#
# `with tf.GradientTape() as tape:` ouvre un ruban qui enregistre le calcul de la perte ; `tape.gradient(loss, model.trainable_variables)` rend un
# gradient par variable ; `variable.assign_sub(…)` soustrait. La perte d'un patient :
# `tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=…)`, avec des logits de forme (n,).
#
# </details>

# %%
def gradient_step(model, x, y, lr: float):
    """Fait un pas sur le lot et rend la perte d'avant le pas."""
    # début solution
    with tf.GradientTape() as tape:
        logits = model(x)[:, 0]
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
    gradients = tape.gradient(loss, model.trainable_variables)
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        variable.assign_sub(lr * gradient)
    return loss
    # fin solution


gradient_step = verifier.gradient_step(gradient_step)

# %%
train = dataset["cleveland"].train
x, y = torch.as_tensor(train.x), torch.as_tensor(train.y)
optimizer = torch.optim.SGD(original.parameters(), lr=0.1)
for step in range(20):
    keras_loss = gradient_step(twin, tf.constant(train.x), tf.constant(train.y, "float64"), lr=0.1)
    optimizer.zero_grad()
    torch_loss = training.loss(original(x), y)
    torch_loss.backward()
    optimizer.step()
    if step in (0, 19):
        print(f"pas {step + 1:2} : perte PyTorch {torch_loss.item():.12f}, perte Keras {float(keras_loss):.12f}")
print(f"écart des sorties après 20 pas : {output_gap(predict_torch, predict_keras, patients):.0e}")

# %% [markdown]
# Les douze décimales sont les mêmes, au premier pas comme au vingtième. L'écart des sorties, sous 1e-15, est encore l'arrondi.
# Les vôtres se séparent plus tôt, et l'écart est d'environ 1e-8 ? Votre pas est juste, mais il passe par `keras.losses` ou
# `keras.optimizers`, qui calculent en `float32` si on ne leur dit rien.
#
# Reste le **hasard** : dans quel ordre chaque hôpital parcourt-il ses patients ? Si chaque framework tirait ses lots, les deux
# fédérations se sépareraient. Dans ce cours, l'ordre vient de NumPy, d'après la graine, le tour et le numéro du centre. Il
# n'appartient à aucun framework. `keras_client_app` fait le même pas que vous, lot après lot, dans un `ClientApp`.
#
# Le serveur, lui, fait la moyenne avec NumPy. Il emploie PyTorch ici pour une seule chose : mesurer le modèle à chaque tour.

# %%
sgd = training.SGD(lr=0.1, epochs=2, batch_size=64)
names = list(initial_arrays)
torch_app = federated.torch_client_app(torch_model(), dataset, federated.sgd_training(sgd))
keras_app = keras_client.keras_client_app(keras_model(), names, dataset, sgd)


def federate(client_app):
    """Quinze tours de FedAvg depuis les mêmes paramètres ; le jeu de test réuni est mesuré à chaque tour."""
    evaluate_fn = federated.torch_evaluate_fn(torch_model(), dataset.test)
    return federated.simulate(client_app, FedAvg(), dataset, initial_arrays, num_rounds=15, evaluate_fn=evaluate_fn)


def model_gap(history, reference):
    """Plus grand écart entre les paramètres de deux modèles finaux."""
    a, b = (federated.numpy_arrays(h.arrays) for h in (history, reference))
    return max(np.abs(a[name] - b[name]).max() for name in names)


runs = {"PyTorch": federate(torch_app), "Keras": federate(keras_app)}
for name, history in runs.items():
    print(f"{name:8} : perte {history.curve('loss').iloc[-1]:.12f}, exactitude {history.curve('accuracy').iloc[-1]:.3f}")
gap = model_gap(runs["Keras"], runs["PyTorch"])
print(f"écart des modèles finaux : {gap:.0e} ; sous 1e-9 : {gap < 1e-9}")

# %% [markdown]
# Quinze tours, quatre hôpitaux, deux frameworks, un seul modèle : l'écart final est de l'ordre de 1e-16. À calcul égal, le framework ne
# change pas le résultat.
#
# Il y fallait du soin : les mêmes paramètres de départ, la même perte moyenne, les mêmes lots, et `float64` partout, jusque dans
# `keras.Input`, qui sans cela convertit les entrées en `float32`. Oubliez un seul de ces points et l'égalité se perd, sans aucun message.

# %% [markdown]
# ## 4. Une fédération mixte
#
# Cleveland et la Hongrie gardent PyTorch ; la Suisse et Long Beach (`va`) gardent Keras. Ici, un seul `ClientApp` reçoit tous les
# messages ; à lui d'appeler le bon client. En vrai, chaque hôpital installe le sien, et le serveur n'y voit pas de différence.
#
# **Prédisez** : le modèle final sera-t-il entre les deux précédents, ou égal aux deux ?

# %% [markdown]
# ### ✏️ Exercice 4 — un client par centre
#
# 🔴🔴🔴 · 12 min
#
# `apps[k]` est le `ClientApp` du centre k. Construisez un `ClientApp` qui transmet chaque message, d'entraînement **et**
# d'évaluation, au client du centre qui le reçoit. Un `ClientApp` s'appelle comme une fonction : `app(message, context)` rend la réponse.
#
# **Résultat attendu** : un objet `ClientApp` ; la fédération mixte, sous l'exercice, tourne sans erreur.
#
# <details><summary>Indice</summary>
#
# Le numéro du centre est dans `context.node_config["partition-id"]`. Comme en leçon 3 : `app = ClientApp()`, puis une fonction
# décorée par `@app.train()` et une autre par `@app.evaluate()`.
#
# </details>

# %%
def mixed_client_app(apps: list[ClientApp]) -> ClientApp:
    """Rend un `ClientApp` qui confie chaque message à `apps[partition-id]`."""
    # début solution
    app = ClientApp()

    @app.train()
    def train(message, context):
        return apps[context.node_config["partition-id"]](message, context)

    @app.evaluate()
    def evaluate(message, context):
        return apps[context.node_config["partition-id"]](message, context)

    return app
    # fin solution


mixed_client_app = verifier.mixed_client_app(mixed_client_app)

# %%
runs["mixte"] = federate(mixed_client_app([torch_app, torch_app, keras_app, keras_app]))
for name in ("PyTorch", "Keras"):
    print(f"fédération mixte, à {model_gap(runs['mixte'], runs[name]):.0e} de la fédération {name}")

# %% [markdown]
# Égal aux deux, à l'arrondi près. Le serveur a moyenné des tableaux ; il ne sait pas d'où ils viennent. C'est cela, un **protocole** :
# on s'accorde sur les messages, et chacun reste maître chez soi.
#
# **Prédisez** : et si la Suisse et Long Beach avaient gardé la conversion du collègue pressé ? La fédération s'arrêterait-elle ? Le
# verrait-on à l'exactitude ?

# %%
from flwr.app import Array, ArrayRecord


class HastyModel(keras_client.KerasModel):
    """Le client Keras du collègue pressé : `reshape` à l'arrivée comme au départ."""

    def load(self, arrays):
        self.model.set_weights(hasty(federated.numpy_arrays(arrays)))

    def arrays(self):
        values = [weight.numpy().reshape(weight.shape[::-1]) for weight in self.model.weights]
        return ArrayRecord({name: Array(value) for name, value in zip(names, values, strict=True)})


hasty_app = federated.client.client_app(HastyModel(keras_model(), names, sgd), dataset)
runs["mixte, reshape"] = federate(mixed_client_app([torch_app, torch_app, hasty_app, hasty_app]))
print(f"à {model_gap(runs['mixte, reshape'], runs['PyTorch']):.1e} de la fédération PyTorch")
for name in ("mixte", "mixte, reshape"):
    loss, accuracy = runs[name].curve("loss"), runs[name].curve("accuracy")
    print(f"{name:14} : perte {loss.iloc[0]:.3f} au départ, {loss.iloc[-1]:.3f} à la fin, exactitude {accuracy.iloc[-1]:.3f}")

# %%
sizes = {name: len(center.train) for name, center in dataset.items()}
print(f"exemples de la Suisse et de Long Beach : {sizes['switzerland'] + sizes['va']} sur {sum(sizes.values())}")
print(f"patients du jeu de test réuni : {len(dataset.test)}")
inverted = federate(mixed_client_app([hasty_app, hasty_app, torch_app, torch_app]))
print(f"rôles inversés : perte {inverted.curve('loss').iloc[-1]:.3f}, exactitude {inverted.curve('accuracy').iloc[-1]:.3f}")

# %%
figure, ax = plt.subplots(figsize=(7, 4))
figures.learning_curves(ax, {name: run.curve("loss") for name, run in runs.items()}, ylabel="perte sur le jeu de test réuni")
figures.mark_synthetic(ax, dataset.card);

# %% [markdown]
# **La figure en mots** : quatre courbes partent de 0,69. Celles de PyTorch, de Keras et de la fédération mixte sont
# confondues et descendent à 0,407. Celle de la conversion par `reshape` descend aussi, régulière, mais plus lentement : elle finit à 0,431.
#
# Voilà le danger. Rien ne s'arrête, la courbe est belle, et l'exactitude est de 0,819 au lieu de 0,823 : un patient
# de différence sur les 254 du jeu de test. Pourtant deux hôpitaux sur quatre entraînent un modèle brouillé. Sans la bonne courbe
# à côté, rien ne le dit.
#
# Et c'est de la chance : la Suisse et Long Beach n'ont que 115 exemples sur 486, ils pèsent peu. Donnez la même conversion à
# Cleveland et à la Hongrie : l'exactitude tombe à 0,701, et toujours aucune erreur. Mesurez donc l'écart des sorties chez
# chaque client, **avant** le premier tour.

# %% [markdown]
# ## 5. La carte des outils
#
# Flower n'est pas seul. Avant d'adopter un outil, posez quatre questions : à quoi sert-il, sous quelle licence, de quand date sa
# dernière version, et s'installe-t-il avec le reste ? Tous ceux du tableau sont sous licence **Apache-2.0**.
#
# | Outil | À quoi il sert, d'après ses auteurs | Dernière version | Python |
# |---|---|---|---|
# | **Flower** | construire des systèmes fédérés avec tout framework, PyTorch et TensorFlow compris | [1.42.0](https://pypi.org/project/flwr/1.42.0/), 22 oct. 2026 ; ici 1.41.0, 20 oct. | ≥ 3.11 |
# | **NVFLARE** (NVIDIA) | porter un apprentissage existant vers le fédéré, de la simulation à la production ; PyTorch, TensorFlow, scikit-learn, XGBoost | [2.9.0](https://pypi.org/project/nvflare/2.9.0/), 4 sept. 2026 | ≥ 3.10 |
# | **PySyft** (OpenMined) | soumettre un calcul que le propriétaire des données exécute chez lui ; pas seulement de l'apprentissage | [0.10.0](https://pypi.org/project/syft/0.10.0/), 26 août 2026 | ≥ 3.10 |
# | **Fed-BioMed** (Inria, Université Côte d'Azur) | la recherche biomédicale entre hôpitaux ; PyTorch et scikit-learn | [6.4.1](https://pypi.org/project/fedbiomed/6.4.1/), 6 août 2026 | 3.10 et 3.11 |
# | **OpenFL** (Intel et université de Pennsylvanie, Linux Foundation) | entraîner sur des données sensibles ; né d'un projet sur les tumeurs, FeTS ; TensorFlow, PyTorch, JAX | [1.9](https://pypi.org/project/openfl/1.9/), 10 juin 2025 | 3.10 à 3.12 |
# | **FedML** (TensorOpera) | entraînement fédéré et distribué, avec une plate-forme en ligne | [0.9.6](https://pypi.org/project/fedml/0.9.6/), 24 févr. 2025 | 3.8 à 3.10 annoncés |
# | **Substra** (Owkin, Linux Foundation AI & Data) | la production, entre hôpitaux et entreprises de biotechnologie | [`substrafl` 1.0.0](https://pypi.org/project/substrafl/1.0.0/), 14 oct. 2024 | ≥ 3.10 |
# | **TFF** (Google) | la recherche et la simulation, avec TensorFlow 2.14 | [0.87.0](https://pypi.org/project/tensorflow-federated/0.87.0/), 17 sept. 2024 | 3.9 à 3.11 |
#
# Versions, dates, licences et Python : lus dans les paquets et sur le registre PyPI, avec `pip` et `uv`, les 21 et 22 novembre 2026. Le
# lien mène à la page de chaque version. Ce tableau vieillira : refaites la lecture. **Non vérifié** : si le dépôt de code de chacun est archivé.
#
# **Prédisez** : votre hôpital a des modèles TensorFlow et Python 3.12. D'après le tableau, quels outils restent ?

# %% [markdown]
# Trois annoncent TensorFlow et acceptent Python 3.12 : Flower, NVFLARE et OpenFL. Fed-BioMed, FedML et TFF s'arrêtent à un Python plus
# ancien. PySyft et Substra acceptent 3.12 ; pour TensorFlow, non vérifié. Et la date départage encore : OpenFL n'a rien publié sur PyPI depuis juin 2025.
#
# Ce que le tableau seul ne dit pas :
#
# - **TFF** 0.87.0 ne s'installe plus depuis PyPI seul : cette version exige `jaxlib` 0.4.14, qui n'y est plus (essayé sous Linux, Python 3.11 ;
#   sans numéro de version, `uv` retombe sur la 0.61.0). Les auteurs de JAX effacent d'anciennes versions, [faute de
#   place](https://github.com/google/jax/issues/18368).
# - **PySyft** 0.10 est une réécriture : ses auteurs demandent de fixer `syft<0.10` à qui utilise l'ancienne interface. Un
#   tutoriel écrit pour la 0.9 est à refaire.
# - **FedML** : l'organisation se nomme désormais TensorOpera et se présente comme une [plate-forme d'IA
#   générative](https://github.com/FedML-AI) (page lue dans une copie non datée). La bibliothèque reste publiée.
#
# **Prédisez** : FedML 0.9.6 demande `protobuf<4.0,>=3.20.2`, `typer<0.10` et `numpy<2.0`. Peut-on l'installer à côté de Flower ?

# %%
from importlib.metadata import requires, version

print("installés ici  :", {name: version(name) for name in ("flwr", "protobuf", "typer", "numpy")})
print("Flower demande :", [line for line in requires("flwr") if line.startswith(("protobuf", "typer", "numpy"))])

# %% [markdown]
# Non : Flower veut `protobuf` (qui encode les messages) 5.28 au moins, FedML moins de 4 ; `typer` (qui lit les commandes) 0.13 au
# moins, contre moins de 0.10. Pour `numpy`, une entente existe : 1.26. Mais aucune version des deux autres ne
# convient aux deux, et l'installateur refuse (essayé avec `uv`). Il faut à FedML un environnement **à lui**. À taper dans un terminal, dans le dossier de votre choix :
#
# ```bash
# # Linux, macOS
# python3.11 -m venv .venv-fedml
# .venv-fedml/bin/python -m pip install "fedml==0.9.6" "setuptools<81"
# .venv-fedml/bin/python -c "import fedml; print(fedml.__version__)"
#
# # Windows
# py -3.11 -m venv .venv-fedml
# .venv-fedml\Scripts\python -m pip install "fedml==0.9.6" "setuptools<81"
# .venv-fedml\Scripts\python -c "import fedml; print(fedml.__version__)"
# ```
#
# Essayé le 21 novembre 2026 sous Linux, Python 3.11 : cinq minutes, près de 3 Go à télécharger, **6,1 Gio** sur le disque, surtout
# PyTorch et ses bibliothèques NVIDIA, puis `import fedml` affiche 0.9.6. Pourquoi `"setuptools<81"` ? Sans lui l'installation réussit, mais l'import échoue :
# `No module named 'pkg_resources'`. *Non essayé* : Windows, macOS, et un entraînement complet.

# %% [markdown]
# ## À retenir
#
# - Seuls voyagent des tableaux nommés. PyTorch range un noyau en (sorties, entrées), Keras en (entrées, sorties) : on transpose.
# - Une forme juste ne prouve rien : comparez les sorties des deux modèles, sur des entrées variées, avant le premier tour.
# - Mêmes paramètres, même perte moyenne, mêmes lots, même type de nombre : deux frameworks donnent alors le même modèle, à l'arrondi près.
# - Une fédération mixte vaut chaque fédération simple : le serveur ne voit que des tableaux, et `partition-id` désigne le client.
# - Un outil se juge à son usage, à sa licence, à sa dernière version et à ses dépendances ; deux outils qui se contredisent ont chacun leur environnement.

# %% [markdown]
# ## Quiz
#
# **1. Vous recevez un noyau PyTorch de forme (64, 64) et le donnez tel quel à une couche `Dense` de Keras. Que se passe-t-il ?**
#
# - a) Keras lève une erreur.
# - b) Rien : un noyau carré n'a pas besoin d'être transposé.
# - c) Aucune erreur, et le modèle calcule autre chose.
#
# <details><summary>Réponse</summary>
#
# - a) Non : Keras ne compare que les formes, et (64, 64) convient.
# - b) Non : la forme ne change pas, mais les valeurs changent de place.
# - c) **Oui** : seul l'écart des sorties le montre.
#
# </details>
#
# **2. Deux hôpitaux sous PyTorch et deux sous Keras partagent un modèle. Que doit savoir le serveur ?**
#
# - a) Le framework de chaque hôpital, pour convertir les tableaux.
# - b) Rien de plus que d'habitude : des tableaux de mêmes noms et de mêmes formes, et les effectifs.
# - c) TensorFlow et PyTorch, tous les deux installés.
#
# <details><summary>Réponse</summary>
#
# - a) Non : chaque client convertit chez lui, à l'arrivée comme au départ.
# - b) **Oui** : le protocole fixe les messages, pas les outils.
# - c) Non : une moyenne se fait avec NumPy.
#
# </details>
#
# **3. Pourquoi FedML 0.9.6 a-t-il besoin d'un environnement à lui ?**
#
# - a) Sa licence interdit de le mêler à Flower.
# - b) Il demande un `protobuf` que Flower refuse.
# - c) Il ne marche que sous Windows.
#
# <details><summary>Réponse</summary>
#
# - a) Non : les deux sont sous Apache-2.0.
# - b) **Oui** : moins de 4 pour l'un, 5.28 au moins pour l'autre.
# - c) Non : nous l'avons installé sous Linux.
#
# </details>

# %% [markdown]
# ## Pour aller plus loin
#
# - Le client Keras complet tient en un fichier : `common/federated/keras_client.py`, dans le dossier du cours ; la conversion et le client mixte sont dans `common/federated/interop.py`.
# - Un noyau de convolution a quatre dimensions : (sorties, entrées, hauteur, largeur) pour PyTorch, (hauteur, largeur, entrées, sorties) pour Keras. `.T` ne suffit plus : cherchez la permutation, et prouvez-la avec votre `output_gap`.
# - Remplacez `float64` par `float32` partout : à quel tour les deux fédérations se séparent-elles, et de combien ?

# %% [markdown]
# ## Leçon suivante
#
# Fin de la semaine 1 : vous savez pourquoi, comment et avec quoi fédérer. La semaine 2 parlera des données de santé et de ce que les
# modèles laissent fuir. D'ici là, relisez [Pourquoi fédérer](01_pourquoi_federer.ipynb) : répondriez-vous comme au premier jour ?
