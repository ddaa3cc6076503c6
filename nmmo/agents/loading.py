"""Loading an agent's class: its code becomes a private package that no other code can run into.

The folder is a package under a name used once, and the entry a module of it. Nothing is added to
``sys.path``; two agents that both have an ``agent.py`` and a ``helper.py`` have nothing in common, and
one folder loaded twice neither. Its own modules an agent imports relatively: ``from . import helper``.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import itertools
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from nmmo.agents.base import Agent
from nmmo.agents.errors import AgentError
from nmmo.agents.manifest import Manifest
from nmmo.schema import nearest

__all__ = ["SHIPPED", "agent_code", "check_entry", "load_class"]

SHIPPED: Final = "nmmo"
"""As the module of an entry: the class comes with nmmo, and the folder has none of its own."""
SHIPPED_CLASSES: Final[Mapping[str, str]] = {"TrainedPolicy": "nmmo.agents.trained_policy"}
"""Their names, and the modules that hold them."""

_numbers = itertools.count(1)


def _entry_file(folder: Path, manifest: Manifest) -> Path:
    """Return the file that holds the agent's class.

    Raises
    ------
    AgentError
        If it is missing, no file, or a link out of the folder.
    """
    file = folder / f"{manifest.module}.py"
    if not file.is_file():
        raise AgentError(
            f"agent {manifest.name!r}: {file} is missing; the manifest's entry = {manifest.entry!r} "
            "says that the class is there"
        )
    if not file.resolve().is_relative_to(folder.resolve()):
        raise AgentError(f"agent {manifest.name!r}: {file} is a link out of the folder; put the file itself there")
    return file


def load_class(folder: Path, manifest: Manifest) -> type[Agent]:
    """Run the agent's code and return its class.

    Parameters
    ----------
    folder
        The agent's folder.
    manifest
        What its ``agent.toml`` says.

    Returns
    -------
    type
        A subclass of ``Agent``, new at each call unless it comes with nmmo.

    Raises
    ------
    AgentError
        If a library is missing, the code cannot be run, or has no such class.
    """
    folder = folder.resolve()
    file = None if manifest.module == SHIPPED else _entry_file(folder, manifest)
    for library in manifest.needs:
        if importlib.util.find_spec(library) is None:
            extra = "'nmmo[train]'" if library == "torch" else library
            raise AgentError(f"agent {manifest.name!r} needs {library}, which is not installed: pip install {extra}")
    if file is None:
        return _shipped_class(manifest)
    package = f"_nmmo_agent_{next(_numbers)}"
    try:
        with agent_code(f"agent {manifest.name!r}: {file.name} cannot be loaded", folder):
            module = _run(package, folder, manifest.module, file)
        return _class_of(module, manifest, file)
    except BaseException:
        for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
            del sys.modules[name]
        raise


def check_entry(folder: Path, manifest: Manifest) -> None:
    """Check that the class which the manifest names can be there. Runs none of the agent's code.

    Raises
    ------
    AgentError
        If its file is missing, no file, or a link out of the folder; or nmmo has no class of that name.
    """
    if manifest.module == SHIPPED:
        _shipped_class(manifest)
    else:
        _entry_file(folder, manifest)


def _shipped_class(manifest: Manifest) -> type[Agent]:
    name = manifest.class_name
    if name not in SHIPPED_CLASSES:
        hint = nearest(f"{SHIPPED}:{name}", [f"{SHIPPED}:{each}" for each in SHIPPED_CLASSES])
        raise AgentError(f"agent {manifest.name!r}: no class {name!r} of agents comes with nmmo; {hint}")
    found: type[Agent] = getattr(importlib.import_module(SHIPPED_CLASSES[name]), name)
    return found


def _run(package: str, folder: Path, name: str, file: Path) -> ModuleType:
    spec = importlib.machinery.ModuleSpec(package, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    sys.modules[package] = importlib.util.module_from_spec(spec)
    # By its path: a search would prefer a folder or a library of the same name.
    entry = importlib.util.spec_from_file_location(f"{package}.{name}", file)
    assert entry is not None and entry.loader is not None  # it is a .py
    module = importlib.util.module_from_spec(entry)
    sys.modules[entry.name] = module
    importlib.invalidate_caches()  # its helpers may have been written a moment ago
    entry.loader.exec_module(module)
    return module


def _class_of(module: ModuleType, manifest: Manifest, file: Path) -> type[Agent]:
    who, name = f"agent {manifest.name!r}: {file.name}", manifest.class_name
    found: Any = getattr(module, name, None)
    if found is None:
        others = [
            other
            for other, value in vars(module).items()
            if isinstance(value, type) and issubclass(value, Agent) and value.__module__ == module.__name__
        ]
        hint = f"it has {', '.join(others)}" if others else f"define class {name}(Agent) there"
        raise AgentError(f"{who} has no class {name}, which the manifest's entry names; {hint}")
    if not isinstance(found, type) or not issubclass(found, Agent):
        raise AgentError(f"{who}: {name} must be a subclass of nmmo.agents.Agent: write class {name}(Agent)")
    if found.act is Agent.act:
        raise AgentError(f"{who}: {name} must define act(self, rows, mask)")
    return found


@contextmanager
def agent_code(what: str, folder: Path) -> Iterator[None]:
    """Guard everything that runs an agent's code.

    Whatever it raises, ``sys.exit()`` included, becomes an ``AgentError``; Ctrl-C passes. What it imports
    leaves no bytecode behind: its folder is not ours to write in.

    Parameters
    ----------
    what
        What has failed then, to begin the message with.
    folder
        The agent's: of its own lines, the message names the last.
    """
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise AgentError(f"{what}: {_described(error, folder)}{_import_hint(error, folder)}") from error
    finally:
        sys.dont_write_bytecode = before


def _described(error: BaseException, folder: Path) -> str:
    """Return an exception in one line, with the agent's own line at which it arose."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}, line {error.lineno}: {error.msg}"
    try:
        text = " ".join(str(error).split()) or "no message"
    except Exception:  # the exception is the agent's, too
        text = "no message"
    text = text if len(text) <= 300 else text[:297] + "..."
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(folder)]
    where = f"{Path(own[-1].filename).relative_to(folder)}, line {own[-1].lineno}: " if own else ""
    return f"{where}{type(error).__name__}: {text}"


def _import_hint(error: BaseException, folder: Path) -> str:
    """Say what to write instead, where an agent imports its own file as if it were on the path."""
    if not isinstance(error, ModuleNotFoundError) or not error.name or "." in error.name:
        return ""
    if (folder / f"{error.name}.py").is_file() or (folder / error.name).is_dir():
        return f"; an agent imports its own files relatively: from . import {error.name}"
    return "; agents can count on the standard library and on what their manifest's needs name"
