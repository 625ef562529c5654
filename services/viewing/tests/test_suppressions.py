"""CatalogClient that a profile does not want to be shown."""

from services.kit import ids


async def hidden(viewer, **more):
    return [(entry.title_id, entry.title) for entry in (await viewer.call("ListSuppressions", **more)).suppressions]


async def test_what_is_hidden_is_listed_until_it_is_let_back(house):
    viewer, one, two = house.viewer(), house.film("One"), house.film("Two")
    for film in (one, two):
        await viewer.call("SuppressTitle", title_id=film)

    assert [(two, "Two"), (one, "One")] == await hidden(viewer)
    await viewer.call("RestoreTitle", title_id=two)
    assert [(one, "One")] == await hidden(viewer)
    del house.catalog.titles[one]
    assert [(one, "")] == await hidden(viewer)


async def test_hiding_twice_or_letting_back_what_was_not_hidden_writes_nothing(house):
    viewer, film = house.viewer(), house.film()
    first = await viewer.call("SuppressTitle", title_id=film)
    again = await viewer.call("SuppressTitle", title_id=film)
    other = await viewer.call("RestoreTitle", title_id=ids.new())

    assert first.consistency_token == again.consistency_token == other.consistency_token
    assert 1 == len(await house.told())


async def test_only_what_the_profile_may_know_of_is_hidden(house, refused):
    child, film = house.viewer(maturity_ceiling=2), house.film(maturity_rating=4)

    for title_id in (film, ids.new()):
        async with refused("TITLE_NOT_FOUND"):
            await child.call("SuppressTitle", title_id=title_id)


async def test_hidden_titles_are_paged_and_each_profiles_own(house):
    viewer, films = house.viewer(), [house.film() for _ in range(3)]
    for film in films:
        await viewer.call("SuppressTitle", title_id=film)

    first = await viewer.call("ListSuppressions", page_size=2)
    second = await viewer.call("ListSuppressions", page_size=2, page_token=first.next_page_token)

    assert [films[:0:-1], films[:1]] == [[entry.title_id for entry in page.suppressions] for page in (first, second)]
    assert [] == await hidden(viewer.sibling())
