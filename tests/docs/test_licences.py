"""The licences of what the image contains."""

import pytest

from docs.tools.licences import find_licences, is_refused


def test_every_package_of_the_image_states_a_licence():
    assert [name for name, licence in find_licences().items() if not licence] == []


def test_no_package_of_the_image_has_a_licence_that_reaches_our_code():
    assert [name for name, licence in find_licences().items() if is_refused(licence)] == []


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0-or-later", "AGPL-3.0-only", "GNU General Public License v3 (GPLv3)", "BUSL-1.1"],
)
def test_a_licence_that_reaches_our_code_is_refused(licence):
    assert is_refused(licence)


@pytest.mark.parametrize(
    "licence",
    [
        *("MIT", "LGPL-3.0-only", "MPL-2.0", "MIT OR GPL-2.0-only"),
        "GNU Lesser General Public License v3 (LGPLv3)",
    ],
)
def test_a_permissive_licence_or_the_lgpl_is_accepted(licence):
    assert not is_refused(licence)
