"""Les exercices de la semaine 2, un fichier par leçon."""

from common.verifier.semaine_2.lecon_3 import complete_form, k_anonymity, link, phone_numbers, pseudonymise

__all__ = ["complete_form", "k_anonymity", "link", "phone_numbers", "pseudonymise"]
