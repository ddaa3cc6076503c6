"""Submissions: an agent's folder, or a zip of one, checked and copied to where it can be run from.

An archive comes from a stranger. Nothing in it is believed: names are checked before anything is written,
sizes while it is read, and the copy holds plain files alone, in folders of our own making.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from nmmo.agents.errors import AgentError
from nmmo.agents.folder import agent_names, open_agent
from nmmo.agents.loading import check_entry
from nmmo.agents.manifest import MANIFEST_NAME, MOST_BYTES, Manifest
from nmmo.score.errors import SubmissionError

__all__ = ["MOST_FILES", "MOST_TOTAL_BYTES", "Submission", "stage"]

MOST_FILES: Final = 1000
MOST_TOTAL_BYTES: Final = 512 << 20
MOST_DEPTH: Final = 8
MOST_NAME: Final = 200
BLOCK: Final = 1 << 20

PICKLES: Final = (".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".dill")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+ -]{0,99}")
IGNORED: Final = ("__pycache__", "__MACOSX", ".git", ".DS_Store")


@dataclass(frozen=True)
class Submission:
    """An agent that was checked and copied.

    Attributes
    ----------
    path
        The copy.
    manifest
        What its ``agent.toml`` says.
    digest
        SHA-256 over the names and contents of its files: two submissions that share it are the same.
    n_files, n_bytes
        Its size.
    """

    path: Path
    manifest: Manifest
    digest: str
    n_files: int
    n_bytes: int


@dataclass
class _File:
    """One file of a submission, before it is copied."""

    name: PurePosixPath
    size: int
    source: Path | zipfile.ZipInfo


def stage(given: str | os.PathLike[str], into: Path) -> Submission:
    """Check a submission and copy it.

    Parameters
    ----------
    given
        A folder, a zip, or the name of an agent that comes with nmmo. Of a run's folder the newest checkpoint is taken.
    into
        A folder that does not exist yet; it becomes the copy.

    Raises
    ------
    nmmo.score.SubmissionError
        If it will not be run; the message says what is wrong, and how to fix it. Nothing is left behind.
    OSError
        If a file cannot be read or written.
    """
    name = os.fspath(given)
    path = Path(name)
    named = isinstance(given, str) and name in agent_names()
    try:
        if named or (path.is_dir() and not (path / MANIFEST_NAME).exists()):
            path = open_agent(given).path
    except AgentError as error:
        raise SubmissionError(str(error)) from None
    into.mkdir(parents=True)
    into.chmod(0o755)
    try:
        if path.is_dir():
            _copy_all(list(_of_folder(path)), into, None, name)
        elif path.is_file():
            _take_zip(path, into, name)
        else:
            raise SubmissionError(f"{name}: there is no such folder, zip, or agent that comes with nmmo")
        return load_staged(into)
    except AgentError as error:
        shutil.rmtree(into, ignore_errors=True)
        raise SubmissionError(str(error).replace(str(into), name)) from None
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise


def _take_zip(path: Path, into: Path, name: str) -> None:
    with path.open("rb") as opened:
        try:
            with zipfile.ZipFile(opened) as archive:
                _copy_all(_of_zip(archive), into, archive, name)
        except SubmissionError:
            raise
        except OSError as error:
            if error.errno != errno.EINVAL:  # an offset before the file's beginning
                raise
            raise SubmissionError(f"{name}: this is not a zip that can be read") from None
        except Exception as error:  # what zipfile raises of damaged archives is not only BadZipFile
            raise SubmissionError(f"{name}: this is not a zip that can be read: {error}") from None


def load_staged(path: Path) -> Submission:
    """Return a submission that was copied before.

    Raises
    ------
    AgentError
        If its manifest is wrong or its entry is missing.
    """
    manifest = Manifest.load(path)
    check_entry(path, manifest)
    whole, count, total = hashlib.sha256(), 0, 0
    for file in sorted(file for file in path.rglob("*") if file.is_file()):
        content = hashlib.sha256()
        with file.open("rb") as opened:
            while block := opened.read(BLOCK):
                content.update(block)
                total += len(block)
        count += 1
        whole.update(f"{file.relative_to(path).as_posix()}\0{content.hexdigest()}\n".encode())
    return Submission(path, manifest, whole.hexdigest(), count, total)


def _of_folder(folder: Path) -> Iterator[_File]:
    for root, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if name not in IGNORED)
        for name in sorted([*files, *names]):
            path = Path(root) / name
            relative = PurePosixPath(path.relative_to(folder).as_posix())
            if name in IGNORED or name.endswith(".pyc"):
                continue
            kind = path.lstat()
            if stat.S_ISLNK(kind.st_mode):
                raise SubmissionError(f"{folder}: {relative} is a link; put the file itself there")
            if stat.S_ISDIR(kind.st_mode):
                continue
            if not stat.S_ISREG(kind.st_mode):
                raise SubmissionError(f"{folder}: {relative} is not a plain file")
            yield _File(relative, kind.st_size, path)


def _of_zip(archive: zipfile.ZipFile) -> list[_File]:
    entries = archive.infolist()
    if len(entries) > 2 * MOST_FILES:
        raise SubmissionError(f"the archive has {len(entries):,} entries; {MOST_FILES:,} files are allowed")
    found: list[_File] = []
    for entry in entries:
        raw = entry.filename
        if "\0" in entry.orig_filename or "\\" in raw or raw.startswith("/") or ":" in raw:
            raise SubmissionError(f"the archive names {raw[:80]!a}; names must be relative, with / between folders")
        name = PurePosixPath(raw)
        if ".." in name.parts:
            raise SubmissionError(f"the archive names {raw[:80]!a}, which is outside of it")
        mode = entry.external_attr >> 16
        if stat.S_ISLNK(mode):
            raise SubmissionError(f"the archive holds a link, {raw[:80]!a}; put the file itself there")
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise SubmissionError(f"the archive holds {raw[:80]!a}, which is not a plain file")
        if entry.is_dir() or set(name.parts) & set(IGNORED) or name.suffix == ".pyc":
            continue
        if entry.flag_bits & 1:
            raise SubmissionError("the archive is encrypted; send it without a password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SubmissionError(
                "the archive is packed in another way than deflate; pack it with any zip tool's default"
            )
        found.append(_File(name, entry.file_size, entry))
    # A zip of a folder holds that folder: look into it.
    tops = {file.name.parts[0] for file in found if file.name.parts}
    if len(tops) == 1 and not any(len(file.name.parts) == 1 for file in found):
        for file in found:
            file.name = PurePosixPath(*file.name.parts[1:])
    return found


def _check(files: list[_File], source: str) -> None:
    """Check everything that can be seen before a byte is copied."""
    if len(files) > MOST_FILES:
        raise SubmissionError(f"{source}: it has {len(files):,} files; {MOST_FILES:,} are allowed")
    if sum(file.size for file in files) > MOST_TOTAL_BYTES:
        raise SubmissionError(f"{source}: it is larger than {MOST_TOTAL_BYTES >> 20} MiB, unpacked")
    seen: dict[str, PurePosixPath] = {}
    folders = {parent for file in files for parent in file.name.parents}
    for file in files:
        name = file.name
        if not name.parts or len(name.parts) > MOST_DEPTH or len(str(name)) > MOST_NAME:
            raise SubmissionError(
                f"{source}: {str(name)[:80]!a} is too long a name, or in too many folders ({MOST_DEPTH} are allowed)"
            )
        for part in name.parts:
            if not _PART.fullmatch(part):
                raise SubmissionError(
                    f"{source}: {part[:80]!a} is not a name for a file: use letters, digits, . _ + - and "
                    "blanks, "
                    "and begin with a letter, a digit or _"
                )
        if name.suffix.lower() in PICKLES:
            raise SubmissionError(
                f"{source}: {name} is a pickle, which can run code when it is loaded: save weights as "
                ".safetensors or .npz"
            )
        if name == PurePosixPath(MANIFEST_NAME) and file.size > MOST_BYTES:
            raise SubmissionError(f"{source}: {MANIFEST_NAME} has {file.size:,} bytes; a manifest needs one page")
        before = seen.setdefault(str(name).lower(), name)
        if before is not name or name in folders:
            raise SubmissionError(f"{source}: {name} is there twice")


def _copy_all(files: list[_File], into: Path, archive: zipfile.ZipFile | None, source: str) -> None:
    _check(files, source)
    for file in files:
        target = into.joinpath(*file.name.parts)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        if isinstance(file.source, zipfile.ZipInfo):
            assert archive is not None
            with archive.open(file.source) as opened:
                _copy(opened, target, file, source)
        else:
            descriptor = os.open(file.source, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as opened:
                _copy(opened, target, file, source)
    for folder in [into, *(path for path in into.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)


def _copy(opened: IO[bytes], target: Path, file: _File, source: str) -> None:
    """Copy one file, and not a byte more than it was said to have."""
    copied, first, last = 0, b"", b""
    with target.open("xb") as out:
        while block := opened.read(BLOCK):
            copied += len(block)
            if copied > file.size:
                raise SubmissionError(f"{source}: {file.name} is larger than it is said to be")
            first, last = first or block[:2], block[-1:]
            out.write(block)
    target.chmod(0o644)
    if len(first) == 2 and first[0] == 0x80 and 2 <= first[1] <= 5 and last == b".":
        raise SubmissionError(
            f"{source}: {file.name} is a pickle, which can run code when it is loaded: save weights "
            "as .safetensors or .npz"
        )
