"""Lists, searches and suggestions: from requests, and to responses."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from marquee.catalog.v1 import catalog_service_pb2

from services.catalog import tables
from services.catalog.convert.titles import card
from services.catalog.domain import indexed_titles, terms, title_lists, titles
from services.kit import localization

#: The kinds of terms that titles are filtered by.
_TERMS = {"genre": terms.GENRE, "mood": terms.MOOD, "theme": terms.THEME}


def filters(request: catalog_service_pb2.ListTitlesRequest) -> title_lists.Filters:
    """Returns the filters of a list."""
    return title_lists.Filters(
        type=request.type,
        genre=request.genre_id,
        language_code=request.language_code,
        year=request.year,
        mood=request.mood_id,
        theme=request.theme_id,
        featured_only=request.featured_only,
        order=request.order or title_lists.NEWEST,
    )


def filter_values(
    rows: Iterable[tables.Row], names: terms.Names, language_code: str
) -> catalog_service_pb2.GetFiltersResponse:
    """Returns the values of filters: the most used first, years from the latest on."""
    response = catalog_service_pb2.GetFiltersResponse()
    kinds = {
        "genre": response.genres,
        "mood": response.moods,
        "theme": response.themes,
        "language": response.language_codes,
    }
    for row in sorted(rows, key=lambda row: (-row.titles, row.value)):
        if row.kind in kinds:
            name = names.name(row.kind, row.value, language_code) if row.kind in _TERMS else ""
            kinds[row.kind].add(value=row.value, display_name=name, title_count=row.titles)
    years = [row for row in rows if row.kind == "year"]
    for row in sorted(years, key=lambda row: -int(row.value)):
        response.years.add(value=row.value, title_count=row.titles)
    return response


def terms_of_filters(rows: Iterable[tables.Row]) -> list[terms.Term]:
    """Returns the terms among the values of filters."""
    return [terms.Term(_TERMS[row.kind], row.value) for row in rows if row.kind in _TERMS]


def search_query(request: catalog_service_pb2.SearchTitlesRequest) -> title_lists.SearchQuery:
    """Returns what is searched for."""
    return title_lists.SearchQuery(
        query=request.query,
        filters=title_lists.Filters(
            type=request.type,
            genre=request.genre_id,
            language_code=request.language_code,
            year=request.year,
            mood=request.mood_id,
            theme=request.theme_id,
        ),
        included_only=request.included_only,
    )


def result(match: indexed_titles.Match, similarity: float, language_code: str) -> catalog_service_pb2.SearchResult:
    """Returns a title as a search result, with the reason for it."""
    message = catalog_service_pb2.SearchResult(similarity=similarity)
    if match.person:
        message.person_id, message.person_display_name = titles.person_id(match.person), match.person
    message.matched_fields.extend(cast("Any", match.fields))
    message.title.MergeFromString(match.cards[next(localization.languages(language_code, match.cards))])
    if similarity:
        message.matched_fields.append(catalog_service_pb2.MATCHED_FIELD_MEANING)
    if match.named:
        message.reason = "Matches by name"
    elif match.person:
        message.reason = f"With {match.person}"
    elif similarity:
        message.reason = "Matches by meaning"
    else:
        message.reason = (
            "Matches the name in part" if indexed_titles.IN_NAME in match.fields else "Matches the description"
        )
    return message


def entry(row: tables.Row, names: terms.Names) -> indexed_titles.TitleEntry:
    """Returns what a title is searched by, in all its languages; an empty entry for a deleted title."""
    if row.deleted:
        return indexed_titles.TitleEntry(row.title_id)
    document = row.document
    texts = document["texts"].values()
    lines = [text.get(field, "") for text in texts for field in ("tagline", "synopsis")]
    characters = [credit["character"] for credit in document.get("credits", ())]
    display_names = [text.get("display_name", "") for text in texts] + [document.get("original_display_name", "")]
    words = [
        names.name(kind, term_id, language)
        for language in document["texts"]
        for kind, term_ids in _terms_of(row)
        for term_id in term_ids
    ]
    return indexed_titles.TitleEntry(
        title_id=row.title_id,
        names=tuple(filter(None, dict.fromkeys(display_names))),
        people=tuple(credit["display_name"] for credit in document.get("credits", ())),
        synopsis=(*lines, *characters, *dict.fromkeys(words)),
        filter_terms=tuple(_filter_terms(row)),
        cards={language: card(row, language, names).SerializeToString() for language in document["texts"]},
    )


def named(row: tables.Row, names: terms.Names) -> indexed_titles.TitleNames:
    """Returns what a title is suggested by; nothing for a deleted title."""
    if row.deleted:
        return indexed_titles.TitleNames(row.title_id)
    document = row.document
    display_names = {
        language: text["display_name"] for language, text in document["texts"].items() if text.get("display_name")
    }
    if original := document.get("original_display_name"):
        display_names.setdefault(row.language_code, original)
    return indexed_titles.TitleNames(
        title_id=row.title_id,
        names=display_names,
        people=tuple(dict.fromkeys(credit["display_name"] for credit in document.get("credits", ()))),
        genres={genre_id: names.by_language(terms.GENRE, genre_id) for genre_id in row.genres},
        year=document["release_date"][0],
    )


def suggestion(found: indexed_titles.Suggestion, language_code: str) -> catalog_service_pb2.Suggestion:
    """Returns a suggestion, with its name in the requested language."""
    name = found.names[next(localization.languages(language_code, found.names))]
    message = catalog_service_pb2.Suggestion(
        kind=cast("Any", found.kind), display_name=name, title_count=found.title_count
    )
    if found.kind == indexed_titles.TITLE:
        message.title_id = found.target
    elif found.kind == indexed_titles.PERSON:
        message.person_id = titles.person_id(name)
    else:
        message.genre_id = found.target
    return message


def _filter_terms(row: tables.Row) -> Iterator[str]:
    """Returns everything that a title can be filtered by."""
    shared = {"type": row.type, "language_code": row.language_code, "year": row.document["release_date"][0]}
    yield from indexed_titles.filter_terms(title_lists.Filters(**shared))
    for kind, values in _terms_of(row):
        for value in values:
            yield f"{kind}:{value}"


def _terms_of(row: tables.Row) -> tuple[tuple[str, list[str]], ...]:
    return (terms.GENRE, row.genres), (terms.MOOD, row.moods), (terms.THEME, row.themes)
