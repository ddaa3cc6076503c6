"""Declares what a file, a call or a command line may say, and checks it: one validator for everything users write.

A *model* is a dataclass whose fields are made by :func:`setting`, which carries a field's meaning, range or
choices, and unit. :func:`build` makes a model of a mapping (from TOML, JSON or keyword arguments), :func:`check`
validates an instance that was constructed directly, :meth:`Setting.parse` reads one value from a command line, and
:func:`to_toml` writes a model with its documentation as comments. Every error names the file, the path of the field,
the value and the allowed range or the nearest name. It needs neither the engine nor the rest of nmmo.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import operator
import re
import tomllib
import types
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

__all__ = [
    "REQUIRED",
    "Setting",
    "Where",
    "build",
    "check",
    "check_sections",
    "nearest",
    "parse_toml",
    "read",
    "setting",
    "settings_of",
    "shown",
    "to_toml",
]

T = TypeVar("T")

REQUIRED: Final = object()
"""The default of a field that must be given."""

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LONGEST_SHOWN = 60
_MOST_DIGITS = 40  # of a whole number in the form 1e6: far more than any range, and far fewer than the memory holds


class Invalid(ValueError):
    """A value that a setting does not accept; the message continues "NAME = VALUE ..."."""


@dataclass(frozen=True)
class Where:
    """The place that errors name, and the class of those errors.

    Parameters
    ----------
    error
        The exception to raise.
    source
        The file; empty where there is none.
    path
        The section, such as ``train`` or ``track[1]``; empty at the top.
    """

    error: type[Exception] = ValueError
    source: str = ""
    path: str = ""

    def at(self, name: str) -> Where:
        """Return the place one level deeper."""
        return dataclasses.replace(self, path=self.name(name))

    def name(self, field: str) -> str:
        """Return the full path of a field of this section."""
        return f"{self.path}.{field}" if self.path else field

    def fail(self, message: str) -> NoReturn:
        """Raise the error, which begins with the name of the file."""
        raise self.error(f"{self.source}: {message}" if self.source else message) from None


@dataclass(frozen=True)
class Setting:
    """What a field accepts.

    Parameters
    ----------
    name
        The field's name.
    kind
        ``bool``, ``int``, ``float``, ``str``, ``Path``, ``tuple`` (of strings), or another model.
    doc
        What it means.
    default
        ``REQUIRED`` where one must be given.
    optional
        Whether None is accepted.
    least, most
        The range of a number, of the length of a string, or of the number of entries of a tuple.
    choices
        The only values that are accepted; of a tuple, the only entries.
    unit
        For example "ticks" or "MiB".
    pattern, rule
        A regular expression that a string must match as a whole, and the same in words.
    registry
        A ``nmmo.core.registry.Registry``: a string must be one of its names, or ``module:attribute``.
    """

    name: str = ""
    kind: type = str
    doc: str = ""
    default: Any = REQUIRED
    optional: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[Any, ...] = ()
    unit: str = ""
    pattern: str = ""
    rule: str = ""
    registry: Any = None

    @property
    def allowed(self) -> str:
        """The range or the choices in words; empty where everything is accepted."""
        if self.choices:
            return " | ".join(map(str, self.choices))
        if self.registry is not None:
            return " | ".join([*self.registry, "module:attribute"])
        if self.kind is bool:
            return "true | false"
        if self.kind not in (int, float) or self.least is None:
            return self.rule
        shown = [None if edge is None else self._shown_edge(edge) for edge in (self.least, self.most)]
        return f"{shown[0]} or more" if shown[1] is None else f"{shown[0]}..{shown[1]}"

    def _shown_edge(self, edge: float) -> str:
        whole = self.kind is int or (edge == int(edge) and abs(edge) < 1e16)
        return f"{int(edge)}" if whole else f"{edge:g}"

    def check(self, value: Any) -> Any:
        """Return the value as a plain Python one of the setting's type.

        Raises
        ------
        Invalid
            If it is not accepted.
        """
        if value is None and self.optional:
            return None
        if self.kind is tuple:
            return self._entries(value)
        if self.choices:
            if value not in self.choices:
                raise Invalid(f"is not a choice; {nearest(value, self.choices)}")
            return self.choices[self.choices.index(value)]
        if self.kind is bool:
            if not isinstance(value, (bool, np.bool_)):
                raise Invalid("must be true or false")
            return bool(value)
        if self.kind in (int, float):
            return self._number(value)
        if self.kind is Path:
            return Path(self._text(str(value) if isinstance(value, Path) else value))
        return self._text(value) if self.kind is str else value

    def parse(self, text: str) -> Any:
        """Return the value that a command line's word stands for.

        Raises
        ------
        Invalid
            If it is not accepted.
        """
        if self.optional and text.lower() == "none":
            return None
        plain = text.replace("_", "").replace(",", "")
        if self.kind is bool:
            return self.check(_WORDS.get(text.lower(), text))
        if self.kind is tuple:
            return self.check(text.split(",") if text else [])
        if self.kind in (int, float):
            return self.check(_whole(plain) if self.kind is int else _real(plain))
        return self.check(text)

    def _number(self, value: Any) -> int | float:
        what = "a number" if self.kind is float else "a whole number"
        if isinstance(value, (bool, np.bool_, str, bytes)):
            raise Invalid(f"must be {what}")
        try:
            number = float(value) if self.kind is float else operator.index(value)
        except (TypeError, ValueError, OverflowError):
            exact = isinstance(value, float) and value.is_integer() and abs(value) < 1e15  # 1e6 in TOML is not whole
            raise Invalid(f"must be {what}" + (f": write {int(value)}" if exact else "")) from None
        least, most = (-math.inf if self.least is None else self.least), (math.inf if self.most is None else self.most)
        if not least <= number <= most or number in (math.inf, -math.inf):
            raise Invalid(
                f"is out of range: {self.allowed or 'it must be finite'}"
                if self.most is None
                else f"is out of range {self.allowed}"
            )
        return number

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Invalid('must be text in quotes, such as "..."')
        if self.least and not value.strip():
            raise Invalid("must not be empty")
        if self.most is not None and len(value) > self.most:
            raise Invalid(f"must have at most {int(self.most)} characters; it has {len(value)}")
        if not value.isprintable():
            raise Invalid("must be one line of printable characters")
        if self.registry is not None and value not in self.registry and ":" not in value:
            raise Invalid(f"is not a {self.registry.kind}; {nearest(value, self.registry)} (or module:attribute)")
        if self.pattern and not re.fullmatch(self.pattern, value, re.ASCII):
            raise Invalid(f"must be {self.rule}")
        return str(value)

    def _entries(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or len(value) < (self.least or 0):
            raise Invalid('must be a list such as ["..."]')
        if self.most is not None and len(value) > self.most:
            raise Invalid(f"must have at most {int(self.most)} entries; it has {len(value)}")
        entry, found = dataclasses.replace(self, kind=str, least=1, most=500), []
        for each in value:
            try:
                found.append(entry.check(each))
            except Invalid as problem:
                raise Invalid(f"has {shown(each)}, which {problem}") from None
        return tuple(dict.fromkeys(found) if self.choices else found)


def _whole(text: str) -> int:
    """Return the whole number that a text is, also one such as 1e6 or 2.5e3."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = Decimal(text)
        if number.is_finite() and number.adjusted() <= _MOST_DIGITS and number == number.to_integral_value():
            return int(number)
    except (ArithmeticError, ValueError):
        pass
    raise Invalid("is not a whole number")


def _real(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Invalid("is not a number") from None


def setting(
    default: Any = REQUIRED,
    doc: str = "",
    *,
    least: float | None = None,
    most: float | None = None,
    choices: Iterable[Any] = (),
    unit: str = "",
    pattern: str = "",
    rule: str = "",
    registry: Any = None,
) -> Any:
    """Declare a field of a model; the parameters are those of :class:`Setting`. Its type is that of the annotation."""
    about = {"doc": doc, "least": least, "most": most, "choices": tuple(choices)}
    about |= {"unit": unit, "pattern": pattern, "rule": rule, "registry": registry}
    return (
        dataclasses.field(metadata=about) if default is REQUIRED else dataclasses.field(default=default, metadata=about)
    )


@functools.cache
def settings_of(model: Hashable) -> dict[str, Setting]:
    """Return the settings of a model by name, in the order of its fields."""
    assert isinstance(model, type) and dataclasses.is_dataclass(model)
    hints = get_type_hints(model)
    found = {}
    for field in dataclasses.fields(model):
        kind, about = hints[field.name], dict(field.metadata)
        members = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
        optional = type(None) in members
        kind = next(member for member in members if member is not type(None))
        if get_origin(kind) is Literal:
            about["choices"] = get_args(kind)
            kind = type(about["choices"][0])
        default = REQUIRED if field.default is dataclasses.MISSING else field.default
        found[field.name] = Setting(field.name, get_origin(kind) or kind, default=default, optional=optional, **about)
    return found


def read(
    model: Any, mapping: Any, where: Where, *, names: Collection[str] = (), defaults: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the checked values of a mapping, as keyword arguments of a model.

    Parameters
    ----------
    model
        The dataclass whose settings they are.
    mapping
        Names, with underscores or hyphens, and values.
    where
        The place that errors name.
    names
        The fields that may be given here; by default all.
    defaults
        Values of fields that are not given; other fields without a default of their own are required.
    """
    known = {name: one for name, one in settings_of(model).items() if not names or name in names}
    if not isinstance(mapping, Mapping):
        where.fail(f"{where.path} must be a section: write [{where.path}] on a line of its own")
    values = dict(defaults or {})
    for given, value in mapping.items():
        name = str(given).replace("-", "_")
        if name not in known:
            sections = dataclasses.is_dataclass(next(iter(known.values())).kind) or isinstance(value, dict)
            what = "section" if sections else "field"
            where.fail(f"unknown {what} {shown(where.name(str(given)))}; {nearest(name, known)}")
        kind = known[name].kind
        if dataclasses.is_dataclass(kind):
            values[name] = value if isinstance(value, kind) else build(kind, value, where.at(name))
            continue
        try:
            values[name] = known[name].check(value)
        except Invalid as problem:
            where.fail(f"{where.name(name)} = {shown(value)} {problem}")
    for name, one in known.items():
        if name not in values and one.default is REQUIRED:
            rule = f": {one.rule}" if one.rule else ""
            where.fail(f"{where.name(name)} is missing; add a line {name} = ...{rule}")
    return values


def check_sections(document: Mapping[str, Any], names: Collection[str], where: Where) -> None:
    """Refuse sections of a document that nobody knows."""
    for name in document:
        if name not in names:
            where.fail(f"unknown section {shown(where.name(name))}; {nearest(name, names)}")


def build(model: type[T], mapping: Any, where: Where, **more: Any) -> T:
    """Return a model with the values of a mapping; ``more`` as for :func:`read`."""
    values = read(model, mapping, where, **more)
    try:
        return model(**values)
    except ValueError as error:  # the model's own, of fields that contradict one another
        where.fail(f"{where.path}: {error}" if where.path else str(error))


def check(instance: Any, where: Where) -> None:
    """Validate the fields of an instance, for ``__post_init__``, and store them as plain Python values."""
    model: Any = type(instance)
    for name, one in settings_of(model).items():
        value = getattr(instance, name)
        try:
            object.__setattr__(instance, name, one.check(value))
        except Invalid as problem:
            where.fail(f"{where.name(name)} = {shown(value)} {problem}")


def parse_toml(text: str | bytes, where: Where) -> dict[str, Any]:
    """Return the document that TOML describes; bytes are UTF-8."""
    try:
        return tomllib.loads(text.decode("utf-8") if isinstance(text, bytes) else text)
    except UnicodeDecodeError:
        where.fail("this is not TOML: it is not UTF-8 text")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:  # also numbers of 5,000 digits
        where.fail(f"this is not TOML: {error}")


def to_toml(instance: Any, path: str = "") -> str:
    """Return a model as TOML, with the meaning of each field as a comment; nested models are sections."""
    import tomli_w  # not at the top: a sandboxed agent's process reads its manifest without it

    model: Any = type(instance)
    lines, sections = [], []
    for name, one in settings_of(model).items():
        value = getattr(instance, name)
        if dataclasses.is_dataclass(value):
            inner = f"{path}.{name}" if path else name
            sections.append(f"[{inner}]\n{to_toml(value, inner)}")
            continue
        lines += [f"# {line}" for line in one.doc.splitlines()]
        plain = list(value) if isinstance(value, tuple) else value
        lines.append(f"# {name} is not set" if value is None else tomli_w.dumps({name: plain}).rstrip("\n"))
    return "\n".join(["\n".join(lines) + "\n"] * bool(lines) + sections)


def nearest(name: object, known: Iterable[object], most: int = 30) -> str:
    """Return what an error says after an unknown name: the nearest known one, or some of those that there are."""
    names = list(map(str, known))
    by_lower = {each.lower(): each for each in names}
    near = difflib.get_close_matches(str(name).lower(), by_lower, 1)
    if near:
        return f"did you mean {by_lower[near[0]]!r}?"
    listed = names if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return f"there are {', '.join(listed) or 'none'}"


def shown(value: Any) -> str:
    """Return a value as an error shows it: short, and nothing in it that could steer a terminal."""
    try:
        shown = ascii(value)
    except ValueError:  # Python refuses to write numbers of more than 4,300 digits
        return "a number of thousands of digits"
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 3] + "..."
