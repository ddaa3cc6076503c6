"""Checking a submission as its authors do: the scorer's checks and sandbox, a short match, its speed."""

from __future__ import annotations

import shutil
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from nmmo.agents.agent_report import AgentReport
from nmmo.core.config import Config
from nmmo.score.errors import ScoreError
from nmmo.score.fixture import Entrant, Fixture, MatchResult, play_fixture
from nmmo.score.limits import Limits
from nmmo.score.process_guard import guarded_workers
from nmmo.score.sandbox import Sandbox, scratch_folder
from nmmo.score.submission import Submission, stage
from nmmo.score.tracks import Track

__all__ = ["SubmissionCheck", "check_submission"]

TICKS = 128


@dataclass(frozen=True)
class SubmissionCheck:
    """What the check of a submission has shown.

    Attributes
    ----------
    submission
        What was taken; its folder is gone again.
    agent_report
        In the short match.
    score
        Slot score in it: only a sign of life.
    seconds
        Processor time of start and match together.
    printed
        What it printed first.
    ticks
        That were played.
    """

    submission: Submission
    agent_report: AgentReport
    score: float
    seconds: float
    printed: str
    ticks: int


def check_submission(given: str, limits: Limits | None = None, trust: bool = False) -> SubmissionCheck:
    """Check a submission and let it play a short match with 8 slots among scripted agents.

    Parameters
    ----------
    given
        A folder or zip, or the name of an agent that comes with nmmo.
    limits
        Default: those of ``Limits``.
    trust
        Let it play without the sandbox.

    Raises
    ------
    nmmo.score.SubmissionError, nmmo.score.SandboxMissing
        If it is not a submission; if there is no sandbox.
    nmmo.score.ScoreError
        If the match could not be played, for reasons other than the agent.
    OSError
        If a file cannot be read or written.
    """
    sandbox = None if trust else Sandbox(limits or Limits())
    folder = scratch_folder()
    try:
        submission = stage(given, folder / "submission")
        track = Track("check", "pve", Config.preset("small"), TICKS, ("forager", "fighter"), 8, 1, 1)
        fixture = Fixture("check", "check", 0, 0, 0, 1, 1, (0,), 0)
        entrants = [Entrant(submission.manifest.name, submission.path, submission.manifest)]
        played = (
            _play_guarded(track, fixture, entrants, sandbox)
            if sandbox
            else play_fixture(track, fixture, entrants, None)
        )
        return SubmissionCheck(
            submission,
            played.agent_reports[0],
            played.outcomes[0].score,
            played.seconds[0],
            played.printed[0],
            played.ticks,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _play_guarded(track: Track, fixture: Fixture, entrants: list[Entrant], sandbox: Sandbox) -> MatchResult:
    """Play in a process of its own: what is left of it when somebody kills this one, a guard ends."""
    try:
        with guarded_workers(1) as pool:
            return pool.submit(play_fixture, track, fixture, entrants, sandbox).result()
    except BrokenProcessPool:
        raise ScoreError(
            "the process that played the match was killed; nothing is held against the agent. Is there enough memory?"
        ) from None
