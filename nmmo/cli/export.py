"""`nmmo export`: make an agent of a trained policy."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from nmmo.agents.manifest import NAME_RULE, is_agent_name
from nmmo.cli.errors import CommandFailed, UserError
from nmmo.cli.options import Number, Options, Parser

DESCRIPTION = (
    "Make an agent's folder of a trained policy: an agent that needs NumPy alone, weights as safetensors, and the "
    "network as ONNX beside it."
)
EXAMPLES = ("nmmo export runs/small-1", "nmmo export runs/small-1 wolf --name wolf --temperature 0.5")


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument(
        "run",
        type=Path,
        metavar="RUN",
        help="a run's folder (its newest checkpoint), or one of its checkpoints",
    )
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="what to make (default: RUN/agent)")
    parser.add_argument("--name", metavar="NAME", help="the agent's name (default: the run's folder's)")
    parser.add_argument("--no-onnx", action="store_true", help="leave out policy.onnx, which needs the package onnx")
    parser.add_argument(
        "--temperature",
        type=Number(0.01, 100),
        default=1.0,
        metavar="X",
        help="logits are divided by it before an action is drawn: below 1 the agent is less random than in "
        "training, near 0 it takes the action that it finds best",
    )


def run(options: Options) -> int:
    """Run the command."""
    from nmmo.train.checkpoint import CheckpointError
    from nmmo.train.export import agent_name, export
    from nmmo.train.run_folder import RunFolder, newest_checkpoint

    onnx = not options.no_onnx
    if onnx and find_spec("onnx") is None:
        onnx = False
        print("nmmo export: no policy.onnx, which needs the package onnx", file=sys.stderr)
    try:
        checkpoint = newest_checkpoint(options.run)
        run, _ = RunFolder.of(checkpoint)
        target = options.folder or (run.agent if run is not None else None)
        if target is None:
            raise UserError(f"{checkpoint} is a checkpoint without its run: give the FOLDER to make, too")
        name = options.name or agent_name(run.path if run is not None else checkpoint)
        if not is_agent_name(name):
            raise UserError(f"--name: {name!r} must be {NAME_RULE}")
        folder = export(checkpoint, target, name, onnx=onnx, temperature=options.temperature)
    except CheckpointError as error:
        raise UserError(str(error)) from None
    except FileExistsError as error:
        raise CommandFailed(str(error)) from None
    except OSError as error:
        raise CommandFailed(f"could not write: {error}") from None
    print(f"{folder}: agent {name!r} of {checkpoint}\n  nmmo eval {folder}")
    return 0
