"""`nmmo score`: competitions. Check a submission, run an event, report it, verify it."""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from nmmo.agents import agent_names
from nmmo.cli.groups import Commands, run_group
from nmmo.cli.options import Count, Parser
from nmmo.score.check import check
from nmmo.score.errors import ScoreError
from nmmo.score.event import Event, new_event
from nmmo.score.limits import Limits
from nmmo.score.live import live_board
from nmmo.score.report import document, tables, write_report
from nmmo.score.run import folder_of, run
from nmmo.score.store import Store
from nmmo.score.verify import verify
from nmmo.score.words import counted

SECONDS_BETWEEN_LINES = 60.0
PLAIN_WIDTH = 140  # columns of text where no terminal says how many
TRUST_HELP = (
    "run strangers' code with all your rights, outside of the sandbox: only if you trust who wrote all of it"
)


def _console() -> Console:
    return Console(width=None if Console().is_terminal else PLAIN_WIDTH, highlight=False, soft_wrap=True)


def _entrant(text: str) -> tuple[str, str]:
    """An argument type: NAME=PATH."""
    name, equals, path = text.partition("=")
    if not name or not equals or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is no entrant; give NAME=PATH, such as ann=ann.zip")
    return name, path


def _add_event(parser: Parser) -> None:
    """Add the event's file and where its state lies."""
    parser.add_argument("event", type=Path, metavar="EVENT.toml", help="the event's file")
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="where its state lies (default: beside it, by its name)"
    )


@contextmanager
def _bar(console: Console, what: str, names: Sequence[str] = ()) -> Iterator[Any]:
    """A progress bar on a terminal, a line a minute elsewhere. Gives a function of (done, total, note)."""
    if not console.is_terminal:
        said = time.monotonic()

        def tell(done: int, total: int, note: str = "") -> None:
            nonlocal said
            if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
                said = time.monotonic()
                print(f"{done:,} of {counted(total, 'match', 'matches')}", file=console.file, flush=True)

        yield tell
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None, note="")
        yield lambda done, total, note="": progress.update(task, completed=done, total=total, note=note)


def check_(arguments: Sequence[str]) -> int:
    """`nmmo score check`."""
    parser = Parser(
        "score check",
        "Validate a folder or zip, let it play a short match in the scorer's sandbox, report its speed. The "
        "exit status is 1 when it would not be taken.",
    )
    parser.add_argument(
        "path", metavar="PATH", help="a folder, a zip, or the name of an agent that comes with nmmo"
    )
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    options = parser.parse_args(arguments)
    limits = Limits()
    found = check(options.path, limits, options.trust)
    manifest, conduct = found.submission.manifest, found.conduct
    console = _console()
    console.print(
        f"{manifest.name} {manifest.version}: {found.submission.n_files} files, "
        f"{found.submission.n_bytes:,} bytes, "
        f"SHA-256 {found.submission.digest[:16]}", markup=False,
    )  # fmt: skip
    per_tick = 1000 * found.seconds / found.ticks
    console.print(
        f"{found.ticks} ticks with 8 slots {'without' if options.trust else 'in'} the sandbox: score "
        f"{found.score:.2f}, "
        f"{found.seconds:.2f} s of processor time with its start ({limits.start_seconds:g} s are "
        "allowed to start), "
        f"at most {per_tick:.2f} ms a tick ({1000 * limits.tick_seconds:g} ms are)", markup=False,
    )  # fmt: skip
    if found.printed:
        console.print(
            "it printed:\n" + "\n".join("  " + ascii(line)[1:-1] for line in found.printed.splitlines()[:20]),
            markup=False,
        )
    if conduct.words():
        console.print(f"NOT GOOD: {conduct.words()}", markup=False)
        return 1
    console.print("good: it would be taken")
    return 0


def new(arguments: Sequence[str]) -> int:
    """`nmmo score new`."""
    parser = Parser("score new", "Write the file of a new event, and its secret.")
    parser.add_argument("event", type=Path, metavar="EVENT.toml", help="the file to write")
    parser.add_argument(
        "entrants",
        nargs="*",
        type=_entrant,
        metavar="NAME=PATH",
        help="entrants (default: the agents that come with nmmo)",
    )
    options = parser.parse_args(arguments)
    new_event(options.event, dict(options.entrants) or {name: name for name in agent_names()})
    print(
        f"written: {options.event}, and the secret {options.event.with_suffix('.secret')} "
        "(keep it until the end)"
    )
    return 0


def run_(arguments: Sequence[str]) -> int:
    """`nmmo score run`."""
    parser = Parser("score run", "Play an event, or go on with one that was interrupted.")
    _add_event(parser)
    parser.add_argument(
        "--workers",
        type=Count(1, 1024),
        default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        metavar="N",
        help="matches at once (default: one for each core); the result does not depend on it",
    )
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    options = parser.parse_args(arguments)
    event = Event.load(options.event)
    where = options.folder or folder_of(options.event)
    console, said = _console(), Console(stderr=True)
    console.print(
        f"{event.name}: {len(event.entrants)} entrants, commitment {event.commitment}", markup=False
    )
    if options.trust:
        print(
            "nmmo score: --trust: where there is no sandbox, agents run with all your rights", file=sys.stderr
        )
    names = list(event.entrants)
    with _bar(said, "matches") as show:

        def progress(store: Store, done: int, total: int) -> None:
            board = live_board(names, store.results()) if said.is_terminal else None
            leaders = ", ".join(f"{name} {rating:.1f}" for name, rating in (board or [])[:3])
            show(done, total, leaders)

        try:
            why = run(event, where, options.workers, options.trust, progress)
        except KeyboardInterrupt:
            print(
                "\nnmmo score run: interrupted; what was finished is kept, and the same command goes on",
                file=sys.stderr,
            )
            return 130
    console.print(f"over: {why}", markup=False)
    console.print(f"`nmmo score report {options.event}` tells who won", markup=False)
    return 0


def report(arguments: Sequence[str]) -> int:
    """`nmmo score report`."""
    parser = Parser(
        "score report",
        "Say how an event stands or ended, and write report.json, report.md and index.html.",
    )
    _add_event(parser)
    options = parser.parse_args(arguments)
    event = Event.load(options.event)
    where = options.folder or folder_of(options.event)
    if not (where / "state.sqlite").is_file():
        raise ScoreError(f"{where}: nothing has been played yet: `nmmo score run {options.event}`")
    with Store(where, lock=False) as store:
        found = document(store, event.read_secret())
    _console().print(tables(found))
    into = write_report(where, found)
    print(f"\nwritten: {into / 'report.json'}, {into / 'report.md'}, {into / 'index.html'}")
    return 0


def verify_(arguments: Sequence[str]) -> int:
    """`nmmo score verify`."""
    parser = Parser(
        "score verify",
        "Play every match of a published event again from its replay, and compute the tables again. The exit "
        "status is 1 when something does not come out.",
    )
    parser.add_argument("event", type=Path, metavar="EVENT", help="the event's folder, or its file")
    given = parser.parse_args(arguments).event
    folder = given if given.is_dir() else folder_of(given)
    with _bar(Console(stderr=True), "matches") as show:
        problems, matches = verify(folder, lambda done, total: show(done, total))
    for problem in problems[:50]:
        print(ascii(problem)[1:-1])
    if problems:
        print(f"NOT VERIFIED: {len(problems)} problems in {matches:,} matches")
        return 1
    print(
        f"verified: {matches:,} matches were played again from their replays, and the tables follow from them"
    )
    return 0


COMMANDS: Commands = {
    "check": (check_, "what an entrant runs: would this be taken, and how fast is it?"),
    "new": (new, "write the file of a new event, and its secret"),
    "run": (run_, "play an event, or go on with one that was interrupted"),
    "report": (report, "say how an event stands or ended, and write its report"),
    "verify": (verify_, "play a published event again from its replays"),
}


def main(arguments: Sequence[str]) -> int:
    """The command."""
    return run_group(
        "score",
        "Competitions. An entrant checks a submission; an organiser makes an event, runs it and publishes the "
        "report;\nanyone verifies it.",
        COMMANDS,
        arguments,
        erred=(ScoreError, sqlite3.Error),
        more="docs/organisers.md and docs/entrants.md tell how.",
    )
