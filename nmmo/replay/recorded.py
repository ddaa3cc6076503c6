"""The classes of worlds that are being recorded: what their methods do, they tell the recorder."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from nmmo.core.worlds import Worlds

if TYPE_CHECKING:
    from nmmo.replay.recorder import Recorder

__all__ = ["Recorded", "recorded_class"]


class Recorded:
    """Marks the classes of worlds that are being recorded."""

    __slots__ = ()
    _plain: ClassVar[type[Any]]


_classes: weakref.WeakKeyDictionary[type, type] = weakref.WeakKeyDictionary()


def recorded_class(plain: type) -> type:
    """The class of a recorded world, in place of its own."""
    if plain not in _classes:
        mixed = _RecordedWorlds if issubclass(plain, Worlds) else _RecordedWorld
        name = f"Recorded{plain.__name__}"
        _classes[plain] = type(name, (mixed, plain), {"__slots__": (), "_plain": plain})
    return _classes[plain]


def _refused(name: str) -> Any:
    def refuse(self: Any, *_: Any, **__: Any) -> Any:
        raise RuntimeError(f"{name} would not be recorded: close the recorder first")

    return refuse


class _RecordedBoth(Recorded):
    __slots__ = ()
    _recorder: Recorder

    def close(self) -> None:
        try:
            self._recorder.close()  # detaches: the next call goes to the plain class
        finally:
            self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy of a recorded world is not recorded."""
        reduced: Any = super().__reduce__()
        rebuild, (_, *arguments, state) = reduced
        state["attributes"].pop("_recorder")
        return rebuild, (self._plain, *arguments, state)


class _RecordedWorld(_RecordedBoth):
    __slots__ = ()

    def step(self, actions: ArrayLike, copy: bool = False, observe: bool = True) -> Any:
        recorder = self._recorder
        if recorder._thread.halted and not recorder._check():
            return self.step(actions, copy, observe)  # of the plain class
        track = recorder._first
        if track.edited:
            track.cut(self)  # type: ignore[arg-type]
        result = super().step(actions, copy, observe)  # type: ignore[misc]
        track.stepped(self, actions, False, observe)  # type: ignore[arg-type]
        return result

    def reset(self, seed: int | None = None) -> Any:
        recorder = self._recorder
        recorder._replacing = True  # what a drawing places is part of the beginning
        try:
            result = super().reset(seed)  # type: ignore[misc]
        finally:
            recorder._replacing = False
        if recorder._check():
            recorder._begin()
        return result

    def restore(self, snapshot: Any) -> None:
        recorder = self._recorder
        super().restore(snapshot)  # type: ignore[misc]
        if recorder._check():
            recorder._begin()

    def rebirth(self, slots: ArrayLike) -> int:
        recorder = self._recorder
        if not recorder._check():
            return self.rebirth(slots)  # of the plain class
        recorder._before()
        begun: int = super().rebirth(slots)  # type: ignore[misc]
        if begun:
            recorder._reborn(np.array(slots, np.bool_))
        return begun

    def _edit(self, *arguments: Any) -> None:
        super()._edit(*arguments)  # type: ignore[misc]
        if not self._recorder._replacing:
            self._recorder._edited()

    _step_profiled = _refused("a profiled step")
    _step_repeated = _refused("a repeated step")


class _RecordedWorlds(_RecordedBoth):
    __slots__ = ()

    def step(self, actions: ArrayLike, copy: bool = False) -> Any:
        recorder = self._recorder
        if recorder._thread.halted and not recorder._check():
            return self.step(actions, copy)  # of the plain class
        result = super().step(actions, copy)  # type: ignore[misc]
        over = result[4]["over"] if self.autoreset else None  # type: ignore[attr-defined]
        recorder._stepped_all(actions, over, True)
        return result

    def reset(self, seed: int | None = None) -> Any:
        recorder = self._recorder
        result = super().reset(seed)  # type: ignore[misc]
        if recorder._check():
            recorder._begin()
        return result

    def rebirth(self, slots: ArrayLike) -> int:
        recorder = self._recorder
        if not recorder._check():
            return self.rebirth(slots)  # of the plain class
        begun: int = super().rebirth(slots)  # type: ignore[misc]
        if begun:
            recorder._reborn(np.array(slots, np.bool_))
        return begun

    def _restore(self, snapshots: Any) -> None:
        recorder = self._recorder
        super()._restore(snapshots)  # type: ignore[misc]
        if recorder._check():
            recorder._begin()
