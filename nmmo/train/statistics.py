"""The game's own figures between two moments, summed over worlds and made readable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import nmmo

__all__ = ["game_figures", "totals"]

LARGEST = ("best_score",)
"""Figures of which the largest is meant, not the sum."""


def totals(worlds: Sequence[nmmo.Worlds]) -> dict[str, Any]:
    """The statistics of all worlds together."""
    found: dict[str, Any] = {}
    for batch in worlds:
        for index in range(len(batch)):
            _add(found, batch.world(index).statistics())
    return found


def _add(total: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict):
            _add(total.setdefault(name, {}), value)
        elif name in LARGEST:
            total[name] = max(total.get(name, 0), value)
        else:
            total[name] = total.get(name, 0) + value


def _since(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in now.items():
        if name in LARGEST or name == "living":
            found[name] = value
        elif isinstance(value, dict):
            found[name] = _since(value, before.get(name, {}))
        else:
            found[name] = value - before.get(name, 0)
    return found


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 0.0


def game_figures(now: dict[str, Any], before: dict[str, Any]) -> dict[str, float]:
    """What happened between two calls of ``totals``, and how the living stand.

    Returns
    -------
    dict
        Names with slashes: ``living/score`` the mean score of those who live, ``finished/score`` and
        ``finished/age`` of lives that ended meanwhile (missing where none did), ``deaths/...`` their
        share by cause, and per 1,000 agent-steps: harvests, kills, sales, things put on.
    """
    here = _since(now, before)
    living, finished = now["living"], here["finished"]
    lives, ended = living["lives"], finished["lives"]
    steps = max(float(np.sum(here["actions"]) + np.sum(here["refused"])), 1.0)
    worn = np.asarray(living["worn"], np.float64)
    found = {
        "living/score": _share(living["score"], lives),
        "living/best_score": float(living["best_score"]),
        "living/combat_level": _share(living["combat_level"], lives),
        "living/harvest_level": _share(living["harvest_level"], lives),
        "living/age": _share(living["age"], lives),
        "living/gold": _share(living["gold"], lives),
        "living/worn_tiers": _share(float((worn * np.arange(worn.shape[1])).sum()), lives),
        "living/listings": float(living["listings"]),
        "lives_ended": float(ended),
    }
    if ended:
        found |= {
            "finished/score": _share(finished["score"], ended),
            "finished/age": _share(finished["age"], ended),
            "finished/return": _share(finished["returns"], ended),
        }
        for cause, count in enumerate(finished["causes"]):
            if count:
                found[f"deaths/{nmmo.Cause(cause).name.lower()}"] = _share(count, ended)
    for name, count in (
        ("harvests", here["harvests"]),
        ("monster_kills", here["monster_kills"]),
        ("player_kills", here["player_kills"]),
        ("sales", here["sales"]),
        ("equipped", here["equipped"]),
        ("consumed", here["consumed"]),
        ("refused", here["refused"]),
    ):
        found[f"per_1000/{name}"] = 1000 * float(np.sum(count)) / steps
    sales, turnover = float(np.sum(here["sales"])), float(np.sum(here["turnover"]))
    if sales:
        found["market/mean_price"] = turnover / sales
    return found
