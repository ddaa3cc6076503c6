"""Agents that ask for a library get it, read-only, in the same sandbox; others do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tomli_w
from hostile import CONFIG, HEAD, doing, needs_sandbox, write_agent

import nmmo
from nmmo.agents import Manifest, setting_of
from nmmo.agents.agent_report import AgentReport
from nmmo.core.content import N_ACTIONS
from nmmo.score.limits import Limits
from nmmo.score.process import AgentProcess
from nmmo.score.sandbox import Sandbox
from nmmo.score.submission import stage

pytestmark = needs_sandbox

TORCH = """
import torch

class It(Agent):
    def reset(self, seed, slots):
        super().reset(seed, slots)
        self.layer = torch.nn.Linear(64, self.setting.n_actions, bias=False)
        with torch.no_grad():
            self.layer.weight.copy_(torch.from_numpy(np.load(self.folder / "weight.npz")["weight"].T))
        print(torch.get_num_threads())

    @torch.inference_mode()
    def act(self, rows, mask):
        return self.layer(torch.from_numpy(rows[:, :64].astype(np.float32))).argmax(1).numpy()
"""
ONNX = """
import onnxruntime

class It(Agent):
    def reset(self, seed, slots):
        super().reset(seed, slots)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        path = str(self.folder / "net.onnx")
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def act(self, rows, mask):
        return self.session.run(None, {"x": rows[:, :64].astype(np.float32)})[0].argmax(1)
"""


def asking(folder: Path, code: str, needs: list[str]) -> Path:
    """Return an agent whose manifest names libraries."""
    write_agent(folder, code, memory_mb=1024)
    manifest = folder / "agent.toml"
    manifest.write_text(manifest.read_text() + tomli_w.dumps({"needs": needs}))  # [resources] comes last
    return folder


def play(path: Path, ticks: int = 2) -> tuple[AgentReport, str, np.ndarray]:
    """Play, and return its report, what it printed, and its last actions on rows of 0, 1, 2 ..."""
    with AgentProcess(Sandbox(Limits()), path, Manifest.load(path), setting_of(CONFIG), range(4), ticks) as process:
        process.reset(7)
        process.wait_ready()
        size = nmmo.observation_dtype(CONFIG).itemsize
        rows = (np.arange(4 * size).reshape(4, size) % 251).astype(np.uint8)
        for _ in range(ticks):
            process.request(rows)
            actions = process.actions()
        process.close()
        return process.report, process.output.decode("utf-8", "replace"), actions


def expected(weight: np.ndarray) -> list[int]:
    size = nmmo.observation_dtype(CONFIG).itemsize
    rows = (np.arange(4 * size).reshape(4, size) % 251)[:, :64].astype(np.float32)
    return (rows @ weight).argmax(1).tolist()


@pytest.fixture
def weight() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(64, N_ACTIONS)).astype(np.float32)


def test_an_agent_that_asks_for_torch_plays_with_it(tmp_path, weight):
    pytest.importorskip("torch", reason="torch is not installed")
    path = asking(tmp_path / "a", HEAD + TORCH, ["numpy", "torch"])
    np.savez(path / "weight.npz", weight=weight)
    taken = stage(str(path), tmp_path / "taken")
    agent_report, printed, actions = play(taken.path)
    assert agent_report.words() == "" and printed == "1\n"
    assert actions.tolist() == expected(weight) and len(set(actions.tolist())) > 1


def test_an_agent_that_asks_for_onnxruntime_plays_with_it(tmp_path, weight):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    make, floats = onnx.helper, onnx.TensorProto.FLOAT
    graph = make.make_graph(
        [make.make_node("MatMul", ["x", "w"], ["y"])],
        "linear",
        [make.make_tensor_value_info("x", floats, [None, 64])],
        [make.make_tensor_value_info("y", floats, [None, N_ACTIONS])],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    path = asking(tmp_path / "a", HEAD + ONNX, ["numpy", "onnxruntime"])
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=10), path / "net.onnx")
    taken = stage(str(path), tmp_path / "taken")
    agent_report, _, actions = play(taken.path)
    assert agent_report.words() == ""
    assert actions.tolist() == expected(weight) and len(set(actions.tolist())) > 1


def test_libraries_are_not_there_for_those_who_do_not_ask(tmp_path):
    path = write_agent(tmp_path / "a", HEAD + "import torch\n")
    agent_report, _, _ = play(path)
    assert agent_report.verdict == "did not start" and "No module named 'torch'" in agent_report.reason


TRIED = [
    "open(os.path.dirname(torch.__file__) + '/new', 'w')",
    "open(torch.__file__, 'a')",
    "socket.socket()",
    "os.fork()",
    "open('/proc/sys/kernel/hostname', 'w')",
    "[name for name in os.listdir('/proc') if name.isdigit()][1]",
    "open('/etc/passwd')",
]


def test_with_libraries_the_sandbox_is_as_tight(tmp_path):
    pytest.importorskip("torch", reason="torch is not installed")
    body = "import torch\n" + "\n".join(
        f"try: print('did', {one})\nexcept Exception as error: print('failed', type(error).__name__)" for one in TRIED
    )
    path = asking(tmp_path / "a", doing(body, tick=1), ["torch"])
    agent_report, printed, _ = play(path)
    assert agent_report.words() == ""
    assert [line.split()[0] for line in printed.splitlines()] == ["failed"] * len(TRIED), printed
