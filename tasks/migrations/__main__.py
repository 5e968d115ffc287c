"""Bring the database of DATABASE_URL to the newest schema."""

import sys

from tasks.errors import EdgeError
from tasks.migrations import migrate
from tasks.record.connection import MIGRATION_SECONDS, database

if __name__ == "__main__":
    try:
        to_do = migrate(database(MIGRATION_SECONDS))
    except EdgeError as error:
        sys.exit(str(error))
    print("The database has the newest schema.")
    if to_do:
        print(to_do, file=sys.stderr)
