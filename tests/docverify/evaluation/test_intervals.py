import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.evaluation.intervals import format_share, wilson_interval


@pytest.mark.parametrize(
    ("hits", "count", "expected"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_intervals_are_those_published(hits, count, expected):
    assert wilson_interval(hits, count) == pytest.approx(expected, abs=5e-5)


@given(st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_contains_the_share_and_stays_within_0_and_1(counts):
    least, most = wilson_interval(*counts)
    assert 0 <= least <= most <= 1
    if counts[1]:
        assert least <= counts[0] / counts[1] <= most


def test_share_without_samples_has_the_whole_interval():
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert format_share(0, 0) == "0/0 0 % (0-100)"
