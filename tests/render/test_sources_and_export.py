"""Sources of scenes, the person's hands, and pictures and videos written from a replay. No display."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("pygame", reason="pygame-ce is not installed")

import nmmo
from nmmo.agents import Match, WaitingSeat, load_agent, seat_agents, setting_of
from nmmo.cli import main
from nmmo.render.human_player import HumanPlayer, first_step
from nmmo.render.scene import Scene
from nmmo.render.sources.live import LiveSource
from nmmo.render.sources.replay import ReplaySource
from nmmo.replay import Recorder, Replay

TICKS = 150


def live(seed: int = 5) -> LiveSource:
    config = nmmo.Config.preset("small")
    world = nmmo.World(config, seed)
    world.reset()
    return LiveSource(Match(world, seat_agents([load_agent("random", setting_of(config))], config)))


def signature(scene: Scene) -> bytes:
    return scene.players.tobytes() + scene.monsters.tobytes() + scene.objects.tobytes()


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("games") / "game.nmr"
    world = nmmo.World(nmmo.Config.preset("small"), seed=4)
    rng = np.random.default_rng(4)
    with Recorder(world, path, events=True, players=["somebody"] * 64):
        world.reset()
        for _ in range(TICKS):
            world.step(nmmo.sample_actions(world.mask, rng))
    return path


def test_the_past_of_a_live_world_is_shown_as_it_was_and_the_present_goes_on() -> None:
    source = live()
    seen = {0: signature(source.scene)}
    for _ in range(TICKS):
        source.step()
        seen[source.scene.tick] = signature(source.scene)
    assert seen[1] != seen[TICKS]
    for tick in (3, 64, 65, 149, 1, 0, 150, 70):
        source.seek(tick)
        assert source.scene.tick == tick and signature(source.scene) == seen[tick]
    assert not source.at_present and source.world.tick == TICKS
    source.step()
    assert source.scene.tick == 71 and source.world.tick == TICKS, "stepping in the past plays nothing"
    assert signature(source.scene) == seen[71]
    trace = source.action_history_of(3)
    assert [tick for tick, _ in trace] == list(range(71, 59, -1))
    source.seek(TICKS)
    source.step()
    assert source.world.tick == TICKS + 1 and source.at_present
    source.close()


def test_a_replay_is_shown_at_any_tick(game: Path) -> None:
    source = ReplaySource(Replay(game))
    with Replay(game) as again:
        for tick in (0, 100, 99, 101, TICKS):
            source.seek(tick)
            assert signature(source.scene) == signature(Scene.of(again.world_at(tick)))
        assert source.at_end and not source.step()
        assert source.name_of(3) == "somebody"
        assert source.action_history_of(3)[0] == (TICKS, int(again.actions(TICKS)[3]))
    source.close()


def test_a_broken_replay_says_so_and_stays_usable(game: Path, tmp_path: Path) -> None:
    content = bytearray(game.read_bytes())
    with Replay(game) as whole:
        offset = whole.contents.chunks[1].offset
    content[offset + 60 : offset + 90] = bytes(30)
    broken = tmp_path / "broken.nmr"
    broken.write_bytes(content)
    source = ReplaySource(Replay(broken))
    source.seek(50)
    before = signature(source.scene)
    source.seek(140)
    assert source.problem, "it must say that this tick cannot be shown"
    assert source.scene.tick == 50 and signature(source.scene) == before
    source.seek(20)
    assert source.problem is None and source.scene.tick == 20
    source.close()


def test_a_person_replaces_the_actions_of_one_slot_only() -> None:
    other = live()
    world = nmmo.World(other.world.config, 5)
    world.reset()
    (agent,) = seat_agents([load_agent("random", setting_of(world.config))], world.config)
    human = HumanPlayer(world, 7, agent)
    source = LiveSource(Match(world, [human]), human=human)
    human.queue(nmmo.Action.WAIT)
    source.step()
    other.step()
    mine, theirs = source._played.actions(1).astype(int), other._played.actions(1).astype(int)
    assert mine[7] == nmmo.Action.WAIT
    assert np.array_equal(np.delete(mine, 7), np.delete(theirs, 7))
    human.autopilot = True
    human.queue(nmmo.Action.PRICE_UP)
    source.seek(source.last_tick)
    source.step()
    assert human.last_action == source._played.actions(2)[7]


def test_walking_goes_round_what_is_in_the_way_and_stops_beside_its_prey() -> None:
    world = nmmo.World.from_text(
        """
        . . . . .
        . @ # p .
        . . # . .
        . . . . .
        """,
        {"p": nmmo.Monster("passive")},
        seed=1,
    )
    human = HumanPlayer(world, 0, WaitingSeat(np.arange(1)))
    match = Match(world, [human])
    human.go_to(1, 3, target=1)
    for _ in range(12):
        actions = match.choose_actions()
        if actions[0] == nmmo.Action.ATTACK_MONSTER:
            break
        world.step(actions)
    else:
        pytest.fail("the monster was never attacked")
    scene = Scene.of(world)
    assert first_step(scene, (3, 0), (1, 2), False) is None, "nobody walks into stone"


@pytest.mark.parametrize("suffix", [".png", ".gif", ".mp4"])
def test_export(game: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / f"out{suffix}"
    arguments = ["view", str(game), "--export", str(out), "--start", "10", "--stop", "16", "--size", "320x180"]
    assert main([*arguments, "--follow", "3", "--zoom", "16"]) == 0
    count = 1 if suffix == ".png" else 6
    assert f"{count} picture" in capsys.readouterr().out
    if suffix == ".mp4":
        import imageio.v2 as imageio

        frames = [picture for picture in imageio.get_reader(out)]  # noqa: C416 - its length is infinite
        assert len(frames) == 6 and frames[0].shape == (180, 320, 3)
        assert np.std(frames[0]) > 10
    else:
        with Image.open(out) as image:
            assert image.size == (320, 180) and getattr(image, "n_frames", 1) == count
            assert np.asarray(image.convert("RGB")).std() > 10
    assert [path.name for path in tmp_path.iterdir()] == [out.name], "nothing else may be left behind"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--export", "out.avi"], ".mp4"),
        (["--export", "nowhere/out.png"], "no folder"),
        (["--export", "out.gif", "--start", "900"], "nothing"),
        (["--export", "out.gif", "--follow", "64"], "out of range"),
        (["--size", "3x4"], "is not a size"),
    ],
)
def test_mistakes_are_explained(
    game: Path,
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["view", str(game), *options]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_replay_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.nmr").write_bytes(b"nothing of the kind")
    assert main(["view", str(tmp_path / "x.nmr")]) == 2
    assert "replay" in capsys.readouterr().err
