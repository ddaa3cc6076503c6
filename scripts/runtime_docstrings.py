"""An extension of griffe, which reads the package for the API pages: what is known at run time only.

Griffe reads sources, so it does not see a docstring or a default that is put together on import, as those of
`nmmo.Config` are from the engine's table of fields, or taken over from the compiled engine. All of these
are in `nmmo.core`.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from typing import Any

import griffe

PACKAGE = "core"


class RuntimeDocstrings(griffe.Extension):
    """Gives what is in `nmmo.core` docstrings where griffe found none, and dataclasses' true defaults."""

    def on_package(self, *, pkg: griffe.Module, loader: griffe.GriffeLoader, **_: Any) -> None:
        """Fill in what is known at run time; griffe calls it when a package has been read."""
        if PACKAGE in pkg.members:
            fill_module(pkg[PACKAGE], loader)


def fill_module(module: griffe.Module, loader: griffe.GriffeLoader) -> None:
    """Fill a module and those in it."""
    there = importlib.import_module(module.path)
    for name, member in module.members.items():
        if isinstance(member, griffe.Module):
            fill_module(member, loader)
        elif isinstance(member, griffe.Object):
            fill(member, getattr(there, name, None), loader)


def fill(member: griffe.Object, there: Any, loader: griffe.GriffeLoader) -> None:
    """Fill one object, and a class's members, from what it is at run time."""
    text = getattr(there, "__doc__", None)
    described = inspect.isclass(there) or inspect.isroutine(there) or inspect.isdatadescriptor(there)
    if member.docstring is None and described and text:
        member.docstring = griffe.Docstring(
            inspect.cleandoc(text),
            parent=member,
            parser=loader.docstring_parser,
            parser_options=loader.docstring_options,
        )
    if isinstance(member, griffe.Class) and inspect.isclass(there):
        for name, part in member.members.items():
            if isinstance(part, griffe.Object):
                fill(part, inspect.getattr_static(there, name, None), loader)
        if dataclasses.is_dataclass(there):
            fill_defaults(member, there)


def fill_defaults(member: griffe.Class, there: Any) -> None:
    """Give the fields of a dataclass the defaults that they have when it runs."""
    for field in dataclasses.fields(there):
        part = member.members.get(field.name)
        if isinstance(part, griffe.Attribute) and field.default is not dataclasses.MISSING:
            part.value = repr(field.default)
