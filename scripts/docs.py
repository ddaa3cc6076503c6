"""Write what comes from the code: tables of the documentation, and the stub of the enumerations.

    python scripts/docs.py            # renew them
    python scripts/docs.py --check    # are they what the code says?

A page has blocks between `<!-- generated: NAME -->` and `<!-- end of generated -->`. Everything between them
is written by this script: numbers, names and meanings are those of the engine's own tables and of
`nmmo.Config`, and nobody types them twice. nmmo/core/enums.pyi is written whole.
"""

from __future__ import annotations

import argparse
import enum
import itertools
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import nmmo
from nmmo.core import content, enums
from nmmo.core.records import Field, Table, fields_of
from nmmo.schema import settings_of

TREE = Path(__file__).resolve().parents[1]
DOCS = TREE / "docs"
STUB = TREE / "nmmo" / "core" / "enums.pyi"
BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n)(.*?)(^<!-- end of generated -->$)", re.MULTILINE | re.DOTALL)
WIDTHS: Final = {
    "B": "uint8", "H": "uint16", "I": "uint32", "Q": "uint64",
    "b": "int8", "h": "int16", "i": "int32", "q": "int64",
    "f": "float32", "d": "float64",
}  # fmt: skip
PARTS: Final = {  # of a row of observation: where each is explained
    "tiles": "[tiles](#tiles)",
    "self": "[self](#self)",
    "inventory": "[inventory](#inventory-and-listings)",
    "listings": "[listings](#inventory-and-listings)",
    "market": "[market](#market)",
    "mask": "[mask](#actions-and-the-mask)",
}
ENUMERATIONS: Final = (
    nmmo.ActionGroup, nmmo.Skill, nmmo.Element, nmmo.Biome, nmmo.GroundKind, nmmo.Occupant, nmmo.ObjectKind,
    nmmo.EquipmentSlot, nmmo.Cause, nmmo.EventKind,
)  # fmt: skip


class PageError(ValueError):
    """A page asks for a block that this script does not know."""


def table(heads: Iterable[str], rows: Iterable[Iterable[str]], right: Iterable[int] = ()) -> str:
    """Return a table in Markdown.

    Parameters
    ----------
    heads, rows
        The texts of the cells.
    right
        Columns that are aligned right.
    """
    columns, numbers = list(heads), set(right)
    rule = "|".join("---:" if place in numbers else "---" for place in range(len(columns)))
    lines = [f"| {' | '.join(columns)} |", f"|{rule}|"]
    lines += [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """Return a number as people read it: thousands apart, no needless decimals."""
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


# ---- records -------------------------------------------------------------------------------------------


def type_of(field: Field) -> str:
    """Return the type and shape of a field of a record."""
    element = Table(field.table).name.lower() if field.type == "T" else WIDTHS[field.type]
    shape = ", ".join(str(length) for length in (field.rows, field.columns) if length)
    return f"{element} [{shape}]" if shape else element


def record(kind: Table) -> str:
    """Return the fields of a record that the engine publishes, those that mean nothing left out."""
    rows = [
        [f"`{field.name}`", str(field.offset), type_of(field), field.doc]
        for field in fields_of(kind)
        if field.name != "reserved"
    ]
    return table(["field", "byte", "type", "meaning"], rows, right=[1])


def row_parts() -> str:
    """Return the parts of a row of observation."""
    dtype = nmmo.observation_dtype()
    fields = dtype.fields
    assert fields is not None
    rows = []
    for name, (part, offset, *_) in fields.items():
        element = "uint8" if part.base.names is None else f"record of {part.base.itemsize} bytes"
        shape = f" [{', '.join(map(str, part.shape))}]" if part.shape else ""
        rows.append([PARTS[name], number(offset), number(part.itemsize), element + shape])
    rows.append(["the whole row, padded to a multiple of 64", "", number(dtype.itemsize), ""])
    return table(["part", "first byte", "bytes", "type"], rows, right=[1, 2])


# ---- actions and enumerations ------------------------------------------------------------------------------


def actions() -> str:
    """Return the action table; actions of one group that are explained in the same words share a line."""
    rows = []
    for (group, doc), same in itertools.groupby(nmmo.ACTION_TABLE, lambda row: (row.group, row.doc)):
        members = list(same)
        first, last = members[0], members[-1]
        numbers = str(first.number) if first == last else f"{first.number}–{last.number}"
        names = [f"`{member.name}`" for member in members]
        shown = ", ".join(names) if len(names) <= 4 else f"{names[0]} … {names[-1]}"
        rows.append([numbers, shown, group, doc])
    return table(["number", "name", "group", "what it does"], rows)


def enumerations() -> str:
    """Return the enumerations with all their members, one line each."""
    rows = []
    for kind in ENUMERATIONS:
        assert issubclass(kind, enum.IntEnum)
        members = ", ".join(f"{member.value}&nbsp;{member.name.lower()}" for member in kind)
        doc = (kind.__doc__ or "").replace("``", "`")
        rows.append([f"`nmmo.{kind.__name__}`", members, doc])
    return table(["enumeration", "members", "what it is"], rows)


def _number_or_nothing(value: int) -> str:
    return str(value) if value else ""


def items() -> str:
    """Return the item types."""
    skills = [skill.name.lower() for skill in nmmo.Skill]
    slots = [slot.name.lower() for slot in nmmo.EquipmentSlot]
    rows = []
    for item in content.ITEMS:
        needs = "" if item.skill < 0 else skills[item.skill] if item.skill < len(skills) else "combat level"
        restores = [
            (f"{item.health} + {item.health_per_tier} per tier", "health"),
            (str(item.stamina), "stamina"),
            (f"{item.food} + {item.food_per_tier} per tier", "food and water"),
        ]
        given = ", ".join(f"{amount} {what}" for amount, what in restores if not amount.startswith("0"))
        rows.append(
            [str(item.number), f"`{item.name}`", item.role, slots[item.slot] if item.slot >= 0 else "", needs,
             str(item.stack), str(item.lot), _number_or_nothing(item.attack), _number_or_nothing(item.defence),
             "; ".join(part for part in (item.meaning, given) if part)]
        )  # fmt: skip
    heads = ["number", "name", "role", "worn", "needs", "stack", "lot", "attack", "defence", "meaning"]
    return table(heads, rows, right=[0, 5, 6, 7, 8])


def nodes() -> str:
    """Return the kinds of nodes, with what they yield."""
    objects = [kind.name.lower() for kind in nmmo.ObjectKind]
    rows = []
    for node in content.NODES:
        yields = [
            f"{drawn.pieces} {', '.join(objects[item] for item in drawn.items)}{' by biome' * drawn.by_biome}"
            for drawn in node.yields
        ]
        chances = [f"{yields.count(text)}/{len(yields)}: {text}" for text in dict.fromkeys(yields)]
        rows.append(
            [str(node.number), f"`{node.name}`", node.meaning, nmmo.Skill(node.skill).name.lower(), objects[node.tool],
             "; ".join(chances)]
        )  # fmt: skip
    return table(["number", "name", "grows", "skill", "tool", "yield"], rows, right=[0])


def monster_tiers() -> str:
    """Return monsters by tier."""
    rows = []
    for row in content.MONSTERS:
        tempers = [nmmo.Occupant(temper).name.lower() for temper in row.tempers]
        shown = [
            "; ".join(f"{drawn.count(name)}/{len(drawn)} {name}" for name in dict.fromkeys(drawn))
            for drawn in (tempers, list(row.loot))
        ]
        rows.append([str(row.tier), f"{row.homes}%", *shown])
    return table(["tier", "of all live up to here", "tempers", "loot"], rows, right=[0, 1])


def constants() -> str:
    """Return every number of the rules."""
    return table(
        ["name", "value", "meaning"],
        [[f"`{constant.name}`", number(constant.value), constant.meaning] for constant in content.CONSTANTS],
        right=[1],
    )


def prices() -> str:
    """Return the price ladder."""
    steps = range(1, len(nmmo.PRICES) + 1)
    return table(["step", *map(str, steps)], [["gold", *map(str, nmmo.PRICES)]], right=steps)


# ---- configuration ------------------------------------------------------------------------------------


def shown(value: Any) -> str:
    """Return a value of a configuration, as Python writes it but with thousands apart."""
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def configuration() -> str:
    """Return every field of a configuration."""
    defaults = nmmo.Config().to_dict()
    rows = []
    for field in fields_of(Table.CONFIG):
        value = defaults[field.name]
        if isinstance(value, bool):
            allowed = "True, False"
        elif isinstance(value, str):
            allowed = ", ".join(_engine_words(field))
        else:
            least = "None, 0" if value is None else number(field.minimum)  # None is the engine's -1
            allowed = f"{least} to {number(field.maximum)}"
        rows.append([f"`{field.name}`", shown(value), allowed, field.doc])
    return table(["field", "default", "allowed", "meaning"], rows, right=[1])


def _engine_words(field: Field) -> list[str]:
    """Return what a field that is a word in Python can be, in the engine's order."""
    return list(settings_of(nmmo.Config)[field.name].choices)


def presets() -> str:
    """Return the presets, by the fields in which they differ, and what a world of each needs."""
    made = {name: nmmo.Config.preset(name) for name in nmmo.Config.PRESETS}
    values = {name: config.to_dict() for name, config in made.items()}
    rows = []
    for field in fields_of(Table.CONFIG):
        row = [values[name][field.name] for name in made]
        if len(set(row)) > 1:
            standard = values["large"][field.name]
            cells = [shown(value) if value == standard else f"**{shown(value)}**" for value in row]
            rows.append([f"`{field.name}`", *cells])
    worlds = [config.world_bytes / 1e6 for config in made.values()]
    views = [nmmo.observation_dtype(config).itemsize * config.n_players / 1e6 for config in made.values()]
    rows.append(["memory of a world, MB", *(f"{size:.1f}" for size in worlds)])
    rows.append(["its observations, MB", *(f"{size:.1f}" for size in views)])
    return table(["", *(f"`{name}`" for name in made)], rows, right=range(1, len(made) + 1))


# ---- pages --------------------------------------------------------------------------------------------

BLOCKS: Final[Mapping[str, Callable[[], str]]] = {
    "row": row_parts,
    "actions": actions,
    "enumerations": enumerations,
    "prices": prices,
    "items": items,
    "nodes": nodes,
    "monster-tiers": monster_tiers,
    "constants": constants,
    "configuration": configuration,
    "presets": presets,
    **{kind.name.lower().replace("_", "-"): partial(record, kind) for kind in Table if kind is not Table.CONFIG},
}


def rendered(text: str) -> str:
    """Return a page with all its blocks written again.

    Raises
    ------
    PageError
        If a block has an unknown name, or no end.
    """
    names = re.findall(r"^<!-- generated: (.*?) -->", text, re.MULTILINE)
    for name in names:
        if name not in BLOCKS:
            raise PageError(f"there is no block {name!r}; there are {', '.join(BLOCKS)}")
    if len(names) != len(BLOCK.findall(text)):
        raise PageError("a block lacks its <!-- end of generated -->")
    return BLOCK.sub(lambda found: f"{found[1]}\n{BLOCKS[found[2]]()}\n{found[4]}", text)


def pages() -> dict[Path, tuple[str, str]]:
    """Return every page that has blocks: what it says, and what it should say."""
    found = {}
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if "<!-- generated: " in text:
            try:
                found[page] = (text, rendered(text))
            except PageError as problem:
                raise PageError(f"{page.relative_to(DOCS.parent)}: {problem}") from None
    return found


def stub() -> str:
    """Return the members of the enumerations, as type checkers need them."""
    lines = [
        '"""The members of the enumerations, as type checkers need them: `python scripts/docs.py` writes this file."""',
        "",
    ]
    lines += ["from enum import IntEnum"]
    for name, kind in vars(enums).items():
        if isinstance(kind, enum.EnumType) and kind.__module__ == enums.__name__:
            members: Iterable[enum.IntEnum] = iter(kind)
            lines += ["", f"class {name}(IntEnum):", *(f"    {member.name} = {member.value}" for member in members)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description="Write the tables of the documentation, and the stub of the enumerations, from the code."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 if one is stale")
    options = parser.parse_args()
    try:
        found = pages()
    except PageError as problem:
        print(f"docs: {problem}", file=sys.stderr)
        return 1
    found[STUB] = (STUB.read_text(encoding="utf-8"), stub())
    old = [page for page, (text, wanted) in found.items() if text != wanted]
    for page in old:
        if options.check:
            print(f"{page.relative_to(DOCS.parent)} is out of date: python scripts/docs.py renews it")
        else:
            page.write_text(found[page][1], encoding="utf-8")
            print(f"wrote {page.relative_to(DOCS.parent)}")
    if not old:
        print(f"all {len(found)} files are up to date")
    return 1 if old and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
