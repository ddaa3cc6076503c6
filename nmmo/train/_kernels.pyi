"""Types of the compiled module; arrays are whatever offers the buffer protocol, such as NumPy's."""

from typing import Any

from numpy.typing import NDArray

_Array = NDArray[Any]

def processors() -> tuple[str, ...]: ...
def use(processor: str) -> None: ...
def embed_records(records_array: _Array, table: _Array, out: _Array, record_bytes: int) -> None: ...
def embed_records_backward(
    records_array: _Array, out: _Array, gradient: _Array, of_table: _Array, record_bytes: int
) -> None: ...
def evaluate_actions(
    logits: _Array, mask: _Array, sizes: _Array, actions: _Array, log_probability: _Array, entropy: _Array
) -> None: ...
def evaluate_actions_backward(
    logits: _Array,
    mask: _Array,
    sizes: _Array,
    actions: _Array,
    of_log_probability: _Array,
    of_entropy: _Array,
    of_logits: _Array,
) -> None: ...
def sample_actions(logits: _Array, mask: _Array, sizes: _Array, shares: _Array, actions: _Array) -> None: ...
def mingru(gates: _Array, state: _Array, not_done: _Array, states: _Array, out: _Array) -> None: ...
def mingru_backward(
    gates: _Array,
    state: _Array,
    not_done: _Array,
    states: _Array,
    of_out: _Array,
    of_state: _Array,
    of_gates: _Array,
) -> None: ...
def apply_heads(head: _Array, query: _Array, thing: _Array, first: int, logits: _Array, values: _Array) -> None: ...
def apply_heads_backward(
    head: _Array,
    query: _Array,
    thing: _Array,
    first: int,
    of_logits: _Array,
    of_values: _Array,
    of_head: _Array,
    of_query: _Array,
    of_thing: _Array,
) -> None: ...
def tile_attention(keys: _Array, query: _Array, position_bias: _Array, found: _Array, weights: _Array) -> None: ...
def tile_attention_backward(
    keys: _Array,
    query: _Array,
    position_bias: _Array,
    weights: _Array,
    of_found: _Array,
    of_weights: _Array,
    of_keys: _Array,
    of_query: _Array,
    of_position_bias: _Array,
) -> None: ...
