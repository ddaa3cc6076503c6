"""`nmmo eval`."""

from __future__ import annotations

import dataclasses
import json
from contextlib import contextmanager

import pytest

import nmmo
from nmmo.agents import METRICS, Series, evaluate
from nmmo.agents.new import new_agent
from nmmo.cli import eval as eval_command
from nmmo.replay import Replay

QUICK = ["--preset", "small", "--ticks", "30", "--maps", "2"]


def test_a_table_with_a_row_an_agent(nmmo_command):
    done = nmmo_command("eval", "random", "random", *QUICK)
    assert (done.status, done.err) == (0, "")
    assert "2 of 2 worlds: 30 ticks of 64 players and 128 monsters on 128 x 128 tiles" in done.out
    assert "map seeds 1,000,000 to 1,000,001" in done.out
    assert "n = 2 worlds" in done.out
    assert done.out.count("│ random   ") == done.out.count("│ random 2 ") == 4
    for metric in METRICS:
        assert metric.title in done.out or metric.name.startswith("ended_by_"), metric.title
    assert "hunger" not in done.out  # nobody died of it
    assert "\x1b" not in done.out


def test_figures_are_those_of_the_python_interface(nmmo_command, tmp_path):
    file = tmp_path / "found.json"
    done = nmmo_command(
        "eval", "random", "random", *QUICK, "--world.n_players", "32", "--map-seed", "7", "--json", str(file)
    )
    assert done.status == 0
    config = nmmo.Config.preset("small", n_players=32)
    found = evaluate(["random", "random"], config=config, ticks=30, maps=2, map_seed=7)
    assert json.loads(file.read_text()) == json.loads(json.dumps(found.to_dict()))
    assert [path.name for path in tmp_path.iterdir()] == ["found.json"]
    for metric in ("score", "harvests", "life"):
        for name in found.names:
            assert eval_command.cell(found.estimate(name, metric)) in done.out


def test_the_same_command_prints_the_same(nmmo_command):
    first, again, other = (nmmo_command("eval", "random", *QUICK, "--map-seed", seed).out for seed in ("0", "0", "1"))
    assert first == again
    assert first.splitlines()[4:] != other.splitlines()[4:]


def test_against_names_more_agents(nmmo_command):
    quick = [*QUICK[:-1], "1"]
    named = nmmo_command("eval", "random", "forager", *quick)
    against = nmmo_command("eval", "random", *quick, "--against", "forager")
    assert named.status == against.status == 0
    assert named.out == against.out
    assert "Metrics of one world: no interval." in named.out


def test_separate(nmmo_command):
    done = nmmo_command("eval", "random", "random", *QUICK, "--separate")
    assert done.status == 0
    assert "4 of 4 worlds, each agent alone in its own: " in done.out
    assert "n = 2 worlds" in done.out


def test_worlds_that_are_over_early_are_told(nmmo_command):
    done = nmmo_command("eval", "random", *QUICK, "--world.horizon", "10")
    assert "2 of them were over before, the first after 10 ticks." in done.out


def test_every_field_of_the_configuration_is_an_option(nmmo_command):
    text = nmmo_command("eval", "--help-world").out
    for field in dataclasses.fields(nmmo.Config):
        assert (f"--world.{field.name.replace('_', '-')} " in text) == (field.name != "map_seed"), field.name
    done = nmmo_command(
        "eval", "random", *QUICK, "--world.survival", "true", "--world.w_death", "-0.5",
        "--world.respawn", "next_tick",
    )  # fmt: skip
    assert done.status == 0


def test_fields_of_the_configuration_with_hyphens(nmmo_command):
    hyphens, underscores, neither = (
        nmmo_command("eval", "random", *QUICK, *fields)
        for fields in (
            ("--world.n-players", "16", "--world.view-row-radius=2"),
            ("--world.n_players", "16", "--world.view_row_radius=2"),
            (),
        )
    )
    assert (hyphens.status, hyphens.out) == (0, underscores.out)
    assert "30 ticks of 16 players" in hyphens.out
    assert hyphens.out != neither.out
    assert "--world.n-players" not in nmmo_command("eval", "--help").out


def test_strangers_need_trust(nmmo_command, tmp_path):
    folder = str(new_agent("wolf", tmp_path))
    done = nmmo_command("eval", folder, "random", *QUICK)
    assert (done.status, done.out) == (2, "")
    assert "with all your rights" in done.err
    done = nmmo_command("eval", folder, "random", *QUICK, "--trust")
    assert done.status == 0
    assert "│ wolf " in done.out


FAILS_IN_ITS_SECOND_WORLD = """
import numpy as np
from nmmo.agents import Agent

acted = 0

class Wolf(Agent):
    def act(self, rows, mask):
        global acted
        acted += 1
        return np.full(len(rows), 0 // (acted <= 40))
"""


def test_an_agent_that_breaks(nmmo_command, tmp_path):
    """What was finished before is printed; then the agent is named."""
    folder = new_agent("wolf", tmp_path)
    (folder / "agent.py").write_text(FAILS_IN_ITS_SECOND_WORLD)
    done = nmmo_command("eval", str(folder), *QUICK, "--trust")
    assert done.status == 1
    assert "1 of 2 worlds: " in done.out
    assert done.err.startswith("nmmo eval: agent 'wolf' failed in act(rows, mask) at tick 10: agent.py, line ")
    assert "ZeroDivisionError" in done.err
    assert done.err.count("\n") == 1


def test_interruption_prints_what_was_finished(nmmo_command, monkeypatch, tmp_path):
    play, file = Series.play, tmp_path / "found.json"

    def interrupted(self, match, observers=()):
        if match.index == 2:
            raise KeyboardInterrupt
        return play(self, match, observers)

    monkeypatch.setattr(Series, "play", interrupted)
    done = nmmo_command("eval", "random", *QUICK, "--maps", "4", "--json", str(file))
    assert done.status == 130
    assert "2 of 4 worlds: " in done.out
    assert done.err == "nmmo eval: interrupted in world 3 of 4; the worlds before it are shown\n"
    read = json.loads(file.read_text())
    assert (read["finished"], len(read["worlds"])) == (False, 2)


def test_interruption_before_anything_was_finished(nmmo_command, monkeypatch):
    def interrupted(self, match, observers=()):
        raise KeyboardInterrupt

    monkeypatch.setattr(Series, "play", interrupted)
    done = nmmo_command("eval", "random", *QUICK)
    assert (done.status, done.out) == (130, "")
    assert done.err == "nmmo eval: interrupted in world 1 of 2\n"


def test_progress_ends_full_and_names_the_world(nmmo_command, monkeypatch):
    """Also where a world is over before its time."""
    shown = []

    @contextmanager
    def recorded(what, unit):
        yield lambda done, total, note="": shown.append((done, total, note))

    monkeypatch.setattr(eval_command, "progress", recorded)
    done = nmmo_command("eval", "random", *QUICK, "--world.horizon", "10")
    assert done.status == 0
    assert [each[2] for each in shown] == ["world 1 of 2"] * 10 + ["world 2 of 2"] * 10
    assert [each[0] for each in shown] == [*range(1, 11), *range(31, 41)]
    assert {each[1] for each in shown} == {60}


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "AGENT"),
        (["randon"], "did you mean 'random'?"),
        (["random", "--preset", "lareg"], "--preset: 'lareg' is not a choice; did you mean 'large'?"),
        (["random", "--ticks", "0"], "out of range 1.."),
        (["random", "--maps", "0"], "out of range 1.."),
        (["random", "--map-seed", "-1"], "out of range 0.."),
        (["random", "--map-seed", str(2**53)], "out of range 0.."),
        (["random", "--world.n_players", "many"], "'many' is not a whole number"),
        (["random", "--world.n_players", "70000"], "--world.n-players: 70000 is out of range 1..65535"),
        (["random", "--world.survival", "maybe"], "'maybe' must be true or false"),
        (["random", "--world.w_death", "x"], "'x' is not a number"),
        (["random", "--world.respawn", "never"], "--world.respawn: 'never' is not a choice; there are same_tick"),
        (["random", "--world.colour", "red"], "unknown option --world.colour"),
        (["random", "--world.n-player", "3"], "unknown option --world.n-player; did you mean '--world.n-players'?"),
        (["random", "--world.team-size", "7"], "--world: team_size = 7 does not divide"),
        (["random", "--json", "no/such/file.json"], "is not a file in a folder that exists"),
        (["random", "--json", "."], "is not a file in a folder that exists"),
        (["random"] * 65 + ["--preset", "small"], "65 agents cannot share a world of 64 slots"),
    ],
)
def test_errors_of_the_user(nmmo_command, arguments, part):
    done = nmmo_command("eval", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert done.err.startswith("nmmo eval: ")
    assert part in done.err


def test_replays_are_left_of_every_world(nmmo_command, tmp_path):
    folder = tmp_path / "replays"
    recorded = nmmo_command("eval", "random", *QUICK, "--replay", str(folder))
    assert (recorded.status, recorded.err) == (0, "")
    for number in (1, 2):
        with Replay(folder / f"world-00{number}.nmr") as replay:
            assert replay.verify() and len(replay) == 30 and replay.header.names == ("random",)
    assert nmmo_command("eval", "random", *QUICK).out == recorded.out  # being watched changes nothing

    again = nmmo_command("eval", "random", *QUICK, "--replay", str(folder))
    assert again.status == 2
    assert "there is a replay already: choose another folder" in again.err
