"""What either network is worth is counted rightly."""

import pytest

from benchmarks.recognisers import CAPTURES, WAYS, measured, table
from docverify.evaluation.metrics import Share


def row(way: str, *, exact: bool, certain: bool, seconds: float) -> dict[str, object]:
    return {"capture": "", "way": way, "exact": exact, "certain": certain, "seconds": seconds}


def test_each_network_is_counted_separately():
    one, other, both = WAYS
    found = [
        row(one, exact=True, certain=True, seconds=1.0),
        row(one, exact=False, certain=True, seconds=2.0),
        row(one, exact=True, certain=False, seconds=6.0),
        *(row(way, exact=True, certain=True, seconds=0.5) for way in (other, both)),
    ]

    assert table(found).rows == (
        (one, Share(2, 3), Share(2, 3), 1, "2.000", "3.000"),
        (other, Share(1, 1), Share(1, 1), 0, "0.500", "0.500"),
        (both, Share(1, 1), Share(1, 1), 0, "0.500", "0.500"),
    )


@pytest.mark.slow
def test_clear_mrz_is_read_by_every_network_in_every_copy():
    found = measured(documents=1, seed=4)

    assert len(found) == len(CAPTURES) * len(WAYS)
    assert all(each["exact"] for each in found if each["capture"] == "as it is")
    assert all(each["exact"] for each in found if each["certain"])
    assert all(float(each["seconds"]) > 0 for each in found)
