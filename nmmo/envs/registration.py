"""Entries in the registries of Gymnasium and PettingZoo, made without importing either.

A library that is imported already gets its entries at once; one that is not gets them at the end of its own
import. So ``import nmmo`` stays fast, and ``gymnasium.make("nmmo/solo-v3")`` works whichever was imported
first.
"""

from __future__ import annotations

import importlib.machinery
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from types import ModuleType
from typing import Any, Final, NoReturn

__all__ = ["register"]

VECTOR = "nmmo/nmmo-v3"
SOLO = "nmmo/solo-v3"


def register_gymnasium(gymnasium: Any) -> None:
    """Make Gymnasium's entries."""
    if VECTOR not in gymnasium.registry:
        gymnasium.register(
            id=VECTOR,
            entry_point="nmmo.envs.registration:refuse_single",
            vector_entry_point="nmmo.envs.vector:VectorEnv",
        )
    if SOLO not in gymnasium.registry:
        gymnasium.register(id=SOLO, entry_point="nmmo.envs.solo:SoloEnv")


def register_pettingzoo(pettingzoo: Any) -> None:
    """Make PettingZoo's entries, if it is recent enough to have a registry."""
    if not hasattr(pettingzoo, "register"):
        return
    for kind, registry in (("aec", pettingzoo.aec_registry), ("parallel", pettingzoo.parallel_registry)):
        if VECTOR not in registry:
            name = "env" if kind == "aec" else "parallel_env"
            pettingzoo.register(kind, VECTOR, entry_point=f"nmmo.nmmo_v3:{name}")


def refuse_single(**_: Any) -> NoReturn:
    """Refuse ``nmmo/nmmo-v3`` as a single environment; the message says what there is instead."""
    raise ValueError(
        f"{VECTOR} is many agents at once: use gymnasium.make_vec({VECTOR!r}), nmmo.parallel_env(), or "
        f"gymnasium.make({SOLO!r}) for one learner among opponents"
    )


_LIBRARIES: Final[dict[str, Callable[[Any], None]]] = {
    "gymnasium": register_gymnasium,
    "pettingzoo": register_pettingzoo,
}


class _RegisteringLoader(Loader):
    """Imports a library as its own loader does, and then makes our entries."""

    def __init__(self, loader: Loader, done: Callable[[str], None]) -> None:
        self._loader = loader
        self._done = done

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:  # from here on all is as if it had been imported without us
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._done(module.__name__)
        _register_in(module)


class _Waiting(MetaPathFinder):
    """Notices the import of the libraries that it waits for; it finds nothing by itself."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._names:
            return None
        for finder in list(sys.meta_path):
            spec = None if isinstance(finder, _Waiting) else finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _RegisteringLoader(spec.loader, self._imported)
                return spec
        return None

    def _imported(self, name: str) -> None:
        """Wait for it no longer. Being asked for a spec alone is not an import."""
        self._names.discard(name)
        if not self._names and self in sys.meta_path:
            sys.meta_path.remove(self)


def _register_in(library: ModuleType) -> None:
    try:
        _LIBRARIES[library.__name__](library)
    except Exception as error:  # the import of a library must not fail because of us
        warnings.warn(f"nmmo could not register its environments in {library.__name__}: {error}", stacklevel=2)


def register() -> None:
    """Make the entries now in the libraries that are imported, later in the others. Once is enough."""
    waiting = set()
    for name in _LIBRARIES:
        if name in sys.modules:
            _register_in(sys.modules[name])
        else:
            waiting.add(name)
    if waiting and not any(isinstance(finder, _Waiting) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Waiting(waiting))
