"""Models name the particles of a micrograph."""

import numpy as np
import pytest

from micrographia.classification import (
    ClassificationSettings,
    class_statistics,
    classify_particles,
    crop_particles,
    name_particles,
    open_models,
)
from micrographia.errors import BundleError, InputError, SettingsError
from micrographia.measurement import MeasurementSettings, measure
from micrographia.micrograph import Micrograph

BLANK = np.zeros((120, 120))


@pytest.fixture
def labels():
    """Squares, which fill their pictures, and thin bars, which do not."""
    labels = np.zeros((120, 120), int)
    for k, col in enumerate((10, 40, 70), start=1):
        labels[10:30, col : col + 20] = k
    for k, col in enumerate((10, 60), start=4):
        labels[60:64, col : col + 40] = k
    return labels


def test_each_particle_gets_its_class(labels, make_particle_bundle):
    found = classify_particles(make_particle_bundle(), Micrograph(BLANK), labels)
    assert found["id"].tolist() == [1, 2, 3, 4, 5]
    assert found["label"].tolist() == ["full"] * 3 + ["thin"] * 2
    np.testing.assert_allclose(found["p_thin"] + found["p_full"], 1)
    assert found["ood_score"].isna().all()


def test_ids_need_not_be_consecutive(labels, make_particle_bundle):
    labels[labels == 2] = 0
    found = classify_particles(make_particle_bundle(), Micrograph(BLANK), labels)
    assert found["id"].tolist() == [1, 3, 4, 5]


def test_no_particle_gives_an_empty_table_with_its_columns(make_particle_bundle):
    found = classify_particles(make_particle_bundle(), Micrograph(BLANK), np.zeros((120, 120), int))
    assert found.shape == (0, 7)


def test_particles_of_the_other_polarity_are_inverted(labels, make_particle_bundle):
    from micrographia.bundles import InputCard

    bundle = make_particle_bundle(
        layers=("grey",), input=InputCard(rows=64, cols=64, polarity="bright")
    )
    dark = Micrograph(1.0 - (labels > 0))
    found = classify_particles(bundle, dark, labels, polarity="dark")
    assert found["label"].tolist()[:3] == ["full"] * 3
    found = classify_particles(bundle, dark, labels, polarity="bright")
    assert found["label"].tolist()[:3] == ["thin"] * 3


def test_labels_of_another_shape_are_refused(make_particle_bundle):
    with pytest.raises(InputError, match="same rows and columns"):
        classify_particles(make_particle_bundle(), Micrograph(BLANK), np.zeros((5, 5), int))


def test_every_model_adds_its_columns_and_the_worst_verdict_is_the_particles(
    labels, make_particle_bundle
):
    models = {
        "outline": make_particle_bundle(),
        "polyhedron": make_particle_bundle("doubt", unknown_threshold=1.0),
    }
    cut = np.array([True, False, False, False, False])
    names = name_particles({"outline": models["outline"]}, Micrograph(BLANK), labels, cut=cut)
    assert names["outline_verdict"].tolist() == ["unknown", *["known"] * 4]
    names = name_particles(models, Micrograph(BLANK), labels)
    assert names.columns.tolist() == [
        "id", "outline", "outline_p", "outline_verdict",
        "polyhedron", "polyhedron_p", "polyhedron_verdict", "verdict",
    ]  # fmt: skip
    assert names["outline_verdict"].tolist() == ["known"] * 5
    assert names["verdict"].tolist() == ["unknown"] * 5


def test_a_model_that_is_given_anothers_answer_keeps_to_what_can_come_with_it(
    labels, make_particle_bundle
):
    given = {"outline": {"thin": ["rod"], "full": ["cube", "sphere"]}}
    body = make_particle_bundle(
        "body",
        ("rod", "cube", "sphere"),
        layers=("grey",),
        parameters={"given": given},
    )
    # the grey picture alone says "rod" of everything that is dark
    alone = name_particles({"polyhedron": body}, Micrograph(BLANK), labels)
    assert set(alone["polyhedron"]) == {"rod"}
    models = {"outline": make_particle_bundle(), "polyhedron": body}
    both = name_particles(models, Micrograph(BLANK), labels)
    assert both["polyhedron"].tolist() == ["cube"] * 3 + ["rod"] * 2


def test_two_bodies_that_look_alike_are_both_named(labels, make_particle_bundle):
    values = {"classes": ("ball", "egg", "cube"), "layers": ("grey",)}
    half = Micrograph(np.full((120, 120), 1 / 3))  # as near to the first class as to the second
    alone = make_particle_bundle("alone", **values)
    found = classify_particles(alone, half, labels)
    assert set(found["verdict"]) == {"unknown"}
    alike = make_particle_bundle("alike", parameters={"alike": [["egg", "ball"]]}, **values)
    found = classify_particles(alike, half, labels)
    assert set(found["label"]) == {"ball or egg"}
    assert set(found["verdict"]) == {"known"}
    assert found["probability"].min() > 0.9


@pytest.mark.parametrize("given", [[], {"outline": ["thin"]}, {"outline": {"thin": "rod"}}])
def test_a_card_that_says_wrongly_what_it_is_given_is_refused(labels, make_particle_bundle, given):
    body = make_particle_bundle("body", ("rod", "cube"), parameters={"given": given})
    models = {"outline": make_particle_bundle(), "polyhedron": body}
    with pytest.raises(BundleError, match=r"parameters\.given"):
        name_particles(models, Micrograph(BLANK), labels)


def test_settings_choose_the_bundles(make_particle_bundle, make_bundle, monkeypatch, tmp_path):
    monkeypatch.setattr("micrographia.bundles._store.BUILT_IN", tmp_path / "none")
    assert open_models(ClassificationSettings()) == {}
    path = str(make_particle_bundle().path)
    models = open_models(ClassificationSettings(models={"polyhedron": path, "outline": "none"}))
    assert list(models) == ["polyhedron"]
    with pytest.raises(SettingsError, match="no model of an analysis is called outlin"):
        open_models(ClassificationSettings(models={"outlin": path}))
    with pytest.raises(BundleError, match="no model 'cats'"):
        open_models(ClassificationSettings(models={"outline": "cats"}))
    whole = str(make_bundle("whole").path)
    with pytest.raises(SettingsError, match="is for image-classification"):
        open_models(ClassificationSettings(models={"outline": whole}))


def test_a_built_in_bundle_is_used_without_being_asked_for(
    make_particle_bundle, monkeypatch, tmp_path
):
    make_particle_bundle("outline")
    monkeypatch.setattr("micrographia.bundles._store.BUILT_IN", tmp_path)
    assert list(open_models(ClassificationSettings())) == ["outline"]
    assert open_models(ClassificationSettings(models={"outline": "none"})) == {}


def test_numbers_and_sizes_are_of_the_counted_and_known(labels, make_particle_bundle):
    particles = measure(labels)
    names = name_particles({"outline": make_particle_bundle()}, Micrograph(BLANK), labels)
    particles = particles.merge(names, on="id")
    particles.loc[0, "outline_verdict"] = "unknown"
    particles.loc[4, "counted"] = False
    found = class_statistics(particles, None, MeasurementSettings(draws=200))["outline"]
    assert found["counted"] == 4
    assert found["doubtful"] == {"unknown": 1, "unlike": 0}
    assert {name: entry["counted"] for name, entry in found["classes"].items()} == {
        "full": 2,
        "thin": 1,
    }
    assert found["classes"]["full"]["share"]["value"] == 0.5
    assert found["classes"]["full"]["ecd"]["median"]["value"] == pytest.approx(20 * 2 / np.pi**0.5)


def test_cropping_a_thousand_particles_gives_a_thousand_pictures():
    labels = np.kron(np.arange(1, 1025).reshape(32, 32), np.pad(np.ones((10, 10), int), 3))
    ids, pictures = crop_particles(np.zeros(labels.shape), labels)
    assert (len(ids), len(pictures)) == (1024, 1024)
