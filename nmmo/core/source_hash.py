"""The hash of the engine's sources: compiled in by setup.py, compared again at import.

This file imports nothing of the package, because setup.py runs it before the package is built.
"""

from __future__ import annotations

import hashlib
from pathlib import Path


def engine_sources(engine: Path) -> list[Path]:
    """Return the C files that make up the extension module, sorted by name."""
    return sorted(engine.glob("*.c"))


def source_hash(engine: Path) -> str:
    """Return a hash over the names and contents of the engine's C files, headers and lists.

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
    for path in sorted([*engine_sources(engine), *engine.glob("*.h"), *engine.glob("*.def")]):
        contents = path.read_bytes()
        # Lengths keep two different sets of files from running together into the same bytes.
        digest.update(f"{path.name}\0{len(contents)}\0".encode())
        digest.update(contents)
    return digest.hexdigest()
