"""The display of a run: a live table on a terminal, a line at intervals elsewhere."""

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

from nmmo.machine import resident_bytes
from nmmo.train.trainer import TrainStep

__all__ = ["Dashboard"]

PLAIN_SECONDS = 10.0  # between two lines where nothing can be drawn

GAME = (
    ("living/score", "score of the living"), ("living/best_score", "best of them"),
    ("living/combat_level", "combat level"), ("living/harvest_level", "harvest level"),
    ("living/age", "age, ticks"), ("living/worn_tiers", "tiers worn"), ("living/gold", "gold"),
    ("living/beyond_danger_1", "beyond danger 1"),
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
    ("losses/policy_loss", "policy loss"), ("losses/value_loss", "value loss"),
    ("losses/entropy", "entropy"), ("losses/approx_kl", "approx. KL"), ("losses/clipfrac", "clip fraction"),
    ("losses/explained_variance", "explained variance"), ("losses/grad_norm", "gradient norm"),
    ("lr_scale", "learning rate, scale"), ("reward", "reward per step"),
)  # fmt: skip


def _memory() -> str:
    size = resident_bytes()
    return f"{size / 2**30:.1f} GiB" if size is not None else "unknown"


def _duration(seconds: float) -> str:
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _column(title: str, names: tuple[tuple[str, str], ...], metrics: Mapping[str, float]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, label in names:
        if name in metrics:
            table.add_row(Text(label), _number(metrics[name]))
    return table


class Dashboard:
    """Shows the steps of a run. A context manager.

    Parameters
    ----------
    name
        Of the run.
    console
        Where to; where it is not a terminal, a plain line every ten seconds.
    """

    def __init__(self, name: str, console: Console) -> None:
        self.name = name
        self.console = console
        self._live = Live(console=console, auto_refresh=False, transient=False) if console.is_terminal else None
        self._shown = 0.0
        self._speed = 0.0
        self._last: TrainStep | None = None
        self._printed: TrainStep | None = None
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

    def show(self, step: TrainStep) -> None:
        """Show a step of training."""
        speed = step.metrics["SPS"]
        self._speed = speed if self._last is None else 0.9 * self._speed + 0.1 * speed
        self._last = step
        if self._began is None:  # the rest is estimated from this process's own pace
            self._began = (step.progress, step.seconds)
        now = time.monotonic()
        if self._live is not None:
            self._live.update(self._drawn(step), refresh=True)
        elif self._printed is None or now - self._shown >= PLAIN_SECONDS:
            self._shown = now
            self._print(step)

    def note(self, text: str) -> None:
        """Say something that stays: above the table, or as a line."""
        self.console.print(text, highlight=False, markup=False, emoji=False)

    def _left(self, step: TrainStep) -> str:
        progress, seconds = self._began or (0.0, 0.0)
        done = step.progress - progress
        if done <= 0:
            return "?"
        return _duration((step.seconds - seconds) / done * (1 - step.progress))

    def _print(self, step: TrainStep) -> None:
        self._printed = step
        metrics = step.metrics
        self.note(
            f"update {step.update:,}: {step.progress:.1%} of the run, {step.steps:,} agent-steps, "
            f"{self._speed:,.0f} a second, "
            f"{_duration(step.seconds)} gone, {self._left(step)} left; score of the living "
            f"{metrics['living/score']:.2f}, age {metrics['living/age']:.0f}, "
            f"entropy {metrics['losses/entropy']:.2f}"
        )

    def _drawn(self, step: TrainStep) -> Group:
        metrics = step.metrics
        head = Table.grid(padding=(0, 2))
        head.add_row(
            Text(f"nmmo train  {self.name}", style="bold"),
            ProgressBar(total=1.0, completed=step.progress, width=30),
            f"{step.progress:.1%}",
            f"{_duration(step.seconds)} gone, {self._left(step)} left",
        )
        head.add_row(
            f"update {step.update:,}",
            f"{step.steps:,} agent-steps",
            f"{self._speed:,.0f}/s",
            f"memory {_memory()}",
        )
        times = Table.grid(padding=(0, 2))
        shares = {name.removeprefix("time/"): share for name, share in metrics.items() if name.startswith("time/")}
        times.add_row("time:", *(f"{name} {share:.0%}" for name, share in sorted(shares.items(), key=lambda x: -x[1])))
        causes = {name.removeprefix("deaths/"): share for name, share in metrics.items() if name.startswith("deaths/")}
        deaths = Table.grid(padding=(0, 2))
        deaths.add_row(
            "lives end by:",
            *(f"{name} {share:.0%}" for name, share in sorted(causes.items(), key=lambda x: -x[1])),
        )
        body = Table.grid(padding=(0, 3))
        cells = [
            _column("game", GAME, metrics),
            _column("per 1,000 steps", RATES, metrics),
            _column("learning", LEARNING, metrics),
        ]
        terms = tuple((name, name.removeprefix("reward/")) for name in metrics if name.startswith("reward/"))
        if len(terms) > 1:
            cells.append(_column("reward by term", terms, metrics))
        scores = tuple((name, name.removeprefix("score/")) for name in metrics if name.startswith("score/"))
        if scores:
            cells.append(_column("score by player", scores, metrics))
        body.add_row(*cells)
        return Group(head, times, Text(), body, deaths if causes else Text())
