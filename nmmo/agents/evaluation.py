"""How good agents are, on maps that nobody trained on: means over worlds, with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nmmo.agents.metrics import METRICS
from nmmo.agents.series import HELD_OUT_MAP_SEED, Contestants, MatchMetrics, Series
from nmmo.agents.statistics import CONFIDENCE, Estimate, estimate
from nmmo.core.config import ConfigLike
from nmmo.core.engine_info import rules_version
from nmmo.core.observers import WorldObserver
from nmmo.version import __version__

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True)
class Evaluation:
    """What the matches of a series came to.

    Attributes
    ----------
    series
        What was to be played.
    results
        What was played: all its matches, or fewer where it was interrupted.
    """

    series: Series
    results: tuple[MatchMetrics, ...]

    @property
    def names(self) -> list[str]:
        """The contestants."""
        return self.series.names

    def values(self, name: str, metric: str) -> list[float | None]:
        """Return a contestant's metric in each of the worlds that it played; None where it does not exist.

        Raises
        ------
        KeyError
            If there is no such contestant or metric.
        """
        if name not in self.names:
            raise KeyError(f"there is no contestant {name!r}; there are {', '.join(self.names)}")
        number = self.names.index(name)
        return [
            result.metrics[result.planned.contestants.index(number)][metric]
            for result in self.results
            if number in result.planned.contestants
        ]

    def estimate(self, name: str, metric: str) -> Estimate:
        """Return a contestant's metric: its mean over worlds, and the 95% interval of that mean.

        Worlds are the sample, because slots of one world are not independent of each other.

        Raises
        ------
        KeyError
            If there is no such contestant or metric.
        """
        return estimate(self.values(name, metric))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it: settings, estimates, and the metrics of each world."""
        series = self.series
        return {
            "nmmo": __version__,
            "rules": rules_version(),
            "config": series.config.to_dict(),
            "ticks": series.ticks,
            "maps": series.maps,
            "seeds": series.seeds,
            "map_seed": series.map_seed,
            "separate": series.separate,
            "confidence": CONFIDENCE,
            "finished": len(self.results) == len(series.matches),
            "agents": [
                {
                    "name": name,
                    **({"origin": contestant.origin} if contestant.origin else {}),
                    "metrics": {
                        metric.name: {
                            "mean": found.mean,
                            "half_width": found.half_width,
                            "worlds": found.n,
                        }
                        for metric in METRICS
                        for found in [self.estimate(name, metric.name)]
                    },
                }
                for name, contestant in zip(self.names, series.contestants, strict=True)
            ],
            "worlds": [
                {
                    "map_seed": result.planned.map_seed,
                    "seed": result.planned.seed,
                    "rotation": result.planned.rotation,
                    "ticks": result.ticks,
                    "hash": {section: f"{value:016x}" for section, value in result.hash.items()},
                    "agents": [
                        {"name": self.names[number], "slots": slots, "metrics": metrics}
                        for number, slots, metrics in zip(
                            result.planned.contestants, result.slots, result.metrics, strict=True
                        )
                    ],
                }
                for result in self.results
            ],
        }


def evaluate(
    agents: Contestants,
    *,
    config: ConfigLike | None = None,
    ticks: int = 2000,
    maps: int = 5,
    seeds: int = 1,
    map_seed: int = HELD_OUT_MAP_SEED,
    separate: bool = False,
    trust: bool = False,
    observers: Sequence[WorldObserver] = (),
) -> Evaluation:
    """Let agents play, and measure how well they do.

    Parameters
    ----------
    agents
        Names of agents that come with nmmo, folders, or ``Contestant`` objects.
    config
        Of the worlds, as for ``nmmo.World``. Its ``map_seed`` is replaced by that of each match.
    ticks
        Of a match.
    maps, seeds
        How many maps, and how many episodes on each: ``maps * seeds`` worlds for each agent.
    map_seed
        Of the first map; the others follow. Training keeps away from the default and above.
    separate
        Each agent alone in worlds of its own, the same for all. Otherwise they share each world, and slots
        are dealt to them in turn (whole teams, where there are teams), another one first in each world.
    trust
        Needed for folders that did not come with nmmo: their code runs with all the user's rights.
    observers
        Observe the worlds, one after another; those that are a ``MatchObserver`` are also notified of each match.

    Returns
    -------
    Evaluation
        The same for the same arguments, if the agents draw from their ``rng`` alone.

    Raises
    ------
    AgentError
        If an agent cannot be loaded, or fails in play.
    TypeError, ValueError
        If a number is out of its range.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> import nmmo
    >>> from nmmo.agents import evaluate
    >>> found = evaluate(["random"], config=nmmo.Config.preset("small"), ticks=50, maps=2)
    >>> found.estimate("random", "score").n
    2
    """
    series = Series(
        agents,
        config=config,
        ticks=ticks,
        maps=maps,
        seeds=seeds,
        map_seed=map_seed,
        separate=separate,
        trust=trust,
    )
    return Evaluation(series, tuple(series.play(planned, observers) for planned in series.matches))
