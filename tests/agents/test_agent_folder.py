"""Loading agents: found by name or path, run as private modules, trusted only when somebody says so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from agent_folders import HEAD, WAITER, write_agent

import nmmo
from nmmo.agents import (
    Agent,
    AgentError,
    Match,
    UntrustedAgent,
    agent_names,
    load_agent,
    open_agent,
    seat_agents,
    setting_of,
)
from nmmo.core.content import CONTENT

SETTING = setting_of(nmmo.Config.preset("small"))


def loaded(folder: Path) -> Agent:
    return load_agent(folder, SETTING, trust=True)


def refused(folder: Path) -> str:
    """Return the message with which a folder is refused."""
    before = set(sys.modules)
    with pytest.raises(AgentError) as caught:
        loaded(folder)
    assert not {name for name in set(sys.modules) - before if name.startswith("_nmmo")}, "traces are left"
    return str(caught.value)


def test_a_folder_is_loaded(tmp_path):
    folder = write_agent(tmp_path / "waiter")
    agent = loaded(folder)
    assert isinstance(agent, Agent)
    assert type(agent).__name__ == "Waiter"
    assert agent.setting is SETTING
    assert agent.folder == folder.resolve()


def test_a_name_is_found_and_comes_before_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_agent(tmp_path / "random")
    assert type(load_agent("random", SETTING)).__name__ == "Random"
    assert type(load_agent("./random", SETTING, trust=True)).__name__ == "Waiter"
    assert type(load_agent(Path("random"), SETTING, trust=True)).__name__ == "Waiter"


def test_strangers_need_trust(tmp_path):
    folder = write_agent(tmp_path / "waiter", "raise SystemError('it ran')")
    assert open_agent(folder).manifest.name == "waiter"
    with pytest.raises(UntrustedAgent) as caught:
        load_agent(folder, SETTING)
    for part in ("waiter", str(folder), "all your rights", "--trust", "trust=True"):
        assert part in str(caught.value)
    with pytest.raises(AgentError, match="it ran"):
        loaded(folder)


def test_a_link_to_a_stranger_is_a_stranger(tmp_path):
    """Only what lies in nmmo's own folder is its own, whatever it is called."""
    folder = write_agent(tmp_path / "elsewhere" / "random")
    (tmp_path / "link").symlink_to(folder)
    assert not open_agent(tmp_path / "link").shipped
    shipped = open_agent("random").path
    assert open_agent(shipped).shipped
    (tmp_path / "back").symlink_to(shipped)
    assert open_agent(tmp_path / "back").shipped


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ("randon", "did you mean 'random'?"),
        ("zzzzzz", "there are fighter, forager, "),
        ("no/such/folder", "there is no agent and no folder 'no/such/folder'"),
        ("x" * 5000, "x"),
        ("a\0b", "is not a folder"),
        ("", "there is no"),
    ],
)
def test_no_such_agent(given, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AgentError) as caught:
        open_agent(given)
    assert part in str(caught.value)


def test_the_file_instead_of_the_folder(tmp_path):
    folder = write_agent(tmp_path / "waiter")
    with pytest.raises(AgentError, match=r"agent\.py is a file; an agent is a folder: give .*waiter"):
        open_agent(folder / "agent.py")


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("x = (\n\n", ["agent.py, line 1", "never closed"]),
        ("\n\nx = 1 +\n", ["agent.py, line 3", "invalid syntax"]),
        ("\nraise ValueError('a', 3)", ["agent.py, line 2: ValueError: ('a', 3)"]),
        ("import sys\nsys.exit(0)", ["agent.py, line 2: SystemExit"]),
        ("class Odd(BaseException): pass\nraise Odd", ["Odd: no message"]),
        (
            "class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd",
            ["Odd: no message"],
        ),
        (b"\xff\xfe\x00", ["agent.py"]),
        (b"x = 1\x00", ["agent.py", "null bytes"]),
        ("import no_such_library", ["no_such_library", "agents can count on the standard library"]),
        ("", ["has no class Waiter", "define class Waiter(Agent)"]),
        (HEAD + "class Other(Agent): pass", ["has no class Waiter", "it has Other"]),
        ("Waiter = 3", ["Waiter must be a subclass of nmmo.agents.Agent"]),
        ("class Waiter: pass", ["Waiter must be a subclass of nmmo.agents.Agent"]),
        (HEAD + "class Waiter(Agent): pass", ["Waiter must define act(self, rows, mask)"]),
        (
            WAITER + "    def __init__(self, setting, folder):\n        1 / 0\n",
            ["failed in __init__(setting, folder)", "line 9: ZeroDivisionError"],
        ),
        (WAITER + "    def __init__(self): pass\n", ["failed in __init__(setting, folder)", "TypeError"]),
    ],
)
def test_code_that_fails(tmp_path, code, parts):
    folder = write_agent(tmp_path / "waiter", code)
    with pytest.raises(AgentError) as caught:
        loaded(folder)
    message = str(caught.value)
    assert "agent 'waiter'" in message
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_nothing_is_left_of_code_that_fails(tmp_path):
    assert "boom" in refused(write_agent(tmp_path / "waiter", "raise ValueError('boom')"))
    assert "no class" in refused(write_agent(tmp_path / "waiter", "x = 1"))


def test_ctrl_c_while_loading_is_ctrl_c(tmp_path):
    folder = write_agent(tmp_path / "waiter", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        loaded(folder)


def test_the_code_is_missing(tmp_path):
    folder = write_agent(tmp_path / "waiter", entry="player:Waiter")
    assert "player.py is missing" in refused(folder)
    (folder / "player.py").mkdir()
    assert "player.py is missing" in refused(folder)
    (folder / "player.py").rmdir()
    (folder / "player.py").write_text(WAITER)
    assert type(loaded(folder)).__name__ == "Waiter"


def test_links_out_of_the_folder(tmp_path):
    folder = write_agent(tmp_path / "waiter")
    outside = tmp_path / "outside.py"
    (folder / "agent.py").rename(outside)
    (folder / "agent.py").symlink_to(outside)
    assert "link out of the folder" in refused(folder)
    outside.rename(folder / "inside.py")
    (folder / "agent.py").unlink()
    (folder / "agent.py").symlink_to("inside.py")
    assert type(loaded(folder)).__name__ == "Waiter"


def test_a_library_that_is_not_installed(tmp_path, monkeypatch):
    folder = write_agent(tmp_path / "waiter")
    with (folder / "agent.toml").open("a") as file:
        file.write('[resources]\nneeds = ["torch"]\n')
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "needs torch, which is not installed: pip install 'nmmo[train]'" in refused(folder)


HELPED = (
    HEAD
    + """
from . import helper
from .helper import NUMBER
class Waiter(Agent):
    number = NUMBER
    same = helper.NUMBER
    def act(self, rows, mask):
        from .late import LATE
        return np.full(len(rows), LATE)
"""
)


def test_modules_of_the_same_name_coexist(tmp_path):
    agents = []
    for number in (1, 2):
        folder = write_agent(tmp_path / f"agent{number}", HELPED)
        (folder / "helper.py").write_text(f"NUMBER = {number}")
        (folder / "late.py").write_text(f"LATE = {number}")
        agents.append(loaded(folder))
    assert [agent.number for agent in agents] == [agent.same for agent in agents] == [1, 2]
    rows = np.zeros((3, 8), np.uint8)
    assert [agent.act(rows, rows).tolist() for agent in agents] == [[1] * 3, [2] * 3]


def test_each_load_is_new_and_nothing_is_added_to_the_path(tmp_path):
    folder = write_agent(tmp_path / "waiter", HELPED)
    (folder / "helper.py").write_text("NUMBER = 1")
    path, known = list(sys.path), {name for name in sys.modules if not name.startswith("_nmmo_agent_")}
    first = loaded(folder)
    (folder / "helper.py").write_text("NUMBER = 2")  # same size, same second
    second = loaded(folder)
    assert (first.number, second.number) == (1, 2)
    assert type(first) is not type(second)
    assert sys.path == path
    added = {name for name in sys.modules if not name.startswith("_nmmo_agent_")} - known
    assert not added & {"agent", "helper"}


def test_nothing_is_written_into_the_folder(tmp_path, monkeypatch):
    """Not by loading, and not by what it imports while it plays."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder = write_agent(tmp_path / "waiter", HELPED)
    (folder / "helper.py").write_text("NUMBER = 1")
    (folder / "late.py").write_text("LATE = 1")
    config = nmmo.Config.preset("small")
    with nmmo.World(config, 1) as world:
        world.reset()
        match = Match(world, seat_agents([loaded(folder)], config))
        assert match.choose_actions().all()
    assert sorted(file.name for file in folder.iterdir()) == [
        "agent.py",
        "agent.toml",
        "helper.py",
        "late.py",
    ]
    assert sys.dont_write_bytecode is False


def test_an_absolute_import_of_an_own_file_is_explained(tmp_path):
    folder = write_agent(tmp_path / "waiter", "import my_helper")
    (folder / "my_helper.py").write_text("")
    assert "from . import my_helper" in refused(folder)


def test_a_folder_of_the_entrys_name_is_not_taken_for_it(tmp_path):
    folder = write_agent(tmp_path / "waiter")
    (folder / "agent").mkdir()
    (folder / "agent" / "__init__.py").write_text("raise ValueError('the wrong one')")
    assert type(loaded(folder)).__name__ == "Waiter"


def test_a_manifest_that_cannot_be_read_is_an_os_error(tmp_path, monkeypatch):
    folder = write_agent(tmp_path / "waiter")

    def denied(self, *_):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(PermissionError, match=r"agent\.toml"):
        open_agent(folder)


ENGINE_FREE = """
import json, sys, types
from pathlib import Path
import numpy as np
nmmo = types.ModuleType("nmmo")
nmmo.__path__ = [sys.argv[1]]
sys.modules.update({"nmmo": nmmo, "nmmo.core": None})
from nmmo.agents import Agent, Setting
from nmmo.agents.validate_actions import validate_actions
from nmmo.agents.folder import instantiate
from nmmo.agents.loading import load_class
from nmmo.agents.manifest import Manifest
from nmmo.content_types import Content
folder = Path(sys.argv[2])
content = Content.from_plain(json.loads(sys.argv[3]))
n_actions = content.number.ACTIONS
setting = Setting(1, np.dtype([("mask", "u1", n_actions)]), n_actions, 0, {}, content)
agent = instantiate(load_class(folder, Manifest.load(folder)), setting, folder, "random")
agent.reset(7, np.arange(5))
mask = np.zeros((5, n_actions), np.uint8)
mask[:, 3] = 1
print(validate_actions(agent.act(mask, mask), 5, setting, "random").tolist())
"""


def test_loading_needs_no_engine():
    """What a sandbox runs: the agents' room without nmmo.core."""
    given = [str(Path(nmmo.__file__).parent), str(open_agent("random").path), json.dumps(CONTENT.to_plain())]
    done = subprocess.run(
        [sys.executable, "-c", ENGINE_FREE, *given],
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[3, 3, 3, 3, 3]\n", done.stderr


def test_the_setting_is_plain_and_keeps_the_map_to_itself():
    config = nmmo.Config.preset("small", map_seed=5, vocabulary=3, respawn="next_tick", survival=True)
    setting = setting_of(config)
    assert setting.rules_version == nmmo.RULES_VERSION
    assert setting.observation == nmmo.observation_dtype(config)
    assert (setting.n_actions, setting.vocabulary) == (len(nmmo.ACTION_TABLE), 3)
    assert set(setting.config) == set(config.to_dict())
    assert setting.content == CONTENT
    assert all(isinstance(value, (int, float)) for value in setting.config.values())
    assert setting.config["map_seed"] == -1
    assert setting.config["respawn"] == 1
    assert setting.config["survival"] == 1
    assert setting.config["w_death"] == config.w_death


def test_names_are_sorted_and_have_folders():
    names = agent_names()
    assert names == sorted(names)
    for name in names:
        assert (open_agent(name).path / "agent.toml").is_file()
