"""The one kind of console on which all commands print for people."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from rich.console import Console

    from nmmo.streams import LastingStream

__all__ = ["encodable", "make_console"]


def encodable(text: str, console: Console) -> bool:
    """Return whether what a console prints on has all characters of a text."""
    try:
        text.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def make_console(
    *,
    stderr: bool = False,
    stream: IO[str] | LastingStream | None = None,
    plain_width: int | None = None,
    soft_wrap: bool = False,
    quiet: bool = False,
) -> Console:
    """Return a console that prints text as it is: a folder named ``[b]`` or ``:cat:`` is neither bold nor a cat.

    Parameters
    ----------
    stderr
        Print on standard error.
    stream
        Where to print instead.
    plain_width
        Columns of text where no terminal says how many. Default: those of the environment, or 80.
    soft_wrap
        Leave it to the terminal to break long lines.
    quiet
        Print nothing.
    """
    import rich.console

    def console(width: int | None) -> Console:
        return rich.console.Console(
            file=cast("IO[str] | None", stream), stderr=stderr, width=width, soft_wrap=soft_wrap, quiet=quiet,
            markup=False, emoji=False, highlight=False,
        )  # fmt: skip

    usual = console(None)
    return usual if plain_width is None or usual.is_terminal else console(plain_width)
