"""`nmmo bench`: that it measures what it says. How fast anything is, no test may ask."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import nmmo
from nmmo.bench import files, machine_load, recording, sizes, steppers, topics
from nmmo.bench import report as reports
from nmmo.bench.figures import UNITS, Figure
from nmmo.bench.topics import TOPICS, Settings
from nmmo.bench.workloads import random_possible
from nmmo.cli import bench as command

SHORT = ("--quick", "--ticks", "12", "--warm-up", "6", "--repeats", "2")


@pytest.fixture(scope="module")
def report():
    """Return what a short run of all topics finds."""
    return command.bench(
        Settings("small", seed=1, repeats=2, ticks=12, warm_up=6, quick=True), list(TOPICS), lambda line: None
    )[0]


def test_quick_run_writes_a_report_that_can_be_read(nmmo_command, tmp_path):
    file = tmp_path / "bench.json"
    done = nmmo_command("bench", *SHORT, "--json", str(file))
    assert done.status == 0, done.err
    report = reports.read(file)
    assert list(report["topics"]) == list(TOPICS)
    assert report["repeats"] == 2
    for title in ("The small world", "Sizes", "A crowded world", "Throughput", "Ratios"):
        assert title in done.out
    assert report["machine"]["processor"] in done.out
    assert done.err.count("round") == 2 * len(TOPICS)


def test_machine_and_build_are_named(report):
    for key in ("processor", "cores", "compiler", "flags", "engine", "nmmo", "python", "numpy", "system"):
        assert report["machine"][key]


def test_figures_are_named_once_and_in_order(report):
    ids = [id for id, _ in reports.figures(report)]
    assert len(ids) == len(set(ids))
    for id, figure in reports.figures(report):
        assert figure["least"] <= figure["median"] <= figure["most"]
        assert figure["least"] >= 0 or "/cost" in id  # what is added may be lost in noise
    by_id = dict(reports.figures(report))
    assert all(len(by_id[id]["values"]) == 2 for id in ("world/engine", "sizes/256/step", "crowded/engine"))
    assert by_id["world/memory/both"]["median"] == sum(
        by_id[f"world/memory/{part}"]["median"] for part in ("world", "observations")
    )
    assert by_id["world/memory/observations"]["median"] == 64 * by_id["world/memory/row"]["median"]
    assert [figure["id"] for figure in report["topics"]["crowded"]["tables"][1]["figures"]] == [
        f"phase/{name}"
        for name in ["upkeep", "players", "monsters", "bodies", "deaths", "rewards", "births", "observations"]
    ]


def test_ratios_are_those_of_the_medians(report):
    by_id = dict(reports.figures(report))
    found = {ratio["id"]: ratio["value"] for ratio in report["ratios"]}
    assert set(found) == {id for id, *_ in reports.RATIOS}
    for id, _, part, whole in reports.RATIOS:
        assert found[id] == pytest.approx(by_id[part]["median"] / by_id[whole]["median"])


def test_worlds_of_unlike_size_make_no_ratio(report):
    changed = json.loads(json.dumps(report))
    changed["topics"]["crowded"]["conditions"]["config"]["n_players"] += 1
    assert "crowded" not in {ratio["id"] for ratio in reports.ratios(changed)}


def test_conditions_say_what_was_played(report):
    for topic in report["topics"].values():
        conditions = topic["conditions"]
        assert conditions["seed"] == 1 and conditions.get("warm_up_ticks", 6) == 6 and conditions["workload"]
    assert report["topics"]["world"]["conditions"]["config"] == nmmo.Config.preset("small").to_dict()
    assert report["topics"]["world"]["conditions"]["ticks"] == 12
    assert 0.9 < report["topics"]["world"]["played"]["living_share"] <= 1


def test_one_topic_alone(nmmo_command, tmp_path):
    file = tmp_path / "bench.json"
    done = nmmo_command("bench", "sizes", *SHORT, "--json", str(file))
    assert done.status == 0
    assert list(reports.read(file)["topics"]) == ["sizes"]


def test_topics_are_listed(nmmo_command):
    done = nmmo_command("bench", "--topics")
    assert [line.split()[0] for line in done.out.splitlines()] == list(TOPICS)


def test_unknown_topic_is_named(nmmo_command):
    done = nmmo_command("bench", "crowd")
    assert done.status == 2
    assert "TOPIC: 'crowd' is not a choice; did you mean 'crowded'?" in done.err


def test_help_explains_topics_and_options(nmmo_command):
    out = nmmo_command("bench", "--help").out
    options = ("--json", "--compare", "--show", "--quick", "--topics", "--repeats", "--write-workload")
    for word in (*options, *TOPICS, *TOPICS.values()):
        assert word in out


def test_show_prints_a_report_again(nmmo_command, report, tmp_path):
    file = tmp_path / "bench.json"
    reports.write(report, file)
    done = nmmo_command("bench", "--show", str(file))
    assert done.status == 0
    assert "A crowded world" in done.out and "round" not in done.err


def test_report_outlives_a_reader_that_leaves(tmp_path):
    """`nmmo bench --json FILE | head -1` writes the file."""
    file = tmp_path / "bench.json"
    run = [sys.executable, "-m", "nmmo", "bench", "sizes", *SHORT, "--json", str(file)]
    process = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.close()
    process.wait()
    assert reports.read(file)["repeats"] == 2


def test_failed_writing_leaves_the_old_report(report, tmp_path, monkeypatch):
    file = tmp_path / "bench.json"
    file.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(OSError, match="no room"):
        reports.write(report, file)
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]
    assert file.read_text() == "old"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    files.replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_short_world_is_an_error_of_the_user(nmmo_command):
    done = nmmo_command("bench", "world", "--preset", "battle", "--warm-up", "1100", "--repeats", "1")
    assert done.status == 2
    assert "shorten --warm-up" in done.err


def test_replay_of_another_game_is_noticed():
    config = nmmo.Config.preset("small")
    with nmmo.World(config) as world:
        game = recording.record(world, random_possible(1), seed=1, warm_up=5, ticks=10)
    with nmmo.World(config) as world:
        assert recording.replay(world, game, lambda actions: steppers.step_each(world, actions)) > 0
        with pytest.raises(recording.GameDiffers):
            recording.replay(world, game, lambda actions: steppers.step_each(world, np.zeros_like(actions)))


def test_recording_is_the_game_of_its_seed():
    def play(seed: int) -> recording.Recording:
        with nmmo.World(nmmo.Config.preset("small")) as world:
            return recording.record(world, random_possible(seed), seed, warm_up=3, ticks=5)

    assert play(0).digest == play(0).digest
    assert play(0).digest != play(1).digest
    assert np.array_equal(play(0).actions, play(0).actions)


def test_world_that_ends_shortens_the_recording():
    with nmmo.World(nmmo.Config.preset("small").replace(horizon=30)) as world:
        game = recording.record(world, random_possible(1), seed=1, warm_up=10, ticks=100)
        assert game.actions.shape == (20, 64)
        with pytest.raises(recording.TooShort):
            recording.record(world, random_possible(1), seed=1, warm_up=30, ticks=5)


def test_batch_whose_worlds_begin_again_is_replayed():
    config = nmmo.Config.preset("small").replace(horizon=8)
    with nmmo.Worlds(2, config) as worlds:
        game = recording.record(worlds, random_possible(1), seed=1, warm_up=5, ticks=20)
    stepper = steppers.worlds_step("worlds", "worlds", config, game, threads=2)
    stepper.measure()  # raises GameDiffers otherwise
    stepper.close()
    assert len(stepper.figure.values) == 1


def test_sizes_are_as_dense_as_the_presets():
    for name, players in (("small", 64), ("medium", 256), ("large", 1024), ("huge", 16384)):
        assert sizes.configuration(players) == nmmo.Config.preset(name)
    assert sizes.SIZES == (64, 256, 1024, 4096, 16384)


def test_warm_up_of_none_is_a_choice():
    assert Settings("small", 1, 1, warm_up=0).warm_up_or(100) == 0
    assert Settings("small", 1, 1).warm_up_or(100) == 100


def test_worlds_are_closed_when_a_round_fails(monkeypatch):
    class Failing:
        closed = False

        def measure(self, round_: int) -> None:
            raise recording.GameDiffers("differs")

        def close(self) -> None:
            self.closed = True

    failing = Failing()
    monkeypatch.setattr(topics, "topic", lambda name, settings: failing)
    with pytest.raises(recording.GameDiffers):
        topics.measure("world", Settings("small", 1, 1), lambda line: None)
    assert failing.closed


def test_figure_of_an_unknown_unit_is_refused():
    assert Figure("id", "name", next(iter(UNITS))).values == []
    with pytest.raises(ValueError, match="no unit 'furlongs'"):
        Figure("id", "name", "furlongs")


def stat_file(path, core, busy):
    """Write a /proc/stat in which a core had so many hundredths of a second, in each column that counts."""
    path.write_text(f"cpu 9 9 9 9 9 9 9 9 9 9\ncpu{core} {busy} 0 0 77 77 0 0 0 0 0\nintr 5\n")


def test_machine_load_is_what_this_process_did_not_use(tmp_path, monkeypatch):
    stat = tmp_path / "stat"
    own = [os_times(0.0, 100.0), os_times(3.0, 110.0)]
    monkeypatch.setattr(machine_load.os, "sched_getaffinity", lambda process: {5}, raising=False)
    monkeypatch.setattr(machine_load.os, "sysconf", lambda name: 100)
    monkeypatch.setattr(machine_load.os, "times", lambda: own.pop(0))
    stat_file(stat, core=5, busy=1000)
    watch = machine_load.MachineLoad(stat)
    stat_file(stat, core=5, busy=1800)  # 8 s busy in 10 s, 3 s of them this process's
    assert watch.cores() == pytest.approx(0.5)


def test_own_load_is_no_disturbance(tmp_path, monkeypatch):
    stat = tmp_path / "stat"
    own = [os_times(0.0, 100.0), os_times(8.0, 110.0)]
    monkeypatch.setattr(machine_load.os, "sched_getaffinity", lambda process: {5}, raising=False)
    monkeypatch.setattr(machine_load.os, "sysconf", lambda name: 100)
    monkeypatch.setattr(machine_load.os, "times", lambda: own.pop(0))
    stat_file(stat, core=5, busy=1000)
    watch = machine_load.MachineLoad(stat)
    stat_file(stat, core=5, busy=1800)
    assert watch.cores() == 0


def test_machine_load_is_unknown_where_nothing_tells(tmp_path):
    assert machine_load.MachineLoad(tmp_path / "none").cores() is None


def os_times(used: float, elapsed: float):
    """Return what os.times returns in a process that used so many seconds, some of them in its children."""
    times = type("Times", (), {})()
    times.user = times.system = times.children_user = times.children_system = used / 4
    times.elapsed = elapsed
    return times


def test_busy_machine_is_told(nmmo_command, report, tmp_path):
    for share, reported in ((0.9, True), (0.01, False)):
        changed = json.loads(json.dumps(report))
        for name, topic in changed["topics"].items():
            topic["other_load_cores"] = share if name == "sizes" else 0.0
        reports.write(changed, tmp_path / "bench.json")
        out = nmmo_command("bench", "--show", str(tmp_path / "bench.json")).out
        assert out.count("Meanwhile other programs used 0.90 cores") == reported


def test_each_topic_is_watched(monkeypatch):
    class Watch:
        def cores(self) -> float:
            return 0.25

    monkeypatch.setattr(topics, "MachineLoad", Watch)
    found = topics.measure("sizes", Settings("small", 1, 1, ticks=2, warm_up=0, quick=True), lambda line: None)
    assert found.other_load_cores == 0.25


def test_interruption_shows_and_saves_the_topics_before_it(nmmo_command, monkeypatch, tmp_path):
    measure, file = command.measure, tmp_path / "bench.json"

    def interrupted(name, settings, say):
        if name == "sizes":
            raise KeyboardInterrupt
        return measure(name, settings, say)

    monkeypatch.setattr(command, "measure", interrupted)
    words = ["bench", "world", "sizes", "--quick", "--ticks", "12", "--warm-up", "6", "--repeats", "2"]
    done = nmmo_command(*words, "--json", str(file))
    assert done.status == 130
    assert done.err.splitlines()[-1] == (
        f"nmmo bench: interrupted in topic sizes; the topics before it are shown and saved in {file}"
    )
    assert list(json.loads(file.read_text())["topics"]) == ["world"]
