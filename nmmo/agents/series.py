"""The matches of an evaluation: which worlds are played, who has which slots in them, and playing them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from nmmo.agents.base import Agent, Setting
from nmmo.agents.errors import AgentError
from nmmo.agents.folder import instantiate, open_agent
from nmmo.agents.match import Match
from nmmo.agents.metrics import Tally
from nmmo.agents.names import different_names
from nmmo.agents.seating import deal, seat_agents
from nmmo.agents.setting import setting_of
from nmmo.core.arguments import as_integer
from nmmo.core.config import Config, ConfigLike, config_or_default
from nmmo.core.observers import WorldObserver
from nmmo.core.seeds import derive_seed
from nmmo.core.world import World

__all__ = ["HELD_OUT_MAP_SEED", "Contestant", "Contestants", "MatchMetrics", "MatchObserver", "PlannedMatch", "Series"]

HELD_OUT_MAP_SEED: Final = 1_000_000
"""Maps from here on are kept for evaluation; training uses others."""

MOST_MAP_SEED: Final = int(Config.__dataclass_fields__["map_seed"].metadata["most"])
MOST_WORLDS: Final = 1_000_000
MOST_TICKS: Final = 2**32 - 1


@dataclass(frozen=True)
class Contestant:
    """An agent to evaluate.

    Attributes
    ----------
    name
        What tables call it.
    make
        Makes the agent for a setting; called once for each world.
    origin
        As ``AgentFolder`` has it: which checkpoint it is, of an agent that was found by a run's folder.
    """

    name: str
    make: Callable[[Setting], Agent]
    origin: str = ""

    @classmethod
    def open(cls, name_or_path: str | os.PathLike[str], trust: bool = False) -> Contestant:
        """Open an agent that comes with nmmo, or an agent's folder. Its code is run once, here.

        Raises
        ------
        AgentError, OSError
            As by ``load_agent``.
        """
        folder = open_agent(name_or_path)
        kind, name = folder.load_class(trust), folder.manifest.name
        return cls(name, lambda setting: instantiate(kind, setting, folder.path, name), folder.origin)


Contestants: TypeAlias = Sequence[str | os.PathLike[str] | Contestant]


@dataclass(frozen=True)
class PlannedMatch:
    """One world that is played.

    Attributes
    ----------
    index
        Its place in the series, from 0.
    map_seed, seed
        Of the world's map, and of the episode.
    contestants
        The numbers of those that play, in the order of their seats.
    rotation
        How the slots are dealt to them: see ``deal``.
    """

    index: int
    map_seed: int
    seed: int
    contestants: tuple[int, ...]
    rotation: int


@dataclass(frozen=True)
class MatchMetrics:
    """The metrics of a match that was played.

    Attributes
    ----------
    planned
        Which match.
    ticks
        How many were played: fewer than asked for where the world was over earlier.
    slots
        How many slots each of its players had.
    metrics
        The metrics of each of its players, by name; see ``METRICS``.
    hash
        The world's hashes at the end, by section: the proof of which game was played.
    """

    planned: PlannedMatch
    ticks: int
    slots: tuple[int, ...]
    metrics: tuple[dict[str, float | None], ...]
    hash: dict[str, int]


class MatchObserver(WorldObserver):
    """An observer of worlds that is also notified of the matches of a series, such as a recorder.

    The methods do nothing: override those that you need.
    """

    def begin_match(self, planned: PlannedMatch, match: Match) -> None:
        """Prepare for a match: the world and the seats were reset, nothing has been played."""

    def end_match(self, planned: PlannedMatch, match: Match) -> None:
        """Take note of a played match. Not called for a match that an error or Ctrl-C ends."""


class Series:
    """The matches of an evaluation.

    Parameters
    ----------
    contestants
        Names of shipped agents, folders, or ``Contestant`` objects.
    config
        Of the worlds, as for ``nmmo.World``. Its ``map_seed`` is replaced by that of each match.
    ticks
        Of a match.
    maps
        How many maps.
    seeds
        How many episodes on each map.
    map_seed
        Of the first map; the others follow.
    separate
        Each contestant alone in worlds of its own, instead of all together in each world.
    trust
        Needed for folders that did not come with nmmo: their code runs with all the user's rights.

    Attributes
    ----------
    names
        Of the contestants, in their order, each different: a second "random" is "random 2".
    matches
        What is to be played.

    Raises
    ------
    AgentError
        If a contestant cannot be loaded, or there are too many for a world.
    TypeError, ValueError
        If a number is out of its range.
    OSError
        If a file cannot be read.
    """

    def __init__(
        self,
        contestants: Contestants,
        *,
        config: ConfigLike | None = None,
        ticks: int = 2000,
        maps: int = 5,
        seeds: int = 1,
        map_seed: int = HELD_OUT_MAP_SEED,
        separate: bool = False,
        trust: bool = False,
    ) -> None:
        self.config = config_or_default(config)
        self.ticks = as_integer(ticks, "ticks", 1, MOST_TICKS)
        self.maps = as_integer(maps, "maps", 1, MOST_WORLDS)
        self.seeds = as_integer(seeds, "seeds", 1, MOST_WORLDS // self.maps)
        self.map_seed = as_integer(map_seed, "map_seed", 0, MOST_MAP_SEED - self.maps + 1)
        self.separate = bool(separate)
        if isinstance(contestants, (str, os.PathLike)):
            raise TypeError("contestants must be a list: write [name] for one")
        if not contestants:
            raise AgentError("there is nobody to evaluate: give at least one agent")
        deal(1 if separate else len(contestants), self.config)  # too many are refused before anything is run
        self.contestants = [
            given if isinstance(given, Contestant) else Contestant.open(given, trust) for given in contestants
        ]
        self.names = different_names([contestant.name for contestant in self.contestants])
        self.matches = self._plan()

    def _plan(self) -> list[PlannedMatch]:
        everybody = tuple(range(len(self.contestants)))
        tables = [(number,) for number in everybody] if self.separate else [everybody]
        planned: list[PlannedMatch] = []
        for number in range(self.maps * self.seeds):
            place, episode = self.map_seed + number // self.seeds, number % self.seeds
            seed = derive_seed(place, episode)
            for contestants in tables:
                planned.append(PlannedMatch(len(planned), place, seed, contestants, number % len(contestants)))
        return planned

    def play(self, planned: PlannedMatch, observers: Sequence[WorldObserver] = ()) -> MatchMetrics:
        """Play one match.

        Parameters
        ----------
        planned
            One of ``matches``. The order in which they are played changes nothing.
        observers
            Observe the world; those that are a ``MatchObserver`` are also notified of the match's beginning and end.

        Raises
        ------
        AgentError
            If an agent fails; the message names it.
        """
        config = self.config.replace(map_seed=planned.map_seed)
        setting = setting_of(config)
        last_rows = np.zeros((config.n_players, setting.observation.itemsize), np.uint8)
        with World(config, planned.seed, buffers={"final_observations": last_rows}) as world:
            world.reset(planned.seed)
            seats = seat_agents(
                [self.contestants[number].make(setting) for number in planned.contestants],
                config,
                deal(len(planned.contestants), config, planned.rotation),
                [self.names[number] for number in planned.contestants],
            )
            match = Match(world, seats)
            tally = Tally(world, last_rows)
            watching = [observer for observer in observers if isinstance(observer, MatchObserver)]
            for observer in watching:
                observer.begin_match(planned, match)
            match.play(self.ticks, [tally, *observers])
            for observer in watching:
                observer.end_match(planned, match)
            return MatchMetrics(
                planned=planned,
                ticks=world.tick,
                slots=tuple(len(seat.slots) for seat in seats),
                metrics=tuple(tally.metrics(seat.slots) for seat in seats),
                hash=world.hash(),
            )
