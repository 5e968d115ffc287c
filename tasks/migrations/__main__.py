"""Bring the database of DATABASE_URL to the newest schema."""

import sys

from tasks.errors import EdgeError
from tasks.migrations import migrate
from tasks.record.verdicts import database

if __name__ == "__main__":
    try:
        remark = migrate(database())
    except EdgeError as error:
        sys.exit(str(error))
    print("the database has the newest schema")
    if remark:
        print(remark, file=sys.stderr)
