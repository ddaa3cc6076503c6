"""Windows that the environments open here go nowhere: a machine without a display has to pass too."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
