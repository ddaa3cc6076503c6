"""`nmmo score check`: tell entrants whether a submission would be accepted, and how fast it is."""

from __future__ import annotations

from nmmo.cli.options import Options, Parser
from nmmo.cli.score.shared import TRUST_HELP, console_of
from nmmo.score.check import check_submission
from nmmo.score.limits import Limits

DESCRIPTION = (
    "Validate a folder or zip, let it play a short match in the scorer's sandbox, and report its speed. The "
    "exit status is 1 when it would not be accepted."
)
EXAMPLES = (
    "nmmo score check ./wolf",
    "nmmo score check wolf.zip",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("path", metavar="PATH", help="a folder, a zip, or the name of an agent that comes with nmmo")
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)


def run(options: Options) -> int:
    """Run the command."""
    limits = Limits()
    found = check_submission(options.path, limits, options.trust)
    manifest, agent_report = found.submission.manifest, found.agent_report
    console = console_of()
    console.print(
        f"{manifest.name} {manifest.version}: {found.submission.n_files} files, "
        f"{found.submission.n_bytes:,} bytes, "
        f"SHA-256 {found.submission.digest[:16]}",
    )  # fmt: skip
    per_tick = 1000 * found.seconds / found.ticks
    console.print(
        f"{found.ticks} ticks with 8 slots {'without' if options.trust else 'in'} the sandbox: score "
        f"{found.score:.2f}, "
        f"{found.seconds:.2f} s of processor time with its start ({limits.start_seconds:g} s are "
        "allowed to start), "
        f"at most {per_tick:.2f} ms per tick ({1000 * limits.tick_seconds:g} ms are)",
    )  # fmt: skip
    if found.printed:
        console.print(
            "it printed:\n" + "\n".join("  " + ascii(line)[1:-1] for line in found.printed.splitlines()[:20]),
        )
    if agent_report.words():
        console.print(f"NOT GOOD: {agent_report.words()}")
        return 1
    console.print("good: it would be accepted")
    return 0
