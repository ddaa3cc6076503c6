"""`nmmo score`: its commands, their help, and mistakes in their options."""

from __future__ import annotations

import pytest

from nmmo.cli import main
from nmmo.score.event import Event

COMMANDS = ("check", "new", "run", "report", "verify")


def test_the_group_names_its_commands(capsys):
    assert main(["score", "--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in COMMANDS) and "docs/organisers.md" in text
    assert main(["score"]) == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name, capsys):
    assert main(["score", name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: nmmo score {name} [-h]")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chek"], "did you mean `nmmo score check`?"),
        (["run", "nothing.toml"], "nmmo score run: nothing.toml: No such file or directory"),
        (["report", "nothing.toml"], "nmmo score report: nothing.toml: No such file or directory"),
        (["verify", "nothing"], "nmmo score verify: "),
        (["check", "nothing"], "nmmo score check: "),
        (["new", "cup.toml", "1st=ann"], "nmmo score new: cup.toml: [entrants] '1st': a name is"),
        (["new", "no/folder/cup.toml"], "nmmo score new: no/folder/cup.secret: No such file or directory"),
    ],
)
def test_a_mistake_is_one_line(arguments, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["score", *arguments]) == 2
    told_on_error = capsys.readouterr().err
    assert told in told_on_error and told_on_error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["new", "cup.toml", "ann"], "'ann' is no entrant; give NAME=PATH"),
        (["run", "cup.toml", "--workers", "0"], "out of range 1..1024"),
        (["run"], "EVENT.toml"),
    ],
)
def test_wrong_options_are_one_line(arguments, told, capsys):
    assert main(["score", *arguments]) == 2
    said = capsys.readouterr().err
    assert told in said and said.count("\n") == 1


def test_a_new_event_names_submissions_as_seen_from_its_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events").mkdir()
    given = ["ann=sub/ann.zip", 'bob=sub/"bob"', "flo=forager", f"cy={tmp_path / 'cy'}"]
    assert main(["score", "new", "events/cup.toml", *given]) == 0
    assert "events/cup.secret" in capsys.readouterr().out
    event = Event.load(tmp_path / "events" / "cup.toml")
    found = {name: (tmp_path / "events" / path).resolve() for name, path in event.entrants.items() if name != "flo"}
    assert found == {"ann": tmp_path / "sub/ann.zip", "bob": tmp_path / 'sub/"bob"', "cy": tmp_path / "cy"}
    assert event.entrants["flo"] == "forager"
