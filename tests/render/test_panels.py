"""What the window's panels tell, under SDL's dummy driver: drawn whole, with nothing but what a source gives."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pygame", reason="pygame-ce is not installed")

import pygame

import nmmo
from nmmo.agents import Agent, AgentSeat, Match, seat_agents, setting_of
from nmmo.cli import main
from nmmo.core.content import N_ACTIONS
from nmmo.render.drawing.text import Text
from nmmo.render.errors import NoDisplay, PanelError
from nmmo.render.human_player import HumanPlayer
from nmmo.render.sources.live import LiveSource
from nmmo.render.sources.open_replay import open_replay
from nmmo.render.window.display import open_window
from nmmo.render.window.viewer import Viewer
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


def seats(*kinds: type[Agent]) -> list[AgentSeat]:
    setting = setting_of(CONFIG)
    return seat_agents([kind(setting, Path()) for kind in kinds], CONFIG)


def reset_world() -> nmmo.World:
    world = nmmo.World(CONFIG, 3)
    world.reset()
    return world


def live(*kinds: type[Agent], ticks: int = 3) -> LiveSource:
    source = LiveSource(Match(reset_world(), seats(*kinds)))
    for _ in range(ticks):
        source.step()
    return source


def live_with_human(kind: type[Agent], slot: int, ticks: int = 3) -> tuple[LiveSource, HumanPlayer]:
    world = reset_world()
    human = HumanPlayer(world, slot, *seats(kind))
    source = LiveSource(Match(world, [human]), human=human)
    for _ in range(ticks):
        source.step()
    return source, human


def drawn(viewer: Viewer) -> tuple[np.ndarray, list[str]]:
    """Return the window's pixels, and what its places say when the mouse is over them."""
    viewer.playback.run_pending(1.0, 0.1)
    viewer.draw()
    pixels = pygame.surfarray.array3d(viewer.target).swapaxes(0, 1).astype(int)
    return pixels, [hot.hint for hot in viewer.ui._hot]


def watched(source, panel: str, slot: int, size: tuple[int, int] = (1280, 720)) -> Viewer:
    viewer = Viewer(source, size=size)
    viewer.panels.open(panel)
    viewer.map_view.options.selected = slot
    return viewer


def test_the_mind_of_a_policy_shows_its_ten_likeliest_actions_and_its_mask() -> None:
    source = live(Thinker, Silent)
    insight = source.insight_of(4)  # the third of the first agent's slots
    assert insight is not None and insight.value == 12.0
    assert insight.probabilities is not None and insight.probabilities[LIKELY] == pytest.approx(0.502)
    _, hints = drawn(watched(source, "policy", 4))
    bars = [hint for hint in hints if "%" in hint]
    assert len(bars) == 10
    assert bars[0] == "move east: 50.2%, what it did"
    possible = [hint for hint in hints if hint.endswith(": not possible")]
    assert len(possible) == N_ACTIONS - int(source.world.mask[4].sum())
    assert source.insight_of(5) is None, "an agent that tells nothing has no insight"
    _, hints = drawn(watched(source, "policy", 5))
    assert not [hint for hint in hints if "%" in hint]
    source.close()


def test_watching_changes_nothing_and_the_past_has_no_thoughts() -> None:
    source = live(Thinker)
    before = source.world.hash()
    drawn(watched(source, "policy", 4))
    assert source.world.hash() == before
    source.seek(1)
    assert source.insight_of(4) is None
    drawn(watched(source, "policy", 4))
    source.close()


def test_an_insight_that_is_none_is_told_and_watching_goes_on() -> None:
    source = live(Confused)
    insight = source.insight_of(0)
    assert insight is not None and insight.problem is not None and "Confused" in insight.problem
    viewer = watched(source, "policy", 0)
    drawn(viewer)
    assert source.step()
    source.close()


@pytest.mark.parametrize("size", [(1280, 720), (800, 600), (640, 480), (361, 241), (64, 48)])
@pytest.mark.parametrize("panel", ["inspect", "policy", "market", "charts", "leaders"])
def test_every_panel_is_drawn_in_every_window(panel: str, size: tuple[int, int]) -> None:
    source = live(Thinker, Silent, ticks=30)
    viewer = watched(source, panel, 4, size)
    for slot in (4, None, len(source.scene.players) + 3):  # a player, nobody, a monster
        viewer.map_view.options.selected = slot
        pixels, _ = drawn(viewer)
        assert pixels.shape == (size[1], size[0], 3) and pixels.std() > 5
    viewer.help_open = True
    drawn(viewer)
    source.close()


def test_a_person_sees_the_mind_of_the_policy_that_it_may_hand_over_to() -> None:
    source, _ = live_with_human(Thinker, 6)
    viewer = Viewer(source)
    assert source.step()
    pressed(viewer, pygame.K_p, 1)
    _, hints = drawn(viewer)
    assert any(hint.startswith("move east: 50.6%") for hint in hints)
    pressed(viewer, pygame.K_i, 1)
    assert any("right click to use" in hint for hint in drawn(viewer)[1])
    source.close()


def test_a_replay_is_scrubbed_while_it_is_read(tmp_path: Path) -> None:
    world = nmmo.World(CONFIG, seed=4)
    rng = np.random.default_rng(4)
    with Recorder(world, tmp_path / "game.nmr", events=True):
        world.reset()
        for _ in range(300):
            world.step(nmmo.sample_actions(world.mask, rng))
    viewer = Viewer(open_replay(Replay(tmp_path / "game.nmr")))
    viewer.draw()
    begun = viewer.source.scan_progress
    viewer.playback.seek(250)
    viewer.playback.step_back()
    while viewer.source.target_tick is not None:
        viewer.playback.run_pending(1e-9, 0.0)
    assert viewer.source.scene.tick == 249 and not viewer.playback.playing
    while viewer.source.scan_progress < 1:
        viewer.playback.run_pending(0.0, 0.01)
        viewer.draw()
    assert begun < 1 and viewer.source.scene.tick == 249
    viewer.panels.open("charts")
    charted = [hint for hint in drawn(viewer)[1] if "go to that tick" in hint]
    assert len(charted) == 3
    viewer.source.close()


def test_without_a_display_there_is_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NoDisplay):
        open_window((320, 200))


def pressed(viewer: Viewer, key: int, times: int) -> None:
    """Hold a key: it comes again and again before it is released."""
    for _ in range(times):
        viewer.input_handler.handle(pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode=""))
    viewer.input_handler.handle(pygame.event.Event(pygame.KEYUP, key=key, mod=0))


def test_a_held_key_goes_on_stepping_but_switches_only_once(tmp_path: Path) -> None:
    source, human = live_with_human(Thinker, 6, ticks=20)
    viewer = Viewer(source, pictures=tmp_path)
    viewer.draw()
    pressed(viewer, pygame.K_TAB, 4)
    assert human.autopilot, "held for long, Tab must not hand over and back"
    pressed(viewer, pygame.K_TAB, 1)
    assert not human.autopilot
    pressed(viewer, pygame.K_F12, 5)
    assert len(list(tmp_path.glob("*.png"))) == 1
    pressed(viewer, pygame.K_COMMA, 5)
    assert source.scene.tick == 15
    source.close()


# ---- panels of the user's own

OLDEST = """
from nmmo.render.panels import Panel

class Oldest(Panel):
    name, label, key = "oldest", "age", "o"
    description = "the oldest player of all"

    def __init__(self):
        self.opened = 0

    def on_open(self, context):
        self.opened += 1
        context.select(5)

    def draw(self, context, box):
        inner = context.ui.panel(box, "Oldest")
        ages = context.scene.players["self"]["age"]
        context.ui.line(f"{ages.max()} ticks; {context.selected} is selected", inner.x, inner.y)
        context.ui.button(inner, "back", lambda: context.seek(1), "to tick 1")

class Nameless(Oldest):
    name = None

class Market(Oldest):
    name = "market"

class Greedy(Oldest):
    key = "m"

class Walker(Oldest):
    key = "w"

class Shouting(Oldest):
    key = "O"

class Unfinished(Panel):
    name, label, description = "unfinished", "u", "draws nothing"

some_function = print
"""


@pytest.fixture
def own_panels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "own_panels.py").write_text(OLDEST)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("own_panels", None)


def words_drawn(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return all texts of a frame."""
    texts: list[str] = []
    render = Text.rendered

    def noted(self: Text, text: str, *arguments, **more):
        texts.append(text)
        return render(self, text, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Text, "rendered", noted)
        viewer.draw()
    return texts


def test_a_panel_of_the_users_own_has_a_key_a_button_and_a_line_on_the_help_page(
    own_panels: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = live(Thinker, ticks=20)
    plain = Viewer(source)
    plain.toggle_help()
    assert "the oldest player of all" not in words_drawn(plain, monkeypatch)
    viewer = Viewer(source, panels=["own_panels:Oldest"])
    pressed(viewer, pygame.K_o, 1)
    drawn_words = words_drawn(viewer, monkeypatch)
    age = int(source.scene.players["self"]["age"].max())
    assert f"{age} ticks; 5 is selected" in drawn_words, "on_open selects, then the panel draws"
    assert "age" in drawn_words, "its button in the top bar"
    assert any(hot.hint == "the oldest player of all (O)" for hot in viewer.ui._hot)
    viewer.toggle_help()
    on_page = words_drawn(viewer, monkeypatch)
    assert "the oldest player of all" in on_page and "O" in on_page
    back = next(hot for hot in viewer.ui._hot if hot.hint == "to tick 1")
    assert back.left is not None
    back.left()
    while source.target_tick is not None:
        viewer.playback.run_pending(1.0, 0.0)
    assert source.scene.tick == 1 and not viewer.playback.playing
    pressed(viewer, pygame.K_o, 1)
    assert viewer.panels.current is None, "the key closes it, too"
    source.close()


@pytest.mark.parametrize(
    ("panel", "message"),
    [
        ("own_panels:Oldst", "did you mean 'Oldest'"),
        ("no_such_module:Panel", "no module 'no_such_module'"),
        ("oldest", "no panel 'oldest'"),
        ("own_panels:some_function", "not a subclass of nmmo.render.panels.Panel"),
        ("own_panels:Nameless", "lacks the class attribute 'name'"),
        ("own_panels:Market", "named 'market' already"),
        ("own_panels:Greedy", "the key M is taken"),
        ("own_panels:Walker", "the key W is taken: move the map, or walk"),
        ("own_panels:Shouting", "'O' is not one character as typed without Shift"),
        ("own_panels:Unfinished", "cannot be made"),
    ],
)
def test_a_panel_that_cannot_be_added_is_refused_in_words(own_panels: None, panel: str, message: str) -> None:
    source = live(Thinker)
    with pytest.raises(PanelError, match=re.escape(message)):
        Viewer(source, panels=[panel])
    source.close()


def test_the_command_line_refuses_a_panel_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = nmmo.World(CONFIG, seed=4)
    with Recorder(world, tmp_path / "game.nmr"):
        world.reset()
    assert main(["view", str(tmp_path / "game.nmr"), "--panel", "no_such_module:Panel"]) == 2
    assert "no module 'no_such_module'" in capsys.readouterr().err
