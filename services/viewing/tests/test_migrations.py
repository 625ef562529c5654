"""The migrations preserve stored data."""

from datetime import timedelta

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.kit import ids, migrations, testing


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


async def test_bookmarks_of_the_first_schema_are_migrated_to_signals(harness):
    viewer, film, series = harness.viewer(), ids.new(), harness.series(seasons=(2,))
    first_episode, second_episode = (series.ids[1, number] for number in (1, 2))
    engine = create_async_engine(
        harness.database._engine.url, connect_args={"server_settings": {"search_path": "viewing,public"}}
    )
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA viewing CASCADE"))
        await connection.execute(text("CREATE SCHEMA viewing"))
        await connection.run_sync(upgrade, "0001")
        for title_id, episode_id, minute, watched in (
            (film, "", 15, False),
            (series.title_id, first_episode, 60, True),
            (series.title_id, second_episode, 30, False),
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
    await harness.series_sync.sync()

    signals = {each.subject.title_id: each for each in (await viewer.signals()).signals}

    assert [film, series.title_id] == list(signals)
    assert (0.25, 0.75) == (signals[film].completion, signals[series.title_id].completion)
    assert second_episode == signals[series.title_id].last_episode.episode_id
    assert [series.title_id] == [item.subject.title_id for item in (await viewer.continue_watching()).items]
    assert [film, second_episode] == [
        each.subject.title_id or each.subject.episode_id for each in (await viewer.signals()).bookmarks
    ]
    await viewer.save(series.title_id, 3600, episode_id=second_episode)
    assert (await viewer.signal(series.title_id)).finished
    assert 2 == (await viewer.signals()).revision
