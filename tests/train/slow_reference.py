"""The trainer's mathematics once more: slow, in float64, from the definitions, sharing nothing with it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

import nmmo
from nmmo.core.content import NUMBER

GROUP_OF = [row.group for row in nmmo.ACTION_TABLE]
GROUPS = list(dict.fromkeys(GROUP_OF))


def one_hot(value: int, count: int) -> list[float]:
    """Return one feature for each of 1..count - 1."""
    return [float(value == number) for number in range(1, count)]


def tile_features(tile: Any, own_team: int | None) -> list[float]:
    """Return what is read of one tile, from its named fields."""
    ground, tier, occupant, level, style = (int(tile[n]) for n in ("ground", "tier", "occupant", "level", "style"))
    team = int(tile["team"])
    side = 0 if team == 0 else 1 if team == own_team else 2
    return [
        *one_hot(ground // 4, 6), *one_hot(ground % 4, 4), *one_hot(int(tile["object"]), NUMBER.LAST_OBJECT + 1),
        min((tier & 15) / 5, 1), min((tier >> 4) / 5, 1), *one_hot(occupant & 7, 5), (occupant >> 3) / 31,
        min((level & 63) / 40, 1), (level >> 6) / 3, min(int(tile["health"]) / 100, 1),
        *one_hot(style & 3, 3), *one_hot(style >> 2 & 7, 5), float(style >> 5 & 1), *one_hot(side, 3),
    ]  # fmt: skip


def item_features(item: Any) -> list[float]:
    kind, tier, quantity, worn = (int(item[n]) for n in ("type", "tier", "quantity", "worn"))
    return [
        *one_hot(kind, NUMBER.ITEM_TYPES + 1),
        min(tier / 5, 1),
        min(quantity / 12, 1),
        min(quantity / 99, 1),
        float(min(worn, 1)),
    ]


def listing_features(listing: Any) -> list[float]:
    kind, tier, quantity, step, left = (
        int(listing[n]) for n in ("type", "tier", "quantity", "price_step", "ticks_left_8")
    )
    return [
        *one_hot(kind, NUMBER.ITEM_TYPES + 1), min(tier / 5, 1), min(quantity / 12, 1), min(quantity / 99, 1),
        min(step / 16, 1), left / 255,
    ]  # fmt: skip


def own_features(own: Any) -> list[float]:
    """Return what is read of oneself: linear numbers, then logarithms, then kinds, each in the fields' order."""
    linear: list[float] = []
    scales: dict[str, list[float]] = {
        "gold": [50], "health": [100], "stamina": [100, 8], "food": [100], "water": [100], "level": [40, 8],
        "progress": [256], "combat_level": [40, 8], "harvest_level": [40, 8], "worn_type": [1],
        "worn_tier": [5],
        "price_step": [16], "combat_ticks": [5], "protection_ticks": [32], "stagnation_left": [2048, 64],
        "monster_protection_ticks": [8], "fog_distance": [32], "fog_damage": [10], "lives_left": [8],
        "age": [64],
    }  # fmt: skip
    for name in own.dtype.names:
        for value in np.atleast_1d(own[name]):
            linear += [min(int(value) / scale, 1.0) for scale in scales.get(name, [])]
    logarithms = [
        math.log1p(int(own["gold"])) / math.log1p(1000),
        math.log1p(int(own["age"])) / math.log1p(2048),
    ]
    kinds = [
        float(int(own[name]) == number)
        for name, count in (("style", 3), ("element", 5), ("danger", 6), ("biome", 4))
        for number in range(count)
    ]
    return linear + logarithms + kinds


class SlowPolicy:
    """A policy of minGRU or LSTM, one row and one step at a time, from the weights of a real one."""

    def __init__(self, weights: dict[str, Tensor], config: nmmo.Config, core: str) -> None:
        self.config = config
        self.core = core
        self.weights = {name: value.detach().double().clone().requires_grad_() for name, value in weights.items()}

    def embedded(self, name: str, features: list[list[float]]) -> Tensor:
        weight = self.weights[f"encoder.{name}.weight"]
        return torch.relu(torch.tensor(features, dtype=torch.float64) @ weight[:, :-1].t() + weight[:, -1]).flatten()

    def encode(self, row: Any, previous: int) -> Tensor:
        """Return one structured row; previous is 1 + the action before, 0 where there was none."""
        own_team = int(row["self"]["team"]) if self.config.team_size > 1 else None
        tiles = self.embedded("tiles", [tile_features(tile, own_team) for tile in row["tiles"].reshape(-1)])
        rest = torch.cat(
            [
                self.embedded("inventory", [item_features(item) for item in row["inventory"]]),
                self.embedded("listings", [listing_features(listing) for listing in row["listings"]]),
                torch.tensor(own_features(row["self"]), dtype=torch.float64),
                torch.tensor(row["market"].reshape(-1) / 16),
                torch.tensor(row["mask"].astype(np.float64)),
            ]
        )
        w = self.weights
        sum_ = (
            w["encoder.tile_layer.weight"] @ tiles
            + w["encoder.tile_layer.bias"]
            + w["encoder.rest_layer.weight"] @ rest
            + w["encoder.previous_action.weight"][previous]
        )
        encoded = torch.relu(sum_)
        if "encoder.tile_attention.output_layer.weight" in w:
            found = self.tile_attention(tiles, row["tiles"].shape, encoded)
            encoded = torch.relu(sum_ + w["encoder.tile_attention.output_layer.weight"] @ found)
        if "encoder.output_layer.weight" in w:
            encoded = torch.relu(w["encoder.output_layer.weight"] @ encoded + w["encoder.output_layer.bias"])
        return encoded

    def tile_attention(self, tiles: Tensor, shape: tuple[int, int], encoded: Tensor) -> Tensor:
        """Return for each query in turn its mean tile, and its mean place."""
        w = {name.removeprefix("encoder.tile_attention."): value for name, value in self.weights.items()}
        embedded = tiles.view(shape[0] * shape[1], -1)
        places = []
        for row, column in np.ndindex(*shape):
            down, right = row - shape[0] // 2, column - shape[1] // 2
            sign, far = np.sign([down, right]), (abs(down), abs(right))
            features = [*sign, down / 8, right / 8, sign[0] * (far[0] > far[1]), sign[1] * (far[1] > far[0])]
            features += [sum(far) == 0, sum(far) == 1, max(far) == 1, max(far) <= 3, sum(far) / 16]
            places.append(torch.cat([torch.tensor(features, dtype=torch.float64), w["place_embedding"][len(places)]]))
        asked = w["query_layer.weight"] @ encoded + w["query_layer.bias"]
        found = []
        for query, nearness in zip(asked.view(len(w["distance_bias"]), -1), w["distance_bias"], strict=True):
            scores = torch.stack([query @ tile for tile in embedded]) + nearness
            chances = scores.exp() / scores.exp().sum()
            found += [chances @ embedded, chances @ torch.stack(places)]
        return torch.cat(found)

    def step(self, row: Any, state: Tensor, action: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits, value and the next memory, in which the action is mingru too."""
        w = self.weights
        state, previous = state[:-1], int(state[-1])
        x = self.encode(row, previous)
        if self.core == "mingru":
            gate, candidate = (w["core.gates.weight"] @ x + w["core.gates.bias"]).chunk(2)
            update = torch.sigmoid(gate)
            state = (1 - update) * state + update * torch.tanh(candidate)
            output = state
        else:
            hidden, cell = state.chunk(2)
            gates = (
                w["core.input_gates.weight"] @ x
                + w["core.input_gates.bias"]
                + w["core.recurrent_gates.weight"] @ hidden
            )
            enter, forget, candidate, leave = gates.chunk(4)
            cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(candidate)
            output = torch.sigmoid(leave) * torch.tanh(cell)
            state = torch.cat([output, cell])
        known = x + output
        out = w["head.weight"] @ known + w["head.bias"]
        slots = self.embedded("inventory", [item_features(item) for item in row["inventory"]]).view(12, -1)
        for query, group in zip((w["slot_queries.weight"] @ known).chunk(3), ("use", "sell", "drop"), strict=True):
            for number, listed in enumerate(nmmo.ACTION_TABLE):
                if listed.group == group:
                    slot = int(listed.name.rpartition("_")[2]) - 1
                    out[len(GROUPS) + number] += query @ slots[slot]
        done = torch.tensor([0.0 if action is None else action + 1.0], dtype=torch.float64)
        return out[:-1], out[-1], torch.cat([state, done])


def log_probabilities(logits: Tensor, mask: Any) -> dict[int, Tensor]:
    """Return log p of every possible action, from the definition of the two levels."""
    possible = [action for action in range(len(GROUP_OF)) if mask[action]]
    groups = [group for group in range(len(GROUPS)) if any(GROUPS[group] == GROUP_OF[a] for a in possible)]
    of_groups = {g: logits[g] - torch.logsumexp(torch.stack([logits[k] for k in groups]), 0) for g in groups}
    found = {}
    for group in groups:
        members = [a for a in possible if GROUP_OF[a] == GROUPS[group]]
        total = torch.logsumexp(torch.stack([logits[len(GROUPS) + a] for a in members]), 0)
        for action in members:
            found[action] = of_groups[group] + logits[len(GROUPS) + action] - total
    return found


def entropy(logits: Tensor, mask: Any) -> Tensor:
    """Return entropy of the group, and of the action in the group that is drawn, the groups' chances held fixed."""
    joint = log_probabilities(logits, mask)
    groups: dict[str, list[Tensor]] = {}
    for action, value in joint.items():
        groups.setdefault(GROUP_OF[action], []).append(value)
    total = torch.zeros((), dtype=torch.float64)
    for values in groups.values():
        of_group = torch.logsumexp(torch.stack(values), 0)
        within = torch.stack(values) - of_group
        total = total - of_group.exp() * of_group - of_group.exp().detach() * (within.exp() * within).sum()
    return total


def advantages(
    values: Any, rewards: Any, ended: Any, bootstrap: Any, ratio: Any,
    discount: float, trace: float, rho_clip: float, trace_clip: float,
) -> Any:  # fmt: skip
    """Compute the advantages as a sum over what follows, without a recursion: float64 [steps, rows]."""
    steps, rows = np.shape(rewards)
    found = np.zeros((steps, rows))
    for row in range(rows):
        for start in range(steps):
            factor = 1.0
            for t in range(start, steps):
                following = bootstrap[t][row] if ended[t][row] else values[t + 1][row]
                delta = min(ratio[t][row], rho_clip) * (rewards[t][row] + discount * following - values[t][row])
                found[start, row] += factor * delta
                if ended[t][row]:
                    break
                factor *= discount * trace * min(ratio[t][row], trace_clip)
    return found


def orthogonalized(matrix: Any) -> Any:
    """Return the quintic, five times on each singular value."""
    u, s, vt = np.linalg.svd(np.asarray(matrix, np.float64), full_matrices=False)
    s = s / (np.linalg.norm(matrix) + 1e-7)
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return u @ np.diag(s) @ vt
