"""Types of the compiled module; arrays are whatever offers the buffer protocol, such as NumPy's."""

from typing import Any

from numpy.typing import NDArray

_Array = NDArray[Any]

def processors() -> tuple[str, ...]: ...
def use(processor: str) -> None: ...
def embed(records_array: _Array, table: _Array, out: _Array, record_bytes: int) -> None: ...
def embed_gradient(
    records_array: _Array, out: _Array, gradient: _Array, of_table: _Array, record_bytes: int
) -> None: ...
def judge(
    logits: _Array, mask: _Array, sizes: _Array, actions: _Array, log_probability: _Array, entropy: _Array
) -> None: ...
def judge_gradient(
    logits: _Array,
    mask: _Array,
    sizes: _Array,
    actions: _Array,
    of_log_probability: _Array,
    of_entropy: _Array,
    of_logits: _Array,
) -> None: ...
def draw(logits: _Array, mask: _Array, sizes: _Array, shares: _Array, actions: _Array) -> None: ...
def remember(gates: _Array, state: _Array, keep: _Array, states: _Array, out: _Array) -> None: ...
def remember_gradient(
    gates: _Array,
    state: _Array,
    keep: _Array,
    states: _Array,
    of_out: _Array,
    of_state: _Array,
    of_gates: _Array,
) -> None: ...
def answer(head: _Array, query: _Array, thing: _Array, first: int, logits: _Array, values: _Array) -> None: ...
def answer_gradient(
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
def glimpse(seen: _Array, asked: _Array, nearness: _Array, found: _Array, weights: _Array) -> None: ...
def glimpse_gradient(
    seen: _Array,
    asked: _Array,
    nearness: _Array,
    weights: _Array,
    of_found: _Array,
    of_weights: _Array,
    of_seen: _Array,
    of_asked: _Array,
    of_nearness: _Array,
) -> None: ...
