"""The state of an event in SQLite: planned matches and what they came to.

Written ahead (WAL) and synced at each commit, so that a process which is killed at any moment, or a machine
that loses power, leaves every finished match there and no half of one. A match's replay is in place before
its result is.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from nmmo.score.errors import EventError
from nmmo.score.match import Match, Played
from nmmo.score.process import Conduct
from nmmo.score.tracks import Outcome

__all__ = ["Store", "match_from_plain", "played_from_plain", "played_to_plain"]

VERSION = 1


def match_from_plain(plain: dict[str, Any]) -> Match:
    """A match from its plain data, ``dataclasses.asdict``."""
    return Match(**{**plain, "seats": tuple(plain["seats"])})


def played_to_plain(played: Played) -> dict[str, Any]:
    """A result as plain data; hashes as text, since JSON's numbers are not whole beyond 2**53."""
    return {**asdict(played), "hash": {name: str(value) for name, value in played.hash.items()}}


def played_from_plain(plain: dict[str, Any]) -> Played:
    """The result that ``played_to_plain`` described."""
    return Played(
        outcomes=[Outcome(**one) for one in plain["outcomes"]],
        conduct=[Conduct(**one) for one in plain["conduct"]],
        ticks=plain["ticks"],
        hash={name: int(value) for name, value in plain["hash"].items()},
        seconds=plain.get("seconds", []),
        printed=plain.get("printed", []),
    )


class Store:
    """An event's state.

    Parameters
    ----------
    folder
        The event's. Made if it is not there.
    lock
        Whether this process is going to play: only one may at a time.

    Raises
    ------
    nmmo.score.EventError
        If another process plays it, or the state is no such state.
    """

    def __init__(self, folder: Path, lock: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = None
        if lock:
            self._lock = (folder / "lock").open("w")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._lock.close()
                raise EventError(f"{folder}: another `nmmo score run` is playing this event") from None
        try:
            self._base = sqlite3.connect(folder / "state.sqlite", isolation_level=None)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute(
                "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
            )
            self._base.execute(
                "CREATE TABLE IF NOT EXISTS matches (id TEXT PRIMARY KEY, place INTEGER NOT NULL, "
                "round INTEGER NOT NULL, "
                "match TEXT NOT NULL, played TEXT)"
            )
            self._base.execute("INSERT OR IGNORE INTO facts VALUES ('version', ?)", (json.dumps(VERSION),))
            self._base.execute("COMMIT")
            if self.fact("version") != VERSION:
                raise EventError(f"{folder}: this state was written by another version of nmmo")
        except sqlite3.DatabaseError as error:
            raise EventError(f"{folder / 'state.sqlite'}: {error}") from None

    def fact(self, name: str) -> Any:
        """What was kept under a name, or None."""
        row = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def keep(self, name: str, value: Any) -> None:
        """Keep plain data under a name."""
        self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    def plan(self, matches: Sequence[Match]) -> None:
        """Add matches, all or none; those that are there stay as they are."""
        self._base.execute("BEGIN IMMEDIATE")
        for place, match in enumerate(matches):
            self._base.execute(
                "INSERT OR IGNORE INTO matches VALUES (?, ?, ?, ?, NULL)",
                (match.id, place, match.round, json.dumps(asdict(match))),
            )
        self._base.execute("COMMIT")

    def finish(self, match: Match, played: Played) -> None:
        """Keep what a match came to. The first result stays."""
        self._base.execute(
            "UPDATE matches SET played = ? WHERE id = ? AND played IS NULL",
            (json.dumps(played_to_plain(played)), match.id),
        )

    def open_matches(self) -> list[Match]:
        """Planned matches without a result, in the order of the plan."""
        rows = self._base.execute("SELECT match FROM matches WHERE played IS NULL ORDER BY round, place")
        return [match_from_plain(json.loads(row[0])) for row in rows]

    def results(self) -> list[tuple[Match, Played]]:
        """Matches with a result, in the order of the plan."""
        rows = self._base.execute(
            "SELECT match, played FROM matches WHERE played IS NOT NULL ORDER BY round, place"
        )
        return [(match_from_plain(json.loads(row[0])), played_from_plain(json.loads(row[1]))) for row in rows]

    def rounds(self) -> int:
        """How many rounds were planned."""
        row = self._base.execute("SELECT COALESCE(MAX(round) + 1, 0) FROM matches").fetchone()
        return int(row[0])

    def close(self) -> None:
        """Close it, and let another process play."""
        self._base.close()
        if self._lock is not None:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
