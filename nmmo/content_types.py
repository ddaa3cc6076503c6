"""What a game contains, as plain immutable data: the types of ``nmmo.core.content``.

This module needs the standard library alone, so that an agent can read the content of its game where the engine is
not installed, in a sandbox say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from nmmo.schema import nearest

__all__ = [
    "ActionKind",
    "Constant",
    "Content",
    "Element",
    "Group",
    "ItemType",
    "Member",
    "MonsterTier",
    "NodeKind",
    "Numbers",
    "Rows",
    "Yield",
]


@dataclass(frozen=True)
class Member:
    """A member of an enumeration; its number is its place."""

    name: str
    meaning: str


@dataclass(frozen=True)
class Constant:
    """A number of the rules."""

    name: str
    value: int
    meaning: str


@dataclass(frozen=True)
class Element:
    """An element, and the one that it wins against."""

    number: int
    name: str
    meaning: str
    beats: int


@dataclass(frozen=True)
class ItemType:
    """An item type.

    Attributes
    ----------
    number : int
        Its object number, from 1.
    name, meaning : str
    role : str
        What it is to its owner: "armour", "weapon", "tool", "gem", "ammunition" or "food".
    slot : int
        Where it is worn, the number of an equipment slot; -1: it is not worn but used up.
    skill : int
        The skill whose tier allows its use; the number of skills: the combat level; -1: anybody may use it.
    stack : int
        The most pieces that an inventory slot holds.
    lot : int
        Pieces bought at a time, for the listed price.
    element : int
        Of a gem; else 0.
    attack, defence : int
        Added per tier while it is worn; ammunition counts only with the weapon of its skill.
    health, health_per_tier, stamina, food, food_per_tier : int
        Given when it is used up; ``food`` is water as well.
    in_combat : int
        1: it can be used in combat.
    """

    number: int
    name: str
    meaning: str
    role: str
    slot: int
    skill: int
    stack: int
    lot: int
    element: int
    attack: int
    defence: int
    health: int
    health_per_tier: int
    stamina: int
    food: int
    food_per_tier: int
    in_combat: int


@dataclass(frozen=True)
class Yield:
    """One of a node's yields.

    Attributes
    ----------
    pieces : int
        How many; times ``TOOL_FACTOR`` with the matching tool.
    by_biome : int
        1: the biome of the tile decides which of the items it is; 0: one is drawn.
    items : tuple of int
        Item types.
    """

    pieces: int
    by_biome: int
    items: tuple[int, ...]


@dataclass(frozen=True)
class NodeKind:
    """A kind of node.

    Attributes
    ----------
    number : int
        Its object number while it is ripe; a depleted one's is ``DEPLETED`` more.
    name, meaning : str
    skill, tool : int
        The skill that grows by harvesting it, and the item type that helps.
    yields : tuple of Yield
        Of which one is drawn, each as likely.
    """

    number: int
    name: str
    meaning: str
    skill: int
    tool: int
    yields: tuple[Yield, ...]


@dataclass(frozen=True)
class MonsterTier:
    """Monsters of one tier.

    Attributes
    ----------
    tier : int
    homes : int
        Percentage of all monsters that live on ground of a danger up to this tier.
    tempers : tuple of int
        Occupants of which one is drawn for each monster, each as likely.
    loot : tuple of str
        Roles of which one is drawn when a monster dies, each as likely: it leaves an item of it, or "none".
    """

    tier: int
    homes: int
    tempers: tuple[int, ...]
    loot: tuple[str, ...]


@dataclass(frozen=True)
class ActionKind:
    """A row of the table of actions, which stands for one action or for several.

    Attributes
    ----------
    name, meaning : str
    first, count : int
        The number of its first action, and how many there are.
    group : int
        The group that they belong to.
    each : str
        For what there is one of them: "once", "direction", "inventory_slot" or "item_type".
    """

    name: str
    meaning: str
    first: int
    count: int
    group: int
    each: str


@dataclass(frozen=True)
class Group:
    """A group of actions: the number of the first, and how many there are."""

    number: int
    name: str
    meaning: str
    first: int
    count: int


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


def _no_such(name: str, known: Iterable[str], error: type[Exception]) -> NoReturn:
    raise error(f"the game has no {name!r}; {nearest(name, known)}")


class Rows(tuple[T, ...], Generic[T]):
    """Rows of a table in the order of their numbers; each is also an attribute of its name: ``items.sword``."""

    def __getattr__(self, name: str) -> T:
        for row in self:
            if row.name == name:
                return row
        _no_such(name, (row.name for row in self), AttributeError)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (tuple(self),)


class Numbers(Mapping[str, int]):
    """Numbers by name, as a mapping and as attributes: ``numbers.TIERS``."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self.__dict__.update(numbers)

    def __getitem__(self, name: str) -> int:
        if name not in self.__dict__:
            _no_such(name, self.__dict__, KeyError)
        return int(self.__dict__[name])

    def __getattr__(self, name: str) -> int:
        if name.startswith("__"):
            raise AttributeError(name)
        _no_such(name, self.__dict__, AttributeError)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError("numbers of the game cannot be set")

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def __repr__(self) -> str:
        return f"Numbers({self.__dict__})"


@dataclass(frozen=True)
class Content:
    """All that a game contains, with its numbers.

    Attributes
    ----------
    items : Rows of ItemType
    nodes : Rows of NodeKind
    monsters : tuple of MonsterTier
    elements : Rows of Element
    actions : Rows of ActionKind
    groups : Rows of Group
    constants : Rows of Constant
        Every number of the rules; ``number`` holds their values.
    prices : tuple of int
        Gold at the price steps, of which the first is 1.
    enumerations : mapping of str to Rows of Member
        Members in the order of their numbers, from 0 on: "ground", "biome", "element", "skill", "object", "occupant",
        "monster_state", "equipment", "role", "cause", "event", "action" ...
    number : Numbers
        Values of the constants: ``content.number.TIERS``.

    Examples
    --------
    >>> from nmmo.core.content import CONTENT
    >>> CONTENT.items.sword.attack, CONTENT.actions.buy.first, CONTENT.number.TIERS
    (20, 47, 5)
    """

    items: Rows[ItemType]
    nodes: Rows[NodeKind]
    monsters: tuple[MonsterTier, ...]
    elements: Rows[Element]
    actions: Rows[ActionKind]
    groups: Rows[Group]
    constants: Rows[Constant]
    prices: tuple[int, ...]
    enumerations: Mapping[str, Rows[Member]]

    @property
    def number(self) -> Numbers:
        """The values of the constants."""
        return Numbers({constant.name: constant.value for constant in self.constants})

    def numbers_of(self, enumeration: str) -> Numbers:
        """Return the numbers of an enumeration's members: ``content.numbers_of("ground").stone``."""
        return Numbers({member.name: number for number, member in enumerate(self.enumerations[enumeration])})

    def to_plain(self) -> dict[str, Any]:
        """Return the same as dictionaries, lists, words and numbers, for msgpack or JSON."""
        plain = asdict(self)
        plain["enumerations"] = {
            name: [asdict(member) for member in members] for name, members in self.enumerations.items()
        }
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Content:
        """Return what ``to_plain`` made, read back."""

        def rows(kind: type[Any], given: Iterable[Mapping[str, Any]]) -> Any:
            return Rows(_frozen(kind, row) for row in given)

        nodes = [{**node, "yields": tuple(_frozen(Yield, row) for row in node["yields"])} for node in plain["nodes"]]
        return cls(
            items=rows(ItemType, plain["items"]),
            nodes=rows(NodeKind, nodes),
            monsters=tuple(_frozen(MonsterTier, row) for row in plain["monsters"]),
            elements=rows(Element, plain["elements"]),
            actions=rows(ActionKind, plain["actions"]),
            groups=rows(Group, plain["groups"]),
            constants=rows(Constant, plain["constants"]),
            prices=tuple(plain["prices"]),
            enumerations={name: rows(Member, members) for name, members in plain["enumerations"].items()},
        )


def _frozen(kind: type[Any], row: Mapping[str, Any]) -> Any:
    values = {field.name: row[field.name] for field in fields(kind)}
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
