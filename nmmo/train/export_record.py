"""What an export wrote, and of which checkpoint: the file ``export.json`` of an exported agent's folder.

It holds the digest of every file, so that the next export replaces these files alone. Needs no PyTorch.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self

__all__ = ["RECORD", "ExportRecord", "weights_digest"]

RECORD: Final = "export.json"
KIND: Final = "nmmo export"
FORMAT: Final = 1
FILES: Final = ("policy.safetensors", "policy.onnx", "recipe.toml", "agent.toml")
"""What an export may write, in the order in which the files are put in their places: the manifest last."""


@dataclass(frozen=True)
class ExportRecord:
    """What was exported, and as what."""

    checkpoint: str
    """The checkpoint's name: its number of updates."""
    weights: str
    """SHA-256 of the checkpoint's weights."""
    name: str
    """The agent's."""
    temperature: float
    onnx: bool
    """Whether ``policy.onnx`` was written."""
    files: dict[str, list[str]] = field(default_factory=dict)
    """SHA-256 of each file that was written; two while a file is being replaced."""

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the record of a folder; None where no export has written one that can be read."""
        try:
            found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            if found.pop("kind") != KIND or found.pop("format") != FORMAT:
                return None
            record = cls(**found)
            files = {str(name): [str(digest) for digest in digests] for name, digests in record.files.items()}
            texts = (record.checkpoint, record.weights, record.name)
            if not all(isinstance(text, str) for text in texts) or not float(record.temperature) > 0:
                return None
            return cls(*texts, float(record.temperature), bool(record.onnx), files)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def is_whole(self, folder: Path) -> bool:
        """Return whether the folder's agent is what this export wrote: no file is missing or was changed since."""
        try:
            return all([_digest(folder / name)] == digests for name, digests in self.files.items())
        except OSError:
            return False

    def check_room(self, folder: Path) -> None:
        """Refuse to export to a folder in which that would destroy anything.

        Raises
        ------
        FileExistsError
            If a file is in the way that no export wrote, or that was changed since.
        """
        if not folder.exists():
            return
        there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        if folder.is_dir() and not there:
            return
        last = ExportRecord.read(folder)
        if last is None:
            holds = f": it holds {', '.join(there[:5])}{', ...' * (len(there) > 5)}" if there else ""
            raise FileExistsError(
                f"{folder} is not an agent's folder that `nmmo export` wrote{holds}; give another folder"
            )
        for name in FILES:
            path = folder / name
            if not path.exists() and not path.is_symlink():
                continue
            if name not in last.files and (name != "policy.onnx" or self.onnx):
                raise FileExistsError(f"{path} is in the way, and no export wrote it; give another folder, or move it")
            if name in last.files and (not path.is_file() or _digest(path) not in last.files[name]):
                raise FileExistsError(
                    f"{path} was changed since it was exported; give another folder, or move your version of it"
                )

    def place(self, scratch: Path, folder: Path) -> None:
        """Put new files in the place of those that the last export wrote; ``check_room`` has found room for them.

        Whenever this is interrupted, the record knows every file that is there.
        """
        folder.mkdir(exist_ok=True)
        last = ExportRecord.read(folder)
        before = last.files if last is not None else {}
        files = {name: [_digest(scratch / name)] for name in FILES if (scratch / name).exists()}
        both = {name: [*files.get(name, []), *before.get(name, [])] for name in (*files, *before)}
        self._write(folder, both)
        for name in FILES:
            if name in files:
                os.replace(scratch / name, folder / name)
            elif name in before:
                (folder / name).unlink(missing_ok=True)
        self._write(folder, files)

    def _write(self, folder: Path, files: dict[str, list[str]]) -> None:
        content: dict[str, Any] = {"kind": KIND, "format": FORMAT, **asdict(self), "files": files}
        part = folder / (RECORD + ".part")
        try:
            part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            os.replace(part, folder / RECORD)
        finally:
            part.unlink(missing_ok=True)


def weights_digest(checkpoint: Path) -> str:
    """Return the SHA-256 of a checkpoint's weights.

    Raises
    ------
    OSError
        If they cannot be read.
    """
    return _digest(checkpoint / "policy.safetensors")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
