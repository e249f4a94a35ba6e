"""Les mots que Faker n'a pas, ou rend trop faciles : noms moins attendus, vraies villes, hôpitaux, employeurs.

Aucun n'est celui d'un patient. Un nom est tiré ici une fois sur trois : composé, à particule, à apostrophe, nom commun,
ou d'ailleurs, comme dans une vraie salle d'attente.
"""

from typing import NamedTuple


class Words(NamedTuple):
    """Le vocabulaire d'une langue."""

    locale: str
    last_names: tuple[str, ...]
    men: tuple[str, ...]
    women: tuple[str, ...]
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    days: tuple[str, ...]
    cities: tuple[str, ...]
    hospitals: tuple[str, ...]
    homes: tuple[str, ...]
    employers: tuple[str, ...]
    districts: tuple[str, ...]
    quarters: tuple[str, ...]


def _list(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


FRENCH = Words(
    locale="fr_FR",
    last_names=_list(
        "Benali, N'Diaye, Nguyen, Da Silva, Le Goff, El Mansouri, Traoré, Diallo, Petit, Blanc, Roux, Boucher, "
        "Legrand, Dupont-Martin, De La Tour, D'Hermy, Kowalczyk, Çelik, Haddad, Ould Ahmed, Mbappé, Tran Van, "
        "Ferreira, Lebrun, Sage, Bouchard-Lévy, Ait Oufella, Rakotomalala, Saint-Pierre, Pain, Lacroix, Point, "
        "Jourdan, Lundi, Ly, Vu, Bo"
    ),
    men=_list(
        "Mohamed, Ousmane, Jean-Baptiste, Kévin, Ylan, Pierre, Marin, Côme, Amine, Xuan, João, Noé, Brice, Juste"
    ),
    women=_list(
        "Fatoumata, Aïcha, Rose, Clémence, Marie-Thérèse, Ambre, Prune, Thi Mai, Océane, Inès, Lou, Aurore, Zoé"
    ),
    months=_list("janvier, février, mars, avril, mai, juin, juillet, août, septembre, octobre, novembre, décembre"),
    short_months=_list("janv, févr, mars, avr, mai, juin, juil, août, sept, oct, nov, déc"),
    days=_list("lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche"),
    cities=_list(
        "Rennes, Lyon, Marseille, Roubaix, Saint-Étienne, Villeurbanne, La Rochelle, Le Havre, Aix-en-Provence, "
        "Nantes, Vitry-sur-Seine, Bourg-en-Bresse, Guéret, Foix, Oyonnax, Pau, Dax, Gap, Sète, "
        "Plougastel-Daoulas, Tours, Nice, Saint-Denis de la Réunion, Pointe-à-Pitre, Cayenne, Bastia, "
        "L'Isle-Adam, Is-sur-Tille, Mende, Bagnols, Vienne, Fort-de-France, Charleville-Mézières, Montreuil, "
        "Châteauroux, Orange, Lens, Thiers, Saint-Lô, Uzès, Bray-Dunes"
    ),
    hospitals=_list(
        "Saint-Louis, Lariboisière, Pitié-Salpêtrière, Bichat, Édouard-Herriot, La Timone, Purpan, Pellegrin, "
        "Cochin, Necker, Trousseau, Pontchaillou, Hautepierre, Bretonneau, Robert-Debré, Lapeyronie, "
        "Croix-Rousse, Avicenne"
    ),
    homes=_list("Les Tilleuls, Le Clos Fleuri, Saint-Joseph, Bel Air, La Roseraie, Les Quatre Vents, Val de Brenne"),
    employers=_list(
        "Renault, La Poste, SNCF Réseau, Établissements Morvan, Carrefour Market, Boulangerie Ange, Airbus, "
        "Michelin, Transports Gauthier, Eiffage, Mairie de Sevran, Lycée Jean-Moulin, Ateliers du Bocage, "
        "Aciéries de Ploërmel"
    ),
    districts=_list(
        "Finistère, Gers, Cantal, Morbihan, Loiret, Jura, Vaucluse, Val-de-Marne, Calvados, Tarn-et-Garonne"
    ),
    quarters=_list("Minguettes, Izards, Aubiers, Quatre-Moulins, Tarterêts, Beaudottes, Francs-Moisins, Trois-Cités"),
)

ENGLISH = Words(
    locale="en_US",
    last_names=_list(
        "O'Connor, Nguyen, Garcia-Lopez, Okafor, St. John, McAllister, Young, White, Long, Black, Hope, Park, "
        "Day, Van Der Berg, De La Cruz, Patel, Xu, Ng, Bannister-Hill, Abdullahi, Kowalski, Stone, Payne, Rash, "
        "Ruiz, Coffey, Whitehorse, Yazzie, Beaulieu, Summers, March, Ferrer, Iyer, Tran, Müller, Begay, Gray, "
        "Fields"
    ),
    men=_list("Will, Mark, Art, José, Dwayne, Tyrone, Khalid, Jean-Luc, Bo, Chase, Angel, Mohammed, Raj, Guy, Rusty"),
    women=_list(
        "Grace, Hope, Joy, Shaniqua, Nguyet, Xochitl, Faith, May, June, Mary Ann, Dawn, Lakshmi, Aaliyah, Rose"
    ),
    months=_list("January, February, March, April, May, June, July, August, September, October, November, December"),
    short_months=_list("Jan, Feb, Mar, Apr, May, Jun, Jul, Aug, Sept, Oct, Nov, Dec"),
    days=_list("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
    cities=_list(
        "Cleveland, Boston, Tulsa, Fresno, Baton Rouge, Winston-Salem, Coeur d'Alene, Mobile, Reading, Orange, "
        "Troy, St. Louis, Ann Arbor, Chapel Hill, Sioux Falls, Truth or Consequences, Normal, Bend, Gary, Erie, "
        "Yuma, Waco, Terre Haute, Little Rock, Walla Walla, Enid, Ames, Bath, Salem, Fall River, Las Cruces, "
        "Kalamazoo, Dothan, Nome"
    ),
    hospitals=_list(
        "Mercy, St. Mary's, Cedars-Sinai, Johns Hopkins, Bellevue, Mount Sinai, Good Samaritan, Brigham, Baylor, "
        "Duke, Cook County, Massachusetts General, Grady, Memorial Hermann, Barnes-Jewish, Mayo, Vanderbilt, "
        "Lutheran, Kaiser"
    ),
    homes=_list("Sunny Acres, Willow Creek, St. Joseph Manor, Maple Grove, Golden Years, Harbor View, Bethany"),
    employers=_list(
        "Walmart, General Motors, FedEx Ground, Hank's Auto Body, Boeing, Tyson Foods, Lincoln High School, Home "
        "Depot, Bethlehem Steel, Delta, Miller & Sons Roofing, the Cuyahoga County Library, Joe's Diner, UPS, "
        "Nucor"
    ),
    districts=_list(
        "Cuyahoga County, Orange County, Maricopa, the Bronx, Cook County, Cape Cod, Key West, Orleans Parish, Maui"
    ),
    quarters=_list(
        "Hough, Brownsville, Roxbury, South Side, Fishtown, Little Havana, the Tenderloin, Greasewood Flats"
    ),
)

WORDS = {"fr": FRENCH, "en": ENGLISH}
