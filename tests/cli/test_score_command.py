"""`nmmo score`: its commands, their help, and mistakes in their options."""

from __future__ import annotations

import pytest

from nmmo.cli import main
from nmmo.score.competition import Competition

COMMANDS = ("check", "new", "run", "report", "verify")


def test_the_group_names_its_commands(capsys):
    assert main(["score", "--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in COMMANDS) and "docs/organisers.md" in text
    assert main(["score"]) == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name, capsys):
    assert main(["score", name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: nmmo score {name} ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chek"], "there is no command 'chek'; did you mean 'check'?"),
        (["run", "nothing.toml"], "nmmo score run: nothing.toml: there is no such file"),
        (["report", "nothing.toml"], "nmmo score report: nothing.toml: there is no such file"),
        (["verify", "nothing"], "nmmo score verify: "),
        (["check", "nothing"], "nmmo score check: "),
        (["new", "cup.toml", "1st=ann"], "nmmo score new: cup.toml: entrants: the name '1st' must be 1 to 40 letters"),
        (["new", "no/folder/cup.toml"], "nmmo score new: no/folder/cup.secret: there is no such file or folder"),
    ],
)
def test_a_mistake_is_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["score", *arguments]) == 2
    told_on_error = capsys.readouterr().err
    assert message in told_on_error and told_on_error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new", "cup.toml", "ann"], "'ann' is not an entrant; give NAME=PATH"),
        (["run", "cup.toml", "--workers", "0"], "out of range 1..1024"),
        (["run"], "COMPETITION.toml"),
    ],
)
def test_wrong_options_are_one_line(arguments, message, capsys):
    assert main(["score", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_a_new_event_names_submissions_as_seen_from_its_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "competitions").mkdir()
    given = ["ann=sub/ann.zip", 'bob=sub/"bob"', "flo=forager", f"cy={tmp_path / 'cy'}"]
    assert main(["score", "new", "competitions/cup.toml", *given]) == 0
    assert "competitions/cup.secret" in capsys.readouterr().out
    competition = Competition.load(tmp_path / "competitions" / "cup.toml")
    found = {
        name: (tmp_path / "competitions" / path).resolve()
        for name, path in competition.entrants.items()
        if name != "flo"
    }
    assert found == {"ann": tmp_path / "sub/ann.zip", "bob": tmp_path / 'sub/"bob"', "cy": tmp_path / "cy"}
    assert competition.entrants["flo"] == "forager"
