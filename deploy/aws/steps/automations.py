"""The automations: each file of automations/ once."""

from __future__ import annotations

from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import Finding, differs, done, missing
from deploy.aws.target import Target
from deploy.prefect_objects import automations
from deploy.prefect_objects.automations import BlockMissing, DeploymentMissing, Scope


def check(target: Target) -> Finding:
    """Compare each automation with its file."""
    ours = scope(target)
    try:
        states = {
            file: automations.state(target.prefect, file, ours) for file in automations.files(ours)
        }
    except DeploymentMissing:
        raise NotYet("the deployments") from None
    except BlockMissing as error:
        raise DeployError(str(error)) from None
    absent = [file.stem for file, state in states.items() if state == "missing"]
    wrong = [file.stem for file, state in states.items() if state == "different"]
    if absent:
        return missing(", ".join(absent))
    return differs(", ".join(wrong)) if wrong else done(", ".join(file.stem for file in states))


def apply(target: Target) -> None:
    """Apply each file, and remove duplicates."""
    ours = scope(target)
    for file in automations.files(ours):
        automations.apply(target.prefect, file, ours)


def destroy(target: Target) -> str:
    """Remove the automations."""
    ours = scope(target)
    removed = [
        file.stem
        for file in automations.files(ours)
        if automations.remove(target.prefect, file, ours)
    ]
    return ", ".join(removed) or "did not exist"


def scope(target: Target) -> Scope:
    """Return the suffix, bucket and alert block of this environment's automations."""
    return Scope(
        suffix=target.environment.suffix,
        bucket=target.bucket,
        notification=target.environment.notification,
    )
