"""`nmmo replay recover`: save what can be saved of a damaged replay."""

from __future__ import annotations

from pathlib import Path

from nmmo.cli.options import Options, Parser
from nmmo.cli.replay.shared import ranges
from nmmo.replay.recovery import recover as recover_file

DESCRIPTION = (
    "Save what can be saved of a replay that was cut short or damaged: every whole record goes into a new "
    "file, with an index. The exit status is 1 when ticks are missing in it."
)
EXAMPLES = ("nmmo replay recover cut.nmr -o saved.nmr",)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("replay", metavar="FILE", help="a replay (.nmr)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it is there")


def run(options: Options) -> int:
    """Run the command."""
    saved = recover_file(options.replay, options.output, overwrite=options.overwrite)
    print(f"{options.output}: {saved.records:,} records, {saved.ticks:,} ticks; {saved.lost:,} bytes were lost")
    if saved.missing:
        print(f"missing ticks {ranges(saved.missing)}")
    return 1 if saved.missing else 0
