"""`nmmo agent`: what its commands write and print, and how they fail."""

from __future__ import annotations

import re

import pytest

from nmmo.agents import agent_names
from nmmo.cli.agent import COMMANDS


def test_help_names_commands(nmmo_command):
    done = nmmo_command("agent", "--help")
    assert done.status == 0
    for name in COMMANDS:
        assert f"  {name}" in done.out
        assert nmmo_command("agent", name, "--help").out.startswith(f"usage: nmmo agent {name}")
    assert nmmo_command("agent").status == 2


def test_list(nmmo_command):
    done = nmmo_command("agent", "list")
    assert done.status == 0
    assert [line.split()[0] for line in done.out.splitlines()] == agent_names()
    assert "Plays at random" in done.out


def test_new_then_check(nmmo_command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = nmmo_command("agent", "new", "wolf")
    assert done.status == 0
    assert "nmmo agent check ./wolf --trust" in done.out
    assert (tmp_path / "wolf" / "agent.py").is_file()
    untrusted = nmmo_command("agent", "check", "./wolf")
    assert untrusted.status == 2
    assert "with all your rights" in untrusted.err
    done = nmmo_command("agent", "check", "./wolf", "--trust")
    assert done.status == 0, done.err
    assert done.out.startswith("wolf 0.1 by Your Name\n")
    for slots in ("8", "1,024"):
        assert re.search(rf"^ +{slots} slots +\d+\.\d{{3}} milliseconds per tick", done.out, re.MULTILINE)
    assert done.out.endswith("the agent works\n")
    again = nmmo_command("agent", "new", "wolf")
    assert (again.status, again.out) == (2, "")
    assert "exists already" in again.err


def test_new_elsewhere(nmmo_command, tmp_path):
    done = nmmo_command("agent", "new", "wolf", "--folder", str(tmp_path))
    assert done.status == 0
    assert (tmp_path / "wolf" / "agent.toml").is_file()


def test_check_of_what_is_broken(nmmo_command, tmp_path):
    nmmo_command("agent", "new", "wolf", "--folder", str(tmp_path))
    folder = tmp_path / "wolf"
    code = (folder / "agent.py").read_text()
    (folder / "agent.py").write_text(code.replace("return np.where", "return 1.5 * np.where"))
    done = nmmo_command("agent", "check", str(folder), "--trust")
    assert (done.status, done.err) == (1, "")
    assert "broken: agent 'wolf': act returned float64 values" in done.out
    (folder / "agent.toml").write_text("[agent]\nformat = 3\n")
    done = nmmo_command("agent", "check", str(folder), "--trust")
    assert done.status == 1
    assert "install a newer nmmo" in done.out


def test_check_notes_what_does_not_repeat(nmmo_command, tmp_path):
    nmmo_command("agent", "new", "wolf", "--folder", str(tmp_path))
    file = tmp_path / "wolf" / "agent.py"
    file.write_text(file.read_text().replace("self.rng.random", "np.random.default_rng().random"))
    done = nmmo_command("agent", "check", str(tmp_path / "wolf"), "--trust")
    assert done.status == 0
    assert "note: it played differently" in done.out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["chek"], "did you mean 'check'?"),
        (["dance"], "there are new, check, list"),
        (["new", "Wolf"], "cannot be an agent's name"),
        (["new", "random"], "choose another name"),
        (["new", "wolf", "--folder", "no/such"], "there is no folder no/such"),
        (["new"], "NAME"),
        (["check", "randon"], "did you mean 'random'?"),
        (["check", "no/such"], "there is no agent and no folder"),
    ],
)
def test_errors_of_the_user(nmmo_command, arguments, part):
    done = nmmo_command("agent", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert part in done.err
