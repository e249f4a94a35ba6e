"""Quatre pannes provoquées pour de vrai, et ce que chacune donne."""

import subprocess

import psutil

from semaine_6_a_8.deploiement import processus, securite
from semaine_6_a_8.deploiement.entrainement import Outcome
from semaine_6_a_8.deploiement.federation import Federation, open_federation
from semaine_6_a_8.deploiement.manieres import Say, Settings, open_everything
from semaine_6_a_8.deploiement.processus import DeploymentError

REFUSAL_S = 60.0
FIRST_ORDER_S = 120.0  # entre la commande et le premier ordre reçu par un hôpital


def unregistered_key(federation: Federation) -> str:
    """Présente au SuperLink un nœud dont personne n'a inscrit la clé, et dit comment il est refusé.

    Erreur : `DeploymentError` s'il n'est pas refusé, ou s'il s'arrête pour une autre raison.
    """
    securite.write_node_key(federation.keys, "intrus")
    federation.start_node("intrus")
    node = federation.nodes["intrus"]
    processus.wait_until(lambda: node.poll() is not None, REFUSAL_S, lambda: "Le nœud à la clé inconnue tourne encore.")
    if "Failed to activate SuperNode" not in federation.read_log("intrus"):
        raise DeploymentError(federation.explain("Le nœud à la clé inconnue s'est arrêté sans être refusé", "intrus"))
    return f"Le SuperLink refuse la clé inconnue ; le SuperNode s'arrête de lui-même (code {node.returncode})."


def killed_node(federation: Federation, name: str, settings: Settings) -> Outcome:
    """Tue le SuperNode `name` pendant qu'il apprend, et rend l'entraînement, mené à terme par les autres."""
    training = federation.start_training(settings.run_config())
    node = federation.nodes[name]
    processus.wait_until(lambda: _is_learning(node), FIRST_ORDER_S, lambda: f"{name} n'a rien reçu.")
    node.kill()
    return federation.finish(training)


def killed_superlink(federation: Federation, settings: Settings) -> str:
    """Tue le SuperLink pendant un entraînement et rend le message qu'en reçoit la personne."""
    training = federation.start_training(settings.run_config())
    nodes = [node for node in federation.nodes.values() if node.poll() is None]
    processus.wait_until(lambda: any(map(_is_learning, nodes)), FIRST_ORDER_S, lambda: "Rien n'a commencé.")
    federation.superlink.kill()
    try:
        federation.finish(training)
    except DeploymentError as error:
        return str(error)
    raise DeploymentError("Le SuperLink est mort et l'entraînement se dit fini !")


def show(settings: Settings, say: Say) -> int:
    """Provoque les pannes l'une après l'autre et dit ce que chacune a donné."""
    with open_federation() as federation:
        open_everything(federation, say)
        say(f"\n1. Une clé que personne n'a inscrite.\n{unregistered_key(federation)}")
        say(f"\n2. L'hôpital « va » tué pendant le tour 1 ; le serveur l'attend {settings.round_timeout} s au plus.")
        say("\n".join(killed_node(federation, "va", settings).lines()))
        say(f"\n3. Le SuperLink tué.\n{killed_superlink(federation, settings)}")
        folder = federation.folder
    left = len(processus.marked(lambda mark: mark == folder.name)), folder.exists()
    say(f"\nAprès le ménage : {left[0]} programme restant, dossier des clés {'présent' if left[1] else 'effacé'}.")
    return int(left != (0, False))


def _is_learning(node: subprocess.Popen) -> bool:
    """Vrai quand le SuperNode a lancé un `flwr-clientapp`, donc reçu un ordre."""
    try:
        children = psutil.Process(node.pid).children(recursive=True)
        return any("flwr-clientapp" in " ".join(child.cmdline()) for child in children)
    except psutil.Error:
        return False
