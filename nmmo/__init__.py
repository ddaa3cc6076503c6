"""A massively multi-agent online world for reinforcement learning.

>>> import nmmo
>>> world = nmmo.World(nmmo.Config.preset("small"), seed=7)
>>> observations, info = world.reset()
"""

import importlib
from typing import TYPE_CHECKING, Any

from nmmo.core.actions import ACTION_TABLE, PRICES, ActionRow, sample_actions
from nmmo.core.config import Config
from nmmo.core.drawing import Ground, Item, Monster, Node, Player
from nmmo.core.dtypes import observation_dtype
from nmmo.core.engine_info import rules_version
from nmmo.core.enums import (
    Action,
    ActionGroup,
    Biome,
    Cause,
    Element,
    EquipmentSlot,
    EventKind,
    GroundKind,
    ObjectKind,
    Occupant,
    Skill,
)
from nmmo.core.errors import (
    ActionError,
    BusyError,
    ClosedError,
    ConfigError,
    EditError,
    MapError,
    RewardError,
    SnapshotError,
    UnknownFieldError,
    WorldOver,
)
from nmmo.core.maps import Map
from nmmo.core.observers import WorldObserver
from nmmo.core.rewards import RewardFunction, Tick
from nmmo.core.seeds import derive_seed
from nmmo.core.world import World
from nmmo.core.worlds import Worlds, WorldView
from nmmo.envs.registration import register
from nmmo.version import __version__

if TYPE_CHECKING:
    from nmmo import nmmo_v3 as nmmo_v3
    from nmmo.envs import env as env
    from nmmo.envs import parallel_env as parallel_env
    from nmmo.replay import Recorder as Recorder
    from nmmo.replay import Replay as Replay

RULES_VERSION: int = rules_version()
"""The version of the rules that this engine plays; snapshots and replays record it."""

__all__ = [
    "ACTION_TABLE",
    "PRICES",
    "RULES_VERSION",
    "Action",
    "ActionError",
    "ActionGroup",
    "ActionRow",
    "Biome",
    "BusyError",
    "Cause",
    "ClosedError",
    "Config",
    "ConfigError",
    "EditError",
    "Element",
    "EquipmentSlot",
    "EventKind",
    "Ground",
    "GroundKind",
    "Item",
    "Map",
    "MapError",
    "Monster",
    "Node",
    "ObjectKind",
    "Occupant",
    "Player",
    "Recorder",
    "Replay",
    "RewardError",
    "RewardFunction",
    "Skill",
    "SnapshotError",
    "Tick",
    "UnknownFieldError",
    "World",
    "WorldObserver",
    "WorldOver",
    "WorldView",
    "Worlds",
    "__version__",
    "derive_seed",
    "env",
    "nmmo_v3",
    "observation_dtype",
    "parallel_env",
    "sample_actions",
]

_IMPORTED_WHEN_USED = {  # what needs other libraries: name, and the module that it is or is in
    "Recorder": "nmmo.replay",
    "Replay": "nmmo.replay",
    "env": "nmmo.envs.aec",
    "nmmo_v3": "nmmo.nmmo_v3",
    "parallel_env": "nmmo.envs.parallel",
}


def __getattr__(name: str) -> Any:
    if name not in _IMPORTED_WHEN_USED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_IMPORTED_WHEN_USED[name])
    return getattr(module, name, module)


def __dir__() -> list[str]:
    return sorted({*globals(), *_IMPORTED_WHEN_USED})


register()
del register
