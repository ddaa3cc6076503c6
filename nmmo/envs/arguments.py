"""What the constructors of all environments share: the configuration, and checks of their arguments."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import gymnasium

from nmmo.core.config import Config, ConfigLike, unknown_field
from nmmo.core.world import World
from nmmo.core.worlds import Worlds

__all__ = [
    "ObservationForm",
    "RenderMode",
    "begin_recording",
    "chosen",
    "chosen_config",
    "refuse_options",
    "warn_of_options",
]

ObservationForm: TypeAlias = Literal["flat", "dict"]
RenderMode: TypeAlias = Literal["ansi", "rgb_array", "human"] | None

FORMS = ("flat", "dict")
RENDER_MODES = ("ansi", "rgb_array", "human")


def chosen_config(
    made: type, config: ConfigLike | str | None, preset: str, defaults: Mapping[str, Any], overrides: Mapping[str, Any]
) -> Config:
    """Return the configuration that the arguments of an environment ask for.

    Parameters
    ----------
    made
        The environment, for errors to name the arguments that it has.
    config
        A configuration, taken as it is; the name of a preset, which gets the defaults; a mapping of fields, which
        may name its preset as ``preset``, and gets the defaults for what it leaves out; or None.
    preset
        What None means.
    defaults
        Fields that differ from a preset, unless the preset itself sets them.
    overrides
        Fields that the caller set.

    Raises
    ------
    TypeError
        If config is something else.
    nmmo.ConfigError
        If there is no such preset or field, or fields are out of range or contradict one another. Overrides that
        are no fields are an ``nmmo.UnknownFieldError``.
    """
    for name in overrides:
        if name not in Config.__dataclass_fields__:
            raise unknown_field(name, inspect.signature(made).parameters)
    if isinstance(config, Config):
        return config.replace(**overrides) if overrides else config
    if not isinstance(config, (str, Mapping, type(None))):
        raise TypeError(
            "config must be an nmmo.Config, a dict of its fields, the name of a preset or None; "
            f"got {type(config).__name__} (nmmo.Config.load reads a file)"
        )
    fields = dict(config) if isinstance(config, Mapping) else {}
    name = fields.pop("preset", preset) if config is None or isinstance(config, Mapping) else config
    base, plain = Config.preset(name), Config()
    unset = {field: value for field, value in defaults.items() if getattr(base, field) == getattr(plain, field)}
    return Config.from_dict({"preset": name, **unset, **fields, **overrides})


def chosen(value: Any, name: str, choices: Sequence[Any]) -> Any:
    """Return the value, if it is one of the choices.

    Raises
    ------
    ValueError
        Otherwise.
    """
    for choice in choices:
        if value is choice or (isinstance(value, str) and value == choice):
            return choice
    raise ValueError(f"{name} = {value!r} is none of {', '.join(map(repr, choices))}")


def refuse_options(options: Mapping[str, Any] | None, known: Sequence[str] = ()) -> None:
    """Raise ValueError for a reset option that the environment does not know."""
    unknown = [name for name in options or {} if name not in known]
    if unknown:
        there = f"there is {', '.join(map(repr, known))}" if known else "there are none"
        raise ValueError(f"unknown reset option {unknown[0]!r}; {there}")


def warn_of_options(options: Mapping[str, Any] | None) -> None:
    """Warn of reset options, of which the PettingZoo environments have none.

    They cannot refuse one: PettingZoo's own conformance tests pass an option of no meaning.
    """
    if options:
        warnings.warn(
            f"reset option {next(iter(options))!r} is ignored: this environment has no reset options",
            stacklevel=3,
        )


def warn_unrendered(name: str) -> None:
    """Warn as Gymnasium and PettingZoo do where ``render`` is called without a mode."""
    gymnasium.logger.warn(
        f"render() was called without a render mode: make the environment with {name}(render_mode='ansi')"
    )


def begin_recording(world: World | Worlds, record: str | os.PathLike[str] | None) -> None:
    """Record all that a world plays, into a replay file for each episode; None: nothing.

    A file is made with the first tick of its episode, so that an environment that is only looked at, as vector
    environments do with the first that they make, leaves none. The last is complete when the world is closed.

    Raises
    ------
    FileExistsError
        If the file is there already.
    """
    if record is None:
        return
    from nmmo.replay import Recorder

    try:
        Recorder(world, record, lazy=True)
    except FileExistsError as error:
        reason = "the file is there already: choose another name for record=, or remove it"
        raise FileExistsError(error.errno, reason, error.filename) from None
