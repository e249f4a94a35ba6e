"""Chaque règle de nettoyage, par son nom : ce qu'elle doit trouver, et ce qui lui ressemble et qu'elle doit laisser."""

import pytest

from common.privacy.identifiers.dates import DATES
from common.privacy.identifiers.names import NAMES
from common.privacy.identifiers.numbers import NUMBERS
from common.privacy.identifiers.places import PLACES
from common.privacy.identifiers.text import find_identifiers

# règle → (note, où ⟦l'identifiant⟧ est entre crochets), (notes que la règle ne doit pas toucher)
NUMBER_EXAMPLES = {
    "url": ("voir ⟦https://portail.exemple.fr/p?id=12⟧.", ["le rapport http est clos"]),
    "domaine": ("le site ⟦chu-exemple.fr/rdv⟧ répond", ["posologie.Il reprend", "J.-P. Il va bien"]),
    "courriel": ("écrire à ⟦anne.durand+rdv@exemple.org⟧", ["5 mg @ 8 h"]),
    "telecopie": ("Fax : ⟦04 72 11 22 33⟧", ["fax illisible, 12 pages"]),
    "telephone_fr": ("au ⟦06.12.34.56.78⟧ ou", ["TA 120/80 puis 130/85", "leucocytes 12 500"]),
    "telephone_international": ("au ⟦+212 6 12 34 56 78⟧", ["l'axe du QRS à +120 degrés"]),
    "telephone_us": ("at ⟦(617) 555-0134 x22⟧ today", ["1000-2000 mL per day"]),
    "telephone_annonce": ("Tel: ⟦555-01340⟧", ["contact avec 12 patients"]),
    "ssn": ("SSN ⟦123-45-6789⟧", ["12-3-45"]),
    "ssn_annonce": ("N° de sécurité sociale : ⟦AB12345678⟧", ["sécurité sociale à jour depuis 2019"]),
    "nir": ("⟦2 85 07 2A 004 123 45⟧", ["2 85 mg puis 07 gouttes"]),
    "dossier": ("IPP n° ⟦8001234567⟧", ["sous IPP 40 mg/j", "dossier de 2019 relu", "chart reviewed"]),
    "assure": ("Member ID: ⟦XYZ123456789⟧", ["la mutuelle rembourse", "contrat de soins 2019"]),
    "medicare": ("⟦1EG4-TE5-MK73⟧", ["C3D4 et FEV1"]),
    "iban": ("⟦FR76 3000 6000 0112 3456 7890 189⟧", ["BRCA1 et BRCA2"]),
    "carte_bancaire": ("⟦4970 1012 3456 7890⟧", ["1500 2000 2500 3000", "2102 8419 5608 5743"]),
    "compte": ("Account #: ⟦55-001-223⟧", ["on compte 1500 cas", "to account for 1200 mL"]),
    "licence": ("RPPS : ⟦10003456789⟧", ["permis de sortie"]),
    "plaque_siv": ("véhicule ⟦AB-123-CD⟧", ["HbA1c", "CD 4 120 CD"]),
    "vin": ("⟦1HGCM82633A004352⟧", ["ANTICOAGULATIONSX"]),
    "plaque_annoncee": ("immatriculée ⟦1234 AB 31⟧", ["plaque vissée 4 trous", "plate 12"]),
    "vehicule": ("châssis n° ⟦X7788990⟧", ["châssis faussé"]),
    "appareil": ("n° de série : ⟦PJN-4432-X⟧", ["une série de 12 cas", "TSH 2,4"]),
    "iud": ("étiquette ⟦(01)03401234567890(17)251231⟧", ["grade (01)"]),
    "adresse_mac": ("⟦00:1A:2B:3C:4D:5E⟧", ["12:30:45"]),
    "ipv4": ("depuis ⟦192.168.1.12⟧ hier", ["chapitre 1.2.3", "999.1.1.1 n'en est pas une"]),
    "ipv6": ("depuis ⟦2001:db8::ff00:42:8329⟧", ["à 12:30:45", "ratio 1::2"]),
    "uuid": ("⟦123e4567-e89b-12d3-a456-426614174000⟧", ["123e4567"]),
    "autre_numero": ("Patient ID: ⟦A7782-1⟧", ["identifiant inconnu", "order sets"]),
    "telephone_local": ("bureau ⟦555-0134 ext. 22⟧", ["200-1000 mg", "555-0134"]),
    "carte_annoncee": ("Réglé par CB ⟦2102 8419 5608 5743⟧", ["CB 2021", "carte 12 34"]),
    "plaque_en_contexte": (
        "Conducteur du véhicule ⟦tsw8820⟧.",
        ["plaque DHS 135°", "plaque vissée 4 trous", "plate 12", "plaque LCP 350 mm"],
    ),
    "modele": ("model ⟦XK-4432-VN⟧", ["une série de 1200 cas", "modèle à 3 niveaux", "réf. 2019"]),
    "sujet": ("Subject ⟦07-324⟧ of the trial", ["patient 12-18 ans", "subjects 100-200 mg", "patient 50-100 mg"]),
    "randomisation": ("randomisé sous le code ⟦R7-QZF-109⟧", ["randomisé en 2019", "essai de phase 3"]),
    "code_a_chiffres": ("lame ⟦B91-27984⟧ relue", ["100000UI", "NCT01234567", "T2N0M0", "CYP2D6", "BRCA1"]),
    "code_a_tirets": ("code ⟦R7-QZF-109⟧", ["I-131-MIBG", "HLA-B-2705", "C5-C6-C7"]),
    "long_numero": ("numéro ⟦55397576⟧", ["2523000 hématies", "1000000 UI", "il y a 12345678 UI", "12 345 678"]),
    "compte_social": ("suivi par ⟦@anne_d75⟧", ["2 cp @ 8h"]),
}
FRENCH_EXAMPLES = {
    "titre": ("Mme ⟦de La Tour-Lévy⟧ sort", ["M. tuberculosis résistant", "Mme est fatiguée"]),
    "contexte": (
        "rédigé par ⟦Anne Kerbrat⟧",
        ["maladie appelée Crohn est exclue syndrome de Wells", "vu par le service"],
    ),
    "rubrique": ("Nom : ⟦KERBRAT, Anne⟧", ["Nom : non communiqué"]),
    "proche": ("sa fille ⟦Maïwenn⟧ est là", ["sa mère (HTA, DNID)", "des fils de Vicryl 3/0"]),
    "apposition": ("⟦Maïwenn Kerbrat⟧, âgée de 40 ans", ["Homme de 40 ans", "Patiente, 40 ans"]),
    "prenom_nom": ("⟦Élodie Kerbrat⟧ revient", ["syndrome de Pierre Robin", "Charcot-Marie-Tooth"]),
    "prenom_initiale": ("⟦Karim F.⟧ sort", ["Parkinson F. avancé"]),
    "nom_prenom": ("⟦KERBRAT Élodie⟧ sort", ["IRM normale", "ECG Normal"]),
    "prenom_seul": ("⟦Élodie⟧ revient", ["signe de Claude", "une rose"]),
    "adresse": ("⟦12 bis, rue des Lilas, 69002 Lyon Cedex 02⟧", ["1 voie veineuse", "3 cours de gymnastique"]),
    "rue": ("trouvée ⟦avenue Foch⟧", ["dans la rue, seule"]),
    "commune": ("⟦31400 Toulouse⟧", ["12000 Leucocytes", "plaquettes à 47000, TP bas"]),
    "commune_puis_code": ("⟦Vence (06140)⟧", ["Figure (12345)"]),
    "commune_composee": ("à ⟦Saint-Julien-en-Genevois⟧", ["Charcot-Marie-Tooth", "gastro-entérite"]),
    "code_postal": ("CP : ⟦31400⟧", ["CP 12 cm"]),
    "residence": (
        "elle vit seule à ⟦Muret⟧",
        ["originaire du Maroc", "suivie en Cardiologie", "bacille à Gram négatif"],
    ),
    "etablissement": ("au CHU ⟦de Rennes⟧", ["le CHU rappelle", "examen clinique ORL normal"]),
    "ville": ("venue de ⟦Marseille⟧", ["score de Lille à 0,4", "critères de Paris"]),
    "jour_mois": ("le ⟦mardi 12 mars 2019⟧", ["12 marsouins", "3 maisons"]),
    "mois_annee": ("depuis ⟦févr. 2020⟧", ["mars 12"]),
    "mois_seul": ("opérée en ⟦mars⟧", ["il mange des mars"]),
    "jour_et_mois_chiffres": (
        "revu le ⟦3/4⟧ au matin",
        ["3/4 de comprimé", "le 1/3 supérieur", "PA au 12/8", "force à 4/5"],
    ),
    "saison": ("⟦été 2019⟧", ["il a été vu"]),
    "trimestre": ("au ⟦2e trimestre 2020⟧", ["2e trimestre de grossesse"]),
    "jour_de_semaine": ("rendez-vous ⟦lundi prochain⟧", ["dialyse lundi et jeudi"]),
    "naissance_ancienne": ("née en ⟦1925⟧", ["née en 1978", "opérée en 1925"]),
    "age": ("âgée de ⟦92 ans⟧", ["âgée de 89 ans", "92 kg", "depuis 9 ans"]),
    "mi_mois": ("depuis la ⟦mi-février⟧", ["mi-cuisse", "semi-mars"]),
    "mois_mal_ecrit": ("vu le ⟦12 juilet 2019⟧", ["le 2 fois 2000 mg", "les 12 patients 2019", "du 3 mois 2000"]),
    "jour_de_semaine_chiffres": ("ponction ⟦mercredi 12/10⟧", ["lundi 3/4 de comprimé", "mardi 12/50"]),
    "age_annonce": ("âge : ⟦93⟧, seul", ["âgée de 93 mois", "âge : 45", "âge : 93,5"]),
    "age_abrege": ("Grand-tante (⟦106 a⟧).", ["(45 a)", "(106 A)", "106 a été"]),
    "nom_virgule_prenom": ("signé ⟦DURAND, MARC⟧", ["vu par IRM, puis TDM", "signé Durand, puis"]),
    "capitales_espacees": ("Étiquette : ⟦D U P O N T⟧", ["E X A M E N", "A B C D E", "T N M", "S E R V I C E"]),
    "prenom_minuscule": (
        "Auxiliaire de vie : ⟦paulette verdier⟧, passe",
        ["infirmière : claire et nette", "ide : rose"],
    ),
    "patient_minuscule": ("pt ⟦verdier, paulette⟧", ["patiente stable, apyrétique", "pt calme, douleur"]),
    "employeur": ("Travaille chez ⟦Michelin⟧ ici", ["chez un patient", "employée à mi-temps", "chez Mme"]),
    "signature": ("fin.\n⟦le goff⟧ (externe)", ["vu le matin (externe) et revu", "drain (interne), bien"]),
    "boite_postale": ("au ⟦BP 427, 14500 Vire⟧", ["BP 120", "BP 427, 12 mg"]),
    "trajet": ("route entre ⟦Vire et Flers⟧", ["entre Parkinson et Alzheimer", "route entre deux"]),
    "lieu_public": ("devant la mairie de ⟦Vire⟧", ["à la gare de lavage", "quartier de l'hôpital"]),
    "domicile": ("Retour à domicile (⟦Vire⟧)", ["domicile (HAD)", "domicile : seule"]),
    "fait_a": ("Fait à ⟦VIRE⟧", ["fait à jeun", "dicté à Mme"]),
    "residence_minuscule": ("elle habite à ⟦lille⟧", ["elle est nice", "score de lille", "trois tours"]),
    "ville_capitales": ("venue de ⟦LYON⟧", ["TOURS DE TAILLE", "SCORE DE LILLE", "NICE"]),
    "age_en_lettres": ("une ⟦nonagénaire⟧", ["quatre-vingts ans", "octogénaire"]),
}
ENGLISH_EXAMPLES = {
    "titre": ("Mrs. ⟦O'Brien⟧ returns", ["Dr. will call", "MRN pending"]),
    "contexte": ("dictated by ⟦Alan Grantham⟧", ["seen by the team", "name withheld"]),
    "rubrique": ("Patient: ⟦Washington, Denzel⟧", ["Patient: stable, calm"]),
    "proche": ("his wife ⟦Keisha⟧ says", ["Mother (CAD, died)", "Father MI at 50"]),
    "apposition": ("⟦Zora Quibble⟧ is a 45-year-old", ["This Male is a 45-year-old"]),
    "prenom_nom": ("⟦John Q. Smith⟧ returns", ["John Hopkins criteria"]),
    "prenom_initiale": ("⟦Karen F.⟧ returns", ["Grade F. noted"]),
    "nom_prenom": ("⟦QUIBBLE, Karen⟧ returns", ["EKG Normal"]),
    "prenom_seul": ("⟦Karen⟧ returns", ["Thomas splint", "Homan sign"]),
    "diplome": ("⟦Zora Quibble⟧, RN", ["Diastolic, MD aware"]),
    "street": ("at ⟦88 Peachtree St NE, Apt 1203⟧", ["2 Main complaints", "5 Tender Points today"]),
    "po_box": ("⟦P.O. Box 1234⟧", ["box of 12"]),
    "city_state": ("of ⟦Macon⟧, GA", ["Texas, CA"]),
    "zip_code": ("GA ⟦30309-1234⟧", ["12345 cells"]),
    "residence": ("lives in ⟦Easton⟧", ["lives in Texas", "transferred from ED", "born in Germany"]),
    "county": ("in ⟦Orange⟧ County", ["county lines"]),
    "hospital": ("at ⟦Tacoma General⟧ Hospital", ["the Pain Clinic", "the hospital"]),
    "city": ("near ⟦Chicago⟧ again", ["a Boston score of 6"]),
    "month_day": ("on ⟦March 12th, 2019⟧", ["may 5 mg", "March 5 mg"]),
    "day_month": ("on ⟦12-Mar-2019⟧", ["12 may help"]),
    "month_year": ("in ⟦October of 2008⟧", ["may 2019 units"]),
    "month_alone": ("back in ⟦June⟧", ["in maybe a month"]),
    "day_and_month_digits": ("seen on ⟦3/4⟧.", ["pain from 7/10 to 10/10", "on 1/2 tablet", "BP of 12/8"]),
    "season": ("⟦summer of 2019⟧", ["fall from bed"]),
    "quarter": ("⟦Q3 2019⟧", ["second quarter moon"]),
    "weekday": ("on ⟦Monday⟧", ["Mondays at noon"]),
    "old_birth": ("born in ⟦1925⟧", ["born in 1978"]),
    "age": ("a ⟦92-year-old⟧ man", ["an 89-year-old man", "92 mg"]),
    "age_labelled": ("died at age ⟦91⟧ of old age", ["age 45", "aged 89"]),
    "misspelt_month": ("x-ray of ⟦Jluy 31, 2016⟧", ["Figure 12, 2010", "Grade 2, 2010", "in May 2010"]),
    "compact_month": ("stent ⟦14aug2016⟧", ["12mar", "14 august", "5 dec"]),
    "day_of_month": ("dictated on the ⟦28th⟧.", ["on the 5th digit", "on the 2nd floor"]),
    "mid_month": ("since ⟦mid-March⟧", ["mid-line", "mid-may"]),
    "weekday_digits": ("LP ⟦Wednesday 11/2⟧ here", ["Monday 1/2 tablet", "Monday 12/50"]),
    "age_years": ("Age: ⟦93y⟧, walks", ["for 93 years.", "Age: 45y,", "93 years of use"]),
    "age_at": ("MI at ⟦94 years⟧ there", ["at 45 years", "at 94 years of follow-up", "at 94 mg"]),
    "nom_virgule_prenom": ("signed by ⟦O'CONNOR, DANA⟧", ["seen by CT, MRI and Lee", "signed by Lee, then"]),
    "capitales_espacees": ("Wristband: ⟦A B D U L⟧", ["E X A M", "A B C D E", "T N M", "S T A T U S"]),
    "prenom_minuscule": ("aide ⟦rebecca bennett⟧, daily", ["aide rose early", "aide amber urine"]),
    "patient_minuscule": ("pt ⟦bennett, rebecca⟧", ["pt stable, afebrile", "pt denies, alert"]),
    "employeur": ("Clerk for ⟦Acme Steel and Sons⟧.", ["works for the US", "works at night", "worked with Oncology"]),
    "signature": ("end.\n⟦garcia-lopez⟧, ms4", ["seen by rn, np and md", "call the team, md aware"]),
    "patient_nomme": ("the patient ⟦Salazar⟧ denies", ["the patient denies", "The patient CAD", "Patient Education"]),
    "apposee": ("This 17-year-old male, ⟦Bell⟧, was", ["male, Caucasian, well", "woman, G2P1, at"]),
    "objet": ("⟦Maeve Quibble⟧".join(["RE: ", ""]), ["RE: labs", "RE: Labs today"]),
    "dictee": ("D: ⟦MS T: jb⟧", ["D: 12 T: 3", "T: 98"]),
    "street_usps": ("at ⟦26831 Booth Estates⟧", ["12 Deep Wells", "5 Tender Points", "300 Mg Daily"]),
    "zip_plus_4": ("to ⟦38730-3014⟧", ["1000-2000", "123-45-6789"]),
    "landmark": ("the ⟦Easton⟧ town hall", ["the town hall", "The library"]),
    "between": ("road between ⟦Easton and Weston⟧", ["between Monday and Friday", "road between two"]),
    "home": ("Discharged home (⟦Easton⟧)", ["home (HHA)", "home (stable)"]),
    "dictated_at": ("Dictated at ⟦EASTON⟧", ["dictated at night", "signed in The"]),
    "general": ("sent by ⟦Easton General⟧ here", ["by General Surgery", "to Memorial"]),
    "residence_lower": ("lives in ⟦little rock⟧", ["lives in a house", "from buffalo"]),
    "city_capitals": ("of ⟦CHICAGO⟧ again", ["MESA", "BOSTON SCORE"]),
    "age_in_words": ("a ⟦ninety-two-year-old⟧ man", ["eighty-two-year-old"]),
}
SHARED = {
    "gps": ("⟦48.8566, 2.3522⟧", ["4.2 et 12.1"]),
    "date_iso": ("⟦2019-03-12T14:30:00⟧", ["2019-45-99"]),
    "date_numerique": ("le ⟦07.11.1948⟧", ["40/50/60", "masse de 21/11/25 cm"]),
    "date_compacte": ("acte ⟦20190312⟧", ["20191399"]),
    "mois_annee_chiffres": ("en ⟦03/2019⟧", ["13/2019", "1/2000,5"]),
    "annee_mois_chiffres": ("en ⟦2019-03⟧", ["2019-2020"]),
}
CASES = [
    *((language, name, *case) for language in ("fr", "en") for name, case in (NUMBER_EXAMPLES | SHARED).items()),
    *(("fr", name, *case) for name, case in FRENCH_EXAMPLES.items()),
    *(("en", name, *case) for name, case in ENGLISH_EXAMPLES.items()),
]


def rules(language):
    return {one.name: one for one in (*NUMBERS, *DATES[language], *NAMES[language], *PLACES[language])}


def spans(one, note):
    return [note[slice(*one.span(match))] for match in one.regex.finditer(note) if one.check(match)]


@pytest.mark.parametrize(("language", "name", "note", "near_misses"), CASES)
def test_a_rule_finds_its_identifier_and_leaves_what_looks_like_it(language, name, note, near_misses):
    one = rules(language)[name]
    before, identifier, after = note.replace("⟧", "⟦").split("⟦")
    assert spans(one, before + identifier + after) == [identifier]
    for near_miss in near_misses:
        assert spans(one, near_miss) == [], near_miss


@pytest.mark.parametrize(("language", "name", "note", "near_misses"), CASES)
def test_the_whole_note_loses_the_identifier(language, name, note, near_misses):
    before, identifier, after = note.replace("⟧", "⟦").split("⟦")
    found = find_identifiers(before + identifier + after, language)
    covered = {position for one in found for position in range(one.start, one.end)}
    assert set(range(len(before), len(before) + len(identifier))) <= covered


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_rule_has_its_example(language):
    examples = NUMBER_EXAMPLES | SHARED | (FRENCH_EXAMPLES if language == "fr" else ENGLISH_EXAMPLES)
    assert set(rules(language)) == set(examples)
    assert len(rules(language)) == len((*NUMBERS, *DATES[language], *NAMES[language], *PLACES[language])), (
        "un nom par règle"
    )


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("fr", "TA 12/8, FC 80, SaO2 98 %, T 37,2 °C. Hb 12,1 g/dl, K+ 4,2, créatinine 85 µmol/l, CRP < 5."),
        ("fr", "Doliprane 1 g x 3/j, 3/4 de comprimé le soir, Lovenox 0,4 ml, Kardégic 75 mg, IPP 20 mg."),
        (
            "fr",
            "Maladie de Parkinson, syndrome de Guillain-Barré, maladie de Crohn, signe de Babinski, Glasgow 15.",
        ),
        (
            "fr",
            "Apgar 10/10, Gleason 7 (4+3), T2N0M0, Child-Pugh A, score de Lille 0,3, critères de Milan.",
        ),
        ("fr", "G3P2, 24 SA + 3, âgée de 32 ans, 165 cm, 60 kg, IMC 22. Sondage urinaire, sonde de Foley posée."),
        (
            "fr",
            "Le patient va bien. Il marche seul. L'examen clinique est normal. Sortie en 2019, suivi en Cardiologie.",
        ),
        ("en", "BP 120/80, HR 88, SpO2 98% on 2 L. Hgb 12.1, K 4.2, Cr 0.9, WBC 12,500. EF 45-50%. Pain 3/10."),
        ("en", "Take 1/2 tablet by mouth daily. Tylenol 500 mg q6h. She may resume diet. Metoprolol 25 mg BID."),
        ("en", "Parkinson's disease, Hodgkin lymphoma, Bell's palsy, Foley catheter, Glasgow Coma Scale 15, Apgar 9."),
        ("en", "The patient is a 45-year-old male from Texas. Mother (CAD). Seen in the Pain Clinic in 2008."),
    ],
)
def test_plain_medicine_is_left_untouched(language, note):
    assert find_identifiers(note, language) == []
