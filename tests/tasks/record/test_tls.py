"""TLS to the database follows the URL.

The embedded PostgreSQL is built without TLS, so a few lines before it speak it in its place.
"""

import socket
import ssl
import subprocess
import threading
from contextlib import suppress

import pytest
from sqlalchemy import text

from tasks.errors import SetupError
from tasks.record.connection import connect
from tasks.record.verdicts import write_to_database
from tests.support.verdicts import READING, VERDICT, an_upload


def certificate(folder, name):
    """Create a key and a self-signed certificate."""
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    key, file = folder / f"{name}.key", folder / f"{name}.crt"
    subprocess.run([*new, *subject, "-keyout", key, "-out", file], check=True, capture_output=True)
    return key, file


def copy(source, target, encrypted):
    with suppress(OSError, ValueError):  # The latter of TLS that the other direction ended.
        while chunk := source.recv(65536):
            encrypted.append(chunk)
            target.sendall(chunk)
        target.shutdown(socket.SHUT_RDWR)


@pytest.fixture(name="server")
def _server(database, tmp_path):
    key, file = certificate(tmp_path, "server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    inside, opened, copying = [], [], []

    def serve(listener):
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                client.recv(8)  # SSLRequest
                client.sendall(b"S")
                with suppress(ssl.SSLError):
                    wrapped = context.wrap_socket(client, server_side=True)
                    behind = socket.create_connection(("127.0.0.1", database.url.port))
                    opened.extend((wrapped, behind))
                    for pair in ((wrapped, behind), (behind, wrapped)):
                        thread = threading.Thread(target=copy, args=(*pair, inside), daemon=True)
                        copying.append(thread)
                        thread.start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=serve, args=(listener,), daemon=True)
        accepting.start()
        yield database.url.set(port=listener.getsockname()[1]), file, inside
        # Wake it first: it would go on waiting for the next socket of this number.
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join(10)
    for each in opened:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
    for thread in copying:
        thread.join(10)
    for each in opened:
        each.close()


def asked(url, root):
    query = {"sslmode": "verify-full", "sslrootcert": str(root), "gssencmode": "disable"}
    return url.update_query_dict(query).render_as_string(hide_password=False)


def test_server_with_a_certificate_of_the_configured_root_is_accepted(server):
    url, root, inside = server

    with connect(asked(url, root)).connect() as connection:
        assert connection.scalar(text("SELECT 42")) == 42
    assert any(b"SELECT 42" in chunk for chunk in inside)


def test_a_server_with_another_certificate_is_refused(server, tmp_path, monkeypatch):
    url, _, inside = server
    _, other = certificate(tmp_path, "other")
    monkeypatch.setenv("DATABASE_URL", asked(url, other))

    with pytest.raises(SetupError, match="not issued by a CA of sslrootcert") as caught:
        write_to_database.fn(*an_upload(), READING, VERDICT, None)
    assert caught.value.code == "tls-certificate"
    assert inside == []


def test_a_server_without_tls_is_refused_if_the_url_requires_it(database, monkeypatch):
    url = database.url.update_query_dict({"sslmode": "require"})
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))

    with pytest.raises(SetupError, match="requires TLS, but the server does not support it"):
        write_to_database.fn(*an_upload(), READING, VERDICT, None)
