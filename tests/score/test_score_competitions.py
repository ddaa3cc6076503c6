"""Competitions: the same table whatever happens meanwhile, and verification that catches what was tampered with."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hostile import HEAD, WAIT, acting, needs_sandbox, write_agent

from nmmo.core.config import Config
from nmmo.score.competition import Competition, commitment_of, new_competition, plan_round, plan_track
from nmmo.score.errors import CompetitionError, ScoreError
from nmmo.score.fixture import BOT
from nmmo.score.limits import Limits
from nmmo.score.report import build_report, markdown, to_json, write_report
from nmmo.score.run import run_competition
from nmmo.score.sandbox import Sandbox
from nmmo.score.store import Store
from nmmo.score.tracks import Track
from nmmo.score.verify import verify_competition

COMPETITION = """
[competition]
name = "A small cup <&>"
commitment = "{commitment}"
secret = "cup.secret"
top = 1
rounds = 2

[limits]
reserve_seconds = 0.5
wall_factor = 60

[entrants]
{entrants}

[[track]]
kind = "pvp"
ticks = 24
worlds = 1
rotations = 2

[track.world]
preset = "battle"
height = 64
width = 64
n_players = 12
team_size = 3
n_monsters = 12
fog = false

[[track]]
kind = "pve"
ticks = 24
worlds = 1
slots = 4
world = {{ preset = "small", height = 64, width = 64, n_players = 16, n_monsters = 16 }}
"""


def make_competition(folder: Path, entrants: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    secret = "5" * 64
    (folder / "cup.secret").write_text(secret)
    listed = "\n".join(f'{name} = "{given}"' for name, given in entrants.items())
    path = folder / "cup.toml"
    path.write_text(COMPETITION.format(commitment=commitment_of(secret), entrants=listed))
    return path


THREE = {"ann": "forager", "bob": "random", "cy": "fighter"}


def reported(path: Path, folder: Path) -> dict[str, object]:
    with Store(folder, lock=False) as store:
        return build_report(store, Competition.load(path).read_secret())


def nmmo_score(*arguments: object) -> list[str]:
    code = "import sys; from nmmo.cli import main; sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-c", code, "score", *map(str, arguments)]


@pytest.fixture(scope="module")
def cup(tmp_path_factory):
    """Return a competition that was played to its end, and reported."""
    path = make_competition(tmp_path_factory.mktemp("cup"), THREE)
    folder = path.with_suffix("")
    run_competition(Competition.load(path), folder, 1)
    write_report(folder, reported(path, folder))
    return path


# ---- the plan ----------------------------------------------------------------------------------


def battle(**changes: int) -> Track:
    return Track("pvp", "pvp", Config.preset("battle"), 64, ("forager",), 8, changes.get("worlds", 1), 4)


@pytest.mark.parametrize("entrants", [1, 3, 16, 17, 20, 40])
def test_all_entrants_play_equally_often_and_from_many_places(entrants):
    matches = plan_track(battle(), entrants, "secret", 0)
    played = Counter(seat for match in matches for seat in match.seats if seat != BOT)
    assert len(set(played.values())) == 1 and set(played) == set(range(entrants))
    for match in matches:
        assert len(match.seats) == 16
        assert max(Counter(seat for seat in match.seats if seat != BOT).values()) == 1
    places = {(seat, place) for match in matches for place, seat in enumerate(match.seats) if seat == 0}
    assert len(places) >= 4


def test_a_plan_follows_from_the_secret_alone():
    assert plan_track(battle(), 5, "one", 3) == plan_track(battle(), 5, "one", 3)
    one, other = plan_track(battle(), 5, "one", 3), plan_track(battle(), 5, "other", 3)
    assert {match.seed for match in one}.isdisjoint(match.seed for match in other)
    assert [match.seats for match in one] != [match.seats for match in other]
    assert {match.seed for match in one}.isdisjoint(match.seed for match in plan_track(battle(), 5, "one", 4))


def test_rotations_share_a_world_and_pve_shares_it_among_all(tmp_path):
    competition = Competition.load(make_competition(tmp_path, THREE))
    matches = plan_round(competition, "s", 0)
    pvp = [match for match in matches if match.track == "pvp"]
    pve = [match for match in matches if match.track == "pve"]
    assert len({(match.world, match.seed, match.map_seed) for match in pvp}) == 1 and len(pvp) == 2
    assert pvp[0].seats != pvp[1].seats and sorted(pvp[0].seats) == sorted(pvp[1].seats)
    assert len({(match.seed, match.map_seed, match.first_seat) for match in pve}) == 1
    assert [match.seats for match in pve] == [(0,), (1,), (2,)]


# ---- the competition's file --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "pvp"', 'kind = "pvq"', "track[1].kind = 'pvq' is not a choice; did you mean 'pvp'?"),
        ("top = 1", "topp = 1", "unknown field 'competition.topp'; did you mean 'top'?"),
        ("rounds = 2", "rounds = 0", "competition.rounds = 0 is out of range 1..1000"),
        ("team_size = 3", "team_sise = 3", "unknown field 'track[1].world.team_sise'; did you mean 'team_size'?"),
        ("team_size = 3", "team_size = 1", "teams"),
        ("slots = 4", "slots = 16", "slots"),
        ('commitment = "', 'commitment = "x', "64"),
        ('ann = "forager"', '"a b" = "forager"', "name"),
        ("[entrants]", "[entrant]", "unknown section 'entrant'; did you mean 'entrants'?"),
        ('preset = "small"', 'preset = "smal"', "small"),
        ('preset = "small"', 'preset = "small", map_seed = 3', "secret"),
        ("wall_factor = 60", "wall_factor = -60", "limits.wall_factor = -60 is out of range: 0.001 or more"),
    ],
)
def test_mistakes_in_the_file_are_named(tmp_path, old, new, message):
    path = make_competition(tmp_path, THREE)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(CompetitionError, match=re.escape(message)):
        Competition.load(path)


def test_another_secret_than_the_committed_one_is_refused(tmp_path):
    path = make_competition(tmp_path, THREE)
    (tmp_path / "cup.secret").write_text("6" * 64)
    with pytest.raises(CompetitionError, match="not the secret"):
        Competition.load(path).read_secret()


def test_a_new_competition_can_be_read_and_keeps_its_secret_to_itself(tmp_path):
    new_competition(tmp_path / "cup.toml", {"ann": "forager"})
    competition = Competition.load(tmp_path / "cup.toml")
    secret = competition.read_secret()
    assert secret not in (tmp_path / "cup.toml").read_text()
    assert (tmp_path / "cup.secret").stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        new_competition(tmp_path / "cup.toml", {"ann": "forager"})


# ---- running ------------------------------------------------------------------------------------


@needs_sandbox
def test_the_table_is_the_same_whatever_the_workers(cup, tmp_path):
    folder = tmp_path / "other"
    run_competition(Competition.load(cup), folder, 3)
    assert to_json(reported(cup, folder)) == (cup.with_suffix("") / "report" / "report.json").read_text()


@needs_sandbox
def test_another_secret_gives_another_competition(cup, tmp_path):
    path = tmp_path / "cup.toml"
    (tmp_path / "cup.secret").write_text("7" * 64)
    text = cup.read_text()
    path.write_text(text.replace(commitment_of("5" * 64), commitment_of("7" * 64)))
    run_competition(Competition.load(path), tmp_path / "cup", 2)
    mine = reported(path, tmp_path / "cup")["matches"]
    theirs = reported(cup, cup.with_suffix(""))["matches"]
    assert [one["played"]["hash"] for one in mine] != [one["played"]["hash"] for one in theirs]


@needs_sandbox
def test_an_competition_that_is_killed_at_any_moment_comes_to_the_same_table(cup, tmp_path):
    """Killed again and again, at random moments, main process alone: its workers must follow it."""
    folder, rng = tmp_path / "killed", random.Random(1)
    times = int(os.environ.get("NMMO_KILLS", "6"))
    for _ in range(times):
        process = subprocess.Popen(
            nmmo_score("run", cup, "--folder", folder, "--workers", 2),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(rng.uniform(0.3, 3.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert_gone(str(folder))  # agents' folders are named on the command lines of their sandboxes
    subprocess.run(nmmo_score("run", cup, "--folder", folder, "--workers", 2), check=True, stdout=subprocess.DEVNULL)
    assert to_json(reported(cup, folder)) == (cup.with_suffix("") / "report" / "report.json").read_text()
    assert verify_copy(cup, folder) == []


def assert_gone(word: str) -> None:
    """Assert that no process with this word on its command line is left, or will be in a moment."""
    until = time.monotonic() + 60
    while left := [line for line in command_lines() if word in line]:
        assert time.monotonic() < until, left
        time.sleep(0.05)


def command_lines() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def verify_copy(cup: Path, folder: Path) -> list[str]:
    write_report(folder, reported(cup, folder))
    return verify_competition(folder)[0]


@needs_sandbox
def test_hostile_entrants_are_told_of_and_change_nothing_for_the_others(tmp_path):
    hostile = {
        "crasher": acting(f"if self.tick == 3: raise ValueError('now')\n{WAIT}"),
        "loop": acting("while True: pass"),
        "liar": acting("return np.full(len(rows), 99)"),
        "broken": HEAD + "import no_such_library\n",
    }
    for name, code in hostile.items():
        write_agent(tmp_path / name, code)
    path = make_competition(tmp_path, {"ann": "forager", **{name: name for name in hostile}})
    path.write_text(path.read_text().replace("rounds = 2", "rounds = 1").replace("n_players = 12", "n_players = 15"))
    run_competition(Competition.load(path), tmp_path / "cup", 2)
    report = reported(path, tmp_path / "cup")
    rows = {row["entrant"]: row for row in report["tracks"][1]["rows"]}
    words = {name: row["incidents"][0]["words"] if row["incidents"] else "" for name, row in rows.items()}
    assert words["ann"] == "" and rows["ann"]["waited"] == 0
    assert words["crasher"].startswith("crashed at tick 3: ") and "ValueError: now" in words["crasher"]
    assert words["loop"].startswith("late at tick 1: ")
    assert "24 illegal answers" in words["liar"] and "action 99" in words["liar"]
    assert words["broken"].startswith("did not start: ") and "no_such_library" in words["broken"]
    # The others of PvE play alone in their worlds: ann gets what it gets among honest entrants.
    honest = make_competition(tmp_path / "honest", {"ann": "forager"})
    honest.write_text(honest.read_text().replace("rounds = 2", "rounds = 1"))
    run_competition(Competition.load(honest), tmp_path / "honest" / "cup", 1)
    alone = reported(honest, tmp_path / "honest" / "cup")["tracks"][1]["rows"][0]
    assert rows["ann"]["score"] == alone["score"]
    assert verify_copy(path, tmp_path / "cup") == []


@needs_sandbox
def test_an_competition_may_be_named_as_seen_from_here(tmp_path):
    """As the organisers' guide does it; bubblewrap and the workers look from elsewhere."""
    path = make_competition(tmp_path, {"ann": "forager"})
    path.write_text(path.read_text().replace("rounds = 2\n\n", "rounds = 1\n\n"))
    subprocess.run(nmmo_score("run", "cup.toml"), cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    report = reported(path, tmp_path / "cup")
    assert [row["incidents"] for table in report["tracks"] for row in table["rows"]] == [[], []]
    assert all(played["waited"] == 0 for one in report["matches"] for played in one["played"]["agent_reports"])


@needs_sandbox
def test_a_sandbox_that_cannot_be_made_stops_the_competition_and_keeps_it(tmp_path, monkeypatch):
    path = make_competition(tmp_path, {"ann": "forager"})
    monkeypatch.setattr("nmmo.score.run.Sandbox", broken_sandbox)
    with pytest.raises(ScoreError, match=r"'forager' could not be made; nothing is held against the agent"):
        run_competition(Competition.load(path), tmp_path / "cup", 1)
    with Store(tmp_path / "cup", lock=False) as store:
        assert store.results() == [] and store.unplayed()


def broken_sandbox(limits: Limits) -> Sandbox:
    """Return one whose bubblewrap fails."""
    sandbox = Sandbox(limits)
    sandbox._program = "/bin/false"
    return sandbox


@needs_sandbox
def test_only_one_process_plays_a_competition(cup):
    with Store(cup.with_suffix(""), lock=True), pytest.raises(CompetitionError, match="another"):
        run_competition(Competition.load(cup), cup.with_suffix(""), 1)


@needs_sandbox
def test_a_changed_competition_is_not_gone_on_with(cup, tmp_path):
    path = tmp_path / "cup.toml"
    shutil.copy(cup.with_suffix(".secret"), tmp_path / "cup.secret")
    path.write_text(cup.read_text().replace("ticks = 24", "ticks = 25"))
    with pytest.raises(CompetitionError, match="tracks"):
        run_competition(Competition.load(path), cup.with_suffix(""), 1)


# ---- report and verification -----------------------------------------------------------------------


@needs_sandbox
def test_the_report_has_what_it_must(cup):
    folder = cup.with_suffix("")
    report = reported(cup, folder)
    assert report["secret"] == "5" * 64 and report["rounds"] in (1, 2)
    page = (folder / "report" / "index.html").read_text()
    assert "A small cup &lt;&amp;&gt;" in page and "<script" not in page and "http" not in page
    for link in re.findall(r'href="\.\./([^"]+)"', page):
        assert (folder / link).is_file()
    assert len(re.findall("<svg", page)) == 6
    text = markdown(report)
    assert "| ann |" in text and "\\<&\\>" in text
    for table in report["tracks"]:
        for row in table["rows"]:
            assert row["low"] <= row["value"] <= row["high"]
            assert 1 <= row["places"][0] <= row["places"][1] <= 3


@needs_sandbox
def test_an_honest_competition_is_verified(cup):
    problems, matches = verify_competition(cup.with_suffix(""))
    assert problems == [] and matches >= 5


def tampered(cup: Path, tmp_path: Path, change) -> list[str]:
    folder = tmp_path / "cup"
    shutil.copytree(cup.with_suffix(""), folder)
    path = folder / "report" / "report.json"
    report = json.loads(path.read_text())
    change(report, folder)
    path.write_text(json.dumps(report))
    return verify_competition(folder)[0]


def better_value(report, folder):
    report["tracks"][0]["rows"][0]["value"] += 1


def better_score(report, folder):
    report["matches"][0]["played"]["outcomes"][0]["score"] += 1


def other_world(report, folder):
    report["matches"][0]["match"]["seed"] += 1


def other_seats(report, folder):
    seats = report["matches"][0]["match"]["seats"]
    seats[0], seats[1] = seats[1], seats[0]


def missing_match(report, folder):
    del report["matches"][1]


def missing_replay(report, folder):
    (folder / report["matches"][0]["replay"]).unlink()


def swapped_replays(report, folder):
    one, other = (folder / report["matches"][index]["replay"] for index in (0, -1))
    text = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(text)


def damaged_replay(report, folder):
    path = folder / report["matches"][0]["replay"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def other_secret(report, folder):
    report["secret"] = "6" * 64


@needs_sandbox
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (better_value, "does not follow"),
        (better_score, "worth something else"),
        (other_world, "another world"),
        (other_seats, "not planned so"),
        (missing_match, "missing"),
        (missing_replay, "replay is missing"),
        (swapped_replays, "another world"),
        (damaged_replay, "replay"),
        (other_secret, "committed"),
    ],
)
def test_tampering_is_found(cup, tmp_path, change, message):
    assert any(message in problem for problem in tampered(cup, tmp_path, change))


@needs_sandbox
def test_actions_that_were_not_played_are_found(cup, tmp_path):
    """A replay of the planned world whose actions are others: it comes to another end."""
    from nmmo import World
    from nmmo.replay import Recorder, Replay

    def change(report, folder):
        path = folder / report["matches"][0]["replay"]
        with Replay(path) as replay:
            config, seed, ticks = replay.config, replay.header.seed, replay.ticks
        with World(config, seed) as world, Recorder(world, path, episodes=1, overwrite=True):
            world.reset(seed)
            for _ in range(ticks):
                world.step([0] * config.n_players)

    assert any("another end" in problem for problem in tampered(cup, tmp_path, change))


@needs_sandbox
def test_the_command_checks_an_agent_and_tells_what_is_wrong(tmp_path):
    good = write_agent(tmp_path / "good", acting(WAIT))
    done = subprocess.run(nmmo_score("check", good), capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "good: it would be accepted" in done.stdout, done.stderr
    bad = write_agent(tmp_path / "bad", acting("raise ValueError('oh no')"))
    done = subprocess.run(nmmo_score("check", bad), capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "oh no" in done.stdout
    done = subprocess.run(nmmo_score("check", tmp_path / "none"), capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.startswith("nmmo score check: ")
