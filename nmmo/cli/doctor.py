"""`nmmo doctor`: what is installed, on what, and whether it works."""

from __future__ import annotations

import importlib
import importlib.resources
import re
import sys
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path

import numpy as np
from rich.text import Text

import nmmo
from nmmo.cli.console import make_console
from nmmo.cli.options import Options, Parser
from nmmo.core import engine_info
from nmmo.core.source_hash import source_hash
from nmmo.machine import describe, installed

MODULES = {"pillow": "PIL", "pygame-ce": "pygame"}  # distributions whose module has another name
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)[^;]*(?:;.*extra\s*==\s*['\"]([a-z]+)['\"])?")


class Broken(Exception):
    """Something does not work; the message says what, and how to fix it."""


def requirements() -> dict[str, list[str]]:
    """Return the distributions that nmmo needs ("") and those of each extra that users install."""
    groups: dict[str, list[str]] = {"": []}
    for requirement in metadata.requires("nmmo") or []:
        match = REQUIREMENT.match(requirement)
        if match is None:
            continue
        name, extra = match.group(1), match.group(2) or ""
        if name != "nmmo" and extra not in ("dev", "docs", "examples"):
            groups.setdefault(extra, []).append(name)
    return groups


def importable(distribution: str) -> bool:
    """Return whether an installed distribution can be imported; one that can't is broken."""
    if installed(distribution) is None:
        return False
    module = MODULES.get(distribution, distribution.replace("-", "_"))
    try:
        importlib.import_module(module)
    except Exception as problem:  # whatever a foreign package raises while it is imported
        raise Broken(
            f"{distribution} {installed(distribution)} is installed but cannot be imported ({problem}); "
            f"fix it with: pip install --force-reinstall {distribution}"
        ) from problem
    return True


def check_needed() -> str:
    """Check the packages that nmmo needs."""
    found = []
    for name in requirements()[""]:
        if not importable(name):
            raise Broken(f"{name} is not installed; fix it with: pip install {name}")
        found.append(f"{name} {installed(name)}")
    return ", ".join(found)


def check_sources() -> str:
    """Check whether the engine that runs is the one whose sources are beside it."""
    compiled = engine_info.source_hash()
    if not compiled:
        raise Broken("the engine was built without the hash of its sources; build it with: pip install .")
    engine = Path(nmmo.__file__).resolve().parent.parent / "engine"
    if not (engine / "nmmo.h").is_file():
        return f"{compiled} (installed without sources)"
    if source_hash(engine) != compiled:
        raise Broken(f"the engine was built from other sources than those in {engine}; build it with: make build")
    return f"{compiled} (as the sources in {engine})"


def check_play() -> str:
    """Check whether a world runs, and runs the same twice."""

    def play(seed: int) -> tuple[dict[str, int], bytes]:
        generator = np.random.default_rng(0)
        with nmmo.World(nmmo.Config.preset("small")) as world:
            observations, _ = world.reset(seed=seed)
            for _ in range(50):
                observations, *_ = world.step(nmmo.sample_actions(world.mask, generator))
            return world.hash(), observations.tobytes()

    if play(3) != play(3):
        raise Broken("the same seed and actions gave two different worlds; please report this")
    if play(3) == play(4):
        raise Broken("two seeds gave the same world; please report this")
    return "a small world plays 50 ticks, twice the same from one seed, otherwise from another"


def check_data() -> str:
    """Check whether the packaged folders came along."""
    for package in ("nmmo.maps", "nmmo.baselines", "nmmo.sample_replays"):
        try:
            found = importlib.resources.files(package).joinpath("__init__.py").is_file()
        except ModuleNotFoundError:
            found = False
        if not found:
            raise Broken(f"{package} is missing; fix it with: pip install --force-reinstall nmmo")
    return "maps, baselines, sample replays"


def check_extra(name: str, extra: str) -> str:
    """Check the version of a package that only an extra needs."""
    if importable(name):
        return f"{installed(name)}"
    return f"not installed; only extra `{extra}` needs it: pip install 'nmmo[{extra}]'"


def check_torch() -> str:
    """Check what torch can compute on."""
    if not importable("torch"):
        return "-"
    torch = importlib.import_module("torch")
    if torch.cuda.is_available():
        return ", ".join(torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count()))
    return "CPU only"


DESCRIPTION = "Describe the installation and check that it works. The exit status is 1 if something is broken."
EXAMPLES = ("nmmo doctor",)


def add_arguments(parser: Parser) -> None:
    """Declare the options: there are none."""


def run(options: Options) -> int:
    """Run the command."""
    console = make_console(soft_wrap=True)
    broken = 0

    def tell(name: str, text: str) -> None:
        console.print(f"{name:<14}{text}")

    def check(name: str, body: Callable[[], str]) -> None:
        nonlocal broken
        try:
            tell(name, body())
        except Broken as problem:
            broken += 1
            console.print(Text.assemble(f"{name:<14}", ("broken:", "bold red"), f" {problem}"))

    about = describe()
    tell("nmmo", f"{about['nmmo']}, rules version {about['rules']}, in {Path(nmmo.__file__).resolve().parent}")
    tell("built by", f"{about['compiler']} with {about['flags']}")
    check("engine", check_sources)
    tell("Python", f"{about['python']} ({sys.executable})")
    check("needs", check_needed)
    check("data", check_data)
    check("play", check_play)
    memory = f"{about['memory_bytes'] / 2**30:.1f} GiB of memory" if about["memory_bytes"] else "memory unknown"
    tell("machine", f"{about['processor']}, {about['cores']} cores, {memory}, {about['system']}")
    for extra, names in requirements().items():
        if not extra or not names:
            continue
        for name in names:
            check(name, partial(check_extra, name, extra))
    if installed("torch") is not None:
        check("torch device", check_torch)
    console.print(Text(f"\n{broken} broken", style="bold red") if broken else "\nEverything works.")
    return 1 if broken else 0
