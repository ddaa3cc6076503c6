"""`nmmo watch`: a live world, played by agents, in a window."""

from __future__ import annotations

from nmmo.agents import AgentError, Match
from nmmo.cli.options import Options, Parser
from nmmo.cli.window_options import add_live, live_game, recorded, window_errors

DESCRIPTION = "Watch a live world in a window. Press ? there for an explanation of keys and buttons."
EXAMPLES = (
    "nmmo watch",
    "nmmo watch forager fighter --preset small --seed 7",
    "nmmo watch ./wolf --trust --record game.nmr",
    "nmmo watch trader --world.n-players 32",
)
USER_ERRORS = (AgentError,)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    add_live(parser)


def run(options: Options) -> int:
    """Run the command."""
    from nmmo.render.sources.live import LiveSource
    from nmmo.render.window.viewer import Viewer

    world, seats = live_game(options)
    with world, window_errors():
        match = Match(world, seats)
        recorded(match, options.record)
        source = LiveSource(match)
        try:
            Viewer(source, options.size, options.pictures, panels=options.panel).run()
        finally:
            source.close()
    if options.record is not None:
        print(f"recorded {options.record}")
    return 0
