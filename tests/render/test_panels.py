"""What the window's panels tell, under SDL's dummy driver: drawn whole, with nothing but what a source gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pygame", reason="pygame-ce is not installed")

import pygame

import nmmo
from nmmo.agents import Agent, Cast, setting_of
from nmmo.render.display import open_window
from nmmo.render.errors import NoDisplay
from nmmo.render.live_source import LiveSource
from nmmo.render.opening import source_of
from nmmo.render.person import Person
from nmmo.render.viewer import Viewer
from nmmo.replay import Recorder, Replay

CONFIG = nmmo.Config.preset("small")
LIKELY = int(nmmo.Action.MOVE_EAST)


class Thinker(Agent):
    """Walks east, and says how sure it is; by position, so that mixed-up slots are noticed."""

    def act(self, rows, mask):
        self.acted = True
        return np.full(len(rows), LIKELY)

    def insight(self, position):
        chances = np.full(self.setting.n_actions, 0.001)
        chances[LIKELY] = 0.5 + position / 1000
        return {"probabilities": chances, "value": 10.0 + position}


class Silent(Agent):
    def act(self, rows, mask):
        return np.zeros(len(rows), np.int64)


class Confused(Silent):
    def insight(self, position):
        return {"probabilities": [1.0, 2.0]}


@pytest.fixture(autouse=True)
def dummy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield
    pygame.display.quit()


def live(*kinds: type[Agent], ticks: int = 3) -> LiveSource:
    world = nmmo.World(CONFIG, 3)
    world.reset()
    setting = setting_of(CONFIG)
    cast = Cast([kind(setting, Path()) for kind in kinds], CONFIG, names=[kind.__name__ for kind in kinds])
    cast.reset(world.seed)
    source = LiveSource(world, cast)
    for _ in range(ticks):
        source.step()
    return source


def drawn(viewer: Viewer) -> tuple[np.ndarray, list[str]]:
    """The window's pixels, and what its places say when the mouse is over them."""
    viewer.work(1.0, 0.1)
    viewer.draw()
    pixels = pygame.surfarray.array3d(viewer.target).swapaxes(0, 1).astype(int)
    return pixels, [hot.hint for hot in viewer.ui._hot]


def watched(source, panel: str, slot: int, size: tuple[int, int] = (1280, 720)) -> Viewer:
    viewer = Viewer(source, size=size)
    viewer.panel = panel
    viewer.shown.selected = slot
    return viewer


def test_the_mind_of_a_policy_shows_its_ten_likeliest_actions_and_its_mask() -> None:
    source = live(Thinker, Silent)
    insight = source.insight_of(4)  # the third of the first agent's slots
    assert insight is not None and insight.value == 12.0
    assert insight.probabilities is not None and insight.probabilities[LIKELY] == pytest.approx(0.502)
    _, hints = drawn(watched(source, "mind", 4))
    bars = [hint for hint in hints if "%" in hint]
    assert len(bars) == 10
    assert bars[0] == "move east: 50.2%, what it did"
    possible = [hint for hint in hints if hint.endswith(": not possible")]
    assert len(possible) == 69 - int(source.world.mask[4].sum())
    assert source.insight_of(5) is None, "an agent that tells nothing has no insight"
    _, hints = drawn(watched(source, "mind", 5))
    assert not [hint for hint in hints if "%" in hint]
    source.close()


def test_watching_changes_nothing_and_the_past_has_no_thoughts() -> None:
    source = live(Thinker)
    before = source.world.hash()
    drawn(watched(source, "mind", 4))
    assert source.world.hash() == before
    source.seek(1)
    assert source.insight_of(4) is None
    drawn(watched(source, "mind", 4))
    source.close()


def test_an_insight_that_is_none_is_told_and_watching_goes_on() -> None:
    source = live(Confused)
    insight = source.insight_of(0)
    assert insight is not None and insight.problem is not None and "Confused" in insight.problem
    viewer = watched(source, "mind", 0)
    drawn(viewer)
    assert source.step()
    source.close()


@pytest.mark.parametrize("size", [(1280, 720), (800, 600), (640, 480), (361, 241), (64, 48)])
@pytest.mark.parametrize("panel", ["inspect", "mind", "market", "charts", "leaders"])
def test_every_panel_is_drawn_in_every_window(panel: str, size: tuple[int, int]) -> None:
    source = live(Thinker, Silent, ticks=30)
    viewer = watched(source, panel, 4, size)
    for slot in (4, None, len(source.scene.players) + 3):  # a player, nobody, a monster
        viewer.shown.selected = slot
        pixels, _ = drawn(viewer)
        assert pixels.shape == (size[1], size[0], 3) and pixels.std() > 5
    viewer.helping = True
    drawn(viewer)
    source.close()


def test_a_person_sees_the_mind_of_the_policy_that_it_may_hand_over_to() -> None:
    source = live(Thinker)
    person = Person(source.world, 6)
    viewer = Viewer(source, person)
    assert source.step()
    viewer.panel_mind()
    _, hints = drawn(viewer)
    assert any(hint.startswith("move east: 50.6%") for hint in hints)
    viewer.panel_inspect()
    assert any("right click to use" in hint for hint in drawn(viewer)[1])
    source.close()


def test_a_replay_is_scrubbed_while_it_is_read(tmp_path: Path) -> None:
    world = nmmo.World(CONFIG, seed=4)
    rng = np.random.default_rng(4)
    with Recorder(world, tmp_path / "game.nmr", events=True):
        world.reset()
        for _ in range(300):
            world.step(nmmo.sample_actions(world.mask, rng))
    viewer = Viewer(source_of(Replay(tmp_path / "game.nmr")))
    viewer.draw()
    begun = viewer.source.scanned
    viewer.scrub(250)
    viewer.step_back()
    while viewer.source.aimed is not None:
        viewer.work(1e-9, 0.0)
    assert viewer.source.scene.tick == 249 and not viewer.playing
    while viewer.source.scanned < 1:
        viewer.work(0.0, 0.01)
        viewer.draw()
    assert begun < 1 and viewer.source.scene.tick == 249
    viewer.panel = "charts"
    charted = [hint for hint in drawn(viewer)[1] if "go to that tick" in hint]
    assert len(charted) == 3
    viewer.source.close()


def test_without_a_display_there_is_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NoDisplay):
        open_window((320, 200))


def pressed(viewer: Viewer, key: int, times: int) -> None:
    """A key that is held: it comes again and again before it is released."""
    for _ in range(times):
        viewer.hands.handle(pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode=""))
    viewer.hands.handle(pygame.event.Event(pygame.KEYUP, key=key, mod=0))


def test_a_held_key_goes_on_stepping_but_switches_only_once(tmp_path: Path) -> None:
    source = live(Thinker, ticks=20)
    person = Person(source.world, 6)
    viewer = Viewer(source, person, pictures=tmp_path)
    viewer.draw()
    pressed(viewer, pygame.K_TAB, 4)
    assert person.by_policy, "held for long, Tab must not hand over and back"
    pressed(viewer, pygame.K_TAB, 1)
    assert not person.by_policy
    pressed(viewer, pygame.K_F12, 5)
    assert len(list(tmp_path.glob("*.png"))) == 1
    pressed(viewer, pygame.K_COMMA, 5)
    assert source.scene.tick == 15
    source.close()
