"""Every registered method keeps the contract that plug-ins have to keep."""

import numpy as np
import pytest

from micrographia.errors import InputError, MissingDependencyError, SettingsError
from micrographia.segmentation import METHODS, Found, SegmentationSettings, segment
from micrographia.segmentation.testing import ContractError, SegmenterChecks, discs


class TestAuto(SegmenterChecks):
    method = "auto"


class TestComponents(SegmenterChecks):
    method = "components"


class TestWatershedMaxima(SegmenterChecks):
    method = "watershed-maxima"


class TestWatershedForeground(SegmenterChecks):
    method = "watershed-foreground"


class TestWatershedNormalized(SegmenterChecks):
    method = "watershed-normalized"


class TestHMaxima(SegmenterChecks):
    method = "h-maxima"


class TestUltimateErosion(SegmenterChecks):
    method = "ultimate-erosion"


class TestRefinedComponents(SegmenterChecks):
    method = "components"
    options = {"refine": True}  # noqa: RUF012


class TestNetwork(SegmenterChecks):
    method = "network"


class TestCombined(SegmenterChecks):
    method = "combined"


def test_every_method_of_the_table_is_checked_above():
    checked = {check.method for check in SegmenterChecks.__subclasses__()}
    assert set(METHODS) <= checked


def test_the_checks_notice_a_method_that_finds_nothing(monkeypatch):
    import sys
    import types

    module = types.ModuleType("blind")
    module.find = lambda scene: Found(np.zeros(scene.image.shape, np.int32), "bright")
    monkeypatch.setitem(sys.modules, "blind", module)
    monkeypatch.setitem(METHODS, "blind", "blind")

    class Blind(SegmenterChecks):
        method = "blind"

    with pytest.raises(ContractError, match="4 discs, 0 particles"):
        Blind().test_separate_discs_are_found_one_by_one()
    del Blind


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match=r"'magic' is not known; methods: auto, components"):
        segment(np.zeros((4, 4)), SegmentationSettings(method="magic"))


def test_a_method_that_is_not_installed_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(METHODS, "absent", "micrographia_absent.method")
    with pytest.raises(MissingDependencyError, match=r"needs micrographia_absent\.method"):
        segment(np.zeros((4, 4)), SegmentationSettings(method="absent"))


def test_labels_of_a_wrong_shape_are_refused(monkeypatch):
    import sys
    import types

    module = types.ModuleType("wrong")
    module.find = lambda scene: Found(np.zeros((2, 2), np.int32), "bright")
    monkeypatch.setitem(sys.modules, "wrong", module)
    monkeypatch.setitem(METHODS, "wrong", "wrong")
    with pytest.raises(InputError, match=r"integer labels of the image's shape \(4, 4\)"):
        segment(np.zeros((4, 4)), SegmentationSettings(method="wrong"))


def test_a_stack_is_refused_by_its_shape():
    with pytest.raises(InputError, match=r"\(rows, cols\).*got \(3, 4, 4\)"):
        segment(np.zeros((3, 4, 4)))


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"shape \(4, 4\), got \(4, 5\)"):
        segment(np.zeros((4, 4)), valid=np.ones((4, 5), bool))


@pytest.mark.parametrize("method", sorted(METHODS))
def test_the_picture_of_every_stage_has_the_images_shape(method):
    stages = {}
    image = discs() + np.random.default_rng(0).normal(0, 0.02, discs().shape)
    segment(image, SegmentationSettings(method=method), record=stages.__setitem__)
    wanted = {"denoised", "binary", "labels"}
    if method not in ("components", "network"):
        wanted |= {"distance", "seeds"}
    if method in ("network", "combined"):
        assert any(name.startswith("foreground") for name in stages)
    if method == "network":
        wanted = {"labels"}
    assert wanted <= set(stages)
    assert {array.shape for array in stages.values()} == {image.shape}
