"""The errors of PostgreSQL and of poolers: whose fault they are, and what to do.

The page docs/database.md shows them as a table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from tasks.errors import Defect, EdgeError, SetupError, WorldError
from tasks.record.answers import NoAnswer

# No connection, a restart, a deadlock, a timeout; a standby that was just promoted or demoted.
TEMPORARY = (OperationalError, InterfaceError, InternalError)
WORLD, SETUP = WorldError, SetupError
POOLER_CODE = "08P01"  # PostgreSQL's code: protocol_violation
SYNTAX_OR_ACCESS = "42"
OF_OUR_TABLES = {"42501", "42P01", "42703", "42704", "42883"}
"""Missing rights, tables, columns, types and functions."""


@dataclass(frozen=True)
class Explanation:
    """The meaning of a database error for us.

    Attributes:
        code: The code by which failures are counted: PostgreSQL's (SQLSTATE) if it has one.
        fault: WorldError if it may go away on its own, SetupError if someone has to change
            something.
        message: What is wrong, and what to do.
        sign: Pattern of the error when a connection is opened, for which psycopg2 has no code. It
            fits English messages (lc_messages of the server).
    """

    code: str
    fault: type[WorldError | SetupError]
    message: str
    sign: str = "(?!)"


#: In the order in which the signs are searched, more specific ones first.
EXPLANATIONS = (
    Explanation(
        "53300",
        WORLD,
        "the database has no free connection: lower the number of runs at the same time, raise "
        "max_connections, or use a pooler",
        r"too many (clients|connections)|connection slots are reserved|no more connections allowed"
        r"|query_wait_timeout|Timed-out waiting to acquire database connection",
    ),
    Explanation(
        "28P01",
        SETUP,
        "the database refuses the user or the password: check both in DATABASE_URL, with special "
        "characters percent-encoded, or in the secret that contains them",
        r"(password|SASL|PAM|IAM) authentication failed|no password supplied|role .* does not exist"
        r"|has no credentials for the role|no such user|bad password",
    ),
    Explanation(
        "3D000",
        SETUP,
        "the server has no database of this name: check the last part of DATABASE_URL, or create "
        "the database",
        r"database .* does not exist|no such database",
    ),
    Explanation(
        "42501",
        SETUP,
        "the user may not connect to this database: GRANT CONNECT ON DATABASE to it",
        r"permission denied for database",
    ),
    Explanation(
        "tls-required",
        SETUP,
        "the database accepts no unencrypted connection for this user from this address: add "
        "sslmode=verify-full and sslrootcert to DATABASE_URL, or check pg_hba.conf",
        r"(?s)^(?!.*SSL encryption).*no encryption|SSL required|requires TLS connections",
    ),
    Explanation(
        "28000",
        SETUP,
        "the database does not accept this user from this address: check pg_hba.conf on the server",
        r"no pg_hba\.conf entry|pg_hba\.conf rejects",
    ),
    Explanation(
        "tls-unsupported",
        SETUP,
        "DATABASE_URL requires TLS, but the server does not support it: enable TLS on the server, "
        "or check host and port",
        r"server does not support SSL",
    ),
    Explanation(
        "tls-root",
        SETUP,
        "the file of sslrootcert cannot be read: check its path on the machine where the program "
        "runs",
        r"root certificate file .* does not exist|could not read root certificate file"
        r"|could not load .*root certificate",
    ),
    Explanation(
        "tls-host",
        SETUP,
        "the certificate of the database is for a different host name: use a name from the "
        "certificate in DATABASE_URL",
        r"server certificate for .* does not match host name",
    ),
    Explanation(
        "tls-client",
        SETUP,
        "the certificate or the key of sslcert and sslkey cannot be used: check both paths on the "
        "machine where the program runs, and that only its user can read the key",
        r"private key file|(?<!root )certificate file|certificate present, but",
    ),
    Explanation(
        "service",
        SETUP,
        "the service that DATABASE_URL or PGSERVICE names is not defined on this machine: name the "
        "host and the database in DATABASE_URL instead",
        r"definition of service .* not found|service file .* not found",
    ),
    Explanation(
        "tls-certificate",
        SETUP,
        "the certificate of the database was not issued by a CA of sslrootcert, or has expired: "
        "check that the file contains the CA of this server",
        r"certificate verify failed",
    ),
    Explanation(
        "startup-option",
        SETUP,
        "the server or pooler refuses an option of DATABASE_URL: remove `options`, which poolers "
        "do not accept",
        r"unsupported startup parameter|command-line options|unrecognized configuration parameter"
        r"|invalid command-line argument",
    ),
    Explanation(
        "url-option",
        SETUP,
        "DATABASE_URL has an option that PostgreSQL does not know, or an invalid value of one: "
        "compare them with the connection parameters in the manual of PostgreSQL",
        r"invalid connection option|invalid (\w+ value|port number|integer value)|invalid dsn",
    ),
    Explanation(
        "25006",
        WORLD,
        "the server accepts no changes: it is a standby, perhaps after a failover. Use the address "
        "of the writer, or add target_session_attrs=read-write to DATABASE_URL",
        r"session is read-only|server is in hot standby mode",
    ),
    Explanation(
        "57P03",
        WORLD,
        "the database is starting, stopping or recovering",
        r"database system is (starting up|shutting down|in recovery mode)"
        r"|not yet accepting connections|not accepting connections",
    ),
    Explanation(
        "57P01",
        WORLD,
        "an administrator ended the connection to the database, or the database is restarting",
        r"terminating connection due to administrator command",
    ),
    Explanation(
        "pooler",
        WORLD,
        "the pooler of DATABASE_URL cannot reach its database",
        r"server login has been failing|cannot connect to server|server conn crashed",
    ),
    Explanation(
        "host-unknown",
        SETUP,
        "the host of DATABASE_URL is not known: check its name, and the DNS of the machine where "
        "the program runs",
        r"(Name or service not known|No address associated with hostname"
        r"|nodename nor servname provided)",
    ),
    Explanation(
        "dns",
        WORLD,
        "the host name of the database cannot be resolved at the moment: check the DNS of this "
        "network",
        r"Temporary failure in name resolution|could not translate host name",
    ),
    Explanation(
        "refused",
        WORLD,
        "nothing listens on the host and port of DATABASE_URL: check that the database is "
        "running, and check the port",
        r"Connection refused|No such file or directory",
    ),
    Explanation(
        "unreachable",
        WORLD,
        "there is no route to the host of DATABASE_URL: check the network, subnets and security "
        "groups",
        r"No route to host|Network is unreachable",
    ),
    Explanation(
        "refused-connection",
        WORLD,
        "the database refuses the connection for a reason that docverify does not recognise: "
        "connect with psql and the same URL to see it",
        r"failed: [^\s:]+:  ",  # The server's own message begins with its severity.
    ),
    Explanation("53100", WORLD, "the disk of the database is full: give it more space"),
    Explanation("53200", WORLD, "the database has no memory left"),
    Explanation(
        "57P02", WORLD, "another process of the database crashed, and the database is restarting"
    ),
    Explanation(
        "57014",
        WORLD,
        "the statement took too long and the database cancelled it: check for locks and load",
    ),
    Explanation("25P03", WORLD, "the database ended the connection because it was idle"),
    Explanation("40001", WORLD, "another transaction changed the same rows at the same time"),
    Explanation("40P01", WORLD, "the database ended a deadlock of two transactions"),
)
BY_CODE = {each.code: each for each in EXPLANATIONS}
NO_ANSWER = Explanation(
    "no-answer",
    WORLD,
    "the database of DATABASE_URL does not answer: check that it is running, and that the network "
    "lets this machine reach its host and port",
)
NO_TABLES = Explanation(
    "42",
    SETUP,
    "the database lacks our tables, or the user lacks rights to them ({}): "
    "run `python -m tasks.migrations` as the owner of the tables",
)


def explain_database_error(error: DBAPIError) -> EdgeError:
    """Return what a database error means for us, without the values that it may quote."""
    code = getattr(error.orig, "pgcode", None) or ""
    if code in OF_OUR_TABLES:
        return SetupError(NO_TABLES.message.format(code), code)
    if code.startswith(SYNTAX_OR_ACCESS):
        return Defect(f"a statement of this program is wrong ({code}): report it as a bug", code)
    # Poolers give all their own errors the code of a protocol violation.
    known = find_by_sign(error) if code in ("", POOLER_CODE) else BY_CODE.get(code)
    if known:
        return known.fault(known.message, known.code)
    if isinstance(error, TEMPORARY) or error.connection_invalidated:
        if code:
            return WorldError(
                f"the database cannot carry out the statement at the moment ({code})", code
            )
        return WorldError(NO_ANSWER.message, NO_ANSWER.code)
    return SetupError(
        f"the database refused the record ({code or 'no code'}): report it with this code", code
    )


def find_by_sign(error: DBAPIError) -> Explanation | None:
    """Find what an error without a code means, by its text; None if it is not known."""
    return None if isinstance(error.orig, NoAnswer) else find_explanation(str(error.orig))


def find_explanation(text: str) -> Explanation | None:
    """Find what the text of a refused connection means; None if it is not known."""
    return next((each for each in EXPLANATIONS if re.search(each.sign, text)), None)
