"""The uniform format for visas, which the States of the Schengen area issue."""

from __future__ import annotations

from docverify.documents.kinds import DocumentKind, find_document_kind
from docverify.documents.mrz import Mrz

SCHENGEN_STATES = frozenset(
    {
        *("AUT", "BEL", "BGR", "CHE", "CZE", "D", "DNK", "ESP", "EST", "FIN", "FRA", "GRC"),
        *("HRV", "HUN", "ISL", "ITA", "LIE", "LTU", "LUX", "LVA", "MLT", "NLD", "NOR", "POL"),
        *("PRT", "ROU", "SVK", "SVN", "SWE"),
    }
)


def is_uniform_visa(mrz: Mrz) -> bool:
    """Return whether an MRZ is that of a visa in the uniform format (Regulation (EC) No 1683/95).

    Such a visa does not print the birth date.
    """
    is_visa = find_document_kind(mrz) is DocumentKind.VISA
    return is_visa and mrz.issuing_state in SCHENGEN_STATES
