# cython: language_level=3, boundscheck=False, wraparound=False
"""The trainer's compiled kernels for the CPU; nmmo.train.cpu_ops puts them under PyTorch.

Everything that comes in is checked here: types, shapes, strides and values that are used as indices. The kernels trust
what they get. Arrays are whatever offers the buffer protocol; numbers of bfloat16 come as int16 of the same bits. The
GIL is released while a kernel runs.
"""

from cpython.buffer cimport (
    PyBUF_FORMAT,
    PyBUF_STRIDES,
    PyBUF_WRITABLE,
    PyBuffer_IsContiguous,
    PyBuffer_Release,
    PyObject_CheckBuffer,
    PyObject_GetBuffer,
)
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, int64_t, uint8_t


cdef extern from "kernels.h":
    int KERNELS_ANYWHERE, KERNELS_AVX2, KERNELS_AVX512
    int KERNELS_FLOAT32, KERNELS_BFLOAT16
    int kernels_kind
    int kernels_best() nogil

    struct records:
        const uint8_t *bytes
        Py_ssize_t stride
        size_t rows
        size_t count
        size_t record_bytes
        size_t channels

    void kernels_embed_records(const records *, const float *table, void *out, int format) nogil
    void kernels_embed_records_backward(const records *, const void *out, const void *gradient, int format,
                                float *of_table) nogil

    enum:
        KERNELS_MOST_ACTIONS

    struct action_head:
        const float *logits
        Py_ssize_t logits_stride
        const uint8_t *mask
        Py_ssize_t mask_stride
        size_t rows
        size_t groups
        const int32_t *sizes

    void kernels_evaluate_actions(const action_head *, const int64_t *actions, float *log_probability, float *entropy) nogil
    void kernels_evaluate_actions_backward(const action_head *, const int64_t *actions, const float *of_log_probability,
                                const float *of_entropy, float *of_logits) nogil
    size_t kernels_sample_actions(const action_head *, const float *shares, int64_t *actions) nogil

    struct mingru_layer:
        const void *gates
        int format
        const float *state
        Py_ssize_t state_stride
        const float *not_done
        size_t steps, rows, width

    void kernels_mingru(const mingru_layer *, float *states, void *out) nogil
    void kernels_mingru_backward(const mingru_layer *, const float *states, const void *of_out, float *of_state,
                                   void *of_gates) nogil

    struct output_heads:
        int format
        const void *head
        const void *query
        const void *thing
        size_t rows
        size_t columns
        size_t first
        size_t queries, things
        size_t channels

    void kernels_apply_heads(const output_heads *, float *logits, float *values) nogil
    void kernels_apply_heads_backward(const output_heads *, const float *of_logits, const float *of_values, void *of_head,
                                 void *of_query, void *of_thing) nogil

    enum:
        KERNELS_MOST_CHANNELS

    struct attention_layer:
        const void *keys
        const void *query
        int format
        const float *position_bias
        size_t rows, queries, tiles, channels

    size_t kernels_tile_attention_scratch(const attention_layer *) nogil
    void kernels_tile_attention(const attention_layer *, float *scratch, void *found, void *weights) nogil
    void kernels_tile_attention_backward(const attention_layer *, float *scratch, const void *weights, const void *of_found,
                                  const void *of_weights, void *of_keys, void *of_query, float *of_position_bias) nogil


# ---- processors ------------------------------------------------------------------------------------------

cdef tuple NAMES = ("any", "avx2", "avx512")
kernels_kind = kernels_best()


def processors():
    """Return the kinds of processors that the kernels were compiled for and that this one is of; the best is last."""
    return NAMES[:kernels_best() + 1]


def use(processor):
    """Run the code for one of ``processors()`` from now on. The results are the same bits."""
    global kernels_kind
    if processor not in processors():
        raise ValueError(f"processor must be one of {', '.join(processors())}; got {processor!r}")
    kernels_kind = NAMES.index(processor)


# ---- arrays ----------------------------------------------------------------------------------------------

cdef class Array:
    """A buffer, held as long as this lives."""

    cdef Py_buffer view
    cdef bint held
    cdef str name

    def __dealloc__(self):
        if self.held:
            PyBuffer_Release(&self.view)

    cdef Py_ssize_t size(self, int axis):
        return self.view.shape[axis]

    cdef tuple shape(self):
        return tuple([self.view.shape[axis] for axis in range(self.view.ndim)])

    cdef int expect(self, tuple shape) except -1:
        if self.shape() != shape:
            raise ValueError(f"{self.name} must have shape {shape}; got {self.shape()}")
        return 0

    cdef int format(self):
        """Return the format of numbers that are float32 or bfloat16."""
        return KERNELS_FLOAT32 if self.view.itemsize == 4 else KERNELS_BFLOAT16


cdef enum:  # ways of taking an array
    WRITTEN = 1
    ROWS_APART = 2


cdef Array array_of(given, str name, bytes letters, str meaning, int axes, int ways=0):
    """Take an array of one of the types that the buffer protocol's letters name.

    Its numbers lie side by side; with ROWS_APART only those of each row do.
    """
    cdef Array array = Array()
    cdef Py_buffer *view = &array.view
    array.name = name
    if not PyObject_CheckBuffer(given):
        raise TypeError(f"{name} must be an array of {meaning}; got {type(given).__name__}")
    try:
        PyObject_GetBuffer(given, view, PyBUF_STRIDES | PyBUF_FORMAT | (PyBUF_WRITABLE if ways & WRITTEN else 0))
    except (BufferError, ValueError) as refusal:
        raise TypeError(f"{name} cannot be used: {refusal}") from None
    array.held = True
    if view.format == NULL or len(view.format) != 1 or view.format[0] not in letters:
        raise TypeError(f"{name} must be an array of {meaning}; its type is {(<bytes>view.format).decode()!r}")
    if view.ndim != axes:
        raise ValueError(f"{name} must have {axes} axes; got shape {array.shape()}")
    if ways & ROWS_APART:
        if view.shape[1] > 1 and view.strides[1] != view.itemsize or view.strides[0] % view.itemsize:
            raise ValueError(f"the numbers of a row of {name} must be adjacent")
    elif not PyBuffer_IsContiguous(view, c'C'):
        raise ValueError(f"{name} must be C-contiguous")
    return array


# ---- records ---------------------------------------------------------------------------------------------

cdef int fill_records(records *filled, Array given, Py_ssize_t rows_of_table, Py_ssize_t channels,
                      Py_ssize_t record_bytes) except -1:
    if record_bytes < 1 or given.size(1) % record_bytes:
        raise ValueError(f"records of {record_bytes} bytes do not fill rows of {given.size(1)}")
    if rows_of_table != 256 * record_bytes or channels < 1:
        raise ValueError(f"a table for records of {record_bytes} bytes must have shape ({256 * record_bytes}, "
                         f"channels); got {(rows_of_table, channels)}")
    filled.bytes = <const uint8_t *>given.view.buf
    filled.stride = given.view.strides[0]
    filled.rows = <size_t>given.size(0)
    filled.record_bytes = <size_t>record_bytes
    filled.count = <size_t>(given.size(1) // record_bytes)
    filled.channels = <size_t>channels
    return 0


def embed_records(records_array, table, out, Py_ssize_t record_bytes):
    """Write the sum of the table's rows that each record's bytes name, where it is above 0."""
    cdef Array read = array_of(records_array, "records", b"B", "uint8", 2, ROWS_APART)
    cdef Array rows = array_of(table, "table", b"f", "float32", 2)
    cdef Array to = array_of(out, "out", b"fh", "float32, or int16 for bfloat16", 2, WRITTEN)
    cdef records wanted
    fill_records(&wanted, read, rows.size(0), rows.size(1), record_bytes)
    to.expect((read.size(0), wanted.count * wanted.channels))
    cdef int format = to.format()
    with nogil:
        kernels_embed_records(&wanted, <const float *>rows.view.buf, to.view.buf, format)


def embed_records_backward(records_array, out, gradient, of_table, Py_ssize_t record_bytes):
    """Add to the gradient of the table, from what ``embed`` wrote and the gradient of that."""
    cdef Array read = array_of(records_array, "records", b"B", "uint8", 2, ROWS_APART)
    cdef Array wrote = array_of(out, "out", b"fh", "float32, or int16 for bfloat16", 2)
    cdef Array given = array_of(gradient, "gradient", b"fh", "float32, or int16 for bfloat16", 2)
    cdef Array to = array_of(of_table, "of_table", b"f", "float32", 2, WRITTEN)
    cdef records wanted
    fill_records(&wanted, read, to.size(0), to.size(1), record_bytes)
    wrote.expect((read.size(0), wanted.count * wanted.channels))
    given.expect(wrote.shape())
    if wrote.format() != given.format():
        raise TypeError("out and gradient must be of one type")
    cdef int format = given.format()
    with nogil:
        kernels_embed_records_backward(&wanted, wrote.view.buf, given.view.buf, format, <float *>to.view.buf)


# ---- the choice of actions -------------------------------------------------------------------------------

cdef class ActionHead:
    """Logits and masks, with the arrays that hold them."""

    cdef action_head filled
    cdef Array logits, mask, sizes
    cdef Py_ssize_t rows, actions

    def __init__(self, logits, mask, sizes):
        self.logits = array_of(logits, "logits", b"f", "float32", 2, ROWS_APART)
        self.mask = array_of(mask, "mask", b"B?", "uint8 or bool", 2, ROWS_APART)
        self.sizes = array_of(sizes, "sizes", b"i", "int32", 1)
        cdef const int32_t *each = <const int32_t *>self.sizes.view.buf
        cdef Py_ssize_t group, groups = self.sizes.size(0)
        self.rows, self.actions = self.logits.size(0), 0
        for group in range(groups):
            if each[group] < 1 or each[group] > KERNELS_MOST_ACTIONS:
                raise ValueError(f"a group of {each[group]} actions")
            self.actions += each[group]
        if self.actions < 1 or groups + self.actions > KERNELS_MOST_ACTIONS:
            raise ValueError(f"there may be 1 to {KERNELS_MOST_ACTIONS} groups and actions; "
                             f"got {groups + self.actions}")
        self.logits.expect((self.rows, groups + self.actions))
        self.mask.expect((self.rows, self.actions))
        self.filled.logits = <const float *>self.logits.view.buf
        self.filled.logits_stride = self.logits.view.strides[0] // 4
        self.filled.mask = <const uint8_t *>self.mask.view.buf
        self.filled.mask_stride = self.mask.view.strides[0]
        self.filled.rows = <size_t>self.rows
        self.filled.groups = <size_t>groups
        self.filled.sizes = each

    cdef Array actions_of(self, given):
        cdef Array array = array_of(given, "actions", b"lq", "int64", 1)
        array.expect((self.rows,))
        cdef const int64_t *actions = <const int64_t *>array.view.buf
        cdef Py_ssize_t row
        for row in range(self.rows):
            if actions[row] < 0 or actions[row] >= self.actions:
                raise ValueError(f"there are actions 0 to {self.actions - 1}; got {actions[row]} in row {row}")
        return array

    cdef Array numbers(self, given, str name, int ways):
        cdef Array array = array_of(given, name, b"f", "float32", 1, ways)
        array.expect((self.rows,))
        return array


def evaluate_actions(logits, mask, sizes, actions, log_probability, entropy):
    """Write the logarithm of the probability of each row's action, and the entropy of the choice."""
    cdef ActionHead chosen = ActionHead(logits, mask, sizes)
    cdef Array of = chosen.actions_of(actions)
    cdef Array one = chosen.numbers(log_probability, "log_probability", WRITTEN)
    cdef Array other = chosen.numbers(entropy, "entropy", WRITTEN)
    with nogil:
        kernels_evaluate_actions(&chosen.filled, <const int64_t *>of.view.buf, <float *>one.view.buf, <float *>other.view.buf)


def evaluate_actions_backward(logits, mask, sizes, actions, of_log_probability, of_entropy, of_logits):
    """Write the gradient of the logits, from those of what ``evaluate_actions`` wrote."""
    cdef ActionHead chosen = ActionHead(logits, mask, sizes)
    cdef Array of = chosen.actions_of(actions)
    cdef Array one = chosen.numbers(of_log_probability, "of_log_probability", 0)
    cdef Array other = chosen.numbers(of_entropy, "of_entropy", 0)
    cdef Array to = array_of(of_logits, "of_logits", b"f", "float32", 2, WRITTEN)
    to.expect(chosen.logits.shape())
    with nogil:
        kernels_evaluate_actions_backward(&chosen.filled, <const int64_t *>of.view.buf, <const float *>one.view.buf,
                               <const float *>other.view.buf, <float *>to.view.buf)


def sample_actions(logits, mask, sizes, shares, actions):
    """Write an action for each row: where its share, 0 to 1 - 2^-23, of the probability is."""
    cdef ActionHead chosen = ActionHead(logits, mask, sizes)
    cdef Array of = chosen.numbers(shares, "shares", 0)
    cdef Array to = array_of(actions, "actions", b"lq", "int64", 1, WRITTEN)
    cdef size_t failed
    to.expect((chosen.rows,))
    with nogil:
        failed = kernels_sample_actions(&chosen.filled, <const float *>of.view.buf, <int64_t *>to.view.buf)
    if failed < <size_t>chosen.rows:
        raise ValueError(f"row {failed} allows no action: at least one of each mask must be possible")


# ---- memory ----------------------------------------------------------------------------------------------

cdef class MinGru:
    """What a minGRU reads, with the arrays that hold it."""

    cdef mingru_layer filled
    cdef Array gates, state, not_done
    cdef Py_ssize_t steps, rows, width

    def __init__(self, gates, state, not_done):
        self.gates = array_of(gates, "gates", b"fh", "float32, or int16 for bfloat16", 3)
        self.state = array_of(state, "state", b"f", "float32", 2, ROWS_APART)
        self.not_done = array_of(not_done, "not_done", b"f", "float32", 2)
        self.steps, self.rows, self.width = self.gates.size(0), self.state.size(0), self.state.size(1)
        self.gates.expect((self.steps, self.rows, 2 * self.width))
        self.not_done.expect((self.steps, self.rows))
        if self.steps < 1:
            raise ValueError("there must be at least one step")
        self.filled.gates = self.gates.view.buf
        self.filled.format = self.gates.format()
        self.filled.state = <const float *>self.state.view.buf
        self.filled.state_stride = self.state.view.strides[0] // 4
        self.filled.not_done = <const float *>self.not_done.view.buf
        self.filled.steps = <size_t>self.steps
        self.filled.rows = <size_t>self.rows
        self.filled.width = <size_t>self.width

    cdef Array steps_of(self, given, str name, bint exact, int ways):
        """Return [steps, rows, width], in float32 (exact) or as the gates are."""
        cdef Array array = array_of(given, name, b"f" if exact else b"fh", "float32, or int16 for bfloat16", 3, ways)
        array.expect((self.steps, self.rows, self.width))
        if not exact and array.format() != self.filled.format:
            raise TypeError(f"gates and {name} must be of one type")
        return array


def mingru(gates, state, not_done, states, out):
    """Write the memory after each step of a minGRU, and the same in the type of the gates if that is bfloat16."""
    cdef MinGru read = MinGru(gates, state, not_done)
    cdef Array after = read.steps_of(states, "states", True, WRITTEN)
    cdef Array to = read.steps_of(out, "out", False, WRITTEN)
    with nogil:
        kernels_mingru(&read.filled, <float *>after.view.buf, to.view.buf)


def mingru_backward(gates, state, not_done, states, of_out, of_state, of_gates):
    """Write the gradient of the gates and of the first memory: in ``of_state`` that of the last memory is found, and
    replaced."""
    cdef MinGru read = MinGru(gates, state, not_done)
    cdef Array after = read.steps_of(states, "states", True, 0)
    cdef Array given = read.steps_of(of_out, "of_out", False, 0)
    cdef Array memory = array_of(of_state, "of_state", b"f", "float32", 2, WRITTEN)
    cdef Array to = array_of(of_gates, "of_gates", b"fh", "float32, or int16 for bfloat16", 3, WRITTEN)
    memory.expect((read.rows, read.width))
    to.expect(read.gates.shape())
    if to.format() != read.filled.format:
        raise TypeError("gates and of_gates must be of one type")
    with nogil:
        kernels_mingru_backward(&read.filled, <const float *>after.view.buf, given.view.buf,
                                  <float *>memory.view.buf, to.view.buf)


# ---- heads -----------------------------------------------------------------------------------------------

cdef class OutputHeads:
    """What the heads of a network say, with the arrays that hold it."""

    cdef output_heads filled
    cdef Array head, query, thing

    def __init__(self, head, query, thing, Py_ssize_t first):
        cdef str meaning = "float32, or int16 for bfloat16"
        self.head = array_of(head, "head", b"fh", meaning, 2)
        self.query = array_of(query, "query", b"fh", meaning, 3)
        self.thing = array_of(thing, "thing", b"fh", meaning, 3)
        if not self.head.format() == self.query.format() == self.thing.format():
            raise TypeError("head, query and thing must be of one type")
        cdef Py_ssize_t rows = self.head.size(0), columns = self.head.size(1) - 1
        cdef Py_ssize_t queries = self.query.size(1), things = self.thing.size(1), channels = self.query.size(2)
        self.query.expect((rows, queries, channels))
        self.thing.expect((rows, things, channels))
        if channels % 8:
            raise ValueError(f"the number of channels must be a multiple of 8; got {channels}")
        if first < 0 or first + queries * things > columns:
            raise ValueError(f"{queries} times {things} logits from {first} on do not fit into {columns}")
        self.filled.format = self.head.format()
        self.filled.head, self.filled.query, self.filled.thing = (
            self.head.view.buf, self.query.view.buf, self.thing.view.buf)
        self.filled.rows, self.filled.columns, self.filled.first = <size_t>rows, <size_t>columns, <size_t>first
        self.filled.queries, self.filled.things, self.filled.channels = (
            <size_t>queries, <size_t>things, <size_t>channels)

    cdef Array like(self, given, str name, Array other):
        cdef Array array = array_of(given, name, b"fh", "float32, or int16 for bfloat16", other.view.ndim, WRITTEN)
        array.expect(other.shape())
        if array.format() != self.filled.format:
            raise TypeError(f"{other.name} and {name} must be of one type")
        return array

    cdef Array numbers(self, given, str name, bint of_values, int ways):
        cdef tuple shape = (self.filled.rows, self.filled.columns)
        cdef Array array = array_of(given, name, b"f", "float32", 1 if of_values else 2, ways)
        array.expect(shape[:1] if of_values else shape)
        return array


def apply_heads(head, query, thing, Py_ssize_t first, logits, values):
    """Write logits and values."""
    cdef OutputHeads read = OutputHeads(head, query, thing, first)
    cdef Array one = read.numbers(logits, "logits", False, WRITTEN)
    cdef Array other = read.numbers(values, "values", True, WRITTEN)
    with nogil:
        kernels_apply_heads(&read.filled, <float *>one.view.buf, <float *>other.view.buf)


def apply_heads_backward(head, query, thing, Py_ssize_t first, of_logits, of_values, of_head, of_query, of_thing):
    """Write the gradients of what ``apply_heads`` read, from those of what it wrote."""
    cdef OutputHeads read = OutputHeads(head, query, thing, first)
    cdef Array one = read.numbers(of_logits, "of_logits", False, 0)
    cdef Array other = read.numbers(of_values, "of_values", True, 0)
    cdef Array to_head = read.like(of_head, "of_head", read.head)
    cdef Array to_query = read.like(of_query, "of_query", read.query)
    cdef Array to_thing = read.like(of_thing, "of_thing", read.thing)
    with nogil:
        kernels_apply_heads_backward(&read.filled, <const float *>one.view.buf, <const float *>other.view.buf,
                                to_head.view.buf, to_query.view.buf, to_thing.view.buf)


# ---- attention --------------------------------------------------------------------------------------------

cdef class TileAttention:
    """What attention over tiles reads, with the arrays that hold it and room to work."""

    cdef attention_layer filled
    cdef Array keys, query, position_bias
    cdef float *scratch

    def __init__(self, keys, query, position_bias):
        cdef str meaning = "float32, or int16 for bfloat16"
        self.keys = array_of(keys, "keys", b"fh", meaning, 3)
        self.query = array_of(query, "query", b"fh", meaning, 3)
        self.position_bias = array_of(position_bias, "position_bias", b"f", "float32", 2)
        cdef Py_ssize_t rows = self.keys.size(0), tiles = self.keys.size(1), channels = self.keys.size(2)
        self.query.expect((rows, self.position_bias.size(0), channels))
        self.position_bias.expect((self.query.size(1), tiles))
        if self.keys.format() != self.query.format():
            raise TypeError("keys and query must be of one type")
        if not 1 <= channels <= KERNELS_MOST_CHANNELS or tiles < 1:
            raise ValueError(f"there may be 1 to {KERNELS_MOST_CHANNELS} channels, and tiles from 1 on; "
                             f"got {channels} and {tiles}")
        self.filled.keys, self.filled.query = self.keys.view.buf, self.query.view.buf
        self.filled.format = self.keys.format()
        self.filled.position_bias = <const float *>self.position_bias.view.buf
        self.filled.rows, self.filled.queries = <size_t>rows, <size_t>self.query.size(1)
        self.filled.tiles, self.filled.channels = <size_t>tiles, <size_t>channels
        self.scratch = <float *>PyMem_Malloc(kernels_tile_attention_scratch(&self.filled) * sizeof(float))
        if self.scratch == NULL:
            raise MemoryError

    def __dealloc__(self):
        PyMem_Free(self.scratch)

    cdef Array like(self, given, str name, tuple shape, int ways):
        cdef Array array = array_of(given, name, b"fh", "float32, or int16 for bfloat16", 3, ways)
        array.expect(shape)
        if array.format() != self.filled.format:
            raise TypeError(f"keys and {name} must be of one type")
        return array

    cdef tuple per_tile(self):
        return (self.keys.size(0), self.query.size(1), self.keys.size(1))


def tile_attention(keys, query, position_bias, found, weights):
    """Write how much each tile counts for each query, and the mean of the tiles."""
    cdef TileAttention read = TileAttention(keys, query, position_bias)
    cdef Array mean = read.like(found, "found", read.query.shape(), WRITTEN)
    cdef Array each = read.like(weights, "weights", read.per_tile(), WRITTEN)
    with nogil:
        kernels_tile_attention(&read.filled, read.scratch, mean.view.buf, each.view.buf)


def tile_attention_backward(keys, query, position_bias, weights, of_found, of_weights, of_keys, of_query, of_position_bias):
    """Write the gradients of what ``tile_attention`` read, from what it wrote and the gradients of that."""
    cdef TileAttention read = TileAttention(keys, query, position_bias)
    cdef Array each = read.like(weights, "weights", read.per_tile(), 0)
    cdef Array of_mean = read.like(of_found, "of_found", read.query.shape(), 0)
    cdef Array of_each = read.like(of_weights, "of_weights", read.per_tile(), 0)
    cdef Array to_seen = read.like(of_keys, "of_keys", read.keys.shape(), WRITTEN)
    cdef Array to_asked = read.like(of_query, "of_query", read.query.shape(), WRITTEN)
    cdef Array to_nearness = array_of(of_position_bias, "of_position_bias", b"f", "float32", 2, WRITTEN)
    to_nearness.expect(read.position_bias.shape())
    with nogil:
        kernels_tile_attention_backward(&read.filled, read.scratch, each.view.buf, of_mean.view.buf, of_each.view.buf,
                                 to_seen.view.buf, to_asked.view.buf, <float *>to_nearness.view.buf)
