"""A competition: its file, its secret, and the plan of matches that follows from both.

The secret decides every map, world and seat. Its SHA-256 is published with the competition's file, before
entrants send anything; the secret itself with the report. So nobody can train for the worlds, and the
organiser can't choose them afterwards.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import tomli_w

from nmmo import schema
from nmmo.agents.folder import agent_names
from nmmo.agents.series import MOST_MAP_SEED
from nmmo.core.engine_info import rules_version
from nmmo.schema import Where, setting
from nmmo.score.errors import CompetitionError
from nmmo.score.fixture import BOT, Fixture
from nmmo.score.limits import Limits
from nmmo.score.tracks import NAME, NAME_RULE, Track, read_track

__all__ = ["Competition", "commitment_of", "new_competition", "plan_round"]

MOST_ENTRANTS: Final = 256
_COMMITMENT_RULE: Final = "64 hexadecimal digits; `nmmo score new` makes secret and commitment"
_OWN: Final = ("name", "commitment", "secret", "top", "rounds", "hours")  # the fields of [competition]


@dataclass(frozen=True)
class Competition:
    """What a competition's file says."""

    name: str = setting(doc="Its title.", least=1, most=500)
    commitment: str = setting(
        doc="SHA-256 of the secret, in hexadecimal digits.", pattern="[0-9a-fA-F]{64}", rule=_COMMITMENT_RULE
    )
    secret: Path = setting(doc="The file of the secret, which stays with the organiser until the end.", least=1)
    entrants: dict[str, str] = setting(
        doc="Name and submission of each entrant: a folder, a zip, or an agent that comes with nmmo."
    )
    tracks: tuple[Track, ...] = setting(doc="What is played.")
    top: int = setting(3, "Rounds are added until this many first places are certain.", least=1, most=MOST_ENTRANTS)
    rounds: int = setting(8, "How many rounds, at most.", least=1, most=1000)
    hours: float | None = setting(
        None, "No round begins after this many hours. Not set: there is no limit.", least=0.001, unit="hours"
    )
    limits: Limits = setting(Limits(), "What each agent may use in each match.")

    @classmethod
    def load(cls, path: Path) -> Competition:
        """Read a competition's file.

        Raises
        ------
        nmmo.score.CompetitionError
            If it is not valid; the message names the field and the fix.
        OSError
            If it cannot be read.
        """
        return cls.from_toml(path.read_bytes(), path)

    @classmethod
    def from_toml(cls, text: str | bytes, path: Path) -> Competition:
        """Return the competition that a text describes.

        Parameters
        ----------
        text
            TOML.
        path
            Of its file: submissions and the secret are named as seen from its folder, and errors name it.

        Raises
        ------
        nmmo.score.CompetitionError
            As by ``load``.
        """
        where = Where(CompetitionError, str(path))
        document = schema.parse_toml(text, where)
        schema.check_sections(document, ("competition", "limits", "entrants", "track"), where)
        given = schema.read(cls, document.get("competition", {}), where.at("competition"), names=_OWN)
        tables = document.get("track")
        if not isinstance(tables, list) or not tables:
            where.fail("there must be at least one [[track]]")
        tracks = tuple(read_track(table, where.at(f"track[{number}]")) for number, table in enumerate(tables, 1))
        if len({track.name for track in tracks}) < len(tracks):
            where.fail("two tracks have the same name")
        given |= {"commitment": given["commitment"].lower(), "secret": path.parent / given["secret"]}
        limits = schema.build(Limits, document.get("limits", {}), where.at("limits"))
        return cls(
            **given, entrants=_entrants(document.get("entrants"), path.parent, where), tracks=tracks, limits=limits
        )

    def read_secret(self) -> str:
        """Return the secret.

        Raises
        ------
        nmmo.score.CompetitionError
            If it is not what was committed to.
        """
        try:
            secret = self.secret.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CompetitionError(f"the competition's secret cannot be read: {error}") from None
        if commitment_of(secret) != self.commitment:
            raise CompetitionError(f"{self.secret} is not the secret that the competition's commitment was made from")
        return secret

    def to_plain(self) -> dict[str, Any]:
        """Return what decides the competition's matches, as plain data: for its state and its report."""
        return {
            "name": self.name,
            "commitment": self.commitment,
            "top": self.top,
            "rounds": self.rounds,
            "limits": asdict(self.limits),
            "tracks": [track_to_plain(track) for track in self.tracks],
            "entrants": list(self.entrants),
            "rules_version": rules_version(),
        }


def track_to_plain(track: Track) -> dict[str, Any]:
    """Return a track as plain data."""
    return {
        **{field.name: getattr(track, field.name) for field in fields(track)},
        "config": track.config.to_dict(),
        "bots": list(track.bots),
    }


def track_from_plain(plain: Mapping[str, Any]) -> Track:
    """Return the track that ``track_to_plain`` described."""
    from nmmo.core.config import Config

    return Track(**{**plain, "config": Config.from_dict(plain["config"]), "bots": tuple(plain["bots"])})


def commitment_of(secret: str) -> str:
    """Return what is published of a secret before it is."""
    return hashlib.sha256(secret.encode("ascii", "replace")).hexdigest()


def _entrants(table: Any, folder: Path, where: Where) -> dict[str, str]:
    if not isinstance(table, dict) or not 1 <= len(table) <= MOST_ENTRANTS:
        where.fail(f'[entrants] must name 1 to {MOST_ENTRANTS} submissions: NAME = "folder or zip"')
    found = {}
    for name, given in table.items():
        if not re.fullmatch(NAME, name):
            where.fail(f"{where.name('entrants')}: the name {schema.shown(name)} must be {NAME_RULE}")
        if not isinstance(given, str) or not given:
            where.fail(f"entrants.{name} must be a folder, a zip, or one of {', '.join(agent_names())}")
        found[name] = given if given in agent_names() else str(folder / given)
    return found


# ---- the plan ----------------------------------------------------------------------------------


def _digest(secret: str, *parts: Any) -> int:
    """Return 64 bits that follow from the secret."""
    text = "/".join([secret, *map(str, parts)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def plan_round(competition: Competition, secret: str, round_: int) -> list[Fixture]:
    """Return the matches of a round: the same whenever and wherever it is asked.

    Parameters
    ----------
    competition
        Its tracks and the number of its entrants decide.
    secret
        The competition's.
    round_
        From 0.
    """
    return [
        fixture
        for track in competition.tracks
        for fixture in plan_track(track, len(competition.entrants), secret, round_)
    ]


def plan_track(track: Track, entrants: int, secret: str, round_: int) -> list[Fixture]:
    """Return the matches of one track in one round."""
    found: list[Fixture] = []

    def add(world: int, rotation: int, seats: tuple[int, ...], first_seat: int = 0) -> None:
        found.append(
            Fixture(
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
        order = np.random.default_rng(_digest(secret, track.name, world, "order")).permutation(max(entrants, teams))
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
# A competition: `nmmo score run {file}` plays it, `nmmo score report {file}` tells who won.
# Publish this file when the competition is announced; keep {secret} to yourself until it is over.

[competition]
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


def new_competition(path: Path, entrants: Mapping[str, str]) -> None:
    """Write a competition's file and a new secret beside it.

    Parameters
    ----------
    path
        Of the competition's file.
    entrants
        Name and submission of each: a folder or zip as seen from here, or an agent that comes with nmmo.

    Raises
    ------
    nmmo.score.CompetitionError
        If there could be no such competition; nothing is written then.
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
    Competition.from_toml(text, path)
    with os.fdopen(os.open(secret_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except BaseException:
        secret_path.unlink(missing_ok=True)
        raise


def _seen_from(folder: Path, given: str) -> str:
    """Return a submission's path as the competition's file in that folder names it."""
    if given in agent_names() or os.path.isabs(given):
        return given
    return os.path.relpath(given, folder)
