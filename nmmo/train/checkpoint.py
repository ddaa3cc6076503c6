"""Checkpoints: all that a run needs to continue exactly where it was, safe from accidents.

A checkpoint is a folder. It is filled under a temporary name, every file is brought to the disk, and only
then is the folder renamed: anyone who finds it finds it whole. ``manifest.json`` holds the SHA-256 of every
other file. Tensors are in safetensors files, nothing is pickled, so that a stranger's checkpoint can be
read without running its code.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

import nmmo

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "DamagedCheckpointError",
    "checkpoints_of",
    "copy_checkpoint",
    "prune",
    "remove_unfinished",
    "write_durably",
]

FORMAT = 2
MANIFEST = "manifest.json"
NAME = re.compile(r"\d{9}")
UNFINISHED = ".unfinished"


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message names it and says why."""


class DamagedCheckpointError(CheckpointError):
    """A checkpoint that is not what was written."""


class Checkpoint:
    """A folder being written, or one that was found.

    Writing: ``begin``, ``write`` each part, ``finish``. Several processes may write parts; one begins and
    finishes.

    Parameters
    ----------
    folder
        Where it is, or will be; named by the number of updates, in nine digits.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unfinished = folder.with_name(folder.name + UNFINISHED)

    # ---- writing -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Make the temporary folder."""
        shutil.rmtree(self.unfinished, ignore_errors=True)
        self.unfinished.mkdir(parents=True)

    def write(self, part: str, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Write one part: tensors by name, and facts that JSON can hold.

        Raises
        ------
        OSError
            If the disk does not take it.
        """
        path = self.unfinished / f"{part}.safetensors"
        try:
            save_file(
                {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
                path,
                {"facts": json.dumps(facts)},
            )
        except SafetensorError as error:
            raise _os_error(error, path) from error
        _to_disk(path)

    def finish(self, parent: str = "") -> str:
        """Give the folder its name, once all of it is on the disk, and return the checkpoint's identity.

        Parameters
        ----------
        parent
            The identity of the checkpoint that this one continues; empty for a run's first.
        """
        identity = secrets.token_hex(8)
        digests = {path.name: _digest(path) for path in sorted(self.unfinished.iterdir())}
        manifest = {
            "kind": "nmmo checkpoint",
            "format": FORMAT,
            "nmmo": nmmo.__version__,
            "rules": nmmo.RULES_VERSION,
            "torch": torch.__version__,
            "id": identity,
            "parent": parent,
            "files": digests,
        }
        path = self.unfinished / MANIFEST
        path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        _to_disk(path)
        _to_disk(self.unfinished)
        os.rename(self.unfinished, self.folder)
        _to_disk(self.folder.parent)
        return identity

    def abandon(self) -> None:
        """Remove what was written so far."""
        shutil.rmtree(self.unfinished, ignore_errors=True)

    @staticmethod
    def is_one(folder: Path) -> bool:
        """Return whether a folder looks like a checkpoint, whether or not it can be used."""
        return (folder / MANIFEST).is_file()

    @property
    def identity(self) -> str:
        """The random name that this checkpoint alone has; empty for one from before there were such names."""
        return self._said("id")

    @property
    def parent(self) -> str:
        """The identity of the checkpoint that this one continues; empty where there is none."""
        return self._said("parent")

    def _said(self, name: str) -> str:
        try:
            value = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))[name]
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        return value if isinstance(value, str) else ""

    @property
    def update(self) -> int:
        """How many updates there were, as the checkpoint itself says.

        Raises
        ------
        CheckpointError
            If it cannot be read.
        """
        _, facts = self.read("trainer")
        if not isinstance(facts.get("update"), int):
            raise DamagedCheckpointError(f"{self.folder} is damaged: trainer.safetensors names no update")
        return int(facts["update"])

    @property
    def processes(self) -> int:
        """How many processes it was written by."""
        return len(list(self.folder.glob("process-*.safetensors")))

    # ---- reading -------------------------------------------------------------------------------

    def check(self) -> dict[str, Any]:
        """Read the manifest and compare every file with it.

        Raises
        ------
        DamagedCheckpointError
            If it is not what was written.
        CheckpointError
            If it is not a checkpoint, or is of other rules.
        """
        path = self.folder / MANIFEST
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            kind = CheckpointError if isinstance(error, NotADirectoryError) else DamagedCheckpointError
            raise kind(f"{self.folder} is not a checkpoint: {MANIFEST}: {error}") from None
        if not isinstance(manifest, dict) or manifest.get("kind") != "nmmo checkpoint":
            raise CheckpointError(f"{self.folder} is not a checkpoint of nmmo: {MANIFEST} says nothing of one")
        if manifest.get("format") != FORMAT:
            raise CheckpointError(
                f"{self.folder} has format {manifest.get('format')!r}; this nmmo reads format {FORMAT}"
            )
        if manifest.get("rules") != nmmo.RULES_VERSION:
            raise CheckpointError(
                f"{self.folder} was trained under rules {manifest.get('rules')!r}; "
                f"this nmmo plays rules {nmmo.RULES_VERSION}"
            )
        files = manifest.get("files")
        if not isinstance(files, dict) or not files:
            raise DamagedCheckpointError(f"{self.folder} is damaged: {MANIFEST} lists no files")
        for name, digest in files.items():
            if Path(name).name != name or name in ("", ".", ".."):
                raise DamagedCheckpointError(f"{self.folder} is damaged: {MANIFEST} names {name!r}")
            try:
                found = _digest(self.folder / name)
            except OSError as error:
                raise DamagedCheckpointError(f"{self.folder} is damaged: {error}") from None
            if found != digest:
                raise DamagedCheckpointError(
                    f"{self.folder} is damaged: {name} is not what was written (SHA-256 {found[:12]}..., "
                    f"not {str(digest)[:12]}...)"
                )
        return manifest

    def read(self, part: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return a part's tensors and facts.

        Raises
        ------
        CheckpointError
            If there is no such part, or it cannot be read.
        """
        path = self.folder / f"{part}.safetensors"
        try:
            from safetensors import safe_open

            with safe_open(path, "pt") as file:
                facts = json.loads((file.metadata() or {})["facts"])
            return load_file(path), facts
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise DamagedCheckpointError(f"{self.folder} is damaged: {path.name}: {error}") from None


def checkpoints_of(folder: Path) -> list[Path]:
    """Return the finished checkpoints in a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name) and path.is_dir())


def prune(folder: Path, keep: int) -> None:
    """Remove all but the newest checkpoints."""
    for path in checkpoints_of(folder)[:-keep]:
        shutil.rmtree(path, ignore_errors=True)


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process left half written."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name.endswith(UNFINISHED):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def copy_checkpoint(source: Path, target: Path) -> Path:
    """Copy a checkpoint, in whole or not at all, and return the copy; it keeps its identity.

    Raises
    ------
    CheckpointError
        If the source cannot be used.
    """
    Checkpoint(source).check()
    copy = Checkpoint(target)
    copy.begin()
    try:
        for path in sorted(source.iterdir()):
            if path.is_file():
                shutil.copyfile(path, copy.unfinished / path.name)
                _to_disk(copy.unfinished / path.name)
        _to_disk(copy.unfinished)
        os.rename(copy.unfinished, target)
    except OSError:
        copy.abandon()
        raise
    _to_disk(target.parent)
    return target


def write_durably(path: Path, text: str) -> None:
    """Write a text file, in whole or not at all, and bring it to the disk."""
    scratch = path.with_name(path.name + UNFINISHED)
    try:
        scratch.write_text(text, encoding="utf-8")
        _to_disk(scratch)
        os.replace(scratch, path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise


def _os_error(error: SafetensorError, path: Path) -> OSError:
    """Return the error of the operating system that safetensors puts into words."""
    found = re.search(r"os error (\d+)", str(error))
    if found is None:
        return OSError(str(error))
    number = int(found[1])
    return OSError(number, os.strerror(number), str(path))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
