"""The command lines of the script and the doctor report what was mistyped before anything else."""

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from deploy import deploy, doctor


@pytest.fixture(autouse=True)
def _no_prefect():
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        yield


@pytest.mark.parametrize("program", [deploy, doctor], ids=["deploy", "doctor"])
def test_misspelt_environment_is_reported_although_prefect_is_not_configured(program, capsys):
    assert program.main(["prodution"]) == 1

    shown = capsys.readouterr()
    assert "the environments are production, self-hosted, staging" in shown.out + shown.err


def test_error_is_not_written_into_the_file_of_a_policy(capsys):
    assert deploy.main(["--rights", "boundary"]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no Prefect API configured: run `prefect cloud login`" in shown.err
