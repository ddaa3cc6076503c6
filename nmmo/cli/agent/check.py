"""`nmmo agent check`: try an agent, to see whether it works and how fast it is."""

from __future__ import annotations

from pathlib import Path

from nmmo.agents import AgentError, UntrustedAgent, agent_names
from nmmo.agents.checking import check_agent
from nmmo.cli.agent.shared import TRUST_HELP, described
from nmmo.cli.options import Options, Parser

DESCRIPTION = (
    "Read an agent's manifest, load its code, let it play short matches, and measure how long it thinks. "
    "The exit status is 1 when something about the agent is wrong."
)
EXAMPLES = (
    "nmmo agent check forager",
    "nmmo agent check ./wolf --trust",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument(
        "agent", metavar="AGENT", help="an agent's folder, a run's, or the name of an agent that comes with nmmo"
    )
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)


def run(options: Options) -> int:
    """Run the command."""
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
            f"  {speed.slots:>5,} slots    {speed.median:.3f} milliseconds per tick (median), "
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
