"""The site as it is built: complete, and without a request to anywhere else."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nmmo
import nmmo.agents
import nmmo.envs
import nmmo.replay

pytest.importorskip("mkdocs", reason="the site needs MkDocs: pip install '.[docs]'")

TREE = Path(__file__).resolve().parents[2]
ELSEWHERE = {  # public names that are explained on other pages than the API's
    "ActionGroup", "Biome", "Cause", "Element", "EquipmentSlot", "EventKind", "GroundKind", "ObjectKind",
    "Occupant", "Skill", "Action", "nmmo_v3", "__version__", "raw_env", "METRICS",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=TREE,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def anchors(site):
    """Return everything that the API pages explain, by its dotted path."""
    pages = "".join(page.read_text(encoding="utf-8") for page in (site / "api").glob("*.html"))
    return set(re.findall(r'<h\d id="(nmmo[\w.]*)"', pages))


def test_every_page_is_there(site):
    for page in (TREE / "docs").rglob("*.md"):
        assert (site / page.relative_to(TREE / "docs")).with_suffix(".html").exists()


def test_nothing_is_fetched_from_elsewhere(site):
    fetched = re.compile(r'<(?:script|img|iframe|source)[^>]*\bsrc="(https?:)?//|<link[^>]*\bhref="(https?:)?//')
    for page in site.rglob("*.html"):
        assert not fetched.search(page.read_text(encoding="utf-8")), page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(https?:)?//|@import", style.read_text(encoding="utf-8")), style


def public(package: object) -> set[str]:
    return set(package.__all__) - ELSEWHERE


def test_every_public_name_is_explained(anchors):
    wanted = {f"nmmo.{name}" for name in public(nmmo) - public(nmmo.envs) - public(nmmo.replay)}
    for package in (nmmo.envs, nmmo.agents, nmmo.replay):
        wanted |= {f"{package.__name__}.{name}" for name in public(package)}
    assert wanted - anchors == set()


@pytest.mark.parametrize("kind", [nmmo.World, nmmo.Worlds, nmmo.Config, nmmo.Map])
def test_every_public_member_is_explained(anchors, kind):
    members = {name for name in dir(kind) if not name.startswith("_")}
    described = {name for name in members if inspect.getdoc(inspect.getattr_static(kind, name))}
    fields = set(getattr(kind, "__dataclass_fields__", ()))  # explained as parameters
    plain = {"config", "threads", "autoreset", "PRESETS"}  # what the constructor was given
    missing = {name for name in described - fields - plain if f"nmmo.{kind.__name__}.{name}" not in anchors}
    assert missing == set()


def test_docstrings_of_the_compiled_engine_are_read(site):
    text = re.sub(r"<[^>]+>", "", (site / "api" / "world.html").read_text(encoding="utf-8"))
    assert "Play one tick." in text
    assert "Put back a state taken by snapshot" in text


def test_the_configuration_shows_its_defaults(site):
    text = re.sub(r"<[^>]+>", "", (site / "api" / "config.html").read_text(encoding="utf-8"))
    assert re.search(r"n_players: int = 1024\b", text)
    assert "Player slots." in text
    assert "_field" not in text
