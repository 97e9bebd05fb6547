"""Bundles are written, loaded, proved and run."""

import json
import shutil
import zipfile

import numpy as np
import pytest

from micrographia.bundles import (
    Card,
    InputCard,
    add_bundle,
    find_bundle,
    list_bundles,
    load_bundle,
    save_bundle,
)
from micrographia.bundles._files import digest
from micrographia.bundles.card import content_hash
from micrographia.bundles.testing import brightness_model, save_brightness
from micrographia.errors import BundleError, InputError, OutputError, SettingsError

pytest.importorskip("onnx")

IMAGES = np.stack([np.full((1, 8, 8), grey, np.float32) for grey in (0.1, 0.9)])


@pytest.fixture
def tiny(tmp_path):
    return save_brightness(tmp_path / "tiny", arrays={"ood_mean": np.zeros((1, 2), np.float32)})


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    """A person's own folder of models, empty."""
    folder = tmp_path / "own models"
    monkeypatch.setenv("MICROGRAPHIA_MODELS", str(folder))
    return folder


def change_card(folder, **changes):
    """Alter a card and its own hash with it."""
    card = {**json.loads((folder / "card.json").read_text()), **changes}
    if card["content_sha256"] is not None:
        card["content_sha256"] = content_hash(card)
    (folder / "card.json").write_text(json.dumps(card))


def test_a_saved_bundle_answers_as_the_model_does(tiny):
    bundle = load_bundle(tiny)
    answers = bundle.run(IMAGES)
    assert answers["logits"].argmax(axis=1).tolist() == [0, 1]
    np.testing.assert_allclose(answers["features"], [[0.1, 0], [0.9, 0]], atol=1e-6)
    assert bundle.arrays["ood_mean"].shape == (1, 2)


def test_a_zip_holds_the_same_bundle_as_a_folder(tiny, tmp_path):
    arrays = {"ood_mean": np.zeros((1, 2), np.float32)}
    packed = save_brightness(tmp_path / "tiny.zip", arrays=arrays)
    assert load_bundle(packed).sha256 == load_bundle(tiny).sha256


def test_a_zip_with_its_files_in_one_folder_is_read(tiny, tmp_path):
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "tiny")
    assert load_bundle(packed).card.name == "brightness"


def test_answers_do_not_depend_on_how_many_images_are_given_at_once(tiny):
    bundle = load_bundle(tiny)
    images = np.random.default_rng(0).random((150, 1, 8, 8), np.float32)
    together = bundle.run(images)["logits"]
    single = np.concatenate([bundle.run(images[k : k + 1])["logits"] for k in range(150)])
    np.testing.assert_allclose(together, single, atol=1e-6)


@pytest.mark.parametrize("name", ["model.onnx", "arrays.npz", "selftest.npz"])
def test_a_file_that_was_altered_is_refused_by_its_name(tiny, name):
    content = bytearray((tiny / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tiny / name).write_bytes(content)
    with pytest.raises(BundleError, match=f"{name} is not the file that the card was written for"):
        load_bundle(tiny)


@pytest.mark.parametrize("name", ["model.onnx", "arrays.npz", "selftest.npz"])
def test_a_file_that_is_missing_is_named(tiny, name):
    (tiny / name).unlink()
    with pytest.raises(BundleError, match=f"{name} is missing"):
        load_bundle(tiny)


def test_without_verifying_an_altered_model_is_refused_when_it_runs(tiny):
    (tiny / "model.onnx").write_bytes(b"something else")
    bundle = load_bundle(tiny, verify=False)
    with pytest.raises(BundleError, match="is not the file"):
        bundle.run(IMAGES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"dark"', '"bright "'),
        ('"unknown_threshold": 0.8', '"unknown_threshold": 0.1'),
        ('"licence": "CC0-1.0"', '"licence": "MIT"'),
        ('"provenance": {}', '"provenance": {"data": "real"}'),
    ],
)
def test_a_card_that_was_altered_is_refused(tiny, old, new):
    text = (tiny / "card.json").read_text()
    assert old in text
    (tiny / "card.json").write_text(text.replace(old, new))
    for verify in (True, False):
        with pytest.raises(BundleError, match=r"card\.json is not the card that was saved .*again"):
            load_bundle(tiny, verify=verify)


def test_a_card_written_otherwise_that_says_the_same_is_whole(tiny):
    card = json.loads((tiny / "card.json").read_text())
    (tiny / "card.json").write_text(json.dumps(dict(reversed(card.items()))))
    load_bundle(tiny)


@pytest.mark.parametrize("without", ["null", "nothing"])
def test_a_card_of_an_earlier_version_without_a_hash_of_its_own_is_loaded(tiny, without):
    card = json.loads((tiny / "card.json").read_text())
    del card["content_sha256"]
    if without == "null":
        card["content_sha256"] = None
    (tiny / "card.json").write_text(json.dumps(card))
    assert load_bundle(tiny).card.content_sha256 is None


def test_saving_the_card_of_another_bundle_gives_it_its_own_hash(tiny, tmp_path):
    card = load_bundle(tiny).card
    changed = card.model_copy(update={"classes": ("black", "white")})
    saved = save_bundle(tmp_path / "b", changed, tiny / "model.onnx", selftest_input=IMAGES)
    found = load_bundle(saved).card
    assert found.classes == ("black", "white")
    assert found.content_sha256 != card.content_sha256


@pytest.mark.parametrize("name", ["outline", "polyhedron", "particles"])
def test_every_built_in_card_has_a_hash_of_its_own(name):
    assert load_bundle(name, verify=False).card.content_sha256 is not None


def test_a_bundle_from_a_newer_version_says_to_update(tiny):
    change_card(tiny, format=2, something_new={"a": 1})
    with pytest.raises(BundleError, match=r"has format 2, .* reads up to 1; update micrographia"):
        load_bundle(tiny)


def test_a_card_says_what_is_wrong_with_it(tiny):
    change_card(tiny, classes=["a", "a"])
    with pytest.raises(BundleError, match="two classes have the same name"):
        load_bundle(tiny)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "could not be read as JSON"), ("[]", "holds no card"), ("[" * 9000, "could not be")],
)
def test_a_card_that_is_none_is_refused(tiny, text, said):
    (tiny / "card.json").write_text(text)
    with pytest.raises(BundleError, match=said):
        load_bundle(tiny)


@pytest.mark.parametrize("name", ["../model.onnx", "/etc/passwd", "a/b", ".."])
def test_a_card_cannot_name_files_elsewhere(tiny, name):
    card = json.loads((tiny / "card.json").read_text())
    change_card(tiny, files={**card["files"], name: "0" * 64})
    with pytest.raises(BundleError, match="no plain file name"):
        load_bundle(tiny)


def test_a_link_out_of_the_folder_is_refused(tiny, tmp_path):
    shutil.move(tiny / "model.onnx", tmp_path / "elsewhere.onnx")
    (tiny / "model.onnx").symlink_to(tmp_path / "elsewhere.onnx")
    with pytest.raises(BundleError, match="a link to another folder"):
        load_bundle(tiny)


def test_what_is_no_bundle_is_refused(tmp_path):
    (tmp_path / "text.zip").write_text("no zip")
    (tmp_path / "empty").mkdir()
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    for name, said in (
        ("text.zip", "neither a folder nor a zip"),
        ("empty", "card.json is missing"),
        ("other.zip", "holds no card.json"),
        ("nothing/there", "neither a bundle of that name"),
    ):
        with pytest.raises(BundleError, match=said):
            load_bundle(tmp_path / name)


def test_a_card_larger_than_any_card_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", " " * (5 << 20))
    with pytest.raises(BundleError, match="larger than 4 MiB"):
        load_bundle(tmp_path / "bomb.zip")


def test_arrays_with_objects_are_neither_written_nor_read(tmp_path, tiny):
    objects = np.array([{"a": 1}], object)
    with pytest.raises(BundleError, match="holds objects"):
        save_brightness(tmp_path / "objects", arrays={"x": objects})
    np.savez(tiny / "arrays.npz", x=objects)
    resign(tiny, "arrays.npz")
    with pytest.raises(BundleError, match="without objects"):
        load_bundle(tiny)


def resign(folder, name):
    """Write the hash of a changed file into the card."""
    card = json.loads((folder / "card.json").read_text())
    files = {**card["files"], name: digest((folder / name).read_bytes())}
    change_card(folder, files=files)


def test_operators_that_nobody_has_are_named(tmp_path):
    with pytest.raises(BundleError, match=r"not ONNX's own: com\.strange\.Strange"):
        write(tmp_path / "odd", brightness_model(foreign="com.strange"))


def test_an_opset_of_the_future_says_to_update(tmp_path):
    with pytest.raises(BundleError, match=r"newer kind than ONNX Runtime .*update onnxruntime"):
        write(tmp_path / "new", brightness_model(opset=99))


def test_weights_in_other_files_are_refused(tmp_path):
    from onnx import load_from_string
    from onnx.external_data_helper import set_external_data

    model = load_from_string(brightness_model())
    set_external_data(model.graph.initializer[0], location="../../secret")
    model.graph.initializer[0].ClearField("raw_data")
    with pytest.raises(BundleError, match=r"kept in other files \(\.\./\.\./secret\)"):
        write(tmp_path / "external", model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08" * 40, b"\xff" * 40])
def test_what_is_no_onnx_is_refused(tmp_path, content):
    with pytest.raises(BundleError, match="no ONNX model"):
        write(tmp_path / "none", content)


def write(folder, model, **changes):
    values = {
        "name": "odd",
        "summary": "A test.",
        "task": "image-classification",
        "classes": ("dark", "bright"),
        "input": InputCard(rows=8, cols=8),
    }
    return save_bundle(folder, Card(**{**values, **changes}), model, selftest_input=IMAGES)


def test_the_number_of_classes_must_be_the_models(tmp_path):
    with pytest.raises(BundleError, match="tells 2 classes apart, the card names 3"):
        write(tmp_path / "three", brightness_model(), classes=("a", "b", "c"))


def test_a_model_without_the_answers_of_its_task_is_refused(tmp_path):
    with pytest.raises(BundleError, match="must give 'foreground'"):
        write(tmp_path / "x", brightness_model(), task="particle-segmentation", classes=())


def test_a_failed_save_leaves_nothing_behind(tmp_path):
    with pytest.raises(BundleError):
        write(tmp_path / "odd", brightness_model(opset=99))
    assert [path.name for path in tmp_path.iterdir()] == []


def test_a_bundle_does_not_replace_what_is_none(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.tex").write_text("important")
    with pytest.raises(OutputError, match="something else than a bundle"):
        save_brightness(tmp_path / "folder")


def change_selftest(folder, change):
    with np.load(folder / "selftest.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["output_logits"] = change(arrays["output_logits"])
    np.savez(folder / "selftest.npz", **arrays)


def test_the_selftest_notices_a_runtime_that_answers_otherwise(tiny, monkeypatch):
    bundle = load_bundle(tiny)
    answers = bundle.run
    monkeypatch.setattr(
        bundle, "run", lambda images: {k: v + 0.1 for k, v in answers(images).items()}
    )
    with pytest.raises(BundleError, match=r"as they were saved: this computer or its ONNX Runtime"):
        bundle.verify()


def test_altered_answers_are_not_blamed_on_the_computer(tiny):
    change_selftest(tiny, lambda logits: logits + 0.1)
    with pytest.raises(BundleError, match=r"selftest\.npz is not the file"):
        load_bundle(tiny)
    card = json.loads((tiny / "card.json").read_text())
    card["files"]["selftest.npz"] = digest((tiny / "selftest.npz").read_bytes())
    (tiny / "card.json").write_text(json.dumps(card))
    with pytest.raises(BundleError, match=r"card\.json is not the card that was saved"):
        load_bundle(tiny)
    change_card(tiny, content_sha256=None)
    with pytest.raises(BundleError, match=r"logits .* either that file was altered and its hash"):
        load_bundle(tiny)


def test_answers_of_another_model_are_not_blamed_on_the_computer(tiny):
    change_selftest(tiny, lambda logits: logits[:, :1])
    resign(tiny, "selftest.npz")
    with pytest.raises(
        BundleError, match=r"was not made for this model: .*shape \(2, 2\), it holds"
    ):
        load_bundle(tiny)


@pytest.mark.parametrize("shape", [(8, 8), (1, 8, 8), (1, 3, 8, 8), (1, 1, 9, 8)])
def test_images_of_another_shape_are_refused_with_the_wanted_one(tiny, shape):
    with pytest.raises(InputError, match=r"wanted an array of shape \(any, 1, 8, 8\)"):
        load_bundle(tiny).run(np.zeros(shape, np.float32))


def test_no_image_at_all_is_refused(tiny):
    with pytest.raises(InputError, match="no image was given"):
        load_bundle(tiny).run(np.zeros((0, 1, 8, 8), np.float32))


def test_threads_are_what_is_asked_for(tiny, monkeypatch):
    assert load_bundle(tiny, threads=3).threads == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert load_bundle(tiny).threads == 2
    monkeypatch.setenv("MICROGRAPHIA_THREADS", "1")
    assert load_bundle(tiny).threads == 1
    with pytest.raises(SettingsError, match="at least 1"):
        load_bundle(tiny, threads=0)


def test_a_gpu_that_is_not_there_is_missed_only_if_asked_for(tiny):
    import onnxruntime

    assert load_bundle(tiny, device="cpu").provider == "CPUExecutionProvider"
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        with pytest.raises(SettingsError, match="onnxruntime-gpu"):
            load_bundle(tiny, device="cuda")


def test_an_added_bundle_is_loaded_by_its_name(tiny, own):
    assert list_bundles() == [one for one in list_bundles() if one.origin == "built-in"]
    add_bundle(tiny)
    assert find_bundle("brightness") == own / "brightness"
    assert load_bundle("brightness").sha256 == load_bundle(tiny).sha256
    [mine] = [one for one in list_bundles() if one.origin == "own"]
    assert (mine.name, mine.card.classes) == ("brightness", ("dark", "bright"))


def test_adding_twice_needs_the_word(tiny, own):
    add_bundle(tiny)
    with pytest.raises(BundleError, match="--replace takes its place"):
        add_bundle(tiny)
    assert add_bundle(tiny, replace=True) == own / "brightness"
    assert sorted(path.name for path in own.iterdir()) == ["brightness"]


def test_a_damaged_bundle_is_not_added_but_listed_with_its_problem(tiny, own):
    (tiny / "model.onnx").write_bytes(b"no")
    with pytest.raises(BundleError):
        add_bundle(tiny)
    shutil.copytree(tiny, own / "broken")
    (own / "broken" / "card.json").write_text("{}")
    [broken] = [one for one in list_bundles() if one.origin == "own"]
    assert broken.card is None
    assert "name: Field required" in broken.problem


def test_the_folder_of_a_training_stands_for_its_bundle(tmp_path, own):
    run = tmp_path / "run"
    bundle = save_brightness(run / "bundle")
    (run / "training").mkdir()
    assert find_bundle(run) == bundle
    assert load_bundle(str(run)).sha256 == load_bundle(bundle).sha256
    assert add_bundle(run) == own / "brightness"


def test_a_training_without_a_bundle_says_how_to_go_on(tmp_path):
    (tmp_path / "recipe.toml").write_text("")
    with pytest.raises(BundleError, match=r"not written one yet; .*train DATASET --resume -o"):
        load_bundle(tmp_path)


def test_of_several_bundles_in_a_folder_none_is_guessed(tmp_path):
    for name in ("second", "first"):
        save_brightness(tmp_path / "all" / name)
    with pytest.raises(BundleError, match=r"several bundles \(first, second\); say which"):
        load_bundle(tmp_path / "all")


def test_an_unknown_name_lists_what_there_is(tiny):
    add_bundle(tiny)
    with pytest.raises(BundleError, match=r"no model 'cats': .*there are: .*brightness"):
        load_bundle("cats")


def test_a_session_gives_only_the_outputs_that_are_wanted():
    bundle = load_bundle("particles")
    values = {"images": np.zeros((1, 1, 64, 64), np.float32)}
    everything = bundle.session.run(values)
    some = bundle.session.run(values, ("rays", "contact"))
    assert set(some) == {"rays", "contact"} < set(everything)
    for name, value in some.items():
        np.testing.assert_allclose(value, everything[name], atol=1e-5)
