"""Des prénoms courants, en France et aux États-Unis, écrits à la main : un prénom rare leur échappe.

Un nettoyeur à règles ne trouve jamais tout ; son rappel se mesure, il ne se suppose pas.
"""

_FRENCH = """
Adrien Adèle Agathe Agnès Alain Albertine Alexandra Alexandre Alexis Alice Aline Alioune Amadou Aminata Amine Amélie
Anaïs André Andrée Angèle Anne Annie Antoine Antoinette Ariane Arnaud Arthur Aurélie Aurélien Awa Axel Aya Aïcha
Baptiste Bastien Benjamin Benoît Bernadette Bernard Bertrand Bintou Brigitte Bruno Béatrice Camille Carine Caroline
Catherine Chantal Charlotte Chloé Christelle Christian Christiane Christine Christophe Claire Clara Claude Claudine
Clémence Clément Colette Corinne Cyril Cécile Cédric Céline Damien Daniel Danielle Danièle David Delphine Denis
Denise Diane Didier Dominique Emma Emmanuel Emmanuelle Enzo Estelle Ethan Eugène Fabien Fabrice Fatima Fatou
Fatoumata Florence Florian Floriane Francis Franck François Françoise Frédéric Frédérique Gabriel Gabrielle Gaston
Gaël Geneviève Georges Georgette Germaine Ghislaine Gilbert Gilberte Gilles Ginette Grégory Guillaume Guy Gérard
Habib Hamza Hassan Henri Henriette Hervé Hugo Hugues Hélène Ibrahim Inès Irène Isabelle Ismaël Jacqueline Jacques
Jade Jean Jeanne Jeannine Jonathan Joseph Josette Josiane Joël Joëlle Julie Julien Juliette Justine Jérémy Jérôme
Karim Karine Kevin Khadija Laetitia Laura Laure Laurence Laurent Lina Lola Louis Louise Louna Loïc Luc Lucas Lucette
Lucie Lucien Lucienne Ludovic Léa Léo Léon Léonie Madeleine Malika Mamadou Manon Marc Marcel Marcelle Margaux
Marguerite Marianne Marie Marine Marion Marthe Martine Mathias Mathieu Mathilde Mathis Matthieu Maurice Maxime Maël
Maëlys Mehdi Michel Micheline Michèle Mireille Mohamed Mohammed Monique Moussa Moustapha Muriel Myriam Mélanie
Mélissa Nabil Nadia Nadine Nadège Nathalie Nathan Nicolas Nicole Nolwenn Noé Noémie Odette Odile Olivier Oumar
Ousmane Pascal Pascale Patrice Patricia Patrick Paul Paulette Pauline Philippe Pierre Pierrette Quentin Rachid Raoul
Raphaël Raymond Raymonde Renaud René Renée Robert Roger Roland Romain Rose Régine Régis Rémi Rémy Sabine Sabrina
Salma Samia Samir Samuel Sandra Sandrine Sarah Saïd Serge Simon Simone Solange Solène Sonia Sophie Stéphane
Stéphanie Suzanne Sylvain Sylvie Sébastien Séverine Tatiana Thibault Thierry Thomas Théo Thérèse Timothée Tristan
Valentin Valérie Vanessa Victor Victoria Vincent Virginie Viviane Véronique William Xavier Yann Yannick Yasmine
Youssef Yves Yvette Yvonne Zineb Zoé Édouard Élise Élodie Émile Émilie Éric Étienne Évelyne
"""
_ENGLISH = """
Aaron Abigail Adam Aisha Alan Albert Alejandro Alexander Alexis Alice Alison Amanda Amber Amy Andrea Andrew Angela
Anita Ann Anna Anne Anthony Antonio Arthur Ashley Barbara Benjamin Bernard Bernice Betty Beverly Bob Bobby Bonnie
Bradley Brandon Brenda Brian Brittany Bruce Bryan Carl Carlos Carol Caroline Carolyn Catherine Charles Charlotte
Cheryl Christian Christina Christine Christopher Cindy Clarence Cynthia Daniel Danielle David Deborah Debra Denise
Dennis Diana Diane Donald Donna Doris Dorothy Douglas Dylan Earl Edith Edna Edward Eleanor Elijah Elizabeth Ella
Ellen Emily Emma Eric Ernest Esther Ethan Ethel Eugene Evelyn Florence Frances Francis Frank Fred Gabriel Gary
George Gerald Gladys Gloria Gregory Hannah Harold Harry Heather Helen Henry Howard Irene Isaac Isabella Jack Jacob
Jacqueline James Jamie Janet Janice Jason Jean Jeffrey Jennifer Jeremy Jerome Jerry Jesse Jessica Jim Jimmy Joan Joe
John Johnny Jonathan Jordan Jose Joseph Joshua José Joyce Juan Juanita Judith Judy Julia Julie Justin Karen
Katherine Kathleen Kathryn Katie Keith Kelly Kenneth Kevin Kimberly Kyle Larry Laura Lauren Lawrence Leonard Leroy
Liam Linda Lisa Logan Lori Louis Louise Lucas Lucille Luis Marcus Margaret Maria Marie Marilyn Mario Martha Martin
Marvin Mary Matthew Maureen Megan Melissa Michael Michelle Miguel Mildred Minnie Mohammed Nancy Natalie Nathan
Nicholas Nicole Noah Norma Oliver Olivia Oscar Pamela Patricia Patrick Paul Paula Peggy Peter Philip Phillip Phyllis
Priya Rachel Ralph Randy Raymond Rebecca Ricardo Richard Rita Robert Roberto Robin Rodney Roger Ronald Roy Russell
Ruth Ryan Samantha Samuel Sandra Sara Sarah Scott Sean Sharon Shawn Sheila Shirley Sophia Stanley Stephanie Stephen
Steven Susan Sylvia Tamara Teresa Thelma Theresa Thomas Tiffany Timothy Tina Todd Tom Tracy Tyler Victor Victoria
Vincent Virginia Walter Wanda Wayne Wendy William Willie Yvonne Zachary
"""
# Des mots, des lieux ou des noms de signes : seuls, ces prénoms-là ne prouvent rien.
_AMBIGUOUS = """
Albert Amber Ambre Axel Bernard Carol Charles Charlotte Christian Claire Claude Diane Dominique Earl Fabrice
Florence Francis Frank Georgia Guy Harry Henry Jack Jade Jean Jordan Joseph Joyce Kelly Laure Laurence Leroy Louis
Luc Marc Marguerite Marie Martin Maxime Norma Paul Pierre Robin Roger Rose Roy Scott Simon Thomas Todd Tracy Victor
Victoria Vincent Virginia Virginie Wayne William
"""

FIRST_NAMES_FR = frozenset(_FRENCH.split())
FIRST_NAMES_EN = frozenset(_ENGLISH.split())
AMBIGUOUS_FIRST_NAMES = frozenset(_AMBIGUOUS.split())
