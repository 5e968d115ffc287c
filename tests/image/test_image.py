"""The image that the deploy script builds: its content, its size, and a run in a container."""

import json
from uuid import UUID, uuid4

import boto3
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from sqlalchemy import select

from deploy.local.isolation import ROOT
from tasks.record.connection import connect
from tasks.record.tables import documents, verdicts
from tests.image.base import LOCK
from tests.image.conftest import NAME, REPOSITORY, commit, git
from tests.image.fargate import run_task
from tests.support.aws_calls import watched
from tests.support.ecs import submit_waiting
from tests.support.permissions import ACCOUNT
from tests.support.polling import eventually

MEGABYTE = 1_000_000
BUCKET = f"docverify-{NAME}-{ACCOUNT}"
POOL = f"document-verification-pool-{NAME}"

# Locked packages that are missing, or installed in another version.
NOT_AS_LOCKED = """
import re, sys
from importlib.metadata import PackageNotFoundError, version
from packaging.requirements import Requirement

def found(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "nothing"

lines = re.findall(r"^[a-z0-9][^\\\\\\n]*", open("/lock.txt").read(), re.MULTILINE)
wanted = [each for each in map(Requirement, lines) if not each.marker or each.marker.evaluate()]
assert len(wanted) > 100
print([f"{each} {found(each.name)}" for each in wanted if found(each.name) not in each.specifier])
"""
# Modules of a run that are not compiled yet.
NOT_COMPILED = """
import sys
from pathlib import Path
import flows.document_verification
from docverify.reading import models
models.load()

def is_compiled(source, cached):
    if not cached.exists():
        return False
    head, status = cached.read_bytes()[:16], source.stat()
    if int.from_bytes(head[4:8], "little"):
        return True
    stamps = int(status.st_mtime), status.st_size
    return tuple(int.from_bytes(head[at:at + 4], "little") for at in (8, 12)) == stamps

specs = [each.__spec__ for each in list(sys.modules.values()) if getattr(each, "__spec__", None)]
files = [(Path(spec.origin), Path(spec.cached)) for spec in specs if spec.cached]
assert len(files) > 1000
print([str(source) for source, cached in files if not is_compiled(source, cached)])
"""
SECONDS_TO_BE_READY = """
import time
import prefect
from prefect import flow
begun = time.process_time()
import flows.document_verification
from docverify.reading import models
models.load(), models.characters()
print(time.process_time() - begun)
"""


def compressed(built) -> list[int]:
    manifest = built.registry.manifest(REPOSITORY, built.tag)
    return [layer["size"] for layer in manifest["layers"]]


def test_image_is_pushed_with_the_commit_as_its_tag(built):
    images = boto3.client("ecr").describe_images(repositoryName=REPOSITORY)["imageDetails"]

    assert [tag for each in images for tag in each["imageTags"]] == [built.tag]
    assert built.tag == commit(built.clone)


def test_upload_is_verified_in_a_container_of_the_image(built, aws, record_url, monkeypatch):
    """The whole chain; only Fargate, which runs the task, is a fake."""
    key = f"inbox/{uuid4()}-passport.jpg"
    content = (ROOT / "specimens" / "passport.jpg").read_bytes()
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
    eventually(waiting_runs)

    with watched(monkeypatch) as calls:
        submit_waiting(POOL)
    (task,) = [call.parameters for call in calls if call.operation == "RunTask"]
    role = {name: value for name, value in aws.environment.items() if name.startswith("AWS_")}
    code, log = run_task(built.containers.engine, task, role)

    assert code == 0, log
    assert recorded(record_url, key) == ["verified"]
    (run,) = runs()
    assert (run.state_name, run.parameters["key"]) == ("Verified", key.replace("/", "%2F"))
    assert str(run.id) in json.dumps(task)
    assert "VELLACOTT" not in log


def waiting_runs() -> list:
    return [run for run in runs() if run.state_name == "Scheduled"]


def runs() -> list:
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(
            f"document-verification/document-verification-deployment-{NAME}"
        )
        only = FlowRunFilter.model_validate({"deployment_id": {"any_": [UUID(str(deployment.id))]}})
        return client.read_flow_runs(flow_run_filter=only)


def recorded(url: str, key: str) -> list[str]:
    query = select(verdicts.c.outcome).join_from(verdicts, documents)
    with connect(url).connect() as connection:
        return list(connection.scalars(query.where(documents.c.key == key)))


def test_image_is_small_enough_to_be_pulled_quickly(built):
    """Fargate pulls the whole image for each run."""
    assert sum(compressed(built)) <= 350 * MEGABYTE


def test_every_package_has_the_locked_version(built):
    volumes = {str(LOCK): {"bind": "/lock.txt", "mode": "ro"}}

    assert built.run("python", "-c", NOT_AS_LOCKED, volumes=volumes).strip() == "[]"


def test_every_module_is_compiled(built):
    assert built.run("python", "-c", NOT_COMPILED).strip() == "[]"


def test_engine_is_ready_in_two_seconds_without_a_network(built):
    """CPU time on one core without the import of Prefect; the lowest of three runs."""
    command = ("python", "-c", SECONDS_TO_BE_READY)

    assert min(float(built.run(*command, cpuset_cpus="0")) for _ in range(3)) < 2


def test_run_is_not_root_and_cannot_change_the_code(built):
    assert built.run("id", "-u").strip() == "10001"
    written = built.run("sh", "-c", "touch /opt/docverify/flows/a /usr/local/bin/a 2>&1 || true")
    assert written.count("Permission denied") == 2


def test_image_has_no_compilers_and_installers(built):
    tools = ["pip", "pip3", "uv", "git", "make", "gcc", "g++", "cc", "ld"]
    found = f"from shutil import which; print([each for each in {tools} if which(each)])"
    pip = "from importlib.util import find_spec; print(find_spec('pip'))"

    assert built.run("python", "-c", found).strip() == "[]"
    assert built.run("python", "-c", pip).strip() == "None"


def test_image_does_not_name_the_package_index(built, base_and_index):
    image = built.containers.engine.images.get(built.reference)
    described = json.dumps([image.attrs, image.history()])
    index = base_and_index[1].partition("//")[2].partition("/")[0]
    find = f"grep -rlF {index} / --exclude-dir=proc --exclude-dir=sys 2>/dev/null || true"

    assert "PIP_" not in described
    assert index not in described
    assert built.run("sh", "-c", find).strip() == ""


def test_image_has_only_the_code_of_runs(built):
    # Folders without access are not ours, and make `find` end with an error.
    find = "find / -name specimens -o -name .git -o -name conftest.py"
    elsewhere = built.run("sh", "-c", f"{find} 2>/dev/null || true")

    assert built.run("ls", "/opt/docverify").split() == [
        "LICENSE",
        "ca.pem",
        "cli",
        "docverify",
        "flows",
        "services",
        "tasks",
    ]
    assert [path for path in elsewhere.split() if "-packages/" not in path] == []


def test_image_has_no_health_check(built):
    """A run ends by itself."""
    image = built.containers.engine.images.get(built.reference)

    assert "Healthcheck" not in image.attrs["Config"]


@pytest.fixture
def second(built):
    """Deploy the same clone with one more line."""
    first, before = built.tag, built.registry.manifest(REPOSITORY, built.tag)["layers"]
    flow = built.clone / "flows" / "parameters.py"
    flow.write_text(flow.read_text() + "\n")
    git(built.clone, "commit", "-q", "-a", "-m", "second")
    code, output = built.deploy()
    assert code == 0, output
    return first, before


def test_code_change_is_one_small_layer_and_can_be_rolled_back_by_tag(built, second):
    first, before = second
    after = built.registry.manifest(REPOSITORY, built.tag)["layers"]

    assert after[:2] == before[:2]
    assert all(layer["size"] < 2 * MEGABYTE for layer in after[2:])

    code, output = built.deploy("--image", first)
    assert code == 0, output
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(
            f"document-verification/document-verification-deployment-{NAME}"
        )
    assert deployment.job_variables["image"].endswith(f":{first}")
