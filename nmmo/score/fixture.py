"""Playing one match of a competition: the world, the agents in their sandboxes, the bots, the referee, the replay."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.agent_report import AgentReport
from nmmo.agents.agent_seat import AgentSeat
from nmmo.agents.base import Agent, Setting
from nmmo.agents.errors import AgentError
from nmmo.agents.folder import instantiate, load_agent
from nmmo.agents.loading import load_class
from nmmo.agents.manifest import Manifest
from nmmo.agents.match import play_match, seat_seed
from nmmo.agents.setting import setting_of
from nmmo.core.world import World
from nmmo.replay import Recorder
from nmmo.score.errors import ScoreError
from nmmo.score.process import AgentProcess
from nmmo.score.sandbox import Sandbox
from nmmo.score.shared_observations import SharedObservations
from nmmo.score.tracks import Outcome, Referee, Track

__all__ = ["BOT", "Entrant", "Fixture", "MatchResult", "play_fixture", "seats_of"]

BOT: Final = -1
"""In place of an entrant's number."""


@dataclass(frozen=True)
class Fixture:
    """One match of a competition, planned.

    Attributes
    ----------
    id
        "TRACK-ROUND-NUMBER".
    track
        Its name.
    round, world, rotation
        Its place in the plan; matches of one ``world`` have its seeds in common.
    map_seed, seed
        Of the world's map and of the episode.
    seats
        The number of the entrant in each seat, or -1 for bots. In PvE there is one entrant, whose seat is
        ``first_seat``; in PvP, seat and team are one.
    first_seat
        In PvE, the block of slots that the entrant has.
    """

    id: str
    track: str
    round: int
    world: int
    rotation: int
    map_seed: int
    seed: int
    seats: tuple[int, ...]
    first_seat: int = 0


@dataclass(frozen=True)
class Entrant:
    """An entrant as a match needs it."""

    name: str
    folder: Path
    manifest: Manifest


@dataclass
class MatchResult:
    """What a match came to.

    Attributes
    ----------
    outcomes
        Of each seat, in the order of ``Fixture.seats``.
    agent_reports
        Of each entrant that played, in the order of the seats without bots.
    ticks
        How many were played.
    hash
        The world's hashes at the end, by section.
    seconds
        Processor time of each entrant: for reports on speed; it differs from time to time.
    printed
        What each entrant printed first.
    """

    outcomes: list[Outcome]
    agent_reports: list[AgentReport]
    ticks: int
    hash: dict[str, int]
    seconds: list[float] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)


def _trusted_seat(entrant: Entrant, slots: NDArray[np.int64], setting: Setting) -> AgentSeat:
    """Return the seat of an entrant that plays in the scorer's own process, without limits."""
    report, name = AgentReport(), entrant.manifest.name
    try:
        agent = instantiate(load_class(entrant.folder, entrant.manifest), setting, entrant.folder, name)
    except AgentError as error:
        report.end("did not start", 0, str(error))
        agent = Agent(setting, entrant.folder)  # is not asked for actions any more
    return AgentSeat(agent, slots, setting, name, report)


def _bot_seat(name: str, slots: NDArray[np.int64], setting: Setting) -> AgentSeat:
    """Return the seat of a bot, which fails with an error."""
    try:
        return AgentSeat(load_agent(name, setting), slots, setting, name)
    except AgentError as error:
        raise _bot_failed(error) from error


def _bot_failed(error: AgentError) -> ScoreError:
    return ScoreError(f"a bot failed, so that the match counts for nothing: {error}")


def seats_of(track: Track, fixture: Fixture) -> list[NDArray[np.int64]]:
    """Return the slots of each seat of a fixture, in the order of ``Fixture.seats``."""
    return [track.seat_slots(fixture.first_seat + number) for number in range(len(fixture.seats))]


def _bot_slots(
    track: Track, fixture: Fixture, seats: Sequence[NDArray[np.int64]]
) -> list[tuple[str, NDArray[np.int64]]]:
    """Return the bots of a fixture, each with its slots: in PvE all slots that the entrant has not, dealt in turn."""
    if track.kind == "pvp":
        empty = [number for number, entrant in enumerate(fixture.seats) if entrant == BOT]
        return [(track.bots[place % len(track.bots)], seats[number]) for place, number in enumerate(empty)]
    others = np.setdiff1d(np.arange(track.config.n_players), seats[0])
    of = (others // track.config.team_size) % len(track.bots)
    parts = [(bot, others[of == number]) for number, bot in enumerate(track.bots)]
    return [(bot, slots) for bot, slots in parts if len(slots)]


def play_fixture(
    track: Track,
    fixture: Fixture,
    entrants: Sequence[Entrant],
    sandbox: Sandbox | None,
    replay: Path | None = None,
) -> MatchResult:
    """Play a match of a competition.

    Parameters
    ----------
    track, fixture
        What is played.
    entrants
        All entrants of the competition, by their numbers.
    sandbox
        Where they play; None lets them play in this process, with all its rights.
    replay
        Where the replay is written: the whole file, or none.

    Raises
    ------
    nmmo.score.ScoreError
        If a bot fails, or a sandbox cannot be made. What entrants do wrong is in their reports.
    OSError
        If the replay cannot be written, or a process cannot be made.
    """
    config = track.config.replace(map_seed=fixture.map_seed)
    setting = setting_of(config)
    slots_of = seats_of(track, fixture)
    names = [""] * config.n_players
    with ExitStack() as stack:
        shared = SharedObservations(config.n_players, setting.observation.itemsize)
        world = stack.enter_context(World(config, fixture.seed, buffers={"observations": shared.array}))
        playing: list[AgentProcess | AgentSeat] = []
        seeds: list[int] = []
        for number, of in enumerate(fixture.seats):
            if of == BOT:
                continue
            entrant, slots = entrants[of], slots_of[number]
            if sandbox is None:
                playing.append(_trusted_seat(entrant, slots, setting))
            else:
                part = shared.share(int(slots[0]), len(slots))
                playing.append(
                    AgentProcess(sandbox, entrant.folder, entrant.manifest, setting, slots, track.ticks, part)
                )
            stack.callback(playing[-1].close)
            seeds.append(seat_seed(fixture.seed, number))
            for slot in slots:
                names[slot] = entrant.name
        bots: list[AgentSeat] = []
        for number, (bot, slots) in enumerate(_bot_slots(track, fixture, slots_of)):
            bots.append(_bot_seat(bot, slots, setting))
            seeds.append(seat_seed(fixture.seed, len(fixture.seats) + number))
            for slot in slots:
                names[slot] = f"bot {bot}"

        part_file = None if replay is None else replay.with_name(f"{replay.stem}.part{replay.suffix}")
        recorder = None
        if part_file is not None:
            part_file.parent.mkdir(parents=True, exist_ok=True)
            notes = {"match": fixture.id}
            recorder = Recorder(world, part_file, players=names, notes=notes, episodes=1, overwrite=True)
        try:
            world.reset(fixture.seed)
            referee = Referee(track, world, slots_of)
            try:
                play_match(world, [*playing, *bots], ticks=track.ticks, observers=[referee], seeds=seeds)
            except AgentError as error:  # of a bot: entrants have reports
                raise _bot_failed(error) from error
            for seat in playing:
                seat.close()
            processes = [seat if isinstance(seat, AgentProcess) else None for seat in playing]
            result = MatchResult(
                outcomes=referee.outcomes(world),
                agent_reports=[seat.report for seat in playing if seat.report is not None],
                ticks=world.tick,
                hash=world.hash(),
                seconds=[0.0 if process is None else round(process.cpu_seconds, 3) for process in processes],
                printed=["" if process is None else process.output.decode("utf-8", "replace") for process in processes],
            )
            if recorder is not None and part_file is not None and replay is not None:
                recorder.close()
                with part_file.open("rb+") as file:
                    os.fsync(file.fileno())
                os.replace(part_file, replay)
            return result
        except BaseException:
            if recorder is not None and part_file is not None:
                with suppress(Exception):
                    recorder.close()
                part_file.unlink(missing_ok=True)
            raise
