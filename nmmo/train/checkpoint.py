"""Checkpoints: all that a run needs to go on exactly where it was, written so that no accident loses the
last one.

A checkpoint is a folder. It is filled under a temporary name, every file is brought to the disk, and only
then is the folder renamed: whoever finds it finds it whole. ``manifest.json`` holds the SHA-256 of every
other file. Tensors lie in safetensors files, nothing is pickled, so that a stranger's checkpoint can be
read without running its code.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

import nmmo

__all__ = ["Checkpoint", "CheckpointError", "checkpoints_of", "latest", "prune", "remove_unfinished"]

FORMAT = 1
MANIFEST = "manifest.json"
NAME = re.compile(r"\d{9}")
UNFINISHED = ".unfinished"


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message names it and says why."""


class Checkpoint:
    """A folder being written, or one that was found.

    Writing: ``begin``, ``write`` each part, ``finish``. Several processes may write parts; one begins and
    finishes.

    Parameters
    ----------
    folder
        Where it lies, or will lie; named by the number of updates, in nine digits.
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
        """Write one part: tensors by name, and facts that JSON can hold."""
        path = self.unfinished / f"{part}.safetensors"
        save_file(
            {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
            path,
            {"facts": json.dumps(facts)},
        )
        _to_disk(path)

    def finish(self) -> None:
        """Name the folder as it shall be called, once all of it is on the disk."""
        digests = {path.name: _digest(path) for path in sorted(self.unfinished.iterdir())}
        manifest = {
            "kind": "nmmo checkpoint",
            "format": FORMAT,
            "nmmo": nmmo.__version__,
            "rules": nmmo.RULES_VERSION,
            "torch": torch.__version__,
            "files": digests,
        }
        path = self.unfinished / MANIFEST
        path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        _to_disk(path)
        _to_disk(self.unfinished)
        os.rename(self.unfinished, self.folder)
        _to_disk(self.folder.parent)

    def abandon(self) -> None:
        """Remove what was written so far."""
        shutil.rmtree(self.unfinished, ignore_errors=True)

    @property
    def processes(self) -> int:
        """How many processes it was written by."""
        return len(list(self.folder.glob("process-*.safetensors")))

    # ---- reading -------------------------------------------------------------------------------

    def check(self) -> dict[str, Any]:
        """Read the manifest and compare every file with it.

        Raises
        ------
        CheckpointError
            If the folder is no checkpoint, is damaged, or is of other rules.
        """
        path = self.folder / MANIFEST
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CheckpointError(f"{self.folder} is no checkpoint: {MANIFEST}: {error}") from None
        if not isinstance(manifest, dict) or manifest.get("kind") != "nmmo checkpoint":
            raise CheckpointError(f"{self.folder} is no checkpoint of nmmo: {MANIFEST} says nothing of one")
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
            raise CheckpointError(f"{self.folder} is damaged: {MANIFEST} lists no files")
        for name, digest in files.items():
            if Path(name).name != name or name in ("", ".", ".."):
                raise CheckpointError(f"{self.folder} is damaged: {MANIFEST} names {name!r}")
            try:
                found = _digest(self.folder / name)
            except OSError as error:
                raise CheckpointError(f"{self.folder} is damaged: {error}") from None
            if found != digest:
                raise CheckpointError(
                    f"{self.folder} is damaged: {name} is not what was written (SHA-256 {found[:12]}..., "
                    f"not {str(digest)[:12]}...); resume from another checkpoint beside it"
                )
        return manifest

    def read(self, part: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """A part's tensors and facts.

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
            raise CheckpointError(f"{self.folder} is damaged: {path.name}: {error}") from None


def checkpoints_of(folder: Path) -> list[Path]:
    """The finished checkpoints in a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name) and path.is_dir())


def latest(folder: Path) -> Path | None:
    """The newest checkpoint in a folder."""
    return next(reversed(checkpoints_of(folder)), None)


def prune(folder: Path, keep: int) -> None:
    """Remove all but the newest checkpoints."""
    for path in checkpoints_of(folder)[:-keep]:
        shutil.rmtree(path, ignore_errors=True)


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process left half written."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name.endswith(UNFINISHED):
                shutil.rmtree(path, ignore_errors=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
