"""What keys do: one table, from which the window acts and the help page is written."""

from __future__ import annotations

from typing import Final, NamedTuple

from nmmo.render.library import pygame

__all__ = ["KEYS", "MOUSE", "Key"]


class Key(NamedTuple):
    """A key and what it does."""

    codes: tuple[int, ...]
    shown: str
    does: str
    """The window's method."""
    doc: str
    when: str = "always"
    """"always", "watch" (nobody plays by hand) or "play"."""
    repeats: bool = False
    """Whether it does so again and again while it is held."""


KEYS: Final[tuple[Key, ...]] = (
    Key((pygame.K_SPACE,), "Space", "toggle_pause", "pause, go on"),
    Key((pygame.K_PERIOD,), ".", "step_forth", "a tick on", repeats=True),
    Key((pygame.K_COMMA,), ",", "step_back", "a tick back", repeats=True),
    Key((pygame.K_RIGHTBRACKET,), "]", "faster", "faster"),
    Key((pygame.K_LEFTBRACKET,), "[", "slower", "slower"),
    Key((pygame.K_HOME,), "Home", "go_first", "to the first tick"),
    Key((pygame.K_END,), "End", "go_last", "to the last tick, or the present"),
    Key((pygame.K_PAGEUP, pygame.K_KP_PLUS), "Page up", "zoom_in", "nearer", repeats=True),
    Key((pygame.K_PAGEDOWN, pygame.K_KP_MINUS), "Page down", "zoom_out", "farther", repeats=True),
    Key((pygame.K_F5,), "F5", "show_all", "the whole map"),
    Key((pygame.K_f,), "F", "toggle_follow", "follow who is selected"),
    Key((pygame.K_n,), "N", "select_next", "select the next living player", "watch", repeats=True),
    Key((pygame.K_SLASH,), "/", "open_search", "search a player by slot"),
    Key((pygame.K_i,), "I", "panel_inspect", "who is selected; when playing: inventory"),
    Key((pygame.K_p,), "P", "panel_mind", "what who is selected sees and thinks"),
    Key((pygame.K_m,), "M", "panel_market", "market: prices, volumes, offers"),
    Key((pygame.K_c,), "C", "panel_charts", "charts over the whole game"),
    Key((pygame.K_l,), "L", "panel_leaders", "leaders"),
    Key((pygame.K_F2,), "F2", "toggle_danger", "layer: danger"),
    Key((pygame.K_F3,), "F3", "toggle_heat", "layer: where players walked lately"),
    Key((pygame.K_F4,), "F4", "toggle_view", "layer: what who is selected sees"),
    Key((pygame.K_F6,), "F6", "toggle_map", "the small map"),
    Key((pygame.K_TAB,), "Tab", "hand_over", "let the policy play, or play yourself", "play"),
    Key((pygame.K_e,), "E", "attack_monster", "attack the nearest monster", "play"),
    Key((pygame.K_r,), "R", "attack_player", "attack the nearest player", "play"),
    Key((pygame.K_RETURN, pygame.K_KP_ENTER), "Enter", "wait_a_tick", "let a tick pass", "play"),
    Key((pygame.K_F11,), "F11", "toggle_full", "full screen"),
    Key((pygame.K_F12,), "F12", "save_screenshot", "save a picture"),
    Key((pygame.K_QUESTION, pygame.K_F1, pygame.K_h), "?  F1  H", "toggle_help", "this page"),
    Key((pygame.K_ESCAPE,), "Esc", "escape", "close a panel, select nobody"),
    Key((pygame.K_q,), "Ctrl Q", "quit_by_key", "end"),
)

MOUSE: Final[tuple[tuple[str, str, str], ...]] = (
    ("W A S D, arrows", "move the map", "watch"),
    ("W A S D, arrows", "walk; with Shift run", "play"),
    ("1 - 9, 0, -, =", "use inventory slot 1 - 12", "play"),
    ("click", "select a player or monster", "watch"),
    ("click", "walk there; on a body: go and attack", "play"),
    ("right click", "select a player or monster", "play"),
    ("drag", "move the map", "always"),
    ("wheel", "nearer, farther, at the pointer", "always"),
)
