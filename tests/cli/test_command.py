"""The `nmmo` command as such: help, versions, the user's errors, interruption."""

from __future__ import annotations

import subprocess
import sys

import pytest

import nmmo
from nmmo.cli import COMMANDS

ERRORS = [
    (["dance"], "no command 'dance'"),
    (["bensh"], "did you mean `nmmo bench`?"),
    (["tour", "--preset", "lareg"], "did you mean large?"),
    (["tour", "--preset", "zzz"], "there are small, medium, large"),
    (["tour", "--ticks", "many"], "'many' is not a whole number"),
    (["tour", "--ticks", "0"], "out of range 1.."),
    (["tour", "--seed", "-1"], "out of range 0.."),
    (["tour", "--tick", "5"], "--tick"),
    (["bench", "--repeats", "1.5"], "'1.5' is not a whole number"),
    (["bench", "--json", "no/such/folder/file.json"], "there is no folder no/such/folder"),
    (["doctor", "now"], "now"),
]


def test_help_names_every_command(nmmo_command):
    done = nmmo_command("--help")
    assert done.status == 0
    for name, text in COMMANDS.items():
        assert f"  {name}" in done.out
        assert text in done.out


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_of_a_command(nmmo_command, name):
    done = nmmo_command(name, "--help")
    assert done.status == 0
    assert done.out.startswith(f"usage: nmmo {name}")
    assert done.err == ""


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("tour", ["--ticks", "--preset", "--seed"]),
        ("bench", ["--preset", "--seed", "--ticks", "--warm-up", "--repeats", "--json", "--quick"]),
    ],
)
def test_help_explains_every_option(nmmo_command, name, options):
    text = nmmo_command(name, "--help").out
    for option in options:
        assert f"  {option}" in text
    for preset in nmmo.Config.PRESETS:
        assert preset in text


def test_nothing_given_shows_the_help_and_fails(nmmo_command):
    done = nmmo_command()
    assert done.status == 2
    assert "usage: nmmo COMMAND" in done.out


def test_version(nmmo_command):
    done = nmmo_command("--version")
    assert done.status == 0
    assert done.out == f"nmmo {nmmo.__version__}, rules version {nmmo.RULES_VERSION}\n"


@pytest.mark.parametrize(
    ("arguments", "part"), ERRORS, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_error_of_the_user_is_one_line(nmmo_command, arguments, part):
    done = nmmo_command(*arguments)
    assert done.status == 2
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith("nmmo")
    assert part in done.err


def test_interruption_is_one_line(nmmo_command, monkeypatch):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("nmmo.cli.doctor.main", interrupted)
    done = nmmo_command("doctor")
    assert done.status == 130
    assert done.err == "nmmo doctor: interrupted\n"


def test_status_reaches_the_shell():
    for arguments, status in ((["--version"], 0), (["dance"], 2)):
        done = subprocess.run([sys.executable, "-m", "nmmo", *arguments], capture_output=True, text=True)
        assert done.returncode == status
        assert "Traceback" not in done.stderr


def test_help_imports_no_command():
    code = (
        "import sys, nmmo.cli; nmmo.cli.main(['--help']);"
        "found = [name for name in sys.modules if name.startswith('nmmo.cli.') or name == 'rich'];"
        "sys.exit(', '.join(found) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_reader_that_goes_away_is_no_error():
    command = [sys.executable, "-m", "nmmo", "tour", "--preset", "small", "--ticks", "20"]
    reader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    reader.stdout.close()
    errors = reader.stderr.read()
    assert reader.wait() in (0, 1)  # 0 where the pipe was large enough for all of it
    assert errors == ""
