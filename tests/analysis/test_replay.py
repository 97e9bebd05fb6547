import json

import pytest
import tifffile

import micrographia as mg
from micrographia.errors import InputError
from micrographia.simulation.phantoms import draw, scatter


@pytest.fixture
def saved(tmp_path):
    """An image file and the folder of its result."""
    phantom = draw(scatter(["rod"], [30.0] * 9, (200, 200), seed=2), (200, 200), blur=1, noise=3)
    path = tmp_path / "rods.tif"
    tifffile.imwrite(path, phantom.pixels.clip(0, 255).astype("uint8"))
    result = mg.analyze(mg.read(path))
    return path, result.save(tmp_path / "out")


def test_a_replay_gives_identical_numbers(saved):
    again = mg.replay(saved[1])
    assert again.identical
    assert again.notes == ()


def test_a_replay_of_corrected_labels_measures_the_labels(saved, tmp_path):
    path, folder = saved
    image = mg.read(path)
    labels = mg.read_labels(folder / "labels.tif", image.shape).copy()
    labels[labels == 1] = 0
    corrected = mg.measure_labels(image, labels).save(tmp_path / "corrected")
    assert mg.replay(corrected).identical


def test_a_changed_image_is_told_and_its_numbers_differ(saved):
    path, folder = saved
    pixels = tifffile.imread(path).copy()
    pixels[:100] = pixels[100:][::-1]
    tifffile.imwrite(path, pixels)
    again = mg.replay(folder)
    assert not again.identical
    assert any("not the file that was analysed" in note for note in again.notes)


def test_a_moved_image_is_asked_for_and_can_be_named(saved, tmp_path):
    path, folder = saved
    moved = path.rename(tmp_path / "moved.tif")
    with pytest.raises(InputError, match="name where it lies now"):
        mg.replay(folder)
    assert mg.replay(folder, moved).identical


def test_another_version_is_noted(saved):
    record = json.loads((saved[1] / "summary.json").read_text(encoding="utf-8"))
    record["versions"]["numpy"] = "0.1"
    (saved[1] / "summary.json").write_text(json.dumps(record), encoding="utf-8")
    assert any(note.startswith("numpy: 0.1 then") for note in mg.replay(saved[1]).notes)


def test_a_folder_without_a_record_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no summary\.json"):
        mg.replay(tmp_path)


def test_a_damaged_record_is_refused(saved):
    (saved[1] / "summary.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="could not be read"):
        mg.replay(saved[1])


def test_a_replay_takes_the_frame_that_was_analysed(tmp_path):
    frames = [
        draw(scatter(["disc"], [30.0] * count, (160, 160), seed=2), (160, 160), blur=1).pixels
        for count in (3, 5)
    ]
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, [frame.astype("uint8") for frame in frames])
    folder = mg.analyze(mg.read(path, frame=1)).save(tmp_path / "out")
    again = mg.replay(folder)
    assert again.identical
    assert len(again.result.particles) == 5
