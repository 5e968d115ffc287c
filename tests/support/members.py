"""Database users that are members of the roles of the record."""

from uuid import uuid4

from psycopg2.errors import InsufficientPrivilege
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from tasks.record.connection import connect


def login(database: Engine, role: str, options: str = "") -> Engine:
    """Create a member of a role, and connect as this member."""
    name, password = f"member_{uuid4().hex}", "p"
    with database.begin() as connection:
        connection.execute(text(f"CREATE USER {name} PASSWORD '{password}' {options}"))
        if role:
            connection.execute(text(f"GRANT {role} TO {name}"))
    url = database.url.set(username=name, password=password)
    return connect(url.render_as_string(hide_password=False))


def may(engine: Engine, statement: str) -> bool:
    """Return whether the user of a connection has the rights for a statement."""
    with engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except ProgrammingError as error:
            return not isinstance(error.orig, InsufficientPrivilege)
    return True
