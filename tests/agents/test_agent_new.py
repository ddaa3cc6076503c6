"""`new_agent` and `check_agent`: the skeleton works, and nothing is written over."""

from __future__ import annotations

import subprocess
import sys

import pytest
from agent_folders import acting, write_agent

import nmmo
from nmmo.agents import AgentError, evaluate, open_agent
from nmmo.agents.checking import check_agent
from nmmo.agents.new import FILES, class_name, new_agent
from nmmo.core.content import N_ACTIONS


def test_a_new_agent_is_whole(tmp_path):
    folder = new_agent("wolf-pack_2", tmp_path)
    assert folder == tmp_path / "wolf-pack_2"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["wolf-pack_2"]
    assert sorted(file.name for file in folder.iterdir()) == sorted(FILES)
    manifest = open_agent(folder).manifest
    assert (manifest.name, manifest.class_name) == ("wolf-pack_2", "WolfPack2")
    for file in folder.iterdir():
        text = file.read_text()
        assert "my-agent" not in text
        assert "MyAgent" not in text


def test_its_own_test_passes_and_can_fail(tmp_path):
    folder = new_agent("wolf", tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_agent.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    code = (folder / "agent.py").read_text()
    (folder / "agent.py").write_text(code.replace("self.rng.random", "np.random.default_rng().random"))
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1
    assert "test_the_seed_decides" in done.stdout


def test_the_new_agent_is_better_than_chance_and_repeatable(tmp_path):
    folder = new_agent("wolf", tmp_path)
    assert check_agent(folder, trust=True).repeatable
    found = evaluate([folder, "random"], config=nmmo.Config.preset("small"), ticks=400, maps=3, trust=True)
    assert found.estimate("wolf", "monster_kills").mean > 3 * found.estimate("random", "monster_kills").mean
    assert found.estimate("wolf", "score").mean > found.estimate("random", "score").mean


@pytest.mark.parametrize("name", ["", "Wolf", "../wolf", "a/b", "2wolves", "wolf pack", "w" * 41, ".", "wölfe"])
def test_names_that_are_none(tmp_path, name):
    with pytest.raises(AgentError, match="cannot be an agent's name"):
        new_agent(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "wolf").write_text("precious")
    (tmp_path / "fox").symlink_to("nowhere")
    for name in ("wolf", "fox"):
        with pytest.raises(AgentError, match="exists already"):
            new_agent(name, tmp_path)
    assert (tmp_path / "wolf").read_text() == "precious"
    with pytest.raises(AgentError, match="nmmo comes with an agent 'random'"):
        new_agent("random", tmp_path)
    with pytest.raises(AgentError, match="there is no folder"):
        new_agent("wolf", tmp_path / "missing")


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(OSError, match="No space"):
        new_agent("wolf", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_names_of_classes():
    names = {"wolf": "Wolf", "wolf-pack_2": "WolfPack2", "agent": "AgentPlayer", "a--b": "AB"}
    assert {name: class_name(name) for name in names} == names


def test_check_measures_few_and_many():
    checked = check_agent("random")
    assert [speed.slots for speed in checked.speeds] == [8, 1024]
    assert all(0 < speed.median <= speed.worst for speed in checked.speeds)
    assert checked.repeatable
    assert checked.agent.shipped


def test_check_finds_agents_that_do_not_repeat(tmp_path):
    code = acting("return np.random.default_rng().integers(0, 5, len(rows))")
    assert not check_agent(write_agent(tmp_path / "waiter", code), trust=True).repeatable
    # This one never forgets: it plays on where the last episode ended.
    code = acting("self.n = getattr(self, 'n', 0) + 1; return np.full(len(rows), self.n % 5)")
    assert not check_agent(write_agent(tmp_path / "other", code), trust=True).repeatable


def test_check_names_what_is_wrong(tmp_path):
    folder = write_agent(tmp_path / "waiter", acting("return np.arange(len(rows))"))
    with pytest.raises(AgentError, match=f"action {N_ACTIONS} in row {N_ACTIONS}"):  # with 8 slots it went well
        check_agent(folder, trust=True)
