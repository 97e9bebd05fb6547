"""``micrographia analyze`` as a person calls it."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

PRODUCTS = ("particles.csv", "particles.parquet", "images.csv", "summary.json")
# Without the network, which takes a second an image, where it changes nothing of what is tested.
PLAIN = ("--method", "auto")


@pytest.fixture(scope="module")
def images(tmp_path_factory, draw_images):
    folder = tmp_path_factory.mktemp("Aufnahmen é 中")
    draw_images(folder, 3)
    return folder


def test_all_went_well(call, light, images, tmp_path):
    out = tmp_path / "out put"
    result = call("analyze", images, "-o", out, "--pixel-size", "0.5 nm")
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = result.stdout.splitlines()
    assert first.startswith("3 of 3 images analysed, ")
    assert second == f"results: {out / 'report.html'}"
    assert pd.read_csv(out / "particles.csv")["ecd_nm"].between(3, 20).all()


def test_some_images_failed(call, light, images, tmp_path):
    bad = tmp_path / "bad é.dm3"
    bad.write_text("this is a text")
    result = call("analyze", images, bad, "-o", tmp_path / "out", *PLAIN)
    assert result.exit_code == 1
    assert "3 of 4 images analysed, " in result.stdout
    assert ", 1 failed, see images.csv" in result.stdout
    assert "micrographia: bad é: failed: bad é.dm3: " in result.stderr
    assert "Traceback" not in result.stderr


def test_quiet_leaves_failures_alone(call, light, images, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    result = call("analyze", images, bad, "-o", tmp_path / "out", "--quiet", *PLAIN)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("micrographia: bad: failed: ")


def test_a_file_named_twice_is_analysed_once_and_said_to_be(call, light, images, tmp_path):
    result = call("analyze", images, images / "im 1.png", "-o", tmp_path / "out", *PLAIN)
    assert result.exit_code == 0
    assert "analysed once" in result.stderr
    assert len(pd.read_csv(tmp_path / "out" / "images.csv")) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["no such *.tif"], "nothing matches 'no such *.tif'"),
        (["IMAGES", "--pixel-size", "0.2"], "'0.2' is not a length"),
        (["IMAGES", "--pixel-size", "2 1/nm"], "frequency"),
        (["IMAGES", "--scale-bar", "-5 nm"], "scale_bar"),
        (["IMAGES", "--pixel-size", "1 nm", "--scale-bar", "5 nm"], "both set the scale"),
        (["IMAGES", "--method", "magic"], "'magic' is not known"),
        (["IMAGES", "--polarity", "grey"], "polarity"),
        (["IMAGES", "--counting", "some"], "rule"),
        (["IMAGES", "--min-diameter", "9 nm", "--max-diameter", "3 nm"], "must be below"),
        (["IMAGES", "--set", "nonsense=1"], "'nonsense' is not known"),
        (["IMAGES", "--settings", "no such.toml"], "no such.toml"),
        (["IMAGES", "--samples", "no such.csv"], "no such.csv"),
        (["IMAGES", "--roi", "1,2,3"], "1,2,3"),
        (["IMAGES", "--workers", "0"], "'--workers'"),
        (["IMAGES", "--sample-from", "moon"], "moon"),
        (["IMAGES", "--frame", "first"], "'--frame'"),
        ([], "PATH"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_written(call, images, tmp_path, options, message):
    words = [images if word == "IMAGES" else word for word in options]
    out = tmp_path / "out"
    result = call("analyze", *words, "-o", out)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("out", ["/proc/self/out", "/dev/full", "BELOW"])
def test_an_output_folder_that_cannot_be_is_wrong_usage(call, images, out):
    below = str(images / "im 0.png" / "out")
    result = call("analyze", images, "-o", below if out == "BELOW" else out)
    assert result.exit_code == 2
    assert "micrographia: " in result.stderr


def test_a_folder_of_a_person_is_left_alone(call, images, tmp_path):
    (tmp_path / "im 1").mkdir()
    (tmp_path / "im 1" / "notes.txt").write_text("mine")
    result = call("analyze", images, "-o", tmp_path)
    assert result.exit_code == 2
    assert "im 1 would be replaced, but no run of Micrographia wrote it" in result.stderr


def test_settings_reach_the_analysis_and_come_back(call, light, images, tmp_path):
    preset = tmp_path / "preset.toml"
    preset.write_text('[segmentation]\nmethod = "components"\n[measurement]\ndraws = 300\n')
    result = call(
        *("analyze", images / "im 0.png", "-o", tmp_path / "out", "--settings", preset),
        *("--set", "measurement.draws=400", "--min-diameter", "5 px", "--counting", "all"),
        *("--exclude", "0,0,20,20", "--exclude", "0,150,20,200", "--roi", "0,0,150,200"),
    )
    assert result.exit_code == 0
    summary = json.loads((tmp_path / "out" / "im 0" / "summary.json").read_text())
    assert summary["segmentation"]["method"] == "components"
    assert summary["draws"] == 400
    assert summary["counting_rule"] == "all"
    assert summary["settings"]["measurement"]["min_ecd_px"] == 5
    assert summary["settings"]["region"] == "0,0,150,200"
    assert summary["settings"]["exclude"] == ["0,0,20,20", "0,150,20,200"]
    again = call(
        *("analyze", images / "im 0.png", "-o", tmp_path / "again"),
        *("--settings", tmp_path / "out" / "im 0" / "settings.toml"),
    )
    assert again.exit_code == 0
    for name in ("particles.csv", "images.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_stages_are_saved_where_asked(call, light, images, tmp_path):
    call("analyze", images / "im 0.png", "-o", tmp_path / "out", "--save-stages")
    assert list((tmp_path / "out" / "im 0" / "stages").iterdir())


def test_samples_enter_tables_and_summary(call, light, images, tmp_path):
    table = tmp_path / "samples.csv"
    table.write_text("name,sample\nim 0,first\nim 1,second\nim 2,second\n")
    call("analyze", images, "-o", tmp_path / "out", "--samples", table, *PLAIN)
    counts = pd.read_csv(tmp_path / "out" / "particles.csv")["sample"].value_counts()
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    for name in ("first", "second"):
        assert summary["samples"][name]["count"] == counts[name]


def test_nothing_but_plain_lines_is_written_to_a_pipe(spawn, images, tmp_path):
    result = spawn("analyze", images / "im 0.png", "-o", tmp_path / "out")
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) == 2
    assert "\x1b" not in result.stdout + result.stderr
    assert "\r" not in result.stdout + result.stderr


def test_a_terminal_gets_a_progress_bar(images, tmp_path):
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    done = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "micrographia",
            "analyze",
            images / "im 0.png",
            "-o",
            tmp_path / "o",
        ],
        stdout=subprocess.DEVNULL,
        stderr=child,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(child)
    text = b""
    while True:
        try:
            part = os.read(parent, 4096)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(parent)
    assert done.wait() == 0
    assert b"1/1" in text
    assert b"images" in text


def _start(images, out, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "micrographia", "analyze", images, "-o", out, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell starts background jobs with Ctrl-C ignored, and programs inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def _finished(out):
    return sorted(path.parent.name for path in out.glob("*/record.json"))


def _wait_for(out, count, process):
    deadline = time.monotonic() + 120
    while len(_finished(out)) < count:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def whole(call, tmp_path_factory, draw_images):
    """Six images and what a run over them gives that nothing stops."""
    folder = tmp_path_factory.mktemp("whole")
    draw_images(folder / "in", 6)
    assert call("analyze", folder / "in", "-o", folder / "out").exit_code == 0
    return folder / "in", folder / "out"


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_run_goes_on_and_gives_the_same_bytes(spawn, whole, tmp_path, workers):
    images, expected = whole
    out = tmp_path / "out"
    process = _start(images, out, "--workers", str(workers))
    _wait_for(out, 2, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    kept = _finished(out)
    assert 2 <= len(kept) < 6
    times = {name: (out / name / "record.json").stat().st_mtime_ns for name in kept}
    for name in kept:
        assert (out / name / "summary.json").is_file()
    resumed = spawn("analyze", images, "-o", out, "--resume", "--workers", workers)
    assert resumed.returncode == 0, resumed.stderr
    assert f"{len(kept)} of them kept from an earlier run" in resumed.stdout
    for name in kept:
        assert (out / name / "record.json").stat().st_mtime_ns == times[name]
    for name in PRODUCTS:
        assert (out / name).read_bytes() == (expected / name).read_bytes()
    assert not (out / ".unfinished").exists()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_the_run_with_a_message_and_keeps_what_is_finished(
    draw_images, tmp_path, workers
):
    draw_images(tmp_path / "in", 8)
    process = _start(tmp_path / "in", tmp_path / "out", "--workers", str(workers))
    _wait_for(tmp_path / "out", 1, process)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    (line,) = said.splitlines()
    kept = _finished(tmp_path / "out")
    assert line == (
        f"micrographia: interrupted; {len(kept)} of 8 images are finished and kept in "
        f"{tmp_path / 'out'}; the same command with --resume goes on"
    )
    for name in kept:
        assert json.loads((tmp_path / "out" / name / "record.json").read_text())["status"] == "ok"
    assert not (tmp_path / "out" / ".unfinished").exists()


def test_a_disk_that_takes_no_more_ends_the_run_with_a_message(images, tmp_path):
    resource = pytest.importorskip("resource")
    done = subprocess.run(
        [sys.executable, "-m", "micrographia", "analyze", images, "-o", tmp_path / "out"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)),
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("micrographia: ")
    assert "0 of 3 images are finished and kept" in line


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_wrong_usage(call, images, tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("micrographia.batch._schedule._CONNECT_S", 1)
    result = call("analyze", images, "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9")
    assert result.exit_code == 2
    assert "no Dask scheduler answers at 'tcp://127.0.0.1:9'" in result.stderr


def test_without_distributed_the_extra_is_named(call, images, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = call("analyze", images, "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9")
    assert result.exit_code == 2
    assert "pip install 'micrographia[cluster]'" in result.stderr


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes(call, images, tmp_path):
    distributed = pytest.importorskip("distributed")
    call("analyze", images, "-o", tmp_path / "here", *PLAIN)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        result = call(
            *("analyze", images, "-o", tmp_path / "there", *PLAIN),
            *("--scheduler", cluster.scheduler_address),
        )
    assert result.exit_code == 0
    for name in PRODUCTS:
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


def test_the_command_in_the_record_repeats_the_run(call, light, images, tmp_path):
    out = tmp_path / "out"
    call("analyze", images, "-o", out, "--pixel-size", "0.5 nm", "--sample-from", "folder", *PLAIN)
    first = {name: (out / name).read_bytes() for name in PRODUCTS}
    words = shlex.split(json.loads((out / "run.json").read_text())["command"])
    assert words[:2] == ["micrographia", "analyze"]
    result = call(*words[1:])
    assert result.exit_code == 0
    assert {name: (out / name).read_bytes() for name in PRODUCTS} == first
