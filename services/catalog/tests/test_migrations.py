"""The migrations keep what was stored before."""

import orjson
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.catalog.domain import titles
from services.kit import ids, migrations

TITLE, EPISODE = ids.new(), ids.new()
DOCUMENT = {
    "texts": {"en": {"title": "The Sea", "tagline": "Salt."}},
    "original_title": "La mer",
    "release_date": [2020, 1, 1],
    "seconds": 0,
    "credits": [{"person": "Ada Vance", "role": 1, "character": ""}],
    "artwork": {"palette": [], "motif": "", "poster_uri": "https://images.example/1.jpg"},
    "source_uri": "",
    "seasons": [
        {
            "number": 1,
            "title": "Winter",
            "episodes": [
                {"episode_id": EPISODE, "number": 1, "texts": {"en": {"title": "One"}}, "seconds": 60},
            ],
        }
    ],
}


def upgrade(connection, target):
    folder = str(migrations._SERVICES / "catalog" / "migrations")
    scripts = ScriptDirectory(folder, version_locations=[folder])
    options = {
        "version_table": migrations._VERSION_TABLE,
        "version_table_schema": "catalog",
        "fn": lambda heads, _context: list(scripts._upgrade_revs(target, heads)),
    }
    context = MigrationContext.configure(connection, opts=options)
    with Operations.context(context):
        context.run_migrations()


async def test_titles_of_the_first_schema_have_ages_ids_and_episodes_in_rows(database_url):
    engine = create_async_engine(
        await database_url("catalog"), connect_args={"server_settings": {"search_path": "catalog,public"}}
    )
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA catalog CASCADE"))
        await connection.execute(text("CREATE SCHEMA catalog"))
        await connection.run_sync(upgrade, "0005")
        await connection.execute(
            text(
                "INSERT INTO titles (title_id, type, state, maturity_rating, territories, windows, deleted, "
                "language_code, released, sort_key, genres, moods, themes, featured, revision, content_hash) "
                "VALUES (:title, 2, 4, 3, '{}', '{}', false, 'fr', 20200101, 'sea', '{Science Fiction,Drama}', "
                "'{feel-good}', '{women''s lives}', false, 1, '')"
            ),
            {"title": TITLE},
        )
        document = {"title": TITLE, "document": orjson.dumps(DOCUMENT).decode()}
        await connection.execute(text("INSERT INTO documents VALUES (:title, CAST(:document AS jsonb))"), document)
        await connection.execute(
            text("INSERT INTO episodes (episode_id, title_id) VALUES (:episode, :title)"),
            {"episode": EPISODE, "title": TITLE},
        )
        await connection.run_sync(upgrade, "heads")
        title = (await connection.execute(text("SELECT * FROM titles"))).one()
        stored = (await connection.execute(text("SELECT document::text FROM documents"))).scalar_one()
        episode = (await connection.execute(text("SELECT *, document::text AS texts FROM episodes"))).one()
    await engine.dispose()

    assert (13, "MPA", "PG-13") == (title.maturity_age, title.maturity_system, title.maturity_label)
    assert (["science-fiction", "drama"], ["feel-good"], ["womens-lives"]) == (
        title.genres,
        title.shown_moods,
        title.shown_themes,
    )
    assert orjson.loads(stored) == {
        "texts": {"en": {"display_name": "The Sea", "tagline": "Salt."}},
        "original_display_name": "La mer",
        "release_date": [2020, 1, 1],
        "seconds": 0,
        "usual_seconds": 60,
        "credits": [{"display_name": "Ada Vance", "role": 1, "character": ""}],
        "artwork": {"palette": [], "motif": ""},
        "images": [
            {"kind": titles.IMAGE_KINDS["poster"], "uri": "https://images.example/1.jpg", "width": 0, "height": 0}
        ],
        "source_uri": "",
        "seasons": [{"number": 1, "display_name": "Winter", "episode_count": 1}],
    }
    assert (EPISODE, 1, 1) == (str(episode.episode_id), episode.season_number, episode.episode_number)
    assert {"texts": {"en": {"display_name": "One"}}, "seconds": 60, "images": []} == orjson.loads(episode.texts)
