"""Les mots que les règles connaissent : prénoms et villes courants, et ce qui a une majuscule sans nommer personne.

Ces listes sont courtes et écrites à la main : un prénom rare ou un village leur échappe. Un nettoyeur à règles ne
trouve jamais tout ; son rappel se mesure, il ne se suppose pas.
"""

FIRST_NAMES_FR = frozenset(
    """
    Adèle Adrien Agathe Agnès Aïcha Alain Albertine Alexandra Alexandre Alexis Alice Aline Alioune Aminata Amadou Amélie
    Amine Anaïs André Andrée Angèle Anne Annie Antoine Antoinette Ariane Arnaud Arthur Aurélie Aurélien Awa Aya Axel
    Baptiste Bastien Béatrice Benjamin Benoît Bernadette Bernard Bertrand Bintou Brigitte Bruno Camille Carine Caroline
    Catherine Cécile Cédric Céline Chantal Charlotte Chloé Christelle Christian Christiane Christine Christophe Claire
    Clara Claude Claudine Clémence Clément Colette Corinne Cyril Damien Daniel Danièle Danielle David Delphine Denis
    Denise Diane Didier Dominique Édouard Élise Élodie Émile Émilie Emma Emmanuel Emmanuelle Enzo Éric Estelle Étienne
    Ethan Eugène Évelyne Fabien Fabrice Fatima Fatou Fatoumata Florence Florian Floriane Francis Franck François
    Françoise Frédéric Frédérique Gabriel Gabrielle Gaël Gaston Geneviève Georges Georgette Gérard Germaine Ghislaine
    Gilbert Gilberte Gilles Ginette Grégory Guillaume Guy Habib Hamza Hassan Hélène Henri Henriette Hervé Hugo Hugues
    Ibrahim Inès Irène Isabelle Ismaël Jacqueline Jacques Jade Jean Jeanne Jeannine Jérémy Jérôme Joël Joëlle Jonathan
    Joseph Josette Josiane Juliette Julie Julien Justine Karim Karine Khadija Kevin Laetitia Laura Laure Laurence
    Laurent Léa Léo Léon Léonie Lina Loïc Lola Louis Louise Louna Luc Lucas Lucette Lucie Lucien Lucienne Ludovic
    Madeleine Maël Maëlys Malika Mamadou Manon Marc Marcel Marcelle Margaux Marguerite Marianne Marie Marine Marion
    Marthe Martine Mathias Mathieu Mathilde Mathis Matthieu Maurice Maxime Mehdi Mélanie Mélissa Michel Michèle Micheline
    Mireille Mohamed Mohammed Monique Moussa Moustapha Muriel Myriam Nabil Nadège Nadia Nadine Nathalie Nathan Nicolas
    Nicole Noé Noémie Nolwenn Odette Odile Olivier Oumar Ousmane Pascal Pascale Patrice Patricia Patrick Paul Paulette
    Pauline Philippe Pierre Pierrette Quentin Rachid Raoul Raphaël Raymond Raymonde Régine Régis Rémi Rémy Renaud René
    Renée Robert Roger Roland Romain Rose Sabine Sabrina Saïd Salma Samia Samir Samuel Sandra Sandrine Sarah Sébastien
    Serge Séverine Simon Simone Solange Solène Sonia Sophie Stéphane Stéphanie Suzanne Sylvain Sylvie Tatiana Théo
    Thérèse Thibault Thierry Thomas Timothée Tristan Valentin Valérie Vanessa Véronique Victor Victoria Vincent Virginie
    Viviane William Xavier Yann Yannick Yasmine Youssef Yves Yvette Yvonne Zineb Zoé
    """.split()
)
FIRST_NAMES_EN = frozenset(
    """
    Aaron Abigail Adam Aisha Alan Albert Alejandro Alexander Alexis Alice Alison Amanda Amber Amy Andrea Andrew Angela
    Anita Ann Anna Anne Anthony Antonio Arthur Ashley Barbara Benjamin Bernard Bernice Betty Beverly Bob Bobby Bonnie
    Bradley Brandon Brenda Brian Brittany Bruce Bryan Carl Carlos Carol Caroline Carolyn Catherine Charles Charlotte Cheryl
    Christian Christina Christine Christopher Cindy Clarence Cynthia Daniel Danielle David Deborah Debra Denise Dennis
    Diana Diane Donald Donna Doris Dorothy Douglas Dylan Earl Edith Edward Edna Eleanor Elijah Elizabeth Ella Ellen Emily
    Emma Eric Ernest Esther Ethan Ethel Eugene Evelyn Florence Frances Francis Frank Fred Gabriel Gary George Gerald
    Gladys Gloria Gregory Hannah Harold Harry Heather Helen Henry Howard Irene Isaac Isabella Jack Jacob Jacqueline James
    Jamie Janet Janice Jason Jean Jeffrey Jennifer Jeremy Jerome Jerry Jesse Jessica Jim Jimmy Joan Joe John Johnny
    Jonathan Jordan Jose José Joseph Joshua Joyce Juan Juanita Judith Judy Julia Julie Justin Karen Katherine Kathleen
    Kathryn Katie Keith Kelly Kenneth Kevin Kimberly Kyle Larry Laura Lauren Lawrence Leonard Leroy Liam Linda Lisa Logan
    Lori Louis Louise Lucas Lucille Luis Marcus Margaret Maria Marie Marilyn Mario Martha Martin Marvin Mary Matthew
    Maureen Megan Melissa Michael Michelle Miguel Mildred Minnie Mohammed Nancy Natalie Nathan Nicholas Nicole Noah Norma
    Oliver Olivia Oscar Pamela Patricia Patrick Paul Paula Peggy Peter Philip Phillip Phyllis Priya Rachel Ralph Randy
    Raymond Rebecca Ricardo Richard Rita Robert Roberto Robin Rodney Roger Ronald Roy Russell Ruth Ryan Samantha Samuel
    Sandra Sara Sarah Scott Sean Sharon Shawn Sheila Shirley Sophia Stanley Stephanie Stephen Steven Susan Sylvia Tamara
    Teresa Thelma Theresa Thomas Tiffany Timothy Tina Todd Tom Tracy Tyler Victor Victoria Vincent Virginia Walter Wanda
    Wayne Wendy William Willie Yvonne Zachary
    """.split()
)
# Prénoms qui sont aussi des mots, des lieux ou des noms de signes : seuls, ils ne prouvent rien.
AMBIGUOUS_FIRST_NAMES = frozenset(
    """
    Albert Ambre Amber Axel Bernard Carol Charles Charlotte Christian Claire Claude Diane Dominique Earl Fabrice Florence
    Francis Frank Georgia Guy Harry Henry Jack Jade Jean Jordan Joseph Joyce Kelly Laurence Laure Leroy Louis Luc Marc
    Marguerite Marie Martin Maxime Norma Paul Pierre Robin Roger Rose Roy Scott Simon Thomas Todd Tracy Victor Victoria
    Vincent Virginia Virginie Wayne William
    """.split()
)

CITIES_FR = (
    "Aix-en-Provence|Ajaccio|Albi|Alger|Amiens|Angers|Angoulême|Annecy|Antibes|Argenteuil|Arles|Arras|Aubervilliers|"
    "Aurillac|Auxerre|Avignon|Bamako|Bastia|Bayonne|Beauvais|Belfort|Besançon|Béziers|Blois|Bobigny|Bordeaux|"
    "Boulogne-Billancourt|Bourges|Brest|Brive-la-Gaillarde|Bruxelles|Caen|Calais|Cannes|Carcassonne|Casablanca|Cayenne|"
    "Chambéry|Charleville-Mézières|Chartres|Châteauroux|Cherbourg|Cholet|Clermont-Ferrand|Colmar|Cotonou|Créteil|Dakar|"
    "Dijon|Douai|Dunkerque|Épinal|Évreux|Évry|Fort-de-France|Genève|Grasse|Grenoble|Ivry-sur-Seine|La\\sRochelle|"
    "La\\sRoche-sur-Yon|Laval|Lausanne|Le\\sHavre|Le\\sMans|Levallois-Perret|Liège|Lille|Limoges|Lorient|Lyon|Mâcon|Marrakech|"
    "Marseille|Meaux|Melun|Metz|Montauban|Montluçon|Montpellier|Montréal|Montreuil|Mulhouse|Namur|Nancy|Nanterre|Nantes|"
    "Narbonne|Neuilly-sur-Seine|Nevers|Nice|Nîmes|Niort|Noisy-le-Grand|Orléans|Oujda|Paris|Pau|Périgueux|Perpignan|Poitiers|"
    "Pontoise|Québec|Quimper|Rabat|Reims|Rennes|Roanne|Roubaix|Rouen|Rueil-Malmaison|Saint-Brieuc|Saint-Denis|Saint-Étienne|"
    "Saint-Malo|Saint-Nazaire|Saint-Quentin|Sète|Sfax|Sousse|Strasbourg|Tarbes|Toulon|Toulouse|Tourcoing|Tours|Troyes|Tunis|"
    "Valence|Valenciennes|Vannes|Versailles|Vichy|Villejuif|Villeneuve-d'Ascq|Villeurbanne|Vitry-sur-Seine|Yaoundé"
)
CITIES_EN = (
    "Albany|Albuquerque|Anaheim|Anchorage|Arlington|Atlanta|Austin|Bakersfield|Baltimore|Baton\\sRouge|Birmingham|Boise|Boston|"
    "Boulder|Brooklyn|Buffalo|Cambridge|Charleston|Charlotte|Chicago|Cincinnati|Cleveland|Colorado\\sSprings|Columbus|Dallas|"
    "Denver|Des\\sMoines|Detroit|Durham|El\\sPaso|Fort\\sWorth|Fresno|Hartford|Honolulu|Houston|Indianapolis|Jacksonville|"
    "Kansas\\sCity|Knoxville|Las\\sVegas|Lexington|Little\\sRock|London|Long\\sBeach|Los\\sAngeles|Louisville|Madison|Memphis|Mesa|"
    "Miami|Milwaukee|Minneapolis|Nashville|New\\sHaven|New\\sOrleans|New\\sYork\\sCity|Newark|Norfolk|Oakland|Oklahoma\\sCity|"
    "Omaha|Orlando|Philadelphia|Phoenix|Pittsburgh|Portland|Providence|Raleigh|Richmond|Riverside|Rochester|Sacramento|"
    "Salt\\sLake\\sCity|San\\sAntonio|San\\sDiego|San\\sFrancisco|San\\sJose|Seattle|Spokane|Springfield|St\\.?\\sLouis|St\\.?\\sPaul|"
    "Syracuse|Tacoma|Tampa|Toledo|Toronto|Tucson|Tulsa|Worcester"
)
# Un pays ou un État américain n'est pas plus petit qu'un État : la règle (B) le laisse.
COUNTRIES = (
    "Afrique|Africa|Algérie|Algeria|Allemagne|Germany|Amérique|America|Angleterre|England|Asie|Asia|Belgique|Belgium|Bénin|"
    "Brésil|Brazil|Burkina|Cambodge|Cameroun|Canada|Chine|China|Congo|Côte|Cuba|Égypte|Egypt|Espagne|Spain|États|Europe|"
    "France|Gabon|Grèce|Greece|Guinée|Haïti|Haiti|Inde|India|Iran|Irak|Iraq|Israël|Israel|Italie|Italy|Japon|Japan|Liban|"
    "Libye|Madagascar|Mali|Maroc|Morocco|Mauritanie|Mexique|Mexico|Niger|Nigeria|Pologne|Poland|Portugal|Puerto|Roumanie|"
    "Royaume|Russie|Russia|Rwanda|Sénégal|Suisse|Syrie|Tchad|Togo|Tunisie|Tunisia|Turquie|Turkey|Ukraine|USA|United|Vietnam|"
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|"
    "Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|"
    "Nevada|New\\s(?:Hampshire|Jersey|Mexico|York)|North\\s(?:Carolina|Dakota)|South\\s(?:Carolina|Dakota)|Ohio|Oklahoma|"
    "Oregon|Pennsylvania|Rhode|Tennessee|Texas|Utah|Vermont|Virginia|Washington|Wisconsin|Wyoming"
)
# Mots à majuscule que la syntaxe prendrait pour un nom : ils ouvrent une phrase ou une rubrique, ou qualifient un patient.
COMMON_WORDS = (
    "Patiente?|Patients?|Sans|Avec|Antécédents?|Motif|Admise?|Hospitalisée?|Examen|Traitement|Conclusion|Diagnostic|Absence|"
    "Il|Elle|Ils|Elles|On|Nous|Vous|Le|La|Les|Un|Une|Des|Ce|Cette|Son|Sa|Ses|Aucune?|Pas|Âgée?|Agée?|Opérée?|Suivie?|"
    "Date|Lieu|Adresse|Age|Âge|Sexe|Nom|Prénoms?|Service|Téléphone|Tél|Tel|Fax|Mail|Courriel|Email|Dossier|Numéro|IPP|NIR|NDA|"
    "Né|Née|DDN|TA|PA|FC|IRM|TDM|ECG|CHU|CHR|VIH|Homme|Femme|Monsieur|Madame|Mademoiselle|Mme|Mlle|Mr|Dr|Pr|"
    "Tunisiene?|Tunisienne|Marocaine?|Sénégalaise?|Africaine?|Française?|Algérienn?e?|Caucasienn?e?|Camerounaise?|"
    "Fillette|Fille|Garçon|Nourrisson|Enfant|Bébé|Mère|Père|Jeune|Observation|Cas|Figures?|Fig|Tableau|Table|Clichés?|Image|"
    "The|This|That|He|She|They|His|Her|We|You|It|I|And|But|No|Not|With|Without|Is|Was|Has|Had|At|On|In|To|For|If|Of|Who|"
    "Patient's|Name|Age|Sex|Gender|Address|Phone|Number|MRN|DOB|SSN|History|Denies|Reports|States|Exam|Assessment|Plan|"
    "Caucasian|Hispanic|African|American|Asian|Black|White|Male|Female|Mrs|Ms|Miss|Doctor|Docteur|Hospital|Department|"
    "Emergency|Room|Center|Medical|Clinic|Yes|Okay|Oh|What|Any|All|Today|Thank|Thanks|Please|Good|Status|Date|Signed|Signé"
)
# Après « maladie de », devant « disease » : un éponyme ne désigne pas le patient.
EPONYM_BEFORE = (
    "maladies?|syndromes?|signes?|scores?|échelles?|classifications?|critères?|stades?|grades?|tests?|manœuvres?|manoeuvres?|"
    "sondes?|réflexes?|anémie|lymphomes?|sarcomes?|tumeurs?|thyroïdite|opération|intervention|technique|point|canal|"
    "fracture|indice|index|triade|dystrophie|paralysie|chorée|syndromes?|foyer|corps|nodules?|attelle|virus|bacille|"
    "loi|formule|équation|méthode|solution|espace|ligament|glandes?|cellules?|kystes?|diverticule|hernie|purpura|ulcère|"
    "abcès|gangrène|œdème|angine|névralgie|conférence|consensus|protocole|règles?|position|hôpital|coloration|milieu|tubercule|"
    "coronaropathie|ectasie|phénomène|ostéochondrite|arthropathie|spasme|cal|procédure|"
    "disease|syndrome|sign|score|scale|criteria|classification|test|maneuver|operation|procedure"
)
EPONYM_AFTER = (
    "disease|syndrome|sign|score|scale|criteria|classification|test|catheter|maneuver|palsy|tumou?r|lymphoma|fracture|"
    "coma|procedure|reflex|splint|esophagus|chorea|thyroiditis|stain|node|bodies|cells?|phenomenon|anemia|drain|contracture|"
    "clamp|retractor|positioning|position|prep|stage|grade|hernia|sarcoma|palsy|gland|ligament|needle|dressing|score"
)
MONTHS_FR = (
    "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre|"
    "janv\\.|févr?\\.|avr\\.|juill?\\.|sept\\.|oct\\.|nov\\.|déc\\."
)
MONTHS_EN = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan\\b\\.?|Feb\\b\\.?|Mar\\b\\.?|Apr\\b\\.?|Jun\\b\\.?|Jul\\b\\.?|Aug\\b\\.?|Sept?\\b\\.?|Oct\\b\\.?|Nov\\b\\.?|Dec\\b\\.?"
)
