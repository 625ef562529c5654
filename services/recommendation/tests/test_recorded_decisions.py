"""The number of decisions of one profile that are stored has a limit, and its homes have none."""

from datetime import timedelta

from marquee.recommendation.v1 import recommendation_admin_service_pb2, recommendation_pb2

from services.kit import ids
from services.recommendation.replay import decision_recorder
from services.recommendation.tests import builders, harness
from services.recommendation.tests.test_home import get

_NOT_RECORDED = recommendation_pb2.DEGRADATION_NOT_RECORDED


async def compute(app):
    """Returns a home that is computed for this call."""
    app.homes.clear()
    return await get(app)


async def test_homes_beyond_the_budget_of_a_profile_are_computed_and_not_stored(world):
    limit = decision_recorder.RECORDED.calls
    async with harness.open_app(world) as app:
        await app.add_titles(20)
        homes = [await compute(app) for _ in range(limit + 2)]
        app.profile_id, profile_id = ids.new(), app.profile_id
        other = await get(app)
        app.profile_id = profile_id
        world.clock.advance(timedelta(minutes=1))
        later = [await compute(app) for _ in range(3)]
        await app.recorder.wait_until_stored()
        request = recommendation_admin_service_pb2.ListDecisionsRequest(profile_id=profile_id, page_size=100)
        stored = (await app.admin.ListDecisions(request, metadata=builders.EDITOR)).decisions

    recorded = [_NOT_RECORDED not in home.degradations for home in (*homes, other, *later)]
    assert [*[True] * limit, False, False, True, True, True, False] == recorded
    assert limit + 2 == len(stored)
    assert all(home.home.rails for home in homes)
