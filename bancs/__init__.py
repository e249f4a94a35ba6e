"""Les bancs : des mesures trop longues ou trop réelles pour une leçon, dont le résultat est validé dans le dépôt."""
