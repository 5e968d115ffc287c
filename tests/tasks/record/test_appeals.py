"""Appeals: another person decides a rejection again."""

import pytest

from docverify.verdict import Outcome
from tasks.errors import SetupError
from tasks.record.appeals import record_appeal
from tasks.record.review_queue import list_waiting
from tasks.record.reviews import NotYours, claim_review, decide_review, list_events
from tests.support.reviews import empty_queue, recorded_verdict, verdict


@pytest.fixture(name="rejected")
def _rejected(database, place) -> int:
    """Return the id of a rejection; the queue is empty."""
    empty_queue()
    return recorded_verdict(place, Outcome.REJECTED)


def test_an_appealed_rejection_waits_for_a_person_who_did_not_record_the_appeal(rejected, database):
    document = verdict(database, rejected).document_id

    assert record_appeal("Chris", document, "called on Monday") == rejected
    assert record_appeal("Dora", document) == rejected

    (found,) = list_waiting()
    assert (found.review_id, found.is_appeal) == (rejected, True)
    assert claim_review("chris") is None
    with pytest.raises(NotYours, match="another person must decide it"):
        claim_review("Chris", rejected)
    claim_review("Anna")
    record = decide_review("Anna", rejected, "verified", "original_seen")
    assert verdict(database, record.verdict_id).previous_id == rejected
    assert list_waiting() == []
    steps = [(each.reviewer, each.action) for each in list_events(document)]
    assert steps == [("Chris", "appealed"), ("Anna", "claimed"), ("Anna", "decided")]


def test_what_a_person_rejected_cannot_be_appealed(place, database):
    empty_queue()
    referred = recorded_verdict(place)
    document = verdict(database, referred).document_id
    with pytest.raises(SetupError, match="is not rejected: its current verdict is referred"):
        record_appeal("Chris", document)
    claim_review("Anna", referred)
    decide_review("Anna", referred, "rejected", "document_altered")

    with pytest.raises(SetupError, match="a supervisor can override verdict"):
        record_appeal("Chris", document)
    with pytest.raises(SetupError, match="document 999999999 does not exist"):
        record_appeal("Chris", 999_999_999)
    assert list_waiting() == []


def test_a_rejection_without_an_appeal_cannot_be_claimed(rejected):
    with pytest.raises(SetupError, match="is not a document of the queue"):
        claim_review("Anna", rejected)
