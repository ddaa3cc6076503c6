"""Pictures of small drawn worlds, without a display: what is there must be seen where it is."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("pygame", reason="pygame-ce is not installed")

import nmmo
from nmmo.render import DrawOptions, Painter, Scene, frame
from nmmo.render.art.palette import GROUND, TEAMS, TEMPERS
from nmmo.render.scene import fog_margins

ZOOM = 32
SIDE = 320  # ten tiles
LEGEND = {
    "T": nmmo.Node("tree", 2),
    "t": nmmo.Node("tree", 2, ripe=False),
    "O": nmmo.Node("ore"),
    "C": nmmo.Node("crystal", 3),
    "H": nmmo.Node("herb"),
    "F": nmmo.Node("fish"),
    "s": nmmo.Item("sword", 4),
    "p": nmmo.Monster("passive"),
    "h": nmmo.Monster("hostile", 30, "magic", "fire"),
}


def drawn(rows: list[str], **more: object) -> nmmo.World:
    return nmmo.World.from_text("\n".join(rows), LEGEND, seed=1, **more)


def plain(row: int = -1, column: int = -1, sign: str = ".", **more: object) -> nmmo.World:
    rows = [["."] * 20 for _ in range(20)]
    rows[0][0] = "@"
    if row >= 0:
        rows[row][column] = sign
    return drawn(["".join(line) for line in rows], **more)


def picture(world: nmmo.World, options: DrawOptions | None = None, zoom: float = ZOOM) -> np.ndarray:
    return frame(world, SIDE, SIDE, centre=(10, 10), zoom=zoom, options=options).astype(int)


def tile(pixels: np.ndarray, row: int, column: int, zoom: int = ZOOM) -> np.ndarray:
    """Return the pixels of a tile, where the picture's middle is the corner of tile 10, 10."""
    top, left = SIDE // 2 + (row - 10) * zoom, SIDE // 2 + (column - 10) * zoom
    return pixels[top : top + zoom, left : left + zoom]


def differing(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one - other).max(axis=2) > 30


@pytest.mark.parametrize("kind", ["grass", "sand", "dirt", "stone", "water"])
@pytest.mark.parametrize("biome", ["spring", "summer", "autumn", "winter"])
def test_ground_has_the_colour_of_its_kind_and_biome(kind: str, biome: str) -> None:
    signs = {"grass": ".", "sand": ",", "dirt": ":", "stone": "#", "water": "~"}
    rows = [signs[kind] * 20] * 20
    rows = ["@" + "." * 19, *rows[1:]]
    pixels = picture(drawn(rows, biome=biome))
    number = nmmo.GroundKind[kind.upper()] * 4 + nmmo.Biome[biome.upper()]
    found = pixels[100:220, 100:220].mean(axis=(0, 1))
    nearest = min(GROUND, key=lambda ground: np.abs(np.array(GROUND[ground]) - found).sum())
    assert np.abs(np.array(GROUND[number]) - found).max() < (75 if kind in ("water", "stone") else 30)
    if kind not in ("water", "stone"):  # these are lit and deepened on purpose
        assert nearest == number


@pytest.mark.parametrize("sign", sorted(LEGEND))
@pytest.mark.parametrize("zoom", [12, 16, 32, 64])
def test_whatever_stands_on_a_tile_is_seen_there_and_nowhere_far(sign: str, zoom: int) -> None:
    changed = differing(picture(plain(10, 10, sign), zoom=zoom), picture(plain(), zoom=zoom))
    # A sprite is a tile and a half wide, and a tall one reaches over the tile behind.
    middle = SIDE // 2
    box = np.zeros_like(changed)
    box[middle - zoom : middle + zoom + zoom // 2, middle - zoom // 2 : middle + zoom + zoom // 2] = True
    assert changed[box].sum() > zoom * zoom * 0.1
    assert not changed[~box].any()


def test_ripe_and_depleted_nodes_differ() -> None:
    ripe, depleted = picture(plain(10, 10, "T")), picture(plain(10, 10, "t"))
    assert differing(ripe, depleted).sum() > 300


def test_tempers_styles_elements_and_tiers_differ() -> None:
    seen = []
    for monster in (
        nmmo.Monster("passive"), nmmo.Monster("neutral"), nmmo.Monster("hostile"),
        nmmo.Monster("hostile", 1, "ranged"), nmmo.Monster("hostile", 1, "magic"),
        nmmo.Monster("hostile", 1, "magic", "water"), nmmo.Monster("hostile", 40, "magic", "water"),
    ):  # fmt: skip
        rows = ["@" + "." * 19, *["." * 20] * 9, "." * 10 + "m" + "." * 9, *["." * 20] * 9]
        seen.append(picture(nmmo.World.from_text("\n".join(rows), {"m": monster}, seed=1)))
    for number, one in enumerate(seen):
        for other in seen[number + 1 :]:
            assert differing(one, other).sum() > 40


def test_the_ring_of_a_hostile_monster_and_the_disc_of_a_team_have_their_colours() -> None:
    pixels = tile(picture(plain(10, 10, "h")), 10, 10)
    assert (np.abs(pixels - TEMPERS[4]).max(axis=2) < 40).sum() > 10
    world = drawn(["." * 20] * 10 + ["." * 10 + "1" + "." * 9] + ["." * 20] * 9, n_players=4, team_size=2)
    pixels = tile(picture(world), 10, 10)
    assert (np.abs(pixels - TEAMS[0]).max(axis=2) < 40).sum() > 20


def test_worn_gear_is_visible() -> None:
    seen = []
    for gear in ([], ["helm"], ["chest"], ["legs"], ["sword"], ["bow"], ["pickaxe"]):
        world = drawn(["." * 20] * 10 + ["." * 10 + "@" + "." * 9] + ["." * 20] * 9)
        for item in gear:
            world.edit.give(0, item, 1, worn=True)
        seen.append(picture(world))
    for number, one in enumerate(seen):
        for other in seen[number + 1 :]:
            assert differing(one, other).sum() > 15


def test_health_bars_show_who_is_hurt() -> None:
    world = drawn(["." * 20] * 10 + ["." * 10 + "@" + "." * 9] + ["." * 20] * 9)
    whole = picture(world)
    world.edit.set(0, health=40)
    hurt = picture(world)
    world.edit.set(0, health=10)
    assert 0 < differing(whole, hurt).sum() < 400
    assert differing(hurt, picture(world)).sum() > 10


def test_a_hit_is_shown_in_the_tick_in_which_it_falls() -> None:
    rows = ["." * 20] * 10 + ["." * 10 + "@p" + "." * 8] + ["." * 20] * 9
    worlds = [drawn(rows), drawn(rows)]
    worlds[0].step([int(nmmo.Action.ATTACK_MONSTER)])
    worlds[1].step([int(nmmo.Action.WAIT)])
    hit, calm = (picture(world) for world in worlds)
    assert (worlds[0].events["kind"] == nmmo.EventKind.HIT).any()
    assert differing(tile(hit, 9, 11), tile(calm, 9, 11)).sum() > 20  # the damage rises above the victim


def test_spoken_words_are_shown() -> None:
    rows = ["." * 20] * 10 + ["." * 10 + "@" + "." * 9] + ["." * 20] * 9
    silent, speaking = drawn(rows, vocabulary=9), drawn(rows, vocabulary=9)
    silent.step([[0, 0]])
    speaking.step([[0, 7]])
    assert differing(picture(silent), picture(speaking)).sum() > 60


def test_layers() -> None:
    world = drawn(["." * 20] * 10 + ["." * 10 + "@" + "." * 9] + ["." * 20] * 9, danger=3)
    usual = picture(world)
    heat = np.zeros((32, 32), np.float32)
    heat[8, 8] = 5
    danger = picture(world, DrawOptions(danger=True))
    warm = picture(world, DrawOptions(heat=True, heat_map=heat))
    view = frame(world, 1280, 720, centre=(10, 10), zoom=32, options=DrawOptions(selected=0, view=True)).astype(int)
    bare = frame(world, 1280, 720, centre=(10, 10), zoom=32, options=DrawOptions(selected=0)).astype(int)
    assert differing(usual, danger).mean() > 0.5
    where = differing(usual, warm)
    assert tile(where[..., None], 8, 8).mean() > 0.3 and not tile(where[..., None], 13, 13).any()
    darker = differing(view, bare)
    ground = bare.sum(axis=2) > 200
    assert 0.2 < darker[ground].mean() < 0.9, "what it does not see is dark, what it sees is not"


def test_the_fog_covers_what_it_has_swallowed() -> None:
    config = nmmo.Config.preset(
        "small", fog=True, fog_start=1, fog_period=1, height=32, width=32, n_players=1, n_monsters=0
    )
    world = nmmo.World(config, seed=1)
    world.reset()
    before = frame(world, SIDE, SIDE).astype(int)
    for _ in range(5):
        world.step([0])
    distance = int(world.players["self"]["fog_distance"][0])
    after = frame(world, SIDE, SIDE).astype(int)
    margin, _ = fog_margins(config, world.tick)
    row, column = (int(world.players["self"][name][0]) for name in ("row", "column"))
    inside = min(row, column, 31 - row, 31 - column) - margin
    assert distance == max(0, inside + 1) or distance == max(0, inside), (distance, inside)
    changed = differing(before, after)
    zoom = SIDE // 32
    assert changed[: margin * zoom - 2].mean() > 0.8
    assert changed[150:170, 150:170].mean() < 0.5


def test_far_zoom_shows_the_whole_map_and_everybody() -> None:
    world = nmmo.World(nmmo.Config.preset("small"), seed=3)
    world.reset()
    pixels = frame(world, 512, 512).astype(int)
    for slot in range(0, 64, 7):
        me = world.players["self"][slot]
        x, y = int((me["column"] + 0.5) * 4), int((me["row"] + 0.5) * 4)
        around = pixels[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4]
        assert (np.abs(around - TEAMS[slot % 8]).max(axis=2) < 12).any(), slot


def test_the_same_world_gives_the_same_picture_and_another_another() -> None:
    pictures = []
    for seed in (0, 0, 1):
        world = nmmo.World(nmmo.Config.preset("small"), seed=seed)
        world.reset()
        pictures.append(frame(world, 320, 200))
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


def test_a_painter_goes_on_drawing_what_changes() -> None:
    """What is kept between pictures must not show what was."""
    world = nmmo.World(nmmo.Config.preset("small"), seed=3)
    world.reset()
    painter = Painter(400, 300)
    rng = np.random.default_rng(3)
    for _ in range(30):
        world.step(nmmo.sample_actions(world.mask, rng))
        painter.paint(world, slot=0)
    row, column = np.argwhere(world.tiles["ground"] >> 2 == nmmo.GroundKind.STONE)[0].tolist()
    painter.paint(world, centre=(row, column), zoom=32)
    world.edit.ground(row, column, "water")
    kept = painter.paint(world, centre=(row, column), zoom=32).astype(int)
    fresh = frame(world, 400, 300, centre=(row, column), zoom=32).astype(int)
    assert differing(kept, fresh).mean() < 0.01


def test_arrays_are_fresh_and_of_the_size_asked_for() -> None:
    world = plain()
    painter = Painter(100, 60)
    one = painter.paint(world)
    copy = one.copy()
    world.step([int(nmmo.Action.MOVE_SOUTH)])
    painter.paint(world)
    assert one.shape == (60, 100, 3) and one.dtype == np.uint8 and one.flags.writeable
    assert np.array_equal(one, copy)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({"width": 0}, ValueError), ({"height": 10**6}, ValueError), ({"width": 1.5}, TypeError)],
)
def test_bad_sizes_are_refused(arguments: dict, error: type[Exception]) -> None:
    with pytest.raises(error, match=next(iter(arguments))):
        Painter(**arguments)


def test_bad_views_are_refused() -> None:
    with pytest.raises(ValueError, match="slot = 7"):
        frame(plain(), slot=7)
    with pytest.raises(ValueError, match="zoom"):
        frame(plain(), zoom=0)


def test_entities_are_found_by_place() -> None:
    scene = Scene.of(plain(10, 10, "p"))
    assert scene.entity_at(0, 0) == 0
    assert scene.entity_at(10, 10) == 1
    assert scene.entity_at(5, 5) is None
    assert scene.position_of(1) == (10, 10) and scene.position_of(99) is None


def test_rendering_an_environment_opens_no_display() -> None:
    program = (
        "import nmmo, sys\n"
        "assert 'pygame' not in sys.modules\n"
        "env = nmmo.parallel_env('small', render_mode='rgb_array')\n"
        "env.reset(seed=1)\n"
        "picture = env.render()\n"
        "import pygame\n"
        "assert picture.shape == (720, 1280, 3) and picture.std() > 20\n"
        "assert not pygame.display.get_init()\n"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "SDL_VIDEODRIVER")}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


def test_pettingzoo_render_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")  # whether or not there is a display
    from pettingzoo.test import parallel_api_test, render_test

    def make(render_mode: str | None = None) -> object:
        return nmmo.env("small", render_mode=render_mode)

    environment = os.environ.get("SDL_VIDEODRIVER")
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    try:
        render_test(make, custom_tests={"ansi": lambda seen: isinstance(seen, str)})
    finally:
        if environment is None:
            del os.environ["SDL_VIDEODRIVER"]
        else:
            os.environ["SDL_VIDEODRIVER"] = environment
    parallel_api_test(nmmo.parallel_env("small", render_mode="rgb_array"), num_cycles=5)


def test_pictures_outlive_somebody_elses_quit():
    """Gymnasium's HumanRendering calls ``pygame.quit()`` when it is closed, which takes all fonts away."""
    import pygame

    with nmmo.World(nmmo.Config.preset("small"), seed=3) as world:
        world.reset()
        before = Painter().paint(world, slot=0)
        for begin_again in (False, True):
            pygame.quit()
            if begin_again:
                pygame.init()
            assert np.array_equal(Painter().paint(world, slot=0), before)
