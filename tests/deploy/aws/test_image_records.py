"""The base image's digest is locked; each image has an SBOM and its provenance."""

import json
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from docker import DockerClient

from deploy.aws.base_image import LOCK, find_base, lock_base, pin_base
from deploy.aws.errors import DeployError
from deploy.aws.image_records import ImageBuild, build_provenance, build_sbom, write_records
from deploy.aws.steps.image import image_tag
from deploy.local.isolation import ROOT

FIRST, SECOND = ("sha256:" + sign * 64 for sign in "ab")
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(name="tree")
def _tree(tmp_path):
    (tmp_path / "Dockerfile").write_text((ROOT / "Dockerfile").read_text())
    return tmp_path


@pytest.fixture(name="client")
def _client(docker):
    with closing(DockerClient(base_url=docker.url)) as client:
        yield client


def test_the_first_build_locks_the_digest_of_the_base_image(docker, client, tree):
    docker.base_digest = FIRST

    assert lock_base(tree, client, accept=False) == FIRST
    assert (tree / LOCK).read_text() == f"{find_base(tree)} {FIRST}\n"
    assert lock_base(tree, client, accept=False) == FIRST


def test_a_changed_base_image_stops_the_build_until_it_is_accepted(docker, client, tree):
    docker.base_digest = FIRST
    lock_base(tree, client, accept=False)
    docker.base_digest = SECOND

    with pytest.raises(DeployError, match=f"has changed.*{FIRST}.*{SECOND}.*--accept-base"):
        lock_base(tree, client, accept=False)
    assert lock_base(tree, client, accept=True) == SECOND
    assert lock_base(tree, client, accept=False) == SECOND


def test_without_the_registry_the_locked_digest_is_used(docker, client, tree):
    with pytest.raises(DeployError, match="cannot be looked up"):
        lock_base(tree, client, accept=False)
    docker.base_digest = FIRST
    lock_base(tree, client, accept=False)
    docker.base_digest = ""

    assert lock_base(tree, client, accept=False) == FIRST


def test_another_tag_of_the_base_image_is_locked_anew(docker, client, tree):
    docker.base_digest = FIRST
    lock_base(tree, client, accept=False)
    dockerfile = (tree / "Dockerfile").read_text()
    tag = find_base(tree).partition(":")[2]
    (tree / "Dockerfile").write_text(dockerfile.replace(tag, "3.9.2-python3.12"))
    docker.base_digest = SECOND

    assert lock_base(tree, client, accept=False) == SECOND


def test_the_build_begins_with_the_digest(tree):
    (argument, value), *_ = pin_base(tree, FIRST).items()

    content = (tree / "Dockerfile").read_text()
    assert f"ARG {argument}=" in content
    assert value == f"{find_base(tree).partition(':')[2]}@{FIRST}"
    assert pin_base(tree, "") == {}


def test_the_lock_and_the_records_do_not_make_the_clone_another_one(clone):
    tag = image_tag(clone)
    (clone / LOCK).write_text(f"a:1 {FIRST}\n")
    write_records(clone, "production", build())

    assert image_tag(clone) == tag
    (clone / "other").write_text("")
    with pytest.raises(DeployError, match="uncommitted changes"):
        image_tag(clone)


def build(**changes):
    values = {
        **{
            "name": "registry.example/docverify",
            "tag": "abc",
            "digest": SECOND,
            "commit": "c" * 40,
        },
        **{"base": "prefecthq/prefect:3.9.1-python3.12", "base_digest": FIRST},
        "requirements": (ROOT / "requirements.txt").read_text(),
        **{"platform": "linux/amd64", "started": NOON, "finished": NOON},
    }
    return ImageBuild(**values | changes)


def test_the_sbom_lists_every_package_that_the_image_installs():
    sbom = build_sbom(build())

    base, *packages = sbom["components"]
    assert base["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]
    names = {each["name"] for each in packages}
    assert {"prefect", "psycopg2-binary", "numpy"} <= names
    assert "pywin32" not in names  # Only on Windows.
    assert all(each["hashes"] for each in packages)
    assert all(each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}" for each in packages)
    assert len({each["bom-ref"] for each in packages}) == len(packages)


def test_the_provenance_names_commit_lock_and_base():
    given = build()
    statement = build_provenance(given)

    assert statement["subject"] == [{"name": given.name, "digest": {"sha256": "b" * 64}}]
    materials = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert [each["digest"] for each in materials] == [
        {"gitCommit": "c" * 40},
        {"sha256": sha256(given.requirements.encode()).hexdigest()},
        {"sha256": "a" * 64},
    ]
    assert statement["predicate"]["runDetails"]["metadata"]["startedOn"] == "2026-11-26T12:00:00Z"


@pytest.mark.slow
def test_a_deployment_writes_both_files_and_labels_the_image(
    run, environment_file, name, clone, docker
):
    (clone / "Dockerfile").write_text("ARG TAG=1\nFROM base:${TAG}\n")
    git = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "commit", "-qam", "second"], check=True)
    docker.base_digest = FIRST

    code, output = run(environment_file(name))
    assert code == 0, output

    arguments = json.loads(docker.builds[0]["buildargs"][0])
    assert arguments["TAG"] == f"1@{FIRST}"
    assert arguments["BASE_DIGEST"] == FIRST
    folder = clone / "build" / "images" / name
    tag = image_tag(clone)
    statement = json.loads((folder / f"{tag}.provenance.json").read_text())
    assert statement["predicate"]["buildDefinition"]["externalParameters"]["tag"] == tag
    assert (folder / f"{tag}.cdx.json").exists()
