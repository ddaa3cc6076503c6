"""A run, or a checkpoint, stands for an agent wherever one is asked for."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_train_command import STEPS, train

import nmmo
from nmmo.agents import AgentError, load_agent, open_agent, setting_of
from nmmo.cli import main
from nmmo.envs.opponents import seat_opponents
from nmmo.score.submission import stage
from nmmo.train.export import load_policy

PLAY = ["--preset", "small", "--ticks", "20", "--maps", "1"]
SETTING = setting_of(nmmo.Config.preset("small"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """Return a finished run with checkpoints after 2, 4 and 5 rollouts."""
    folder = tmp_path_factory.mktemp("runs") / "wolf-1"
    fast = ["--train.learning-rate", "0.1", "--run.tensorboard", "no", "--run.keep-checkpoints", "9"]
    assert train("--train.total-timesteps", 5 * STEPS, "--folder", folder, *fast) == 0
    return folder


@pytest.fixture
def run(trained, tmp_path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "wolf-1"))


def checkpoint(run: Path, update: int) -> Path:
    return run / "checkpoints" / f"{update:09d}"


def plays(agent: Path | str, checkpoint: Path) -> bool:
    """Return whether an agent has the weights of a checkpoint."""
    expected = load_policy(checkpoint)[0].head.weight.detach().numpy()[:-1].T
    return np.array_equal(load_agent(agent, SETTING).weights["head.weight"], expected)


def test_the_newest_checkpoint_plays_though_an_older_one_was_exported(run, capsys):
    command = ["export", str(checkpoint(run, 2)), str(run / "agent"), "--name", "lupa", "--temperature", "0.5"]
    assert main([*command, "--no-onnx"]) == 0
    assert plays(run / "agent", checkpoint(run, 2)) and not plays(run / "agent", checkpoint(run, 5))
    capsys.readouterr()
    assert main(["eval", str(run), *PLAY]) == 0
    said = f"{checkpoint(run, 5)}, the run's newest checkpoint, at temperature 0.5"
    assert capsys.readouterr().out.startswith(f"lupa: {said}\n")
    assert plays(run, checkpoint(run, 5))
    found = open_agent(run)
    assert (found.origin, found.manifest.name) == (said, "lupa") and found.path != run / "agent"
    assert plays(run / "agent", checkpoint(run, 2))  # which stays as it is


def test_what_was_exported_of_the_newest_checkpoint_is_it(run):
    assert open_agent(run).path == run / "agent"
    (run / "agent" / "agent.toml").write_text("changed since")
    assert open_agent(run).path != run / "agent"


@pytest.mark.parametrize("update", [2, 5])
def test_a_checkpoint_is_evaluated(run, capsys, tmp_path, update):
    shutil.rmtree(run / "agent")
    where = tmp_path / "found.json"
    assert main(["eval", str(checkpoint(run, update)), "random", *PLAY, "--json", str(where)]) == 0
    assert capsys.readouterr().out.startswith(f"wolf-1: checkpoint {checkpoint(run, update)}\n")
    first, second = json.loads(where.read_text())["agents"]
    assert first["origin"] == f"checkpoint {checkpoint(run, update)}" and "origin" not in second
    assert plays(checkpoint(run, update), checkpoint(run, update))


def test_a_run_that_was_never_exported_is_evaluated_and_leaves_nothing_behind(run, tmp_path):
    shutil.rmtree(run / "agent")
    before = sorted(run.rglob("*"))
    (tmp_path / "scratch").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "nmmo", "eval", str(run), *PLAY], capture_output=True, text=True, timeout=120,
        env=os.environ | {"TMPDIR": str(tmp_path / "scratch")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"wolf-1: {checkpoint(run, 5)}, the run's newest checkpoint\n" in done.stdout
    assert list((tmp_path / "scratch").iterdir()) == [] and sorted(run.rglob("*")) == before


def test_a_checkpoint_without_its_run_is_an_agent(run, tmp_path):
    alone = Path(shutil.copytree(checkpoint(run, 4), tmp_path / "favourite"))
    assert plays(alone, checkpoint(run, 4))
    assert open_agent(alone).manifest.name == "favourite"


def test_an_agent_written_by_hand_in_the_run_is_not_the_run(run):
    shutil.rmtree(run / "agent")
    shutil.copytree(Path(nmmo.__file__).parent / "agents" / "skeleton", run / "agent")
    assert plays(run, checkpoint(run, 5))


def test_an_agent_that_is_all_that_is_left_of_a_run(run):
    shutil.rmtree(run / "checkpoints")
    assert open_agent(run).path == run / "agent"
    (run / "checkpoints").mkdir()
    assert open_agent(run).path == run / "agent"


def test_a_damaged_checkpoint_is_one_message(run, capsys):
    (checkpoint(run, 4) / "policy.safetensors").write_bytes(b"nothing")
    assert main(["eval", str(checkpoint(run, 4)), *PLAY]) == 2
    error = capsys.readouterr().err
    assert "policy.safetensors" in error and error.count("\n") == 1


def test_where_the_newest_checkpoint_is_damaged_the_one_before_plays(run, capsys):
    (checkpoint(run, 5) / "policy.safetensors").write_bytes(b"nothing")
    assert main(["eval", str(run), *PLAY]) == 0
    said = f"wolf-1: {checkpoint(run, 4)}, the run's newest good checkpoint\n"
    assert capsys.readouterr().out.startswith(said)


def test_a_run_without_checkpoints_is_one_message(run, capsys):
    shutil.rmtree(run / "agent")
    for path in (run / "checkpoints").iterdir():
        shutil.rmtree(path)
    assert main(["eval", str(run), *PLAY]) == 2
    assert "has no checkpoint yet" in capsys.readouterr().err


def test_everything_that_takes_an_agent_takes_a_run(run, tmp_path, capsys):
    shutil.rmtree(run / "agent")
    config = nmmo.Config.preset("small")
    seat = seat_opponents(str(run), config, np.arange(4))
    rows, mask = np.zeros((4, SETTING.observation.itemsize), np.uint8), np.ones((4, SETTING.n_actions), np.uint8)
    agent = seat.agent if hasattr(seat, "agent") else seat._agent
    copy = pickle.loads(pickle.dumps(agent))
    for each in (agent, copy):
        each.reset(3, np.arange(4))
    np.testing.assert_array_equal(agent.act(rows, mask), copy.act(rows, mask))
    assert main(["agent", "check", str(checkpoint(run, 2))]) == 0
    assert f"checkpoint {checkpoint(run, 2)}" in capsys.readouterr().out
    assert (stage(run, tmp_path / "staged").path / "policy.safetensors").is_file()
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    with pytest.raises(AgentError, match=r"nothing.agent\.toml: there is no such file"):
        open_agent(nothing)


def test_without_torch_the_exported_agent_plays(run):
    code = f"""if True:
        import sys
        class Absent:
            def find_spec(self, name, path=None, target=None):
                if name == "torch":
                    raise ModuleNotFoundError("No module named 'torch'", name=name)
        sys.meta_path.insert(0, Absent())
        from nmmo.cli import main
        sys.exit(main(["eval", {str(run)!r}, *{PLAY!r}]))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"wolf-1: the agent in {run / 'agent'} of checkpoint 000000005; without PyTorch" in done.stdout
    shutil.rmtree(run / "agent")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "pip install 'nmmo[train]'" in done.stderr


@pytest.mark.parametrize("part", ["network", "core"])
def test_no_code_that_a_checkpoint_names_is_run(tmp_path, monkeypatch, capsys, part):
    """It may be a stranger's, and nobody has said --trust."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "lurking.py").write_text(
        "from nmmo.train.cores import MinGru as core\nfrom nmmo.train.networks import DefaultPolicy as network\n"
    )
    steps = ["--train.total-timesteps", STEPS, "--run.tensorboard", "no"]
    assert train(*steps, "--folder", "strange", f"--policy.{part}", f"lurking:{part}") == 0
    assert "lurking" in sys.modules
    monkeypatch.delitem(sys.modules, "lurking")
    capsys.readouterr()
    assert main(["eval", "strange", *PLAY]) == 2
    assert "of its own, which only PyTorch can run" in capsys.readouterr().err
    assert "lurking" not in sys.modules
