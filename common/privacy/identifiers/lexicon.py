"""Les mots que les règles connaissent : villes courantes, éponymes, mois, et ce qui porte une majuscule pour rien.

Ces listes sont courtes et écrites à la main : un village leur échappe. `any_of` en fait des motifs.
"""

import unicodedata

SPACE = r"\s"


def any_of(entries: str) -> str:
    """Le motif « l'une de ces expressions », séparées par des virgules ; une espace y vaut aussi un saut de ligne."""
    listed = (entry.strip() for entry in " ".join(entries.split()).split(","))
    return f"(?:{'|'.join(entry.replace(' ', SPACE) for entry in listed)})"


def without_accents(text: str) -> str:
    """Le même texte sans ses accents : « Béziers » se tape aussi « Beziers »."""
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


def in_capitals(entries: str, common: str = "") -> str:
    """Les mêmes entrées en capitales, avec et sans accents, sauf celles dont les capitales sont aussi un mot."""
    capitals = entries.upper().replace("’", "'")
    kept = {entry.strip() for entry in f"{capitals}, {without_accents(capitals)}".split(",")} - set(common.split())
    return any_of(",".join(sorted(kept, key=lambda entry: (-len(entry), entry))))


# Grandes villes et préfectures françaises, quelques grandes villes francophones : de mémoire, donc incomplet.
_CITIES_FR = """
    Aix-en-Provence, Ajaccio, Albi, Alger, Amiens, Angers, Angoulême, Annecy, Antibes, Argenteuil, Arles, Arras,
    Aubervilliers, Aurillac, Auxerre, Avignon, Bamako, Bastia, Bayonne, Beauvais, Belfort, Besançon, Béziers, Blois,
    Bobigny, Bordeaux, Boulogne-Billancourt, Bourges, Brest, Brive-la-Gaillarde, Bruxelles, Caen, Calais, Cannes,
    Carcassonne, Casablanca, Cayenne, Chambéry, Charleville-Mézières, Chartres, Châteauroux, Cherbourg, Cholet,
    Clermont-Ferrand, Colmar, Cotonou, Créteil, Dakar, Dijon, Douai, Dunkerque, Épinal, Évreux, Évry,
    Fort-de-France, Genève, Grasse, Grenoble, Ivry-sur-Seine, La Rochelle, La Roche-sur-Yon, Laval, Lausanne,
    Le Havre, Le Mans, Levallois-Perret, Liège, Lille, Limoges, Lorient, Lyon, Mâcon, Marrakech, Marseille, Meaux,
    Melun, Metz, Montauban, Montluçon, Montpellier, Montréal, Montreuil, Mulhouse, Namur, Nancy, Nanterre, Nantes,
    Narbonne, Neuilly-sur-Seine, Nevers, Nice, Nîmes, Niort, Noisy-le-Grand, Orléans, Oujda, Paris, Pau, Périgueux,
    Perpignan, Poitiers, Pontoise, Québec, Quimper, Rabat, Reims, Rennes, Roanne, Roubaix, Rouen, Rueil-Malmaison,
    Saint-Brieuc, Saint-Denis, Saint-Étienne, Saint-Malo, Saint-Nazaire, Saint-Quentin, Sète, Sfax, Sousse,
    Strasbourg, Tarbes, Toulon, Toulouse, Tourcoing, Tours, Troyes, Tunis, Valence, Valenciennes, Vannes,
    Versailles, Vichy, Villejuif, Villeneuve-d'Ascq, Villeurbanne, Vitry-sur-Seine, Yaoundé,
    Agen, Alençon, Auch, Bar-le-Duc, Bourg-en-Bresse, Cahors, Cergy, Châlons-en-Champagne, Chaumont, Digne-les-Bains,
    Foix, Gap, Guéret, Laon, Le Puy-en-Velay, Lons-le-Saunier, Mamoudzou, Mende, Mont-de-Marsan, Moulins, Basse-Terre,
    Privas, Rodez, Saint-Lô, Tulle, Vesoul, Mérignac, Pessac, Vénissieux,
    Drancy, Hyères, Courbevoie, Colombes, Asnières-sur-Seine, Aulnay-sous-Bois, Champigny-sur-Marne,
    Saint-Maur-des-Fossés, Issy-les-Moulineaux, Maisons-Alfort, Saint-Paul, Saint-Pierre, Le Tampon
"""
_WORDS_IN_CAPITALS = "TOURS NICE GRASSE PAU GAP MENDE TULLE LAVAL VALENCE SOUSSE MOULINS CHAUMONT FOIX AUCH MESA"
CITIES_FR = any_of(f"{_CITIES_FR}, {without_accents(_CITIES_FR)}")
CITIES_FR_IN_CAPITALS = in_capitals(_CITIES_FR, _WORDS_IN_CAPITALS)
# Les plus grandes villes et les capitales d'État des États-Unis : de mémoire, donc incomplet.
_CITIES_EN = r"""
    Albany, Albuquerque, Anaheim, Anchorage, Arlington, Atlanta, Austin, Bakersfield, Baltimore, Baton Rouge,
    Birmingham, Boise, Boston, Boulder, Brooklyn, Buffalo, Cambridge, Charleston, Charlotte, Chicago, Cincinnati,
    Cleveland, Colorado Springs, Columbus, Dallas, Denver, Des Moines, Detroit, Durham, El Paso, Fort Worth, Fresno,
    Hartford, Honolulu, Houston, Indianapolis, Jacksonville, Kansas City, Knoxville, Las Vegas, Lexington,
    Little Rock, London, Long Beach, Los Angeles, Louisville, Madison, Memphis, Mesa, Miami, Milwaukee, Minneapolis,
    Nashville, New Haven, New Orleans, New York City, Newark, Norfolk, Oakland, Oklahoma City, Omaha, Orlando,
    Philadelphia, Phoenix, Pittsburgh, Portland, Providence, Raleigh, Richmond, Riverside, Rochester, Sacramento,
    Salt Lake City, San Antonio, San Diego, San Francisco, San Jose, Seattle, Spokane, Springfield, St\.? Louis,
    St\.? Paul, Syracuse, Tacoma, Tampa, Toledo, Toronto, Tucson, Tulsa, Worcester, Annapolis, Aurora, Bismarck,
    Carson City, Chandler, Cheyenne, Chula Vista, Corpus Christi, Frankfort, Garland, Gilbert, Glendale, Greensboro,
    Harrisburg, Helena, Henderson, Irvine, Jefferson City, Jersey City, Juneau, Lansing, Laredo, Lincoln, Lubbock,
    Montgomery, Montpelier, Olympia, Plano, Reno, Salem, San Bernardino, Santa Ana, Santa Fe, Scottsdale, Stockton,
    Tallahassee, Topeka, Trenton, Virginia Beach, Wichita, Winston-Salem
"""
CITIES_EN = any_of(_CITIES_EN)
CITIES_EN_IN_CAPITALS = in_capitals(_CITIES_EN, _WORDS_IN_CAPITALS)
US_STATES = any_of("""
    Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Georgia, Hawaii,
    Idaho, Illinois, Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan,
    Minnesota, Mississippi, Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New York,
    North Carolina, North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina, South Dakota,
    Tennessee, Texas, Utah, Vermont, Virginia, Washington, West Virginia, Wisconsin, Wyoming
""")
STATE_CODES = (
    "(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|"
    "W[AIVY])"
)
# Un pays n'est pas plus petit qu'un État : la règle (B) le laisse.
COUNTRIES = any_of("""
    Afrique, Africa, Algérie, Algeria, Allemagne, Germany, Amérique, America, Angleterre, England, Asie, Asia,
    Belgique, Belgium, Bénin, Brésil, Brazil, Burkina, Cambodge, Cameroun, Canada, Chine, China, Congo, Corée,
    Korea, Côte, Cuba, Égypte, Egypt, Espagne, Spain, États, Europe, France, Gabon, Grèce, Greece, Guinée, Haïti,
    Haiti, Inde, India, Iran, Irak, Iraq, Israël, Israel, Italie, Italy, Japon, Japan, Liban, Libye, Madagascar,
    Mali, Maroc, Morocco, Mauritanie, Mexique, Mexico, Niger, Nigeria, Philippines, Pologne, Poland, Portugal,
    Puerto, Roumanie, Royaume, Russie, Russia, Rwanda, Sénégal, Suisse, Syrie, Tchad, Togo, Tunisie, Tunisia,
    Turquie, Turkey, Ukraine, USA, United, Vietnam
""")
# Ils ouvrent une phrase ou une rubrique, qualifient un patient, ou sont une marque de fil : jamais un nom.
COMMON_WORDS = any_of("""
    Patiente?, Patients?, Chers?, Chère, [Cc][Ee][Dd][Ee][Xx],
    Sans, Avec, Antécédents?, Motif, Admise?, Hospitalisée?, Examen, Traitement, Conclusion,
    Diagnostic, Absence, Il, Elle, Ils, Elles, On, Nous, Vous, Le, La, Les, Un, Une, Des, Ce, Cette, Son, Sa, Ses,
    Aucune?, Pas, Âgée?, Agée?, Opérée?, Suivie?, Date, Lieu, Adresse, Age, Âge, Sexe, Nom, Prénoms?, Service,
    Téléphone, Tél, Tel, Fax, Mail, Courriel, Email, Dossier, Numéro, IPP, NIR, NDA, Née?, DDN, TA, PA, FC, IRM,
    TDM, ECG, CHU, CHR, VIH, Homme, Femme, Monsieur, Madame, Mademoiselle, Mme, Mlle, Mr, Dr, Pr, Tunisien,
    Tunisienne, Marocaine?, Sénégalaise?, Africaine?, Française?, Algérien, Algérienne, Caucasien, Caucasienne,
    Camerounaise?, Fillette, Fille, Garçon, Nourrisson, Enfant, Bébé, Mère, Père, Jeune, Observation, Cas, Figures?,
    Fig, Tableau, Table, Clichés?, Image, Vicryl, Prol[èe]ne, Nylon, Monocryl, Ethilon, The, This, That, He, She,
    They, His, Her, We, You, It, I, And, But, No, Not, With, Without, Is, Was, Has, Had, At, In, To, For, If, Of,
    Who, Patient's, Name, Sex, Gender, Address, Phone, Number, MRN, DOB, SSN, History, Denies, Reports, States,
    Exam, Assessment, Plan, Caucasian, Hispanic, African, American, Asian, Black, White, Male, Female, Mrs, Ms,
    Miss, Doctor, Docteur, Hospital, Department, Emergency, Room, Center, Medical, Clinic, Yes, Okay, Oh, What, Any,
    All, Today, Thank, Thanks, Please, Good, Status, Signed, Signé
""")
# Un service n'est pas un lieu : « suivie en Ophtalmologie », « Neurology Clinic », « Pain Clinic ».
SPECIALTIES = any_of("""
    Pulmonary, Neurology, NeuroOncology, Pain, Cardiology, Oncology, Urology, Orthopa?edics?, Surgery, Surgical,
    Outpatient, Urgent, Care, Primary, Trauma, Sleep, Wound, Eye, Dental, Pediatrics?, Diabetes, Allergy, Weight,
    Fertility, Family, Internal, Infectious, Memory, Gastroenterology, Rheumatology, Sample, Medicine,
    Ophtalmologie, Cardiologie, Neurologie, Pneumologie, Dermatologie, Urologie, Oncologie, Hématologie,
    Gynécologie, Pédiatrie, Chirurgie, Réanimation, Urgences?, Médecine, Psychiatrie, Néphrologie, Rhumatologie,
    Endocrinologie, ORL, Stomatologie, Consultation, Hépatologie, Gastro-entérologie, Gériatrie, Maternité,
    Radiologie, Psychiatry, Dermatology, Nephrology, Hematology, Radiology, Hospice, Nursing, Physical, Therapy,
    Anesthesia, Social, Staff, Case, Management
""")
EPONYM_BEFORE = any_of("""
    maladies?, syndromes?, signes?, scores?, échelles?, classifications?, critères?, stades?, grades?, tests?,
    manœuvres?, manoeuvres?, sondes?, réflexes?, anémie, lymphomes?, sarcomes?, tumeurs?, thyroïdite, opération,
    intervention, technique, point, points, canal, triangle, fracture, indice, index, triade, dystrophie, paralysie,
    chorée, foyer, corps, nodules?, attelle, virus, bacille, loi, formule, équation, méthode, solution, espace,
    ligament, glandes?, cellules?, kystes?, diverticule, hernie, purpura, ulcère, abcès, gangrène, œdème, angine,
    névralgie, conférence, consensus, protocole, règles?, position, coloration, milieu, tubercule, ectasie,
    phénomène, ostéochondrite, arthropathie, spasme, cal, procédure, disease, syndrome, sign, score, scale,
    criteria, classification, test, maneuver, operation, procedure
""")
EPONYM_AFTER = any_of(r"""
    disease, syndrome, sign, score, scale, criteria, classification, test, catheter, maneuver, palsy, tumou?r,
    lymphoma, fracture, coma, procedure, reflex, splint, esophagus, chorea, thyroiditis, stain, node, bodies,
    cells?, phenomenon, anemia, drain, contracture, clamp, retractor, positioning, position, prep, stage, grade,
    hernia, sarcoma, gland, ligament, needle, dressing
""")
MONTHS_FR = any_of(r"""
    janvier, février, fevrier, mars, avril, mai, juin, juillet, août, aout, septembre, octobre, novembre, décembre,
    decembre, janv\., févr?\., avr\., juill?\., sept\., oct\., nov\., déc\.
""")
MONTHS_EN = any_of(r"""
    January, February, March, April, June, July, August, September, October, November, December, Jan\b\.?, Feb\b\.?,
    Mar\b\.?, Apr\b\.?, Jun\b\.?, Jul\b\.?, Aug\b\.?, Sept?\b\.?, Oct\b\.?, Nov\b\.?, Dec\b\.?
""")
# « I may eat » n'est pas une date : le mois de mai n'est lu qu'avec sa majuscule.
MONTHS_EN_OR_MAY = rf"(?:(?i:{MONTHS_EN})|May|MAY)"
