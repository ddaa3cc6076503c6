"""`nmmo bench`: how fast this machine runs the world, and where the time goes. See ``nmmo.bench``."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from nmmo.bench.compare import compare
from nmmo.bench.recording import GameDiffers, TooShort
from nmmo.bench.report import ReportError, made_report, read, write
from nmmo.bench.show import show, show_comparison
from nmmo.bench.topics import TOPICS, Settings, measure
from nmmo.cli.machine import describe
from nmmo.cli.options import Count, Parser, add_world

REPEATS = 7
QUICK_PRESET, QUICK_REPEATS = "small", 3
ALL = "all"


def topic(text: str) -> str:
    """An argument type: the name of a topic."""
    names = [*TOPICS, ALL]
    if text not in names:
        near = difflib.get_close_matches(text, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        raise argparse.ArgumentTypeError(f"there is no topic {text!r}; {hint}")
    return text


def options_of(arguments: Sequence[str]) -> tuple[Parser, argparse.Namespace]:
    """The command line, with what was left out filled in."""
    width = max(len(name) for name in TOPICS)
    parser = Parser(
        "bench",
        "Measure how fast this machine runs the world: the engine alone and through\n"
        "Python, one world and several, on one thread and two, small worlds and large\n"
        "ones, sparse and crowded; and how fast it could copy the views alone, which is\n"
        "the limit.",
        epilog="topics:\n" + "\n".join(f"  {name:<{width}}  {text}" for name, text in TOPICS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "topics", nargs="*", type=topic, metavar="TOPIC", help="what to measure, see below (default: all)"
    )
    add_world(parser)
    parser.set_defaults(preset=None)
    parser.add_argument(
        "--ticks", type=Count(1, 10**6), metavar="N", help="measured ticks a repeat (default: by topic)"
    )
    parser.add_argument(
        "--warm-up", type=Count(0, 10**6), metavar="N", help="ticks before them (default: by topic)"
    )
    parser.add_argument(
        "--repeats", "--repeat", type=Count(1, 1000), metavar="N", help=f"repeats (default: {REPEATS})"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there as JSON, too")
    parser.add_argument(
        "--compare",
        type=Path,
        metavar="OLD.json",
        help="say what changed since that file was written by --json, and whether the change exceeds the "
        "spread of both",
    )
    parser.add_argument(
        "--show", type=Path, metavar="FILE", help="measure nothing: show what --json wrote to that file"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"a short run of small worlds, to see that it works: {QUICK_REPEATS} repeats of some hundred "
        "ticks; its figures mean little",
    )
    parser.add_argument("--topics", action="store_true", dest="list_topics", help="list the topics")
    parser.add_argument(
        "--write-load",
        type=Path,
        metavar="FILE",
        help="measure nothing: write the crowded game there, a snapshot and the actions that follow, for "
        "engine/profile.c to play",
    )
    options = parser.parse_args(arguments)
    if options.preset is None:
        options.preset = QUICK_PRESET if options.quick else "large"
    if options.repeats is None:
        options.repeats = QUICK_REPEATS if options.quick else REPEATS
    if not options.topics or ALL in options.topics:
        options.topics = list(TOPICS)
    options.topics = list(dict.fromkeys(options.topics))
    for name in ("json", "write_load"):
        path = getattr(options, name)
        option = f"--{name.replace('_', '-')}"
        if path is not None and not path.parent.is_dir():
            parser.error(f"argument {option}: there is no folder {path.parent}")
        if path is not None and path.is_dir():
            parser.error(f"argument {option}: {path} is a folder")
    return parser, options


def bench(settings: Settings, topics: Sequence[str], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure topics.

    Parameters
    ----------
    settings
        What the user chose.
    topics
        Keys of ``TOPICS``.
    say
        Takes a line about what is going on.

    Returns
    -------
    dict
        The report.
    """
    about = describe()
    del about["load"]  # of the last minute; a topic's `others_cores` is that of its measurement
    results = {name: measure(name, settings, say) for name in topics}
    return made_report(about, settings.repeats, results)


def write_crowd(settings: Settings, path: Path) -> None:
    """Write the crowded game."""
    from nmmo.bench.crowded import record_crowd
    from nmmo.bench.load_file import write_load

    config, _, recording = record_crowd(settings)
    write_load(recording, config, path)


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser, options = options_of(arguments)
    if options.list_topics:
        width = max(len(name) for name in TOPICS)
        for name, text in TOPICS.items():
            print(f"{name:<{width}}  {text}")
        return 0
    settings = Settings(
        options.preset, options.seed, options.repeats, options.ticks, options.warm_up, options.quick
    )
    console = Console(width=None if Console().is_terminal else 120, highlight=False)
    try:
        old = None if options.compare is None else read(options.compare)
        if options.write_load is not None:
            write_crowd(settings, options.write_load)
            print(f"wrote {options.write_load}")
            return 0
        if options.show is not None:
            report = read(options.show)
        else:
            with console.status("") as status:

                def say(line: str) -> None:
                    if console.is_terminal:
                        status.update(line)
                    else:
                        print(line, file=sys.stderr, flush=True)

                report = bench(settings, options.topics, say)
    except (TooShort, ReportError) as problem:
        parser.error(str(problem))
    except OSError as problem:
        parser.error(f"argument --write-load: {problem}")
    except GameDiffers as problem:
        print(f"{parser.prog}: {problem}", file=sys.stderr)
        return 1
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
        parser.error(f"argument --json: {unwritten}")
    return 0
