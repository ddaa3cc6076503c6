"""The parallel environment: lives and deaths, what comes out, what is refused, that it is the same game."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from drawn_envs import TINY, VICTIM, VICTIM_NAME, doom, drawn_parallel, possible, waits

import nmmo
from nmmo.core.content import N_ACTIONS
from nmmo.envs import ParallelEnv
from nmmo.envs.arguments import chosen_config

INTEGERS = [int, *(np.dtype(code).type for code in "bBhHiIlLqQ")]


@pytest.fixture
def env():
    made = nmmo.parallel_env(TINY, seed=3)
    made.reset(seed=11)
    return made


def equal(one: Any, other: Any) -> bool:
    """Return whether nested dicts, tuples, arrays and numbers are the same."""
    if isinstance(one, dict):
        return isinstance(other, dict) and list(one) == list(other) and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(equal, one, other))
    return np.array_equal(one, other)


def arrays(value: Any) -> list[np.ndarray]:
    """Return all arrays in nested dicts and tuples."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    return [array for part in value for array in arrays(part)] if isinstance(value, tuple) else []


# ---- the arguments ----------------------------------------------------------------------------------


def test_defaults_are_a_large_world_of_one_life():
    config = nmmo.parallel_env().world.config
    assert config == nmmo.Config.preset("large", lives=1, horizon=1024)


def test_a_preset_by_name_gets_one_life_and_a_horizon():
    assert nmmo.parallel_env("small").world.config == nmmo.Config.preset("small", lives=1, horizon=1024)
    assert nmmo.parallel_env("battle").world.config == nmmo.Config.preset("battle")


def test_what_a_preset_sets_itself_stays():
    config = chosen_config(ParallelEnv, "battle", "large", {"lives": 3, "horizon": 7, "fog_final": 9}, {})
    assert config == nmmo.Config.preset("battle", fog_final=config.fog_final)
    assert chosen_config(ParallelEnv, "battle", "large", {"lives": 3}, {"lives": 4}).lives == 4


def test_a_configuration_is_taken_as_it_is():
    config = nmmo.Config.preset("small")
    assert nmmo.parallel_env(config).world.config == config
    assert nmmo.parallel_env(config, lives=2).world.config == config.replace(lives=2)


def test_overrides_win():
    config = nmmo.parallel_env("small", lives=0, horizon=7).world.config
    assert (config.lives, config.horizon) == (0, 7)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"config": 3}, TypeError, "config must be"),
        ({"config": "smal"}, nmmo.ConfigError, "did you mean 'small'"),
        ({"horizn": 3}, nmmo.ConfigError, "did you mean 'horizon'"),
        ({"observation": "image"}, ValueError, "'flat', 'dict'"),
        ({"render_mode": "film"}, ValueError, "'ansi'"),
        ({"respawn": "on_request"}, nmmo.ConfigError, "on_request"),
        ({"seed": 1.5}, TypeError, "seed"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, says):
    with pytest.raises(error, match=says):
        nmmo.parallel_env(**arguments)


# ---- what comes out ---------------------------------------------------------------------------------


def test_agents_are_called_by_their_slots(env):
    assert env.agents == env.possible_agents == [f"player_{slot}" for slot in range(24)]
    assert (env.num_agents, env.max_num_agents) == (24, 24)


def test_flat_observations_are_the_rows_of_the_world(env):
    observations, *_ = env.step(waits(env))
    for slot, name in enumerate(env.agents):
        assert observations[name].dtype == np.uint8
        assert observations[name].tobytes() == env.world.outputs["observations"][slot].tobytes()
        assert observations[name] in env.observation_space(name)


def test_masks_are_where_samplers_want_them(env):
    *_, infos = env.step(waits(env))
    for slot, name in enumerate(env.agents):
        mask = infos[name]["action_mask"]
        assert mask.dtype == np.int8
        assert mask.tolist() == env.world.mask[slot].tolist()
        assert mask[env.action_space(name).sample(mask)] == 1


def test_masks_with_a_vocabulary_are_a_pair():
    env = nmmo.parallel_env(TINY, vocabulary=3)
    _, infos = env.reset(seed=1)
    actions = {name: env.action_space(name).sample(infos[name]["action_mask"]) for name in env.agents}
    assert all(actions[name] in env.action_space(name) for name in env.agents)
    env.step(actions)
    spoken = env.world.players["token"].tolist()
    assert spoken == [int(actions[name][1]) for name in env.possible_agents]
    assert any(spoken)


def test_values_are_plain_python(env):
    _, rewards, terminations, truncations, infos = env.step(waits(env))
    assert {type(value) for value in rewards.values()} == {float}
    assert {type(value) for value in [*terminations.values(), *truncations.values()]} == {bool}
    assert {type(info["died"]) for info in infos.values()} == {bool}


def test_rewards_are_those_of_the_world(env):
    rng = np.random.default_rng(4)
    paid = 0
    while env.agents:
        slots = [int(name.removeprefix("player_")) for name in env.agents]
        _, rewards, *_ = env.step(possible(env, rng))
        assert list(rewards.values()) == env.world.rewards[slots].tolist()
        paid += sum(reward != 0 for reward in rewards.values())
    assert paid > 20


def test_every_dict_has_the_agents_that_acted(env):
    rng = np.random.default_rng(4)
    left = 0
    while env.agents:
        acting = env.agents
        for result in env.step(possible(env, rng)):
            assert list(result) == acting
        left += len(acting) > len(env.agents) > 0
    assert left > 3


def test_dict_observations_have_parts_and_mask():
    env = nmmo.parallel_env(TINY, observation="dict")
    env.reset(seed=5)
    observations, *_, infos = env.step(waits(env))
    for slot, name in enumerate(env.agents):
        assert observations[name] in env.observation_space(name)
        parts, row = observations[name]["observation"], env.world.observations[slot]
        assert parts["tiles"][..., 5].tolist() == row["tiles"]["health"].tolist()
        assert parts["inventory"][:, 0].tolist() == row["inventory"]["type"].tolist()
        assert parts["market"].tolist() == row["market"].tolist()
        assert observations[name]["action_mask"].tolist() == row["mask"].tolist()
        assert "action_mask" not in infos[name]


@pytest.mark.parametrize("observation", ["flat", "dict"])
def test_steps_hand_out_fresh_data(observation):
    env = nmmo.parallel_env(TINY, observation=observation)
    results: list[Any] = [env.reset(seed=5)]
    rng = np.random.default_rng(1)
    kept = [copy.deepcopy(tuple(map(dict, results[0])))]
    for _ in range(6):
        results.append(env.step(possible(env, rng)))
        kept.append(copy.deepcopy(tuple(map(dict, results[-1]))))
    for result, was in zip(results, kept, strict=True):
        assert equal(tuple(map(dict, result)), was)
    spans = [arrays(tuple(map(dict, result))) for result in results]
    own = arrays(env.world.outputs)
    for index, span in enumerate(spans):
        for other in [*spans[index + 1 :], own]:
            assert not any(np.shares_memory(span[0], array) for array in other[:3])
            assert not any(np.shares_memory(span[-1], array) for array in other[-3:])


def test_writing_into_an_observation_leaves_the_mask_and_the_world(env):
    observations, _, _, _, infos = env.step(waits(env))
    before = env.world.hash(), infos["player_0"]["action_mask"].copy()
    observations["player_0"][:] = 255
    assert (env.world.hash(), infos["player_0"]["action_mask"].tolist()) == (before[0], before[1].tolist())


def test_spaces_are_the_same_object_every_time(env):
    assert env.action_space("player_3") is env.action_space("player_3")
    assert env.action_space("player_3") is not env.action_space("player_4")
    assert env.observation_space("player_3") is env.observation_space("player_3")
    assert env.observation_spaces["player_3"] is env.observation_space("player_3")
    assert env.action_spaces["player_3"] is env.action_space("player_3")
    with pytest.raises(KeyError, match="player_99"):
        env.action_space("player_99")


# ---- lives and deaths, on drawn worlds ---------------------------------------------------------------


@pytest.mark.parametrize("observation", ["flat", "dict"])
def test_a_death_shows_the_last_observation_and_the_agent_leaves(observation):
    env = drawn_parallel(observation, lives=1)
    doom(env.world)
    observations, rewards, terminations, truncations, infos = env.step({**waits(env), VICTIM_NAME: nmmo.Action.USE_1})
    assert terminations == {"player_0": False, VICTIM_NAME: True, "player_2": False}
    assert not any(truncations.values())
    assert rewards[VICTIM_NAME] == -1
    assert (infos[VICTIM_NAME]["died"], infos["player_0"]["died"]) == (True, False)
    assert "final_obs" not in infos[VICTIM_NAME]
    seen = observations[VICTIM_NAME]
    if observation == "dict":
        names = nmmo.envs.DictObservation(env.world.config).names["self"]
        own = dict(zip(names, seen["observation"]["self"].tolist(), strict=True))
        mask = seen["action_mask"]
    else:
        row = seen.view(nmmo.observation_dtype(env.world.config))[0]
        own, mask = row["self"], infos[VICTIM_NAME]["action_mask"]
        assert mask.tolist() == row["mask"].tolist()
    assert (own["health"], own["row"], own["column"]) == (0, 2, 2)
    assert mask[0] == 1
    assert env.agents == ["player_0", "player_2"]
    assert not env._actions[VICTIM].any()  # agents that have left wait, for those who record actions
    again = env.step(waits(env))
    assert all(list(result) == env.agents for result in again)


def test_with_more_lives_a_death_shows_in_reward_and_info():
    env = drawn_parallel(lives=2)
    doom(env.world)
    observations, rewards, terminations, truncations, infos = env.step(waits(env))
    assert not any(terminations.values()) and not any(truncations.values())
    assert rewards[VICTIM_NAME] == -1
    assert infos[VICTIM_NAME]["died"]
    dtype = nmmo.observation_dtype(env.world.config)
    last = infos[VICTIM_NAME]["final_obs"].view(dtype)[0]
    first = observations[VICTIM_NAME].view(dtype)[0]
    assert (last["self"]["health"], last["self"]["lives_left"]) == (0, 2)
    assert (first["self"]["health"], first["self"]["lives_left"]) == (100, 1)
    assert VICTIM_NAME in env.agents
    assert not np.shares_memory(last, env.world.outputs["final_observations"])
    *_, infos = env.step(waits(env))
    assert (infos[VICTIM_NAME]["died"], "final_obs" in infos[VICTIM_NAME]) == (False, False)


def test_the_last_of_several_lives_ends_it():
    env = drawn_parallel(lives=3, survival=True)
    flags = []
    while VICTIM_NAME in env.agents:
        env.world.edit.set(VICTIM, health=1, food=0)  # hunger finds it everywhere
        _, rewards, terminations, _, infos = env.step(waits(env))
        assert (infos[VICTIM_NAME]["died"], rewards[VICTIM_NAME]) == (True, -1)
        flags.append((terminations[VICTIM_NAME], "final_obs" in infos[VICTIM_NAME]))
    assert flags == [(False, True), (False, True), (True, False)]


def test_a_slot_without_a_body_waits():
    env = drawn_parallel(lives=2, respawn="next_tick")
    doom(env.world)
    observations, *_, infos = env.step(waits(env))
    assert not observations[VICTIM_NAME].view(nmmo.observation_dtype(env.world.config))["self"]["health"].any()
    assert np.flatnonzero(infos[VICTIM_NAME]["action_mask"]).tolist() == [0]
    assert infos[VICTIM_NAME]["final_obs"].any()
    observations, rewards, *_ = env.step(waits(env))
    assert observations[VICTIM_NAME].view(nmmo.observation_dtype(env.world.config))["self"]["health"] == 100
    assert rewards[VICTIM_NAME] == 0


def test_stagnation_truncates():
    env = drawn_parallel(lives=1, stagnation_ticks=2)
    env.step(waits(env))
    _, rewards, terminations, truncations, infos = env.step(waits(env))
    assert all(truncations.values()) and not any(terminations.values())
    assert not any(info["died"] for info in infos.values())
    assert set(rewards.values()) == {0.0}
    assert env.agents == []


def test_stagnation_between_lives_has_a_final_observation_but_no_death():
    env = drawn_parallel(lives=2, stagnation_ticks=2)
    env.step(waits(env))
    _, _, terminations, truncations, infos = env.step(waits(env))
    assert not any(truncations.values()) and not any(terminations.values())
    assert all("final_obs" in info and not info["died"] for info in infos.values())


@pytest.mark.parametrize("lives", [0, 1, 5])
def test_the_horizon_truncates_everybody(lives):
    env = drawn_parallel(lives=lives, horizon=3)
    env.step(waits(env))
    env.step(waits(env))
    observations, _, terminations, truncations, _ = env.step(waits(env))
    assert all(truncations.values()) and not any(terminations.values())
    assert env.agents == []
    ages = [row.view(nmmo.observation_dtype(env.world.config))["self"]["age"][0] for row in observations.values()]
    assert ages == [3, 3, 3]
    before = env.world.hash()
    assert env.step({}) == ({}, {}, {}, {}, {})
    assert env.step({"player_0": 0, "player_1": None}) == ({}, {}, {}, {}, {})
    with pytest.raises(ValueError, match="there is no agent 'player_3'"):
        env.step({"player_3": 0})
    assert env.world.hash() == before


def test_who_waits_for_a_life_at_the_horizon_is_truncated():
    env = drawn_parallel(lives=0, respawn="next_tick", horizon=2)
    doom(env.world)
    *_, infos = env.step(waits(env))
    assert infos[VICTIM_NAME]["died"]
    _, rewards, terminations, truncations, _ = env.step(waits(env))
    assert all(truncations.values()) and not any(terminations.values())
    assert rewards[VICTIM_NAME] == 0
    assert env.agents == []


def test_lives_are_counted_anew_in_each_episode():
    env = drawn_parallel(lives=2, survival=True)
    for _ in range(3):
        env.reset()
        env.world.edit.set(VICTIM, health=1, food=0)
        _, _, terminations, _, infos = env.step(waits(env))
        assert (terminations[VICTIM_NAME], infos[VICTIM_NAME]["died"]) == (False, True)


# ---- seeds --------------------------------------------------------------------------------------------


def story(env: Any, seed: Any, ticks: int = 30) -> list[Any]:
    """Return all that an environment hands out in some ticks of play that depends on what it hands out."""
    rng = np.random.default_rng(9)
    history: list[Any] = [tuple(map(dict, env.reset(seed=seed)))]
    for _ in range(ticks):
        if env.agents:
            history.append(tuple(map(dict, env.step(possible(env, rng)))))
    return history


@pytest.mark.parametrize("observation", ["flat", "dict"])
def test_a_seed_gives_the_same_story_and_another_gives_another(observation):
    one, two = (nmmo.parallel_env(TINY, seed=index, observation=observation) for index in range(2))
    stories = {seed: story(one, seed) for seed in (0, 1, 2**64 - 1)}
    for seed, history in stories.items():
        assert equal(tuple(history), tuple(story(two, seed)))
    assert not equal(stories[0][0], stories[1][0])  # the observations of reset alone
    assert not equal(stories[0][1:], stories[1][1:])
    assert not equal(stories[1][0], stories[2**64 - 1][0])


def test_a_reset_without_a_seed_continues_the_sequence():
    one, two = nmmo.parallel_env(TINY, seed=5), nmmo.parallel_env(TINY, seed=6)
    first = [story(one, None, 3) for _ in range(3)]
    second = [story(two, seed, 3) for seed in (5, None, None)]
    assert equal(tuple(map(tuple, first)), tuple(map(tuple, second)))
    assert not equal(first[0][0], first[1][0])
    assert not equal(first[1][0], first[2][0])


def test_without_any_seed_two_differ():
    assert not equal(nmmo.parallel_env(TINY).reset()[0], nmmo.parallel_env(TINY).reset()[0])


def test_reset_options_are_ignored_with_a_warning(env):
    with pytest.warns(UserWarning, match="'difficulty' is ignored"):
        env.reset(seed=1, options={"difficulty": 3})


# ---- actions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", INTEGERS, ids=lambda kind: kind.__name__)
def test_integers_of_every_width_work(env, kind):
    twin = copy.deepcopy(env)
    actions = possible(env, np.random.default_rng(2))
    env.step(actions)
    twin.step({name: kind(action) for name, action in actions.items()})
    assert env.world.hash() == twin.world.hash()


@pytest.mark.parametrize(
    "form", [lambda a: np.array(a), lambda a: np.array([a], np.int16), lambda a: [a], lambda a: (a,)]
)
def test_arrays_and_lists_of_one_number_work(env, form):
    twin = copy.deepcopy(env)
    actions = possible(env, np.random.default_rng(2))
    env.step(actions)
    twin.step({name: form(action) for name, action in actions.items()})
    assert env.world.hash() == twin.world.hash()


@pytest.mark.parametrize(
    "form",
    [tuple, list, np.array, lambda pair: np.array(pair, np.uint8), lambda pair: [np.int8(x) for x in pair]],
)
def test_pairs_of_every_form_work(form):
    env = nmmo.parallel_env(TINY, vocabulary=31)
    env.reset(seed=1)
    twin = copy.deepcopy(env)
    pairs = {
        name: (action, at % 32) for at, (name, action) in enumerate(possible(env, np.random.default_rng(3)).items())
    }
    env.step(pairs)
    twin.step({name: form(pair) for name, pair in pairs.items()})
    assert env.world.hash() == twin.world.hash()
    assert env.world.players["token"].tolist() == [pair[1] for pair in pairs.values()]


def test_the_order_of_the_dict_says_nothing(env):
    twin = copy.deepcopy(env)
    actions = possible(env, np.random.default_rng(2))
    env.step(actions)
    twin.step(dict(reversed(actions.items())))
    assert env.world.hash() == twin.world.hash()


BAD_ACTIONS = [
    (1.0, TypeError, f"'player_2' must be an integer 0..{N_ACTIONS - 1}; got float 1.0 .cast it with int"),
    (np.float32(1), TypeError, "got float32"),
    (True, TypeError, "got bool"),
    (np.True_, TypeError, "got bool"),
    ("1", TypeError, "got str"),
    (None, TypeError, "got NoneType"),
    ([1, 2], TypeError, "got list"),
    (np.array([1.0]), TypeError, "got float64"),
    (N_ACTIONS, nmmo.ActionError, f"'player_2' is {N_ACTIONS}: out of range 0..{N_ACTIONS - 1}"),
    (255, nmmo.ActionError, "out of range"),
    (256, nmmo.ActionError, "out of range"),
    (-1, nmmo.ActionError, "is -1: out of range"),
    (10**30, nmmo.ActionError, "out of range"),
]


@pytest.mark.parametrize(("action", "error", "says"), BAD_ACTIONS, ids=lambda value: repr(value)[:20])
def test_a_wrong_action_is_named_and_changes_nothing(env, action, error, says):
    before = env.world.hash()
    with pytest.raises(error, match=says):
        env.step({**waits(env), "player_2": action})
    assert env.world.hash() == before
    env.step(waits(env))
    assert env.world.tick == 1


BAD_PAIRS = [
    (3, ValueError, "must be a pair of action and token"),
    ((1, 2, 3), ValueError, "pair"),
    ("ab", ValueError, "pair"),
    ((N_ACTIONS, 0), nmmo.ActionError, f"the action of 'player_2' is {N_ACTIONS}"),
    ((0, 4), nmmo.ActionError, "the token of 'player_2' is 4: out of range 0..3"),
    ((0, -1), nmmo.ActionError, "token"),
    ((0, 1.5), TypeError, "token"),
    ((True, 0), TypeError, "bool"),
]


@pytest.mark.parametrize(("action", "error", "says"), BAD_PAIRS, ids=lambda value: repr(value)[:20])
def test_a_wrong_pair_is_named_and_changes_nothing(action, error, says):
    env = nmmo.parallel_env(TINY, vocabulary=3)
    env.reset(seed=1)
    before = env.world.hash()
    with pytest.raises(error, match=says):
        env.step({**dict.fromkeys(env.agents, (0, 0)), "player_2": action})
    assert env.world.hash() == before


def test_missing_and_unknown_agents_are_named(env):
    actions = waits(env)
    del actions["player_5"], actions["player_7"]
    with pytest.raises(ValueError, match="no action for 'player_5' and 1 more"):
        env.step(actions)
    with pytest.raises(ValueError, match="no agent 'player_24'; agents are called 'player_0' to 'player_23'"):
        env.step({**waits(env), "player_24": 0})
    with pytest.raises(ValueError, match="no agent 5"):
        env.step({**waits(env), 5: 0})
    with pytest.raises(TypeError, match="must be a dict from agent to action; got list"):
        env.step([0] * 24)
    assert env.world.tick == 0


@pytest.mark.parametrize("action", [0, None, "anything", 4711])
def test_actions_of_agents_that_have_left_are_ignored(action):
    """As in PettingZoo's own environments with deaths, and whatever is given: libraries fill in None or 0."""
    envs = [drawn_parallel(lives=1), drawn_parallel(lives=1)]
    for env in envs:
        everybody = waits(env)
        doom(env.world)
        env.step(everybody)
        assert VICTIM_NAME not in env.agents
    envs[0].step({**everybody, VICTIM_NAME: action})
    envs[1].step(waits(envs[1]))
    assert envs[0].world.hash() == envs[1].world.hash()
    with pytest.raises(ValueError, match="there is no agent 'player_9'"):
        envs[0].step({**everybody, "player_9": 0})
    with pytest.raises(ValueError, match="there is no action for 'player_0'"):
        envs[0].step({VICTIM_NAME: action, "player_2": 0})
    with pytest.raises(TypeError, match="the action of 'player_0' must be an integer"):
        envs[0].step({**everybody, "player_0": None})


def test_one_agent_alone_plays():
    env = nmmo.parallel_env("small", n_players=1, horizon=5)
    env.reset(seed=1)
    while env.agents:
        with pytest.raises(TypeError, match="bool"):
            env.step({"player_0": True})
        env.step({"player_0": np.int8(1)})
    assert env.world.tick == 5


def test_a_step_before_the_reset_says_so():
    with pytest.raises(RuntimeError, match="call reset"):
        nmmo.parallel_env(TINY).step({})


def test_a_closed_environment_says_so(env):
    env.close()
    env.close()
    with pytest.raises(nmmo.ClosedError):
        env.reset()


# ---- the same game as the world's -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [{}, {"lives": 0}, {"lives": 3}, {"lives": 2, "respawn": "next_tick"}, {"vocabulary": 5}, {"fog": True}],
    ids=str,
)
def test_it_is_the_game_that_the_world_plays(settings):
    env = nmmo.parallel_env(TINY, seed=8, **settings)
    world = nmmo.World(env.world.config, seed=8)
    rng, tokens = np.random.default_rng(1), np.random.default_rng(2)
    env.reset()
    world.reset()
    while env.agents:
        actions = nmmo.sample_actions(world.mask, rng)
        if env.world.config.vocabulary:
            actions = np.stack([actions, tokens.integers(0, 6, len(actions))], axis=1)
        world.step(actions)
        env.step({name: actions[int(name.removeprefix("player_"))] for name in env.agents})
        assert env.world.hash() == world.hash()
    assert env.world.over and world.over


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
@pytest.mark.parametrize("observation", ["flat", "dict"])
def test_copies_go_on_alike_and_apart(duplicate, observation):
    env = nmmo.parallel_env(TINY, observation=observation)
    env.reset(seed=2)
    rng = np.random.default_rng(6)
    for _ in range(40):
        env.step(possible(env, rng))
    assert 0 < len(env.agents) < 24  # copies know who has left
    env.action_space("player_1").seed(3)
    twin = duplicate(env)
    before = twin.world.hash()
    for _ in range(5):
        actions = possible(env, rng)
        assert equal(tuple(map(dict, env.step(actions))), tuple(map(dict, twin.step(actions))))
    assert before != twin.world.hash() == env.world.hash()
    assert env.action_space("player_1").sample() == twin.action_space("player_1").sample()


def test_a_copy_from_before_the_reset_continues_the_seeds():
    env = nmmo.parallel_env(TINY, seed=4)
    assert equal(copy.deepcopy(env).reset()[0], env.reset()[0])


def test_wrappers_have_a_generator_that_a_seeded_reset_begins_anew(env):
    def drawn() -> list[int]:
        return env.np_random.integers(1 << 30, size=4).tolist()

    env.reset(seed=0)
    first, next_ones = drawn(), drawn()
    env.reset()
    assert drawn() not in (first, next_ones)
    env.reset(seed=0)
    copied = copy.deepcopy(env)
    assert (drawn(), drawn()) == (first, next_ones)
    assert copied.np_random.integers(1 << 30, size=4).tolist() == first
    env.reset(seed=2**64 - 1)
    assert drawn() != first


def test_the_generator_does_not_change_the_game():
    one, other = nmmo.parallel_env(TINY), nmmo.parallel_env(TINY)
    for each in (one, other):
        each.reset(seed=4)
    one.np_random.random(100)
    assert one.reset()[0].keys() == other.reset()[0].keys()
    assert one.world.hash() == other.world.hash()
