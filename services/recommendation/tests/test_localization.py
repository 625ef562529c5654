"""Homes in the language of the viewer."""

from marquee.catalog.v1 import catalog_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import taste_service_pb2

from services.recommendation.tests import harness
from services.recommendation.tests.test_home import get


async def test_genres_are_named_in_the_language_of_the_viewer(world):
    async with harness.open_app(world) as app:
        translation = catalog_internal_pb2.TermTranslations(term_id="mystery", display_names={"hi": "रहस्य"})
        await app.add_titles(160, genre_translations=[translation])
        app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["mystery"])
        hindi = await get(app, page_size=30, metadata=app.viewer(language_code="hi"))
        german = await get(app, page_size=30, metadata=app.viewer(language_code="de"))
        taste = await app.taste.ListTasteSignals(
            taste_service_pb2.ListTasteSignalsRequest(), metadata=app.viewer(language_code="hi")
        )

    names = [
        {rail.genre_id: rail.display_name for rail in home.rails if rail.genre_id} for home in (hindi.home, german.home)
    ]
    assert ("रहस्य", "Drama") == (names[0]["mystery"], names[0]["drama"])
    assert "Mystery" == names[1]["mystery"]
    assert ["रहस्य"] == [signal.display_name for signal in taste.signals]
    assert "आपने रहस्य चाहा था" in {item.explanation.sentence for rail in hindi.home.rails for item in rail.items}


async def test_languages_without_texts_share_one_home(world):
    """A caller may state any language: without a shared home, each new one would be computed and recorded."""
    async with harness.open_app(world) as app:
        await app.add_titles(60)
        languages = ("en", "en-GB", "xx", "a-language-that-nobody-speaks")
        homes = [await get(app, metadata=(), display_language_code=language) for language in languages]
        own = [await get(app, display_language_code=language) for language in (*languages, "hi-IN", "hi")]

    assert 1 == len({home.decision_id for home in homes})
    *english, indian, hindi = (home.decision_id for home in own)
    assert 1 == len(set(english))
    assert indian == hindi != english[0]
