import subprocess
import sys

import pytest

AN_ENGINE_IS_ABSENT = """
import prefect.deployments.runner  # imports docker lazily
from deploy.aws.steps import image

try:
    image.docker.DockerClient(base_url="unix:///absent.sock")
except image.docker.errors.DockerException:
    print("reported")
"""


@pytest.mark.slow
def test_absent_engine_is_reported_although_prefect_imports_docker_lazily():
    """A submodule that is imported before its lazy package is loaded exists twice."""
    command = [sys.executable, "-c", AN_ENGINE_IS_ABSENT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout == "reported\n"
