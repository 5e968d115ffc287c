"""Refuse to build distributions: docverify runs from its clone or its image.

An editable install, which `make install` makes, builds neither of the two.
"""

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.sdist import sdist

REFUSAL = "docverify runs from its clone or its image: run `make install`"


class RefusedWheel(bdist_wheel):
    """A wheel, which would lack the files that only the clone has."""

    def run(self) -> None:
        """Raise SystemExit."""
        raise SystemExit(REFUSAL)


class RefusedArchive(sdist):
    """A source archive, which pip would build a wheel from."""

    def run(self) -> None:
        """Raise SystemExit."""
        raise SystemExit(REFUSAL)


setup(cmdclass={"bdist_wheel": RefusedWheel, "sdist": RefusedArchive})
