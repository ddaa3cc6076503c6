"""Compare the engine's fixed games with their recorded hashes: `python scripts/golden.py --check`.

tests/golden/golden.c plays the games and prints hashes of everything in them, tick by tick; the file
tests/golden/hashes.txt keeps them. With ``--check`` the first game, tick and section that differ are named,
and the exit status is 1. Without it the file is rewritten, after a summary of what changed; this is refused
while NMMO_RULES_VERSION is still the file's, because a game recorded under those rules could no longer be
replayed. Where it is the games that changed and not the rules, ``--same-rules`` says so.

Needs a C compiler and nothing else, not even the package nmmo.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
PROGRAM = TREE / "tests" / "golden" / "golden.c"
HASHES = TREE / "tests" / "golden" / "hashes.txt"
# -ffp-contract=off as in setup.py: rewards are float32, and a fused multiply-add rounds once instead of twice
FLAGS = ("-std=c17", "-ffp-contract=off")
SHORT = 4  # hexadecimal digits kept of a column's hash: they name what differs; the digest decides whether
CLOCK = "clock"  # the column whose hash covers the rules version
HEADER = """\
# What the games of golden.c come to, on every machine. Written and compared by scripts/golden.py.
# A line is a tick, 64 bits over the hashes of all columns, and the first 16 bits of each.
"""


class GoldenError(Exception):
    """Something that is wrong with the compiler, the program or the file; the message says what."""


@dataclass
class Record:
    """What the games came to: of one run, or of the file.

    Attributes:
        rules: The rules version.
        columns: Names of what is hashed each tick.
        maps: Digest of each map, by size and seed.
        games: For each game, by its name, the digest of each tick and the short hash of each column.
        snapshots: For each game that has one, the digest of the snapshot halfway.
    """

    rules: int = 0
    columns: list[str] = field(default_factory=list)
    maps: dict[str, str] = field(default_factory=dict)
    games: dict[str, list[tuple[str, list[str]]]] = field(default_factory=dict)
    snapshots: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """The first place in a map or game at which two records differ.

    Attributes:
        where: ``map 32x32/0``, or ``game small``.
        tick: Of the game; None for a map, and for a game that only one record has.
        what: The sections that differ there, or what else is the matter.
        later: For each section that differs anywhere in the game, the first tick at which it does.
    """

    where: str
    tick: int | None
    what: str
    later: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return one line: the place and what differs there."""
        return f"{self.where}{'' if self.tick is None else f', tick {self.tick}'}: {self.what}"


def build(target: Path, compiler: Sequence[str], flags: Sequence[str] = ()) -> Path:
    """Compile the engine and the games into one program.

    Args:
        target: Where it goes.
        compiler: The compiler's command and options.
        flags: Further ones, behind the sources: libraries, linker options.

    Returns:
        ``target``.

    Raises:
        GoldenError: The compiler is missing or refuses.
    """
    sources = sorted((TREE / "engine").glob("*.c"))
    command = [*compiler, *FLAGS, f"-I{TREE / 'engine'}", *map(str, sources), str(PROGRAM), *flags]
    run([*command, "-o", str(target)])
    return target


def run(command: Sequence[str]) -> str:
    """Run a command and return what it printed.

    Raises:
        GoldenError: It cannot be started, or does not end well; with the end of what it complained about.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as problem:
        raise GoldenError(f"{command[0]} cannot be run: {problem.strerror}") from None
    if done.returncode:
        raise GoldenError(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return done.stdout


def parse(text: str, full: bool) -> Record:
    """Read a record.

    Args:
        text: What the program printed, or what the file holds.
        full: True for the program's output, whose lines have 64 bits a column and no digest.

    Returns:
        The record, the program's hashes shortened to what the file keeps of them.

    Raises:
        GoldenError: It is neither; the message names the line.
    """
    record = Record()
    game = ""
    for number, line in enumerate(text.splitlines(), 1):
        kind, *rest = line.split() or ["#"]
        try:
            if kind.startswith("#"):
                continue
            if kind == "rules":
                record.rules = int(rest[0])
            elif kind == "columns":
                record.columns = rest
            elif kind == "map":
                record.maps[rest[0]] = rest[1]
            elif kind == "game":
                game = rest[0]
                record.games[game] = []
            elif kind == "snapshot":
                record.snapshots[game] = rest[0]
            else:
                digest, hashes = (digest_of(rest), rest) if full else (rest[0], rest[1:])
                if int(kind) != len(record.games[game]) or len(hashes) != len(record.columns):
                    raise ValueError
                record.games[game].append((digest, [word[:SHORT] for word in hashes]))
        except (ValueError, IndexError, KeyError):
            raise GoldenError(f"line {number} makes no sense: {line!r}") from None
    if not record.rules or not record.games:
        raise GoldenError("there is no rules version or no game in it")
    return record


def digest_of(hashes: Sequence[str]) -> str:
    """Return 64 bits, as hexadecimal digits, over the hashes of all columns."""
    return blake2b(" ".join(hashes).encode(), digest_size=8).hexdigest()


def write(record: Record) -> str:
    """Return the text that the file holds for a record."""
    lines = [f"rules {record.rules}", f"columns {' '.join(record.columns)}"]
    lines += [f"map {name} {digest}" for name, digest in record.maps.items()]
    for game, ticks in record.games.items():
        lines.append(f"game {game}")
        if game in record.snapshots:
            lines.append(f"snapshot {record.snapshots[game]}")
        lines += [f"{tick} {digest} {' '.join(short)}" for tick, (digest, short) in enumerate(ticks)]
    return HEADER + "\n".join(lines) + "\n"


def compare(kept: Record, played: Record) -> list[Difference]:
    """Return the first difference of each map and each game, in their order; none where all is equal.

    Between two versions of the rules the clock, whose hash covers the version, and the snapshots, which hold
    it, differ as a matter of course. There a game differs where anything else does.
    """
    found = [
        Difference(f"map {name}", None, presence(name, kept.maps, played.maps) or "another map")
        for name in kept.maps | played.maps
        if kept.maps.get(name) != played.maps.get(name)
    ]
    if kept.columns != played.columns:
        found.append(Difference("every game", None, f"the columns are {played.columns} and were {kept.columns}"))
        return found
    for name in kept.games | played.games:
        missing = presence(name, kept.games, played.games)
        first = Difference(f"game {name}", None, missing) if missing else compare_game(name, kept, played)
        if first:
            found.append(first)
    return found


def presence(name: str, kept: Container[str], played: Container[str]) -> str:
    """Say which of the two does not have it; empty when both do."""
    if name not in kept:
        return "not in the file"
    return "" if name in played else "not played any more"


def compare_game(name: str, kept: Record, played: Record) -> Difference | None:
    """Return the first difference of a game that both have."""
    new_rules = kept.rules != played.rules
    before, now = kept.games[name], played.games[name]
    later: dict[str, int] = {}
    first: int | None = None
    for tick, ((old, old_columns), (new, new_columns)) in enumerate(zip(before, now, strict=False)):
        different = [
            column
            for column, one, other in zip(kept.columns, old_columns, new_columns, strict=True)
            if one != other and not (new_rules and column == CLOCK)
        ]
        for column in different:
            later.setdefault(column, tick)
        if first is None and (different or (old != new and not new_rules)):
            first = tick
    if first is not None:
        sections = ", ".join(column for column, tick in later.items() if tick == first)
        return Difference(f"game {name}", first, sections or "a section that the short hashes hide", later)
    if len(before) != len(now):
        what = f"the game ends after tick {len(now) - 1}, not {len(before) - 1}"
        return Difference(f"game {name}", min(len(before), len(now)), what)
    if not new_rules and kept.snapshots.get(name) != played.snapshots.get(name):
        what = "its snapshot differs, although every tick is equal: in a field that no hash covers"
        return Difference(f"game {name}", None, what)
    return None


def summary(found: Sequence[Difference]) -> str:
    """Return what changed: one line per map or game, with the first tick of each section that differs in it."""
    lines = []
    for difference in found:
        lines.append(f"  {difference}")
        others = {column: tick for column, tick in difference.later.items() if tick != difference.tick}
        lines += [f"      {column} from tick {tick}" for column, tick in others.items()]
    return "\n".join(lines) or "  nothing"


def rewrite(played: Record, same_rules: bool) -> int:
    """Put a run in the file's place, unless it changes the rules behind their version's back."""
    if HASHES.exists():
        kept = parse(HASHES.read_text(encoding="utf-8"), full=False)
        found = compare(kept, played)
        if not found and kept.rules == played.rules:
            print(f"nothing changed: {HASHES.name} stays as it is")
            return 0
        print(f"rules version {kept.rules} in the file, {played.rules} in the engine; what changed:")
        print(summary(found))
        if played.rules < kept.rules or (played.rules == kept.rules and not same_rules):
            print(
                f"not written: these rules are not those of version {kept.rules}. Raise NMMO_RULES_VERSION in"
                " engine/constants.h; or, if golden.c changed and the rules did not, give --same-rules"
            )
            return 1
    fresh = HASHES.with_suffix(".new")
    fresh.write_text(write(played), encoding="utf-8")
    fresh.replace(HASHES)
    print(f"wrote {HASHES.name}: {sum(map(len, played.games.values()))} ticks of {len(played.games)} games")
    return 0


def check(played: Record) -> str:
    """Compare a run with the file.

    Returns:
        Nothing if they are equal; otherwise what differs first, in words.

    Raises:
        GoldenError: The file is missing or damaged.
    """
    if not HASHES.exists():
        raise GoldenError(f"there is no {HASHES.name}: python scripts/golden.py writes it")
    kept = parse(HASHES.read_text(encoding="utf-8"), full=False)
    found = compare(kept, played)
    report = [f"first difference: {found[0]}; {len(found)} maps and games differ"] if found else []
    if kept.rules != played.rules:
        report.insert(0, f"the file is of rules version {kept.rules}, the engine of {played.rules}: write it again")
    return "\n".join(report)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Compare the engine's fixed games with what they came to.")
    parser.add_argument("--check", action="store_true", help="compare only; status 1 where anything differs")
    parser.add_argument("--same-rules", action="store_true", help="rewrite although the rules version is the file's")
    default = f"{os.environ.get('CC', 'cc')} -O3"
    parser.add_argument("--compiler", default=default, help="command and options (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="threads that build observations (default: 1)")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            program = build(Path(folder) / "golden", shlex.split(options.compiler), ["-lm", "-lpthread"])
            played = parse(run([str(program), "--threads", str(options.threads)]), full=True)
        if not options.check:
            return rewrite(played, options.same_rules)
        difference = check(played)
    except GoldenError as problem:
        print(f"golden: {problem}", file=sys.stderr)
        return 1
    print(difference or f"all {sum(map(len, played.games.values()))} ticks are as recorded")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
