"""Writing files that are replaced as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Write a file; one that was there is replaced only when all bytes are written.

    Raises
    ------
    OSError
        If it can't be written. What was there is as it was.
    """
    if path.exists() and not path.is_file():  # a pipe, or a device
        path.write_bytes(data)
        return
    path = path.resolve()  # where a link leads, not the link itself
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)  # the permissions that open() would have given
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
