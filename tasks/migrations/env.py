"""The environment in which alembic runs the migrations: the connection that it was given."""

from alembic import context

from tasks.record.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
