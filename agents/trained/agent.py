"""A policy trained by `nmmo train`, played with NumPy alone.

Written by `nmmo export`, beside ``policy.safetensors``. It needs nothing else of the folder, and no PyTorch.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.base import Agent, Setting

Floats = NDArray[np.float32]

NEVER = np.float32(-1e9)
"""The logit of an action that the mask forbids."""


def read_safetensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays of a safetensors file, and the facts in its header."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    facts = json.loads(header.pop("__metadata__")["facts"])
    kinds = {"F32": "<f4", "I64": "<i8"}
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        data = content[8 + length + first : 8 + length + last]
        arrays[name] = np.frombuffer(data, kinds[entry["dtype"]]).reshape(entry["shape"])
    return arrays, facts


def sigmoid(x: Floats) -> Floats:
    """Without overflow: by tanh."""
    half: Floats = np.tanh(x * np.float32(0.5))
    return half * np.float32(0.5) + np.float32(0.5)


class Records:
    """Records of the row, embedded by look-ups: one for every two bytes, where their number is even."""

    def __init__(self, table: Floats, place: dict[str, int]) -> None:
        self.offset, self.count, self.width = place["offset"], place["count"], place["record_bytes"]
        tables = table.reshape(self.width, 256, -1)
        self.wide = self.width % 2 == 0
        if self.wide:
            tables = (tables[1::2, :, None] + tables[0::2, None, :]).reshape(self.width // 2, 65536, -1)
        self.table = np.ascontiguousarray(tables.reshape(-1, tables.shape[-1]))
        self.first = np.arange(len(tables), dtype=np.int64) * tables.shape[1]

    def __call__(self, records: NDArray[np.uint8]) -> Floats:
        """[n, count * width] to [n, count * channels]."""
        n = len(records)
        bytes_ = np.ascontiguousarray(records)
        numbers = bytes_.view("<u2") if self.wide else bytes_
        index = numbers.reshape(n * self.count, -1).astype(np.int64)
        index += self.first
        embedded = self.table[index[:, 0]]
        for column in range(1, index.shape[1]):
            embedded += self.table[index[:, column]]
        np.maximum(embedded, 0, out=embedded)
        return embedded.reshape(n, -1)


class Trained(Agent):
    """Samples its actions from the policy, at the temperature of its export. Each slot has its own memory."""

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
        self.records = {
            name: Records(self.weights[f"{name}.table"], self.facts[name])
            for name in ("tiles", "inventory", "listings")
        }
        sizes = self.facts["group_sizes"]
        self.groups = len(sizes)
        self.starts = np.cumsum([0, *sizes[:-1]])
        self.group_of = np.repeat(np.arange(self.groups), sizes)
        self.coldness = np.float32(1 / self.facts.get("temperature", 1.0))  # absent in exports of earlier versions
        self.state: Floats = np.zeros((0, 0), np.float32)
        self.age: NDArray[np.int64] = np.zeros(0, np.int64)
        self.known: Floats = np.zeros((0, 0), np.float32)
        """What the heads were given last, kept for those who ask for an insight."""
        self.chances: Floats = np.zeros((0, 0), np.float32)
        """How likely each action was in the last choice."""

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        super().reset(seed, slots)
        self.state = np.zeros((len(slots), self.facts["state_width"]), np.float32)
        self.age = np.full(len(slots), np.iinfo(np.int64).max)
        self.known = self.chances = np.zeros((0, 0), np.float32)

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.integer[Any]]:
        own = rows.view(self.setting.observation)[:, 0]["self"]
        age = own["age"].astype(np.int64)
        another = (age <= self.age) | (own["health"] == 0)
        self.state[another] = 0  # another life knows nothing of the last
        self.age = age
        logits, self.state = self.think(rows, self.state)
        chosen = self.choose(logits, mask.astype(np.bool_))
        self.state[:, -1] = 1 + chosen
        return chosen

    def think(self, rows: NDArray[np.uint8], state: Floats) -> tuple[Floats, Floats]:
        """Logits of groups and actions, and the next memory.

        The memory's last number is 1 + the action before, 0 where there was none; in the next one it is still open.
        """
        encoded, inventory = self.encode(rows, state[:, -1].astype(np.int64))
        remembered, memory = self.remember(encoded, state[:, :-1])
        state = np.concatenate([memory, np.zeros((len(rows), 1), np.float32)], axis=1)
        self.known = known = encoded + remembered
        logits: Floats = known @ self.weights["head.weight"] + self.weights["head.bias"]
        slots = inventory.reshape(len(rows), self.facts["inventory"]["count"], -1)
        queries = (known @ self.weights["queries.weight"]).reshape(len(rows), -1, slots.shape[2])
        of_slots = (queries @ slots.transpose(0, 2, 1)).reshape(len(rows), -1)
        first = self.groups + self.facts["slot_actions"]
        logits[:, first : first + of_slots.shape[1]] += of_slots
        return logits, state

    def encode(self, rows: NDArray[np.uint8], previous: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """What is seen as one vector, and the inventory alone, slot by slot."""
        w, facts = self.weights, self.facts
        parts = {}
        for name, records in self.records.items():
            place = facts[name]
            part = rows[:, place["offset"] : place["offset"] + place["count"] * place["record_bytes"]]
            parts[name] = records(self._with_sides(rows, part) if name == "tiles" else part)
        own = facts["own"]
        numbers = rows[:, own["offset"] : own["offset"] + own["length"]].astype(np.float32) @ w["own.weights"]
        kinds = w["own.kinds"]
        market, mask = facts["market"], facts["mask"]
        rest = np.concatenate(
            [
                parts["inventory"],
                parts["listings"],
                np.minimum(numbers @ w["own.linear"], 1),
                np.log1p(numbers) @ w["own.log"],
                numbers[:, kinds[:, 0]] == kinds[:, 1],
                rows[:, market["offset"] : market["offset"] + market["count"]] * np.float32(market["scale"]),
                rows[:, mask["offset"] : mask["offset"] + mask["count"]],
            ],
            axis=1,
            dtype=np.float32,
        )
        encoded: Floats = (
            parts["tiles"] @ w["of_tiles.weight"] + rest @ w["of_rest.weight"] + w["of_tiles.bias"]
        )
        encoded += w["previous.table"][previous]
        if "glimpses.into.weight" in w:
            encoded += self.glimpse(parts["tiles"], np.maximum(encoded, 0))
        np.maximum(encoded, 0, out=encoded)
        if "into_core.weight" in w:
            encoded = np.maximum(encoded @ w["into_core.weight"] + w["into_core.bias"], 0)
        return encoded, parts["inventory"]

    def glimpse(self, tiles: Floats, known: Floats) -> Floats:
        """What the queries find among the tiles, and where."""
        w = self.weights
        nearness, places = w["glimpses.nearness"], w["glimpses.places"]
        seen = tiles.reshape(len(tiles), nearness.shape[1], -1)
        queries = known @ w["glimpses.of_known.weight"] + w["glimpses.of_known.bias"]
        weights = queries.reshape(len(tiles), len(nearness), -1) @ seen.transpose(0, 2, 1) + nearness
        weights -= weights.max(axis=2, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=2, keepdims=True)
        found = np.concatenate([weights @ seen, weights @ places], axis=2)
        told: Floats = found.reshape(len(tiles), -1) @ w["glimpses.into.weight"]
        return told

    def _with_sides(self, rows: NDArray[np.uint8], tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Tiles whose team byte says 0 nobody's, 1 one's own, 2 another; where the world has teams."""
        if self.setting.config["team_size"] <= 1:
            return tiles
        tiles = tiles.copy()
        team = tiles[:, self.facts["tile_team"] :: self.facts["tiles"]["record_bytes"]]
        own = rows[:, self.facts["own_team"], None]
        team[...] = np.where(team == 0, 0, np.where(team == own, 1, 2))
        return tiles

    def remember(self, x: Floats, state: Floats) -> tuple[Floats, Floats]:
        """One step of the memory: its output and its next state."""
        w = self.weights
        if self.facts["core"] == "mingru":
            gate, candidate = np.split(x @ w["gates.weight"] + w["gates.bias"], 2, axis=1)
            update = sigmoid(gate)
            state = (1 - update) * state + update * np.tanh(candidate)
            return state, state
        hidden, cell = np.split(state, 2, axis=1)
        gates = x @ w["of_input.weight"] + w["of_input.bias"] + hidden @ w["of_memory.weight"]
        enter, forget, candidate, leave = np.split(gates, 4, axis=1)
        cell = sigmoid(forget) * cell + sigmoid(enter) * np.tanh(candidate)
        hidden = sigmoid(leave) * np.tanh(cell)
        return hidden, np.concatenate([hidden, cell], axis=1)

    def choose(self, logits: Floats, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """First a group, then an action of it; both as if by one draw over all actions."""
        logits = logits * self.coldness
        log_groups = np.where(
            np.logical_or.reduceat(mask, self.starts, axis=1), logits[:, : self.groups], NEVER
        )
        log_actions = np.where(mask, logits[:, self.groups :], NEVER)
        log_actions -= np.maximum.reduceat(log_actions, self.starts, axis=1)[:, self.group_of]
        actions = np.exp(log_actions) * mask
        totals = np.add.reduceat(actions, self.starts, axis=1)
        groups = np.exp(log_groups - log_groups.max(1, keepdims=True))
        chances = actions * (groups / np.maximum(totals, 1e-30))[:, self.group_of]
        self.chances = chances
        cumulative = np.cumsum(chances, axis=1, dtype=np.float64)
        drawn = self.rng.random(len(chances)) * cumulative[:, -1]
        chosen: NDArray[np.int64] = (cumulative <= drawn[:, None]).sum(axis=1)
        return chosen

    def insight(self, position: int) -> Mapping[str, Any] | None:
        """The probabilities of its last choice, float32 [n_actions], and the return that it expected then.

        What it expects is discounted, and of rewards as they were scaled in training.
        """
        if position >= len(self.chances):
            return None
        chances = self.chances[position]
        told: dict[str, Any] = {"probabilities": chances / max(float(chances.sum()), 1e-30)}
        if "value.weight" in self.weights:  # absent in exports of earlier versions
            told["value"] = float(self.known[position] @ self.weights["value.weight"] + self.weights["value.bias"][0])
        return told
