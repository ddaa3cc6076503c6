"""What libraries and their users do with environments, found in public bug reports: each habit works here."""

from __future__ import annotations

import copy
import dataclasses
import json
import multiprocessing

import gymnasium
import numpy as np
import pytest
from drawn_envs import TINY, VICTIM, doom, drawn_parallel, drawn_vector, waits

import nmmo
from nmmo.core.content import N_ACTIONS
from nmmo.envs import VectorEnv
from nmmo.replay import Replay

SMALL = {"n_players": 4, "n_monsters": 8, "height": 48, "width": 48}


# ---- keyword arguments ---------------------------------------------------------------------------

MAKERS = {
    "parallel": lambda **more: nmmo.parallel_env("small", **more),
    "turns": lambda **more: nmmo.env("small", **more),
    "vector": lambda **more: gymnasium.make_vec("nmmo/nmmo-v3", config="small", **more),
    "solo": lambda **more: gymnasium.make("nmmo/solo-v3", opponents="random", **more),
    "config": nmmo.Config,
    "replace": nmmo.Config().replace,
}


@pytest.mark.parametrize("maker", list(MAKERS))
def test_an_unknown_keyword_is_a_type_error_in_pythons_words(maker):
    """TorchRL's GymEnv, for one, tries again without the argument after just this error."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'frameskip'") as caught:
        MAKERS[maker](frameskip=4)
    assert isinstance(caught.value, nmmo.UnknownFieldError) and isinstance(caught.value, nmmo.ConfigError)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("n_player", "n_players"),
        ("num_agents", "n_players"),
        ("max_cycles", "horizon"),
        ("max_steps", "horizon"),
        ("recrod", "record"),
        ("render", "render_mode"),
    ],
)
def test_the_nearest_argument_is_named(given, meant):
    with pytest.raises(nmmo.UnknownFieldError, match=f"unexpected keyword argument '{given}'; did you mean '{meant}'"):
        nmmo.parallel_env(**{given: 3})


def test_a_time_limit_hints_at_the_horizon():
    with pytest.raises(nmmo.UnknownFieldError, match="'max_episode_steps'; did you mean 'horizon'"):
        VectorEnv(config="small", max_episode_steps=100)


# ---- plain data ----------------------------------------------------------------------------------


def test_a_spec_survives_json():
    """Gymnasium writes a Config as a dict; Minari and others make the environment again from that."""
    config = nmmo.Config.preset("small", horizon=12, **SMALL)
    env = gymnasium.make("nmmo/solo-v3", config=config, opponents="random")
    spec = gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json())
    again = gymnasium.make(spec)
    assert again.unwrapped.world.config == config == env.unwrapped.world.config
    assert np.array_equal(again.reset(seed=3)[0], env.reset(seed=3)[0])


MAPPINGS = {
    "parallel": lambda config: nmmo.parallel_env(config).world.config,
    "solo": lambda config: gymnasium.make("nmmo/solo-v3", config=config, opponents="random").unwrapped.world.config,
    "vector": lambda config: VectorEnv(config=config).worlds.config,
    "world": lambda config: nmmo.World(config).config,
    "worlds": lambda config: nmmo.Worlds(2, config).config,
}


@pytest.mark.parametrize("maker", list(MAPPINGS))
@pytest.mark.parametrize("plain", [dataclasses.asdict, lambda config: json.loads(json.dumps(config.to_dict()))])
def test_a_whole_configuration_as_a_mapping_is_taken_as_it_is(maker, plain):
    config = nmmo.Config.preset("small", vocabulary=3, w_gold=0.125, map_seed=5, **SMALL)
    made = MAPPINGS[maker](plain(config))
    assert made == config.replace(respawn=made.respawn)


def test_a_mapping_names_its_preset_and_gets_the_defaults_of_the_environment():
    found = nmmo.parallel_env({"preset": "small", "n_players": 7}, n_monsters=9).world.config
    assert found == nmmo.Config.preset("small", n_players=7, n_monsters=9, lives=1, horizon=1024)
    assert nmmo.parallel_env({"preset": "small", "lives": 0}).world.config.lives == 0
    assert nmmo.World({"preset": "battle"}).config == nmmo.Config.preset("battle")
    assert nmmo.World.from_text("0 . .", config={"lives": 3}).config.lives == 3
    assert nmmo.observation_dtype({"view_row_radius": 2})["tiles"].shape == (5, 15)
    with pytest.raises(nmmo.ConfigError, match="'n_player'; did you mean 'n_players'"):
        nmmo.parallel_env({"n_player": 7})
    with pytest.raises(TypeError, match="a dict of its fields"):
        nmmo.parallel_env(7)


# ---- what is handed out ----------------------------------------------------------------------------


def test_lists_of_agents_are_the_callers_own():
    envs = [nmmo.parallel_env(TINY), nmmo.parallel_env(TINY)]
    for env in envs:
        env.reset(seed=3)
    envs[0].agents.reverse()
    envs[0].possible_agents.clear()
    envs[0].possible_agents.append("nobody")
    for env in envs:
        for _ in range(5):
            env.step({name: 1 + number % 4 for number, name in enumerate(env.possible_agents)})
    assert envs[0].world.hash() == envs[1].world.hash()
    assert envs[0].agents == envs[0].possible_agents == [f"player_{slot}" for slot in range(TINY.n_players)]


def test_what_a_step_returns_can_be_written_to():
    """In-place scaling, sorting, clearing: the game and the next step know nothing of it."""
    envs = [drawn_parallel(lives=2), drawn_parallel(lives=2)]
    for env in envs:
        doom(env.world)
    steps = [env.step(waits(env)) for env in envs]
    observations, rewards, terminations, truncations, infos = steps[0]
    for row in observations.values():
        row[:] = 255
    for info in infos.values():
        info["action_mask"][:] = 0
        info.get("final_obs", np.zeros(1))[:] = 9
        info.clear()
    for found in (observations, rewards, terminations, truncations, infos):
        found.clear()
    after = [env.step(waits(env)) for env in envs]
    assert envs[0].world.hash() == envs[1].world.hash()
    for name in envs[0].agents:
        assert np.array_equal(after[0][0][name], after[1][0][name])
        assert np.array_equal(after[0][4][name]["action_mask"], after[1][4][name]["action_mask"])


def test_shared_arrays_of_a_vector_are_read_only():
    envs = VectorEnv(config="small", **SMALL)
    _, info = envs.reset(seed=1)
    with pytest.raises(ValueError, match="read-only"):
        info["_action_mask"][0] = False


def test_last_observations_of_two_steps_are_two_arrays():
    envs = VectorEnv(config="small", horizon=1, **SMALL)
    envs.reset(seed=1)
    finals = [envs.step(np.zeros(envs.num_envs, np.int64))[4]["final_obs"] for _ in range(2)]
    assert finals[0] is not finals[1]


@pytest.mark.parametrize("observation", ["flat", "dict"])
@pytest.mark.parametrize("players", [1, 2])
def test_masks_are_copies_however_many_there_are(players, observation):
    env = nmmo.parallel_env("small", n_players=players, observation=observation)
    observations, infos = env.reset(seed=1)
    if observation == "flat":
        seen, mask = observations["player_0"], infos["player_0"]["action_mask"]
    else:
        seen, mask = observations["player_0"]["observation"]["tiles"], observations["player_0"]["action_mask"]
    assert not np.shares_memory(seen, mask)
    before = seen.copy()
    mask[:] = 0
    assert np.array_equal(seen, before)


def test_spaces_by_name_are_made_once():
    env = nmmo.parallel_env("small")
    assert env.action_spaces is env.action_spaces and env.observation_spaces is env.observation_spaces
    assert list(env.action_spaces) == list(env.observation_spaces) == env.possible_agents
    assert env.action_spaces["player_3"] is env.action_space("player_3")
    assert env.observation_spaces["player_3"] is env.observation_space("player_3")
    assert env.action_spaces["player_3"] is not env.action_spaces["player_4"]


# ---- memory layout ---------------------------------------------------------------------------------


def test_a_column_of_a_rollout_buffer_is_an_action():
    envs = [VectorEnv(config=TINY, lives=0), VectorEnv(config=TINY, lives=0)]
    for env in envs:
        env.reset(seed=2)
    buffer = np.random.default_rng(0).integers(0, 5, (envs[0].num_envs, 8))
    for tick in range(8):
        envs[0].step(buffer[:, tick])
        envs[1].step(buffer[:, tick].copy())
    assert envs[0].worlds.hash() == envs[1].worlds.hash()


# ---- turns -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error"), [(N_ACTIONS, nmmo.ActionError), (-1, nmmo.ActionError), (None, TypeError), (0.5, TypeError)]
)
@pytest.mark.parametrize("make", [nmmo.env, nmmo.nmmo_v3.raw_env])
def test_a_wrong_action_is_refused_in_its_turn_and_can_be_given_again(make, wrong, error):
    env, right = make(TINY), make(TINY)
    for each in (env, right):
        each.reset(seed=4)
    for _ in range(3 * TINY.n_players):
        agent = env.agent_selection
        with pytest.raises(error, match=f"the action of '{agent}'"):
            env.step(wrong)
        assert env.agent_selection == agent
        env.step(1)
        right.step(1)
    assert env.unwrapped.world.hash() == right.unwrapped.world.hash()
    assert env.unwrapped.world.tick == 3


# ---- recording ---------------------------------------------------------------------------------------


def play(env, ticks):
    """Let an environment of any kind wait for some ticks."""
    for _ in range(ticks):
        if isinstance(env, VectorEnv):
            env.step(np.zeros(env.num_envs, np.int64))
        elif isinstance(env, gymnasium.Env):
            env.step(0)
        else:
            env.step(dict.fromkeys(env.agents, 0))


RECORDING = {
    "parallel": lambda path: nmmo.parallel_env(TINY, record=path),
    "solo": lambda path: gymnasium.make("nmmo/solo-v3", config=TINY, opponents="random", record=path),
    "vector": lambda path: VectorEnv(config=TINY, lives=0, record=path),
}


@pytest.mark.parametrize("kind", list(RECORDING))
def test_only_what_was_played_leaves_a_file(kind, tmp_path):
    path = tmp_path / "game.nmr"
    RECORDING[kind](path).close()  # never reset
    env = RECORDING[kind](path)
    env.reset(seed=1)
    env.reset(seed=2)
    env.close()  # never played
    assert list(tmp_path.iterdir()) == []
    env = RECORDING[kind](path)
    env.reset(seed=1)
    env.reset(seed=3)
    play(env, 4)
    env.reset(seed=5)
    env.reset(seed=6)
    play(env, 2)
    env.reset()
    env.close()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["game-2.nmr", "game.nmr"]
    for name, seed, ticks in (("game.nmr", 3, 4), ("game-2.nmr", 6, 2)):
        with Replay(tmp_path / name) as replay:
            assert replay.verify()
            assert (replay.header.seed, replay.ticks) == (seed, ticks)


@pytest.mark.parametrize("kind", list(RECORDING))
def test_a_file_in_the_way_is_named_with_what_this_caller_can_do(kind, tmp_path):
    path = tmp_path / "game.nmr"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="choose another name for record=, or remove it") as caught:
        RECORDING[kind](path)
    assert caught.value.filename == str(path) and "overwrite" not in str(caught.value)
    with pytest.raises(FileNotFoundError):
        RECORDING[kind](tmp_path / "nowhere" / "game.nmr")
    path.unlink()
    env = RECORDING[kind](path)
    env.reset(seed=1)
    before = env.unwrapped.worlds.hash() if kind == "vector" else env.unwrapped.world.hash()
    path.write_bytes(b"mine too")  # since
    with pytest.raises(nmmo.replay.RecordingError):
        play(env, 1)
    assert path.read_bytes() == b"mine too"
    assert before == (env.unwrapped.worlds.hash() if kind == "vector" else env.unwrapped.world.hash())


def test_workers_of_a_vector_record(tmp_path):
    """Gymnasium makes one more environment than it uses, to ask it for its spaces."""
    makers = [
        lambda number=number: gymnasium.make(
            "nmmo/solo-v3", config=TINY, opponents="random", record=tmp_path / f"worker-{number}.nmr"
        )
        for number in range(2)
    ]
    context = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
    envs = gymnasium.vector.AsyncVectorEnv(makers, context=context)
    envs.reset(seed=3)
    for _ in range(5):
        envs.step(np.zeros(2, np.int64))
    envs.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["worker-0.nmr", "worker-1.nmr"]
    for path in tmp_path.iterdir():
        with Replay(path) as replay:
            assert replay.verify() and replay.ticks == 5


# ---- pictures ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("players", "worlds", "shape"),
    [
        (1, 1, (720, 1280, 3)),
        (4, 1, (720, 1280, 3)),
        (4, 2, (360, 640, 3)),
        (17, 1, (180, 320, 3)),
        (65, 1, (90, 160, 3)),
    ],
)
def test_a_picture_for_each_sub_environment(players, worlds, shape):
    pytest.importorskip("pygame")
    envs = VectorEnv(
        config="small", n_players=players, n_monsters=4, num_worlds=worlds, render_mode="rgb_array", height=96, width=96
    )
    envs.reset(seed=1)
    frames = envs.render()
    assert isinstance(frames, tuple) and len(frames) == envs.num_envs == players * worlds
    assert {frame.shape for frame in frames} == {shape} and {frame.dtype for frame in frames} == {np.dtype(np.uint8)}
    different = {frame.tobytes() for frame in frames}
    if players == 65:
        assert len(different) == 1 and not frames[0].flags.writeable
    else:
        assert len(different) == envs.num_envs  # each around its own player


def test_a_victim_has_a_picture_too():
    pytest.importorskip("pygame")
    envs = drawn_vector("NextStep")
    envs.render_mode = "rgb_array"
    doom(envs.worlds)
    envs.step(np.zeros(3, np.int64))
    assert envs.worlds.players["alive"].tolist() == [slot != VICTIM for slot in range(3)]
    assert len(envs.render()) == 3


# ---- rewards of one's own -------------------------------------------------------------------------------


def eastward(tick):
    """Pay for a step to the east."""
    return (tick.after["self"]["column"].astype(int) > tick.before["self"]["column"]) & ~tick.ended


def test_the_same_reward_in_every_environment():
    reward = {"game": 0.5, "east": (eastward, 2.0)}
    world = nmmo.World(TINY, reward=reward)
    parallel = nmmo.parallel_env(TINY, reward=reward)
    vector = VectorEnv(config=TINY, lives=0, reward=reward)
    solo = gymnasium.make(
        "nmmo/solo-v3", config=TINY, opponents=lambda rows, mask: np.full(len(rows), 4), reward=reward
    )
    for env in (parallel, vector, solo, world):
        env.reset(seed=3)
    east = int(nmmo.Action.MOVE_EAST)
    _, expected, *_ = world.step(np.full(TINY.n_players, east))
    assert (expected >= 1.9).any()
    assert list(parallel.step(dict.fromkeys(parallel.agents, east))[1].values()) == expected.tolist()
    assert vector.step(np.full(TINY.n_players, east))[1].tolist() == expected.tolist()
    assert solo.unwrapped.world.reward_terms.keys() == {"game", "east"}
    assert isinstance(solo.step(east)[1], float)
    again = copy.deepcopy(parallel)
    assert again.step(dict.fromkeys(again.agents, east))[1] == parallel.step(dict.fromkeys(parallel.agents, east))[1]


def test_a_vector_is_called_as_gymnasiums_own_are():
    """Libraries render a vector by ``envs.call("render")``."""
    envs = VectorEnv(config="small", render_mode="ansi", **SMALL)
    envs.reset(seed=1)
    assert envs.call("render") == envs.render() and len(envs.call("render")) == 4
    assert envs.call("metadata") == envs.get_attr("metadata") == (envs.metadata,) * 4
    with pytest.raises(AttributeError):
        envs.call("nothing")
