"""A massively multi-agent online world for reinforcement learning.

>>> import nmmo
>>> world = nmmo.World(nmmo.Config.preset("small"), seed=7)
>>> observations, info = world.reset()
"""

from nmmo.core import _engine as _engine
from nmmo.core._engine import derive_seed, sample_actions
from nmmo.core.actions import ACTION_TABLE, PRICES, ActionRow
from nmmo.core.config import Config
from nmmo.core.drawing import Ground, Item, Monster, Node, Player
from nmmo.core.dtypes import observation_dtype
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
    SnapshotError,
    WorldOver,
)
from nmmo.core.maps import Map
from nmmo.core.world import World
from nmmo.core.worlds import Worlds, WorldView
from nmmo.version import __version__

RULES_VERSION: int = _engine.rules_version()
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
    "Skill",
    "SnapshotError",
    "World",
    "WorldOver",
    "WorldView",
    "Worlds",
    "__version__",
    "derive_seed",
    "observation_dtype",
    "sample_actions",
]
