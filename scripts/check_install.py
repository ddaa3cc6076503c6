"""Install nmmo in every way a user may, each into an empty virtual environment, and use it there.

    .venv/bin/python scripts/check_install.py [wheel] [sdist] [editable]

Needs the package `build` (it is in .venv after `make build`) and access to pip. Everything happens in a
temporary folder, on a copy of the files that git knows or would add; the tree itself is left alone. Ends
with the line "N passed, N failed".
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
SMOKE = TREE / "scripts" / "smoke.py"
KINDS = ("wheel", "sdist", "editable")


class CheckFailed(Exception):
    """A check did not hold; the message says why."""


def run(command: list[str | Path], folder: Path) -> str:
    """Run a command in a folder and return its output. No setting of the caller's Python leaks in."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CheckFailed(f"`{' '.join(map(str, command))}` exited with {done.returncode}:\n{done.stdout}")
    return done.stdout


def copy_tree(target: Path) -> None:
    """Copy the files that git knows or would add."""
    listing = run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], TREE)
    for name in filter(None, listing.split("\0")):
        source = TREE / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def only(folder: Path, pattern: str) -> Path:
    """Return the one file that matches."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise CheckFailed(f"expected one {pattern}, found {[path.name for path in found]}")
    return found[0]


def check_wheel_contents(wheel: Path) -> None:
    """Check that one wheel serves every Python from 3.11 on, and holds what is used and nothing else."""
    if "-cp311-abi3-" not in wheel.name:
        raise CheckFailed(f"{wheel.name} is not a cp311-abi3 wheel")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for module in ("nmmo/core/_engine.", "nmmo/envs/_reuse.", "nmmo/train/_kernels."):
        found = [name for name in names if name.startswith(module)]
        if sys.platform != "win32" and not any(name.endswith(".abi3.so") for name in found):
            raise CheckFailed(f"no abi3 extension module {module}* in the wheel, but {found}")
    stray = [
        name
        for name in names
        if name.endswith((".c", ".h", ".pyx", ".pxd", ".o", ".pyc"))
        or name.split("/")[0] not in ("nmmo", next(name for name in names if ".dist-info/" in name).split("/")[0])
    ]
    if stray:
        raise CheckFailed(f"the wheel holds what it should not: {stray}")
    for needed in (
        "nmmo/py.typed",
        "nmmo/cli/__init__.py",
        "nmmo/maps/__init__.py",
        "nmmo/maps/manifest.toml",
        "nmmo/core/_engine.pyi",
        "nmmo/envs/_reuse.pyi",
        "nmmo/train/_kernels.pyi",
    ):
        if needed not in names:
            raise CheckFailed(f"the wheel lacks {needed}")
    if not any(name.endswith("/LICENSE") for name in names):
        raise CheckFailed("the wheel lacks the licence")


def check_sdist_contents(sdist: Path) -> None:
    """Check that the source archive holds the engine and no generated C."""
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    for needed in (
        "engine/nmmo.h",
        "engine/world.c",
        "nmmo/core/_engine.pyx",
        "nmmo/envs/_reuse.pyx",
        "nmmo/train/_kernels.pyx",
        "nmmo/train/kernels/kernels.h",
        "LICENSE",
        "README.md",
        "setup.py",
    ):
        if needed not in names:
            raise CheckFailed(f"the source archive lacks {needed}")
    stray = [
        name
        for name in names
        if name.endswith((".so", ".pyc", ".o"))
        or (name.endswith(".c") and not name.startswith(("engine/", "nmmo/train/kernels/")))
    ]
    if stray:
        raise CheckFailed(f"the source archive holds built files: {stray}")


def check_use(install: list[str | Path], folder: Path) -> None:
    """Install into an empty environment and use it from an empty folder."""
    environment, elsewhere = folder / "venv", folder / "elsewhere"
    elsewhere.mkdir(parents=True)
    run([sys.executable, "-m", "venv", environment], folder)
    scripts = environment / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / "python"
    run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *install], elsewhere)
    run([python, "-m", "pip", "check"], elsewhere)
    print(run([python, "-I", "-W", "error", SMOKE], elsewhere).strip())
    nmmo = scripts / "nmmo"
    for arguments in (["--version"], ["--help"], ["doctor"], ["tour", "--preset", "small", "--ticks", "20"]):
        run([nmmo, *arguments], elsewhere)
    left = [path.name for path in elsewhere.iterdir()]
    if left:
        raise CheckFailed(f"using the package left files in the working folder: {left}")


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Install nmmo in every way a user may, and use it.")
    parser.add_argument("kinds", nargs="*", help=f"which ways: {', '.join(KINDS)} (default: all)")
    kinds = parser.parse_args().kinds or KINDS
    unknown = set(kinds) - set(KINDS)
    if unknown:
        parser.error(f"there is no way {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")

    results: list[bool] = []

    def check(name: str, body: Callable[[], None]) -> None:
        start = time.monotonic()
        try:
            body()
            problem = ""
        except CheckFailed as failure:
            problem = str(failure)
        results.append(not problem)
        print(f"{'FAILED' if problem else 'passed'}  {name} ({time.monotonic() - start:.0f} s)", flush=True)
        if problem:
            print(problem, flush=True)

    with tempfile.TemporaryDirectory(prefix="nmmo-install-") as name:
        work = Path(name)
        source, archives = work / "source", work / "archives"
        source.mkdir()
        copy_tree(source)

        def build() -> None:
            # The wheel is built from the source archive, not from the tree: a file missing there shows.
            run([sys.executable, "-m", "build", "--outdir", archives, source], work)

        check("build a source archive and, from it, a wheel", build)
        check("what the wheel holds", lambda: check_wheel_contents(only(archives, "*.whl")))
        check("what the source archive holds", lambda: check_sdist_contents(only(archives, "*.tar.gz")))
        ways: dict[str, Callable[[], list[str | Path]]] = {
            "wheel": lambda: [only(archives, "*.whl")],
            "sdist": lambda: [only(archives, "*.tar.gz")],
            "editable": lambda: ["--editable", source],
        }

        def use(kind: str) -> None:
            check_use(ways[kind](), work / kind)

        for kind in kinds:
            check(f"install and use: {kind}", partial(use, kind))

    failed = results.count(False)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
