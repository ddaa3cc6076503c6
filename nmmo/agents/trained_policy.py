"""The class of exported agents: a policy that `nmmo train` has trained, played with NumPy alone.

An exported agent is a folder of data, ``agent.toml`` and ``policy.safetensors``; its manifest's entry,
``nmmo:TrainedPolicy``, names this class. The arrays have the names of the trainer's layers, with matrices transposed
and record embeddings folded into tables: ``nmmo.train.export`` writes what is read here.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.base import Agent, Setting

__all__ = ["TrainedPolicy", "read_safetensors"]

Floats: TypeAlias = NDArray[np.float32]

FORBIDDEN: Final = np.float32(-1e9)
"""The logit of an action that the mask forbids."""
MOST_TABLE_BYTES: Final = 256 * 1024 * 1024
"""Tables of byte pairs are used up to this size; they are 128 times as large as those of single bytes."""


def read_safetensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read a safetensors file.

    Returns
    -------
    arrays : dict of str to ndarray
        float32 or int64, read-only views of the file's bytes.
    facts : dict
        The JSON object under ``facts`` in the header's metadata.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is not such a file.
    """
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    facts = json.loads(header.pop("__metadata__")["facts"])
    dtypes = {"F32": "<f4", "I64": "<i8"}
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        data = content[8 + length + first : 8 + length + last]
        arrays[name] = np.frombuffer(data, dtypes[entry["dtype"]]).reshape(entry["shape"])
    return arrays, facts


def sigmoid(x: Floats) -> Floats:
    """Compute the logistic function by tanh, which does not overflow."""
    half: Floats = np.tanh(x * np.float32(0.5))
    return half * np.float32(0.5) + np.float32(0.5)


class RecordEmbedding:
    """Embeds records of bytes by look-ups: one per two bytes, if their number is even.

    Parameters
    ----------
    table : float32 [record_bytes * 256, channels]
        For every value of every byte of a record.
    place
        ``offset``, ``count`` and ``record_bytes`` of the records in a row.
    """

    def __init__(self, table: Floats, place: Mapping[str, int]) -> None:
        self.offset, self.count, self.record_bytes = place["offset"], place["count"], place["record_bytes"]
        tables = table.reshape(self.record_bytes, 256, -1)
        self.pairs = self.record_bytes % 2 == 0 and 128 * table.nbytes <= MOST_TABLE_BYTES
        if self.pairs:
            tables = (tables[1::2, :, None] + tables[0::2, None, :]).reshape(self.record_bytes // 2, 65536, -1)
        self.table = np.ascontiguousarray(tables.reshape(-1, tables.shape[-1]))
        self.first = np.arange(len(tables), dtype=np.int64) * tables.shape[1]

    def __call__(self, records: NDArray[np.uint8]) -> Floats:
        """Embed uint8 [n, count * record_bytes] as float32 [n, count * channels]."""
        n = len(records)
        contiguous = np.ascontiguousarray(records)
        numbers = contiguous.view("<u2") if self.pairs else contiguous
        index = numbers.reshape(n * self.count, -1).astype(np.int64)
        index += self.first
        embedded = self.table[index[:, 0]]
        for column in range(1, index.shape[1]):
            embedded += self.table[index[:, column]]
        np.maximum(embedded, 0, out=embedded)
        return embedded.reshape(n, -1)


class TrainedPolicy(Agent):
    """Samples its actions from a policy at the temperature of its export, with a recurrent state per slot."""

    def __init__(self, setting: Setting, folder: Path) -> None:
        super().__init__(setting, folder)
        self.weights, self.facts = read_safetensors(folder / "policy.safetensors")
        row = setting.observation
        fields: Any = row.fields
        layout = {"row_bytes": row.itemsize, **{name: fields[name][1] for name in fields}}
        if layout != self.facts["layout"]:
            raise ValueError(
                "this policy was trained on rows of another layout (the view's radii differ?): "
                f"it knows {self.facts['layout']}, the world has {layout}"
            )
        self.embeddings = {
            name: RecordEmbedding(self.weights[f"{name}.table"], self.facts[name])
            for name in ("tiles", "inventory", "listings")
        }
        sizes = self.facts["group_sizes"]
        self.n_groups = len(sizes)
        self.group_starts = np.cumsum([0, *sizes[:-1]])
        self.group_of = np.repeat(np.arange(self.n_groups), sizes)
        self.inverse_temperature = np.float32(1 / self.facts["temperature"])
        self.state: Floats = np.zeros((0, 0), np.float32)
        self.age: NDArray[np.int64] = np.zeros(0, np.int64)
        self.features: Floats = np.zeros((0, 0), np.float32)
        """What the heads were given last, float32 [n, width], for ``insight``."""
        self.likelihoods: Floats = np.zeros((0, 0), np.float32)
        """How likely each action was in the last tick, not normalised, float32 [n, n_actions]."""

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        super().reset(seed, slots)
        self.state = np.zeros((len(slots), self.facts["state_size"]), np.float32)
        self.age = np.full(len(slots), np.iinfo(np.int64).max)
        self.features = self.likelihoods = np.zeros((0, 0), np.float32)

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.integer[Any]]:
        own = rows.view(self.setting.observation)[:, 0]["self"]
        age = own["age"].astype(np.int64)
        self.state[(age <= self.age) | (own["health"] == 0)] = 0  # a new life knows nothing of the last
        self.age = age
        logits, self.state = self.forward(rows, self.state)
        actions = self.sample(logits, mask.astype(np.bool_))
        self.state[:, -1] = 1 + actions
        return actions

    def forward(self, rows: NDArray[np.uint8], state: Floats) -> tuple[Floats, Floats]:
        """Compute the logits of groups and actions, and the next state.

        The state's last number is 1 + the previous action, 0 where there was none; in the next one it is still open.

        Parameters
        ----------
        rows : ndarray of uint8, shape [n, row_bytes]
        state : ndarray of float32, shape [n, state_size]

        Returns
        -------
        logits : ndarray of float32, shape [n, n_groups + n_actions]
        state : ndarray of float32, shape [n, state_size]
        """
        encoded, inventory = self.encode(rows, state[:, -1].astype(np.int64))
        output, memory = self.step_core(encoded, state[:, :-1])
        state = np.concatenate([memory, np.zeros((len(rows), 1), np.float32)], axis=1)
        self.features = features = encoded + output
        logits: Floats = features @ self.weights["head.weight"] + self.weights["head.bias"]
        slots = inventory.reshape(len(rows), self.facts["inventory"]["count"], -1)
        queries = (features @ self.weights["slot_queries.weight"]).reshape(len(rows), -1, slots.shape[2])
        of_slots = (queries @ slots.transpose(0, 2, 1)).reshape(len(rows), -1)
        first = self.n_groups + self.facts["slot_actions"]
        logits[:, first : first + of_slots.shape[1]] += of_slots
        return logits, state

    def encode(self, rows: NDArray[np.uint8], previous_action: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Encode observations: as one vector each, [n, width], and the inventory alone, [n, slots * channels]."""
        w, facts = self.weights, self.facts
        embedded = {}
        for name, embedding in self.embeddings.items():
            place = facts[name]
            part = rows[:, place["offset"] : place["offset"] + place["count"] * place["record_bytes"]]
            embedded[name] = embedding(self._with_sides(rows, part) if name == "tiles" else part)
        own = facts["own"]
        numbers = rows[:, own["offset"] : own["offset"] + own["length"]].astype(np.float32) @ w["own.weights"]
        kinds = w["own.kinds"]
        market, mask = facts["market"], facts["mask"]
        rest = np.concatenate(
            [
                embedded["inventory"],
                embedded["listings"],
                np.minimum(numbers @ w["own.linear"], 1),
                np.log1p(numbers) @ w["own.log"],
                numbers[:, kinds[:, 0]] == kinds[:, 1],
                rows[:, market["offset"] : market["offset"] + market["count"]] * np.float32(market["scale"]),
                rows[:, mask["offset"] : mask["offset"] + mask["count"]],
            ],
            axis=1,
            dtype=np.float32,
        )
        encoded: Floats = embedded["tiles"] @ w["tile_layer.weight"] + rest @ w["rest_layer.weight"]
        encoded += w["tile_layer.bias"]
        encoded += w["previous_action.table"][previous_action]
        if "tile_attention.output_layer.weight" in w:
            encoded += self.attend_to_tiles(embedded["tiles"], np.maximum(encoded, 0))
        np.maximum(encoded, 0, out=encoded)
        if "output_layer.weight" in w:
            encoded = np.maximum(encoded @ w["output_layer.weight"] + w["output_layer.bias"], 0)
        return encoded, embedded["inventory"]

    def attend_to_tiles(self, tiles: Floats, features: Floats) -> Floats:
        """Compute what the queries find among the tiles, and where: float32 [n, width]."""
        w = self.weights
        bias, positions = w["tile_attention.distance_bias"], w["tile_attention.positions"]
        keys = tiles.reshape(len(tiles), bias.shape[1], -1)
        queries = features @ w["tile_attention.query_layer.weight"] + w["tile_attention.query_layer.bias"]
        attention = queries.reshape(len(tiles), len(bias), -1) @ keys.transpose(0, 2, 1) + bias
        attention -= attention.max(axis=2, keepdims=True)
        np.exp(attention, out=attention)
        attention /= attention.sum(axis=2, keepdims=True)
        found = np.concatenate([attention @ keys, attention @ positions], axis=2)
        output: Floats = found.reshape(len(tiles), -1) @ w["tile_attention.output_layer.weight"]
        return output

    def _with_sides(self, rows: NDArray[np.uint8], tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return tiles whose team byte is 0 for nobody's, 1 for one's own, 2 for another team, if there are teams."""
        if self.setting.config["team_size"] <= 1:
            return tiles
        tiles = tiles.copy()
        team = tiles[:, self.facts["tile_team"] :: self.facts["tiles"]["record_bytes"]]
        own = rows[:, self.facts["own_team"], None]
        team[...] = np.where(team == 0, 0, np.where(team == own, 1, 2))
        return tiles

    def step_core(self, x: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Compute one step of the recurrent core: its output and its next state."""
        w = self.weights
        if self.facts["core"] == "mingru":
            gate, candidate = np.split(x @ w["core.gates.weight"] + w["core.gates.bias"], 2, axis=1)
            update = sigmoid(gate)
            state = (1 - update) * state + update * np.tanh(candidate)
            return state, state
        hidden, cell = np.split(state, 2, axis=1)
        gates = (
            x @ w["core.input_gates.weight"] + w["core.input_gates.bias"] + hidden @ w["core.recurrent_gates.weight"]
        )
        enter, forget, candidate, leave = np.split(gates, 4, axis=1)
        cell = sigmoid(forget) * cell + sigmoid(enter) * np.tanh(candidate)
        hidden = sigmoid(leave) * np.tanh(cell)
        return hidden, np.concatenate([hidden, cell], axis=1)

    def sample(self, logits: Floats, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Draw an action per row, int64 [n]: first a group, then an action of it, both by one draw over all actions."""
        logits = logits * self.inverse_temperature
        possible = np.logical_or.reduceat(mask, self.group_starts, axis=1)
        log_groups = np.where(possible, logits[:, : self.n_groups], FORBIDDEN)
        log_actions = np.where(mask, logits[:, self.n_groups :], FORBIDDEN)
        log_actions -= np.maximum.reduceat(log_actions, self.group_starts, axis=1)[:, self.group_of]
        actions = np.exp(log_actions) * mask
        totals = np.add.reduceat(actions, self.group_starts, axis=1)
        groups = np.exp(log_groups - log_groups.max(1, keepdims=True))
        likelihoods = actions * (groups / np.maximum(totals, 1e-30))[:, self.group_of]
        self.likelihoods = likelihoods
        cumulative = np.cumsum(likelihoods, axis=1, dtype=np.float64)
        drawn = self.rng.random(len(likelihoods)) * cumulative[:, -1]
        sampled: NDArray[np.int64] = (cumulative <= drawn[:, None]).sum(axis=1)
        return sampled

    def insight(self, position: int) -> Mapping[str, Any] | None:
        """Report the probabilities of its last tick, float32 [n_actions], and the return that it expected then.

        The return is discounted, and of rewards as they were scaled in training.
        """
        if position >= len(self.likelihoods):
            return None
        likelihoods = self.likelihoods[position]
        value = self.features[position] @ self.weights["value_head.weight"] + self.weights["value_head.bias"][0]
        return {"probabilities": likelihoods / max(float(likelihoods.sum()), 1e-30), "value": float(value)}
