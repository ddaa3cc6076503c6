"""Running a competition: matches over the cores, results into the state, rounds until it is decided."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final

from nmmo.score.competition import Competition, plan_round
from nmmo.score.errors import CompetitionError, SandboxMissing, ScoreError
from nmmo.score.fixture import Entrant, Fixture, MatchResult, play_fixture
from nmmo.score.plural import plural
from nmmo.score.process_guard import guarded_workers
from nmmo.score.sandbox import Sandbox
from nmmo.score.standings import leaderboard_of, order_is_certain
from nmmo.score.store import Store
from nmmo.score.submission import load_staged, stage

__all__ = ["REPLAYS", "folder_of", "run_competition"]

REPLAYS: Final = "replays"
SUBMISSIONS: Final = "submissions"
MOST_BREAKS: Final = 3
"""So often a match's process may die (for lack of memory, say) before the competition is given up."""

Progress = Callable[[Store, int, int], None]
"""Called with the state, the matches finished, and those planned so far."""


def folder_of(competition_file: Path) -> Path:
    """Return where a competition's state, replays and report are: beside its file, under its name."""
    return competition_file.with_suffix("")


def run_competition(
    competition: Competition, folder: Path, workers: int, trust: bool = False, progress: Progress | None = None
) -> str:
    """Play a competition to its end, from wherever it stands.

    Parameters
    ----------
    competition
        What.
    folder
        Its state.
    workers
        Matches at once.
    trust
        Play without the sandbox where there is none.
    progress
        Called after each match.

    Returns
    -------
    str
        Why it ended, in words.

    Raises
    ------
    nmmo.score.ScoreError
        If it cannot be played.
    OSError
        If a file cannot be read or written.
    """
    secret = competition.read_secret()
    with Store(folder, lock=True) as store:
        _stage_submissions(competition, folder, store)
        try:
            sandbox: Sandbox | None = Sandbox(competition.limits)
        except SandboxMissing:
            if not trust:
                raise
            sandbox = None
        entrants = _load_entrants(competition, folder)
        began = time.monotonic()
        store.put("ended", None)
        while True:
            unplayed = store.unplayed()
            if unplayed:
                _play_all(competition, folder, store, entrants, sandbox, unplayed, workers, progress)
            rounds = store.rounds()
            ended = _end_reason(competition, store, rounds, began)
            if ended:
                store.put("ended", ended)
                return ended
            store.add_plan(plan_round(competition, secret, rounds))


def _end_reason(competition: Competition, store: Store, rounds: int, began: float) -> str:
    """Return why no further round is played; empty where one is."""
    if rounds == 0:
        return ""
    results = store.results()
    names = list(competition.entrants)
    if all(
        order_is_certain(
            track,
            leaderboard_of(track, len(names), results, competition.commitment),
            competition.top,
            competition.rounds,
        )
        for track in competition.tracks
    ):
        return f"the first {min(competition.top, len(names))} places are sure after {plural(rounds, 'round')}"
    if rounds >= competition.rounds:
        played = f"all {competition.rounds} rounds were" if competition.rounds > 1 else "its one round was"
        return f"{played} played; places that are not sure are shown as ranges"
    if competition.hours is not None and time.monotonic() - began > 3600 * competition.hours:
        return f"its {competition.hours:g} hours are over after {plural(rounds, 'round')}"
    return ""


def _stage_submissions(competition: Competition, folder: Path, store: Store) -> None:
    """Take the submissions in, once; refuse to go on with another competition's state."""
    plain = competition.to_plain()
    before = store.get("competition")
    if before is not None:
        if before != plain:
            changed = next(key for key in plain if plain[key] != before.get(key))
            raise CompetitionError(
                f"{folder}: the competition's file says something else than when it began ({changed}); put "
                "it back, or "
                "begin again in another folder (--folder)"
            )
        return
    shutil.rmtree(folder / SUBMISSIONS, ignore_errors=True)  # of a beginning that was broken off
    entrants = []
    for name, given in competition.entrants.items():
        try:
            submission = stage(given, folder / SUBMISSIONS / name)
        except ScoreError as error:
            raise CompetitionError(f"entrant {name}: {error}") from None
        entrants.append(
            {
                "name": name,
                "agent": submission.manifest.name,
                "version": submission.manifest.version,
                "digest": submission.digest,
            }
        )
    store.put("entrants", entrants)
    store.put("competition", plain)  # last: the sign that all are in


def _load_entrants(competition: Competition, folder: Path) -> list[Entrant]:
    found = []
    for name in competition.entrants:
        submission = load_staged(folder / SUBMISSIONS / name)
        found.append(Entrant(name, submission.path, submission.manifest))
    return found


def _play_all(
    competition: Competition,
    folder: Path,
    store: Store,
    entrants: list[Entrant],
    sandbox: Sandbox | None,
    matches: list[Fixture],
    workers: int,
    progress: Progress | None,
) -> None:
    tracks = {track.name: track for track in competition.tracks}
    total = len(store.results()) + len(matches)
    waiting, breaks = list(reversed(matches)), 0
    while waiting:
        running: dict[Future[MatchResult], Fixture] = {}
        try:
            with guarded_workers(min(workers, len(waiting))) as pool:
                while waiting or running:
                    while waiting and len(running) < 2 * workers:
                        fixture = waiting.pop()
                        replay = folder / REPLAYS / f"{fixture.id}.nmr"
                        running[
                            pool.submit(play_fixture, tracks[fixture.track], fixture, entrants, sandbox, replay)
                        ] = fixture
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        store.record_result(running[future], future.result())
                        del running[future]
                        if progress is not None:
                            progress(store, total - len(waiting) - len(running), total)
        except BrokenProcessPool:
            breaks += 1
            if breaks >= MOST_BREAKS:
                raise ScoreError(
                    "the process that plays a match died several times; is there enough memory? "
                    "Finished matches are kept: run it again with fewer --workers"
                ) from None
            waiting = list(reversed(store.unplayed()))
