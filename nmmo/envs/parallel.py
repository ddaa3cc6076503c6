"""PettingZoo's parallel environment: dicts by agent name, over one world."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from operator import itemgetter
from typing import Any, ClassVar, Self

import numpy as np
import pettingzoo
from gymnasium import spaces
from gymnasium.utils import seeding
from numpy.typing import NDArray

from nmmo.core.config import ConfigLike
from nmmo.core.content import N_ACTIONS
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
    warn_of_options,
    warn_unrendered,
)
from nmmo.envs.handout import HandoutPool
from nmmo.envs.rendering import EnvRenderer
from nmmo.envs.single_action import single_action
from nmmo.envs.spaces import DictObservation, action_masks, action_space, mask_space, row_space
from nmmo.envs.state import state_bytes, state_space
from nmmo.envs.text import draw

__all__ = ["DEFAULTS", "ParallelEnv", "parallel_env"]

DEFAULTS = {"lives": 1, "horizon": 1024}  # of fields that a preset leaves endless

_NAME = "player_{}"
_Dicts = tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]


class ParallelEnv(pettingzoo.ParallelEnv[str, Any, Any]):  # type: ignore[misc] # it has no types
    """All players of one world, as a PettingZoo ``ParallelEnv``. ``nmmo.parallel_env`` makes it.

    Parameters
    ----------
    config
        Of the world, taken as it is; or the name of a preset, a dict of fields (with ``"preset"`` among them, if
        it is not "large"), or None, with ``lives`` 1 and ``horizon`` 1,024 where these leave them endless.
    seed
        Of the first episode. None: fresh entropy.
    map
        As for ``nmmo.World``.
    observation
        "flat": uint8 [row_bytes], to be read by ``nmmo.observation_dtype``, with the mask in
        ``info["action_mask"]``. "dict": ``{"observation": parts, "action_mask": mask}`` with the parts that
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
    threads
        Threads that build the observations.
    **overrides
        Fields of the configuration that differ.

    Attributes
    ----------
    possible_agents, agents : list of str
        ``player_0`` ...; ``agents`` are those whose last life has not ended. Each access makes a fresh list.
    world : nmmo.World
        The world behind the environment: for its tables, statistics, snapshots and hashes.
    render_agent : str or None
        Who stands in the middle of ``render()``. None: the first of ``agents``.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    nmmo.ConfigError
        If a field is unknown (``nmmo.UnknownFieldError``) or out of range, or ``respawn`` is "on_request".
    nmmo.MapError, OSError, MemoryError
        As by ``nmmo.World``.

    Notes
    -----
    What a step hands out is the caller's: plain dicts, with one array of observations and one of masks, of which
    the values in the dicts are views. No later step changes them while anybody holds one of them; what nobody
    holds is used again. To keep the observation of one agent for long, keep a copy of it, or the whole array
    stays in memory.

    Examples
    --------
    >>> import nmmo
    >>> env = nmmo.parallel_env("small")
    >>> observations, infos = env.reset(seed=7)
    >>> while env.agents:
    ...     actions = {name: env.action_space(name).sample(infos[name]["action_mask"]) for name in env.agents}
    ...     observations, rewards, terminations, truncations, infos = env.step(actions)
    """

    metadata: ClassVar[dict[str, Any]] = {
        "name": "nmmo_v3",
        "render_modes": list(RENDER_MODES),
        "render_fps": 10,
        "is_parallelizable": True,
    }

    def __init__(
        self,
        config: ConfigLike | str | None = None,
        *,
        seed: int | None = None,
        map: MapLike | None = None,
        observation: ObservationForm = "flat",
        render_mode: RenderMode = None,
        reward: RewardLike | None = None,
        record: str | os.PathLike[str] | None = None,
        threads: int = 1,
        **overrides: Any,
    ) -> None:
        settled = chosen_config(type(self), config, "large", DEFAULTS, overrides)
        if settled.respawn == "on_request":
            raise ConfigError(
                "respawn = 'on_request' needs a request for every new life, which PettingZoo has no call for: "
                "use 'same_tick' or 'next_tick', or nmmo.World"
            )
        self.observation: ObservationForm = chosen(observation, "observation", FORMS)
        self.render_mode: RenderMode = chosen(render_mode, "render_mode", (None, *RENDER_MODES))
        self.render_agent: str | None = None
        self._renderer = EnvRenderer()
        self.world = World(settled, seed, threads, final_observations=True, map=map, reward=reward)
        begin_recording(self.world, record)
        self._names = tuple(_NAME.format(slot) for slot in range(settled.n_players))
        self._present: tuple[str, ...] = ()
        self._slot_of = {name: slot for slot, name in enumerate(self._names)}
        self._parts = DictObservation(settled) if self.observation == "dict" else None
        row: spaces.Space[Any] = row_space(settled)
        if self._parts is not None:
            row = spaces.Dict({"observation": self._parts.space, "action_mask": mask_space(settled)})
        self._observation_space = row
        self._action_spaces: dict[str, spaces.Space[Any]] = {}
        self._all_spaces: tuple[dict[str, spaces.Space[Any]], dict[str, spaces.Space[Any]]] | None = None
        self._state_space: spaces.Box | None = None
        self._row = observation_dtype(settled)
        self._vocabulary = settled.vocabulary
        self._handouts = HandoutPool(settled.n_players, self._row, settled.vocabulary)
        self._slots: NDArray[np.int64] = np.zeros(0, np.int64)
        self._gather: Callable[[Any], Any] | None = None
        self._all_false: dict[str, bool] = {}
        self._all_zero: dict[str, float] = {}
        self._lives_ended = np.zeros(settled.n_players, np.int64)
        pair = (2,) if settled.vocabulary else ()
        self._actions: NDArray[np.uint8] = np.zeros((settled.n_players, *pair), np.uint8)
        self._chance_seed: int | None = None
        self._chance: np.random.Generator | None = None

    @property
    def possible_agents(self) -> list[str]:
        """The names of all agents, by slot: a fresh list."""
        return list(self._names)

    @property
    def agents(self) -> list[str]:
        """The names of the agents whose last life has not ended, by slot: a fresh list."""
        return list(self._present)

    # ---- spaces --------------------------------------------------------------------------------

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """Return the space of an agent's observations; all agents share one."""
        self._known(agent)
        return self._observation_space

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """Return the space of an agent's actions. Each agent has its own, to be seeded by itself."""
        self._known(agent)
        if agent not in self._action_spaces:
            self._action_spaces[agent] = action_space(self.world.config)
        return self._action_spaces[agent]

    @property
    def observation_spaces(self) -> dict[str, spaces.Space[Any]]:
        """The spaces of the observations of all agents, always the same dict."""
        return self._spaces_of_all()[0]

    @property
    def action_spaces(self) -> dict[str, spaces.Space[Any]]:
        """The spaces of the actions of all agents, always the same dict."""
        return self._spaces_of_all()[1]

    def _spaces_of_all(self) -> tuple[dict[str, spaces.Space[Any]], dict[str, spaces.Space[Any]]]:
        """Return the dicts of all spaces, made once: callers look one agent after the other up in them."""
        if self._all_spaces is None:
            self._all_spaces = (
                dict.fromkeys(self._names, self._observation_space),
                {name: self.action_space(name) for name in self._names},
            )
        return self._all_spaces

    @property
    def state_space(self) -> spaces.Box:
        """The space of ``state()``."""
        if self._state_space is None:
            self._state_space = state_space(self.world.config)
        return self._state_space

    @property
    def np_random(self) -> np.random.Generator:
        """A generator for wrappers that choose by chance; the game does not use it.

        A reset with a seed begins it anew; one without continues it. Gymnasium's environments have the same.
        """
        if self._chance is None:
            self._chance, _ = seeding.np_random(self._chance_seed)
        return self._chance

    def _known(self, agent: str) -> None:
        if agent not in self._slot_of:
            raise KeyError(self._unknown(agent))

    def _unknown(self, agent: Any) -> str:
        return f"there is no agent {agent!r}; agents are called {self._names[0]!r} to {self._names[-1]!r}"

    # ---- episodes ------------------------------------------------------------------------------

    def reset(
        self, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Begin an episode.

        Parameters
        ----------
        seed
            None continues the sequence of seeds that began with the last one given.
        options
            There are none; a warning says so where some are given.

        Returns
        -------
        observations, infos : dict
            By agent. An info has ``"died"`` (False), and ``"action_mask"`` with flat observations.

        Raises
        ------
        TypeError, ValueError
            If the seed is not an integer of 64 bits.
        nmmo.MapError
            If the map given cannot be played on.
        """
        warn_of_options(options)
        rows, _ = self.world.reset(seed)
        if seed is not None:
            self._chance_seed, self._chance = self.world.seed, None
        self._lives_ended[:] = 0
        self._set_present(np.arange(self.world.n_agents))
        self._show_present()
        return self._observed(self._copied(rows), self._present, [], {})

    def step(self, actions: Mapping[str, Any]) -> _Dicts:
        """Play one tick.

        Parameters
        ----------
        actions
            For every agent in ``agents`` its action: an integer below the number of actions, of any kind; with
            ``config.vocabulary`` > 0 a pair of action and token. What is given for agents that have left, None
            for example, is ignored, as in PettingZoo's own environments.

        Returns
        -------
        observations : dict of str to ndarray or dict
            Of every agent that acted. Where its last life ended: the last observation of that life.
        rewards : dict of str to float
        terminations : dict of str to bool
            True where the last life ended by death.
        truncations : dict of str to bool
            True where the last life was cut off, by the horizon or by stagnation.
        infos : dict of str to dict
            ``"died"``: whether a life ended by death in this tick. ``"action_mask"``, with flat observations.
            ``"final_obs"``: where a life ended that was not the last, its last observation.

        Raises
        ------
        TypeError, ValueError, nmmo.ActionError
            If an action is missing, of an agent that never was there, no integer or out of range. The world is
            as it was.
        RuntimeError
            If the environment has not been reset.

        Notes
        -----
        When no agent is left, a step changes nothing and returns empty dicts.
        """
        if not self._present:
            return self._after_the_end(actions)
        acting, slots = self._present, self._slots
        self._read(actions)
        every_row, every_reward, terminated, truncated, info = self.world.step(self._actions)
        rows = self._copied(every_row)
        rewards = self._paid(every_reward if len(slots) == len(every_row) else every_reward[slots])
        terminations, truncations = self._all_false.copy(), self._all_false.copy()
        died: list[str] = []
        finals: dict[str, NDArray[np.uint8]] = {}
        if self.world.over or (terminated | truncated).any():
            died = [acting[at] for at in np.flatnonzero(terminated[slots]).tolist()]
            finals = self._end_lives(rows, info["final_obs"], terminations, truncations)
        observations, infos = self._observed(rows, acting, died, finals)
        self._show_present()
        return observations, rewards, terminations, truncations, infos

    def _after_the_end(self, actions: Mapping[str, Any]) -> _Dicts:
        """Take a step without agents. Wrappers such as SuperSuit's ``black_death`` take one to notice the end."""
        _ = self.world.tick  # raises if there was no reset, or the world is closed
        self._refuse_unknown(actions)
        return {}, {}, {}, {}, {}

    def _paid(self, rewards: NDArray[np.float32]) -> dict[str, float]:
        """Return rewards by agent. Most are 0 in most ticks, and copying a dict of zeros is fast."""
        paid = self._all_zero.copy()
        which = np.flatnonzero(rewards)
        for at, reward in zip(which.tolist(), rewards[which].tolist(), strict=True):
            paid[self._present[at]] = reward
        return paid

    def _end_lives(
        self,
        rows: NDArray[np.uint8],
        last_rows: NDArray[np.uint8],
        terminations: dict[str, bool],
        truncations: dict[str, bool],
    ) -> dict[str, NDArray[np.uint8]]:
        """Settle the lives that ended in this tick.

        Agents whose last life ended get its last row and their flag, and leave. Returned are the last rows
        of the other lives, by agent.
        """
        world, slots, names = self.world, self._slots, self._present
        terminated, truncated = world.terminated[slots], world.truncated[slots]
        ended = terminated | truncated
        self._lives_ended[slots[ended]] += 1
        lives = world.config.lives
        if world.over:  # with those who have no body at the horizon
            gone = np.ones(len(slots), np.bool_)
        else:
            gone = ended & (self._lives_ended[slots] >= lives) if lives else np.zeros(len(slots), np.bool_)
        last = gone & ended
        rows[last] = last_rows[slots[last]]
        for at in np.flatnonzero(gone).tolist():
            terminations[names[at]] = bool(terminated[at])
            truncations[names[at]] = bool(truncated[at]) or not terminated[at]
        finals = {names[at]: last_rows[slots[at]].copy() for at in np.flatnonzero(ended & ~gone).tolist()}
        if gone.any():
            self._set_present(slots[~gone])
        return finals

    def _set_present(self, slots: NDArray[np.int64]) -> None:
        """Make the agents of these slots those that are present from now on."""
        self._slots = slots
        self._present = tuple([self._names[slot] for slot in slots.tolist()])
        self._all_false = dict.fromkeys(self._present, False)
        self._all_zero = dict.fromkeys(self._present, 0.0)
        self._gather = itemgetter(*self._present) if len(self._present) > 1 else None
        self._actions[:] = 0  # those who left wait

    def _observed(
        self,
        rows: NDArray[np.uint8],
        names: tuple[str, ...],
        died: list[str],
        finals: dict[str, NDArray[np.uint8]],
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Return observations and infos of agents, from the rows that ``_copied`` returned."""
        observations: dict[str, Any]
        if self._parts is None:
            handout = self._handouts.latest
            observations, infos = handout.observations(), handout.infos()
        else:
            observations = dict(zip(names, self._in_parts(rows), strict=True))
            infos = {name: {"died": False} for name in names}
        for name in died:
            infos[name]["died"] = True
        for name, row in finals.items():
            infos[name]["final_obs"] = row if self._parts is None else self._in_parts(row[np.newaxis])[0]
        return observations, infos

    def _copied(self, every_row: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the rows of those who are present, as a copy that is theirs to keep."""
        if self._parts is not None:
            return every_row[self._slots]
        return self._handouts.next().filled(every_row, self._slots, self._present)

    def _in_parts(self, rows: NDArray[np.uint8]) -> list[dict[str, Any]]:
        """Return observations as dicts, with the mask where PettingZoo looks for it."""
        assert self._parts is not None
        masks: Iterable[Any] = action_masks(rows, self._row).copy()
        if self._vocabulary:  # in the form that `action_space.sample` takes; everything can be said
            masks = zip(masks, np.ones((len(rows), self._vocabulary + 1), np.int8), strict=True)
        return [
            {"observation": parts, "action_mask": mask}
            for parts, mask in zip(self._parts.each(rows), masks, strict=True)
        ]

    # ---- actions -------------------------------------------------------------------------------

    def _read(self, actions: Mapping[str, Any]) -> None:
        """Put the actions of all agents into ``_actions``, which is unchanged if one is wrong."""
        values = self._plain(actions)
        if values is None:
            values = self._checked(actions)
        if self._vocabulary:
            values = values.reshape(-1, 2)
        if len(self._slots) == len(self._actions):
            self._actions[...] = values
        else:
            self._actions[self._slots] = values

    def _plain(self, actions: Mapping[str, Any]) -> NDArray[np.uint8] | None:
        """Return the actions as bytes, fast, if nothing is unusual about them."""
        if self._gather is None or type(actions) is not dict:
            return None
        if len(actions) != len(self._present) and not actions.keys() <= self._slot_of.keys():
            return None
        try:
            given = self._gather(actions)
            if self._vocabulary:
                if set(map(len, given)) != {2}:
                    return None
                given = tuple(chain.from_iterable(given))
            if bool in set(map(type, given)):
                return None
            values = np.frombuffer(bytes(given), np.uint8)
            if self._vocabulary:
                fits = values[::2].max() < N_ACTIONS and values[1::2].max() <= self._vocabulary
            else:
                fits = values.max() < N_ACTIONS
        except (KeyError, TypeError, ValueError):
            return None
        return values if fits else None

    def _checked(self, actions: Any) -> NDArray[np.uint8]:
        """Return the actions as bytes, one by one; errors name the agent."""
        if not isinstance(actions, Mapping):
            raise TypeError(
                f"actions must be a dict from agent to action; got {type(actions).__name__} "
                "(nmmo.World.step takes arrays)"
            )
        missing = [name for name in self._present if name not in actions]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise ValueError(f"there is no action for {missing[0]!r}{more}: each of env.agents needs one in every step")
        self._refuse_unknown(actions)
        values = [single_action(actions[name], self._vocabulary, name) for name in self._present]
        return np.array(values, np.uint8).ravel()

    def _refuse_unknown(self, actions: Mapping[str, Any]) -> None:
        for name in actions:
            if name not in self._slot_of:
                raise ValueError(self._unknown(name))

    # ---- looking -------------------------------------------------------------------------------

    def state(self) -> NDArray[np.uint8]:
        """Return the true state of the whole world: uint8 [size], fresh.

        ``state().view(nmmo.envs.state_dtype(env.world.config))[0]`` reads it by name.

        Raises
        ------
        RuntimeError
            If the environment has not been reset.
        """
        return state_bytes(self.world)

    def render(self) -> str | NDArray[np.uint8] | None:
        """Return the surroundings of ``render_agent``, in the form that ``render_mode`` says.

        Raises
        ------
        KeyError
            If there is no agent of the name in ``render_agent``.
        RuntimeError
            If the environment has not been reset.
        ImportError
            If a picture is asked for and pygame-ce is not installed.
        """
        if self.render_mode is None:
            warn_unrendered("nmmo.parallel_env")
            return None
        name = self.render_agent
        if name is None:
            name = self._present[0] if self._present else self._names[0]
        self._known(name)
        slot = self._slot_of[name]
        if self.render_mode == "ansi":
            return draw(self.world, slot)
        if self.render_mode == "rgb_array":
            return self._renderer.picture(self.world, slot)
        self._renderer.show(self.world, slot)
        return None

    def _show_present(self) -> None:
        """Show the present, where a person watches."""
        if self.render_mode == "human":
            self.render()

    def close(self) -> None:
        """Free the world; closing again does nothing."""
        self._renderer.close()
        self.world.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __str__(self) -> str:
        return str(self.metadata["name"])

    def __repr__(self) -> str:
        return f"<nmmo.envs.ParallelEnv of {len(self._names)} agents>"


def parallel_env(
    config: ConfigLike | str | None = None,
    *,
    seed: int | None = None,
    map: MapLike | None = None,
    observation: ObservationForm = "flat",
    render_mode: RenderMode = None,
    reward: RewardLike | None = None,
    record: str | os.PathLike[str] | None = None,
    threads: int = 1,
    **overrides: Any,
) -> ParallelEnv:
    """Make a PettingZoo ``ParallelEnv``; ``nmmo.envs.ParallelEnv`` describes the arguments and errors."""
    return ParallelEnv(
        config,
        seed=seed,
        map=map,
        observation=observation,
        render_mode=render_mode,
        reward=reward,
        record=record,
        threads=threads,
        **overrides,
    )
