"""L'application Flower du dossier : le client de la semaine 1, une stratégie qui n'attend jamais sans fin."""
