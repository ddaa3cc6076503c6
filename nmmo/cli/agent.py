"""`nmmo agent`: agents as folders. Each of its commands is a function here."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from nmmo.agents import AgentError, UntrustedAgent, agent_names, open_agent
from nmmo.agents.checking import check_agent
from nmmo.agents.folder import AgentFolder
from nmmo.agents.new import FILES, new_agent
from nmmo.cli.groups import Commands, run_group
from nmmo.cli.options import Parser

TRUST_HELP = (
    "run the code of folders that did not come with nmmo; it runs with all your rights, over your files and "
    "your network"
)


def described(agent: AgentFolder) -> str:
    """An agent's manifest in a line."""
    manifest = agent.manifest
    return f"{manifest.name} {manifest.version} by {', '.join(manifest.authors)}"


def _quoted(path: Path) -> str:
    """A path as a shell takes it, and not to be taken for an agent's name."""
    text = str(path)
    return shlex.quote(text if "/" in text else f"./{text}")


def new(arguments: Sequence[str]) -> int:
    """`nmmo agent new`."""
    parser = Parser("agent new", "Make the folder of a new agent: one that works, to be changed.")
    parser.add_argument("name", metavar="NAME", help="of the agent and of its folder")
    parser.add_argument(
        "--folder", type=Path, default=Path(), metavar="FOLDER", help="make it in there (default: here)"
    )
    options = parser.parse_args(arguments)
    folder = new_agent(options.name, options.folder)
    print(f"{folder}: {', '.join(FILES)}\n")
    print(f"try it out:    nmmo agent check {_quoted(folder)} --trust")
    print(f"measure it:    nmmo eval {_quoted(folder)} random --trust")
    print("change it:     agent.py")
    return 0


def check(arguments: Sequence[str]) -> int:
    """`nmmo agent check`."""
    parser = Parser(
        "agent check",
        "Read an agent's manifest, load its code, let it play short matches, and measure how long it thinks. "
        "The exit status is 1 when something about the agent is wrong.",
    )
    parser.add_argument("agent", metavar="AGENT", help="a folder, or an agent that comes with nmmo, by name")
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    options = parser.parse_args(arguments)
    try:
        checked = check_agent(options.agent, options.trust)
    except UntrustedAgent:
        raise
    except AgentError as error:
        if not Path(options.agent).is_dir() and options.agent not in agent_names():
            raise  # the user's mistake, not the agent's
        print(f"broken: {error}")
        return 1
    manifest = checked.agent.manifest
    print(described(checked.agent))
    print(f"  {manifest.description}")
    needs = ", ".join(manifest.needs) or "nothing"
    threads = f"{manifest.threads} thread{'' if manifest.threads == 1 else 's'}"
    print(f"  asks for       {threads}, {manifest.memory_mb:,} MiB, {needs}")
    for speed in checked.speeds:
        print(
            f"  {speed.slots:>5,} slots    {speed.median:.3f} milliseconds a tick (median), "
            f"{speed.worst:.3f} the longest"
        )
    if checked.repeatable:
        print("  same seed      same play")
    else:
        print(
            "note: it played differently when the same episode began again; draw from self.rng alone, "
            "and let reset forget everything"
        )
    print("the agent works")
    return 0


def list_(arguments: Sequence[str]) -> int:
    """`nmmo agent list`."""
    parser = Parser("agent list", "List the agents that come with nmmo.")
    parser.parse_args(arguments)
    names = agent_names()
    width = max(map(len, names), default=0)
    broken = 0
    for name in names:
        try:
            manifest = open_agent(name).manifest
            print(f"{name:<{width}}  {manifest.version:<5}  {manifest.description}")
        except AgentError as error:
            print(f"{name:<{width}}  broken: {error}")
            broken = 1
    return broken


COMMANDS: Commands = {
    "new": (new, "make the folder of a new agent"),
    "check": (check, "try an agent out: does it work, and how fast is it?"),
    "list": (list_, "list the agents that come with nmmo"),
}


def main(arguments: Sequence[str]) -> int:
    """The command."""
    return run_group(
        "agent",
        "Agents as folders: make one, try it out. `nmmo eval` measures how well agents play.",
        COMMANDS,
        arguments,
        erred=(AgentError,),
    )
