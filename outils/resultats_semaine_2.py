"""Les tableaux de la semaine 2 : ce que chaque protection laisse passer, tirés du JSON de chaque banc."""

from collections.abc import Mapping
from typing import Any

from outils.nombres import virgule

Rapport = Mapping[str, Any]
PUBLICATIONS = {
    "brut": "brut, sans noms",
    "safe_harbor": "retraits à la manière de Safe Harbor",
    "k=2": "k = 2",
    "k=5": "k = 5",
    "k=10": "k = 10",
}
ATTAQUES = ("reidentified", "deduced")
LANGUES = {"fr": "français (E3C)", "en": "anglais (MTS-Dialog)"}


def source(rapport: Rapport, nom: str) -> str:
    """Le JSON et la commande qui le refait."""
    return f"Chiffres : `bancs/resultats/{nom}.json`, refaits par `{rapport['command']}`."


def blocs_reidentification(rapport: Rapport) -> list[list[str]]:
    """Ce qu'un croisement avec un registre retrouve, avant et après, et ce que le tableau y perd."""
    tableau = ["| Tableau publié | Patients | Ré-identifiés | Maladie déduite | AUROC |", "|---|---|---|---|---|"]
    for taille, publications in rapport["releases"].items():
        for cle, nom in PUBLICATIONS.items():
            ligne = publications[cle]
            parts = [f"{ligne[c]['count']} sur {ligne['num_released']} : {part(ligne[c])}" for c in ATTAQUES]
            cellules = [nom, taille, *parts, virgule(ligne["auroc"]["mean"], 3)]
            tableau.append(f"| {' | '.join(cellules)} |")
    graines, personnes = len(rapport["settings"]["seeds"]), rapport["settings"]["people"]
    lecture = [
        f"**Données synthétiques** : une population de {milliers(personnes)} personnes, un registre public, {graines} "
        "tirages ; proportions et intervalles de Wilson à 95 % sur les tirages réunis. « Maladie déduite » : "
        "l'attaquant sait que la personne a été hospitalisée. AUROC : d'un modèle appris sur le tableau publié.",
        source(rapport, "reidentification"),
    ]
    return [lecture, tableau]


def blocs_identifiants(rapport: Rapport) -> list[list[str]]:
    """Sensibilité et précision du nettoyage des notes, une ligne par mesure et par langue."""
    tableau = ["| Mesure | Notes | Identifiants plantés | Sensibilité | Précision |", "|---|---|---|---|---|"]
    for nom, mesure in rapport["measures"].items():
        for langue, titre in LANGUES.items():
            trouves, precision = mesure[langue]["recall"]["all"], mesure[langue]["precision"]["all"]
            cellules = [nom, titre, milliers(trouves["num_planted"]), part(trouves["recall"]), part(precision)]
            tableau.append(f"| {' | '.join(cellules)} |")
    lecture = [
        "**Textes réels, identifiants inventés.** Ils ont été plantés par quelqu'un qui n'avait pas lu les règles ; ce "
        "qui a été retiré en plus a été jugé sur un échantillon, passage par passage, par un modèle de langue. Les "
        "ratés de la première mesure ont servi à corriger les règles ; la nouvelle prend d'autres textes et d'autres "
        "phrases. Un mot de trop à côté d'un identifiant ne compte pas dans la précision.",
        source(rapport, "identifiants"),
    ]
    return [lecture, tableau]


def blocs_dicom(rapport: Rapport) -> list[list[str]]:
    """Identifiants DICOM plantés, et ce qui en reste."""
    plantes, avant, restes, pairs = (
        milliers(sum(lieu[cle] for lieu in rapport["places"])) for cle in ("planted", "found_before", "left", "peer")
    )
    visibles = [mesure for mesure in rapport["letters"]["sensitivity"] if mesure["contrast"] > 0.15]
    vus = sum(round(mesure["n"] * mesure["value"]) for mesure in visibles)
    pale = max(mesure["value"] for mesure in rapport["letters"]["sensitivity"] if mesure["contrast"] == 0.15)
    return [
        [
            "Identifiants plantés dans chaque attribut de texte, d'octets ou d'UID d'un fichier DICOM "
            f"({len(rapport['places'])} sortes de lieux) : {avant} trouvés sur {plantes} avant, **{restes} restant** "
            f"après le profil de base. Avec le réglage par défaut de dicom-anonymizer, il en reste {pairs}.",
            f"Lettres incrustées dans les pixels : {vus} images sur {sum(m['n'] for m in visibles)} signalées, mais au "
            f"mieux {part_simple(pale)} si le texte est pâle. Rien n'efface des lettres : un humain regarde.",
            source(rapport, "dicom_identifiants"),
        ]
    ]


def blocs_audit(rapport: Rapport) -> list[list[str]]:
    """Ce que l'audit démontre de chaque mécanisme, juste ou cassé."""
    tableau = ["| Mécanisme | ε annoncé | Borne basse (médiane) | Audits qui crient |", "|---|---|---|---|"]
    for ligne in rapport["rows"]:
        nom = ligne["mechanism"] if ligne["right"] else f"*cassé* : {ligne['mechanism']}"
        bornes = [virgule(ligne[cle], 2) for cle in ("epsilon_claimed", "median_bound")]
        tableau.append(f"| {nom} | {' | '.join(bornes)} | {ligne['alarms']} sur {ligne['num_audits']} |")
    confiance = round(100 * rapport["settings"]["confidence"])
    lecture = [
        f"L'audit attaque un mécanisme et démontre, à {confiance} %, que son ε dépasse une borne. Il crie quand elle "
        "dépasse l'ε annoncé. Un mécanisme juste peut faire crier un audit sur vingt ; ne pas crier ne prouve rien.",
        source(rapport, "audit_dp"),
    ]
    return [lecture, tableau]


def blocs_lecteur(rapport: Rapport) -> list[list[str]]:
    """Temps et mémoire pour lire un grand CHARTEVENTS."""
    tableau = ["| Lecture | Temps | Mémoire en plus |", "|---|---|---|"]
    for ligne in rapport["rows"]:
        memoire = f"{ligne['mib_peak'] - ligne['mib_before']:.0f} Mio"
        tableau.append(f"| {ligne['way']} | {virgule(ligne['s'], 1)} s | {memoire} |")
    lecture = [
        f"CHARTEVENTS de {milliers(rapport['settings']['rows'])} lignes synthétiques, {rapport['bytes'] / 1e9:.1f} Go. "
        "`scan_table` contrôle chaque ligne (types, clés, dates) ; pandas seul ne contrôle rien.".replace(".", ",", 1),
        source(rapport, "lecteur_ehr"),
    ]
    return [lecture, tableau]


def part(mesure: Mapping[str, float] | None) -> str:
    """« 72,0 % [70,0 ; 73,9] » ; « à juger » tant que personne ne l'a mesurée."""
    if mesure is None:
        return "à juger"
    bas, haut = (virgule(100 * mesure[cle], 1) for cle in ("low", "high"))
    return f"{part_simple(mesure['value'])} [{bas} ; {haut}]"


def part_simple(valeur: float) -> str:
    """« 72,0 % »."""
    return f"{virgule(100 * valeur, 1)} %"


def milliers(nombre: float) -> str:
    """« 24 275 »."""
    return f"{int(nombre):,}".replace(",", " ")


def blocs_dp_mnist(rapport: Rapport) -> list[list[str]]:
    """DP-SGD sur MNIST, à côté de ce qu'Opacus et TF-Privacy publient."""
    tableau = [
        "| ε (compte de 2017) | ε (RDP, aujourd'hui) | Exactitude ici | Opacus | TF-Privacy |",
        "|---|---|---|---|---|",
    ]
    for ligne in sorted(rapport["rows"], key=lambda ligne: ligne["epsilon"]["rdp"] or float("inf")):
        epsilons = [budget(ligne["epsilon"][cle]) for cle in ("rdp-2017", "rdp")]
        ici = " ; ".join(part(resultat) for resultat in ligne["results"])
        tableau.append(f"| {' | '.join([*epsilons, ici, *map(publie, ligne['published'].values())])} |")
    reglages = rapport["settings"]
    lecture = [
        f"**Données réelles**, MNIST : {milliers(reglages['train'])} images pour apprendre, "
        f"{milliers(reglages['test'])} pour juger, δ = {reglages['delta']:.0e}, {len(reglages['seeds'])} graine par "
        "réglage (dix chez eux) ; l'intervalle est celui du jeu de test. Les ε publiés suivent une conversion de 2017 "
        ": le même mécanisme se compte mieux aujourd'hui.",
        source(rapport, "dp_mnist"),
    ]
    return [lecture, tableau]


def budget(epsilon: float | None) -> str:
    """« 1,16 », ou « sans bruit »."""
    return "sans bruit" if epsilon is None else virgule(epsilon, 2)


def publie(resultat: tuple[float, float | None]) -> str:
    """« 94,6 % (ε 1,16) »."""
    exactitude, epsilon = resultat
    return f"{virgule(exactitude, 1)} %" + (f" (ε {virgule(epsilon, 2)})" if epsilon else "")
