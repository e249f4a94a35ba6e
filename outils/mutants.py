"""Mute une solution : chaque opérateur, à chaque endroit possible, donne un programme à peine faux.

La liste des opérateurs est fixe (`OPERATEURS`). Ne sont jamais mutés, car aucun contrôle ne peut ni ne doit les voir :
les docstrings, les annotations, les messages des `raise` et le texte des f-strings.
"""

import ast
import copy
import difflib
from collections.abc import Callable, Iterable, Iterator, Set
from typing import NamedTuple

Remplacement = tuple[ast.AST, ast.AST]
FONCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
ENSEMBLES = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
COLLECTIONS = (ast.List, ast.Tuple, ast.Set, ast.Dict, *ENSEMBLES)
GARDEES = (ast.Return, ast.Pass, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
CALCULS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
COMPARAISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
JUMEAUX = [("train", "test"), ("x", "y"), ("min", "max"), ("mean", "sum"), ("argmax", "argmin")]
ATTRIBUTS = {a: b for paire in JUMEAUX for a, b in (paire, paire[::-1])}


class Mutant(NamedTuple):
    """Un programme muté : l'opérateur, sa source entière, et les lignes qui changent (« - avant », « + après »)."""

    operateur: str
    source: str
    difference: str


def mutants(source: str, lignes: Set[int]) -> list[Mutant]:
    """Tous les mutants de `source` nés sur ces lignes (1 = première), sans doublon et qui se compilent."""
    arbre = ast.parse(source)
    origine = ast.unparse(arbre)
    trouves, vus = [], {origine}
    for noeud, parametres in visiter(arbre):
        if getattr(noeud, "lineno", None) not in lignes:
            continue
        for operateur, (cible, remplacant) in proposer(noeud, parametres):
            texte = ast.unparse(copy.deepcopy(arbre, {id(cible): remplacant}))
            if texte not in vus and se_compile(texte):
                trouves.append(Mutant(operateur, texte, comparer(origine, texte)))
            vus.add(texte)
    return trouves


def proposer(noeud: ast.AST, parametres: list[str]) -> Iterator[tuple[str, Remplacement]]:
    """Nom de l'opérateur et remplacement, pour tout ce qui peut changer dans ce nœud."""
    for operateur in OPERATEURS:
        for remplacement in operateur(noeud):
            yield operateur.__name__, remplacement
    if isinstance(noeud, ast.Name) and isinstance(noeud.ctx, ast.Load) and noeud.id in parametres:
        for autre in parametres:
            yield "parametre", (noeud, ast.Name(autre, ast.Load()))


def visiter(noeud: ast.AST, parametres: list[str] | None = None) -> Iterator[tuple[ast.AST, list[str]]]:
    """Chaque nœud que l'on peut muter, avec les paramètres de la fonction qui le contient."""
    if isinstance(noeud, FONCTIONS):
        parametres = [arg.arg for arg in (*noeud.args.posonlyargs, *noeud.args.args, *noeud.args.kwonlyargs)]
    yield noeud, parametres or []
    for enfant in ast.iter_child_nodes(noeud):
        if not est_muet(noeud, enfant):
            yield from visiter(enfant, parametres)


def est_muet(parent: ast.AST, enfant: ast.AST) -> bool:
    """Dit si l'enfant est un texte pour les humains, ou une annotation."""
    if isinstance(parent, ast.arg | ast.Raise) or enfant is getattr(parent, "returns", None):
        return True
    if isinstance(enfant, ast.Expr):
        return isinstance(enfant.value, ast.Constant)
    return enfant is getattr(parent, "annotation", None) or (
        isinstance(parent, ast.JoinedStr) and isinstance(enfant, ast.Constant)
    )


def se_compile(texte: str) -> bool:
    try:
        compile(texte, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def comparer(avant: str, apres: str) -> str:
    """Lignes retirées puis ajoutées, sans leur contexte."""
    ecarts = list(difflib.unified_diff(avant.splitlines(), apres.splitlines(), n=0, lineterm=""))[2:]
    return "\n".join(f"{ligne[0]} {ligne[1:].strip()}" for ligne in ecarts if not ligne.startswith("@@"))


def avec(noeud: ast.AST, **champs: object) -> ast.AST:
    """Une copie du nœud où ces champs ont changé."""
    copie = copy.copy(noeud)
    for nom, valeur in champs.items():
        setattr(copie, nom, valeur)
    return copie


def sans(suite: list, rang: int) -> list:
    return [*suite[:rang], *suite[rang + 1 :]]


def oppose(expression: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), expression)


def decaler(expression: ast.expr) -> Iterator[Remplacement]:
    """L'expression plus un, puis moins un."""
    if isinstance(expression, ast.Constant) and type(expression.value) is int:
        yield from ((expression, ast.Constant(expression.value + pas)) for pas in (1, -1))
    elif not isinstance(expression, ast.Constant | ast.Starred):
        yield from ((expression, ast.BinOp(expression, op, ast.Constant(1))) for op in (ast.Add(), ast.Sub()))


def calcul(noeud: ast.AST) -> Iterator[Remplacement]:
    """Opération : + ↔ -, * ↔ /, ** → *, @ → *, // → /, % → //, & ↔ | ; `a += b` → `a = b`."""
    if isinstance(noeud, ast.BinOp | ast.AugAssign) and type(noeud.op) in CALCULS:
        yield noeud, avec(noeud, op=CALCULS[type(noeud.op)]())
    if isinstance(noeud, ast.AugAssign):
        yield noeud, ast.Assign([noeud.target], noeud.value, lineno=noeud.lineno)


def comparaison(noeud: ast.AST) -> Iterator[Remplacement]:
    """Comparaison : < → <= ou >, <= → < ou >=, == ↔ !=, is ↔ is not, in ↔ not in."""
    if isinstance(noeud, ast.Compare):
        for rang, op in enumerate(noeud.ops):
            for autre in COMPARAISONS[type(op)]:
                yield noeud, avec(noeud, ops=[*noeud.ops[:rang], autre(), *noeud.ops[rang + 1 :]])


def logique(noeud: ast.AST) -> Iterator[Remplacement]:
    """Logique : and ↔ or, `not a` → `a`, condition (if, while, filtre d'une liste) inversée."""
    if isinstance(noeud, ast.BoolOp):
        yield noeud, avec(noeud, op=ast.Or() if isinstance(noeud.op, ast.And) else ast.And())
    if isinstance(noeud, ast.UnaryOp) and isinstance(noeud.op, ast.Not):
        yield noeud, noeud.operand
    conditions = [noeud.test] if isinstance(noeud, ast.If | ast.While | ast.IfExp) else []
    if isinstance(noeud, ENSEMBLES):
        conditions += [test for boucle in noeud.generators for test in boucle.ifs]
    yield from ((test, ast.UnaryOp(ast.Not(), test)) for test in conditions)


def signe(noeud: ast.AST) -> Iterator[Remplacement]:
    """Signe : un moins ôté ; un moins ajouté devant une opération, un résultat ou un élément de collection."""
    if isinstance(noeud, ast.UnaryOp) and isinstance(noeud.op, ast.USub):
        yield noeud, noeud.operand
    if isinstance(noeud, ast.BinOp):
        cible = noeud.left if isinstance(noeud.op, ast.Add | ast.Sub) else noeud
        yield cible, oppose(cible)
    nombres = (v for v in resultats(noeud) if not isinstance(v, (*COLLECTIONS, ast.Constant, ast.Starred)))
    yield from ((valeur, oppose(valeur)) for valeur in nombres)


def resultats(noeud: ast.AST) -> list[ast.expr]:
    """La valeur d'un `return`, les éléments d'une liste ou d'un tuple lus, les valeurs d'un dictionnaire."""
    if isinstance(noeud, ast.Return) and noeud.value:
        return [noeud.value]
    if isinstance(noeud, ENSEMBLES):
        return [noeud.value if isinstance(noeud, ast.DictComp) else noeud.elt]
    if isinstance(noeud, ast.Dict):
        return noeud.values
    return noeud.elts if isinstance(noeud, ast.List | ast.Tuple) and isinstance(noeud.ctx, ast.Load) else []


def constante(noeud: ast.AST) -> Iterator[Remplacement]:
    """Constante : True ↔ False, 0 → 1, 1 → 0 ou 2, x → x + 1 ou -x, texte → un autre texte."""
    valeur = noeud.value if isinstance(noeud, ast.Constant) else None
    autres: list = []
    if isinstance(valeur, bool):
        autres = [not valeur]
    elif isinstance(valeur, int | float):
        autres = [valeur + 1, -valeur, *([0] if valeur == 1 else [])]
    elif isinstance(valeur, str):
        autres = [f"{valeur}_"]
    yield from ((noeud, ast.Constant(autre)) for autre in autres if autre != valeur)


def indice(noeud: ast.AST) -> Iterator[Remplacement]:
    """Indice : chaque indice et chaque borne de tranche, plus ou moins un."""
    if isinstance(noeud, ast.Subscript):
        for place in noeud.slice.elts if isinstance(noeud.slice, ast.Tuple) else [noeud.slice]:
            bornes = [place.lower, place.upper] if isinstance(place, ast.Slice) else [place]
            for borne in filter(None, bornes):
                yield from decaler(borne)


def boucle(noeud: ast.AST) -> Iterator[Remplacement]:
    """Boucle : chaque borne de `range`, plus ou moins un."""
    if isinstance(noeud, ast.Call) and isinstance(noeud.func, ast.Name) and noeud.func.id == "range":
        for borne in noeud.args:
            yield from decaler(borne)


def axe(noeud: ast.AST) -> Iterator[Remplacement]:
    """Axe : `axis` (ou `dim`) remplacé par 0, 1 et None."""
    if isinstance(noeud, ast.keyword) and noeud.arg in ("axis", "dim"):
        yield from ((noeud.value, ast.Constant(autre)) for autre in (0, 1, None))


def appel(noeud: ast.AST) -> Iterator[Remplacement]:
    """Appel : un argument ôté (chacun), les deux premiers échangés, `f(x)` → `x`, `a.f()` → `a`."""
    if not isinstance(noeud, ast.Call):
        return
    args, mots = noeud.args, noeud.keywords
    yield from ((noeud, avec(noeud, args=sans(args, rang))) for rang in range(len(args)))
    yield from ((noeud, avec(noeud, keywords=sans(mots, rang))) for rang in range(len(mots)))
    if len(args) > 1:
        yield noeud, avec(noeud, args=[args[1], args[0], *args[2:]])
    if args and not isinstance(args[0], ast.Starred):
        yield noeud, args[0]
    elif not args and isinstance(noeud.func, ast.Attribute):
        yield noeud, noeud.func.value


def retour(noeud: ast.AST) -> Iterator[Remplacement]:
    """Retour : rien n'est rendu ; une partie de l'expression (élément, opérande, argument, source) l'est seule."""
    if isinstance(noeud, ast.Return) and noeud.value:
        yield noeud.value, ast.Constant(None)
        yield from ((noeud.value, partie) for partie in parties(noeud.value))


def parties(expression: ast.expr) -> Iterable[ast.expr]:
    if isinstance(expression, ENSEMBLES):
        return [expression.generators[0].iter]
    if isinstance(expression, ast.Call):
        return [*expression.args, *(mot.value for mot in expression.keywords)]
    return [enfant for enfant in ast.iter_child_nodes(expression) if isinstance(enfant, ast.expr)]


def instruction(noeud: ast.AST) -> Iterator[Remplacement]:
    """Instruction : effacée (sauf `return`, `import` et les définitions)."""
    if isinstance(noeud, ast.stmt) and not isinstance(noeud, GARDEES):
        yield noeud, ast.Pass()


def attribut(noeud: ast.AST) -> Iterator[Remplacement]:
    """Attribut : train ↔ test, x ↔ y, min ↔ max, mean ↔ sum, argmax ↔ argmin ; `.T` ôté."""
    if isinstance(noeud, ast.Attribute) and noeud.attr == "T":
        yield noeud, noeud.value
    if isinstance(noeud, ast.Attribute) and noeud.attr in ATTRIBUTS:
        yield noeud, avec(noeud, attr=ATTRIBUTS[noeud.attr])
    if isinstance(noeud, ast.Name) and noeud.id in ("min", "max"):
        yield noeud, avec(noeud, id=ATTRIBUTS[noeud.id])


OPERATEURS: tuple[Callable[[ast.AST], Iterator[Remplacement]], ...] = (
    calcul,
    comparaison,
    logique,
    signe,
    constante,
    indice,
    boucle,
    axe,
    appel,
    retour,
    instruction,
    attribut,
)
PARAMETRE = "Paramètre : remplacé par un autre paramètre de la même fonction."
DESCRIPTIONS = [*(operateur.__doc__ for operateur in OPERATEURS), PARAMETRE]
