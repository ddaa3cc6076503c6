"""`nmmo train`: train a policy."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import tyro

import nmmo
import nmmo.core.config as config_module
from nmmo.train.recipe import (
    PolicyOptions,
    Recipe,
    RecipeError,
    RunOptions,
    SelfPlayOptions,
    TrainOptions,
    shipped_recipes,
)

if TYPE_CHECKING:
    from nmmo.train.local import LocalTeam
    from nmmo.train.loop import Trainer, Turn

INTERRUPTED = 130


class UserError(Exception):
    """Something that the user can mend; the message is one line."""


def world_options() -> type:
    """A dataclass like ``nmmo.Config`` whose fields carry the engine's docs, for the option parser."""
    hints = get_type_hints(nmmo.Config, vars(config_module))
    annotated: Any = Annotated  # with types known only now
    fields: list[Any] = []
    for field in dataclasses.fields(nmmo.Config):
        told = annotated[hints[field.name], tyro.conf.arg(help=field.metadata["doc"])]
        fields.append((field.name, told, dataclasses.field(default=field.default)))
    return dataclasses.make_dataclass("World", fields, kw_only=True, namespace={"__doc__": "The worlds."})


def command_options(base: Recipe) -> type:
    """A dataclass of everything that the command takes, with a recipe's values as defaults."""
    world = world_options()
    own = [
        (
            "resume",
            Annotated[
                Path | None,
                tyro.conf.arg(
                    metavar="RUN",
                    help="Go on with a run, from its newest checkpoint, or with the checkpoint given.",
                ),
            ],
            None,
        ),
        ("minutes", Annotated[float | None, tyro.conf.arg(help="Short for --train.minutes.")], None),
        (
            "folder",
            Annotated[
                Path | None, tyro.conf.arg(help="The run's folder; otherwise runs/RECIPE-N with the next N.")
            ],
            None,
        ),
        (
            "dry_run",
            Annotated[
                tyro.conf.FlagCreatePairsOff[bool],
                tyro.conf.arg(help="Print the recipe with all overrides, as TOML, and stop."),
            ],
            False,
        ),
        ("world", world, world(**base.world.to_dict())),
        ("policy", PolicyOptions, base.policy),
        ("train", TrainOptions, base.train),
        ("selfplay", SelfPlayOptions, base.selfplay),
        ("run", RunOptions, base.run),
    ]
    fields = [
        (name, kind, dataclasses.field(default_factory=partial(_same, value))) for name, kind, value in own
    ]
    return dataclasses.make_dataclass("Command", fields, kw_only=True)


def _same(value: Any) -> Any:
    return value


def parse(arguments: Sequence[str]) -> Any:
    """The command line as an object; what it does not say is as the recipe has it.

    Raises
    ------
    UserError, RecipeError
        If there is no such recipe or run.
    """
    given = list(arguments)
    name = given.pop(0) if given and not given[0].startswith("-") else None
    resume = _value_of(given, "--resume")
    if resume is not None:
        if name is not None:
            raise UserError(f"give a recipe ({name}) or --resume, not both: a run has its own recipe")
        base = Recipe.load(_recipe_of(Path(resume)))
    else:
        base = Recipe.load(name or "small")
    recipes = ", ".join(shipped_recipes())
    options: Any = tyro.cli(
        command_options(base),
        prog=f"nmmo train {name or '[RECIPE]'}",
        description=(
            "Train a policy by the recipe RECIPE, which comes first and is a name "
            f"({recipes}; default: small) or a TOML file. "
            "Ctrl-C saves a checkpoint and ends the run. The defaults below are the recipe's."
        ),
        args=given,
    )
    train = options.train
    if options.minutes is not None:
        train = dataclasses.replace(train, minutes=options.minutes)
    options.recipe = Recipe(
        nmmo.Config(**dataclasses.asdict(options.world)), options.policy, train, options.selfplay, options.run
    )
    options.name = name or "small"
    return options


def _value_of(arguments: list[str], option: str) -> str | None:
    """What follows an option, in either spelling."""
    for index, argument in enumerate(arguments):
        if argument == option and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith(option + "="):
            return argument.partition("=")[2]
    return None


def _recipe_of(path: Path) -> Path:
    """The recipe of a run that is named by its folder or one of its checkpoints."""
    for folder in (path, path.parent.parent):
        if (folder / "recipe.toml").is_file():
            return folder / "recipe.toml"
    raise UserError(f"{path} is no run: it has no recipe.toml")


def new_folder(name: str) -> Path:
    """Make the folder of a new run: runs/NAME-1, or the next that is free."""
    stem = Path(name).stem
    number = 1
    while True:
        folder = Path("runs") / f"{stem}-{number}"
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            number += 1


class Stop:
    """Whether Ctrl-C or SIGTERM asks for the end. A second one ends at once."""

    def __init__(self) -> None:
        self.signal = 0

    def __call__(self) -> bool:
        return self.signal != 0

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number
        if sys.stderr.isatty():
            print("\nsaving a checkpoint; once more to end without", file=sys.stderr)

    def __enter__(self) -> Stop:
        self._before = {
            number: signal.signal(number, self._asked) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def start(options: Any) -> int:
    """Make or reopen the run's folder and train."""
    # PyTorch's threads would otherwise spin while they wait for one another. On a machine that has other work
    # too, that makes training many times slower. OpenMP reads this when it is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from nmmo.train.checkpoint import Checkpoint, CheckpointError
        from nmmo.train.device import device_for, processes_for, threads_for
        from nmmo.train.local import LocalTeam
        from nmmo.train.loop import RECIPE, Trainer, newest
    except ModuleNotFoundError as error:
        raise UserError(f"training needs {error.name}: pip install 'nmmo[train]'") from None

    recipe: Recipe = options.recipe
    leads = os.environ.get("RANK", "0") == "0"
    checkpoint: Path | None = None
    try:
        if options.resume is not None:
            checkpoint = newest(options.resume)
            folder = checkpoint.parent.parent
        elif options.folder is not None:
            folder = options.folder
            if leads and folder.exists() and any(folder.iterdir()):
                raise UserError(f"{folder} is not empty; to go on with it: nmmo train --resume {folder}")
            folder.mkdir(parents=True, exist_ok=True)
        elif "WORLD_SIZE" in os.environ:
            raise UserError("several processes need to agree on a folder: give --folder")
        else:
            folder = new_folder(options.name)
        size = 1 if "WORLD_SIZE" in os.environ else processes_for(recipe)
        if checkpoint is not None and not recipe.run.processes:
            size = Checkpoint(checkpoint).processes or 1
        threads = max(1, threads_for(recipe.run) // size)
        with (
            LocalTeam(size, recipe.to_toml(), folder, checkpoint, threads) as local,
            local.team(device_for(recipe.run)) as team,
        ):
            trainer = Trainer(recipe, folder, checkpoint, team)
            if leads:
                (folder / RECIPE).write_text(recipe.to_toml(), encoding="utf-8")
            return train(trainer, folder, local)
    except CheckpointError as error:
        raise UserError(str(error)) from None
    except MemoryError:
        raise UserError("there is not enough memory for these worlds; try fewer: --train.worlds 1") from None


def train(trainer: Trainer, folder: Path, local: LocalTeam) -> int:
    """Run a trainer to its end, show it, and say where everything lies."""
    from rich.console import Console

    from nmmo.train.dashboard import Dashboard
    from nmmo.train.metrics import Metrics
    from nmmo.train.update import NotFinite

    leads = trainer.team.leads
    console = Console(quiet=not leads, highlight=False, soft_wrap=True)
    recipe = trainer.recipe
    console.print(
        f"{folder}: {trainer.policy.parameters_count():,} parameters, "
        f"{recipe.train.worlds * trainer.team.size} worlds of "
        f"{recipe.world.n_players:,} players, {trainer.device}, "
        f"{str(trainer.policy.dtype).removeprefix('torch.')}, {_cores(trainer)}"
        + (f", going on from update {trainer.update:,}" if trainer.update else "")
    )
    metrics = Metrics(folder, recipe, trainer.update) if leads else None
    saved: list[Path] = []
    problem = ""
    try:
        with Stop() as stop, Dashboard(folder.name, console) as dashboard:

            def after(turn: Turn) -> None:
                if metrics is not None:
                    metrics.write(turn.update, turn.figures)
                dashboard.show(turn)

            try:
                trainer.run(after, saved.append, stop)
            except NotFinite as error:
                problem = str(error)
            except OSError as error:
                problem = f"could not write: {error}"
            except RuntimeError:  # of PyTorch, whose processes cannot reach one another
                problem = local.why_lost()
                if not problem:
                    raise
    finally:
        if metrics is not None:
            try:
                metrics.close()
            except OSError as error:
                problem = problem or f"could not write: {error}"
        trainer.close()
    if not leads:
        return 1 if problem else 0
    from nmmo.train.checkpoint import latest
    from nmmo.train.loop import CHECKPOINTS

    last = latest(folder / CHECKPOINTS)
    if problem:
        print(f"nmmo train: {problem}", file=sys.stderr)
        kept = f"the last good checkpoint is {last}" if last else "there was no checkpoint yet"
        print(f"nmmo train: stopped; {kept}", file=sys.stderr)
        return 1
    agent = exported(last) if last else None
    console.print(
        f"\n{'stopped' if stop() else 'finished'} after {trainer.update:,} updates, "
        f"{trainer.steps:,} agent-steps\n"
        f"  checkpoint   {last}\n"
        f"  metrics      {folder / 'metrics.jsonl'}\n"
        + (
            f"  TensorBoard  tensorboard --logdir {folder / 'tensorboard'}\n"
            if recipe.run.tensorboard
            else ""
        )
        + f"  curves       nmmo plot {folder}\n"
        + _replays(folder)
        + (f"  as an agent  {agent}\n" if agent else "")
        + (f"  go on        nmmo train --resume {folder}\n" if stop() else ""),
        end="",
    )
    return INTERRUPTED if stop() else 0


def _cores(trainer: Trainer) -> str:
    processes, threads = trainer.team.size, trainer.threads
    each = f"{threads} thread" + "s" * (threads > 1)
    return each if processes == 1 else f"{processes} processes of {each} each"


def _replays(folder: Path) -> str:
    """The line that says how to see the newest replay, if there is one."""
    from nmmo.train.recording import REPLAYS

    newest = max((folder / REPLAYS).glob("*.nmr"), default=None)
    return f"  replays      nmmo view {newest}\n" if newest else ""


def exported(checkpoint: Path) -> Path | None:
    """The run's agent, made anew of its last checkpoint; None where it cannot be written, which is no failure."""
    from nmmo.train.checkpoint import CheckpointError
    from nmmo.train.export import agent_name, export

    run = checkpoint.parent.parent
    try:
        return export(checkpoint, run / "agent", agent_name(run), onnx=False)
    except (CheckpointError, OSError) as error:
        print(f"nmmo train: no agent was made of the run: {error}", file=sys.stderr)
        return None


def main(arguments: Sequence[str]) -> int:
    """The command."""
    try:
        options = parse(arguments)
        if options.dry_run:
            print(options.recipe.to_toml(), end="")
            return 0
        return start(options)
    except (UserError, RecipeError, nmmo.ConfigError) as error:
        print(f"nmmo train: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"nmmo train: {error}", file=sys.stderr)
        return 1
