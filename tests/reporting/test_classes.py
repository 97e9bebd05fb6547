"""Classes in pictures and in the report, and the contact sheet."""

import numpy as np
import pandas as pd
import pytest

from micrographia.micrograph import Micrograph
from micrographia.reporting import draw_contact_sheet, draw_montage, draw_overlay, thumbnail
from micrographia.reporting._classes import class_facts, class_sections
from micrographia.reporting._palette import CLASSES, class_colour, group_particles

CLASS_NAMES = ("disc", "square", "star")


@pytest.fixture
def particles():
    return pd.DataFrame(
        {
            "id": [1, 2, 3, 4, 5],
            "counted": [True, True, True, True, False],
            "reason": ["", "", "", "", "border"],
            "outline": ["star", "disc", "disc", "disc or square", "disc"],
            "outline_verdict": ["known", "known", "unlike", "known", "known"],
            "ecd_px": [10.0, 20.0, 30.0, 25.0, 15.0],
        }
    )


@pytest.fixture
def labels():
    labels = np.zeros((200, 300), np.int32)
    for k in range(5):
        labels[20 + 20 * k : 50 + 20 * k, 10 + 55 * k : 50 + 55 * k] = k + 1
    return labels


def test_particles_are_grouped_by_class_then_doubt_then_reason(particles):
    groups = group_particles(particles, "outline", CLASS_NAMES)
    assert [(group.text, group.ids, group.dashed) for group in groups] == [
        ("disc", (2,), False),
        ("star", (1,), False),
        ("disc or square", (4,), False),
        ("outline unlike", (3,), False),
        ("left out: border", (5,), True),
    ]


def test_a_class_has_one_colour_whatever_else_is_in_the_picture(particles):
    alone = group_particles(particles.iloc[:1], "outline", CLASS_NAMES)
    assert alone[0].colour == class_colour("star", CLASS_NAMES) == CLASSES[2]
    assert len(set(CLASSES)) == len(CLASSES) >= 10


def test_without_answers_of_the_model_all_counted_are_alike(particles):
    groups = group_particles(particles, "polyhedron", CLASS_NAMES)
    assert [group.text for group in groups] == ["counted", "left out: border"]


def test_the_overlay_shows_the_colours_of_the_classes(particles, labels):
    picture = draw_overlay(
        Micrograph(np.zeros(labels.shape)),
        labels,
        particles,
        colour_by="outline",
        classes=CLASS_NAMES,
        legend=False,
    )
    pixels = picture.reshape(-1, 3).astype(int)
    nearest = [int(np.abs(pixels - colour).sum(axis=1).min()) for colour in CLASSES[:3]]
    # lines are smoothed, so that their colour is met nearly, not quite
    assert nearest[0] < 40
    assert nearest[1] > max(nearest[0], nearest[2])
    assert nearest[2] < 40


def test_the_montage_takes_captions(particles, labels):
    values = (Micrograph(np.zeros(labels.shape)), labels, particles.iloc[:2])
    with_text = draw_montage(*values, captions={1: "star? 0.51", 2: "disc? 0.6"})
    assert with_text.shape == draw_montage(*values).shape
    assert (with_text != draw_montage(*values)).any()


def statistics():
    ecd = {
        "unit": "nm",
        "mean": {"value": 9.0, "low": 8.0, "high": 10.0},
        "median": {"value": 9.5, "low": 8.5, "high": 10.5},
        "sd": {"value": 1.0, "low": None, "high": None},
        "d10": {"value": 8.0, "low": None, "high": None},
        "d90": {"value": 10.0, "low": None, "high": None},
    }
    share = {"value": 0.75, "low": 0.4, "high": 0.9}
    return {
        "counted": 8,
        "doubtful": {"unknown": 2, "unlike": 0},
        "classes": {"disc": {"counted": 6, "share": share, "ecd": ecd}},
    }


def test_the_report_has_a_row_a_class_and_one_for_doubt():
    model = {"name": "mine", "version": "3.0", "sha256": "ab" * 32, "classes": ["disc"]}
    members = pd.DataFrame(
        {
            "ecd_nm": np.arange(8.0, 14.0),
            "counted": True,
            "outline": "disc",
            "outline_verdict": "known",
        }
    )
    [section] = class_sections({"classes": {"outline": statistics()}}, {"outline": model}, members)
    assert section.title == "Outline"
    assert [row[:2] for row in section.table.rows] == [("disc", "6"), ("unknown", "2")]
    assert "75" in section.table.rows[0][2]
    assert any("mine 3.0" in note for note in section.table.notes)
    [histogram] = section.histograms
    assert histogram.svg.startswith("<svg")


def test_a_summary_without_classes_gives_no_section():
    assert class_sections({}, {}, None) == []
    assert class_facts({"classes": {}}) == ()


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (500, 400)])
def test_a_small_picture_keeps_proportions(shape):
    small = thumbnail(np.random.default_rng(0).random(shape), 100)
    assert max(small.shape) == min(100, max(shape))
    assert small.dtype == np.uint8


@pytest.mark.parametrize("count", [0, 1, 7, 96])
def test_a_contact_sheet_has_room_for_all(count):
    pictures = [np.full((100, 160), 200, np.uint8)] * count
    sheet = draw_contact_sheet(pictures, [("a very long name of an image" * 3, "0.9")] * count, "t")
    assert (sheet == 200).all(axis=2).sum() == count * 100 * 160


def test_a_picture_that_is_missing_leaves_its_cell_empty():
    sheet = draw_contact_sheet([None], [("gone",)], "spheres")
    assert sheet.shape[2] == 3
