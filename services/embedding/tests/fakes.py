"""A model that is quick: texts that share words lie close."""

import threading

import numpy as np


class WordModel:
    """Sums up one fixed direction for each word of a text."""

    version, dimension = "words/1", 384

    def __init__(self):
        self.batches = []
        #: After how many batches it rested.
        self.rested = []
        #: Cleared, it lets batches wait.
        self.open = threading.Event()
        self.open.set()

    def embed(self, texts):
        self.batches.append(list(texts))
        self.open.wait()
        if "poison" in texts:
            raise ValueError("poison")
        return np.stack([self._vector(text) for text in texts])

    def rest(self):
        self.rested.append(len(self.batches))

    def _vector(self, text):
        total = np.zeros(self.dimension)
        for word in "".join(each if each.isalnum() else " " for each in text.lower()).split() or [text]:
            total += np.random.default_rng(list(word.encode())).standard_normal(self.dimension)
        return (total / np.linalg.norm(total)).astype(np.float32)
