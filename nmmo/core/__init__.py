"""The engine from Python: configurations, worlds, observations, actions."""

from __future__ import annotations

from pathlib import Path

from nmmo.core.source_hash import source_hash

_FIX = "run `make build`, or `pip install -e .` in the environment that you use"

try:
    from nmmo.core import _engine
except ImportError as error:
    if any(Path(__file__).parent.glob("_engine.*.so")) or any(Path(__file__).parent.glob("_engine.*pyd")):
        raise ImportError(f"nmmo's engine was not built for this Python ({error}): {_FIX}") from error
    raise ImportError(
        f"nmmo's engine is not built in {Path(__file__).parents[1]}: {_FIX}. "
        "Where nmmo is installed as well, start Python in another folder: here it finds these sources first"
    ) from None


def _refuse_stale_build(engine: Path) -> None:
    """Refuse a build that is older than its sources, in a checkout: it would play other rules than it shows."""
    if (engine / "nmmo.h").is_file() and source_hash(engine) != _engine.source_hash():
        raise ImportError(f"nmmo's engine was built from other sources than those in {engine}: {_FIX}")


_refuse_stale_build(Path(__file__).resolve().parents[2] / "engine")
