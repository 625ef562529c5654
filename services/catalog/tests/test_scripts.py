# ruff: noqa: RUF001 - letters of other scripts are what is tested.
"""Search and suggestions in every script: without spaces, with marks that readers leave out, and of symbols only."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.catalog.tests.search_index import an_entry, an_index
from services.kit import tokenizer

NAMES = (
    "千と千尋の神隠し",
    "千年女優",
    "もののけ姫",
    "劇場版NARUTO",
    "スパイダーマン",
    "ハリー・ポッター",
    "霸王别姬",
    "ฉลาดเกมส์โกง",
    "ພໍ່ແມ່",
    "កំពុងដើរ",
    "שָׁלוֹם עוֹלָם",
    "צ׳ארלי",
    "مُحَمَّد رَسُول",
    "أحلام",
    "قهوه\u200cخانه",
    "İstanbul Kırmızısı",
    "क्\u200dष",
    "M*A*S*H",
    "S.W.A.T.",
    "E.T. the Extra-Terrestrial",
    "Spider-Man: Homecoming",
    "WALL·E",
    "X-Men",
    "Se7en",
    "Rocky II",
    "8½",
    "Łódź",
    "Straße",
    "L'été indien",
    "Mashenka",
    "Mass",
    "!!!",
    "★★",
    "❤\ufe0f",
    "$",
    "The Two of Us",
)


@pytest.fixture(scope="module")
def library():
    return an_index(*map(an_entry, NAMES))


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("千尋", "千と千尋の神隠し"),
        ("神隠し", "千と千尋の神隠し"),
        ("千と千尋の神隠し", "千と千尋の神隠し"),
        ("し", "千と千尋の神隠し"),
        ("女優", "千年女優"),
        ("もののけ", "もののけ姫"),
        ("naruto", "劇場版NARUTO"),
        ("劇場 naruto", "劇場版NARUTO"),
        ("ｽﾊﾟｲﾀﾞｰ", "スパイダーマン"),
        ("ハリーポッター", "ハリー・ポッター"),
        ("别姬", "霸王别姬"),
        ("เกมส์", "ฉลาดเกมส์โกง"),
        ("เกม", "ฉลาดเกมส์โกง"),
        ("โกง", "ฉลาดเกมส์โกง"),
        ("ແມ່", "ພໍ່ແມ່"),
        ("ដើរ", "កំពុងដើរ"),
        ("שלום", "שָׁלוֹם עוֹלָם"),
        ("שלום עולם", "שָׁלוֹם עוֹלָם"),
        ("צ'ארלי", "צ׳ארלי"),
        ("محمد", "مُحَمَّد رَسُول"),
        ("محمّد رسول", "مُحَمَّد رَسُول"),
        ("مـحـمـد", "مُحَمَّد رَسُول"),
        ("احلام", "أحلام"),
        ("قهوهخانه", "قهوه\u200cخانه"),
        ("istanbul", "İstanbul Kırmızısı"),
        ("ISTANBUL KIRMIZISI", "İstanbul Kırmızısı"),
        ("kırmızısı", "İstanbul Kırmızısı"),
        ("kirmizisi", "İstanbul Kırmızısı"),
        ("क्ष", "क्\u200dष"),
        ("mash", "M*A*S*H"),
        ("m*a*s*h", "M*A*S*H"),
        ("MASH", "M*A*S*H"),
        ("swat", "S.W.A.T."),
        ("s.w.a.t", "S.W.A.T."),
        ("et extra", "E.T. the Extra-Terrestrial"),
        ("extraterrestrial", "E.T. the Extra-Terrestrial"),
        ("spiderman", "Spider-Man: Homecoming"),
        ("spiderman homecoming", "Spider-Man: Homecoming"),
        ("spider man", "Spider-Man: Homecoming"),
        ("walle", "WALL·E"),
        ("wall e", "WALL·E"),
        ("xmen", "X-Men"),
        ("se7en", "Se7en"),
        ("rocky 2", "Rocky II"),
        ("8.5", "8½"),
        ("8½", "8½"),
        ("8 1/2", "8½"),
        ("lodz", "Łódź"),
        ("strasse", "Straße"),
        ("STRASSE", "Straße"),
        ("l ete indien", "L'été indien"),
        ("l’ete indien", "L'été indien"),
        ("!!!", "!!!"),
        ("★★", "★★"),
        ("❤", "❤\ufe0f"),
        ("$", "$"),
    ],
)
def test_a_name_is_found_as_readers_type_it(library, query, name):
    assert [name] == (library.found(query)[:1] or [None])


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("千尋", "千と千尋の神隠し"),
        ("神隠", "千と千尋の神隠し"),
        ("naruto", "劇場版NARUTO"),
        ("เกม", "ฉลาดเกมส์โกง"),
        ("שלו", "שָׁלוֹם עוֹלָם"),
        ("עולם", "שָׁלוֹם עוֹלָם"),
        ("رسول", "مُحَمَّد رَسُول"),
        ("kirm", "İstanbul Kırmızısı"),
        ("mash", "M*A*S*H"),
        ("!!", "!!!"),
        ("★", "★★"),
    ],
)
def test_a_name_is_suggested_as_readers_type_it(library, query, name):
    assert name in library.suggested(query)


@pytest.mark.parametrize("query", ["尋千", "神姫", "โกงเกม", "★!", "…", "\u200d", "\u0301"])
def test_other_orders_of_letters_and_other_symbols_are_no_match(library, query):
    assert [] == library.found_strictly(query)


def test_a_name_in_full_comes_before_longer_names_with_it():
    index = an_index(an_entry("千年女優の夢"), an_entry("千年女優"), an_entry("夢の千年女優"))

    assert "千年女優" == index.found("千年女優")[0]


def test_a_long_name_without_spaces_is_found_with_a_wrong_letter():
    index = an_index(an_entry("千と千尋の神隠し"), an_entry("千年女優"))

    assert "千と千尋の神隠し" == index.found("千と千尋の神隠レ")[0]


def test_parts_of_people_and_synopses_are_found_too():
    index = an_index(an_entry("Spirited Away", ["宮崎駿"], ["引っ越し先への途中で不思議な町に迷い込む。"]))

    assert ["Spirited Away"] == index.found("宮崎")
    assert ["Spirited Away"] == index.found("不思議な町")
    assert "宮崎駿" == index.match("宮崎", "Spirited Away").person


def test_people_of_symbols_only_are_not_one_person():
    index = an_index(an_entry("First", ["♠"]), an_entry("Second", ["♥"]))

    assert ["First"] == index.found("♠")
    assert ["♠"] == index.suggested("♠")


@given(st.text(max_size=30))
@example("8½")
@example("ハリー・ポッター2")
def test_every_name_has_the_terms_of_itself_as_a_query(name):
    assert set(tokenizer.query_terms(tokenizer.name_words(name))) <= set(tokenizer.index_terms(name))


@given(st.text(max_size=30))
def test_folded_words_stay_as_they_are(name):
    words = tokenizer.split(name)

    assert words == tokenizer.split(" ".join(words))
