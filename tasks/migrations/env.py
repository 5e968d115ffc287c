"""The environment in which alembic runs the migrations: the connection that it was given."""

from alembic import context

from tasks.record.connection import allow_changes
from tasks.record.desk_tables import metadata

connection = context.config.attributes["connection"]
allow_changes(connection)
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
