"""Maps as files: generated, saved, loaded, painted, checked, drawn; and files that mean harm."""

from __future__ import annotations

import copy
import hashlib
import io
import os
import pickle
import re
import runpy
import shutil
import struct
import subprocess
import sys
import tracemalloc
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nmmo
from nmmo.core import map_paint
from nmmo.core.content import NUMBER
from nmmo.core.map_check import region_sizes
from nmmo.core.map_file import MOST_BYTES

TREE = Path(__file__).resolve().parents[2]
SCRIPT = TREE / "scripts" / "make_maps.py"
FIRST_NODE, LAST_NODE = NUMBER.FIRST_NODE, NUMBER.LAST_NODE
GRASS = int(nmmo.GroundKind.GRASS) * 4 | 1 << 20
STONE = int(nmmo.GroundKind.STONE) * 4 | 1 << 20
WATER = int(nmmo.GroundKind.WATER) * 4 | 1 << 20
ORE = GRASS | int(nmmo.ObjectKind.ORE) << 8 | 1 << 16


def flat(height: int = 32, width: int = 40, word: int = GRASS) -> np.ndarray:
    return np.full((height, width), word, np.uint32)


# ---- the map itself -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_generated_map_is_the_worlds(seed):
    made = nmmo.Map.generate(seed, 48, 64)
    with nmmo.World(nmmo.Config(height=48, width=64, n_players=4, n_monsters=8), seed=seed) as world:
        world.reset()
        assert np.array_equal(made.words, world.map())
        tiles = world.tiles
        assert np.array_equal(made.ground, tiles["ground"] >> 2)
        assert np.array_equal(made.biome, tiles["ground"] & 3)
        assert np.array_equal(made.danger, tiles["tier"] >> 4)
        assert np.array_equal(made.node, tiles["object"])
        assert np.array_equal(made.node_tier, tiles["tier"] & 15)
    assert made.walkable.mean() >= 0.55


def test_generation_follows_its_arguments():
    one = nmmo.Map.generate(0, 40)
    assert (one.height, one.width) == (40, 40)
    assert one == nmmo.Map.generate(0, 40, 40)
    assert one != nmmo.Map.generate(1, 40, 40)
    assert one.digest != nmmo.Map.generate(1, 40, 40).digest
    config = nmmo.Config.preset("small").replace(fish_density=0, team_size=4)
    bare = nmmo.Map.generate(3, config=config, ore_density=0)
    assert (bare.height, bare.width) == (128, 128)
    assert set(np.unique(bare.node)) == {
        0,
        nmmo.ObjectKind.TREE,
        nmmo.ObjectKind.CRYSTAL,
        nmmo.ObjectKind.HERB,
    }
    with pytest.raises(TypeError, match="unknown density 'gold_density'"):
        nmmo.Map.generate(0, 40, gold_density=4)
    with pytest.raises(nmmo.ConfigError, match="height"):
        nmmo.Map.generate(0, 31)
    with pytest.raises(ValueError, match="seed"):
        nmmo.Map.generate(-1, 40)


def test_digest_is_of_shape_and_words():
    data = struct.pack("<2I", 32, 40) + struct.pack("<I", GRASS) * (32 * 40)
    assert nmmo.Map(flat()).digest == hashlib.sha256(data).hexdigest()
    assert nmmo.Map(flat(40, 32)).digest != nmmo.Map(flat()).digest
    words = flat()
    words[31, 39] = ORE
    assert nmmo.Map(words).digest != nmmo.Map(flat()).digest


def test_map_is_a_value():
    words = flat()
    made = nmmo.Map(words)
    words[0, 0] = STONE
    assert made.words[0, 0] == GRASS
    with pytest.raises(ValueError, match="read-only"):
        made.words[0, 0] = STONE
    other = nmmo.Map(words)
    assert made != other
    assert len({made, nmmo.Map(flat()), other}) == 2
    for twin in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
        assert twin == made
    assert np.asarray(made).shape == (32, 40)
    assert "32 x 40" in repr(made)


WRONG = [
    (GRASS | 1 << 24, "beyond the lowest three bytes"),
    (24 | 1 << 20, "no known ground"),
    (255 | 1 << 20, "no known ground"),
    (GRASS & 0xFF, "danger 0"),
    ((GRASS & 0xFF) | 6 << 20, "danger 6"),
    (GRASS | 1 << 16, "tier 1 without a node"),
    (GRASS | 1 << 8 | 1 << 16, "object 1, which is not a ripe node"),
    (GRASS | LAST_NODE + 1 << 8 | 1 << 16, f"object {LAST_NODE + 1}"),
    (GRASS | FIRST_NODE << 8, "node of tier 0"),
    (GRASS | LAST_NODE << 8 | 6 << 16, "node of tier 6"),
    (STONE | FIRST_NODE << 8 | 1 << 16, "node on stone"),
    (WATER | LAST_NODE << 8 | 1 << 16, "node on water"),
]


@pytest.mark.parametrize(("word", "part"), WRONG, ids=[part for _, part in WRONG])
def test_wrong_word_is_named_and_the_engine_agrees(word, part):
    words = flat()
    words[17, 5] = word
    words[17, 6] = word
    with pytest.raises(nmmo.MapError, match=rf"map\[17, 5\] = {word:#x} .*{part}"):
        nmmo.Map(words)
    config = nmmo.Config(height=32, width=40, n_players=1, n_monsters=0)
    with nmmo.World(config, map=words) as world, pytest.raises(nmmo.MapError, match=r"map\[17, 5\]"):
        world.reset()


def test_every_word_is_judged_as_by_the_engine():
    rng = np.random.default_rng(5)
    config = nmmo.Config(height=32, width=32, n_players=1, n_monsters=0)
    grounds, objects = rng.integers(0, 30, 300), rng.choice([0, 0, 20, 21, 23, 25, 26], 300)
    tiers, dangers = rng.integers(0, 7, 300), rng.integers(0, 7, 300)
    verdicts = []
    for word in (grounds | objects << 8 | tiers << 16 | dangers << 20).tolist():
        words = flat(32, 32)
        words[3, 3] = word
        try:
            nmmo.Map(words)
            verdicts.append(True)
        except nmmo.MapError:
            verdicts.append(False)
        with nmmo.World(config, 0, map=words) as world:
            try:
                world.reset()
                engine = True
            except nmmo.MapError:
                engine = False
        assert engine == verdicts[-1], hex(word)
    assert 10 < sum(verdicts) < 290


@pytest.mark.parametrize(
    ("words", "error", "part"),
    [
        (np.zeros((32, 32)), TypeError, "float64"),
        (flat().ravel(), nmmo.MapError, "two dimensions"),
        (flat(31, 40), nmmo.MapError, "height"),
        (flat(32, 4097), nmmo.MapError, "width"),
        (flat().astype(np.int64) | 1 << 40, nmmo.MapError, r"map\[0, 0\]"),
        (-flat().astype(np.int64), nmmo.MapError, r"map\[0, 0\]"),
        (flat(word=0), nmmo.MapError, "danger 0"),
    ],
)
def test_array_that_is_no_map(words, error, part):
    with pytest.raises(error, match=part):
        nmmo.Map(words)


# ---- files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 97), (300, 64)])
def test_saved_map_comes_back(tmp_path, height, width):
    made = nmmo.Map.generate(4, height, width)
    made.save(tmp_path / "a.npz")
    made.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert nmmo.Map.load(tmp_path / "a.npz") == made
    nmmo.Map.generate(5, height, width).save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() != (tmp_path / "b.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz"]


def test_files_are_numpys(tmp_path):
    made = nmmo.Map.generate(4, 40, 50)
    made.save(tmp_path / "ours.npz")
    with np.load(tmp_path / "ours.npz", allow_pickle=False) as archive:
        assert archive.files == ["map"]
        assert archive["map"].dtype == np.uint32
        assert np.array_equal(archive["map"], made.words)
    for write in (np.savez, np.savez_compressed):
        write(tmp_path / "theirs.npz", map=made.words)
        assert nmmo.Map.load(tmp_path / "theirs.npz") == made


def test_saving_where_one_cannot_leaves_nothing(tmp_path):
    with pytest.raises(OSError):
        nmmo.Map(flat()).save(tmp_path / "no" / "map.npz")
    (tmp_path / "taken.npz").mkdir()
    with pytest.raises(OSError):
        nmmo.Map(flat()).save(tmp_path / "taken.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.npz"]


def npy(array: np.ndarray, **options) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **options)
    return stream.getvalue()


def with_header(text: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    header = text.encode("latin-1") + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + data


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", method) as made:
        warnings.simplefilter("ignore")  # of a name that comes twice
        for name, data in members:
            made.writestr(name, data)
        made.comment = comment
    return stream.getvalue()


def patched(data: bytes, offset_in_directory: int, form: str, value: int) -> bytes:
    """Return an archive with one field of its directory's entry changed."""
    made = bytearray(data)
    struct.pack_into(form, made, data.index(b"PK\x01\x02") + offset_in_directory, value)
    return bytes(made)


def corrupted(data: bytes, offset: int) -> bytes:
    made = bytearray(data)
    made[offset] ^= 0x55
    return bytes(made)


GOOD = archive(("map.npy", npy(flat())))
SHAPED = "{{'descr': '<u4', 'fortran_order': False, 'shape': {}, }}"


def bomb(more: int = 0) -> bytes:
    """Return 64 MiB of zeros, and more, in 65 kB."""
    zeros = with_header(SHAPED.format("(4096, 4096)")) + bytes(4096 * 4096 * 4 + more)
    return archive(("map.npy", zeros))


LOCATOR = b"PK\x06\x07" + struct.pack("<LQL", 0, 0, 1)

HOSTILE = {
    "empty": (b"", "does not begin like a zip"),
    "text": (b"hello, this is not a map at all", "does not begin like a zip"),
    "bare array": (npy(flat()), "bare .npy"),
    "pickle": (pickle.dumps(flat()), "does not begin like a zip"),
    "cut to the start": (GOOD[:30], "cut short"),
    "without the end": (GOOD[:-1], "cut short"),
    "with more behind": (GOOD + b"x", "cut short"),
    "an archive of nothing": (archive(), "does not begin like a zip"),
    "another name": (archive(("maps.npy", npy(flat()))), "one member, map.npy; this has 'maps.npy'"),
    "a path": (archive(("../map.npy", npy(flat()))), "one member"),
    "two members": (archive(("map.npy", npy(flat())), ("evil.npy", b"")), "this has 2"),
    "the same twice": (archive(("map.npy", npy(flat())), ("map.npy", npy(flat()))), "this has 2"),
    "a comment": (archive(("map.npy", npy(flat())), comment=b"hi"), "cut short"),
    "a second directory": (GOOD[:-22] + LOCATOR + GOOD[-22:], "second directory"),
    "a long directory": (GOOD[:-10] + struct.pack("<L", 10**6) + GOOD[-6:], "directory has 1,000,000"),
    "directory elsewhere": (GOOD[:-6] + struct.pack("<L", 10**6) + GOOD[-2:], "damaged"),
    "lzma": (archive(("map.npy", npy(flat())), method=zipfile.ZIP_LZMA), "method 14"),
    "bzip2": (archive(("map.npy", npy(flat())), method=zipfile.ZIP_BZIP2), "method 12"),
    "unknown method": (patched(GOOD, 10, "<H", 99), "method 99"),
    "encrypted": (patched(GOOD, 8, "<H", 1), "encrypted"),
    "claims much": (patched(GOOD, 24, "<L", 2**32 - 2), "claims 4,294,967,294"),
    "claims more": (patched(GOOD, 24, "<L", MOST_BYTES + 1), "claims"),
    "claims less": (patched(GOOD, 24, "<L", 200), "damaged"),
    "wrong checksum": (patched(GOOD, 16, "<L", 1), "damaged"),
    "corrupted data": (corrupted(GOOD, 60), "damaged|map.npy"),
    "negative offset": (patched(GOOD, 42, "<L", 2**31), "damaged"),
    "bomb": (bomb, r"map\[0, 0\] = 0x0 has danger 0"),
    "a bomb behind a map": (lambda: archive(("map.npy", npy(flat()) + bytes(60 << 20))), "one of 32 x 40"),
    "larger than any": (lambda: bomb(4096), "claims"),
    "no array": (archive(("map.npy", b"0123456789abcdef")), "not a numpy array"),
    "nothing inside": (archive(("map.npy", b"")), "cut short"),
    "cut in the header": (archive(("map.npy", npy(flat())[:50])), "cut short"),
    "cut in the data": (archive(("map.npy", npy(flat())[:-4])), "5,248 bytes|5,244 bytes"),
    "too long": (archive(("map.npy", npy(flat()) + b"more")), "one of 32 x 40 tiles has"),
    "version 2": (archive(("map.npy", npy(flat(), version=(2, 0)))), "version 2.0"),
    "version 9": (archive(("map.npy", with_header("{}", version=b"\x09\x00"))), "version 9.0"),
    "long header": (archive(("map.npy", with_header(" " * 60000))), "header of 60,001"),
    "code as header": (archive(("map.npy", with_header("__import__('os').abort()"))), "not numpy's"),
    "deep header": (archive(("map.npy", with_header("(" * 200))), "not numpy's"),
    "no header": (archive(("map.npy", with_header(""))), "not numpy's"),
    "objects": (archive(("map.npy", npy(flat().astype(object)))), r"dtype '\|O'"),
    "int64": (archive(("map.npy", npy(flat().astype(np.int64)))), "dtype '<i8'"),
    "big-endian": (archive(("map.npy", npy(flat().astype(">u4")))), "dtype '>u4'"),
    "structured": (archive(("map.npy", npy(np.zeros((32, 32), "<u2,<u2")))), "dtype "),
    "fortran": (archive(("map.npy", npy(np.asfortranarray(flat())))), "Fortran order"),
    "one dimension": (archive(("map.npy", npy(flat().ravel()))), r"shape \(1280,\)"),
    "three dimensions": (archive(("map.npy", npy(flat()[None]))), r"shape \(1, 32, 40\)"),
    "scalar": (archive(("map.npy", npy(np.uint32(1)))), r"shape \(\)"),
    "negative": (archive(("map.npy", with_header(SHAPED.format("(-32, 40)")))), r"shape \(-32, 40\)"),
    "both negative": (archive(("map.npy", with_header(SHAPED.format("(-32, -40)")))), r"shape \(-32, -40\)"),
    "huge": (archive(("map.npy", with_header(SHAPED.format("(999999999, 32)")))), "height"),
    "huger": (archive(("map.npy", with_header(SHAPED.format(f"({10**30}, 32)")))), "shape"),
    "wide": (archive(("map.npy", npy(flat(32, 4097)))), "width is 32 to 4096 tiles; got 4097"),
    "narrow": (archive(("map.npy", npy(flat(32, 31)))), "got 31"),
    "no tiles": (archive(("map.npy", npy(flat(0, 0)))), "height"),
    "a wrong word": (archive(("map.npy", npy(flat(word=ORE & ~0xFF)))), "node on void"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_in_little_memory(tmp_path, name):
    data, part = HOSTILE[name]
    path = tmp_path / "map.npz"
    path.write_bytes(data() if callable(data) else data)
    tracemalloc.start()
    try:
        with pytest.raises(nmmo.MapError, match=part) as caught:
            nmmo.Map.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert peak < 24 << 20


def test_good_file_of_the_hostile_kind_is_read(tmp_path):
    """What the hostile files are made of is itself in order."""
    (tmp_path / "map.npz").write_bytes(GOOD)
    assert nmmo.Map.load(tmp_path / "map.npz") == nmmo.Map(flat())


def test_file_of_any_length_is_refused_unread(tmp_path):
    with open(tmp_path / "map.npz", "wb") as file:
        file.truncate(1 << 40)  # sparse
    with pytest.raises(nmmo.MapError, match="the largest map"):
        nmmo.Map.load(tmp_path / "map.npz")


@pytest.mark.parametrize("step", [1, 5])
def test_no_damage_crashes(tmp_path, step):
    """Bytes changed and files cut anywhere: the map itself, or MapError."""
    made = nmmo.Map.generate(3, 32, 32)
    made.save(tmp_path / "map.npz")
    whole = (tmp_path / "map.npz").read_bytes()
    rng = np.random.default_rng(step)
    refused = 0
    for number in range(150):
        data = bytearray(whole)
        if number % 3 == 0:
            data = data[: int(rng.integers(len(data)))]
        else:
            ends = [*range(60), *range(len(data) - 90, len(data))]  # headers, not only deflated data
            for place in rng.choice(ends if number % 3 == 1 else len(data), step):
                data[place] = int(rng.integers(256))
        (tmp_path / "map.npz").write_bytes(data)
        try:
            assert nmmo.Map.load(tmp_path / "map.npz") == made
        except nmmo.MapError:
            refused += 1
    assert refused > 75


def test_pipe_and_folder_are_no_maps(tmp_path):
    os.mkfifo(tmp_path / "map.npz")
    (tmp_path / "folder.npz").mkdir()
    for name in ("map.npz", "folder.npz"):
        with pytest.raises(nmmo.MapError, match="not a regular file"):
            nmmo.Map.load(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        nmmo.Map.load(tmp_path / "missing.npz")


# ---- shipped maps -------------------------------------------------------------------------------------


def test_a_map_is_shipped_for_every_preset():
    assert nmmo.Map.names() == nmmo.Config.PRESETS


@pytest.mark.parametrize("name", nmmo.Config.PRESETS)
def test_shipped_map_is_what_the_engine_generates(name):
    config = nmmo.Config.preset(name)
    seed = runpy.run_path(str(SCRIPT))["SEEDS"][name]
    shipped = nmmo.Map.named(name)  # compares with the manifest's digest
    assert shipped == nmmo.Map.generate(seed, config=config), (
        "the terrain has changed: run scripts/make_maps.py, look at the maps, and commit them"
    )
    assert shipped.check().problems == ()
    assert (shipped.height, shipped.width) == (config.height, config.width)


def test_shipped_maps_differ():
    assert len({nmmo.Map.named(name).digest for name in nmmo.Map.names()}) == len(nmmo.Map.names())


def test_shipped_map_that_was_replaced_is_refused(monkeypatch):
    manifest = {"small": {"digest": "0" * 64}}
    monkeypatch.setattr("nmmo.core.maps.shipped", lambda: manifest)
    with pytest.raises(nmmo.MapError, match="'small' is not the one that was shipped"):
        nmmo.Map.named("small")
    manifest["small"]["digest"] = nmmo.Map.generate(3, 128, 128).digest
    assert nmmo.Map.named("small").height == 128


def test_world_on_a_shipped_map():
    config = nmmo.Config.preset("small")
    with nmmo.World(config, 1, map="small") as world:
        world.reset()
        assert nmmo.Map(world.map()) == nmmo.Map.named("small")
        world.reset(seed=0)
        assert nmmo.Map(world.map()) == nmmo.Map.named("small")
        with copy.deepcopy(world) as twin:
            twin.reset()
            assert nmmo.Map(twin.map()) == nmmo.Map.named("small")


def test_world_on_a_map_or_a_path(tmp_path):
    made = nmmo.Map.generate(9, 32, 48)
    made.save(tmp_path / "my.npz")
    config = nmmo.Config(height=32, width=48, n_players=4, n_monsters=4)
    for source in (made, made.words, tmp_path / "my.npz", str(tmp_path / "my.npz")):
        with nmmo.World(config, 2, map=source) as world:
            world.reset()
            assert nmmo.Map(world.map()) == made


def test_world_of_another_size_says_both():
    expected = r"the map has 128 x 128 tiles, the configuration 512 x 512"
    with pytest.raises(nmmo.MapError, match=expected):
        nmmo.World(map="small")


def test_unknown_map_suggests_the_nearest():
    with pytest.raises(nmmo.MapError, match="no map 'lareg'; did you mean 'large'"):
        nmmo.World(map="lareg")
    with pytest.raises(nmmo.MapError, match="there are small, medium"):
        nmmo.Map.named("zzzz")
    for name in ("../maps/small", "small/../small", ""):
        with pytest.raises(nmmo.MapError, match="no map"):
            nmmo.Map.named(name)


def test_script_checks_the_maps(tmp_path):
    folder = tmp_path / "maps"
    shutil.copytree(TREE / "maps", folder)

    def check() -> tuple[int, str]:
        command = [sys.executable, SCRIPT, "--check", "--folder", folder]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, done.stdout

    assert check() == (0, "the maps are up to date\n")
    nmmo.Map.generate(99, 128).save(folder / "small.npz")
    manifest = folder / "manifest.toml"
    manifest.write_text(manifest.read_text().replace(nmmo.Map.named("battle").digest, "0" * 64))
    status, out = check()
    assert status == 1
    assert "small: the file does not hold" in out
    assert "battle: the manifest does not describe" in out
    assert "large" not in out


# ---- checks -------------------------------------------------------------------------------------------


def slow_regions(mask: np.ndarray) -> list[int]:
    """Return the sizes by flooding, tile by tile."""
    left, sizes = mask.copy(), []
    while left.any():
        todo = [tuple(place) for place in np.argwhere(left)[:1]]
        left[todo[0]] = False
        size = 0
        while todo:
            row, column = todo.pop()
            size += 1
            for place in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if 0 <= place[0] < mask.shape[0] and 0 <= place[1] < mask.shape[1] and left[place]:
                    left[place] = False
                    todo.append(place)
        sizes.append(size)
    return sorted(sizes, reverse=True)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.6, 0.65, 0.9, 1.0])
def test_regions_are_those_of_flooding(share):
    rng = np.random.default_rng(int(share * 100))
    for height, width in ((1, 1), (1, 30), (30, 1), (17, 23), (40, 40)):
        mask = rng.random((height, width)) < share
        assert region_sizes(mask) == slow_regions(mask)


def test_regions_of_a_spiral():
    """One long corridor, which takes the joining of runs many rounds, and its walls."""
    size = 41
    mask = np.zeros((size, size), bool)
    top, left, bottom, right = 0, 0, size - 1, size - 1
    while top <= bottom and left <= right:
        mask[top, max(left - 2, 0) : right + 1] = True
        mask[top : bottom + 1, right] = True
        mask[bottom, left : right + 1] = True
        mask[top + 2 : bottom + 1, left] = True
        top, left, bottom, right = top + 2, left + 2, bottom - 2, right - 2
    assert region_sizes(mask) == slow_regions(mask)
    assert region_sizes(~mask) == slow_regions(~mask)


def test_report_counts_what_is_there():
    words = flat(32, 32)
    words[:, 16] = STONE
    words[0, 0] = ORE
    words[1, 0] = GRASS | int(nmmo.ObjectKind.FISH) << 8 | 5 << 16
    words[2, 20:24] = GRASS & 0xFF | 4 << 20
    report = nmmo.Map(words).check()
    assert report.walkable == 32 * 31
    assert report.walkable_share == 31 / 32
    assert report.regions == (16 * 32, 15 * 32)
    assert report.danger_shares == (988 / 992, 0, 0, 4 / 992, 0)
    assert report.danger_regions == (2, 0, 0, 0, 0)  # four tiles are no region
    assert report.biome_shares == (1, 0, 0, 0)
    assert report.nodes[0].tolist() == [1, 0, 0, 0, 0]
    assert report.nodes[4].tolist() == [0, 0, 0, 0, 1]
    assert report.nodes.sum() == 2
    assert report.nodes_per_1024()[0, 0] == pytest.approx(1024 / 992)
    assert report.room == 256
    assert len(report.problems) == 1
    assert "2 parts; 480 tiles cannot be reached" in report.problems[0]
    assert any("summer covers 0.0%" in note for note in report.notes)
    assert not report.good


def test_small_maps_are_promised_less():
    small, large = (nmmo.Map(flat(side, side)).check() for side in (127, 128))
    assert small.good
    assert small.notes == large.problems
    assert not large.good
    text = "\n".join(large.problems)
    for part in (
        "danger 1 covers 100.0%",
        "danger 5 has 0 regions",
        "winter covers 0.0%",
        "there is no crystal",
    ):
        assert part in text


def test_map_of_water_breaks_promises():
    report = nmmo.Map(flat(word=WATER)).check()
    assert report.walkable == report.room == 0
    assert report.regions == ()
    assert any("0.0% of the map can be walked on" in problem for problem in report.problems)
    assert any("danger 1, where lives begin" in problem for problem in report.problems)


# ---- painting -----------------------------------------------------------------------------------------


def test_the_page_shows_the_palette():
    text = (TREE / "docs" / "maps.md").read_text(encoding="utf-8")
    shown = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for column, colour in enumerate(re.findall(r"`#([0-9a-f]{6})`", line)):
            shown[cells[0], column] = tuple(bytes.fromhex(colour))
    expected = {("void", 0): map_paint.VOID}
    for colour, (_, number) in map_paint.GROUND_COLOURS.items():
        if number:
            expected[nmmo.GroundKind(number >> 2).name.lower(), number & 3] = colour
    for colour, (_, number) in map_paint.DANGER_COLOURS.items():
        expected["danger", number - 1] = colour
    for colour, (_, number) in map_paint.NODE_COLOURS.items():
        if number:
            expected[nmmo.ObjectKind(number & 0xFF).name.lower(), (number >> 8) - 1] = colour
    assert {place: colour for place, colour in shown.items() if place in expected} == expected


@pytest.fixture(scope="module")
def painted() -> nmmo.Map:
    return nmmo.Map.generate(6, 128, 160)


def test_palettes_have_a_colour_for_everything():
    assert len(map_paint.GROUND_COLOURS) == 1 + 5 * 4
    assert len(map_paint.DANGER_COLOURS) == 5
    assert len(map_paint.NODE_COLOURS) == 1 + 5 * 5
    for palette in map_paint.LAYERS.values():
        assert len({number for _, number in palette.values()}) == len(palette)


def test_layers_come_back(tmp_path, painted):
    for layer in ("ground", "danger", "nodes"):
        painted.painted(layer).save(tmp_path / f"{layer}.png")
    files = [tmp_path / f"{layer}.png" for layer in ("ground", "danger", "nodes")]
    assert nmmo.Map.from_image(files[0], danger=files[1], nodes=files[2]) == painted
    arrays = [np.asarray(painted.painted(layer)) for layer in ("ground", "danger", "nodes")]
    assert nmmo.Map.from_image(arrays[0], danger=arrays[1], nodes=arrays[2], seed=5) == painted
    with pytest.raises(ValueError, match="no layer 'sky'"):
        painted.painted("sky")


def test_what_is_not_painted_follows_the_seed(painted):
    ground = np.asarray(painted.painted("ground"))
    made = [nmmo.Map.from_image(ground, seed=seed) for seed in (0, 0, 1)]
    assert made[0] == made[1]
    assert (made[0].danger != made[2].danger).mean() > 0.1
    assert (made[0].node != made[2].node).any()
    for one in made:
        assert np.array_equal(one.ground, painted.ground)
        assert np.array_equal(one.biome, painted.biome)


def test_what_is_drawn_from_a_seed_stays_the_same():
    """On every machine, with every version of numpy: the digest was noted once."""
    ground = np.zeros((64, 64, 3), np.uint8)
    for place, name in (
        (np.s_[:, :], "spring grass"),
        (np.s_[30:, :], "winter grass"),
        (np.s_[:, 40:], "summer sand"),
        (np.s_[10:14, 5:60], "spring water"),
        (np.s_[40:60, 20:30], "autumn stone"),
    ):
        ground[place] = next(colour for colour, (known, _) in map_paint.GROUND_COLOURS.items() if known == name)
    digest = "55c81638b9a088a75652a6748b286235ae5d7a46ac60bd89ff99e3daf2d7276e"
    assert nmmo.Map.from_image(ground, seed=3).digest == digest
    assert nmmo.Map.from_image(ground, seed=4).digest != digest


@pytest.mark.parametrize("seed", range(4))
def test_what_is_not_painted_keeps_the_promises(painted, seed):
    ground = np.asarray(painted.painted("ground"))
    made = nmmo.Map.from_image(ground, seed=seed)
    report = made.check()
    assert report.problems == ()
    assert report.danger_shares == pytest.approx([0.35, 0.25, 0.18, 0.13, 0.09], abs=0.005)
    steps = np.concatenate([np.abs(np.diff(made.danger.astype(int), axis=axis)).ravel() for axis in (0, 1)])
    assert (steps <= 1).mean() > 0.99
    wanted = made.walkable.sum() * 8 // 1024
    assert report.nodes.sum(axis=1).tolist() == [wanted] * 5
    for row, column in np.argwhere(made.node > 0):
        kind = nmmo.ObjectKind(int(made.node[row, column]))
        around = made.ground[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        assert made.walkable[row, column]
        assert 1 <= made.node_tier[row, column] <= made.danger[row, column]
        if kind == nmmo.ObjectKind.ORE:
            assert (around == nmmo.GroundKind.STONE).any()
        elif kind == nmmo.ObjectKind.FISH:
            assert (around == nmmo.GroundKind.WATER).any()
        elif kind == nmmo.ObjectKind.CRYSTAL:
            near = made.biome[max(0, row - 4) : row + 5, max(0, column - 4) : column + 5]
            assert (near != made.biome[row, column]).any()
        else:
            assert made.ground[row, column] == nmmo.GroundKind.GRASS


def test_tiers_of_strewn_nodes_halve_downward(painted):
    ground = np.asarray(painted.painted("ground"))
    dense = {f"{kind}_density": 100 for kind in ("ore", "tree", "crystal", "herb", "fish")}
    made = nmmo.Map.from_image(ground, danger=5, **dense)
    counts = np.bincount(made.node_tier[made.node > 0], minlength=6)[1:]
    assert counts.sum() > 4000
    assert counts / counts.sum() == pytest.approx([1 / 16, 1 / 16, 1 / 8, 1 / 4, 1 / 2], abs=0.03)


def test_densities_and_danger_are_taken(painted):
    ground = np.asarray(painted.painted("ground"))
    made = nmmo.Map.from_image(ground, danger=3, ore_density=0, tree_density=20)
    kinds = made.check().nodes.sum(axis=1)
    assert (made.danger == 3).all()
    assert kinds[0] == 0
    assert kinds[1] == made.walkable.sum() * 20 // 1024
    with pytest.raises(TypeError, match="gold_density"):
        nmmo.Map.from_image(ground, gold_density=1)
    for wrong in (0, 6):
        with pytest.raises(ValueError, match="danger"):
            nmmo.Map.from_image(ground, danger=wrong)


def test_pictures_of_nothing_but_water_and_void_are_maps():
    water = np.full((32, 32, 3), (0x3F, 0x8F, 0xC4), np.uint8)
    assert (nmmo.Map.from_image(water).ground == nmmo.GroundKind.WATER).all()
    void = np.zeros((32, 32, 4), np.uint8)
    void[..., :3] = 200  # of no meaning, but all transparent
    assert (nmmo.Map.from_image(void).ground == nmmo.GroundKind.VOID).all()


def test_unknown_colour_names_pixel_and_nearest(tmp_path, painted):
    ground = np.array(painted.painted("ground"))
    ground[7, 9] = (0x6E, 0xB0, 0x4E)
    Image.fromarray(ground).save(tmp_path / "map.png")
    expected = r"map\.png: the pixel in row 7, column 9 is #6eb04e.*the nearest .* #6db04e, spring grass"
    with pytest.raises(nmmo.MapError, match=expected):
        nmmo.Map.from_image(tmp_path / "map.png")
    dangers = np.array(painted.painted("danger"))
    dangers[0, 1] = 0
    with pytest.raises(nmmo.MapError, match=r"danger: the pixel in row 0, column 1 is #000000.*danger 5"):
        nmmo.Map.from_image(np.asarray(painted.painted("ground")), danger=dangers)


def test_node_where_nobody_walks_is_refused(painted):
    nodes = np.asarray(painted.painted("nodes"))
    ground = np.array(painted.painted("ground"))
    ground[painted.node > 0] = (0x3F, 0x8F, 0xC4)
    with pytest.raises(nmmo.MapError, match="node on water"):
        nmmo.Map.from_image(ground, nodes=nodes)


def test_layers_of_other_sizes_are_refused(painted):
    ground, danger = (np.asarray(painted.painted(layer)) for layer in ("ground", "danger"))
    with pytest.raises(nmmo.MapError, match=r"128 x 160 .* danger 127 x 160"):
        nmmo.Map.from_image(ground, danger=danger[1:])


def png_header(height: int, width: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))

    head = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "not an image"),
        (b"\x89PNG\r\n\x1a\n", "not an image|damaged"),
        (png_header(5000, 64), "height is 32 to 4096"),
        (png_header(64, 2**31 - 1), "width|larger than a map"),
        (png_header(2**31 - 1, 2**31 - 1), "larger than a map"),
        (png_header(64, 64), "damaged"),
    ],
    ids=["empty", "cut", "tall", "wide", "bomb", "corrupted"],
)
def test_hostile_images_are_refused(tmp_path, data, part):
    (tmp_path / "map.png").write_bytes(data)
    with pytest.raises(nmmo.MapError, match=part) as caught:
        nmmo.Map.from_image(tmp_path / "map.png")
    assert str(tmp_path / "map.png") in str(caught.value)


def test_formats_that_change_colours_are_refused(tmp_path, painted):
    painted.painted("ground").save(tmp_path / "map.jpg")
    with pytest.raises(nmmo.MapError, match="exact colours"):
        nmmo.Map.from_image(tmp_path / "map.jpg")
    half = np.full((32, 32, 4), 128, np.uint8)
    with pytest.raises(nmmo.MapError, match="row 0, column 0 is partly transparent"):
        nmmo.Map.from_image(half)
    with pytest.raises(nmmo.MapError, match="uint8"):
        nmmo.Map.from_image(np.zeros((32, 32)))
    with pytest.raises(FileNotFoundError):
        nmmo.Map.from_image(tmp_path / "missing.png")


# ---- pictures -----------------------------------------------------------------------------------------


def test_preview_shows_the_map(painted):
    picture = painted.preview(2)
    assert picture.mode == "RGB"
    assert picture.width == max(320, 420)
    assert picture.height > 256
    pixels = np.asarray(picture).astype(int)[:256, 50:370]
    ground = np.repeat(np.repeat(painted.ground, 2, 0), 2, 1)
    water, grass = pixels[ground == nmmo.GroundKind.WATER], pixels[ground == nmmo.GroundKind.GRASS]
    assert (water[:, 2] > water[:, 0]).mean() > 0.95  # blue
    assert (grass[:, 1] >= grass[:, 2]).mean() > 0.6  # green, but for winter's
    assert painted.preview(2).tobytes() == picture.tobytes()


@pytest.mark.parametrize(("height", "width", "scale"), [(32, 32, 16), (512, 512, 2), (1024, 40, 1), (128, 64, 8)])
def test_preview_has_about_a_thousand_pixels(height, width, scale):
    picture = nmmo.Map(flat(height, width)).preview()
    assert picture.width == max(420, width * scale)
    assert height * scale < picture.height < height * scale + 300


def test_bands_of_a_preview_have_no_seams(painted, monkeypatch):
    whole = np.asarray(painted.preview(2)).astype(int)
    monkeypatch.setattr("nmmo.core.map_preview.BAND_PIXELS", 1)
    banded = np.asarray(painted.preview(2)).astype(int)
    assert np.abs(whole - banded).max() <= 1  # sums are rounded elsewhere


def test_nodes_are_drawn_where_there_is_room():
    words = flat()
    words[16, 20] = ORE
    for scale, shown in ((3, False), (4, True), (9, True)):
        with_node, without = (
            np.asarray(nmmo.Map(given).preview(scale, title="one"))[: 32 * scale] for given in (words, flat())
        )
        assert (with_node != without).any() == shown


def test_danger_is_drawn():
    words = flat()
    words[:, 20:] = GRASS & 0xFF | 2 << 20
    plain, lined = (np.asarray(nmmo.Map(given).preview(4))[:128].astype(int) for given in (flat(), words))
    left = (plain.shape[1] - 160) // 2
    changed = np.abs(lined - plain).sum(axis=2)[:, left : left + 160]
    assert (changed[:, 77:83].max(axis=1) > 60).all()  # a line from top to bottom
    assert changed[:, :60].max() == 0


def test_title_and_scale_of_a_preview(painted):
    assert painted.preview(1, title="Here").tobytes() != painted.preview(1).tobytes()
    for wrong in (0, 33):
        with pytest.raises(ValueError, match="scale"):
            painted.preview(wrong)
    with pytest.raises(ValueError, match="pixels"):
        nmmo.Map(flat(1024, 1024)).preview(8)
