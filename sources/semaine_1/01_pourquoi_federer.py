# %% [markdown]
# # Pourquoi fédérer ?
#
# **Durée** : 75 min · **Prérequis** : lire du Python et du NumPy simples · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# Bienvenue. Quatre hôpitaux, à Cleveland, en Hongrie, en Suisse et à Long Beach, soignent la même maladie des artères
# coronaires. Leurs dossiers doivent rester chez eux. Que sait faire chacun tout seul ? Que feraient-ils ensemble ? Et
# peut-on s'en approcher sans réunir un seul patient ?
#
# Exécutez chaque cellule de code avec **Maj + Entrée**, à commencer par la première. Devant « **Prédisez** », choisissez
# une réponse avant de continuer : se tromper aide à retenir. Un exercice répond aussitôt : ✅ juste, ❌ avec une piste,
# ⏳ pas encore commencé. Laissé vide, il ne bloque rien : la suite emploie notre solution.
#
# ## Objectifs
#
# - Reconnaître une donnée personnelle de santé, et savoir quels textes encadrent son envoi.
# - Juger un modèle par son AUROC, dans son hôpital et dans les autres.
# - Comparer les apprentissages local, centralisé et fédéré, avec effectifs et intervalles.
# - Décider si l'écart entre deux modèles veut dire quelque chose.
# - Dire ce que l'apprentissage fédéré ne promet pas.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from flwr.serverapp.strategy import FedAvg
from scipy.stats import binom

from common import data, federated, figures, metrics, models, training
from common.verifier import semaine_1 as verifier

# %% [markdown]
# ## 1. Ce qu'un hôpital ne peut pas partager
#
# Le plus simple serait de tout envoyer sur un même serveur, sans les noms. Est-ce assez ? Regardons.
#
# Nos patients sont **synthétiques** : fabriqués par un programme, avec les colonnes et les valeurs manquantes d'un vrai
# jeu de données. Ils n'ont ni nom ni date de naissance ; `trestbps` est leur tension au repos. Le texte commente les
# données embarquées ; avec `"real"`, vos chiffres seront autres.
#
# **Prédisez** : sur 199 patients de Cleveland, combien sont les seuls à avoir leur âge, leur sexe et leur tension ?

# %%
SOURCE = "embedded"  # "real" après `python cours.py donnees heart`
heart = data.load("heart", source=SOURCE)
cleveland = pd.DataFrame(heart["cleveland"].train.x, columns=heart.feature_names)
for columns in (["age"], ["age", "sex"], ["age", "sex", "trestbps"]):
    unique = ~cleveland.duplicated(columns, keep=False)
    print(f"{unique.sum():3} patients sur {len(cleveland)} sont seuls dans leur cas pour {columns}")

# %% [markdown]
# Trois colonnes banales suffisent : 187 patients sur 199 sont uniques. Qui les connaît retrouve la ligne d'un patient,
# et son diagnostic. C'est pourquoi des textes encadrent cet envoi : le RGPD (le règlement européen sur la protection
# des données) et, en France, le secret médical.
#
# | Texte | Ce qu'il dit |
# |---|---|
# | RGPD, article 4, point 15 | Les « données concernant la santé » sont les données personnelles relatives à la santé physique ou mentale d'une personne, et qui révèlent son état de santé. |
# | RGPD, article 9, paragraphes 1 et 2 | Les traiter est **interdit**, sauf exceptions énumérées : consentement explicite (a), soins (h), santé publique (i), recherche scientifique avec des garanties (j)… |
# | RGPD, article 5, paragraphe 1, point c | *Minimisation* : les données sont « limitées à ce qui est nécessaire » au but poursuivi. |
# | RGPD, considérant 26 (un considérant explique les articles) | Remplacer les noms par des numéros ne suffit pas : si une autre information permet de retrouver la personne, la donnée reste personnelle. Une information anonyme, elle, sort du règlement. |
# | Code de la santé publique, article L1110-4 | Toute personne prise en charge a droit au **secret** des informations qui la concernent, sauf dérogation prévue par la loi ; il s'impose à tous les professionnels intervenant dans le système de santé. |
#
# Partager n'est donc pas toujours interdit : il faut une exception, un but précis, des garanties, et n'envoyer que le
# nécessaire. Cette page résume les textes ; elle ne remplace pas un juriste.

# %% [markdown]
# ### ✏️ Exercice 1 — personnel ou non ?
#
# 🔴⚪⚪ · 5 min
#
# Vous êtes l'hôpital. Lesquels de ces six envois contiennent, de votre point de vue, des **données personnelles** ?
# Répondez par un ensemble de lettres, écrit comme `{"x", "y"}`.
#
# - **a)** la liste des patients opérés en mars, avec leur nom et leur diagnostic ;
# - **b)** la même liste, où un numéro remplace le nom ; vous gardez la table de correspondance ;
# - **c)** « 87 patients sur 262 sont malades » ;
# - **d)** un tableau sans nom : date de naissance, sexe, code postal et diagnostic de chaque patient ;
# - **e)** le nombre de lits du service ;
# - **f)** « une patiente de 31 ans, seul cas de cette maladie rare dans son village ».
#
# **Résultat attendu** : un ensemble de lettres ; en cas d'erreur, le contrôle dit lesquelles revoir.
#
# <details><summary>Indice</summary>
#
# Posez-vous la question du considérant 26 : quelqu'un peut-il, par des moyens raisonnables, retrouver *une* personne ?
#
# </details>

# %%
personal_data = {"a", "b", "d", "f"}  # solution

personal_data = verifier.personal_data(personal_data)

# %% [markdown]
# ## 2. Chacun chez soi
#
# D'où l'idée de ce cours : **envoyer le modèle aux données, et non les données au modèle**. Voyons d'abord ce que
# chaque hôpital sait faire seul. Chacun met un tiers de ses patients de côté : c'est son **jeu de test**, que le modèle
# ne voit pas en apprenant, et qui servira à le juger. La **carte** dit d'abord d'où viennent les données.

# %%
dataset = data.standardize(heart)  # met les colonnes à la même échelle
print(dataset.card)
figure, ax = plt.subplots(figsize=(7, 3.5))
figures.label_distribution(ax, dataset);

# %% [markdown]
# **La figure en mots** : les patients d'entraînement de chaque hôpital, sains (classe 0) et malades (classe 1). La part
# de malades, ou **prévalence**, varie beaucoup : la moitié à Cleveland, un tiers en Hongrie (`hungarian`), trois quarts
# à Long Beach (`va`), et tous sauf un en Suisse, qui n'a que 29 patients.
#
# Pour mettre les colonnes à la même échelle, chacun n'a envoyé que des sommes (`standardize`), aucun patient. Chacun
# apprend maintenant un modèle, une **régression logistique**, qui rend la probabilité d'être malade. `lr` dit de
# combien le modèle se corrige, `epochs` combien de fois il relit ses patients (ses **époques**) ; la leçon 2 ouvrira
# cette boîte.

# %%
SETTINGS = training.SGD(lr=0.5, epochs=200)  # fixés d'avance, jamais ajustés sur le test


def learn(split):
    """Apprend sur un jeu et rend la fonction « patients → probabilités »."""
    model = training.fit(models.linear(split.x.shape[1]), split, SETTINGS)
    return lambda x: training.predict(model, x)


local = {name: learn(center.train) for name, center in dataset.items()}
local["cleveland"](dataset["cleveland"].test.x[:4]).round(2)

# %% [markdown]
# Pour le modèle de Cleveland, le premier patient a une probabilité de 0,90 d'être malade, le quatrième de 0,01.
#
# Comment juger ces **scores** ? L'**exactitude**, part de bonnes réponses, trompe quand une classe domine : en Suisse,
# répondre « malade » à tous suffit. L'**AUROC** n'a pas ce défaut. Prenez au hasard un malade et un patient sain : c'est
# la probabilité que le malade ait le score le plus élevé. 0,5 vaut le hasard, 1 est parfait.

# %% [markdown]
# ### ✏️ Exercice 2 — l'AUROC, paire par paire
#
# 🔴🔴⚪ · 10 min
#
# Formez toutes les paires (malade, sain). Une paire vaut 1 si le malade a le score le plus élevé, ½ en cas d'égalité, 0
# sinon ; rendez la moyenne.
#
# **Résultat attendu** : pour `y = [1, 1, 0, 0]` et les scores `[0.9, 0.4, 0.4, 0.1]`, quatre paires : 1, 1, ½ et 1,
# donc `0.875`.
#
# <details><summary>Indice</summary>
#
# `score[y == 1]` donne les scores des malades. Deux boucles `for`, l'une dans l'autre, parcourent les paires ; rangez
# les points dans une liste.
#
# </details>

# %%
def concordance(y: np.ndarray, score: np.ndarray) -> float:
    """Rend la part des paires (malade, sain) bien rangées ; y : (n,) de 0 et 1, score : (n,)."""
    # début solution
    points = []
    for sick in score[y == 1]:
        for healthy in score[y == 0]:
            points.append(1.0 if sick > healthy else 0.5 if sick == healthy else 0.0)
    return sum(points) / len(points)
    # fin solution


concordance = verifier.concordance(concordance)
concordance(np.array([1, 1, 0, 0]), np.array([0.9, 0.4, 0.4, 0.1]))

# %%
test = dataset["cleveland"].test
score = local["cleveland"](test.x)
print(f"modèle de Cleveland, {len(test)} patients de test de Cleveland : AUROC {concordance(test.y, score):.3f}")
print(f"la même, avec son intervalle à 95 % : {metrics.auroc(test.y, score)}")

# %% [markdown]
# Sur ces 104 patients, l'AUROC est de 0,87. Entre crochets, son **intervalle à 95 %** : avec si peu de patients, la
# vraie valeur pourrait être 0,78 comme 0,92. Ne concluez jamais sur un chiffre sans son intervalle.
#
# **Prédisez** : le modèle de Cleveland est bon chez lui. Et le modèle hongrois, que vaut-il en Suisse ?

# %% [markdown]
# ### ✏️ Exercice 3 — chaque modèle chez les autres
#
# 🔴🔴⚪ · 10 min
#
# Jugez chaque modèle dans chaque hôpital, sur le jeu de **test**. `predictors` donne pour chaque nom une fonction
# `predict(x)` ; `centers`, un hôpital, dont le test est `center.test` (`.x` et `.y`) ; `measure(y, probability)` rend
# la mesure.
#
# **Résultat attendu** : un dictionnaire de dictionnaires, `result[modèle][hôpital]`, affiché en tableau de 4 × 4 sous
# l'exercice.
#
# <details><summary>Indice</summary>
#
# Une compréhension dans l'autre : `{modèle: {hôpital: … for … in centers.items()} for … in predictors.items()}`. Ou
# deux boucles, et un nouveau dictionnaire pour chaque modèle.
#
# </details>

# %%
def transfer(predictors, centers, measure) -> dict[str, dict]:
    """Rend modèle → hôpital → mesure de ce modèle sur le test de cet hôpital."""
    # début solution
    return {
        model: {name: measure(center.test.y, predict(center.test.x)) for name, center in centers.items()}
        for model, predict in predictors.items()
    }
    # fin solution


transfer = verifier.transfer(transfer)
pd.DataFrame(transfer(local, dataset, metrics.auroc)).T.map(str)  # ligne : où l'on apprend ; colonne : où l'on teste

# %% [markdown]
# En Suisse, le jeu de test ne contient **qu'un** patient sain : l'AUROC dépendrait de lui seul. Sous cinq patients d'une
# classe, nous écrivons « non estimable », et c'est un résultat. L'exactitude, elle, se calcule.

# %%
def accuracy(y, probability):
    """Exactitude quand on répond « malade » dès 0,5."""
    return metrics.accuracy(y, probability >= 0.5).value


# %%
matrix = pd.DataFrame(transfer(local, dataset, accuracy)).T
figure, ax = plt.subplots(figsize=(6.5, 3.8))
ax.imshow(matrix, cmap="Greys", vmin=0, vmax=1.4, aspect="auto")
for row, column in np.ndindex(matrix.shape):
    ax.text(column, row, f"{matrix.iloc[row, column]:.2f}".replace(".", ","), ha="center", va="center")
ax.set_xticks(range(4), matrix.columns)
ax.set_yticks(range(4), matrix.index)
ax.set(xlabel="testé à", ylabel="appris à", title="Exactitude (plus foncé : plus élevée)")
figures.mark_synthetic(ax, dataset.card)
matrix.round(2)

# %% [markdown]
# **La figure en mots** : un tableau de 4 × 4, l'exactitude de chaque modèle dans chaque hôpital. Presque tout est entre
# 0,67 et 0,87, sauf une case claire : le modèle hongrois tombe à 0,20 en Suisse.
#
# Est-ce la faute de la prévalence ? Regardons plutôt une colonne, le cholestérol moyen (`chol`, en mg/dl).

# %%
chol = list(heart.feature_names).index("chol")
print({name: round(center.test.x[:, chol].mean()) for name, center in heart.items()})
swiss = dataset["switzerland"].test
x = swiss.x.copy()
x[:, chol] = dataset["hungarian"].train.x[:, chol].mean()  # le cholestérol moyen de Hongrie
print(f"modèle hongrois en Suisse, cholestérol remplacé : {accuracy(swiss.y, local['hungarian'](x)):.2f}")

# %% [markdown]
# Un cholestérol de 0 ! En Suisse, il n'a pas été mesuré : 0 y code une **valeur manquante**, comme dans les vrais
# fichiers. Le modèle hongrois y a lu un excellent résultat, et rassuré les malades. Ce zéro remplacé, son exactitude
# passe de 0,20 à 0,93. (Répondre « malade » à tous ferait aussi bien : prudence.)
#
# Un modèle n'est pas bon en soi : il l'est **pour des patients, et pour une façon de les noter**. Un hôpital qui achète
# un modèle appris ailleurs devrait voir cette case avant de signer.

# %% [markdown]
# ## 3. Tout réunir : la référence que personne n'a
#
# Imaginons que tout soit permis : on réunit tous les patients d'entraînement, on apprend un seul modèle. C'est
# l'apprentissage **centralisé**. Nos patients sont fictifs : nous pouvons tricher, et mesurer ce que coûte le secret.
#
# **Prédisez** : ce modèle fera-t-il mieux que chaque modèle local, chez lui ?

# %%
print(len(dataset.train), "patients d'entraînement réunis")
pooled = learn(dataset.train)
own = {name: metrics.auroc(center.test.y, local[name](center.test.x)) for name, center in dataset.items()}
together = transfer({"centralisé": pooled}, dataset, metrics.auroc)
pd.DataFrame({"local": own} | together).map(str)

# %% [markdown]
# Avec 486 patients, un peu mieux dans les trois hôpitaux que l'on sait juger ; surtout à Long Beach, de 0,84 à 0,90. Mais
# lisez les intervalles : [0,65 ; 0,93] contre [0,74 ; 0,96]. Sur 45 patients de test, l'écart peut n'être que de la
# chance. Nous y reviendrons.
#
# ## 4. Fédérer : le modèle voyage, les patients restent
#
# Un serveur envoie le même modèle aux quatre hôpitaux. Chacun l'améliore sur ses patients et le renvoie. Le serveur
# fait la moyenne, et l'on recommence : c'est un **tour**. Le code tient en trois lignes : l'hôpital (`client_app`), les
# tours (`simulate`), le modèle reçu (`load_arrays`). `FedAvg` est la règle de moyenne de Flower, une bibliothèque
# d'apprentissage fédéré ; les leçons 2 et 3 démonteront le tout.
#
# **Prédisez** : ce modèle, qui ne verra jamais deux hôpitaux ensemble, ressemblera-t-il plus au local ou au centralisé ?

# %%
def federate(centers, num_features):
    """Apprend un modèle commun : 40 tours de 5 époques, autant de pas que les 200 époques d'avant."""
    model = models.linear(num_features)
    client_app = federated.torch_client_app(model, centers, federated.sgd_training(training.SGD(lr=0.5, epochs=5)))
    history = federated.simulate(client_app, FedAvg(), centers, federated.arrays_of(model), num_rounds=40)
    federated.load_arrays(model, history.arrays)
    return lambda x: training.predict(model, x)


shared = federate(dataset, len(dataset.feature_names))
together = transfer({"centralisé": pooled, "fédéré": shared}, dataset, metrics.auroc)
pd.DataFrame({"local": own} | together).map(str)

# %%
def judge(dataset, methods):
    """Rend le tableau de chaque méthode ; `methods` : nom → hôpital → fonction de prédiction."""
    tables = {}
    for method, by_center in methods.items():
        rows = [metrics.per_center(dataset, by_center[name]).query("center == @name") for name in dataset]
        tables[method] = pd.concat(rows)
    return tables


methods = {"local": local, "centralisé": dict.fromkeys(dataset, pooled), "fédéré": dict.fromkeys(dataset, shared)}
figure, ax = plt.subplots(figsize=(7, 5))
figures.forest(ax, judge(dataset, methods))
figures.mark_synthetic(ax, dataset.card);

# %% [markdown]
# **La figure en mots** : une ligne par hôpital, avec ses malades (n⁺) et ses patients sains (n⁻) de test ; trois points
# par ligne, chacun avec son intervalle. Le fédéré suit le centralisé de très près. Les intervalles se recouvrent partout.
#
# Le fédéré obtient donc ici ce qu'obtient le centralisé, **sans réunir un seul patient**. Bat-il le local ? À Long
# Beach, 0,91 contre 0,84 : c'est tentant. Mais que vaut un chiffre sur si peu de patients ?

# %%
for right, total in ((9, 10), (90, 100), (900, 1000)):
    print(f"{right} bonnes réponses sur {total} : {metrics.accuracy(np.ones(total), np.arange(total) < right)}")

# %% [markdown]
# Avec dix patients, « 90 % » veut dire « entre 60 et 98 % » ; avec mille, « entre 88 et 92 % ».
#
# Pour comparer deux modèles sur les **mêmes** patients, il y a plus fin. Ceux où A et B ont tous deux raison, ou tous
# deux tort, ne départagent personne : ne gardez que les désaccords. Si A et B se valent, chacun est un pile ou face.
# C'est le **test de McNemar** (1947) ; il compare des exactitudes. Sa **valeur p** est la probabilité que le hasard
# donne un résultat au moins aussi déséquilibré.

# %% [markdown]
# ### ✏️ Exercice 4 — un écart qui veut dire quelque chose ?
#
# 🔴🔴🔴 · 15 min
#
# Comptez les patients où A seul a raison, puis ceux où B seul a raison. Soit k le plus petit des deux nombres et n leur
# somme : rendez **deux fois** la probabilité d'avoir au plus k piles en n lancers, sans dépasser 1.
#
# **Résultat attendu** : si A seul a raison 6 fois et B jamais, `0.03125` ; si chacun l'emporte une fois, `1.0`.
#
# <details><summary>Indice</summary>
#
# `np.sum((predicted_a == y) & (predicted_b != y))` compte les patients où A seul a raison. `binom.cdf(k, n, 0.5)` est
# la probabilité d'avoir au plus k piles en n lancers.
#
# </details>

# %%
def mcnemar(y: np.ndarray, predicted_a: np.ndarray, predicted_b: np.ndarray) -> float:
    """Rend la valeur p du test de McNemar ; les trois tableaux : (n,) de classes."""
    # début solution
    only_a = np.sum((predicted_a == y) & (y != predicted_b))
    only_b = np.sum((predicted_b == y) & (y != predicted_a))
    return min(1.0, 2 * binom.cdf(min(only_a, only_b), only_a + only_b, 0.5))
    # fin solution


mcnemar = verifier.mcnemar(mcnemar)
for wins in (4, 5, 6):
    print(f"A seul a raison {wins} fois, B jamais : p = {mcnemar(np.ones(wins), np.ones(wins), np.zeros(wins)):.3f}")

# %% [markdown]
# Retenez cet ordre de grandeur : avec moins de **six** désaccords, même tous du même côté, on ne passe jamais sous
# 0,05, le seuil d'usage. Et nos trois modèles ?

# %%
def p_values(dataset, ours, theirs):
    """Rend, par hôpital, la valeur p de l'écart d'exactitude entre deux méthodes."""
    values = {}
    for name, center in dataset.items():
        x, y = center.test.x, center.test.y
        values[name] = round(float(mcnemar(y, ours[name](x) >= 0.5, theirs[name](x) >= 0.5)), 2)
    return values


# %%
for other in ("local", "centralisé"):
    print(f"fédéré contre {other} : {p_values(dataset, methods['fédéré'], methods[other])}")

# %% [markdown]
# La plus petite valeur est 0,62 : **aucun** de ces écarts d'exactitude ne se distingue du hasard. L'erreur inverse
# guette : une grande valeur p ne prouve pas que les modèles se valent. Avec 15 patients suisses, même un bel écart
# pourrait rester invisible.
#
# Et sur de vraies données ? `breast_cancer` décrit 569 tumeurs **réelles**, d'une seule clinique ; nous les
# répartissons au hasard entre quatre centres artificiels. **Prédisez** : le fédéré y gagne-t-il plus, ou moins ?

# %%
breast = data.standardize(data.load("breast_cancer"))
print(breast.card)
print(len(breast.train) + len(breast.test), "tumeurs")
breast_methods = {
    "local": {name: learn(center.train) for name, center in breast.items()},
    "centralisé": dict.fromkeys(breast, learn(breast.train)),
    "fédéré": dict.fromkeys(breast, federate(breast, len(breast.feature_names))),
}
figure, ax = plt.subplots(figsize=(7, 4.5))
figures.forest(ax, judge(breast, breast_methods))
print(f"fédéré contre local : {p_values(breast, breast_methods['fédéré'], breast_methods['local'])}")

# %% [markdown]
# **La figure en mots** : quatre centres, trois points chacun, tous serrés entre 0,99 et 1. Aucune méthode ne se détache,
# et les quatre valeurs p valent 1. La tâche est facile, et chaque centre a de quoi apprendre seul avec 93 ou 94
# patientes : **fédérer n'apporte rien ici**. Devant un projet, demandez d'abord ce que fait le modèle local.
#
# Passons aux quatre **vrais** hôpitaux. Leurs fichiers ne sont pas livrés avec le cours ; la mesure a été faite une
# fois, et son résultat, gardé avec le code, se lit ainsi.

# %%
report = pd.read_json(racine / "bancs" / "resultats" / "heart.json", typ="series")
print(f"{report['data']['kind']}, {len(report['seeds'])} découpages · {report['command']}")
for name, n in report["n"]["0"].items():
    share = n["train"] / report["n"]["0"]["tous"]["train"]
    print(f"{name:11} {n['train']:3} d'entraînement ({share:4.0%}) ; test : n⁺ = {n['n_pos']:3}, n⁻ = {n['n_neg']:3}")
bench = pd.DataFrame(report["rows"])
bench["estimate"] = [str(metrics.Estimate(*row)) for row in bench[["mean", "low", "high"]].to_numpy(dtype=float)]
at_home = bench["method"] == "local : " + bench["center"]  # chaque modèle local, dans son hôpital
bench = bench[at_home | bench["method"].isin(["centralisé", "FedAvg"])].assign(method=bench["method"].str.split().str[0])
bench.pivot(index="center", columns=["metric", "method"], values="estimate").sort_index(axis=1).fillna("—")

# %% [markdown]
# Ici, les patients sont **réels**. Chaque chiffre est la moyenne de cinq découpages ; son intervalle dit de combien
# cette moyenne pourrait bouger avec d'autres découpages. Lisez d'abord la ligne « tous » : 0,79 d'exactitude pour FedAvg
# comme pour le centralisé. Réunir les patients n'aurait pas fait mieux.
#
# Lisez ensuite chaque hôpital. En Hongrie, le modèle local a 0,91 d'AUROC, FedAvg 0,90 : rien à gagner. En Suisse, le
# modèle local a 0,95 d'exactitude, FedAvg 0,78 : **le local est devant**, sur 16 patients de test. À Long Beach, FedAvg
# passe devant, 0,64 d'AUROC contre 0,54, et reste mauvais. Notre jumeau synthétique, lui, y affichait 0,91 : des données
# synthétiques apprennent la méthode, jamais la médecine.

# %% [markdown]
# ## 5. Ce que l'apprentissage fédéré ne promet pas
#
# **1. La confidentialité, à lui seul.** Les patients ne partent pas, mais le modèle part. Un hôpital fait un pas
# d'apprentissage sur **un** patient, puis envoie son modèle. **Prédisez** : que peut y lire le serveur ?

# %%
patient = heart["switzerland"].train[[0]]
sent = training.fit(models.linear(13), patient, training.SGD(lr=0.01, epochs=1))
guess = (sent.weight / sent.bias).detach().numpy()[0]
pd.DataFrame({"le patient": patient.x[0], "lu dans le modèle": guess.round(2)}, index=heart.feature_names).head(8)

# %% [markdown]
# Tout, au centième près. En partant de zéro, le modèle a retenu d'un côté l'erreur multipliée par le patient (`weight`),
# de l'autre l'erreur seule (`bias`) : une division rend le patient. C'est le cas le plus favorable à l'espion ; avec plus
# de patients, l'attaque est plus difficile, non impossible. Fédérer aide à la *minimisation* ; ce n'est ni un
# chiffrement ni une **anonymisation**.
#
# **2. L'équité entre les hôpitaux. 3. La victoire sur le modèle local.** Vous venez de le voir sur de vrais patients : la
# Suisse **perd** 17 points d'exactitude à fédérer (trois patients de test sur seize : gardez vos réflexes). Ses 30
# patients ne pèsent que 6 % du modèle commun. Une bonne moyenne peut cacher un perdant : demandez toujours le tableau par
# hôpital.
#
# **4. La gouvernance.** Vous avez vu un zéro qui voulait dire « inconnu ». Autre malentendu : dans `breast_cancer`, 1
# veut dire « maligne ». Supposons que le dernier centre code l'inverse. **Prédisez** : le calcul s'arrêtera-t-il sur une
# erreur ?

# %%
def recode(split):
    """Le même jeu, où 1 veut dire « bénigne »."""
    return data.Split(split.x, 1 - split.y, split.patient_id)


last = breast["centre_3"]
mixed = dict(breast) | {"centre_3": data.Center(recode(last.train), recode(last.test))}
misled = federate(mixed, len(breast.feature_names))
pd.DataFrame(transfer({"fédéré, un centre à l'envers": misled}, mixed, accuracy)).round(2)

# %% [markdown]
# Aucune erreur, aucun avertissement. Le dernier centre tombe à 0,10 : le modèle commun lui annonce le contraire de ce
# qu'il croit lire. Les trois autres ne remarquent rien ; le serveur non plus, qui n'a jamais vu les données. Avant tout
# calcul, il faut un dictionnaire commun, des responsables et des règles écrites ; aucun algorithme ne les remplace.

# %% [markdown]
# ## À retenir
#
# - Une donnée de santé reste personnelle tant que l'on peut retrouver la personne, même sans nom ; le RGPD et le secret médical encadrent son envoi.
# - L'AUROC est la part des paires (malade, sain) bien rangées ; un modèle se juge hôpital par hôpital, avec n⁺ et n⁻.
# - Local, centralisé, fédéré : le fédéré approche souvent le centralisé, sans réunir les patients.
# - Pas de conclusion sans intervalle ; sur les mêmes patients, seuls les désaccords départagent deux modèles.
# - L'apprentissage fédéré ne promet ni confidentialité à lui seul, ni équité, ni victoire sur le local, ni gouvernance.

# %% [markdown]
# ## Quiz
#
# **1. Un hôpital remplace les noms par des numéros et garde la table de correspondance. Son fichier est-il anonyme ?**
#
# - a) Oui, les noms ont disparu.
# - b) Non, il est pseudonymisé : pour lui, ce sont toujours des données personnelles.
# - c) Oui, si la table est bien protégée.
#
# <details><summary>Réponse</summary>
#
# - a) Non : vous avez vu que trois colonnes suffisent à isoler 187 patients sur 199.
# - b) **Oui** : c'est le considérant 26 du RGPD.
# - c) Non : protéger la table est nécessaire, mais elle permet toujours de retrouver chacun.
#
# </details>
#
# **2. Sur 15 patients, le modèle A a raison pour un patient de plus que le modèle B. Que dites-vous ?**
#
# - a) A est meilleur.
# - b) A et B se valent.
# - c) On ne peut pas conclure.
#
# <details><summary>Réponse</summary>
#
# - a) Non : avec un seul patient d'écart, la valeur p vaut 1.
# - b) Non : ne pas voir d'écart n'est pas prouver qu'il n'y en a pas.
# - c) **Oui** : donnez les deux chiffres, leurs intervalles, et cherchez plus de patients.
#
# </details>
#
# **3. Les patients ne quittent pas l'hôpital. Le modèle envoyé peut-il les trahir ?**
#
# - a) Oui, parfois jusqu'à la valeur exacte d'un dossier.
# - b) Non, ce ne sont que des paramètres.
# - c) Non, car le serveur en fait la moyenne.
#
# <details><summary>Réponse</summary>
#
# - a) **Oui** : une division a suffi pour lire un patient.
# - b) Non : ces paramètres sont calculés à partir des patients, et gardent leur trace.
# - c) Non : le serveur voit chaque modèle avant d'en faire la moyenne.
#
# </details>

# %% [markdown]
# ## Pour aller plus loin
#
# - Le [RGPD](https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX:32016R0679), texte officiel ; le Code de la santé publique est sur [Légifrance](https://www.legifrance.gouv.fr).
# - La personne qui *reçoit* un fichier pseudonymisé, sans moyen de retrouver personne, traite-t-elle encore des données personnelles ? Pas toujours : Cour de justice de l'Union européenne, 4 septembre 2025, affaire C-413/23 P.
# - Ogier du Terrail et al. 2022, *FLamby*, [arXiv:2210.04620](https://arxiv.org/abs/2210.04620) : ces quatre hôpitaux, et d'autres jeux de données fédérés.
# - Mettez `SOURCE = "real"` après `python cours.py donnees heart`, puis relancez tout : que devient Long Beach ?
#
# ## Leçon suivante
#
# [2. FedAvg de zéro](02_fedavg_de_zero.ipynb) : ouvrir la boîte, et écrire vous-même ces tours.
