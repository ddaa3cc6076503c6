"""What a figure depends on: the machine, the build, the versions."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def processor() -> str:
    """Return the processor's name as its maker wrote it, or what the platform knows."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "unknown"


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_bytes() -> int | None:
    """Return the machine's memory, or None where it is unknown."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def resident_bytes() -> int | None:
    """Return the memory that this process holds now (elsewhere than on Linux: held at most); None if unknown."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def load() -> float | None:
    """Return how many processes wanted a core in the last minute, on average; None where it is unknown."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None


def installed(distribution: str) -> str | None:
    """Return the version of an installed distribution, without importing it; None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def describe() -> dict[str, Any]:
    """Return everything that a figure depends on, as JSON can hold it."""
    import numpy

    import nmmo
    from nmmo.core.engine_info import build_info, source_hash

    build = build_info()
    return {
        "nmmo": nmmo.__version__,
        "rules": nmmo.RULES_VERSION,
        "engine": source_hash(),
        "compiler": build["compiler"],
        "flags": build["flags"],
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "system": platform.platform(),
        "processor": processor(),
        "cores": cores(),
        "memory_bytes": memory_bytes(),
        "load": load(),
    }
