"""The manifest of an agent, ``agent.toml``: reading it and saying exactly what is wrong with it.

It may come from a stranger: nothing in it is believed before it was checked, and nothing is run.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

from nmmo import schema
from nmmo.agents.errors import AgentError
from nmmo.schema import Where, setting

__all__ = ["FORMAT", "MANIFEST_NAME", "NAME_RULE", "Manifest", "is_agent_name"]

FORMAT: Final = 1
"""The version of the format of agent folders that this module reads."""

MANIFEST_NAME: Final = "agent.toml"
NAME_RULE: Final = "1 to 40 of a-z, 0-9, - and _, beginning with a letter"
LIBRARIES: Final = ("numpy", "torch", "onnxruntime")

MOST_BYTES: Final = 65_536  # a manifest is a page; more is a mistake or an attack
MOST_TEXT: Final = 500
MOST_AUTHORS: Final = 50

_NAME: Final = "[a-z][a-z0-9_-]{0,39}"
_VERSION: Final = "[0-9][0-9A-Za-z.+-]{0,31}"
_VERSION_RULE: Final = "a digit, then up to 31 digits, letters, dots, + or -"
_ENTRY: Final = "[A-Za-z_][A-Za-z0-9_]*:[A-Za-z_][A-Za-z0-9_]*"
_ENTRY_RULE: Final = '"MODULE:CLASS", such as "agent:MyAgent" for the class MyAgent in agent.py'
_RESOURCES: Final = ("threads", "memory_mb", "needs")


def _line(default: Any = schema.REQUIRED, doc: str = "", **more: Any) -> Any:
    """Declare a setting of one line of text."""
    return setting(default, doc, least=1, most=MOST_TEXT, **more)


@dataclass(frozen=True)
class Manifest:
    """What ``agent.toml`` says about an agent.

    Attributes
    ----------
    name
        1 to 40 of a-z, 0-9, - and _, beginning with a letter.
    version
        The agent's, as its authors count; begins with a digit.
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

    name: str = _line(doc="The agent's name.", pattern=_NAME, rule=NAME_RULE)
    version: str = _line(doc="The agent's version.", pattern=_VERSION, rule=_VERSION_RULE)
    authors: tuple[str, ...] = setting(doc="Who wrote it.", least=1, most=MOST_AUTHORS, rule='["Your Name"]')
    entry: str = _line(doc="The module and the class.", pattern=_ENTRY, rule=_ENTRY_RULE)
    description: str = _line(doc="What the agent does, in one line.")
    license: str | None = _line(None, "The license of the folder.")
    threads: int = setting(1, "Processor threads that it may use.", least=1, most=64)
    memory_mb: int = setting(1024, "Memory that it may use.", least=64, most=1_048_576, unit="MiB")
    needs: tuple[str, ...] = setting(("numpy",), "Libraries that it imports.", choices=LIBRARIES)

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
            If there is none, or it is not valid; the message names the file, the key and the fix.
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
        where = Where(AgentError, source)
        document = schema.parse_toml(content, where)
        schema.check_sections(document, ("agent", "resources"), where)
        agent = document.get("agent")
        if not isinstance(agent, dict):
            where.fail("the section [agent] is missing; write [agent] and its keys below it")
        _check_format(agent, where)  # before all else: another format may have other keys
        own = [field.name for field in fields(cls) if field.name not in _RESOURCES]
        rest = {name: value for name, value in agent.items() if name != "format"}
        read = schema.read(cls, rest, where.at("agent"), names=own)
        read |= schema.read(cls, document.get("resources", {}), where.at("resources"), names=_RESOURCES)
        return cls(**read)


def is_agent_name(name: str) -> bool:
    """Return whether an agent may have this name."""
    return re.fullmatch(_NAME, name) is not None


def _check_format(agent: dict[str, Any], where: Where) -> None:
    if "format" not in agent:
        where.fail(f"agent.format is missing; add the line format = {FORMAT}")
    given = agent["format"]
    if isinstance(given, int) and not isinstance(given, bool) and given > FORMAT:
        where.fail(f"agent.format = {given} is newer than this nmmo, which reads {FORMAT}: install a newer nmmo")
    if given != FORMAT or isinstance(given, bool):
        where.fail(f"agent.format = {schema.shown(given)} must be {FORMAT}")
