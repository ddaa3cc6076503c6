"""`nmmo tour`."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

import nmmo
from nmmo.cli import tour


def test_tells_what_happened(nmmo_command):
    done = nmmo_command("tour", "--preset", "small", "--ticks", "300", "--seed", "5")
    assert done.status == 0, done.err
    assert "300 ticks of 64 players and 128 monsters on 128 x 128 tiles" in done.out
    for part in (
        "simulation alone",
        "with sampling",
        "Lives",
        "Fights",
        "Harvests",
        "Skills of the living",
        "what they wear",
    ):
        assert part in done.out
    assert "\x1b" not in done.out


def game(text: str) -> str:
    """Return the part of a report that doesn't depend on the machine's speed."""
    return re.sub(r"\d+\.\d+ million|[\d,]+ microseconds", "", text)


def test_the_seed_decides(nmmo_command):
    first, again, other = (
        game(nmmo_command("tour", "--preset", "small", "--ticks", "100", "--seed", seed).out)
        for seed in ("0", "0", "1")
    )
    assert first == again
    assert first != other


def test_figures_are_the_worlds_own():
    console = Console(width=120, record=True, file=io.StringIO())
    with nmmo.World(nmmo.Config.preset("small")) as world:
        world.reset(seed=2)
        run = tour.play(world, 200, 2, lambda done, total, note="": None)
        tour.report(world, run, console)
        statistics = world.statistics()
    text = console.export_text()
    assert run.ticks == 200 == statistics["ticks"]
    assert statistics["monster_kills"] + statistics["finished"]["lives"] > 0
    assert re.search(rf"going on\W+{statistics['living']['lives']}\b", text)
    assert re.search(rf"players\W+{statistics['hits_by_players']:,}\b", text)


def test_interruption_still_reports(nmmo_command, monkeypatch):
    sample, calls = nmmo.sample_actions, []

    def interrupted(mask, generator):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return sample(mask, generator)

    monkeypatch.setattr(nmmo, "sample_actions", interrupted)
    done = nmmo_command("tour", "--preset", "small", "--ticks", "50")
    assert done.status == 130
    assert "3 ticks of 64 players" in done.out
    assert done.err == "nmmo tour: interrupted after 3 of 50 ticks\n"


def test_a_world_that_ends_is_reported(nmmo_command):
    done = nmmo_command("tour", "--preset", "battle", "--ticks", "1100")
    assert done.status == 0
    assert re.search(r"The world was over at tick [\d,]+\.", done.out)


@pytest.mark.parametrize("preset", ["small", "survival"])
def test_presets(nmmo_command, preset):
    assert nmmo_command("tour", "--preset", preset, "--ticks", "3").status == 0
