"""Errors that stop a deployment."""


class DeployError(Exception):
    """The deployment cannot continue; the message names the cause and the remedy."""


class NotYet(DeployError):
    """A step needs something that an earlier step creates, and it does not exist yet."""
