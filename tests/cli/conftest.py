"""Running the `nmmo` command inside the test's own process."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from nmmo.cli import main


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def nmmo_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run a command line and return its exit status and what it printed."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: str) -> Outcome:
        status = main(list(arguments))
        return Outcome(status, *capsys.readouterr())

    return run
