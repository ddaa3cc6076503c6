"""`nmmo play`: a person plays a slot among agents."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nmmo.agents import AgentError
from nmmo.cli.options import Count, Parser
from nmmo.cli.watch import add_live, failed, live_game, recorded


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = Parser(
        "play",
        "Play a slot yourself, by mouse and keyboard, among agents. Tab hands over to the agent that has the "
        "slot, and takes over again. Keys and buttons are explained there: press ?",
        usage="nmmo play [AGENT ...] [options] [--world.FIELD VALUE ...]",
    )
    add_live(parser)
    parser.add_argument(
        "--slot", type=Count(0, 65534), default=0, metavar="N", help="the slot that you play (default: 0)"
    )
    parser.add_argument(
        "--turns",
        action="store_true",
        help="the world waits for each of your actions, until you choose a pace",
    )
    options = parser.parse_args(arguments)
    try:
        from nmmo.render.display import display_hint
        from nmmo.render.errors import NoDisplay
        from nmmo.render.live_source import LiveSource
        from nmmo.render.person import Person
        from nmmo.render.viewer import Viewer
    except ImportError as error:
        return failed("play", error)
    try:
        world, cast = live_game(parser, options)
        with world:
            if options.slot >= world.n_agents:
                parser.error(f"argument --slot: {options.slot} is out of range 0..{world.n_agents - 1}")
            recorded(world, cast, options.record)
            source = LiveSource(world, cast, "nmmo play")
            person = Person(world, options.slot)
            try:
                speed = 0.0 if options.turns else 1.0
                Viewer(source, person, options.size, options.pictures, speed).run()
            finally:
                source.close()
    except NoDisplay as error:
        print(f"nmmo play: {error}: {display_hint()}", file=sys.stderr)
        return 2
    except (AgentError, OSError) as error:
        return failed("play", error)
    if options.record is not None:
        print(f"recorded {options.record}")
    return 0
