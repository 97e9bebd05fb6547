"""Answers on disk are those that were given, and any that cannot be read are given again."""

import dataclasses
import os

import numpy as np
import pytest

from micrographia.evaluation import _answer_store
from micrographia.evaluation._answer_store import AnswerStore, ImageAnswer, answer_key


@pytest.fixture
def answer():
    features = np.array([1.5, -2.0], np.float32)
    return ImageAnswer(np.array([0.25, 0.75]), "known", 0.75, 1.5, features, ("a", "b"), 0.1)


def same(one, other):
    for field in dataclasses.fields(ImageAnswer):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))
    return True


def test_an_answer_comes_back_as_it_was(answer, tmp_path):
    store = AnswerStore(tmp_path)
    bare = dataclasses.replace(answer, score=None, features=None, warnings=())
    store.add("first", answer)
    store.flush()
    store.add("second", bare)
    assert store.get("second") is None, "it is not on disk yet"
    store.flush()
    again = AnswerStore(tmp_path)
    assert same(again.get("first"), answer)
    assert same(again.get("second"), bare)
    assert again.get("third") is None


def test_answers_are_on_disk_after_some_seconds_without_being_told(answer, tmp_path, monkeypatch):
    monkeypatch.setattr(_answer_store, "_EVERY_S", 0.0)
    AnswerStore(tmp_path).add("first", answer)
    assert same(AnswerStore(tmp_path).get("first"), answer)


def test_a_known_answer_is_not_written_twice(answer, tmp_path):
    for _ in range(2):
        store = AnswerStore(tmp_path)
        store.add("first", answer)
        store.flush()
    assert len(list(tmp_path.glob("*.npz"))) == 1


def test_a_damaged_part_is_as_good_as_none(answer, tmp_path):
    (tmp_path / "000000.npz").write_bytes(b"PK damaged")
    np.savez(tmp_path / "000001.npz", other=np.zeros(3))
    store = AnswerStore(tmp_path)
    assert store.get("first") is None
    store.add("first", answer)
    store.flush()
    assert same(AnswerStore(tmp_path).get("first"), answer)


def test_another_frame_size_or_content_wants_another_answer(tmp_path):
    path = tmp_path / "image.tif"
    path.write_bytes(b"pixels")
    os.utime(path, ns=(1, 1))
    keys = {answer_key(path, frame, size) for frame in (None, 0) for size in (None, 2.0)}
    assert answer_key(path, None, None) in keys
    os.utime(path, ns=(1, 2))
    assert answer_key(path, None, None) not in keys
    assert len(keys) == 4
