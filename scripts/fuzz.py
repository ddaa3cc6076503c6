"""Fuzz the engine with libFuzzer, under sanitizers.

    python scripts/fuzz.py TARGET [--seconds N] [--seed N] [--folder DIR]
    python scripts/fuzz.py TARGET --reproduce FILE

TARGET is ``config``, ``snapshot``, ``play`` (see tests/fuzz/fuzz_TARGET.c) or ``all``. Programs, the
corpus, with which the next run continues, and findings are in the folder, by default build/fuzz.
Ends with status 0 when nothing was found, 1 after a finding, 2 without clang or libFuzzer.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOUND = ROOT / "tests" / "fuzz" / "found"  # by target: what once failed, tried in every run
TARGETS = ("config", "snapshot", "play")
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
FLAGS = ["-std=c17", "-O2", "-g", "-Wall", "-Wextra", "-Wshadow", "-Werror", *SANITIZERS]
SEEDS = 48
SEED_LENGTHS = (8, 24, 64, 200, 600, 1500)
MOST_BYTES = 2048  # of one input: longer ones only play longer
MOST_SECONDS = 30  # for one input


def coverage_of(source: Path) -> list[str]:
    """Return the flags that tell the fuzzer what a file did.

    Where control follows from a seed alone (terrain, noise) and in the targets there is nothing to learn, and
    watching costs more than running. Watching what is compared with what pays where numbers meet bounds.
    """
    if source.stem in ("terrain", "noise") or source.stem.startswith("fuzz_"):
        return []
    watched = ["-fsanitize=fuzzer-no-link"]
    return watched if source.stem == "config" else [*watched, "-fno-sanitize-coverage=trace-cmp"]


def run(command: list[str | Path]) -> str:
    """Run a command; return what it printed; end the program with that if it does not succeed."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        print(" ".join(str(part) for part in command), done.stdout, done.stderr, sep="\n", file=sys.stderr)
        raise SystemExit(1)
    return done.stdout


def compiler(folder: Path) -> str:
    """Return clang's command (from ``CLANG``, or ``clang``), once a program with libFuzzer has been made by it."""
    command = os.environ.get("CLANG", "clang")
    if shutil.which(command) is None:
        print(f"fuzz: there is no {command}; install clang, or name it in CLANG", file=sys.stderr)
        raise SystemExit(2)
    probe = folder / "probe.c"
    probe.write_text("int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n; }")
    flags = ["-fsanitize=fuzzer,address,undefined", str(probe), "-o", str(folder / "probe")]
    done = subprocess.run([command, *flags], capture_output=True, text=True)
    if done.returncode:
        message = f"fuzz: {command} cannot link libFuzzer and its sanitizers (Debian: libclang-rt-*-dev)"
        print(message, done.stderr, sep="\n", file=sys.stderr)
        raise SystemExit(2)
    return command


def build(folder: Path, targets: list[str]) -> dict[str, Path]:
    """Compile the engine once and link each target with it; return the programs."""
    clang = compiler(folder)
    engine = sorted((ROOT / "engine").glob("*.c"))
    sources = [*engine, *(ROOT / "tests" / "fuzz" / f"fuzz_{target}.c" for target in targets)]
    objects = {source: folder / f"{source.stem}.o" for source in sources}

    def compile_one(source: Path) -> None:
        run([clang, *FLAGS, *coverage_of(source), "-c", source, "-o", objects[source]])

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(compile_one, sources))
    programs = {}
    for target in targets:
        programs[target] = folder / f"fuzz_{target}"
        parts = [*(objects[source] for source in engine), folder / f"fuzz_{target}.o"]
        run([clang, *SANITIZERS, "-fsanitize=fuzzer", *parts, "-lm", "-lpthread", "-o", programs[target]])
    return programs


def write_seeds(folder: Path, target: str) -> None:
    """Write where the search begins: bytes of all lengths, the same on every machine."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = random.Random(target)
    for i in range(SEEDS):
        (folder / f"seed_{i:02}").write_bytes(generator.randbytes(SEED_LENGTHS[i % len(SEED_LENGTHS)]))


def number(pattern: str, text: str) -> int:
    """Return the last number that follows the pattern in a text; 0 without one."""
    found: list[str] = re.findall(pattern + r"\s*(\d+)", text)
    return int(found[-1]) if found else 0


def fuzz(program: Path, target: str, folder: Path, seconds: int, seed: int) -> bool:
    """Fuzz one target for so many seconds; print what came of it; return whether nothing was found."""
    corpus, seeds, findings = (folder / name / target for name in ("corpus", "seeds", "findings"))
    write_seeds(seeds, target)
    for made in (corpus, findings):
        made.mkdir(parents=True, exist_ok=True)
    log = folder / f"{target}.log"
    command = [
        str(program),
        *(str(path) for path in (corpus, seeds, FOUND / target) if path.is_dir()),
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-max_len={MOST_BYTES}",
        "-len_control=20",
        f"-timeout={MOST_SECONDS}",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
        f"-artifact_prefix={findings}/",
    ]
    with log.open("wb") as file:
        status = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT).returncode
    printed = log.read_text(encoding="utf-8", errors="replace")
    executions = number("stat::number_of_executed_units:", printed)
    edges = number(r"cov:", printed)
    good = status == 0 and executions > SEEDS
    verdict = "nothing found" if good else f"FOUND (status {status})"
    print(f"{target}: {executions:,} executions, {edges:,} edges, {seconds} s: {verdict}", flush=True)
    if not good:
        print("\n".join(printed.splitlines()[-60:]))
        for path in sorted(findings.iterdir()):
            print(f"again: python scripts/fuzz.py {target} --reproduce {path}")
    return good


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Fuzz the engine with libFuzzer, under sanitizers.")
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("--seed", type=int, default=1, help="of the fuzzer's own choices (1)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "fuzz", help="where it all is kept")
    parser.add_argument("--reproduce", type=Path, metavar="FILE", help="run one input alone")
    options = parser.parse_args()
    if options.seconds < 1:
        parser.error("--seconds must be at least 1")
    targets = list(TARGETS) if options.target == "all" else [options.target]
    if options.reproduce and len(targets) > 1:
        parser.error("--reproduce needs one target")
    folder: Path = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    programs = build(folder, targets)
    if options.reproduce:
        return int(subprocess.run([programs[targets[0]], options.reproduce]).returncode != 0)
    results = [fuzz(programs[target], target, folder, options.seconds, options.seed) for target in targets]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
