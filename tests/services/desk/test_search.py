"""Search at the desk: what is found, and what is recorded of it."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from services.desk.people import Role
from tasks.record.desk_tables import desk_views
from tasks.record.tables import verdicts
from tests.support.desk import Visitor, refer
from tests.support.readings import page, passport, reading


def name() -> str:
    return f"reviewer-{uuid4().hex[:8]}"


def unusual() -> str:
    """Return letters that no other test has as a name or a number."""
    return "".join(chr(ord("A") + int(each, 16)) for each in uuid4().hex[:8])


@pytest.fixture(name="visitor", scope="module")
def _visitor(desk):
    return Visitor(desk, name())


def find(visitor: Visitor, by: str, what: str) -> list[int]:
    """Search, and return the cases that are shown."""
    answer = visitor.post("/search", by=by, text=what)
    assert answer.status_code == 200, answer.text
    return [int(number) for number in re.findall(r'href="/cases/(\d+)"', answer.text)]


def refer_person(surname: str, number: str) -> int:
    zone = passport(name=f"{surname}<<LOUISE<ANN", number=number)
    printed = {"surname": surname, "given_names": "LOUISE ANN", "document_number": number}
    return refer(read=reading(page(zone, printed)))


def test_document_is_found_by_its_number_and_its_surname_from_the_beginning(visitor):
    surname, number = unusual(), f"Q{uuid4().int % 10**8:08}"
    review_id = refer_person(surname, number)

    assert find(visitor, "number", number) == [review_id]
    assert find(visitor, "number", number[:6].lower() + " ") == [review_id]
    assert find(visitor, "number", f"{number[:4]} {number[4:]}") == [review_id]
    assert find(visitor, "name", surname.title()) == [review_id]
    assert find(visitor, "name", surname[:6]) == [review_id]
    assert find(visitor, "name", surname[1:]) == []


def test_document_is_found_by_a_part_of_its_key_and_by_its_id(visitor, database):
    part = uuid4().hex
    review_id = refer(key=f"inbox/2026/{part}/front.jpg")
    with database.connect() as connection:
        row = connection.execute(select(verdicts).filter_by(id=review_id)).one()

    assert find(visitor, "key", part) == [review_id]
    assert find(visitor, "key", f"{part}/front") == [review_id]
    assert find(visitor, "document", str(row.document_id)) == [review_id]


@pytest.mark.parametrize("by", ["key", "number", "name", "document"])
@pytest.mark.parametrize("what", ["%", "_", "%%%", "' OR '1'='1", "\\", "9" * 40, "x\u202e"])
def test_signs_of_a_pattern_are_letters_like_others(visitor, by, what):
    assert find(visitor, by, what) == []


@pytest.mark.slow
def test_at_most_fifty_documents_are_shown(visitor):
    part = uuid4().hex
    for number in range(52):
        refer(key=f"inbox/{part}/{number}.jpg")

    assert len(find(visitor, "key", part)) == 50


def test_search_is_recorded_without_what_was_searched_for(desk, database):
    reviewer, secret = name(), unusual()
    visitor = Visitor(desk, reviewer)
    refer(key=f"inbox/{secret}.jpg")

    answer = visitor.post("/search", by="key", text=secret)

    assert secret not in answer.url
    with database.connect() as connection:
        query = select(desk_views).filter_by(name=reviewer, what="search")
        assert connection.execute(query).one().results == 1
        rows = connection.scalars(text("SELECT desk_views::text FROM desk_views")).all()
    assert secret not in str(rows)


def test_unknown_way_to_search_finds_nothing(visitor):
    assert find(visitor, "note", "a") == []
    assert find(visitor, "key", "   ") == []


def test_filters_of_the_queue_show_what_they_name(desk, database):
    visitor = Visitor(desk, name(), [Role.SUPERVISOR])
    review_id = refer()

    for shown, hidden in [
        ("reason=applicant_data_match_birth_date", "reason=image_blur"),
        ("kind=passport", "kind=visa"),
        ("issuer=ATA", "issuer=UTO"),
        ("show=free", "show=mine"),
        ("", "show=late"),
        ("show=", "show=approval"),
    ]:
        after = review_id - 1
        assert f'"/cases/{review_id}"' in visitor.get(f"/?{shown}&after={after}").text, shown
        assert f'"/cases/{review_id}"' not in visitor.get(f"/?{hidden}&after={after}").text, hidden
