"""Readings whose sources agree, and visas."""

from tests.support.readings import PRINTED, passport

MATCH, FRONT_MATCH = "viz_mrz_match_", "barcode_front_match_"
ALL = {**PRINTED, "nationality": "ATA", "issuing_state": "ATA"}


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in ALL.items() if name not in names}


UNIFORM_VISA = {
    "surname": "MERIDIAN",
    "given_names": "LOUISE ANN",
    "document_number": "QX7182035",
    "expiry_date": "14 SEP 2033",
}


def visa_of(state: str) -> tuple[str, str]:
    first, second = passport(state=state)
    return f"V<{first[2:]}", second[:28] + "<" * 16
