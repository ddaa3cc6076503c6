"""The parser of all commands: one style of help, one spelling of options, one wording of errors."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from nmmo.schema import Invalid, Setting, nearest, settings_of

__all__ = ["Choice", "Count", "Number", "Options", "Parser", "Value"]

Options: TypeAlias = argparse.Namespace

HELP_WIDTH = 100
HELP_COLUMN = 26


class Value:
    """An argument type: what a setting of the validator accepts."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.allowed = setting.allowed if setting.kind in (int, float) else ""

    @property
    def metavar(self) -> str:
        """What a usage line calls the value."""
        if self.setting.choices or self.setting.kind is bool:
            return self.setting.allowed.replace(" ", "")
        if self.setting.registry is not None:
            return "NAME"
        return {int: "N", float: "X", tuple: "A,B", Path: "PATH"}.get(self.setting.kind, "TEXT")

    def __call__(self, text: str) -> Any:
        try:
            return self.setting.parse(text)
        except Invalid as problem:
            shown = text if text.lstrip("-").replace(".", "").replace("_", "").isdigit() else repr(text)
            raise argparse.ArgumentTypeError(f"{shown} {problem}") from None


def Count(least: int, most: int) -> Value:
    """Make an argument type: a whole number in a range."""
    return Value(Setting(kind=int, least=least, most=most))


def Number(least: float, most: float) -> Value:
    """Make an argument type: a number in a range."""
    return Value(Setting(kind=float, least=least, most=most))


def Choice(names: Iterable[str]) -> Value:
    """Make an argument type: one of some names."""
    return Value(Setting(choices=tuple(names)))


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Help texts with the range and the default of each option behind its meaning."""

    def __init__(self, prog: str) -> None:
        width = min(shutil.get_terminal_size().columns, HELP_WIDTH)
        super().__init__(prog, max_help_position=HELP_COLUMN, width=width)

    def _expand_help(self, action: argparse.Action) -> str:
        allowed = getattr(action.type, "allowed", "")
        if allowed and "(default: " in str(action.help):
            return str(action.help).replace("(default: ", f"({allowed}; default: ")
        parts = [text for text in (allowed, default_of(action)) if text]
        return f"{action.help} ({'; '.join(parts)})" if parts else str(action.help)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        return f"{', '.join(action.option_strings)} {self._format_args(action, str(action.metavar))}"


def default_of(action: argparse.Action) -> str:
    """Return the default of an option as its help gives it; empty where there is none, or its text gives it."""
    value = action.default
    if value is None or value is argparse.SUPPRESS or action.nargs == 0 or value == []:
        return ""
    if isinstance(value, bool):
        return f"default: {str(value).lower()}"
    return f"default: {value:,}" if isinstance(value, int) and value < 10**12 else f"default: {value}"


class SectionHelp(argparse.Action):
    """Prints the options of one section, with the defaults that the words before choose."""

    def __init__(self, *, defaults: Callable[[Options], Any], group: Any, **more: Any) -> None:
        super().__init__(nargs=0, default=argparse.SUPPRESS, **more)
        self.defaults = defaults
        self.group = group

    def __call__(self, parser: Any, namespace: Options, values: Any, option: str | None = None) -> None:
        defaults = self.defaults(namespace)
        for action in self.group._group_actions:
            action.default = getattr(defaults, action.dest.partition(".")[2])
        formatter = parser._get_formatter()
        parser.print_group(formatter, self.group)
        print(formatter.format_help(), end="")
        parser.exit()


class Parser(argparse.ArgumentParser):
    """The parser of one command.

    Parameters
    ----------
    command
        Its name: what follows `nmmo`.
    description
        What it does, in sentences.
    examples
        Command lines, for the end of the help.

    Notes
    -----
    Options are spelled with hyphens; underscores are taken, too. Errors are one line that names the option, the
    value and the fix. Options of a section (``add_section``) are shown by `--help-SECTION` alone.
    """

    def __init__(self, command: str, description: str, examples: Sequence[str] = ()) -> None:
        super().__init__(
            prog=f"nmmo {command}",
            description=description,
            allow_abbrev=False,
            add_help=False,
            formatter_class=Formatter,
        )
        self.examples = tuple(examples)
        self._positionals.title = "arguments"
        self._sections: list[Any] = []
        self._help = self.add_argument_group("help")
        self._help.add_argument("-h", "--help", action="help", help="print this text")

    def add_section(
        self,
        name: str,
        title: str,
        model: type,
        defaults: Callable[[Options], Any],
        leave_out: Collection[str] = (),
    ) -> None:
        """Add an option `--NAME.FIELD` for each field of a model.

        Parameters
        ----------
        name
            Of the section: what stands before the dot.
        title
            What the section is about, in a few words.
        model
            A model of ``nmmo.schema``.
        defaults
            Gives an instance, whose values are shown as defaults, from the options read so far.
        leave_out
            Fields that get no option.
        """
        group = self.add_argument_group(f"{title}: --{name}.FIELD VALUE")
        self._sections.append(group)
        for field, setting in settings_of(model).items():
            if field not in leave_out:
                kind = Value(setting)
                option = f"--{name}.{field.replace('_', '-')}"
                about: dict[str, Any] = {"dest": f"{name}.{field}", "type": kind, "metavar": kind.metavar}
                if setting.kind is bool:  # `--world.fog` alone is `--world.fog true`
                    about |= {"nargs": "?", "const": True}
                group.add_argument(option, **about, help=" ".join(setting.doc.split()))
        self._help.add_argument(
            f"--help-{name}",
            action=SectionHelp,
            defaults=defaults,
            group=group,
            help=f"print the options --{name}.FIELD VALUE: {title}",
        )

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return the options; an error ends the command with status 2."""
        words = list(args or ())
        for index, word in enumerate(words):
            if word == "--":
                break
            if word.startswith("--"):
                name, equals, value = word.partition("=")
                words[index] = name.replace("_", "-") + equals + value
        options, unknown = self.parse_known_args(words, namespace)
        if unknown:
            name = unknown[0].partition("=")[0]
            if not name.startswith("-"):
                self.error(f"{name!r} is one argument too many")
            section = name.partition(".")[0] + "." if "." in name else "--"
            known = [each for each in self._option_string_actions if each.startswith(section)]
            self.error(f"unknown option {name}; {nearest(name, known)}")
        return options

    def _match_argument(self, action: argparse.Action, pattern: str) -> int:
        try:
            return super()._match_argument(action, pattern)
        except argparse.ArgumentError:
            allowed = action.type.setting.allowed if isinstance(action.type, Value) else ""
            what = f"needs a value: {allowed}" if allowed else f"needs a value ({action.metavar})"
            raise argparse.ArgumentError(action, what) from None

    def error(self, message: str) -> NoReturn:
        """End the command with one line and status 2."""
        message = message.removeprefix("argument ").replace("the following arguments are required: ", "missing ")
        self.exit(2, f"{self.prog}: {message} (`{self.prog} --help` explains)\n")

    def format_usage(self) -> str:
        """Return one line: arguments, what is required, and "[options]"."""
        words = [f"usage: {self.prog}"]
        formatter = self._get_formatter()
        for action in self._actions:
            if not action.option_strings:
                words.append(formatter._format_args(action, str(action.metavar)))
            elif action.required:
                words.append(f"{action.option_strings[0]} {action.metavar}")
        for group in self._mutually_exclusive_groups:
            if group.required:
                words.append("(" + " | ".join(each.option_strings[-1] for each in group._group_actions) + ")")
        return " ".join([*words, "[options]"]) + "\n"

    def format_help(self) -> str:
        """Return the whole help but the sections."""
        formatter = self._get_formatter()
        width = formatter._width
        parts = [self.format_usage(), "\n".join(textwrap.wrap(str(self.description), width)) + "\n"]
        groups = [group for group in self._action_groups if group not in (*self._sections, self._help)]
        for group in [*groups, self._help]:
            self.print_group(formatter, group)
        parts.append(formatter.format_help())
        if self.epilog:
            parts.append(self.epilog + "\n")
        if self.examples:
            parts.append("examples:\n" + "\n".join(f"  {line}" for line in self.examples) + "\n")
        return "\n".join(parts)

    @staticmethod
    def print_group(formatter: argparse.HelpFormatter, group: Any) -> None:
        """Format one group of options."""
        formatter.start_section(group.title)
        formatter.add_text(group.description)
        formatter.add_arguments(group._group_actions)
        formatter.end_section()


def section_of(options: Options, name: str) -> dict[str, Any]:
    """Return the fields of a section that the command line gives, by name."""
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): value
        for key, value in vars(options).items()
        if key.startswith(prefix) and value is not None
    }
