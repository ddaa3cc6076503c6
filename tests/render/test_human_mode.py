"""``render_mode`` "human": environments show themselves, under SDL's dummy driver."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pygame", reason="pygame-ce is not installed")

import gymnasium
import pygame

import nmmo


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return what the window shows each time that it is shown."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    seen: list[bytes] = []
    flip = pygame.display.flip

    def noted() -> None:
        seen.append(pygame.image.tobytes(pygame.display.get_surface(), "RGB"))
        flip()

    monkeypatch.setattr(pygame.display, "flip", noted)
    return seen


def test_the_environment_of_one_learner_shows_every_tick_by_itself(shown: list[bytes]) -> None:
    env = gymnasium.make("nmmo/solo-v3", render_mode="human", opponents="random")
    _, info = env.reset(seed=3)
    assert len(shown) == 1 and np.frombuffer(shown[0], np.uint8).std() > 10
    for _ in range(3):
        _, _, _, _, info = env.step(int(np.flatnonzero(info["action_mask"])[-1]))
    assert len(shown) == 4
    assert len(set(shown)) == 4, "each tick looks otherwise"
    assert env.render() is None
    env.close()
    assert not pygame.display.get_init()


def test_the_parallel_environment_shows_every_tick_by_itself(shown: list[bytes]) -> None:
    env = nmmo.parallel_env("small", render_mode="human")
    env.reset(seed=3)
    env.step({agent: int(nmmo.Action.MOVE_NORTH) for agent in env.agents})
    assert len(shown) == 2 and shown[0] != shown[1]
    env.close()


def test_other_modes_open_no_window(shown: list[bytes]) -> None:
    for mode in (None, "ansi", "rgb_array"):
        env = gymnasium.make("nmmo/solo-v3", render_mode=mode, opponents="random")
        env.reset(seed=3)
        env.close()
    assert not shown and not pygame.display.get_init()


def test_a_window_that_was_closed_by_hand_stays_closed(shown: list[bytes]) -> None:
    env = gymnasium.make("nmmo/solo-v3", render_mode="human", opponents="random")
    env.reset(seed=3)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    for _ in range(3):
        env.step(int(nmmo.Action.WAIT))
    assert len(shown) == 1
    env.close()
