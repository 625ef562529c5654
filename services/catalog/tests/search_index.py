"""A full-text index and an autocomplete index with the titles that a test puts in."""

import numpy as np

from services.catalog.domain import indexed_titles, title_lists
from services.catalog.search import autocomplete, fulltext_index
from services.catalog.titles import title_ordinals


class AnIndex:
    def __init__(self, *entries):
        self.ordinals = title_ordinals.TitleOrdinals()
        self.index = fulltext_index.FulltextIndex(self.ordinals)
        self.suggester = autocomplete.Autocomplete(self.ordinals, self.index.vocabulary)
        self.update(*entries)

    def update(self, *entries):
        self.index.update(entries)
        self.index.commit()
        self.suggester.update(
            indexed_titles.TitleNames(entry.title_id, names=dict(enumerate(entry.names)), people=entry.people)
            for entry in entries
        )
        self.suggester.commit()

    def found(self, query, filters=title_lists.ANY):
        """Titles by all words, or else by some."""
        analyzed = self.index.analyze(query)
        ranked = self.index.rank(analyzed, filters).ordinals or self.index.rank(analyzed, filters, loose=True).ordinals
        return [self.ordinals.title_id(ordinal) for ordinal in ranked]

    def found_strictly(self, query):
        """Titles by all words."""
        ranked = self.index.rank(self.index.analyze(query), title_lists.ANY).ordinals
        return [self.ordinals.title_id(ordinal) for ordinal in ranked]

    def suggested(self, query):
        everyone = np.ones(len(self.ordinals), dtype=np.bool_)
        return [one.names.get(0, one.names.get("")) for one in self.suggester.suggest(query, everyone, 10)]

    def match(self, query, title_id):
        ordinal = self.ordinals.assign(title_id)
        return self.index.matches([ordinal], self.index.analyze(query))[ordinal]


def an_index(*entries):
    return AnIndex(*entries)


def an_entry(name, people=(), synopsis=(), names=()):
    return indexed_titles.TitleEntry(name, names=(name, *names), people=tuple(people), synopsis=tuple(synopsis))
