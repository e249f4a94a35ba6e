"""La relecture des leçons : la leçon modèle passe, chaque écart au cadre est nommé, les leçons du cours passent."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from outils import depot, lint
from outils.source import lire_lecon

CARTE = """\
# %% [markdown]
# ### ✏️ Exercice {k} — la carte {k}
#
# 🔴🔴⚪ · 10 min
#
# Écrivez. **Résultat attendu** : {k}.
#
# <details><summary>Indice</summary>
#
# Comptez.
#
# </details>

# %%
reponse_{k} = {k}  # solution
reponse_{k} = verifier.carte_{k}(reponse_{k})

"""
SECTION = "# %% [markdown]\n# ## {k}. Idée {k}\n#\n# **Prédisez** : combien ?\n\n"
QUESTION = """\
# **Question {k}.** Pourquoi ?
#
# - a) Oui
# - b) Non
#
# <details><summary>Réponse</summary>
#
# - a) Oui, car {k}.
# - b) Non, car {k}.
#
# </details>
#
"""
MODELE = (
    """\
# %% [markdown]
# # Une leçon
#
# **Durée** : 60 min · **Prérequis** : aucun · **Matériel** : un ordinateur
#
# ## Objectifs
#
# - Écrire une moyenne.
# - Comprendre un poids.
# - Se méfier d'un chiffre.

# %% tags=["mise-en-route"]
from common.data import load
from common.verifier import semaine_9 as verifier

"""
    + "".join(SECTION.format(k=k) + CARTE.format(k=k) for k in (1, 2, 3))
    + """\
# %% [markdown]
# ## À retenir
#
# - Une moyenne a des poids. Voir le [glossaire](../GLOSSAIRE.md).
# - Un poids compte, ce que les anglophones appellent *accuracy* ou `dataset`.
# - Un chiffre a un intervalle. ![Une courbe qui monte](figure.png)
#
# ## Quiz
#
"""
    + "".join(QUESTION.format(k=k) for k in (1, 2, 3))
    + """\
# ## Pour aller plus loin
#
# Lisez.
#
# ## Leçon suivante
#
# [La suite](https://exemple.org)
"""
)


@pytest.fixture
def relire(tmp_path):
    """Fonction qui relit un texte de leçon dans un petit cours où glossaire et figure existent."""
    depot.ecrire(tmp_path / "GLOSSAIRE.md", "")
    depot.ecrire(tmp_path / "semaine_9/figure.png", "")
    source = tmp_path / "sources/semaine_9/01_modele.py"

    def relire_texte(texte: str) -> list[str]:
        depot.ecrire(source, texte)
        return lint.relire(lire_lecon(source), tmp_path)

    return relire_texte


def test_model_lesson_has_no_fault(relire):
    assert relire(MODELE) == []


@pytest.mark.parametrize(
    ("avant", "apres", "message"),
    [
        ("# # Une leçon", "# Une leçon", "donnez à la leçon un titre"),
        (" · **Matériel** : un ordinateur", "", "ajoutez « **Durée** : 60 min"),
        ("# - Écrire une moyenne.\n", "", "donnez 3 à 5 objectifs (2 trouvé(s))"),
        ("- Écrire une moyenne", "- La moyenne", "un verbe à l'infinitif : « - La moyenne. »"),
        (' tags=["mise-en-route"]', "", "mise-en-route"),
        ("# ## 3. Idée 3", "# Idée 3", "3 à 5 sections « ## 1. … » (2 trouvée(s))"),
        ("# ## 3. Idée 3", "# ## 4. Idée 3", "numérotez cette section 3"),
        ("# **Prédisez** : combien ?", "# Combien ?", "« **Prédisez** » dans la section 1"),
        ("# ### ✏️ Exercice 3 — la carte 3", "# La carte 3", "au moins 3 cartes"),
        ("Exercice 2 — la", "Exercice 4 — la", "intitulez cette carte « ### ✏️ Exercice 2 — titre »"),
        ("# 🔴🔴⚪ · 10 min", "# facile", "exercice 1 : ajoutez la ligne « 🔴🔴⚪ · 10 min »"),
        ("**Résultat attendu** : 2", "Deux", "exercice 2 : montrez le « **Résultat attendu** »"),
        ("<summary>Indice</summary>", "<summary>Aide</summary>", "exercice 1 : ajoutez un indice"),
        ("verifier.carte_2(reponse_2)", "2", "exercice 2 : il faut un contrôle « verifier.… », et un seul (0)"),
        ("= verifier.carte_2(", "= verifier.carte_1(2) + verifier.carte_2(", "exercice 2 : il faut un contrôle"),
        ("import load\n", "import load\nverifier.carte_1(1)\n", "n'appartient à aucune carte"),
        ("# - Une moyenne a", "# Une moyenne a", "« À retenir » : une puce par objectif, donc 3"),
        ("# ## Pour aller plus loin", "# Plus loin", "il faut un titre « ## Pour aller plus loin », et un seul (0"),
        ("# ## Pour aller", "# ## Quiz\n#\n# ## Pour aller", "il faut un titre « ## Quiz », et un seul (2"),
        ("# ## Objectifs", "# ## Leçon suivante\n#\n# ## Objectifs", "remettez les parties dans l'ordre"),
        ("# - b) Non, car 2.\n", "", "quiz, question 2 : proposez des choix"),
        (
            "# </details>\n#\n# ## Pour aller",
            "# ## Pour aller",
            "le quiz a 3 questions, chacune avec son <details> (2)",
        ),
        ("GLOSSAIRE.md", "GLOSAIRE.md", "le lien « ../GLOSAIRE.md » ne mène à aucun fichier"),
        ("![Une courbe qui monte]", "![]", "décrivez l'image"),
        ("![Une courbe qui monte](figure.png)", '<img src="figure.png">', "décrivez l'image"),
        ("![Une courbe qui monte](figure.png)", '<img src="x.png" alt="courbe">', "« x.png » ne mène"),
        ("*accuracy*", "accuracy", "« accuracy » : écrivez « exactitude »"),
        ("Lisez.", "La précision du modèle monte.", "« précision du modèle » : écrivez « exactitude » (accuracy)"),
        ("Lisez.", "Tu lis.", "« Tu » : vouvoyez le lecteur"),
        ("import load\n", "import a1, a2, a3, a4, a5, a6, a7\n", "7 noms importés de common, 6 au plus"),
        ("reponse_2 = 2", "reponse_1\n" * 25 + "reponse_2 = 2", "cellule de 27 lignes ; coupez-la (25 au plus)"),
        ("import load\n", "import load\n" + "import math\n" * 10, "lignes ; coupez-la (25 au plus)"),
        ("# ## Quiz\n", "# Rien\n\n" + "# %%\n1\n\n" * 60 + "# %% [markdown]\n# ## Quiz\n", "60 au plus"),
    ],
)
def test_each_departure_from_the_frame_is_named(relire, avant, apres, message):
    assert avant in MODELE
    fautes = relire(MODELE.replace(avant, apres, 1))
    assert any(message in faute for faute in fautes), fautes
    assert all(faute.startswith("sources/semaine_9/01_modele.py, cellule ") for faute in fautes)


def test_long_cells_are_refused_on_the_median(relire):
    longue = MODELE.replace("# %%\nreponse_", "# %%\n" + "x = 1\n" * 9 + "reponse_")
    assert any("médiane" in faute for faute in relire(longue))


def test_code_fences_are_not_read_as_titles(relire):
    assert relire(MODELE.replace("# Lisez.", "# ```bash\n# # un commentaire\n# ## Quiz\n# ```")) == []


def test_exercises_of_the_week_are_each_used_once(tmp_path, monkeypatch):
    module = ModuleType("common.verifier.semaine_9")
    noms = ("carte_1", "carte_2", "oublie")
    vars(module).update({nom: SimpleNamespace(reference=1) for nom in noms}, autre=SimpleNamespace())
    monkeypatch.setitem(sys.modules, module.__name__, module)
    source = tmp_path / "semaine_9/01_modele.py"
    depot.ecrire(source, MODELE.replace("verifier.carte_2", "verifier.carte_1"))
    fautes = lint.relire_exercices("semaine_9", [lire_lecon(source)])
    assert [faute.split(" : ")[0].split(", ")[1] for faute in fautes] == [
        "« carte_1 »",
        "« carte_2 »",
        "« carte_3 »",
        "« oublie »",
    ]
    assert "(2 trouvée(s))" in fautes[0] and "(0 trouvée(s))" in fautes[1] and "inconnu" in fautes[2]


def test_lessons_of_the_course_have_no_fault():
    fautes = lint.relire_tout()
    assert not fautes, "\n".join(fautes)
