"""How Alembic reaches our database: on the connection that it is given, or by `-x database=PATH`."""

from __future__ import annotations

from pathlib import Path

from alembic import context
from sqlalchemy import Connection

from integrado_poster.journal.sqlite import engine
from integrado_poster.journal.tables import metadata


def run(connection: Connection) -> None:
    """Run the migrations inside the transaction that the connection is in."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:  # a developer's `alembic -c migrations/alembic.ini -x database=… revision --autogenerate`
    path = Path(context.get_x_argument(as_dictionary=True)["database"])
    path.touch()
    made = engine(path)
    with made.begin() as connection:
        run(connection)
    made.dispose()
