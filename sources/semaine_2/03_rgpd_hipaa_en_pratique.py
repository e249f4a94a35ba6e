# %% [markdown]
# # Le RGPD et HIPAA, en pratique
#
# **Durée** : 90 min · **Prérequis** : leçon 1 de la semaine, pandas · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Reconnaître les identifiants que HIPAA énumère, et mesurer ce qu'une règle en laisse passer.
# - Pseudonymiser avec une clé, et défaire un hachage sans clé.
# - Mener une attaque par croisement, et donner son taux avec un intervalle.
# - Rendre un tableau k-anonyme, et dire ce que cela coûte et ce que cela ne cache pas.
# - Compléter l'analyse d'impact (AIPD) d'un projet fédéré.

# %% tags=["mise-en-route"]
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from common import metrics, privacy
from common.privacy import aipd_example, identifiers, pseudonym, register
from common.verifier import semaine_2 as verifier

# %% [markdown]
# ## 1. Ce que la loi demande de retirer
#
# Deux textes reviennent partout : le **RGPD**, en Europe, et **HIPAA**, aux États-Unis. Ils ne posent pas la même question.
#
# | Texte | Ce qu'il dit |
# |---|---|
# | [RGPD](https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX:32016R0679), article 4, point 1 | Une donnée est **personnelle** si la personne est identifiable, « directement ou indirectement ». Aucune liste : c'est un résultat à atteindre. |
# | RGPD, article 4, point 5, et considérant 26 | Remplacer le nom par un code, c'est **pseudonymiser** : la donnée reste personnelle. Seule l'information anonyme échappe au règlement, compte tenu des « moyens raisonnablement susceptibles d'être utilisés » pour identifier. |
# | HIPAA, [45 CFR 164.514](https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164/subpart-E/section-164.514)(b)(2), dit *Safe Harbor* | Une liste : **18 identifiants** à retirer, pour le patient, ses proches, son employeur et son foyer. **Et** ne pas avoir connaissance que ce qui reste pourrait l'identifier. |
#
# Cette leçon montre ce que ces règles deviennent dans du code. Ce n'est pas un conseil juridique : pour un vrai projet,
# demandez à votre délégué à la protection des données.

# %%
rules = [(rule.letter, rule.name, ", ".join(rule.french_equivalents[:3])) for rule in identifiers.SAFE_HARBOR]
pd.DataFrame(rules, columns=["lettre", "identifiant", "en France (notre lecture)"]).set_index("lettre")

# %% [markdown]
# Voici une note inventée. Le cours a un nettoyeur : des règles écrites à la main, une par forme d'identifiant.
#
# **Prédisez** : que va-t-il retirer ? Que gardera-t-il de la date ? Et qui reconnaîtrait encore cette patiente ?

# %%
note = """CHU de Rennes, compte rendu du 12 mars 2019.
Mme Capucine Mésange, née le 02/05/1927, IPP 8001234567, tél. 06 39 98 12 34.
La patiente, 91 ans, ancienne maire et seule rescapée de la tempête, a une maladie de Parkinson.
TA 12/8, INR 2,5. Lévodopa : 3/4 de comprimé le matin. Dr Orage, basile.orage@exemple.fr"""
print(identifiers.redact(note, "fr"))

# %% [markdown]
# Les noms, l'hôpital, l'IPP (le numéro permanent du patient), le téléphone et le courriel sont partis. L'année 2019 reste :
# *Safe Harbor* le permet (règle C). L'année 1927, non : elle dirait un âge au-dessus de 89 ans. La tension `12/8` et les `3/4
# de comprimé` ne sont pas des dates, ni Parkinson un patient : une bonne règle sait aussi se taire.
#
# Mais « ancienne maire et seule rescapée de la tempête » est toujours là. La lettre R la vise, « toute autre
# caractéristique » propre à une personne, mais aucun motif ne la trouvera, et tout le village sait de qui il s'agit. La
# seconde condition, ne rien savoir qui identifie, demande un lecteur : *Safe Harbor* n'est pas qu'une liste.

# %% [markdown]
# ### ✏️ Exercice 1 — une règle, la lettre D
#
# 🔴🔴⚪ · 10 min
#
# Écrivez la règle des téléphones français. Un numéro commence par `0`, ou par `+33` et un séparateur facultatif ; puis vient
# un chiffre de 1 à 9, puis quatre paires de chiffres. Un séparateur est une espace, un point ou un tiret ; devant chaque
# paire aussi, il est facultatif. Un numéro n'est jamais collé à un autre chiffre.
#
# **Résultat attendu** : de `"tél. 06 39 98 12 34, réf 0639981234567"`, la liste `["06 39 98 12 34"]`.
#
# <details><summary>Indice</summary>
#
# `re.findall(motif, text)` rend la liste. Les pièces du motif : `(?:0|\+33[ .-]?)` pour le début, `[1-9]`,
# `(?:[ .-]?\d\d){4}` pour les paires, `(?<!\d)` pour « pas de chiffre avant » et `(?!\d)` pour « pas de chiffre après ».
# Écrivez-le en chaîne brute : `r"…"`.
#
# </details>

# %%
import re


def phone_numbers(text: str) -> list[str]:
    """Rend les numéros de téléphone français d'un texte, tels qu'ils sont écrits, dans l'ordre."""
    # début solution
    return re.findall(r"(?<!\d)(?:0|\+33[ .-]?)[1-9](?:[ .-]?\d\d){4}(?!\d)", text)
    # fin solution


phone_numbers = verifier.phone_numbers(phone_numbers)
phone_numbers("tél. 06 39 98 12 34, réf 0639981234567")

# %% [markdown]
# Que vaut cette règle ? On **plante** des numéros dont on connaît la place, et l'on compte ceux qu'elle retrouve : c'est sa
# sensibilité. Voici huit façons d'écrire le même numéro.
#
# **Prédisez** : combien en trouvera-t-elle ?

# %%
planted = ["06 39 98 12 34", "06.39.98.12.34", "0639981234", "+33 6 39 98 12 34", "06 39 98 12-34",
           "06 3998 1234", "O6 39 98 12 34", "zéro six, trente-neuf, quatre-vingt-dix-huit…"]  # fmt: skip
found = [int(bool(phone_numbers(f"Rappeler le {number} demain."))) for number in planted]
print(f"trouvés : {sum(found)} sur {len(found)}, soit {metrics.accuracy([1] * len(found), found)}")

# %% [markdown]
# Six sur huit : elle accepte même les paires mal groupées, mais ni la lettre O tapée pour un zéro, ni les nombres en toutes
# lettres. Et l'intervalle, de 0,41 à 0,93, dit que huit exemples ne prouvent presque rien.
#
# Le cours a donc mesuré son propre nettoyeur sur mille **vrais** textes cliniques, publiés sans identité, en français et en
# anglais. Quelqu'un qui n'avait **pas lu** les règles y a planté quatre mille identifiants inventés.
#
# **Prédisez** : quelle part en retrouve-t-il ? Quelle sorte lui échappe le plus ?

# %%
BENCHES = Path(privacy.__file__).parents[2] / "bancs" / "resultats"
report = pd.read_json(BENCHES / "identifiants.json", typ="series")
bounds = ["value", "low", "high"]
for name, measure in report["measures"].items():
    for language in ("fr", "en"):
        recall, precision = measure[language]["recall"]["all"], measure[language]["precision"]["all"]
        found, right = (metrics.Estimate(*pd.Series(share)[bounds]) for share in (recall["recall"], precision))
        print(f"{name}, {language} : {recall['num_planted']} plantés, sensibilité {found}, précision {right}")

# %%
blind = report["measures"]["première mesure"]
labels = ["nom", "date", "âge", "lieu", "hôpital", "employeur", "téléphone", "télécopie", "courriel", "n° national",
          "dossier", "assuré", "compte", "licence", "véhicule", "appareil", "adresse web", "adresse IP",
          "autre numéro"]  # fmt: skip
figure, ax = plt.subplots(figsize=(7, 5.5))
for shift, (language, label, style) in enumerate([("fr", "français", "ko"), ("en", "anglais", "ws")]):
    kinds = pd.DataFrame([kind["recall"] for kind in blind[language]["recall"]["by_kind"].values()])
    spread = [kinds["value"] - kinds["low"], kinds["high"] - kinds["value"]]
    places = [rank + 0.3 * shift - 0.15 for rank in range(len(kinds))]
    ax.errorbar(kinds["value"], places, xerr=spread, fmt=style, ecolor="0.4", mec="black", ms=5, capsize=2, label=label)
ax.set_yticks(range(len(labels)), labels)
ax.invert_yaxis()
ax.set(xlim=(-0.02, 1.02), xlabel="sensibilité : part des identifiants plantés qui sont retirés (intervalles à 95 %)")
ax.set_title("Vrais textes, identifiants inventés", pad=30)
ax.grid(axis="x", alpha=0.4)
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2);

# %% [markdown]
# **La figure en mots** : dix-neuf lignes, une par sorte d'identifiant, deux points chacune. Les télécopies et les adresses
# web, qu'un mot ou une forme annonce, sont toutes trouvées. Les noms, les lieux, les hôpitaux sont au milieu. L'employeur, en
# français, est presque toujours manqué, et les « autres numéros » deux fois sur trois au moins.
#
# À la première mesure, aveugle, la sensibilité est de 0,72 en français et de 0,65 en anglais : plus d'un identifiant sur
# quatre **reste**. Ce qui est retiré l'est presque toujours à raison (précision de 0,99 et de 1,00). Ses ratés ont servi à
# corriger les règles ; une règle corrigée se remesure sur d'autres textes et d'autres phrases, jamais sur ceux qui ont
# servi. C'est la « nouvelle mesure » : 0,86 et 0,78. Mieux, et loin de tout. D'un hôpital à l'autre, on n'écrit pas pareil :
# mesurez sur vos textes. Retenez surtout ceci : **un nettoyeur par règles ne trouve jamais tout**. Un texte nettoyé n'est
# pas un texte anonyme.

# %% [markdown]
# ## 2. Remplacer un nom par un code
#
# Pour suivre un patient d'une table à l'autre sans son nom, on le remplace par un **pseudonyme**. L'idée qui vient à
# l'esprit : hacher. SHA-256 change un texte en 64 caractères, et « on ne peut pas revenir en arrière ».

# %%
births = pd.Series(["1931-07-14", "1984-12-03", "2016-02-29"], name="naissance")
hashed = pseudonym.hash_without_key(births)
hashed.str[:24] + "…"

# %% [markdown]
# **Prédisez** : combien de dates de naissance existe-t-il en un siècle ? Combien de temps faut-il pour toutes les hacher ?

# %%
candidates = pseudonym.birth_dates(1925, 2024)
recovered = pseudonym.reverse_by_enumeration(hashed, candidates)
print(f"{len(candidates)} candidats ; retrouvés : {sorted(recovered.values())}")

# %% [markdown]
# 36 525 candidats, une réponse immédiate, trois dates retrouvées sur trois. Personne n'est *revenu en arrière* : on a
# essayé tout ce qui était possible. Un numéro de sécurité sociale ne résiste pas mieux à qui sait le sexe, le mois et la
# commune de naissance.

# %%
body = "28412" + "00123" + "042"  # une femme née en décembre 1984, dans une commune qui n'existe pas
secret = pseudonym.hash_without_key(pd.Series([body + pseudonym.nir_key(body)]))
numbers = list(pseudonym.nir_candidates(2, 1984, 12, "00123"))
print(f"{len(numbers)} candidats ; retrouvé : {list(pseudonym.reverse_by_enumeration(secret, numbers).values())}")

# %% [markdown]
# 999 candidats, et le numéro est là. Il manque à ce hachage un secret : une **clé**, que l'attaquant n'a pas. La bonne façon
# de mêler une clé à un hachage s'appelle **HMAC** (défini par la [`RFC 2104`](https://www.rfc-editor.org/rfc/rfc2104)), et
# Python l'a toute faite.

# %% [markdown]
# ### ✏️ Exercice 2 — pseudonymiser avec une clé
#
# 🔴🔴⚪ · 10 min
#
# Remplacez chaque identifiant par les 16 premiers caractères hexadécimaux de son HMAC-SHA256. La même personne reçoit
# toujours le même pseudonyme, sur sa ligne, sans changer l'index.
#
# **Résultat attendu** : avec la clé `b"une cle de 32 octets tiree au so"`, `"1931-07-14"` devient `c48287722dfcd0a0`.
#
# <details><summary>Indice</summary>
#
# `hmac.new(key, valeur.encode(), hashlib.sha256).hexdigest()` rend 64 caractères pour une valeur. `identifiers.map(fonction)`
# l'applique à chaque ligne et garde l'index.
#
# </details>

# %%
import hashlib
import hmac


def pseudonymise(identifiers: pd.Series, key: bytes) -> pd.Series:
    """Rend un pseudonyme de 16 caractères par ligne, au même index."""
    # début solution
    return identifiers.map(lambda value: hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:16])
    # fin solution


pseudonymise = verifier.pseudonymise(pseudonymise)
pseudonymise(births, b"une cle de 32 octets tiree au so")

# %%
secured = pseudonymise(births, pseudonym.new_key())
print("retrouvés :", pseudonym.reverse_by_enumeration(secured, candidates))
print("même clé, même pseudonyme :", pseudonymise(births[:1], b"k" * 16).equals(pseudonymise(births[:1], b"k" * 16)))

# %% [markdown]
# Plus rien. Mais qui détient la clé refait l'énumération : il retrouve tout le monde. C'est le sens de l'article 4, point 5 :
# la clé fait partie des « informations supplémentaires », à conserver **séparément**. Et c'est pourquoi la table reste une
# donnée personnelle pour l'hôpital, même s'il l'envoie sans la clé. Pour celui qui la reçoit, cela se juge au cas par cas :
# a-t-il un moyen raisonnable de retrouver les personnes ? (Cour de justice de l'Union, [4 septembre 2025,
# C-413/23 P](https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX:62023CJ0413), sur le règlement jumeau des
# institutions.) La section 3 montre qu'il en a souvent un.
#
# HIPAA est ici plus strict : pour un code gardé dans une table *Safe Harbor*, le paragraphe (c)(1) refuse tout code
# « dérivé » d'une information sur la personne. Un HMAC en dérive ; un numéro tiré au sort, non.

# %% [markdown]
# ## 3. Retrouver quelqu'un sans son nom
#
# Un réseau d'hôpitaux publie 500 patients, sans nom ni numéro. Restent la date de naissance, le sexe, le code postal, et la
# maladie. Il existe par ailleurs un **registre public**, comme une liste électorale : des noms, les mêmes trois colonnes, rien
# de médical. Population, patients et registre sont **inventés** (données synthétiques) ; seule l'attaque est vraie.

# %%
people = privacy.population(200_000)
patients = privacy.hospital_patients(people, 500)
public = privacy.public_register(people)
ON = list(register.QUASI_IDENTIFIERS)
print(f"{len(people)} habitants, {len(public)} inscrits au registre")
patients[[*ON, "diagnosis"]].head(3)

# %% [markdown]
# Pris un à un, un sexe ou une année de naissance ne désignent personne. Ensemble, ce sont des **quasi-identifiants**.
#
# **Prédisez** : avec le sexe, la date de naissance et le code postal, quelle part des habitants n'a **aucun sosie**,
# personne d'autre qui ait les mêmes trois valeurs ?

# %%
views = {
    "sexe, année": ["sex", "year"],
    "sexe, année, code postal": ["sex", "year", "postal_code"],
    "sexe, date": ["sex", "birth_date"],
    "sexe, date, département": ["sex", "birth_date", "department"],
    "sexe, date, code postal": ["sex", "birth_date", "postal_code"],
}
known = people.assign(year=people["birth_date"].dt.year, department=people["postal_code"].str[:2])
alone = {name: (privacy.equivalence_classes(known, view) == 1).sum() / len(known) for name, view in views.items()}
print({name: f"{share:.1%}" for name, share in alone.items()})

figure, ax = plt.subplots(figsize=(7, 3))
bars = ax.barh(list(alone), [100 * share for share in alone.values()], color="0.55", edgecolor="black")
ax.bar_label(bars, fmt=lambda share: f"{share:.1f} %".replace(".", ","), padding=3)
ax.invert_yaxis()
ax.set(xlim=(0, 100), xlabel="habitants sans sosie (%)", title="Ce que l'attaquant sait (données synthétiques)");

# %% [markdown]
# **La figure en mots** : cinq barres, de plus en plus longues. Le sexe et l'année ne désignent à peu près personne. Avec le
# code postal, 0,3 % des habitants. Avec la date entière au lieu de l'année, 6,7 % sans aucun lieu, 53,9 % avec le
# département, 87,8 % avec le code postal.
#
# Notre population est inventée, la leçon ne l'est pas : aux États-Unis, Latanya Sweeney estimait en 2000 que [près de neuf
# habitants sur dix](https://dataprivacylab.org/projects/identifiability/paper1.pdf) étaient uniques par ces trois
# informations ; Philippe Golle, en 2006, en a recompté [un peu plus de six sur
# dix](https://doi.org/10.1145/1179601.1179615).

# %% [markdown]
# ### ✏️ Exercice 3 — l'attaque
#
# 🔴🔴⚪ · 10 min
#
# Croisez le tableau publié et le registre. Ne gardez du registre que les profils **qui n'y occupent qu'une ligne** (un
# profil : les valeurs des colonnes `on`), puis joignez : chaque patient qui a un candidat, un seul, sort avec un nom. Deux
# patients de même profil peuvent avoir le même candidat : gardez-les tous deux.
#
# **Résultat attendu** : un tableau qui porte les colonnes des deux, une fois chacune ; sur nos 500 patients, 351 lignes.
#
# <details><summary>Indice</summary>
#
# `public.drop_duplicates(on, keep=False)` retire **toutes** les lignes dont le profil apparaît plus d'une fois. Puis
# `released.merge(…, on=on)`.
#
# </details>

# %%
def link(released: pd.DataFrame, public: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Rend les patients publiés qui ont un seul candidat dans le registre, avec lui."""
    # début solution
    alone = public.drop_duplicates(on, keep=False)
    return released.merge(alone, on=on)
    # fin solution


link = verifier.link(link)
matches = link(patients, public, ON)
print(len(matches), "patients ont un seul candidat")
matches[["first_name", "last_name", "sex", "postal_code", "diagnosis"]].head(4)

# %% [markdown]
# Des noms, en face de diagnostics. Un candidat unique est-il toujours le bon ? Non : le vrai patient peut ne pas être
# inscrit, et son sosie l'être. Comme c'est nous qui avons tout inventé, nous savons qui est qui.
#
# **Prédisez** : sur 500 patients, quelle part est retrouvée **à raison** ?

# %%
before = privacy.reidentification_rate(patients, public, ON)
right = round(before.value * len(patients))
print(f"retrouvés à raison : {right}, soit {before.value:.1%}, intervalle à 95 % de {before.low:.1%} à {before.high:.1%}")
print(f"retrouvés à tort   : {len(matches) - right}")

# %% [markdown]
# 342 patients, plus des deux tiers : 68,4 %, entre 64,2 % et 72,3 %. Une jointure a suffi. Neuf autres noms sont faux, et
# leurs porteurs se voient prêter la maladie d'un autre. Le tableau « sans noms » était un tableau nominatif, et son hôpital
# ne le savait pas. L'article 4 le disait : « directement ou **indirectement** ».

# %% [markdown]
# ## 4. Se cacher dans un groupe
#
# Parade : faire que chacun ait des sosies **dans le tableau publié**. Une **classe** réunit les patients que leurs
# quasi-identifiants ne distinguent pas ; le tableau est **k-anonyme** si chaque classe compte au moins k patients ([Sweeney,
# 2002](https://doi.org/10.1142/S0218488502001648)). Son k est donc l'effectif de la plus petite.

# %% [markdown]
# ### ✏️ Exercice 4 — mesurer k
#
# 🔴⚪⚪ · 5 min
#
# Rendez l'effectif de la plus petite classe. Une case vide est une valeur comme une autre : elle distingue aussi.
#
# **Résultat attendu** : pour les profils `("F", 1960)`, `("F", 1960)`, `("H", 1960)`, k vaut 1.
#
# <details><summary>Indice</summary>
#
# `table.groupby(colonnes, dropna=False).size()` compte les lignes de chaque classe.
#
# </details>

# %%
def k_anonymity(table: pd.DataFrame, quasi_identifiers: list[str]) -> int:
    """Rend k, l'effectif de la plus petite classe."""
    # début solution
    return table.groupby(quasi_identifiers, dropna=False).size().min()
    # fin solution


k_anonymity = verifier.k_anonymity(k_anonymity)
print("notre tableau : k =", k_anonymity(patients, ON))

# %% [markdown]
# k vaut 1 : quelqu'un est seul. On **généralise** alors chaque colonne d'un cran ou de plusieurs (la date devient un mois, une
# année, une décennie ; le code postal perd des chiffres) et l'on retire les patients qui restent trop seuls. `anonymise`
# essaie tous les niveaux et garde le moindre mal : celui qui confond le moins de patients entre eux.
#
# **Prédisez** : pour k = 5, que restera-t-il d'un 2 mai 1963 à Rennes ?

# %%
release = privacy.anonymise(patients, register.HIERARCHIES, k=5, max_suppressed=0.05)
coarse_register = privacy.generalise(public, register.HIERARCHIES, release.levels)
after = privacy.reidentification_rate(release.table, coarse_register, ON)
print(f"k = {k_anonymity(release.table, ON)}, {len(release.table)} patients, {release.suppressed:.1%} retirés ; "
      f"chacun se fond dans un groupe de {release.loss:.0f} patients en moyenne")  # fmt: skip
print(f"retrouvés : {after.value:.1%}, intervalle à 95 % de {after.low:.1%} à {after.high:.1%}")
release.table[[*ON, "diagnosis"]].head(3)

# %% [markdown]
# k vaut 6 : on demandait 5 au moins. Une tranche de vingt ans, deux chiffres de code postal, plus de sexe : on ne sait plus
# que le patient est né entre 1960 et 1979, et qu'il vit en Ille-et-Vilaine. L'attaquant, qui généralise son registre de la
# même façon, n'a plus aucun candidat unique : 0,0 %. Zéro sur 496 n'est pas « impossible » : l'intervalle monte à 0,8 %.
#
# Le prix ? Chacun se fond maintenant dans un groupe de 29 patients en moyenne, lui compris ; un patient retiré compte pour
# les 500. Un seul tirage ne prouve rien : le cours en a fait cinq, et a chaque fois appris un modèle du décès sur ce qui est
# publié. Son AUROC ([leçon 1 de la semaine 1](../semaine_1/01_pourquoi_federer.ipynb)) dit ce que le tableau vaut encore.

# %%
bench = pd.read_json(BENCHES / "reidentification.json", typ="series")
table = pd.DataFrame(bench["releases"]["500"]).T
shares = {name: pd.DataFrame(list(table[name]), index=table.index) for name in ("reidentified", "deduced", "auroc")}
print(bench["command"], "·", bench["data"]["kind"], "·", len(bench["settings"]["seeds"]), "tirages de 500 patients")
for name in table.index:
    low, high = 100 * shares["reidentified"].loc[name, "low"], 100 * shares["reidentified"].loc[name, "high"]
    found, deduced = (100 * shares[kind].loc[name, "value"] for kind in ("reidentified", "deduced"))
    auroc = "{mean:.3f} [{low:.3f} ; {high:.3f}]".format(**shares["auroc"].loc[name])
    print(f"{name:11} retrouvés {found:4.1f} % [{low:.1f} ; {high:.1f}] · maladie déduite {deduced:5.1f} % · AUROC {auroc}")

# %%
figure, ax = plt.subplots(figsize=(7.5, 3.6))
styles = {"reidentified": ("retrouvés par leur nom", "o", "black"), "deduced": ("maladie déduite", "s", "0.5")}
for shift, (kind, (label, marker, color)) in enumerate(styles.items()):
    part = 100 * shares[kind]
    spread = [part["value"] - part["low"], part["high"] - part["value"]]
    places = [rank + 0.2 * shift - 0.1 for rank in range(len(part))]
    ax.errorbar(places, part["value"], yerr=spread, fmt=marker, color=color, capsize=4, label=label)
ax.set_xticks(range(len(table)), ["brut", "année et zone\n(Safe Harbor)", "k = 2", "k = 5", "k = 10"])
ax.set(ylim=(-3, 105), ylabel="patients publiés (%)", title="Ce que l'attaquant apprend (données synthétiques)")
ax.legend();

# %% [markdown]
# **La figure en mots** : sur cinq publications, deux points chacune. Brut, 69,3 % des patients sont retrouvés et la maladie
# de tous se lit. Avec la seule année et trois chiffres de code postal, à la façon de *Safe Harbor*, plus personne n'est
# retrouvé, mais 58,6 % des maladies se déduisent encore, pour qui sait son voisin hospitalisé. Avec k = 2, il en reste
# 1,7 % ; avec k = 5 et k = 10, aucune.
#
# Et le modèle ? Son AUROC vaut 0,846 au départ, puis 0,834, 0,843 et 0,824 pour k = 2, 5 et 10.
#
# **Prédisez** : pourquoi k = 5 semble-t-il coûter moins que k = 2 ? Regardons ce que chaque tirage a gardé de l'âge.

# %%
rows = [{"k": name, **row["levels"], "AUROC": row["auroc"]} for name in table.index[2:] for row in table.loc[name, "by_seed"]]
draws = pd.DataFrame(rows)
draws["âge publié"] = draws["birth_date"].map({2: "année", 3: "dix ans", 4: "vingt ans", 5: "rien"})
draws.groupby(["k", "âge publié"], sort=False)["AUROC"].agg(tirages="count", plus_basse="min", plus_haute="max").round(2)

# %% [markdown]
# Tant que l'âge reste, même à vingt ans près, l'AUROC ne descend pas sous 0,83. Quand `anonymise` l'efface, elle tombe à 0,79
# ou 0,80 : une fois sur cinq à k = 2, jamais à k = 5, deux fois à k = 10. Le « moindre mal » compte des patients confondus, et
# ignore à quoi le tableau servira : à vous de lui interdire d'effacer ce dont votre modèle a besoin. Et nos maladies
# inventées ne dépendent pas du quartier ; une vraie, peut-être.
#
# **Prédisez** : comment déduit-on une maladie sans savoir quelle ligne est la bonne ?

# %%
pairs = privacy.anonymise(patients, register.HIERARCHIES, k=2, max_suppressed=0.05)
targets = privacy.generalise(patients[ON], register.HIERARCHIES, pairs.levels)
guessed = privacy.homogeneity_attack(pairs.table, targets, ON, "diagnosis")
print(f"k = {k_anonymity(pairs.table, ON)}, mais la maladie de {len(guessed)} patients se déduit")
print("l-diversité : k = 2 →", privacy.l_diversity(pairs.table, ON, "diagnosis"),
      "; k = 5 →", privacy.l_diversity(release.table, ON, "diagnosis"))  # fmt: skip
guessed.head(3)

# %% [markdown]
# C'est l'attaque par **homogénéité** ([Machanavajjhala et al., 2007](https://doi.org/10.1145/1217299.1217302)) : si tous les
# sosies ont la même maladie, peu importe lequel est votre voisin. Ils sont 18 dans ce cas. La **l-diversité** compte les
# maladies différentes de la classe la moins variée : 1 à k = 2, 3 à k = 5. Même au-delà de 1, elle ne suffit pas toujours (99
# grippes et un cancer comptent pour deux).
#
# Les autorités européennes posent donc trois questions à un tableau qui se dit anonyme ([avis 05/2014 du G29, leur groupe
# d'alors](https://www.cnil.fr/sites/default/files/atoms/files/wp216_fr.pdf)) : peut-on **isoler** quelqu'un, **relier** deux
# fichiers, **déduire** une information ? Le k-anonymat ne répond qu'à la première, et encore : il suppose que l'on a bien
# deviné ce que l'attaquant sait. La [confidentialité
# différentielle](04_confidentialite_differentielle.ipynb), elle, ne suppose rien de tel.

# %% [markdown]
# ## 5. L'analyse d'impact, et ce que fédérer change
#
# Apprendre sur les dossiers de plusieurs hôpitaux, c'est d'ordinaire un traitement **à grande échelle de données de santé** :
# l'article 35 du RGPD, paragraphes 1 et 3 b), demande une **analyse d'impact** (AIPD) *avant* de commencer. Elle contient au
# moins (paragraphe 7) : une description, la nécessité et la proportionnalité, les risques, les mesures. La CNIL en a tiré une
# [méthode](https://www.cnil.fr/fr/RGPD-analyse-impact-protection-des-donnees-aipd) : trois événements redoutés, et pour
# chacun une gravité et une vraisemblance de 1 à 4. En France, une recherche sur des données de santé passe aussi par une
# [formalité auprès de la
# CNIL](https://www.cnil.fr/fr/demande-dautorisation-dune-recherche-en-sante-les-informations-fournir-et-les-criteres-doctroi) :
# suivre une méthodologie de référence, ou demander une autorisation ; les études internes en sont dispensées.
#
# Et fédérer ? Cela **change** une chose : les dossiers restent où ils sont, c'est une mesure de minimisation (article 5,
# paragraphe 1 c). Cela ne change **pas** le reste : il faut une base légale (article 6) *et* une exception pour la santé
# (article 9), un contrat avec l'hébergeur du serveur (article 28), informer les patients (articles 12 à 14), protéger dès la
# conception (article 25), et surveiller ce qui voyage. Or des mises à jour voyagent. Le Comité européen de la protection des
# données (CEPD), dans son [avis
# 28/2024](https://www.edpb.europa.eu/our-work-tools/our-documents/opinion-board-art-64/opinion-282024-certain-data-protection-aspects_en),
# ne tient un modèle pour anonyme que si la chance d'en extraire des données personnelles, ou d'en obtenir en l'interrogeant,
# est insignifiante ; cela se démontre, cas par cas. Nous appliquons la même exigence aux mises à jour : c'est notre lecture.
#
# Un collègue pressé a rempli l'AIPD d'un projet inventé. `gaps` la relit.
#
# **Prédisez** : il a écrit « sans les noms, ces données sont anonymes », « les données ne quittent pas l'hôpital » et
# « FedAvg fait la moyenne » comme mesure de protection. Lesquelles de ces phrases seront refusées ?

# %%
form = aipd_example.hasty_form()
for gap in privacy.gaps(form):
    print(f"{gap.section}.{gap.question} ({gap.source})\n    {gap.why}")

# %% [markdown]
# Les trois. Onze manques en tout : quelques cases vides, et surtout des **contradictions**, qu'aucune case cochée ne montre.

# %% [markdown]
# ### ✏️ Exercice 5 — compléter l'AIPD
#
# 🔴🔴🔴 · 20 min
#
# Comblez les onze manques, sans changer les faits du projet : le serveur est hors de l'Union, il fait une moyenne et lit les
# mises à jour ; les données sont pseudonymisées. Plusieurs réponses sont bonnes ; le contrôle dit ce qui manque encore. Pour
# relire ce que votre collègue a écrit, affichez une section : `form["federation"]`.
#
# **Résultat attendu** : `privacy.gaps(complete_form(form))` rend une liste vide, et `form` n'a pas changé.
#
# <details><summary>Indice</summary>
#
# Copiez d'abord : `form = deepcopy(form)` (`from copy import deepcopy` ; `form.copy()` ne copie pas les sections). Puis une
# ligne par manque : `form["necessity"]["retention_months"] = …`. Les choix : une exception est un texte comme `"9(2)(j)"`
# (recherche) ; une garantie de transfert, `"45"` (adéquation), `"46"` (clauses types) ou `"49"` (dérogation, pour
# l'exceptionnel) ; une mesure, un texte dans une liste. Une confidentialité différentielle s'annonce avec son ε. La
# vraisemblance d'un risque (`residual_likelihood`) baisse quand une vraie mesure l'explique.
#
# </details>

# %%
def complete_form(form: dict) -> dict:
    """Rend une copie de l'AIPD, manques comblés, faits du projet inchangés."""
    # début solution
    form = {section: dict(answers) for section, answers in form.items()}
    form["description"]["data"] = "Constantes, analyses et issue de 5 000 séjours, pseudonymisées par une clé."
    form["necessity"].update(health_exception="9(2)(j)", retention_months=24, transfer_safeguard="46")
    form["federation"]["updates_are_personal"] = True
    form["illegitimate_access"]["measures"] = ["Chiffrement TLS", "Confidentialité différentielle, ε = 3, δ = 1e-5"]
    form["illegitimate_access"]["residual_likelihood"] = 2
    form["disappearance"]["measures"] = ["Point de reprise du modèle, copié chaque jour sur un second serveur"]
    form["opinions"]["dpo_opinion"] = "Favorable, si les journaux d'accès sont relus chaque mois."
    return form
    # fin solution


complete_form = verifier.complete_form(complete_form)
print("manques restants :", len(privacy.gaps(complete_form(form))), "· avant :", len(privacy.gaps(form)))

# %% [markdown]
# Plus de manque : cela veut dire que **ces règles-là** n'en trouvent plus, pas que le projet est conforme. Un programme voit
# un ε absent ; il ne voit pas un ε écrit au hasard. Le responsable du traitement décide, après l'avis de son délégué et, s'il
# y a lieu, des patients (article 35) ; si un risque reste élevé, il consulte d'abord la CNIL (article 36). Vous saurez
# bientôt gagner votre ε : c'est l'objet des leçons [4](04_confidentialite_differentielle.ipynb) et [5](05_dp_sgd.ipynb).

# %% [markdown]
# ## À retenir
#
# - HIPAA donne 18 identifiants à retirer, et demande en plus de ne rien savoir qui identifie ; le RGPD demande un résultat. Une règle se mesure sur des identifiants plantés, et n'en trouve jamais la totalité.
# - Un hachage sans clé se défait par énumération. Avec une clé (HMAC), c'est un pseudonyme, et la donnée reste personnelle pour qui peut retrouver la personne.
# - Date de naissance, sexe et code postal ont suffi à retrouver 68,4 % des patients, entre 64,2 % et 72,3 %.
# - Le k-anonymat supprime le candidat unique, au prix de données plus grossières (chez nous, 0,79 d'AUROC au lieu de 0,85 quand l'âge s'efface). Il ne cache pas une maladie que toute la classe partage.
# - L'AIPD précède le traitement ; fédérer est une mesure de minimisation, pas une anonymisation : les mises à jour peuvent être des données personnelles.

# %% [markdown]
# ## Quiz
#
# **1. Vous remplacez l'IPP par son HMAC, et l'hôpital garde la clé. Pour lui, la table est-elle anonyme au sens du RGPD ?**
#
# - a) Oui : sans la clé, personne ne remonte.
# - b) Non : elle est pseudonymisée, donc personnelle.
# - c) Oui, si elle n'a pas de nom.
#
# <details><summary>Réponse</summary>
#
# - a) Non : il a la clé, et les autres colonnes suffisent peut-être, comme à la section 3.
# - b) **Oui** : article 4, point 5, et considérant 26.
# - c) Non : sans nom, 68,4 % de nos patients ont été retrouvés.
#
# </details>
#
# **2. Un tableau est 10-anonyme. Que savez-vous ?**
#
# - a) Chaque patient partage ses quasi-identifiants avec au moins neuf autres.
# - b) Personne ne peut apprendre sa maladie.
# - c) Il est anonyme, quoi que sache l'attaquant.
#
# <details><summary>Réponse</summary>
#
# - a) **Oui**, et rien de plus : à condition que le tableau ait une ligne par patient.
# - b) Non : dix sosies de même maladie la révèlent. Il faut regarder aussi la l-diversité.
# - c) Non : si l'attaquant connaît une colonne que vous n'aviez pas comptée, les classes éclatent.
#
# </details>
#
# **3. « Nous faisons de l'apprentissage fédéré, donc pas d'AIPD. » Que répondez-vous ?**
#
# - a) C'est vrai : aucune donnée ne sort.
# - b) C'est vrai si le serveur est en Europe.
# - c) C'est faux : le traitement porte sur des données de santé à grande échelle, et les mises à jour sortent.
#
# <details><summary>Réponse</summary>
#
# - a) Non : des mises à jour sortent, et elles viennent de données de patients.
# - b) Non : le lieu du serveur décide des règles de transfert (articles 44 à 49), pas de l'AIPD.
# - c) **Oui** : article 35, paragraphes 1 et 3 b).
#
# </details>

# %% [markdown]
# ## Pour aller plus loin
#
# - Les règles de nettoyage, une par lettre, sont dans `common/privacy/identifiers` ; le formulaire, dans `common/privacy/aipd.py`.
# - Deux tableaux k-anonymes publiés à un mois d'écart trahissent celui qui est arrivé entre les deux : essayez `privacy.differencing_attack`.
# - Remplacez `k=5` par `k=50` : que reste-t-il du tableau, et combien de patients sont retirés ?
# - Le [guide du ministère américain de la Santé](https://www.hhs.gov/hipaa/for-professionals/special-topics/de-identification/index.html) sur les deux méthodes de HIPAA : *Safe Harbor*, et l'avis d'un expert.

# %% [markdown]
# ## Leçon suivante
#
# [4. La confidentialité différentielle](04_confidentialite_differentielle.ipynb) : une promesse qui ne dépend pas de ce que
# l'attaquant sait déjà.
