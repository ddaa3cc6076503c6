"""`nmmo export`: make an agent of a trained policy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from nmmo.agents.manifest import NAME_RULE, is_agent_name
from nmmo.cli.options import Number, Parser


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = Parser(
        "export",
        "Make an agent's folder of a trained policy: code that needs NumPy alone, weights as safetensors, "
        "and the network as ONNX beside it.",
    )
    parser.add_argument(
        "run",
        type=Path,
        metavar="RUN",
        help="a run's folder (its newest checkpoint), or one of its checkpoints",
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", metavar="FOLDER", help="what to make (default: RUN/agent)"
    )
    parser.add_argument("--name", help="the agent's name (default: the run's folder's)")
    parser.add_argument(
        "--no-onnx", action="store_true", help="leave out policy.onnx, which needs the package onnx"
    )
    parser.add_argument(
        "--temperature",
        type=Number(0.01, 100),
        default=1.0,
        metavar="T",
        help="logits are divided by it before an action is drawn: below 1 the agent is surer of itself than in "
        "training, near 0 it takes what it holds to be best (default: 1, as in training)",
    )
    options = parser.parse_args(arguments)
    try:
        from nmmo.train.checkpoint import CheckpointError
        from nmmo.train.export import agent_name, export
        from nmmo.train.loop import newest
    except ModuleNotFoundError as error:
        print(f"nmmo export: exporting needs {error.name}: pip install 'nmmo[train]'", file=sys.stderr)
        return 2
    onnx = not options.no_onnx
    if onnx and find_spec("onnx") is None:
        onnx = False
        print("nmmo export: no policy.onnx, which needs the package onnx", file=sys.stderr)
    try:
        checkpoint = newest(options.run)
        run = checkpoint.parent.parent
        name = options.name or agent_name(run)
        if not is_agent_name(name):
            print(f"nmmo export: --name {name!r} must be {NAME_RULE}", file=sys.stderr)
            return 2
        folder = export(
            checkpoint, options.folder or run / "agent", name, onnx=onnx, temperature=options.temperature
        )
    except CheckpointError as error:
        print(f"nmmo export: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"nmmo export: could not write: {error}", file=sys.stderr)
        return 1
    print(f"{folder}: agent {name!r} of {checkpoint}\n  nmmo eval {folder}")
    return 0
