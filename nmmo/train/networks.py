"""The policy network: observations in, logits of actions and a value out."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from nmmo.train.action_distribution import ACTIONS, GROUPS, SLOT_ACTIONS, SLOT_GROUPS
from nmmo.train.cpu_ops import apply_heads, supported
from nmmo.train.encoding import Encoding, Records
from nmmo.train.layers import Linear, NumberFeatures, ParameterKind, RecordEmbedding
from nmmo.train.recipe import PolicyOptions
from nmmo.train.registries import CORES
from nmmo.train.tile_attention import TileAttention

__all__ = ["DefaultPolicy", "Encoder", "Policy", "PolicyOutput"]


class PolicyOutput(NamedTuple):
    """What a policy returns for a sequence of observations."""

    logits: Tensor
    """Of the action groups, then of the actions: float32 [steps, rows, GROUPS + ACTIONS]."""
    values: Tensor
    """Estimated discounted returns, float32 [steps, rows]."""
    state: Tensor
    """Recurrent state after the last step, float32 [rows, state_size]."""


class Policy(nn.Module):
    """The base class of policies. A subclass is made with these three arguments and has ``forward``.

    Parameters
    ----------
    encoding
        Where the parts of an observation are, and what they mean.
    options
        The recipe's ``[policy]``.
    dtype
        Precision of the wide layers: float32 or bfloat16. Parameters, recurrent state, logits and values are
        float32.
    state_size
        Numbers of float32 in the recurrent state of one row; set by the subclass.
    """

    def __init__(self, encoding: Encoding, options: PolicyOptions, dtype: torch.dtype, state_size: int) -> None:
        super().__init__()
        self.encoding = encoding
        self.options = options
        self.dtype = dtype
        self.state_size = state_size

    def forward(
        self, observations: Tensor, state: Tensor, dones: Tensor, actions: Tensor | None = None
    ) -> PolicyOutput:
        """Read sequences of observations.

        Parameters
        ----------
        observations
            uint8 [steps, rows, row_bytes].
        state
            Recurrent state before the first step, float32 [rows, state_size].
        dones
            bool [steps, rows], True where an observation is the first of a new life: the state before it counts as
            ``initial_state``.
        actions
            The action taken in each step, int64 [steps, rows]; needed where there is more than one step. The last
            step's may still be undecided: ``next_state`` puts it into the state.
        """
        raise NotImplementedError

    def initial_state(self, rows: int) -> Tensor:
        """Return the recurrent state at the beginning of a life: zeros, float32 [rows, state_size]."""
        parameter = next(self.parameters())
        return torch.zeros(rows, self.state_size, device=parameter.device, dtype=parameter.dtype)

    def next_state(self, state: Tensor, actions: Tensor) -> Tensor:
        """Return the state that ``forward`` returned, once the actions of its last step, int64 [rows], are known."""
        return state

    def mask(self, observations: Tensor) -> Tensor:
        """Return the masks of possible actions in observations: bool [..., ACTIONS], a view of them."""
        mask = self.encoding.mask
        return observations[..., mask.offset : mask.end].view(torch.bool)  # bytes of 0 and 1

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def parameter_count(self) -> int:
        """Return how many numbers are learned."""
        return sum(parameter.numel() for parameter in self.parameters())


class Encoder(nn.Module):
    """Observations to a vector each: records embedded, numbers scaled, all of it through one wide layer.

    The previous action is an input too, which no observation contains: exploring needs to know where it was
    heading. Tiles are read twice where there are queries: by the wide layer, and by attention for what that has made
    of the observation.
    """

    parameter_kinds: ClassVar[dict[str, ParameterKind]] = {"previous_action.weight": "embedding"}

    def __init__(self, encoding: Encoding, options: PolicyOptions) -> None:
        super().__init__()
        width = options.encoder_width
        self.encoding = encoding
        self.tiles = RecordEmbedding(encoding.tiles, options.tile_channels)
        self.inventory = RecordEmbedding(encoding.inventory, options.item_channels)
        self.listings = RecordEmbedding(encoding.listings, options.item_channels)
        self.own = NumberFeatures(encoding.own)
        rest = (
            self.inventory.width
            + self.listings.width
            + encoding.own.features
            + encoding.market.count
            + encoding.mask.count
        )
        self.tile_layer = Linear(self.tiles.width, width)
        self.tile_attention = (
            TileAttention(
                encoding.view_rows, encoding.tiles.count // encoding.view_rows, options.tile_channels,
                options.tile_queries, width, width,
            )
            if options.tile_queries
            else None
        )  # fmt: skip
        self.rest_layer = Linear(rest, width, bias=False)
        self.previous_action = nn.Embedding(ACTIONS + 1, width)
        nn.init.normal_(self.previous_action.weight, std=0.1)
        self.output_layer = (
            Linear(width, options.hidden_size) if width != options.hidden_size or options.encoder_layers > 1 else None
        )

    def forward(self, observations: Tensor, previous: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Encode observations.

        Parameters
        ----------
        observations
            uint8 [rows, row_bytes].
        previous
            1 + the previous action, 0 where there was none: int64 [rows].
        dtype
            Precision of the wide layers.

        Returns
        -------
        Tensor
            [rows, hidden_size].
        Tensor
            The inventory alone, [rows, slots, channels].
        """
        at = self.encoding
        inventory = self.inventory(_records(observations, at.inventory), dtype)
        rest = torch.cat(
            [
                inventory,
                self.listings(_records(observations, at.listings), dtype),
                self.own(observations[:, at.own.offset : at.own.offset + at.own.length]).to(dtype),
                observations[:, at.market.offset : at.market.end].to(dtype) * at.market.scale,
                observations[:, at.mask.offset : at.mask.end].to(dtype),
            ],
            1,
        )
        tiles = self.tiles(self._tiles(observations), dtype)
        previous_action = nn.functional.embedding(previous, self.previous_action.weight.to(dtype))
        summed = self.tile_layer(tiles) + self.rest_layer(rest) + previous_action
        encoded = torch.relu(summed)
        if self.tile_attention is not None:
            encoded = torch.relu(summed + self.tile_attention(tiles, encoded))
        if self.output_layer is not None:
            encoded = torch.relu(self.output_layer(encoded))
        return encoded, inventory.view(len(observations), at.inventory.count, self.inventory.channels)

    def _tiles(self, observations: Tensor) -> Tensor:
        """Return the tiles, with the occupant's team as 0 none, 1 one's own, 2 another."""
        tiles = _records(observations, self.encoding.tiles)
        if self.encoding.team < 0:
            return tiles
        tiles = tiles.clone()
        team = tiles[:, self.encoding.tile_team :: self.encoding.tiles.record_bytes]
        own = observations[:, self.encoding.team : self.encoding.team + 1]
        team.copy_(torch.where(team == 0, 0, torch.where(team == own, 1, 2)))
        return tiles


def _records(observations: Tensor, records: Records) -> Tensor:
    return observations[:, records.offset : records.end]


class DefaultPolicy(Policy):
    """An encoder, a recurrent core, and heads for actions and the value.

    What can be done with an inventory slot (use, sell, drop) depends on what is in it, alike for all
    slots: the head gives a query for each of the three, and its product with the slot's embedding is added
    to that action's logit. So what is learned of an item holds in any slot.

    The last number of the state is 1 + the previous action, 0 where there was none.
    """

    def __init__(self, encoding: Encoding, options: PolicyOptions, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(encoding, options, dtype, state_size=0)
        self.encoder = Encoder(encoding, options)
        self.core = CORES.get(options.core)(options.hidden_size)
        self.head = Linear(options.hidden_size, GROUPS + ACTIONS + 1, kind="head")
        self.slot_queries = Linear(
            options.hidden_size, len(SLOT_GROUPS) * options.item_channels, bias=False, kind="head"
        )
        self.state_size = self.core.state_size + 1
        with torch.no_grad():
            self.head.weight.mul_(0.01)  # nearly uniform at first
            self.head.bias.zero_()
            self.slot_queries.weight.mul_(0.1)

    def forward(
        self, observations: Tensor, state: Tensor, dones: Tensor, actions: Tensor | None = None
    ) -> PolicyOutput:
        steps, count = observations.shape[:2]
        core_state, previous = state[:, :-1], state[:, -1:].t()
        if steps > 1:
            assert actions is not None
            previous = torch.cat([previous, 1.0 + actions[: steps - 1]])
        previous = previous.long().masked_fill(dones, 0)
        encoded, inventory = self.encoder(observations.flatten(0, 1), previous.flatten(), self.dtype)
        encoded = encoded.view(steps, count, -1)
        hidden, core_state = self.core(encoded, core_state, dones)
        state = torch.cat([core_state, torch.zeros_like(core_state[:, :1])], 1)
        logits, values = self._heads((encoded + hidden).flatten(0, 1), inventory)
        return PolicyOutput(logits.view(steps, count, GROUPS + ACTIONS), values.view(steps, count), state)

    def next_state(self, state: Tensor, actions: Tensor) -> Tensor:
        return torch.cat([state[:, :-1], 1 + actions.unsqueeze(1).to(state.dtype)], 1)

    def _heads(self, hidden: Tensor, inventory: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits, float32 [rows, GROUPS + ACTIONS], and values, [rows].

        What the contents of inventory slots are worth is added to the logits of what can be done with them.
        """
        head, first = self.head(hidden), GROUPS + SLOT_ACTIONS
        queries = self.slot_queries(hidden).view(len(hidden), len(SLOT_GROUPS), inventory.shape[-1])
        if supported(self.head.weight) and inventory.shape[-1] % 8 == 0:
            return apply_heads(head, queries, inventory, first)
        of_slots = (queries.unsqueeze(2) * inventory.unsqueeze(1)).sum(-1, dtype=self.head.weight.dtype).flatten(1)
        head, end = head.to(self.head.weight.dtype), first + of_slots.shape[1]
        return torch.cat([head[:, :first], head[:, first:end] + of_slots, head[:, end:-1]], 1), head[:, -1]
