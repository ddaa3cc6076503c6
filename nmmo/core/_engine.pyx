# cython: language_level=3, boundscheck=False, wraparound=False
"""The boundary between Python and the engine, and the only one.

Everything that comes in is checked here once: types, shapes, contiguity, numbers, and whether the
world is open, reset, not over and not in another thread's hands. The engine trusts what it gets.
Arrays belong to Python; the engine writes into them and keeps pointers to them, so each world
holds on to its arrays for as long as it lives. The GIL is released while the engine computes.
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
from cpython.bytearray cimport PyByteArray_FromStringAndSize
from cpython.bytes cimport PyBytes_AsString, PyBytes_FromStringAndSize
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from time import perf_counter_ns
from types import MappingProxyType

import numpy as np

from nmmo.core.engine cimport *

from nmmo.core.arguments import as_integer, as_integers, as_seed
from nmmo.core.errors import (
    ActionError,
    BusyError,
    ClosedError,
    ConfigError,
    EditError,
    MapError,
    SnapshotError,
    WorldOver,
)


cdef extern from *:
    """
    #if defined(__clang__)
    #define NMMO_COMPILER "clang " __clang_version__
    #elif defined(__GNUC__)
    #define NMMO_COMPILER "gcc " __VERSION__
    #else
    #define NMMO_COMPILER "an unknown compiler"
    #endif
    #ifndef NMMO_BUILD_FLAGS
    #define NMMO_BUILD_FLAGS "unknown flags"
    #endif
    """
    const char *NMMO_COMPILER
    const char *NMMO_BUILD_FLAGS


# ---- errors ----------------------------------------------------------------------------------------

cdef object raised(nmmo_error *error):
    """Return the exception for what the engine reports."""
    kinds = {
        NMMO_BAD_CONFIG: ConfigError,
        NMMO_BAD_ACTION: ActionError,
        NMMO_BAD_SNAPSHOT: SnapshotError,
        NMMO_BAD_EDIT: EditError,
        NMMO_BAD_MAP: MapError,
        NMMO_WORLD_OVER: WorldOver,
        NMMO_NO_MEMORY: MemoryError,
    }
    return kinds.get(error.status, RuntimeError)(error.message.decode("utf-8", "replace"))


# ---- what the engine publishes about itself ----------------------------------------------------------

TABLES = NMMO_TABLES


def rules_version():
    return nmmo_rules_version()


def source_hash():
    return nmmo_source_hash().decode()


def build_info():
    """Return the compiler that built the engine and the flags it was given, for reports."""
    return {"compiler": NMMO_COMPILER.decode().strip(), "flags": NMMO_BUILD_FLAGS.decode()}


def table_fields(int table):
    """Return the fields of a published record, and its size in bytes."""
    cdef size_t count = 0, record_bytes = 0, i
    cdef const nmmo_field *field = nmmo_table_fields(<nmmo_table_number>table, &count, &record_bytes)
    if field == NULL:
        raise ValueError(f"there is no table {table}")
    fields = []
    for i in range(count):
        fields.append((
            field[i].name.decode(),
            field[i].doc.decode(),
            field[i].offset,
            chr(field[i].type),
            field[i].table,
            field[i].rows,
            field[i].columns,
            field[i].minimum,
            field[i].maximum,
            field[i].default_value,
        ))
    return fields, record_bytes


def table_rows(int table):
    """Return the rows of a static table as bytes; empty for the tables of a world."""
    cdef size_t count = 0, rows = 0, record_bytes = 0
    nmmo_table_fields(<nmmo_table_number>table, &count, &record_bytes)
    cdef const void *first = nmmo_table_rows(<nmmo_table_number>table, &rows)
    return PyBytes_FromStringAndSize(<const char *>first, <Py_ssize_t>(rows * record_bytes)) if first != NULL else b""


def members(str enumeration):
    """Return the name and meaning of every member of an enumeration, in the order of its numbers, from 0 on."""
    cdef size_t count = 0, i
    cdef int number
    cdef const nmmo_member *found
    for number in range(NMMO_ENUMERATIONS):
        if nmmo_enumeration_name(number).decode() == enumeration:
            found = nmmo_members(<nmmo_enumeration_number>number, &count)
            return [(found[i].name.decode(), found[i].doc.decode()) for i in range(count)]
    raise ValueError(f"there is no enumeration {enumeration!r}")


SECTION_NAMES = tuple(name for name, _ in members("section"))


def constants():
    """Return name, meaning and value of every number of the rules."""
    cdef size_t count = 0, i
    cdef const nmmo_constant *found = nmmo_constants(&count)
    return [(found[i].name.decode(), found[i].doc.decode(), found[i].value) for i in range(count)]


def prices():
    return tuple(nmmo_price(step) for step in range(1, NMMO_PRICE_STEPS + 1))


def derive_seed(seed, index):
    """Return the seed of world ``index`` of a batch made with ``seed``: int, 0 to 2**64 - 1."""
    return nmmo_derive_seed(as_seed(seed), as_integer(index, "index", 0, 2**64 - 1))


# The index from which a world's next episode is derived; nmmo_worlds_step uses the same.
cdef uint64_t NEXT_EPISODE = 0


def next_seed(seed):
    """Return the seed of the episode that follows one begun with ``seed``."""
    return nmmo_derive_seed(as_seed(seed), NEXT_EPISODE)


# ---- configurations, as the bytes of the engine's struct -----------------------------------------------

cdef int read_config(bytes packed, nmmo_config *config) except -1:
    if len(packed) != <Py_ssize_t>sizeof(nmmo_config):
        raise ValueError("these bytes are no configuration")
    memcpy(config, PyBytes_AsString(packed), sizeof(nmmo_config))
    return 0


cdef bytes packed_config(const nmmo_config *config):
    return PyBytes_FromStringAndSize(<const char *>config, sizeof(nmmo_config))


def config_preset(str name):
    """Return the packed configuration of a preset, or None if there is none of that name."""
    cdef nmmo_config config
    encoded = name.encode()
    if nmmo_config_preset(PyBytes_AsString(encoded), &config) != NMMO_OK:
        return None
    return packed_config(&config)


def config_check(bytes packed):
    """Raise ConfigError unless the engine accepts the configuration."""
    cdef nmmo_config config
    cdef nmmo_error error
    read_config(packed, &config)
    if nmmo_config_check(&config, &error) != NMMO_OK:
        raise raised(&error)


def config_layout(bytes packed):
    """Return the shape of the view, and the offsets within a row of observation."""
    cdef nmmo_config config
    cdef nmmo_layout_record layout
    read_config(packed, &config)
    nmmo_layout(&config, &layout)
    return {
        "view_rows": layout.view_rows,
        "view_columns": layout.view_columns,
        "tiles": layout.tiles,
        "self": layout.self,
        "inventory": layout.inventory,
        "listings": layout.listings,
        "market": layout.market,
        "mask": layout.mask,
        "row_bytes": layout.row_bytes,
    }


def config_world_bytes(bytes packed):
    """Return the bytes that a world of this configuration allocates, its output arrays not counted."""
    cdef nmmo_config config
    read_config(packed, &config)
    return nmmo_world_bytes(&config)


def snapshot_config(const uint8_t[::1] snapshot not None):
    """Return the packed configuration of a snapshot."""
    cdef nmmo_config config
    cdef nmmo_error error
    cdef const uint8_t *data = &snapshot[0] if snapshot.shape[0] else NULL
    if data == NULL:
        raise SnapshotError("a snapshot cannot be empty")
    if nmmo_snapshot_config(data, <size_t>snapshot.shape[0], &config, &error) != NMMO_OK:
        raise raised(&error)
    return packed_config(&config)


# ---- actions -------------------------------------------------------------------------------------------

cdef int integer_type(const Py_buffer *view):
    """Return which of the engine's integer types an array's elements are; -1: none of them."""
    cdef const char *letter = view.format
    cdef int is_unsigned, width
    if letter == NULL:
        return 1  # the buffer protocol's default: unsigned bytes
    if letter[0] == c'@' or letter[0] == c'=' or letter[0] == c'<':
        letter += 1
    if letter[0] == 0 or letter[1] != 0:
        return -1
    if letter[0] in (c'b', c'h', c'i', c'l', c'q', c'n'):
        is_unsigned = 0
    elif letter[0] in (c'B', c'H', c'I', c'L', c'Q', c'N'):
        is_unsigned = 1
    else:
        return -1
    if view.itemsize == 1:
        width = 0
    elif view.itemsize == 2:
        width = 1
    elif view.itemsize == 4:
        width = 2
    elif view.itemsize == 8:
        width = 3
    else:
        return -1
    return 2 * width + is_unsigned


cdef tuple shape_of(const Py_buffer *view):
    cdef int i
    return tuple([view.shape[i] for i in range(view.ndim)])


cdef int check_actions_shape(const Py_buffer *view, Py_ssize_t ticks, Py_ssize_t n, int vocabulary) except -1:
    """Raise ValueError unless a buffer has the shape of the actions of n players, or of so many ticks' actions."""
    cdef int leading = 0 if ticks < 0 else 1
    cdef int fits = view.ndim == leading + (2 if vocabulary else 1)
    if fits and leading:
        fits = view.shape[0] == ticks
    if fits:
        fits = view.shape[leading] == n
    if fits and vocabulary:
        fits = view.shape[leading + 1] == 2
    if not fits:
        wanted = [n, 2] if vocabulary else [n]
        wanted = tuple([ticks] + wanted if leading else wanted)
        meaning = " (pairs of action and token)" if vocabulary else ""
        raise ValueError(f"actions must have shape {wanted}{meaning}; got {shape_of(view)}")
    return 0


cdef int load_actions(object given, Py_ssize_t ticks, Py_ssize_t n, int vocabulary, uint8_t *actions,
                      uint8_t *tokens) except -1:
    """Check and read the actions of n players; for ticks >= 0, those of so many ticks at once."""
    cdef Py_buffer view
    cdef nmmo_error error
    cdef int kind, status
    cdef Py_ssize_t count = n if ticks < 0 else n * ticks
    if not PyObject_CheckBuffer(given) or isinstance(given, (bytes, bytearray)):
        given = as_integers(given)
    try:
        PyObject_GetBuffer(given, &view, PyBUF_STRIDES | PyBUF_FORMAT)
    except (ValueError, BufferError) as refusal:
        raise TypeError(f"actions must be integers: {refusal}") from None
    try:
        kind = integer_type(&view)
        if kind >= 0:
            check_actions_shape(&view, ticks, n, vocabulary)
            if PyBuffer_IsContiguous(&view, c'C'):
                status = nmmo_load_actions(view.buf, <nmmo_integer_type>kind, <size_t>count, vocabulary, actions, tokens,
                                           &error)
                if status != NMMO_OK:
                    raise raised(&error)
                return 0
    finally:
        PyBuffer_Release(&view)
    # Elements that lie apart, or a foreign byte order: a copy has neither. What holds no integers is named.
    plain = as_integers(np.asarray(given))
    if plain is given:  # neither: a type that NumPy calls integers and nobody else does
        raise TypeError("actions must be integers of 8, 16, 32 or 64 bits")
    return load_actions(plain, ticks, n, vocabulary, actions, tokens)


def sample_actions(mask, rng):
    """Draw one possible action for every player: first a group that has one, then an action of it.

    Both draws are uniform. Under one flat draw, a full inventory would drown movement.

    Parameters
    ----------
    mask : ndarray of uint8 or bool, shape [n, n_actions]
        1 where an action is possible, else 0, as in ``world.mask``. Of any layout in memory; a mask whose rows are
        not adjacent bytes is copied first.
    rng : numpy.random.Generator
        One number is drawn from it; everything else follows from that number.

    Returns
    -------
    ndarray of int64, shape [n]

    Raises
    ------
    TypeError
        If the mask is not such an array, or rng not a generator.
    ValueError
        If the mask has another shape.
    """
    try:
        seed = rng.bit_generator.random_raw()
    except AttributeError:
        raise TypeError(f"rng must be a numpy.random.Generator; got {type(rng).__name__}") from None
    if not PyObject_CheckBuffer(mask):
        raise TypeError(f"mask must be an array; got {type(mask).__name__}")
    return draw_actions(mask, seed)


cdef object draw_actions(object mask, uint64_t seed):
    """Return a possible action for each row of a mask, int64 [n]."""
    cdef Py_buffer view
    cdef int64_t *drawn
    cdef size_t stride, n
    PyObject_GetBuffer(mask, &view, PyBUF_STRIDES | PyBUF_FORMAT)
    try:
        if view.itemsize != 1 or view.format == NULL or view.format[0] not in (c'B', c'?', c'b'):
            raise TypeError("mask must be an array of uint8 or bool")
        if view.ndim != 2 or view.shape[1] != NMMO_ACTIONS:
            raise ValueError(f"mask must have shape (n, {NMMO_ACTIONS}); got {shape_of(&view)}")
        if view.strides[1] != 1 or view.strides[0] < 0:
            return draw_actions(np.ascontiguousarray(mask), seed)
        out = np.empty(view.shape[0], np.int64)
        n = <size_t>view.shape[0]
        if n:
            drawn = <int64_t *>address_of(out, view.shape[0] * <Py_ssize_t>sizeof(int64_t))
            stride = <size_t>view.strides[0]
            with nogil:
                nmmo_sample_actions(<const uint8_t *>view.buf, stride, n, seed, drawn)
    finally:
        PyBuffer_Release(&view)
    return out


# ---- output arrays ---------------------------------------------------------------------------------------

cdef void *address_of(object array, Py_ssize_t bytes_needed) except NULL:
    """Return where an array's elements are. Its owner must keep the array alive."""
    cdef Py_buffer view
    cdef void *address
    cdef int fits
    PyObject_GetBuffer(array, &view, PyBUF_STRIDES | PyBUF_WRITABLE)
    fits = view.len == bytes_needed and PyBuffer_IsContiguous(&view, c'C')
    address = view.buf
    PyBuffer_Release(&view)
    if not fits:
        raise ValueError(f"an output array must be C-contiguous and have {bytes_needed} bytes")
    return address


# ---- worlds ------------------------------------------------------------------------------------------------

cdef nmmo_pool *made_pool(int threads) except? NULL:
    """Return a pool of threads; NULL for one thread: the caller's own."""
    cdef nmmo_pool *pool = NULL
    if threads > 1:
        pool = nmmo_pool_create(threads)
        if pool == NULL:
            raise MemoryError(f"{threads} threads could not be started")
    return pool


cdef class Controls:
    """What ticks are played with: the actions of all rows, as the engine takes them, and threads."""
    cdef nmmo_pool *pool
    cdef uint8_t *actions
    cdef uint8_t *tokens
    cdef Py_ssize_t rows
    cdef int vocabulary

    cdef int make(self, Py_ssize_t rows, int vocabulary, int threads) except -1:
        self.rows = rows
        self.vocabulary = vocabulary
        self.actions = <uint8_t *>calloc(<size_t>rows, 1)
        self.tokens = <uint8_t *>calloc(<size_t>rows, 1)
        if self.actions == NULL or self.tokens == NULL:
            raise MemoryError()
        self.pool = made_pool(threads)
        return 0

    cdef int load(self, object given) except -1:
        return load_actions(given, -1, self.rows, self.vocabulary, self.actions, self.tokens)

    cdef object loaded(self):
        """Return the actions that were loaded last, as observers get them: read-only, uint8 [rows] or [rows, 2]."""
        actions = np.frombuffer(PyBytes_FromStringAndSize(<const char *>self.actions, self.rows), np.uint8)
        if not self.vocabulary:
            return actions
        tokens = np.frombuffer(PyBytes_FromStringAndSize(<const char *>self.tokens, self.rows), np.uint8)
        pairs = np.stack([actions, tokens], axis=1)
        pairs.flags.writeable = False
        return pairs

    cdef void release(self) noexcept:
        if self.pool != NULL:
            nmmo_pool_destroy(self.pool)
        free(self.actions)
        free(self.tokens)
        self.pool = NULL
        self.actions = NULL
        self.tokens = NULL

    def __dealloc__(self):
        self.release()


cdef class Guard:
    """Whether the memory behind one or more worlds may be used now."""
    cdef bint closed
    cdef bint busy
    cdef bint ready
    cdef bint calling  # observers are being called, who may read but not change

    cdef int check(self) except -1:
        if self.closed:
            raise ClosedError("this world is closed")
        if self.busy:
            raise BusyError("this world is in use by another thread: a world is used by one thread at a time")
        return 0

    cdef int check_ready(self) except -1:
        self.check()
        if not self.ready:
            raise RuntimeError("this world has not been reset: call reset() first")
        return 0

    cdef int enter(self) except -1:
        self.check_ready()
        self.busy = True
        return 0

    cdef int check_changeable(self) except -1:
        self.check()
        if self.calling:
            raise RuntimeError("an observer may read a world, but not change it")
        return 0

    cdef int enter_to_replace(self) except -1:
        """Enter for what puts another state in place, and so needs none."""
        self.check_changeable()
        self.busy = True
        return 0


cdef class Batch:
    """The rows of all agents of one world or more, as arrays, and the guard of what writes into them."""
    cdef Guard guard
    cdef Controls controls  # None where nothing can be played: in a view of one world of several
    cdef nmmo_config settings
    cdef uint32_t row_size
    cdef readonly object config
    cdef object _outputs
    cdef public object _observers  # of nmmo.core.observers.Observable: None, or a tuple
    cdef object _rows
    cdef object _dtypes
    cdef object _observations
    cdef object _rewards
    cdef object _terminated
    cdef object _truncated
    cdef object _final

    def __cinit__(self, *_, **__):
        self.guard = Guard()
        self.guard.closed = True  # until there is a world behind it

    cdef int describe(self, object config, object outputs, object dtypes) except -1:
        """Take outputs, a dict of arrays, and dtypes, those of the published tables by number."""
        cdef nmmo_layout_record layout
        read_config(config.to_bytes(), &self.settings)
        nmmo_layout(&self.settings, &layout)
        self.row_size = layout.row_bytes
        self.config = config
        self._outputs = MappingProxyType({name: array for name, array in outputs.items() if array is not None})
        self._rows = outputs["observations"].view(dtypes["observation"])[:, 0]
        self._dtypes = dtypes
        self._observations = outputs["observations"]
        self._rewards = outputs["rewards"]
        self._terminated = outputs["terminated"]
        self._truncated = outputs["truncated"]
        self._final = outputs.get("final_observations")
        return 0

    @property
    def outputs(self):
        """The arrays that a step writes, by name, as ``buffers`` of the constructor takes them; zeros before the
        first reset.

        ``observations`` uint8 [rows, row_bytes], ``rewards`` float32 [rows], ``terminated`` and ``truncated`` bool
        [rows]; with ``final_observations`` also that, like ``observations``; in ``Worlds`` also ``over``, bool [n].
        """
        return self._outputs

    @property
    def closed(self):
        """Whether the memory was freed: nothing can be done any more."""
        return bool(self.guard.closed)

    @property
    def ready(self):
        """Whether there is an episode: ``reset`` was called, or a state restored or loaded."""
        return bool(self.guard.ready)

    @property
    def n_agents(self):
        """Agents in one world."""
        return self.settings.n_players

    @property
    def row_bytes(self):
        """Bytes in one row of observation."""
        return self.row_size

    @property
    def observations(self):
        """The last observations as a structured array, one row per agent: a view, valid until the next step."""
        self.guard.check_ready()
        return self._rows

    @property
    def mask(self):
        """Possible actions, uint8 [rows, n_actions]: a view of the last observations."""
        self.guard.check_ready()
        return self._rows["mask"]

    @property
    def rewards(self):
        """The last rewards, float32 [rows]."""
        self.guard.check_ready()
        return self._rewards

    @property
    def terminated(self):
        """Whose life ended in the last tick, bool [rows]."""
        self.guard.check_ready()
        return self._terminated

    @property
    def truncated(self):
        """Whose life was cut off in the last tick, bool [rows]."""
        self.guard.check_ready()
        return self._truncated

    def _first_result(self):
        """Return what reset returns."""
        return self._observations, Batch.info(self, False)  # nothing is over yet

    cdef tuple result(self):
        """Return what step returns."""
        return self._observations, self._rewards, self._terminated, self._truncated, self.info(False)

    cdef tuple copied_result(self):
        return (self._observations.copy(), self._rewards.copy(), self._terminated.copy(), self._truncated.copy(),
                self.info(True))

    # What a world or worlds do to play a tick, with checks and observers around it.

    cdef int load(self, object actions) except -1:
        """Check that a tick can be played with these actions, and keep them for it."""
        raise NotImplementedError

    cdef int play(self, bint observe) except -1:
        """Play a tick with the loaded actions."""
        raise NotImplementedError

    cdef void release(self) noexcept:
        """Free what the arrays are written by."""

    def _next_seeds(self):
        """Return the seeds with which the next episodes begin, one per world."""
        raise NotImplementedError

    def _set_next_seeds(self, seeds):
        raise NotImplementedError

    cdef tuple step_once(self, object actions, bint copy, bint observe):
        if self._observers is not None:
            return self.observed_step(actions, copy, observe)
        self.guard.enter()
        try:
            self.load(actions)
            self.play(observe)
            return self.copied_result() if copy else self.result()
        finally:
            self.guard.busy = False

    cdef tuple observed_step(self, object actions, bint copy, bint observe):
        cdef tuple observers
        self.guard.check_changeable()
        self.guard.enter()
        try:
            self.load(actions)
        finally:
            self.guard.busy = False
        loaded = self.controls.loaded()
        self.guard.calling = True
        try:
            for observer in self._observers:
                observer.before_step(self, loaded)
        finally:
            self.guard.calling = False
        self.guard.enter()
        try:
            self.play(observe)
        finally:
            self.guard.busy = False
        observers = self._observers
        if observers is not None and len(observers) == 1:  # without the general call, which takes twice as long
            self.guard.calling = True
            try:
                observers[0].after_step(self, loaded, observe)
            finally:
                self.guard.calling = False
        else:
            self._call_observers("after_step", loaded, observe)
        if not copy:
            return self.result()
        self.guard.enter()
        try:
            return self.copied_result()  # now: rewards may have been written
        finally:
            self.guard.busy = False

    cdef nmmo_world **played(self, size_t *count) except NULL:
        """Return the worlds that are played here."""
        raise TypeError("a view of a world can only be read")

    def _snapshots(self):
        """Return the state of every world, uint8 [n, snapshot_bytes]; of worlds that were not reset, [0, 0]."""
        cdef size_t i, size, count = 0
        cdef uint8_t[:, ::1] rows
        self.guard.check()
        cdef nmmo_world **worlds = self.played(&count)
        if not self.guard.ready:
            return np.empty((0, 0), np.uint8)
        size = nmmo_snapshot_bytes(worlds[0])
        snapshots = np.empty((count, size), np.uint8)
        rows = snapshots
        self.guard.enter()
        try:
            with nogil:
                for i in range(count):
                    nmmo_world_snapshot(worlds[i], &rows[i, 0])
        finally:
            self.guard.busy = False
        return snapshots

    def _load_snapshots(self, const uint8_t[:, ::1] snapshots not None):
        """Put back what ``_snapshots`` took, once all are checked; rewards, flags and events are cleared."""
        cdef nmmo_error error
        cdef int status = NMMO_OK
        cdef size_t i, count = 0, size = <size_t>snapshots.shape[1]
        self.guard.check()
        cdef nmmo_world **worlds = self.played(&count)
        if snapshots.shape[0] not in (0, <Py_ssize_t>count) or (snapshots.shape[0] and size == 0):
            raise SnapshotError(f"{count} snapshots are needed; got {snapshots.shape[0]} of {size} bytes")
        self.guard.enter_to_replace()
        try:
            if snapshots.shape[0]:
                with nogil:
                    for i in range(count):
                        if status == NMMO_OK:
                            status = nmmo_world_check_snapshot(worlds[i], &snapshots[i, 0], size, &error)
                    for i in range(count):
                        if status == NMMO_OK:
                            status = nmmo_world_restore(worlds[i], &snapshots[i, 0], size, &error)
                if status != NMMO_OK:
                    raise raised(&error)
            self.guard.ready = snapshots.shape[0] != 0
        finally:
            self.guard.busy = False

    cdef uint32_t begin_lives(self, const uint8_t *slots) noexcept nogil:
        """Begin the next lives where they are requested and wait, and return how many."""
        return 0

    cdef object respawn_in(self, slots):
        cdef const uint8_t[::1] flags
        cdef uint32_t begun
        self.guard.check_changeable()
        if self._observers is not None:
            slots = slots.copy()
            slots.flags.writeable = False
            self.guard.check_ready()
            self._call_observers("before_respawn", slots)
        flags = slots.view(np.uint8)
        self.guard.enter()
        try:
            with nogil:
                begun = self.begin_lives(&flags[0])
        finally:
            self.guard.busy = False
        if self._observers is not None:
            self._call_observers("after_respawn", slots, begun)
        return begun

    cdef int shut(self) except -1:
        """Close for good."""
        if self.guard.closed:
            return 0
        self.guard.check_changeable()
        try:
            self._call_observers("before_close")
        finally:
            self._observers = None
            self.guard.closed = True
            self.controls.release()
            self.release()
        return 0

    def _call_observers(self, str method, *arguments):
        """Call a method of every observer, with the world and the arguments.

        The first exception of ``before_respawn`` is raised at once, and what was to come does not happen. Other
        methods are called on all observers before their exceptions are raised.
        """
        cdef bint preventable = method == "before_respawn"
        if self._observers is None:
            return
        failures = []
        self.guard.calling = True
        try:
            for observer in self._observers:
                try:
                    getattr(observer, method)(self, *arguments)
                except BaseException as failure:
                    if preventable:
                        raise
                    failures.append(failure)
        finally:
            self.guard.calling = False
        if len(failures) == 1:
            raise failures[0]
        if failures:
            raise BaseExceptionGroup(f"{method} failed for {len(failures)} observers", failures)

    cdef int refuse_observers(self, str what) except -1:
        if self._observers is not None:
            raise RuntimeError(f"{what} would escape the observers of this world: remove them first")
        return 0

    cdef dict info(self, bint copy):
        if self._final is None:
            return {}
        return {"final_obs": self._final.copy() if copy else self._final}


cdef class Reader(Batch):
    """What can be read of one world. It does not own the world; its guard knows whether it is open."""
    cdef nmmo_world *world
    cdef object owner

    @property
    def tick(self):
        """Ticks played since the reset."""
        self.guard.check_ready()
        return nmmo_world_tick(self.world)

    @property
    def seed(self):
        """Seed of the present episode."""
        self.guard.check_ready()
        return nmmo_world_seed(self.world)

    @property
    def map_seed(self):
        """Seed from which the present map was made."""
        self.guard.check_ready()
        return nmmo_world_map_seed(self.world)

    @property
    def over(self):
        """Whether no slot will ever have a body again: the world must be reset."""
        self.guard.check_ready()
        return nmmo_world_over(self.world) != 0

    cdef Py_ssize_t write_table(self, int number, void *out) noexcept:
        """Write the records of one of the entity tables, unless out is NULL, and return how many there are."""
        if number == NMMO_TABLE_PLAYER:
            return <Py_ssize_t>nmmo_world_players(self.world, <nmmo_player_record *>out)
        if number == NMMO_TABLE_MONSTER:
            return <Py_ssize_t>nmmo_world_monsters(self.world, <nmmo_monster_record *>out)
        if number == NMMO_TABLE_NODE:
            return <Py_ssize_t>nmmo_world_nodes(self.world, <nmmo_node_record *>out)
        if number == NMMO_TABLE_GROUND_ITEM:
            return <Py_ssize_t>nmmo_world_ground_items(self.world, <nmmo_ground_item_record *>out)
        return <Py_ssize_t>nmmo_world_listings(self.world, <nmmo_listing_record *>out)

    cdef object table(self, int number):
        """Return a fresh structured array of one of the entity tables."""
        self.guard.check_ready()
        records = np.zeros(self.write_table(number, NULL), self._dtypes[number])
        if len(records) == 0:
            return records
        self.guard.check_ready()  # allocating may have let another thread run
        self.write_table(number, address_of(records, records.nbytes))
        return records

    @property
    def players(self):
        """Every player's slot: a fresh structured array [n_agents]."""
        return self.table(NMMO_TABLE_PLAYER)

    @property
    def monsters(self):
        """Every monster: a fresh structured array [n_monsters]."""
        return self.table(NMMO_TABLE_MONSTER)

    @property
    def nodes(self):
        """Every resource node: a fresh structured array."""
        return self.table(NMMO_TABLE_NODE)

    @property
    def ground_items(self):
        """Every item that lies on the ground: a fresh structured array."""
        return self.table(NMMO_TABLE_GROUND_ITEM)

    @property
    def listings(self):
        """Everything on the market: a fresh structured array."""
        return self.table(NMMO_TABLE_LISTING)

    @property
    def events(self):
        """What happened in the last tick, in order: a fresh structured array."""
        cdef size_t count = 0
        cdef const nmmo_event *first
        self.guard.check_ready()
        first = nmmo_world_events(self.world, &count)
        # a bytearray, so that the array can be written to: copying a structured one costs twenty times as much
        packed = PyByteArray_FromStringAndSize(<const char *>first, <Py_ssize_t>(count * sizeof(nmmo_event)))
        return np.frombuffer(packed, self._dtypes[NMMO_TABLE_EVENT])

    @property
    def tiles(self):
        """The playable map with everything on it: a fresh structured array [height, width]."""
        self.guard.check_ready()
        words = np.zeros((self.settings.height, self.settings.width), self._dtypes["tile"])
        self.guard.check_ready()
        nmmo_world_tiles(self.world, <uint64_t *>address_of(words, words.nbytes))
        return words

    def map(self):
        """Return the map alone, every node ripe: what ``World(map=...)`` takes.

        Returns
        -------
        ndarray of uint32, shape [height, width]
            Ground in the low byte, then object, then tier | danger << 4.
        """
        self.guard.check_ready()
        words = np.zeros((self.settings.height, self.settings.width), np.uint32)
        self.guard.check_ready()
        nmmo_world_map(self.world, <uint32_t *>address_of(words, words.nbytes))
        return words

    def _statistics(self):
        """Return the records of struct nmmo_statistics and struct nmmo_living."""
        self.guard.check_ready()
        whole = PyBytes_FromStringAndSize(<const char *>nmmo_world_statistics(self.world), sizeof(nmmo_statistics))
        living = np.zeros(1, self._dtypes[NMMO_TABLE_LIVING])
        self.guard.check_ready()
        nmmo_world_living(self.world, <nmmo_living *>address_of(living, sizeof(nmmo_living)))
        return np.frombuffer(whole, self._dtypes[NMMO_TABLE_STATISTICS])[0], living[0]

    def hash(self):
        """Return a 64-bit hash of every section of the state.

        Returns
        -------
        dict of str to int
            Keys: clock, players, monsters, tiles, market. Equal states have equal hashes, on every machine.
        """
        cdef int section
        cdef uint64_t[NMMO_SECTIONS] hashes
        self.guard.check_ready()
        with nogil:
            for section in range(NMMO_SECTIONS):
                hashes[section] = nmmo_world_hash(self.world, <nmmo_section_number>section)
        return {name: hashes[section] for section, name in enumerate(SECTION_NAMES)}

    def digests(self, bint ended=False):
        """Return a quick 64-bit digest of every section of the state: of what changes from tick to tick.

        Two runs of a game that part show it in the tick in which they do, but for rare exceptions that
        ``hash`` finds, which covers everything and takes a hundred times longer. Replays keep one a tick.

        Parameters
        ----------
        ended : bool
            Those of the last tick of the episode before an automatic reset of ``Worlds``, instead of the
            present ones; zeros if there was none.

        Returns
        -------
        ndarray of uint64, shape [5]
            In the order of ``hash``: clock, players, monsters, tiles, market. Equal states have equal digests,
            on every machine.
        """
        self.guard.check_ready()
        digests = np.empty(NMMO_SECTIONS, np.uint64)
        cdef uint64_t[::1] out = digests
        if ended:
            memcpy(&out[0], nmmo_world_ended_digests(self.world), NMMO_SECTIONS * sizeof(uint64_t))
        else:
            with nogil:
                nmmo_world_digests(self.world, &out[0])
        return digests

    cdef bytes take_snapshot(self):
        cdef size_t size = nmmo_snapshot_bytes(self.world)
        snapshot = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>size)
        cdef char *out = PyBytes_AsString(snapshot)
        with nogil:
            nmmo_world_snapshot(self.world, out)
        return snapshot

    def snapshot(self):
        """Return the whole state of the world, to be restored later, here or on another machine.

        Returns
        -------
        bytes
        """
        self.guard.enter()
        try:
            return self.take_snapshot()
        finally:
            self.guard.busy = False

    def would_change(self, player, action):
        """Return whether an action, carried out by this player alone and now, would change the world.

        Parameters
        ----------
        player : int
            Its slot, 0..n_agents - 1.
        action : int
            0..n_actions - 1.

        Returns
        -------
        bool

        Raises
        ------
        ValueError
            If either number is out of range.
        """
        cdef uint32_t slot
        cdef uint8_t number
        cdef int changed
        slot = as_integer(player, "player", 0, self.settings.n_players - 1)
        number = as_integer(action, "action", 0, NMMO_ACTIONS - 1, ActionError)
        self.guard.enter()
        try:
            with nogil:
                changed = nmmo_world_would_change(self.world, slot, number)
        finally:
            self.guard.busy = False
        return changed != 0


cdef nmmo_world *made_world(const nmmo_config *config) except NULL:
    cdef nmmo_error error
    cdef nmmo_world *world
    with nogil:
        world = nmmo_world_create(config, &error)
    if world == NULL:
        raise raised(&error)
    return world


cdef void bind(nmmo_world *world, object outputs, size_t first, size_t agents, size_t total, size_t row_bytes) except *:
    """Have the world write into rows first .. first + agents of the arrays."""
    cdef nmmo_outputs out
    memset(&out, 0, sizeof(out))
    out.observations = <uint8_t *>address_of(outputs["observations"], total * row_bytes) + first * row_bytes
    out.rewards = <float *>address_of(outputs["rewards"], total * sizeof(float)) + first
    out.terminated = <uint8_t *>address_of(outputs["terminated"], total) + first
    out.truncated = <uint8_t *>address_of(outputs["truncated"], total) + first
    if outputs.get("final_observations") is not None:
        out.final_observations = (
            <uint8_t *>address_of(outputs["final_observations"], total * row_bytes) + first * row_bytes
        )
    nmmo_world_bind(world, &out)


cdef const uint32_t *checked_map(const uint32_t[:, ::1] words, const nmmo_config *settings) except NULL:
    if words.shape[0] != settings.height or words.shape[1] != settings.width:
        raise MapError(
            f"the map must have shape {(settings.height, settings.width)}; got {(words.shape[0], words.shape[1])}"
        )
    return &words[0, 0]


cdef object chosen_slots(slots, Py_ssize_t count):
    """Return booleans, one per slot, contiguous."""
    array = np.ascontiguousarray(slots)
    if array.dtype != np.bool_:
        raise TypeError(f"slots must be booleans; got {array.dtype.name}")
    if array.shape != (count,):
        raise ValueError(f"slots must have shape {(count,)}; got {array.shape}")
    return array


cdef class EngineWorld(Reader):
    """One world that can be stepped. ``nmmo.World`` adds what needs no speed."""
    cdef readonly int threads

    def _open(self, config, outputs, dtypes, int threads):
        if self.world != NULL:
            raise RuntimeError("a world is made once")
        self.describe(config, outputs, dtypes)
        self.threads = threads
        self.controls = Controls()
        self.controls.make(self.settings.n_players, self.settings.vocabulary, threads)
        self.world = made_world(&self.settings)
        bind(self.world, outputs, 0, self.settings.n_players, self.settings.n_players, self.row_size)
        self.guard.closed = False

    cdef void release(self) noexcept:
        nmmo_world_destroy(self.world)
        self.world = NULL

    def __dealloc__(self):
        self.release()

    def close(self):
        """Free the world. Using it afterwards raises ``nmmo.ClosedError``; closing again does nothing.

        Arrays that it returned stay valid.
        """
        self.shut()

    def _begin(self, seed, map=None, bint populate=True):
        """Reset the world, on a map if one is given (uint32 [height, width])."""
        cdef uint64_t number = seed
        cdef nmmo_error error
        cdef int status
        cdef const uint32_t[:, ::1] words
        cdef const uint32_t *first = NULL
        if map is not None:
            words = map
            first = checked_map(words, &self.settings)
        self.guard.enter_to_replace()
        try:
            with nogil:
                if first != NULL:
                    status = nmmo_world_reset_on_map(self.world, number, first, populate, &error)
                else:
                    status = nmmo_world_reset(self.world, number, &error)
            if status != NMMO_OK:
                raise raised(&error)
            self.guard.ready = True
        finally:
            self.guard.busy = False

    def step(self, actions, bint copy=False, bint observe=True):
        """Play one tick.

        Parameters
        ----------
        actions : array_like of int, shape [n_agents]
            One action a slot, below the number of actions: an array of any integer type, layout and byte order, or a
            sequence. With ``config.vocabulary`` > 0: pairs of action and token, shape [n_agents, 2].
        copy : bool
            Return copies. Otherwise the arrays are the world's own, and the next step overwrites them.
        observe : bool
            False leaves the observations, and the masks in them, as they were, which takes half the time: for
            running through a game that nobody watches. ``observe()`` builds them later.

        Returns
        -------
        observations : ndarray of uint8, shape [n_agents, row_bytes]
            Where a life ended and the next began in the same tick: the first of the new life.
        rewards : ndarray of float32, shape [n_agents]
        terminated, truncated : ndarray of bool, shape [n_agents]
        info : dict
            Empty, or with ``final_observations`` the last observations of ended lives as ``"final_obs"``
            (uint8 [n_agents, row_bytes]; a row is valid where terminated or truncated).

        Raises
        ------
        TypeError
            If the actions are no integers.
        ValueError
            If they have another shape.
        nmmo.ActionError
            If a number is not an action or a token.
        nmmo.WorldOver
            If the world is over.
        nmmo.ClosedError, nmmo.BusyError, RuntimeError
            If the world is closed, in use by another thread, or not yet reset.
            In every case the world is as it was.
        """
        return self.step_once(actions, copy, observe)

    cdef int load(self, object actions) except -1:
        if nmmo_world_over(self.world):
            raise WorldOver("this world is over: call reset()")
        return self.controls.load(actions)

    cdef int play(self, bint observe) except -1:
        cdef nmmo_error error
        cdef int status
        with nogil:
            if observe:
                status = nmmo_world_step(self.world, self.controls.actions, self.controls.tokens, self.controls.pool,
                                         &error)
            else:
                status = nmmo_world_step_unseen(self.world, self.controls.actions, self.controls.tokens, &error)
        if status != NMMO_OK:
            raise raised(&error)
        return 0

    def restore(self, const uint8_t[::1] snapshot not None):
        """Put back a state taken by ``snapshot``, and rebuild the observations from it.

        Rewards, flags and events are cleared. Every byte is checked before the world changes, so a snapshot
        from a stranger is safe to try.

        Parameters
        ----------
        snapshot : bytes-like
            Of a world with the same configuration.

        Raises
        ------
        nmmo.SnapshotError
            If it is damaged, foreign, of another version or of another configuration.
        """
        cdef nmmo_error error
        cdef int status
        cdef size_t size = <size_t>snapshot.shape[0]
        cdef const uint8_t *first = &snapshot[0] if size else NULL
        if first == NULL:
            raise SnapshotError("a snapshot cannot be empty")
        self.guard.enter_to_replace()
        try:
            with nogil:
                status = nmmo_world_restore(self.world, first, size, &error)
            if status != NMMO_OK:
                raise raised(&error)
            self.guard.ready = True
        finally:
            self.guard.busy = False

    def respawn(self, slots):
        """Begin the next life in slots that wait for one (``config.respawn == "on_request"``).

        The observations are rebuilt. Slots that do not wait, or have no life left, are passed over.

        Parameters
        ----------
        slots : ndarray of bool, shape [n_agents]

        Returns
        -------
        int
            How many lives began.
        """
        return self.respawn_in(chosen_slots(slots, self.settings.n_players))

    cdef uint32_t begin_lives(self, const uint8_t *slots) noexcept nogil:
        return nmmo_world_respawn(self.world, slots)

    def observe(self):
        """Build every observation from the state: after steps with ``observe=False``, or to undo what was
        written into the array.

        Returns
        -------
        ndarray of uint8, shape [n_agents, row_bytes]
            The world's own array, as ``step`` returns it.
        """
        self.guard.enter()
        try:
            with nogil:
                nmmo_world_observe(self.world, self.controls.pool)
        finally:
            self.guard.busy = False
        return self._observations

    cdef nmmo_world **played(self, size_t *count) except NULL:
        count[0] = 1
        return &self.world

    def _edit(self, str operation, int a=0, int b=0, int c=0, int d=0, int e=0, int f=0, int g=0):
        """Make one edit of the state. The observations are not rebuilt: that is for observe."""
        cdef nmmo_error error
        cdef int status
        cdef nmmo_world *world = self.world
        self.guard.check_changeable()
        self.guard.enter()
        try:
            if operation == "ground":
                status = nmmo_edit_ground(world, a, b, c, d, e, &error)
            elif operation == "object":
                status = nmmo_edit_object(world, a, b, c, d, e, &error)
            elif operation == "place_player":
                status = nmmo_edit_place_player(world, a, b, c, &error)
            elif operation == "remove_player":
                status = nmmo_edit_remove_player(world, a, &error)
            elif operation == "place_monster":
                status = nmmo_edit_place_monster(world, a, b, c, d, e, f, g, &error)
            elif operation == "remove_monster":
                status = nmmo_edit_remove_monster(world, a, &error)
            elif operation == "monster_health":
                status = nmmo_edit_monster_health(world, a, b, &error)
            elif operation == "give":
                status = nmmo_edit_give(world, a, b, c, d, e, &error)
            elif operation == "clear_inventory":
                status = nmmo_edit_clear_inventory(world, a, &error)
            elif operation == "level":
                status = nmmo_edit_level(world, a, b, c, d, &error)
            elif operation == "vital":
                status = nmmo_edit_vital(world, a, b, c, &error)
            else:
                raise ValueError(f"there is no edit {operation!r}")
            if status != NMMO_OK:
                raise raised(&error)
        finally:
            self.guard.busy = False

    def step_profiled(self, actions):
        """Play one tick phase by phase.

        Returns
        -------
        ndarray of uint64, shape [8]
            Nanoseconds that each phase took, in the order of the phases.
        """
        cdef int phase
        self.refuse_observers("a profiled step")
        self.guard.enter()
        try:
            if nmmo_world_over(self.world):
                raise WorldOver("this world is over: call reset()")
            self.controls.load(actions)
            marks = [perf_counter_ns()]
            for phase in range(NMMO_PHASES):
                with nogil:
                    nmmo_world_phase(self.world, <nmmo_phase_number>phase, self.controls.actions,
                                     self.controls.tokens, self.controls.pool)
                marks.append(perf_counter_ns())
        finally:
            self.guard.busy = False
        return np.diff(np.array(marks, np.uint64))

    def step_repeated(self, actions):
        """Play k ticks without Python in between.

        Parameters
        ----------
        actions : ndarray of int, shape [k, n_agents]
            With ``config.vocabulary`` > 0: [k, n_agents, 2].

        Returns
        -------
        int
            Nanoseconds that they took. WorldOver is raised if the world ends before the last of them.
        """
        cdef nmmo_error error
        cdef int status = NMMO_OK
        self.refuse_observers("a repeated step")
        cdef size_t agents = <size_t>self.settings.n_players, ticks = len(actions), tick
        cdef uint8_t *all_actions = <uint8_t *>calloc(ticks * agents + 1, 1)
        cdef uint8_t *all_tokens = <uint8_t *>calloc(ticks * agents + 1, 1)
        try:
            if all_actions == NULL or all_tokens == NULL:
                raise MemoryError()
            load_actions(actions, <Py_ssize_t>ticks, self.settings.n_players, self.settings.vocabulary, all_actions,
                         all_tokens)
            self.guard.enter()
            try:
                start = perf_counter_ns()
                with nogil:
                    for tick in range(ticks):
                        status = nmmo_world_step(self.world, all_actions + tick * agents,
                                                 all_tokens + tick * agents, self.controls.pool, &error)
                        if status != NMMO_OK:
                            break
                end = perf_counter_ns()
            finally:
                self.guard.busy = False
            if status != NMMO_OK:
                raise raised(&error)
            return end - start
        finally:
            free(all_actions)
            free(all_tokens)


cdef class EngineWorlds(Batch):
    """Many worlds stepped as one batch. ``nmmo.Worlds`` adds what needs no speed."""
    cdef nmmo_world **worlds
    cdef size_t count
    cdef uint64_t *seeds
    cdef readonly int threads
    cdef readonly bint autoreset
    cdef object _over
    cdef uint8_t *over_flags

    def _open(self, size_t n, config, outputs, dtypes, int threads, bint autoreset, seeds):
        cdef size_t i, agents
        if self.worlds != NULL:
            raise RuntimeError("worlds are made once")
        self.describe(config, outputs, dtypes)
        self.threads = threads
        self.autoreset = autoreset
        self._over = outputs["over"]
        self.over_flags = <uint8_t *>address_of(self._over, n)
        agents = <size_t>self.settings.n_players
        self.controls = Controls()
        self.controls.make(<Py_ssize_t>(n * agents), self.settings.vocabulary, threads)
        self.worlds = <nmmo_world **>calloc(n, sizeof(nmmo_world *))
        self.seeds = <uint64_t *>calloc(n, sizeof(uint64_t))
        if self.worlds == NULL or self.seeds == NULL:
            raise MemoryError()
        self.count = n
        for i in range(n):
            self.seeds[i] = seeds[i]
            self.worlds[i] = made_world(&self.settings)
            bind(self.worlds[i], outputs, i * agents, agents, n * agents, self.row_size)
        self.guard.closed = False

    cdef void release(self) noexcept:
        cdef size_t i
        if self.worlds != NULL:
            for i in range(self.count):
                nmmo_world_destroy(self.worlds[i])
        free(self.worlds)
        free(self.seeds)
        self.worlds = NULL
        self.seeds = NULL

    cdef dict info(self, bint copy):
        info = Batch.info(self, copy)
        info["over"] = self._over.copy() if copy else self._over
        return info

    def __dealloc__(self):
        self.release()

    def close(self):
        """Free the worlds. Using them afterwards raises ``nmmo.ClosedError``; closing again does nothing.

        Arrays that they returned stay valid.
        """
        self.shut()

    def __len__(self):
        return <Py_ssize_t>self.count

    @property
    def over(self):
        """Which worlds ended in the last tick, bool [n]: valid until the next step."""
        self.guard.check_ready()
        return self._over

    def _next_seeds(self):
        cdef size_t i
        self.guard.check()
        return [self.seeds[i] for i in range(self.count)]

    def _set_next_seeds(self, seeds):
        cdef size_t i
        self.guard.check()
        if len(seeds) != <Py_ssize_t>self.count:
            raise ValueError("one seed per world is needed")
        for i in range(self.count):
            self.seeds[i] = seeds[i]

    def _begin(self, map=None):
        """Reset every world with its next seed, from which the one after it is derived; on a map if one is given."""
        cdef nmmo_error error
        cdef int status
        cdef size_t i
        cdef const uint32_t[:, ::1] words
        cdef const uint32_t *first = NULL
        if map is not None:
            words = map
            first = checked_map(words, &self.settings)
        self.guard.enter_to_replace()
        try:
            with nogil:
                status = nmmo_worlds_reset(self.worlds, self.count, self.seeds, first, self.controls.pool, &error)
            if status != NMMO_OK:
                raise raised(&error)
            for i in range(self.count):
                self.seeds[i] = nmmo_derive_seed(self.seeds[i], NEXT_EPISODE)
            memset(self.over_flags, 0, self.count)
            self.guard.ready = True
        finally:
            self.guard.busy = False

    def step(self, actions, bint copy=False):
        """Play one tick of every world.

        Parameters
        ----------
        actions : array_like of int, shape [n * n_agents]
            World by world. With ``config.vocabulary`` > 0: pairs of action and token, shape [n * n_agents, 2].
        copy : bool
            Return copies. Otherwise the arrays are the worlds' own, and the next step overwrites them.

        Returns
        -------
        observations : ndarray of uint8, shape [n * n_agents, row_bytes]
            Of a world that ended and was reset in the same step: the first of the new episode.
        rewards : ndarray of float32, shape [n * n_agents]
        terminated, truncated : ndarray of bool, shape [n * n_agents]
        info : dict
            ``"over"``, bool [n]: which worlds ended in this step. With ``final_observations`` also
            ``"final_obs"``, uint8 [n * n_agents, row_bytes].

        Raises
        ------
        TypeError, ValueError, nmmo.ActionError
            If the actions are not as described.
        nmmo.WorldOver
            If a world is over (which needs ``autoreset=False``).
        nmmo.ClosedError, nmmo.BusyError, RuntimeError
            If the worlds are closed, in use by another thread, or not yet reset.
            In every case the worlds are as they were.
        """
        return self.step_once(actions, copy, True)

    cdef int load(self, object actions) except -1:
        cdef size_t i
        for i in range(self.count):
            if nmmo_world_over(self.worlds[i]):
                raise WorldOver(f"world {i} is over: call reset()")
        return self.controls.load(actions)

    cdef int play(self, bint observe) except -1:
        cdef nmmo_error error
        cdef int status
        cdef uint64_t *seeds = self.seeds if self.autoreset else NULL
        with nogil:
            status = nmmo_worlds_step(self.worlds, self.count, self.controls.actions, self.controls.tokens,
                                      self.controls.pool, seeds, self.over_flags, &error)
        if status != NMMO_OK:
            raise raised(&error)
        return 0

    def respawn(self, slots):
        """Begin the next life in slots that wait for one (``config.respawn == "on_request"``).

        The observations of a world where one begins are rebuilt. Slots that do not wait, or have no life left,
        are passed over.

        Parameters
        ----------
        slots : ndarray of bool, shape [n * n_agents]

        Returns
        -------
        int
            How many lives began.
        """
        return self.respawn_in(chosen_slots(slots, <Py_ssize_t>(self.count * self.settings.n_players)))

    cdef uint32_t begin_lives(self, const uint8_t *slots) noexcept nogil:
        cdef size_t i
        cdef uint32_t begun = 0
        for i in range(self.count):
            begun += nmmo_world_respawn(self.worlds[i], slots + i * self.settings.n_players)
        return begun

    def world(self, index):
        """Return one of the worlds, to read: its tables, hash, statistics and rows of the batch.

        Parameters
        ----------
        index : int
            0..n - 1.

        Returns
        -------
        WorldView
            Valid until the worlds are closed; it always shows the present state.
        """
        cdef size_t i, agents = <size_t>self.settings.n_players
        from nmmo.core.worlds import WorldView
        cdef Reader view = WorldView()
        self.guard.check()
        i = as_integer(index, "world", 0, self.count - 1, IndexError)
        rows = slice(i * agents, (i + 1) * agents)
        view.guard = self.guard
        view.owner = self
        view.world = self.worlds[i]
        view.describe(self.config, {
            name: array[rows] for name, array in self._outputs.items() if name != "over"
        }, self._dtypes)
        return view

    cdef nmmo_world **played(self, size_t *count) except NULL:
        count[0] = self.count
        return self.worlds


def view_copy_limit(Py_ssize_t rows, Py_ssize_t row_bytes=1728, Py_ssize_t repeats=16):
    """Return how fast this machine copies windows of 11 x 15 tiles out of a map: the limit of building views.

    Parameters
    ----------
    rows : int
        Windows copied a pass, each into its own row.
    row_bytes : int
        Bytes from one row to the next, at least 1320.
    repeats : int
        Passes; the fastest counts.

    Returns
    -------
    float
        Windows a second.
    """
    cdef uint64_t[::1] plane
    cdef uint32_t[::1] centres
    cdef uint8_t[::1] out
    cdef uint64_t checksum
    if rows < 1 or repeats < 1 or row_bytes < 11 * 15 * 8:
        raise ValueError("rows and repeats must be at least 1, row_bytes at least 1320")
    rng = np.random.default_rng(1)
    plane = rng.integers(0, 2**63, 544 * 544, np.uint64)
    places = rng.integers(16, 528, (rows, 2))
    centres = (places[:, 0] * 544 + places[:, 1]).astype(np.uint32)
    out = np.zeros(rows * row_bytes, np.uint8)
    best = None
    for _ in range(repeats):
        start = perf_counter_ns()
        with nogil:
            checksum = nmmo_view_copy_limit(&plane[0], &centres[0], <size_t>rows, &out[0], <size_t>row_bytes)
        taken = perf_counter_ns() - start
        best = taken if best is None or taken < best else best
    return rows * 1e9 / max(best, 1)
