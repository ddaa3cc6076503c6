"""`nmmo view`: a replay in a window, or as pictures and videos."""

from __future__ import annotations

from pathlib import Path

from nmmo.cli.errors import UserError
from nmmo.cli.options import Count, Options, Parser
from nmmo.cli.progress import progress
from nmmo.cli.replay.shared import add_limit, opened
from nmmo.cli.window_options import add_window, window_errors
from nmmo.replay import Replay, ReplayError

MOST_TICK = 2**31 - 1

DESCRIPTION = (
    "Show a replay in a window, or write it as a picture (.png), an animation (.gif) or a video (.mp4). "
    "Press ? in the window for an explanation of keys and buttons."
)
EXAMPLES = (
    "nmmo view game.nmr",
    "nmmo view game.nmr --start 500 --follow 3",
    "nmmo view game.nmr --export game.mp4 --start 500 --stop 700 --fps 20",
)
USER_ERRORS = (ReplayError,)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("replay", metavar="REPLAY", help="a replay (.nmr)")
    parser.add_argument(
        "--export", type=Path, metavar="FILE", help="write this file instead of opening a window (default: a window)"
    )
    for name, what in (
        ("--start", "the first tick to show (default: the first)"),
        ("--stop", "the tick after the last to write (default: all)"),
    ):
        parser.add_argument(name, type=Count(0, MOST_TICK), metavar="TICK", help=what)
    parser.add_argument("--every", type=Count(1, MOST_TICK), default=1, metavar="N", help="write every N-th tick")
    parser.add_argument("--fps", type=Count(1, 60), default=10, metavar="N", help="pictures per second")
    parser.add_argument(
        "--follow", type=Count(0, 65534), metavar="SLOT", help="the player in the middle (default: none)"
    )
    parser.add_argument(
        "--zoom", type=Count(1, 64), metavar="N", help="pixels per tile, when writing (default: as fits)"
    )
    add_window(parser)
    add_limit(parser)


def run(options: Options) -> int:
    """Run the command."""
    if options.export is not None and not options.export.parent.is_dir():
        raise UserError(f"--export: there is no folder {options.export.parent}")
    with opened(options) as replay, window_errors():
        if options.follow is not None and options.follow >= replay.header.n_players:
            raise UserError(f"--follow: {options.follow} is out of range 0..{replay.header.n_players - 1}")
        show(replay, options) if options.export is None else write(replay, options)
    return 0


def show(replay: Replay, options: Options) -> None:
    """Open the window."""
    from nmmo.render.sources.open_replay import open_replay
    from nmmo.render.window.viewer import Viewer

    source = open_replay(replay)
    source.seek(options.start if options.start is not None else replay.start)
    try:
        viewer = Viewer(source, size=options.size, pictures=options.pictures, panels=options.panel)
        if options.follow is not None:
            viewer.follow(options.follow)
        viewer.run()
    finally:
        source.close()


def write(replay: Replay, options: Options) -> None:
    """Write a picture or a video."""
    from nmmo.render.export import export

    start = replay.start if options.start is None else max(options.start, replay.start)
    stop = replay.stop + 1 if options.stop is None else min(options.stop, replay.stop + 1)
    with progress("drawing", "pictures") as report_progress:
        count = export(
            replay, options.export, start=start, stop=stop, step=options.every, fps=options.fps,
            size=options.size, follow=options.follow, zoom=options.zoom, progress=report_progress,
        )  # fmt: skip
    print(f"{options.export}: {count:,} picture{'' if count == 1 else 's'}")
