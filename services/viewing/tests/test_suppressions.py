"""Suppressed titles, which are not recommended to a profile."""

from services.kit import ids


async def listed(viewer, **more):
    return [
        (entry.subject.title_id, entry.display_name)
        for entry in (await viewer.call("ListSuppressions", **more)).suppressions
    ]


async def test_suppressed_titles_are_listed_until_they_are_unsuppressed(harness):
    viewer, one, two = harness.viewer(), harness.film("One"), harness.film("Two")
    for film in (one, two):
        await viewer.call("SuppressSubject", title_id=film)

    assert [(two, "Two"), (one, "One")] == await listed(viewer)
    await viewer.call("UnsuppressSubject", title_id=two)
    assert [(one, "One")] == await listed(viewer)
    del harness.catalog.titles[one]
    assert [(one, "")] == await listed(viewer)


async def test_suppressing_twice_writes_nothing(harness):
    viewer, film = harness.viewer(), harness.film()
    first = await viewer.call("SuppressSubject", title_id=film)
    second = await viewer.call("SuppressSubject", title_id=film)
    other = await viewer.call("UnsuppressSubject", title_id=ids.new())

    assert first.consistency_token == second.consistency_token == other.consistency_token
    assert 1 == len(await harness.published())


async def test_only_visible_titles_are_suppressed(harness, refused):
    child, film = harness.viewer(maturity_ceiling=8), harness.film(age=17)

    for title_id in (film, ids.new()):
        async with refused("TITLE_NOT_FOUND"):
            await child.call("SuppressSubject", title_id=title_id)


async def test_suppressions_are_paged_and_each_profile_has_its_own(harness):
    viewer, films = harness.viewer(), [harness.film() for _ in range(3)]
    for film in films:
        await viewer.call("SuppressSubject", title_id=film)

    first = await viewer.call("ListSuppressions", page_size=2)
    second = await viewer.call("ListSuppressions", page_size=2, page_token=first.next_page_token)

    assert [films[:0:-1], films[:1]] == [
        [entry.subject.title_id for entry in page.suppressions] for page in (first, second)
    ]
    assert [] == await listed(viewer.sibling())
