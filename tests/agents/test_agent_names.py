"""The names of nmmo.agents: each is there, and none is loaded before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import nmmo.agents

LIGHT = """
import sys, nmmo.agents.base
from nmmo.agents import Agent, Setting
found = [name for name in sys.modules if name.startswith("nmmo.agents.")]
sys.exit(None if found == ["nmmo.agents.base"] else str(found))
"""


def test_every_name_is_there():
    for name in nmmo.agents.__all__:
        assert getattr(nmmo.agents, name) is not None
    assert dir(nmmo.agents) == sorted(nmmo.agents.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Wolf'"):
        nmmo.agents.Wolf  # noqa: B018 - the look-up is the test


def test_the_base_brings_nothing_along():
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True)
    assert done.stderr.strip() == ""
    assert done.returncode == 0
