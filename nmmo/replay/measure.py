"""How small and how fast replays are on this machine: figures for `nmmo bench`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.config import Config
from nmmo.core.world import World
from nmmo.replay.compression import compressed_symbols
from nmmo.replay.recorder import Recorder
from nmmo.replay.replay import Replay

SEEKS: Final = 101
OPENINGS: Final = 11
CHUNK: Final = 128


@dataclass(frozen=True)
class Figures:
    """What was measured.

    Attributes
    ----------
    agents, ticks
        Of the game.
    entropy
        Order-0 entropy of the stream of actions, bytes per agent-step: what a coder that knows only how often
        each action is chosen would need.
    actions_bytes
        Of the compressed actions, an agent-step.
    file_bytes, file_bytes_state
        Of a whole file, for 1,000 ticks; and with the state stream and events.
    cost, cost_state
        By how much of the plain time recording makes the steps longer: 0.05 is a twentieth.
    open_seconds, first_seconds
        Seconds to open the file; and, with that, to see the world at a tick drawn at random, which makes a world.
    seek_median, seek_99, seek_worst
        Seconds to see the world at other ticks, drawn at random, one after another: of so many the median, what 99
        of 100 take at most, and the slowest.
    verify_ratio
        Ticks verified in the time in which ``World.step`` plays one.
    step_seconds
        A plain step.
    """

    agents: int
    ticks: int
    entropy: float
    actions_bytes: float
    file_bytes: float
    file_bytes_state: float
    cost: float
    cost_state: float
    open_seconds: float
    first_seconds: float
    seek_median: float
    seek_99: float
    seek_worst: float
    verify_ratio: float
    step_seconds: float


def draw_actions(config: Config, seed: int, ticks: int, choose: Callable[[World], NDArray[Any]]) -> NDArray[np.uint8]:
    """Return the actions of a game, uint8 [ticks, n_agents], so that every measurement plays the same one.

    Parameters
    ----------
    config, seed
        Of the world.
    ticks
        How many.
    choose
        Called with the world before every tick.
    """
    found = np.empty((ticks, config.n_players), np.uint8)
    with World(config, seed) as world:
        world.reset(seed)
        for row in found:
            row[:] = choose(world)
            world.step(row)
    return found


def order_0_entropy(actions: NDArray[np.uint8]) -> float:
    """Return the order-0 entropy of a stream of bytes, in bytes per element."""
    shares = np.bincount(actions.reshape(-1)) / actions.size
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum() / 8)


def measure(
    config: Config,
    seed: int,
    actions: NDArray[np.uint8],
    folder: str | os.PathLike[str],
    *,
    repeats: int = 7,
    progress: Callable[[int, int], None] | None = None,
) -> Figures:
    """Record a game, read it again, and take the times.

    Parameters
    ----------
    config, seed
        Of the world.
    actions
        uint8 [ticks, n_agents], as by ``draw_actions``.
    folder
        Where the files go; they are removed again.
    repeats
        How often each way of stepping is timed, in turns; medians count.
    progress
        Called now and then with the parts done and all parts.

    Notes
    -----
    Recording a game to its end includes writing all of it: the recorder is closed within the measured time.
    """
    times: dict[str, list[float]] = {"plain": [], "actions": [], "state": []}
    files = {way: Path(folder) / f"measured-{way}.nmr" for way in ("actions", "state")}
    parts = 3 * repeats + 4
    done = 0

    def report_progress() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, parts)

    try:
        for _ in range(repeats):
            for way in times:
                times[way].append(_played(config, seed, actions, files.get(way), way == "state"))
                report_progress()
        medians = {way: float(np.median(seconds)) for way, seconds in times.items()}
        opened = _opening(files["actions"])
        report_progress()
        first = _first_seek(files["actions"])
        report_progress()
        with Replay(files["actions"]) as replay:
            seeks = _seeks(replay)
            report_progress()
            begin = time.perf_counter()
            report = replay.verify()
            verified = time.perf_counter() - begin
            report_progress()
            if not report:
                raise RuntimeError(f"the recorded game does not verify: {report}")
        ticks, agents = actions.shape
        chunks = [actions[first : first + CHUNK] for first in range(0, ticks, CHUNK)]
        sizes = {way: path.stat().st_size * 1000 / ticks for way, path in files.items()}
        return Figures(
            agents=agents,
            ticks=ticks,
            entropy=order_0_entropy(actions),
            actions_bytes=sum(len(compressed_symbols(chunk.T)) for chunk in chunks) / actions.size,
            file_bytes=sizes["actions"],
            file_bytes_state=sizes["state"],
            cost=medians["actions"] / medians["plain"] - 1,
            cost_state=medians["state"] / medians["plain"] - 1,
            open_seconds=opened,
            first_seconds=first,
            seek_median=float(np.median(seeks)),
            seek_99=float(np.quantile(seeks, 0.99)),
            seek_worst=max(seeks),
            verify_ratio=medians["plain"] / verified,
            step_seconds=medians["plain"] / ticks,
        )
    finally:
        for path in files.values():
            path.unlink(missing_ok=True)


def measure_play(
    config: Config,
    seed: int,
    ticks: int,
    chooser: Callable[[], Callable[[World], NDArray[Any]]],
    folder: str | os.PathLike[str],
) -> tuple[float, float]:
    """Measure what recording costs where the players are computed too, as in every real use.

    Parameters
    ----------
    config, seed, ticks
        Of the game, which is played three times: not recorded, recorded, and recorded with states and events.
    chooser
        Makes what is called with the world before every tick; each game gets its own.
    folder
        Where the files go; they are removed again.

    Returns
    -------
    tuple of float
        By how much of the plain time recording makes the game longer, and recording with states.
    """
    seconds = []
    for way in ("plain", "actions", "state"):
        path = Path(folder) / f"measured-play-{way}.nmr"
        choose = chooser()
        try:
            with World(config, seed) as world:
                world.reset(seed)
                recorder = None
                if way != "plain":
                    recorder = Recorder(world, path, state=way == "state", overwrite=True)
                    recorder.flush()
                begin = time.perf_counter()
                for _ in range(ticks):
                    world.step(choose(world))
                if recorder is not None:
                    recorder.close()
                seconds.append(time.perf_counter() - begin)
        finally:
            path.unlink(missing_ok=True)
    return seconds[1] / seconds[0] - 1, seconds[2] / seconds[0] - 1


def _played(config: Config, seed: int, actions: NDArray[np.uint8], path: Path | None, state: bool) -> float:
    """Return the seconds that it takes to play a game, recorded or not; the reset is not counted."""
    with World(config, seed) as world:
        world.reset(seed)
        recorder = None if path is None else Recorder(world, path, state=state, overwrite=True)
        if recorder is not None:
            recorder.flush()  # so that the writing of the beginning, once a game, is over
        begin = time.perf_counter()
        for row in actions:
            world.step(row)
        if recorder is not None:
            recorder.close()
        return time.perf_counter() - begin


def _opening(path: Path) -> float:
    seconds = []
    for _ in range(OPENINGS):
        begin = time.perf_counter()
        Replay(path).close()
        seconds.append(time.perf_counter() - begin)
    return float(np.median(seconds))


def _first_seek(path: Path) -> float:
    seconds = []
    for number in range(OPENINGS):
        begin = time.perf_counter()
        with Replay(path) as replay:
            replay.world_at(int(np.random.default_rng(number).integers(replay.start, replay.stop + 1)))
            seconds.append(time.perf_counter() - begin)
    return float(np.median(seconds))


def _seeks(replay: Replay) -> list[float]:
    """Return the seconds that it takes to see ticks drawn at random, after the first."""
    places = np.random.default_rng(1).integers(replay.start, replay.stop + 1, SEEKS + 1).tolist()
    seconds = []
    for place in places:
        begin = time.perf_counter()
        replay.world_at(place)
        seconds.append(time.perf_counter() - begin)
    return seconds[1:]
