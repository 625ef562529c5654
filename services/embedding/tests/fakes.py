"""A fast model: texts that share words have similar vectors."""

import threading

import numpy as np


class WordModel:
    """Returns the normalized sum of one fixed random vector for each word of a text."""

    version, dimension = "words/1", 384

    def __init__(self):
        self.batches = []
        #: The number of batches at each release of memory.
        self.released = []
        #: While it is cleared, batches wait.
        self.open = threading.Event()
        self.open.set()

    def embed(self, texts):
        self.batches.append(list(texts))
        self.open.wait()
        if "poison" in texts:
            raise ValueError("poison")
        return np.stack([self._vector(text) for text in texts])

    def release_memory(self):
        self.released.append(len(self.batches))

    def _vector(self, text):
        total = np.zeros(self.dimension)
        for word in "".join(letter if letter.isalnum() else " " for letter in text.lower()).split() or [text]:
            total += np.random.default_rng(list(word.encode())).standard_normal(self.dimension)
        return (total / np.linalg.norm(total)).astype(np.float32)
