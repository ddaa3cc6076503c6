"""What a person sees of a run: a live table on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from nmmo.train.loop import Turn

__all__ = ["Dashboard"]

PLAIN_SECONDS = 10.0  # between two lines where nothing can be drawn

GAME = (
    ("living/score", "score of the living"), ("living/best_score", "best of them"),
    ("living/combat_level", "combat level"), ("living/harvest_level", "harvest level"),
    ("living/age", "age, ticks"), ("living/worn_tiers", "tiers worn"), ("living/gold", "gold"),
    ("living/beyond", "beyond danger 1"),
    ("finished/score", "score of ended lives"), ("finished/age", "age of ended lives"),
    ("lives_ended", "lives ended"), ("market/mean_price", "mean price"),
)  # fmt: skip
RATES = (
    ("per_1000/harvests", "harvests"), ("per_1000/monster_kills", "monsters killed"),
    ("per_1000/player_kills", "players killed"), ("per_1000/equipped", "things put on"),
    ("per_1000/consumed", "things consumed"), ("per_1000/sales", "purchases"),
    ("per_1000/refused", "actions refused"),
)  # fmt: skip
LEARNING = (
    ("learning/policy_loss", "policy loss"), ("learning/value_loss", "value loss"),
    ("learning/entropy", "entropy"), ("learning/divergence", "divergence"), ("learning/clipped", "clipped"),
    ("learning/explained_variance", "explained variance"), ("learning/gradient_norm", "gradient norm"),
    ("learning_rate", "rate, share"), ("reward", "reward, a step"),
)  # fmt: skip


def _memory() -> str:
    from nmmo.cli.machine import resident_bytes

    size = resident_bytes()
    return f"{size / 2**30:.1f} GiB" if size is not None else "unknown"


def _duration(seconds: float) -> str:
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _column(title: str, names: tuple[tuple[str, str], ...], figures: Mapping[str, float]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, show_header=False, padding=(0, 1)
    )
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, label in names:
        if name in figures:
            table.add_row(label, _number(figures[name]))
    return table


class Dashboard:
    """Shows the turns of a run. A context manager.

    Parameters
    ----------
    name
        Of the run.
    console
        Where to; where it is no terminal, a plain line every ten seconds.
    """

    def __init__(self, name: str, console: Console) -> None:
        self.name = name
        self.console = console
        self._live = (
            Live(console=console, auto_refresh=False, transient=False) if console.is_terminal else None
        )
        self._shown = 0.0
        self._speed = 0.0
        self._last: Turn | None = None
        self._printed: Turn | None = None
        self._began: tuple[float, float] | None = None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        elif self._last is not None and self._last is not self._printed:
            self._print(self._last)

    def show(self, turn: Turn) -> None:
        """Show a turn."""
        speed = turn.figures["speed"]
        self._speed = speed if self._last is None else 0.9 * self._speed + 0.1 * speed
        self._last = turn
        if self._began is None:  # the rest is estimated from this process's own pace
            self._began = (turn.progress, turn.seconds)
        now = time.monotonic()
        if self._live is not None:
            self._live.update(self._drawn(turn), refresh=True)
        elif self._printed is None or now - self._shown >= PLAIN_SECONDS:
            self._shown = now
            self._print(turn)

    def note(self, text: str) -> None:
        """Say something that stays: above the table, or as a line."""
        self.console.print(text, highlight=False)

    def _left(self, turn: Turn) -> str:
        progress, seconds = self._began or (0.0, 0.0)
        done = turn.progress - progress
        if done <= 0:
            return "?"
        return _duration((turn.seconds - seconds) / done * (1 - turn.progress))

    def _print(self, turn: Turn) -> None:
        self._printed = turn
        figures = turn.figures
        self.note(
            f"update {turn.update:,}: {turn.progress:.1%} of the run, {turn.steps:,} agent-steps, "
            f"{self._speed:,.0f} a second, "
            f"{_duration(turn.seconds)} gone, {self._left(turn)} left; score of the living "
            f"{figures['living/score']:.2f}, age {figures['living/age']:.0f}, "
            f"entropy {figures['learning/entropy']:.2f}"
        )

    def _drawn(self, turn: Turn) -> Group:
        figures = turn.figures
        head = Table.grid(padding=(0, 2))
        head.add_row(
            Text(f"nmmo train  {self.name}", style="bold"),
            ProgressBar(total=1.0, completed=turn.progress, width=30),
            f"{turn.progress:.1%}",
            f"{_duration(turn.seconds)} gone, {self._left(turn)} left",
        )
        head.add_row(
            f"update {turn.update:,}",
            f"{turn.steps:,} agent-steps",
            f"{self._speed:,.0f}/s",
            f"memory {_memory()}",
        )
        times = Table.grid(padding=(0, 2))
        shares = {
            name.removeprefix("time/"): share for name, share in figures.items() if name.startswith("time/")
        }
        times.add_row(
            "time:", *(f"{name} {share:.0%}" for name, share in sorted(shares.items(), key=lambda x: -x[1]))
        )
        causes = {
            name.removeprefix("deaths/"): share
            for name, share in figures.items()
            if name.startswith("deaths/")
        }
        deaths = Table.grid(padding=(0, 2))
        deaths.add_row(
            "lives end by:",
            *(f"{name} {share:.0%}" for name, share in sorted(causes.items(), key=lambda x: -x[1])),
        )
        body = Table.grid(padding=(0, 3))
        cells = [
            _column("game", GAME, figures),
            _column("per 1,000 steps", RATES, figures),
            _column("learning", LEARNING, figures),
        ]
        scores = tuple((name, name.removeprefix("score/")) for name in figures if name.startswith("score/"))
        if scores:
            cells.append(_column("score by player", scores, figures))
        body.add_row(*cells)
        return Group(head, times, Text(), body, deaths if causes else Text())
