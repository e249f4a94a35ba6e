# %% [markdown]
# # Chiffrer n'est pas agréger
#
# **Durée** : 90 min · **Prérequis** : semaine 1, leçons 2 et 3 ; l'idée de clé de chiffrement · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Chiffrer une mise à jour avec Fernet, et refuser un jeton altéré, trop vieux, rejoué ou présenté sous un faux nom.
# - Reconstruire une image d'entraînement à partir d'une seule mise à jour.
# - Compter les diagnostics d'un hôpital dans le gradient de son biais.
# - Mesurer ce que cachent un lot, plusieurs pas locaux, une somme ; et ce qu'ils ne cachent pas.
# - Isoler un client entre deux sommes, et en déduire ce qu'une agrégation sécurisée doit garantir.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from common import metrics, models, training
from common.data import load
from common.secure_aggregation import ProtocolError, fernet
from common.verifier import semaine_6_a_8 as verifier

# %% [markdown]
# ## 1. Un coffre, et qui en a la clé
#
# « Nos hôpitaux n'envoient pas leurs données, et tout est chiffré. » Vous lirez cette phrase dans bien des projets. Elle est souvent
# vraie. Que prouve-t-elle ? Nous allons bâtir ce système, puis nous mettre à la place du serveur.
#
# Les données sont **réelles** : des chiffres manuscrits, de 8 × 8 pixels. Chaque image tient lieu de patient ; son secret, c'est
# son visage.

# %%
dataset = load("digits", num_centers=5)
people = dataset.train  # les images d'entraînement des cinq centres
print(dataset.card)

# %% [markdown]
# Le modèle est une couche linéaire à 64 entrées et 10 sorties, suivie d'un softmax qui en fait dix probabilités. Il part de zéro. Un
# tour : le serveur l'envoie, chaque centre fait un pas de descente de gradient sur ses images, et rend ses paramètres.

# %%
LR = 0.5
null_model = models.linear(64, 10)


def arrays_of(model):
    """Les paramètres d'un modèle : un dictionnaire de tableaux NumPy."""
    return {name: value.detach().numpy() for name, value in model.named_parameters()}


def client_update(rows, epochs=1):
    """Les paramètres d'un client, après `epochs` pas sur toutes ses images."""
    return arrays_of(training.fit(null_model, rows, training.SGD(LR, epochs=epochs)))


before = arrays_of(null_model)
update = client_update(dataset["centre_0"].train)
print({name: array.shape for name, array in update.items()})

# %% [markdown]
# **Fernet** est une recette toute faite de la bibliothèque `cryptography` : AES-128-CBC pour cacher, HMAC-SHA256 pour sceller. Une
# clé, des octets, et l'on obtient un **jeton**. Nous rangeons d'abord les tableaux au format safetensors, qui ne contient que des
# nombres. Surtout pas de `pickle` : ouvrir un pickle reçu du réseau, c'est exécuter le code de celui qui l'a écrit.

# %%
from base64 import urlsafe_b64decode  # un jeton est écrit en base64

keys = {name: fernet.new_key() for name in dataset}  # une clé par centre
clear, token = fernet.pack(update), fernet.encrypt(keys["centre_0"], update)
planted = update["weight"].tobytes()
print(f"en clair : {len(clear)} octets ; les paramètres s'y lisent : {planted in clear}")
print(f"jeton    : {len(token)} octets ; les paramètres s'y lisent : {planted in urlsafe_b64decode(token)}")

# %% [markdown]
# **Prédisez** : un voleur change un caractère du jeton. Le serveur lira-t-il des paramètres un peu faux ? Et le centre 1, s'il
# intercepte le jeton du centre 0 ?

# %%
def attempt(label, key, token):
    """Essaie de lire un jeton, et dit ce qui s'est passé."""
    try:
        fernet.decrypt(key, token, ttl=60)
        print(f"{label} : lu")
    except ProtocolError as error:
        print(f"{label} : {error}")


token = fernet.encrypt(keys["centre_0"], update)
other_letter = b"A" if token[40:41] != b"A" else b"B"
attempt("le serveur, avec la bonne clé", keys["centre_0"], token)
attempt("un caractère changé", keys["centre_0"], token[:40] + other_letter + token[41:])
attempt("le centre 1, avec sa clé", keys["centre_1"], token)
attempt("le centre 1, si tous avaient la même clé", keys["centre_0"], token)

# %% [markdown]
# Le sceau ne tient plus, donc rien n'est lu : pas même un peu faux. Le centre 1 n'y voit rien non plus, parce que **chacun a sa clé**.
# Donner la même clé à tous serait plus simple ; tout client pourrait alors lire les autres, et écrire à leur place : c'est la dernière
# ligne.
#
# TLS, le « s » de https, ferait de même sur le réseau, d'une machine à l'autre. Fernet protège en plus le jeton qui dort sur un
# disque, si l'on vole le disque sans la clé.
#
# Reste un défaut, dont TLS protège d'ordinaire. Le jeton porte son heure, en clair, mais ni le tour, ni le destinataire. **Prédisez** :
# le voleur ne sait pas ouvrir le jeton, mais il l'a copié. Il le renvoie dix secondes plus tard. Que fait le serveur ?

# %%
token = fernet.encrypt(keys["centre_0"], update)
for sending in (1, 2, 3):
    attempt(f"envoi n° {sending} du même jeton", keys["centre_0"], token)

# %% [markdown]
# Le centre 0 vient de peser trois fois dans la moyenne, sans que personne ait forcé une serrure. C'est un **rejeu**. Fernet n'y peut rien :
# au serveur de se rappeler ce qu'il a lu.
#
# ### ✏️ Exercice 1 — lire un jeton, une seule fois
#
# 🔴🔴⚪ · 15 min
#
# Rendez la mise à jour que contient `token`, envoyé au nom de `client`. Levez `ProtocolError("…")` si le client n'a pas de clé dans
# `keys`, ou si le jeton est dans `seen`, l'ensemble de ceux que le serveur a déjà acceptés. Un jeton de plus de 60 secondes est
# refusé lui aussi. Un jeton accepté, et lui seul, rejoint `seen`.
#
# **Résultat attendu** : le premier envoi est lu, le second refusé ; le jeton du centre 0 présenté au nom du centre 1 est refusé, et
# reste lisible ensuite sous son vrai nom.
#
# <details><summary>Indice</summary>
#
# `fernet.decrypt(clé, token, ttl=60)` lève `ProtocolError` de lui-même pour un jeton altéré, trop vieux ou d'une autre clé. Dans quel ordre
# faut-il vérifier, puis retenir ? Si vous retenez d'abord, présenter le jeton d'un autre sous un faux nom suffit à faire refuser le vrai.
#
# </details>

# %%
def read_update(keys: dict[str, bytes], client: str, token: bytes, seen: set[bytes]) -> dict[str, np.ndarray]:
    """Rend la mise à jour du client, ou lève ProtocolError ; ajoute à `seen` le jeton accepté."""
    # début solution
    if client not in keys:
        raise ProtocolError(f"« {client} » n'a pas de clé : inscrivez-le d'abord.")
    if token in seen:
        raise ProtocolError("Ce jeton a déjà été lu.")
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.add(token)
    return arrays
    # fin solution


read_update = verifier.read_update(read_update)

# %%
token, seen = fernet.encrypt(keys["centre_0"], update), set()
for client in ("centre_1", "centre_0", "centre_0"):
    try:
        print(client, ": lu,", *read_update(keys, client, token, seen))
    except ProtocolError as error:
        print(client, ":", error)

# %% [markdown]
# Voilà un système « classique » honnêtement fait. Faisons les comptes. Un voleur sans clé ne lit rien, n'altère rien, ne rejoue rien ; il
# peut tout au plus faire disparaître un jeton. Et le serveur ? Il a **toutes** les clés, par construction : il faut bien qu'il ouvre pour faire la moyenne.
#
# ## 2. Le serveur ouvre le coffre
#
# Un cabinet médical rejoint la fédération. Cette semaine, il n'a qu'un seul nouveau patient. Il chiffre, envoie ; le serveur ouvre.

# %%
victim = people[[7]]
key = fernet.new_key()
token = fernet.encrypt(key, client_update(victim))
received = fernet.decrypt(key, token)
print(f"le serveur a reçu {sum(array.size for array in received.values())} nombres")
received["weight"][:2, 18:23].round(3)

# %% [markdown]
# **Prédisez** : dans ces 650 nombres, y a-t-il encore l'image ? Un indice : regardez les deux lignes affichées.
#
# Le serveur sait d'où le cabinet est parti : du modèle qu'il lui a lui-même envoyé.
#
# ### ✏️ Exercice 2 — du modèle au gradient
#
# 🔴⚪⚪ · 5 min
#
# Le cabinet a fait un pas : `after = before - lr * gradient`. Retrouvez le gradient, tableau par tableau. Les deux dictionnaires
# ont les mêmes noms, pas toujours dans le même ordre, et leur nombre varie d'un modèle à l'autre.
#
# **Résultat attendu** : `{'weight': [2.0], 'bias': -4.0}` pour l'exemple sous l'exercice.
#
# <details><summary>Indice</summary>
#
# `{name: … for name in before}` construit un dictionnaire ; `before[name]` et `after[name]` sont les deux tableaux d'un même nom.
#
# </details>

# %%
def gradient_from_update(
    before: dict[str, np.ndarray], after: dict[str, np.ndarray], lr: float
) -> dict[str, np.ndarray]:
    """Rend le gradient que le client a suivi, un tableau par nom."""
    # début solution
    return {name: (before[name] - after[name]) / lr for name in before}
    # fin solution


gradient_from_update = verifier.gradient_from_update(gradient_from_update)

# %%
example = gradient_from_update(
    {"weight": np.array([1.0]), "bias": np.array(0.0)}, {"bias": np.array(2.0), "weight": np.array([0.0])}, 0.5
)
print({name: array.tolist() for name, array in example.items()})

# %% [markdown]
# Que vaut ce gradient ? Pour une image $x$ de classe $y$, la sortie $i$ du modèle se trompe de $e_i = p_i - [i = y]$ : la probabilité
# qu'il donne à la classe $i$, moins 1 si c'était la bonne. Vous avez écrit ce gradient, pour deux classes, en semaine 1, à la leçon 2 :
#
# $$\frac{\partial L}{\partial W_i} = e_i \, x \qquad\qquad \frac{\partial L}{\partial b_i} = e_i$$
#
# Chaque **ligne** du premier est l'image entière, multipliée par un nombre ; le second donne ce nombre. Il ne reste qu'à diviser.
# Phong et ses collègues l'ont publié en 2018 ; Geiping et ses collègues l'ont étendu en 2020 à toute couche linéaire avec biais, où
# qu'elle soit dans le réseau.
#
# ### ✏️ Exercice 3 — l'image dans le gradient
#
# 🔴🔴⚪ · 10 min
#
# Rendez l'entrée de la couche : une ligne de `weight_gradient`, divisée par le gradient du biais de la même ligne. Prenez la ligne dont le
# gradient du biais est le plus grand **en valeur absolue** : diviser par presque rien grossirait les arrondis, et diviser par zéro ne
# donnerait rien.
#
# **Résultat attendu** : `[1.0, -2.0]` pour l'exemple sous l'exercice.
#
# <details><summary>Indice</summary>
#
# `np.argmax(np.abs(…))` donne le numéro de la ligne.
#
# </details>

# %%
def invert_linear(weight_gradient: np.ndarray, bias_gradient: np.ndarray) -> np.ndarray:
    """Rend l'entrée (d,) ; weight_gradient : (sorties, d), bias_gradient : (sorties,)."""
    # début solution
    row = np.argmax(np.abs(bias_gradient))
    return weight_gradient[row] / bias_gradient[row]
    # fin solution


invert_linear = verifier.invert_linear(invert_linear)
print(invert_linear(np.array([[9.0, 9.0], [1.0, 2.0], [-4.0, 8.0]]), np.array([0.0, 1.0, -4.0])).tolist())

# %%
gradient = gradient_from_update(before, received, LR)
guess = invert_linear(gradient["weight"], gradient["bias"])
panels = {
    "ce que le réseau a vu passer": np.frombuffer(urlsafe_b64decode(token)[100:164], np.uint8).reshape(8, 8),
    "ce que le serveur reconstruit": guess.reshape(8, 8),
    "le patient": victim.x.reshape(8, 8),
}
figure, axes = plt.subplots(1, 3, figsize=(9, 3.2))
for ax, (title, image) in zip(axes, panels.items()):
    ax.imshow(image, cmap="gray_r")
    ax.set(title=title, xticks=[], yticks=[])

# %% [markdown]
# **La figure en mots** : trois carrés de 8 × 8. À gauche, 64 octets du jeton : du bruit. Au milieu et à droite, le même 1
# manuscrit, trait pour trait.
#
# Ce n'est pas une ressemblance. Les pixels de ce jeu sont des seizièmes : arrondissons-y l'image devinée, et comptons les fois où les
# **64** pixels sont justes, sur 200 images.
#
# **Prédisez** : et si le cabinet fait 5 pas, ou 40, avant d'envoyer ?

# %%
def read_image(rows, epochs=1):
    """L'image que le serveur tire de la mise à jour d'un lot."""
    gradient = gradient_from_update(before, client_update(rows, epochs), LR)
    return np.clip(invert_linear(gradient["weight"], gradient["bias"]), 0, 1)


def same_pixels(image, truth):
    """Vrai si les 64 pixels sont les mêmes, une fois ramenés aux seizièmes."""
    return np.array_equal(np.rint(16 * image), np.rint(16 * truth))


# %%
for epochs in (1, 5, 40):
    found = [same_pixels(read_image(people[[k]], epochs), people.x[k]) for k in range(200)]
    share = metrics.accuracy(np.ones(200), np.array(found, int))
    print(f"{epochs:2} pas : {sum(found)} images sur {len(found)} ; part et intervalle à 95 % : {share}")

# %% [markdown]
# 200 images sur 200, au pixel près, et autant après 40 pas. Chaque pas ajoute au modèle un multiple de la même image : la somme en
# est encore un. Le taux d'apprentissage n'y change rien non plus, il se simplifie dans la division.
#
# Résumons. Le jeton était chiffré, scellé, daté, lu une seule fois, avec une clé par client. Aucun patient n'a été envoyé. Et le
# serveur a le patient. **Chiffrer protège du voleur ; cela ne protège pas du destinataire.**

# %% [markdown]
# ## 3. Un lot, est-ce un voile ?
#
# Personne n'apprend sur un seul patient, direz-vous. Prenons le centre 0 entier. Son gradient est une moyenne sur ses images :
# celui du biais vaut la moyenne des $e_i$. Or le modèle nul donne à chaque classe la même probabilité, $1/C$ pour $C$ classes.
#
# **Prédisez** : que vaut cette moyenne pour une classe dont le centre a le quart de ses images ? Que peut en déduire le serveur ?
#
# ### ✏️ Exercice 4 — compter les diagnostics
#
# 🔴🔴⚪ · 10 min
#
# Chaque image compte $1/C$, et $1/C - 1$ si elle est de la classe $i$. Le gradient du biais vaut donc $1/C - n_i/n$. Rendez les $n_i$,
# un entier par classe. Le nombre de classes est la longueur de `bias_gradient`. L'ordinateur a calculé ce gradient à quelques
# décimales près : arrondissez à l'entier le plus proche.
#
# **Résultat attendu** : `[3, 0, 1]` pour le gradient `[-0.41667, 0.33333, 0.08333]` de 4 exemples.
#
# <details><summary>Indice</summary>
#
# Isolez $n_i$ : c'est $n$ fois ce qui manque au gradient pour atteindre $1/C$. `np.rint` arrondit, `.astype(int)` fait des entiers.
#
# </details>

# %%
def count_labels(bias_gradient: np.ndarray, num_examples: int) -> np.ndarray:
    """Rend le nombre d'exemples de chaque classe (C,), d'après le gradient du biais d'un modèle nul."""
    # début solution
    share = 1 / len(bias_gradient)
    return np.rint(num_examples * (share - bias_gradient)).astype(int)
    # fin solution


count_labels = verifier.count_labels(count_labels)
print(count_labels(np.array([-0.41667, 0.33333, 0.08333]), 4).tolist())

# %%
center = dataset["centre_0"].train
bias_gradient = gradient_from_update(before, client_update(center), LR)["bias"]
print("comptés par le serveur :", count_labels(bias_gradient, len(center)).tolist())
print("les vrais              :", np.bincount(center.y, minlength=10).tolist())
print("cabinet, signes        :", np.sign(gradient["bias"]).astype(int).tolist(), "; sa classe :", victim.y[0])

# %% [markdown]
# Le compte est exact, classe par classe, pour les 237 images. Remplacez « chiffre » par « diagnostic » : au premier tour, le serveur
# sait combien chaque hôpital a de patients de chaque maladie. Pour un patient seul, un signe suffit : son diagnostic est la seule
# classe négative. (Ce compte exact demande un modèle nul, un seul pas, et l'effectif, que FedAvg envoie de toute façon. Plus tard dans l'entraînement, il devient
# une estimation.)
#
# Et les images ? Dans un lot, chaque ligne mélange les images, chacune pesée par son erreur. Mesurons le mélange : 200 lots tirés au sort
# par taille. Deux questions :
#
# - à quel point l'image devinée ressemble-t-elle à la plus proche du lot ?
# - l'image du jeu qui lui ressemble le plus est-elle **dans le lot** ? Autrement dit, le serveur nomme-t-il un vrai patient ?
#
# La première demande une mesure. L'usage est au **PSNR**, en décibels : 10 dB de plus, c'est une erreur quadratique dix fois plus
# petite.
#
# ### ✏️ Exercice 5 — mesurer une ressemblance
#
# 🔴⚪⚪ · 5 min
#
# Calculez l'erreur quadratique moyenne des deux images, $m$ : la moyenne, sur tous les pixels, du carré de leur écart. Rendez
# $10 \log_{10}(p^2/m)$, où $p$ est la plus grande valeur que **peut** prendre un pixel : ici, 1. Deux images identiques rendent
# l'infini, `np.inf`. Un seul nombre pour toute l'image, qu'elle ait une dimension ou plusieurs.
#
# **Résultat attendu** : `20.0`, puis `40.0` dB quand l'erreur est dix fois plus petite, et `inf` quand elle est nulle.
#
# <details><summary>Indice</summary>
#
# `np.mean(…)` sans `axis` fait la moyenne de tous les pixels ; `np.log10` est le logarithme décimal. Traitez d'abord le cas $m = 0$.
#
# </details>

# %%
def psnr(original: np.ndarray, reconstruction: np.ndarray) -> float:
    """Rend la ressemblance de deux images de même forme, aux pixels de 0 à 1, en décibels."""
    # début solution
    mse = np.mean((original - reconstruction) ** 2)
    if mse == 0:
        return np.inf
    return 10 * np.log10(1 / mse)
    # fin solution


psnr = verifier.psnr(psnr)
for error in (0.1, 0.01, 0):
    print(f"erreur de {error} à chaque pixel : {psnr(np.full(64, 0.5), np.full(64, 0.5 + error)):.1f} dB")

# %% [markdown]
# Un écart dix fois plus petit, c'est un carré cent fois plus petit : 20 dB de plus.
#
# Il nous faut aussi un point de repère : l'image **moyenne** de chaque chiffre ne trahit personne. À combien est-elle d'une vraie ?
# (Nous plafonnons à 120 dB : au-delà, on ne mesure plus que les arrondis de l'ordinateur.)

# %%
def best_psnr(image, rows):
    """PSNR de l'image avec la plus proche du lot, au plus 120."""
    return min(120, max(psnr(truth, image) for truth in rows.x))


def measure(size, epochs=1, trials=200):
    """PSNR médian, et part des lots dont le serveur nomme une image."""
    rng, best, named = np.random.default_rng(size), [], []
    for _ in range(trials):
        chosen = rng.choice(len(people), size, replace=False)
        image = read_image(people[chosen], epochs)
        best.append(best_psnr(image, people[chosen]))
        named.append(np.argmin(np.sum((image - people.x) ** 2, axis=1)) in chosen)
    return np.median(best), metrics.accuracy(np.ones(trials), np.array(named, int))


typical = np.array([people.x[people.y == digit].mean(axis=0) for digit in range(10)])
baseline = np.median([psnr(image, typical[digit]) for image, digit in zip(people.x, people.y)])
print(f"image moyenne du chiffre : {baseline:.1f} dB")

# %% [markdown]
# **Prédisez** : à partir de quelle taille de lot l'attaque ne fait-elle pas mieux que l'image moyenne ?

# %%
rows = []
for size in (1, 2, 4, 16, 64):
    (one, named), (many, named_many) = measure(size), measure(size, epochs=5)
    chance = size / len(people)
    rows.append((size, round(one, 1), named, round(many, 1), named_many, round(chance, 3)))
columns = ["lot", "PSNR, 1 pas", "nommée, 1 pas", "PSNR, 5 pas", "nommée, 5 pas", "au hasard"]
batches = pd.DataFrame(rows, columns=columns).set_index("lot")
batches.astype({"nommée, 1 pas": str, "nommée, 5 pas": str})

# %%
sizes = list(batches.index)
figure, axes = plt.subplots(2, len(sizes), figsize=(10, 4.4))
for column, size in zip(axes.T, sizes):
    chosen = np.random.default_rng(size + 20).choice(len(people), size, replace=False)
    image = read_image(people[chosen])
    nearest = people.x[chosen][np.argmax([psnr(truth, image) for truth in people.x[chosen]])]
    for ax, pixels in zip(column, (image, nearest)):
        ax.imshow(pixels.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    column[0].set_title(f"lot de {size}")
axes[0, 0].set_ylabel("devinée")
axes[1, 0].set_ylabel("la plus proche du lot");

# %% [markdown]
# **La figure en mots** : en haut, l'image devinée ; en bas, la plus proche du lot. À 1, les deux sont identiques. À 2, on reconnaît chaque
# trait. À 4, la forme reste, salie par les autres. À 16 et 64, on voit bien un chiffre, mais c'est un chiffre moyen.
#
# Un lot de 2 laisse une image à 29,8 dB, que le serveur nomme 93 fois sur cent. À 16, on est à 15,4 dB, guère mieux que l'image moyenne
# (14,2) ; le serveur nomme pourtant un vrai patient du lot une fois sur quatre, quand le hasard n'y arriverait qu'une fois sur cent.
# À 64, c'est à peu près l'image moyenne du chiffre, et 0,18 reste au-dessus du hasard, 0,054.
#
# Cinq pas au lieu d'un brouillent l'image (19,4 dB au lieu de 29,8 pour un lot de 2), mais ne cachent pas le patient d'un petit lot : le
# serveur en nomme un aussi souvent à 2, et à 4, dans 0,78 des cas contre 0,69, où les intervalles se recouvrent. À 16, en revanche, il n'en
# nomme plus que dans 0,10 des cas, au lieu de 0,24 : les pas locaux aident les lots qui cachaient déjà.
#
# Rassuré ? Vous ne devriez pas. Nous avons lu **une** ligne, sans réfléchir. Un serveur un peu moins paresseux a deux autres idées :
#
# - l'exercice 4 lui donne les classes du lot ; au modèle nul, il connaît donc toutes les erreurs $e_i$, et il n'a plus qu'à **résoudre un système
#   linéaire**, dont les inconnues sont les sommes d'images de chaque classe ;
# - si le modèle a une couche cachée, chaque neurone a sa ligne, et un neurone ReLU n'écoute que certaines images : pour les autres, sa
#   sortie est nulle, et son gradient aussi. Il suffit qu'il n'en entende **qu'une**.

# %%
def read_classes(rows):
    """L'image moyenne de chaque classe présente dans le lot."""
    gradient = gradient_from_update(before, client_update(rows), LR)
    counts = count_labels(gradient["bias"], len(rows))
    present = np.flatnonzero(counts)
    errors = 0.1 - np.eye(10)[:, present]  # au modèle nul, l'erreur d'une image ne dépend que de sa classe
    totals = np.linalg.pinv(errors) @ (len(rows) * gradient["weight"])
    return totals / counts[present, None]


hidden = models.mlp(64, 200, 10)


def read_neurons(rows):
    """Ce que dit chacun des 200 neurones cachés."""
    trained = training.fit(hidden, rows, training.SGD(LR))
    gradient = gradient_from_update(arrays_of(hidden), arrays_of(trained), LR)
    active = np.abs(gradient["0.bias"]) > 1e-6
    return gradient["0.weight"][active] / gradient["0.bias"][active, None]

# %% [markdown]
# **Prédisez** : dans un lot de 4 images, combien en retrouveront-ils au pixel près ? Et dans un lot de 16 ?

# %%
def share_found(attack, size, trials=100):
    """Part des images retrouvées au pixel près, et part des lots où il y en a au moins une."""
    rng, counts = np.random.default_rng(size), []
    for _ in range(trials):
        rows = people[rng.choice(len(people), size, replace=False)]
        error = np.abs(attack(rows)[:, None] - rows.x).max(axis=2)  # (images devinées, images du lot)
        counts.append((error < 1 / 32).any(axis=0).sum())
    return np.mean(counts) / size, metrics.accuracy(np.ones(trials), (np.array(counts) > 0).astype(int))


for name, attack in (("système linéaire", read_classes), ("couche cachée", read_neurons)):
    for size in (4, 16, 64):
        share, at_least_one = share_found(attack, size)
        print(f"{name:16}, lot de {size:2} : {share:.2f} des images ; au moins une : {at_least_one}")

# %% [markdown]
# Le système linéaire retrouve 72 % des images d'un lot de 4, et 18 % d'un lot de 16 : celles qui sont seules de leur classe. À 64, plus
# aucune ne l'est. La couche cachée fait pire : toutes les images d'un lot de 4, la moitié d'un lot de 16, et encore 10 % d'un lot
# de 64, où il y en a **toujours** au moins une. Un modèle plus grand fuit davantage. Un flou n'est donc pas une preuve : il dit
# seulement que *cette* attaque a échoué.
#
# (Nous comparons aux vraies images, ce que le serveur ne peut pas faire. Lui voit 200 candidates, dont beaucoup de mélanges : trier les
# bonnes lui demande un œil, ou un peu plus de calcul.)
#
# Un serveur **malveillant** ne se contente pas d'attendre : il envoie un modèle piégé, où bien plus de neurones n'écoutent
# qu'un seul patient (Boenisch et al. 2021). Et sans couche linéaire commode ? Les attaques **itératives** (DLG : Zhu et al. 2019) partent d'une image
# de bruit, et la retouchent jusqu'à ce que son gradient soit le bon. R-GAP (Zhu et Blaschko 2021) remonte un réseau
# convolutif couche par couche.

# %%
ours = np.median([best_psnr(read_image(people[[k]]), people[[k]]) for k in range(200)])
pd.DataFrame(
    [
        ("DLG, itérative", "CIFAR-10, réseau convolutif", 23.4, 1),
        ("R-GAP, analytique", "CIFAR-10, réseau convolutif", 49.0, 1),
        ("ici, analytique", "digits, couche linéaire", round(ours, 1), 200),
    ],
    columns=["attaque", "données, modèle", "PSNR (dB)", "images"],
)

# %% [markdown]
# Les deux premières lignes ne sont pas de nous : ce sont les sorties publiées avec la bibliothèque *breaching* (Geiping et ses collègues), sur **une**
# image chacune. Elles disent que d'autres réseaux fuient aussi, rien de plus : ni les images, ni les modèles ne sont les nôtres, et
# nous ne les avons pas refaites.
#
# ## 4. La somme, et ses failles
#
# Le serveur n'a pas besoin de chaque mise à jour : FedAvg ne lui en demande que la **moyenne**. Imaginons une boîte idéale. Les clients y
# glissent leurs mises à jour ; il n'en sort que la moyenne pondérée, et l'effectif total. C'est l'**agrégation sécurisée**. La leçon 2
# la construira, sans boîte et sans tiers de confiance. Demandons-nous d'abord ce qu'elle apporte.

# %%
def aggregate(updates, sizes):
    """La boîte idéale : il n'en sort que la moyenne pondérée et l'effectif total."""
    total = sum(sizes)
    mean = {name: sum(n * update[name] for n, update in zip(sizes, updates)) / total for name in updates[0]}
    return mean, total


# %%
chosen = np.random.default_rng(1).choice(len(people), (16, 4), replace=False)
mean, total = aggregate([client_update(people[rows]) for rows in chosen], [4] * 16)
pooled = client_update(people[chosen.ravel()])
print(f"{total} images ; écart avec un lot de 64 : {max(np.abs(mean[n] - pooled[n]).max() for n in mean):.0e}")
for size in (4, 64):
    print(f"lot de {size:2} : {batches.loc[size, 'PSNR, 1 pas']} dB, nommée {batches.loc[size, 'nommée, 1 pas']}")

# %% [markdown]
# Vous connaissez cette égalité : un pas de chaque client, puis la moyenne pondérée, c'est un pas sur les données réunies (semaine 1,
# leçon 2). La somme de 16 clients de 4 images **est** un lot de 64. Relisez alors la section 3 : le serveur passe de la ligne « 4 » à la
# ligne « 64 », de 20,4 à 14,7 dB, et ne nomme plus un vrai patient que dans 0,18 des cas au lieu de 0,69. La foule protège, en partie.
#
# Voilà ce que l'agrégation sécurisée apporte : une foule. Et voilà sa limite : elle n'apporte **que** cela. La couche cachée trouvait
# encore quelqu'un dans un lot de 64.
#
# **Prédisez** : que protège la boîte s'il n'y a qu'un client dans le tour ? Et si le serveur a le droit de l'ouvrir deux fois ?

# %%
cabinets = [victim, *(people[rows] for rows in chosen[1:])]
sizes = [len(rows) for rows in cabinets]
updates = [client_update(rows) for rows in cabinets]
with_him, total_with = aggregate(updates, sizes)
without_him, total_without = aggregate(updates[1:], sizes[1:])  # « le cabinet 0 est en panne, recommençons »
print(f"première moyenne : {total_with} images ; seconde : {total_without}")

# %% [markdown]
# Pour un client seul dans son tour, la réponse est courte : la moyenne, c'est sa mise à jour, et la boîte ne cache rien.
#
# Ici, le serveur a relancé le tour, sans le cabinet 0, avec le même modèle de départ. Il n'a jamais vu une mise à jour seule. Vous avez
# rencontré cette ruse en semaine 2 : deux comptes, « tous » et « tous sauf lui ».
#
# ### ✏️ Exercice 6 — isoler un client entre deux moyennes
#
# 🔴🔴🔴 · 15 min
#
# Retrouvez les paramètres du client présent dans la première moyenne et absent de la seconde. Chaque moyenne est pondérée par les
# effectifs, et vient avec son total. Les autres ont envoyé deux fois la même chose.
#
# **Résultat attendu** : `{'weight': [7.0]}` pour l'exemple sous l'exercice. Deux clients, d'effectifs 3 et 1, ont envoyé 1 et 7 : leur moyenne
# est `2.5` ; sans le second, elle est `1`.
#
# <details><summary>Indice</summary>
#
# Une moyenne fois son total est une somme. La différence des deux sommes est celle du client seul ; il reste à la diviser par son
# effectif, la différence des totaux.
#
# </details>

# %%
def isolate_client(
    mean_with: dict[str, np.ndarray], total_with: int, mean_without: dict[str, np.ndarray], total_without: int
) -> dict[str, np.ndarray]:
    """Rend les paramètres du client, un tableau par nom."""
    # début solution
    size = total_with - total_without
    return {name: (total_with * mean_with[name] - total_without * mean_without[name]) / size for name in mean_with}
    # fin solution


isolate_client = verifier.isolate_client(isolate_client)

# %%
example = isolate_client({"weight": np.array([2.5])}, 4, {"weight": np.array([1.0])}, 3)
print({name: array.tolist() for name, array in example.items()})

# %%
def read_parameters(parameters, lr=LR):
    """L'image que le serveur tire de paramètres, reçus ou déduits."""
    gradient = gradient_from_update(before, parameters, lr)
    return np.clip(invert_linear(gradient["weight"], gradient["bias"]), 0, 1)


# %%
isolated = isolate_client(with_him, total_with, without_him, total_without)
views = {"dans une moyenne": read_parameters(with_him), "entre deux moyennes": read_parameters(isolated)}
figure, axes = plt.subplots(1, 3, figsize=(9, 3.2))
for ax, (title, image) in zip(axes, {**views, "le patient": victim.x[0]}.items()):
    ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])
for title, image in views.items():
    print(f"{title:19} : {best_psnr(image, victim):.1f} dB")

# %% [markdown]
# **La figure en mots** : à gauche, une tache où l'on devine mal un chiffre. Au milieu et à droite, le patient, trait pour trait.
#
# Une moyenne le cachait (10,5 dB) ; deux le livrent, au pixel près (120). La boîte était pourtant idéale. Et il y a d'autres chemins vers la
# même soustraction : si les quinze autres cabinets **s'entendent** avec le serveur et lui donnent leurs mises à jour, une seule moyenne suffit.
#
# On objectera que de vrais clients ne renvoient jamais deux fois la même chose : ils apprennent sur des lots tirés au sort. Ici,
# chaque cabinet apprend sur des lots de 2, dans un ordre neuf à chaque essai : 20 essais par taux d'apprentissage.
#
# **Prédisez** : ce hasard protège-t-il ? À tous les taux ?

# %%
def noisy_updates(trial, lr):
    """Les mises à jour des 16 cabinets, chacun sur des lots de 2 dans l'ordre de sa graine."""
    sgd = training.SGD(lr, batch_size=2)
    return [arrays_of(training.fit(null_model, rows, sgd, seed=100 * trial + k)) for k, rows in enumerate(cabinets)]


def between_two_noisy_means(trial, lr):
    """PSNR du patient isolé entre deux moyennes dont le hasard diffère."""
    first, second = noisy_updates(2 * trial, lr), noisy_updates(2 * trial + 1, lr)
    guess = isolate_client(*aggregate(first, sizes), *aggregate(second[1:], sizes[1:]))
    return best_psnr(read_parameters(guess, lr), victim)


for lr in (0.5, 0.1, 0.02):
    scores = [between_two_noisy_means(trial, lr) for trial in range(20)]
    print(f"taux {lr:<4} : {np.median(scores):.1f} dB (de {min(scores):.1f} à {max(scores):.1f})")

# %% [markdown]
# Au taux 0,5, l'ordre des lots change tant les quinze autres que le patient s'y perd : 9,7 dB. Au taux 0,02, il revient, à 34,5 dB : mieux
# qu'un lot de 2. Plus les pas sont petits, moins leur ordre compte, et plus la soustraction est nette. Un hasard que personne n'a réglé pour
# protéger ne protège que par chance.
#
# De cette leçon sort donc un cahier des charges. Une agrégation sécurisée doit garantir que :
#
# 1. **personne**, serveur compris, n'ouvre une mise à jour seule ;
# 2. la somme ne sort que si **assez** de clients y sont, et la protection tient même si quelques-uns trahissent ;
# 3. il n'en sort qu'**une** par tour, malgré les pannes : un client parti en route ne doit pas permettre d'en obtenir deux.
#
# Et elle ne garantit pas que la somme elle-même se taise, ni qu'elle soit honnête : un client peut y glisser n'importe quoi, et plus personne ne
# verra lequel. Contre la première faille, il faut le bruit de la semaine 2, cette fois sur la somme : la leçon 3 le fera. Contre
# la seconde, borner ce que chacun apporte limite les dégâts, sans plus.
#
# Le règlement européen cite le chiffrement parmi les mesures de sécurité à prendre « selon les besoins »
# ([RGPD](https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX:32016R0679), article 32, paragraphe 1, point a), et demande aussi de limiter
# les données à ce qui est nécessaire à la finalité (article 5, paragraphe 1, point c). Or une mise à jour que le serveur peut relire peut encore contenir, vous
# venez de le voir, des données de patients. (Cette leçon n'est pas un conseil juridique.)

# %% [markdown]
# ## À retenir
#
# - Fernet cache et scelle : ni un voleur, ni un jeton altéré ne passent. À vous d'ajouter une clé par client, un âge limite et la mémoire des jetons lus.
# - Le gradient d'une couche linéaire avec biais, pour un seul exemple, **est** cet exemple : on divise une ligne par son biais, et il revient au pixel près, même après 40 pas.
# - Le gradient du biais d'un modèle nul donne le compte exact de chaque classe.
# - Un lot ou une somme floutent l'attaque la plus simple, et le PSNR dit de combien ; un système linéaire ou une couche cachée retrouvent encore des images. Un flou n'est pas une preuve.
# - Deux sommes qui ne diffèrent que d'un client le livrent. Il faut donc une somme par tour, d'assez de clients, que personne n'ouvre seul.
#
# ## Quiz
#
# **1. Un fournisseur écrit : « les mises à jour sont chiffrées de bout en bout avec Fernet jusqu'à notre serveur d'agrégation ». Qui peut
# les lire ?**
#
# - a) Personne.
# - b) Le serveur d'agrégation, et quiconque prend sa place ou ses clés.
# - c) Seulement l'hôpital qui les envoie.
#
# <details><summary>Réponse</summary>
#
# - a) Non : pour faire la moyenne, le serveur déchiffre chacune.
# - b) **Oui** : le bout du « bout en bout », c'est lui.
# - c) Non : Fernet est symétrique ; qui déchiffre a la même clé que qui chiffre.
#
# </details>
#
# **2. Un client n'a qu'un patient. Il fait 20 pas locaux, à un taux que le serveur ignore, sur une couche linéaire avec biais. Que
# peut lire le serveur ?**
#
# - a) Rien : il faudrait connaître le taux.
# - b) Une image floue : vingt gradients sont mélangés.
# - c) Le patient, au pixel près.
#
# <details><summary>Réponse</summary>
#
# - a) Non : le taux se simplifie quand on divise une ligne par son biais.
# - b) Non : les vingt gradients sont des multiples de la même image.
# - c) **Oui** : vous l'avez fait, 200 fois sur 200.
#
# </details>
#
# **3. L'agrégation sécurisée est parfaite, et vingt hôpitaux participent. L'un tombe en panne ; le serveur relance le tour sans lui, avec
# le même modèle. Que risque-t-il ?**
#
# - a) Rien : le serveur n'a vu que des sommes.
# - b) D'être isolé, si sa mise à jour est entrée dans la première somme.
# - c) De perdre sa mise à jour, et c'est tout.
#
# <details><summary>Réponse</summary>
#
# - a) Non : deux sommes, cela fait une différence.
# - b) **Oui** : c'est l'exercice 6. Un bon protocole ne laisse sortir qu'une somme par tour.
# - c) Non : la perdre serait la moindre des choses.
#
# </details>

# %% [markdown]
# ## Pour aller plus loin
#
# - Phong et al. 2018, *Privacy-Preserving Deep Learning via Additively Homomorphic Encryption*, [doi:10.1109/TIFS.2017.2787987](https://doi.org/10.1109/TIFS.2017.2787987) : la division de l'exercice 3.
# - Geiping et al. 2020, *Inverting Gradients*, [arXiv:2003.14053](https://arxiv.org/abs/2003.14053) : la proposition 3.1, et les attaques itératives sur des réseaux profonds.
# - Zhu et al. 2019, *Deep Leakage from Gradients*, [arXiv:1906.08935](https://arxiv.org/abs/1906.08935) ; Zhao et al. 2020, *iDLG*, [arXiv:2001.02610](https://arxiv.org/abs/2001.02610) : l'étiquette dans le signe ; Zhu et Blaschko 2021, *R-GAP*, [arXiv:2010.07733](https://arxiv.org/abs/2010.07733).
# - Boenisch et al. 2021, *When the Curious Abandon Honesty*, [arXiv:2112.02918](https://arxiv.org/abs/2112.02918) : le serveur qui piège son modèle. Pasquini et al. 2021, [arXiv:2111.07380](https://arxiv.org/abs/2111.07380) : il envoie à chacun un modèle différent, et l'agrégation sécurisée ne sert plus à rien.
# - So et al. 2021, *Securing Secure Aggregation*, [arXiv:2106.03328](https://arxiv.org/abs/2106.03328) : ce que disent des tours successifs.
# - Les figures publiées : la bibliothèque [breaching](https://github.com/JonasGeiping/breaching), dossier `examples`. La [spécification de Fernet](https://github.com/fernet/spec) tient en une page.
# - Le code de référence, dans le dossier du cours : `common/secure_aggregation/fernet.py` et `common/attacks/gradient_inversion.py`.
#
# ## Leçon suivante
#
# [2. Masques et disparitions](02_masques_et_dropouts.ipynb) : construire la boîte, sans que personne en ait la clé.
