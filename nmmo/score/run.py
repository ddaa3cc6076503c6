"""Running an event: matches over the cores, results into the state, rounds until it is decided."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final

from nmmo.score.errors import EventError, SandboxMissing, ScoreError
from nmmo.score.event import Event, planned
from nmmo.score.guard import guarded_workers
from nmmo.score.match import Match, Played, Player, play
from nmmo.score.sandbox import Sandbox
from nmmo.score.store import Store
from nmmo.score.submission import staged, take
from nmmo.score.table import board_of, surely_ordered
from nmmo.score.words import counted

__all__ = ["REPLAYS", "folder_of", "run"]

REPLAYS: Final = "replays"
SUBMISSIONS: Final = "submissions"
MOST_BREAKS: Final = 3
"""So often a match's process may die (for lack of memory, say) before the event is given up."""

Progress = Callable[[Store, int, int], None]
"""Told of the state, the matches finished, and those planned so far."""


def folder_of(event_file: Path) -> Path:
    """Where an event's state, replays and report lie: beside its file, under its name."""
    return event_file.with_suffix("")


def run(
    event: Event, folder: Path, workers: int, trust: bool = False, progress: Progress | None = None
) -> str:
    """Play an event to its end, from wherever it stands.

    Parameters
    ----------
    event
        What.
    folder
        Its state.
    workers
        Matches at once.
    trust
        Play without the sandbox where there is none.
    progress
        Told after each match.

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
    secret = event.read_secret()
    with Store(folder, lock=True) as store:
        _begin(event, folder, store)
        try:
            sandbox: Sandbox | None = Sandbox(event.limits)
        except SandboxMissing:
            if not trust:
                raise
            sandbox = None
        players = _players(event, folder)
        began = time.monotonic()
        store.keep("ended", None)
        while True:
            open_matches = store.open_matches()
            if open_matches:
                _play_all(event, folder, store, players, sandbox, open_matches, workers, progress)
            rounds = store.rounds()
            ended = _ended(event, store, rounds, began)
            if ended:
                store.keep("ended", ended)
                return ended
            store.plan(planned(event, secret, rounds))


def _ended(event: Event, store: Store, rounds: int, began: float) -> str:
    """Why no further round is played; empty where one is."""
    if rounds == 0:
        return ""
    results = store.results()
    names = list(event.entrants)
    if all(
        surely_ordered(track, board_of(track, len(names), results, event.commitment), event.top, event.rounds)
        for track in event.tracks
    ):
        return f"the first {min(event.top, len(names))} places are sure after {counted(rounds, 'round')}"
    if rounds >= event.rounds:
        played = f"all {event.rounds} rounds were" if event.rounds > 1 else "its one round was"
        return f"{played} played; places that are not sure are shown as ranges"
    if event.hours is not None and time.monotonic() - began > 3600 * event.hours:
        return f"its {event.hours:g} hours are over after {counted(rounds, 'round')}"
    return ""


def _begin(event: Event, folder: Path, store: Store) -> None:
    """Take the submissions in, once; refuse to go on with another event's state."""
    plain = event.to_plain()
    before = store.fact("event")
    if before is not None:
        if before != plain:
            changed = next(key for key in plain if plain[key] != before.get(key))
            raise EventError(
                f"{folder}: the event's file says something else than when it began ({changed}); put "
                "it back, or "
                "begin anew in another folder (--folder)"
            )
        return
    shutil.rmtree(folder / SUBMISSIONS, ignore_errors=True)  # of a beginning that was broken off
    entrants = []
    for name, given in event.entrants.items():
        try:
            taken = take(given, folder / SUBMISSIONS / name)
        except ScoreError as error:
            raise EventError(f"entrant {name}: {error}") from None
        entrants.append(
            {
                "name": name,
                "agent": taken.manifest.name,
                "version": taken.manifest.version,
                "digest": taken.digest,
            }
        )
    store.keep("entrants", entrants)
    store.keep("event", plain)  # last: the sign that all are in


def _players(event: Event, folder: Path) -> list[Player]:
    found = []
    for name in event.entrants:
        taken = staged(folder / SUBMISSIONS / name)
        found.append(Player(name, taken.path, taken.manifest))
    return found


def _play_all(
    event: Event,
    folder: Path,
    store: Store,
    players: list[Player],
    sandbox: Sandbox | None,
    matches: list[Match],
    workers: int,
    progress: Progress | None,
) -> None:
    tracks = {track.name: track for track in event.tracks}
    total = len(store.results()) + len(matches)
    waiting, breaks = list(reversed(matches)), 0
    while waiting:
        running: dict[Future[Played], Match] = {}
        try:
            with guarded_workers(min(workers, len(waiting))) as pool:
                while waiting or running:
                    while waiting and len(running) < 2 * workers:
                        match = waiting.pop()
                        replay = folder / REPLAYS / f"{match.id}.nmr"
                        running[pool.submit(play, tracks[match.track], match, players, sandbox, replay)] = match
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        store.finish(running[future], future.result())
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
            waiting = list(reversed(store.open_matches()))
