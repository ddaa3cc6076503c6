"""Tracks: what is played, and what a match is worth.

PvE: an entrant's team among scripted agents. It is worth its slot score: min(combat level, harvest level),
averaged over all ticks that its slots lived, so that dying on purpose never pays. All entrants play the
same worlds from the same places.

PvP: teams in one world, as in the preset ``battle``: points for placement and for kills. That both count, and
that early places count far more, is in the manner of Neural MMO's competition of 2022 (Liu and others, "The
NeurIPS 2022 Neural MMO Challenge", PMLR 220); the numbers are this project's own choice. Each world is played
several times, and each time the entrants begin from other places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from nmmo import schema
from nmmo.agents.folder import agent_names
from nmmo.core.config import Config
from nmmo.core.enums import EventKind
from nmmo.core.observers import WorldObserver
from nmmo.core.world import World
from nmmo.schema import Where, setting
from nmmo.score.errors import CompetitionError

__all__ = ["KILL_POINTS", "PLACEMENT_POINTS", "Outcome", "Referee", "Track", "placements", "points"]

PLACEMENT_POINTS: Final = (10.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 1.0)
"""For the first place, the second and so on; none for those behind. Chosen here: half of 16 teams get something,
and the step to the first place is the largest."""
KILL_POINTS: Final = 0.5
"""For each player of another team that one of the team killed. A whole team, 8 players, is worth 4 points: as much
as the fourth place, so that killing helps and outlasting decides."""


NAME: Final = "[A-Za-z][A-Za-z0-9_-]{0,39}"
NAME_RULE: Final = "1 to 40 letters, digits, - and _, beginning with a letter"


@dataclass(frozen=True)
class Track:
    """One way of playing a competition."""

    name: str = setting(doc="What tables call it.", pattern=NAME, rule=NAME_RULE)
    kind: Literal["pve", "pvp"] = setting(doc="pve: alone among scripted agents; pvp: teams in one world.")
    config: Config = setting(doc="The configuration of its worlds, without the seed of the map.")
    ticks: int = setting(doc="How long a match lasts, at most.", least=1, most=1_000_000, unit="ticks")
    bots: tuple[str, ...] = setting(
        doc="Agents that come with nmmo: in PvE they are the company, in PvP they fill the teams that no entrant has.",
        least=1,
        choices=agent_names(),
    )
    slots: int = setting(doc="In PvE, how many slots an entrant has.", least=1, most=65_535)
    worlds: int = setting(doc="New worlds in each round.", least=1, most=10_000)
    rotations: int = setting(
        doc="In PvP, how often each world is played, each time from other places.", least=1, most=256
    )

    def __post_init__(self) -> None:
        config = self.config
        if self.kind == "pvp":
            if config.n_teams < 2:
                raise CompetitionError(f"track {self.name!r}: PvP needs teams: set team_size in its [world]")
            if config.lives != 1:
                raise CompetitionError(f"track {self.name!r}: in PvP a slot has one life: set lives = 1 in its [world]")
            if config.n_players % config.team_size:
                raise CompetitionError(f"track {self.name!r}: n_players must be a multiple of team_size")
        elif not 1 <= self.slots < config.n_players:
            raise CompetitionError(
                f"track {self.name!r}: slots = {self.slots} must leave some of {config.n_players} players"
            )
        elif config.team_size > 1 and self.slots != config.team_size:
            raise CompetitionError(f"track {self.name!r}: slots must be the team_size, {config.team_size}")

    @property
    def n_seats(self) -> int:
        """How many entrants play in one match."""
        return self.config.n_teams if self.kind == "pvp" else 1

    def seat_slots(self, seat: int) -> NDArray[np.int64]:
        """Return the slots of a seat: a team's, or in PvE a block of as many slots as an entrant has."""
        size = self.config.team_size if self.kind == "pvp" else self.slots
        return np.arange(seat * size, (seat + 1) * size, dtype=np.int64)


@dataclass(frozen=True)
class Outcome:
    """What one seat got out of a match.

    Attributes
    ----------
    score
        What counts: points in PvP, slot score in PvE.
    kills
        Players of other seats that it killed.
    place
        In PvP, its place; those who share one share the mean of their places.
    """

    score: float
    kills: int
    place: float | None = None


class Referee(WorldObserver):
    """Watches a match and says what it was worth: while it is played, and when its replay is.

    Parameters
    ----------
    track
        What is played.
    world
        Just reset.
    seats
        The slots of each seat that is to be judged; in PvP, of every team.
    """

    def __init__(self, track: Track, world: World, seats: Sequence[NDArray[np.int64]]) -> None:
        self._track = track
        self._seats = seats
        n = world.n_agents
        self._seat_of = np.full(n, -1)
        for number, slots in enumerate(seats):
            self._seat_of[slots] = number
        self._kills = np.zeros(len(seats), np.int64)
        self._fell = np.full(n, track.ticks + 1, np.int64)  # the tick at which a slot's life was over
        self._n = n

    def after_step(self, world: Any, actions: NDArray[np.uint8], observed: bool) -> None:
        """Count the tick that was just played."""
        events = world.events
        kills = events[(events["kind"] == EventKind.KILL) & (events["actor"] < self._n) & (events["target"] < self._n)]
        if len(kills):
            by, of = self._seat_of[kills["actor"]], self._seat_of[kills["target"]]
            counted = by[(by >= 0) & (by != of)]
            np.add.at(self._kills, counted, 1)
        if self._track.kind == "pvp":
            fallen = world.terminated if world.tick >= self._track.ticks else world.terminated | world.truncated
            if fallen.any():
                self._fell[fallen] = np.minimum(self._fell[fallen], world.tick)

    def outcomes(self, world: World) -> list[Outcome]:
        """Return what the match was worth to each seat, now that it is over."""
        if self._track.kind == "pve":
            players = world.players
            found = []
            for number, slots in enumerate(self._seats):
                ticks = int(players["ticks_lived"][slots].sum())
                score = int(players["score_sum"][slots].sum()) / ticks if ticks else 0.0
                found.append(Outcome(score, int(self._kills[number])))
            return found
        end = self._track.ticks + 1
        merit = [
            (
                int(self._fell[slots].max()),
                int((self._fell[slots] == end).sum()) if (self._fell[slots] == end).any() else 0,
            )
            for slots in self._seats
        ]
        places = placements(merit)
        return [
            Outcome(points(merit, number, int(kills)), int(kills), places[number])
            for number, kills in enumerate(self._kills)
        ]


def placements(merit: Sequence[Any]) -> list[float]:
    """Return the place of each of several, by merit, best first; those who share places get their mean."""
    return [1 + sum(other > own for other in merit) + (sum(other == own for other in merit) - 1) / 2 for own in merit]


def points(merit: Sequence[Any], number: int, kills: int) -> float:
    """Return the points of one of several teams, of its place (who shares places shares points) and of kills."""
    own = merit[number]
    first = sum(other > own for other in merit)
    shared = sum(other == own for other in merit)
    table = [
        PLACEMENT_POINTS[place] if place < len(PLACEMENT_POINTS) else 0.0 for place in range(first, first + shared)
    ]
    worth: float = sum(table) / shared + KILL_POINTS * kills
    return worth


def read_track(table: Any, where: Where) -> Track:
    """Return the track that a table of a competition's file describes.

    Raises
    ------
    nmmo.score.CompetitionError
        If there is no such track.
    """
    given = dict(table) if isinstance(table, dict) else where.fail(f"{where.path} must be a table: write [[track]]")
    kind = schema.read(Track, {"kind": given["kind"]} if "kind" in given else {}, where, names=("kind",))["kind"]
    world = given.pop("world", {})
    if isinstance(world, dict) and "map_seed" in world:
        where.fail(f"{where.name('world.map_seed')} cannot be set: the maps follow from the competition's secret")
    config = Config.read(world, where.at("world"), "battle" if kind == "pvp" else "small")
    defaults = {
        "name": kind,
        "config": config,
        "ticks": config.horizon or 1024,
        "bots": ("forager", "fighter", "trader"),
        "slots": config.team_size if config.team_size > 1 else 8,
        "worlds": 4,
        "rotations": 4 if kind == "pvp" else 1,
    }
    names = [field.name for field in fields(Track) if field.name != "config"]
    return schema.build(Track, given, where, names=names, defaults=defaults)
