"""`nmmo view`: a replay in a window, or as pictures and videos."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nmmo.cli.options import Count, Parser
from nmmo.cli.replay import MEBIBYTE, add_limit, progress
from nmmo.cli.watch import add_window, failed
from nmmo.replay import Replay, ReplayError

MOST_TICK = 2**31 - 1


def show(replay: Replay, options: argparse.Namespace) -> int:
    """Open the window."""
    from nmmo.render.display import display_hint
    from nmmo.render.errors import NoDisplay
    from nmmo.render.opening import source_of
    from nmmo.render.viewer import Viewer

    source = source_of(replay)
    source.seek(options.start if options.start is not None else replay.start)
    try:
        viewer = Viewer(source, size=options.size, pictures=options.pictures)
    except NoDisplay as error:
        print(f"nmmo view: {error}: {display_hint()}", file=sys.stderr)
        return 2
    if options.follow is not None:
        viewer.select(options.follow, follow=True)
        viewer.panel = "inspect"
    try:
        viewer.run()
    finally:
        source.close()
    return 0


def write(replay: Replay, options: argparse.Namespace) -> int:
    """Write a picture or a video."""
    from nmmo.render.export import export

    start = replay.start if options.start is None else max(options.start, replay.start)
    stop = replay.stop + 1 if options.stop is None else min(options.stop, replay.stop + 1)
    with progress("drawing") as told:
        count = export(
            replay, options.export, start=start, stop=stop, step=options.every, fps=options.fps,
            size=options.size, follow=options.follow, zoom=options.zoom, progress=told,
        )  # fmt: skip
    print(f"{options.export}: {count:,} picture{'' if count == 1 else 's'}")
    return 0


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = Parser(
        "view",
        "Look at a replay in a window, or write it as a picture (.png), an animation (.gif) or a video (.mp4). "
        "Keys and buttons of the window are explained there: press ?",
    )
    parser.add_argument("replay", metavar="REPLAY", help="a replay (.nmr)")
    parser.add_argument("--export", type=Path, metavar="FILE", help="write this instead of opening a window")
    for name, what in (
        ("--start", "the first tick to show"),
        ("--stop", "the tick behind the last to write"),
    ):
        parser.add_argument(name, type=Count(0, MOST_TICK), metavar="TICK", help=what)
    parser.add_argument("--every", type=Count(1, MOST_TICK), default=1, metavar="N", help="write every N-th tick")
    parser.add_argument("--fps", type=Count(1, 60), default=10, metavar="N", help="pictures a second (default: 10)")
    parser.add_argument("--follow", type=Count(0, 65534), metavar="SLOT", help="the player in the middle")
    parser.add_argument("--zoom", type=Count(1, 64), metavar="N", help="pixels a tile, when writing")
    add_window(parser)
    add_limit(parser)
    options = parser.parse_args(arguments)
    if options.export is not None and not options.export.parent.is_dir():
        parser.error(f"argument --export: {options.export.parent} is no folder that exists")
    try:
        from nmmo.render.errors import RenderError
    except ImportError as error:
        return failed("view", error)
    try:
        with Replay(options.replay, max_world_bytes=options.max_world_mb * MEBIBYTE) as replay:
            if options.follow is not None and options.follow >= replay.header.n_players:
                parser.error(f"argument --follow: {options.follow} is out of range 0..{replay.header.n_players - 1}")
            return show(replay, options) if options.export is None else write(replay, options)
    except (RenderError, ReplayError, ImportError, OSError) as error:
        return failed("view", error)
