"""The `nmmo` command as such: help, versions, the user's errors, interruption."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

import nmmo
import nmmo.cli
from nmmo.cli import COMMANDS, find, module_of, parser_of
from nmmo.cli.options import section_of
from nmmo.schema import settings_of

ERRORS = [
    (["dance"], "there is no command 'dance'; there are demo"),
    (["bensh"], "there is no command 'bensh'; did you mean 'bench'?"),
    (["tour", "--preset", "lareg"], "--preset: 'lareg' is not a choice; did you mean 'large'?"),
    (["tour", "--preset", "zzz"], "there are small, medium, large"),
    (["tour", "--preset"], "--preset: needs a value: small | medium | large"),
    (["tour", "--ticks"], "--ticks: needs a value: 1..1000000000"),
    (["tour", "--ticks", "many"], "'many' is not a whole number"),
    (["tour", "--ticks", "0"], "out of range 1.."),
    (["tour", "--seed", "-1"], "out of range 0.."),
    (["tour", "--tick", "5"], "unknown option --tick; did you mean '--ticks'?"),
    (["bench", "--repeats", "1.5"], "--repeats: 1.5 is not a whole number"),
    (["bench", "--json", "no/such/folder/file.json"], "there is no folder no/such/folder"),
    (["doctor", "now"], "'now' is one argument too many"),
    (["help", "dance"], "there is no command 'dance'"),
    (["completion", "csh"], "SHELL: 'csh' is not a choice; did you mean 'zsh'?"),
    (["map", "dance"], "nmmo map: there is no command 'dance'; there are generate"),
]


def test_help_names_every_command(nmmo_command):
    done = nmmo_command("--help")
    assert done.status == 0
    for name, text in COMMANDS.items():
        assert f"  {name}" in done.out
        assert text in done.out


def commands(group=nmmo.cli, path=()):
    """Yield every command with its module, groups' commands too."""
    for name in group.COMMANDS:
        module = module_of(group, name)
        if hasattr(module, "COMMANDS"):
            yield from commands(module, (*path, name))
        else:
            yield (*path, name), module


ALL = list(commands())


def test_there_are_commands_in_groups():
    assert {" ".join(path) for path, _ in ALL} >= {"train", "map import", "replay verify", "score run", "agent new"}


@pytest.mark.parametrize(("path", "module"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_help_of_every_command(nmmo_command, path, module):
    """It has a usage line, a description, titled groups with a meaning and a default for every option, and examples."""
    done = nmmo_command(*path, "--help")
    assert (done.status, done.err) == (0, "")
    name = f"nmmo {' '.join(path)}"
    lines = done.out.splitlines()
    assert lines[0].startswith(f"usage: {name} ") and lines[0].endswith("[options]")
    assert module.DESCRIPTION[:40] in done.out
    assert done.out.index("\nhelp:\n") < done.out.index("\nexamples:\n")
    assert len(lines) <= 60  # a screenful; the sections have a help of their own
    assert module.EXAMPLES and all(f"\n  {line}\n" in done.out for line in module.EXAMPLES)
    parser = parser_of(path, module)
    one_of = [
        action for group in parser._mutually_exclusive_groups if group.required for action in group._group_actions
    ]
    for action in parser._actions:
        text = parser._get_formatter()._expand_help(action)
        assert action.help and len(action.help) > 5, action.dest
        section = "." in action.dest  # its help fills in the defaults of the recipe or preset
        if action.nargs != 0 and not action.required and not section and action not in one_of:
            assert "default: " in text, action.dest


@pytest.mark.parametrize(("path", "module"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_examples_are_command_lines_that_parse(path, module):
    for line in module.EXAMPLES:
        words = shlex.split(line.partition(" > ")[0])
        found = []
        owner, rest = find(words[1:], found)
        assert words[0] == "nmmo" and owner is module, line
        parser_of(found, owner).parse_args(rest)


@pytest.mark.parametrize(
    ("words", "section", "shown"),
    [
        (["eval", "random", "--preset", "small"], "world", ["--world.n-players N", "(1..65535; default: 64)"]),
        (["eval", "random"], "world", ["--world.fog [true|false]", "(1..65535; default: 1,024)"]),
        (["train", "base"], "policy", ["--policy.core", "default: lstm"]),
        (["train"], "train", ["--train.gamma X", "(0..1; default: 0.997)"]),
    ],
)
def test_a_section_has_a_help_of_its_own_with_the_defaults_chosen(nmmo_command, words, section, shown):
    done = nmmo_command(*words, f"--help-{section}")
    assert (done.status, done.err) == (0, "")
    for text in shown:
        assert text in " ".join(done.out.split()) or text in done.out
    whole = nmmo_command(*words[:1], "--help").out
    assert f"--help-{section}" in whole
    assert shown[0] not in whole


def test_every_field_of_a_section_is_an_option_with_its_meaning(nmmo_command):
    text = " ".join(nmmo_command("train", "--help-world").out.split())
    for name, setting in settings_of(nmmo.Config).items():
        assert f"--world.{name.replace('_', '-')}" in text
        assert " ".join(setting.doc.split()) in text


@pytest.mark.parametrize("spelling", ["--world.n-players=8", "--world.n_players=8"])
def test_hyphens_and_underscores_are_the_same(spelling):
    found = []
    module, rest = find(["eval", "random", "--map_seed", "3000000", spelling, "--world.fog"], found)
    options = parser_of(found, module).parse_args(rest)
    assert section_of(options, "world") == {"n_players": 8, "fog": True}
    assert options.map_seed == 3_000_000


@pytest.mark.parametrize("words", [[], ["tour"], ["map"], ["map", "import"]])
def test_help_as_a_command(nmmo_command, words):
    assert nmmo_command("help", *words) == nmmo_command(*words, "--help")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(nmmo_command, shell):
    done = nmmo_command("completion", shell)
    assert (done.status, done.err) == (0, "")
    for word in ("tour", "import", "world.n-players", "help-train"):
        assert word in done.out


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("nmmo to", "tour"),
        ("nmmo map im", "import"),
        ("nmmo eval --world.n-p", "--world.n-players"),
        ("nmmo completion b", "bash"),
        ("nmmo tour --preset la", "large"),
    ],
)
def test_bash_completes(nmmo_command, tmp_path, line, completed):
    """The script, loaded into a shell that completes a line as the tab key would."""
    script = tmp_path / "completion.bash"
    script.write_text(nmmo_command("completion", "bash").out)
    tab = (
        f"source {script}; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
        'command=$(complete -p nmmo); command=${command##*-F }; ${command%% *}; echo "${COMPREPLY[*]}"'
    )
    done = subprocess.run(["bash", "-c", tab], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()) == (0, [completed]), done.stderr


def test_a_missing_extra_is_named(nmmo_command, monkeypatch):
    def missing(options):
        raise ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")

    monkeypatch.setattr("nmmo.cli.doctor.run", missing)
    done = nmmo_command("doctor")
    assert (done.status, done.err) == (2, "nmmo doctor: this needs torch: pip install 'nmmo[train]'\n")


def test_nothing_given_shows_the_help_and_fails(nmmo_command):
    done = nmmo_command()
    assert done.status == 2
    assert "usage: nmmo COMMAND" in done.out


def test_version(nmmo_command):
    done = nmmo_command("--version")
    assert done.status == 0
    assert done.out == f"nmmo {nmmo.__version__}, rules version {nmmo.RULES_VERSION}\n"


@pytest.mark.parametrize(
    ("arguments", "part"), ERRORS, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_error_of_the_user_is_one_line(nmmo_command, arguments, part):
    done = nmmo_command(*arguments)
    assert done.status == 2
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith("nmmo")
    assert part in done.err


def test_interruption_is_one_line(nmmo_command, monkeypatch):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("nmmo.cli.doctor.run", interrupted)
    done = nmmo_command("doctor")
    assert done.status == 130
    assert done.err == "nmmo doctor: interrupted\n"


def test_status_reaches_the_shell():
    for arguments, status in ((["--version"], 0), (["dance"], 2)):
        done = subprocess.run([sys.executable, "-m", "nmmo", *arguments], capture_output=True, text=True)
        assert done.returncode == status
        assert "Traceback" not in done.stderr


def test_help_imports_no_command():
    code = (
        "import sys, nmmo.cli; nmmo.cli.main(['--help']);"
        "found = [name for name in sys.modules if name.startswith('nmmo.cli.') or name == 'rich'];"
        "found = [name for name in found if name != 'nmmo.cli.errors'];"
        "sys.exit(', '.join(found) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_reader_that_goes_away_is_no_error():
    command = [sys.executable, "-m", "nmmo", "tour", "--preset", "small", "--ticks", "20"]
    reader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    reader.stdout.close()
    errors = reader.stderr.read()
    assert reader.wait() in (0, 1)  # 0 where the pipe was large enough for all of it
    assert errors == ""
