"""How long commands show how far they are: lines now and then, or a bar on a terminal."""

from __future__ import annotations

import rich.console

from nmmo.cli import progress as module
from nmmo.cli.progress import progress


def test_a_line_a_minute_where_there_is_no_terminal(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    with progress("playing", "ticks") as report_progress:
        for done in range(1, 14):
            now[0] += 10
            report_progress(done, 2000)
    captured = capsys.readouterr()
    assert captured.err == "playing: 6 of 2,000 ticks\nplaying: 12 of 2,000 ticks\n"
    assert captured.out == ""


def test_a_bar_on_a_terminal(monkeypatch, capsys):
    class Terminal(rich.console.Console):
        def __init__(self, **options):
            super().__init__(**{**options, "force_terminal": True, "width": 100})

    monkeypatch.setattr(rich.console, "Console", Terminal)
    with progress("playing", "ticks") as report_progress:
        report_progress(60, 60, "world 2 of 2")
    captured = capsys.readouterr()
    assert "playing" in captured.err and "60/60" in captured.err and "world 2 of 2" in captured.err
    assert captured.out == ""
