"""What importing nmmo brings along, and what lies in the package."""

from __future__ import annotations

import importlib.resources
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import nmmo


@pytest.mark.parametrize("module", ["torch", "pygame", "matplotlib", "rich", "tyro", "PIL"])
def test_import_leaves_alone(module):
    code = f"import sys, nmmo; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_import_is_seen_by_this_way_of_looking():
    code = "import sys, nmmo; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 1


def test_import_warns_of_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import nmmo"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", ["nmmo.maps", "nmmo.baselines", "nmmo.sample_replays"])
def test_packaged_folders_are_found(package):
    assert importlib.resources.files(package).joinpath("__init__.py").is_file()


def test_package_is_typed():
    assert importlib.resources.files("nmmo").joinpath("py.typed").is_file()


def test_sources_without_an_engine_say_what_to_do(tmp_path):
    """What Python finds in a clone in whose folder it is started, whether or not nmmo is installed."""
    package = Path(nmmo.__file__).parent
    shutil.copytree(
        package, tmp_path / "nmmo", ignore=shutil.ignore_patterns("_engine.*.so", "_engine.*pyd", "__pycache__")
    )
    done = subprocess.run([sys.executable, "-c", "import nmmo"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    error = done.stderr.splitlines()[-1]
    assert error.startswith(f"ImportError: nmmo's engine is not built in {tmp_path / 'nmmo'}: ")
    for fix in ("make build", "pip install -e .", "start Python in another folder"):
        assert fix in error
