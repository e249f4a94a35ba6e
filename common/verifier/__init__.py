"""Les vérificateurs : un module par semaine, importé par les leçons sous le nom `verifier`."""
