"""`nmmo train`: train a policy."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nmmo
from nmmo.cli import INTERRUPTED
from nmmo.cli.errors import UserError
from nmmo.cli.options import Number, Options, Parser, section_of
from nmmo.cli.stop_signals import Stop
from nmmo.schema import settings_of
from nmmo.train.recipe import Recipe, RecipeError, shipped_recipes

if TYPE_CHECKING:
    from nmmo.train.launcher import Launcher
    from nmmo.train.resume import Change
    from nmmo.train.run_folder import RunFolder
    from nmmo.train.trainer import Trainer, TrainStep

DESCRIPTION = (
    "Train a policy by a recipe, whose every parameter can be changed here. "
    "Ctrl-C, SIGTERM, SIGHUP and SIGUSR1 save a checkpoint and end the run; a second Ctrl-C ends it at once."
)
EXAMPLES = (
    "nmmo train",
    "nmmo train base --minutes 60 --train.learning-rate 3e-4 --world.n-players 512",
    "nmmo train mine.toml --folder runs/mine",
    "nmmo train base --dry-run > mine.toml",
    "nmmo train --resume runs/small-1",
)
USER_ERRORS = (RecipeError, nmmo.ConfigError)
DEFAULT_RECIPE = "small"


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument(
        "recipe",
        nargs="?",
        metavar="RECIPE",
        help=f"a name ({', '.join(shipped_recipes())}) or a file that ends in .toml (default: {DEFAULT_RECIPE})",
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="RUN",
        help="continue a run from its newest checkpoint, or go back to the checkpoint given; with --folder elsewhere, "
        "begin another run with a copy of it (default: a new run)",
    )
    parser.add_argument(
        "--minutes", type=Number(0, 10**7), metavar="X", help="short for --train.minutes (default: the recipe's)"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="FOLDER",
        help="the run's folder; a run that is there already is resumed (default: runs/RECIPE-N with the next free N)",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the recipe with all changes, as TOML, and stop")
    for name, section in settings_of(Recipe).items():
        parser.add_section(name, section.doc, section.kind, _defaults_of(name))


def _defaults_of(section: str) -> Callable[[Options], Any]:
    return lambda options: getattr(base_recipe(options), section)


def run(options: Options) -> int:
    """Run the command."""
    if os.getcwd() not in sys.path:  # for module:attribute of the user's own, as `python -m nmmo` finds it
        sys.path.append(os.getcwd())
    with Stop() as stop:  # from here on: importing PyTorch takes seconds
        recipe = chosen_recipe(options)
        if options.dry_run:
            print(recipe.to_toml(), end="")
            return 0
        return start(recipe, options, stop)


def base_recipe(options: Options) -> Recipe:
    """Return the recipe that the command line changes: a named one, or that of the run which is resumed.

    Raises
    ------
    UserError, nmmo.train.recipe.RecipeError
        If there is no such recipe or run.
    """
    if options.resume is None:
        if options.recipe is None and options.folder is not None and (options.folder / "recipe.toml").is_file():
            return recipe_of_run(options.folder)
        return Recipe.load(options.recipe or DEFAULT_RECIPE)
    if options.recipe is not None:
        raise UserError(f"give a recipe ({options.recipe}) or --resume, not both: a run has its own recipe")
    return recipe_of_run(options.resume)


def recipe_of_run(path: Path) -> Recipe:
    """Return the recipe of a run's folder, or of a checkpoint."""
    if (path / "recipe.toml").is_file():
        with suppress(RecipeError):  # damaged: a checkpoint has it too
            return Recipe.load(path / "recipe.toml")
    from nmmo.train.checkpoint import CheckpointError
    from nmmo.train.run_folder import RunFolder, recipe_of

    try:
        run, checkpoint = RunFolder.of(path)
        if checkpoint is not None:
            return recipe_of(checkpoint)
        assert run is not None
        return run.recipe()
    except CheckpointError as error:
        raise UserError(f"--resume: {error}") from None


def chosen_recipe(options: Options) -> Recipe:
    """Return the recipe with what the command line changes in it."""
    base = base_recipe(options)
    given = {name: section_of(options, name) for name in settings_of(Recipe)}
    if options.minutes is not None:
        given["train"]["minutes"] = options.minutes
    changed = {name: dataclasses.replace(getattr(base, name), **values) for name, values in given.items() if values}
    return dataclasses.replace(base, **changed)


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


@dataclass(frozen=True)
class Plan:
    """What a command line asks for, once the run's folder is this process's alone."""

    recipe: Recipe
    folder: Path
    checkpoint: Path | None
    """What the run continues from; None: nothing yet."""
    changes: list[Change]
    """Of the recipe, since that checkpoint."""
    notes: list[str]
    """What the user must know about the folder and the changes."""


@contextmanager
def planned(options: Options, recipe: Recipe) -> Iterator[Plan]:
    """Start or resume: lock the run's folder, and find what there is to continue.

    Raises
    ------
    UserError, RecipeError, CheckpointError, RunFolderError
        If that cannot be done; nothing in the folder has changed then.
    """
    from nmmo.train.checkpoint import Checkpoint
    from nmmo.train.resume import changes_of, check_changes
    from nmmo.train.run_folder import RunFolder, recipe_of

    named: Path | None = None  # a checkpoint of this run, to go back to
    source: Path | None = None  # a checkpoint of another run, to begin with
    if options.resume is None:
        run = RunFolder(options.folder or new_folder(options.recipe or DEFAULT_RECIPE))
    else:
        found, named = RunFolder.of(options.resume)
        if found is None or (options.folder is not None and options.folder.resolve() != found.path.resolve()):
            source, named = named or (found.newest() if found else options.resume), None
            run = RunFolder(options.folder or new_folder("resumed"))
        else:
            run = found

    def check(checkpoint: Path) -> tuple[list[Change], list[str]]:
        old = recipe_of(checkpoint)
        _, facts = Checkpoint(checkpoint).read("trainer")
        return changes_of(old, recipe), check_changes(old, recipe, facts, run.path)

    with run.locked():
        notes: list[str] = []
        if source is not None and not run.line():
            Checkpoint(source).check()
            check(source)
            run.prepare()
            run.take(source)
            notes.append(f"begins as a copy of {source}")
        if named is not None:
            Checkpoint(named).check()
            check(named)
            run.rewind(named, notes.append)
        checkpoint = run.settle(notes.append)
        changes: list[Change] = []
        if checkpoint is None:
            if run.exists:
                notes.append("there was no checkpoint yet: the run begins again")
            run.prepare()
        else:
            changes, told = check(checkpoint)
            notes += told
        yield Plan(recipe, run.path, checkpoint, changes, notes)


def start(recipe: Recipe, options: Options, stop: Stop) -> int:
    """Start or resume a run, and train."""
    # PyTorch's threads would otherwise spin while they wait for one another. On a machine that has other work
    # too, that makes training many times slower. OpenMP reads this when it is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from nmmo.train.checkpoint import Checkpoint, CheckpointError
    from nmmo.train.device import device_for, processes_for, threads_for
    from nmmo.train.distributed import ProcessGroup
    from nmmo.train.failures import is_out_of_memory, reason_of
    from nmmo.train.launcher import Launcher
    from nmmo.train.reporters import check_reporters
    from nmmo.train.run_folder import RunFolder, RunFolderError
    from nmmo.train.torchrun import torchrun_place
    from nmmo.train.trainer import Trainer

    place = torchrun_place()
    several = place is not None
    if several and options.folder is None and options.resume is None:
        raise UserError("several processes need to agree on a folder: give --folder")
    leads = place is None or place.rank == 0
    if leads:
        check_reporters(recipe.run)
    stop.check()
    try:
        with ExitStack() as stack:
            device = device_for(recipe.run)
            plan = stack.enter_context(planned(options, recipe)) if leads else None
            if plan is None:  # the leader decides what is continued
                processes = stack.enter_context(ProcessGroup(device))
                launcher = Launcher(1, "", Path(), None, 1)
            else:
                size = 1 if several else processes_for(recipe)
                if not several and plan.checkpoint is not None and not recipe.run.processes:
                    size = Checkpoint(plan.checkpoint).processes or 1
                threads = max(1, threads_for(recipe.run) // size)
                launcher = Launcher(size, recipe.to_toml(), plan.folder, plan.checkpoint, threads)
                stack.enter_context(launcher)
                processes = stack.enter_context(launcher.process_group(device))
            plan = next(each for each in processes.gather(plan) if isinstance(each, Plan)) if several else plan
            assert plan is not None
            trainer = Trainer(plan.recipe, plan.folder, plan.checkpoint, processes)
            if leads:
                RunFolder(plan.folder).write_recipe(plan.recipe)
            stop.check()
            return train(trainer, plan, launcher, stop)
    except (CheckpointError, RunFolderError) as error:
        raise UserError(str(error)) from None
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise UserError(reason_of(error)) from None


def train(trainer: Trainer, plan: Plan, launcher: Launcher, stop: Stop) -> int:
    """Run a trainer to its end, show it, and say where everything is."""
    from nmmo.cli.console import make_console
    from nmmo.streams import LastingStream
    from nmmo.train.dashboard import Dashboard
    from nmmo.train.failures import RunFailedError
    from nmmo.train.metrics import MetricsWriter
    from nmmo.train.ppo import NotFiniteError
    from nmmo.train.provenance import begin_record, end_record
    from nmmo.train.run_folder import RunFolder

    leads = trainer.processes.is_leader
    console = make_console(stream=LastingStream(sys.stdout, _output_lost), quiet=not leads, soft_wrap=True)
    recipe, folder, run = trainer.recipe, plan.folder, RunFolder(plan.folder)
    console.print(
        f"{folder}: {trainer.policy.parameter_count():,} parameters, "
        f"{recipe.train.worlds * trainer.processes.size} worlds of "
        f"{recipe.world.n_players:,} players, {trainer.device}, "
        f"{str(trainer.policy.dtype).removeprefix('torch.')}, {_cores(trainer)}"
        + (f", continuing from update {trainer.update:,}" if trainer.update else "")
    )
    for note in [*plan.notes, *_said_of(trainer, plan)]:
        console.print(f"  {note}")
    session = begin_record(
        plan.checkpoint.name if plan.checkpoint else "", plan.changes, trainer.processes.size, str(trainer.device),
        plan.notes,
    )  # fmt: skip
    metrics = MetricsWriter(folder, recipe, trainer.update, trainer.steps, _say) if leads else None
    if leads:
        run.log_session(session)
    saved: list[Path] = []
    problem = ""
    try:
        with Dashboard(folder.name, console) as dashboard:

            def after(step: TrainStep) -> None:
                if metrics is not None:
                    metrics.write(step.update, step.metrics)
                dashboard.show(step)

            try:
                trainer.run(after, saved.append, stop)
            except (NotFiniteError, RunFailedError) as error:
                problem = str(error)
            except RuntimeError:  # of PyTorch, whose processes cannot reach one another
                problem = launcher.why_lost()
                if not problem:
                    raise
            if problem and trainer.processes.size > 1:
                problem = launcher.why_lost() or problem
    finally:
        if metrics is not None:
            try:
                metrics.close()
            except OSError as error:
                problem = problem or f"could not write: {error}"
        trainer.close()
    if not leads:
        return 1 if problem else 0
    reason = problem or (f"stopped by {stop.name}" if stop() else "finished")
    with suppress(OSError):
        run.log_session(end_record(session, reason, trainer.update, trainer.steps, trainer.seconds))
    last = next(reversed(run.line()), None)
    if problem:
        print(f"nmmo train: {problem}", file=sys.stderr)
        kept = f"the last good checkpoint is {last}" if last else "there was no checkpoint yet"
        print(f"nmmo train: stopped; {kept}; to continue: nmmo train --resume {folder}", file=sys.stderr)
        return 1
    agent = exported(run, last) if last else None
    console.print(
        f"\n{'stopped' if stop() else 'finished'} after {trainer.update:,} updates, "
        f"{trainer.steps:,} agent-steps\n"
        f"  checkpoint   {last}\n"
        f"  metrics      {run.metrics_file}\n"
        + (f"  TensorBoard  tensorboard --logdir {folder / 'tensorboard'}\n" if recipe.run.tensorboard else "")
        + f"  curves       nmmo plot {folder}\n"
        + _replays(run)
        + (f"  as an agent  {agent}\n" if agent else "")
        + (f"  continue     nmmo train --resume {folder}\n" if stop() else ""),
        end="",
    )
    return INTERRUPTED if stop() else 0


def _output_lost(error: Exception) -> None:
    """Say that nobody sees the dashboard any more, which is no reason to stop training."""
    reason = error.strerror if isinstance(error, OSError) else error
    _say(f"standard output is lost ({reason}); training goes on without the dashboard")


def _say(text: str) -> None:
    """Print a sentence on standard error; on a terminal it appears above the dashboard."""
    with suppress(OSError, ValueError):
        print(f"nmmo train: {text}", file=sys.stderr)


def _said_of(trainer: Trainer, plan: Plan) -> list[str]:
    """Return what must be known about a run that goes on, and shows only once its trainer is made."""
    said = []
    if trainer.worlds_restarted and not any("the worlds start again" in note for note in plan.notes):
        said.append("the worlds start again: the checkpoint is of other processes, another device, or has none")
    bend = trainer.schedule.bend
    if plan.checkpoint is not None and any(c.field in ("train.minutes", "train.total_timesteps") for c in plan.changes):
        scale = trainer.schedule.lr_scale(bend.progress)
        said.append(f"another length: the learning rates go on from {scale:.0%} of their initial values")
    if trainer.finished:
        said.append("the run is finished; a larger --train.total-timesteps or --minutes makes it longer")
    return said


def _cores(trainer: Trainer) -> str:
    processes, threads = trainer.processes.size, trainer.threads
    each = f"{threads} thread" + "s" * (threads > 1)
    return each if processes == 1 else f"{processes} processes of {each} each"


def _replays(run: RunFolder) -> str:
    """Return the line that says how to see the newest replay, if there is one."""
    newest = max(run.replays.glob("*.nmr"), default=None)
    return f"  replays      nmmo view {newest}\n" if newest else ""


def exported(run: RunFolder, checkpoint: Path) -> Path | None:
    """Export the run's agent from its last checkpoint; return None where it cannot be written, which is no failure."""
    from nmmo.train.checkpoint import CheckpointError
    from nmmo.train.export import agent_name, export_again

    try:
        return export_again(checkpoint, run.agent, agent_name(run.path))
    except (CheckpointError, OSError) as error:
        print(f"nmmo train: no agent was made of the run: {error}", file=sys.stderr)
        return None
