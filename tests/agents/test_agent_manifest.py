"""`agent.toml`: what is read, and how each mistake is named."""

from __future__ import annotations

import tomllib

import pytest
import tomli_w
from agent_folders import document, write_agent
from hypothesis import given
from hypothesis import strategies as st

from nmmo.agents import AgentError, Manifest, agent_names, open_agent

LINE = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("C", "Z")),
    min_size=1,
    max_size=40,
)
WORD = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)


@given(
    name=st.from_regex(r"[a-z][a-z0-9_-]{0,39}", fullmatch=True),
    version=st.from_regex(r"[0-9][0-9A-Za-z.+-]{0,31}", fullmatch=True),
    authors=st.lists(LINE, min_size=1, max_size=5),
    module=WORD,
    kind=WORD,
    description=LINE,
    license=st.none() | LINE,
    threads=st.integers(1, 64),
    memory_mb=st.integers(64, 1_048_576),
    needs=st.lists(st.sampled_from(["numpy", "torch", "onnxruntime"]), unique=True),
)
def test_manifest_round_trip(name, version, authors, module, kind, description, license, threads, memory_mb, needs):
    """Everything that a manifest may say arrives."""
    written = document(
        name=name, version=version, authors=authors, entry=f"{module}:{kind}", description=description,
        license=license,
    )  # fmt: skip
    written["resources"] = {"threads": threads, "memory_mb": memory_mb, "needs": needs}
    read = Manifest.from_toml(tomli_w.dumps(written))
    assert (read.name, read.version, read.authors) == (name, version, tuple(authors))
    assert (read.module, read.class_name, read.description, read.license) == (
        module,
        kind,
        description,
        license,
    )
    assert (read.threads, read.memory_mb, read.needs) == (threads, memory_mb, tuple(needs))


def test_what_may_be_left_out():
    read = Manifest.from_toml(tomli_w.dumps(document()))
    assert (read.license, read.threads, read.memory_mb, read.needs) == (None, 1, 1024, ("numpy",))


KEYS = ["format", "name", "version", "authors", "entry", "description", "license"]
VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*KEYS, "nmae"]), VALUES), VALUES)
def test_any_toml_is_read_or_refused(agent, resources):
    """Whatever the values: a manifest, or an AgentError of one line that names the file."""
    written = {"agent": {**document()["agent"], **agent}, "resources": resources}
    try:
        text = tomli_w.dumps(written)
        tomllib.loads(text)
    except (ValueError, TypeError, UnicodeError):
        return  # no TOML: the next test
    try:
        Manifest.from_toml(text, "some/agent.toml")
    except AgentError as error:
        message = str(error)
        assert message.startswith("some/agent.toml: ")
        assert message.isprintable()


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content):
    with pytest.raises(AgentError, match=r"agent\.toml: "):
        Manifest.from_toml(content)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"format": None}, ["agent.format is missing", "add the line format = 1"]),
        ({"format": 2}, ["format = 2 is newer", "install a newer nmmo"]),
        ({"format": "1"}, ["agent.format = '1' must be 1"]),
        ({"format": True}, ["agent.format = True must be 1"]),
        ({"name": None}, ["agent.name is missing", "add a line name = ...: 1 to 40 of a-z"]),
        ({"name": "../../evil"}, ["agent.name = '../../evil' must be 1 to 40"]),
        ({"name": "Wolf"}, ["beginning with a letter", "'Wolf'"]),
        ({"name": "wolf\n"}, ["agent.name = 'wolf\\n' must be one line"]),
        ({"name": 7}, ["agent.name = 7 must be text in quotes"]),
        ({"version": 1.0}, ["agent.version = 1.0 must be text in quotes"]),
        ({"version": "v1"}, ["agent.version = 'v1' must be a digit"]),
        ({"authors": "Ann"}, ["agent.authors = 'Ann' must be a list"]),
        ({"authors": []}, ["agent.authors = [] must be a list"]),
        ({"authors": ["Ann", ""]}, ["agent.authors = ['Ann', ''] has '', which must not be empty"]),
        ({"authors": ["A"] * 51}, ["at most 50"]),
        ({"entry": "agent"}, ['"MODULE:CLASS"', "agent:MyAgent"]),
        ({"entry": "../agent:Waiter"}, ['"MODULE:CLASS"']),
        ({"entry": "a.b:Waiter"}, ['"MODULE:CLASS"']),
        ({"description": "red \x1b[31m"}, ["agent.description = ", "must be one line of printable"]),
        ({"description": "x" * 501}, ["at most 500 characters; it has 501"]),
        ({"nmae": "wolf"}, ["unknown field 'agent.nmae'; did you mean 'name'?"]),
        ({"colour": "red"}, ["unknown field 'agent.colour'; there are name, version"]),
    ],
)
def test_mistakes_are_named(changes, parts):
    with pytest.raises(AgentError) as caught:
        Manifest.from_toml(tomli_w.dumps(document(**changes)), "here/agent.toml")
    message = str(caught.value)
    assert message.startswith("here/agent.toml: ")
    assert message.isprintable()
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("resources", "parts"),
    [
        ({"threads": 0}, ["resources.threads = 0 is out of range 1..64"]),
        ({"threads": True}, ["resources.threads = True must be a whole number"]),
        ({"threads": 2.0}, ["resources.threads = 2.0 must be a whole number"]),
        ({"memory_mb": 10**30}, ["resources.memory_mb = 1000", "out of range 64..1048576"]),
        (
            {"needs": ["pytorch"]},
            ["resources.needs = ['pytorch'] has 'pytorch', which is not a choice; did you mean 'torch'?"],
        ),
        ({"needs": ["os"]}, ["there are numpy, torch, onnxruntime"]),
        ({"needs": "torch"}, ["resources.needs = 'torch' must be a list"]),
        ({"thread": 1}, ["unknown field 'resources.thread'; did you mean 'threads'?"]),
        (3, ["resources must be a section: write [resources]"]),
    ],
)
def test_mistakes_in_resources_are_named(resources, parts):
    with pytest.raises(AgentError) as caught:
        Manifest.from_toml(tomli_w.dumps({**document(), "resources": resources}))
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "the section [agent] is missing"),
        ("[agnet]\nformat = 1", "unknown section 'agnet'; did you mean 'agent'?"),
        ("[agent\n", "this is not TOML: "),
        ("x = " + "[" * 100_000, "this is not TOML: "),
        ("x = " + "9" * 5000, "this is not TOML: "),
        (b"\xff\xfe[agent]", "this is not TOML: it is not UTF-8"),
        (tomli_w.dumps({**document(), "resource": {}}), "did you mean 'resources'"),
    ],
)
def test_what_is_no_manifest(text, part):
    with pytest.raises(AgentError) as caught:
        Manifest.from_toml(text)
    assert part in str(caught.value)


def test_files(tmp_path):
    folder = write_agent(tmp_path / "waiter")
    assert Manifest.load(folder) == Manifest.load(folder / "agent.toml")
    (folder / "agent.toml").write_text("#" * 70_000)
    with pytest.raises(AgentError, match="more than 65,536 bytes"):
        Manifest.load(folder)
    (folder / "agent.toml").unlink()
    with pytest.raises(AgentError, match=r"there is no such file.*nmmo agent new"):
        Manifest.load(folder)
    (folder / "agent.toml").mkdir()
    with pytest.raises(AgentError, match="there is no such file"):
        Manifest.load(folder)


def test_shipped_agents_are_as_they_must_be():
    assert "random" in agent_names()
    for name in agent_names():
        found = open_agent(name)
        assert found.shipped
        assert found.manifest.name == name
        assert (found.path / "README.md").is_file()
