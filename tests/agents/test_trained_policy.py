"""Exported agents are data: a manifest and weights, whose class comes with nmmo and needs no trust."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

import nmmo
from nmmo.agents import AgentError, TrainedPolicy, UntrustedAgent, load_agent, open_agent, setting_of
from nmmo.agents.trained_policy import RecordEmbedding

SETTING = setting_of(nmmo.Config.preset("small"))


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """Return a copy of the folder of the shipped agent "trained", which therefore did not come with nmmo."""
    return Path(shutil.copytree(open_agent("trained").path, tmp_path / "exported"))


def test_the_folder_is_data(exported):
    assert not [path.name for path in exported.iterdir() if path.suffix in (".py", ".so", ".pyc") or path.is_dir()]


def test_an_exported_agent_needs_no_trust(exported):
    found = open_agent(exported)
    assert not found.shipped and found.has_shipped_class
    assert found.load_class() is TrainedPolicy
    assert isinstance(load_agent(exported, SETTING), TrainedPolicy)


def test_code_in_its_folder_is_not_run(exported, monkeypatch):
    for name in ("agent.py", "nmmo.py", "numpy.py", "__init__.py"):
        (exported / name).write_text("raise SystemExit('a stranger was run')")
    monkeypatch.chdir(exported)
    assert load_agent(exported, SETTING).facts["core"] == "mingru"


def test_another_entry_needs_trust(exported):
    (exported / "agent.py").write_text("from nmmo.agents import TrainedPolicy\nclass Mine(TrainedPolicy): ...\n")
    manifest = exported / "agent.toml"
    manifest.write_text(manifest.read_text().replace("nmmo:TrainedPolicy", "agent:Mine"))
    with pytest.raises(UntrustedAgent):
        open_agent(exported).load_class()
    assert issubclass(open_agent(exported).load_class(trust=True), TrainedPolicy)


def test_a_class_that_does_not_come_with_nmmo(exported):
    manifest = exported / "agent.toml"
    manifest.write_text(manifest.read_text().replace("nmmo:TrainedPolicy", "nmmo:TrainedPolicies"))
    with pytest.raises(AgentError, match=r"no class 'TrainedPolicies' .* did you mean 'nmmo:TrainedPolicy'"):
        open_agent(exported).load_class()


def header(length: int, content: bytes) -> bytes:
    return struct.pack("<Q", length) + content


@pytest.mark.parametrize(
    "weights",
    [
        b"",
        b"short",
        header(2**60, b"{}"),
        header(2, b"{}"),
        header(100_000, b"[" * 100_000),
        header(len(b := b'{"__metadata__": {"facts": "{}"}}'), b),
        header(len(b := b'{"__metadata__": {"facts": "{}"}, "x": {"dtype": "F32", "data_offsets": [0, 8]}}'), b),
        header(
            len(
                b := json.dumps(
                    {"__metadata__": {"facts": "{}"}, "x": {"dtype": "F32", "shape": [2**62], "data_offsets": [0, 4]}}
                ).encode()
            ),
            b + bytes(4),
        ),
    ],
    ids=["empty", "short", "a huge header", "no facts", "nested", "no layout", "no shape", "a huge shape"],
)
def test_damaged_weights_are_an_error_of_the_agent(exported, weights):
    (exported / "policy.safetensors").write_bytes(weights)
    with pytest.raises(AgentError, match="agent 'trained' failed in __init__"):
        load_agent(exported, SETTING)


def test_a_large_table_is_not_made_larger():
    place = {"offset": 0, "count": 1, "record_bytes": 2}
    rng = np.random.default_rng(1)
    small = rng.normal(size=(512, 3)).astype(np.float32)
    large = np.concatenate([small, np.zeros((512, 2048), np.float32)], axis=1)
    records = rng.integers(0, 256, (20, 2)).astype(np.uint8)
    pairs, singles = RecordEmbedding(small, place), RecordEmbedding(large, place)
    assert pairs.table.shape == (65536, 3) and singles.table.shape == (512, 2051)
    assert np.allclose(pairs(records), singles(records)[:, :3])


def test_a_run_is_opened_as_its_agent(exported, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    exported.rename(run / "agent")
    (run / "metrics.jsonl").write_text("")
    (run / "plot.py").write_text("beside the agent, not in it")
    found = open_agent(run)
    assert found.path == run / "agent"
    assert found.load_class() is TrainedPolicy
