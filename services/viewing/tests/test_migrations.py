"""What was kept before is kept on."""

from datetime import timedelta

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.kit import ids, migrations, testing
from services.viewing.tests import builders


def upgrade(connection, target):
    folder = str(migrations._SERVICES / "viewing" / "migrations")
    scripts = ScriptDirectory(folder, version_locations=[folder])
    options = {
        "version_table": migrations._VERSION_TABLE,
        "version_table_schema": "viewing",
        "fn": lambda heads, _context: list(scripts._upgrade_revs(target, heads)),
    }
    context = MigrationContext.configure(connection, opts=options)
    with Operations.context(context):
        context.run_migrations()


async def test_bookmarks_of_old_become_signals(house):
    viewer, film, series = house.viewer(), ids.new(), builders.a_series(seasons=(2,))
    one, two = (builders.episodes_of(series)[1, number] for number in (1, 2))
    engine = create_async_engine(
        house.database._engine.url, connect_args={"server_settings": {"search_path": "viewing,public"}}
    )
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA viewing CASCADE"))
        await connection.execute(text("CREATE SCHEMA viewing"))
        await connection.run_sync(upgrade, "0001")
        for title_id, episode_id, minute, watched in (
            (film, "", 15, False),
            (series.title_id, one, 60, True),
            (series.title_id, two, 30, False),
        ):
            await connection.execute(
                text("INSERT INTO bookmark VALUES (:profile, :title, :episode, :position, :duration, :watched, :time)"),
                {
                    "profile": viewer.profile_id,
                    "title": title_id,
                    "episode": episode_id,
                    "position": timedelta(minutes=minute),
                    "duration": timedelta(hours=1),
                    "watched": watched,
                    "time": testing.NOW - timedelta(minutes=minute),
                },
            )
        await connection.run_sync(upgrade, "head")
    await engine.dispose()
    house.catalog.add(series)
    await house.follower.ask()

    told = {title.title_id: title for title in (await viewer.signals()).titles}

    assert [film, series.title_id] == list(told)
    assert (0.25, 0.75) == (told[film].completion, told[series.title_id].completion)
    assert two == told[series.title_id].episode_id
    assert [series.title_id] == [item.title_id for item in (await viewer.goes_on_with()).items]
    await viewer.save(series.title_id, 3600, episode_id=two)
    assert (await viewer.signal(series.title_id)).finished
    assert 2 == (await viewer.signals()).revision
