"""docs/agents.md: its first agent is what the page says, its tables are the code's.

That its code and commands run is tested with every other page's.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from nmmo.agents import METRICS, Manifest, agent_names
from nmmo.agents.checking import check_agent
from nmmo.agents.manifest import LIBRARIES
from nmmo.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agents.md"
TEXT = PAGE.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\b[^\n]*\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_all_blocks_are_of_languages_that_are_tested():
    assert set(re.findall(r"^```(\w+)", TEXT, re.MULTILINE)) == {"sh", "python", "toml"}
    assert len(re.findall(r"^```", TEXT, re.MULTILINE)) == 2 * sum(
        len(blocks(language)) for language in ("sh", "python", "toml")
    )


def test_the_first_agent_is_what_the_page_promises():
    code = blocks("python")[0]
    assert "class Grazer(Agent)" in code
    assert len(code.splitlines()) <= 40


@pytest.fixture
def grazer(tmp_path, monkeypatch):
    """Return the folder that a reader of the page makes, by its own first command."""
    monkeypatch.chdir(tmp_path)
    (command,) = blocks("sh")[0].splitlines()
    assert main(shlex.split(command)[1:]) == 0
    (tmp_path / "grazer" / "agent.py").write_text(blocks("python")[0])
    (manifest,) = blocks("toml")
    (tmp_path / "grazer" / "agent.toml").write_text(manifest)
    return tmp_path / "grazer"


def test_the_first_agent_works(grazer):
    checked = check_agent(grazer, trust=True)
    assert checked.agent.manifest.name == "grazer"
    assert checked.repeatable


def test_its_class_is_found_by_the_manifest_that_new_writes(tmp_path, monkeypatch):
    """The page changes agent.py alone."""
    monkeypatch.chdir(tmp_path)
    assert main(["agent", "new", "grazer"]) == 0
    (tmp_path / "grazer" / "agent.py").write_text(blocks("python")[0])
    assert check_agent(tmp_path / "grazer", trust=True).repeatable


def test_the_manifest_says_what_the_code_knows():
    (text,) = blocks("toml")
    read = Manifest.from_toml(text)
    shown = set(re.findall(r"^(\w+) =", text, re.MULTILINE)) - {"format"}
    assert shown == (set(read.__dataclass_fields__))
    assert (read.threads, read.memory_mb, read.needs) == (1, 1024, ("numpy",))  # what leaving them out means
    needs = next(line for line in text.splitlines() if line.startswith("needs"))
    assert needs.endswith(", ".join(LIBRARIES))


def test_the_figures_are_the_codes():
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)
    assert rows == [(metric.name, metric.title, metric.doc) for metric in METRICS]


def test_the_agents_that_it_names_come_with_nmmo():
    for name in re.findall(r"^nmmo eval ([a-z]\w*)", "\n".join(blocks("sh")), re.MULTILINE):
        assert name in agent_names()
