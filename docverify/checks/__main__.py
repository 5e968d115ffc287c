"""The table of all checks in docs/checks.md: python -m docverify.checks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from docverify.checks import CHECKS, Answers, Check

HEADINGS = {
    "applicant": "Applicant data",
    "barcode": "Barcode",
    "codes": "State and document codes",
    "completeness": "Completeness",
    "source_agreement": "VIZ, MRZ and barcode compared",
    "duplicates": "Duplicates",
    "image": "File and image",
    "image_evidence": "Image evidence",
    "mrz": "MRZ",
    "numbers": "Document and national numbers",
    "provenance": "Provenance of the file",
    "specimen": "Specimens",
    "validity": "Dates and validity",
}
"""Headings by the module of the checks; other modules are headed by their name."""


def table() -> str:
    """Return Markdown tables of what each check asks and may answer, one for each module."""
    checks = sorted(CHECKS, key=_find_module)
    groups = groupby(checks, key=_find_module)
    return "\n".join(line for name, group in groups for line in _format_group(name, list(group)))


def _find_module(check: Check) -> str:
    return check.__module__.rpartition(".")[2]


def _format_group(module: str, checks: list[Check]) -> Iterator[str]:
    yield f"### {HEADINGS.get(module, module.replace('_', ' ').capitalize())}\n"
    yield "| code | rule | other results than passed | a failure asks for |"
    yield "| --- | --- | --- | --- |"
    for check in checks:
        yield _format_row(check, CHECKS[check])
    yield ""


def _format_row(check: Check, answers: Answers) -> str:
    codes = "<br>".join(f"`{code}`" for code in answers.codes)
    rule = " ".join((check.__doc__ or "").split())
    others = ["failed"] if answers.consequences else []
    others += ["inconclusive"] if answers.doubts else []
    asks = " or ".join(answers.consequences) or "–"  # noqa: RUF001
    return f"| {codes} | {rule} | {', '.join(others) or 'never failed'} | {asks} |"


if __name__ == "__main__":
    print(table())
