# %% [markdown]
# # FedAvg avec Flower
#
# **Durée** : 60 min · **Prérequis** : leçon 2 · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Emballer un modèle dans un message de Flower, et l'en ressortir.
# - Lire dans le contexte qui l'on est, et y garder une mémoire.
# - Écrire un vrai `ClientApp` : un hôpital qui s'entraîne et s'évalue sur demande.
# - Choisir une stratégie, et vérifier qu'elle calcule votre FedAvg de la leçon 2.
# - Reconnaître un centre en panne, et savoir ce qui change quand on déploie.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np

from common import federated
from common.data import load, standardize
from common.figures import learning_curves, mark_synthetic
from common.verifier import semaine_1 as verifier

# %% [markdown]
# ## 1. Ce qui voyage : un message
#
# À la leçon 2, « envoyer le modèle » était un appel de fonction. Entre de vrais hôpitaux, il faut un réseau, des délais, des
# pannes. **Flower** est une bibliothèque libre qui s'en charge. Vous écrivez ce que fait un hôpital, vous choisissez ce que fait le
# serveur, elle porte les messages :
#
# ```
#     SERVEUR                                                      HÔPITAL
#     stratégie FedAvg                                             ClientApp
#         │                                                            │
#         │ ─── ordre : le modèle (arrays), les réglages (config) ───▶ │  apprend
#         │                                                            │  chez lui
#         │ ◀── réponse : le modèle appris (arrays), n_k (metrics) ─── │
#      moyenne                                                         │
# ```
#
# Nous reprenons la fédération de la leçon 2 : quatre hôpitaux, des données **synthétiques**. Le texte commente les données
# embarquées ; avec `"real"`, vos chiffres seront autres.

# %%
SOURCE = "embedded"  # "real" après `python cours.py donnees heart`
dataset = standardize(load("heart", source=SOURCE))
{name: len(center.train) for name, center in dataset.items()}

# %% [markdown]
# Un message a une enveloppe (qui, à qui, quelle sorte d'ordre) et un contenu. Tout vient de `flwr.app` :
#
# | Objet | Ce qu'il contient | Dans cette leçon |
# |---|---|---|
# | `ArrayRecord` | des tableaux (`Array`), chacun sous un nom | `weight` et `bias` |
# | `MetricRecord` | des mesures : `int` ou `float` | `num-examples` (l'effectif), `accuracy` (l'exactitude) |
# | `ConfigRecord` | des réglages | `lr`, `num-steps`, `server-round` |
# | `RecordDict` | les enregistrements ci-dessus, chacun sous un nom | le contenu du message |
# | `Message` | l'enveloppe et le contenu | un ordre, ou une réponse |
#
# **Prédisez** : le modèle a 13 coefficients et un biais, chacun en `float64` (8 octets). Combien d'octets faut-il pour l'envoyer ?

# %%
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict

num_features = dataset.train.x.shape[1]
initial_arrays = ArrayRecord({"weight": Array(np.zeros(num_features)), "bias": Array(np.zeros(()))})
for name, array in initial_arrays.items():
    print(f"{name:6} : forme {array.shape}, {array.dtype}, {len(array.data)} octets")
print(f"les patients de Cleveland, qui ne partent pas : {dataset['cleveland'].train.x.nbytes} octets")

# %% [markdown]
# 232 + 136 = 368 octets, sans l'enveloppe : 14 × 8 = 112 pour les nombres, le reste pour dire leur forme et leur type. Flower évite
# `pickle`, le format habituel de Python, qui peut exécuter un programme à l'ouverture : ouvrir un tableau reçu n'exécute rien.
# Les 20 696 octets de patients restent à Cleveland.

# %% [markdown]
# ### ✏️ Exercice 1 — emballer une réponse
#
# 🔴⚪⚪ · 8 min
#
# Emballez `parameters = [weight, bias]` et un effectif dans un `RecordDict`. Sous `"arrays"`, un `ArrayRecord` qui nomme
# `"weight"` puis `"bias"` ; sous `"metrics"`, un `MetricRecord` avec `"num-examples"` (trait d'union compris).
#
# **Résultat attendu** : pour `[np.array([1.0, -2.0]), 0.5]` et 3 patients, la cellule suivante affiche `[1.0, -2.0]`, `0.5` et
# `{'num-examples': 3}`.
#
# <details><summary>Indice</summary>
#
# `initial_arrays`, ci-dessus, montre comment écrire un `ArrayRecord`. `Array` n'accepte que des tableaux, et un biais est parfois un
# simple nombre : `Array(np.asarray(bias))` marche toujours.
#
# </details>

# %%
def pack(parameters: list[np.ndarray], num_examples: int) -> RecordDict:
    """Rend le contenu d'une réponse : les tableaux `weight` (d,) et `bias` (), et l'effectif."""
    # début solution
    weight, bias = parameters
    arrays = ArrayRecord({"weight": Array(np.asarray(weight)), "bias": Array(np.asarray(bias))})
    return RecordDict({"arrays": arrays, "metrics": MetricRecord({"num-examples": num_examples})})
    # fin solution


pack = verifier.pack(pack)

# %%
content = pack([np.array([1.0, -2.0]), 0.5], 3)
content["arrays"]["weight"].numpy().tolist(), content["arrays"]["bias"].numpy().item(), content["metrics"]

# %% [markdown]
# Le chemin inverse tient en une ligne ; la voici, elle servira dans les deux fonctions du client.

# %%
def unpack(content: RecordDict) -> list[np.ndarray]:
    """Rend `[weight, bias]` depuis le contenu d'un message."""
    return [array.numpy() for array in content["arrays"].values()]


unpack(content)

# %% [markdown]
# ## 2. Qui suis-je ? Le contexte
#
# Le même programme tourne dans les quatre hôpitaux. Flower appelle **nœud** chaque machine de la fédération : ici, un hôpital. Pour
# savoir où il est, le programme reçoit un `Context` avec chaque message :
#
# - `context.node_config` : ce que l'on a réglé sur **ce** nœud, par exemple `partition-id`, le numéro du centre ;
# - `context.run_config` : les réglages de l'expérience, les mêmes partout, par exemple `seed`, la graine ;
# - `context.state` : un `RecordDict` vide au départ, la mémoire privée du nœud. Elle passe d'un tour au suivant et ne part jamais.
#
# Les quatre centres sont, dans l'ordre, `cleveland`, `hungarian`, `switzerland` et `va` (Long Beach). **Prédisez** : à quel hôpital
# appartient un contexte dont le `partition-id` vaut 2 ?

# %%
def center_of(dataset, context: Context):
    """Rend le centre que sert ce nœud."""
    return dataset[list(dataset)[context.node_config["partition-id"]]]


# %%
def context_of(partition_id: int) -> Context:
    """Fabrique le contexte d'un nœud à la main ; d'ordinaire, c'est Flower qui le donne."""
    node_config = {"partition-id": partition_id, "num-partitions": len(dataset)}
    return Context(run_id=1, node_id=partition_id + 1, node_config=node_config, state=RecordDict(), run_config={"seed": 0})


len(center_of(dataset, context_of(2)).train)

# %% [markdown]
# 29 patients : c'est la Suisse, le troisième centre, car on compte à partir de 0.
#
# Un client est appelé, répond, et oublie. S'il veut se souvenir, une variable globale ne convient pas : une fois déployé, un
# programme neuf est lancé pour chaque message ; et dans ce carnet, un seul programme joue les quatre hôpitaux, qui se mélangeraient.

# %% [markdown]
# ### ✏️ Exercice 2 — se souvenir
#
# 🔴🔴⚪ · 10 min
#
# Comptez les visites d'un client. Gardez le compte dans `context.state["visits"]`, un `MetricRecord` dont la clé est `"count"` ; rendez le
# nombre de visites, celle-ci comprise. À la première visite, `"visits"` n'existe pas encore.
#
# **Résultat attendu** : trois visites à la Suisse et une à Cleveland affichent `[1, 2, 3]` puis `[1]`.
#
# <details><summary>Indice</summary>
#
# `"visits" in context.state` dit si l'on est déjà venu. Un enregistrement se range comme dans un dictionnaire :
# `context.state["visits"] = MetricRecord({…})`.
#
# </details>

# %%
def count_visit(context: Context) -> int:
    """Rend le nombre de visites de ce client, gardé dans `context.state`."""
    # début solution
    seen = context.state["visits"]["count"] if "visits" in context.state else 0
    context.state["visits"] = MetricRecord({"count": seen + 1})
    return seen + 1
    # fin solution


count_visit = verifier.count_visit(count_visit)

# %%
switzerland, cleveland = context_of(2), context_of(0)
[count_visit(switzerland) for _ in range(3)], [count_visit(cleveland)]

# %% [markdown]
# Deux contextes, deux mémoires. À la leçon 4, une méthode nommée SCAFFOLD y rangera ce que chaque hôpital doit retenir de ses tours
# passés.
#
# ## 3. L'hôpital : un `ClientApp`
#
# Un client de Flower est un jeu de fonctions `(message, context) -> Message`. Nous en écrivons deux : `train` et `evaluate`.
# Elles prennent en plus `dataset`, que nous fixerons ensuite. Pour les essayer, préparons un ordre à la main ; `make_message`, une
# fonction du cours, tient ici le rôle du serveur :

# %%
settings = {"lr": 0.5, "num-steps": 5}
order_content = {"arrays": initial_arrays, "config": ConfigRecord({**settings, "server-round": 1})}
order = federated.make_message(RecordDict(order_content))
order.metadata.message_type, order.content["config"]

# %% [markdown]
# ### ✏️ Exercice 3 — l'entraînement
#
# 🔴🔴⚪ · 12 min
#
# Répondez à un ordre d'entraînement. Partez des paramètres reçus, apprenez sur le jeu d'entraînement de **ce** centre avec
# `federated.client_update(parameters, x, y, lr, num_steps)`, que vous avez écrite à la leçon 2, puis répondez. Les réglages `lr` et
# `num-steps` sont dans `message.content["config"]`.
#
# **Résultat attendu** : la Suisse répond par un modèle de biais `0.2972` et l'effectif `{'num-examples': 29}`.
#
# <details><summary>Indice</summary>
#
# `unpack` le contenu reçu, `center_of(dataset, context).train`, `client_update`, `pack`. Une réponse s'écrit
# `Message(contenu, reply_to=message)` : Flower en tire le destinataire.
#
# </details>

# %%
def train(message: Message, context: Context, dataset) -> Message:
    """Rend la réponse du centre : ses paramètres appris et son effectif d'entraînement."""
    # début solution
    split, config = center_of(dataset, context).train, message.content["config"]
    parameters = federated.client_update(unpack(message.content), split.x, split.y, config["lr"], config["num-steps"])
    return Message(pack(parameters, len(split)), reply_to=message)
    # fin solution


train = verifier.train(train)

# %%
reply = train(order, context_of(2), dataset)
unpack(reply.content)[1].round(4), reply.content["metrics"]

# %% [markdown]
# Les réglages viennent du serveur, les données ne quittent pas l'hôpital : seuls les paramètres et l'effectif repartent.
#
# **Prédisez** : pour juger le modèle global, que doit rendre chaque hôpital ? Ses patients de test, ses prédictions, ou deux nombres ?

# %% [markdown]
# ### ✏️ Exercice 4 — l'évaluation
#
# 🔴🔴🔴 · 12 min
#
# Répondez à un ordre d'évaluation : mesurez l'exactitude du modèle **reçu**, sans l'entraîner, sur le jeu de **test** du centre. On prédit
# « malade » dès que la probabilité atteint 0,5. Rendez un seul enregistrement, `"metrics"`, avec `"accuracy"` et `"num-examples"`.
#
# **Résultat attendu** : pour le modèle nul, qui dit « malade » à tout le monde, la Suisse répond une exactitude de `0.933` sur 15 patients.
#
# <details><summary>Indice</summary>
#
# `federated.predict_probability(parameters, x)` rend les probabilités. La moyenne d'un tableau de vrai et de faux est la part de vrais.
#
# </details>

# %%
def evaluate(message: Message, context: Context, dataset) -> Message:
    """Rend la réponse du centre : l'exactitude du modèle reçu et l'effectif de test."""
    # début solution
    test = center_of(dataset, context).test
    predicted = federated.predict_probability(unpack(message.content), test.x) >= 0.5
    metrics = MetricRecord({"accuracy": np.mean(predicted == test.y), "num-examples": len(test)})
    return Message(RecordDict({"metrics": metrics}), reply_to=message)
    # fin solution


evaluate = verifier.evaluate(evaluate)

# %%
metrics = evaluate(order, context_of(2), dataset).content["metrics"]
f"{metrics['accuracy']:.3f}", metrics["num-examples"]

# %% [markdown]
# Deux nombres suffisent. Et méfiez-vous de ce 0,933 : un modèle qui ne sait rien l'obtient, car 14 des 15 patients du test suisse sont
# malades (14 / 15 = 0,933).
#
# Il reste à inscrire les deux fonctions. Flower les appellera avec deux arguments ; le troisième, `dataset`, est déjà sur place.

# %%
from flwr.clientapp import ClientApp

app = ClientApp()


@app.train()
def on_train(message: Message, context: Context) -> Message:
    return train(message, context, dataset)


@app.evaluate()
def on_evaluate(message: Message, context: Context) -> Message:
    return evaluate(message, context, dataset)

# %% [markdown]
# Voilà un vrai client. `app` n'a rien d'un jouet : c'est un objet de cette sorte que Flower charge dans un hôpital.
#
# ## 4. Le serveur : une stratégie
#
# Une **stratégie** décide à qui écrire à chaque tour (`configure_train`) et que faire des réponses (`aggregate_train`). Flower en
# fournit une quinzaine. Voici `FedAvg` et ses principaux réglages :
#
# | Réglage | Valeur par défaut | Rôle |
# |---|---|---|
# | `weighted_by_key` | `"num-examples"` | la mesure qui sert de poids dans la moyenne |
# | `fraction_train` | `1.0` | la part des centres appelés à chaque tour |
# | `min_train_nodes` | `2` | Flower attend d'avoir au moins ce nombre de centres, sans limite de temps |
#
# À chaque ordre, elle ajoute `server-round`, le numéro du tour. Vos propres réglages (`lr`, `num-steps`) se donnent dans `train_config`.
#
# Reste le réseau. Ici, il n'y en a pas : `simulate`, **une fonction du cours**, porte les messages d'un objet à l'autre dans ce
# carnet. `ClientApp`, `Message`, `FedAvg` sont ceux de Flower, inchangés.
#
# Nous demandons les quatre centres : `min_train_nodes=4`. En demander cinq ferait attendre Flower sans fin ; `simulate` le refuse aussitôt.

# %%
from flwr.serverapp.strategy import FedAvg

history = federated.simulate(
    app, FedAvg(min_train_nodes=4), dataset, initial_arrays, num_rounds=20, train_config=settings
)
history.to_frame().tail(4)

# %% [markdown]
# Une ligne par tour, centre et mesure : ce que votre `evaluate` a rendu.
#
# **Prédisez** : après 20 tours, quel écart entre ce modèle et celui de vos fonctions de la leçon 2 ? Zéro exactement, un arrondi, 1 % ?

# %%
def gap(a, b):
    """Plus grand écart entre deux modèles."""
    return max(np.abs(p - q).max() for p, q in zip(a, b, strict=True))

# %%
by_hand = [np.zeros(num_features), np.zeros(())]
for _ in range(20):
    by_hand = federated.fedavg_round(by_hand, dataset, 0.5, 5)
final = unpack({"arrays": history.arrays})
print(f"écart entre Flower et la leçon 2 : {gap(final, by_hand):.0e} ; inférieur à 1e-9 : {gap(final, by_hand) < 1e-9}")

# %% [markdown]
# Un arrondi, de l'ordre de 1e-16 : les mêmes opérations, dans un autre ordre. Le `FedAvg` de Flower n'a rien de caché : c'est la moyenne
# que vous avez écrite. Flower, lui, fait le facteur.

# %%
curves = {f"{name} (n = {len(dataset[name].test)})": history.curve("accuracy", name) for name in dataset}
figure, ax = plt.subplots(figsize=(7, 4))
learning_curves(ax, curves, ylabel="exactitude sur le jeu de test du centre")
mark_synthetic(ax, dataset.card)
for name, curve in curves.items():
    print(f"{name:20} : de {curve.min():.2f} à {curve.max():.2f}")

# %% [markdown]
# **La figure en mots** : l'axe est très resserré, et presque rien ne bouge. Cleveland, la Hongrie et Long Beach (`va`) restent
# entre 0,79 et 0,84 dès le premier tour. La Suisse, seule en haut, descend une marche au tour 8, de 0,93 à 0,87.
#
# Cette marche est **un** patient : 14 bonnes réponses sur 15, puis 13. Et répondre « malade » à tout le monde en donnait déjà 14 : en
# Suisse, rien ne montre que le modèle fédéré fasse mieux que de ne rien savoir. Une courbe sans son effectif ne se commente pas.
#
# ### Ce que voit une stratégie
#
# Une stratégie est une classe, dont on peut redéfinir une méthode. Celle-ci fait exactement FedAvg, et affiche au passage la distance
# entre les coefficients de chaque modèle reçu et leur moyenne.
#
# **Prédisez** : quel hôpital rend le modèle le plus éloigné ?

# %%
class WatchingFedAvg(FedAvg):
    """FedAvg, qui affiche à quelle distance de la moyenne chaque nœud est arrivé."""

    def aggregate_train(self, server_round, replies):
        """Moyenne comme FedAvg, puis affiche les distances du tour."""
        arrays, metrics = super().aggregate_train(server_round, replies)
        mean = arrays["weight"].numpy()
        for reply in replies:
            distance = np.linalg.norm(reply.content["arrays"]["weight"].numpy() - mean)
            print(f"tour {server_round}, nœud {reply.metadata.src_node_id} : {distance:.2f}")
        return arrays, metrics


federated.simulate(app, WatchingFedAvg(), dataset, initial_arrays, num_rounds=1, train_config=settings);

# %% [markdown]
# Le nœud 3, la Suisse : 0,87, environ trois à quatre fois plus loin que les autres. Ses patients ne ressemblent pas aux leurs, et elle
# compte peu dans la moyenne. C'est la **dérive**, et la leçon 4.
#
# Remarquez surtout **ce que cette classe a pu lire** : le modèle de chaque hôpital, en clair. FedAvg laisse les patients chez eux ; il
# ne cache rien au serveur. Moyenner n'est ni chiffrer, ni anonymiser.

# %% [markdown]
# ## 5. Quand un centre se trompe, et quand on déploie
#
# En vrai, un disque se remplit, une mise à jour change la forme du modèle, un calcul diverge. Fabriquons un client identique, sauf en
# Suisse, où une panne abîme la réponse :

# %%
def faulty_app(fault):
    """Rend le même client ; en Suisse, `fault(reply)` abîme la réponse."""
    app = ClientApp()
    app.evaluate()(on_evaluate)

    @app.train()
    def train_with_fault(message, context):
        reply = train(message, context, dataset)
        return fault(reply) if context.node_config["partition-id"] == 2 else reply

    return app


# %%
def with_weight(weight):
    """Rend une panne qui remplace les coefficients par ce tableau."""

    def fault(reply):
        reply.content["arrays"]["weight"] = Array(weight)
        return reply

    return fault

# %% [markdown]
# Trois pannes : des `NaN`, une mauvaise forme, un programme qui lève une erreur.
#
# **Prédisez** : laquelle est la plus dangereuse, si personne ne contrôle les réponses ?

# %%
def full_disk(reply):
    raise OSError("disque plein")


faults = {"NaN": with_weight(np.full(13, np.nan)), "mauvaise forme": with_weight(np.ones(1)), "erreur": full_disk}
for name, fault in faults.items():
    try:
        federated.simulate(faulty_app(fault), FedAvg(), dataset, initial_arrays, num_rounds=3, train_config=settings)
    except federated.FederatedError as error:
        print(f"{name} → {error}\n")

# %% [markdown]
# `simulate` contrôle chaque réponse **avant** la stratégie et s'arrête au premier centre en faute : c'est `on_error="stop"`. Ce contrôle
# est du cours. Sans lui, un seul `NaN` rend la moyenne `NaN` ; et NumPy étire un tableau de forme `(1,)` en autant de coefficients égaux
# qu'il en faut, sans un mot :

# %%
print("avec un NaN    :", np.mean([1.0, 2.0, np.nan]))
print("avec (1,)      :", np.zeros(3) + np.ones(1))

# %% [markdown]
# La mauvaise forme est la pire : elle ne se voit pas. Dans une étude longue, on préfère parfois continuer sans le centre en
# panne : `on_error="skip"`. La panne est alors notée, jamais passée sous silence.

# %%
skipped = federated.simulate(
    faulty_app(full_disk), FedAvg(), dataset, initial_arrays, num_rounds=20, train_config=settings, on_error="skip"
)
print(f"pannes notées : {len(skipped.failures)}, dont les deux dernières :")
print(skipped.failures.tail(2).to_string(index=False))
print(f"écart avec le modèle des quatre centres : {gap(unpack({'arrays': skipped.arrays}), final):.3f}")

# %% [markdown]
# Vingt tours, vingt pannes : la Suisse n'a jamais compté. Le modèle obtenu n'est pas le même : l'écart est de 0,272. Le publier sans ses
# pannes, ce serait taire qui l'a entraîné.
#
# **Prédisez** : que devient le modèle commun si un centre, sans tomber en panne, annonce un million de patients ?

# %%
def million(reply):
    reply.content["metrics"]["num-examples"] = 1_000_000
    return reply


# %%
captured = federated.simulate(
    faulty_app(million), FedAvg(), dataset, initial_arrays, num_rounds=20, train_config=settings
)
swiss = dataset["switzerland"].train
alone = federated.client_update(unpack({"arrays": initial_arrays}), swiss.x, swiss.y, 0.5, 20 * 5)
print(f"pannes notées : {len(captured.failures)}")
print(f"écart avec la Suisse seule : {gap(unpack({'arrays': captured.arrays}), alone):.3f}")

# %%
for name in dataset:
    before, after = (run.curve("accuracy", name)[20] for run in (history, captured))
    print(f"{name:12}: exactitude {after:.2f}, au lieu de {before:.2f}")

# %% [markdown]
# Aucune panne : la réponse est bien formée. Pourtant la Suisse a pris le pouvoir. Le modèle « fédéré » est, à 0,002 près, celui qu'elle
# aurait appris seule en 20 × 5 = 100 pas ; l'exactitude tombe de 0,80 à 0,71 à Cleveland, de 0,82 à 0,69 en Hongrie. Le serveur **croit**
# les effectifs qu'on lui annonce. Contrôler la forme d'une réponse n'est pas contrôler sa vérité.
#
# ### Et pour déployer ?
#
# | | Dans ce carnet | Entre de vrais hôpitaux |
# |---|---|---|
# | `pack`, `train`, `evaluate`, `app` | vos cellules | **les mêmes lignes**, dans `client_app.py` |
# | `dataset` | les quatre hôpitaux | chaque hôpital lit ses propres données |
# | la stratégie | `FedAvg(min_train_nodes=4)` | la même ligne, dans `server_app.py` |
# | qui la lance | `federated.simulate` (du cours) | `strategy.start(…)` (de Flower), par `flwr run` |
# | qui porte les messages | un appel de fonction | un `SuperLink` au milieu, un `SuperNode` par hôpital |
# | `partition-id` | donné par `simulate` | `flower-supernode --node-config "partition-id=2 …"` |
# | contrôle des réponses, `on_error` | `simulate` | à votre stratégie de le faire |
# | chiffrement, identité des hôpitaux | sans objet | TLS (le chiffrement du transport) et clés : à configurer, et à vérifier |
#
# Rien ne change dans le client. Nous l'avons essayé : ces cellules, copiées telles quelles dans une application Flower 1.41, avec un SuperLink
# et quatre SuperNodes sur une même machine, rendent après deux tours le modèle de `simulate`, à l'arrondi près.
# Vous le ferez vous-même, avec TLS, aux semaines 6 à 8.

# %% [markdown]
# ## À retenir
#
# - Un message porte des tableaux, des mesures et des réglages, chacun sous un nom.
# - Le contexte dit à un nœud qui il est, et `context.state` lui sert de mémoire d'un tour à l'autre.
# - Un `ClientApp`, ce sont des fonctions `(message, context) -> Message` : apprendre, évaluer, répondre.
# - Une stratégie choisit les centres et agrège ; `FedAvg` de Flower est votre moyenne pondérée, à l'arrondi près.
# - Une panne se nomme et se note, un mensonge bien formé passe ; pour déployer, le client ne change pas.

# %% [markdown]
# ## Quiz
#
# **1. Un hôpital rend `num_examples` au lieu de `num-examples`. Que fait FedAvg de cette réponse ?**
#
# - a) Il donne au centre un poids moyen.
# - b) Il ne peut pas la peser : la réponse est inutilisable.
# - c) Il compte lui-même les patients.
#
# <details><summary>Réponse</summary>
#
# - a) Non : aucun poids n'est inventé.
# - b) **Oui** : il cherche la clé nommée par `weighted_by_key`, et ne la trouve pas. `simulate` le dit et nomme le centre.
# - c) Non : les patients ne sont pas là. Le serveur ne sait que ce qu'on lui annonce.
#
# </details>
#
# **2. Où ranger ce qu'un hôpital doit retenir d'un tour à l'autre, sans l'envoyer ?**
#
# - a) Dans une variable globale.
# - b) Dans le `MetricRecord` de la réponse.
# - c) Dans `context.state`.
#
# <details><summary>Réponse</summary>
#
# - a) Non : elle disparaît quand le programme est relancé, et se partage quand un programme joue plusieurs hôpitaux.
# - b) Non : une réponse part chez le serveur.
# - c) **Oui** : c'est la mémoire privée du nœud, propre à chacun.
#
# </details>
#
# **3. Vous passez de ce carnet à quatre vrais hôpitaux. Quelle ligne de `train` change ?**
#
# - a) Aucune.
# - b) L'appel à `client_update`, qui doit chiffrer.
# - c) La création de la réponse, qui doit donner l'adresse du serveur.
#
# <details><summary>Réponse</summary>
#
# - a) **Oui** : Flower appelle la même fonction. Ce qui change est autour : les données, le réseau, les clés.
# - b) Non : le chiffrement du transport (TLS) est l'affaire du SuperLink et des SuperNodes.
# - c) Non : `reply_to=message` suffit, l'adresse vient de l'ordre reçu.
#
# </details>

# %% [markdown]
# ## Pour aller plus loin
#
# - La documentation de Flower : [flower.ai/docs/framework](https://flower.ai/docs/framework/).
# - Beutel et al. 2020, *Flower: A Friendly Federated Learning Research Framework*, [arXiv:2007.14390](https://arxiv.org/abs/2007.14390).
# - `FedMedian`, de Flower, remplace la moyenne par une médiane : le centre qui annonce un million de patients y gagne-t-il encore ?
# - `simulate` tient en une page : `common/federated/simulation.py`, et le contrôle des réponses dans `common/federated/grid.py`.

# %% [markdown]
# ## Leçon suivante
#
# [4. Données hétérogènes et dérive des clients](04_donnees_heterogenes.ipynb) : quand les hôpitaux ne se ressemblent pas.
