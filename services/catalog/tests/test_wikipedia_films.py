"""The 36,273 films of wikipedia-movie-data: imports, and search with misspelled words."""

import gzip
import random
from collections import Counter

import orjson
import pytest
from marquee.catalog.v1 import catalog_admin_service_pb2

from services.catalog.domain import indexed_titles, title_lists, wikipedia_import
from services.catalog.imports import file_readers
from services.catalog.search import fulltext_index
from services.catalog.tests import builders
from services.catalog.titles import title_ordinals
from services.kit import tokenizer

# Counting the lines of 36,273 films would take four times as long as the films do; fewer are counted elsewhere.
pytestmark = [*builders.needs_data, pytest.mark.timeout(600), pytest.mark.no_cover]

LETTERS = "abcdefghijklmnopqrstuvwxyz"


async def test_all_films_come_in_and_a_second_import_writes_nothing(catalog):
    data = builders.FILMS.read_bytes()

    async def send(**options):
        parts = builders.import_requests(
            data, catalog_admin_service_pb2.IMPORT_FORMAT_WIKIPEDIA_FILMS, size=1_048_576, **options
        )
        return await catalog.admin.ImportTitles(parts, metadata=builders.EDITOR)

    first = await send()
    reported = await catalog.wait_for_facts(36_273)
    second = await send()

    assert (36_273, 36_273, True) == (first.row_count, first.created_count, first.committed)
    assert (36_273, 36_273, False) == (second.row_count, second.unchanged_count, second.committed)
    assert 36_273 == len({facts.title_id for facts in reported})
    assert len(reported) == len(await catalog.wait_for_facts(36_273))


@pytest.fixture(scope="module")
def every_film():
    with gzip.open(builders.FILMS) as file:
        return orjson.loads(file.read())


@pytest.fixture(scope="module")
def index(every_film):
    index = fulltext_index.FulltextIndex(title_ordinals.TitleOrdinals())
    index.update(
        indexed_titles.TitleEntry(
            str(number),
            names=(film["title"],),
            people=tuple(film["cast"]),
            synopsis=(film.get("extract", ""), *film["genres"]),
        )
        for number, film in enumerate(every_film)
    )
    index.commit()
    return index


def misspell(word, chance):
    """Makes one mistake behind the first letter: a wrong, missing, needless or swapped one."""
    place = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    wrong = chance.choice(LETTERS.replace(letter, ""))
    return chance.choice(
        [
            before + wrong + after,
            before + after,
            before + wrong + letter + after,
            before + after[0] + letter + after[1:],
        ]
    )


def share_found(index, queries, is_right):
    right = 0
    for meant, query in queries:
        analyzed = index.analyze(query)
        found = (
            index.rank(analyzed, title_lists.ANY).ordinals or index.rank(analyzed, title_lists.ANY, loose=True).ordinals
        )
        # The films came in their order, so their ordinals are those of the file.
        right += any(is_right(number, meant) for number in found[:3])
    return right / len(queries)


@pytest.mark.parametrize(("mistakes", "letters"), [(1, 4), (2, 8)])
def test_misspelled_titles_are_among_the_first_three(every_film, index, mistakes, letters):
    chance = random.Random(mistakes)
    names = [tokenizer.split(film["title"]) for film in every_film]
    uses = Counter(word for name in names for word in set(name))
    queries = []
    for number, name in enumerate(names):
        telling = [place for place, word in enumerate(name) if len(word) >= letters and uses[word] < 5]
        if telling:
            typed = list(name)
            place = chance.choice(telling)
            for _ in range(mistakes):
                typed[place] = misspell(typed[place], chance)
            queries.append((number, " ".join(typed)))

    share = share_found(index, chance.sample(queries, 400), lambda found, meant: names[found] == names[meant])

    assert share >= 0.95


def test_misspelled_people_lead_to_their_films(every_film, index):
    chance = random.Random(3)
    uses = Counter(person for film in every_film for person in film["cast"])
    people = [person for person, films_of in uses.items() if films_of > 5 and len(tokenizer.split(person)) == 2]
    queries = []
    for person in chance.sample(people, 300):
        first, last = tokenizer.split(person)
        queries.append((person, f"{first} {misspell(last, chance) if len(last) >= 4 else last}"))

    share = share_found(index, queries, lambda found, meant: meant in every_film[found]["cast"])

    assert share >= 0.95


def test_every_film_is_a_row_that_can_be_taken():
    with builders.FILMS.open("rb") as file:
        problems = [row.number for row in file_readers.array(file) if wikipedia_import.read(row.value)[1]]

    assert [] == problems
