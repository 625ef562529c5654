"""Creates and migrates the database once, before the services of a platform in containers start.

Run as `python -m deploy.docker.database_setup`, with `MARQUEE_DATABASE_URL_ADMIN` and the password of
the services' roles, `MARQUEE_DATABASE_PASSWORD`.
"""

import asyncio
import os

from deploy.local import database_provisioning, topology
from services.kit import migrations


async def setup_database(admin: str, password: str) -> None:
    """Creates the database, its roles and schemas, and migrates every schema to its newest version."""
    areas = list(topology.SCHEMAS)
    await database_provisioning.provision(admin, areas, lambda _role: password)
    for area in areas:
        url = database_provisioning.service_url(admin, area, lambda _role: password)
        applied = await migrations.migrate(url, area)
        print(f"{area}: {', '.join(applied) or 'up to date'}")


if __name__ == "__main__":
    asyncio.run(setup_database(os.environ["MARQUEE_DATABASE_URL_ADMIN"], os.environ["MARQUEE_DATABASE_PASSWORD"]))
