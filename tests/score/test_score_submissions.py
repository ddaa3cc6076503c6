"""Submissions: what is taken, and what an archive of a stranger may try."""

from __future__ import annotations

import os
import pickle
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hostile import WAIT, acting, write_agent

from nmmo.score import submission as submission_module
from nmmo.score.errors import SubmissionError
from nmmo.score.submission import stage


@pytest.fixture
def good(tmp_path):
    folder = write_agent(tmp_path / "good", acting(WAIT))
    (folder / "weights").mkdir()
    np.savez(folder / "weights" / "layer.npz", a=np.arange(3))
    return folder


def zipped(path: Path, entries: dict[str, bytes], top: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(top + name, content)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_folder_and_zips_of_it_are_the_same_submission(tmp_path, good):
    found = [
        stage(good, tmp_path / "1"),
        stage(zipped(tmp_path / "a.zip", contents(good)), tmp_path / "2"),
        stage(zipped(tmp_path / "b.zip", contents(good), "some-folder/"), tmp_path / "3"),
    ]
    assert len({one.digest for one in found}) == 1
    assert all(contents(one.path) == contents(good) for one in found)
    assert found[0].n_files == 3 and found[0].manifest.name == "hostile"


def test_another_content_or_name_is_another_submission(tmp_path, good):
    before = stage(good, tmp_path / "1").digest
    (good / "agent.py").write_text((good / "agent.py").read_text() + "\n")
    after = stage(good, tmp_path / "2").digest
    (good / "weights" / "layer.npz").rename(good / "weights" / "other.npz")
    assert len({before, after, stage(good, tmp_path / "3").digest}) == 3


def test_the_copy_can_be_read_by_the_sandboxs_user(tmp_path, good):
    (good / "agent.py").chmod(0o600)
    good.chmod(0o700)
    copied = stage(good, tmp_path / "1").path
    assert all(
        stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644)
        for path in [copied, *copied.rglob("*")]
    )


def test_a_shipped_agent_is_taken_by_its_name(tmp_path):
    assert stage("forager", tmp_path / "1").manifest.name == "forager"


def test_caches_are_left_out(tmp_path, good):
    (good / "__pycache__").mkdir()
    (good / "__pycache__" / "agent.cpython-311.pyc").write_bytes(b"x")
    assert stage(good, tmp_path / "1").n_files == 3


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../agent.py", "outside"),
        ("a/../../x", "outside"),
        ("/etc/passwd", "relative"),
        ("a\\b", "relative"),
        ("C:x", "relative"),
        ("a/b\nc", "not a name"),
        (".hidden", "not a name"),
        ("-rf", "not a name"),
        ("a/" * 20 + "x", "too many folders"),
        ("x" * 150, "not a name"),
        ("AGENT.PY", "twice"),
        ("agent.py/x", "twice"),
        ("weights.pkl", "pickle"),
        ("weights.PT", "pickle"),
    ],
)
def test_names_in_an_archive_are_checked(tmp_path, good, name, message):
    path = zipped(tmp_path / "a.zip", {**contents(good), name: b"x"})
    with pytest.raises(SubmissionError, match=message):
        stage(path, tmp_path / "in" / "1")
    assert not (tmp_path / "in" / "1").exists()
    assert not (tmp_path / "in" / "agent.py").exists() and not (tmp_path / "agent.py").exists()


def test_links_are_refused_in_archives_and_folders(tmp_path, good):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(tmp_path / "a.zip", contents(good))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(SubmissionError, match="link"):
        stage(path, tmp_path / "1")
    (good / "out").symlink_to("/etc/passwd")
    with pytest.raises(SubmissionError, match="link"):
        stage(good, tmp_path / "2")
    (good / "out").unlink()
    (good / "up").symlink_to(tmp_path)
    with pytest.raises(SubmissionError, match="link"):
        stage(good, tmp_path / "3")


def test_pipes_and_devices_are_refused(tmp_path, good):
    os.mkfifo(good / "pipe")
    with pytest.raises(SubmissionError, match="plain file"):
        stage(good, tmp_path / "1")


def test_a_bomb_is_not_unpacked(tmp_path, good, monkeypatch):
    monkeypatch.setattr(submission_module, "MOST_TOTAL_BYTES", 1 << 20)
    path = zipped(tmp_path / "a.zip", {**contents(good), "zeros.bin": bytes(4 << 20)})
    assert path.stat().st_size < 20_000
    with pytest.raises(SubmissionError, match="larger than"):
        stage(path, tmp_path / "1")


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(tmp_path, good):
    path = zipped(tmp_path / "a.zip", {**contents(good), "zeros.bin": bytes(4 << 20)})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.rfind(signature, 0, data.rfind(b"zeros.bin") if offset == 24 else data.find(b"zeros.bin"))
        data[at + offset : at + offset + 4] = struct.pack("<I", 10)
    path.write_bytes(data)
    with pytest.raises(SubmissionError):
        stage(path, tmp_path / "1")
    assert not (tmp_path / "1").exists()


def test_too_many_files_are_refused(tmp_path, good, monkeypatch):
    monkeypatch.setattr(submission_module, "MOST_FILES", 3)
    stage(good, tmp_path / "1")
    (good / "one_more").write_text("x")
    with pytest.raises(SubmissionError, match="4 files"):
        stage(good, tmp_path / "2")


def test_a_pickle_under_another_name_is_refused(tmp_path, good):
    (good / "weights.bin").write_bytes(pickle.dumps({"layer": [1.0]}))
    with pytest.raises(SubmissionError, match="pickle"):
        stage(good, tmp_path / "1")


def test_a_huge_manifest_is_refused(tmp_path, good):
    (good / "agent.toml").write_text((good / "agent.toml").read_text() + "#" * 100_000)
    with pytest.raises(SubmissionError, match="page"):
        stage(good, tmp_path / "1")


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(SubmissionError):
        stage(tmp_path / "a.zip", tmp_path / "1")


def test_a_damaged_archive_is_refused_wherever_it_is_damaged(tmp_path, good):
    whole = zipped(tmp_path / "a.zip", contents(good)).read_bytes()
    rng = np.random.default_rng(0)
    for number, at in enumerate(rng.integers(0, len(whole), 60)):
        data = bytearray(whole)
        data[at] ^= 0xFF
        (tmp_path / "b.zip").write_bytes(data)
        try:
            found = stage(tmp_path / "b.zip", tmp_path / f"x{number}")
        except SubmissionError:
            assert not (tmp_path / f"x{number}").exists()
        else:
            assert set(contents(found.path)) >= {"agent.toml"}


def test_an_encrypted_archive_is_refused(tmp_path, good):
    path = zipped(tmp_path / "a.zip", contents(good))
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 1)
    path.write_bytes(data)
    with pytest.raises(SubmissionError, match="encrypted"):
        stage(path, tmp_path / "1")


def test_no_agent_no_submission(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SubmissionError, match=r"agent\.toml"):
        stage(tmp_path / "empty", tmp_path / "1")
    with pytest.raises(SubmissionError, match="no such"):
        stage(tmp_path / "nothing", tmp_path / "2")
