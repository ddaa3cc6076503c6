"""Infos that are made when somebody looks: like a dict in every use."""

from __future__ import annotations

import copy
import pickle

import pytest

from nmmo.envs.lazy_infos import LazyInfos

PLAIN = {"player_0": {"died": False}, "player_1": {"died": True}}
USES = {
    "item": lambda d: d["player_1"],
    "get": lambda d: (d.get("player_1"), d.get("nobody"), d.get("nobody", 3)),
    "in": lambda d: ("player_1" in d, "nobody" in d),
    "len": len,
    "bool": bool,
    "list": list,
    "reversed": lambda d: list(reversed(d)),
    "keys": lambda d: list(d.keys()),
    "values": lambda d: list(d.values()),
    "items": lambda d: list(d.items()),
    "copy": lambda d: d.copy(),
    "copied": copy.copy,
    "deep copied": copy.deepcopy,
    "pickled": lambda d: pickle.loads(pickle.dumps(d)),
    "dict": dict,
    "unpacked": lambda d: {**d},
    "keyword arguments": lambda d: (lambda **given: given)(**d),
    "updating": lambda d: {"x": 1} | d,
    "updated": lambda d: d | {"x": 1},
    "update of another": lambda d: (made := {}, made.update(d), made)[2],
    "equal": lambda d: (d == PLAIN, d != PLAIN, d == {}, d != {}),
    "repr": repr,
    "pop": lambda d: (d.pop("player_0"), dict(d)),
    "popitem": lambda d: (d.popitem(), dict(d)),
    "setdefault": lambda d: (d.setdefault("player_0", 3), d.setdefault("x", 3), dict(d)),
    "set": lambda d: (d.__setitem__("player_0", 3), dict(d)),
    "delete": lambda d: (d.__delitem__("player_0"), dict(d)),
    "clear": lambda d: (d.clear(), dict(d)),
    "update": lambda d: (d.update(player_0=3), dict(d)),
    "or in place": lambda d: (d.__ior__({"x": 1}), dict(d))[1],
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_every_use_is_that_of_a_dict(use):
    calls = []

    def make():
        calls.append(1)
        return copy.deepcopy(PLAIN)

    infos = LazyInfos(make)
    assert isinstance(infos, dict)
    assert calls == []
    found = use(infos)
    assert found == use(copy.deepcopy(PLAIN))
    use(LazyInfos(make))
    assert len(calls) == 2  # once for each


def test_they_stay_what_they_were_made():
    infos = LazyInfos(lambda: copy.deepcopy(PLAIN))
    infos["player_0"]["seen"] = 1
    assert infos["player_0"] == {"died": False, "seen": 1}


def test_a_missing_agent_is_a_key_error():
    for _ in range(2):
        with pytest.raises(KeyError, match="nobody"):
            LazyInfos(lambda: dict(PLAIN))["nobody"]


def test_no_method_of_dict_is_forgotten():
    same = {
        "__class__",
        "__class_getitem__",
        "__doc__",
        "__getattribute__",
        "__getitem__",
        "__init__",
        "__new__",
    }
    same |= {
        "__reduce__",
        "__setattr__",
        "__delattr__",
        "__dir__",
        "__format__",
        "__getstate__",
        "__init_subclass__",
    }
    same |= {"__sizeof__", "__str__", "__subclasshook__", "__lt__", "__le__", "__gt__", "__ge__", "fromkeys"}
    assert set(dir(dict)) - same <= set(vars(LazyInfos))
