"""Leçon 3 de la semaine 2, l'attaque et le k-anonymat : ce que les contrôles doivent refuser, et avec quel message."""

from collections import Counter

from common import privacy


def candidates(released, public, on):
    return released.merge(public, on=on)


def twins_kept(released, public, on, keep="first"):
    return released.merge(public.drop_duplicates(on, keep=keep), on=on)


def last_twin(released, public, on):
    return twins_kept(released, public, on, "last")


def forgotten_subset(released, public, on):
    return released.merge(public.drop_duplicates(keep=False), on=on)


def wrong_table(released, public, on):
    return released.drop_duplicates(on, keep=False).merge(public, on=on)


def both_tables(released, public, on):
    return released.drop_duplicates(on, keep=False).merge(public.drop_duplicates(on, keep=False), on=on)


def joined(how):
    return lambda released, public, on: released.merge(public.drop_duplicates(on, keep=False), on=on, how=how)


def outer(released, public, on):
    return joined("outer")(released, public, on)


def repeated_rows_first(released, public, on):
    return released.merge(public.drop_duplicates().drop_duplicates(on, keep=False), on=on)


def result_of_inplace(released, public, on):
    return released.merge(public.drop_duplicates(on, keep=False, inplace=True), on=on)


def quoted_argument(released, public, on):
    return released.merge(public.drop_duplicates("on", keep=False), on="on")


def columns_of_the_lesson(released, public, on):
    names = ["birth_date", "sex", "postal_code"]
    return released.merge(public.drop_duplicates(names, keep=False), on=names)


def one_column(released, public, on):
    return released.merge(public.drop_duplicates(on[:1], keep=False).drop(columns=on[1:]), on=on[:1])


def twins_by_one_column(released, public, on):
    return released.merge(public.drop_duplicates(on[:1], keep=False), on=on)


def only_names(released, public, on):
    return privacy.link(released, public, on)[["nom"]]


def number_of_matches(released, public, on):
    return len(privacy.link(released, public, on))


def one_match_per_profile(released, public, on):
    return privacy.link(released, public, on).drop_duplicates(on)


def first_match(released, public, on):
    return privacy.link(released, public, on).head(1)


def by_index(released, public, on):
    return released.join(public.drop_duplicates(on, keep=False).drop(columns=on), how="inner")


def not_found(released, public, on):
    table = joined("left")(released, public, on)
    return table[table["nom"].isna()]


def link_in_place(released, public, on):
    public.drop_duplicates(on, keep=False, inplace=True)
    return released.merge(public, on=on)


def link_without_return(released, public, on):
    privacy.link(released, public, on)


LINK = [
    (candidates, "tous les candidats"),
    (twins_kept, "un sosie reste"),
    (last_twin, "on attend"),
    (forgotten_subset, "pas sur la ligne entière"),
    (wrong_table, "dans le REGISTRE"),
    (both_tables, "deux patients peuvent"),
    (joined("left"), "sans candidat"),
    (joined("right"), "jamais hospitalisés"),
    (outer, "on attend"),
    (repeated_rows_first, "occupe deux lignes"),
    (result_of_inplace, "`inplace=True`"),
    (quoted_argument, "sans guillemets"),
    (columns_of_the_lesson, "d'un cas à l'autre"),
    (lambda released, public, on: public.drop_duplicates(on, keep=False), "il manque la colonne"),
    (lambda released, public, on: released[on].merge(public.drop_duplicates(on, keep=False), on=on), "« maladie »"),
    (one_column, "première colonne"),
    (twins_by_one_column, "première colonne"),
    (only_names, "il manque la colonne"),
    (number_of_matches, "tableau pandas"),
    (one_match_per_profile, "on attend"),
    (first_match, "on attend"),
    (by_index, "on attend"),
    (not_found, "introuvables"),
    (link_in_place, "en place"),
    (link_without_return, "`return`"),
    (351, "on attend une fonction"),
]


def sizes(table, quasi_identifiers):
    return table.groupby(quasi_identifiers, dropna=False).size()


def forgets_missing(table, quasi_identifiers):
    return table.groupby(quasi_identifiers).size().min()


def drops_incomplete_rows(table, quasi_identifiers):
    return sizes(table.dropna(subset=quasi_identifiers), quasi_identifiers).min()


def counts_values(table, quasi_identifiers):
    return table.groupby(quasi_identifiers, dropna=False).count().min()


def counts_cells(table, quasi_identifiers):
    return table.groupby(quasi_identifiers, dropna=False)[quasi_identifiers[0]].count().min()


def counts_tuples(table, quasi_identifiers):
    return min(Counter(table[quasi_identifiers].itertuples(index=False)).values())


def nothing_in_hand(table, quasi_identifiers):
    sizes(table, quasi_identifiers).min()


def fixed_columns(table, quasi_identifiers):
    return sizes(table, ["birth_date", "sex", "postal_code"]).min()


def k_in_place(table, quasi_identifiers):
    table["taille"] = table.groupby(quasi_identifiers, dropna=False)[quasi_identifiers[0]].transform("size")
    return table["taille"].min()


K_ANONYMITY = [
    (forgets_missing, "`dropna=False`"),
    (drops_incomplete_rows, "`dropna=False`"),
    (lambda table, on: sizes(table, on).max(), "PLUS GRANDE"),
    (lambda table, on: sizes(table, on).mean(), "taille moyenne"),
    (lambda table, on: sizes(table, on).median(), "pas celui attendu"),
    (lambda table, on: len(sizes(table, on)), "vous comptez les classes"),
    (lambda table, on: (sizes(table, on) == 1).sum(), "d'un seul patient"),
    (lambda table, on: sizes(table, on).to_numpy(), "tous les effectifs"),
    (sizes, "tous les effectifs"),
    (lambda table, on: list(sizes(table, on)), "tous les effectifs"),
    (counts_tuples, "NaN n'est égal à rien"),
    (counts_cells, "cases remplies"),
    (lambda table, on: table.groupby(on, dropna=False).size.min(), "parenthèses"),
    (lambda table, on: sizes(table, "quasi_identifiers").min(), "sans guillemets"),
    (lambda table, on: sizes(table, on).idxmin(), "on attend un objet int"),
    (lambda table, on: sizes(table, on[:1]).min(), "premier quasi-identifiant"),
    (lambda table, on: sizes(table, on[-1:]).min(), "pas celui attendu"),
    (lambda table, on: sizes(table, list(table.columns)).min(), "ne sert pas"),
    (lambda table, on: min(sizes(table, [name]).min() for name in on), "COMBINAISON"),
    (lambda table, on: table[on].nunique().min(), "valeurs différentes"),
    (lambda table, on: sizes(table, on).min() - 1, "pas celui attendu"),
    (lambda table, on: min(sizes(table, on).min(), 2), "pas celui attendu"),
    (lambda table, on: sizes(table, on).iloc[0], "pas celui attendu"),
    (lambda table, on: int(sizes(table, on).min() > 1), "pas celui attendu"),
    (counts_values, "un compte par colonne"),
    (nothing_in_hand, "`return`"),
    (fixed_columns, "d'un cas à l'autre"),
    (k_in_place, "en place"),
    (1, "on attend une fonction"),
]

WRONG = {"link": LINK, "k_anonymity": K_ANONYMITY}
