"""How long commands show how far they are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from nmmo.cli.console import make_console

__all__ = ["Progress", "progress"]

SECONDS_BETWEEN_LINES = 60.0


class Progress(Protocol):
    """Takes how much is done of how much, and a note to show beside it."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...


@contextmanager
def progress(what: str, unit: str = "") -> Iterator[Progress]:
    """Show a bar on standard error where that is a terminal; elsewhere one line per minute.

    Parameters
    ----------
    what
        What is going on, in a word or two.
    unit
        What is counted, in the plural.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = make_console(stderr=True)
    if not console.is_terminal:
        said = time.monotonic()

        def tell(done: int, total: int, note: str = "") -> None:
            nonlocal said
            if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
                said = time.monotonic()
                print(f"{what}: {done:,} of {total:,} {unit}".rstrip(), file=console.file, flush=True)

        yield tell
        return
    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TextColumn(unit),
        TimeRemainingColumn(), TextColumn("{task.fields[note]}", markup=False),
    )  # fmt: skip
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None, note="")

        def show(done: int, total: int, note: str = "") -> None:
            bar.update(task, completed=done, total=total, note=note)

        yield show
