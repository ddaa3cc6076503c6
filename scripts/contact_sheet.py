"""Draw the contact sheets in docs/: zooms by biomes, and a fight, a market crowd and the fog.

.venv/bin/python scripts/contact_sheet.py
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import nmmo
from nmmo.agents import agent_names, load_agent, play_match, seat_agents, setting_of
from nmmo.render import DrawOptions, Painter

CELL: Final = (480, 270)
ZOOMS: Final = (1.5, 4.0, 12.0, 24.0, 48.0)
TICKS: Final = 260
SEED: Final = 11
QUALITY: Final = 88


def played(config: nmmo.Config, ticks: int) -> nmmo.World:
    """Return a world in which the agents that come with nmmo have played for a while."""
    world = nmmo.World(config, SEED)
    world.reset()
    setting = setting_of(config)
    play_match(world, seat_agents([load_agent(name, setting) for name in agent_names()], config), ticks=ticks)
    return world


def place_in(world: nmmo.World, biome: int) -> tuple[float, float]:
    """Return where players are in a biome: near the one with most company."""
    players = world.players
    me = players["self"]
    here = np.flatnonzero((players["alive"] == 1) & (me["biome"] == biome))
    rows, columns = me["row"].astype(int), me["column"].astype(int)
    alive = players["alive"] == 1

    def company(slot: int) -> int:
        near = np.maximum(np.abs(rows - rows[slot]), np.abs(columns - columns[slot])) < 8
        variety = len(
            np.unique(
                world.tiles["object"][
                    max(0, rows[slot] - 6) : rows[slot] + 7, max(0, columns[slot] - 9) : columns[slot] + 10
                ]
            )
        )
        return 2 * int((near & alive).sum()) + 3 * variety

    best = max(here.tolist(), key=company)
    return float(rows[best]), float(columns[best])


def sheet(cells: list[list[tuple[str, NDArray[np.uint8]]]]) -> Image.Image:
    """Draw pictures in rows, each with its name."""
    width, height = CELL
    whole = Image.new("RGB", (len(cells[0]) * (width + 6) + 6, len(cells) * (height + 6) + 6), (24, 24, 34))
    pen = ImageDraw.Draw(whole)
    font = ImageFont.load_default(16)
    for row, line in enumerate(cells):
        for column, (name, pixels) in enumerate(line):
            x, y = 6 + column * (width + 6), 6 + row * (height + 6)
            whole.paste(Image.fromarray(pixels), (x, y))
            pen.text((x + 8, y + 6), name, (255, 255, 255), font=font, stroke_width=2, stroke_fill=(20, 16, 26))
    return whole


def biomes() -> Image.Image:
    """Draw five zooms of four biomes."""
    world = played(nmmo.Config.preset("medium", map_seed=SEED), TICKS)
    painter = Painter(*CELL)
    cells = []
    for biome in nmmo.Biome:
        centre = place_in(world, int(biome))
        cells.append(
            [
                (
                    f"{biome.name.lower()}, {zoom:g} pixels a tile",
                    painter.paint(world, centre=centre, zoom=zoom),
                )
                for zoom in ZOOMS
            ]
        )
    return sheet(cells)


def fight() -> NDArray[np.uint8]:
    """Draw three styles and three tempers against each other."""
    legend: Any = {  # mypy would want the whole union spelled out
        "T": nmmo.Node("tree", 3), "O": nmmo.Node("ore", 4), "C": nmmo.Node("crystal", 2),
        "a": nmmo.Monster("hostile", 12, "melee", "fire"), "b": nmmo.Monster("hostile", 20, "magic", "air"),
        "c": nmmo.Monster("neutral", 5, "ranged", "earth"), "d": nmmo.Monster("passive", 2, "melee"),
        "e": nmmo.Monster("hostile", 34, "ranged", "water"), "i": nmmo.Item("fire_gem", 5), "j": nmmo.Item("chest", 3),
    }  # fmt: skip
    world = nmmo.World.from_text(
        """
        # # # . . . T . . . . . . T . . . #
        # # O . . . . . b . . . . . . ~ ~ ~
        # . . . . T . . . . . . C . . ~ ~ ~
        . . . . . . 0 a . i . . . . . . ~ ~
        . T . . 1 . . . . . 2 . e . . . . .
        . . . . . c . j . . . . . . . O # #
        . . . . . . . . 3 d . . . T . . # #
        T . . . . . . . . . . . . . . . # #
        . . . . . T . . . . . . . . T . . #
        """,
        legend, seed=3, danger=3, biome="autumn", protection_ticks=0,
    )  # fmt: skip
    gear = (("sword", 4, "melee"), ("bow", 3, "ranged"), ("staff", 5, "magic"), ("sword", 1, "melee"))
    for slot, (weapon, tier, skill) in enumerate(gear):
        world.edit.level(slot, skill, 8 * tier)
        for item in ("helm", "chest", "legs", weapon):
            world.edit.give(slot, item, tier, worn=True)
    wait = [int(nmmo.Action.WAIT)] * 4
    painter = Painter(*CELL)
    for _ in range(2):
        world.step([int(nmmo.Action.ATTACK_MONSTER)] * 4)
        pixels = painter.paint(world, centre=(4.5, 8.5), zoom=32)
    world.step(wait)
    return pixels


def market() -> NDArray[np.uint8]:
    """Draw a crowd with gear of every tier, goods on the ground, and words."""
    drawing = ["." * 19 for _ in range(11)]
    world = nmmo.World.from_text("\n".join(drawing), n_players=60, n_monsters=0, vocabulary=20, biome="spring")
    random = np.random.default_rng(5)
    places = [(row, column) for row in range(1, 10) for column in range(1, 18)]
    for slot, at in enumerate(random.permutation(len(places))[:60].tolist()):
        world.edit.place_player(slot, *places[at])
        tier = int(random.integers(1, 6))
        for skill in ("melee", "ranged", "magic", "mining", "woodcutting", "fishing"):
            world.edit.level(slot, skill, 40)
        for item in ("helm", "chest", "legs"):
            if random.random() < 0.55:
                world.edit.give(slot, item, tier, worn=True)
        world.edit.give(slot, ["sword", "bow", "staff", "pickaxe", "axe", "rod"][slot % 6], tier, worn=True)
    items = [name.name.lower() for name in nmmo.ObjectKind if 0 < name <= 20]
    for number, at in enumerate(random.permutation(len(places))[:30].tolist()):
        row, column = places[at]
        world.edit.item(row, column, items[number % 20], 1 + number % 5)
    world.step([[0, int(random.integers(1, 20)) if random.random() < 0.3 else 0] for _ in range(60)])
    return Painter(*CELL).paint(world, centre=(5.5, 9.5), zoom=24)


def fog() -> NDArray[np.uint8]:
    """Draw a battle late in the day."""
    world = played(nmmo.Config.preset("battle", lives=0, horizon=0, map_seed=SEED), 600)
    return Painter(*CELL).paint(world, zoom=4.0, centre=(64, 64))


def layers() -> list[tuple[str, NDArray[np.uint8]]]:
    """Draw layers over the same place."""
    world = played(nmmo.Config.preset("small", map_seed=SEED), 60)
    heat = np.zeros((128, 128), np.float32)
    random = np.random.default_rng(1)
    for _ in range(60):
        world.step(nmmo.sample_actions(world.mask, random))
        me = world.players["self"][world.players["alive"] == 1]
        np.add.at(heat, (me["row"], me["column"]), 1.0)
    slot = int(np.flatnonzero(world.players["alive"])[0])
    painter = Painter(*CELL)
    return [
        ("layer: danger", painter.paint(world, slot=slot, zoom=12, options=DrawOptions(selected=slot, danger=True))),
        ("layer: traffic", painter.paint(world, zoom=2, options=DrawOptions(heat=True, heat_map=heat))),
        ("layer: view", painter.paint(world, slot=slot, zoom=16, options=DrawOptions(selected=slot, view=True))),
    ]


def main() -> None:
    """Write both sheets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[1] / "docs" / "assets")
    folder: Path = parser.parse_args().folder
    biomes().save(folder / "viewer-zooms.jpg", quality=QUALITY)
    scenes = [[("a fight", fight()), ("a market crowd", market()), ("the fog of a battle", fog())], layers()]
    sheet(scenes).save(folder / "viewer-scenes.jpg", quality=QUALITY)
    print(f"{folder}: viewer-zooms.jpg, viewer-scenes.jpg")


if __name__ == "__main__":
    main()
