# %% [markdown]
# # Confidentialité différentielle : du dénombrement au budget
#
# **Durée** : 90 min · **Prérequis** : leçon 3 de la semaine, NumPy, la notion de probabilité · **Matériel** : un ordinateur portable, sans GPU ni réseau
#
# ## Objectifs
#
# - Lire le secret d'un patient dans deux comptes exacts, et estimer une part quand chacun a le droit de mentir.
# - Écrire le mécanisme de Laplace, et traduire ε en un pari.
# - Borner ce qu'une personne apporte à une somme, et en tirer la sensibilité.
# - Tenir le budget d'une série de questions.
# - Attaquer un mécanisme pour l'auditer, et démasquer celui qui oublie le bruit, ou l'écrêtage.

# %% tags=["mise-en-route"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from common import figures, privacy
from common.data import ehr
from common.privacy import accounting, audit, register
from common.verifier import semaine_2 as verifier

# %% [markdown]
# ## 1. Deux comptes, une personne
#
# Un hôpital ouvre un tableau de bord. On n'y voit aucun patient : il ne répond que par des **comptes**, et se tait quand un
# compte est sous dix. Que peut-il arriver ? Les patients de cette leçon sont **synthétiques**, comme à la leçon 3.

# %%
patients = register.hospital_patients(register.population(50_000), 2_000)
patients.head(3)

# %%
def dashboard(matches):
    """Rend un compte exact, ou None s'il est trop petit pour être montré."""
    count = privacy.count_query(matches)
    return count if count >= 10 else None


hiv = patients["diagnosis"] == "VIH"
known = list(register.QUASI_IDENTIFIERS)  # ce que vous savez de votre voisin
neighbour = patients.loc[hiv, known].iloc[0]
is_neighbour = (patients[known] == neighbour).all(axis=1)
print("patients vivant avec le VIH :", dashboard(hiv))
print(neighbour["birth_date"].date(), neighbour["sex"], neighbour["postal_code"], ":", dashboard(hiv & is_neighbour))

# %% [markdown]
# Ce patient est votre voisin : vous savez sa date de naissance, son sexe, son code postal, et qu'il a été hospitalisé.
# Demander tout droit s'il vit avec le VIH ne donne rien, car le compte serait trop petit.
#
# **Prédisez** : quelles deux questions, qui ont chacune une grande réponse, vous diront son diagnostic ?

# %%
everyone, everyone_else = dashboard(hiv), dashboard(hiv & ~is_neighbour)
alone = ~patients.duplicated(known, keep=False)
print(f"tous : {everyone} ; tous sauf lui : {everyone_else} ; différence : {everyone - everyone_else}")
print(f"patients que l'on peut viser ainsi : {alone.sum()} sur {len(patients)}")

# %% [markdown]
# 62 moins 61 : il vit avec le VIH. C'est une **attaque par différence**. Elle vise aussi bien 1998 patients sur 2000, tous ceux
# qui sont seuls à avoir leur date, leur sexe et leur code postal. Taire les petits comptes ne protège pas : le secret
# est dans l'écart entre deux grands. Et refuser la seconde question ? Il faudrait deviner tout ce que le curieux sait déjà,
# et tout ce qu'il demandera demain.
#
# Une autre idée date de 1965 (Warner). Pour une question gênante, chacun tire au sort s'il dit vrai ou s'il ment, sans le dire. Il
# peut toujours nier. C'est la **réponse aléatoire** (ou *randomisée*) : on dit vrai avec la probabilité $p = e^\varepsilon / (1 + e^\varepsilon)$,
# où $\varepsilon$ (epsilon) règle la franchise. À $\varepsilon = 0$, pile ou face.
#
# **Prédisez** : 3 % des patients vivent avec le VIH, et chacun dit vrai 73 fois sur 100 ($\varepsilon = 1$). Quelle part dira
# « oui » ?

# %%
rng = np.random.default_rng(4)
truth = np.exp(1) / (1 + np.exp(1))
answers = privacy.randomised_response(hiv.to_numpy(), 1.0, rng)
print(f"dire vrai : {truth:.2f} ; vraie part : {hiv.mean():.3f} ; part de « oui » : {answers.mean():.3f}")

# %% [markdown]
# 29 % de « oui » pour 3,1 % de patients concernés : presque tous viennent d'autres patients, qui ont menti. Un « oui » ne prouve
# donc rien contre une personne. Mais nous savons *combien* mentent, et cela se corrige.
#
# ### ✏️ Exercice 1 — retrouver la part
#
# 🔴🔴⚪ · 10 min
#
# Si la vraie part est $\pi$, la part de « oui » vaut en moyenne $\pi \, p + (1 - \pi)(1 - p)$. Retournez cette formule pour estimer
# $\pi$. Ne rognez pas le résultat : il peut sortir un peu de 0 à 1, et c'est à ce prix qu'il est juste en moyenne.
#
# **Résultat attendu** : trois « oui » sur quatre, avec $\varepsilon = \ln 3$ (donc $p = 3/4$), donnent `1.0`.
#
# <details><summary>Indice</summary>
#
# La part de « oui » moins $1 - p$, le tout divisé par $2p - 1$. `np.exp(epsilon)` donne $e^\varepsilon$.
#
# </details>

# %%
def debiased_proportion(responses: np.ndarray, epsilon: float) -> float:
    """Estime la vraie part de « oui » ; responses : booléens (n,), rendus par une réponse aléatoire."""
    # début solution
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    return (np.mean(responses) - (1 - truth)) / (2 * truth - 1)
    # fin solution


debiased_proportion = verifier.debiased_proportion(debiased_proportion)
print(round(float(debiased_proportion(np.array([True, True, True, False]), np.log(3))), 6))

# %% [markdown]
# **Prédisez** : sur 2000 patients, l'estimation sera-t-elle utile à $\varepsilon = 1$ ? Et à $\varepsilon = 0{,}1$ ?

# %%
for epsilon in (0.1, 1, 3):
    draws = [debiased_proportion(privacy.randomised_response(hiv, epsilon, rng), epsilon) for _ in range(2000)]
    mean, error = np.mean(draws), np.std(draws)
    print(f"ε = {epsilon:<3} : moyenne {mean:.3f}, écart-type {error:.3f}, soit {2000 * error:.0f} patients")

# %% [markdown]
# En moyenne, l'estimation tombe juste. Mais à $\varepsilon = 1$, elle se trompe couramment de 43 patients, pour 62 à
# compter ; à $\varepsilon = 0{,}1$, de 443, et elle ne dit plus rien. C'est cher. En échange, personne n'a eu à faire **confiance** à l'hôpital : chacun s'est protégé lui-même. On parle de
# confidentialité **locale**. Et si l'hôpital, qui a déjà les dossiers, ajoutait le bruit à la place de ses patients ?

# %% [markdown]
# ## 2. Epsilon est un pari
#
# Deux jeux de données sont **voisins** s'ils diffèrent d'une personne, présente dans l'un, absente de l'autre. Un mécanisme
# $M$, c'est-à-dire une réponse avec sa part de hasard, offre la **confidentialité différentielle** $\varepsilon$ si, pour
# *tous* les voisins $D$ et $D'$ et *tout* ensemble $S$ de réponses :
#
# $$P[M(D) \in S] \le e^\varepsilon \, P[M(D') \in S]$$
#
# Quoi que l'on voie, on aurait pu le voir presque aussi souvent sans vous. La réponse aléatoire en était un cas (ses voisins à
# elle ne diffèrent que d'une réponse, changée en son contraire).
#
# Pour un compte, ajoutons un bruit de **Laplace**. Il a une **échelle** : la **sensibilité**, le plus grand changement qu'une
# personne puisse causer, divisée par $\varepsilon$. (Rien à voir avec la sensibilité d'un test diagnostique !) Une personne change un compte d'au plus 1 : la sensibilité est 1.
#
# ### ✏️ Exercice 2 — le mécanisme de Laplace
#
# 🔴⚪⚪ · 10 min
#
# Ajoutez à `value` un bruit de Laplace d'échelle `sensitivity / epsilon`, tiré avec `rng`. `value` est un nombre, ou un tableau :
# dans ce cas, chaque réponse reçoit son propre bruit.
#
# **Résultat attendu** : une réponse de la forme de `value`. L'écart-type du bruit est $\sqrt 2$ fois son échelle, soit environ
# `5.66` pour une sensibilité de 2 et $\varepsilon = 0{,}5$.
#
# <details><summary>Indice</summary>
#
# `rng.laplace(0, échelle, forme)` tire le bruit. `np.shape(value)` donne la forme d'un tableau, et `()` pour un nombre.
#
# </details>

# %%
def laplace_mechanism(
    value: float | np.ndarray, sensitivity: float, epsilon: float, rng: np.random.Generator
) -> float | np.ndarray:
    """Rend `value` et son bruit de Laplace, un tirage par réponse."""
    # début solution
    return value + rng.laplace(0, sensitivity / epsilon, np.shape(value))
    # fin solution


laplace_mechanism = verifier.laplace_mechanism(laplace_mechanism)
print(round(np.std(laplace_mechanism(np.zeros(200_000), 2.0, 0.5, np.random.default_rng(0))), 2))

# %% [markdown]
# Rejouons cinq fois les deux questions de l'attaque, pour voir le hasard à l'œuvre.
#
# **Prédisez** : à $\varepsilon = 1$, de combien le tableau de bord se trompera-t-il ? Et l'attaque par différence ?

# %%
rng = np.random.default_rng(5)
with_him, without_him = (laplace_mechanism(np.full(5, count), 1, 1.0, rng) for count in (everyone, everyone_else))
print("tous         :", with_him.round(1))
print("tous sauf lui:", without_him.round(1))
print("différences  :", (with_him - without_him).round(1), f"; écart-type du bruit {np.sqrt(2):.1f}")

# %% [markdown]
# Chaque réponse se trompe d'un patient ou deux (écart-type 1,4), contre 43 pour la réponse aléatoire : faire confiance à
# l'hôpital coûte bien moins cher que se protéger seul. Les différences, elles, vont de −7,6 à 3,4 quand la vraie vaut 1 :
# votre voisin peut nier. (Mais chaque question posée lui coûte un peu ; la section 4 en fait le compte.)
#
# Que promet $\varepsilon = 1$, exactement ? Imaginez un curieux qui **parie**. Avant de voir la réponse, il met une **cote**
# sur « il vit avec le VIH » : la probabilité du oui divisée par celle du non. La réponse, quelle qu'elle soit, multiplie cette
# cote par $e^\varepsilon$ au plus. C'est la règle de Bayes, et cela vaut même contre un curieux qui a déjà lu tous les autres
# dossiers. (Un curieux moins savant peut apprendre davantage, mais alors des *autres* : si deux frères se ressemblent, le
# dossier de l'un parle de l'autre.)
#
# **Prédisez** : un curieux qui hésite à 50 % voit une réponse à $\varepsilon = 1$. À combien peut-il monter, au pire ? Et à
# $\varepsilon = 10$ ?

# %%
def posterior(prior, epsilon):
    """La plus grande probabilité à laquelle une réponse puisse mener."""
    odds = np.exp(epsilon) * prior / (1 - prior)
    return odds / (1 + odds)


for epsilon in (0.1, 1, 3, 10):
    even, rare = 100 * posterior(0.5, epsilon), 100 * posterior(0.031, epsilon)
    print(f"ε = {epsilon:<4}: de 50 % à {even:.1f} % ; de 3,1 % à {rare:.1f} %")

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
grid = np.linspace(55, 68, 600)
for count, style in ((61, "--"), (62, "-")):
    left.plot(grid, np.exp(-np.abs(grid - count)) / 2, f"k{style}", label=f"vrai compte : {count}")
left.set(xlabel="réponse publiée (patients)", ylabel="densité", title="Deux voisins, ε = 1")
epsilons = np.linspace(0, 10, 200)
for prior, style in ((0.5, "-"), (0.031, "--"), (0.001, ":")):
    right.plot(epsilons, 100 * posterior(prior, epsilons), f"k{style}", label=f"{100 * prior:g} %".replace(".", ","))
right.set(xlabel="ε", ylabel="après la réponse, au plus (%)", title="Ce que devient une conviction")
left.legend()
right.legend(title="avant la réponse")
figure.tight_layout()

# %% [markdown]
# **La figure en mots** : à gauche, deux pics pointus, l'un sur 61 et l'autre sur 62. Ils se recouvrent : partout, le rapport de
# leurs hauteurs reste entre $1/e$ et $e$. À droite, trois courbes montent avec ε. À ε = 1, les deux du bas ont à peine bougé ; à
# ε = 10, celles qui partaient de 50 % et de 3,1 % touchent presque 100 %.
#
# À $\varepsilon = 1$, le curieux passe au pire de 50 à 73,1 %, ou de 3,1 à 8,0 %. À $\varepsilon = 10$, il peut frôler 100 %,
# et finir à 99,9 % même pour un patient qu'il croyait séronégatif : « confidentialité différentielle » sans son ε ne veut rien
# dire. Et voici ce que même un petit ε ne promet pas :
#
# - **Que l'on n'apprenne rien.** Si l'étude montre que fumer tue, votre assureur en conclut sur vous, que vous y soyez ou non.
# - **Qu'une famille soit cachée.** Pour trois proches à la fois, c'est $3\varepsilon$.
# - **Qu'une publication soit anonyme au sens du RGPD.** Le [considérant 26](https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX:32016R0679)
#   demande de peser les moyens « raisonnablement susceptibles d'être utilisés » pour identifier quelqu'un ; ε
#   est une pièce du dossier, pas le verdict. (Cette leçon n'est pas un conseil juridique.)
#
# Une bonne nouvelle, enfin : arrondir une réponse, ou ramener à zéro un compte négatif, ne coûte rien. Aucun calcul fait *après*
# le bruit, sans retour aux dossiers, ne le défait.

# %% [markdown]
# ## 3. Borner, puis bruiter
#
# L'hôpital veut publier le total des journées de réanimation. Prenons les séjours synthétiques de la leçon 1.

# %%
SOURCE = "embedded"  # "real" si vous avez une copie de MIMIC-III ou de sa démo (leçon 1)
stays = ehr.load_tables(SOURCE, ["ICUSTAYS"])["ICUSTAYS"].dropna(subset="LOS")
per_patient = stays.groupby("SUBJECT_ID")["LOS"].agg(["sum", "size"])
print(f"{len(stays)} séjours, {len(per_patient)} patients, {stays['LOS'].sum():.0f} journées")
print(f"le plus de séjours : {per_patient['size'].max()} ; le plus de journées : {per_patient['sum'].max():.1f}")

# %% [markdown]
# **Prédisez** : un patient de plus arrive. De combien le total peut-il changer, au plus ? Et le nombre de séjours ?

# %% [markdown]
# Personne ne peut le dire : le prochain peut rester un an, et revenir sept fois. La sensibilité est **infinie**, et aucun
# bruit ne suffit. Prendre pour borne le plus long séjour observé ne va pas non plus : ce maximum est celui de quelqu'un, et votre
# bruit le crierait. Il faut **borner** : on choisit deux limites sans regarder les données, et l'on y ramène la part de
# chaque personne. C'est l'**écrêtage**. Attention au piège : une *personne*, pas une *ligne*. Ici, un patient a plusieurs séjours.
#
# ### ✏️ Exercice 3 — une somme dont on connaît la sensibilité
#
# 🔴🔴🔴 · 15 min
#
# `values[i]` appartient à la personne `person[i]`. Additionnez les lignes de chaque personne, ramenez chaque total entre `low`
# et `high`, puis additionnez. Rendez la somme et sa sensibilité, quand une personne s'ajoute ou s'en va (`low` peut être
# négatif).
#
# **Résultat attendu** : pour les valeurs `[4, 9, 2, -7]` des personnes `a, b, a, c`, entre −1 et 5, le couple `(9, 5)`.
#
# <details><summary>Indice</summary>
#
# `values.groupby(person).sum()` donne un total par personne, et `.clip(low, high)` le ramène dans les bornes. La sensibilité ne
# dépend que de `low` et de `high` : c'est la plus grande des deux, en valeur absolue.
#
# </details>

# %%
def bounded_person_sum(values: pd.Series, person: pd.Series, low: float, high: float) -> tuple[float, float]:
    """Rend (somme des contributions bornées, sensibilité)."""
    # début solution
    totals = values.groupby(person).sum()
    return totals.clip(low, high).sum(), max(abs(low), abs(high))
    # fin solution


bounded_person_sum = verifier.bounded_person_sum(bounded_person_sum)
print(*bounded_person_sum(pd.Series([4.0, 9.0, 2.0, -7.0]), pd.Series(["a", "b", "a", "c"]), -1, 5))

# %% [markdown]
# Où mettre la borne haute ? Basse, elle rabote les longs séjours : le total est **biaisé**. Haute, elle demande beaucoup
# de **bruit**. L'erreur est faite des deux (la racine de la somme de leurs carrés).
#
# **Prédisez** : parmi 1, 5, 20, 60 et 365 jours, laquelle donnera la plus petite erreur à $\varepsilon = 1$ ?

# %%
rows = []
for high in (1, 2, 5, 10, 20, 30, 60, 120, 365):
    total, sensitivity = bounded_person_sum(stays["LOS"], stays["SUBJECT_ID"], 0, high)
    bias, noise = stays["LOS"].sum() - total, np.sqrt(2) * sensitivity / 1.0
    rows.append({"borne": high, "biais": bias, "bruit": noise, "erreur": np.hypot(bias, noise)})
errors = pd.DataFrame(rows).set_index("borne")
print(errors.round().astype(int).T)

figure, ax = plt.subplots(figsize=(7, 4))
ax.plot(errors.index, errors["erreur"], color="0.75", linewidth=7, label="erreur")
for column, style in (("biais", "k--s"), ("bruit", "k:^")):
    ax.plot(errors.index, errors[column].replace(0, np.nan), style, label=column)
ax.set(xscale="log", yscale="log", xlabel="borne haute (jours par patient)", ylabel="journées", ylim=(1, 5000))
ax.set_title("Borner plus bas : moins de bruit, plus de biais (ε = 1)")
ax.legend()
figures.mark_synthetic(ax, ehr.card(SOURCE));

# %% [markdown]
# **La figure en mots** : quand la borne monte, le biais plonge et le bruit monte tout droit. L'erreur, un trait large et gris, suit
# d'abord le biais, puis le bruit ; entre les deux, un creux.
#
# Le creux va de 30 à 60 jours : 85 journées d'erreur pour 4681 ; de vos cinq candidates, 60 gagne. À 1 jour, on en perd 3740 ; à 365, le bruit seul vaut 516. Mais ne
# choisissez pas votre borne sur cette courbe ! Elle est calculée sur les dossiers, et les trahirait. Choisissez-la sur ce
# que tout le monde sait (les durées publiées ailleurs), ou payez-la de votre budget.
#
# Le bruit de Laplace n'est pas seul. Pour beaucoup de réponses à la fois, ou pour un gradient, on préfère un bruit
# **gaussien**. Il a un prix : il n'offre que $(\varepsilon, \delta)$. La promesse devient
# $P[M(D) \in S] \le e^\varepsilon \, P[M(D') \in S] + \delta$, où $\delta$ (delta) est une petite probabilité pour laquelle
# rien n'est promis. Publier le dossier entier d'un patient tiré au sort tient avec $\delta = 1/n$ : il faut donc
# $\delta$ bien plus petit.
#
# Combien de bruit ? La formule classique est $\sigma = \Delta \sqrt{2 \ln(1{,}25/\delta)} / \varepsilon$, où $\Delta$ est la
# sensibilité. L'exacte (Balle et Wang, 2018) n'a pas de forme simple, mais un ordinateur la résout.
#
# **Prédisez** : la formule classique en met-elle toujours trop ?

# %%
delta = 1e-5
for epsilon in (0.1, 0.5, 0.9, 3, 10):
    classic = np.sqrt(2 * np.log(1.25 / delta)) / epsilon
    exact, real = privacy.analytic_gaussian_sigma(epsilon, delta), privacy.gaussian_delta(classic, epsilon)
    print(f"ε = {epsilon:<3} : classique {classic:6.2f}, exact {exact:6.2f} ; δ réel de la classique {real:.0e}")

# %% [markdown]
# À $\varepsilon = 0{,}5$, elle met 9,69 quand 7,03 suffisent : plus d'un tiers de bruit en trop. Mais elle n'est prouvée que pour
# $\varepsilon < 1$. À $\varepsilon = 10$, elle en met trop **peu** : son δ réel est `2e-05`, le double de ce qu'elle annonce.
# Une formule recopiée hors de son domaine fait une confidentialité de papier. `privacy.classic_gaussian_sigma` refuse donc
# $\varepsilon \ge 1$.

# %% [markdown]
# ## 4. Un budget, comme de l'argent
#
# Une réponse à $\varepsilon = 0{,}1$ a un bruit d'écart-type 14 : elle cache bien votre voisin. Le curieux la redemande donc,
# encore et encore.
#
# **Prédisez** : après mille réponses, que vaut leur moyenne ?

# %%
rng = np.random.default_rng(6)
asked = laplace_mechanism(np.full(1000, everyone), 1, 0.1, rng)
for k in (1, 10, 100, 1000):
    print(f"moyenne de {k:4} réponses : {asked[:k].mean():6.1f} (écart-type du bruit {np.sqrt(2 / k) / 0.1:.1f})")

# %% [markdown]
# Le bruit s'efface comme $1/\sqrt k$ : après mille réponses, son écart-type n'est plus que de 0,4, et le vrai compte, 62, se
# lit. Chaque réponse tenait sa promesse. Toutes ensemble, non. La confidentialité **se dépense**, et il faut en tenir le compte :
#
# - **Composition simple** : $k$ réponses à $\varepsilon$ coûtent $k\varepsilon$.
# - **Composition avancée** : si l'on admet un petit $\delta'$, elles coûtent
#   $\varepsilon\sqrt{2k\ln(1/\delta')} + k\varepsilon(e^\varepsilon - 1)$.
#
# Les deux sont des théorèmes ; vous avez droit à la plus petite.
#
# ### ✏️ Exercice 4 — le total de k questions
#
# 🔴🔴⚪ · 10 min
#
# Rendez le plus petit ε total que ces deux théorèmes garantissent à `k` réponses, chacune à `epsilon`. `delta_slack` est le
# $\delta'$ de la formule.
#
# **Résultat attendu** : `total_epsilon(0.1, 5, 1e-6)` vaut `0.5` ; `total_epsilon(0.1, 1000, 1e-6)`, environ `27.1` et non `100`.
#
# <details><summary>Indice</summary>
#
# $\ln(1/\delta')$ s'écrit `np.log(1 / delta_slack)`, et $e^\varepsilon$, `np.exp(epsilon)`. Finissez par `min`.
#
# </details>

# %%
def total_epsilon(epsilon: float, k: int, delta_slack: float) -> float:
    """Rend le plus petit ε total prouvé pour k réponses à epsilon, si l'on admet un δ de delta_slack."""
    # début solution
    basic = k * epsilon
    advanced = epsilon * np.sqrt(2 * k * np.log(1 / delta_slack)) + k * epsilon * (np.exp(epsilon) - 1)
    return min(basic, advanced)
    # fin solution


total_epsilon = verifier.total_epsilon(total_epsilon)
print([round(float(total_epsilon(0.1, k, 1e-6)), 3) for k in (5, 1000)])

# %% [markdown]
# Et un bruit gaussien ? $k$ réponses de bruit $\sigma$ disent, au pire, exactement ce que dit une seule réponse de bruit
# $\sigma / \sqrt k$ : leur compte est exact. Donnons-lui le même écart-type qu'au bruit de Laplace.
#
# **Prédisez** : pour cent questions, lequel est le moins cher ? Et pour une seule ?

# %%
sigma = np.sqrt(2) / 0.1
counts = np.unique(np.geomspace(1, 1000, 31).round().astype(int))
budget = pd.DataFrame(index=pd.Index(counts, name="questions"))
budget["Laplace, simple"] = counts * 0.1
budget["Laplace, au mieux"] = [total_epsilon(0.1, k, 1e-6) for k in counts]
budget["gaussien, exact"] = [privacy.gaussian_epsilon(sigma / np.sqrt(k), 1e-6) for k in counts]
print(budget.loc[[1, 10, 100, 1000]].round(2))

figure, ax = plt.subplots(figsize=(7, 4))
for (name, column), style in zip(budget.items(), ("k:", "k--", "k-"), strict=True):
    ax.plot(column, style, label=name)
ax.set(xscale="log", yscale="log", xlabel="nombre de questions", ylabel="ε total")
ax.set_title("Le prix de k questions, à écart-type de bruit égal (δ = 1e-6)")
ax.legend();

# %% [markdown]
# **La figure en mots** : trois dépenses montent avec le nombre de questions. Les deux premières sont confondues, puis la
# composition avancée passe dessous, vers trente-cinq questions. La ligne du bruit gaussien part au-dessus, et passe sous les
# deux autres vers dix questions.
#
# Pour une question, Laplace gagne : 0,10 contre 0,27. Pour cent, l'ordre s'inverse : 6,31 contre 3,31. Pour mille, le **même**
# bruit de Laplace coûte 100 ou 27,1, selon qu'on le compte mal ou bien ; le gaussien, 12,6. Voilà à quoi sert un bon comptable.
#
# Il reste une économie : ne répondre que sur un **échantillon** tiré au sort, que le curieux ne connaît pas. Votre voisin n'y est
# sans doute pas. C'est ce que fera un pas d'apprentissage avec ses lots, à condition que chaque patient y entre, ou non, par son
# propre tirage.
#
# Prenons un bruit gaussien d'écart-type 1,5 fois la sensibilité, et 2250 pas.
#
# **Prédisez** : si un patient sur vingt-cinq sert à chaque pas, ε est-il divisé par vingt-cinq ?

# %%
noise, steps, rate, delta = 1.5, 2250, 0.04, 1e-5
delta_step = delta / (steps * rate)
one_step = privacy.gaussian_epsilon(noise, delta_step)
sampled = accounting.subsampled(one_step, delta_step, rate)
print(f"un pas de bruit {noise} : ε = {one_step:.2f} ; sur un échantillon de 4 % : {sampled[0]:.3f}")
print(f"{steps} pas, composition simple : ε = {accounting.compose_basic([sampled] * steps)[0]:.0f}")
print(f"{steps} pas, comptable d'Opacus : ε = {accounting.epsilon(noise, rate, steps, delta):.2f}")

# %% [markdown]
# Pas tout à fait : tirer 4 % des patients au sort ramène un pas de 3,40 à 0,767. (Plus ε est petit, plus on approche du
# vingt-cinquième.) Les 2250 pas coûtent 1726 si l'on additionne, et 7,33 avec un
# comptable moderne. Les deux sont prouvés ; seul le second veut dire quelque chose. Vous l'emploierez à la leçon 5. Le piège
# d'une fédération est l'inverse : annoncer l'ε d'**un tour**, et oublier que les tours s'ajoutent.

# %% [markdown]
# ## 5. Auditer : ne croyez pas, attaquez
#
# Un article annonce $\varepsilon = 1$. Comment le mettre à l'épreuve sans relire tout son code ? En jouant au curieux. On fait tourner le
# mécanisme des milliers de fois sur un jeu, et autant sur son voisin ; on devine lequel l'a produit ; on compte :
#
# - **TPR**, le taux de vrais positifs : la part des réponses du voisin que l'on reconnaît (la sensibilité du médecin, cette fois) ;
# - **FPR**, le taux de faux positifs : la part des autres que l'on prend, à tort, pour les siennes (un moins la spécificité).
#
# Si ε tient, TPR ≤ $e^\varepsilon$ FPR. Donc ε vaut **au moins** $\ln(\text{TPR}/\text{FPR})$.

# %%
rng, n = np.random.default_rng(7), 10_000
without, with_one = (laplace_mechanism(np.full(n, float(count)), 1, 1.0, rng) for count in (61, 62))
true_positives, false_positives = (int(np.sum(outputs >= 62)) for outputs in (with_one, without))
print(f"voisin reconnu {true_positives} fois sur {n}, à tort {false_positives} fois")
print(f"ln(TPR / FPR) = {np.log(true_positives / false_positives):.3f}")

# %% [markdown]
# Le logarithme vaut 0,981 : autant dire 1. Mais ces taux sont comptés sur dix mille essais, et la chance y a sa part : un
# mécanisme juste, bien attaqué, passerait à peu près une fois sur deux pour un tricheur. Pour **accuser**, il faut un
# intervalle : la TPR au plus bas de ce que les essais permettent, la FPR au plus haut.
#
# **Prédisez** : une attaque qui réussit mille fois sur mille, sans une erreur, prouve-t-elle que ε est infini ?
#
# ### ✏️ Exercice 5 — une borne inférieure sur ε
#
# 🔴🔴🔴 · 15 min
#
# `audit.clopper_pearson(k, n, 0.975)` rend deux bornes, la basse et la haute, pour un taux de `k` succès sur `n`. Rendez le
# plus grand de $\ln(\text{TPR}/\text{FPR})$ et de $\ln((1-\text{FPR})/(1-\text{TPR}))$, la TPR au plus bas, la FPR au plus
# haut ; et jamais moins que 0.
#
# **Résultat attendu** : environ `0.52` pour `(500, 250, 1000)`, et `0` pour `(250, 500, 1000)`.
#
# <details><summary>Indice</summary>
#
# `tpr_low, _ = audit.clopper_pearson(true_positives, n, 0.975)`. Deux bornes à `0.975` tiennent ensemble à `0.95`. Le second
# rapport est celui de l'attaquant qui répond « pas le voisin ».
#
# </details>

# %%
def epsilon_lower_bound(true_positives: int, false_positives: int, n: int) -> float:
    """Rend la borne inférieure sur ε, à 95 % de confiance, d'une attaque de n essais sur chaque jeu."""
    # début solution
    tpr_low, _ = audit.clopper_pearson(true_positives, n, 0.975)
    _, fpr_high = audit.clopper_pearson(false_positives, n, 0.975)
    ratio = max(tpr_low / fpr_high, (1 - fpr_high) / (1 - tpr_low))
    return max(0.0, np.log(ratio))
    # fin solution


epsilon_lower_bound = verifier.epsilon_lower_bound(epsilon_lower_bound)
print([round(float(epsilon_lower_bound(*counts, 1000)), 2) for counts in ((500, 250), (250, 500), (1000, 0))])

# %% [markdown]
# Non : mille réussites sur mille ne prouvent que 5,6. Un audit n'atteint jamais l'infini ; plus il a d'essais, plus il peut
# accuser.
#
# Auditons maintenant quatre façons de publier les journées de réanimation. Toutes annoncent $\varepsilon = 1$ et une borne de
# 30 jours. Le voisin est choisi **au pire** : un patient de plus, resté un an.

# %%
days = per_patient["sum"].to_numpy()
HIGH = 30


def honest(days, rng):
    return laplace_mechanism(np.clip(days, 0, HIGH).sum(), HIGH, 1.0, rng)


def without_noise(days, rng):
    return np.clip(days, 0, HIGH).sum()


def without_clipping(days, rng):
    return laplace_mechanism(days.sum(), HIGH, 1.0, rng)


def noise_of_a_count(days, rng):
    return laplace_mechanism(np.clip(days, 0, HIGH).sum(), 1, 1.0, rng)

# %% [markdown]
# L'attaque regarde une moitié des sorties pour choisir son seuil, et compte sur l'autre : choisir et mesurer sur les mêmes
# sorties fausserait la confiance.
#
# **Prédisez** : lesquelles seront démasquées ?

# %%
def attack(mechanism, dataset, neighbour, n=10_000, seed=8):
    """Rend la borne inférieure sur ε que trouve une attaque par seuil."""
    rng = np.random.default_rng(seed)
    without, with_one = (np.array([mechanism(d, rng) for _ in range(n)]) for d in (dataset, neighbour))
    threshold = np.median(with_one[: n // 2])
    counts = (int(np.sum(outputs[n // 2 :] >= threshold)) for outputs in (with_one, without))
    return float(epsilon_lower_bound(*counts, n // 2))


mechanisms = {"borné, bruité": honest, "sans bruit": without_noise, "sans écrêtage": without_clipping,
              "bruit d'un compte": noise_of_a_count}  # fmt: skip
worst, ordinary = np.append(days, 365.0), np.append(days, 2.0)
bounds = {name: attack(mechanism, days, worst) for name, mechanism in mechanisms.items()}
for name, bound in bounds.items():
    print(f"{name:18} annonce ε = 1 ; audit (à 95 %) : ε ≥ {bound:.2f}")

figure, ax = plt.subplots(figsize=(7, 3))
ax.barh(list(bounds), list(bounds.values()), color="0.7", edgecolor="black")
ax.axvline(1, color="black", linestyle="--", label="ε annoncé")
ax.invert_yaxis()
ax.set(xlabel="borne inférieure sur ε (95 %)", title="Ce que prouve l'audit")
ax.legend()
figures.mark_synthetic(ax, ehr.card(SOURCE));

# %% [markdown]
# **La figure en mots** : quatre barres et un trait vertical à ε = 1. La première barre s'arrête juste avant le trait ; les
# trois autres le dépassent de loin.
#
# Le mécanisme juste reste sous 1, à 0,88. Les trois autres sont pris : 6,45 et 7,21, c'est à peu près tout ce que ces essais
# peuvent prouver, et non leur vrai ε, qui est bien plus grand, voire infini. Regardez le troisième : il **a** du bruit,
# autant que le premier. Mais sans écrêtage, un patient d'un an déplace le total de 365, et un bruit d'échelle 30 ne le cache
# pas. Plus de bruit n'y changerait rien : il y aura toujours un patient plus long. **Du bruit sans écrêtage n'est pas de la
# confidentialité différentielle**, quel que soit le bruit : aucun ε n'est vrai. Gardez-le en tête devant tout projet fédéré qui
# « ajoute du bruit aux gradients ».
#
# **Prédisez** : et si l'auditeur avait choisi un voisin ordinaire, un patient de deux jours ?

# %%
for name in ("borné, bruité", "sans écrêtage"):
    print(f"{name:18} voisin ordinaire ; audit : ε ≥ {attack(mechanisms[name], days, ordinary):.2f}")

# %% [markdown]
# Rien, 0,00 pour les deux : le tricheur passe pour aussi sûr que l'autre. Une borne **au-dessus** de l'ε annoncé prouve une
# faute (sauf malchance, une fois sur vingt au plus). Une borne **au-dessous** ne prouve rien. La preuve, elle, se fait sur le papier :
# une sensibilité, un bruit, un compte.
#
# Le cours a audité de même un pas de DP-SGD, l'apprentissage de la leçon 5, écrit à la main et par la bibliothèque Opacus (`bancs/audit_dp.py`), avec de meilleures attaques.

# %%
report = pd.read_json(racine / "bancs" / "resultats" / "audit_dp.json", typ="series")
bench = pd.DataFrame(report["rows"])[["mechanism", "epsilon_claimed", "median_bound", "alarms", "num_audits"]]
right, broken = (bench[[row["right"] == kind for row in report["rows"]]] for kind in (True, False))
for name, rows in (("justes", right), ("cassés", broken)):
    print(f"mécanismes {name} : {rows['alarms'].sum()} alerte(s) en {rows['num_audits'].sum()} audits")
bench.columns = ["mécanisme", "ε annoncé", "borne médiane", "alertes", "audits"]
bench.round(2)

# %% [markdown]
# Sur les quatre mécanismes justes, une alerte en 120 audits : à ce niveau de confiance, une sur vingt serait admise, soit six.
# Les huit cassés sont pris à chaque fois, 80 sur 80.
#
# Un dernier doute. Votre `laplace_mechanism` est celui des manuels. Est-il juste **sur un ordinateur** ? Un nombre à virgule a
# un nombre fini de chiffres : près de 1, ils sont plus espacés que près de 0. Ajoutez un bruit à 1, le résultat tombe sur la
# grille large ; ajoutez-le à 0, il tombe souvent entre ses mailles. Un test simple : ôter 1, puis le rajouter, redonne-t-il la
# même réponse ? Toujours sur la grille large ; pas toujours ailleurs.
#
# **Prédisez** : peut-on distinguer « 0 patient » de « 1 patient » aux derniers chiffres de la réponse ?

# %%
rng, n = np.random.default_rng(9), 20_000
zero, one = (laplace_mechanism(np.full(n, float(count)), 1, 1.0, rng) for count in (0, 1))
off_grid = [int(np.sum((outputs - 1) + 1 != outputs)) for outputs in (zero, one)]
print(f"sur {n} réponses, hors de la grille : {off_grid[0]} pour 0 patient, {off_grid[1]} pour 1 patient")
print(f"audit : ε ≥ {epsilon_lower_bound(*off_grid, n):.2f}, pour ε = 1 annoncé")

# %% [markdown]
# Sur 20 000 réponses, 8493 sont hors de la grille quand le vrai compte est 0, et aucune quand il est 1. Votre audit conclut à
# 7,73 au moins : le mécanisme des manuels, juste sur le papier, est cassé sur l'ordinateur. Mironov l'a montré en 2012 sur les
# quatre systèmes généralistes alors publics, et Haney et ses collègues, en 2022, sur plusieurs bibliothèques, dont OpenDP. Le
# remède : un bruit **entier** pour un compte, ou une bibliothèque suivie, tenue à jour. Le code de cette leçon sert à
# comprendre ; ne publiez pas de vrais chiffres avec lui.

# %% [markdown]
# ## À retenir
#
# - Deux comptes exacts trahissent une personne, même si les petits comptes sont tus ; quand chacun peut mentir, la part se retrouve quand même.
# - Un bruit de Laplace d'échelle sensibilité / ε protège une réponse : même si le curieux connaît tous les autres dossiers, la cote de son pari est multipliée par $e^\varepsilon$ au plus.
# - La sensibilité vient des bornes, posées par *personne* et sans regarder les données ; plus basses, moins de bruit mais plus de biais.
# - La confidentialité se dépense : les ε s'ajoutent, une composition avancée ou un bruit gaussien les comptent mieux, et un total se publie avec son δ.
# - Un audit donne une borne inférieure : il démasque l'absence de bruit ou d'écrêtage, jamais il n'innocente.
#
# ## Quiz
#
# **1. Un registre a un budget total de $\varepsilon = 1$ et veut répondre à 20 questions, par la composition simple. Combien
# pour chacune ?**
#
# - a) $\varepsilon = 1$ : chaque question est protégée.
# - b) $\varepsilon = 0{,}05$.
# - c) $\varepsilon = 20$.
#
# <details><summary>Réponse</summary>
#
# - a) Non : les vingt ensemble coûteraient 20, et le bruit s'effacerait en moyenne.
# - b) **Oui** : $20 \times 0{,}05 = 1$.
# - c) Non : c'est la dépense totale si chacune coûtait 1.
#
# </details>
#
# **2. Une équipe ajoute un bruit gaussien aux mises à jour de chaque hôpital, sans les écrêter. Que vaut son ε ?**
#
# - a) Il dépend de l'écart-type du bruit.
# - b) Il n'y en a pas : la sensibilité n'est pas bornée.
# - c) Il est petit s'il y a peu de tours.
#
# <details><summary>Réponse</summary>
#
# - a) Non : un écart-type ne veut rien dire sans la sensibilité à laquelle on le rapporte.
# - b) **Oui** : un seul patient atypique peut déplacer la mise à jour d'autant qu'il veut, et le bruit ne le couvre plus.
# - c) Non : même un seul tour n'a pas d'ε.
#
# </details>
#
# **3. Un audit d'un mécanisme qui annonce $\varepsilon = 1$ trouve $\varepsilon \ge 0{,}4$. Que conclure ?**
#
# - a) Le mécanisme est sûr, et même mieux qu'annoncé.
# - b) Le mécanisme ment.
# - c) Cette attaque, sur ces voisins, ne contredit pas l'annonce ; elle ne la prouve pas.
#
# <details><summary>Réponse</summary>
#
# - a) Non : une autre attaque, ou un autre voisin, peut trouver plus.
# - b) Non : il mentirait si la borne dépassait 1.
# - c) **Oui** : un audit accuse, ou se tait.
#
# </details>

# %% [markdown]
# ## Pour aller plus loin
#
# - Dwork et Roth, 2014, *The Algorithmic Foundations of Differential Privacy*, [doi:10.1561/0400000042](https://doi.org/10.1561/0400000042) : les preuves, et gratuit.
# - NIST, 2025, *Guidelines for Evaluating Differential Privacy Guarantees*, [`SP 800-226`](https://doi.org/10.6028/NIST.SP.800-226) : comment juger l'annonce d'un autre.
# - Mironov, 2012, *On Significance of the Least Significant Bits*, [doi:10.1145/2382196.2382264](https://doi.org/10.1145/2382196.2382264) ; et Haney et al., 2022, [arXiv:2207.13793](https://arxiv.org/abs/2207.13793) : les virgules, dix ans après.
# - Warner, 1965, [doi:10.1080/01621459.1965.10480775](https://doi.org/10.1080/01621459.1965.10480775) : la réponse aléatoire.
# - Kasiviswanathan et Smith, 2014, [arXiv:0803.3946](https://arxiv.org/abs/0803.3946) : ce que parie un curieux, et ce qu'ε en borne vraiment.
# - Jagielski et al., 2020, [arXiv:2006.07709](https://arxiv.org/abs/2006.07709) : l'audit par attaque.
# - Le code de référence, dans le dossier du cours : `common/privacy/mechanisms.py`, `calibration.py`, `accounting.py`, `audit.py`.
#
# ## Leçon suivante
#
# [5. DP-SGD](05_dp_sgd.ipynb) : écrêter et bruiter, mais dans l'apprentissage d'un modèle.
