"""The body of a picture of one particle."""

from typing import ClassVar

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.bundles import Card, InputCard
from micrographia.classification import classify_images
from micrographia.classification.single import main_body
from micrographia.errors import InputError
from micrographia.micrograph import Micrograph


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


def square(side, thickness, dark=True):
    picture = np.full((side, side), 255, np.uint8)
    low, high = side // 4, 3 * side // 4
    cv2.rectangle(picture, (low, low), (high, high), 0, thickness)
    truth = np.zeros((side, side), bool)
    half = max(thickness, 0) // 2
    truth[low - half : high + half + 1, low - half : high + half + 1] = True
    return (picture if dark else 255 - picture), truth


@given(side=st.integers(80, 200), thickness=st.sampled_from([-1, 1, 3]), dark=st.booleans())
def test_filled_or_drawn_dark_or_bright_the_body_is_the_same(side, thickness, dark):
    picture, truth = square(side, thickness, dark)
    assert overlap(main_body(picture), truth) > 0.9


def test_a_stroke_that_does_not_quite_close_is_closed():
    picture, truth = square(120, 3)
    picture[80:96, 88:94] = 255
    assert overlap(main_body(picture), truth) > 0.85


def test_a_thin_rod_stays_a_rod():
    picture = np.full((100, 100), 200, np.uint8)
    picture[48:54, 10:90] = 20
    assert main_body(picture).sum() == 6 * 80


def test_the_largest_of_several_bodies_is_taken():
    picture = np.zeros((80, 80), np.uint8)
    picture[5:15, 5:15] = picture[30:70, 30:70] = 255
    body = main_body(picture)
    assert body[30:70, 30:70].all()
    assert not body[:20].any()


def test_a_plain_picture_has_no_body():
    assert not main_body(np.full((30, 30), 7.0)).any()


def test_a_colour_picture_is_refused_by_its_shape():
    with pytest.raises(InputError, match=r"\(rows, cols\), got uint8 of \(4, 4, 3\)"):
        main_body(np.zeros((4, 4, 3), np.uint8))


@pytest.fixture
def by_mask():
    """Two classes, told apart by how much of the picture the mask covers."""
    card = Card(
        name="shapes",
        summary="Tells thin from thick.",
        version="1",
        task="particle-classification",
        classes=("thin", "thick"),
        input=InputCard(rows=16, cols=16),
        licence="CC0-1.0",
        files={"model.onnx": "0" * 64},
        parameters={"crop": {"side": 16, "share": 1.0, "layers": ["mask"]}},
    )

    class Fake:
        path = "shapes"
        arrays: ClassVar = {}

        def run(self, images):
            share = images.mean(axis=(1, 2, 3))
            return {"logits": np.stack([20 * (0.5 - share), 20 * (share - 0.5)], 1)}

    Fake.card = card
    return Fake()


def test_a_model_for_particles_names_the_body_of_an_image(by_mask):
    picture, _ = square(80, 2)
    rod = np.zeros((60, 60), np.uint8)
    rod[10:50, 20:28] = 200
    answers = classify_images(by_mask, [Micrograph(picture), Micrograph(rod)])
    assert [answer.label for answer in answers] == ["thick", "thin"]
    assert answers[0].verdict == "known"


def test_an_image_without_a_body_is_refused_with_what_to_do(by_mask):
    with pytest.raises(InputError, match=r"wants the picture of one particle.*analyze"):
        classify_images(by_mask, [Micrograph(np.zeros((20, 20), np.uint8))])
