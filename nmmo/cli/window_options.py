"""What the commands share that open a window: their options, and a live world to show."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nmmo
from nmmo.agents import AgentSeat, Match, agent_names, open_agent, seat_agents, setting_of
from nmmo.agents.folder import instantiate
from nmmo.agents.names import different_names
from nmmo.cli.agent.shared import TRUST_HELP
from nmmo.cli.errors import UserError
from nmmo.cli.options import Options, Parser
from nmmo.cli.world_options import add_seed, add_world, chosen_config

USUAL_PRESET = "medium"


def size(text: str) -> tuple[int, int]:
    """Parse an argument: WIDTHxHEIGHT."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 64 <= int(width) <= 8192 and 48 <= int(height) <= 8192):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1280x720, from 64x48 to 8192x8192")
    return int(width), int(height)


def add_window(parser: Parser) -> None:
    """Add the options of a window."""
    parser.add_argument("--size", type=size, default=(1280, 720), metavar="WxH", help="in pixels (default: 1280x720)")
    parser.add_argument("--pictures", type=Path, default=Path(), metavar="FOLDER", help="where F12 saves pictures")
    parser.add_argument(
        "--panel",
        action="append",
        default=[],
        metavar="MODULE:ATTRIBUTE",
        help="add a panel of your own: a subclass of nmmo.render.panels.Panel; may be repeated (default: none)",
    )


def add_live(parser: Parser) -> None:
    """Add the options of commands that play a live world in a window."""
    parser.add_argument(
        "agents",
        nargs="*",
        metavar="AGENT",
        help="who plays: folders of agents or of runs, or names of agents that come with nmmo: "
        f"{', '.join(agent_names())}. They get slots in turn (default: all of these)",
    )
    add_seed(parser, "seed of the world")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="also record the game as a replay, FILE.nmr (default: no)"
    )
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    add_window(parser)
    add_world(parser, USUAL_PRESET)


@contextmanager
def window_errors() -> Iterator[None]:
    """Turn errors of drawing into the user's; where there is no display, say how to get one."""
    from nmmo.render.errors import NoDisplay, RenderError
    from nmmo.render.window.display import display_hint

    try:
        yield
    except NoDisplay as error:
        raise UserError(f"{error}: {display_hint()}") from None
    except RenderError as error:
        raise UserError(str(error)) from None


def live_game(options: Options) -> tuple[nmmo.World, list[AgentSeat]]:
    """Return the world that the options choose, just reset, and who plays in it.

    Raises
    ------
    UserError
        If there is no such world.
    nmmo.agents.AgentError, OSError
        If an agent cannot be loaded.
    """
    config = chosen_config(options)
    if config.respawn == "on_request":
        raise UserError("--world.respawn: on_request needs a program that asks; use same_tick or next_tick")
    names = options.agents or agent_names()
    setting = setting_of(config)
    agents = []
    for name in names:
        found = open_agent(name)
        if found.origin:
            print(f"{found.manifest.name}: {found.origin}", flush=True)
        agents.append(instantiate(found.load_class(options.trust), setting, found.path, found.manifest.name))
    world = nmmo.World(config, options.seed)
    world.reset(options.seed)
    shown = [Path(name).name if not isinstance(name, str) or "/" in name else name for name in names]
    return world, seat_agents(agents, config, names=different_names(shown))


def recorded(match: Match, path: Path | None) -> None:
    """Record a match that has just begun, if a path is given; closing the world closes the file.

    Raises
    ------
    FileExistsError, OSError
        If the file is there already, or cannot be made.
    """
    if path is None:
        return
    from nmmo.replay import Recorder

    players = match.assignment.by_name()
    Recorder(match.world, path, events=True, players=players, on_error="continue", episodes=1)
