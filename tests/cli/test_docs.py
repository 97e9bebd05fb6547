"""Every command and option has its place in the documentation."""

import re
from pathlib import Path

import pytest
import typer

from micrographia.cli import COMMANDS, build_app

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"


def _section(name: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    match = re.search(rf"^## micrographia {name}$(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert match, f"docs/command-line.md has no heading '## micrographia {name}'"
    return match[1]


def _options(name: str) -> set[str]:
    group = typer.main.get_command(build_app([name]))
    return {word for parameter in group.commands[name].params for word in parameter.opts} - {
        "--help"
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_documented_under_its_heading(name):
    options = {word for word in _options(name) if word.startswith("-")}
    documented = set(re.findall(r"`(--?[a-z][a-z-]*)`", _section(name)))
    assert options - documented == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_documented_that_a_command_lacks(name):
    rows = "\n".join(
        line.split("|")[1] for line in _section(name).splitlines() if line.startswith("| `")
    )
    assert set(re.findall(r"`(--?[a-z][a-z-]*)`", rows)) <= _options(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_and_option_has_a_help(name):
    group = typer.main.get_command(build_app([name]))
    assert [p.name for p in group.commands[name].params if not p.help] == []


def test_every_command_is_in_the_table_at_the_top():
    head = PAGE.read_text(encoding="utf-8").split("\n## ")[0]
    for name in COMMANDS:
        assert f"| [`{name}`](#micrographia-{name}) |" in head
