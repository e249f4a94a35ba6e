"""Le serveur HTTPS : cheroot, avec un délai total par requête, pour qu'un client lent ne retienne personne.

cheroot négocie TLS dans le fil qui accueille les connexions : un client muet y bloquerait tous les autres. Ici, une
connexion muette attend sans occuper de fil, et la négociation se fait dans le fil de la requête, sur son délai.
"""

import socket
import ssl
import threading
from pathlib import Path

from cheroot.server import HTTPConnection
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

SOCKET_S = 5.0  # silence permis entre deux octets, et connexion gardée sans requête
REQUEST_S = 15.0  # durée permise à une requête entière, même octet par octet
THREADS, QUEUE = 24, 128


class PatientAdapter(BuiltinSSLAdapter):
    """TLS 1.2 au moins ; la négociation est remise à plus tard."""

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict]:
        """Enveloppe une connexion sans attendre le client."""
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class TimedConnection(HTTPConnection):
    """Une connexion dont chaque requête, négociation comprise, dure au plus `REQUEST_S` secondes."""

    accepted = negotiated = False

    def communicate(self) -> bool:
        """Sert une requête ; rend vrai si la connexion reste ouverte."""
        cut = threading.Timer(REQUEST_S, self._cut)
        cut.daemon = True
        cut.start()
        try:
            if not self.negotiated:
                self.socket.do_handshake()
                self.negotiated = True
            return super().communicate()
        except OSError:  # le client est parti, ou ne parle pas TLS
            return False
        finally:
            cut.cancel()

    def _cut(self) -> None:
        try:
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
        except OSError:  # déjà fermée
            return


class PatientServer(Server):
    """Ne donne un fil à une connexion que lorsqu'elle a quelque chose à dire."""

    def process_conn(self, conn: TimedConnection) -> None:
        """Confie une connexion à un fil ; une neuve retourne d'abord attendre son premier octet."""
        if conn.accepted:
            super().process_conn(conn)
        else:
            conn.accepted = True
            self.put_conn(conn)


def https_server(app, address: tuple[str, int], keys: Path, max_body: int) -> PatientServer:
    """Rend le serveur HTTPS de l'application WSGI `app` ; `keys` contient `serveur.pem` et `serveur.key`.

    Au-delà de `max_body` octets, cheroot refuse et raccroche ; sinon, il lirait en mémoire tout corps dont
    l'application n'a pas voulu.
    """
    server = PatientServer(address, app, numthreads=THREADS, request_queue_size=QUEUE, timeout=SOCKET_S)
    server.ConnectionClass = TimedConnection
    server.ssl_adapter = PatientAdapter(str(keys / "serveur.pem"), str(keys / "serveur.key"))
    server.ssl_adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
    server.max_request_header_size, server.max_request_body_size = 16_384, max_body
    return server
