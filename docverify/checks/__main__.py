"""The table of all checks for docs/checks.md: python -m docverify.checks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from docverify.checks import CHECKS, Answers, Check

STATUSES = "passed, not performed"


def table() -> str:
    """Write what each check asks and may answer in Markdown, by module, in their order."""
    modules = sorted(CHECKS, key=lambda check: check.__module__)
    parts = groupby(modules, key=lambda check: check.__module__)
    return "\n".join(line for name, checks in parts for line in _part(name, list(checks)))


def _part(module: str, checks: list[Check]) -> Iterator[str]:
    yield f"### {module.rpartition('.')[2].title()}\n"
    yield "| code | rule | besides passed | a failure asks for |"
    yield "| --- | --- | --- | --- |"
    for check in checks:
        yield _row(check, CHECKS[check])
    yield ""


def _row(check: Check, answers: Answers) -> str:
    codes = "<br>".join(f"`{code}`" for code in answers.codes)
    rule = " ".join((check.__doc__ or "").split())
    others = ["failed"] if answers.consequences else []
    others += ["inconclusive"] if answers.doubts else []
    asks = " or ".join(answers.consequences) or "–"  # noqa: RUF001
    return f"| {codes} | {rule} | {', '.join(others) or 'never failed'} | {asks} |"


if __name__ == "__main__":
    print(table())
