"""What is printed arrives as it is, on any terminal: names that look like markup, ASCII, streams that are gone."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.progress import Progress as Bar

from nmmo.cli.console import encodable, make_console
from nmmo.cli.progress import progress
from nmmo.streams import LastingStream

EVAL = ["eval", "random", "--preset", "small", "--ticks", "5", "--maps", "2"]


def nmmo_process(
    *arguments: str | bytes, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "nmmo", *arguments]
    return subprocess.run(command, capture_output=True, cwd=cwd, env=os.environ | environment, timeout=120)


def test_a_name_that_looks_like_markup_is_printed_as_it_is():
    out = io.StringIO()
    make_console(stream=out, plain_width=80).print("runs/[b]old[/b]/[/]:cat: 12")
    assert out.getvalue() == "runs/[b]old[/b]/[/]:cat: 12\n"


def test_a_note_beside_a_bar_may_look_like_markup(monkeypatch, capsys):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setattr(Bar, "stop", lambda self: self.refresh() or self.live.stop())  # drawn once more before it ends
    with progress("playing", "ticks") as report_progress:
        report_progress(1, 2, "[/x] leads")
    assert "[/x] leads" in capsys.readouterr().err


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_a_terminal_that_speaks_ascii_gets_ascii(environment):
    done = nmmo_process(*EVAL, **environment)
    assert done.returncode == 0, done.stderr.decode()
    text = done.stdout.decode("ascii")
    assert "n = 2 worlds +- half of the 95% interval" in text and "1.00 +-0.00 |" in text
    rows = [line for line in text.splitlines() if line.startswith("| random")]
    assert rows and "\\x" not in text
    assert "±" in nmmo_process(*EVAL, PYTHONIOENCODING="utf-8").stdout.decode()


@pytest.mark.parametrize(
    ("name", "encoding", "shown"),
    [
        ("wörld→.npz", "ascii", b"w\\xf6rld->.npz"),
        ("wörld→.npz", "latin-1", b"w\xf6rld->.npz"),
        (os.fsdecode(b"w\xff.npz"), "utf-8", b"w\\udcff.npz"),  # a name that is not UTF-8
    ],
)
def test_names_of_files_are_printed_on_any_terminal(tmp_path, name, encoding, shown):
    done = nmmo_process(
        "map",
        "generate",
        "--seed",
        "7",
        "--preset",
        "small",
        "-o",
        os.fsencode(name),
        cwd=tmp_path,
        PYTHONIOENCODING=encoding,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert shown in done.stdout
    assert (tmp_path / name).exists()


def test_what_cannot_be_encoded_is_known():
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert not encodable("±", make_console(stream=ascii_only))
    assert encodable("+-", make_console(stream=ascii_only))
    assert encodable("±", make_console(stream=io.StringIO()))


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_closed_streams_are_no_error(closed, tmp_path):
    command = " ".join([sys.executable, "-m nmmo", *EVAL, f"--json {tmp_path / 'found.json'}", closed])
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "found.json").exists()


def test_a_lasting_stream_says_once_that_it_was_lost():
    reader, writer = os.pipe()
    os.close(reader)
    failures: list[Exception] = []
    with os.fdopen(writer, "w") as pipe:
        lasting = LastingStream(pipe, failures.append)
        console = make_console(stream=lasting)
        for _ in range(3):
            console.print("who reads this?")
        assert [type(error) for error in failures] == [BrokenPipeError]
        pipe.write("goes nowhere")
        pipe.flush()


def test_a_lasting_stream_passes_on_what_it_can():
    out = io.StringIO()
    lasting = LastingStream(out, pytest.fail)
    lasting.write("whole")
    lasting.flush()
    assert out.getvalue() == "whole" and not lasting.isatty()
