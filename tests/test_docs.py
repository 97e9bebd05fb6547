"""Every example in the documentation runs, or says why it does not."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(
    r"(?P<why><!-- not run: [^>]+ -->\s*\n)?^```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
RUNS = ("python", "console")
READS_ONLY = ("text", "toml", "json", "csv", "bash")
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)(?P<target>[^)#\s]+)")


def blocks(page):
    return list(BLOCK.finditer(page.read_text(encoding="utf-8")))


def runnable(page):
    return [b for b in blocks(page) if b["language"] in RUNS and not b["why"]]


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """An empty folder with a copy of the shipped examples, as a reader would have."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_console(code, folder):
    for line in code.splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if not words or words[0] in ("make", "pip", "git", "cd"):
            continue
        assert words[0] in ("micrographia", "python"), f"{line!r}: not a command of ours"
        command = [sys.executable, "-m", "micrographia", *words[1:]]
        if words[0] == "python":
            command = [sys.executable, *words[1:]]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if runnable(page)],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_the_examples_of_a_page_run_in_order(page, workplace):
    names = {}
    for block in runnable(page):
        if block["language"] == "python":
            exec(compile(block["code"], str(page), "exec"), names)
        else:
            lines = [x for x in block["code"].splitlines() if not x.startswith(" ")]
            prompts = [x for x in lines if x.startswith("$ ")]
            run_console("\n".join(prompts or lines), workplace)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_has_a_language_that_says_whether_it_runs(page):
    for block in blocks(page):
        assert block["language"] in RUNS + READS_ONLY, block["code"][:80]
    assert page.read_text(encoding="utf-8").count("\n```") % 2 == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_that_are_there(page):
    for match in LINK.finditer(page.read_text(encoding="utf-8")):
        assert (page.parent / match["target"]).exists(), match["target"]
