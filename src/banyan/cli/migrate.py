"""banyan migrate"""

from banyan.cli.output import people
from banyan.foundation.actions.migrate import migrate as migrate_database
from banyan.foundation.database import refuse_old_server, start_database


def migrate() -> None:
    """Bring the database and every tenant in it to the state that this version needs."""
    start_database()
    refuse_old_server()
    migrate_database(lambda schema: people.print(f"migrating {schema}"))
    people.print("up to date")
