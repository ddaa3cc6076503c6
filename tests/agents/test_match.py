"""Matches: several agents in one world, and what each of them gets to see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from agent_folders import HEAD, acting, write_agent

import nmmo
from nmmo.agents import (
    Agent,
    AgentError,
    AgentReport,
    AgentSeat,
    Match,
    Seat,
    WaitingSeat,
    deal,
    load_agent,
    play_match,
    seat_agents,
    setting_of,
)

CONFIG = nmmo.Config.preset("small", height=64, width=64, n_players=24, n_monsters=32)
TEAMS = CONFIG.replace(team_size=4)


class Recorder(Agent):
    """Moves at random, and keeps what it was given."""

    def reset(self, seed, slots):
        super().reset(seed, slots)
        self.seed = seed
        self.given = []

    def act(self, rows, mask):
        self.given.append((rows, mask, rows.copy(), mask.copy()))
        return self.rng.integers(0, 9, len(rows))


def recorders(count: int, config: nmmo.Config = CONFIG) -> list[Recorder]:
    return [Recorder(setting_of(config), Path()) for _ in range(count)]


def begun(config: nmmo.Config = CONFIG, seed: int = 3) -> nmmo.World:
    world = nmmo.World(config, seed)
    world.reset()
    return world


# ---- dealing ---------------------------------------------------------------------------------------


def test_slots_are_dealt_in_turn():
    assert deal(3, CONFIG).tolist() == [0, 1, 2] * 8
    assert deal(3, CONFIG, rotation=1).tolist() == [1, 2, 0] * 8
    assert deal(3, CONFIG, rotation=5).tolist() == [2, 0, 1] * 8


def test_teams_are_dealt_whole():
    assert deal(2, TEAMS).tolist() == ([0] * 4 + [1] * 4) * 3
    with begun(TEAMS) as world:
        team = world.players["self"]["team"]
    for rotation in range(3):
        dealt = deal(3, TEAMS, rotation)
        assert all(len(set(dealt[team == one])) == 1 for one in np.unique(team))


def test_over_the_rotations_every_slot_is_everybodys():
    dealt = np.stack([deal(3, CONFIG, rotation) for rotation in range(3)])
    assert (np.sort(dealt, axis=0) == np.arange(3)[:, None]).all()


@pytest.mark.parametrize(("count", "config"), [(0, CONFIG), (25, CONFIG), (7, TEAMS)])
def test_too_many_agents_are_refused(count, config):
    with pytest.raises(AgentError, match="cannot share a world of"):
        deal(count, config)


# ---- playing ---------------------------------------------------------------------------------------


def test_one_seat_plays_alone():
    agent, alone = recorders(1)[0], recorders(1)[0]
    with begun() as world, begun() as other:
        match = Match(world, seat_agents([agent], CONFIG))
        alone.reset(agent.seed, np.arange(24))
        for _ in range(30):
            rows = other.observations.view(np.uint8).reshape(24, -1)
            expected = alone.act(rows, np.asarray(other.mask))
            actions = match.choose_actions()
            assert actions.tolist() == expected.tolist()
            world.step(actions)
            other.step(expected)
        assert world.hash() == other.hash()


@pytest.mark.parametrize("config", [CONFIG, TEAMS, CONFIG.replace(vocabulary=3)])
@pytest.mark.parametrize("map_", ["dealt", "uneven", "random"])
def test_each_agent_sees_its_own_slots_and_decides_over_them(config, map_):
    n = config.n_players
    of_slot = {
        "dealt": deal(3, config),
        "uneven": np.r_[2, np.zeros(n - 2, int), 1],
        "random": np.random.default_rng(0).permutation(np.arange(n) % 3),
    }[map_]
    agents = recorders(3, config)
    with begun(config) as world:
        match = Match(world, seat_agents(agents, config, of_slot))
        for tick in range(5):
            observations = world.observations.view(np.uint8).reshape(n, -1).copy()
            mask = world.mask.copy()
            states = [np.random.Generator(np.random.PCG64()) for _ in agents]
            for state, agent in zip(states, agents, strict=True):
                state.bit_generator.state = agent.rng.bit_generator.state
            actions = match.choose_actions()
            assert actions.shape == ((n, 2) if config.vocabulary else (n,))
            first = actions[:, 0] if config.vocabulary else actions
            for number, agent in enumerate(agents):
                slots = np.flatnonzero(of_slot == number)
                assert agent.slots.tolist() == slots.tolist() == match.seats[number].slots.tolist()
                *_, rows, possible = agent.given[tick]
                assert np.array_equal(rows, observations[slots])
                assert np.array_equal(possible, mask[slots])
                assert first[slots].tolist() == states[number].integers(0, 9, len(slots)).tolist()
            world.step(actions)


def test_rows_are_named_as_the_world_names_them():
    agent = recorders(1)[0]
    with begun() as world:
        match = Match(world, seat_agents([agent, *recorders(1)], CONFIG))
        match.choose_actions()
        seen = agent.given[0][0].view(agent.setting.observation)[:, 0]
        assert np.array_equal(seen["self"]["row"], world.observations["self"]["row"][::2])


def test_rows_are_not_copied_without_need():
    """Alone, or dealt in turn, an agent reads the world's own memory."""
    for count in (1, 3):
        agents = recorders(count)
        with begun() as world:
            match = Match(world, seat_agents(agents, CONFIG))
            match.choose_actions()
            for agent in agents:
                assert np.shares_memory(agent.given[0][0], world.observations)


def test_a_world_of_a_batch():
    agents = recorders(2)
    with nmmo.Worlds(2, CONFIG, seed=1) as worlds:
        worlds.reset()
        view = worlds.world(1)
        match = Match(view, seat_agents(agents, CONFIG))
        assert match.choose_actions().shape == (24,)
        assert np.array_equal(agents[0].given[0][0], worlds.observations.view(np.uint8).reshape(48, -1)[24::2])


def test_rows_that_must_be_copied_use_one_buffer():
    agents = recorders(3, TEAMS)
    with begun(TEAMS) as world:
        match = Match(world, seat_agents(agents, TEAMS))
        for _ in range(2):
            world.step(match.choose_actions())
        assert np.shares_memory(agents[0].given[0][0], agents[0].given[1][0])
        assert not np.shares_memory(agents[0].given[0][0], world.observations)


@pytest.mark.parametrize("config", [CONFIG, TEAMS])
def test_rows_cannot_be_written(tmp_path, config):
    agent = load_agent(write_agent(tmp_path / "waiter", acting("rows[0, 0] = 1")), setting_of(config), trust=True)
    with begun(config) as world:
        before = world.observations.copy()
        match = Match(world, seat_agents([agent, *recorders(2, config)], config, names=["wolf", "b", "c"]))
        with pytest.raises(AgentError, match=r"'wolf' failed in act.*tick 0.*line 6.*read-only"):
            match.choose_actions()
        assert np.array_equal(world.observations, before)


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("return np.zeros(len(rows))", ["float64"]),
        ("return np.zeros(len(rows) + 1, int)", ["shape (25,)"]),
        ("return np.full(len(rows), 99)", ["action 99 in row 0"]),
        ("pass", ["returned None"]),
        ("return 1 / 0", ["failed in act(rows, mask) at tick 0", "agent.py, line 6: ZeroDivisionError"]),
        ("raise SystemExit(3)", ["SystemExit"]),
        ("mask[0, 0] = 0", ["read-only"]),
        ("from . import nothing", ["ImportError"]),
    ],
)
def test_agents_that_fail_are_named(tmp_path, body, parts):
    agent = load_agent(write_agent(tmp_path / "waiter", acting(body)), setting_of(CONFIG), trust=True)
    with begun() as world:
        match = Match(world, seat_agents([agent], CONFIG, names=["wolf"]))
        with pytest.raises(AgentError) as caught:
            match.choose_actions()
        for part in ("agent 'wolf'", *parts):
            assert part in str(caught.value)


def test_a_reset_that_fails_is_named(tmp_path):
    code = acting("return 0") + "    def reset(self, seed, slots):\n        slots[0] = 3\n"
    agent = load_agent(write_agent(tmp_path / "waiter", code), setting_of(CONFIG), trust=True)
    with begun() as world, pytest.raises(AgentError, match=r"'Waiter' failed in reset.*line 8.*read-only"):
        Match(world, seat_agents([agent], CONFIG))


def test_an_agent_that_does_not_call_its_super(tmp_path):
    code = (
        HEAD
        + "class Waiter(Agent):\n    def __init__(self, setting, folder): pass\n"
        + "    def reset(self, seed, slots): pass\n"
        + "    def act(self, rows, mask): return np.zeros(len(rows), int)\n"
    )
    agent = load_agent(write_agent(tmp_path / "waiter", code), setting_of(CONFIG), trust=True)
    with begun() as world:
        match = Match(world, seat_agents([agent], CONFIG))
        assert not match.choose_actions().any()


def test_ctrl_c_is_nobodys_failure(tmp_path):
    agent = load_agent(
        write_agent(tmp_path / "waiter", acting("raise KeyboardInterrupt")), setting_of(CONFIG), trust=True
    )
    with begun() as world:
        match = Match(world, seat_agents([agent], CONFIG))
        with pytest.raises(KeyboardInterrupt):
            match.choose_actions()


# ---- seeds -----------------------------------------------------------------------------------------


def test_seeds_differ_by_agent_and_episode_and_repeat():
    agents = recorders(3)
    seats = seat_agents(agents, CONFIG)
    seen = []
    for seed in (0, 1, 0):
        with begun(seed=seed) as world:
            Match(world, seats)
        seen.append([agent.seed for agent in agents])
    assert seen[0] == seen[2]
    assert len({seed for some in seen[:2] for seed in some}) == 6
    worlds = {nmmo.derive_seed(seed, index) for seed in (0, 1) for index in range(100)} | {0, 1}
    assert not worlds & set(seen[0] + seen[1])


# ---- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_slot", "part"),
    [
        (np.zeros(23, int), "shape (24,)"),
        (np.zeros(24), "float64"),
        (np.r_[np.zeros(23, int), 2], "out of range 0..1"),
        (np.r_[np.zeros(23, int), -1], "out of range 0..1"),
        (np.zeros(24, int), "agent 'Recorder' has no slot"),
    ],
)
def test_assignments_that_are_refused(of_slot, part):
    with pytest.raises(AgentError) as caught:
        seat_agents(recorders(2), CONFIG, of_slot)
    assert part in str(caught.value)


def test_agents_that_cannot_be_seated():
    agent = recorders(1)[0]
    with pytest.raises(AgentError, match="given twice"):
        seat_agents([agent, agent], CONFIG)
    with pytest.raises(AgentError, match="2 agents and 1 names"):
        seat_agents(recorders(2), CONFIG, names=["one"])


@pytest.mark.parametrize(
    ("slots", "says"),
    [
        ([range(23)], "nobody plays slot 23"),
        ([range(24), range(3, 5)], "'seat 1' plays a slot that 'seat 0' plays, too"),
        ([range(25)], "'seat 0' plays slot 24 of a world whose slots are 0..23"),
    ],
)
def test_every_slot_belongs_to_one_seat(slots, says):
    seats = [WaitingSeat(np.array(some), name=f"seat {number}") for number, some in enumerate(slots)]
    with begun() as world, pytest.raises(AgentError) as caught:
        Match(world, seats)
    assert str(caught.value) == says


# ---- seats of other kinds ----------------------------------------------------------------------------


class Logged(Seat):
    """Plays a constant action and logs its calls."""

    def __init__(self, name, slots, log, action):
        super().__init__(name, slots)
        self.log, self.action = log, action

    def reset(self, seed):
        self.log.append(("reset", self.name, seed))

    def wait_ready(self):
        self.log.append(("ready", self.name))

    def request(self, observations):
        self.log.append(("request", self.name, observations.shape))

    def actions(self):
        self.log.append(("actions", self.name))
        return np.full(len(self.slots), self.action)


class Remote(Logged):
    concurrent = True


def test_all_seats_are_asked_before_any_is_waited_for():
    log = []
    seats = [
        Remote("a", np.arange(0, 6), log, 1),
        Logged("b", np.arange(6, 12), log, 2),
        Remote("c", np.arange(12, 18), log, 3),
        Logged("d", np.arange(18, 24), log, 4),
    ]
    with begun() as world:
        shape = (24, world.observations.dtype.itemsize)
        match = Match(world, seats, seeds=[5, 6, 7, 8])
        assert log == [("reset", "a", 5), ("reset", "b", 6), ("reset", "c", 7), ("reset", "d", 8)] + [
            ("ready", name) for name in "abcd"
        ]
        log.clear()
        assert match.step().tolist() == [1] * 6 + [2] * 6 + [3] * 6 + [4] * 6
        assert world.tick == 1
    assert log == [("request", name, shape) for name in "abcd"] + [("actions", name) for name in "bdca"]


def test_a_waiting_seat_waits():
    config = CONFIG.replace(vocabulary=3)
    with begun(config) as world:
        assert not Match(world, [WaitingSeat(np.arange(24), 3)]).step().any()


@pytest.mark.parametrize(
    ("body", "verdict", "tick", "illegal", "waited"),
    [
        ("return np.full(len(rows), 99 if self.count == 2 else 5)", "played", None, 1, 1),
        ("return np.full(len(rows), 5) if self.count < 3 else 1 / 0", "crashed", 3, 0, 2),
    ],
)
def test_a_seat_with_a_report_waits_instead_of_failing(tmp_path, body, verdict, tick, illegal, waited):
    code = acting(f"self.count = getattr(self, 'count', 0) + 1; {body}")
    agent = load_agent(write_agent(tmp_path / "waiter", code), setting_of(CONFIG), trust=True)
    report = AgentReport()
    seat = AgentSeat(agent, np.arange(24), setting_of(CONFIG), "wolf", report)
    with begun() as world:
        match = Match(world, [seat])
        played = [int(match.step()[0]) for _ in range(4)]
    assert played == ([5, 0, 5, 5] if verdict == "played" else [5, 5, 0, 0])
    assert (report.verdict, report.tick, report.illegal, report.waited) == (verdict, tick, illegal, waited)
    assert ("99" if illegal else "ZeroDivisionError") in report.words()


def test_a_seat_whose_agent_fails_to_start_waits(tmp_path):
    code = acting("return 0") + "    def reset(self, seed, slots):\n        1 / 0\n"
    agent = load_agent(write_agent(tmp_path / "waiter", code), setting_of(CONFIG), trust=True)
    report = AgentReport()
    with begun() as world:
        match = Match(world, [AgentSeat(agent, np.arange(24), setting_of(CONFIG), report=report)])
        assert not match.step().any()
    assert (report.verdict, report.tick, report.waited) == ("did not start", None, 1)


# ---- whole matches -----------------------------------------------------------------------------------


class Counter(nmmo.WorldObserver):
    def __init__(self):
        self.ticks = []

    def after_step(self, world, actions, observed):
        self.ticks.append(world.tick)


def test_a_match_is_played_to_its_tick_or_to_the_end_of_the_world():
    for config, ticks in ((CONFIG, 12), (CONFIG.replace(horizon=5), 5)):
        with begun(config) as world:
            counter = Counter()
            match = play_match(world, seat_agents(recorders(2), config), ticks=12, observers=[counter])
            assert world.tick == ticks and counter.ticks == list(range(1, ticks + 1))
            assert not world.observers
            assert match.assignment.names == ("Recorder", "Recorder")


def test_an_error_leaves_no_observer_behind(tmp_path):
    agent = load_agent(write_agent(tmp_path / "waiter", acting("1 / 0")), setting_of(CONFIG), trust=True)
    with begun() as world:
        with pytest.raises(AgentError, match="ZeroDivisionError"):
            play_match(world, seat_agents([agent], CONFIG), ticks=3, observers=[Counter()])
        assert not world.observers
