"""`nmmo play`: a person plays a slot among agents."""

from __future__ import annotations

from nmmo.agents import AgentError, Match, Seat
from nmmo.cli.errors import UserError
from nmmo.cli.options import Count, Options, Parser
from nmmo.cli.window_options import add_live, live_game, recorded, window_errors

DESCRIPTION = (
    "Play a slot yourself, by mouse and keyboard, among agents. Tab hands over to the agent that has the slot, and "
    "takes over again. Press ? in the window for an explanation of keys and buttons."
)
EXAMPLES = (
    "nmmo play",
    "nmmo play forager --preset small --slot 3",
    "nmmo play --turns --record game.nmr",
)
USER_ERRORS = (AgentError,)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    add_live(parser)
    parser.add_argument("--slot", type=Count(0, 65534), default=0, metavar="N", help="the slot that you play")
    parser.add_argument(
        "--turns", action="store_true", help="the world waits for each of your actions, until you choose a pace"
    )


def run(options: Options) -> int:
    """Run the command."""
    from nmmo.render.human_player import HumanPlayer
    from nmmo.render.sources.live import LiveSource
    from nmmo.render.window.viewer import Viewer

    world, agents = live_game(options)
    with world, window_errors():
        if options.slot >= world.n_agents:
            raise UserError(f"--slot: {options.slot} is out of range 0..{world.n_agents - 1}")
        number = next(number for number, seat in enumerate(agents) if options.slot in seat.slots)
        human = HumanPlayer(world, options.slot, agents[number])
        seats: list[Seat] = [*agents]
        seats[number] = human
        match = Match(world, seats)
        recorded(match, options.record)
        source = LiveSource(match, "nmmo play", human)
        try:
            Viewer(source, options.size, options.pictures, 0.0 if options.turns else 1.0, options.panel).run()
        finally:
            source.close()
    if options.record is not None:
        print(f"recorded {options.record}")
    return 0
