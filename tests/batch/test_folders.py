"""Result folders are whole or not there, and never somebody else's."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from micrographia._files import locked
from micrographia.batch._folders import prepare_out, publish, tidy
from micrographia.errors import OutputError


def _tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_folder_appears_when_it_is_finished(tmp_path):
    with publish(tmp_path, "a") as folder:
        (folder / "file").write_text("new")
        assert not (tmp_path / "a").exists()
    assert _tree(tmp_path) == ["a", "a/file"]


def test_an_earlier_folder_is_replaced_whole(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").write_text("old")
    with publish(tmp_path, "a") as folder:
        (folder / "file").write_text("new")
    assert _tree(tmp_path) == ["a", "a/file"]


def test_an_error_leaves_the_earlier_folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").write_text("old")
    with pytest.raises(FileNotFoundError), publish(tmp_path, "a") as folder:
        (folder / "new" / "file").write_text("there is no folder 'new'")
    assert _tree(tmp_path) == ["a", "a/old"]


def test_what_a_killed_run_left_is_removed(tmp_path):
    (tmp_path / ".unfinished" / "x" / "new").mkdir(parents=True)
    tidy(tmp_path)
    assert _tree(tmp_path) == []


def test_an_output_folder_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot be made or written.*choose another"):
        prepare_out(tmp_path / "file" / "out", ["a"])


def test_an_output_folder_that_takes_no_files_is_refused():
    with pytest.raises(OutputError, match="cannot be made or written"):
        prepare_out(Path("/proc/self"), ["a"])


@pytest.mark.parametrize("taken", ["a/photo.jpg", "a", "images.csv"])
def test_what_no_run_wrote_is_not_replaced(tmp_path, taken):
    path = tmp_path / taken
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(OutputError, match="no run of Micrographia wrote it"):
        prepare_out(tmp_path, ["a"])
    assert path.read_text() == "mine"


def test_results_of_a_run_may_be_replaced(tmp_path):
    (tmp_path / "a").mkdir()
    for name in ("run.json", "images.csv", "a/record.json"):
        (tmp_path / name).write_text("{}")
    prepare_out(tmp_path, ["a", "b"])


def test_two_runs_cannot_hold_one_folder(tmp_path):
    code = (
        "import sys, pathlib; from micrographia._files import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): pass"
    )
    with locked(tmp_path):
        second = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
        )
    assert "another run is writing" in second.stderr
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def test_workers_do_not_take_the_place_of_unfinished_results_from_each_other(tmp_path):
    def work(name):
        for _ in range(150):
            with publish(tmp_path, name) as folder:
                (folder / "x").touch()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, "abcd"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c", "d"]
