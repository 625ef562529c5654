"""The log of sessions keeps what is live and what ended lately."""

from datetime import timedelta

from sqlalchemy import text

from services.kit import ids, testing
from services.playback import cleanup


async def logged(service):
    """Returns the ids of the sessions in the log."""
    async with service.database.reading() as session:
        return set(await session.scalars(text("SELECT session_id::text FROM session")))


async def test_sessions_that_ended_long_ago_are_deleted_and_others_stay(service, monkeypatch):
    monkeypatch.setattr(cleanup, "_BATCH", 2)
    account_id, film = ids.new(), service.catalog.film()

    async def play(*, stops):
        token = testing.a_token(account_id=account_id, at=service.clock.now())
        session_id = (await service.start(film, token)).session_id
        if stops:
            await service.stop(session_id, token)
        return session_id

    for _ in range(5):
        await play(stops=True)
    service.clock.advance(timedelta(days=1))
    lately = await play(stops=True)
    service.clock.advance(cleanup.RETENTION - timedelta(hours=1))
    live = await play(stops=False)

    await cleanup.clean_up(service.database, service.clock)

    assert {lately, live} == await logged(service)
