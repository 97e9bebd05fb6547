"""The program itself: its commands, its help, its speed."""

import inspect
import json
import subprocess
import sys
from importlib import import_module

import pytest

import micrographia
from micrographia.cli import COMMANDS, build_app

HEAVY = ("numpy", "pandas", "rich", "cv2", "skimage", "scipy", "dask", "matplotlib")


def test_every_command_is_a_function_in_its_file_and_says_what_the_list_says():
    for name, text in COMMANDS.items():
        function = getattr(import_module(f"micrographia.cli.{name}"), name)
        assert inspect.getdoc(function).split("\n\n")[0].replace("\n", " ") == text


def test_the_version_is_the_packages(call):
    assert call("--version").stdout == f"micrographia {micrographia.__version__}\n"


def test_the_help_lists_every_command(call):
    help_text = call("--help").stdout
    for name in COMMANDS:
        assert f"\n  {name} " in help_text


def test_without_arguments_the_help_is_shown_and_the_status_is_wrong_usage(call):
    result = call()
    assert result.exit_code == 2
    assert "Commands:" in result.stdout + result.stderr


def test_an_unknown_command_or_option_is_wrong_usage(call):
    for arguments in (["analyse"], ["formats", "--jason"]):
        result = call(*arguments)
        assert result.exit_code == 2
        assert result.stderr.splitlines()[-1].startswith("Error: No such ")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["formats"]])
def test_light_commands_load_nothing_heavy(arguments):
    code = (
        "import sys\n"
        "from micrographia.cli import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit:\n"
        f"    print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_only_the_module_of_the_command_is_imported():
    code = (
        "import sys\n"
        "from micrographia.cli import build_app\n"
        "build_app(['formats'])\n"
        f"print([n for n in {list(COMMANDS)!r} if f'micrographia.cli.{{n}}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['formats']"


def test_a_stand_in_is_registered_for_what_is_not_called():
    app = build_app(["formats"])
    modules = {command.callback.__module__ for command in app.registered_commands}
    assert modules == {"micrographia.cli._main", "micrographia.cli.formats"}


def test_the_formats_are_those_of_the_table(call):
    from micrographia.io import FORMATS

    text = call("formats").stdout
    rows = json.loads(call("formats", "--json").stdout)
    assert [row["name"] for row in rows] == [row.name for row in FORMATS]
    for row in FORMATS:
        assert f"{'*' if row.searched else ' '} {row.name} " in text
        assert all(suffix in text for suffix in row.suffixes)
