"""pfl-research (Apple), dans un environnement à lui : ses versions ne sont pas celles du cours."""
