# %% [markdown]
# # Le dossier patient
#
# **Durée** : 90 min · **Prérequis** : semaine 1, les bases de pandas (`merge`, `groupby`) · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Relier les tables d'un dossier hospitalier par leurs clés, et compter des patients sans les répéter.
# - Construire une cohorte : calculer un âge, choisir un séjour, dire qui n'y entre pas.
# - Couper l'histoire de chaque patient à 24 heures, et reconnaître ce qui vient de l'avenir.
# - Nettoyer des mesures : unités mêlées, valeurs impossibles, cases vides qui parlent.
# - Séparer entraînement et test par patient, jamais par séjour, et mesurer la fuite.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from common.data.ehr import card, first_icu_stays, hospital_mortality, load_tables
from common.figures import mark_synthetic
from common.metrics import auroc
from common.verifier import semaine_2 as verifier

# %% [markdown]
# ## 1. Onze tables, trois clés
#
# Un réanimateur vous demande : « À la fin du premier jour, peut-on prédire qui mourra à l'hôpital ? » Avant tout modèle, il faut
# un tableau : une ligne par patient, ce que l'on savait à 24 heures, et la réponse. Cette leçon le construit, et montre cinq
# façons de le rater sans voir la moindre erreur.
#
# Les tables ont la forme de **MIMIC-III**, une base publique de réanimation, très étudiée. Les patients, eux, sont
# **synthétiques** : un programme les a tirés au sort, en liant la gravité aux mesures et à la mort. Le texte commente ces patients-là.

# %%
SOURCE = "embedded"  # "real" : votre copie de la démo de MIMIC-III, si vous en avez une
tables = load_tables(SOURCE, num_patients=2000)  # avec "real", tous les patients de la copie
print(card(SOURCE))

# %% [markdown]
# **Et les vraies données ?** Le cours n'en a jamais besoin. La [démo](https://physionet.org/content/mimiciii-demo/1.4/) est ouverte
# à tous : une centaine de patients, tous morts depuis, et aucune note. Elle sert à essayer du code, pas à mesurer une mortalité.
# La [base entière](https://physionet.org/content/mimiciii/1.4/) se demande à titre personnel : un compte PhysioNet accrédité, une
# formation à la protection des personnes, une charte signée. La charte interdit de chercher à reconnaître un patient, et de
# donner accès à sa copie, [services en ligne compris](https://physionet.org/news/post/llm-responsible-use). Lisez-la à la source :
# cette leçon n'est pas un avis juridique.
#
# Voici comment les tables se tiennent. Le côté `<` est celui où il peut y avoir **plusieurs** lignes.
#
# ```text
# PATIENTS ──SUBJECT_ID──< ADMISSIONS ──HADM_ID──< ICUSTAYS ──ICUSTAY_ID──< CHARTEVENTS >──ITEMID── D_ITEMS
#                              │
#                              ├──HADM_ID──< LABEVENTS >──ITEMID── D_LABITEMS
#                              ├──HADM_ID──< DIAGNOSES_ICD >──ICD9_CODE── D_ICD_DIAGNOSES
#                              ├──HADM_ID──< PRESCRIPTIONS
#                              └──HADM_ID──< NOTEEVENTS
# ```
#
# **Le schéma en mots** : un patient (`SUBJECT_ID`) a une ou plusieurs admissions (`HADM_ID`) ; une admission, un ou plusieurs
# séjours en réanimation (`ICUSTAY_ID`). Les relevés au lit du malade sont dans CHARTEVENTS, les analyses dans LABEVENTS, les
# diagnostics, ordonnances et comptes rendus dans trois autres. Une mesure ne dit qu'un numéro, `ITEMID` : trois dictionnaires,
# dont le nom commence par `D_`, traduisent les numéros et les codes.

# %%
for name, table in tables.items():
    print(f"{name:16} {len(table):7} lignes, {table.shape[1]:2} colonnes")

# %%
patients, admissions, icustays = (tables[name] for name in ("PATIENTS", "ADMISSIONS", "ICUSTAYS"))
diagnoses, labs, charts = (tables[name] for name in ("DIAGNOSES_ICD", "LABEVENTS", "CHARTEVENTS"))
sepsis = diagnoses[diagnoses["ICD9_CODE"].isin(["0389", "99592", "78552"])]  # septicémie, sepsis grave, choc
sepsis.head(4)

# %% [markdown]
# Première question du réanimateur : combien de morts parmi les admissions pour sepsis, cette infection qui fait
# défaillir les organes ? Les codes sont dans DIAGNOSES_ICD, la
# mort dans ADMISSIONS (`HOSPITAL_EXPIRE_FLAG` vaut 1). On joint, on additionne.
#
# **Prédisez** : le total est-il juste, trop grand ou trop petit ?

# %%
joined = admissions.merge(sepsis, on="HADM_ID")
print("admissions avec un sepsis :", sepsis["HADM_ID"].nunique(), "· lignes après la jointure :", len(joined))
print("« morts » comptés sur la jointure :", joined["HOSPITAL_EXPIRE_FLAG"].sum())
print("morts dans tout l'hôpital, sepsis ou non :", admissions["HOSPITAL_EXPIRE_FLAG"].sum())

# %% [markdown]
# ### ✏️ Exercice 1 — compter des morts, pas des lignes
#
# 🔴⚪⚪ · 10 min
#
# Comptez les morts à l'hôpital parmi les admissions qui ont **au moins une ligne** dans `rows`. Une admission compte une fois, même
# si elle y a dix lignes.
#
# **Résultat attendu** : avec les admissions 1 (mort), 2 (vivant) et 3 (mort), et des lignes des admissions 1, 1, 1 et 2, le
# compte est `1`, et non `3`.
#
# <details><summary>Indice</summary>
#
# Ne joignez pas : demandez seulement, pour chaque admission, si son `HADM_ID` se trouve parmi ceux de `rows`. C'est
# `admissions["HADM_ID"].isin(…)`. Il reste à additionner `HOSPITAL_EXPIRE_FLAG` sur ces admissions.
#
# </details>

# %%
def count_deaths(admissions: pd.DataFrame, rows: pd.DataFrame) -> int:
    """Rend le nombre de morts parmi les admissions qui ont au moins une ligne dans `rows`."""
    # début solution
    concerned = admissions["HADM_ID"].isin(rows["HADM_ID"])
    return int(admissions.loc[concerned, "HOSPITAL_EXPIRE_FLAG"].sum())
    # fin solution


count_deaths = verifier.count_deaths(count_deaths)
small = pd.DataFrame({"HADM_ID": [1, 2, 3], "HOSPITAL_EXPIRE_FLAG": [1, 0, 1]})
count_deaths(small, pd.DataFrame({"HADM_ID": [1, 1, 1, 2]}))

# %%
print("morts parmi les admissions avec un sepsis :", count_deaths(admissions, sepsis))

# %% [markdown]
# Trop grand, et de beaucoup : 216 lignes de morts pour 99 morts. Un patient en choc septique porte plusieurs codes de sepsis,
# et mourait autant de fois. Rien n'a averti, et le nombre avait l'air raisonnable.
#
# La parade : **dites à pandas ce que vous croyez**. `validate="one_to_one"` affirme « une ligne de chaque côté » ; si c'est
# faux, la jointure s'arrête.

# %%
try:
    admissions.merge(sepsis, on="HADM_ID", validate="one_to_one")
except pd.errors.MergeError as error:
    print(str(error).splitlines()[0])

# %% [markdown]
# Traduction : à droite, la clé se répète. Une jointure qui échoue vaut mieux qu'un nombre faux.
#
# ## 2. Une cohorte : qui entre dans l'étude ?
#
# ### L'âge
#
# Aucune colonne ne donne l'âge. Il se calcule : date d'admission moins date de naissance.
#
# **Prédisez** : quel sera l'âge du patient le plus vieux ?

# %%
birth = admissions["SUBJECT_ID"].map(patients.set_index("SUBJECT_ID")["DOB"])
naive_age = (admissions["ADMITTIME"] - birth).dt.days / 365.25
print(f"âge moyen {naive_age.mean():.1f} ans, âge maximal {naive_age.max():.1f} ans")
print("admissions à plus de 150 ans :", (naive_age > 150).sum(), "sur", len(naive_age))

# %% [markdown]
# Personne n'a trois siècles. Aux États-Unis, la règle HIPAA range tout âge au-dessus de 89 ans parmi les identifiants à retirer, ou à
# fondre dans « 90 ans ou plus » ([45 CFR 164.514(b)(2)(i)(C)](https://www.ecfr.gov/current/title-45/section-164.514)). MIMIC-III
# [déplace donc la naissance](https://mimic.mit.edu/docs/iii/tables/patients/) de ces patients à trois cents ans de leur première
# admission. Les autres dates aussi sont décalées, d'un bon siècle, mais d'un même écart pour un même patient : les durées restent vraies.

# %% [markdown]
# ### ✏️ Exercice 2 — l'âge à l'admission
#
# 🔴🔴⚪ · 10 min
#
# Rendez l'âge à chaque admission, en années de `365.25` jours. Au-dessus de 89 ans, rendez `90`. Une valeur par ligne d'`admissions`,
# avec le même index : `admissions` et `patients` ne sont pas rangées dans le même ordre.
#
# **Résultat attendu** : né le `2070-01-01` et admis le `2100-07-01`, un patient a environ `30.5` ans ; né le `1800-07-01`, il a
# `90.0` ans. Sous l'exercice, l'âge moyen tombe à `65.7` ans.
#
# <details><summary>Indice</summary>
#
# Plus haut, `naive_age` retrouve la naissance de chaque admission avec `map`. `ages.mask(condition, 90)` remplace les
# valeurs où la condition est vraie.
#
# </details>

# %%
def age_at_admission(patients: pd.DataFrame, admissions: pd.DataFrame) -> pd.Series:
    """Rend l'âge en années à chaque ligne d'`admissions`, 90 au-dessus de 89 ans."""
    # début solution
    birthdates = patients.set_index("SUBJECT_ID")["DOB"]
    lived = admissions["ADMITTIME"] - admissions["SUBJECT_ID"].map(birthdates)
    years = lived.dt.total_seconds() / (365.25 * 24 * 3600)
    return years.mask(years > 89, 90)
    # fin solution


age_at_admission = verifier.age_at_admission(age_at_admission)
ages = age_at_admission(patients, admissions)
print(f"âge moyen {ages.mean():.1f} ans, âge maximal {ages.max():.1f} ans")

# %% [markdown]
# Une admission sur onze suffisait à vieillir l'hôpital de 84,2 − 65,7 ans, plus de dix-huit. Et « 90 » est une catégorie, pas un âge :
# la vraie valeur n'est pas publiée, on ne la retrouve pas.
#
# ### Les patients
#
# Un patient peut avoir plusieurs admissions, et une admission plusieurs séjours en réanimation. Prenons le **premier** séjour de
# chacun : au deuxième, on sait déjà qu'il a survécu au premier. Exigeons 18 ans, et un séjour d'au moins 24 heures,
# puisque l'on prédit à la 24e.
#
# **Prédisez** : faut-il chercher le premier séjour avant d'écarter les séjours courts, ou après ? Est-ce la même chose ?

# %% [markdown]
# ### ✏️ Exercice 3 — la cohorte
#
# 🔴🔴🔴 · 15 min
#
# Rendez le premier séjour (`INTIME` le plus ancien) de chaque patient, avec une colonne `AGE` ; puis gardez-le s'il a 18 ans ou
# plus à l'admission et si le séjour, d'`INTIME` à `OUTTIME`, dure 24 heures ou plus. Dans cet ordre : un premier séjour trop court
# écarte le patient, le suivant ne le remplace pas.
#
# **Résultat attendu** : une ligne par patient gardé, les colonnes d'`icustays` et `AGE`. Sous l'exercice, la cohorte compte
# 1573 patients, et non 1657.
#
# <details><summary>Indice</summary>
#
# `icustays.sort_values("INTIME").drop_duplicates("SUBJECT_ID")` garde le premier séjour de chacun. Pour l'âge, ajoutez-le aux
# admissions (`admissions.assign(AGE=…)`), puis joignez par `HADM_ID` les seules colonnes utiles. `pd.Timedelta(hours=24)` est
# une durée.
#
# </details>

# %%
def adult_cohort(patients: pd.DataFrame, admissions: pd.DataFrame, icustays: pd.DataFrame) -> pd.DataFrame:
    """Rend le premier séjour de chaque patient, s'il est adulte et y reste 24 h ; avec son AGE."""
    # début solution
    first = icustays.sort_values("INTIME").drop_duplicates("SUBJECT_ID")
    ages = admissions.assign(AGE=age_at_admission(patients, admissions))
    stays = first.merge(ages[["HADM_ID", "AGE"]], on="HADM_ID")
    stayed = stays["OUTTIME"] - stays["INTIME"] >= pd.Timedelta(hours=24)
    return stays[(stays["AGE"] >= 18) & stayed]
    # fin solution


adult_cohort = verifier.adult_cohort(adult_cohort)
cohort = adult_cohort(patients, admissions, icustays).sort_values("SUBJECT_ID", ignore_index=True)
died = hospital_mortality(admissions, cohort)  # 1 si le patient meurt pendant cette admission
len(cohort)

# %%
from scipy.stats import binomtest


def rate(deaths, total):
    """Écrit un taux de mortalité et son intervalle de Wilson à 95 %."""
    low, high = binomtest(int(deaths), int(total)).proportion_ci(method="wilson")
    english = f"{deaths}/{total}, soit {deaths / total:.1%} [{low:.1%} ; {high:.1%}]"
    return english.replace(".", ",").replace("%", " %")


first = first_icu_stays(icustays)
short = first[~first["ICUSTAY_ID"].isin(cohort["ICUSTAY_ID"])]
long_stays = icustays[icustays["OUTTIME"] - icustays["INTIME"] >= pd.Timedelta(hours=24)]
print(f"{len(icustays)} séjours → {len(first)} premiers séjours → {len(cohort)} patients dans la cohorte")
print("en écartant d'abord les séjours courts :", long_stays["SUBJECT_ID"].nunique(), "patients")
print("mortalité dans la cohorte :", rate(died.sum(), len(died)))
print("mortalité des écartés     :", rate(hospital_mortality(admissions, short).sum(), len(short)))

# %% [markdown]
# L'ordre compte : écarter d'abord les séjours courts ferait entrer 1657 − 1573 patients de trop, par un séjour où l'on sait déjà
# qu'ils ont survécu au premier. Et chaque règle a un prix. Les 427 écartés ont quitté la réanimation, ou la vie, avant 24 heures : de
# ceux-là le modèle ne dira **rien**, et une étude honnête l'écrit. Aucun mineur n'est écarté ici, le générateur n'en fait pas ; le
# vrai MIMIC-III a des milliers de nouveau-nés.
#
# ## 3. Vingt-quatre heures, pas une de plus
#
# Regardons le lactate d'un patient de la cohorte (`ITEMID` vaut `50813`, dit D_LABITEMS) : il monte dans le sang, entre autres, quand
# les tissus manquent d'oxygène.
#
# **Prédisez** : de cette courbe, qu'a-t-on le droit de donner au modèle ?

# %%
lactate = labs[labs["ITEMID"] == 50813].dropna(subset="VALUENUM")
timed = lactate.merge(cohort[died == 1][["HADM_ID", "INTIME"]], on="HADM_ID").sort_values("CHARTTIME")
timed["hours"] = (timed["CHARTTIME"] - timed["INTIME"]) / pd.Timedelta(hours=1)
timed["late"] = timed["hours"] >= 24
peaks = timed.pivot_table(index="HADM_ID", columns="late", values="VALUENUM", aggfunc="max")
curve = timed[timed["HADM_ID"] == (peaks[True] - peaks[False]).idxmax()]  # celui dont la suite surprend le plus

# %%
figure, ax = plt.subplots(figsize=(7, 3.5))
ax.plot(curve["hours"], curve["VALUENUM"], "o-", color="black", label="lactate dosé")
ax.axvspan(0, 24, color="0.85", label="ce que l'on sait à 24 h")
ax.axvline(24, color="black", linestyle="--")
ax.set(xlabel="heures depuis l'entrée en réanimation", ylabel="lactate (mmol/l)", title="Un patient qui mourra")
ax.set_ylim(bottom=0)
ax.legend()
mark_synthetic(ax, card(SOURCE))
inside = curve["hours"].between(0, 24, inclusive="left")
print(f"{inside.sum()} dosages avant 24 h, maximum {curve.loc[inside, 'VALUENUM'].max()} mmol/l")
print(f"{(~inside).sum()} dosages après, maximum {curve.loc[~inside, 'VALUENUM'].max()} mmol/l")

# %% [markdown]
# **La figure en mots** : quatre points dans une bande grise, les 24 premières heures, entre 5 et 8 mmol/l environ. À sa droite, un
# point, un long vide, puis cinq points, où le lactate monte à 11,5 mmol/l. Le vide vient de ce que le générateur n'écrit que
# les 48 premières heures de chaque séjour : le patient, sorti de réanimation, y est revenu.
#
# Seuls les points de la bande grise existent au moment de prédire. Le plus parlant, 11,5, viendra des jours trop tard. Nous avons
# choisi ce patient parce que sa suite surprend le plus ; la règle vaut pour tous.

# %% [markdown]
# ### ✏️ Exercice 4 — le premier jour
#
# 🔴🔴⚪ · 10 min
#
# `events` est une table d'analyses, `stays` des séjours. Rendez les analyses faites dans les 24 premières heures d'un séjour :
# `INTIME` compris, 24 heures non comprises. LABEVENTS ne connaît que l'admission : gardez les colonnes d'`events`, et ajoutez
# l'`ICUSTAY_ID` du séjour.
#
# **Résultat attendu** : pour un séjour commencé à 10 h, une analyse faite à 10 h y est, une autre à 9 h 59 n'y est pas, ni celle
# du lendemain à 10 h.
#
# <details><summary>Indice</summary>
#
# Joignez `events` et `stays[["HADM_ID", "ICUSTAY_ID", "INTIME"]]` par `HADM_ID`. La différence de deux dates se compare à
# `pd.Timedelta(hours=24)`.
#
# </details>

# %%
def first_day(events: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Rend les lignes d'`events` faites dans les 24 premières heures d'un séjour, avec son ICUSTAY_ID."""
    # début solution
    joined = events.merge(stays[["HADM_ID", "ICUSTAY_ID", "INTIME"]], on="HADM_ID")
    since = joined["CHARTTIME"] - joined["INTIME"]
    inside = (since >= pd.Timedelta(hours=0)) & (since < pd.Timedelta(hours=24))
    return joined[inside].drop(columns="INTIME")
    # fin solution


first_day = verifier.first_day(first_day)
labs_24h = first_day(labs, cohort)
len(labs_24h)

# %% [markdown]
# Que gagne-t-on à tricher ? Essayons quatre « prédicteurs » de la mort, chacun jugé par son AUROC (0,5 : le hasard ; 1 : parfait).
# Le premier ne regarde que le premier jour. Les trois autres lisent plus loin.
#
# **Prédisez** : lequel atteindra 1 ?

# %%
def seen_in(rows):
    """Nombre de lignes de chaque patient de la cohorte."""
    return cohort["HADM_ID"].map(rows["HADM_ID"].value_counts()).fillna(0).astype(float)


notes = tables["NOTEEVENTS"]
predictors = {
    "analyses faites le premier jour": labs_24h,
    "analyses faites pendant tout le séjour": labs,
    "choc septique parmi les diagnostics": diagnoses[diagnoses["ICD9_CODE"] == "78552"],
    "« expired » dans le compte rendu": notes[notes["TEXT"].str.contains("expired")],
}
for name, rows in predictors.items():
    print(f"{name:40} AUROC {auroc(died, seen_in(rows))}")

# %% [markdown]
# Le compte rendu de sortie atteint 1,00, bien sûr : il raconte la fin. Compter les analyses de **tout** le séjour fait passer de
# 0,66 à 0,72, sans invraisemblance qui alerte : on prélève davantage ceux qui s'aggravent. Et le code du choc septique n'atteint
# que 0,58 : une fuite ne se reconnaît donc pas à un résultat trop beau. Les codes sont
# [attribués à la fin du séjour](https://mimic.mit.edu/docs/iii/tables/diagnoses_icd/), pour la facturation.
#
# La bonne question n'est pas « est-ce que cela prédit ? » mais « **quand l'a-t-on su ?** »

# %% [markdown]
# ## 4. Des mesures à laver
#
# La température est notée sous deux numéros : 223761 en degrés Fahrenheit, 223762 en degrés Celsius.
#
# **Prédisez** : quelle est la température moyenne si l'on mélange les deux colonnes ?

# %%
temperatures = charts[charts["ITEMID"].isin([223761, 223762])]
print(f"moyenne de tout : {temperatures['VALUENUM'].mean():.1f} °")
temperatures.groupby("ITEMID")["VALUENUM"].describe().round(1)

# %% [markdown]
# 96,1 degrés, dans aucune unité. Et chaque colonne a son mal : un minimum de 0, un maximum de 9999, et sous 223762, censée être en °C,
# une moyenne de 53,7. Les médianes, elles, sont saines : 98,4 °F et 36,9 °C. Regardons les valeurs folles de plus près.

# %%
celsius = temperatures.loc[temperatures["ITEMID"] == 223762, "VALUENUM"]
print("sous 223762, en °C :", celsius.between(70, 120).sum(), "valeurs de 70 à 120, sur", len(celsius))
print("en tout :", (temperatures["VALUENUM"] == 0).sum(), "fois 0,", (temperatures["VALUENUM"] == 9999).sum(), "fois 9999")

# %% [markdown]
# ### ✏️ Exercice 5 — des degrés Celsius, ou rien
#
# 🔴🔴🔴 · 15 min
#
# Rendez la température de chaque ligne en °C, avec le même index. Les lignes 223761 sont en °F ; sous 223762, une valeur de plus de 70
# est un °F mal rangé. Hors de 10 à 50 °C après conversion, rendez une valeur manquante : on ne devine pas.
#
# **Résultat attendu** : `98.6` sous 223761 donne `37.0` ; `36.8` sous 223762 donne `36.8` ; `100.4` sous 223762 donne `38.0` ;
# 0 et 9999 donnent `NaN` ; `37.0` sous 223761 aussi, car 37 °F font moins de 3 °C.
#
# <details><summary>Indice</summary>
#
# La formule est `(°F - 32) / 1.8`. `valeurs.mask(condition, autres)` remplace où la condition est vraie ; `valeurs.where(condition)` met `NaN` où
# elle est fausse ; `valeurs.between(10, 50)` inclut les bornes.
#
# </details>

# %%
def body_temperature(events: pd.DataFrame) -> pd.Series:
    """Rend la température de chaque ligne, en °C ; NaN si elle est impossible."""
    # début solution
    fahrenheit = (events["ITEMID"] == 223761) | (events["VALUENUM"] > 70)
    celsius = events["VALUENUM"].mask(fahrenheit, (events["VALUENUM"] - 32) / 1.8)
    return celsius.where(celsius.between(10, 50))
    # fin solution


body_temperature = verifier.body_temperature(body_temperature)
cleaned = body_temperature(temperatures)
print(f"moyenne {cleaned.mean():.2f} °C, {cleaned.isna().sum()} valeurs écartées sur {len(cleaned)}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
left.hist(temperatures["VALUENUM"], bins=np.arange(0, 121, 1), color="0.35")
left.set(xlabel="valeur saisie, sans unité", ylabel="nombre de mesures", title="Avant", yscale="log")
right.hist(cleaned, bins=np.arange(30, 45, 0.25), color="0.35")
right.set(xlabel="température (°C)", title="Après", xticks=range(30, 46, 5))
mark_synthetic(right, card(SOURCE));

# %% [markdown]
# **La figure en mots** : à gauche, deux bosses, l'une vers 37 et l'autre vers 98, et deux petites barres, à 0 et vers 10 (une
# virgule déplacée) ; les 9999 sont hors du cadre. À droite, une seule bosse autour de 37 °C, de 35 à 39. Les hauteurs sont en
# échelle logarithmique, sans quoi les petites barres ne se verraient pas.
#
# Les 82 °F mal rangés sont sauvés, 48 valeurs impossibles sont **manquantes**, et c'est tout ce que l'on en sait. Le thermomètre
# n'est pas la seule source d'erreurs de CHARTEVENTS :

# %%
repeated = charts.drop(columns="ROW_ID").duplicated()
print("lignes marquées fausses par le soignant :", (charts["ERROR"] == 1).sum())
print("lignes saisies deux fois                :", repeated.sum())
print("lignes sans séjour                      :", charts["ICUSTAY_ID"].isna().sum(), "sur", len(charts))

# %% [markdown]
# Trois défauts, trois remèdes : écarter ce que le soignant a marqué faux (`ERROR`), retirer les doubles, rattacher ce qui n'a pas
# de séjour par l'admission et l'heure, comme vous l'avez fait pour LABEVENTS. Chaque remède s'écrit dans l'étude, avec son compte.
#
# Et cela ne se fait pas une fois pour toutes. Chaque hôpital d'une fédération a ses numéros, ses unités, ses habitudes de saisie :
# ce lavage se refait **dans chaque centre**, avant le premier tour.
#
# ## 5. Ce que l'absence dit, et à qui l'on teste
#
# Beaucoup de patients n'ont aucun lactate le premier jour. La tentation est de remplir la case par la moyenne des autres.
#
# **Prédisez** : ces patients meurent-ils plus, moins, ou autant que les autres ?

# %%
highest = cohort["HADM_ID"].map(labs_24h[labs_24h["ITEMID"] == 50813].groupby("HADM_ID")["VALUENUM"].max())
bands = pd.cut(highest.astype(float), [0, 1, 2, 4, np.inf], labels=["≤ 1", "1 à 2", "2 à 4", "> 4"])
bands = bands.cat.add_categories("non dosé").fillna("non dosé")
print(f"lactate moyen des patients dosés : {highest.mean():.1f} mmol/l")
by_band = died.groupby(bands, observed=True).agg(["sum", "size"])
for band, (deaths, total) in by_band.iterrows():
    print(f"{band:>8} : {rate(deaths, total)}")

# %%
figure, ax = plt.subplots(figsize=(7, 3.5))
share = by_band["sum"] / by_band["size"]
bounds = [binomtest(int(d), int(n)).proportion_ci(method="wilson") for d, n in by_band.to_numpy()]
errors = [share - [b.low for b in bounds], [b.high for b in bounds] - share]
ax.errorbar(by_band.index.astype(str), 100 * share, yerr=100 * np.array(errors), fmt="o", color="black", capsize=4)
ax.axhline(100 * died.mean(), color="0.4", linestyle="--", label="toute la cohorte")
ax.set(xlabel="lactate le plus haut du premier jour (mmol/l)", ylabel="morts à l'hôpital (%)")
ax.set_title("Mortalité selon le lactate, intervalles à 95 %")
ax.set_ylim(bottom=0)
ax.legend()
mark_synthetic(ax, card(SOURCE));

# %% [markdown]
# **La figure en mots** : cinq points et leurs intervalles. La mortalité monte avec le lactate, d'environ 6 % à 38 %. Le dernier
# point, « non dosé », est à 5 %, bien sous la ligne de toute la cohorte.
#
# Moins ! On dose le lactate quand on s'inquiète : **ne pas doser est déjà un jugement médical**. Ici, c'est le générateur qui l'a
# voulu ; dans deux grands hôpitaux de Boston, [savoir qu'une analyse a été demandée](https://doi.org/10.1136/bmj.k1479), sans même
# lire son résultat, renseignait aussi sur la survie, et pour la plupart des analyses.
#
# Remplir la case par la moyenne, 2,4, rangerait ces 805 patients parmi les « 2 à 4 », qui meurent à 21,3 %, et non à 5,3 %. Notez
# aussi l'intervalle du premier point : avec 3 morts sur 49, on ne sait pas grand-chose.
#
# Rassemblons enfin le tableau que demandait le réanimateur.

# %%
NAMES = {50813: "lactate", 50912: "créatinine", 51006: "urée", 50882: "bicarbonates", 50983: "sodium"}
NAMES |= {51265: "plaquettes", 51222: "hémoglobine", 50885: "bilirubine"}


def first_day_table(stays):
    """Une ligne par séjour : moyenne de chaque analyse du premier jour (NaN si elle manque), et l'âge."""
    rows = first_day(labs[labs["ITEMID"].isin(NAMES)], stays)
    means = rows.groupby(["ICUSTAY_ID", "ITEMID"])["VALUENUM"].mean().unstack().rename(columns=NAMES)
    return means.reindex(stays["ICUSTAY_ID"]).astype(float).assign(age=stays["AGE"].to_numpy())


first_day_table(cohort).isna().mean().round(2)

# %% [markdown]
# Le lactate manque une fois sur deux, la bilirubine plus souvent encore ; le reste, presque jamais. `SimpleImputer` remplit chaque
# vide par la médiane ; avec `add_indicator=True`, il ajoute aussi une colonne qui dit « c'était vide ». Tout s'apprend sur
# l'entraînement seul : même la médiane du jeu de test serait une fuite.
#
# **Prédisez** : le modèle gagne-t-il à savoir ce qui manque ?

# %%
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def test_auroc(x, y, split, model):
    """Entraîne sur une part des lignes, rend l'AUROC sur l'autre."""
    train, test = split
    model.fit(x.iloc[train], y.iloc[train])
    return auroc(y.iloc[test], model.predict_proba(x.iloc[test])[:, -1])


# %%
x = first_day_table(cohort)
split = next(ShuffleSplit(1, test_size=0.3, random_state=0).split(x))  # un séjour par patient
print(f"{len(split[1])} patients de test, dont {died.iloc[split[1]].sum()} morts")
for indicator in (False, True):
    imputer = SimpleImputer(strategy="median", add_indicator=indicator)
    model = make_pipeline(imputer, StandardScaler(), LogisticRegression(max_iter=1000))
    print(f"avec les cases vides signalées : {indicator!s:5} AUROC {test_auroc(x, died, split, model)}")

# %% [markdown]
# De 0,70 à 0,75 : les cases vides semblent aider. Mais les intervalles se recouvrent largement, et un seul tirage ne tranche pas. Méfiance
# aussi : une case vide traduit une habitude de prescription. Elle change d'un hôpital à l'autre, et le modèle avec elle.
#
# ### Par patient, jamais par séjour
#
# Notre cohorte a une ligne par patient : la séparation se fait sans y penser. Reprenons maintenant **tous** les séjours, et une autre
# question : le patient est-il mort depuis, à l'hôpital ou ailleurs (`EXPIRE_FLAG`) ? La réponse est la même pour tous ses séjours.
#
# Avant tout score, il faut savoir combien de séjours de test ont un patient déjà vu à l'entraînement.

# %% [markdown]
# ### ✏️ Exercice 6 — déjà vu ?
#
# 🔴⚪⚪ · 5 min
#
# Rendez la part des **lignes** de test, de 0 à 1, dont le patient a aussi une ligne dans l'entraînement. Vous recevez deux séries
# de `SUBJECT_ID`, un numéro par ligne ; leurs index ne disent rien.
#
# **Résultat attendu** : avec les patients 7, 7 et 8 à l'entraînement, et 7, 7, 9 et 8 au test, la part est `0.75` : trois lignes
# sur quatre.
#
# <details><summary>Indice</summary>
#
# `serie.isin(autre)` dit, ligne par ligne, si la valeur se trouve dans l'autre série. La moyenne d'une suite de vrais et de faux est
# la part des vrais.
#
# </details>

# %%
def already_seen(train_patients: pd.Series, test_patients: pd.Series) -> float:
    """Rend la part des lignes de test dont le patient est aussi dans l'entraînement."""
    # début solution
    return test_patients.isin(train_patients).mean()
    # fin solution


already_seen = verifier.already_seen(already_seen)
already_seen(pd.Series([7, 7, 8]), pd.Series([7, 7, 9, 8]))

# %% [markdown]
# `GroupShuffleSplit` tire au sort en gardant du même côté toutes les lignes qui ont la même clé. Essayons trois clés.
#
# **Prédisez** : avec chacune, quelle part des séjours de test aura un patient déjà vu ?

# %%
every_age = admissions.assign(AGE=age_at_admission(patients, admissions))[["HADM_ID", "AGE"]]
stays = icustays.merge(every_age, on="HADM_ID").sort_values("ICUSTAY_ID", ignore_index=True)
ever_died = stays["SUBJECT_ID"].map(patients.set_index("SUBJECT_ID")["EXPIRE_FLAG"]).astype(int)
table = first_day_table(stays)

for name, key in {"par séjour": "ICUSTAY_ID", "par admission": "HADM_ID", "par patient": "SUBJECT_ID"}.items():
    splits = list(GroupShuffleSplit(5, test_size=0.3, random_state=0).split(table, groups=stays[key]))
    forest = make_pipeline(SimpleImputer(strategy="median"), RandomForestClassifier(50, random_state=0))
    scores = [test_auroc(table, ever_died, split, forest).value for split in splits]
    seen = [already_seen(*(stays["SUBJECT_ID"].iloc[rows] for rows in split)) for split in splits]
    print(f"{name:13} : {np.mean(seen):.0%} de patients déjà vus, AUROC moyenne "
          f"{np.mean(scores):.2f}, de {min(scores):.2f} à {max(scores):.2f}")  # fmt: skip

# %% [markdown]
# Par séjour, 35 % des séjours de test ont un patient déjà vu. Par admission, encore 27 % : celui qui revient à l'hôpital change
# d'admission, pas de corps. Seule la clé du patient ferme la fuite. Et l'AUROC passe de 0,66 à 0,72 : des cinq tirages, le plus bas
# par séjour, 0,71, dépasse le plus haut par patient, 0,68. La forêt n'a pas mieux compris la mort ; elle **reconnaît des personnes**, à
# leurs plaquettes, à leur créatinine, à leur âge, et se rappelle leur fin. (Le générateur donne à chacun ses niveaux habituels,
# qu'il garde d'un séjour à l'autre.) Devant un patient nouveau, il ne restera que 0,66.
#
# Reconnaître quelqu'un à ses analyses : pour le modèle c'est une faute, pour un curieux c'est une attaque. La
# [leçon 3](03_rgpd_hipaa_en_pratique.ipynb) la mène.

# %% [markdown]
# ## À retenir
#
# - Une jointure un-à-plusieurs répète les lignes : comptez des `HADM_ID` différents, et dites à pandas ce que vous croyez (`validate`).
# - Une cohorte est une suite de choix, dans un ordre : premier séjour, âge (90 au-dessus de 89 ans), 24 heures. Chacun s'écrit, avec ce qu'il écarte.
# - Un premier jour va d'`INTIME` à 24 heures non comprises. Codes et comptes rendus viennent de la fin : ils ne prédisent rien.
# - Convertir, puis borner, puis laisser manquant : jamais de moyenne à la place d'un 9999. Et l'absence d'une mesure en est une.
# - Tous les séjours d'un patient vont du même côté ; sinon le modèle est jugé sur des gens qu'il connaît. Cette part se compte avant tout score.

# %% [markdown]
# ## Quiz
#
# **1. Une admission mortelle a trois diagnostics. Vous joignez ADMISSIONS et DIAGNOSES_ICD par `HADM_ID`, puis additionnez
# `HOSPITAL_EXPIRE_FLAG`. Combien compte-t-elle ?**
#
# - a) 1
# - b) 3
# - c) 0
#
# <details><summary>Réponse</summary>
#
# - a) Non : la jointure écrit une ligne par diagnostic, et chacune porte le 1 de l'admission.
# - b) **Oui** : trois lignes, trois fois 1. Demandez plutôt si l'admission est parmi celles qui ont un diagnostic.
# - c) Non : la clé existe des deux côtés, rien ne disparaît.
#
# </details>
#
# **2. Vous prédisez à la 24e heure. Laquelle de ces variables est permise ?**
#
# - a) La durée du séjour (`LOS`), puisqu'elle est dans ICUSTAYS.
# - b) Le code « choc septique », puisque le choc a commencé à l'entrée.
# - c) Le potassium de la 3e heure, même s'il manque pour un patient sur dix.
#
# <details><summary>Réponse</summary>
#
# - a) Non : on ne connaît la durée qu'à la sortie. La table où une colonne est rangée ne dit pas quand on l'a sue.
# - b) Non : le choc a peut-être commencé à l'entrée, mais son code a été choisi à la fin du séjour.
# - c) **Oui** : il est connu à temps. Un vide se traite, et il informe.
#
# </details>
#
# **3. Un patient a trois séjours en réanimation. Où vont-ils ?**
#
# - a) Au hasard, comme toutes les lignes.
# - b) Les deux premiers dans l'entraînement, le dernier dans le test : le modèle prédit l'avenir.
# - c) Tous du même côté.
#
# <details><summary>Réponse</summary>
#
# - a) Non : le modèle serait jugé sur un patient qu'il a déjà vu.
# - b) Non : l'ordre du temps est respecté, mais le patient est connu. Pour juger sur l'avenir, coupez aussi les patients.
# - c) **Oui** : c'est ce que fait `GroupShuffleSplit`, groupé par `SUBJECT_ID`.
#
# </details>

# %% [markdown]
# ## Pour aller plus loin
#
# - Johnson et al. 2016, *MIMIC-III, a freely accessible critical care database*, [Scientific Data 3:160035](https://www.nature.com/articles/sdata201635).
# - [mimic-code](https://github.com/MIT-LCP/mimic-code) : les requêtes que partagent ceux qui étudient MIMIC, bornes et unités comprises. Le cours en tire les siennes, dans `common/data/ehr/quality.py`.
# - Une table trop grosse pour la mémoire ? `scan_table`, dans `common/data/ehr/reader.py`, la lit par morceaux.
# - Les patients de cette leçon viennent de `common/data/ehr/generator.py` : lisez-y ce qui sort de publications, et ce qui est un jugement.

# %% [markdown]
# ## Leçon suivante
#
# [2. L'imagerie DICOM](02_imagerie_dicom.ipynb) : lire un scanner, et ce que ses métadonnées racontent du patient.
