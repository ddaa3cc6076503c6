"""The topics of `nmmo bench`, and what a topic is."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from nmmo.bench.figures import FigureTable
from nmmo.bench.machine_load import MachineLoad

TOPICS: Final[dict[str, str]] = {  # name: what it measures; the module nmmo.bench.NAME has a class Topic
    "world": "the world of --preset: ways of stepping, phases, resets, memory",
    "sizes": "worlds of 64 to 16,384 players, all equally densely settled",
    "crowded": "a small map on which players fight and trade",
    "envs": "the environments of PettingZoo and Gymnasium beside the world of --preset",
    "replay": "recording, verifying and reading scripted play in the world of --preset",
}
if importlib.util.find_spec("pygame") is not None:
    TOPICS["render"] = "drawing the world of --preset near and far, and pictures as arrays"


@dataclass(frozen=True)
class Settings:
    """What the user chose. A topic has its own idea of what is None."""

    preset: str
    seed: int
    repeats: int
    ticks: int | None = None
    warm_up: int | None = None
    quick: bool = False

    def warm_up_or(self, ticks: int) -> int:
        """Return the ticks of warm-up: the user's choice, which may be 0, or else these."""
        return ticks if self.warm_up is None else self.warm_up


@dataclass
class TopicResult:
    """What a topic found."""

    title: str
    conditions: dict[str, Any]  # figures can be compared where these are equal
    played: dict[str, Any]  # what followed from them: how the games ended, and so on
    lines: Sequence[str]  # the same for people
    tables: Sequence[FigureTable] = field(default_factory=list)
    other_load_cores: float | None = None  # that other programs used meanwhile, on average; None: unknown


class Topic(Protocol):
    """One subject of measurement. Its maker takes ``Settings`` and plays the games to be measured."""

    def measure(self, round_: int) -> None:
        """Measure everything once."""

    def result(self) -> TopicResult:
        """Return the result, after the last round."""

    def close(self) -> None:
        """Free the worlds."""


def topic(name: str, settings: Settings) -> Topic:
    """Make a topic ready to be measured.

    Raises
    ------
    nmmo.bench.recording.TooShort
        If its world is over before anything can be measured.
    """
    made: Topic = importlib.import_module(f"nmmo.bench.{name}").Topic(settings)
    return made


def measure(name: str, settings: Settings, say: Callable[[str], None]) -> TopicResult:
    """Measure a topic, round by round.

    Parameters
    ----------
    name
        A key of ``TOPICS``.
    settings
        What the user chose.
    say
        Takes a line about the progress.

    Raises
    ------
    nmmo.bench.recording.TooShort, nmmo.bench.recording.GameDiffers
        As ``topic``; or if a way of stepping played another game.
    """
    say(f"{name}: playing the games to be measured")
    made = topic(name, settings)
    load = MachineLoad()
    try:
        for round_ in range(settings.repeats):
            say(f"{name}: round {round_ + 1} of {settings.repeats}")
            made.measure(round_)
        meanwhile = load.cores()
        return replace(made.result(), other_load_cores=meanwhile)
    finally:
        made.close()
