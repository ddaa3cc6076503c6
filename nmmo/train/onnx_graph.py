"""A policy as an ONNX graph, node by node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nmmo.train.action_distribution import ACTIONS, GROUPS, SLOT_ACTIONS, SLOT_GROUPS
from nmmo.train.cores import MinGru
from nmmo.train.encoding import BYTE_VALUES, Records
from nmmo.train.networks import DefaultPolicy
from nmmo.train.tile_attention import TileAttention

__all__ = ["write_onnx"]

OPSET = 17


class _Graph:
    """Nodes and constants as they come; every result gets a name of its own."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, *inputs: Any, name: str | None = None, **attributes: Any) -> str:
        """Add a node; arrays among its inputs become constants. Return the name of its result."""
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        output = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, names, [output], **attributes))
        return output

    def constant(self, array: NDArray[Any]) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def columns(self, x: str, first: int, last: int) -> str:
        return self.add("Slice", x, np.array([first]), np.array([last]), np.array([1]))

    def floats(self, x: str) -> str:
        return self.add("Cast", x, to=TensorProto.FLOAT)

    def linear(self, x: str, layer: Any) -> str:
        product = self.add("MatMul", x, layer.weight.detach().numpy().T)
        return product if layer.bias is None else self.add("Add", product, layer.bias.detach().numpy())

    def halves(self, x: str, width: int, parts: int) -> list[str]:
        return [self.columns(x, part * width, (part + 1) * width) for part in range(parts)]


def write_onnx(policy: DefaultPolicy, path: Path) -> None:
    """Write one step of a policy, in float32.

    Inputs: ``rows`` uint8 [n, row_bytes], ``state`` float32 [n, state_width], ``not_done`` float32 [n].
    Outputs: ``logits`` float32 [n, groups + actions], ``value`` float32 [n], ``next_state`` float32 [n,
    state_width]. The last number of ``next_state`` is 0: put 1 + the action there that was chosen, as the policy
    is to know it in the next step.
    """
    graph, at, encoder = _Graph(), policy.encoding, policy.encoder
    tiles = graph.columns("rows", at.tiles.offset, at.tiles.end)
    if at.team >= 0:
        tiles = _with_sides(graph, policy, tiles)
    own = graph.floats(graph.columns("rows", at.own.offset, at.own.offset + at.own.length))
    numbers = graph.add("MatMul", own, at.own.weights)
    linear = graph.add("Min", graph.add("MatMul", numbers, at.own.linear), np.float32(1))
    log = graph.add("MatMul", graph.add("Log", graph.add("Add", numbers, np.float32(1))), at.own.log)
    kinds = graph.add("Gather", numbers, at.own.kinds[:, 0], axis=1)
    same = graph.floats(graph.add("Equal", kinds, at.own.kinds[:, 1].astype(np.float32)))
    market = graph.floats(graph.columns("rows", at.market.offset, at.market.end))
    inventory = graph.columns("rows", at.inventory.offset, at.inventory.end)
    listings = graph.columns("rows", at.listings.offset, at.listings.end)
    carried = _embedded(graph, encoder.inventory, at.inventory, inventory)
    rest = graph.add(
        "Concat",
        carried,
        _embedded(graph, encoder.listings, at.listings, listings),
        linear, log, same,
        graph.add("Mul", market, np.float32(at.market.scale)),
        graph.floats(graph.columns("rows", at.mask.offset, at.mask.end)),
        axis=1,
    )  # fmt: skip
    embedded = _embedded(graph, encoder.tiles, at.tiles, tiles)
    seen = graph.linear(embedded, encoder.tile_layer)
    width = policy.state_size
    kept = graph.add("Mul", "state", graph.add("Unsqueeze", "not_done", np.array([1])))
    memory, last = graph.columns(kept, 0, width - 1), graph.columns(kept, width - 1, width)
    previous = graph.add("Squeeze", graph.add("Cast", last, to=TensorProto.INT64), np.array([1]))
    done = graph.add("Gather", encoder.previous_action.weight.detach().numpy(), previous, axis=0)
    read = graph.add("Add", graph.add("Add", seen, graph.linear(rest, encoder.rest_layer)), done)
    encoded = graph.add("Relu", read)
    if encoder.tile_attention is not None:
        encoded = graph.add(
            "Relu", graph.add("Add", read, _tile_attention(graph, encoder.tile_attention, embedded, encoded))
        )
    if encoder.output_layer is not None:
        encoded = graph.add("Relu", graph.linear(encoded, encoder.output_layer))
    remembered, memory = _core(graph, policy, encoded, memory)
    graph.add("Concat", memory, graph.add("Mul", last, np.float32(0)), axis=1, name="next_state")
    known = graph.add("Add", encoded, remembered)
    out = graph.linear(known, policy.head)
    count = GROUPS + ACTIONS
    slots = graph.add("Reshape", carried, np.array([-1, at.inventory.count, encoder.inventory.channels]))
    queries = graph.linear(known, policy.slot_queries)
    queries = graph.add("Reshape", queries, np.array([-1, len(SLOT_GROUPS), encoder.inventory.channels]))
    products = graph.add("MatMul", queries, graph.add("Transpose", slots, perm=[0, 2, 1]))
    of_slots = graph.add("Reshape", products, np.array([-1, len(SLOT_GROUPS) * at.inventory.count]))
    first = GROUPS + SLOT_ACTIONS
    end = first + len(SLOT_GROUPS) * at.inventory.count
    judged = graph.add("Add", graph.columns(out, first, end), of_slots)
    graph.add("Concat", graph.columns(out, 0, first), judged, graph.columns(out, end, count), axis=1, name="logits")
    graph.add("Squeeze", graph.columns(out, count, count + 1), np.array([1]), name="value")

    def tensor(name: str, kind: int, *shape: Any) -> Any:
        return helper.make_tensor_value_info(name, kind, shape)

    whole = helper.make_graph(
        graph.nodes,
        "nmmo policy",
        [
            tensor("rows", TensorProto.UINT8, "n", at.row_bytes),
            tensor("state", TensorProto.FLOAT, "n", width),
            tensor("not_done", TensorProto.FLOAT, "n"),
        ],
        [
            tensor("logits", TensorProto.FLOAT, "n", count),
            tensor("value", TensorProto.FLOAT, "n"),
            tensor("next_state", TensorProto.FLOAT, "n", width),
        ],
        graph.constants,
    )
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="nmmo")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def _embedded(graph: _Graph, module: Any, records: Records, part: str) -> str:
    table = (module.codes @ module.weight.t()).detach().numpy()
    index = graph.add("Cast", part, to=TensorProto.INT64)
    index = graph.add("Reshape", index, np.array([-1, records.count, records.record_bytes]))
    index = graph.add("Add", index, np.arange(records.record_bytes, dtype=np.int64) * BYTE_VALUES)
    looked_up = graph.add("Gather", table, index, axis=0)
    summed = graph.add("ReduceSum", looked_up, np.array([2]), keepdims=0)
    return graph.add("Reshape", graph.add("Relu", summed), np.array([-1, module.width]))


def _tile_attention(graph: _Graph, attention: TileAttention, tiles: str, known: str) -> str:
    """Return what the queries find among the embedded tiles, and where."""
    seen = graph.add("Reshape", tiles, np.array([-1, attention.tiles, attention.channels]))
    queries = graph.linear(known, attention.query_layer)
    queries = graph.add("Reshape", queries, np.array([-1, attention.queries, attention.channels]))
    scores = graph.add("MatMul", queries, graph.add("Transpose", seen, perm=[0, 2, 1]))
    scores = graph.add("Add", scores, attention.distance_bias.detach().numpy())
    weights = graph.add("Softmax", scores, axis=-1)
    where = graph.add("MatMul", weights, attention.places().detach().numpy())
    found = graph.add("Concat", graph.add("MatMul", weights, seen), where, axis=2)
    return graph.linear(
        graph.add("Reshape", found, np.array([-1, attention.output_layer.in_features])), attention.output_layer
    )


def _with_sides(graph: _Graph, policy: DefaultPolicy, tiles: str) -> str:
    """Return tiles whose team byte is 0 for nobody's, 1 for one's own, 2 for another."""
    at = policy.encoding
    whole = graph.add("Cast", tiles, to=TensorProto.INT64)
    own = graph.add("Cast", graph.columns("rows", at.team, at.team + 1), to=TensorProto.INT64)
    nobody = graph.add("Equal", whole, np.int64(0))
    mine = graph.add("Where", graph.add("Equal", whole, own), np.int64(1), np.int64(2))
    sides = graph.add("Where", nobody, np.int64(0), mine)
    is_team = np.arange(at.tiles.count * at.tiles.record_bytes) % at.tiles.record_bytes == at.tile_team
    return graph.add("Where", is_team, sides, whole)


def _core(graph: _Graph, policy: DefaultPolicy, x: str, state: str) -> tuple[str, str]:
    """Return the memory's output and its next state."""
    core: Any = policy.core
    width = core.hidden_size
    if isinstance(core, MinGru):
        gate, candidate = graph.halves(graph.linear(x, core.gates), width, 2)
        update = graph.add("Sigmoid", gate)
        old = graph.add("Mul", graph.add("Sub", np.float32(1), update), state)
        new = graph.add("Add", old, graph.add("Mul", update, graph.add("Tanh", candidate)))
        return new, new
    hidden, cell = graph.halves(state, width, 2)
    gates = graph.add("Add", graph.linear(x, core.input_gates), graph.linear(hidden, core.recurrent_gates))
    enter, forget, candidate, leave = graph.halves(gates, width, 4)
    kept = graph.add("Mul", graph.add("Sigmoid", forget), cell)
    cell = graph.add("Add", kept, graph.add("Mul", graph.add("Sigmoid", enter), graph.add("Tanh", candidate)))
    hidden = graph.add("Mul", graph.add("Sigmoid", leave), graph.add("Tanh", cell))
    return hidden, graph.add("Concat", hidden, cell, axis=1)
