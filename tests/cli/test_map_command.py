"""`nmmo map`: what its commands write and print, and how they fail."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import nmmo
from nmmo.cli.map import COMMANDS


@pytest.fixture
def my_map(tmp_path):
    path = tmp_path / "my.npz"
    nmmo.Map.generate(2, 40, 48).save(path)
    return path


def test_help_names_commands_and_maps(nmmo_command):
    done = nmmo_command("map", "--help")
    assert done.status == 0
    for name in COMMANDS:
        assert f"  {name}" in done.out
        help_page = nmmo_command("map", name, "--help")
        assert help_page.status == 0
        assert help_page.out.startswith(f"usage: nmmo map {name}")
        assert "-o" in help_page.out or name == "check"
    assert "small, medium, large" in done.out
    assert nmmo_command("map").status == 2


def test_generate(nmmo_command, tmp_path):
    out = tmp_path / "made.npz"
    done = nmmo_command("map", "generate", "--seed", "0", "--size", "40x64", "--density", "ore=0", "-o", str(out))
    assert done.status == 0
    expected = nmmo.Map.generate(0, 40, 64, ore_density=0)
    assert nmmo.Map.load(out) == expected
    assert expected.digest in done.out
    assert nmmo_command("map", "generate", "--seed", "1", "--size", "40", "-o", str(out)).status == 0
    assert nmmo.Map.load(out) == nmmo.Map.generate(1, 40, 40)
    assert nmmo_command("map", "generate", "--seed", "1", "--preset", "small", "-o", str(out)).status == 0
    assert nmmo.Map.load(out) == nmmo.Map.generate(1, 128, 128)


def test_preview_of_a_file_a_name_and_a_seed(nmmo_command, tmp_path, my_map):
    out = tmp_path / "picture.png"
    shown = []
    for given in ([str(my_map)], ["small"], ["--seed", "2", "--size", "40x48"]):
        done = nmmo_command("map", "preview", *given, "--scale", "5", "-o", str(out))
        assert done.status == 0
        with Image.open(out) as picture:
            assert f"{picture.width} x {picture.height} pixels" in done.out
            shown.append(np.asarray(picture))
    assert shown[1].shape[1] == 128 * 5
    assert np.array_equal(shown[0][:200], shown[2][:200])  # the same map; the titles below differ
    assert not np.array_equal(shown[0], shown[2])


def test_check_of_a_good_map(nmmo_command):
    done = nmmo_command("map", "check", "small", "--preset", "small")
    assert done.status == 0
    assert "the map keeps its promises" in done.out
    assert nmmo.Map.named("small").digest in done.out
    assert "danger          1 34.9%, 2 25" in done.out


def test_check_of_bad_maps_gives_reasons(nmmo_command, tmp_path, my_map):
    words = np.array(nmmo.Map.generate(2, 128).words)
    words[64] = int(nmmo.GroundKind.STONE) * 4 | 1 << 20
    nmmo.Map(words).save(tmp_path / "cut.npz")
    done = nmmo_command("map", "check", str(tmp_path / "cut.npz"))
    assert done.status == 1
    assert "broken: the walkable ground is in" in done.out
    assert "1 promise broken" in done.out
    done = nmmo_command("map", "check", str(my_map), "--preset", "small")
    assert done.status == 1
    assert "broken: small: the map has 40 x 48 tiles, the configuration 128 x 128" in done.out
    my_map.write_bytes(my_map.read_bytes()[:100])
    done = nmmo_command("map", "check", str(my_map))
    assert done.status == 1
    assert done.out == f"{my_map}: the zip archive is cut short: it does not end with its directory\n"


def test_export_and_import(nmmo_command, tmp_path, my_map):
    folder, out = tmp_path / "layers", tmp_path / "back.npz"
    assert nmmo_command("map", "export", str(my_map), "-o", str(folder)).status == 0
    layers = [str(folder / f"{layer}.png") for layer in ("ground", "danger", "nodes")]
    painted = ["--danger-image", layers[1], "--nodes-image", layers[2]]
    assert nmmo_command("map", "import", layers[0], *painted, "-o", str(out)).status == 0
    assert out.read_bytes() == my_map.read_bytes()
    drawn = ["--danger", "2", "--density", "fish=0", "--seed", "4"]
    assert nmmo_command("map", "import", layers[0], *drawn, "-o", str(out)).status == 0
    assert nmmo.Map.load(out) == nmmo.Map.from_image(layers[0], danger=2, seed=4, fish_density=0)
    assert (nmmo.Map.load(out).danger == 2).all()


def test_import_names_the_unknown_colour(nmmo_command, tmp_path):
    Image.new("RGB", (40, 40), (110, 176, 78)).save(tmp_path / "map.png")
    done = nmmo_command("map", "import", str(tmp_path / "map.png"), "-o", str(tmp_path / "map.npz"))
    assert done.status == 2
    assert "row 0, column 0 is #6eb04e" in done.err
    assert "spring grass" in done.err
    assert not (tmp_path / "map.npz").exists()


ERRORS = [
    (["dance"], "there is no command 'dance'"),
    (["chekc"], "did you mean 'check'?"),
    (["generate", "--seed", "1"], "missing -o/--output"),
    (["generate", "-o", "a.npz"], "--seed"),
    (["generate", "--seed", "1", "-o", "a.png"], "must end in .npz"),
    (["generate", "--seed", "1", "-o", "no/such/a.npz"], "there is no folder no/such"),
    (["generate", "--seed", "x", "-o", "a.npz"], "'x' is not a whole number"),
    (["generate", "--seed", "1", "--size", "31x40", "-o", "a.npz"], "31 is out of range 32..4096"),
    (["generate", "--seed", "1", "--size", "4x4x4", "-o", "a.npz"], "'4x4x4' is not a size"),
    (["generate", "--seed", "1", "--size", "40", "--preset", "small", "-o", "a.npz"], "not allowed with"),
    (["generate", "--seed", "1", "--density", "gold=3", "-o", "a.npz"], "'gold=3' is not a density"),
    (["generate", "--seed", "1", "--density", "ore=-3", "-o", "a.npz"], "out of range"),
    (["preview", "-o", "a.png"], "either a map or --seed"),
    (["preview", "small", "--seed", "1", "-o", "a.png"], "either a map or --seed"),
    (["preview", "small", "--size", "40", "-o", "a.png"], "has its own size"),
    (["preview", "large", "--scale", "32", "-o", "a.png"], "it may have 16,777,216"),
    (["preview", "smal", "-o", "a.png"], "did you mean 'small'?"),
    (["check", "missing.npz"], "missing.npz: there is no such file"),
    (["check", "zzzz"], "there are small, medium"),
    (["import", "missing.png", "-o", "a.npz"], "missing.png: there is no such file"),
    (["import", "a.png", "--danger", "7", "-o", "a.npz"], "7 is out of range 1..5"),
    (["import", "a.png", "--nodes-image", "b.png", "--density", "ore=1", "-o", "a.npz"], "placed at random"),
]


@pytest.mark.parametrize(("arguments", "part"), ERRORS, ids=[" ".join(arguments) for arguments, _ in ERRORS])
def test_error_is_one_line(nmmo_command, monkeypatch, tmp_path, arguments, part):
    monkeypatch.chdir(tmp_path)
    done = nmmo_command("map", *arguments)
    assert done.status == 2
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith("nmmo map")
    assert part in done.err
    assert list(tmp_path.iterdir()) == []
