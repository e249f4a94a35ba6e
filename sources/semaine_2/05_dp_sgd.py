# %% [markdown]
# # DP-SGD : apprendre de tous sans dépendre de personne
#
# **Durée** : 90 min · **Prérequis** : leçon 4 de la semaine, leçons 2 et 3 de la semaine 1 · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Attaquer un modèle pour savoir qui l'a entraîné, et mesurer l'attaque à 1 % de fausses alertes.
# - Écrire le pas de DP-SGD : raccourcir le gradient de chaque exemple, additionner, bruiter.
# - Tirer des lots de Poisson, et retrouver à la main le résultat d'Opacus.
# - Mesurer ce que ε coûte en exactitude, et ce qu'il ôte à l'attaque.
# - Compter l'ε de chaque hôpital au bout d'une fédération, et dire qui est protégé, et de qui.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

from common import attacks, data, federated, training
from common.privacy import dp_sgd, private_clients
from common.verifier import semaine_2 as verifier

# %% [markdown]
# ## 1. Le modèle se souvient-il de vous ?
#
# Un modèle apprend de 797 patients. Il sort de l'hôpital ; les patients, non. Un curieux possède votre dossier, et veut
# savoir une seule chose : **étiez-vous dans l'étude ?** Si elle ne réunit que des séropositifs, la réponse est déjà un diagnostic. Cette
# attaque s'appelle l'**inférence d'appartenance**. Un **membre** est un exemple qui a servi à l'entraînement.
#
# Il nous faut des données que chacun puisse recharger : des chiffres manuscrits. Chaque image joue ici le rôle d'un patient.

# %%
dataset = data.load("digits", num_centers=1)
print(dataset.card)
train, test = dataset.train, dataset.test

# %%
def network():
    """La régression logistique de la semaine 1, à dix classes : 64 pixels, 10 logits, des paramètres nuls."""
    model = torch.nn.Linear(64, 10, dtype=torch.float64)
    torch.nn.init.zeros_(model.weight)
    torch.nn.init.zeros_(model.bias)
    return model


print(sum(parameter.numel() for parameter in network().parameters()), "paramètres")

# %% [markdown]
# Un dossier réel contient des erreurs de codage et des cas rares. Pour les imiter, nous tirons au hasard une nouvelle
# étiquette pour une image sur dix environ : ces étiquettes-là sont donc **fabriquées**, les images restent réelles. Puis
# nous tirons au sort 797 membres. Les 1 000 autres images ne serviront qu'à vérifier l'attaque.

# %%
def gather(share):
    """Réunit toutes les images ; une part `share` reçoit une étiquette tirée au hasard."""
    rng = np.random.default_rng(7)
    x, y = (np.concatenate([getattr(part, name) for part in (train, test)]) for name in ("x", "y"))
    drawn = rng.random(len(y)) < share
    return data.Split(x, np.where(drawn, rng.integers(0, 10, len(y)), y), np.arange(len(y)))


clean, messy = gather(0), gather(0.1)
changed = clean.y != messy.y
member = np.zeros(len(messy), dtype=bool)
member[np.random.default_rng(100).permutation(len(messy))[:797]] = True
print(f"{changed.sum()} étiquettes changées sur {len(messy)}, dont {changed[member].sum()} chez les membres")

# %%
RECIPE = training.SGD(lr=0.1, epochs=40, batch_size=64, momentum=0.9)


def fit(split, seed):
    """L'apprentissage ordinaire, sans confidentialité différentielle."""
    return training.fit(network(), split, RECIPE, seed)


def losses(model, pool):
    """La perte du modèle sur chaque image : grande quand il s'y trompe avec assurance."""
    return attacks.example_losses(training.predict(model, pool.x), pool.y)

# %%
model = fit(messy[member], seed=0)
loss = losses(model, messy)
print(f"perte moyenne : {loss[member].mean():.2f} chez les membres, {loss[~member].mean():.2f} chez les autres")

# %% [markdown]
# Le modèle se trompe moins sur ceux qu'il a vus. D'où une attaque en une ligne
# ([Yeom et al. 2018](https://arxiv.org/abs/1709.01604)) : **une perte basse trahit un membre**. Le score
# d'une image est l'opposé de sa perte ; l'attaquant accuse au-dessus d'un seuil.
#
# Quel seuil ? Une attaque qui accuse tout le monde trouve tous les membres, et ne vaut rien. On fixe donc d'abord la part
# de **fausses alertes** tolérées chez les non-membres, 1 %. Puis l'on compte les membres reconnus. Une mesure moyenne,
# comme l'AUROC, cacherait l'essentiel : reconnaître à coup sûr un patient sur cent est déjà une fuite grave ([Carlini et
# al. 2022](https://arxiv.org/abs/2112.03570)).

# %% [markdown]
# ### ✏️ Exercice 1 — le seuil de l'attaquant
#
# 🔴⚪⚪ · 8 min
#
# Un exemple est accusé si son score **dépasse** le seuil, strictement. Rendez le seuil le plus bas qui accuse à tort au plus une
# part `fpr` des non-membres ; si aucune fausse alerte n'est permise, c'est leur plus grand score.
#
# **Résultat attendu** : pour les scores `[3, 1, 4, 1, 5]` et `fpr = 0.5`, deux fausses alertes sont permises (5 et 4) ;
# le seuil est `3`.
#
# <details><summary>Indice</summary>
#
# `int(len(scores_others) * fpr)` fausses alertes sont permises. Rangez les scores du plus grand au plus petit,
# `np.sort(scores_others)[::-1]` : celui qui vient juste après les fausses alertes permises est le seuil.
#
# </details>

# %%
def threshold_at_fpr(scores_others: np.ndarray, fpr: float) -> float:
    """Rend le seuil ; scores_others : (n,), n ≥ 1 ; fpr dans [0, 1[."""
    # début solution
    highest_first = np.sort(scores_others)[::-1]
    return highest_first[int(len(scores_others) * fpr)]
    # fin solution


threshold_at_fpr = verifier.threshold_at_fpr(threshold_at_fpr)
threshold_at_fpr(np.array([3, 1, 4, 1, 5]), 0.5)

# %% [markdown]
# **Prédisez** : à 1 % de fausses alertes, quelle part des membres cette attaque reconnaît-elle ?

# %%
def recognised(score, fpr=0.01):
    """Qui est accusé, quand on tolère une part `fpr` de fausses alertes."""
    return score > threshold_at_fpr(score[~member], fpr)


named = recognised(-loss)
print(f"{named[member].sum()} membres sur {member.sum()} ({named[member].mean():.1%}), "
      f"{named[~member].sum()} fausses alertes sur {(~member).sum()}")  # fmt: skip

# %% [markdown]
# Onze membres, 1,4 %, quand le hasard en donnerait 1 % : presque rien. La perte dit surtout si une image est
# **difficile**. Un « 1 » bien tracé a une perte basse, membre ou non ; une étiquette fausse, une perte haute, membre ou
# non.
#
# **LiRA**, l'attaque de Carlini et ses collègues, corrige cela image par image. L'attaquant entraîne seize modèles à lui,
# des **fantômes**, chacun sur une moitié des images tirée au sort : huit ont vu l'image visée, huit non. Puis il demande
# : sur cette image, le modèle attaqué ressemble-t-il aux fantômes qui l'ont vue, ou aux autres ? C'est un attaquant fort
# : il possède des données semblables, l'image visée comprise, et il connaît la recette d'entraînement.
#
# **Prédisez** : lesquels reconnaîtra-t-il ? Les images bien étiquetées, ou les autres ?

# %%
def attack(pool, fit, num_shadows=16):
    """Attaque un modèle appris sur les membres ; rend deux scores par image (grand = « membre »)."""
    target = losses(fit(pool[member], 0), pool)
    shadows, seen = attacks.shadow_logits(
        lambda rows: losses(fit(pool[rows], 1), pool), len(pool), num_shadows, seed=1
    )
    lira = attacks.lira_online(attacks.logit_confidence(target), shadows, seen)
    return {"perte": -target, "LiRA": lira}

# %%
def rates(scores):
    """Une ligne par attaque : l'AUROC, et la part des membres reconnus à 1 % de fausses alertes."""
    found = {name: attacks.attack_rates(score[member], score[~member]) for name, score in scores.items()}
    return pd.DataFrame({name: {"AUROC": str(r.auc), "reconnus": str(r.tpr_at_1_percent)} for name, r in found.items()}).T


before = attack(messy, fit)
pd.concat({"étiquettes justes": rates(attack(clean, fit)), "une fausse sur dix": rates(before)})

# %%
named = recognised(before["LiRA"]) & member
print(f"{named.sum()} membres reconnus, dont {changed[named].sum()} dont l'étiquette est fausse")
print(f"part d'étiquettes fausses chez tous les membres : {changed[member].mean():.0%}")

# %% [markdown]
# Avec une étiquette tirée au sort sur dix, LiRA reconnaît 6 % des membres pour 1 % de fausses alertes : six fois le hasard, et
# l'intervalle (de 5 à 8 %) en reste loin. Qui sont-ils ? Sur 49, **30 portent une étiquette fausse**, alors que ces
# étiquettes ne sont que 8 % des membres. C'est logique : nul ne devine une étiquette tirée au sort ; pour la connaître,
# il faut l'avoir vue. Dans un hôpital, ce sont les maladies rares, les parcours hors norme, les erreurs de codage. Les
# plus singuliers sont les plus exposés.
#
# Soyons honnêtes : sur les étiquettes justes, l'attaque tombe à 4 %. Ces images-là, propres et faciles, cachent peu de
# chose ; nous avons noirci le tableau pour que la fuite se voie. Remarquez aussi l'AUROC, 0,60 au mieux : à elle seule, elle aurait
# rassuré. Et nous ne mesurons pas à un pour mille : avec 1 000 non-membres, ce serait une seule fausse alerte.
#
# ## 2. Borner, puis bruiter
#
# L'attaque marche parce qu'un patient peut tirer le modèle à lui. Regardons avec quelle force. Un pas d'apprentissage suit la
# **moyenne** des gradients du lot ; nous voulons le gradient de **chaque** exemple, une ligne par image.

# %%
members = messy[member]
gradients = dp_sgd.per_example_gradients(model, members)
norms = np.linalg.norm(gradients, axis=1)
print("forme :", gradients.shape)
print(f"norme médiane {np.median(norms):.2f}, la plus grande {norms.max():.1f}")

# %%
figure, ax = plt.subplots(figsize=(7, 3.5))
bins = np.geomspace(norms.min(), norms.max(), 40)
ax.hist([norms[~changed[member]], norms[changed[member]]], bins, stacked=True, color=["0.75", "black"],
        label=["étiquette juste", "étiquette fausse"])  # fmt: skip
ax.axvline(0.5, color="#D55E00", linestyle="--", label="borne C = 0,5")
ax.set(xscale="log", xlabel="norme du gradient (sans unité, échelle logarithmique)", ylabel="nombre d'images")
ax.set_title("Ce que chaque image veut changer au modèle")
ax.legend();

# %% [markdown]
# **La figure en mots** : un histogramme des 797 normes, d'un centième à six. Les étiquettes justes s'étalent de part et
# d'autre de la borne ; les fausses, en noir, sont toutes tout à droite.
#
# La norme médiane est 0,54 ; la plus grande, 6,2, tire plus de dix fois plus fort. Ceux que LiRA reconnaît sont souvent ceux qui
# tirent le plus. D'où le remède, en deux temps : **borner** la voix de chacun, puis **noyer** dans du bruit ce qui en
# reste. La borne $C$ est un réglage : trop basse, elle déforme la moyenne ; trop haute, elle réclame plus de bruit. La
# nôtre raccourcit environ un gradient sur deux.

# %% [markdown]
# ### ✏️ Exercice 2 — raccourcir
#
# 🔴🔴⚪ · 10 min
#
# C'est l'**écrêtage**, *clipping* en anglais. Un gradient plus long que `max_grad_norm` est ramené à cette longueur, sans
# changer de direction. Les autres restent tels quels, le gradient nul aussi. Ne modifiez pas le tableau reçu.
#
# **Résultat attendu** : pour `[[3, 4], [0.3, 0.4]]` et la borne 1, on obtient `[[0.6, 0.8], [0.3, 0.4]]`.
#
# <details><summary>Indice</summary>
#
# `np.linalg.norm(per_example, axis=1, keepdims=True)` donne une norme par ligne, de forme `(n, 1)`. Divisez par `norme /
# borne` là où ce rapport dépasse 1, par 1 ailleurs : `np.maximum(1, …)`.
#
# </details>

# %%
def clip_gradients(per_example: np.ndarray, max_grad_norm: float) -> np.ndarray:
    """Rend les gradients, raccourcis à `max_grad_norm` au plus ; per_example : (n, d), une ligne par exemple."""
    # début solution
    norms = np.linalg.norm(per_example, axis=1, keepdims=True)
    return per_example / np.maximum(1, norms / max_grad_norm)
    # fin solution


clip_gradients = verifier.clip_gradients(clip_gradients)
clip_gradients(np.array([[3, 4], [0.3, 0.4]]), 1.0)

# %% [markdown]
# Après cela, ajouter ou retirer un patient change la **somme** des gradients de `max_grad_norm` au plus : c'est sa
# sensibilité, au sens de la leçon 4. Le bruit gaussien se règle sur elle. DP-SGD ([Abadi et al.
# 2016](https://arxiv.org/abs/1607.00133)) fait donc, à chaque pas :
#
# $$\tilde g = \frac{1}{B} \left( \sum_i \text{raccourci}(g_i) + \mathcal N(0, \sigma^2 C^2) \right)$$
#
# $C$ est la borne `max_grad_norm` ; $\sigma$, le bruit relatif `noise_multiplier` ; $B$, la taille de lot **attendue**.
#
# **Prédisez** : pourquoi ne pas diviser par la vraie taille du lot ?

# %% [markdown]
# ### ✏️ Exercice 3 — le gradient confidentiel
#
# 🔴🔴🔴 · 15 min
#
# Raccourcissez, additionnez, bruitez **une fois**, divisez. Tirez tout le bruit d'un seul appel à `rng.normal`, un tirage
# par paramètre.
#
# **Résultat attendu** : pour les gradients `[[3, 4], [0.3, 0.4]]`, la borne 1, aucun bruit et un lot attendu de 4, on obtient
# `[0.225, 0.3]`.
#
# <details><summary>Indice</summary>
#
# `rng.normal(0, écart_type, size=d)` tire `d` nombres. L'écart-type est `noise_multiplier * max_grad_norm` ; `d` est le nombre de
# colonnes, `per_example.shape[1]`.
#
# </details>

# %%
def private_gradient(
    per_example: np.ndarray, max_grad_norm: float, noise_multiplier: float, expected_batch_size: float, rng
) -> np.ndarray:
    """Rend le gradient bruité d'un lot, de forme (d,) ; per_example : (n, d), n parfois nul."""
    # début solution
    total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
    noise = rng.normal(0, noise_multiplier * max_grad_norm, size=total.shape)
    return (total + noise) / expected_batch_size
    # fin solution


private_gradient = verifier.private_gradient(private_gradient)
private_gradient(np.array([[3, 4], [0.3, 0.4]]), 1.0, 0.0, 4, np.random.default_rng(0))

# %% [markdown]
# La vraie taille dépend de qui a été tiré. Diviser par elle laisserait paraître un effectif que rien ne bruite, et la
# présence d'un seul patient ferait bouger tout le calcul, au-delà de la borne. La taille attendue, elle, est connue d'avance.
#
# Un piège reste, dans le modèle lui-même. Borner le gradient **de chaque exemple** suppose que ce gradient n'appartienne qu'à
# lui. Une couche **BatchNorm** centre chaque variable sur la moyenne du **lot** ; `GroupNorm` se contente d'un seul exemple.
#
# **Prédisez** : on change l'image n° 1. La sortie du réseau pour l'image n° 0 change-t-elle ?

# %%
batch = torch.tensor(train.x[:8])
other = batch.clone()
other[1] = 100  # un voisin de lot aberrant
for layer in (torch.nn.BatchNorm1d(64, dtype=torch.float64), torch.nn.GroupNorm(8, 64, dtype=torch.float64)):
    gap = (layer(other)[0] - layer(batch)[0]).abs().max().item()
    print(f"{type(layer).__name__:11} : la sortie de l'image 0 bouge de {gap:.3f}")

# %%
try:
    dp_sgd.refuse_unfit(torch.nn.Sequential(torch.nn.BatchNorm1d(64), torch.nn.Linear(64, 10)), train)
except ValueError as error:
    print(error)

# %% [markdown]
# Avec BatchNorm, la sortie de l'image 0 bouge de 2,676 alors que seule sa **voisine** a changé. Chaque patient agit donc
# aussi à travers le gradient des autres ; raccourcir son gradient à lui ne borne plus ce qu'il pèse. Avec GroupNorm, rien
# ne bouge. Opacus refuse BatchNorm, notre code aussi.
#
# ## 3. Tirer les lots, compter les pas
#
# La leçon 4 l'a montré : interroger un échantillon **secret** protège mieux qu'interroger tout le monde. Le **comptable**,
# le calcul qui cumule les dépenses d'ε pas après pas, tour après tour, en profite. Il y met une condition : que les lots
# soient vraiment tirés comme il le suppose, selon **Poisson**, chaque exemple jouant sa place au hasard, seul, à chaque
# pas. Mélanger puis découper, comme d'habitude, est un autre tirage, que ce compte ne couvre pas.

# %% [markdown]
# ### ✏️ Exercice 4 — un lot de Poisson
#
# 🔴⚪⚪ · 5 min
#
# Chacun des `n` exemples entre dans le lot avec la probabilité `sample_rate`, sans regarder les autres. Rendez les indices retenus,
# en ordre croissant. Tirez avec `rng.random(n)`, pour retrouver plus bas les mêmes lots que nous.
#
# **Résultat attendu** : avec `np.random.default_rng(0)`, `n = 10` et `sample_rate = 0.3`, le lot est `[1, 2, 3]`.
#
# <details><summary>Indice</summary>
#
# `rng.random(n)` rend `n` nombres entre 0 et 1 ; chacun est plus petit que `sample_rate` avec cette probabilité-là.
# `np.flatnonzero(condition)` rend les indices où la condition est vraie.
#
# </details>

# %%
def poisson_sample(n: int, sample_rate: float, rng) -> np.ndarray:
    """Rend les indices d'un lot de Poisson."""
    # début solution
    return np.flatnonzero(rng.random(n) < sample_rate)
    # fin solution


poisson_sample = verifier.poisson_sample(poisson_sample)
poisson_sample(10, 0.3, np.random.default_rng(0))

# %% [markdown]
# Vos trois fonctions suffisent pour entraîner. Le **réglage** tient en cinq nombres ; à côté, [Opacus](https://opacus.ai) est la
# bibliothèque que l'on emploie pour de vrai. Elle sera notre oracle : sans bruit, les deux doivent donner le même modèle.

# %%
def train_by_hand(split, settings, seed):
    """DP-SGD avec vos fonctions : le même tirage de lots que `dp_sgd.train_private`, qui appelle Opacus."""
    model, rng, noise_rng = network(), np.random.default_rng(seed), np.random.default_rng([seed, 1])
    rng.integers(2**63)  # là, train_private tire la graine du bruit d'Opacus
    batch_size = settings.sample_rate * len(split)
    for _ in range(settings.steps):
        batch = split[poisson_sample(len(split), settings.sample_rate, rng)]
        per_example = dp_sgd.per_example_gradients(model, batch)
        step = private_gradient(per_example, settings.max_grad_norm, settings.noise_multiplier, batch_size, noise_rng)
        moved = torch.nn.utils.parameters_to_vector(model.parameters()) - settings.lr * torch.as_tensor(step)
        torch.nn.utils.vector_to_parameters(moved.detach(), model.parameters())
    return model

# %%
SETTINGS = dp_sgd.DPSGD(lr=2.0, noise_multiplier=0.0, max_grad_norm=0.5, sample_rate=0.1, steps=200)
ours, (opacus, _) = train_by_hand(train, SETTINGS, 0), dp_sgd.train_private(network(), train, SETTINGS, seed=0)
print(f"plus grand écart entre deux coefficients : {(ours.weight - opacus.weight).abs().max().item():.0e}")

# %% [markdown]
# L'écart, `5e-07`, est minuscule, mais plus grand qu'un arrondi. En voici la cause : Opacus ajoute un millionième à
# chaque norme avant de diviser, pour ne jamais diviser par zéro. Faites-le dans `clip_gradients`, et l'écart tombe à
# l'arrondi de la machine. Votre code **est** l'algorithme.
#
# Reste à choisir le bruit. `with_epsilon` demande au comptable le plus petit σ qui tienne dans un budget. `DELTA` doit rester bien
# plus petit que $1/n$ : à $\delta = 1/n$, tirer un patient au sort et publier son dossier serait permis.
#
# Quel est le prix, budget par budget ? « ε = ∞ » garde la borne et retire le bruit ; « sans DP », sans
# confidentialité différentielle, est la recette de la section 1.
#
# **Prédisez** : tracez à main levée l'exactitude, de « sans DP » à ε = 1, puis à un demi. Où casse-t-elle ?

# %%
DELTA = 1e-4


def accuracies(epsilon, seeds=range(5)):
    """Exactitude de test de cinq entraînements, chacun à ce budget."""
    settings = SETTINGS.with_epsilon(epsilon, DELTA)
    trained = (dp_sgd.train_private(network(), train, settings, DELTA, seed)[0] for seed in seeds)
    return [training.evaluate(model, test)["accuracy"] for model in trained]


sweep = pd.DataFrame({f"ε = {epsilon}": accuracies(epsilon) for epsilon in (0.5, 1, 3, 8)})
sweep["ε = ∞"] = accuracies(np.inf)
sweep["sans DP"] = [training.evaluate(fit(train, seed), test)["accuracy"] for seed in range(5)]

# %%
from scipy import stats


def student(values):
    """Moyenne et intervalle de Student à 95 % : ce que changent les lots et le bruit."""
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return pd.Series({"exactitude": np.mean(values), "de": np.mean(values) - half, "à": np.mean(values) + half})


print(f"{len(train)} images d'entraînement, {len(test)} de test, 5 graines, δ = {DELTA}")
sweep.apply(student).T.round(3)

# %%
figure, ax = plt.subplots(figsize=(7, 3.5))
places = np.arange(sweep.shape[1])
ax.plot(places, sweep.mean(), color="black", marker="o", label="moyenne de 5 graines")
ax.plot(np.tile(places, (5, 1)), sweep, linestyle="none", marker="_", markersize=14, color="#D55E00")
ax.plot([], [], linestyle="none", marker="_", markersize=14, color="#D55E00", label="chaque graine")
ax.set_xticks(places, [name.replace(".", ",") for name in sweep])
ax.yaxis.set_major_formatter(lambda value, _: f"{value:.2f}".replace(".", ","))
ax.set(xlabel=f"budget, pour δ = 0,0001 (n = {len(train)} images)", ylabel=f"exactitude de test (n = {len(test)})")
ax.set_title("Ce que coûte la confidentialité")
ax.legend(loc="lower right");

# %% [markdown]
# **La figure en mots** : une courbe monte de 0,80 à 0,92 entre ε = 0,5 et ε = 8, plate ensuite jusqu'à ε = ∞, puis saute
# à 0,96 sans DP. À gauche, les cinq graines s'écartent beaucoup ; à droite, elles se confondent.
#
# Lisez de droite à gauche. Le premier saut, de 0,958 à 0,917, ne doit **rien au bruit** : à ε = ∞ il n'y en a pas. C'est
# le prix de la borne, et d'un entraînement plus court, sans inertie. De l'infini à ε = 3, le bruit ne coûte presque rien
# : 0,912. À ε = 1, 0,886. À ε = 0,5, 0,796, et surtout on ne sait plus bien : l'intervalle va de 0,732 à 0,860. Il ne
# compte que le hasard des lots et du bruit ; les 611 images de test en ajoutent un autre, de deux ou trois points de part
# et d'autre.
#
# Deux réserves. Nos réglages viennent d'essais sur une partie de l'entraînement, jamais sur le test ; ni ces essais, ni
# nos cinq graines ne sont dans ε. Ces images sont publiques ; avec de vrais patients, tout se compte. Et l'effectif
# décide : à même ε, plus il y a de patients, moins le bruit pèse.
#
# Voyons-le sur MNIST, d'autres chiffres manuscrits, bien plus nombreux. Ces images ne sont pas livrées avec le cours, et leur
# entraînement est long : la mesure a été faite une fois, avec le réseau et les réglages que publient Opacus et TF-Privacy.

# %%
report = pd.read_json(racine / "bancs" / "resultats" / "dp_mnist.json", typ="series")
sizes = report["settings"]
print(f"{report['data']['kind']} : {sizes['train']} images d'entraînement, {sizes['test']} de test, δ = {sizes['delta']}")
print("commande :", report["command"])


def line(row):
    """Une ligne du banc : ε compté de deux façons, notre exactitude, puis celles que d'autres publient."""
    spent, found = row["epsilon"], row["results"][0]
    ours = {name: f"{found[key]:.2%}" for name, key in (("cours", "value"), ("de", "low"), ("à", "high"))}
    theirs = {name: f"{value[0]} % (ε {value[1] or '∞'})" for name, value in row["published"].items()}
    return {"ε, compte de 2017": spent["rdp-2017"], "ε, d'aujourd'hui": spent["rdp"], **ours, **theirs}


bench = sorted(report["rows"], key=lambda row: row["epsilon"]["rdp"] or np.inf)
pd.DataFrame([line(row) for row in bench]).fillna(np.inf).round(2)

# %% [markdown]
# Une graine pour nous, la moyenne de dix entraînements pour eux. Nos quatre intervalles, qui ne comptent que le hasard du test,
# contiennent les chiffres d'Opacus : 94,63, 96,78, 97,09 et 98,94 %. À ε de l'ordre de 1, l'exactitude reste à 94,52 %.
#
# Lisez les deux premières colonnes : 1,16 et 0,92 sont **le même mécanisme**, au même δ. La preuve a progressé depuis 2017, pas la
# protection. Un ε ne se compare qu'à un ε compté de la même façon ; demandez toujours comment il l'a été.
#
# ## 4. La même attaque, après
#
# Refaisons toute l'attaque de la section 1 contre un modèle appris avec ε = 8, un budget large. L'attaquant est tenu au
# courant : ses seize modèles fantômes sont, eux aussi, appris par DP-SGD, avec les mêmes réglages.
#
# **Prédisez** : ε = 8 suffit-il à arrêter LiRA ? Et que promet la preuve, au juste ?

# %%
PRIVATE = SETTINGS.with_epsilon(8, DELTA)


def fit_private(split, seed):
    """L'apprentissage par DP-SGD, à ε = 8."""
    return dp_sgd.train_private(network(), split, PRIVATE, DELTA, seed)[0]


after = attack(messy, fit_private)
pd.concat({"sans DP": rates(before), "ε = 8": rates(after)})

# %%
def curve(score, grid):
    """Part des membres reconnus pour chaque part tolérée de fausses alertes."""
    return [recognised(score, fpr)[member].mean() for fpr in grid]

# %%
grid = np.geomspace(0.002, 0.99, 60)
figure, ax = plt.subplots(figsize=(6, 5))
ax.plot(grid, curve(before["LiRA"], grid), "-", color="#D55E00", linewidth=2, label="LiRA, sans DP")
ax.plot(grid, curve(before["perte"], grid), "--", color="#0072B2", label="seuil sur la perte, sans DP")
ax.plot(grid, curve(after["LiRA"], grid), "-.", color="black", label="LiRA, ε = 8")
ax.plot(grid, grid, ":", color="0.4", label="hasard")
ax.set(xscale="log", yscale="log", xlim=(0.002, 1), ylim=(0.002, 1))
ax.set(xlabel="fausses alertes (part des 1 000 autres)", ylabel="membres reconnus (part des 797)")
ax.set_title("L'attaque, avant et après")
ax.legend();

# %% [markdown]
# **La figure en mots** : quatre courbes, axes logarithmiques. « LiRA, sans DP » est nettement au-dessus des autres,
# surtout à gauche, où les fausses alertes sont rares. « LiRA, ε = 8 » et le seuil sur la perte suivent la diagonale du
# hasard.
#
# À ε = 8, LiRA passe de 6 % à 2 % des membres reconnus ; l'intervalle, de 1 à 3 %, touche le hasard. L'attaque ne fait
# plus guère mieux que tirer au sort. Est-ce une **preuve** ? Non : une attaque qui échoue ne dit rien de celle que l'on
# n'a pas essayée.
#
# La preuve dit autre chose. Visons un patient, et ne changeons que sa présence. Si l'entraînement est (ε, δ)-confidentiel, **toute** attaque
# vérifie, en moyenne sur le hasard des lots et du bruit :
#
# $$\text{membres reconnus} \le e^\varepsilon \times \text{fausses alertes} + \delta$$
#
# Le comptable donne toute une famille de couples (ε, δ), vrais ensemble : le plus bas de leurs plafonds est vrai aussi.

# %%
def ceiling(settings, fpr=0.01):
    """La part de membres qu'aucune attaque ne peut dépasser, d'après le comptable."""
    deltas = np.geomspace(1e-5, 0.3, 8)
    return min(1, min(np.exp(settings.epsilon(delta)) * fpr + delta for delta in deltas))


for epsilon in (0.5, 1, 3, 8):
    print(f"ε = {epsilon:3} : au plus {ceiling(SETTINGS.with_epsilon(epsilon, DELTA)):.1%} des membres reconnus")

# %% [markdown]
# À ε = 8, la preuve n'exclut pas qu'une attaque reconnaisse 38,3 % des membres ; or, même **sans** protection, la nôtre en
# reconnaissait 6 %. L'attaque est un plancher, la preuve un plafond ; entre les deux, nous ne savons pas. À ε = 1, le plafond
# lui-même, 2,3 %, descend près du hasard : là, la preuve suffit, quel que soit l'attaquant. Voilà pourquoi un petit ε vaut cher.
#
# ## 5. Dans une fédération
#
# Quatre hôpitaux, dix tours. À chaque tour, deux hôpitaux tirés au sort apprennent chez eux par DP-SGD, puis envoient
# leur modèle. Le réglage est choisi pour que **un** entraînement local dépense ε = 1. Dans le protocole de l'étude, un
# collègue écrit donc : « ε = 1 ».
#
# **Prédisez** : combien un hôpital a-t-il dépensé au bout de dix tours ?

# %%
from flwr.serverapp.strategy import FedAvg

hospitals = data.load("digits", num_centers=4)
one_round = dp_sgd.DPSGD(lr=2.0, noise_multiplier=0.0, max_grad_norm=0.5, sample_rate=0.1, steps=20)
one_round = one_round.with_epsilon(1, DELTA)
history = federated.simulate(
    private_clients.private_client_app(network(), hospitals, one_round, DELTA),
    FedAvg(fraction_train=0.5),
    hospitals,
    federated.arrays_of(network()),
    num_rounds=10,
    evaluate_fn=federated.torch_evaluate_fn(network(), hospitals.test),
)
journal = history.to_frame()
journal[journal["round"] == 10]

# %% [markdown]
# Le journal a une ligne par tour, centre et mesure. Chaque centre y annonce un ε ; ne le croyez pas sur parole, refaites le compte.

# %% [markdown]
# ### ✏️ Exercice 5 — l'ε de chaque hôpital
#
# 🔴🔴🔴 · 15 min
#
# Rendez un dictionnaire centre → ε dépensé. Un centre paie chaque **tour** où il a appris (`split` vaut `"train"`), une
# seule fois même s'il y rend plusieurs mesures ; évaluer ne compte pas. N'employez pas la colonne `value` : c'est elle
# que l'on vérifie.
#
# **Résultat attendu** : un dictionnaire de quatre centres ; `centre_3`, qui n'a appris qu'à trois tours, a dépensé 1,683.
#
# <details><summary>Indice</summary>
#
# `settings.epsilon(delta, runs=k)` rend l'ε de `k` entraînements de suite. Pour compter :
# `frame.groupby("center")["round"].nunique()`, après avoir gardé les lignes d'entraînement ; `.items()` énumère les couples.
#
# </details>

# %%
def epsilon_by_center(frame: pd.DataFrame, settings, delta: float) -> dict[str, float]:
    """Rend l'ε dépensé par une ligne de chaque centre qui a appris."""
    # début solution
    rounds = frame[frame["split"] == "train"].groupby("center")["round"].nunique()
    return {name: settings.epsilon(delta, runs=count) for name, count in rounds.items()}
    # fin solution


epsilon_by_center = verifier.epsilon_by_center(epsilon_by_center)
spent = epsilon_by_center(journal, one_round, DELTA)
{name: round(epsilon, 3) for name, epsilon in spent.items()}

# %%
announced = journal[journal["metric"] == "epsilon"].pivot(index="round", columns="center", values="value")
rounds = announced.notna().sum()
print("tours de chaque centre :", rounds.to_dict())
print("écart avec ce que les centres annoncent :", max(abs(announced.max()[name] - spent[name]) for name in spent))
print(f"exactitude du modèle global : {history.curve('accuracy').iloc[-1]:.3f} sur {len(hospitals.test)} images de test")

# %%
figure, ax = plt.subplots(figsize=(7, 4))
announced.loc[0] = 0.0
styles = zip(announced, ("-", "--", "-.", ":"), "os^D", ("#000000", "#D55E00", "#0072B2", "#009E73"))
for name, line, marker, color in styles:
    paid = announced[name].sort_index().ffill()
    ax.step(paid.index, paid, line, where="post", marker=marker, color=color, label=name)
ax.axhline(1, color="0.4", linewidth=1, label="« ε = 1 » du protocole")
ax.yaxis.set_major_formatter(lambda value, _: f"{value:.1f}".replace(".", ","))
ax.set(xlabel="tour", ylabel="ε dépensé depuis le début (δ = 0,0001)", title="Le budget se dépense tour après tour")
ax.legend();

# %% [markdown]
# **La figure en mots** : quatre escaliers partent de zéro. Chaque marche est un tour où l'hôpital a appris ; les marches
# raccourcissent, mais toutes montent, et tous finissent au-dessus du trait « ε = 1 ».
#
# Le protocole disait 1. Les deux hôpitaux qui ont appris à six tours ont dépensé 2,4 ; celui qui n'en a fait que trois, 1,683.
# Additionner les tours donnerait 6 et 3 : vrai, mais trop pessimiste. Votre compte tombe exactement sur ce que chaque
# centre tient dans sa propre mémoire. À ce prix, le modèle global a 0,882 d'exactitude.
#
# Deux pièges encore. Tirer deux hôpitaux sur quatre **n'amplifie rien** ici : le serveur sait qui répond. Et à taille de lot égale,
# un petit hôpital dépense **plus** : son `sample_rate`, le lot divisé par l'effectif, est plus grand.
#
# ### Qui est protégé, et de qui ?
#
# « Avec confidentialité différentielle » ne veut rien dire sans ces deux réponses.
#
# | | Par ligne : ce que vous venez de faire | Par hôpital : la stratégie DP de Flower |
# |---|---|---|
# | Qui bruite | chaque hôpital, à chaque pas | le serveur, une fois par tour |
# | Qui est protégé | chaque **ligne** d'un hôpital | la présence d'un **hôpital** entier |
# | De qui | de tous ceux qui voient ce qui sort de l'hôpital, **serveur compris** | de ceux qui ne voient que les modèles globaux |
# | Ce que voit le serveur | chaque mise à jour, bruitée | chaque mise à jour, **en clair** |
# | Où cela convient | quelques hôpitaux | des milliers de téléphones : à quatre, le bruit noie tout |
# | Dans le code | `common/privacy/private_clients.py`, `private_client_app` | là aussi, `one_vote_each` |
#
# Et voici ce que ε ne dit **pas** :
#
# - Une ligne n'est pas un patient. Qui a cinq séjours dans la table pèse cinq fois : son ε est, au pire, cinq fois celui d'une ligne, et
#   son δ grandit bien plus encore. De même, un patient suivi dans deux hôpitaux dépense dans les deux.
# - L'effectif, les mesures de test et la perte d'entraînement ne sont pas bruités. `private_client_app` retient cette perte ; les deux
#   autres partent telles quelles.
# - Essayer dix réglages sur les mêmes patients et garder le meilleur dépense aussi. Nos essais, ici, ne sont pas comptés.
# - Ce qui est vrai de tous n'est pas caché. Si le modèle apprend que fumer nuit, il le dira d'un fumeur qui n'était pas dans l'étude.
# - Le bruit du cours sort d'une graine, pour que vous retrouviez nos chiffres ; qui la connaît retire le bruit. En vrai, il vient d'un
#   générateur cryptographique (`secure_mode` d'Opacus).
#
# Enfin, un ε n'est pas un certificat : rien ici ne dit qu'un modèle est anonyme au sens du
# [RGPD](https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX:32016R0679) (considérant 26). Le Comité européen de la
# protection des données veut que cela s'apprécie au cas par cas ([avis
# 28/2024](https://www.edpb.europa.eu/our-work-tools/our-documents/opinion-board-art-64/opinion-282024-certain-data-protection-aspects_en)).
# Un ε est une mesure, à verser au dossier, et non un avis juridique.

# %% [markdown]
# ## À retenir
#
# - Un modèle peut trahir qui l'a entraîné, surtout les patients atypiques ; une attaque se juge à très faible taux de fausses alertes, avec ses effectifs.
# - DP-SGD : raccourcir **chaque** gradient, additionner, ajouter un bruit réglé sur la borne, diviser par la taille attendue. Sans la borne, le bruit ne protège rien.
# - Le compte d'ε suppose des lots de Poisson ; sans bruit, votre boucle et Opacus donnent le même modèle, au millionième près.
# - ε se paie en exactitude ; une attaque qui échoue n'est pas une preuve, et une preuve large n'est pas une fuite.
# - L'ε d'un tour n'est pas l'ε de l'étude : comptez les tours de chaque centre, et dites qui est protégé, et de qui.

# %% [markdown]
# ## Quiz
#
# **1. Un collègue ajoute un très grand bruit à chaque gradient, sans rien raccourcir. Que vaut ε ?**
#
# - a) Il est petit, puisque le bruit est grand.
# - b) Il est infini.
# - c) Cela dépend de la taille du lot.
#
# <details><summary>Réponse</summary>
#
# - a) Non : un gradient assez long traverse n'importe quel bruit.
# - b) **Oui** : sans borne, la sensibilité n'en a pas non plus, et aucun bruit ne lui correspond.
# - c) Non : un seul gradient immense domine un lot de toute taille.
#
# </details>
#
# **2. Chaque entraînement local dépense ε = 1. Un hôpital a appris à six des dix tours. Qu'a-t-il dépensé ?**
#
# - a) 1 : c'est le réglage.
# - b) 10, un par tour de l'étude.
# - c) Plus de 1, et moins de 6 : c'est le comptable qui le dit.
#
# <details><summary>Réponse</summary>
#
# - a) Non : chaque tour repose une question sur les mêmes patients, et chaque réponse dépense.
# - b) Non : un hôpital ne paie que les tours où il a répondu ; et les ε de DP-SGD composent mieux qu'une addition.
# - c) **Oui** : l'addition, 6, est un plafond vrai mais lâche.
#
# </details>
#
# **3. À ε = 8, notre attaque ne fait plus guère mieux que le hasard. Que peut-on affirmer ?**
#
# - a) Qu'aucune attaque ne réussira.
# - b) Que cette attaque-là, avec seize fantômes, échoue presque sur ces données.
# - c) Que ε = 1 ne servirait à rien de plus.
#
# <details><summary>Réponse</summary>
#
# - a) Non : seule une preuve vaut pour toutes les attaques, et à ε = 8 elle promet bien moins.
# - b) **Oui** : c'est une mesure, avec son intervalle et ses effectifs.
# - c) Non : un ε plus petit abaisse le plafond **prouvé**, celui des attaques que l'on n'a pas essayées.
#
# </details>

# %% [markdown]
# ## Pour aller plus loin
#
# - Abadi et al. 2016, *Deep Learning with Differential Privacy*, [arXiv:1607.00133](https://arxiv.org/abs/1607.00133) : l'algorithme 1 est votre `train_by_hand`.
# - Carlini et al. 2022, *Membership Inference Attacks From First Principles*, [arXiv:2112.03570](https://arxiv.org/abs/2112.03570) : LiRA, et pourquoi une moyenne ne suffit pas.
# - Le code de référence : `common/privacy/dp_sgd.py`, `common/privacy/accounting.py` et `common/attacks/membership.py`.
# - Remplacez `fit_private` par un modèle appris à ε = 1 : l'attaque et l'exactitude baissent-elles du même pas ?
#
# ## Leçon suivante
#
# Fin de la semaine 2 : vous savez préparer des données de santé, les protéger, et chiffrer ce qu'un modèle en laisse
# fuir. Avant la suite, relisez [La confidentialité différentielle](04_confidentialite_differentielle.ipynb) : ses cent
# questions sont devenues nos deux cents pas.
