"""Jobs of packager survive failures of PostgreSQL and Redis."""

import asyncio
import contextlib

import grpc
import prometheus_client
import pytest
from marquee.packager.v1 import packager_pb2
from sqlalchemy import text

from services.kit import errors, migrations, testing
from services.packager.tests import films, harness
from services.packager.tests.test_assets import READY


async def wait_for_end(packager, asset_id):
    """Waits for the end of an asset, even while the database is unavailable."""
    while True:
        try:
            asset = await packager.get(asset_id)
        except grpc.aio.AioRpcError as error:
            assert error.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
        else:
            if asset.HasField("end_time"):
                return asset
        await asyncio.sleep(0.1)


async def statement_failed(packager):
    """Waits until a statement of the job fails because the database is unavailable."""
    failed, transaction = asyncio.Event(), packager.database.transaction

    @contextlib.asynccontextmanager
    async def observed():
        try:
            async with transaction() as tx:
                yield tx
        except errors.Unavailable:
            failed.set()
            raise

    packager.database.transaction = observed
    async with asyncio.timeout(testing.PATIENCE):
        await failed.wait()
    packager.database.transaction = transaction


async def test_a_job_continues_after_an_outage_of_the_database(killable_postgres, redis_url, tmp_path):
    postgres, url = killable_postgres
    await migrations.migrate(url, "packager")
    async with harness.open_harness(url, redis_url, tmp_path) as packager:
        await films.a_film(packager.sources / "film.mp4", width=640, height=360, seconds=4)
        created = await packager.create("file:film.mp4")
        async with packager.working():
            async with packager.blocked_at("encode 360p"):
                postgres.kill()
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await packager.get(created.asset_id)
            await statement_failed(packager)
            postgres.start()
            asset = await wait_for_end(packager, created.asset_id)

        assert (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE") == (
            raised.value.code(),
            testing.reason_of(raised.value),
        )
        assert READY == asset.state
        assert 1 == len(await packager.list_events())


async def test_assets_are_packaged_during_an_outage_of_redis(database_url, killable_redis, tmp_path):
    redis, redis_url = killable_redis
    async with harness.open_harness(await database_url("packager"), redis_url, tmp_path) as packager:
        await films.a_film(packager.sources / "film.mp4")
        redis.kill()
        created = await packager.create("file:film.mp4", profile=packager_pb2.PACKAGING_PROFILE_QUICK)
        async with packager.working():
            asset = (await packager.watch(created.asset_id))[-1]

        assert READY == asset.state
        assert [created.asset_id] == [event.media_ready.asset_id for event in await packager.list_events()]


#: Makes every second record of a step fail with an error of the engine; a sequence counts failed statements too.
FAILING_TRIGGER = (
    "CREATE SEQUENCE attempts",
    """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        attempt int := nextval('packager.attempts');
        states text[] := '{57014, 25006, 53100, 40001}';
    BEGIN
        IF attempt % 2 = 1 AND attempt < 2 * cardinality(states) THEN
            RAISE EXCEPTION 'refused' USING ERRCODE = states[(attempt + 1) / 2];
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER refuse BEFORE INSERT ON step FOR EACH ROW EXECUTE FUNCTION refuse()",
)


def outages_of_jobs():
    labels = {"task": "packaging job", "kind": "outage"}
    return prometheus_client.REGISTRY.get_sample_value("marquee_task_failures_total", labels) or 0


async def test_a_job_retries_statements_that_fail_because_of_an_outage(packager):
    async with packager.database.transaction() as tx:
        for statement in FAILING_TRIGGER:
            await tx.execute(text(statement))
    await films.a_film(packager.sources / "film.mp4")
    created = await packager.create("file:film.mp4", profile=packager_pb2.PACKAGING_PROFILE_QUICK)
    before = outages_of_jobs()

    async with packager.working():
        asset = (await packager.watch(created.asset_id))[-1]

    assert READY == asset.state, asset.failure_message
    assert before + 4 == outages_of_jobs()
