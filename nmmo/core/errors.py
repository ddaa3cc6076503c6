"""What goes wrong, by name. Each error also is the built-in one that callers would expect."""

from __future__ import annotations

__all__ = [
    "ActionError",
    "BusyError",
    "ClosedError",
    "ConfigError",
    "EditError",
    "MapError",
    "RewardError",
    "SnapshotError",
    "UnknownFieldError",
    "WorldOver",
]


class ConfigError(ValueError):
    """A configuration field is unknown or out of its range, or fields contradict one another."""


class UnknownFieldError(ConfigError, TypeError):
    """A keyword argument is no field of the configuration; a ``TypeError`` too, as for any function of Python."""


class ActionError(ValueError):
    """A number is not an action or a token. The world is as it was before."""


class SnapshotError(ValueError):
    """A snapshot is foreign, damaged, or of another version. The world is as it was before."""


class EditError(ValueError):
    """An edit would break an invariant of the world. The world is as it was before."""


class MapError(ValueError):
    """A map has unknown ground, the wrong size, or too little room."""


class RewardError(RuntimeError):
    """A reward of one's own raised an exception, or returned what is no reward. The message names it.

    The tick was played; its rewards are the game's own.
    """


class WorldOver(RuntimeError):
    """A world was stepped after its end. It must be reset."""


class ClosedError(RuntimeError):
    """A world was used after it was closed."""


class BusyError(RuntimeError):
    """A world was used while another thread is using it."""
