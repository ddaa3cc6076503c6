"""Standard streams that take any text, and are no reason to fail when they are gone."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import IO, Final

__all__ = ["LastingStream", "prepare_streams"]

PLAIN: Final = {"±": "+-", "×": "x", "−": "-", "–": "-", "·": "-", "…": "...", "→": "->", "’": "'"}
"""What stands for a character that the terminal's encoding lacks; others are shown as an escape sequence."""

ERRORS: Final = "nmmo.plain"


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace characters that cannot be encoded, as a handler for ``codecs.register_error``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(PLAIN.get(one) or one.encode("ascii", "backslashreplace").decode() for one in text), error.end


def prepare_streams() -> None:
    """Make standard output and error streams that nothing printed can break.

    A stream that is closed becomes one that leads nowhere. A terminal that speaks ASCII, or a name of a file that is
    not valid UTF-8, is no reason to fail either: what cannot be encoded is shown in another way.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or getattr(stream, "closed", False):
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (open while the process lives)
        elif isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            codecs.register_error(ERRORS, _plain)
            stream.reconfigure(errors=ERRORS)


class LastingStream(io.TextIOBase):
    """A stream that passes text on for as long as that works, and then says so once and drops the rest.

    Parameters
    ----------
    stream
        Where the text goes.
    on_failure
        Called with the error, once.
    """

    def __init__(self, stream: IO[str], on_failure: Callable[[Exception], None]) -> None:
        self._stream = stream
        self._on_failure = on_failure
        self._failed = False

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream beneath."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        """Return whether the stream beneath is a terminal that still takes text."""
        return not self._failed and self._stream.isatty()

    def fileno(self) -> int:
        """Return the number of the file beneath."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Pass text on."""
        if not self._failed:
            try:
                self._stream.write(text)
            except (OSError, ValueError) as error:
                self._fail(error)
        return len(text)

    def flush(self) -> None:
        """Bring what was written to the stream beneath on its way."""
        if not self._failed:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._failed = True
        with contextlib.suppress(OSError, ValueError):  # what is buffered would otherwise fail again at the exit
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        self._on_failure(error)
