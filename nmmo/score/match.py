"""Playing one match: the world, the agents in their sandboxes, the bots, the referee, the replay."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.answers import checked_answer
from nmmo.agents.base import Setting
from nmmo.agents.cast import SEEDS_OF_AGENTS
from nmmo.agents.errors import AgentError
from nmmo.agents.folder import instantiate, open_agent
from nmmo.agents.loading import agent_code, load_class
from nmmo.agents.manifest import Manifest
from nmmo.agents.setting import setting_of
from nmmo.core import _engine
from nmmo.core.world import World
from nmmo.replay import Recorder
from nmmo.score.errors import ScoreError
from nmmo.score.process import AgentProcess, Conduct, plain_text
from nmmo.score.rows import SharedRows
from nmmo.score.sandbox import Sandbox
from nmmo.score.tracks import Outcome, Referee, Track

__all__ = ["Match", "Played", "Player", "play", "seats_of"]

BOT: Final = -1
"""In place of an entrant's number."""


@dataclass(frozen=True)
class Match:
    """One match of an event, planned.

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
class Player:
    """An entrant as a match needs it."""

    name: str
    folder: Path
    manifest: Manifest


@dataclass
class Played:
    """What a match came to.

    Attributes
    ----------
    outcomes
        Of each seat, in the order of ``Match.seats``.
    conduct
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
    conduct: list[Conduct]
    ticks: int
    hash: dict[str, int]
    seconds: list[float] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)


class Seat(Protocol):
    """Somebody who plays some slots of a match."""

    conduct: Conduct
    rows: NDArray[np.uint8]

    def wait_ready(self) -> bool: ...
    def ring(self) -> None: ...
    def collect(self) -> NDArray[np.int64]: ...
    def close(self) -> Conduct: ...


class InProcess:
    """An agent that plays in the scorer's own process, without limits: bots, and whoever is trusted."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        setting: Setting,
        slots: NDArray[np.int64],
        seed: int,
        rows: NDArray[np.uint8] | None = None,
    ) -> None:
        self.conduct = Conduct()
        self.cpu_seconds = 0.0
        self.output = b""
        self.rows = np.zeros((len(slots), setting.observation.itemsize), np.uint8) if rows is None else rows
        self._folder, self._setting, self._name, self._n = folder, setting, manifest.name, len(slots)
        fields = setting.observation.fields
        assert fields is not None  # it is structured
        offset = int(fields["mask"][1])
        self._seen = self.rows[:]
        self._seen.flags.writeable = False
        self._mask = self._seen[:, offset : offset + setting.n_actions]
        self._shape = (self._n, 2) if setting.vocabulary else (self._n,)
        self._tick = 0
        self._agent: Any = None
        try:
            self._agent = instantiate(load_class(folder, manifest), setting, folder, self._name)
            with agent_code(f"agent {self._name!r} failed in reset(seed, slots)", folder):
                self._agent.reset(seed, slots)
        except AgentError as error:
            self._end("did not start", error)

    def _end(self, verdict: str, error: AgentError) -> None:
        self.conduct.verdict, self.conduct.reason = verdict, plain_text(str(error))
        self.conduct.tick = self._tick or None

    def wait_ready(self) -> bool:
        """Whether it plays."""
        return self.conduct.verdict == "played"

    def ring(self) -> None:
        """Rows are there."""
        self._tick += 1

    def collect(self) -> NDArray[np.int64]:
        """Its actions, or waits."""
        if self.wait_ready():
            try:
                with agent_code(f"agent {self._name!r} failed in act(rows, mask)", self._folder):
                    answer = self._agent.act(self._seen, self._mask)
                try:
                    return checked_answer(answer, self._n, self._setting, self._name).astype(np.int64)
                except AgentError as error:
                    self.conduct.illegal += 1
                    self.conduct.first_illegal = self.conduct.first_illegal or plain_text(
                        f"tick {self._tick}: {error}"
                    )
            except AgentError as error:
                self._end("crashed", error)
        self.conduct.waited += 1
        return np.zeros(self._shape, np.int64)

    def close(self) -> Conduct:
        """How it behaved."""
        return self.conduct


def seats_of(track: Track, match: Match) -> list[NDArray[np.int64]]:
    """The slots of each seat of a match, in the order of ``Match.seats``."""
    return [track.seat_slots(match.first_seat + number) for number in range(len(match.seats))]


def _bot_parts(
    track: Track, match: Match, seats: Sequence[NDArray[np.int64]]
) -> list[tuple[str, NDArray[np.int64]]]:
    """The bots of a match, each with its slots: in PvE all slots that the entrant has not, dealt in turn."""
    if track.kind == "pvp":
        empty = [number for number, entrant in enumerate(match.seats) if entrant == BOT]
        return [(track.bots[place % len(track.bots)], seats[number]) for place, number in enumerate(empty)]
    others = np.setdiff1d(np.arange(track.config.n_players), seats[0])
    of = (others // track.config.team_size) % len(track.bots)
    parts = [(bot, others[of == number]) for number, bot in enumerate(track.bots)]
    return [(bot, slots) for bot, slots in parts if len(slots)]


def play(
    track: Track,
    match: Match,
    players: Sequence[Player],
    sandbox: Sandbox | None,
    replay: Path | None = None,
    after_tick: Callable[[int], None] | None = None,
) -> Played:
    """Play a match.

    Parameters
    ----------
    track, match
        What.
    players
        All entrants, by their numbers.
    sandbox
        Where they play; None lets them play in this process, with all its rights.
    replay
        Where the replay is written: the whole file, or none.
    after_tick
        Called with each tick's number.

    Raises
    ------
    nmmo.score.ScoreError
        If a bot fails, or a sandbox cannot be made. What entrants do wrong is in their conduct.
    OSError
        If the replay cannot be written, or a process cannot be made.
    """
    config = track.config.replace(map_seed=match.map_seed)
    setting = setting_of(config)
    slots_of = seats_of(track, match)
    names = [""] * config.n_players
    with ExitStack() as stack:
        rows = SharedRows(config.n_players, setting.observation.itemsize)
        world = stack.enter_context(World(config, match.seed, buffers={"observations": rows.array}))
        entrants: list[tuple[Any, NDArray[np.int64]]] = []
        for number, entrant in enumerate(match.seats):
            if entrant == BOT:
                continue
            player, slots = players[entrant], slots_of[number]
            seed = _engine.derive_seed(match.seed, SEEDS_OF_AGENTS + number)
            seat: Any
            first, count = int(slots[0]), len(slots)
            if sandbox is None:
                own = rows.array[first : first + count]
                seat = InProcess(player.folder, player.manifest, setting, slots, seed, own)
            else:
                shared = rows.share(first, count)
                seat = AgentProcess(
                    sandbox, player.folder, player.manifest, setting, slots, seed, track.ticks, shared
                )
            stack.callback(seat.close)
            entrants.append((seat, slots))
            for slot in slots:
                names[slot] = player.name
        bots: list[tuple[Any, NDArray[np.int64]]] = []
        for number, (bot, slots) in enumerate(_bot_parts(track, match, slots_of)):
            found = open_agent(bot)
            seed = _engine.derive_seed(match.seed, SEEDS_OF_AGENTS + len(match.seats) + number)
            bots.append((InProcess(found.path, found.manifest, setting, slots, seed), slots))
            for slot in slots:
                names[slot] = f"bot {bot}"

        part = None if replay is None else replay.with_name(f"{replay.stem}.part{replay.suffix}")
        recorder = None
        if part is not None:
            part.parent.mkdir(parents=True, exist_ok=True)
            recorder = Recorder(
                world, part, players=names, notes={"match": match.id}, episodes=1, overwrite=True
            )
        try:
            world.reset(match.seed)
            referee = Referee(track, world, slots_of)
            for seat, _ in entrants:
                seat.wait_ready()
            actions = np.zeros((config.n_players, 2) if config.vocabulary else config.n_players, np.int64)
            while world.tick < track.ticks and not world.over:
                for seat, _ in entrants:
                    seat.ring()
                for seat, slots in bots:
                    np.take(rows.array, slots, axis=0, out=seat.rows, mode="clip")
                    seat.ring()
                    actions[slots] = seat.collect()
                for seat, slots in reversed(entrants):  # who was rung last answers last, as a rule
                    actions[slots[0] : slots[-1] + 1] = seat.collect()
                world.step(actions)
                referee.tick(world)
                if after_tick is not None:
                    after_tick(world.tick)
            for seat, _ in bots:
                if seat.conduct.verdict != "played" or seat.conduct.illegal:
                    raise ScoreError(
                        f"a bot failed, so that the match counts for nothing: {seat.conduct.words()}"
                    )
            played = Played(
                outcomes=referee.outcomes(world),
                conduct=[seat.close() for seat, _ in entrants],
                ticks=world.tick,
                hash=world.hash(),
                seconds=[round(seat.cpu_seconds, 3) for seat, _ in entrants],
                printed=[seat.output.decode("utf-8", "replace") for seat, _ in entrants],
            )
            if recorder is not None and part is not None and replay is not None:
                recorder.close()
                with part.open("rb+") as file:
                    os.fsync(file.fileno())
                os.replace(part, replay)
            return played
        except BaseException:
            if recorder is not None and part is not None:
                with suppress(Exception):
                    recorder.close()
                part.unlink(missing_ok=True)
            raise
