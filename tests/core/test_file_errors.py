"""What nmmo says about files that the operating system refuses."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nmmo.file_errors import explain


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(OSError) as caught:
        call()
    return explain(caught.value)


def test_a_missing_file_is_said_with_the_nearest_of_its_kind(tmp_path: Path) -> None:
    for name in ("small.nmr", "large.nmr", "smal.txt"):
        (tmp_path / name).touch()
    said = refused((tmp_path / "smal.nmr").read_bytes)
    assert said == f"{tmp_path / 'smal.nmr'}: there is no such file in {tmp_path}; did you mean 'small.nmr'?"
    said = refused((tmp_path / "zzz.nmr").read_bytes)
    assert said.endswith("; there are large.nmr, small.nmr")
    assert refused((tmp_path / "zzz.toml").read_bytes).endswith(f"there is no such file in {tmp_path}")


def test_a_missing_folder_is_the_first_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    said = refused((tmp_path / "rums" / "a" / "b.toml").read_bytes)
    assert said.endswith(f"there is no such file or folder in {tmp_path}; did you mean 'runs'?")


def test_other_refusals_say_what_to_do(tmp_path: Path) -> None:
    assert refused(tmp_path.read_bytes).endswith("it is a folder; give a file")
    (tmp_path / "file").touch()
    assert refused((tmp_path / "file" / "b").read_bytes).endswith("a part of this path is a file, not a folder")
    assert refused((tmp_path / "file").mkdir).endswith("it exists already; give another name or remove it")
    assert explain(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a")).startswith("a: no space is left")
    assert explain(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))).startswith("no space is left")
    assert explain(OSError("what a library says")) == "what a library says"
