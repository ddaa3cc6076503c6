"""Gymnasium's environment for one learner, among others who play by themselves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from nmmo.core.arguments import as_integer, as_seed
from nmmo.core.config import Config
from nmmo.core.dtypes import observation_dtype
from nmmo.core.errors import ConfigError
from nmmo.core.maps import MapLike
from nmmo.core.world import World
from nmmo.envs.others import Others, others_for
from nmmo.envs.parts import Parts, action_masks, action_space, row_space
from nmmo.envs.pictures import Pictures
from nmmo.envs.settings import (
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
from nmmo.envs.single_action import single_action
from nmmo.envs.text import draw

__all__ = ["DEFAULTS", "SoloEnv"]

DEFAULTS = {"horizon": 1024}  # of fields that a preset leaves endless


class SoloEnv(gymnasium.Env[Any, Any]):
    """One learner in a world of others. ``gymnasium.make("nmmo/solo-v3", ...)`` makes it.

    An episode is one life of the learner, at most up to the horizon, in a world that begins with it.

    Parameters
    ----------
    config
        Of the world, taken as it is; the name of a preset, or None for "small", with ``horizon`` 1,024 where
        the preset leaves it endless.
    others
        Who plays the other slots: "random" (possible actions); the name of a baseline, such as "forager";
        the path of an agent's folder; an object with the methods of ``nmmo.agents.Agent``; or a function of
        rows [n, row_bytes] and mask [n, 69] that returns n actions. None: "forager".
    slot
        Which slot the learner plays.
    seed
        Of the first episode. None: fresh entropy.
    map
        As for ``nmmo.World``.
    observation
        "flat": uint8 [row_bytes], to be read by ``nmmo.observation_dtype``. "dict": the parts that
        ``nmmo.envs.Parts`` describes.
    render_mode
        None; "ansi": ``render()`` returns a coloured text; "rgb_array": a picture, uint8 [720, 1280, 3],
        drawn without a display; "human": a window shows every tick by itself. Pictures need pygame-ce.
    record
        Where to write a replay: a file ending in ``.nmr``, which must not exist. Every further reset begins
        another file, with its number before the suffix. ``close`` completes the last.
    trust
        Whether the code of an agent's folder from elsewhere may run in this process.
    **overrides
        Fields of the configuration that shall differ.

    Attributes
    ----------
    world : nmmo.World
        The world behind the environment.
    others
        What plays the other slots, with the methods ``reset`` and ``act``.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or the agent cannot be loaded.
    nmmo.ConfigError
        If a field is unknown or out of range.
    nmmo.MapError, OSError, MemoryError
        As by ``nmmo.World``.

    Examples
    --------
    >>> import gymnasium, nmmo
    >>> env = gymnasium.make("nmmo/solo-v3", others="random")
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
        config: Config | str | None = None,
        *,
        others: Others = None,
        slot: int = 0,
        seed: int | None = None,
        map: MapLike | None = None,
        observation: ObservationForm = "flat",
        render_mode: RenderMode = None,
        record: str | os.PathLike[str] | None = None,
        trust: bool = False,
        **overrides: Any,
    ) -> None:
        settled = chosen_config(config, "small", DEFAULTS, overrides)
        if settled.rebirth == "on_request":
            raise ConfigError(
                "rebirth = 'on_request' would leave the others dead: use 'same_tick' or 'next_tick'"
            )
        self.slot = as_integer(slot, "slot", 0, settled.n_players - 1)
        self.observation: ObservationForm = chosen(observation, "observation", FORMS)
        self._pictures = Pictures()
        self.render_mode: RenderMode = chosen(render_mode, "render_mode", (None, *RENDER_MODES))
        self.others = others_for(others, settled, trust)
        self.world = World(settled, seed, final_observations=True, map=map)
        begin_recording(self.world, record)
        self._parts = Parts(settled) if self.observation == "dict" else None
        self.observation_space: spaces.Space[Any] = (
            row_space(settled) if self._parts is None else self._parts.space
        )
        self.action_space: spaces.Space[Any] = action_space(settled)
        self._row = observation_dtype(settled)
        self._other_slots = np.delete(np.arange(settled.n_players), self.slot)
        pair = (2,) if settled.vocabulary else ()
        self._actions: NDArray[np.int64] = np.zeros((settled.n_players, *pair), np.int64)
        self._living = False

    # ---- episodes ------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begins an episode.

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
            ``"action_mask"``, int8 [69]; with a vocabulary a pair of masks, for ``action_space.sample``.

        Raises
        ------
        TypeError, ValueError
            If the seed is no integer of 64 bits, or an option is given.
        nmmo.MapError
            If the map given cannot be played on.
        """
        refuse_options(options)
        number = None if seed is None else as_seed(seed)
        super().reset(seed=number)
        rows, _ = self.world.reset(number)
        self.others.reset(self.world.seed, self._other_slots.copy())
        self._living = True
        self._show_present()
        return self._observed(rows[self.slot])

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Plays one tick: the others choose from what they see, then all act.

        Parameters
        ----------
        action
            An integer 0..68; with ``config.vocabulary`` > 0 a pair of action and token.

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
            If the action is not as described, or the others' are not. The world is as it was.
        RuntimeError
            If the environment has not been reset, or not since the life ended.
        """
        if not self._living:
            raise RuntimeError("there is no life to play: call reset() first")
        self._actions[self.slot] = single_action(action, self.world.config.vocabulary)
        if self._other_slots.size:
            self._actions[self._other_slots] = self._others_choice()
        rows, rewards, terminated, truncated, info = self.world.step(self._actions)
        died, cut_off = bool(terminated[self.slot]), bool(truncated[self.slot])
        if died or cut_off:
            rows = info["final_obs"]
            self._living = False
        self._show_present()
        observation, told = self._observed(rows[self.slot])
        return observation, float(rewards[self.slot]), died, cut_off, told

    def _others_choice(self) -> NDArray[Any]:
        """Actions of the other slots, checked so far that an error names the one to blame."""
        rows = self.world._outputs["observations"][self._other_slots]
        chosen = np.asarray(self.others.act(rows, rows.view(self._row)[:, 0]["mask"]))
        n = len(self._other_slots)
        if chosen.dtype.kind not in "iu":
            raise TypeError(f"the others' actions must be integers; got {chosen.dtype.name}")
        if self.world.config.vocabulary and chosen.shape == (n,):
            return np.stack([chosen, np.zeros_like(chosen)], axis=1)  # they say nothing
        if chosen.shape != (n, *self._actions.shape[1:]):
            raise ValueError(f"the others' actions must have shape ({n},); got {chosen.shape}")
        return chosen

    def _observed(self, row: NDArray[np.uint8]) -> tuple[Any, dict[str, Any]]:
        """A row as observation and info, both fresh."""
        rows = row[np.newaxis].copy()
        mask: Any = action_masks(rows, self._row)[0].copy()
        if self.world.config.vocabulary:
            mask = mask, np.ones(self.world.config.vocabulary + 1, np.int8)
        observation = rows[0] if self._parts is None else self._parts.each(rows)[0]
        return observation, {"action_mask": mask}

    # ---- looking -------------------------------------------------------------------------------

    def render(self) -> str | NDArray[np.uint8] | None:
        """The learner's surroundings, in the form that ``render_mode`` says."""
        if self.render_mode is None:
            warn_unrendered("gymnasium.make")
            return None
        if self.render_mode == "ansi":
            return draw(self.world, self.slot)
        if self.render_mode == "rgb_array":
            return self._pictures.picture(self.world, self.slot)
        self._pictures.show(self.world, self.slot)
        return None

    def _show_present(self) -> None:
        """Shows the present, where a person watches."""
        if self.render_mode == "human":
            self._pictures.show(self.world, self.slot)

    def close(self) -> None:
        """Frees the world; closing again does nothing."""
        self._pictures.close()
        self.world.close()
