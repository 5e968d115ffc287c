"""Start of a server: read its settings, and check its port, before it listens."""

from __future__ import annotations

import logging
import os
import socket
import sys
from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from tasks.setting_errors import explain_unknown, explain_variables

OTHERS = {"DOCVERIFY_DESK_DATABASE_URL"}  # a variable of the deploy script

S = TypeVar("S", bound=BaseSettings)

logger = logging.getLogger("docverify.settings")


def read_or_exit(settings: type[S]) -> S:
    """Read the settings of a server; end the program with a message if one is invalid."""
    try:
        return settings()
    except ValidationError as error:
        sys.exit(f"not a valid setting: {explain_variables(error, settings)}")


def warn_of_misspelt(settings: type[BaseSettings]) -> None:
    """Log each variable that begins like a setting of the server but is not one."""
    prefix = settings.model_config["env_prefix"]
    known = {f"{prefix}{name}".upper() for name in settings.model_fields}
    for name in sorted(name for name in os.environ if name.startswith(prefix)):
        if name not in known | OTHERS:
            logger.warning("%s is ignored: %s", name, explain_unknown(name, known))


def check_port(host: str, port: int, variable: str) -> None:
    """End the program with a message that names the variable if nothing can listen on the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        sys.exit(
            f"{variable}: port {port} of {host} cannot be used ({error.strerror}): end the program "
            "that uses it, or choose another port"
        )
