# %% [markdown]
# # Pourquoi fédérer ?
#
# **Durée** : 60 min · **Prérequis** : lire du Python et du NumPy simples · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Reconnaître une donnée personnelle de santé et citer les textes qui la retiennent à l'hôpital.
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
# Bienvenue. Cette leçon se lit de haut en bas : chaque cellule de code s'exécute avec **Maj + Entrée**. Quand un
# exercice vous demande d'écrire, son contrôle répond aussitôt : ✅ juste, ❌ avec une piste, ⏳ pas encore commencé. Un
# exercice laissé vide ne bloque rien : la suite utilise alors notre solution.
#
# ## 1. Ce qu'un hôpital ne peut pas partager
#
# Quatre hôpitaux soignent la même maladie des artères coronaires. Réunis, leurs dossiers apprendraient beaucoup.
# Pourquoi ne pas tout envoyer sur un même serveur ? Parce que des textes l'encadrent. En voici cinq, tels qu'ils valent
# en France.
#
# | Texte | Ce qu'il dit |
# |---|---|
# | RGPD, article 4, point 15 | Les « données concernant la santé » sont les données personnelles relatives à la santé physique ou mentale d'une personne, et qui révèlent son état de santé. |
# | RGPD, article 9, paragraphes 1 et 2 | Les traiter est **interdit**, sauf exceptions énumérées : consentement explicite (a), soins (h), santé publique (i), recherche scientifique avec des garanties (j)… |
# | RGPD, article 5, paragraphe 1, point c | *Minimisation* : les données sont « limitées à ce qui est nécessaire » au but poursuivi. |
# | RGPD, considérant 26 | Remplacer les noms par des numéros ne suffit pas : si une autre information permet de retrouver la personne, la donnée reste personnelle. Une information vraiment anonyme, elle, sort du règlement. |
# | Code de la santé publique, article L1110-4 | Toute personne prise en charge a droit au **secret** des informations qui la concernent ; il s'impose à tous les professionnels du système de santé. |
#
# Partager n'est donc pas toujours interdit. Mais il faut une exception, un but précis, des garanties, et n'envoyer que
# le nécessaire. Cette page rapporte les textes ; elle ne remplace pas un juriste.
#
# Enlever les noms, n'est-ce pas assez ? Regardons. Nos patients sont **synthétiques** : fabriqués par un programme,
# avec les colonnes et les valeurs manquantes d'un vrai jeu de données. Ils n'ont ni nom, ni numéro, ni date.
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
# Trois colonnes banales suffisent : 187 patients sur 199 sont uniques. Qui connaît l'âge, le sexe et la tension d'un
# voisin retrouve sa ligne, et avec elle son diagnostic.

# %% [markdown]
# ### ✏️ Exercice 1 — personnel ou non ?
#
# 🔴⚪⚪ · 5 min
#
# Lesquels de ces six envois contiennent des **données personnelles** ? Répondez par un ensemble de lettres, écrit comme
# `{"x", "y"}`.
#
# - **a)** la liste des patients opérés en mars, avec leur nom et leur diagnostic ;
# - **b)** la même liste, où un numéro remplace le nom ; l'hôpital garde la table de correspondance ;
# - **c)** « 87 patients sur 262 sont malades » ;
# - **d)** un tableau sans nom : date de naissance, sexe, code postal et diagnostic de chaque patient ;
# - **e)** le nombre de lits du service ;
# - **f)** « une patiente de 31 ans, seul cas de cette maladie rare dans son village ».
#
# **Résultat attendu** : un ensemble de lettres ; en cas d'erreur, le contrôle dit laquelle revoir.
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
# chaque hôpital sait faire seul.

# %%
dataset = data.standardize(heart)  # met les colonnes à la même échelle
print(dataset.card)
figure, ax = plt.subplots(figsize=(7, 3.5))
figures.label_distribution(ax, dataset);

# %% [markdown]
# **La figure en mots** : pour chaque hôpital, ses patients d'entraînement, sains (classe 0) et malades (classe 1).
# Cleveland, le plus gros, est équilibré. La Hongrie (`hungarian`) a deux fois plus de sains que de malades, Long Beach
# (`va`) trois fois moins. La Suisse n'a que 29 patients, dont un seul est sain.
#
# Pour mettre les colonnes à la même échelle, chaque hôpital n'a envoyé que des sommes (`standardize`), aucun patient.
# Chacun apprend maintenant un modèle qui rend, pour un patient, la probabilité d'être malade. Ce modèle s'appelle une
# régression logistique ; la leçon 2 l'ouvrira.

# %%
SETTINGS = training.SGD(lr=0.5, epochs=200)  # fixé d'avance, jamais ajusté sur le test


def learn(split):
    """Apprend sur un jeu et rend la fonction « patients → probabilités »."""
    model = training.fit(models.linear(split.x.shape[1]), split, SETTINGS)
    return lambda x: training.predict(model, x)


# %%
local = {name: learn(center.train) for name, center in dataset.items()}
local["cleveland"](dataset["cleveland"].test.x[:4]).round(2)

# %% [markdown]
# Pour le modèle de Cleveland, le premier patient a une probabilité de 0,90 d'être malade, le quatrième de 0,01.
#
# Comment juger ces probabilités ? L'**exactitude**, part de bonnes réponses, trompe quand une classe domine : en
# Suisse, dire « malade » à tout le monde suffit pour en avoir une excellente. L'**AUROC** n'a pas ce défaut. Prenez au
# hasard un malade et un patient sain : c'est la probabilité que le malade ait le score le plus élevé. 0,5 vaut le
# hasard, 1 est parfait.

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
# Sur 104 patients, l'AUROC est de 0,87 ; sur d'autres patients du même hôpital, elle pourrait valoir 0,78 comme 0,92.
# Un chiffre sans intervalle ne dit rien : dans ce cours, les deux ne se quittent plus.
#
# **Prédisez** : en Hongrie, un patient sur trois est malade. Le modèle hongrois, que vaut-il en Suisse, où presque tous
# le sont ?

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
# Une compréhension dans l'autre : `{modèle: {hôpital: … for … in centers.items()} for … in predictors.items()}`.
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
# En Suisse, le jeu de test ne contient **qu'un** patient sain. Toutes les paires passent par lui : l'AUROC dépendrait
# de lui seul. Sous cinq patients d'une classe, nous écrivons « non estimable », et c'est un résultat. L'exactitude,
# elle, se calcule.

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
figures.mark_synthetic(ax, dataset.card);

# %% [markdown]
# **La figure en mots** : un tableau de 4 × 4, l'exactitude de chaque modèle dans chaque hôpital. Presque tout est entre
# 0,67 et 0,87, sauf une case claire : le modèle hongrois tombe à 0,20 en Suisse.
#
# La part de malades, ou **prévalence**, n'est pas la même : habitué à un malade sur trois, il n'ose pas répondre
# « malade ». Un modèle n'est pas bon ou mauvais en soi : il l'est **pour des patients**. Un hôpital qui achète un
# modèle appris ailleurs devrait voir cette case avant de signer.

# %% [markdown]
# ## 3. Tout réunir : la référence que personne n'a
#
# Imaginons un instant que tout soit permis. On réunit les 486 patients d'entraînement, on apprend un seul modèle :
# c'est l'apprentissage **centralisé**. Ici, nos patients sont fictifs ; nous pouvons tricher, et mesurer ce que coûtera
# le secret.
#
# **Prédisez** : ce modèle fera-t-il mieux que chaque modèle local, chez lui ?

# %%
pooled = learn(dataset.train)
own = {name: metrics.auroc(center.test.y, local[name](center.test.x)) for name, center in dataset.items()}
together = transfer({"centralisé": pooled}, dataset, metrics.auroc)["centralisé"]
pd.DataFrame({"local": own, "centralisé": together}).map(str)

# %% [markdown]
# Un peu mieux dans les trois hôpitaux que l'on sait juger : de 0,87 à 0,88 à Cleveland, de 0,88 à 0,90 en Hongrie, de
# 0,84 à 0,90 à Long Beach, le plus petit des trois. Mais lisez les intervalles : à Long Beach, [0,65 ; 0,93] contre
# [0,74 ; 0,96]. Avec 45 patients de test, un tel écart peut n'être que de la chance. Nous y reviendrons.

# %% [markdown]
# ## 4. Fédérer : le modèle voyage, les patients restent
#
# Un serveur envoie le même modèle aux quatre hôpitaux. Chacun l'améliore sur ses patients et le renvoie. Le serveur
# fait la moyenne, et l'on recommence : c'est un **tour**. Trois lignes suffisent : l'hôpital (`client_app`), les tours
# (`simulate`), le modèle reçu (`load_arrays`). `FedAvg` est la règle de moyenne. Ce sont de vrais objets de Flower, une
# bibliothèque d'apprentissage fédéré ; les leçons 2 et 3 les démontent.

# %%
def federate(centers, num_features):
    """Apprend un modèle commun : 40 tours de 5 époques, autant de pas que les 200 époques d'avant."""
    model = models.linear(num_features)
    client_app = federated.torch_client_app(model, centers, federated.sgd_training(training.SGD(lr=0.5, epochs=5)))
    history = federated.simulate(client_app, FedAvg(), centers, federated.arrays_of(model), num_rounds=40)
    federated.load_arrays(model, history.arrays)
    return lambda x: training.predict(model, x)


shared = federate(dataset, len(dataset.feature_names))

# %% [markdown]
# **Prédisez** : ce modèle, qui n'a jamais vu deux hôpitaux ensemble, ressemblera-t-il plus au local ou au centralisé ?

# %%
def judge(dataset, methods):
    """Rend le tableau de chaque méthode ; `methods` : nom → hôpital → fonction de prédiction."""
    tables = {}
    for method, by_center in methods.items():
        rows = [metrics.per_center(dataset, by_center[name]).query("center == @name") for name in dataset]
        tables[method] = pd.concat(rows)
    return tables


# %%
methods = {"local": local, "centralisé": dict.fromkeys(dataset, pooled), "fédéré": dict.fromkeys(dataset, shared)}
tables = judge(dataset, methods)
figure, ax = plt.subplots(figsize=(7, 5))
figures.forest(ax, tables)
figures.mark_synthetic(ax, dataset.card);

# %%
pd.DataFrame({(v, m): t.set_index("center")[v] for v in ("auroc", "accuracy") for m, t in tables.items()}).round(2)

# %% [markdown]
# **La figure en mots** : une ligne par hôpital, avec ses malades (n⁺) et ses patients sains (n⁻) de test ; trois points
# par ligne, local, centralisé, fédéré, chacun avec son intervalle. L'AUROC du fédéré suit celle du centralisé à 0,01
# près. Les trois intervalles se recouvrent partout. En Suisse (n⁺ = 14, n⁻ = 1), trois fois « non estimable ».
#
# Le fédéré obtient donc ici ce qu'obtient le centralisé, **sans réunir un seul patient**. Bat-il le local ? À Long
# Beach, 0,91 contre 0,84 : c'est tentant. Combien de patients faudrait-il pour en être sûr ?

# %%
for right, total in ((9, 10), (90, 100), (900, 1000)):
    print(f"{right} bonnes réponses sur {total} : {metrics.accuracy(np.ones(total), np.arange(total) < right)}")

# %% [markdown]
# Avec dix patients, « 90 % » veut dire « entre 60 et 98 % » ; avec mille, « entre 88 et 92 % ». Dix fois plus de
# patients, et l'intervalle n'est que trois fois plus court.
#
# Pour comparer deux modèles sur les **mêmes** patients, il y a plus fin que deux intervalles. Les patients où A et B
# ont tous deux raison, ou tous deux tort, ne départagent personne. Ne gardez que les désaccords. Si A et B se valent,
# chaque désaccord est un pile ou face : c'est le **test de McNemar** (1947), qui compare des exactitudes. Sa *valeur p*
# est la probabilité qu'un pile ou face soit au moins aussi déséquilibré.

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
# La plus petite valeur est 0,62 : **aucun** de ces écarts ne sort du hasard. Attention à l'erreur inverse : une grande
# valeur p ne prouve pas que les modèles se valent. Avec 15 patients suisses, même un bel écart resterait invisible.
#
# Et sur de vraies données ? `breast_cancer` décrit 569 tumeurs **réelles**, d'une seule clinique ; nous les
# répartissons au hasard entre quatre centres artificiels. **Prédisez** : le fédéré y gagne-t-il plus, ou moins ?

# %%
breast = data.standardize(data.load("breast_cancer"))
breast_methods = {
    "local": {name: learn(center.train) for name, center in breast.items()},
    "centralisé": dict.fromkeys(breast, learn(breast.train)),
    "fédéré": dict.fromkeys(breast, federate(breast, len(breast.feature_names))),
}
print(str(breast.card).splitlines()[0])
print(f"fédéré contre local : {p_values(breast, breast_methods['fédéré'], breast_methods['local'])}")

# %%
figure, ax = plt.subplots(figsize=(7, 4.5))
figures.forest(ax, judge(breast, breast_methods));

# %% [markdown]
# **La figure en mots** : quatre centres, trois points chacun, tous serrés entre 0,99 et 1, avec des intervalles qui
# descendent vers 0,90. Aucune méthode ne se détache, et les quatre valeurs p valent 1.
#
# La tâche est facile, les centres se ressemblent, chacun a de quoi apprendre seul avec 93 patientes. **Fédérer
# n'apporte rien ici.** C'est la première question à poser devant un projet : de combien le modèle local est-il en
# dessous ?
#
# Passons aux quatre **vrais** hôpitaux. Leurs fichiers ne sont pas livrés avec le cours ; une mesure a été faite une
# fois, et son résultat, validé avec le code, se lit ainsi.

# %%
report = pd.read_json(racine / "bancs" / "resultats" / "heart.json", typ="series")
print(f"{report['data']['kind']}, {len(report['seeds'])} découpages · {report['command']}")
bench = pd.DataFrame(report["rows"]).query("method not in ['FedProx', 'SCAFFOLD', 'FedAdam']")  # vus en leçon 4
bench["estimate"] = [str(metrics.Estimate(*row)) for row in bench[["mean", "low", "high"]].to_numpy(dtype=float)]
for name, n in report["n"]["0"].items():
    print(f"{name:11} {n['train']:3} d'entraînement ; test : n⁺ = {n['n_pos']:3}, n⁻ = {n['n_neg']:3}")
bench.query("metric == 'auroc'").pivot(index="method", columns="center", values="estimate")

# %%
bench.query("metric == 'accuracy'").pivot(index="method", columns="center", values="estimate")

# %% [markdown]
# Ici, les patients sont **réels**. Chaque chiffre est la moyenne de cinq découpages ; son intervalle dit de combien
# cette moyenne bouge d'un découpage à l'autre. Lisez d'abord la colonne « tous » du second tableau : exactitude de 0,79
# pour FedAvg comme pour le centralisé, de 0,51 à 0,77 pour les modèles locaux. Fédérer tient sa promesse.
#
# Lisez ensuite chaque hôpital chez lui. En Hongrie, le modèle local a 0,91 d'AUROC, FedAvg 0,90 : rien à gagner. En
# Suisse, le modèle local a 0,95 d'exactitude, FedAvg 0,78 : **le local est devant** (sur 16 patients
# de test : prudence). À Long Beach, FedAvg passe devant, 0,64
# d'AUROC contre 0,54, et reste mauvais. Notre jumeau synthétique, lui, y affichait 0,91 : des données synthétiques
# apprennent la méthode, jamais la médecine.

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
# Tout : l'âge, le sexe, la tension, au centième près. Une division a suffi. C'est le cas le plus favorable à l'espion ;
# avec plus de patients, l'attaque est plus difficile, non impossible. Fédérer aide à la *minimisation*, ce n'est ni
# un chiffrement ni une anonymisation. Les semaines 2 et 6 y ajoutent de vraies protections.
#
# **2. L'équité entre les hôpitaux. 3. La victoire sur le modèle local.** Refaisons l'expérience synthétique sur cinq
# découpages. Combien de points d'exactitude chaque hôpital gagne-t-il à fédérer, par rapport à son modèle local ?

# %%
def gains(seed):
    """Rend l'exactitude du fédéré moins celle du local, hôpital par hôpital."""
    split = data.standardize(data.load("heart", source=SOURCE, seed=seed))
    common_model = federate(split, len(split.feature_names))
    ours = transfer({"fédéré": common_model}, split, accuracy)["fédéré"]
    return {name: ours[name] - accuracy(c.test.y, learn(c.train)(c.test.x)) for name, c in split.items()}


# %%
pd.DataFrame([gains(seed) for seed in range(5)]).agg(["mean", "min", "max"]).round(3)

# %% [markdown]
# Long Beach gagne à chaque fois, 5 points en moyenne. Cleveland en gagne un, la Hongrie aucun. La Suisse **perd** 7
# points en moyenne et n'en gagne jamais : ses 29 patients pèsent 6 % du modèle commun, qui lui convient moins que le
# sien. (Sur 15 patients de test, 7 points font un patient : gardez vos réflexes.) Une bonne moyenne peut donc cacher un
# perdant : demandez toujours le tableau par hôpital.
#
# **4. La gouvernance.** Dans `breast_cancer`, 1 veut dire « maligne » ; la bibliothèque qui fournit ces données code
# l'inverse. Supposons que le dernier centre ait gardé l'ancien codage. **Prédisez** : le calcul s'arrêtera-t-il sur une
# erreur ?

# %%
def recode(split):
    """Le même jeu, où 1 veut dire « bénigne »."""
    return data.Split(split.x, 1 - split.y, split.patient_id)


# %%
last = breast["centre_3"]
mixed = dict(breast) | {"centre_3": data.Center(recode(last.train), recode(last.test))}
mixed_local = breast_methods["local"] | {"centre_3": learn(mixed["centre_3"].train)}
mixed_shared = federate(mixed, len(breast.feature_names))
alone = {name: accuracy(center.test.y, mixed_local[name](center.test.x)) for name, center in mixed.items()}
pd.DataFrame({"local": alone, "fédéré": transfer({"f": mixed_shared}, mixed, accuracy)["f"]}).round(2)

# %% [markdown]
# Aucune erreur, aucun avertissement. Le dernier centre tombe à 0,10, contre 0,94 seul : le modèle commun lui annonce le
# contraire de ce qu'il croit lire. Les trois autres, entre 0,94 et 0,98, ne remarquent rien. Le serveur non plus : il
# n'a jamais vu les données. Avant tout calcul, une fédération a besoin d'un dictionnaire commun, de responsables et de
# règles écrites ; aucun algorithme ne les remplace.

# %% [markdown]
# ## À retenir
#
# - Une donnée de santé reste personnelle tant que l'on peut retrouver la personne, même sans nom ; le RGPD et le secret médical la retiennent à l'hôpital.
# - L'AUROC est la part des paires (malade, sain) bien rangées ; un modèle se juge hôpital par hôpital, avec n⁺ et n⁻.
# - Local, centralisé, fédéré : le fédéré approche souvent le centralisé, sans réunir les patients.
# - Pas de chiffre sans intervalle ; sur les mêmes patients, seuls les désaccords départagent deux modèles.
# - L'apprentissage fédéré ne promet ni confidentialité à lui seul, ni équité, ni victoire sur le local, ni gouvernance.

# %% [markdown]
# ## Quiz
#
# **1. Un hôpital remplace les noms par des numéros et garde la table de correspondance. Le fichier est-il anonyme ?**
#
# - a) Oui, les noms ont disparu.
# - b) Non, il est pseudonymisé : ce sont toujours des données personnelles.
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
# - Terrail et al. 2022, *FLamby*, [arXiv:2210.04620](https://arxiv.org/abs/2210.04620) : ces quatre hôpitaux, et d'autres jeux de données fédérés.
# - Les mesures de cette leçon (intervalles de Wilson et de Newcombe, test de McNemar) tiennent dans `common/metrics.py`.
# - Mettez `SOURCE = "real"` après `python cours.py donnees heart`, puis relancez tout : que devient Long Beach ?
#
# ## Leçon suivante
#
# [2. FedAvg de zéro](02_fedavg_de_zero.ipynb) : ouvrir la boîte, et écrire vous-même ces tours.
