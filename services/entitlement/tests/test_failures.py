"""Entitlement while what it depends on starts late, is killed and returns."""

import grpc
import pytest
from marquee.catalog.v1 import catalog_internal_pb2_grpc
from marquee.entitlement.v1 import entitlement_pb2, entitlement_service_pb2, entitlement_service_pb2_grpc
from marquee.epg.v1 import epg_internal_pb2_grpc
from marquee.identity.v1 import identity_service_pb2_grpc
from marquee.type.v1 import type_pb2

from services.entitlement.tests import harness
from services.entitlement.tests.harness import a_package, eventually, some_facts
from services.kit import clock, ids, migrations, testing, watchable_subjects


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), testing.reason_of(caught.value)


async def test_entitlement_waits_for_a_catalog_that_starts_late(database_url, redis_url, catalog):
    title_id = ids.new()
    catalog.facts, catalog.is_down = [some_facts(title_id)], True
    async with harness.run_service(await database_url("entitlement"), redis_url, catalog) as service:
        await service.save(a_package(type_pb2.TIER_FREE), title_id)
        refusal = await refused(service.check(title_id))
        catalog.is_down = False
        decision = await eventually(lambda: service.check(title_id), lambda decision: decision.allowed)

    assert refusal == (grpc.StatusCode.UNAVAILABLE, "FACTS_NOT_READY")
    assert decision.allowed


async def test_facts_are_loaded_from_catalog_at_the_start(database_url, redis_url, catalog):
    titles = [ids.new() for _ in range(1000)]
    catalog.facts = [some_facts(title_id) for title_id in titles]
    async with harness.run_service(await database_url("entitlement"), redis_url, catalog) as service:
        await service.save(a_package(type_pb2.TIER_FREE, includes_all_titles=True))
        decision = await eventually(lambda: service.check(titles[-1]), lambda decision: decision.allowed)

    assert decision.allowed


async def test_decisions_continue_without_redis_and_missed_changes_are_loaded(database_url, killable_redis, catalog):
    redis, url = killable_redis
    title_id, token = ids.new(), testing.a_token()
    catalog.facts = [some_facts(title_id)]
    async with harness.run_service(await database_url("entitlement"), url, catalog) as service:
        await service.save(a_package(type_pb2.TIER_FREE), title_id)
        await eventually(lambda: service.check(title_id, token), lambda decision: decision.allowed)
        redis.kill()
        during = await service.check(title_id, token)
        catalog.facts = [some_facts(title_id, revision=2, deleted=True)]
        redis.start()
        after = await eventually(lambda: service.check(title_id, token), lambda decision: not decision.allowed)

    assert (during.allowed, after.allowed) == (True, False)


async def test_without_its_database_entitlement_decides_for_cached_accounts(killable_postgres, redis_url, catalog):
    postgres, url = killable_postgres
    title_id, token = ids.new(), testing.a_token()
    catalog.facts = [some_facts(title_id)]
    await migrations.migrate(url, "entitlement")
    async with harness.run_service(url, redis_url, catalog) as service:
        await service.save(a_package(type_pb2.TIER_FREE), title_id)
        await eventually(lambda: service.check(title_id, token), lambda decision: decision.allowed)
        postgres.kill()
        during = await service.check(title_id, token)
        refusal = await refused(service.check(title_id))
        postgres.start()
        after = await eventually(lambda: service.check(title_id), lambda decision: decision.allowed)

    assert refusal == (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    assert (during.allowed, after.allowed) == (True, True)


async def test_entitlement_runs_as_a_process_of_its_own(database_url, redis_url, catalog):
    title_id, now = ids.new(), clock.SystemClock().now()
    catalog.facts = [some_facts(title_id)]
    async with (
        testing.serving(
            (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, testing.KeySet()),
            (catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server, catalog),
            (epg_internal_pb2_grpc.add_EpgInternalServiceServicer_to_server, harness.Epg()),
            time=clock.SystemClock(),
        ) as address,
        testing.running(
            "entitlement",
            MARQUEE_DATABASE_URL=await database_url("entitlement"),
            MARQUEE_REDIS_URL=redis_url,
            MARQUEE_PEERS=f"identity={address},catalog={address},epg={address}",
        ) as entitlement,
        grpc.aio.insecure_channel(entitlement) as channel,
    ):
        stub = entitlement_service_pb2_grpc.EntitlementServiceStub(channel)
        request = entitlement_service_pb2.CheckAccessRequest(subject=watchable_subjects.title(title_id))
        response = await eventually(
            lambda: stub.CheckAccess(request, metadata=testing.bearing(testing.a_token(at=now))), bool
        )

    assert response.decision.reasons[0].code == entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION
