"""Counting rules at the border, weights, size limits."""

import numpy as np
import numpy.testing as npt
import pytest

from micrographia.errors import SettingsError
from micrographia.measurement import MeasurementSettings, measure
from micrographia.micrograph import PixelSize

SETTINGS = {
    rule: MeasurementSettings(rule=rule)
    for rule in ("all", "exclude-border", "two-edges", "miles-lantuejoul")
}


def corners():
    """Particle 1 top left, 2 right, 3 bottom, 4 in the middle, 5 one pixel off the left border."""
    labels = np.zeros((30, 40), np.int32)
    labels[:4, :4] = 1
    labels[10:14, 36:] = 2
    labels[26:, 20:24] = 3
    labels[12:18, 15:21] = 4
    labels[20:23, 1:4] = 5
    return labels


@pytest.mark.parametrize(
    ("rule", "counted"),
    [
        ("all", [1, 2, 3, 4, 5]),
        ("exclude-border", [4, 5]),
        ("two-edges", [1, 4, 5]),
        ("miles-lantuejoul", [4, 5]),
    ],
)
def test_each_rule_counts_whom_it_says(rule, counted):
    table = measure(corners(), settings=SETTINGS[rule])
    assert table.id[table.counted].tolist() == counted
    assert table.touches_border.tolist() == [True, True, True, False, False]
    assert (table.reason[~table.counted] == "border").all()
    assert (table.reason[table.counted] == "").all()


def test_weights_are_those_of_the_positions_off_the_border():
    table = measure(corners(), settings=SETTINGS["miles-lantuejoul"]).set_index("id")
    assert table.weight[4] == pytest.approx(30 * 40 / ((30 - 7) * (40 - 7)))
    assert table.weight[5] == pytest.approx(30 * 40 / ((30 - 4) * (40 - 4)))
    assert (table.weight[[1, 2, 3]] == 0).all()
    others = measure(corners(), settings=SETTINGS["two-edges"])
    assert others.weight.tolist() == [1, 0, 0, 1, 1]


def test_the_border_of_the_valid_area_counts_as_the_border():
    valid = np.zeros((30, 40), bool)
    valid[:23, 1:] = True
    table = measure(corners(), valid=valid).set_index("id")
    assert table.touches_border.tolist() == [True, True, True, False, True]
    assert table.weight[4] == pytest.approx(23 * 39 / ((23 - 7) * (39 - 7)))


@pytest.mark.parametrize(("rule", "counted"), [("all", True), ("two-edges", False)])
def test_a_particle_beside_an_area_left_out_touches_the_border(rule, counted):
    valid = np.ones((30, 40), bool)
    valid[11:14, 21:30] = False
    table = measure(corners(), settings=SETTINGS[rule], valid=valid).set_index("id")
    assert bool(table.touches_border[4])
    assert bool(table.counted[4]) is counted


def test_nothing_is_counted_where_nothing_is_valid():
    table = measure(corners(), valid=np.zeros((30, 40), bool))
    assert not table.counted.any()


def _dropped(side, size, rule):
    """Sum of weights over all places where a square of `size` shows on a frame of `side`."""
    places = range(1 - size, side)
    tables = (
        measure(_at(side, size, row, col), settings=SETTINGS[rule])
        for row in places
        for col in places
    )
    return sum(float(table.weight.sum()) for table in tables)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_both_unbiased_rules_count_every_size_alike_and_the_plain_one_does_not(size):
    side = 7
    assert _dropped(side, size, "miles-lantuejoul") == pytest.approx(side**2)
    # One place for each pixel of the frame but those of the last row and column.
    assert _dropped(side, size, "two-edges") == (side - 1) ** 2
    assert _dropped(side, size, "exclude-border") == (side - size - 1) ** 2


def _at(side, size, row, col):
    labels = np.zeros((side, side), np.int32)
    labels[max(row, 0) : max(row + size, 0), max(col, 0) : max(col + size, 0)] = 1
    return labels


def test_size_limits_mark_and_do_not_delete():
    settings = MeasurementSettings(rule="all", min_ecd_px=4.0, max_ecd_px=6.0)
    table = measure(corners(), settings=settings)
    assert table.reason.tolist() == ["", "", "", "too large", "too small"]
    assert len(table) == 5
    assert table.weight.tolist() == [1, 1, 1, 0, 0]


def test_limits_in_nanometres_follow_the_pixel_size():
    settings = MeasurementSettings(rule="all", min_ecd_nm=40.0)
    table = measure(corners(), pixel_size=PixelSize(10, 10, "user"), settings=settings)
    assert table.reason.tolist() == ["", "", "", "", "too small"]


def test_limits_in_nanometres_need_a_pixel_size():
    with pytest.raises(SettingsError, match=r"need a pixel size.*min_ecd_px"):
        measure(corners(), settings=MeasurementSettings(min_ecd_nm=1.0))


def test_limits_that_leave_no_room_are_refused():
    with pytest.raises(SettingsError, match=r"below max_ecd_nm, got 9\.0 and 2\.0"):
        MeasurementSettings.parse({"min_ecd_nm": 9.0, "max_ecd_nm": 2.0})


def test_a_particle_as_wide_as_the_frame_has_a_finite_weight():
    labels = np.zeros((10, 12), np.int32)
    labels[1:9, 1:11] = 1
    table = measure(labels)
    assert table.counted[0]
    npt.assert_allclose(table.weight[0], 120)
