"""The records of an image: a list of its packages (SBOM), and its origin (provenance)."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from packaging.requirements import Requirement

FOLDER = Path("build", "images")
"""Below the clone; Git ignores it."""

REQUIREMENTS = "requirements.txt"
PYTHON = re.compile(r"-python(\d+\.\d+)$")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
BUILD_TYPE = "urn:docverify:image:1"
BUILDER = "urn:docverify:deploy.py"


@dataclass(frozen=True)
class ImageBuild:
    """One build of an image.

    Attributes:
        name: The image without its tag.
        tag: The commit that it was built from, as deploy.py writes it.
        digest: The image's digest in the registry.
        commit: The whole commit of the clone.
        base: The base image, NAME:TAG; empty if it is not known.
        base_digest: The digest of the base image; empty if it is not known.
        requirements: Content of the lock of its packages.
        platform: Of Docker, such as linux/amd64.
        started: When the build began.
        finished: When the image was pushed.
    """

    name: str
    tag: str
    digest: str
    commit: str
    base: str
    base_digest: str
    requirements: str
    platform: str
    started: datetime
    finished: datetime


def write_records(clone: Path, environment: str, build: ImageBuild) -> Path:
    """Write both files of an image, and return the path of the SBOM."""
    folder = clone / FOLDER / environment
    folder.mkdir(parents=True, exist_ok=True)
    sbom = folder / f"{build.tag}.cdx.json"
    sbom.write_text(json.dumps(build_sbom(build), indent=2) + "\n", "utf-8")
    provenance = folder / f"{build.tag}.provenance.json"
    provenance.write_text(json.dumps(build_provenance(build), indent=2) + "\n", "utf-8")
    return sbom


def build_sbom(build: ImageBuild) -> dict[str, Any]:
    """Build the SBOM: CycloneDX 1.6, the base image and the Python packages of the lock.

    A package has the hash of every archive that the lock accepts for it.
    """
    components = list(list_packages(build))
    if build.base:
        name, _, version = build.base.partition(":")
        components.insert(
            0,
            {
                "type": "container",
                "name": name,
                "version": version,
                "purl": f"pkg:docker/{name}@{version}",
                "hashes": [to_hash(build.base_digest.removeprefix("sha256:"))],
            },
        )
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, build.digest)}",
        "version": 1,
        "metadata": {
            "timestamp": to_text(build.finished),
            "component": {
                "type": "container",
                "bom-ref": "image",
                "name": build.name,
                "version": build.tag,
                "hashes": [to_hash(build.digest.removeprefix("sha256:"))],
            },
        },
        "components": components,
    }


def list_packages(build: ImageBuild) -> Iterator[dict[str, Any]]:
    """Yield a component for each package of the lock that the image's platform installs."""
    python = PYTHON.search(build.base)
    machine = "aarch64" if build.platform.endswith("arm64") else "x86_64"
    version = python[1] if python else ".".join(platform.python_version_tuple()[:2])
    environment = {
        **{"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"},
        **{"platform_machine": machine, "python_version": version},
        **{"python_full_version": f"{version}.0", "implementation_name": "cpython"},
        "platform_python_implementation": "CPython",
    }
    for entry in re.split(r"\n(?=\w)", build.requirements):
        line = entry.partition("\\\n")[0].partition("\n")[0].strip()
        if not line or line.startswith("#"):
            continue
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate(environment):
            continue
        (pin,) = requirement.specifier
        purl = f"pkg:pypi/{requirement.name}@{pin.version}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": requirement.name,
            "version": pin.version,
            "purl": purl,
            "hashes": [to_hash(each) for each in HASH.findall(entry)],
        }


def build_provenance(build: ImageBuild) -> dict[str, Any]:
    """Build the provenance: an in-toto statement with the SLSA predicate, version 1."""
    lock = sha256(build.requirements.encode()).hexdigest()
    materials: list[dict[str, Any]] = [
        {"name": "clone", "digest": {"gitCommit": build.commit}},
        {"name": REQUIREMENTS, "digest": {"sha256": lock}},
    ]
    if build.base:
        digest = {"sha256": build.base_digest.removeprefix("sha256:")}
        materials.append({"name": build.base, "digest": digest})
    subject = {"name": build.name, "digest": {"sha256": build.digest.removeprefix("sha256:")}}
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"tag": build.tag, "platform": build.platform},
                "resolvedDependencies": materials,
            },
            "runDetails": {
                "builder": {"id": BUILDER},
                "metadata": {
                    "invocationId": f"{build.tag}@{to_text(build.started)}",
                    "startedOn": to_text(build.started),
                    "finishedOn": to_text(build.finished),
                },
            },
        },
    }


def build_arguments(commit: str, base_digest: str, requirements: str) -> dict[str, str]:
    """Return the build arguments of the labels, so that a copied image still names its origin."""
    return {
        "REVISION": commit,
        "BASE_DIGEST": base_digest,
        "REQUIREMENTS": sha256(requirements.encode()).hexdigest(),
    }


def to_hash(content: str) -> dict[str, str]:
    """Return a SHA-256 in the form of CycloneDX."""
    return {"alg": "SHA-256", "content": content}


def to_text(moment: datetime) -> str:
    """Return a moment as RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
