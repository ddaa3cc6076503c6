"""`nmmo doctor`."""

from __future__ import annotations

import nmmo
from nmmo.cli import doctor
from nmmo.core import _engine


def test_everything_works(nmmo_command):
    done = nmmo_command("doctor")
    assert done.status == 0, done.out
    assert done.out.rstrip().endswith("Everything works.")
    for part in (nmmo.__version__, _engine.source_hash(), "numpy", "cores"):
        assert part in done.out


def test_says_how_to_install_what_is_missing(nmmo_command, monkeypatch):
    monkeypatch.setattr(doctor, "installed", lambda name: None if name == "torch" else "1.0")
    monkeypatch.setattr(doctor, "importable", lambda name: name != "torch")
    done = nmmo_command("doctor")
    assert "pip install 'nmmo[train]'" in done.out
    assert done.status == 0


def test_stale_engine_is_broken(nmmo_command, monkeypatch):
    monkeypatch.setattr(_engine, "source_hash", lambda: "0" * 32)
    done = nmmo_command("doctor")
    assert done.status == 1
    assert "make build" in done.out
    assert done.out.rstrip().endswith("1 broken")


def test_package_that_cannot_be_imported_is_broken(nmmo_command, monkeypatch):
    def fails(module):
        raise OSError("libsomething.so: no such file")

    monkeypatch.setattr(doctor.importlib, "import_module", fails)
    assert doctor.requirements()[""]
    try:
        doctor.importable("numpy")
    except doctor.Broken as problem:
        assert "libsomething.so" in str(problem)
        assert "pip install" in str(problem)
    else:
        raise AssertionError("a package that cannot be imported must be reported")


def test_extras_are_those_of_the_distribution():
    groups = doctor.requirements()
    assert "numpy" in groups[""]
    assert "torch" in groups["train"]
    assert not {"dev", "docs", "examples"} & set(groups)
    assert not any("torch" in name for name in groups[""])
