"""Le dossier patient : les tables de MIMIC-III, leur définition, leur lecture, leur cohorte, leur qualité."""
