"""Matches: which worlds an evaluation plays, who has which slots in them, and playing them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.base import Agent, Setting
from nmmo.agents.cast import Cast, deal
from nmmo.agents.errors import AgentError
from nmmo.agents.figures import Tally
from nmmo.agents.folder import instantiate, open_agent
from nmmo.agents.names import different_names
from nmmo.agents.setting import setting_of
from nmmo.core import _engine
from nmmo.core.arguments import as_integer
from nmmo.core.config import Config, config_or_default
from nmmo.core.world import World

__all__ = ["HELD_OUT_MAP_SEED", "Contestant", "Contestants", "Match", "Observer", "Result", "Series"]

HELD_OUT_MAP_SEED: Final = 1_000_000
"""Maps from here on are kept for evaluation; training uses others."""

MOST_MAP_SEED: Final = int(Config.__dataclass_fields__["map_seed"].metadata["most"])
MOST_WORLDS: Final = 1_000_000
MOST_TICKS: Final = 2**32 - 1


@dataclass(frozen=True)
class Contestant:
    """Somebody to evaluate.

    Attributes
    ----------
    name
        What tables call it.
    make
        Makes a player for a setting; called once for each world.
    """

    name: str
    make: Callable[[Setting], Agent]

    @classmethod
    def open(cls, name_or_path: str | os.PathLike[str], trust: bool = False) -> Contestant:
        """An agent that comes with nmmo, or an agent's folder. Its code is run once, here.

        Raises
        ------
        AgentError, OSError
            As by ``load_agent``.
        """
        folder = open_agent(name_or_path)
        kind, name = folder.load_class(trust), folder.manifest.name
        return cls(name, lambda setting: instantiate(kind, setting, folder.path, name))


Contestants: TypeAlias = Sequence[str | os.PathLike[str] | Contestant]


@dataclass(frozen=True)
class Match:
    """One world that is played.

    Attributes
    ----------
    index
        Its place in the series, from 0.
    map_seed, seed
        Of the world's map, and of the episode.
    players
        The numbers of the contestants that play, in the order of the cast.
    rotation
        How the slots are dealt to them: see ``deal``.
    """

    index: int
    map_seed: int
    seed: int
    players: tuple[int, ...]
    rotation: int


@dataclass(frozen=True)
class Result:
    """What a match came to.

    Attributes
    ----------
    match
        Which.
    ticks
        How many were played: fewer than asked for where the world was over earlier.
    slots
        How many slots each of its players had.
    figures
        The figures of each of its players, by name; see ``FIGURES``.
    hash
        The world's hashes at the end, by section: the proof of which game was played.
    """

    match: Match
    ticks: int
    slots: tuple[int, ...]
    figures: tuple[dict[str, float | None], ...]
    hash: dict[str, int]


class Observer:
    """Somebody who watches matches: a progress bar, a recorder. Subclass it; every method may stay as it is.

    An observer reads; a match that is watched is the same as one that is not.
    """

    def begin(self, match: Match, world: World, cast: Cast) -> None:
        """A match begins: the world was reset, nothing has been played."""

    def tick(self, match: Match, world: World, actions: NDArray[np.int64]) -> None:
        """A tick was played, with these actions; ``world.tick`` is its number."""

    def end(self, match: Match, world: World) -> None:
        """The match is over. It is not called for a match that an error or Ctrl-C ends."""


class Series:
    """The matches of an evaluation.

    Parameters
    ----------
    contestants
        Names of shipped agents, folders, or ``Contestant`` objects.
    config
        Of the worlds. Default: the preset "large". Its ``map_seed`` is replaced by that of each match.
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
        config: Config | None = None,
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

    def _plan(self) -> list[Match]:
        everybody = tuple(range(len(self.contestants)))
        tables = [(number,) for number in everybody] if self.separate else [everybody]
        planned: list[Match] = []
        for number in range(self.maps * self.seeds):
            place, episode = self.map_seed + number // self.seeds, number % self.seeds
            seed = _engine.derive_seed(place, episode)
            for players in tables:
                planned.append(Match(len(planned), place, seed, players, number % len(players)))
        return planned

    def play(self, match: Match, observers: Sequence[Observer] = ()) -> Result:
        """Play one match.

        Parameters
        ----------
        match
            One of ``matches``. The order in which they are played changes nothing.
        observers
            Told of its beginning, of each tick and of its end.

        Raises
        ------
        AgentError
            If an agent fails; the message names it.
        """
        config = self.config.replace(map_seed=match.map_seed)
        setting = setting_of(config)
        with World(config, match.seed, final_observations=True) as world:
            world.reset(match.seed)
            cast = Cast(
                [self.contestants[number].make(setting) for number in match.players],
                config,
                deal(len(match.players), config, match.rotation),
                [self.names[number] for number in match.players],
            )
            cast.reset(world.seed)
            tally = Tally(world)
            for observer in observers:
                observer.begin(match, world, cast)
            while world.tick < self.ticks and not world.over:
                actions = cast.act(world)
                info: dict[str, Any] = world.step(actions)[4]
                tally.count(world, info)
                for observer in observers:
                    observer.tick(match, world, actions)
            for observer in observers:
                observer.end(match, world)
            tally.finish(world)
            slots = [cast.slots(part) for part in range(len(match.players))]
            return Result(
                match=match,
                ticks=world.tick,
                slots=tuple(len(some) for some in slots),
                figures=tuple(tally.figures(some) for some in slots),
                hash=world.hash(),
            )
