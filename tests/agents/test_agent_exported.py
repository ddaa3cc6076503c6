"""What `nmmo export` writes needs no trust: its code is nmmo's own, and only its weights are somebody's."""

from __future__ import annotations

from pathlib import Path

import pytest
from agent_folders import write_agent

import nmmo.train
from nmmo.agents import UntrustedAgent, open_agent

EXPORTED = Path(nmmo.train.__file__).with_name("exported_agent.py")


@pytest.fixture
def exported(tmp_path):
    """A folder with the files of an exported agent."""
    folder = write_agent(tmp_path / "exported", EXPORTED.read_bytes(), name="exported", entry="agent:Trained")
    for name in ("policy.safetensors", "policy.onnx", "recipe.toml", "README.md", "curves.png", "metrics.jsonl"):
        (folder / name).write_bytes(b"data")
    return folder


def test_an_exported_agent_needs_no_trust(exported):
    assert not open_agent(exported).shipped
    assert open_agent(exported).load_class().__name__ == "Trained"


def altered(folder: Path) -> None:
    content = bytearray((folder / "agent.py").read_bytes())
    place = content.index(b"Written by")  # within a docstring: it would run all the same
    content[place] ^= 32
    (folder / "agent.py").write_bytes(content)


def longer(folder: Path) -> None:
    with (folder / "agent.py").open("ab") as file:
        file.write(b"\n")


def with_bytecode(folder: Path) -> None:
    (folder / "__pycache__").mkdir()


def with_a_folder_that_looks_like_data(folder: Path) -> None:
    (folder / "notes.md").mkdir()


def with_a_link_to_code(folder: Path) -> None:
    (folder / "helper.py").symlink_to("agent.py")


def with_a_link_that_looks_like_data(folder: Path) -> None:
    (folder / "notes.md").symlink_to("recipe.toml")


def with_a_dangling_link(folder: Path) -> None:
    (folder / "notes.md").symlink_to("nowhere")


def of_a_link(folder: Path) -> None:
    (folder / "agent.py").rename(folder / "agent.md")
    (folder / "agent.py").symlink_to("agent.md")


def with_another_file(name: str):
    def change(folder: Path) -> None:
        (folder / name).write_bytes(b"")

    change.__name__ = f"with_{name}"
    return change


CHANGES = [
    altered,
    longer,
    with_bytecode,
    with_a_folder_that_looks_like_data,
    with_a_link_to_code,
    with_a_link_that_looks_like_data,
    with_a_dangling_link,
    of_a_link,
    *(
        with_another_file(name)
        for name in ("helper.py", "numpy.so", "agent.pyc", "HELPER.PY", "helper", ".md", "__init__.py")
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_anything_that_could_be_code_of_another_needs_trust(exported, change):
    change(exported)
    found = open_agent(exported)
    with pytest.raises(UntrustedAgent):
        found.load_class()
    assert found.load_class(trust=True).__name__ == "Trained"


def test_the_class_of_another_file_needs_trust(exported):
    write_agent(exported, EXPORTED.read_bytes(), name="exported", entry="helper:Trained")
    (exported / "agent.py").rename(exported / "helper.py")
    with pytest.raises(UntrustedAgent):
        open_agent(exported).load_class()


def test_a_run_is_opened_as_its_agent(exported, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    exported.rename(run / "agent")
    (run / "metrics.jsonl").write_text("")
    (run / "plot.py").write_text("beside the agent, not in it")
    found = open_agent(run)
    assert found.path == run / "agent"
    assert found.load_class().__name__ == "Trained"
