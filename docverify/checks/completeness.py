"""Checks that the required fields were read, and with confidence."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.result import CheckResult, Status, not_performed, passed_or_failed
from docverify.identities import NAMES, Source
from docverify.policy import Consequence

MANDATORY_FIELDS = ("birth_date", "document_number", "expiry_date", "issuing_state")
KEY_FIELDS = ("surname", "given_names", "full_name", "birth_date", "document_number", "expiry_date")


def check_mandatory_fields(case: Case) -> Iterator[CheckResult]:
    """Name, birth date, document number, expiry date and issuing State were read from any source.

    A surname or given names are enough, because some people have only one name.
    """
    if not case.identities:
        yield not_performed("mandatory_fields", "no field was read")
        return
    missing = [name for name in MANDATORY_FIELDS if case.find_source(name) is None]
    if not any(map(case.find_source, NAMES)) and "full_name" not in case.printed:
        missing.append("name")
    evidence = f"not found: {', '.join(missing)}"
    yield passed_or_failed("mandatory_fields", not missing, Consequence.REFER, evidence)


def check_field_confidence(case: Case) -> Iterator[CheckResult]:
    """The printed key fields were read with confidence. A doubtful reading is not a failure."""
    read = {name: case.printed[name].confidence for name in KEY_FIELDS if name in case.printed}
    if not read:
        yield not_performed("field_confidence", "no labelled field was read")
        return
    doubtful = [name for name, each in read.items() if each < case.policy.min_confidence]
    status = Status.INCONCLUSIVE if doubtful else Status.PASSED
    evidence = f"read without confidence: {', '.join(doubtful)}" if doubtful else ""
    sources = (Source.VIZ,)
    yield CheckResult("field_confidence", status, sources=sources, evidence=evidence)
