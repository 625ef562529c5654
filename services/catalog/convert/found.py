"""What titles are found by, and what is found."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from marquee.catalog.v1 import catalog_pb2

from services.catalog import queries, search, suggestions, tables
from services.catalog.convert.titles import card
from services.catalog.domain import listing, titles


def filters(request: catalog_pb2.ListTitlesRequest) -> listing.Filters:
    """Answers which titles a list is to hold."""
    return listing.Filters(
        type=request.type,
        genre=_storable(request.genre),
        language_code=_storable(request.language_code),
        year=request.year,
        mood=_storable(request.mood),
        theme=_storable(request.theme),
        featured_only=request.featured_only,
        by_name=request.order == catalog_pb2.TITLE_ORDER_TITLE,
    )


def filter_values(rows: Iterable[tables.Row]) -> catalog_pb2.GetFiltersResponse:
    """Answers what titles can be filtered by: the most used first, years from the latest on."""
    answer = catalog_pb2.GetFiltersResponse()
    kinds = {
        "genre": answer.genres,
        "mood": answer.moods,
        "theme": answer.themes,
        "language": answer.language_codes,
    }
    for row in sorted(rows, key=lambda row: (-row.titles, row.value)):
        if row.kind in kinds:
            kinds[row.kind].add(value=row.value, title_count=row.titles)
    years = [row for row in rows if row.kind == "year"]
    for row in sorted(years, key=lambda row: -int(row.value)):
        answer.years.add(value=row.value, title_count=row.titles)
    return answer


def wish(request: catalog_pb2.SearchTitlesRequest) -> listing.Wish:
    """Answers what is searched for."""
    return listing.Wish(
        query=request.query,
        filters=listing.Filters(
            type=request.type,
            genre=request.genre,
            language_code=request.language_code,
            year=request.year,
            mood=request.mood,
            theme=request.theme,
        ),
        included_only=request.included_only,
    )


def result(match: search.Match, similarity: float, language_code: str) -> catalog_pb2.SearchResult:
    """Answers a title as a result, with why it is one."""
    answer = catalog_pb2.SearchResult(person=match.person, similarity=similarity)
    answer.matched_fields.extend(cast("Any", match.fields))
    answer.title.MergeFromString(match.cards[next(titles.languages(language_code, match.cards))])
    if similarity:
        answer.matched_fields.append(catalog_pb2.MATCHED_FIELD_MEANING)
    if match.named:
        answer.reason = "Matches by name"
    elif match.person:
        answer.reason = f"With {match.person}"
    elif similarity:
        answer.reason = "Matches by meaning"
    else:
        answer.reason = "Matches the name in part" if queries.NAME in match.fields else "Matches the description"
    return answer


def entry(row: tables.Row) -> search.Entry:
    """Answers what a title is found by, in all its languages; nothing for a title that is gone."""
    if row.deleted:
        return search.Entry(row.title_id)
    document = row.document
    texts = document["texts"].values()
    told = [text.get(field, "") for text in texts for field in ("tagline", "synopsis")]
    characters = [credit["character"] for credit in document.get("credits", ())]
    names = dict.fromkeys([text.get("title", "") for text in texts] + [document.get("original_title", "")])
    return search.Entry(
        title_id=row.title_id,
        names=tuple(filter(None, names)),
        people=tuple(credit["person"] for credit in document.get("credits", ())),
        synopsis=(*told, *characters, *row.genres, *row.moods, *row.themes),
        kept=tuple(_kept(row)),
        cards={language: card(row, language).SerializeToString() for language in document["texts"]},
    )


def named(row: tables.Row) -> suggestions.Named:
    """Answers what a title can be suggested by; nothing for a title that is gone."""
    if row.deleted:
        return suggestions.Named(row.title_id)
    document = row.document
    names = {language: text["title"] for language, text in document["texts"].items() if text.get("title")}
    if (original := document.get("original_title")) and row.language_code not in names:
        names[row.language_code] = original
    return suggestions.Named(
        title_id=row.title_id,
        names=names,
        people=tuple(dict.fromkeys(credit["person"] for credit in document.get("credits", ()))),
        genres=tuple(row.genres),
        year=document["release_date"][0],
    )


def suggestion(found: suggestions.Suggestion, language_code: str) -> catalog_pb2.Suggestion:
    """Answers a suggestion in the language that was asked for."""
    return catalog_pb2.Suggestion(
        kind=cast("Any", found.kind),
        text=found.names[next(titles.languages(language_code, found.names))],
        title_id=found.title_id,
        title_count=found.title_count,
    )


def _kept(row: tables.Row) -> Iterator[str]:
    """Answers everything that a title can be filtered by."""
    shared = {"type": row.type, "language_code": row.language_code, "year": row.document["release_date"][0]}
    yield from queries.kept(listing.Filters(**shared))
    for kind, values in (("genre", row.genres), ("mood", row.moods), ("theme", row.themes)):
        for value in values:
            yield from queries.kept(listing.Filters(**{kind: value}))


def _storable(word: str) -> str:
    """A word as PostgreSQL can take it; no title is filed under a NUL."""
    return word.replace("\0", "\N{REPLACEMENT CHARACTER}")
