"""L'agrégation sécurisée : le serveur apprend la somme des mises à jour, jamais une seule."""
