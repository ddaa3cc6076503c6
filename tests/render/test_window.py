"""The window, driven by real keys and mouse clicks on a virtual display.

Pictures that the window saves are kept in the folder that ``NMMO_PICTURES`` names, if it is set.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("pygame", reason="pygame-ce is not installed")

import nmmo
from nmmo.replay import Recorder, Replay

PATIENCE = 60.0  # seconds until something that must happen counts as missing
MISSING = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"{' and '.join(MISSING) or 'nothing'} not installed")


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """Start a virtual display of its own."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as report:
        number = report.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.wait()


class Window:
    """A command with a window, and hands on its keyboard and mouse."""

    def __init__(self, display: str, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.environment = {**os.environ, "DISPLAY": display}
        self.environment.pop("SDL_VIDEODRIVER", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nmmo", *arguments, "--pictures", str(folder)],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.until(lambda: bool(self._windows()), "the window")
        self.until(lambda: self.picture() is not None, "the first picture")

    def _do(self, *words: str) -> str:
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True)
        return done.stdout

    def _windows(self) -> str:
        return self._do("search", "--onlyvisible", "--name", ".*")

    def until(self, happened: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not happened():
            assert self.process.poll() is None, f"it ended: {self.process.stderr and self.process.stderr.read()}"
            assert time.monotonic() < end, f"{what} did not come"
            time.sleep(0.1)

    def key(self, *keys: str) -> None:
        for key in keys:
            self._do("key", key)
            time.sleep(0.12)

    def click(self, x: int, y: int, button: int = 1) -> None:
        self._do("mousemove", str(x), str(y), "click", str(button))
        time.sleep(0.12)

    def pictures(self) -> set[Path]:
        return set(self.folder.glob("*.png"))

    def picture(self) -> Path | None:
        """Press F12; the picture that this saved."""
        before = self.pictures()
        self._do("key", "F12")
        end = time.monotonic() + 5
        while time.monotonic() < end:
            for path in self.pictures() - before:
                try:
                    with Image.open(path) as image:
                        image.load()
                except OSError:  # still being written
                    break
                return path
            time.sleep(0.05)
        return None

    def seen(self) -> tuple[int, np.ndarray]:
        """Return the tick that is shown, and the window's pixels."""
        path = self.picture()
        assert path is not None
        found = re.search(r"tick-(\d+)", path.name)
        assert found
        with Image.open(path) as image:
            return int(found[1]), np.asarray(image.convert("RGB")).astype(int)

    def close(self) -> str:
        """Press Ctrl Q and return what it wrote on standard error."""
        self.key("ctrl+q")
        try:
            _, errors = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            raise
        finally:
            kept = os.environ.get("NMMO_PICTURES")
            if kept:
                Path(kept).mkdir(parents=True, exist_ok=True)
                for path in self.pictures():
                    shutil.copy(path, Path(kept) / f"{self.folder.name}-{path.name}")
        return errors


def share_different(one: np.ndarray, other: np.ndarray) -> float:
    """Return the share of pixels that differ visibly."""
    return float((np.abs(one - other).max(axis=2) > 24).mean())


def test_a_person_plays_hands_over_sells_and_looks_back(display: str, tmp_path: Path) -> None:
    record = tmp_path / "game.nmr"
    folder = tmp_path / "play"
    window = Window(
        display, folder, "play", "forager", "--preset", "small", "--seed", "3", "--slot", "5", "--turns",
        "--record", str(record),
    )  # fmt: skip
    start, at_start = window.seen()
    assert start == 0, "with --turns the world waits for the person"
    for _ in range(10):  # ten ticks by hand
        before = window.seen()[0]
        window.key("Return")
        window.until(lambda before=before: window.seen()[0] > before, "the next tick")
    played, _ = window.seen()
    assert played == 10

    window.key("Tab")  # the policy plays on, until the person has something to sell
    window.until(lambda: window.seen()[0] > 90, "play by the policy")
    window.key("Tab")
    handed_back, _ = window.seen()

    plain = window.seen()[1]
    window.key("m")
    market = window.seen()[1]
    assert share_different(plain[:, 930:], market[:, 930:]) > 0.02, "the market panel was not opened"
    window.key("i")
    time.sleep(0.2)
    by_hand = []  # ticks between which the person chose
    for attempt in range(4):  # what there is to sell, and whether in a fight, is the game's to say
        if attempt:
            begin = window.seen()[0]
            window.key("Tab")
            window.until(lambda begin=begin: window.seen()[0] > begin + 30, "more play by the policy")
            window.key("Tab")
        begin = window.seen()[0]
        for slot in range(3):  # choose a slot; sell it; if it is worn, take it off first
            for button in (_SELL, _USE, _SELL):
                window.click(*_slot_middle(slot))
                window.click(*button)
                time.sleep(0.1)
        now = window.seen()[0]
        window.key("Return")
        window.until(lambda now=now: window.seen()[0] > now, "a tick after selling")
        by_hand.append((begin, window.seen()[0]))
    last, at_end = window.seen()

    window.click(22, 696)  # the left end of the timeline
    window.until(lambda: window.seen()[0] <= 3, "the beginning")
    window.key("Home")

    def as_at_first() -> bool:  # in the end: water moves, and bodies glide to their places
        tick, picture = window.seen()
        return tick == 0 and share_different(picture[40:560, 300:900], at_start[40:560, 300:900]) < 0.02

    window.until(as_at_first, "the beginning as it was seen then")
    _, again = window.seen()
    assert share_different(again[40:560, 300:900], at_end[40:560, 300:900]) > 0.02
    window.key("End")
    window.until(lambda: window.seen()[0] == last, "the present")
    window.close()
    assert window.process.returncode == 0

    with Replay(record) as replay:
        assert replay.verify()
        assert replay.stop == last
        mine = [int(replay.actions(tick)[5]) for tick in range(1, last + 1)]
        assert mine[:10] == [0] * 10, "the person waited"
        assert len(set(mine[10:handed_back])) > 2, "the policy did not play"
        listed = replay.events(kind="list")
        mine_listed = listed["tick"][listed["actor"] == 5]
        assert any(((first < mine_listed) & (mine_listed <= end)).any() for first, end in by_hand), "nothing was sold"


_USE, _SELL = (996, 358), (1103, 358)  # buttons of the inventory panel in a window of 1280 x 720


def _slot_middle(slot: int) -> tuple[int, int]:
    return 970 + slot % 4 * 54, 190 + slot // 4 * 54


@pytest.fixture
def replay_file(tmp_path: Path) -> Path:
    world = nmmo.World(nmmo.Config.preset("small"), seed=4)
    path = tmp_path / "game.nmr"
    rng = np.random.default_rng(4)
    with Recorder(world, path, events=True):
        world.reset()
        for _ in range(200):
            world.step(nmmo.sample_actions(world.mask, rng))
    return path


def test_a_replay_is_stepped_scrubbed_and_searched(display: str, tmp_path: Path, replay_file: Path) -> None:
    window = Window(display, tmp_path / "view", "view", str(replay_file))
    window.key("space")
    tick, _ = window.seen()
    window.key("period", "period")
    assert window.seen()[0] == tick + 2
    window.key("comma")
    assert window.seen()[0] == tick + 1
    window.key("End")
    assert window.seen()[0] == 200
    window.key("Home")
    assert window.seen()[0] == 0
    far = window.seen()[1]
    window.key("slash", "1", "2", "Return")
    window.until(lambda: share_different(far, window.seen()[1]) > 0.3, "player 12")
    for opened in ("c", "l", "p", "F2", "F3", "F4", "question"):
        before = window.seen()[1]
        window.key(opened)
        window.until(lambda before=before: share_different(before, window.seen()[1]) > 0.005, opened)
    assert "Traceback" not in window.close()
    assert window.process.returncode == 0


def test_a_tiny_window_and_no_sound_are_survived(display: str, tmp_path: Path, replay_file: Path) -> None:
    window = Window(display, tmp_path / "tiny", "view", str(replay_file), "--size", "64x48")
    window.key("m", "question", "c")
    assert window.seen()[1].shape == (48, 64, 3)
    window.close()
    assert window.process.returncode == 0


def test_without_a_display_a_message_says_what_to_do(replay_file: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    }
    done = subprocess.run(
        [sys.executable, "-m", "nmmo", "view", str(replay_file)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "--export" in done.stderr and "Traceback" not in done.stderr
