"""How World and Worlds are pickled and copied: rewards and flags included, so that a copy steps on identically."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nmmo.core.errors import ClosedError

if TYPE_CHECKING:
    from nmmo.core.world import World
    from nmmo.core.worlds import Worlds


def reduced(
    original: World | Worlds, made_by: type[World] | type[Worlds], arguments: dict[str, Any]
) -> tuple[Any, ...]:
    """What ``__reduce__`` returns.

    Parameters
    ----------
    original
        What is to be copied.
    made_by
        The class whose constructor takes the arguments: the original's may be derived from it and want others.
    arguments
        Those of the constructor, ``config`` and ``final_observations`` left out.

    Raises
    ------
    nmmo.ClosedError
        If the original is closed.
    """
    if original.closed:
        raise ClosedError("this world is closed")
    arrays = {name: array for name, array in original._outputs.items() if array is not None}
    arguments = {
        "config": original.config,
        "final_observations": "final_observations" in arrays,
        **arguments,
    }
    state = {
        "episodes": original._episodes(),
        "outputs": {name: array.copy() for name, array in arrays.items()},
        "attributes": original.__dict__.copy(),
    }
    return _rebuilt, (type(original), made_by, arguments, state)


def _rebuilt(
    kind: type[World | Worlds], made_by: type[World | Worlds], arguments: dict[str, Any], state: dict[str, Any]
) -> Any:
    copy: Any = kind.__new__(kind)
    made_by.__init__(copy, **arguments)
    copy._resume(state["episodes"])
    for name, array in state["outputs"].items():
        copy._outputs[name][...] = array
    copy.__dict__.update(state["attributes"])
    return copy
