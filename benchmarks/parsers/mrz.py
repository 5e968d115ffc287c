"""The checker of the package mrz (GPL: a peer here, never a dependency)."""

from __future__ import annotations

from collections.abc import Sequence

from mrz.checker.mrva import MRVACodeChecker
from mrz.checker.mrvb import MRVBCodeChecker
from mrz.checker.td1 import TD1CodeChecker
from mrz.checker.td2 import TD2CodeChecker
from mrz.checker.td3 import TD3CodeChecker

from benchmarks.parsers.stopwatch import answer


def parse(mrz: Sequence[str]) -> object:
    """Check an MRZ with the checker of its size."""
    visa = mrz[0].startswith("V")
    checkers = {
        30: TD1CodeChecker,
        36: MRVBCodeChecker if visa else TD2CodeChecker,
        44: MRVACodeChecker if visa else TD3CodeChecker,
    }
    return checkers[len(mrz[0])]("\n".join(mrz)).fields()


if __name__ == "__main__":
    answer(parse)
