"""Make the maps that come with nmmo, or check that they still are what the engine generates.

    .venv/bin/python scripts/make_maps.py [--check]

Writes maps/NAME.npz for each preset and maps/manifest.toml, which records seed, size and digest. A change of
the terrain changes the maps: run this, look at them (`nmmo map preview NAME`), and commit the result.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

import nmmo

FOLDER = Path(__file__).resolve().parent.parent / "maps"
SEEDS = {"small": 3, "medium": 11, "large": 7, "huge": 1, "survival": 23, "battle": 5}
HEAD = """\
# The maps that come with nmmo, each of the size of the preset of its name. Made by scripts/make_maps.py.
# digest: SHA-256 of height, width and the words, all as little-endian uint32 (nmmo.Map.digest).
"""


def generated(name: str) -> nmmo.Map:
    """Return the map of a preset's size and densities."""
    return nmmo.Map.generate(SEEDS[name], config=nmmo.Config.preset(name))


def entry(name: str, map_: nmmo.Map) -> str:
    """Return a map's part of the manifest."""
    return f'\n[{name}]\nseed = {SEEDS[name]}\nheight = {map_.height}\nwidth = {map_.width}\ndigest = "{map_.digest}"\n'


def make(folder: Path) -> None:
    """Write all maps and the manifest."""
    text = HEAD
    for name in SEEDS:
        made = generated(name)
        if problems := made.check().problems:
            raise SystemExit(f"{name}: the map of seed {SEEDS[name]} breaks promises: {'; '.join(problems)}")
        made.save(folder / f"{name}.npz")
        text += entry(name, made)
        print(f"{name:<9} {made.height} x {made.width}, {(folder / f'{name}.npz').stat().st_size:,} bytes")
    (folder / "manifest.toml").write_text(text, encoding="utf-8")


def check(folder: Path) -> list[str]:
    """Return what is not as it would be made today."""
    wrong = []
    manifest = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))
    if list(manifest) != list(SEEDS):
        wrong.append(f"the manifest has {', '.join(manifest)}, not {', '.join(SEEDS)}")
    for name, listed in manifest.items():
        if name not in SEEDS:
            continue
        today = generated(name)
        if tomllib.loads(entry(name, today))[name] != listed:
            wrong.append(f"{name}: the manifest does not describe the map that the engine generates")
        try:
            if nmmo.Map.load(folder / f"{name}.npz") != today:
                wrong.append(f"{name}: the file does not hold the map that the engine generates")
        except (OSError, nmmo.MapError) as error:
            wrong.append(f"{name}: {error}")
    return wrong


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Make the maps that come with nmmo.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if they are outdated")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where (default: the maps of this tree)")
    options = parser.parse_args()
    if not options.check:
        make(options.folder)
        return 0
    wrong = check(options.folder)
    for line in wrong:
        print(line)
    print("the maps are not up to date: run scripts/make_maps.py" if wrong else "the maps are up to date")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
