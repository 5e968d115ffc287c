"""moto's server, which takes requests on loopback as requests with TLS.

moto refuses every request to a bucket whose policy denies access without TLS, because it does not
know that condition: `python -m deploy.local.moto_server` with the options of `moto.server`.
"""

from __future__ import annotations

import sys

from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.server import main


class TlsStatement(IAMPolicyStatement):
    """A statement of a policy; one that only concerns requests without TLS decides nothing."""

    def is_action_permitted(
        self,
        action: str,
        resource: str = "*",
        principal: str | None = None,
        incoming_condition_values: dict[str, str] | None = None,
    ) -> PermissionResult:
        """Return the effect of the statement on an action."""
        if "aws:SecureTransport" in self._statement.get("Condition", {}).get("Bool", {}):
            return PermissionResult.NEUTRAL
        return super().is_action_permitted(action, resource, principal, incoming_condition_values)


if __name__ == "__main__":
    from moto.iam import access_control

    access_control.IAMPolicyStatement = TlsStatement  # type: ignore[misc]
    main(sys.argv[1:])
