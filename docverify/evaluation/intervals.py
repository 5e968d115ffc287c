"""Confidence intervals of shares."""

from __future__ import annotations

from math import sqrt

Z = 1.959963984540054  # of the normal distribution, for 95 %


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, 0 to 1 (E. B. Wilson, 1927).

    >>> tuple(round(each, 3) for each in wilson_interval(9, 10))
    (0.596, 0.982)
    """
    if not count:
        return 0.0, 1.0
    share = hits / count
    middle = share + Z * Z / (2 * count)
    spread = Z * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    whole = 1 + Z * Z / count
    least, most = (middle - spread) / whole, (middle + spread) / whole
    # Without this, rounding would miss 0 and 1 by a little.
    return (least if hits else 0.0), (most if hits < count else 1.0)


def format_share(hits: int, count: int) -> str:
    """Write a share with its interval, in per cent.

    >>> format_share(9, 10)
    '9/10 90 % (60-98)'
    """
    least, most = wilson_interval(hits, count)
    part = 100 * hits / count if count else 0
    return f"{hits}/{count} {part:.0f} % ({100 * least:.0f}-{100 * most:.0f})"
