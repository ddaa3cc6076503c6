"""The loads that `nmmo bench` measures under: possible actions only, and a crowd that fights and trades."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

import nmmo
from nmmo.bench import crowded, recording, workload_file, workloads
from nmmo.bench.activity import activity
from nmmo.bench.topics import Settings
from nmmo.core.content import N_ACTIONS

ENGINE = Path(__file__).resolve().parents[2] / "engine"


@pytest.fixture(scope="module")
def game():
    """Return the crowded game of `--quick`, with its configuration."""
    config, _, game = crowded.record_crowd(Settings("small", seed=1, repeats=1, quick=True))
    return config, game


def values(tables):
    return {figure.id: figure.values[0] for table in tables for figure in table.figures}


def masks(agents, *actions):
    mask = np.zeros((agents, N_ACTIONS), np.uint8)
    mask[:, [nmmo.Action.WAIT, *actions]] = 1
    return mask


def test_crowd_does_only_what_is_possible():
    generator = np.random.default_rng(3)
    choose = workloads.Crowd(500, seed=3)
    for _ in range(20):
        mask = (generator.random((500, N_ACTIONS)) < 0.2).astype(np.uint8)
        mask[:, nmmo.Action.WAIT] = 1
        assert mask[np.arange(500), choose(mask)].all()


def test_crowd_waits_when_nothing_else_is_possible():
    assert (workloads.Crowd(10, seed=0)(masks(10)) == nmmo.Action.WAIT).all()


def test_fighters_attack_and_merchants_never_do():
    attacks = (nmmo.Action.ATTACK_MONSTER, nmmo.Action.ATTACK_PLAYER)
    chosen = workloads.Crowd(4000, seed=0)(masks(4000, *attacks, nmmo.Action.MOVE_EAST))
    attacked = np.isin(chosen, attacks)
    assert attacked[0::2].mean() == pytest.approx(400 / 441, abs=0.03)
    assert not attacked[1::2].any()
    assert (chosen == attacks[0]).sum() == pytest.approx((chosen == attacks[1]).sum(), rel=0.15)


def test_prices_go_down_three_times_as_often_as_up():
    chosen = workloads.Crowd(8000, seed=0)(masks(8000, nmmo.Action.PRICE_UP, nmmo.Action.PRICE_DOWN))
    downs, ups = ((chosen == action).sum() for action in (nmmo.Action.PRICE_DOWN, nmmo.Action.PRICE_UP))
    assert downs / ups == pytest.approx(3, rel=0.15)


def test_nobody_drops():
    drop = nmmo.Action(35)
    assert nmmo.ACTION_TABLE[drop].group == "drop"
    assert not (workloads.Crowd(1000, seed=0)(masks(1000, drop)) == drop).any()


def test_seed_decides_what_the_crowd_does():
    mask = np.ones((64, N_ACTIONS), np.uint8)
    first = workloads.Crowd(64, seed=0)(mask)
    assert np.array_equal(first, workloads.Crowd(64, seed=0)(mask))
    assert not np.array_equal(first, workloads.Crowd(64, seed=1)(mask))


def test_crowded_world_is_a_sixteenth_of_the_large_one():
    large, config = nmmo.Config.preset("large"), crowded.configuration()
    assert (config.n_players, config.n_monsters) == (large.n_players, large.n_monsters)
    assert config.height * config.width * 16 == large.height * large.width
    assert config.pvp_min_danger == 1


def test_crowd_fights_and_trades():
    """More than random play does in the same world; seen over a short stretch, on the way there."""
    config = crowded.configuration()
    with nmmo.World(config, seed=1) as world:
        lively = values(activity(recording.record(world, workloads.Crowd(1024, 1), seed=1, warm_up=150, ticks=60)))
        calm = values(activity(recording.record(world, workloads.random_possible(1), seed=1, warm_up=150, ticks=60)))
    assert lively["action/attack"] > max(30, 1.4 * calm["action/attack"])
    assert lively["rate/player-kills"] > max(10, 1.4 * calm["rate/player-kills"])
    assert lively["rate/sales"] > 5
    assert lively["end/listings"] > 300


def test_happenings_add_up(game):
    _, played = game
    found = values(activity(played))
    assert sum(value for id, value in found.items() if id.startswith("action/")) == pytest.approx(100)
    start, end = played.statistics[0], played.statistics[-1]
    assert found["rate/hits-by-players"] == pytest.approx(
        1000 * (end["hits_by_players"] - start["hits_by_players"]) / played.steps
    )
    assert end["hits_by_players"] > start["hits_by_players"] > 0


def test_steadiness_compares_the_halves(game):
    _, played = game
    start, middle, end = (statistics["births"] for statistics in played.statistics)
    share = 100 * (end - middle) / (middle - start)
    assert values(activity(played))["steady/births"] == pytest.approx(share)


def test_load_file_holds_the_game(game, tmp_path):
    config, played = game
    file = tmp_path / "crowd.load"
    workload_file.write_workload(played, config, file)
    data = file.read_bytes()
    size, ticks, agents = struct.unpack_from("<3Q", data, 8)
    assert data[:8] == workload_file.MAGIC
    assert data[32 : 32 + size] == played.snapshots[0]
    actions = np.frombuffer(data[32 + size :], np.uint8).reshape(ticks, agents)
    assert np.array_equal(actions, played.actions)


def test_load_of_speakers_or_batches_is_refused(game, tmp_path):
    config, played = game
    with pytest.raises(ValueError, match="one world"):
        workload_file.write_workload(played, config.replace(vocabulary=3), tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_command_writes_the_load(nmmo_command, game, tmp_path):
    config, played = game
    workload_file.write_workload(played, config, tmp_path / "expected")
    done = nmmo_command("bench", "--quick", "--write-workload", str(tmp_path / "load"))
    assert done.status == 0 and "wrote" in done.out
    assert (tmp_path / "load").read_bytes() == (tmp_path / "expected").read_bytes()


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    """Build engine/programs/profile.c, under sanitizers."""
    program = tmp_path_factory.mktemp("profile") / "profile"
    sources = [*sorted(map(str, ENGINE.glob("*.c"))), str(ENGINE / "programs" / "profile.c")]
    flags = ["-std=c17", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-I{ENGINE}"]
    subprocess.run(["gcc", *flags, *sources, "-lm", "-pthread", "-o", str(program)], check=True)
    return program


def test_profile_plays_the_load(game, profile, tmp_path):
    config, played = game
    file = tmp_path / "crowd.load"
    workload_file.write_workload(played, config, file)
    done = subprocess.run([profile, "load", file, "2"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for section, value in played.end[0].items():
        assert f"{section:<14} {value:016x}" in done.stdout


def test_profile_plays_at_random(profile):
    done = subprocess.run([profile, "small", "30", "5"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "agent-steps/s" in done.stdout
    assert subprocess.run([profile, "enormous"], capture_output=True).returncode == 1


def damaged(data: bytes):
    """Yield files that are no loads, by what is wrong with them."""
    size, ticks, agents = struct.unpack_from("<3Q", data, 8)
    head = data[:8]
    rest = data[32:]
    yield "cut in the head", data[:20]
    yield "cut in the snapshot", data[: 32 + size // 2]
    yield "cut in the actions", data[:-1]
    yield "of another kind", b"NOTALOAD" + data[8:]
    yield "a huge snapshot", head + struct.pack("<3Q", 2**63, ticks, agents) + rest
    yield "other agents", head + struct.pack("<3Q", size, ticks, agents - 1) + rest
    yield "many ticks", head + struct.pack("<3Q", size, 2**60, agents) + rest
    yield "no such action", data[:-1] + b"\x45"
    yield "a bad snapshot", data[:32] + bytes(64) + data[96:]
    yield "empty", b""


def test_profile_refuses_damaged_loads(game, profile, tmp_path):
    config, played = game
    file = tmp_path / "crowd.load"
    workload_file.write_workload(played, config, file)
    for wrong, data in damaged(file.read_bytes()):
        (tmp_path / "damaged").write_bytes(data)
        done = subprocess.run([profile, "load", tmp_path / "damaged"], capture_output=True, text=True)
        assert done.returncode == 1 and done.stderr.startswith("profile: "), (wrong, done.stderr)
