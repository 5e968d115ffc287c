"""What stops a deployment."""


class DeployError(Exception):
    """Something is not as it must be; the message says what, and what to do about it."""


class NotYet(DeployError):
    """A step needs what an earlier step makes, and that is not there."""
