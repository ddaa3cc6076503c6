"""What the operating system refuses, in words that say what to do about it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

__all__ = ["explain"]

_MOST_LISTED = 8


def explain(error: OSError, path: str | Path = "") -> str:
    """Return what the operating system refused, and what to do about it, in one line.

    Parameters
    ----------
    error
        What it raised.
    path
        The file that the user named, where that is not the one in the error.
    """
    name = str(path or error.filename or "")
    said = error.strerror or str(error)
    if error.errno is not None and said == os.strerror(error.errno):  # others say already what to do
        said = (
            _missing(Path(name)) if name and isinstance(error, FileNotFoundError) else _REFUSED.get(error.errno, said)
        )
    return f"{name}: {said}" if name else said


_REFUSED = {
    errno.EACCES: "permission denied; check who owns it and what its mode allows",
    errno.EPERM: "permission denied; check who owns it and what its mode allows",
    errno.EEXIST: "it exists already; give another name or remove it",
    errno.EISDIR: "it is a folder; give a file",
    errno.ENOTDIR: "a part of this path is a file, not a folder",
    errno.ENOSPC: "no space is left on its disk; free some, or write elsewhere",
    errno.EDQUOT: "your disk quota is used up; free some, or write elsewhere",
    errno.EIO: "the disk reported an input/output error",
    errno.EROFS: "its file system is read-only; write elsewhere",
    errno.ENAMETOOLONG: "the name is too long",
}


def _missing(path: Path) -> str:
    """Return which part of a path does not exist, and what there is instead."""
    from nmmo.schema import nearest  # which imports NumPy: the command's first moments should be short

    try:
        folder = path.absolute().parent
        while not folder.exists():
            path, folder = folder, folder.parent
        alike = sorted(
            each.name for each in folder.iterdir() if each.suffix == path.suffix and not each.name.startswith(".")
        )
    except OSError:
        return "there is no such file"
    missing = f"there is no such {'file' if path.suffix else 'file or folder'} in {folder}"
    return f"{missing}; {nearest(path.name, alike, most=_MOST_LISTED)}" if alike else missing
