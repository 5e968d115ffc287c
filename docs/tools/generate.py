"""Generator of the pages, and parts of pages, that are derived from code and measurements.

    make docs                                 write what is out of date
    python -m docs.tools.generate --check     name what is out of date; exit code 1 if anything is

A generated part of a page is between `<!-- NAME -->` and `<!-- end of NAME -->`. A command whose
output a page shows is the first line of a block ```` ```console ```` after `<!-- output -->`.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from benchmarks import accuracy, desk, performance, results
from benchmarks.accuracy_groups import split_visas
from benchmarks.accuracy_page import build_headline, build_page
from benchmarks.accuracy_plots import draw_confusion, draw_outcomes
from cli.__main__ import main as docverify
from deploy.aws.desk_settings import Desk
from deploy.aws.environment import Environment
from deploy.prefect_objects.deployments import DEPLOYMENTS
from docs.tools import licences
from docverify.checks.__main__ import table as check_table
from docverify.evaluation.metrics import Measurement
from docverify.policy import LENIENT, STANDARD, STRICT, THRESHOLDS
from docverify.policy_file import schema
from services.desk.settings import DeskSettings
from services.gateway.app import GatewaySettings
from services.gateway.template import webhook_text
from services.metrics.settings import MetricsSettings
from tasks.errors import WorldError
from tasks.record.announcements import Announcement
from tasks.record.database_errors import EXPLANATIONS, NO_ANSWER, NO_TABLES
from tasks.record.desk_tables import metadata
from tasks.record.views import view_metadata
from tasks.settings import PREFIX, Settings
from tasks.webhook import WebhookMessage

ROOT = Path(__file__).parents[2]
SHOWN = re.compile(
    r"(<!-- output -->\n```console\n\$ \.venv/bin/docverify ([^\n]+)\n)(.*?)(```\n)", re.DOTALL
)
DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
SECONDS = re.compile(r"in \d+\.\d s")
Write = Callable[[str], str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write each page that is out of date; with --check, only name these pages and return 1."""
    parser = argparse.ArgumentParser(prog="python -m docs.tools.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    only_check = parser.parse_args(arguments).check
    stale = stale_pages()
    for path, text in stale.items():
        print(f"{'out of date' if only_check else 'written'}: {path}")
        if not only_check:
            (ROOT / path).write_text(text, "utf-8")
    if not only_check:
        draw_pictures()
    return 1 if only_check and stale else 0


def stale_pages() -> dict[str, str]:
    """Return the pages that are out of date, each with the text that it should have."""
    stale = {}
    for path, write in PAGES.items():
        page = ROOT / path
        text = page.read_text("utf-8") if page.exists() else ""
        if (written := write(text)) != text:
            stale[path] = written
    return stale


def draw_pictures() -> None:
    """Draw the plots of accuracy, and write those in which any pixel differs."""
    found = _measured()[1]
    drawn = {
        accuracy.PLOT: draw_outcomes(found),
        accuracy.CONFUSION: draw_confusion(found),
    }
    for path, picture in drawn.items():
        with Image.open(path) as present:
            same = present.size == picture.size and present.tobytes() == picture.tobytes()
        if not same:
            picture.save(path, optimize=True)
            print(f"written: {path.relative_to(ROOT)}")


def replace_part(text: str, name: str, part: str) -> str:
    """Replace the part of a page between the comments that name it; raise ValueError without them.

    >>> replace_part("<!-- a -->\\nold\\n<!-- end of a -->\\n", "a", "new\\n")
    '<!-- a -->\\nnew\\n<!-- end of a -->\\n'
    """
    before, start, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->\n")
    if not end:
        raise ValueError(f"the page has no place for {name}: write <!-- {name} --> and its end")
    return before + start + part + end + after


def replace_outputs(text: str) -> str:
    """Run each command whose output the page shows, but keep the seconds of the page."""

    def current(shown: re.Match[str]) -> str:
        command, arguments, output, end = shown.groups()
        new = run_docverify(arguments)
        present = SECONDS.search(output)
        return command + (SECONDS.sub(present[0], new) if present else new) + end

    return SHOWN.sub(current, text)


def run_docverify(arguments: str) -> str:
    """Run the command `docverify` in the root of the clone and return what it prints."""
    printed = StringIO()
    with chdir(ROOT), redirect_stdout(printed):
        docverify(shlex.split(arguments))
    return "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines())


def parts(**written: Callable[[], str]) -> Write:
    """Return a function that replaces these parts of a page and the outputs that it shows."""

    def write(text: str) -> str:
        for name, part in written.items():
            text = replace_part(text, name, part())
        return replace_outputs(text)

    return write


def accuracy_page(_: str) -> str:
    """Write docs/accuracy.md from the kept measurements."""
    kept, found, visas = _measured()
    history = json.loads(accuracy.HISTORY.read_text("utf-8"))
    return build_page(found, history, kept, visas=visas)


def accuracy_headline() -> str:
    """Write the README's table on accuracy."""
    kept, found, _ = _measured()
    return build_headline(found, kept)


def _measured() -> tuple[Mapping[str, Any], list[Measurement], list[Measurement]]:
    kept = results.load(accuracy.STORED)
    return kept, *split_visas(map(accuracy.parse_row, kept["found"]))


def policy_schema(_: str) -> str:
    """Write the JSON Schema of policy files."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def announcement_schema(_: str) -> str:
    """Write the JSON Schema of announcements."""
    return _write_schema(Announcement)


def webhook_schema(_: str) -> str:
    """Write the JSON Schema of requests to the webhook."""
    return _write_schema(WebhookMessage)


def _write_schema(model: type[BaseModel]) -> str:
    found = model.model_json_schema(mode="serialization")
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(dialect | found, indent=2, ensure_ascii=False) + "\n"


def settings_table() -> str:
    """Write the environment variables of a run."""
    rows = ((_variable(PREFIX, name), field) for name, field in Settings.model_fields.items())
    return _fields_table("variable", rows)


def service_table(settings: type[BaseSettings]) -> str:
    """Write the environment variables of a service."""
    prefix = str(settings.model_config["env_prefix"])
    rows = ((f"{prefix}{name}".upper(), each) for name, each in settings.model_fields.items())
    return _fields_table("variable", rows)


def environment_desk_table() -> str:
    """Write the keys of the table `desk` of an environment."""
    return _fields_table("key", Desk.model_fields.items())


def environment_table() -> str:
    """Write the keys of deploy/environments/NAME.toml."""
    return _fields_table("key", Environment.model_fields.items())


def _variable(prefix: str, name: str) -> str:
    return "DATABASE_URL" if name == "database_url" else f"{prefix}{name}".upper()


def _fields_table(title: str, fields: Iterable[tuple[str, FieldInfo]]) -> str:
    rows = (
        (f"`{name}`", _default(field), (field.description or "").rstrip("."))
        for name, field in fields
    )
    return _markdown((title, "default", "meaning"), rows)


def _default(field: FieldInfo) -> str:
    """Write a default; an empty one as a dash, and a required field as such."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple | list):
        value = ", ".join(value)
    if value in ("", None, {}):
        return "–"  # noqa: RUF001 (a dash)
    return f"`{value:.0f}`" if isinstance(value, float) else f"`{value}`"


def deployment_table() -> str:
    """Write the deployments as they are declared."""
    rows = (
        (
            f"`{each.name}`",
            f"`{each.cron}`" if each.cron else "when started",
            f"{each.concurrency.limit}" if each.concurrency else "any number",
            each.description.rstrip("."),
        )
        for each in DEPLOYMENTS
    )
    return _markdown(("deployment", "schedule (UTC)", "runs at a time", "what it does"), rows)


def threshold_table() -> str:
    """Write the thresholds of the three policies for real documents."""
    policies = (LENIENT, STANDARD, STRICT)
    rows = (
        (
            f"`{key}`",
            *(f"{getattr(each, key):g}" for each in policies),
            threshold.stricter,
            threshold.about,
        )
        for key, threshold in THRESHOLDS.items()
    )
    names = (f"`{each.name}`" for each in policies)
    return _markdown(("key", *names, "stricter", "meaning"), rows)


def database_tables() -> str:
    """Write the tables of the record with their columns."""
    return "\n".join(_database_table(each) for each in metadata.tables.values())


def database_error_table() -> str:
    """Write the table of the database's errors: code, what follows, and the message."""
    explained = (NO_ANSWER, *EXPLANATIONS)
    rows = (
        f"| `{each.code}` | {'waits' if each.fault is WorldError else 'stops'} | {each.message} |\n"
        for each in explained
    )
    tables = f"| `42…` | stops | {NO_TABLES.message.format('the code')} |\n"
    return "| code | then | message |\n| --- | --- | --- |\n" + "".join(rows) + tables


def database_views() -> str:
    """Write the views of the record with their columns."""
    return "\n".join(_database_table(each) for each in view_metadata.tables.values())


def _database_table(table: Table) -> str:
    rows = (
        (
            f"`{column.name}`",
            column.type.compile(DIALECT).lower(),
            "yes" if column.nullable else "",
            _meaning(column),
        )
        for column in table.columns
    )
    written = _markdown(("column", "type", "may be null", "meaning"), rows)
    about = f"{table.comment[0].upper()}{table.comment[1:]}.\n\n" if table.comment else ""
    return f"### `{table.name}`\n\n{about}{written}"


def _meaning(column: Any) -> str:  # noqa: ANN401 (a column of any type)
    key = ["primary key"] if column.primary_key else []
    links = [f"refers to `{each.target_fullname}`" for each in column.foreign_keys]
    return "; ".join([*key, *links, *filter(None, [column.comment])])


def _markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ("---",) * len(head), *_safe(rows)))


def _safe(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield tuple(" ".join(cell.split()).replace("|", "&#124;") for cell in row)


PAGES: Mapping[str, Write] = {
    "README.md": parts(accuracy=accuracy_headline, performance=performance.build_headline),
    "automations/webhook.json": lambda _: webhook_text(),
    "docs/accuracy.md": accuracy_page,
    "docs/checks.md": parts(checks=lambda: check_table().rstrip("\n") + "\n"),
    "docs/commands.md": parts(deployments=deployment_table),
    "docs/database.md": parts(errors=database_error_table),
    "docs/desk.md": parts(times=desk.build_table),
    "docs/licences.md": parts(packages=licences.build_table),
    "docs/performance.md": lambda _: performance.build_page(),
    "docs/policy.md": parts(thresholds=threshold_table),
    "docs/policy.schema.json": policy_schema,
    "docs/schemas/announcement.schema.json": announcement_schema,
    "docs/schemas/webhook.schema.json": webhook_schema,
    "docs/settings.md": parts(
        settings=settings_table,
        gateway=partial(service_table, GatewaySettings),
        desk=partial(service_table, DeskSettings),
        metrics=partial(service_table, MetricsSettings),
        environment=environment_table,
        environment_desk=environment_desk_table,
    ),
    "docs/record.md": parts(tables=database_tables, views=database_views),
    "docs/tutorial.md": parts(),
}
"""The generated pages, each with the function that derives its new text from its current text."""


if __name__ == "__main__":
    sys.exit(main())
