"""The manifest of an agent, ``agent.toml``: reading it and saying exactly what is wrong with it.

It may come from a stranger: nothing in it is believed before it was checked, and nothing is run.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from nmmo.agents.errors import AgentError

__all__ = ["FORMAT", "MANIFEST_NAME", "NAME_RULE", "Manifest", "is_agent_name"]

FORMAT: Final = 1
"""The version of the format of agent folders that this module reads."""

MANIFEST_NAME: Final = "agent.toml"
NAME_RULE: Final = "1 to 40 of a-z, 0-9, - and _, beginning with a letter"
LIBRARIES: Final = ("numpy", "torch", "onnxruntime")

MOST_BYTES: Final = 65_536  # a manifest is a page; more is a mistake or an attack
MOST_TEXT: Final = 500
MOST_AUTHORS: Final = 50

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,31}")
_ENTRY = re.compile(r"([A-Za-z_][A-Za-z0-9_]*):([A-Za-z_][A-Za-z0-9_]*)", re.ASCII)


@dataclass(frozen=True)
class Manifest:
    """What ``agent.toml`` says of an agent.

    Attributes
    ----------
    name
        1 to 40 of a-z, 0-9, - and _, beginning with a letter.
    version
        Of the agent, as its authors count; begins with a digit.
    authors
        Who wrote it; at least one.
    entry
        "MODULE:CLASS": the file MODULE.py of the folder and the subclass of ``Agent`` in it.
    description
        One line.
    license
        Of the folder; None where it says nothing.
    threads
        Processor threads that it may use, 1 to 64.
    memory_mb
        Memory that it may use, in MiB, 64 to 1,048,576.
    needs
        The libraries that it imports beside the standard one: numpy, torch, onnxruntime.
    """

    name: str
    version: str
    authors: tuple[str, ...]
    entry: str
    description: str
    license: str | None = None
    threads: int = 1
    memory_mb: int = 1024
    needs: tuple[str, ...] = ("numpy",)

    @property
    def module(self) -> str:
        """The module that holds the class: the name of a file of the folder, without its ``.py``."""
        return self.entry.partition(":")[0]

    @property
    def class_name(self) -> str:
        """The name of the class."""
        return self.entry.partition(":")[2]

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a manifest.

        Parameters
        ----------
        path
            The file, or the folder that holds it as ``agent.toml``.

        Raises
        ------
        AgentError
            If there is none, or it is not as it must be; the message names file, key and mend.
        OSError
            If the file cannot be read.
        """
        file = Path(path)
        if file.is_dir():
            file = file / MANIFEST_NAME
        if not file.is_file():
            raise AgentError(
                f"{file}: there is no such file; an agent's folder needs one "
                "(`nmmo agent new NAME` makes a folder with everything)"
            )
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise AgentError(f"{file}: it has more than {MOST_BYTES:,} bytes; a manifest needs one page")
        return cls.from_toml(content, str(file))

    @classmethod
    def from_toml(cls, content: bytes | str, source: str = MANIFEST_NAME) -> Self:
        """Read the text of a manifest.

        Parameters
        ----------
        content
            TOML; bytes are UTF-8.
        source
            What errors call the file.

        Raises
        ------
        AgentError
            As by ``load``.
        """
        try:
            text = content.decode("utf-8") if isinstance(content, bytes) else content
            document = tomllib.loads(text)
        except UnicodeDecodeError:
            raise AgentError(f"{source}: it is not UTF-8; save it as UTF-8 text") from None
        except tomllib.TOMLDecodeError as error:
            raise AgentError(f"{source}: it is not TOML: {error}") from None
        except (RecursionError, ValueError) as error:  # nested a thousand deep; numbers of 5,000 digits
            raise AgentError(f"{source}: it is not TOML that can be read: {error}") from None
        return cls._from_document(document, source)

    @classmethod
    def _from_document(cls, document: Mapping[str, Any], source: str) -> Self:
        agent = _table(document, "agent", source)
        if agent is None:
            hint = _unknown_hint(document, ("agent", "resources"))
            raise AgentError(
                f"{source}: the table [agent] is missing{hint}; write [agent] and its keys below it"
            )
        resources = _table(document, "resources", source) or {}
        _check_format(agent, source)  # before all else: another format may have other keys
        read: dict[str, Any] = {}
        for title, table, keys in (("agent", agent, _AGENT), ("resources", resources, _RESOURCES)):
            known = ["format", *keys] if title == "agent" else list(keys)
            _refuse_unknown(table, known, f"[{title}] ", source)
            for key, kind in keys.items():
                if key in table:
                    read[key] = kind.read(table[key], _Place(source, f"[{title}] {key}"))
                elif kind.required:
                    raise AgentError(
                        f"{source}: [{title}] {key} is missing; add a line such as {key} = {kind.example}"
                    )
        _refuse_unknown(document, ["agent", "resources"], "table ", source)
        return cls(**read)


def is_agent_name(name: str) -> bool:
    """Whether an agent may be called so."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True)
class _Place:
    """Where a value stands, for errors."""

    source: str
    key: str

    def wrong(self, problem: str) -> NoReturn:
        raise AgentError(f"{self.source}: {self.key} {problem}")


@dataclass(frozen=True)
class _Key:
    """How a key is read."""

    read: Callable[[Any, _Place], Any]
    example: str
    required: bool = False


def _shown(value: Any) -> str:
    """A value as an error shows it: short, and nothing in it that could steer a terminal."""
    shown = ascii(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _text(value: Any, place: _Place) -> str:
    if not isinstance(value, str):
        place.wrong(f'must be text in quotes, such as "..."; got {_shown(value)}')
    if not value.strip():
        place.wrong("must not be empty")
    if len(value) > MOST_TEXT:
        place.wrong(f"must have at most {MOST_TEXT} characters; got {len(value):,}")
    if not value.isprintable():
        place.wrong(f"must be one line of printable characters; got {_shown(value)}")
    return value


def _pattern(pattern: re.Pattern[str], rule: str) -> Callable[[Any, _Place], str]:
    def read(value: Any, place: _Place) -> str:
        text = _text(value, place)
        if not pattern.fullmatch(text):
            place.wrong(f"must be {rule}; got {_shown(text)}")
        return text

    return read


def _count(least: int, most: int) -> Callable[[Any, _Place], int]:
    def read(value: Any, place: _Place) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            place.wrong(f"must be a whole number; got {_shown(value)}")
        if not least <= value <= most:
            place.wrong(f"= {_shown(value)} is out of range {least}..{most}")
        return value

    return read


def _texts(value: Any, place: _Place) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        place.wrong(f'must be a list such as ["..."]; got {_shown(value)}')
    if len(value) > MOST_AUTHORS:
        place.wrong(f"must have at most {MOST_AUTHORS} entries; got {len(value):,}")
    return tuple(_text(entry, place) for entry in value)


def _libraries(value: Any, place: _Place) -> tuple[str, ...]:
    if value == []:
        return ()
    found = _texts(value, place)
    for name in found:
        if name not in LIBRARIES:
            near = difflib.get_close_matches(name.lower(), LIBRARIES, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(LIBRARIES)}"
            place.wrong(f"names {_shown(name)}, which agents cannot count on; {hint}")
    return tuple(dict.fromkeys(found))


_AGENT: Final = {
    "name": _Key(_pattern(_NAME, NAME_RULE), '"my-agent"', required=True),
    "version": _Key(
        _pattern(_VERSION, "a digit, then up to 31 digits, letters, dots, + or -"), '"1.0"', required=True
    ),
    "authors": _Key(_texts, '["Your Name"]', required=True),
    "entry": _Key(
        _pattern(_ENTRY, '"MODULE:CLASS", such as "agent:MyAgent" for the class MyAgent in agent.py'),
        '"agent:MyAgent"',
        required=True,
    ),
    "description": _Key(_text, '"What it does, in one line."', required=True),
    "license": _Key(_text, '"MIT"'),
}
_RESOURCES: Final = {
    "threads": _Key(_count(1, 64), "1"),
    "memory_mb": _Key(_count(64, 1_048_576), "1024"),
    "needs": _Key(_libraries, '["numpy"]'),
}


def _table(document: Mapping[str, Any], name: str, source: str) -> dict[str, Any] | None:
    table = document.get(name)
    if table is not None and not isinstance(table, dict):
        raise AgentError(f"{source}: {name} must be a table: write [{name}] on a line of its own")
    return table


def _check_format(agent: Mapping[str, Any], source: str) -> None:
    if "format" not in agent:
        raise AgentError(f"{source}: [agent] format is missing; add the line format = {FORMAT}")
    given = agent["format"]
    if isinstance(given, int) and not isinstance(given, bool) and given > FORMAT:
        raise AgentError(
            f"{source}: [agent] format = {_shown(given)} is newer than this nmmo, which reads {FORMAT}: "
            "install a newer nmmo"
        )
    if given != FORMAT or isinstance(given, bool):
        raise AgentError(f"{source}: [agent] format must be {FORMAT}; got {_shown(given)}")


def _refuse_unknown(table: Mapping[str, Any], known: list[str], what: str, source: str) -> None:
    unknown = [key for key in table if key not in known]
    if unknown:
        key = unknown[0]
        hint = _unknown_hint({key: None}, known) or f"; there are {', '.join(known)}"
        raise AgentError(f"{source}: {what}{_shown(key)} is unknown{hint}")


def _unknown_hint(table: Mapping[str, Any], known: tuple[str, ...] | list[str]) -> str:
    for key in table:
        near = difflib.get_close_matches(key.lower(), known, n=1)
        if near and near[0] != key:
            return f" (did you mean {near[0]!r} where it says {_shown(key)}?)"
    return ""
