"""Where alembic runs the migrations: on the connection that it is given."""

from alembic import context

from tasks.record import operation_tables  # noqa: F401 (its tables are of the same metadata)
from tasks.record.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
