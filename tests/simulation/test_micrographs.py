"""Whole micrographs: truth agrees with the picture, and the configuration is kept or refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrographia.errors import SettingsError
from micrographia.simulation._sample import label_image
from micrographia.simulation.families import load_family
from micrographia.simulation.families.micrographs import Config, simulate

LAYOUTS = ("sparse", "touching", "packed", "lattice", "overlapping", "aggregate", "supported")
MODES = ("tem", "bf", "haadf", "sem")


def one(seed=0, **asked):
    return simulate(Config(**{"rows": 128, "cols": 160, **asked}), np.random.default_rng(seed), 0)


def test_the_family_is_found_by_its_name():
    assert load_family("micrographs").Config is Config


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("layout", [*LAYOUTS, "standing"])
def test_every_layout_can_be_imaged_in_every_mode_that_has_it(mode, layout):
    if layout == "standing" and mode != "sem":
        pytest.skip("wires on end are drawn for SEM only")
    sample = one(seed=3, modes=(mode,), layouts=(layout,))
    assert sample.pixels.shape == (128, 160)
    assert sample.label == layout
    assert mode in sample.labels_all
    assert sample.pixels.std() > 0


def test_the_same_numbers_give_the_same_image_and_truth():
    first, second = one(seed=7), one(seed=7)
    np.testing.assert_array_equal(first.pixels, second.pixels)
    np.testing.assert_array_equal(label_image(first), label_image(second))
    assert first.parameters == second.parameters


def test_other_numbers_give_another_image():
    assert (one(seed=1).pixels != one(seed=2).pixels).any()


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_what_is_seen_lies_in_the_whole_outline_and_in_one_instance_only(seed):
    sample = one(seed=seed)
    seen = np.zeros(sample.pixels.shape, int)
    for instance in sample.instances:
        top, left, bottom, right = instance.box
        seen[top:bottom, left:right] += instance.visible
        row, col = instance.origin
        rows, cols = np.nonzero(instance.visible)
        assert instance.whole[rows + top - row, cols + left - col].all()
        assert instance.visible.sum() >= 9
        assert instance.parameters["snr"] >= 3.5
    assert seen.max(initial=0) <= 1


def test_the_whole_outline_has_the_area_that_was_asked_for():
    for body in (
        "sphere",
        "cube",
        "rod",
        "hexagon",
        "triangle",
        "irregular",
        "dumbbell",
        "faceted",
    ):
        sample = one(seed=5, rows=256, cols=256, bodies=(body,), layouts=("sparse",),
                     diameter_px=(24, 40), degradation=0, min_snr=0)  # fmt: skip
        assert sample.instances, body
        for instance in sample.instances:
            asked = instance.parameters["area_nm2"] / sample.nm_per_px**2
            assert instance.whole.sum() == pytest.approx(asked, rel=0.04), body


def test_particles_are_darker_in_bright_field_and_brighter_in_dark_field():
    for mode, sign in (("tem", -1), ("bf", -1), ("haadf", 1)):
        sample = one(seed=11, modes=(mode,), layouts=("sparse",), degradation=0, bar=0)
        labels = label_image(sample)
        inside = sample.pixels[labels > 0].mean()
        assert sign * (inside - np.median(sample.pixels[labels == 0])) > 0, mode


def test_sizes_follow_the_lognormal_distribution_that_was_asked_for():
    sizes = []
    for seed in range(6):
        sample = one(seed=seed, rows=512, cols=512, modes=("tem",), layouts=("sparse",),
                     bodies=("sphere",), median_nm=8.0, nm_per_px=(0.5, 0.5), spread=(1.2, 1.2),
                     second_family=0, coverage=0.12, degradation=0, bar=0)  # fmt: skip
        assert sample.nm_per_px == pytest.approx(0.5)
        sizes += [instance.parameters["ecd_nm"] for instance in sample.instances]
    logs = np.log(sizes)
    assert np.exp(logs.mean()) == pytest.approx(8.0, rel=0.03)
    assert np.exp(logs.std()) == pytest.approx(1.2, rel=0.03)


@pytest.mark.parametrize("coverage", [0.05, 0.2, 0.35])
def test_the_covered_share_of_a_sparse_field_is_the_one_asked_for(coverage):
    found = []
    for seed in range(4):
        sample = one(seed=seed, rows=384, cols=384, modes=("tem",), layouts=("sparse",),
                     bodies=("sphere",), diameter_px=(10, 14), coverage=coverage, second_family=0,
                     degradation=0, bar=0, spread=(1.1, 1.1))  # fmt: skip
        found.append((label_image(sample) > 0).mean())
    assert np.mean(found) == pytest.approx(coverage, rel=0.2)


def test_a_hexagonal_lattice_of_discs_has_the_packing_density_asked_for():
    sample = one(seed=1, rows=384, cols=384, modes=("tem",), layouts=("lattice",),
                 bodies=("sphere",), diameter_px=(16, 20), coverage=0.7, spread=(1.0, 1.0),
                 degradation=0, bar=0)  # fmt: skip
    assert (label_image(sample) > 0).mean() == pytest.approx(0.7, rel=0.05)


def test_the_bar_is_as_long_as_it_says_and_hides_what_lies_under_it():
    tried = [one(seed=seed, rows=256, cols=256, bar=1, footer=0) for seed in range(12)]
    drawn = [sample for sample in tried if "bar_box" in sample.parameters]
    assert len(drawn) >= 8
    for sample in drawn:
        p = sample.parameters
        assert p["bar_px"] * sample.nm_per_px == pytest.approx(p["bar_nm"], rel=0.5 / p["bar_px"])
        top, left, bottom, right = p["bar_box"]
        assert right - left == p["bar_px"]
        bar = sample.pixels[(top + bottom) // 2, left + 1 : right - 1]
        assert np.ptp(bar.astype(int)) == 0
        middle = (top + bottom) // 2
        assert not label_image(sample)[middle, left:right].any()
        number, unit = p["bar_text"].replace("µm", " µm").replace("nm", " nm").split()
        assert float(number) * {"nm": 1, "µm": 1000}[unit] == pytest.approx(p["bar_nm"])


def test_a_footer_covers_the_lowest_rows_and_no_particle():
    sample = one(seed=2, rows=256, cols=256, modes=("sem",), footer=1)
    top, left, bottom, right = sample.parameters["footer_box"]
    assert (left, bottom, right) == (0, 256, 256)
    assert not label_image(sample)[top:].any()


def test_sixteen_bits_are_used():
    sample = one(bits=16, bar=0)
    assert sample.pixels.dtype == np.uint16
    assert sample.pixels.max() > 255


def test_what_noise_hides_is_no_instance_but_is_listed():
    asked = {"modes": ("haadf",), "layouts": ("sparse",), "diameter_px": (8, 10)}
    every = one(seed=4, min_snr=0, **asked)
    none = one(seed=4, min_snr=1e9, **asked)
    assert len(none.instances) == 0
    assert len(none.parameters["unseen"]) == len(every.instances) + len(every.parameters["unseen"])
    np.testing.assert_array_equal(every.pixels, none.pixels)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"diameter_px": (10, 400)}, "64 px at most"),
        ({"layouts": ("sparse",), "coverage": 0.8}, "layout 'sparse'.*0.4.*packed"),
        ({"bodies": ("teapot",)}, "bodies.*'teapot'"),
        ({"modes": ("tem",), "layouts": ("standing",)}, "add 'sem'"),
        ({"median_nm": 1000.0, "nm_per_px": (0.1, 0.1)}, "would fit"),
        ({"fractal_dimension": (1.0, 2.9)}, "1.4 to 2.4"),
        ({"spread": (0.5, 1.2)}, "spread wants"),
        ({"nm_per_px": (2.0, 1.0)}, "0 < low <= high"),
    ],
)  # fmt: skip
def test_what_is_impossible_is_refused_with_what_would_be_allowed(asked, said):
    with pytest.raises(SettingsError, match=said):
        Config.parse({"rows": 128, "cols": 128, **asked})
