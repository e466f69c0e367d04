"""banyan migrate"""

from banyan.accounts.actions.index_middles_of_words import index_middles_of_words
from banyan.cli.output import people
from banyan.foundation.actions.migrate import migrate as migrate_database
from banyan.foundation.database import refuse_old_server, start_database
from banyan.foundation.tenants.queries import all_tenants, within_tenant


def migrate() -> None:
    """Bring the database and every tenant in it to the state that this version needs."""
    start_database()
    refuse_old_server()
    migrate_database(lambda schema: people.print(f"migrating {schema}"))
    for tenant in all_tenants():
        with within_tenant(tenant.schema_name):
            index_middles_of_words()
    people.print("up to date")
