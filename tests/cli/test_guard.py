"""Whatever happens in a command becomes one message and a status."""

import pytest
import typer

from micrographia.cli._guard import guarded, wrong_usage
from micrographia.errors import (
    CorruptFileError,
    MissingDependencyError,
    OutputError,
    SettingsError,
)


def _status_and_message(capsys, function):
    with pytest.raises(typer.Exit) as stop:
        guarded(function)()
    return stop.value.exit_code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CorruptFileError("the file is cut"), 1),
        (OutputError("the disk is full"), 1),
        (SettingsError("no such setting"), 2),
        (MissingDependencyError("pip install it"), 2),
    ],
)
def test_errors_of_ours_are_told_in_their_own_words(capsys, error, status):
    def command():
        raise error

    assert _status_and_message(capsys, command) == (status, f"micrographia: {error}\n")


def test_any_error_of_ours_before_the_work_is_wrong_usage(capsys):
    def command():
        with wrong_usage():
            raise OutputError("the folder cannot be written")

    status, message = _status_and_message(capsys, command)
    assert (status, message) == (2, "micrographia: the folder cannot be written\n")


def test_any_other_error_is_a_bug_and_said_to_be_one(capsys):
    def command():
        raise ZeroDivisionError("division by zero")

    status, message = _status_and_message(capsys, command)
    assert status == 1
    assert message == (
        "micrographia: this is a bug, please report it: ZeroDivisionError: division by zero "
        "(MICROGRAPHIA_TRACEBACK=1 shows where it happened)\n"
    )


def test_a_bug_in_the_usage_part_is_no_wrong_usage(capsys):
    def command():
        with wrong_usage():
            raise KeyError("x")

    assert _status_and_message(capsys, command)[0] == 1


def test_the_traceback_is_shown_where_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("MICROGRAPHIA_TRACEBACK", "1")

    def command():
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        guarded(command)()


def test_an_interruption_has_its_own_status_and_says_what_is_kept(capsys):
    def command():
        raise KeyboardInterrupt("interrupted; 2 of 3 images are finished")

    status, message = _status_and_message(capsys, command)
    assert (status, message) == (130, "micrographia: interrupted; 2 of 3 images are finished\n")


def test_too_little_memory_is_no_bug(capsys):
    def command():
        raise MemoryError

    assert _status_and_message(capsys, command) == (
        1,
        "micrographia: not enough memory; use fewer workers or smaller images\n",
    )
