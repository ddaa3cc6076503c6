"""The state of a competition in SQLite: planned matches and what they came to.

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

from nmmo.agents.agent_report import AgentReport
from nmmo.score.errors import CompetitionError
from nmmo.score.fixture import Fixture, MatchResult
from nmmo.score.tracks import Outcome

__all__ = ["Store", "fixture_from_plain", "result_from_plain", "result_to_plain"]

VERSION = 1


def fixture_from_plain(plain: dict[str, Any]) -> Fixture:
    """Return a fixture from its plain data, ``dataclasses.asdict``."""
    return Fixture(**{**plain, "seats": tuple(plain["seats"])})


def result_to_plain(played: MatchResult) -> dict[str, Any]:
    """Return a result as plain data; hashes as text, since JSON's numbers are not whole beyond 2**53."""
    return {**asdict(played), "hash": {name: str(value) for name, value in played.hash.items()}}


def result_from_plain(plain: dict[str, Any]) -> MatchResult:
    """Return the result that ``result_to_plain`` described."""
    return MatchResult(
        outcomes=[Outcome(**one) for one in plain["outcomes"]],
        agent_reports=[AgentReport(**one) for one in plain["agent_reports"]],
        ticks=plain["ticks"],
        hash={name: int(value) for name, value in plain["hash"].items()},
        seconds=plain.get("seconds", []),
        printed=plain.get("printed", []),
    )


class Store:
    """A competition's state.

    Parameters
    ----------
    folder
        The competition's. Made if it is not there.
    lock
        Whether this process is going to play: only one may at a time.

    Raises
    ------
    nmmo.score.CompetitionError
        If another process plays it, or the state is not such a state.
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
                raise CompetitionError(f"{folder}: another `nmmo score run` is playing this competition") from None
        try:
            self._base = sqlite3.connect(folder / "state.sqlite", isolation_level=None)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            self._base.execute(
                "CREATE TABLE IF NOT EXISTS matches (id TEXT PRIMARY KEY, place INTEGER NOT NULL, "
                "round INTEGER NOT NULL, "
                "match TEXT NOT NULL, played TEXT)"
            )
            self._base.execute("INSERT OR IGNORE INTO facts VALUES ('version', ?)", (json.dumps(VERSION),))
            self._base.execute("COMMIT")
            if self.get("version") != VERSION:
                raise CompetitionError(f"{folder}: this state was written by another version of nmmo")
        except sqlite3.DatabaseError as error:
            raise CompetitionError(f"{folder / 'state.sqlite'}: {error}") from None

    def get(self, name: str) -> Any:
        """Return what was kept under a name, or None."""
        row = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, name: str, value: Any) -> None:
        """Keep plain data under a name."""
        self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    def add_plan(self, matches: Sequence[Fixture]) -> None:
        """Add matches, all or none; those that are there stay as they are."""
        self._base.execute("BEGIN IMMEDIATE")
        for place, fixture in enumerate(matches):
            self._base.execute(
                "INSERT OR IGNORE INTO matches VALUES (?, ?, ?, ?, NULL)",
                (fixture.id, place, fixture.round, json.dumps(asdict(fixture))),
            )
        self._base.execute("COMMIT")

    def record_result(self, fixture: Fixture, played: MatchResult) -> None:
        """Keep what a match came to. The first result stays."""
        self._base.execute(
            "UPDATE matches SET played = ? WHERE id = ? AND played IS NULL",
            (json.dumps(result_to_plain(played)), fixture.id),
        )

    def unplayed(self) -> list[Fixture]:
        """Return planned matches without a result, in the order of the plan."""
        rows = self._base.execute("SELECT match FROM matches WHERE played IS NULL ORDER BY round, place")
        return [fixture_from_plain(json.loads(row[0])) for row in rows]

    def results(self) -> list[tuple[Fixture, MatchResult]]:
        """Return matches with a result, in the order of the plan."""
        rows = self._base.execute("SELECT match, played FROM matches WHERE played IS NOT NULL ORDER BY round, place")
        return [(fixture_from_plain(json.loads(row[0])), result_from_plain(json.loads(row[1]))) for row in rows]

    def rounds(self) -> int:
        """Return how many rounds were planned."""
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
