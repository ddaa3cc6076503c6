"""Making an agent's folder of a checkpoint: NumPy code and weights, and the same network as ONNX."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import nmmo
from nmmo.train import exported_agent
from nmmo.train.actions import GROUP_SIZES, SLOT_ACTIONS
from nmmo.train.checkpoint import Checkpoint, CheckpointError
from nmmo.train.encoding import Bytes, Encoding, Records, encoding_for
from nmmo.train.networks import Policy, RecordEmbedding
from nmmo.train.recipe import Recipe, RecipeError
from nmmo.train.recurrent import MinGru

__all__ = ["agent_name", "arrays_of", "export", "load_policy"]


def load_policy(checkpoint: Path) -> tuple[Policy, Recipe]:
    """The policy of a checkpoint, in float32 on the CPU, and the recipe that it was trained by.

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
        policy = Policy(encoding_for(recipe.world), recipe.policy)
        policy.load_state_dict(weights)
    except (RecipeError, nmmo.ConfigError, KeyError, RuntimeError) as error:
        raise CheckpointError(f"{checkpoint} does not fit its recipe: {error}") from error
    return policy.eval(), recipe


def arrays_of(policy: Policy) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """A policy as plain arrays and facts: tables folded, matrices transposed, one name each."""
    encoder, encoding = policy.encoder, policy.encoding
    linears = {"of_tiles": encoder.of_tiles, "of_rest": encoder.of_rest, "head": policy.head, "queries": policy.queries}
    if encoder.into_core is not None:
        linears["into_core"] = encoder.into_core
    if encoder.glimpses is not None:
        linears |= {"glimpses.of_known": encoder.glimpses.of_known, "glimpses.into": encoder.glimpses.into}
    linears |= {
        name: layer for name, layer in policy.core.named_children() if isinstance(layer, torch.nn.Linear)
    }
    arrays: dict[str, NDArray[Any]] = {}
    for name, layer in linears.items():
        keep = -1 if name == "head" else None  # without the value
        arrays[f"{name}.weight"] = layer.weight.detach().numpy()[:keep].T
        if layer.bias is not None:
            arrays[f"{name}.bias"] = layer.bias.detach().numpy()[:keep]
    arrays["value.weight"] = policy.head.weight.detach().numpy()[-1]
    arrays["value.bias"] = policy.head.bias.detach().numpy()[-1:]
    for name in ("tiles", "inventory", "listings"):
        module = getattr(encoder, name)
        assert isinstance(module, RecordEmbedding)
        arrays[f"{name}.table"] = (module.codes @ module.weight.t()).detach().numpy()
    arrays["previous.table"] = encoder.of_previous.weight.detach().numpy()
    if encoder.glimpses is not None:
        arrays["glimpses.nearness"] = encoder.glimpses.nearness.detach().numpy()
        arrays["glimpses.places"] = encoder.glimpses.places().detach().numpy()
    own = encoding.own
    arrays |= {
        "own.weights": own.weights,
        "own.linear": own.linear,
        "own.log": own.log,
        "own.kinds": own.kinds,
    }
    facts = {
        "core": "mingru" if isinstance(policy.core, MinGru) else "lstm",
        "state_width": policy.state_width,
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
    """What a run's agent is called unless somebody says otherwise: the run's folder, as ``agent.toml`` allows."""
    name = re.sub(r"[^a-z0-9_-]+", "-", run.resolve().name.lower()).lstrip("-_0123456789")[:40]
    return name or "trained"


def export(checkpoint: Path, folder: Path, name: str, *, onnx: bool = True, temperature: float = 1.0) -> Path:
    """Write an agent's folder.

    Parameters
    ----------
    checkpoint
        A checkpoint's folder.
    folder
        What to make; it is replaced as a whole if it is an agent's folder already.
    name
        The agent's, as ``agent.toml`` allows: a-z, 0-9, - and _.
    onnx
        Whether to write ``policy.onnx`` too (needs the package onnx): inputs ``rows`` uint8 [n, row_bytes],
        ``state`` and ``keep`` as for ``Policy``; outputs ``logits``, ``value`` and ``next_state``.
    temperature
        What the agent divides its logits by before it draws, above 0; below 1 it is surer of itself than in training.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    CheckpointError
        If the checkpoint cannot be used.
    FileExistsError
        If something else is in the way.
    ValueError
        If the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError(f"temperature = {temperature:g} must be above 0")
    from safetensors.numpy import save_file

    policy, recipe = load_policy(checkpoint)
    arrays, facts = arrays_of(policy)
    row = nmmo.observation_dtype(recipe.world)
    fields: Any = row.fields
    own, own_offset = fields["self"][:2]
    facts["layout"] = {"row_bytes": row.itemsize, **{key: int(fields[key][1]) for key in fields}}
    facts["temperature"] = temperature
    facts["own_team"] = int(own_offset + own.fields["team"][1])
    if folder.exists() and not (
        folder.is_dir() and (not any(folder.iterdir()) or (folder / "agent.toml").is_file())
    ):
        raise FileExistsError(f"{folder} is there already and is no agent's folder")
    scratch = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        save_file(arrays, scratch / "policy.safetensors", {"facts": json.dumps(facts)})
        source = Path(exported_agent.__file__).read_text(encoding="utf-8")
        (scratch / "agent.py").write_text(source, encoding="utf-8")
        (scratch / "recipe.toml").write_text(recipe.to_toml(), encoding="utf-8")
        megabytes = 256 + 4 * sum(array.nbytes for array in arrays.values()) // 2**20
        (scratch / "agent.toml").write_text(
            f'[agent]\nformat = 1\nname = "{name}"\nversion = "1.0"\nauthors = ["nmmo train"]\n'
            f'entry = "agent:Trained"\n'
            f'description = "A policy trained by nmmo train, checkpoint {checkpoint.name}."\n\n'
            f'[resources]\nthreads = 1\nmemory_mb = {megabytes}\nneeds = ["numpy"]\n',
            encoding="utf-8",
        )
        if onnx:
            from nmmo.train.onnx_graph import write_onnx

            write_onnx(policy, scratch / "policy.onnx")
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder
