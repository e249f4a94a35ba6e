"""Les pièces du générateur : qui arrive, ce qui lui arrive, ce qu'on mesure, ce qu'on écrit. L'entrée : `generator`."""
