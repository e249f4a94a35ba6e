"""Les bancs : des mesures trop longues ou trop réelles pour une leçon, dont le résultat est validé dans le dépôt."""

import common as common  # règle les fils et coupe la télémétrie, avant l'import de PyTorch et de Flower
