# %% [markdown]
# # L'imagerie DICOM
#
# **Durée** : 95 min · **Prérequis** : leçon 1 de la semaine, NumPy · **Matériel** : un ordinateur portable, sans GPU ni
# réseau
#
# ## Objectifs
#
# - Lire un fichier DICOM, et convertir ses valeurs en unités Hounsfield.
# - Fenêtrer une image selon la formule exacte de la norme.
# - Ranger des coupes en un volume, et y mesurer en millimètres.
# - Trouver, octet par octet, ce qu'une désidentification naïve laisse.
# - Remplacer les UID et décaler les dates sans casser les liens, et dire ce qu'aucun retrait d'attribut n'efface.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from common.data import dicom
from common.figures import mark_synthetic
from common.privacy import dicom as deidentification
from common.verifier import semaine_2 as verifier

# %% [markdown]
# ## 1. Une image, et tout ce qui l'accompagne
#
# Un scanner, une IRM, une radiographie sortent de l'appareil au format **DICOM**. Le fichier contient l'image, et devant
# elle un **en-tête** : une liste d'**attributs**. Chacun a une étiquette (deux nombres, comme `(0010,0010)`), un nom, un
# type de valeur et une valeur. Ouvrons un **vrai** fichier : une coupe de scanner, livrée avec la bibliothèque pydicom pour
# ses essais. Le nom du patient y a été remplacé, avant publication, par `CompressedSamples^CT1`.
#
# **Prédisez** : combien d'attributs pour une seule coupe de 128 pixels de côté ? Dix, cinquante, deux cents ?

# %%
scan = dicom.read_file(dicom.library_file("CT_small.dcm"))
elements = list(scan.iterall())
print(f"{len(elements)} attributs, dont {sum(element.tag.is_private for element in elements)} privés")
print(scan.group_dataset(0x0010))  # le groupe 0010 : le patient

# %% [markdown]
# 262 attributs. Un attribut peut être une **séquence** : une liste qui contient elle-même des attributs. Ici, deux autres
# numéros du patient, décalés vers la droite, sont rangés un étage plus bas. L'en-tête est un **arbre**. Qui ne regarde que
# le premier étage ne les verra pas.
#
# Et 179 attributs sont **privés** : leur groupe est impair, le constructeur y met ce qu'il veut. Gardez ces deux détails en
# tête jusqu'à la section 4.
#
# `read_file` n'est pas qu'un raccourci : un fichier reçu d'ailleurs peut être tronqué, énorme ou piégé. La fonction le
# refuse, en français, avant d'y croire.

# %%
print(f"{scan.Modality}, {scan.Rows} × {scan.Columns} pixels de {scan.PixelSpacing[0]:.2f} mm, série du {scan.SeriesDate}")
print(f"valeurs stockées : {scan.pixel_array.dtype}, de {scan.pixel_array.min()} à {scan.pixel_array.max()}")
print(f"pente {scan.RescaleSlope}, ordonnée {scan.RescaleIntercept}, hors du champ {scan.PixelPaddingValue}")

# %% [markdown]
# Ces valeurs stockées, de 128 à 2191, ne veulent rien dire : elles sont propres à l'appareil. La médecine parle en **unités
# Hounsfield** (HU), où l'eau vaut 0 et l'air `-1000`. L'en-tête donne la conversion : valeur × pente + ordonnée à
# l'origine.
#
# Un piège : le scanner voit un disque, et l'image est carrée. Les coins, hors du champ, reçoivent une valeur convenue,
# `PixelPaddingValue`. Ce n'est pas une mesure, il ne faut pas la convertir. Notre coupe, recadrée par pydicom, n'a plus de
# coins (son minimum est 128) ; celles de la section 3 en ont.

# %% [markdown]
# ### ✏️ Exercice 1 — des unités Hounsfield
#
# 🔴⚪⚪ · 10 min
#
# Convertissez les valeurs stockées d'un scanner. Les pixels dont la valeur **stockée** est `PixelPaddingValue` valent
# `-1000`, comme l'air ; certaines images n'ont pas cet attribut.
#
# **Résultat attendu** : pour notre coupe, des valeurs de `-896.0` à `1167.0`.
#
# <details><summary>Indice</summary>
#
# `dataset.pixel_array` est un tableau, `dataset.RescaleSlope` et `dataset.RescaleIntercept` sont deux nombres.
# `dataset.get("PixelPaddingValue")` rend `None` si l'attribut manque. Puis `np.where(condition, -1000, valeurs)`.
#
# </details>

# %%
def to_hounsfield(dataset) -> np.ndarray:
    """Rend l'image en unités Hounsfield, de même forme que `dataset.pixel_array`."""
    # début solution
    stored = dataset.pixel_array
    values = stored * dataset.RescaleSlope + dataset.RescaleIntercept
    return np.where(stored == dataset.get("PixelPaddingValue"), -1000, values)
    # fin solution


to_hounsfield = verifier.to_hounsfield(to_hounsfield)
hounsfield = to_hounsfield(scan)
print(hounsfield.min(), hounsfield.max())

# %% [markdown]
# De −896 (du poumon, presque de l'air) à 1167 (de l'os). Deux hôpitaux, deux appareils, une seule échelle. C'est ce qui
# permet d'apprendre ensemble (à peu près : la tension du tube et le filtre déplacent encore les valeurs). Un centre qui
# oublierait l'ordonnée à l'origine apprendrait sur des images toutes décalées de 1024, et aucun message d'erreur ne le
# dirait.
#
# ## 2. Fenêtrer : choisir ce que l'œil verra
#
# Nos valeurs s'étendent sur plus de deux mille unités. L'œil, lui, ne distingue pas deux mille gris. On choisit donc une
# **fenêtre** : un centre $c$ et une largeur $w$. En dessous, noir ; au-dessus, blanc ; entre les deux, un gris
# proportionnel. La norme ([PS3.3,
# C.11.2.1.2](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.2.html)) écrit, pour $w > 1$ :
#
# $$y = \frac{x - (c - 0{,}5)}{w - 1} + 0{,}5 \qquad \text{ramené entre 0 et 1}$$
#
# **Prédisez** : le poumon vaut environ `-800`, les muscles `50`, l'os plus de `300`. Avec la fenêtre $c = 40$, $w = 400$,
# que voit-on du poumon ?

# %% [markdown]
# ### ✏️ Exercice 2 — la fenêtre
#
# 🔴🔴⚪ · 10 min
#
# Écrivez la formule de la norme, avec son 0,5 et son 1 : bien du code les oublie, et deux logiciels n'affichent
# alors pas la même image. Rendez des gris de 0 à 1.
#
# **Résultat attendu** : `window(np.array([-200.0, 39.5, 300.0]), 40, 400)` rend `[0, 0.5, 1]`.
#
# <details><summary>Indice</summary>
#
# `np.clip(tableau, 0, 1)` ramène à 0 ce qui est en dessous et à 1 ce qui est au-dessus.
#
# </details>

# %%
def window(values: np.ndarray, center: float, width: float) -> np.ndarray:
    """Rend un gris de 0 (noir) à 1 (blanc) par valeur ; width > 1."""
    # début solution
    return np.clip((values - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
    # fin solution


window = verifier.window(window)
window(np.array([-200.0, 39.5, 300.0]), 40, 400)

# %%
def show(ax, gray, title, pixel=1.0, height=None):
    """Montre une image, noir = 0 et blanc = 1 ; `pixel` et `height` sont les côtés d'un pixel, en mm."""
    rows, columns = gray.shape
    ax.imshow(gray, cmap="gray", vmin=0, vmax=1, extent=(0, columns * pixel, rows * (height or pixel), 0))
    ax.set(title=title, xlabel="mm", ylabel="mm")


WINDOWS = {"tissus mous": (40, 400), "poumon": (-600, 1500), "os": (480, 2500)}
figure, axes = plt.subplots(1, 3, figsize=(10, 3.8))
for ax, (name, (center, width)) in zip(axes, WINDOWS.items()):
    gray = window(hounsfield, center, width)
    show(ax, gray, f"{name} : c = {center}, w = {width}", scan.PixelSpacing[0])
    print(f"{name:11} : {np.mean(gray == 0):4.0%} de noir pur, {np.mean(gray == 1):4.0%} de blanc pur")
figure.tight_layout();

# %% [markdown]
# **La figure en mots** : la même coupe trois fois, une vertèbre au centre, un gros vaisseau rond en haut à droite (l'aorte : la
# gauche du patient est à droite de l'image), du poumon dans les coins du haut, les muscles du dos en bas. À gauche,
# les muscles ont du relief, l'os est une tache blanche, le poumon un trou noir. Au milieu, le poumon montre ses vaisseaux,
# tout le reste est blanc. À droite, l'os montre sa coque et son intérieur.
#
# Du poumon, la première fenêtre ne montre **rien** : elle jette 23 % des pixels dans le noir, et 9 % dans le blanc. Le
# fichier, lui, contient les trois images. D'où une règle pour apprendre ensemble : chaque centre part des HU, ou d'une
# fenêtre **convenue**, jamais de captures d'écran où chacun aurait choisi la sienne.
#
# Dernier piège de l'affichage : dans une image `MONOCHROME1`, zéro est **blanc**. C'est courant en radiographie.
#
# **Prédisez** : un hôpital a ses radiographies en `MONOCHROME1`, un autre en `MONOCHROME2`. Que verra un modèle qui lit
# `pixel_array` sans lire l'en-tête ?

# %%
films = {name: dicom.synthetic_radiograph(0, photometric=name) for name in ("MONOCHROME1", "MONOCHROME2")}
figure, axes = plt.subplots(1, 4, figsize=(11, 3.2))
for place, (name, film) in enumerate(films.items()):
    axes[place].imshow(film.pixel_array, cmap="gray")
    axes[place].set_title(f"pixel_array\n{name}")
    axes[place + 2].imshow(dicom.display(film), cmap="gray")
    axes[place + 2].set_title(f"display\n{name}")
for ax in axes:
    ax.set_axis_off()
mark_synthetic(axes[-1], dicom.CARD);

# %% [markdown]
# **La figure en mots** : quatre radiographies de thorax, synthétiques. Lues sans l'en-tête, les deux premières sont le
# négatif l'une de l'autre. Les deux dernières, passées par `display`, sont identiques.
#
# Le modèle verrait, chez l'un, des os noirs ; il apprendrait à reconnaître l'hôpital. `display` lit dans l'en-tête
# le sens des gris et la fenêtre ; `common/data/dicom/image.py` tient en quelques fonctions courtes, allez voir.

# %% [markdown]
# ## 3. Des coupes au volume
#
# Un examen est une **série** : des dizaines de fichiers, une coupe chacun. Voici un scanner du thorax **synthétique** : un
# corps d'ellipses, un nodule dans un poumon, une patiente qui n'existe pas. Les fichiers arrivent dans le désordre, comme
# dans la vraie vie.

# %%
slices = dicom.synthetic_ct(0)
print(len(slices), "coupes ; InstanceNumber :", [int(dataset.InstanceNumber) for dataset in slices[:8]], "…")
first = slices[0]
print("position :", [f"{value:.1f}" for value in first.ImagePositionPatient], "· axes :", list(first.ImageOrientationPatient))
print("épaisseur :", first.SliceThickness, "mm · pixel :", list(first.PixelSpacing), "mm")

# %% [markdown]
# Comment les ranger ? Le nom du fichier ne dit rien. `InstanceNumber` est un numéro, dont la norme n'impose pas l'ordre. Le
# z de la position suffit quand la coupe est bien perpendiculaire à l'axe du corps, et trompe quand elle est inclinée. Ce
# qui ne trompe pas, c'est la géométrie. `ImageOrientationPatient` donne six nombres : la direction des **lignes** (trois),
# puis celle des **colonnes** (trois). Leur produit vectoriel est la **normale**, l'axe de la pile.
#
# **Prédisez** : l'épaisseur annoncée est de 5 mm. Est-ce l'écart entre deux coupes ?

# %% [markdown]
# ### ✏️ Exercice 3 — la place d'une coupe
#
# 🔴🔴⚪ · 10 min
#
# Rendez la place d'une coupe le long de l'axe de la pile, en mm : sa position, projetée sur la normale.
#
# **Résultat attendu** : pour la première coupe reçue, `65.0`.
#
# <details><summary>Indice</summary>
#
# `np.cross(lignes, colonnes)` est la normale, dans cet ordre ; `np.dot(normale, position)` projette.
#
# </details>

# %%
def slice_position(dataset) -> float:
    """Rend la place d'une coupe le long de la normale, en mm."""
    # début solution
    orientation = dataset.ImageOrientationPatient
    return np.dot(np.cross(orientation[:3], orientation[3:]), dataset.ImagePositionPatient)
    # fin solution


slice_position = verifier.slice_position(slice_position)
slice_position(slices[0])

# %%
ordered = sorted(slices, key=slice_position)
positions = np.array([slice_position(dataset) for dataset in ordered])
gap = np.diff(positions).mean()
print(f"écart entre deux coupes : {gap:.1f} mm, de {np.diff(positions).min():.1f} à {np.diff(positions).max():.1f}")
print("dans l'ordre des positions, InstanceNumber :", [int(dataset.InstanceNumber) for dataset in ordered[:4]], "…")

# %% [markdown]
# Les coupes font 5 mm d'épaisseur, mais il y en a une tous les **10 mm** : la moitié du corps n'a pas été vue.
# `SliceThickness` n'est pas l'écart. Et `InstanceNumber` descend quand la position monte : trier sur lui retournerait le
# patient, la tête en bas.
#
# **Prédisez** : regardons le patient **de face**, une ligne par coupe. Que donne l'ordre des fichiers ? Et les coupes
# triées, mais dessinées comme si les voxels (les pixels du volume) étaient des cubes ?

# %%
volumes = {"ordre des fichiers": slices, "triées, voxels cubiques": ordered, "triées, en mm": ordered}
figure, axes = plt.subplots(1, 3, figsize=(11, 3.8))
for ax, (name, stack) in zip(axes, volumes.items()):
    volume = np.stack([to_hounsfield(dataset) for dataset in stack])  # (z, y, x)
    frontal = window(volume[::-1, 58], -600, 1500)  # la tête en haut
    show(ax, frontal, name, first.PixelSpacing[1], first.PixelSpacing[1] if "cubiques" in name else gap)
mark_synthetic(axes[-1], dicom.CARD)
figure.tight_layout();

# %% [markdown]
# **La figure en mots** : à gauche, des bandes mélangées. Au milieu, deux poumons écrasés, plus de trois fois trop
# plats. À droite, deux poumons hauts, et dans celui qui est à droite de l'image, le gauche de la patiente, une
# petite tache claire : le nodule.
#
# La figure du milieu se voit. Une mesure fausse, non. Le générateur sait quels voxels sont le nodule, une boule de 12 mm de
# rayon : mesurons-la de deux façons.

# %%
nodule = dicom.synthetic.phantom(0).nodule  # (z, y, x), vrai dans le nodule
row, column = (float(value) for value in first.PixelSpacing)
for name, depth in (("SliceThickness", first.SliceThickness), ("écart mesuré", gap)):
    volume = nodule.sum() * depth * row * column / 1000
    print(f"{name:14} : {nodule.sum()} voxels de {depth:.0f} × {row} × {column} mm, soit {volume:.1f} ml")
print(f"la boule       : {4 / 3 * np.pi * 12**3 / 1000:.1f} ml")

# %% [markdown]
# Avec l'épaisseur, 3,4 ml : la moitié du vrai volume. Avec l'écart mesuré, 6,9 ml, près des 7,2 ml de la boule (il reste
# l'erreur d'une grille grossière). Qu'un hôpital compte ainsi et l'autre non, et le même nodule paraît doubler
# de volume entre deux examens. `dicom.stack_volume` fait
# tout cela, et refuse une série à laquelle il manque une coupe.

# %% [markdown]
# ## 4. Ce que l'en-tête raconte
#
# Revenons au vrai fichier. Son nom de patient est faux, il a donc été « anonymisé ». Que reste-t-il ?
#
# **Prédisez** : parmi ses 262 attributs, combien peuvent trahir quelqu'un ?

# %%
table = deidentification.revealing_tags(scan)
print(len(table), "attributs révélateurs")
shown = "SeriesDate|InstitutionName|StationName|PatientID|StudyInstanceUID|0009,1027"
pd.set_option("display.max_colwidth", 70)
table.loc[table["path"].str.contains(shown), ["path", "value", "why"]]

# %%
table["why"].value_counts()

# %% [markdown]
# 210, dont 172 privés (sept des 179 sont vides). L'hôpital a un nom, la station aussi, l'examen une date et une heure ; les
# autres numéros du patient sont dans leur séquence. Avec « tel hôpital, tel jour, à telle heure », l'agenda du service
# donne un nom. (Ne cherchez pas lequel : ce fichier public ne sert ici qu'à montrer ce que les vôtres contiennent.)
#
# Reste un mystère : l'attribut privé `(0009,1027)`, et son grand nombre.
#
# Essayons de bien faire : retirons **toutes** les dates et toutes les heures, puis relisons deux attributs.

# %%
import copy
from datetime import UTC, datetime

undated = copy.deepcopy(scan)
for element in [element for element in undated if element.VR in ("DA", "TM", "DT")]:  # date, heure, les deux
    del undated[element.tag]
private = undated[0x0009, 0x1027]
print(private.name, private.value, "→", datetime.fromtimestamp(private.value, UTC))
print("StudyInstanceUID :", undated.StudyInstanceUID)
print("à l'origine      : série", scan.SeriesDate, scan.SeriesTime, "· examen", scan.StudyDate, scan.StudyTime)

# %% [markdown]
# Deux fuites. Un attribut privé de l'appareil tient la date de l'image **à la seconde**, sous la forme d'un nombre de
# secondes depuis 1970 : 862399669, c'est le 30 avril 1997 à 11 h 27 min 49 s, l'heure de la série. (L'examen, lui, est daté
# de 2004 : ces dates-là ont sans doute été réécrites avant la publication, pas celles de la série.) Et l'UID de l'examen
# *contient* sa date et son heure, en clair. Un **UID** est un identifiant unique au monde : sans dire un nom, il relie ce
# fichier à celui qui est resté à l'hôpital.
#
# Passons à la patiente inventée, Camille Martin, et à la désidentification la plus répandue : effacer le nom. Pour la
# juger, ne faisons pas confiance à l'en-tête : cherchons dans les **octets** du fichier.
#
# **Prédisez** : le nom est effacé. Des sept mots de la liste ci-dessous, lesquels se lisent encore ?

# %%
from io import BytesIO


def to_bytes(dataset) -> bytes:
    """Rend le fichier tel qu'il serait écrit sur le disque."""
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


words = ["Camille", "MARTIN", "5600228", "Lilas", "02 47 00 00 00", "Rousseau", "Synthèse"]
naive = copy.deepcopy(first)
naive.PatientName = "ANONYME"

# %% [markdown]
# ### ✏️ Exercice 4 — fouiller les octets
#
# 🔴🔴⚪ · 10 min
#
# Rendez les mots qui se lisent dans `data`, dans leur ordre, sans tenir compte des majuscules. Selon le fichier, le texte
# est codé en UTF-8 ou en Latin-1, où « é » n'a pas les mêmes octets : essayez les deux.
#
# **Résultat attendu** : de `["Zoé", "MARTIN"]` dans `b"suivi de Martin"`, la liste `["MARTIN"]`.
#
# <details><summary>Indice</summary>
#
# `data.decode("utf-8", errors="replace").lower()` change les octets en texte, et met un signe de remplacement où ce n'en
# est pas. De même avec `"latin-1"`. Un mot se lit s'il est dans l'un des deux textes : `any(… in text for text in texts)`.
#
# </details>

# %%
def readable_words(words: list[str], data: bytes) -> list[str]:
    """Rend les mots qui se lisent dans les octets, en UTF-8 ou en Latin-1."""
    # début solution
    texts = [data.decode(encoding, errors="replace").lower() for encoding in ("utf-8", "latin-1")]
    return [word for word in words if any(word.lower() in text for text in texts)]
    # fin solution


readable_words = verifier.readable_words(readable_words)
print("encore lisibles :", readable_words(words, to_bytes(naive)))

# %% [markdown]
# Six sur sept : le prénom seul a disparu. Où sont les six autres ? Et dans le vrai fichier, la même fouille trouve-t-elle la
# date cachée ?

# %%
for element in naive.iterall():
    if element.VR != "SQ" and readable_words(words, str(element.value).encode()):
        print(element.tag, element.name, ":", element.value)
print("« 862399669 » en texte :", readable_words(["862399669"], to_bytes(undated)))
print("en binaire            :", private.value.to_bytes(4, "little") in to_bytes(undated))

# %% [markdown]
# Le nom de famille est dans un commentaire, avec un numéro de téléphone. L'adresse, le médecin, l'hôpital sont là. Le nombre
# 5600228 est dans le numéro de la patiente, celui de l'examen, et celui de la machine. Un numéro de série identifie aussi :
# HIPAA, la loi américaine que la leçon 3 détaille, le cite dans sa liste *Safe Harbor* des identifiants à retirer (lettre M).
#
# La recherche d'octets est un bon filet, **pas une preuve** : la date cachée est un entier binaire, elle lui échappe.
#
# ## 5. Désidentifier, sans tout casser
#
# La norme dit quoi faire de chaque attribut : c'est le **profil de base** ([PS3.15, annexe
# E](https://dicom.nema.org/medical/dicom/current/output/chtml/part15/chapter_E.html)). Retirer (X), vider (Z), remplacer
# par une valeur factice (D), remplacer un UID (U). « X/D » : l'un ou l'autre, selon que le fichier a besoin de l'attribut
# ou non. Tout attribut privé s'en va.

# %%
profile = deidentification.profile()
print(len(profile), "lignes ;", profile["action"].value_counts().head(5).to_dict())

# %% [markdown]
# Pourquoi ne pas *retirer* les UID ? Parce qu'ils tiennent l'examen debout : 24 coupes partagent un `StudyInstanceUID`, un
# compte rendu cite des images. La norme demande un remplaçant « cohérent au sein d'un ensemble » de fichiers : le même UID
# reçoit partout le même.
#
# Il nous faut donc une fonction qui change un UID en un autre, toujours le même, et qu'on ne sache pas prendre à l'envers.
# C'est un **hachage** : SHA-256 réduit un texte à 32 octets, son empreinte. **HMAC** y mêle une clé secrète : qui n'a pas
# la clé ne peut pas calculer l'empreinte.
#
# **Prédisez** : deux hôpitaux hachent les UID avec SHA-256, sans clé. Que peut faire celui qui possède les fichiers
# d'origine ?

# %% [markdown]
# ### ✏️ Exercice 5 — remplacer un UID
#
# 🔴🔴🔴 · 15 min
#
# Rendez `"2.25."` suivi d'un entier : les 16 premiers octets du HMAC-SHA256 de l'UID, avec la clé. Un UID de la norme
# (présent dans `UID_dictionary`, comme « CT Image Storage ») ne désigne personne : rendez-le tel quel.
#
# **Résultat attendu** : deux appels avec la même clé rendent la même chose, une autre clé rend autre chose, et
# `"1.2.840.10008.5.1.4.1.1.2"` ne change pas.
#
# <details><summary>Indice</summary>
#
# `hmac.new(key, uid.encode(), hashlib.sha256).digest()` rend 32 octets, et `int.from_bytes(octets)` en fait un entier.
#
# </details>

# %%
import hashlib
import hmac
import secrets

from pydicom.uid import UID_dictionary


def remap_uid(uid: str, key: bytes) -> str:
    """Rend le remplaçant d'un UID : 64 caractères au plus, toujours le même pour la même clé."""
    # début solution
    if uid in UID_dictionary:
        return uid
    digest = hmac.new(key, uid.encode(), hashlib.sha256).digest()
    return f"2.25.{int.from_bytes(digest[:16])}"
    # fin solution


remap_uid = verifier.remap_uid(remap_uid)
key, other_key = secrets.token_bytes(32), secrets.token_bytes(32)
studies = {remap_uid(dataset.StudyInstanceUID, key) for dataset in slices}
images = {remap_uid(dataset.SOPInstanceUID, key) for dataset in slices}
print(f"{len(slices)} coupes : {len(studies)} examen, {len(images)} images")
replaced = remap_uid(first.StudyInstanceUID, key)
print("même remplaçant avec la même clé :", remap_uid(first.StudyInstanceUID, key) == replaced,
      "· avec une autre :", remap_uid(first.StudyInstanceUID, other_key) == replaced)  # fmt: skip

# %% [markdown]
# Un examen, 24 images : l'arbre tient. Sans clé, quiconque possède les originaux (un ancien prestataire, un autre hôpital)
# hacherait ses UID et ferait correspondre les deux listes. Avec la clé, il ne peut plus. Le préfixe `2.25.` est celui que
# la norme réserve aux entiers de 128 bits ([PS3.5,
# B.2](https://dicom.nema.org/medical/dicom/current/output/chtml/part05/sect_B.2.html)).
#
# Restent les dates. Les retirer perd une information médicale : combien de temps entre deux scanners ? La norme offre une
# option : les **décaler**, toutes du même nombre de jours pour un même patient.
#
# **Prédisez** : une patiente a trois scanners. Si chaque *fichier* tirait son propre décalage, que deviendrait l'ordre de
# ses examens ?

# %% [markdown]
# ### ✏️ Exercice 6 — décaler une date
#
# 🔴🔴⚪ · 10 min
#
# Décalez une date DICOM de `days` jours. Elle s'écrit `AAAAMMJJ`, suivie ou non d'une heure, que l'on garde telle quelle.
#
# **Résultat attendu** : `shift_date("20240301101500", -1)` rend `"20240229101500"`.
#
# <details><summary>Indice</summary>
#
# `datetime.strptime(texte, "%Y%m%d")` lit les huit premiers caractères, `+ timedelta(days=days)` décale,
# `.strftime("%Y%m%d")` réécrit. Puis recollez la fin.
#
# </details>

# %%
from datetime import datetime, timedelta


def shift_date(value: str, days: int) -> str:
    """Rend la date décalée, au même format."""
    # début solution
    moved = datetime.strptime(value[:8], "%Y%m%d") + timedelta(days=days)
    return moved.strftime("%Y%m%d") + value[8:]
    # fin solution


shift_date = verifier.shift_date(shift_date)
shift_date("20240301101500", -1)

# %%
exams = ["20240110", "20240228", "20240518"]
demo_key = b"une cle de demonstration, jamais en vrai"
days = deidentification.shift_days(first.PatientID, demo_key)
by_file = [deidentification.shift_days(exam, demo_key) for exam in exams]
for name, shifts in {"à l'origine": [0, 0, 0], "par patient": [days] * 3, "par fichier": by_file}.items():
    moved = [shift_date(exam, by) for exam, by in zip(exams, shifts)]
    gaps = np.diff(pd.to_datetime(moved)).astype("timedelta64[D]").astype(int)
    print(f"{name:11} : {moved}, écarts de {gaps[0]} et {gaps[1]} jours")

# %% [markdown]
# Décalées ensemble, les dates gardent leurs écarts : 49 et 80 jours. Décalées fichier par fichier, elles remontent le
# temps.
#
# Deux avertissements. Le décalage cache la date, il ne la détruit pas : qui connaît **une** date vraie de la patiente
# retrouve toutes les autres. Et HIPAA *Safe Harbor* ne garde d'une date que l'année ([45 CFR
# 164.514](https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164/subpart-E/section-164.514)(b)(2)(i)(C)) :
# on tient d'ordinaire qu'une date décalée n'y satisfait pas, et l'on passe par l'avis d'un expert, au (b)(1).
#
# Vous avez écrit les deux pièces difficiles. `deidentify` applique tout le profil, à tous les étages de l'arbre.
#
# **Prédisez** : l'image change-t-elle ? Des sept mots, combien restent ?

# %%
cleaned = [deidentification.deidentify(dataset, key, shift_dates=True) for dataset in slices]
print("mots lisibles    :", sorted({word for dataset in cleaned for word in readable_words(words, to_bytes(dataset))}))
same_image = np.array_equal(dicom.stack_volume(cleaned).values, dicom.stack_volume(slices).values)
print("volume inchangé  :", same_image, "· examens :", len({dataset.StudyInstanceUID for dataset in cleaned}))
real = deidentification.deidentify(scan, key)
print("vrai fichier     :", sum(element.tag.is_private for element in real.iterall()), "attribut privé,",
      "autres numéros :", "OtherPatientIDsSequence" in real)  # fmt: skip

# %%
from pathlib import Path

path = Path(dicom.__file__).parents[3] / "bancs" / "resultats" / "dicom_identifiants.json"
bench = pd.read_json(path, typ="series")
places = pd.DataFrame(bench["places"])
print(bench["command"], "·", bench["data"]["kind"])
print(f"{places['planted'].sum()} identifiants plantés dans {len(places)} sortes d'endroits")
print(f"restent : {places['left'].sum()} après deidentify, {places['peer'].sum()} après dicom-anonymizer")

# %% [markdown]
# Plus un seul mot, et le volume est intact. Mais ce n'étaient que sept mots. Le cours a donc planté 24 275 identifiants
# dans chaque attribut de texte, d'octets ou d'UID : séquences, attributs privés, commentaires, types menteurs. Il en reste zéro. Un
# bon outil, `dicom-anonymizer`, applique le même tableau de la norme, au premier étage ; il en laisse 15 796, et ne promet
# rien au-delà. La différence tient en deux règles : descendre dans tout l'arbre, et ne garder un texte dont le tableau ne
# dit rien **que** si la norme définit cette valeur.
#
# Zéro *sur ce banc* n'est pas zéro partout : nous n'avons planté que là où nous y avons pensé. Et il reste un endroit que
# retirer des attributs ne touchera jamais.

# %%
film = dicom.synthetic_radiograph(0, burned_in=True)
anonymous = deidentification.deidentify(film, key)
print("lu dans les octets :", readable_words(["MARTIN", "5600228"], to_bytes(anonymous)))
print("pixels inchangés   :", np.array_equal(anonymous.pixel_array, film.pixel_array))

# %%
plain = dicom.radiograph.projection(0)
faded = dicom.radiograph.draw_text(plain, "MARTIN Camille\nIPP5600228", np.random.default_rng(0), contrast=0.15)
films = {"sans texte": plain, "désidentifiée": anonymous.pixel_array, "texte pâle": faded}
figure, axes = plt.subplots(1, 3, figsize=(10, 3.8))
for ax, (name, pixels) in zip(axes, films.items()):
    ax.imshow(pixels, cmap="gray")
    ax.set(title=f"{name} : {deidentification.aligned_letters(pixels)} taches alignées", xticks=[], yticks=[])
mark_synthetic(axes[-1], dicom.CARD);

# %%
letters = pd.DataFrame(bench["letters"]["sensitivity"])
letters["vues"] = (letters["n"] * letters["value"]).round().astype(int)
print("images où le texte est vu, selon son contraste (cinq tailles de lettres)")
letters.rename(columns={"n": "images", "contrast": "contraste"}).groupby("contraste")[["vues", "images"]].sum()

# %% [markdown]
# **La figure en mots** : trois fois la même radiographie synthétique. À gauche, rien d'écrit. Au milieu, **après**
# désidentification, le nom, le numéro et la date de naissance de la patiente se lisent en blanc, en bas à gauche. À droite,
# le nom et le numéro sont écrits en gris pâle ; l'œil les devine encore.
#
# L'en-tête est propre, la fouille d'octets ne trouve rien, et le nom s'affiche en clair : ce texte est fait de **pixels**.
# Le cours le *soupçonne* quand au moins cinq taches s'alignent comme des lettres. Sur des images synthétiques, jamais vues
# pendant le réglage, le texte est vu 300 fois sur 300 à chacun des trois contrastes de 0,3 et plus, une fois sur 300 à
# 0,15. Sur de vraies annotations, nous n'avons rien mesuré : elles peuvent être pâles. La norme traite ce nettoyage à part,
# en option, et prévient qu'il peut demander [l'intervention d'une
# personne](https://dicom.nema.org/medical/dicom/current/output/chtml/part15/sect_E.3.html).
#
# Et même sans une lettre : une IRM ou un scanner de la tête contient un **visage**. [Schwarz et al., en
# 2021](https://doi.org/10.1016/j.neuroimage.2021.117845), ont reconstruit celui de plus de cent cinquante volontaires
# depuis leur IRM. Un logiciel de reconnaissance en a apparié presque la totalité à leur photo ; après les effacements de
# visage courants, encore environ un sur trois. Effacer le visage (*defacing*) sort du cadre de ce cours : retenez que notre
# profil ne le fait pas.
#
# Enfin, un mot de droit. Qui a la clé et la liste des patients recalcule chaque remplaçant, et retrouve la patiente : ces
# fichiers sont **pseudonymisés**, et restent des données personnelles
# ([RGPD](https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX:32016R0679), article 4, point 5, et considérant 26).
# HIPAA pose une autre condition : sans l'avis d'un expert, le code qui remplace un numéro ne doit pas être dérivé d'une
# information sur la personne, même avec une clé (164.514(c)(1)). Cette leçon n'est pas un conseil juridique ; [la
# suivante](03_rgpd_hipaa_en_pratique.ipynb) y revient.

# %% [markdown]
# ## À retenir
#
# - Valeur stockée × pente + ordonnée à l'origine = HU ; les pixels hors du champ ne sont pas des mesures.
# - Une fenêtre jette ce qui est dehors ; la formule de la norme a un 0,5 et un 1, et `MONOCHROME1` inverse noir et blanc.
# - On range les coupes par leur position projetée sur la normale ; l'écart se mesure, `SliceThickness` ne le donne pas.
# - Effacer le nom laisse six mots sur sept ; séquences, attributs privés, UID et commentaires racontent le reste.
# - Une clé garde les liens, un décalage par patient garde les écarts ; le texte dans les pixels et le visage restent.

# %% [markdown]
# ## Quiz
#
# **1. Une série a une épaisseur de coupe de 5 mm. Quel est l'écart entre deux coupes ?**
#
# - a) 5 mm
# - b) On le calcule, d'après les positions.
# - c) On le lit dans `InstanceNumber`.
#
# <details><summary>Réponse</summary>
#
# - a) Non : les coupes peuvent se chevaucher, ou laisser un vide. Ici, l'écart était de 10 mm.
# - b) **Oui** : la différence des positions projetées sur la normale.
# - c) Non : c'est un numéro d'ordre, sans unité, et il peut aller à l'envers.
#
# </details>
#
# **2. Pourquoi remplacer un UID avec une clé secrète ?**
#
# - a) Pour que le même examen garde partout le même identifiant, sans que celui qui a les originaux puisse le recalculer.
# - b) Pour que le fichier devienne anonyme.
# - c) Pour que l'UID soit plus court.
#
# <details><summary>Réponse</summary>
#
# - a) **Oui** : la cohérence vient du hachage, le secret vient de la clé.
# - b) Non : qui a la clé refait le lien. Le fichier est pseudonymisé, donc toujours personnel.
# - c) Non : la longueur n'y est pour rien, et 64 caractères sont permis.
#
# </details>
#
# **3. Vous avez appliqué le profil de base à une échographie. Pouvez-vous la partager ?**
#
# - a) Oui, le nom n'est plus dans l'en-tête.
# - b) Oui, si la recherche de texte ne signale rien.
# - c) Pas encore : une personne doit regarder l'image, et le fichier reste une donnée personnelle.
#
# <details><summary>Réponse</summary>
#
# - a) Non : les échographes écrivent souvent le nom dans l'image, et le profil de base ne touche pas aux pixels.
# - b) Non : vous avez vu un texte pâle lui échapper.
# - c) **Oui** : et partager une donnée pseudonymisée demande une base légale.
#
# </details>

# %% [markdown]
# ## Pour aller plus loin
#
# - Désidentifiez un dossier entier : `deidentification.deidentify_folder(source, cible, cle)` met de côté ce qui est suspect.
# - Appliquez `deidentification.revealing_tags` à un fichier que **vous avez le droit de voir**, et comptez vos attributs privés.
# - Le code de la leçon : `common/data/dicom/` et `common/privacy/dicom/` ; le banc : `bancs/dicom_identifiants.py`.
# - Aryanto et al. 2015, *Free DICOM de-identification tools in clinical research* : [dix outils comparés](https://doi.org/10.1007/s00330-015-3794-0), dont un seul, sans réglage, retire tout ce qui était demandé.

# %% [markdown]
# ## Leçon suivante
#
# [3. Le RGPD et HIPAA, en pratique](03_rgpd_hipaa_en_pratique.ipynb) : ce que la loi demande, en fonctions que l'on
# exécute.
