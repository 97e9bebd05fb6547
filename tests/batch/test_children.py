"""Child processes that may die."""

import threading
import time

import pytest

from micrographia.batch._children import ChildDiedError, Children

_FUNCTIONS = """
import os, signal, sys, time

def act(job):
    if job.get("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    if job.get("exit") is not None:
        print("out of order", file=sys.stderr)
        os._exit(job["exit"])
    if job.get("print"):
        print("noise on stdout")
        os.write(1, b"more noise\\n")
    time.sleep(job.get("sleep", 0))
    return {"pid": os.getpid(), "threads": os.environ["OMP_NUM_THREADS"], "text": job.get("text")}
"""


@pytest.fixture
def act(tmp_path, monkeypatch):
    (tmp_path / "acting.py").write_text(_FUNCTIONS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "acting:act"


def test_a_killed_child_fails_its_call_and_no_other(act):
    with Children(act, 1) as children:
        first = children.call({})["pid"]
        with pytest.raises(ChildDiedError, match="killed, probably by the system for want of mem"):
            children.call({"kill": True})
        assert children.call({})["pid"] != first


def test_a_child_that_ends_itself_leaves_its_last_words(act):
    with (
        Children(act, 1) as children,
        pytest.raises(ChildDiedError, match="status 3; its last words: out of order"),
    ):
        children.call({"exit": 3})


def test_what_a_library_prints_is_not_taken_for_an_answer(act):
    with Children(act, 1) as children:
        assert children.call({"print": True, "text": "Größe\n中"})["text"] == "Größe\n中"


def test_threads_of_a_child_are_limited(act):
    with Children(act, 1, threads=3) as children:
        assert children.call({})["threads"] == "3"


def test_calls_from_threads_run_side_by_side(act):
    with Children(act, 2) as children:
        pids = []
        jobs = [
            threading.Thread(target=lambda: pids.append(children.call({"sleep": 0.3})["pid"]))
            for _ in range(2)
        ]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
    assert len(set(pids)) == 2


def test_closing_ends_calls_under_way(act):
    children = Children(act, 1)
    failed = []

    def wait():
        try:
            children.call({"sleep": 60})
        except ChildDiedError as error:
            failed.append(error)

    job = threading.Thread(target=wait)
    job.start()
    time.sleep(0.4)
    children.close()
    job.join(timeout=10)
    assert len(failed) == 1
    with pytest.raises(ChildDiedError, match="ended"):
        children.call({})


def test_a_function_that_is_not_there_is_told(tmp_path):
    with (
        Children("no.such.module:name", 1) as children,
        pytest.raises(ChildDiedError, match="No module named 'no'"),
    ):
        children.call({})


def test_a_module_in_the_working_folder_is_not_imported(act, tmp_path, monkeypatch):
    folder = tmp_path / "cwd"
    folder.mkdir()
    (folder / "json.py").write_text("raise SystemExit('the wrong json')")
    monkeypatch.chdir(folder)
    with Children(act, 1) as children:
        assert children.call({"text": "x"})["text"] == "x"
