# cython: language_level=3, boundscheck=False, wraparound=False
"""What `nmmo.envs.handout` asks of a thousand objects each tick, which would take Python's own loops too long."""

from cpython.dict cimport PyDict_Size
from cpython.long cimport PyLong_AsSsize_t
from cpython.object cimport PyObject
from cpython.ref cimport Py_REFCNT


cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object mapping, object key) except? NULL
    PyObject *PyList_GetItem(object items, Py_ssize_t at) except NULL  # borrowed: what is counted is not changed


def references(list objects not None):
    """Return how many references there are to each object, to be given to ``any_more``."""
    cdef Py_ssize_t at
    return [Py_REFCNT(<object>PyList_GetItem(objects, at)) for at in range(len(objects))]


def any_more(list objects not None, list counts not None):
    """Return whether there are more references to any of the objects than ``references`` counted."""
    cdef Py_ssize_t at
    if len(objects) != len(counts):
        raise ValueError("there must be as many counts as objects")
    for at in range(len(objects)):
        if Py_REFCNT(<object>PyList_GetItem(objects, at)) > PyLong_AsSsize_t(<object>PyList_GetItem(counts, at)):
            return True
    return False


def restore(list dicts not None, list values not None, str key not None, str flag not None):
    """Make every dict ``{key: value, flag: False}`` again, where it is not.

    Parameters
    ----------
    dicts, values
        As many of each.
    key, flag
        The names of their entries.
    """
    cdef Py_ssize_t at
    cdef PyObject *each
    cdef PyObject *value
    if len(dicts) != len(values):
        raise ValueError("there must be as many values as dicts")
    for at in range(len(dicts)):
        each, value = PyList_GetItem(dicts, at), PyList_GetItem(values, at)
        if (
            PyDict_GetItemWithError(<object>each, key) != value
            or PyDict_GetItemWithError(<object>each, flag) != <PyObject *>False
            or PyDict_Size(<object>each) != 2
        ):
            changed = <object>each
            changed.clear()
            changed[key] = <object>value
            changed[flag] = False
