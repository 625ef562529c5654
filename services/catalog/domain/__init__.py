"""The rules of the catalog: import formats, words, terms, completeness and the places of pages."""
