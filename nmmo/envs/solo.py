"""Gymnasium's environment for one learner, among opponents."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from nmmo.agents.match import Match
from nmmo.agents.seat import Seat
from nmmo.core.arguments import as_integer, as_seed
from nmmo.core.config import ConfigLike
from nmmo.core.dtypes import observation_dtype
from nmmo.core.errors import ConfigError
from nmmo.core.maps import MapLike
from nmmo.core.rewards import RewardLike
from nmmo.core.world import World
from nmmo.envs.arguments import (
    FORMS,
    RENDER_MODES,
    ObservationForm,
    RenderMode,
    begin_recording,
    chosen,
    chosen_config,
    refuse_options,
    warn_unrendered,
)
from nmmo.envs.learner_seat import LearnerSeat
from nmmo.envs.opponents import Opponents, seat_opponents
from nmmo.envs.rendering import EnvRenderer
from nmmo.envs.single_action import single_action
from nmmo.envs.spaces import DictObservation, action_masks, action_space, row_space
from nmmo.envs.text import draw

__all__ = ["DEFAULTS", "SoloEnv"]

DEFAULTS = {"horizon": 1024}  # of fields that a preset leaves endless


class SoloEnv(gymnasium.Env[Any, Any]):
    """One learner among opponents. ``gymnasium.make("nmmo/solo-v3", ...)`` makes it.

    An episode is one life of the learner, at most up to the horizon, in a world that begins with it.

    Parameters
    ----------
    config
        Of the world, taken as it is; or the name of a preset, a dict of fields (with ``"preset"`` among them, if
        it is not "small"), or None, with ``horizon`` 1,024 where these leave it endless.
    opponents
        Who plays the other slots: "random" (possible actions); "waiting"; the name of an agent that comes with nmmo,
        such as "forager"; the path of an agent's folder; ``module:attribute`` of a function that makes an agent for
        an ``nmmo.Config``; an object with the methods of ``nmmo.agents.Agent``; or a function of rows
        [n, row_bytes] and mask [n, n_actions] that returns n actions. None: "forager".
    slot
        Which slot the learner plays.
    seed
        Of the first episode. None: fresh entropy.
    map
        As for ``nmmo.World``.
    observation
        "flat": uint8 [row_bytes], to be read by ``nmmo.observation_dtype``. "dict": the parts that
        ``nmmo.envs.DictObservation`` describes.
    render_mode
        None; "ansi": ``render()`` returns a coloured text; "rgb_array": a picture, uint8 [720, 1280, 3],
        drawn without a display; "human": a window shows every tick by itself. Pictures need pygame-ce.
    reward
        What is paid, as for ``nmmo.World``: a name, ``module:attribute``, a function of an ``nmmo.Tick``, or several by
        name with weights. None: the game's own reward.
    record
        Where to write a replay: a file ending in ``.nmr``, which must not exist. It is made with the first tick.
        Every further episode has another file, with its number before the suffix. ``close`` completes the last.
    trust
        Whether the code of an agent's folder from elsewhere may run in this process.
    **overrides
        Fields of the configuration that differ.

    Attributes
    ----------
    world : nmmo.World
        The world behind the environment.
    opponents : nmmo.agents.AgentSeat
        The seat of the other slots.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or the agent cannot be loaded.
    nmmo.ConfigError
        If a field is unknown (``nmmo.UnknownFieldError``) or out of range.
    nmmo.MapError, OSError, MemoryError
        As by ``nmmo.World``.

    Examples
    --------
    >>> import gymnasium, nmmo
    >>> env = gymnasium.make("nmmo/solo-v3", opponents="random")
    >>> observation, info = env.reset(seed=7)
    >>> action = env.action_space.sample(info["action_mask"])
    >>> observation, reward, terminated, truncated, info = env.step(action)
    """

    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "name": "nmmo_solo_v3",
        "render_modes": list(RENDER_MODES),
        "render_fps": 10,
    }

    def __init__(
        self,
        config: ConfigLike | str | None = None,
        *,
        opponents: Opponents = None,
        slot: int = 0,
        seed: int | None = None,
        map: MapLike | None = None,
        observation: ObservationForm = "flat",
        render_mode: RenderMode = None,
        reward: RewardLike | None = None,
        record: str | os.PathLike[str] | None = None,
        trust: bool = False,
        **overrides: Any,
    ) -> None:
        settled = chosen_config(type(self), config, "small", DEFAULTS, overrides)
        if settled.respawn == "on_request":
            raise ConfigError("respawn = 'on_request' would leave the opponents dead: use 'same_tick' or 'next_tick'")
        self.slot = as_integer(slot, "slot", 0, settled.n_players - 1)
        self.observation: ObservationForm = chosen(observation, "observation", FORMS)
        self._renderer = EnvRenderer()
        self.render_mode: RenderMode = chosen(render_mode, "render_mode", (None, *RENDER_MODES))
        self._learner = LearnerSeat(self.slot, settled.vocabulary)
        opponent_slots = np.delete(np.arange(settled.n_players), self.slot)
        self.opponents = seat_opponents(opponents, settled, opponent_slots, trust)
        self.world = World(settled, seed, final_observations=True, map=map, reward=reward)
        begin_recording(self.world, record)
        self._parts = DictObservation(settled) if self.observation == "dict" else None
        self.observation_space: spaces.Space[Any] = row_space(settled) if self._parts is None else self._parts.space
        self.action_space: spaces.Space[Any] = action_space(settled)
        self._row = observation_dtype(settled)
        self._match: Match | None = None
        """Of the episode; None before the first, and from the end of the learner's life on."""

    # ---- episodes ------------------------------------------------------------------------------

    def reset(self, *, seed: int | None = None, options: Mapping[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode.

        Parameters
        ----------
        seed
            None continues the sequence of seeds that began with the last one given.
        options
            There are none.

        Returns
        -------
        observation : ndarray or dict
        info : dict
            ``"action_mask"``, int8 [n_actions]; with a vocabulary a pair of masks, for ``action_space.sample``.

        Raises
        ------
        TypeError, ValueError
            If the seed is not an integer of 64 bits, or an option is given.
        nmmo.MapError
            If the map given cannot be played on.
        """
        refuse_options(options)
        number = None if seed is None else as_seed(seed)
        super().reset(seed=number)
        rows, _ = self.world.reset(number)
        seats: list[Seat] = [self._learner, self.opponents] if self.opponents.slots.size else [self._learner]
        self._match = Match(self.world, seats, [self.world.seed] * len(seats))
        self._show_present()
        return self._observed(rows[self.slot])

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Play one tick: the opponents choose from what they see, then all act.

        Parameters
        ----------
        action
            An integer below the number of actions; with ``config.vocabulary`` > 0 a pair of action and token.

        Returns
        -------
        observation : ndarray or dict
            Where the life ended: its last.
        reward : float
        terminated : bool
            Whether the learner died.
        truncated : bool
            Whether its life was cut off, by the horizon or by stagnation.
        info : dict
            As of ``reset``.

        Raises
        ------
        TypeError, ValueError, nmmo.ActionError
            If the action is not as described. The world is as it was.
        nmmo.agents.AgentError
            If an opponent fails. The world is as it was.
        RuntimeError
            If the environment has not been reset, or not since the life ended.
        """
        if self._match is None:
            raise RuntimeError("there is no life to play: call reset() first")
        self._learner.choose(single_action(action, self.world.config.vocabulary))
        rows, rewards, terminated, truncated, info = self.world.step(self._match.choose_actions())
        died, cut_off = bool(terminated[self.slot]), bool(truncated[self.slot])
        if died or cut_off:
            rows = info["final_obs"]
            self._match = None
        self._show_present()
        observation, info = self._observed(rows[self.slot])
        return observation, float(rewards[self.slot]), died, cut_off, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Return what the learner can do now: bool [n_actions], fresh.

        ``MaskablePPO`` of sb3-contrib asks for it by this name. With a vocabulary, the mask of the tokens follows:
        bool [n_actions + vocabulary + 1]. It belongs to the last observation, also where that ended a life.

        Raises
        ------
        RuntimeError
            If the environment has not been reset.
        """
        _ = self.world.tick  # raises if there was no reset
        rows = self.world.outputs["final_observations" if self._match is None else "observations"]
        mask = action_masks(rows[self.slot : self.slot + 1], self._row)[0].astype(np.bool_)
        vocabulary = self.world.config.vocabulary
        return np.concatenate([mask, np.ones(vocabulary + 1, np.bool_)]) if vocabulary else mask

    def _observed(self, row: NDArray[np.uint8]) -> tuple[Any, dict[str, Any]]:
        """Return a row as observation and info, both fresh."""
        rows = row[np.newaxis].copy()
        mask: Any = action_masks(rows, self._row)[0].copy()
        if self.world.config.vocabulary:
            mask = mask, np.ones(self.world.config.vocabulary + 1, np.int8)
        observation = rows[0] if self._parts is None else self._parts.each(rows)[0]
        return observation, {"action_mask": mask}

    # ---- looking -------------------------------------------------------------------------------

    def render(self) -> str | NDArray[np.uint8] | None:
        """Return the learner's surroundings, in the form that ``render_mode`` says."""
        if self.render_mode is None:
            warn_unrendered("gymnasium.make")
            return None
        if self.render_mode == "ansi":
            return draw(self.world, self.slot)
        if self.render_mode == "rgb_array":
            return self._renderer.picture(self.world, self.slot)
        self._renderer.show(self.world, self.slot)
        return None

    def _show_present(self) -> None:
        """Show the present, where a person watches."""
        if self.render_mode == "human":
            self._renderer.show(self.world, self.slot)

    def close(self) -> None:
        """Free the world; closing again does nothing."""
        self._renderer.close()
        self.world.close()
