"""An event: its file, its secret, and the plan of matches that follows from both.

The secret decides every map, world and seat. Its SHA-256 is published with the event's file, before
entrants send anything; the secret itself with the report. So nobody can train for the worlds, and the
organiser can't choose them afterwards.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import tomli_w

from nmmo.agents.folder import agent_names
from nmmo.agents.matches import MOST_MAP_SEED
from nmmo.core import _engine
from nmmo.score.errors import EventError
from nmmo.score.limits import Limits
from nmmo.score.match import BOT, Match
from nmmo.score.tracks import Track, config_of

__all__ = ["Event", "commitment_of", "new_event", "planned"]

MOST_ENTRANTS: Final = 256
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Event:
    """What an event's file says.

    Attributes
    ----------
    name
        Its title.
    commitment
        SHA-256 of the secret, in hexadecimal digits.
    secret
        In which file the secret is; that file stays with the organiser until the end.
    entrants
        Name and submission of each: a folder, a zip, or an agent that comes with nmmo.
    tracks
        What is played.
    top
        Rounds are added until the first so many places are sure.
    rounds
        At most.
    hours
        No round begins after so many; None: no limit.
    limits
        Of each agent in each match.
    """

    name: str
    commitment: str
    secret: Path
    entrants: dict[str, str]
    tracks: tuple[Track, ...]
    top: int
    rounds: int
    hours: float | None
    limits: Limits

    @classmethod
    def load(cls, path: Path) -> Event:
        """Read an event's file.

        Raises
        ------
        nmmo.score.EventError
            If it is not as it must be; the message names the key and the mend.
        OSError
            If it cannot be read.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise EventError(f"{path}: it is not TOML: {error}") from None
        return cls.from_toml(text, path)

    @classmethod
    def from_toml(cls, text: str, path: Path) -> Event:
        """The event that a text describes.

        Parameters
        ----------
        text
            TOML.
        path
            Of its file: submissions and the secret are named as seen from its folder, and errors name it.

        Raises
        ------
        nmmo.score.EventError
            As by ``load``.
        """
        try:
            document = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise EventError(f"{path}: it is not TOML: {error}") from None
        _only(document, ("event", "limits", "entrants", "track"), str(path))
        event = _Table(document.get("event"), f"{path}: [event]")
        entrants = _entrants(document.get("entrants"), path)
        tracks = document.get("track")
        if not isinstance(tracks, list) or not tracks or not all(isinstance(track, dict) for track in tracks):
            raise EventError(f"{path}: there must be at least one [[track]]")
        read = tuple(_track(table, f"{path}: track {number + 1}") for number, table in enumerate(tracks))
        if len({track.name for track in read}) < len(read):
            raise EventError(f"{path}: two tracks have the same name")
        found = cls(
            name=event.text("name"),
            commitment=event.text("commitment").lower(),
            secret=path.parent / event.text("secret"),
            entrants=entrants,
            tracks=read,
            top=event.count("top", 3, 1, MOST_ENTRANTS),
            rounds=event.count("rounds", 8, 1, 1000),
            hours=event.number("hours", None),
            limits=_limits(document.get("limits", {}), f"{path}: [limits]"),
        )
        event.done()
        if not re.fullmatch(r"[0-9a-f]{64}", found.commitment):
            raise EventError(
                f"{path}: commitment must be 64 hexadecimal digits; `nmmo score new` makes secret and "
                "commitment"
            )
        return found

    def read_secret(self) -> str:
        """The secret.

        Raises
        ------
        nmmo.score.EventError
            If it is not what was committed to.
        """
        try:
            secret = self.secret.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise EventError(f"the event's secret cannot be read: {error}") from None
        if commitment_of(secret) != self.commitment:
            raise EventError(f"{self.secret} is not the secret that the event's commitment was made from")
        return secret

    def to_plain(self) -> dict[str, Any]:
        """What decides the event's matches, as plain data: for its state and its report."""
        return {
            "name": self.name,
            "commitment": self.commitment,
            "top": self.top,
            "rounds": self.rounds,
            "limits": asdict(self.limits),
            "tracks": [track_to_plain(track) for track in self.tracks],
            "entrants": list(self.entrants),
            "rules_version": _engine.rules_version(),
        }


def track_to_plain(track: Track) -> dict[str, Any]:
    """A track as plain data."""
    return {
        **{field.name: getattr(track, field.name) for field in fields(track)},
        "config": track.config.to_dict(),
        "bots": list(track.bots),
    }


def track_from_plain(plain: Mapping[str, Any]) -> Track:
    """The track that ``track_to_plain`` described."""
    from nmmo.core.config import Config

    return Track(**{**plain, "config": Config.from_dict(plain["config"]), "bots": tuple(plain["bots"])})


def commitment_of(secret: str) -> str:
    """What is published of a secret before it is."""
    return hashlib.sha256(secret.encode("ascii", "replace")).hexdigest()


class _Table:
    """A table of TOML, read key by key."""

    def __init__(self, table: Any, where: str) -> None:
        if not isinstance(table, dict):
            raise EventError(f"{where} is missing, or no table")
        self.rest = dict(table)
        self.where = where

    def text(self, key: str, default: str | None = None) -> str:
        value = self.rest.pop(key, default)
        if not isinstance(value, str) or not value or not value.isprintable() or len(value) > 500:
            raise EventError(f"{self.where}: {key} must be text in quotes")
        return value

    def count(self, key: str, default: int, least: int, most: int) -> int:
        value = self.rest.pop(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise EventError(f"{self.where}: {key} must be a whole number from {least} to {most:,}")
        return value

    def number(self, key: str, default: float | None) -> float | None:
        value = self.rest.pop(key, default)
        if value is None:
            return None
        if (
            not isinstance(value, (int, float))
            or isinstance(value, bool)
            or not math.isfinite(value)
            or value <= 0
        ):
            raise EventError(f"{self.where}: {key} must be a number above 0")
        return float(value)

    def done(self) -> None:
        if self.rest:
            raise EventError(f"{self.where}: {next(iter(self.rest))!r} is unknown")


def _only(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise EventError(f"{where}: {key!r} is unknown; there are {', '.join(known)}")


def _entrants(table: Any, path: Path) -> dict[str, str]:
    if not isinstance(table, dict) or not 1 <= len(table) <= MOST_ENTRANTS:
        raise EventError(
            f'{path}: [entrants] must name 1 to {MOST_ENTRANTS} submissions: NAME = "folder or zip"'
        )
    found = {}
    for name, given in table.items():
        if not _NAME.fullmatch(name):
            raise EventError(
                f"{path}: [entrants] {name!r}: a name is 1 to 40 letters, digits, - and _, beginning "
                "with a letter"
            )
        if not isinstance(given, str) or not given:
            raise EventError(
                f"{path}: [entrants] {name} must be a folder, a zip, or one of {', '.join(agent_names())}"
            )
        found[name] = given if given in agent_names() else str(path.parent / given)
    return found


def _track(given: Mapping[str, Any], where: str) -> Track:
    table = _Table(given, where)
    kind = table.text("kind")
    if kind not in ("pve", "pvp"):
        raise EventError(f'{where}: kind must be "pve" or "pvp"; got {kind!r}')
    name = table.text("name", kind)
    if not _NAME.fullmatch(name):
        raise EventError(f"{where}: name must be letters, digits, - and _, beginning with a letter")
    world = table.rest.pop("world", {})
    if not isinstance(world, dict):
        raise EventError(f"{where}: world must be a table")
    config = config_of(world, "battle" if kind == "pvp" else "small", f"{where}: [track.world]")
    bots = table.rest.pop("bots", ["forager", "fighter", "trader"])
    if not isinstance(bots, list) or not all(bot in agent_names() for bot in bots):
        raise EventError(f"{where}: bots must be a list of {', '.join(agent_names())}")
    found = Track(
        name=name,
        kind="pvp" if kind == "pvp" else "pve",
        config=config,
        ticks=table.count("ticks", config.horizon or 1024, 1, 1_000_000),
        bots=tuple(bots),
        slots=table.count("slots", config.team_size if config.team_size > 1 else 8, 1, 65535),
        worlds=table.count("worlds", 4, 1, 10_000),
        rotations=table.count("rotations", 4 if kind == "pvp" else 1, 1, 256),
    )
    table.done()
    return found


def _limits(given: Any, where: str) -> Limits:
    table = _Table(given, where)
    changes: dict[str, Any] = {}
    for field in fields(Limits):
        if field.name in table.rest:
            value = table.number(field.name, None)
            assert value is not None
            changes[field.name] = int(value) if isinstance(field.default, int) else value
    table.done()
    return Limits(**changes)


# ---- the plan ----------------------------------------------------------------------------------


def _digest(secret: str, *parts: Any) -> int:
    """64 bits that follow from the secret."""
    text = "/".join([secret, *map(str, parts)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def planned(event: Event, secret: str, round_: int) -> list[Match]:
    """The matches of a round: the same whenever and wherever it is asked.

    Parameters
    ----------
    event
        Its tracks and the number of its entrants decide.
    secret
        The event's.
    round_
        From 0.
    """
    return [
        match for track in event.tracks for match in plan_track(track, len(event.entrants), secret, round_)
    ]


def plan_track(track: Track, entrants: int, secret: str, round_: int) -> list[Match]:
    """The matches of one track in one round."""
    found: list[Match] = []

    def add(world: int, rotation: int, seats: tuple[int, ...], first_seat: int = 0) -> None:
        found.append(
            Match(
                id=f"{track.name}-{round_:03d}-{len(found):04d}",
                track=track.name,
                round=round_,
                world=world,
                rotation=rotation,
                map_seed=_digest(secret, track.name, world, "map") % (MOST_MAP_SEED + 1),
                seed=_digest(secret, track.name, world, "episode"),
                seats=seats,
                first_seat=first_seat,
            )
        )

    for world in range(round_ * track.worlds, (round_ + 1) * track.worlds):
        if track.kind == "pve":
            seat = _digest(secret, track.name, world, "seat") % (track.config.n_players // track.slots)
            for entrant in range(entrants):
                add(world, 0, (entrant,), seat)
            continue
        teams = track.n_seats
        order = np.random.default_rng(_digest(secret, track.name, world, "order")).permutation(
            max(entrants, teams)
        )
        numbers = [int(number) if number < entrants else BOT for number in order]
        # More entrants than teams: windows over the shuffled circle, so that all play equally often.
        windows = 1 if entrants <= teams else entrants // math.gcd(entrants, teams)
        for window in range(windows):
            chosen = [numbers[(window * teams + place) % len(numbers)] for place in range(teams)]
            for rotation in range(track.rotations):
                shift = rotation * teams // track.rotations
                add(world, rotation, tuple(chosen[(place + shift) % teams] for place in range(teams)))
    return found


TEMPLATE: Final = """\
# An event: `nmmo score run {file}` plays it, `nmmo score report {file}` tells who won.
# Publish this file when the event is announced; keep {secret} to yourself until it is over.

[event]
name = "{name}"
commitment = "{commitment}"
secret = "{secret}"
top = 3      # rounds are added until the first 3 places are sure,
rounds = 8   # but no more than 8
# hours = 12 # and none begins after so many hours

[entrants] # a folder, a zip, or an agent that comes with nmmo
{entrants}

[[track]]
kind = "pvp"
worlds = 2    # new worlds in a round,
rotations = 4 # each played so often, from other places

[[track]]
kind = "pve"
worlds = 2
slots = 8
ticks = 1024
bots = ["forager", "fighter", "trader"]
world = {{ preset = "small" }}
"""


def new_event(path: Path, entrants: Mapping[str, str]) -> None:
    """Write an event's file and a new secret beside it.

    Parameters
    ----------
    path
        Of the event's file.
    entrants
        Name and submission of each: a folder or zip as seen from here, or an agent that comes with nmmo.

    Raises
    ------
    nmmo.score.EventError
        If there could be no such event; nothing is written then.
    OSError
        If one of the files is there, or cannot be written.
    """
    secret_path = path.with_suffix(".secret")
    secret = secrets.token_hex(32)
    listed = {name: _seen_from(path.parent, given) for name, given in entrants.items()}
    text = TEMPLATE.format(
        file=path.name,
        name=path.stem,
        secret=secret_path.name,
        commitment=commitment_of(secret),
        entrants=tomli_w.dumps(listed).rstrip(),
    )
    Event.from_toml(text, path)
    with os.fdopen(os.open(secret_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except BaseException:
        secret_path.unlink(missing_ok=True)
        raise


def _seen_from(folder: Path, given: str) -> str:
    """A submission's path as the event's file in that folder names it."""
    if given in agent_names() or os.path.isabs(given):
        return given
    return os.path.relpath(given, folder)
