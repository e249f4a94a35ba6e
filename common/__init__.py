"""Le paquet partagé par les leçons : données, mesures, modèles, apprentissage fédéré, vérificateurs."""

from common import environment

environment.prepare()
