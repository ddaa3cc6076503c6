"""What may change when a run is resumed, and what each change costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import nmmo
from nmmo.schema import settings_of
from nmmo.train.recipe import Recipe, RecipeError

__all__ = ["Change", "Effect", "changes_of", "check_changes", "effect_of"]


class Effect(Enum):
    """What happens when a field of the recipe is changed in a run that has begun."""

    FREE = "takes effect from the next update"
    RESTARTS_WORLDS = "the worlds start again"
    FIXED = "cannot change: start a new run, with --run.initial-weights RUN for the weights of this one"


_FIXED = {"train.optimizer", "run.seed", "run.initial_weights"}
_RESTARTS_WORLDS = {
    "train.worlds", "run.processes", "run.env_groups",
    "opponents.past_share", "opponents.past_policies", "opponents.scripted_share", "opponents.scripted",
}  # fmt: skip


def effect_of(field: str) -> Effect:
    """Return what a change of a field does, such as ``train.learning_rate``.

    The fields of ``world`` that change the size of an observation are fixed besides: the network depends on it.
    """
    if field in _FIXED or field.startswith("policy."):
        return Effect.FIXED
    if field in _RESTARTS_WORLDS or field.startswith("world."):
        return Effect.RESTARTS_WORLDS
    return Effect.FREE


@dataclass(frozen=True)
class Change:
    """A field of a recipe that is not what it was."""

    field: str
    """With its section, such as ``train.learning_rate``."""
    old: Any
    new: Any

    @property
    def effect(self) -> Effect:
        """What the change does."""
        return effect_of(self.field)

    @property
    def option(self) -> str:
        """The option of the command line."""
        return f"--{self.field.replace('_', '-')}"

    def __str__(self) -> str:
        return f"{self.field} = {self.new!r} (was {self.old!r})"


def changes_of(old: Recipe, new: Recipe) -> list[Change]:
    """Return all fields in which two recipes differ."""
    return list(_changes(old, new))


def _changes(old: Recipe, new: Recipe) -> Iterator[Change]:
    for section, model in settings_of(Recipe).items():
        before, after = getattr(old, section), getattr(new, section)
        for field in settings_of(model.kind):
            one, other = getattr(before, field), getattr(after, field)
            if one != other:
                yield Change(f"{section}.{field}", one, other)


def check_changes(old: Recipe, new: Recipe, facts: Mapping[str, Any], run: Path) -> list[str]:
    """Return what must be said about the changes with which a run is resumed.

    Parameters
    ----------
    old
        The recipe of the checkpoint that is continued.
    new
        The recipe to go on by.
    facts
        The checkpoint's: ``steps`` and ``seconds`` done.
    run
        The run's folder, for messages.

    Returns
    -------
    list of str
        Sentences, for the user to read.

    Raises
    ------
    RecipeError
        If a field changed that cannot, or the run would be over before its end; the message says what to do instead.
    """
    changes = changes_of(old, new)
    fixed = [change for change in changes if change.effect is Effect.FIXED]
    if any(change.field.startswith("world.") for change in changes):
        before, after = nmmo.observation_dtype(old.world), nmmo.observation_dtype(new.world)
        if before != after:
            fixed += [change for change in changes if change.field.startswith("world.") and _reshapes(old, change)]
    if fixed:
        if all(change.field == "run.initial_weights" for change in fixed):
            raise RecipeError("run.initial_weights: a run that is resumed has weights; start a new run with these")
        raise RecipeError(
            f"{', '.join(map(str, fixed))}: this cannot change in a run that has begun. Leave it as it is, or start "
            f"a new run that begins with the weights of this one, where they fit: --run.initial-weights {run}"
        )
    _check_length(old, new, facts, run)
    said = []
    restarting = [change for change in changes if change.effect is Effect.RESTARTS_WORLDS]
    if restarting:
        said.append(
            f"{', '.join(map(str, restarting))}: the worlds start again; the lives in progress and what the policy "
            "remembers of them are lost"
        )
    free = [change for change in changes if change.effect is Effect.FREE]
    if free:
        said.append(f"from the next update: {', '.join(map(str, free))}")
    return said


def _reshapes(old: Recipe, change: Change) -> bool:
    """Return whether a change of one field of the world changes the observation, as far as that can be told alone."""
    try:
        changed = old.world.replace(**{change.field.partition(".")[2]: change.new})
    except nmmo.ConfigError:  # it needs another change beside it
        return True
    return bool(nmmo.observation_dtype(changed) != nmmo.observation_dtype(old.world))


def _check_length(old: Recipe, new: Recipe, facts: Mapping[str, Any], run: Path) -> None:
    """Refuse a length that the run has already gone beyond. A run ends with an update, so a little late."""
    before, train = old.train, new.train
    if (train.minutes, train.total_timesteps) == (before.minutes, before.total_timesteps):
        return
    back = f"give more, or go back to an earlier checkpoint: --resume {run / 'checkpoints'}/NUMBER"
    if train.minutes and 60 * train.minutes <= facts["seconds"] - facts.get("last_seconds", 0):
        raise RecipeError(
            f"train.minutes = {train.minutes:g}, but {facts['seconds'] / 60:.1f} minutes are done already; {back}"
        )
    if not train.minutes and train.total_timesteps <= facts["steps"] - facts.get("last_steps", 0):
        raise RecipeError(
            f"train.total_timesteps = {train.total_timesteps:,}, but {facts['steps']:,} are done already; {back}"
        )
