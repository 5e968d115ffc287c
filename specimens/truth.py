"""The contents of the specimens, to compare readings with: `truth.json`."""

import json
from collections.abc import Iterable

from specimens.catalogue import Specimen
from specimens.holders import Document

Truth = dict[str, object]


def write_truth(specimens: Iterable[Specimen]) -> str:
    """Return the contents of each file as JSON, in the order of the catalogue."""
    truths = {specimen.name: _describe(specimen) for specimen in specimens}
    return json.dumps(truths, indent=2, ensure_ascii=False) + "\n"


def _describe(specimen: Specimen) -> Truth:
    document, mrz = specimen.document, specimen.mrz
    return {
        "what": specimen.what,
        "format": document.format.value if document else None,
        "mrz": list(mrz) if mrz else None,
        "printed": _list_printed_fields(document) if document else None,
    }


def _list_printed_fields(document: Document) -> Truth:
    holder = document.holder
    return {
        "surname": holder.surname,
        "given_names": holder.given_names,
        "document_number": document.number,
        "nationality": document.nationality,
        "birth_date": holder.birth_date.isoformat(),
        "sex": holder.sex,
        "issue_date": document.issue_date.isoformat(),
        "expiry_date": document.expiry_date.isoformat(),
    }
