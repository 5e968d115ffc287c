"""Receiver of verdicts: what a loan system needs to do with the webhook of docverify.

    WEBHOOK_SECRET=whsec_... python docs/examples/receive_verdicts.py verdicts.sqlite 8600

It verifies the signature, stores each verdict once, and keeps the current one of each document.
Verdicts arrive at least once and in any order; a repeat has the same `webhook-id`.
"""

import json
import os
import sqlite3
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

MAX_BODY_BYTES = 256 * 1024
TABLES = """
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, received INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    bucket TEXT, key TEXT, document_id INTEGER PRIMARY KEY, verdict_id INTEGER, outcome TEXT
);
"""
NEWEST = """
INSERT INTO documents VALUES (:bucket, :key, :document_id, :verdict_id, :outcome)
ON CONFLICT (document_id) DO UPDATE SET verdict_id = :verdict_id, outcome = :outcome
WHERE excluded.verdict_id > documents.verdict_id
"""
COUNT = """
INSERT INTO messages VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET received = received + 1
RETURNING received
"""


def store(database: Path, message_id: str, verdict: dict[str, object]) -> bool:
    """Store a verdict in one transaction; return whether it is new."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(TABLES)
        ((received,),) = connection.execute(COUNT, (message_id,)).fetchall()
        connection.execute(NEWEST, verdict)
    return bool(received == 1)


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 only when the verdict is stored; after any other answer it is sent again."""

    database: Path
    webhook: Webhook

    def do_POST(self) -> None:
        """Verify and store one verdict."""
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(min(length, MAX_BODY_BYTES))
        try:
            self.webhook.verify(body, dict(self.headers), json_parse=False)
        except (WebhookVerificationError, ValueError):
            self.send_error(401)
            return
        message_id = self.headers["webhook-id"]
        if store(self.database, message_id, json.loads(body)["data"]):
            pass  # Act on it here, once.
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing: keys of objects may name people."""


def main(database: str, port: str) -> None:
    """Receive verdicts until stopped."""
    Receiver.database = Path(database)
    Receiver.webhook = Webhook(os.environ["WEBHOOK_SECRET"])
    HTTPServer(("127.0.0.1", int(port)), Receiver).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
