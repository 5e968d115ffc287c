"""Compare the packages of the image with the database of known vulnerabilities: `make audit`.

It runs pip-audit on requirements.txt. Without a network it reports that the audit was skipped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from deploy.local.isolation import ROOT

REQUIREMENTS = ROOT / "requirements.txt"
COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--requirement", str(REQUIREMENTS)),
    *("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"),
)
TIMEOUT_SECONDS = 300


def main(command: Sequence[str] = COMMAND) -> int:
    """Print each vulnerability; return 1 if there is any, and 0 otherwise or without an answer."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command, no shell.
            command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
        )
        report = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return skip(f"no answer within {TIMEOUT_SECONDS} seconds")
    except ValueError:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        if "No module named" in reason:
            print(f"audit: {reason}: run `make install`")
            return 1
        return skip(reason)
    found = list(list_vulnerabilities(report))
    for line in found:
        print(line)
    print(f"audit: {len(report['dependencies'])} packages, {len(found)} known vulnerabilities")
    return int(bool(found))


def skip(reason: str) -> int:
    """Report that nothing was compared, and why; return 0, because no vulnerability was found."""
    print(f"audit: SKIPPED, the database of vulnerabilities does not answer ({reason})")
    return 0


def list_vulnerabilities(report: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each vulnerability: package, version, id and the versions that fix it."""
    for package in report["dependencies"]:
        for each in package.get("vulns", ()):
            fixed = ", ".join(each["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {each['id']}, fixed in {fixed}"


if __name__ == "__main__":
    sys.exit(main())
