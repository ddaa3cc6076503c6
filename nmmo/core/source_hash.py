"""The hash of the engine's sources: compiled in by setup.py, compared again at import.

This file imports nothing of the package, because setup.py runs it before the package is built.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

NOT_COMPILED_IN = frozenset({"profile.c"})  # a stand-alone program: changing it makes no build stale


def engine_sources(engine: Path) -> list[Path]:
    """The C files that make up the extension module, sorted by name."""
    return sorted(path for path in engine.glob("*.c") if path.name not in NOT_COMPILED_IN)


def source_hash(engine: Path) -> str:
    """A hash over the names and contents of the engine's C files and headers.

    Parameters
    ----------
    engine
        The folder that holds the engine.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted([*engine_sources(engine), *engine.glob("*.h")]):
        contents = path.read_bytes()
        # Lengths keep two different sets of files from running together into the same bytes.
        digest.update(f"{path.name}\0{len(contents)}\0".encode())
        digest.update(contents)
    return digest.hexdigest()
