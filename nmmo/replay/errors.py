"""What goes wrong with replays, by name."""

from __future__ import annotations

__all__ = [
    "DamagedError",
    "DivergenceError",
    "FormatVersionError",
    "MissingTicksError",
    "NotAReplayError",
    "RecordingError",
    "ReplayError",
    "RulesVersionError",
    "TooLargeError",
]


class ReplayError(ValueError):
    """A replay cannot be read, or cannot be played.

    Parameters
    ----------
    message
        What is wrong and, if it is known, how to fix it.
    offset
        Byte of the file at which it was noticed; None where no single byte is to blame.
    """

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message if offset is None else f"byte {offset:,}: {message}")
        self.offset = offset


class NotAReplayError(ReplayError):
    """The file does not begin like a replay."""


class FormatVersionError(ReplayError):
    """The file is a replay of a format that this version does not read."""


class DamagedError(ReplayError):
    """What the file says cannot be: a checksum, size or number contradicts another."""


class TooLargeError(ReplayError):
    """The file asks for more memory than was allowed."""


class RulesVersionError(ReplayError):
    """The replay was played by other rules than this engine's: it can be read, but not played."""


class MissingTicksError(ReplayError):
    """The ticks asked for are not in the file."""


class DivergenceError(ReplayError):
    """Playing the recorded actions led to another state than the recorded one."""


class RecordingError(OSError):
    """A replay could not be written on. What was written before can be read."""
