"""`nmmo score`: competitions. Check a submission, run an event, report it, verify it."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

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

PLAIN_WIDTH = 140  # columns of text where no terminal says how many
TRUST_HELP = (
    "run strangers' code with all your rights, outside of the sandbox: only if you trust who wrote all of it"
)


def _console() -> Console:
    return Console(width=None if Console().is_terminal else PLAIN_WIDTH, highlight=False, soft_wrap=True)


def _parsers() -> Parser:
    parser = Parser(
        "score",
        "Competitions. An entrant checks a submission; an organiser makes an event, runs it and "
        "publishes the report; "
        "anyone verifies it. docs/organisers.md and docs/entrants.md tell how.",
    )
    commands: Any = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_sub)  # type: ignore[call-overload]

    def add(name: str, help_: str) -> Parser:
        made: Parser = commands.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
        return made

    checking = add(
        "check",
        "validate a folder or zip, let it play a short match in the scorer's sandbox, report its speed",
    )
    checking.add_argument(
        "path", metavar="PATH", help="a folder, a zip, or the name of an agent that comes with nmmo"
    )
    checking.add_argument("--trust", action="store_true", help=TRUST_HELP)

    making = add("new", "write the file of a new event, and its secret")
    making.add_argument("event", type=Path, metavar="EVENT.toml")
    making.add_argument(
        "entrants", nargs="*", metavar="NAME=PATH", help="entrants (default: the agents that come with nmmo)"
    )

    running = add("run", "play an event, or go on with one that was interrupted")
    reporting = add(
        "report", "say how an event stands or ended, and write report.json, report.md and index.html"
    )
    for one in (running, reporting):
        one.add_argument("event", type=Path, metavar="EVENT.toml")
        one.add_argument(
            "--folder",
            type=Path,
            metavar="DIR",
            help="where its state lies (default: beside it, by its name)",
        )
    running.add_argument(
        "--workers",
        type=Count(1, 1024),
        default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        metavar="N",
        help="matches at once (default: one for each core); the result does not depend on it",
    )
    running.add_argument("--trust", action="store_true", help=TRUST_HELP)

    verifying = add(
        "verify", "play every match of a published event again from its replay, and compute the tables again"
    )
    verifying.add_argument("event", type=Path, metavar="EVENT", help="the event's folder, or its file")
    return parser


def _sub(**more: object) -> Parser:
    """A command's parser, whose errors are one line too."""
    prog = str(more.pop("prog", "nmmo score")).removeprefix("nmmo ")
    description = str(more.pop("description", ""))
    more.pop("allow_abbrev", None)
    return Parser(prog, description)


@contextmanager
def _bar(console: Console, what: str, names: Sequence[str] = ()) -> Iterator[Any]:
    """A progress bar on a terminal; nothing elsewhere. Gives a function of (done, total, note)."""
    if not console.is_terminal:
        yield lambda done, total, note="": None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None, note="")
        yield lambda done, total, note="": progress.update(task, completed=done, total=total, note=note)


def _check(path: str, trust: bool) -> int:
    limits = Limits()
    found = check(path, limits, trust)
    manifest, conduct = found.submission.manifest, found.conduct
    console = _console()
    console.print(
        f"{manifest.name} {manifest.version}: {found.submission.n_files} files, "
        f"{found.submission.n_bytes:,} bytes, "
        f"SHA-256 {found.submission.digest[:16]}", markup=False,
    )  # fmt: skip
    per_tick = 1000 * found.seconds / found.ticks
    console.print(
        f"{found.ticks} ticks with 8 slots {'without' if trust else 'in'} the sandbox: score "
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


def _run(event_file: Path, folder: Path | None, workers: int, trust: bool) -> int:
    event = Event.load(event_file)
    where = folder or folder_of(event_file)
    console, said = _console(), Console(stderr=True)
    console.print(
        f"{event.name}: {len(event.entrants)} entrants, commitment {event.commitment}", markup=False
    )
    if trust:
        print(
            "nmmo score: --trust: where there is no sandbox, agents run with all your rights", file=sys.stderr
        )
    names = list(event.entrants)
    with _bar(said, "matches") as show:

        def progress(store: Store, done: int, total: int) -> None:
            board = live_board(names, store.results()) if said.is_terminal else None
            leaders = ", ".join(f"{name} {rating:.1f}" for name, rating in (board or [])[:3])
            show(done, total, leaders)

        why = run(event, where, workers, trust, progress)
    console.print(f"over: {why}", markup=False)
    console.print(f"`nmmo score report {event_file}` tells who won", markup=False)
    return 0


def _report(event_file: Path, folder: Path | None) -> int:
    event = Event.load(event_file)
    where = folder or folder_of(event_file)
    if not (where / "state.sqlite").is_file():
        raise ScoreError(f"{where}: nothing has been played yet: `nmmo score run {event_file}`")
    with Store(where, lock=False) as store:
        report = document(store, event.read_secret())
    _console().print(tables(report))
    into = write_report(where, report)
    print(f"\nwritten: {into / 'report.json'}, {into / 'report.md'}, {into / 'index.html'}")
    return 0


def _verify(event: Path) -> int:
    folder = event if event.is_dir() else folder_of(event)
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


def main(arguments: Sequence[str]) -> int:
    """The command."""
    options = _parsers().parse_args(arguments)
    try:
        if options.command == "check":
            return _check(options.path, options.trust)
        if options.command == "new":
            from nmmo.agents import agent_names

            pairs = [given.partition("=") for given in options.entrants]
            entrants = {name: path for name, _, path in pairs} or {name: name for name in agent_names()}
            new_event(options.event, entrants)
            Event.load(options.event)
            print(
                f"written: {options.event}, and the secret {options.event.with_suffix('.secret')} "
                "(keep it until the end)"
            )
            return 0
        if options.command == "run":
            return _run(options.event, options.folder, options.workers, options.trust)
        if options.command == "report":
            return _report(options.event, options.folder)
        return _verify(options.event)
    except ScoreError as error:
        print(f"nmmo score: {error}", file=sys.stderr)
        return 2
    except sqlite3.Error as error:
        print(f"nmmo score: the event's state: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"nmmo score: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "nmmo score: interrupted; what was finished is kept, and the same command goes on",
            file=sys.stderr,
        )
        return 130
