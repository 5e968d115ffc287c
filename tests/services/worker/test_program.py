"""The command line of the warm worker."""

import pytest

from services.worker.program import build_parser


@pytest.mark.parametrize(
    "option", ["--slots=0", "--slots=two", "--runs-per-slot=-1", "--slot-memory=0"]
)
def test_option_that_no_worker_can_have_is_refused(option, capsys):
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--pool", "a", option])

    assert "must be a whole number, at least 1" in capsys.readouterr().err


def test_options_that_are_not_given_are_left_to_their_defaults():
    assert vars(build_parser().parse_args(["--pool", "a"])) == {"pool": "a"}
