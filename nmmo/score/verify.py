"""Verifying a competition: every match is played again from its replay, the tables are computed again.

What is published is believed in nothing. The plan must follow from the secret, the secret must be the one
committed to, each replay must be of the planned world, its actions must lead to the published result, and
the tables must follow from the results.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from nmmo.core.engine_info import rules_version
from nmmo.core.world import World
from nmmo.replay import Replay, ReplayError
from nmmo.score.competition import commitment_of, plan_track, track_from_plain
from nmmo.score.errors import VerifyError
from nmmo.score.fixture import Fixture, MatchResult, seats_of
from nmmo.score.report import REPORT
from nmmo.score.run import REPLAYS
from nmmo.score.standings import standings
from nmmo.score.store import fixture_from_plain, result_from_plain
from nmmo.score.tracks import Referee, Track

__all__ = ["verify_competition", "verify_match"]

MOST_REPORT_BYTES: Final = 256 << 20


def verify_competition(folder: Path, progress: Callable[[int, int], None] | None = None) -> tuple[list[str], int]:
    """Check a published competition.

    Parameters
    ----------
    folder
        The competition's: ``report/report.json`` and ``replays/`` in it.
    progress
        Called with how many matches were checked, of how many.

    Returns
    -------
    problems : list of str
        What does not come out, in words; empty where all does.
    matches : int
        How many were played again.

    Raises
    ------
    nmmo.score.VerifyError
        If there is no report that can be read.
    OSError
        If a file cannot be read.
    """
    path = folder / REPORT / "report.json"
    if not path.is_file():
        raise VerifyError(f"{path}: there is no such file; `nmmo score report` writes it")
    if path.stat().st_size > MOST_REPORT_BYTES:
        raise VerifyError(f"{path}: it is larger than {MOST_REPORT_BYTES >> 20} MiB")
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        competition = report["competition"]
        tracks = {plain["name"]: track_from_plain(plain) for plain in competition["tracks"]}
        results = [(fixture_from_plain(one["match"]), result_from_plain(one["played"])) for one in report["matches"]]
        names, commitment = list(competition["entrants"]), str(competition["commitment"])
        if competition["rules_version"] != rules_version():
            raise VerifyError(
                f"it was played by rules version {competition['rules_version']}; this nmmo plays {rules_version()}"
            )
        problems = _plan_problems(report, tracks, results)
        for number, (fixture, played) in enumerate(results):
            problem = verify_match(tracks[fixture.track], fixture, played, folder / REPLAYS / f"{fixture.id}.nmr")
            if problem:
                problems.append(f"{fixture.id}: {problem}")
            if progress is not None:
                progress(number + 1, len(results))
        computed = json.loads(json.dumps([standings(track, names, results, commitment) for track in tracks.values()]))
        for table, expected in zip(report["tracks"], computed, strict=True):
            if table != expected:
                problems.append(f"the table of track {expected['track']} does not follow from the matches")
        return problems, len(results)
    except (VerifyError, OSError):
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise VerifyError(f"{path}: this is not a report that can be read: {type(error).__name__}: {error}") from None


def _plan_problems(
    report: Mapping[str, Any], tracks: Mapping[str, Track], results: list[tuple[Fixture, MatchResult]]
) -> list[str]:
    """Return whether the matches are those that the secret asks for, all of them."""
    competition, secret = report["competition"], report["secret"]
    if secret is None:
        return ["the secret is not revealed, so that nobody can tell whether the worlds were chosen"]
    if commitment_of(secret) != competition["commitment"]:
        return ["the secret is not the one that was committed to"]
    expected = {
        fixture.id: fixture
        for round_ in range(report["rounds"])
        for track in tracks.values()
        for fixture in plan_track(track, len(competition["entrants"]), secret, round_)
    }
    found = {fixture.id: fixture for fixture, _ in results}
    problems = [f"{name}: the match is missing" for name in expected if name not in found]
    problems += [f"{name}: no such match was planned" for name in found if name not in expected]
    problems += [
        f"{name}: it was not planned so ({', '.join(_differing(found[name], expected[name]))})"
        for name in expected
        if name in found and found[name] != expected[name]
    ]
    if len(found) < len(results):
        problems.append("a match is there twice")
    return problems


def _differing(one: Fixture, other: Fixture) -> list[str]:
    mine, theirs = asdict(one), asdict(other)
    return [key for key in mine if mine[key] != theirs[key]]


def verify_match(track: Track, fixture: Fixture, played: MatchResult, path: Path) -> str:
    """Return what is wrong with one match, in words; empty where all comes out."""
    config = track.config.replace(map_seed=fixture.map_seed)
    try:
        with Replay(path) as replay:
            if replay.header.seed != fixture.seed or replay.config != config or not replay.pure or replay.start != 0:
                return "the replay is of another world"
            if replay.ticks != played.ticks or not replay.complete or played.ticks > track.ticks:
                return f"the replay has {replay.ticks} ticks, the result {played.ticks}"
            with World(config, fixture.seed) as world:
                world.reset(fixture.seed)
                referee = Referee(track, world, seats_of(track, fixture))
                world.add_observer(referee)
                for tick in range(1, played.ticks + 1):
                    actions = replay.actions(tick).astype(np.int64)
                    if config.vocabulary:
                        actions = np.stack([actions, replay.tokens(tick).astype(np.int64)], axis=1)
                    world.step(actions, observe=False)
                if played.ticks < track.ticks and not world.over:
                    return "the replay ends before the match was over"
                if world.hash() != played.hash:
                    return "its actions lead to another end"
                if referee.outcomes(world) != played.outcomes:
                    return "its actions are worth something else than was published"
    except FileNotFoundError:
        return "its replay is missing"
    except (ReplayError, ValueError, OSError) as error:
        return f"its replay cannot be played: {error}"
    return ""
