"""The same world on every compiler, optimisation level, word size and number of threads, and in WebAssembly.

Each build plays the games of golden.c; what they come to must be what hashes.txt says. ``make test`` makes
the builds that take least; ``NMMO_GOLDEN=all`` makes every one.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import nmmo

HERE = Path(__file__).resolve().parent
TREE = HERE.parents[1]
SCRIPT = TREE / "scripts" / "golden.py"
EMPTY = "int main(void) { return 0; }\n"

spec = importlib.util.spec_from_file_location("golden", SCRIPT)
assert spec and spec.loader
golden = importlib.util.module_from_spec(spec)
sys.modules["golden"] = golden  # dataclasses look their module up there
spec.loader.exec_module(golden)


@dataclass(frozen=True)
class Build:
    """A way of making the program, and of running it.

    Attributes:
        compiler: Command and options.
        needed: What a machine without it needs.
        flags: Options behind the sources.
        runner: What runs the program, if it does not run by itself.
        threads: How many are tried.
    """

    compiler: str
    needed: str
    flags: tuple[str, ...] = ("-lm", "-lpthread")
    runner: tuple[str, ...] = ()
    threads: tuple[int, ...] = (1, 2)

    def __str__(self) -> str:
        """Return the name of the test."""
        return self.compiler


def wasm(level: str) -> Build:
    """Run WebAssembly by node. It has no threads; its stack is what the linker gives it."""
    return Build(
        f"clang --target=wasm32-wasi {level}",
        "apt packages clang, lld, wasi-libc, libclang-rt-VERSION-dev-wasm32; and node",
        flags=("-Wl,-z,stack-size=1048576",),
        runner=("node", str(HERE / "run_wasm.mjs")),
        threads=(1,),
    )


GCC = "apt package gcc"
CLANG = "apt package clang"
QUICK = [Build("gcc -O3", GCC), Build("gcc -O0", GCC, threads=(2,))]
EVERY = [
    Build("gcc -O0", GCC),
    Build("gcc -O1", GCC),
    Build("gcc -O2", GCC),
    Build("gcc -O3", GCC),
    Build("gcc -O3 -march=native", GCC),
    Build("gcc -m32 -msse2 -mfpmath=sse -O0", "apt package gcc-multilib"),
    Build("gcc -m32 -msse2 -mfpmath=sse -O3", "apt package gcc-multilib"),
    Build("clang -O0", CLANG),
    Build("clang -O3", CLANG),
    Build("clang -O3 -march=native", CLANG),
    wasm("-O0"),
    wasm("-O3"),
]
BUILDS = EVERY if os.environ.get("NMMO_GOLDEN") == "all" else QUICK
RUNS = [(build, threads) for build in BUILDS for threads in build.threads]


def need(build: Build, folder: Path) -> None:
    """Skip the test, by name, where the machine cannot make or run such a program at all."""
    for tool in (build.compiler.split()[0], *build.runner[:1]):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool} ({build.needed})")
    source = folder / "empty.c"
    source.write_text(EMPTY)
    command = [*build.compiler.split(), source, *build.flags, "-o", folder / "empty"]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip(f"{build.compiler} makes no programs here ({build.needed})")
    if subprocess.run([*build.runner, folder / "empty"], capture_output=True).returncode:
        pytest.skip(f"programs made by {build.compiler} do not run here ({build.needed})")


@pytest.fixture(scope="session")
def made() -> dict[Build, Path]:
    """Return the programs that this session has made so far."""
    return {}


@pytest.mark.parametrize(("build", "threads"), RUNS, ids=[f"{build}, threads {n}" for build, n in RUNS])
def test_one_world(
    build: Build, threads: int, made: dict[Build, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    if build not in made:
        folder = tmp_path_factory.mktemp("golden")
        need(build, folder)
        made[build] = golden.build(folder / "golden", build.compiler.split(), build.flags)
    printed = golden.run([*build.runner, str(made[build]), "--threads", str(threads)])
    assert golden.check(golden.parse(printed, full=True)) == ""


def test_the_file_is_of_these_rules_and_small():
    kept = golden.parse(golden.HASHES.read_text(), full=False)
    assert kept.rules == nmmo.RULES_VERSION
    assert golden.HASHES.stat().st_size < 300_000
    # a game in which nothing happens proves nothing: whatever a world shows changes, in one game or another
    for position, column in enumerate(kept.columns):
        seen = {short[position] for ticks in kept.games.values() for _, short in ticks}
        assert len(seen) > 100, column
    digests = [digest for ticks in kept.games.values() for digest, _ in ticks]
    assert len(set(digests)) == len(digests)
    assert len(set(kept.maps.values())) == len(kept.maps)


# ---- what scripts/golden.py says ---------------------------------------------------------------------------


def printed(game: str = "small", changed: dict[tuple[int, int], str] | None = None, ticks: int = 5) -> str:
    """Return output as the program makes it, with some hashes, by tick and column, replaced."""
    lines = ["rules 7", "columns clock players market", "map 32x32/0 00000000000000aa", f"game {game}"]
    for tick in range(ticks):
        hashes = [(changed or {}).get((tick, column), f"{tick:04x}{column:04x}00000000") for column in range(3)]
        lines.append(f"{tick} {' '.join(hashes)}")
    return "\n".join([*lines, "snapshot 00000000000000bb"]) + "\n"


def differences(one: str, other: str) -> list[str]:
    kept = golden.parse(golden.write(golden.parse(one, full=True)), full=False)
    return [str(found) for found in golden.compare(kept, golden.parse(other, full=True))]


def test_equal_runs_do_not_differ():
    assert differences(printed(), printed()) == []


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (printed(changed={(3, 2): "f" * 16, (4, 1): "f" * 16}), "game small, tick 3: market"),
        (printed(changed={(2, 1): "f" * 16, (2, 2): "e" * 16}), "game small, tick 2: players, market"),
        # the first 16 bits agree: the digest still tells
        (
            printed(changed={(2, 1): "00020001" + "f" * 8}),
            "game small, tick 2: a section that the short hashes hide",
        ),
        (printed(ticks=4), "game small, tick 4: the game ends after tick 3, not 4"),
        (printed(game="large"), "game small: not played any more"),
        (
            printed().replace("bb", "bc"),
            "game small: its snapshot differs, although every tick is equal: in a field that no hash covers",
        ),
        (printed().replace("aa", "ab"), "map 32x32/0: another map"),
        (printed().replace("map 32x32/0 00000000000000aa\n", ""), "map 32x32/0: not played any more"),
    ],
)
def test_the_first_difference_is_named(other, expected):
    assert differences(printed(), other)[0] == expected


def test_a_new_game_is_a_difference():
    assert differences(printed(), printed(game="large"))[1] == "game large: not in the file"


def test_between_versions_the_clock_does_not_count():
    later = {(tick, 0): "f" * 16 for tick in range(5)}
    assert differences(printed(), printed(changed=later).replace("rules 7", "rules 8")) == []
    later[3, 1] = "f" * 16
    found = differences(printed(), printed(changed=later).replace("rules 7", "rules 8"))
    assert found == ["game small, tick 3: players"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rules 1\n",
        "rules x\n",
        printed().replace("\n3 ", "\n4 "),
        printed().replace(" 0003000100000000", ""),
    ],
)
def test_a_damaged_file_is_refused(text):
    with pytest.raises(golden.GoldenError):
        golden.parse(text, full=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return the engine, the games and the script, to be spoilt."""
    need(Build("gcc -O0", GCC), tmp_path)
    shutil.copytree(TREE / "engine", tmp_path / "engine")
    shutil.copytree(HERE, tmp_path / "tests" / "golden", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    return tmp_path


def change(copy: Path, name: str, before: str, now: str) -> None:
    numbers = copy / "engine" / "constants.def"
    text = numbers.read_text()
    assert text.count(f"NUMBER({name}, {before},") == 1
    numbers.write_text(text.replace(f"NUMBER({name}, {before},", f"NUMBER({name}, {now},"))


def script(copy: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, str(copy / "scripts" / "golden.py"), "--compiler", "gcc -O0", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_a_change_of_the_rules_is_caught_and_not_written(copy):
    change(copy, "WANDER_ONE_IN", "8", "4")
    before = (copy / "tests" / "golden" / "hashes.txt").read_bytes()
    status, out = script(copy, "--check")
    assert status == 1
    assert out.startswith("first difference: game small, tick ")
    assert "monsters" in out.partition(";")[0]

    status, out = script(copy)
    assert status == 1
    assert "game small, tick " in out
    assert "Raise NMMO_RULES_VERSION" in out
    assert (copy / "tests" / "golden" / "hashes.txt").read_bytes() == before


def rewrite(folder: Path, run: str, monkeypatch, *, same_rules: bool = False) -> tuple[int, str]:
    """Return what comes of rewriting a file that holds printed(); status, and the file's text after it."""
    file = folder / "hashes.txt"
    file.write_text(golden.write(golden.parse(printed(), full=True)))
    monkeypatch.setattr(golden, "HASHES", file)
    return golden.rewrite(golden.parse(run, full=True), same_rules), file.read_text()


def test_rewriting(tmp_path, monkeypatch, capsys):
    other = printed(changed={(3, 2): "f" * 16})
    kept = golden.write(golden.parse(printed(), full=True))
    written = golden.write(golden.parse(other, full=True))

    assert rewrite(tmp_path, printed(), monkeypatch) == (0, kept)
    assert "nothing changed" in capsys.readouterr().out

    assert rewrite(tmp_path, other, monkeypatch) == (1, kept)
    assert "game small, tick 3: market" in capsys.readouterr().out

    assert rewrite(tmp_path, other, monkeypatch, same_rules=True) == (0, written)
    assert "game small, tick 3: market" in capsys.readouterr().out

    newer = other.replace("rules 7", "rules 8")
    assert rewrite(tmp_path, newer, monkeypatch) == (0, written.replace("rules 7", "rules 8"))
    out = capsys.readouterr().out
    assert "rules version 7 in the file, 8 in the engine" in out
    assert "game small, tick 3: market" in out

    older = other.replace("rules 7", "rules 6")  # a version never comes back
    assert rewrite(tmp_path, older, monkeypatch, same_rules=True) == (1, kept)


def test_without_a_file_one_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(golden, "HASHES", tmp_path / "hashes.txt")
    with pytest.raises(golden.GoldenError, match="there is no"):
        golden.check(golden.parse(printed(), full=True))
    assert golden.rewrite(golden.parse(printed(), full=True), False) == 0
    assert golden.check(golden.parse(printed(), full=True)) == ""


def test_a_file_of_other_rules_is_named(tmp_path, monkeypatch):
    rewrite(tmp_path, printed(), monkeypatch)
    reported = golden.check(golden.parse(printed().replace("rules 7", "rules 8"), full=True))
    assert reported == "the file is of rules version 7, the engine of 8: write it again"
