"""An export replaces what an export wrote, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from test_train_command import STEPS, train

from nmmo.agents.trained_policy import read_safetensors
from nmmo.cli import main
from nmmo.train import export_record
from nmmo.train.export_record import ExportRecord

EXPORTED = ["agent.toml", "export.json", "policy.safetensors", "recipe.toml"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """Return a finished run of two rollouts."""
    folder = tmp_path_factory.mktemp("runs") / "wolf-1"
    assert train("--train.total-timesteps", 2 * STEPS, "--folder", folder, "--run.tensorboard", "no") == 0
    return folder


@pytest.fixture
def run(trained, tmp_path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "wolf-1"))


def resumed(run: Path, steps: int) -> int:
    return main(["train", "--resume", str(run), "--train.total-timesteps", str(steps * STEPS)])


def temperature_of(agent: Path) -> float:
    return read_safetensors(agent / "policy.safetensors")[1]["temperature"]


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_an_agent_written_by_hand_is_left_alone(run, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["agent", "new", "mine"]) == 0
    before = files_of(tmp_path / "mine")
    assert {"agent.toml", "agent.py"} <= before.keys()
    capsys.readouterr()
    assert main(["export", str(run), "mine", "--no-onnx"]) == 1
    error = capsys.readouterr().err
    assert "mine is not an agent's folder that `nmmo export` wrote: it holds README.md, agent.py, agent.toml" in error
    assert "give another folder" in error
    assert files_of(tmp_path / "mine") == before


def test_an_agent_written_by_hand_into_the_run_outlives_a_resume(run, capsys):
    shutil.rmtree(run / "agent")
    (run / "agent").mkdir()
    (run / "agent" / "agent.toml").write_text("mine")
    assert resumed(run, 4) == 0
    captured = capsys.readouterr()
    assert "no agent was made of the run" in captured.err and "as an agent" not in captured.out
    assert files_of(run / "agent") == {"agent.toml": b"mine"}


def test_a_resume_exports_as_before_and_leaves_other_files(run):
    assert main(["export", str(run), "--name", "lupa", "--temperature", "0.5"]) == 0
    agent = run / "agent"
    (agent / "README.md").write_text("how it was trained")
    (agent / "figures").mkdir()
    before = files_of(agent)
    assert resumed(run, 4) == 0
    after = files_of(agent)
    assert sorted(after) == sorted([*EXPORTED, "policy.onnx", "README.md"]) and (agent / "figures").is_dir()
    assert 'name = "lupa"' in after["agent.toml"].decode() and temperature_of(agent) == 0.5
    assert after["README.md"] == before["README.md"]
    assert all(after[name] != before[name] for name in ("policy.safetensors", "policy.onnx", "agent.toml"))


@pytest.mark.parametrize("name", ["agent.toml", "policy.safetensors", "recipe.toml"])
def test_what_was_changed_since_is_not_overwritten(run, capsys, name):
    (run / "agent" / name).write_bytes((run / "agent" / name).read_bytes() + b"\n")
    before = files_of(run / "agent")
    assert main(["export", str(run), "--no-onnx"]) == 1
    assert f"{name} was changed since it was exported" in capsys.readouterr().err
    assert resumed(run, 4) == 0  # a run that ends well does not fail for that
    assert f"{name} was changed since it was exported" in capsys.readouterr().err
    assert files_of(run / "agent") == before


def test_a_file_in_the_way_is_not_overwritten(run, capsys):
    (run / "agent" / "policy.onnx").write_text("my own graph")
    assert main(["export", str(run)]) == 1
    assert "policy.onnx is in the way, and no export wrote it" in capsys.readouterr().err
    assert main(["export", str(run), "--no-onnx"]) == 0
    assert (run / "agent" / "policy.onnx").read_text() == "my own graph"


def test_an_onnx_graph_of_another_policy_does_not_stay(run, tmp_path):
    assert main(["export", str(run), str(tmp_path / "a")]) == 0
    assert sorted(files_of(tmp_path / "a")) == sorted([*EXPORTED, "policy.onnx"])
    assert main(["export", str(run), str(tmp_path / "a"), "--no-onnx"]) == 0
    assert sorted(files_of(tmp_path / "a")) == EXPORTED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "wolf-1"]  # and nothing beside it


def test_other_folders_beside_it_are_left_alone(run, tmp_path):
    (tmp_path / "a.unfinished").mkdir()
    (tmp_path / "a.unfinished" / "notes").write_text("mine")
    assert main(["export", str(run), str(tmp_path / "a"), "--no-onnx"]) == 0
    assert (tmp_path / "a.unfinished" / "notes").read_text() == "mine"


@pytest.mark.parametrize("number", range(5))
def test_an_interrupted_export_can_be_repeated(run, monkeypatch, number):
    """Wherever it ends, the record knows all files that are there."""
    assert main(["export", str(run)]) == 0
    assert main(["train", "--resume", str(run), "--train.total-timesteps", str(3 * STEPS)]) == 0
    honest, calls = os.replace, []

    def replace(source, target):
        calls.append(target)
        if len(calls) > number:
            raise KeyboardInterrupt
        honest(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(export_record.os, "replace", replace)
        assert main(["export", str(run), "--temperature", "0.25"]) == 130
    assert main(["export", str(run), "--temperature", "0.25"]) == 0
    assert temperature_of(run / "agent") == 0.25
    record = ExportRecord.read(run / "agent")
    assert record is not None and all(len(digests) == 1 for digests in record.files.values())


@pytest.mark.parametrize("spoiled", ["", "[]", "{}", '{"kind": "nmmo export", "format": 1}', None])
def test_a_record_that_says_nothing_is_none(run, tmp_path, spoiled):
    if spoiled is None:
        found = json.loads((run / "agent" / "export.json").read_text())
        spoiled = json.dumps(found | {"files": 3})
    (tmp_path / "export.json").write_text(spoiled)
    assert ExportRecord.read(tmp_path) is None
    assert ExportRecord.read(run / "agent") is not None


def test_a_checkpoint_without_its_run_says_where_it_goes(run, tmp_path, capsys):
    alone = shutil.copytree(run / "checkpoints" / "000000002", tmp_path / "deep" / "favourite")
    assert main(["export", str(alone), "--no-onnx"]) == 2
    assert "favourite is a checkpoint without its run: give the FOLDER to make" in capsys.readouterr().err
    assert main(["export", str(alone), str(tmp_path / "a"), "--no-onnx"]) == 0
    assert 'name = "favourite"' in (tmp_path / "a" / "agent.toml").read_text()
