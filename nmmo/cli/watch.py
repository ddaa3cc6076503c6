"""`nmmo watch`: a live world, played by agents, in a window."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import nmmo
from nmmo.agents import AgentError, Cast, agent_names, load_agent, setting_of
from nmmo.agents.names import different_names
from nmmo.cli.agent import TRUST_HELP
from nmmo.cli.config_options import add_config, chosen_config
from nmmo.cli.options import Count, Parser

USUAL_PRESET = "medium"


def size(text: str) -> tuple[int, int]:
    """An argument type: WIDTHxHEIGHT."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 64 <= int(width) <= 8192 and 48 <= int(height) <= 8192):
        raise argparse.ArgumentTypeError(f"{text!r} is no size like 1280x720, from 64x48 to 8192x8192")
    return int(width), int(height)


def add_live(parser: Parser) -> None:
    """Add the options of commands that play a live world in a window."""
    parser.add_argument(
        "agents",
        nargs="*",
        metavar="AGENT",
        help=f"who plays: folders, or names of agents that come with nmmo: {', '.join(agent_names())}. "
        "They get slots in turn. Default: all of them",
    )
    parser.add_argument("--seed", type=Count(0, 2**64 - 1), default=1, metavar="N", help="of the world (default: 1)")
    parser.add_argument("--record", type=Path, metavar="FILE", help="also record the game as a replay (.nmr)")
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    add_window(parser)
    add_config(parser)
    parser.set_defaults(preset=USUAL_PRESET)


def add_window(parser: Parser) -> None:
    """Add the options of a window."""
    parser.add_argument(
        "--size", type=size, default=(1280, 720), metavar="WIDTHxHEIGHT", help="in pixels (default: 1280x720)"
    )
    parser.add_argument(
        "--pictures",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="where F12 saves pictures (default: here)",
    )


def live_game(parser: Parser, options: argparse.Namespace) -> tuple[nmmo.World, Cast]:
    """The world and the cast that the options choose, ready to play.

    Raises
    ------
    AgentError, OSError
        If an agent cannot be loaded.
    """
    config = chosen_config(parser, options)
    if config.rebirth == "on_request":
        parser.error("argument --world.rebirth: on_request needs somebody who asks; use same_tick or next_tick")
    names = options.agents or agent_names()
    setting = setting_of(config)
    agents = [load_agent(name, setting, options.trust) for name in names]
    world = nmmo.World(config, options.seed)
    world.reset(options.seed)
    shown = [Path(name).name if not isinstance(name, str) or "/" in name else name for name in names]
    cast = Cast(agents, config, names=different_names(shown))
    cast.reset(world.seed)
    return world, cast


def recorded(world: nmmo.World, cast: Cast, path: Path | None) -> None:
    """Record a world that was just reset, if a path is given; closing the world closes the file.

    Raises
    ------
    FileExistsError, OSError
        If the file is there already, or cannot be made.
    """
    if path is None:
        return
    from nmmo.replay import Recorder

    slots = {name: cast.slots(number).tolist() for number, name in enumerate(cast.names)}
    Recorder(world, path, events=True, players=slots, on_error="continue", episodes=1)


def failed(command: str, error: Exception) -> int:
    """Say why a command cannot go on; its exit status."""
    if isinstance(error, OSError) and error.filename:
        print(f"nmmo {command}: {error.filename}: {error.strerror}", file=sys.stderr)
    else:
        print(f"nmmo {command}: {error}", file=sys.stderr)
    return 2


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = Parser(
        "watch",
        "Watch a live world in a window. Keys and buttons are explained there: press ?",
        usage="nmmo watch [AGENT ...] [options] [--world.FIELD VALUE ...]",
    )
    add_live(parser)
    options = parser.parse_args(arguments)
    try:
        from nmmo.render.display import display_hint
        from nmmo.render.errors import NoDisplay
        from nmmo.render.live_source import LiveSource
        from nmmo.render.viewer import Viewer
    except ImportError as error:
        return failed("watch", error)
    try:
        world, cast = live_game(parser, options)
        with world:
            recorded(world, cast, options.record)
            source = LiveSource(world, cast)
            try:
                Viewer(source, size=options.size, pictures=options.pictures).run()
            finally:
                source.close()
    except NoDisplay as error:
        print(f"nmmo watch: {error}: {display_hint()}", file=sys.stderr)
        return 2
    except (AgentError, OSError) as error:
        return failed("watch", error)
    if options.record is not None:
        print(f"recorded {options.record}")
    return 0
