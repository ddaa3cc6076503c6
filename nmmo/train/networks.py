"""The policy network: rows of observation in, logits of actions and a value out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from nmmo.train.actions import ACTIONS, GROUPS, SLOT_ACTIONS, SLOT_GROUPS
from nmmo.train.encoding import BYTE_VALUES, Encoding, Numbers, Records
from nmmo.train.fused import answered, embedded_records, fusible
from nmmo.train.glimpses import Glimpses
from nmmo.train.recipe import PolicyOptions
from nmmo.train.recurrent import Core, Lstm, MinGru, linear

__all__ = ["Output", "Policy"]

CHUNK = 10_000
"""Records whose features are held at once in the backward pass of an embedding: on a CPU they stay
in its cache."""


class Output(NamedTuple):
    """What a policy says of a sequence."""

    logits: Tensor
    """float32 [steps, rows, GROUPS + ACTIONS]."""
    values: Tensor
    """float32 [steps, rows]."""
    state: Tensor
    """Memory after the last step, float32 [rows, state_width]."""


class _CodedEmbedding(torch.autograd.Function):
    """Sums of table look-ups, where the table is ``codes @ weight``.

    Equal to reading every record's features by ``codes`` and multiplying them by ``weight``, but forward
    never makes the features: it adds up rows of the small product. Backward makes them some rows at a
    time. The obvious ways are several times slower: the gradient of a look-up scatters, that of a product
    stores.
    """

    @staticmethod
    def forward(ctx: Any, index: Tensor, codes: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
        ctx.save_for_backward(index, codes)
        ctx.dtype = weight.dtype
        table = (codes.to(weight.dtype) @ weight.t()).to(dtype)
        return nn.functional.embedding_bag(index, table, mode="sum")

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, None, Tensor, None]:
        index, codes = ctx.saved_tensors
        (gradient,) = gradients
        codes = codes.to(gradient.dtype)
        total = torch.zeros(gradient.shape[1], codes.shape[1], dtype=ctx.dtype, device=gradient.device)
        size = len(index) if index.is_cuda else CHUNK
        for part, of_part in zip(torch.split(index, size), torch.split(gradient, size), strict=True):
            features = nn.functional.embedding_bag(part, codes, mode="sum")
            total += of_part.t() @ features
        return None, None, total, None


class RecordEmbedding(nn.Module):
    """Every record of an array by the same linear map of its features, then ReLU, then side by side."""

    codes: Tensor
    first: Tensor

    def __init__(self, records: Records, channels: int) -> None:
        super().__init__()
        self.records = records
        self.channels = channels
        self.width = records.count * channels
        bias = np.zeros((len(records.codes), 1), np.float32)
        bias[:BYTE_VALUES] = 1  # each record has one first byte, whose code carries the constant 1
        codes = np.concatenate([records.codes, bias], 1)
        self.weight = nn.Parameter(torch.empty(channels, codes.shape[1]))
        nn.init.uniform_(self.weight, -1.0, 1.0)  # of a record's features only few are not 0
        first = torch.arange(records.record_bytes, dtype=torch.int32) * BYTE_VALUES
        self.register_buffer("codes", torch.from_numpy(codes), persistent=False)
        self.register_buffer("first", first.repeat(records.count), persistent=False)

    def forward(self, records: Tensor, dtype: torch.dtype) -> Tensor:
        """uint8 [rows, count * record_bytes] to [rows, count * channels]."""
        if fusible(self.weight):
            return embedded_records(records, self.codes @ self.weight.t(), self.records.record_bytes, dtype)
        index = (records.to(torch.int32) + self.first).view(-1, self.records.record_bytes)
        embedded: Tensor = _CodedEmbedding.apply(index, self.codes, self.weight, dtype)  # type: ignore[no-untyped-call]
        return torch.relu(embedded).view(len(records), self.width)


class NumberFeatures(nn.Module):
    """Quantities and kinds of a record of whole numbers; nothing to learn."""

    weights: Tensor
    linear: Tensor
    log: Tensor
    kind_of: Tensor
    kind: Tensor

    def __init__(self, numbers: Numbers) -> None:
        super().__init__()
        self.numbers = numbers
        for name, array in (
            ("weights", numbers.weights),
            ("linear", numbers.linear),
            ("log", numbers.log),
            ("kind_of", numbers.kinds[:, 0]),
            ("kind", numbers.kinds[:, 1].astype("float32")),
        ):
            self.register_buffer(name, torch.from_numpy(array.copy()), persistent=False)

    def forward(self, record: Tensor) -> Tensor:
        """uint8 [rows, length] to float32 [rows, features]."""
        numbers = record.to(self.weights.dtype) @ self.weights
        linear_part = (numbers @ self.linear).clamp(max=1.0)
        log_part = numbers.log1p() @ self.log
        kinds = numbers.index_select(1, self.kind_of) == self.kind
        return torch.cat([linear_part, log_part, kinds.to(numbers.dtype)], 1)


class Encoder(nn.Module):
    """Rows to a vector each: records embedded, numbers scaled, all of it through one wide layer.

    With the action before, which no row tells: who explores has to know where it was heading. Tiles may be
    looked at twice: by the wide layer, and by glimpses for what that has made of the row.
    """

    def __init__(self, encoding: Encoding, options: PolicyOptions) -> None:
        super().__init__()
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
        self.of_tiles = nn.Linear(self.tiles.width, options.encoder_width)
        self.glimpses = (
            Glimpses(
                encoding.view_rows, encoding.tiles.count // encoding.view_rows, options.tile_channels,
                options.glimpses, options.encoder_width, options.encoder_width,
            )
            if options.glimpses
            else None
        )  # fmt: skip
        self.of_rest = nn.Linear(rest, options.encoder_width, bias=False)
        self.of_previous = nn.Embedding(ACTIONS + 1, options.encoder_width)
        nn.init.normal_(self.of_previous.weight, std=0.1)
        self.into_core = (
            nn.Linear(options.encoder_width, options.width)
            if options.encoder_width != options.width or options.encoder_layers > 1
            else None
        )

    def forward(self, rows: Tensor, previous: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Rows to vectors.

        Parameters
        ----------
        rows
            uint8 [rows, row_bytes].
        previous
            1 + the action before, 0 where there was none: int64 [rows].

        Returns
        -------
        Tensor
            [rows, width].
        Tensor
            The inventory alone, [rows, slots, channels].
        """
        at = self.encoding
        inventory = self.inventory(_records(rows, at.inventory), dtype)
        rest = torch.cat(
            [
                inventory,
                self.listings(_records(rows, at.listings), dtype),
                self.own(rows[:, at.own.offset : at.own.offset + at.own.length]).to(dtype),
                rows[:, at.market.offset : at.market.end].to(dtype) * at.market.scale,
                rows[:, at.mask.offset : at.mask.end].to(dtype),
            ],
            1,
        )
        seen = self.tiles(self._tiles(rows), dtype)
        done = nn.functional.embedding(previous, self.of_previous.weight.to(dtype))
        known = linear(self.of_tiles, seen) + linear(self.of_rest, rest) + done
        encoded = torch.relu(known)
        if self.glimpses is not None:
            encoded = torch.relu(known + self.glimpses(seen, encoded))
        if self.into_core is not None:
            encoded = torch.relu(linear(self.into_core, encoded))
        return encoded, inventory.view(len(rows), at.inventory.count, self.inventory.channels)

    def _tiles(self, rows: Tensor) -> Tensor:
        tiles = _records(rows, self.encoding.tiles)
        if self.encoding.team < 0:
            return tiles
        tiles = tiles.clone()
        team = tiles[:, self.encoding.tile_team :: self.encoding.tiles.record_bytes]
        own = rows[:, self.encoding.team : self.encoding.team + 1]
        team.copy_(torch.where(team == 0, 0, torch.where(team == own, 1, 2)))
        return tiles


def _records(rows: Tensor, records: Records) -> Tensor:
    return rows[:, records.offset : records.end]


class Policy(nn.Module):
    """Encoder, memory, and heads for actions and the value.

    What can be done with an inventory slot (use, sell, drop) is judged by what lies in it, alike for all
    slots: the head gives a query for each of the three, and its product with the slot's embedding is added
    to that action's logit. So what is learned of an item holds wherever it lies.

    Parameters
    ----------
    encoding
        How to read a row.
    options
        Widths and the kind of memory.
    dtype
        Of the wide layers' arithmetic: float32 or bfloat16. Parameters, memory, logits and values are
        float32.
    """

    def __init__(
        self, encoding: Encoding, options: PolicyOptions, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self.encoding = encoding
        self.dtype = dtype
        self.encoder = Encoder(encoding, options)
        self.core: Core = {"lstm": Lstm, "mingru": MinGru}[options.core](options.width)
        self.head = nn.Linear(options.width, GROUPS + ACTIONS + 1)
        self.queries = nn.Linear(options.width, len(SLOT_GROUPS) * options.item_channels, bias=False)
        with torch.no_grad():
            self.head.weight.mul_(0.01)  # nearly uniform at first
            self.head.bias.zero_()
            self.queries.weight.mul_(0.1)

    @property
    def state_width(self) -> int:
        return self.core.state_width + 1

    @property
    def device(self) -> torch.device:
        return self.head.weight.device

    def parameters_count(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for parameter in self.parameters())

    def initial_state(self, rows: int) -> Tensor:
        """The memory with which a life begins: zeros, float32 [rows, state_width].

        Its last number is 1 + the action before, 0 where there was none.
        """
        return torch.zeros(rows, self.state_width, device=self.device, dtype=self.head.weight.dtype)

    def forward(self, rows: Tensor, state: Tensor, keep: Tensor, actions: Tensor | None = None) -> Output:
        """Read sequences of rows.

        Parameters
        ----------
        rows
            uint8 [steps, rows, row_bytes].
        state
            Memory before the first step, float32 [rows, state_width].
        keep
            float32 [steps, rows], 0 where a row is the first of a new life, else 1.
        actions
            What was done in each step, int64 [steps, rows]; needed where there is more than one. The last step's
            may still be open: ``after`` puts it into the memory.
        """
        steps, count = rows.shape[:2]
        memory, previous = state[:, :-1], state[:, -1:].t()
        if steps > 1:
            assert actions is not None
            previous = torch.cat([previous, 1.0 + actions[: steps - 1]])
        previous = (previous * keep).long()
        encoded, inventory = self.encoder(rows.flatten(0, 1), previous.flatten(), self.dtype)
        encoded = encoded.view(steps, count, -1)
        remembered, memory = self.core(encoded, memory, keep)
        state = torch.cat([memory, torch.zeros_like(memory[:, :1])], 1)
        known = encoded + remembered
        logits, values = self._answers(known.flatten(0, 1), inventory)
        return Output(logits.view(steps, count, GROUPS + ACTIONS), values.view(steps, count), state)

    @staticmethod
    def after(state: Tensor, actions: Tensor) -> Tensor:
        """The memory, float32 [rows, state_width], once the actions of its last step were chosen, int64 [rows]."""
        return torch.cat([state[:, :-1], 1 + actions.unsqueeze(1).to(state.dtype)], 1)

    def _answers(self, known: Tensor, inventory: Tensor) -> tuple[Tensor, Tensor]:
        """The heads' logits, float32 [rows, GROUPS + ACTIONS], and values, [rows]; to the logits of what can be done
        with the slots their contents are added."""
        head, first = linear(self.head, known), GROUPS + SLOT_ACTIONS
        queries = linear(self.queries, known).view(len(known), len(SLOT_GROUPS), inventory.shape[-1])
        if fusible(self.head.weight) and inventory.shape[-1] % 8 == 0:
            return answered(head, queries, inventory, first)
        of_slots = (queries.unsqueeze(2) * inventory.unsqueeze(1)).sum(-1, dtype=self.head.weight.dtype).flatten(1)
        head, end = head.to(self.head.weight.dtype), first + of_slots.shape[1]
        return torch.cat([head[:, :first], head[:, first:end] + of_slots, head[:, end:-1]], 1), head[:, -1]

    def mask(self, rows: Tensor) -> Tensor:
        """The masks in rows: bool [..., ACTIONS], a view of them."""
        return rows[..., self.encoding.mask.offset : self.encoding.mask.end].view(torch.bool)  # bytes of 0 and 1
