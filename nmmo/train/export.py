"""Making an agent's folder of a checkpoint: a manifest and weights, and the same network as ONNX."""

from __future__ import annotations

import json
import re
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import nmmo
from nmmo.core.registry import UnknownNameError
from nmmo.train.action_distribution import GROUP_SIZES, SLOT_ACTIONS
from nmmo.train.checkpoint import Checkpoint, CheckpointError
from nmmo.train.cores import Lstm, MinGru
from nmmo.train.encoding import Bytes, Encoding, Records
from nmmo.train.export_record import ExportRecord, weights_digest
from nmmo.train.layers import RecordEmbedding
from nmmo.train.networks import DefaultPolicy, Policy
from nmmo.train.recipe import Recipe, RecipeError
from nmmo.train.trainer import build_policy

ENTRY = "nmmo:TrainedPolicy"
"""The manifest's entry of every exported agent: ``nmmo.agents.trained_policy``."""

OWN_PARTS = "has a network or a core of its own, which only PyTorch can run: write an agent around it"

__all__ = ["agent_name", "arrays_of", "export", "export_again", "load_policy"]


def load_policy(checkpoint: Path, own_parts: bool = True) -> tuple[Policy, Recipe]:
    """Return the policy of a checkpoint, in float32 on the CPU, and the recipe that it was trained by.

    Parameters
    ----------
    checkpoint
        Its folder.
    own_parts
        Whether a network or a core that the recipe names as ``module:attribute`` is imported, which runs its code.

    Raises
    ------
    CheckpointError
        If the checkpoint cannot be used.
    """
    found = Checkpoint(checkpoint)
    found.check()
    weights, facts = found.read("policy")
    try:
        recipe = Recipe.from_toml(facts["recipe"])
        if not own_parts and ":" in recipe.policy.network + recipe.policy.core:
            raise CheckpointError(f"{checkpoint} {OWN_PARTS}")
        policy = build_policy(recipe)
        policy.load_state_dict(weights)
    except (RecipeError, UnknownNameError, nmmo.ConfigError, KeyError, RuntimeError) as error:
        raise CheckpointError(f"{checkpoint} does not fit its recipe: {error}") from error
    return policy.eval(), recipe


def arrays_of(policy: DefaultPolicy) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return a policy as plain arrays and facts: tables folded, matrices transposed, one name each."""
    encoder, encoding, core, attention = policy.encoder, policy.encoding, policy.core, policy.encoder.tile_attention
    linears: dict[str, torch.nn.Linear] = {
        "tile_layer": encoder.tile_layer, "rest_layer": encoder.rest_layer, "head": policy.head,
        "slot_queries": policy.slot_queries,
    }  # fmt: skip
    if encoder.output_layer is not None:
        linears["output_layer"] = encoder.output_layer
    if attention is not None:
        linears |= {
            "tile_attention.query_layer": attention.query_layer,
            "tile_attention.output_layer": attention.output_layer,
        }
    if isinstance(core, MinGru):
        linears["core.gates"] = core.gates
    elif isinstance(core, Lstm):
        linears |= {"core.input_gates": core.input_gates, "core.recurrent_gates": core.recurrent_gates}
    arrays: dict[str, NDArray[Any]] = {}
    for name, layer in linears.items():
        stop = -1 if name == "head" else None  # without the value
        arrays[f"{name}.weight"] = layer.weight.detach().numpy()[:stop].T
        if layer.bias is not None:
            arrays[f"{name}.bias"] = layer.bias.detach().numpy()[:stop]
    arrays["value_head.weight"] = policy.head.weight.detach().numpy()[-1]
    arrays["value_head.bias"] = policy.head.bias.detach().numpy()[-1:]
    for name in ("tiles", "inventory", "listings"):
        module = getattr(encoder, name)
        assert isinstance(module, RecordEmbedding)
        arrays[f"{name}.table"] = (module.codes @ module.weight.t()).detach().numpy()
    arrays["previous_action.table"] = encoder.previous_action.weight.detach().numpy()
    if attention is not None:
        arrays["tile_attention.distance_bias"] = attention.distance_bias.detach().numpy()
        arrays["tile_attention.positions"] = attention.places().detach().numpy()
    own = encoding.own
    arrays |= {
        "own.weights": own.weights,
        "own.linear": own.linear,
        "own.log": own.log,
        "own.kinds": own.kinds,
    }
    facts = {
        "core": "mingru" if isinstance(core, MinGru) else "lstm",
        "state_size": policy.state_size,
        "group_sizes": list(GROUP_SIZES),
        "slot_actions": SLOT_ACTIONS,
        "own": {"offset": own.offset, "length": own.length},
        "tile_team": encoding.tile_team,
        **_places(encoding),
    }
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}, facts


def _places(encoding: Encoding) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("tiles", "inventory", "listings", "market", "mask"):
        part = getattr(encoding, name)
        if isinstance(part, Records):
            found[name] = {"offset": part.offset, "count": part.count, "record_bytes": part.record_bytes}
        elif isinstance(part, Bytes):
            found[name] = {"offset": part.offset, "count": part.count, "scale": part.scale}
    return found


def agent_name(run: Path) -> str:
    """Return the default name of a run's agent: that of the run's folder, as far as ``agent.toml`` allows it."""
    name = re.sub(r"[^a-z0-9_-]+", "-", run.resolve().name.lower()).lstrip("-_0123456789")[:40]
    return name or "trained"


def export(checkpoint: Path, folder: Path, name: str, *, onnx: bool = True, temperature: float = 1.0) -> Path:
    """Write an agent's folder.

    Parameters
    ----------
    checkpoint
        A checkpoint's folder.
    folder
        What to make. What an earlier export has written there is replaced; all other files stay as they are.
    name
        The agent's, as ``agent.toml`` allows: a-z, 0-9, - and _.
    onnx
        Whether to write ``policy.onnx`` too (needs the package onnx): inputs ``rows`` uint8 [n, row_bytes],
        ``state`` float32 [n, state_size] and ``not_done`` float32 [n], 0 where a life begins; outputs ``logits``,
        ``value`` and ``next_state``.
    temperature
        What the agent divides its logits by before it draws, above 0; below 1 it is less random than in training.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    CheckpointError
        If the checkpoint cannot be used.
    FileExistsError
        If a file is in the way that no export wrote, or that was changed since.
    ValueError
        If the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError(f"temperature = {temperature:g} must be above 0")
    from safetensors.numpy import save_file

    policy, recipe = load_policy(checkpoint, own_parts=False)  # it may be a stranger's
    if type(policy) is not DefaultPolicy or type(policy.core) not in (MinGru, Lstm):
        raise CheckpointError(f"{checkpoint} {OWN_PARTS}")
    arrays, facts = arrays_of(policy)
    row = nmmo.observation_dtype(recipe.world)
    fields: Any = row.fields
    own, own_offset = fields["self"][:2]
    facts["layout"] = {"row_bytes": row.itemsize, **{key: int(fields[key][1]) for key in fields}}
    facts["temperature"] = temperature
    facts["own_team"] = int(own_offset + own.fields["team"][1])
    record = ExportRecord(checkpoint.name, weights_digest(checkpoint), name, temperature, onnx)
    record.check_room(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch_name:
        scratch = Path(scratch_name)
        save_file(arrays, scratch / "policy.safetensors", {"facts": json.dumps(facts)})
        (scratch / "recipe.toml").write_text(recipe.to_toml(), encoding="utf-8")
        megabytes = 256 + 4 * sum(array.nbytes for array in arrays.values()) // 2**20
        (scratch / "agent.toml").write_text(
            f'[agent]\nformat = 1\nname = "{name}"\nversion = "1.0"\nauthors = ["nmmo train"]\n'
            f'entry = "{ENTRY}"\n'
            f'description = "A policy trained by nmmo train, checkpoint {checkpoint.name}."\n\n'
            f'[resources]\nthreads = 1\nmemory_mb = {megabytes}\nneeds = ["numpy"]\n',
            encoding="utf-8",
        )
        if onnx:
            from nmmo.train.onnx_graph import write_onnx

            write_onnx(policy, scratch / "policy.onnx")
        record.place(scratch, folder)
    return folder


def export_again(checkpoint: Path, folder: Path, name: str) -> Path:
    """Export as the last time: under the name, at the temperature and with the files that the folder's agent has.

    Parameters
    ----------
    checkpoint, folder
        As for ``export``.
    name
        The agent's, where nothing has been exported there yet; there is no ``policy.onnx`` then.

    Raises
    ------
    CheckpointError, FileExistsError
        As by ``export``.
    """
    last = ExportRecord.read(folder)
    if last is None:
        return export(checkpoint, folder, name, onnx=False)
    onnx = last.onnx and find_spec("onnx") is not None
    return export(checkpoint, folder, last.name, onnx=onnx, temperature=last.temperature)
