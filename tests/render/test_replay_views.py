"""Replays in the window's hands: any tick in pieces, the whole game read on the side, games of other rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("pygame", reason="pygame-ce is not installed")

import nmmo
from nmmo.cli import main
from nmmo.core import _engine
from nmmo.core.content import ITEMS
from nmmo.render.scene import Scene
from nmmo.render.sources.history import MARKED, MAX_BINS, History
from nmmo.render.sources.open_replay import open_replay
from nmmo.render.sources.replay import ReplaySource
from nmmo.render.sources.seek_task import SeekTask
from nmmo.render.sources.state import StateSource, _numbers
from nmmo.replay import Recorder, Replay, RulesVersionError

TICKS = 700
PIECE = 1e-9  # seconds: a single piece of work at a time


def signature(scene: Scene) -> bytes:
    return b"".join(
        part.tobytes() for part in (scene.players, scene.monsters, scene.objects, scene.ground_items, scene.events)
    )


def played(path: Path, ticks: int, seed: int = 4, **more: object) -> Path:
    world = nmmo.World(nmmo.Config.preset("small", **more), seed=seed)
    rng = np.random.default_rng(seed)
    with Recorder(world, path, events=True, state=True):
        world.reset()
        for _ in range(ticks):
            world.step(nmmo.sample_actions(world.mask, rng))
            if world.over:
                break
    return path


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return played(tmp_path_factory.mktemp("games") / "game.nmr", TICKS)


@pytest.fixture(scope="module")
def truth(game: Path) -> dict[int, bytes]:
    """Return what every tick looks like, by the replay's own playing from the first tick on."""
    with Replay(game) as replay:
        return {frame.tick: signature(Scene.of(frame.world)) for frame in replay.frames()}


def arrive(source: ReplaySource | StateSource, most: int = 2000) -> int:
    """Work piece by piece until the tick aimed for is shown; return the pieces that it took."""
    for pieces in range(most):
        if source.target_tick is None:
            return pieces
        source.run_pending(PIECE, PIECE)
    pytest.fail("it never arrived")


# ---- going to a tick


def test_any_tick_is_reached_in_pieces_and_looks_as_it_was(game: Path, truth: dict[int, bytes]) -> None:
    source = ReplaySource(Replay(game))
    rng = np.random.default_rng(1)
    longest = 0
    for tick in [TICKS, 1, 257, 256, 255, 0, 600, 601, 599, *rng.integers(0, TICKS + 1, 40).tolist()]:
        shown = source.scene.tick
        source.start_seek(tick)
        if source.target_tick is not None and tick != shown:
            source.run_pending(PIECE, PIECE)
            if source.target_tick is not None:
                assert source.scene.tick == shown, "what is on the way is not shown"
                row = source.observation_of(3)
                assert row is None or row["self"]["age"] == source.scene.players["self"]["age"][3]
        longest = max(longest, arrive(source))
        assert source.scene.tick == tick and source.problem is None
        assert signature(source.scene) == truth[tick]
        row = source.observation_of(3)
        assert row is not None and row["self"] == source.scene.players["self"][3]
    assert longest > 3, "no way was ever long enough to be divided"
    source.close()


def test_dragging_shows_ticks_on_the_way(game: Path) -> None:
    source = ReplaySource(Replay(game))
    seen = set()
    for tick in range(TICKS, 0, -7):  # each goal replaces the last before that is reached
        source.start_seek(tick)
        source.run_pending(PIECE, PIECE)
        seen.add(source.scene.tick)
    arrive(source)
    assert source.scene.tick in range(1, 8)
    assert len(seen) > 5, "nothing was shown until the mouse rested"
    source.close()


def test_lives_that_begin_on_request_and_edits_are_shown_as_they_were(tmp_path: Path) -> None:
    world = nmmo.World(nmmo.Config.preset("small", respawn="on_request"), seed=2)
    rng = np.random.default_rng(2)
    path = tmp_path / "edited.nmr"
    expected = {}
    with Recorder(world, path, events=True):
        world.reset()
        for tick in range(1, 400):
            world.step(nmmo.sample_actions(world.mask, rng))
            if tick % 37 == 0:
                world.respawn(world.players["alive"] == 0)
            if tick == 300:
                world.edit.set(5, health=50)
            expected[tick] = world.players.tobytes() + world.monsters.tobytes()
    source = ReplaySource(Replay(path))
    for tick in (399, 37, 38, 300, 301, 299, 74, 222):
        source.start_seek(tick)
        arrive(source)
        assert source.scene.players.tobytes() + source.scene.monsters.tobytes() == expected[tick], tick
    source.close()


def test_edits_between_cached_snapshots_are_not_played_over(tmp_path: Path) -> None:
    world = nmmo.World(nmmo.Config.preset("small"), seed=2)
    rng = np.random.default_rng(2)
    path = tmp_path / "edited.nmr"
    expected = {}
    with Recorder(world, path):
        world.reset()
        for tick in range(1, 300):
            world.step(nmmo.sample_actions(world.mask, rng))
            if tick == 200:
                world.edit.level(5, "melee", 33)
            expected[tick] = world.players.tobytes()
    source = ReplaySource(Replay(path))
    while source.scan_progress < 1:
        source.run_pending(0, 1.0)
    for tick in (199, 200, 201, 299, 200, 130, 250):
        source.start_seek(tick)
        arrive(source)
        assert source.scene.players.tobytes() == expected[tick], tick
    source.close()


def test_a_damaged_part_is_told_and_the_rest_is_read(game: Path, tmp_path: Path) -> None:
    content = bytearray(game.read_bytes())
    with Replay(game) as whole:
        offset = whole.contents.chunks[1].offset
    content[offset + 60 : offset + 90] = bytes(30)
    broken = tmp_path / "broken.nmr"
    broken.write_bytes(content)
    source = ReplaySource(Replay(broken))
    source.seek(50)
    kept = signature(source.scene)
    source.start_seek(140)
    arrive(source)
    assert source.problem and "byte" in source.problem
    assert source.scene.tick == 50 and signature(source.scene) == kept
    while source.scan_progress < 1:
        source.run_pending(0, 1.0)
    assert source.history.knows(100) and not source.history.knows(200)
    assert source.history.knows(TICKS - 1), "behind the damage is a snapshot from which it can be read on"
    source.start_seek(TICKS)
    arrive(source)
    assert source.problem is None and source.scene.tick == TICKS
    source.close()


def test_a_journey_goes_where_it_was_last_sent() -> None:
    gone: list[int] = []

    def steps(tick: int):
        yield
        yield
        gone.append(tick)

    task = SeekTask(steps)
    task.start(3)
    assert not task.run_until(0.0) and task.target_tick == 3
    task.start(5)
    task.start(8)
    assert task.target_tick == 8
    while not task.run_until(0.0):
        pass
    assert gone == [3, 8] and task.target_tick is None
    task.start(1)
    task.run_to(2)
    assert gone == [3, 8, 2]


# ---- reading the whole game


def test_the_game_is_read_once_in_pieces_while_the_window_shows_something_else(game: Path) -> None:
    source = ReplaySource(Replay(game))
    source.seek(300)
    shares = []
    while source.scan_progress < 1:
        source.run_pending(0, PIECE)
        shares.append(source.scan_progress)
        assert source.scene.tick == 300
    assert len(shares) > TICKS / 10 and shares == sorted(shares), "in small pieces, with its progress told"
    with Replay(game) as replay:
        deaths = np.bincount(replay.events("death")["tick"], minlength=TICKS + 1)
        sales = replay.events("sale")
        curves = source.history.curves()
        assert curves.width == 1 and len(curves.ticks) == TICKS + 1
        assert np.array_equal(curves.marks[:, list(MARKED).index("deaths")], deaths)
        alive = [int(frame.world.players["alive"].sum()) for frame in replay.frames(0, TICKS, 100)]
        assert curves.living[:TICKS:100].tolist() == alive
        assert sum(source.history.sold(item) for item in range(1, len(ITEMS) + 1)) == sales["amount"].sum()
    before = source.history.version
    source.step()
    assert source.history.version == before, "a tick that was read counts once"
    source.close()


def test_going_somewhere_comes_before_reading(game: Path) -> None:
    source = ReplaySource(Replay(game))
    source.start_seek(500)
    source.run_pending(PIECE, 10.0)
    assert source.scan_progress == 0
    source.close()


class _Players:
    dtype = np.dtype([("alive", "u1"), ("score", "u1")])

    @classmethod
    def of(cls, *scores: int) -> np.ndarray:
        return np.array([(1, score) for score in scores], cls.dtype)


def _events(*rows: tuple[int, int, int, int]) -> np.ndarray:
    made = np.zeros(len(rows), [("kind", "u1"), ("item", "u1"), ("amount", "i4"), ("gold", "i4")])
    for number, row in enumerate(rows):
        made[number] = row
    return made


def test_a_long_game_is_summed_in_bounded_memory_and_loses_nothing() -> None:
    history = History(first_tick=10)
    ticks = 5 * MAX_BINS
    sword, arrow = int(nmmo.ObjectKind.SWORD), int(nmmo.ObjectKind.ARROW)
    sale, death = int(nmmo.EventKind.SALE), int(nmmo.EventKind.DEATH)
    for tick in range(10, 10 + ticks):
        players = _Players.of(tick % 7, 20 if tick % 8 == 7 else 9)
        history.note(tick, players, _events((sale, sword, 2, 14), (death, 0, 0, 0)))
    history.note(500, _Players.of(99), _events((sale, arrow, 12, 40)))  # counted already
    curves = history.curves()
    assert history.width == 8 and len(curves.ticks) <= MAX_BINS
    assert np.all(curves.living == 2) and np.all(curves.best_score == 20)
    assert np.allclose(curves.marks, [1, 0, 1])
    assert history.sold(sword) == 2 * ticks and history.sold(arrow) == 0
    at, prices, pieces = history.prices(sword)
    assert np.all(prices == 7) and pieces.sum() == 2 * ticks and at[0] == 10
    history.note(10 + ticks, _Players.of(), _events((sale, arrow, 6, 20)))
    assert history.prices(arrow)[1].tolist() == [40], "ammunition is priced by the dozen"


# ---- other rules


def test_a_replay_of_other_rules_is_shown_from_its_states(
    game: Path, truth: dict[int, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Replay(game) as replay:
        frames = {tick: Scene.of(replay.world_at(tick)) for tick in (0, 1, 130, TICKS)}
    monkeypatch.setattr(_engine, "rules_version", lambda: 99)
    source = open_replay(Replay(game))
    assert isinstance(source, StateSource) and source.notice and "rules version" in source.notice
    for tick in (TICKS, 1, 130, 0):
        source.start_seek(tick)
        arrive(source)
        expected, scene = frames[tick], source.scene
        assert scene.tick == tick and source.problem is None
        for name in ("ground", "danger"):
            assert np.array_equal(getattr(scene, name), getattr(expected, name)), name
        assert np.array_equal(scene.players["self"], expected.players["self"])
        assert np.array_equal(scene.players["alive"], expected.players["alive"])
        assert np.array_equal(scene.players["score"], expected.players["score"])
        assert np.array_equal(scene.monsters, expected.monsters)
        if tick:
            assert np.array_equal(scene.events["kind"], expected.events["kind"])
    assert source.observation_of(0) is None and len(source.listings()) == 0 and source.action_history_of(0) == []
    while source.scan_progress < 1:
        source.run_pending(0, 1.0)
    assert all(source.history.knows(tick) for tick in range(TICKS + 1))
    source.close()


def test_numbers_of_other_rules_are_translated_by_their_names() -> None:
    names = {"object": ["none", "unheard_of", "tree", "helm"], "ground": ["void", "water", "grass"]}
    numbers = _numbers(names)
    assert numbers["object"][[0, 1, 2, 3]].tolist() == [0, 0, nmmo.ObjectKind.TREE, nmmo.ObjectKind.HELM]
    assert numbers["ground"][[1, 2]].tolist() == [nmmo.GroundKind.WATER, nmmo.GroundKind.GRASS]
    assert numbers["biome"][:4].tolist() == [0, 1, 2, 3], "what is not told is as here"


def test_without_states_a_replay_of_other_rules_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bare.nmr"
    world = nmmo.World(nmmo.Config.preset("small"), seed=1)
    with Recorder(world, path):
        world.reset()
        world.step(np.zeros(world.n_agents, np.int64))
    monkeypatch.setattr(_engine, "rules_version", lambda: 99)
    with pytest.raises(RulesVersionError, match="state=True"):
        open_replay(Replay(path))
    assert main(["view", str(path)]) == 2
    assert "rules version" in capsys.readouterr().err


def test_a_picture_of_a_replay_of_other_rules_is_written_from_its_states(
    game: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["view", str(game), "--start", "40", "--size", "320x200", "--export"]
    assert main([*arguments, str(tmp_path / "played.png")]) == 0
    monkeypatch.setattr(_engine, "rules_version", lambda: 99)
    assert main([*arguments, str(tmp_path / "recorded.png")]) == 0
    with Image.open(tmp_path / "played.png") as one, Image.open(tmp_path / "recorded.png") as other:
        difference = np.abs(np.asarray(one, int) - np.asarray(other, int)).max(axis=2)
    assert (difference > 24).mean() < 0.01
