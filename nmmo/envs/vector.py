"""Gymnasium's vector environment: every slot of one or several worlds is a sub-environment."""

from __future__ import annotations

import copy as copying
import os
from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np
from gymnasium import vector
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from nmmo.core.arguments import as_integer, as_seed
from nmmo.core.config import ConfigLike, Respawn
from nmmo.core.dtypes import observation_dtype
from nmmo.core.errors import ConfigError
from nmmo.core.maps import MapLike
from nmmo.core.reader import WorldReader
from nmmo.core.rewards import RewardLike
from nmmo.core.world import World
from nmmo.core.worlds import MOST_WORLDS, Worlds
from nmmo.envs.arguments import (
    FORMS,
    ObservationForm,
    RenderMode,
    begin_recording,
    chosen,
    chosen_config,
    refuse_options,
    warn_unrendered,
)
from nmmo.envs.rendering import MOST_CENTRED, EnvRenderer, picture_size
from nmmo.envs.spaces import DictObservation, action_masks, action_space, row_space
from nmmo.envs.text import draw

__all__ = ["VectorEnv"]

_RESPAWN_MODES: Final[dict[AutoresetMode, Respawn]] = {
    AutoresetMode.SAME_STEP: "same_tick",
    AutoresetMode.NEXT_STEP: "next_tick",
    AutoresetMode.DISABLED: "on_request",
}

_Observation = NDArray[np.uint8] | dict[str, NDArray[Any]]
_Step = tuple[_Observation, NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]


_RENDER_MODES = ("ansi", "rgb_array")  # one window cannot show many worlds


class VectorEnv(vector.VectorEnv[Any, Any, NDArray[Any]]):
    """All slots of one or several worlds as a Gymnasium ``VectorEnv``.

    ``gymnasium.make_vec("nmmo/nmmo-v3", ...)`` makes it. An episode of a sub-environment is a life; the
    world continues for as long as the horizon allows, for ever by default.

    Parameters
    ----------
    num_envs
        Slots in all: a multiple of ``config.n_players``, from which the number of worlds follows. 1, which
        is Gymnasium's default, and None leave it to ``num_worlds``.
    config
        Of each world, taken as it is; the name of a preset; a dict of fields (with ``"preset"`` among them, if it
        is not "large"); or None for "large". Its ``respawn`` is decided by ``autoreset_mode``.
    num_worlds
        How many worlds. Sub-environment ``i * n_players + a`` is slot a of world i.
    seed
        Of the first episode; several worlds derive theirs from it. None: fresh entropy.
    map
        As for ``nmmo.World``.
    observation
        "flat": uint8 [n, row_bytes], to be read by ``nmmo.observation_dtype``. "dict": the parts that
        ``nmmo.envs.DictObservation`` describes, each [n, ...].
    autoreset_mode
        ``AutoresetMode.SAME_STEP`` (or "SameStep"): the next life begins in the step in which one ends, the
        last observation of which is in ``info["final_obs"]``. ``NEXT_STEP``: in the step after, which
        ignores the action and ends no life. ``DISABLED``: by ``reset(options={"reset_mask": mask})``; one world only.
    threads
        Threads that step the worlds, or build the observations of a single one.
    copy
        Hand out copies. Otherwise the arrays of a step are the worlds' own, and the next one overwrites
        them.
    render_mode
        None; "ansi": ``render()`` returns a text for each sub-environment; "rgb_array": a picture for each, drawn
        without a display by pygame-ce. ``render`` says how large.
    reward
        What is paid, as for ``nmmo.World``: a name, ``module:attribute``, a function of an ``nmmo.Tick``, or several by
        name with weights. None: the game's own reward.
    record
        Where to write a replay: a file ending in ``.nmr``, which must not exist. It is made with the first tick.
        Every further episode has another file, with its number before the suffix. Several worlds write a file each,
        with ``-w`` and the world's number. ``close`` completes the last.
    **overrides
        Fields of the configuration that differ.

    Attributes
    ----------
    worlds : nmmo.World or nmmo.Worlds
        What is behind: a ``World`` where there is one, else ``Worlds``.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    nmmo.ConfigError
        If a field is unknown (``nmmo.UnknownFieldError``) or out of range, or ``lives`` is not 0: a sub-environment
        is reset without end.
    nmmo.MapError, OSError, MemoryError
        As by ``nmmo.World``.

    Notes
    -----
    ``info["action_mask"]`` is int8 [n, n_actions], a view of the observations' memory (a copy with ``copy``).
    ``info["final_info"]`` has the masks of last observations. As everywhere in Gymnasium, ``_key`` beside
    ``key`` tells for which sub-environments there is one.

    Examples
    --------
    >>> import gymnasium, nmmo
    >>> envs = gymnasium.make_vec("nmmo/nmmo-v3", config="small")
    >>> observations, info = envs.reset(seed=7)
    >>> actions = nmmo.sample_actions(info["action_mask"], envs.np_random)
    >>> observations, rewards, terminations, truncations, info = envs.step(actions)
    """

    def __init__(
        self,
        num_envs: int | None = None,
        config: ConfigLike | str | None = None,
        *,
        num_worlds: int | None = None,
        seed: int | None = None,
        map: MapLike | None = None,
        observation: ObservationForm = "flat",
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
        threads: int = 1,
        copy: bool = False,
        render_mode: RenderMode = None,
        reward: RewardLike | None = None,
        record: str | os.PathLike[str] | None = None,
        **overrides: Any,
    ) -> None:
        mode = _mode(autoreset_mode)
        settled = chosen_config(type(self), config, "large", {}, overrides).replace(respawn=_RESPAWN_MODES[mode])
        if settled.lives:
            raise ConfigError(
                f"lives = {settled.lives}, but a sub-environment begins lives without end: set lives=0, "
                "or use nmmo.parallel_env, where agents leave"
            )
        count = _world_count(num_envs, num_worlds, settled.n_players)
        self.observation: ObservationForm = chosen(observation, "observation", FORMS)
        self._renderer = EnvRenderer()
        self.render_mode: RenderMode = chosen(render_mode, "render_mode", (None, *_RENDER_MODES))
        self.autoreset_mode = mode
        self.copy = bool(copy)
        self.metadata = {
            "name": "nmmo_v3",
            "render_modes": list(_RENDER_MODES),
            "render_fps": 10,
            "autoreset_mode": mode,
        }
        self.worlds: World | Worlds
        if count == 1:
            self.worlds = World(settled, seed, threads, final_observations=True, map=map, reward=reward)
        else:
            # All worlds have the same horizon and endless lives, so that they end together.
            self.worlds = Worlds(
                count, settled, seed, threads, autoreset=False, final_observations=True, map=map, reward=reward
            )
        begin_recording(self.worlds, record)
        self.num_envs = count * settled.n_players
        self._parts = DictObservation(settled) if self.observation == "dict" else None
        self.single_observation_space = row_space(settled) if self._parts is None else self._parts.space
        self.single_action_space = action_space(settled)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._ended: NDArray[np.bool_] = np.zeros(self.num_envs, np.bool_)
        self._bind()

    def _bind(self) -> None:
        """Make views of the worlds' arrays, which a copy of the environment has to make again."""
        outputs = self.worlds.outputs
        row = observation_dtype(self.worlds.config)
        self._rows: NDArray[np.uint8] = outputs["observations"]
        self._last_rows: NDArray[np.uint8] = outputs["final_observations"]
        self._masks = action_masks(self._rows, row)
        self._last_masks = action_masks(self._last_rows, row)
        self._everyone = np.ones(self.num_envs, np.bool_)
        self._everyone.flags.writeable = False  # it is handed out in every step

    def __getstate__(self) -> dict[str, Any]:
        views = ("_rows", "_last_rows", "_masks", "_last_masks", "_everyone")
        return {name: value for name, value in self.__dict__.items() if name not in views}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._bind()

    # ---- episodes ------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[_Observation, dict[str, Any]]:
        """Begin an episode of the worlds, or lives in slots that wait for one.

        Parameters
        ----------
        seed
            None continues the sequence of seeds that began with the last one given.
        options
            ``"reset_mask"``, ndarray of bool [n], with ``AutoresetMode.DISABLED``: where lives begin.
            Only sub-environments that have ended can be reset alone, and where a world is over all of them
            must be.

        Returns
        -------
        observations : ndarray or dict
        info : dict
            ``"action_mask"``.

        Raises
        ------
        TypeError, ValueError
            If the seed is not an integer of 64 bits, or an option is unknown or not as described.
        nmmo.MapError
            If the map given cannot be played on.
        """
        refuse_options(options, ("reset_mask",))
        if isinstance(seed, (list, tuple, np.ndarray)):
            raise TypeError("seed must be an integer or None: the slots of a world share one")
        number = None if seed is None else as_seed(seed)
        mask = (options or {}).get("reset_mask")
        if mask is not None and not self._checked_mask(mask).all():
            self._begin_lives(mask, number)
        else:
            self.worlds.reset(number)
            self._ended[:] = False
        super().reset(seed=number)
        first = self._observation(), self._info()
        return _copied(first) if self.copy else first

    def _checked_mask(self, mask: Any) -> NDArray[np.bool_]:
        if self.autoreset_mode is not AutoresetMode.DISABLED:
            raise ValueError(
                f"reset_mask needs autoreset_mode DISABLED; it is {self.autoreset_mode.name}, "
                "and lives begin by themselves"
            )
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            kind = f"an array of {mask.dtype}" if isinstance(mask, np.ndarray) else type(mask).__name__
            raise TypeError(f"reset_mask must be a numpy array of bool; got {kind}")
        if mask.shape != (self.num_envs,):
            raise ValueError(f"reset_mask must have shape ({self.num_envs},); got {mask.shape}")
        if not mask.any():
            raise ValueError("reset_mask must be True somewhere")
        return mask

    def _begin_lives(self, mask: NDArray[np.bool_], seed: int | None) -> None:
        """Begin new lives where some have ended, in the world as it is."""
        if seed is not None:
            raise ValueError("seed begins an episode of the whole world: give no reset_mask, or a full one")
        living = np.flatnonzero(mask & ~self._ended)
        if living.size:
            raise ValueError(f"sub-environment {living[0]} has not ended: alone, only those can be reset that have")
        if self._over():
            raise ValueError("the world is over: reset_mask must be True everywhere")
        still_ended = self._ended & ~mask
        kept = self._rows[still_ended]  # those who wait show their last observation, which a respawn clears
        self.worlds.respawn(mask)
        self._rows[still_ended] = kept
        self._ended &= ~mask

    def step(self, actions: Any) -> _Step:
        """Play one tick.

        Parameters
        ----------
        actions : array_like of int, shape [n]
            With ``config.vocabulary`` > 0: pairs of action and token, shape [n, 2].

        Returns
        -------
        observations : ndarray of uint8, shape [n, row_bytes], or dict
        rewards : ndarray of float32, shape [n]
        terminations : ndarray of bool, shape [n]
            Who died.
        truncations : ndarray of bool, shape [n]
            Whose life was cut off, by stagnation or the horizon.
        info : dict
            ``"action_mask"`` int8 [n, n_actions]. With SAME_STEP, where a life ended: ``"final_obs"`` (an array of
            objects, None where there is none) and ``"final_info"``.

        Raises
        ------
        TypeError, ValueError, nmmo.ActionError
            If the actions are not as described. The worlds are as they were.
        RuntimeError
            If the environment has not been reset, or with DISABLED a sub-environment has ended and was not.
        """
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            result = self._step_same(actions)
        else:
            result = self._step_waiting(actions)
        return _copied(result) if self.copy else result

    def _step_same(self, actions: Any) -> _Step:
        _, rewards, terminated, truncated, _ = self.worlds.step(actions)
        ended = np.logical_or(terminated, truncated, out=self._ended)
        which = ended.nonzero()[0].tolist()
        if not which:
            return self._observation(), rewards, terminated, truncated, self._info()
        info: dict[str, Any] = {
            "action_mask": self._masks,
            "_action_mask": self._everyone,
            "final_obs": self._final_observations(which),
            "_final_obs": ended,
            "final_info": {"action_mask": self._last_masks, "_action_mask": ended},
            "_final_info": ended,
        }
        if self._over():  # the reset clears them
            rewards, terminated, truncated = rewards.copy(), terminated.copy(), truncated.copy()
            self.worlds.reset()
        return self._observation(), rewards, terminated, truncated, info

    def _final_observations(self, which: list[int]) -> NDArray[Any]:
        """Return the last observations of the lives that ended, None for all others; Gymnasium wants objects."""
        final: NDArray[Any] = np.full(self.num_envs, None, object)
        if self._parts is None:
            for at in which:
                final[at] = self._last_rows[at]
        else:
            for at, parts in zip(which, self._parts.each(self._last_rows[which]), strict=True):
                final[at] = parts
        return final

    def _step_waiting(self, actions: Any) -> _Step:
        """Take a step of the modes in which an ended life shows its last observation."""
        if self.autoreset_mode is AutoresetMode.DISABLED:
            self._refuse_waiting()
        elif self._over():
            self.worlds.reset()
            self._ended[:] = False
            outputs = self.worlds.outputs  # all 0 after a reset
            return (
                self._observation(),
                outputs["rewards"],
                outputs["terminated"],
                outputs["truncated"],
                self._info(),
            )
        _, rewards, terminated, truncated, _ = self.worlds.step(actions)
        np.logical_or(terminated, truncated, out=self._ended)
        which = self._ended.nonzero()[0]
        if which.size:
            self._rows[which] = self._last_rows[which]
        return self._observation(), rewards, terminated, truncated, self._info()

    def _refuse_waiting(self) -> None:
        waiting = np.flatnonzero(self._ended)
        if waiting.size:
            raise RuntimeError(
                f"{waiting.size} sub-environments have ended, the first is {waiting[0]}: "
                "call reset(options={'reset_mask': terminations | truncations})"
            )

    def _over(self) -> bool:
        over = self.worlds.over
        return over if isinstance(over, bool) else bool(over.any())  # np.any of a bool takes 4 microseconds

    def _info(self) -> dict[str, Any]:
        return {"action_mask": self._masks, "_action_mask": self._everyone}

    def _observation(self) -> _Observation:
        return self._rows if self._parts is None else self._parts.split(self._rows)

    # ---- looking -------------------------------------------------------------------------------

    def render(self) -> tuple[str, ...] | tuple[NDArray[np.uint8], ...] | None:
        """Return a coloured text or a picture for each sub-environment, as ``render_mode`` says.

        Returns
        -------
        tuple of str, or of ndarray of uint8, shape [height, width, 3]
            ``num_envs`` of them, each with the sub-environment's player in the middle. All pictures are of one size:
            [720, 1280] for up to 4, [360, 640] for up to 16, [180, 320] for up to 64. Beyond, the sub-environments of
            a world share one picture of the whole world (the same read-only array), [90, 160], or one text around its
            first living player.

        Notes
        -----
        Gymnasium's ``RecordVideo`` and ``HumanRendering`` for vector environments put them beside one another.
        """
        if self.render_mode is None:
            warn_unrendered("gymnasium.make_vec")
            return None
        found: list[Any] = []
        for number, world in enumerate(self._each_world()):
            found += self._views(world, number)
        return tuple(found)

    def _views(self, world: WorldReader, number: int) -> list[str] | list[NDArray[np.uint8]]:
        """Return what ``render`` returns for the sub-environments of one world."""
        players = self.worlds.config.n_players
        text, size = self.render_mode == "ansi", picture_size(self.num_envs)
        if self.num_envs <= MOST_CENTRED:
            if text:
                return [draw(world, slot) for slot in range(players)]
            return [self._renderer.picture(world, slot, number, size) for slot in range(players)]
        if text:
            living = np.flatnonzero(world.players["alive"])
            return [draw(world, int(living[0]) if living.size else 0)] * players
        picture = self._renderer.picture(world, None, number, size)
        picture.flags.writeable = False
        return [picture] * players

    def _each_world(self) -> list[WorldReader]:
        if isinstance(self.worlds, World):
            return [self.worlds]
        return [self.worlds.world(index) for index in range(len(self.worlds))]

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """Return an attribute for each sub-environment, as Gymnasium's own vectors do: ``num_envs`` times the same."""
        return (getattr(self, name),) * self.num_envs

    def call(self, name: str, *arguments: Any, **named: Any) -> tuple[Any, ...]:
        """Call a method, and return its result for each sub-environment, as Gymnasium's own vectors do.

        Parameters
        ----------
        name
            Of a method or an attribute of the vector environment, such as "render".
        *arguments, **named
            What the method is called with.

        Returns
        -------
        tuple
            ``num_envs`` results: those of ``render``, or the same one over and over.
        """
        found = getattr(self, name)
        result = found(*arguments, **named) if callable(found) else found
        alone = isinstance(result, tuple) and len(result) == self.num_envs
        return result if alone else (result,) * self.num_envs

    def close_extras(self, **_: Any) -> None:
        """Free the worlds."""
        if hasattr(self, "worlds"):
            self.worlds.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _copied(result: Any) -> Any:
    """Return what a call returns, with copies of all its arrays."""
    return copying.deepcopy(result)


def _mode(given: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(given)
    except ValueError:
        pass
    if isinstance(given, str) and given.upper() in AutoresetMode.__members__:
        return AutoresetMode[given.upper()]
    names = ", ".join(repr(mode.value) for mode in AutoresetMode)
    raise ValueError(f"autoreset_mode = {given!r} is none of {names}")


def _world_count(num_envs: int | None, num_worlds: int | None, n_players: int) -> int:
    """Return how many worlds are asked for, by their number or by that of their slots."""
    asked = None if num_envs is None else as_integer(num_envs, "num_envs", 1, MOST_WORLDS * n_players)
    if num_worlds is not None:
        count = as_integer(num_worlds, "num_worlds", 1, MOST_WORLDS)
        slots = count * n_players
        if asked not in (None, 1, slots):
            raise ValueError(f"num_envs = {asked}, but {count} worlds of {n_players} players have {slots} slots")
        return count
    if asked is None or asked == 1:
        return 1
    if asked % n_players:
        raise ValueError(
            f"num_envs = {asked} is not a multiple of config.n_players = {n_players}: every slot of a world is "
            f"a sub-environment (try n_players={asked}, or num_worlds)"
        )
    return asked // n_players
