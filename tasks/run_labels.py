"""Labels of a run in Prefect: its name and its tags show the document and the outcome.

The last part of an object's key names the run: keys are operational data, as the parameters are.
"""

from __future__ import annotations

from contextlib import suppress
from typing import cast

from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient
from prefect.context import FlowRunContext

from docverify.verdict import Outcome

MAX_NAME_LENGTH = 80  # characters
MAX_KEY_LENGTH = 300  # characters
MARKDOWN = str.maketrans(dict.fromkeys("<>[]`|*\\", "\ufffd"))
NO_NAME = "(no key)"
ICONS = {
    Outcome.VERIFIED: "✓",
    Outcome.REFERRED: "?",
    Outcome.RESUBMIT: "↻",
    Outcome.REJECTED: "✗",
}
"""Signs of the outcomes: Prefect shows each completed run in the same colour."""


def name_upload(key: object) -> str:
    """Return the last part of a key, as `show_key` shows it."""
    if not isinstance(key, str):
        return NO_NAME
    return show_key(key.rstrip("/").rpartition("/")[2], MAX_NAME_LENGTH) or NO_NAME


def show_key(key: str, most: int = MAX_KEY_LENGTH) -> str:
    """Return a key with only printable characters, shortened in the middle if it is too long.

    Characters with a meaning in Markdown are replaced, too, because a key may be chosen to mislead.
    """
    shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in key).strip()
    shown = shown.translate(MARKDOWN)
    if len(shown) > most:
        half = most // 2
        shown = f"{shown[: half - 1]}…{shown[-half:]}"
    return shown


def label_run(key: str, outcome: Outcome, kind: str) -> None:
    """Show the outcome and the kind of the document in the name and the tags of this run.

    The run continues if Prefect does not accept a label, because nothing depends on it.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    run = context.flow_run
    tags = [*run.tags, *(each for each in (str(outcome), kind) if each and each not in run.tags)]
    with suppress(HTTPError):
        cast("SyncPrefectClient", context.client).update_flow_run(
            run.id, name=f"{ICONS[outcome]} {name_upload(key)}", tags=tags
        )
