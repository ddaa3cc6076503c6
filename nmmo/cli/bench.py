"""`nmmo bench`: how fast this machine runs the world, and where the time goes. See ``nmmo.bench``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nmmo.bench.compare import compare
from nmmo.bench.recording import GameDiffers, TooShort
from nmmo.bench.report import ReportError, made_report, read, write
from nmmo.bench.show import show, show_comparison
from nmmo.bench.topics import TOPICS, Settings, measure
from nmmo.cli import INTERRUPTED
from nmmo.cli.console import make_console
from nmmo.cli.errors import UserError
from nmmo.cli.options import Choice, Count, Options, Parser
from nmmo.cli.world_options import add_preset, add_seed
from nmmo.machine import describe

REPEATS = 7
QUICK_PRESET, QUICK_REPEATS = "small", 3
ALL = "all"


DESCRIPTION = (
    "Measure how fast this machine runs the world: the engine alone and through Python, one world and several, on one "
    "thread and two, small worlds and large ones, sparse and crowded; and how fast it could copy the views alone, "
    "which is the limit. Ctrl-C shows and saves the topics that were finished."
)
USER_ERRORS = (TooShort, ReportError)
FAILURES = (GameDiffers,)
EXAMPLES = (
    "nmmo bench",
    "nmmo bench --quick",
    "nmmo bench world crowded --json new.json --compare old.json",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    width = max(len(name) for name in TOPICS)
    parser.epilog = "topics:\n" + "\n".join(f"  {name:<{width}}  {text}" for name, text in TOPICS.items())
    parser.add_argument(
        "topics",
        nargs="*",
        type=Choice([*TOPICS, ALL]),
        metavar="TOPIC",
        help="what to measure, see below (default: all)",
    )
    add_preset(parser, None, f"large; with --quick {QUICK_PRESET}")
    add_seed(parser, "seed of the worlds and of the random actions")
    parser.add_argument(
        "--ticks", type=Count(1, 10**6), metavar="N", help="measured ticks per repeat (default: by topic)"
    )
    parser.add_argument("--warm-up", type=Count(0, 10**6), metavar="N", help="ticks before them (default: by topic)")
    parser.add_argument(
        "--repeats",
        type=Count(1, 1000),
        metavar="N",
        help=f"how often each is measured (default: {REPEATS}; with --quick {QUICK_REPEATS})",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write every figure there, as JSON (default: no)"
    )
    parser.add_argument(
        "--compare",
        type=Path,
        metavar="OLD.json",
        help="say what changed since --json wrote that file, and whether it exceeds the spread of both (default: no)",
    )
    parser.add_argument(
        "--show", type=Path, metavar="FILE", help="measure nothing: show what --json wrote there (default: measure)"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a short run of small worlds, to see that it works; its figures mean little",
    )
    parser.add_argument("--topics", action="store_true", dest="list_topics", help="list the topics")
    parser.add_argument(
        "--write-workload",
        type=Path,
        metavar="FILE",
        help="measure nothing: write the crowded game there, a snapshot and the actions that follow, for "
        "engine/programs/profile.c to play (default: measure)",
    )


def complete(options: Options) -> None:
    """Fill in what the command line leaves out, and check where files are written."""
    if options.preset is None:
        options.preset = QUICK_PRESET if options.quick else "large"
    if options.repeats is None:
        options.repeats = QUICK_REPEATS if options.quick else REPEATS
    if not options.topics or ALL in options.topics:
        options.topics = list(TOPICS)
    options.topics = list(dict.fromkeys(options.topics))
    for name in ("json", "write_workload"):
        path, option = getattr(options, name), f"--{name.replace('_', '-')}"
        if path is not None and not path.parent.is_dir():
            raise UserError(f"{option}: there is no folder {path.parent}")
        if path is not None and path.is_dir():
            raise UserError(f"{option}: {path} is a folder")


def bench(settings: Settings, topics: Sequence[str], say: Callable[[str], None]) -> tuple[dict[str, Any], str]:
    """Measure topics, until Ctrl-C.

    Parameters
    ----------
    settings
        What the user chose.
    topics
        Keys of ``TOPICS``.
    say
        Takes a line about the progress.

    Returns
    -------
    tuple
        The report, and the topic that was interrupted; "" if none was.

    Raises
    ------
    KeyboardInterrupt
        If no topic was finished.
    """
    about = describe()
    del about["load"]  # of the last minute; a topic's `other_load_cores` is that of its measurement
    results: dict[str, Any] = {}
    interrupted = ""
    for name in topics:
        try:
            results[name] = measure(name, settings, say)
        except KeyboardInterrupt:
            if not results:
                raise
            interrupted = name
            break
    return made_report(about, settings.repeats, results), interrupted


def write_crowd(settings: Settings, path: Path) -> None:
    """Write the crowded game."""
    from nmmo.bench.crowded import record_crowd
    from nmmo.bench.workload_file import write_workload

    config, _, recording = record_crowd(settings)
    write_workload(recording, config, path)


def run(options: Options) -> int:
    """Run the command."""
    if options.list_topics:
        width = max(len(name) for name in TOPICS)
        for name, text in TOPICS.items():
            print(f"{name:<{width}}  {text}")
        return 0
    complete(options)
    settings = Settings(options.preset, options.seed, options.repeats, options.ticks, options.warm_up, options.quick)
    console = make_console(plain_width=120)
    old = None if options.compare is None else read(options.compare)
    interrupted = ""
    if options.write_workload is not None:
        write_crowd(settings, options.write_workload)
        print(f"wrote {options.write_workload}")
        return 0
    if options.show is not None:
        report = read(options.show)
    else:
        with console.status("", spinner="line") as status:

            def say(line: str) -> None:
                if console.is_terminal:
                    status.update(line)
                else:
                    print(line, file=sys.stderr, flush=True)

            report, interrupted = bench(settings, options.topics, say)
    unwritten = None
    if options.json is not None:  # before anything is shown: `| head` must not cost the report
        try:
            write(report, options.json)
        except OSError as problem:
            unwritten = problem
    show(report, console)
    if old is not None:
        show_comparison(compare(old, report), console)
    if unwritten is not None:
        raise UserError(f"--json: {unwritten}")
    if interrupted:
        kept = f"shown and saved in {options.json}" if options.json is not None else "shown, not saved: see --json"
        print(f"nmmo bench: interrupted in topic {interrupted}; the topics before it are {kept}", file=sys.stderr)
        return INTERRUPTED
    return 0
