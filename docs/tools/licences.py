"""The licences of the packages in the image, as each package states it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
PACKAGE = re.compile(r"^([a-z0-9._-]+)==(\S+)( ;.*)?", re.MULTILINE)
#: Licences whose terms would reach our own code, or forbid a use. The LGPL does neither.
REFUSED = re.compile(r"\bA?GPL|(?<!Lesser )General Public License|non-?commercial|BUSL|SSPL", re.I)
#: Licences that a package offers as an alternative.
CHOICES = re.compile(r" OR | or |; ")
CLASSIFIER = "License :: OSI Approved :: "


def list_packages(lock: str) -> Iterator[str]:
    """Yield the names in a lock file that every platform installs."""
    for name, _, marker in PACKAGE.findall(lock):
        if not marker or "PyPy" in marker or name == "numpy":
            yield name


def find_licence(name: str) -> str:
    """Return the licence that an installed package states; empty if it states none.

    An expression is the most exact statement, then the classifiers, then the free text.
    """
    try:
        stated = metadata(name)
    except PackageNotFoundError:
        return ""
    classifiers = [each for each in stated.get_all("Classifier") or () if CLASSIFIER in each]
    names = "; ".join(sorted(each.removeprefix(CLASSIFIER) for each in classifiers))
    text = (stated["License"] or "").partition("\n")[0]
    return str(stated["License-Expression"] or names or text)


def is_refused(licence: str) -> bool:
    """Return whether a licence must not be used; one acceptable alternative is enough.

    >>> is_refused("GPL-3.0-only"), is_refused("LGPL-3.0-only"), is_refused("MIT OR GPL-2.0-only")
    (True, False, False)
    """
    return all(REFUSED.search(each) for each in CHOICES.split(licence))


def find_licences(requirements: Path = REQUIREMENTS) -> Mapping[str, str]:
    """Return the licence of each package in the image, by its name."""
    lock = requirements.read_text("utf-8")
    return {name: find_licence(name) for name in sorted(set(list_packages(lock)))}


def build_table() -> str:
    """Return the table of the packages and their licences."""
    rows = (f"| {name} | {licence} |\n" for name, licence in find_licences().items())
    return "| package | licence |\n| --- | --- |\n" + "".join(rows)
