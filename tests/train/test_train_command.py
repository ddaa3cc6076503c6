"""`nmmo train`, `nmmo plot` and `nmmo export` as a person meets them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import nmmo
from nmmo.cli import main
from nmmo.core.content import N_ACTIONS
from nmmo.schema import settings_of
from nmmo.train.checkpoint import checkpoints_of
from nmmo.train.export import export, load_policy
from nmmo.train.metrics import read_metrics
from nmmo.train.recipe import Recipe

TINY = [
    "--world.n-players", "8", "--world.n-monsters", "16", "--world.height", "32", "--world.width", "32",
    "--world.horizon", "100", "--train.bptt-horizon", "16", "--train.minibatch-segments", "8",
    "--policy.hidden-size", "16", "--policy.encoder-width", "16", "--policy.tile-channels", "2", "--run.threads", "1",
    "--run.checkpoint-updates", "2", "--run.precision", "float32",
]  # fmt: skip
STEPS = 16 * 16  # of a rollout: two worlds of eight players


def train(*arguments: str | Path) -> int:
    return main(["train", *TINY, *map(str, arguments)])


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """Return a finished run of five rollouts."""
    folder = tmp_path_factory.mktemp("runs") / "tiny-1"
    assert train("--train.total-timesteps", 5 * STEPS, "--folder", folder) == 0
    return folder


def test_a_run_leaves_everything_in_its_folder(run):
    lines = read_metrics(run)
    assert [line["update"] for line in lines] == [1, 2, 3, 4, 5]
    assert [line["agent_steps"] for line in lines] == [STEPS * n for n in range(1, 6)]
    assert {"living/score", "losses/entropy", "SPS", "time/learn", "reward"} <= set(lines[-1])
    assert [path.name for path in checkpoints_of(run / "checkpoints")] == [
        "000000002",
        "000000004",
        "000000005",
    ]
    assert list((run / "tensorboard").iterdir())
    assert (run / "recipe.toml").is_file()


def test_what_it_prints(tmp_path, capsys):
    assert train("--train.total-timesteps", STEPS, "--folder", tmp_path / "r") == 0
    out = capsys.readouterr().out
    assert "parameters" in out
    assert "update 1: 100.0% of the run, 256 agent-steps" in out
    assert f"as an agent  {tmp_path / 'r' / 'agent'}" in out
    assert "\x1b" not in out


def test_dry_run_prints_the_recipe_that_would_be_used(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "base", "--train.learning-rate", "3e-4", "--world.n-players", "2048", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "learning_rate = 0.0003\n" in out
    assert "n_players = 2048\n" in out
    assert 'core = "lstm"' in out
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "again.toml").write_text(out)
    assert main(["train", "again.toml", "--dry-run"]) == 0
    assert capsys.readouterr().out == out


@pytest.mark.parametrize("section", settings_of(Recipe))
def test_help_has_every_parameter(capsys, section):
    assert main(["train", f"--help-{section}"]) == 0
    out = capsys.readouterr().out
    for name in settings_of(settings_of(Recipe)[section].kind):
        assert f"--{section}.{name.replace('_', '-')}" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["smal"], "did you mean 'small'"),
        (["small", "--train.learning-rat", "1"], "--train.learning-rate"),
        (["small", "--train.learning-rate", "-1"], "out of range"),
        (["small", "--world.n-players", "0"], "--world.n-players: 0 is out of range 1..65535"),
        (["small", "--resume", "x"], "not both"),
        (["--resume", "nowhere"], "nowhere does not exist"),
        (["small", "--run.device", "toaster", "--folder", "x"], "not a device"),
        (
            ["small", "--opponents.scripted-share", "0.5", "--opponents.scripted", "nobody", "--folder", "x"],
            "nobody",
        ),
    ],
)
def test_mistakes_are_one_message(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *arguments]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_runs_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert train("--train.total-timesteps", STEPS) == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["small-1", "small-2"]


def newest_weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_policy(checkpoints_of(folder / "checkpoints")[-1])[0].state_dict()


def default_signals() -> None:
    """Let a child be ended by signals that this process ignores, as it does under nohup or in the background."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Return a run in a process of its own, which has saved a checkpoint."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nmmo", "train", *TINY, "--folder", str(folder),
         "--run.tensorboard", "false", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=default_signals,
    )  # fmt: skip
    while process.poll() is None and not checkpoints_of(folder / "checkpoints"):
        time.sleep(0.02)
    return process


def test_a_killed_run_goes_on_from_its_last_checkpoint(tmp_path):
    folder = tmp_path / "killed"
    process = started(folder, "--train.total-timesteps", str(4000 * STEPS))
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    done = int(checkpoints_of(folder / "checkpoints")[-1].name)
    assert main(["train", "--resume", str(folder), "--train.total-timesteps", str((done + 2) * STEPS)]) == 0
    assert [line["update"] for line in read_metrics(folder)] == list(range(1, done + 3))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_ends_the_run(tmp_path, number, monkeypatch, capsys):
    from nmmo.train.trainer import Trainer

    honest = Trainer.train_step

    def train_step(self):
        if self.update == 2:
            os.kill(os.getpid(), number)  # in the middle of the third rollout
        return honest(self)

    monkeypatch.setattr(Trainer, "train_step", train_step)
    before = signal.getsignal(number)
    assert train("--train.total-timesteps", 99 * STEPS, "--folder", tmp_path / "r", "--run.tensorboard", "false") == 130
    assert "stopped after 3 updates" in capsys.readouterr().out
    assert checkpoints_of(tmp_path / "r" / "checkpoints")[-1].name == "000000003"
    assert read_metrics(tmp_path / "r")[-1]["update"] == 3
    assert signal.getsignal(number) == before


def test_resuming_is_bit_for_bit_the_uninterrupted_run(tmp_path):
    """Through the command line, with the schedule of the whole run in both."""
    whole = ["--train.total-timesteps", str(6 * STEPS), "--run.tensorboard", "false"]
    assert train(*whole, "--folder", tmp_path / "whole") == 0
    assert train(*whole, "--folder", tmp_path / "part", "--run.keep-checkpoints", "9") == 0
    for path in checkpoints_of(tmp_path / "part" / "checkpoints")[1:]:  # as after a kill: only the first is left
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    assert main(["train", "--resume", str(tmp_path / "part")]) == 0
    one, two = newest_weights(tmp_path / "whole"), newest_weights(tmp_path / "part")
    assert all(torch.equal(one[name], two[name]) for name in one)
    a, b = read_metrics(tmp_path / "whole"), read_metrics(tmp_path / "part")
    for name in ("losses/value_loss", "living/score", "reward"):
        assert [line[name] for line in a] == [line[name] for line in b]


def test_a_reader_that_leaves_does_not_stop_the_run(tmp_path):
    """As in `nmmo train | head -1`."""
    folder = tmp_path / "r"
    command = [sys.executable, "-m", "nmmo", "train", *TINY, "--folder", folder, "--train.total-timesteps", 9 * STEPS]
    with subprocess.Popen(map(str, command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and "parameters" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert errors == "nmmo train: standard output is lost (Broken pipe); training goes on without the dashboard\n"
    assert read_metrics(folder)[-1]["update"] == 9
    assert (folder / "agent" / "agent.toml").is_file()


def test_names_that_look_like_markup_are_printed_as_they_are(tmp_path, capsys):
    assert train("--train.total-timesteps", STEPS, "--folder", tmp_path / "[b]x[/b] [/nope]:cat:") == 0
    assert f"checkpoint   {tmp_path}/[b]x[/b] [/nope]:cat:/checkpoints/000000001" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"RANK": "1"}, "RANK but not WORLD_SIZE"),
        ({"WORLD_SIZE": "2"}, "WORLD_SIZE but not RANK"),
        ({"RANK": "2", "WORLD_SIZE": "2"}, "RANK='2' must be a whole number, 0 to 1"),
        ({"RANK": "0", "WORLD_SIZE": "two"}, "WORLD_SIZE='two' must be a whole number"),
        ({"RANK": "0", "WORLD_SIZE": "2"}, "lacks MASTER_ADDR, MASTER_PORT"),
        ({"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "x", "MASTER_PORT": "y"}, "MASTER_PORT='y' must be"),
        ({"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "first"}, "LOCAL_RANK='first' must be"),
    ],
)
def test_half_an_environment_of_torchrun_is_one_message(environment, message, tmp_path, monkeypatch, capsys):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert train("--train.total-timesteps", STEPS, "--folder", tmp_path / "r") == 2
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1
    assert not (tmp_path / "r").exists()


def test_another_run_can_give_the_first_weights(run, tmp_path, capsys):
    """With other rewards and worlds, and a learning rate of 0, what comes out is what was put in."""
    still = ["--train.learning-rate", "0", "--train.adam-learning-rate", "0", "--world.w-death", "-3"]
    there = tmp_path / "there"
    assert train("--train.total-timesteps", STEPS, "--folder", there, "--run.initial-weights", run, *still) == 0
    (given, _), (taken, _) = (load_policy(checkpoints_of(folder / "checkpoints")[-1]) for folder in (run, there))
    weights = given.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in taken.state_dict().items())
    capsys.readouterr()
    wider = train("--folder", tmp_path / "wider", "--run.initial-weights", run, "--policy.hidden-size", "24")
    assert wider == 2 and "another network" in capsys.readouterr().err
    assert train("--folder", tmp_path / "lost", "--run.initial-weights", tmp_path / "nowhere") == 2
    assert "nowhere does not exist" in capsys.readouterr().err


def test_a_breakdown_keeps_the_last_good_checkpoint(tmp_path, capsys, monkeypatch):
    from nmmo.train import ppo
    from nmmo.train.registries import LOSSES

    honest, calls = ppo.ppo_loss, []

    def broken(*arguments):
        found = honest(*arguments)
        calls.append(1)
        if len(calls) > 10:
            found.total = found.policy_loss = found.total * float("nan")
        return found

    monkeypatch.setattr(LOSSES, "get", lambda name: broken)
    assert train("--train.total-timesteps", 100 * STEPS, "--folder", tmp_path / "r") == 1
    err = capsys.readouterr().err
    last = checkpoints_of(tmp_path / "r" / "checkpoints")[-1]
    assert "policy_loss = nan" in err
    assert str(last) in err
    assert all(torch.isfinite(value).all() for value in newest_weights(tmp_path / "r").values())


def test_a_full_disk_keeps_the_last_good_checkpoint(tmp_path, capsys, monkeypatch):
    from nmmo.train import checkpoint

    honest = checkpoint.save_file

    def full(tensors, path, metadata):
        if "000000004" in str(path):
            raise OSError(28, "No space left on device")
        honest(tensors, path, metadata)

    monkeypatch.setattr(checkpoint, "save_file", full)
    assert train("--train.total-timesteps", 9 * STEPS, "--folder", tmp_path / "r") == 1
    err = capsys.readouterr().err
    assert "no space is left on its disk" in err
    assert "000000002" in err
    assert [path.name for path in (tmp_path / "r" / "checkpoints").iterdir()] == ["000000002"]


def test_plot_draws_all_runs(run, tmp_path, capsys):
    assert main(["plot", str(run), str(run), "--output", str(tmp_path / "curves.png")]) == 0
    assert (tmp_path / "curves.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert capsys.readouterr().out.strip() == str(tmp_path / "curves.png")


def test_plot_names_runs_by_what_tells_them_apart(run, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    from nmmo.cli.plot import names_of

    folders = [tmp_path / name for name in ("a/run", "b/run", "_c/$x$/run")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "metrics.jsonl").write_bytes((run / "metrics.jsonl").read_bytes())
    shown = []

    def savefig(figure, path, **options):
        shown.extend(text.get_text() for text in figure.axes[0].get_legend().get_texts())
        figure.draw_without_rendering()

    monkeypatch.setattr(Figure, "savefig", savefig)
    assert main(["plot", *map(str, folders), "--output", str(tmp_path / "curves.png")]) == 0
    assert shown == ["a/run", "b/run", "$x$/run"]
    assert names_of([Path("x/one"), Path("x/two"), Path("y/two")]) == ["one", "x/two", "y/two"]
    assert names_of([Path("/run"), Path("/a/run")]) == ["/run", "a/run"]


def test_plot_leaves_out_what_a_crash_has_torn(run, tmp_path, capsys):
    """A hole of zero bytes that a power cut left, a line cut off in the middle, JSON that is no metrics."""
    one, two, three, four, five = (run / "metrics.jsonl").read_bytes().splitlines()
    torn = [one, b"\0" * 300, b"\0" * 200 + three, four[:100], b"[]", b"\xff\xfe", five, two[:50]]
    (tmp_path / "metrics.jsonl").write_bytes(b"\n".join(torn))
    said: list[str] = []
    assert [line["update"] for line in read_metrics(tmp_path, said.append)] == [1, 3, 5]
    assert said == [f"{tmp_path / 'metrics.jsonl'}: damaged lines are left out: 2, 4, 5, 6"]
    assert main(["plot", str(tmp_path)]) == 0
    assert "nmmo plot: " + said[0] in capsys.readouterr().err


def test_plot_names_what_is_missing(tmp_path, capsys):
    assert main(["plot", str(tmp_path)]) == 2
    assert "metrics.jsonl" in capsys.readouterr().err
    (tmp_path / "metrics.jsonl").write_text("nonsense\n")
    assert main(["plot", str(tmp_path)]) == 2
    assert "no metrics yet" in capsys.readouterr().err
    assert main(["plot", str(tmp_path), "--output", "curves.gif"]) == 2
    assert ".png" in capsys.readouterr().err


@pytest.mark.parametrize(("core", "tile_queries"), [("mingru", 3), ("lstm", 0)])
def test_an_exported_agent_thinks_what_the_policy_thinks(core, tile_queries, tmp_path):
    """NumPy, ONNX and PyTorch, over lives and deaths."""
    from onnx.reference import ReferenceEvaluator

    from nmmo.agents import load_agent, setting_of

    run = tmp_path / "My Run 1"
    assert train("--train.total-timesteps", 2 * STEPS, "--folder", run, "--policy.core", core,
                 "--policy.tile-queries", tile_queries, "--world.team-size", "2",
                 "--train.learning-rate", "0.1") == 0  # fmt: skip
    assert main(["export", str(run)]) == 0
    policy, recipe = load_policy(checkpoints_of(run / "checkpoints")[-1])
    with torch.no_grad():
        policy.head.weight.mul_(3)
        policy.slot_queries.weight.mul_(3)
    agent = load_agent(run / "agent", setting_of(recipe.world))
    for name in ("head.weight", "slot_queries.weight"):
        agent.weights[name] = agent.weights[name] * 3
    session = ReferenceEvaluator(str(run / "agent" / "policy.onnx"))
    world = nmmo.World(recipe.world.replace(horizon=11), seed=5)
    rows, _ = world.reset()
    agent.reset(9, np.arange(8))
    state, dones = policy.initial_state(8), torch.ones(8, dtype=torch.bool)
    for _ in range(30):
        with torch.no_grad():
            out = policy(torch.from_numpy(rows.copy()).unsqueeze(0), state, dones.unsqueeze(0))
        inputs = {"rows": rows, "state": state.numpy(), "not_done": (~dones).float().numpy()}
        logits, _, after = session.run(None, inputs)
        np.testing.assert_allclose(after, out.state, atol=1e-5)
        thought, _ = agent.forward(rows, state.numpy() * ~dones.numpy()[:, None])
        np.testing.assert_allclose(thought, out.logits[0], atol=1e-4)
        np.testing.assert_allclose(3 * logits, out.logits[0] + 2 * policy.head.bias[:-1].detach(), atol=1e-4)
        actions = agent.act(rows, world.mask)
        state = policy.next_state(out.state, torch.from_numpy(actions))
        np.testing.assert_allclose(agent.state, state, atol=1e-5)
        assert world.mask[np.arange(8), actions].all()
        if world.tick == 11:
            rows, _ = world.reset()
            dones = torch.ones(8, dtype=torch.bool)
            continue
        rows, _, terminated, truncated, _ = world.step(actions)
        dones = torch.from_numpy(terminated | truncated)


@pytest.mark.parametrize("temperature", [1.0, 0.4])
def test_an_exported_agent_chooses_as_the_policy_does(tmp_path, run, temperature):
    from nmmo.agents import load_agent, setting_of
    from nmmo.train.action_distribution import ActionDistribution

    command = ["export", str(run), str(tmp_path / "agent"), "--name", "chooser", "--no-onnx"]
    assert main([*command, "--temperature", str(temperature)]) == 0
    policy, recipe = load_policy(checkpoints_of(run / "checkpoints")[-1])
    agent = load_agent(tmp_path / "agent", setting_of(recipe.world))
    agent.reset(3, np.arange(20_000))
    world = nmmo.World(recipe.world, seed=1)
    world.reset()
    logits = np.random.default_rng(0).normal(size=78).astype(np.float32)
    mask = world.mask[0].astype(bool)
    chosen = agent.sample(np.tile(logits, (20_000, 1)), np.tile(mask, (20_000, 1)))
    head = ActionDistribution(torch.from_numpy(logits / temperature)[None], torch.from_numpy(mask)[None])
    expected = head.action_log_probs.exp()[0].numpy()
    np.testing.assert_allclose(np.bincount(chosen, minlength=N_ACTIONS) / 20_000, expected, atol=0.02)
    assert policy.parameter_count() > 0


def test_a_run_is_evaluated_by_its_folder(tmp_path, run, capsys):
    """Without --trust: what is exported has no code of its own."""
    assert main(["export", str(run), "--no-onnx"]) == 0
    capsys.readouterr()
    assert main(["eval", str(run), "--preset", "small", "--ticks", "20", "--maps", "1"]) == 0
    assert "1 of 1 worlds" in capsys.readouterr().out


def test_export_leaves_other_folders_alone(run, tmp_path, capsys):
    (tmp_path / "precious").write_text("mine")
    assert main(["export", str(run), str(tmp_path)]) == 1
    assert "not an agent's folder" in capsys.readouterr().err
    assert (tmp_path / "precious").read_text() == "mine"
    assert main(["export", str(run), str(tmp_path / "a"), "--name", "Bad Name"]) == 2
    assert main(["export", str(tmp_path)]) == 2
    for temperature, problem in {"0": "range", "nan": "range", "1e9": "range", "hot": "not a number"}.items():
        assert main(["export", str(run), str(tmp_path / "a"), "--temperature", temperature]) == 2
        assert problem in capsys.readouterr().err
    with pytest.raises(ValueError, match="above 0"):
        export(checkpoints_of(run / "checkpoints")[-1], tmp_path / "a", "cold", temperature=0)
    assert not (tmp_path / "a").exists()


def test_an_exported_agent_refuses_another_view(run, tmp_path):
    from nmmo.agents import AgentError, load_agent, setting_of

    assert main(["export", str(run), str(tmp_path / "agent"), "--no-onnx"]) == 0
    with pytest.raises(AgentError, match="layout"):
        load_agent(tmp_path / "agent", setting_of(nmmo.Config(view_row_radius=3)), trust=True)


def test_without_torch_the_command_says_what_to_install(tmp_path):
    code = """if True:
        import sys
        class Absent:
            def find_spec(self, name, path=None, target=None):
                if name == "torch":
                    raise ModuleNotFoundError("No module named 'torch'", name=name)
        sys.meta_path.insert(0, Absent())
        from nmmo.cli import main
        sys.exit(main(["train", "--folder", "x"]))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=os.environ)
    assert done.returncode == 2
    assert "pip install 'nmmo[train]'" in done.stderr
    assert not (tmp_path / "x").exists()
