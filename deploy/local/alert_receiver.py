"""A receiver of alerts on this machine: it shows the alerts that the automations send."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.settings import PREFECT_API_URL, temporary_settings

from deploy.local.child_server import LOOPBACK

BLOCK = "custom-webhook/docverify-alerts"
MAX_ALERTS = 100
MAX_BYTES = 100_000
PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=5>"
    "<title>Alerts</title><style>pre{{white-space:pre-wrap}}</style><h1>Alerts</h1>{}</html>"
)

NONE_YET = "<p>None yet. Alerts about failed runs and waiting reviews appear here.</p>"


class AlertServer(ThreadingHTTPServer):
    """Keep the newest alerts in memory."""

    daemon_threads = True

    def __init__(self) -> None:
        """Listen on a free port of this machine only."""
        super().__init__((LOOPBACK, 0), AlertHandler)
        self.alerts: deque[tuple[datetime, str, str]] = deque(maxlen=MAX_ALERTS)

    @property
    def url(self) -> str:
        """Address to which alerts are sent, and which shows them."""
        return f"http://{LOOPBACK}:{self.server_port}/"


class AlertHandler(BaseHTTPRequestHandler):
    """Take an alert by POST, and show all of them by GET."""

    server: AlertServer

    def do_POST(self) -> None:
        """Store an alert: JSON with `subject` and `body`."""
        length = int(self.headers.get("Content-Length") or 0)
        try:
            alert = json.loads(self.rfile.read(min(length, MAX_BYTES)))
            row = datetime.now(UTC), str(alert["subject"]), str(alert["body"])
        except (ValueError, KeyError, TypeError):
            self.answer(400, "an alert is JSON with subject and body")
            return
        self.server.alerts.appendleft(row)
        self.answer(200, "")

    def do_GET(self) -> None:
        """Show the alerts, the newest first."""
        shown = "".join(
            f"<h2>{escape(subject)}</h2><p>{at:%Y-%m-%d %H:%M:%S %Z}</p><pre>{escape(body)}</pre>"
            for at, subject, body in list(self.server.alerts)
        )
        self.answer(200, PAGE.format(shown or NONE_YET))

    def answer(self, status: int, text: str) -> None:
        """Send a page."""
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the output is the demo's."""


@contextmanager
def run_alert_receiver(api_url: str) -> Iterator[str]:
    """Receive alerts until the block ends; yield the address that shows them.

    The Prefect server gets the block BLOCK, through which its automations send alerts.
    """
    with AlertServer() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        block = CustomWebhookNotificationBlock(
            name="alerts", url=server.url, json_data={"subject": "{{subject}}", "body": "{{body}}"}
        )
        with temporary_settings({PREFECT_API_URL: api_url}):
            block.save(BLOCK.partition("/")[2], overwrite=True)
        yield server.url
        server.shutdown()
