"""The validator: what it accepts, what errors say, and the way from a model to TOML and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pytest

from nmmo.schema import Invalid, Setting, Where, build, check, nearest, parse_toml, setting, settings_of, to_toml


class ModelError(ValueError):
    pass


@dataclass(frozen=True)
class Engine:
    fuel: Literal["petrol", "diesel"] = setting("petrol", "What it burns.")
    cylinders: int = setting(4, "How many.", least=1, most=16)
    litres: float = setting(1.6, "Displacement.", least=0.1, most=20, unit="l")
    turbo: bool = setting(False, "Whether it has one.")


@dataclass(frozen=True)
class Car:
    plate: str = setting(doc="Its number.", least=1, most=8, pattern="[A-Z0-9]+", rule="capital letters and digits")
    colours: tuple[str, ...] = setting(("red",), "Of its body.", least=1, most=2)
    owner: str | None = setting(None, "Who drives it.\nNobody: not set.", most=20)
    engine: Engine = setting(Engine(), "Under the bonnet.")

    def __post_init__(self) -> None:
        check(self, Where(ModelError))
        if self.owner == "nobody":
            raise ModelError("nobody owns no car")


WHERE = Where(ModelError, "car.toml")
GOOD: dict[str, Any] = {"plate": "AB1"}


def test_values_are_read_into_the_model_and_defaults_filled_in() -> None:
    made = build(Car, {"plate": "AB1", "colours": ["blue", "red"], "engine": {"litres": 2}}, WHERE)
    assert made == Car("AB1", ("blue", "red"), None, Engine(litres=2.0))
    assert isinstance(made.engine.litres, float)


def test_hyphens_are_underscores() -> None:
    @dataclass(frozen=True)
    class Pair:
        n_left: int = setting(1, "Left.", least=0, most=9)

    assert build(Pair, {"n-left": 3}, WHERE) == build(Pair, {"n_left": 3}, WHERE) == Pair(3)


def test_numbers_of_numpy_become_plain() -> None:
    made = build(Engine, {"cylinders": np.int64(6), "litres": np.float64(3), "turbo": np.bool_(True)}, WHERE)
    assert [type(value) for value in (made.cylinders, made.litres, made.turbo)] == [int, float, bool]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "car.toml: plate is missing; add a line plate = ...: capital letters and digits"),
        ({"plat": "A"}, "car.toml: unknown field 'plat'; did you mean 'plate'?"),
        ({"zzz": 1}, "unknown field 'zzz'; there are plate, colours, owner, engine"),
        ({**GOOD, "engin": {}}, "unknown section 'engin'; did you mean 'engine'?"),
        ({**GOOD, "engine": {"fule": 1}}, "unknown field 'engine.fule'; did you mean 'fuel'?"),
        ({**GOOD, "engine": 3}, "engine must be a section: write [engine] on a line of its own"),
        ({**GOOD, "engine": {"cylinders": 17}}, "car.toml: engine.cylinders = 17 is out of range 1..16"),
        ({**GOOD, "engine": {"cylinders": 4.0}}, "engine.cylinders = 4.0 must be a whole number: write 4"),
        ({**GOOD, "engine": {"cylinders": True}}, "engine.cylinders = True must be a whole number"),
        ({**GOOD, "engine": {"cylinders": 10**400}}, "is out of range 1..16"),
        ({**GOOD, "engine": {"cylinders": 10**5000}}, "a number of thousands of digits is out of range 1..16"),
        ({**GOOD, "engine": {"litres": float("nan")}}, "engine.litres = nan is out of range 0.1..20"),
        ({**GOOD, "engine": {"litres": "2"}}, "engine.litres = '2' must be a number"),
        ({**GOOD, "engine": {"turbo": 1}}, "engine.turbo = 1 must be true or false"),
        ({**GOOD, "engine": {"fuel": "deisel"}}, "engine.fuel = 'deisel' is not a choice; did you mean 'diesel'?"),
        ({**GOOD, "engine": {"fuel": 1}}, "engine.fuel = 1 is not a choice; there are petrol, diesel"),
        ({"plate": 5}, 'plate = 5 must be text in quotes, such as "..."'),
        ({"plate": "  "}, "plate = '  ' must not be empty"),
        ({"plate": "ABCDEFGHI"}, "must have at most 8 characters; it has 9"),
        ({"plate": "ab"}, "plate = 'ab' must be capital letters and digits"),
        ({**GOOD, "owner": "\x1b[31m"}, "owner = '\\x1b[31m' must be one line of printable characters"),
        ({**GOOD, "owner": "x" * 21}, "owner = 'xxxxxxxxxxxxxxxxxxxxx' must have at most 20 characters; it has 21"),
        ({**GOOD, "colours": "red"}, "colours = 'red' must be a list such as"),
        ({**GOOD, "colours": []}, "colours = [] must be a list such as"),
        ({**GOOD, "colours": ["a", "b", "c"]}, "must have at most 2 entries; it has 3"),
        ({**GOOD, "colours": [1]}, "colours = [1] has 1, which must be text in quotes"),
        ({**GOOD, "owner": "nobody"}, "car.toml: nobody owns no car"),
    ],
)
def test_errors_name_file_path_value_and_what_is_allowed(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError) as caught:
        build(Car, given, WHERE)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("car.toml: ")


def test_an_instance_made_directly_is_checked_too() -> None:
    with pytest.raises(ModelError, match="plate = 'x' must be capital"):
        Car("x")


def test_only_some_fields_and_own_defaults() -> None:
    made = build(Car, {}, WHERE, names=("plate",), defaults={"plate": "X"})
    assert made.plate == "X"
    with pytest.raises(ModelError, match="unknown field 'owner'; there are plate"):
        build(Car, {"owner": "ann"}, WHERE, names=("plate",), defaults={"plate": "X"})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("cylinders", "1_6", 16),
        ("cylinders", "1e1", 10),
        ("cylinders", "0.12E+2", 12),
        ("cylinders", "120e-1", 12),
        ("litres", "2", 2.0),
        ("turbo", "Yes", True),
        ("turbo", "false", False),
        ("fuel", "diesel", "diesel"),
    ],
)
def test_command_line_words(name: str, text: str, value: Any) -> None:
    parsed = settings_of(Engine)[name].parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("cylinders", "1.5", "is not a whole number"),
        ("cylinders", "15e-1", "is not a whole number"),
        ("cylinders", "1e", "is not a whole number"),
        ("cylinders", "nan", "is not a whole number"),
        ("cylinders", "inf", "is not a whole number"),
        ("cylinders", "1e999999999", "is not a whole number"),
        ("cylinders", "1e30", "is out of range 1..16"),
        ("cylinders", "0", "is out of range 1..16"),
        ("litres", "much", "is not a number"),
        ("turbo", "perhaps", "must be true or false"),
        ("fuel", "x", "there are petrol, diesel"),
    ],
)
def test_command_line_words_that_are_refused(name: str, text: str, problem: str) -> None:
    with pytest.raises(Invalid, match=problem):
        settings_of(Engine)[name].parse(text)


def test_a_whole_number_in_the_form_of_a_float_is_exact() -> None:
    """Beyond what a float can tell apart, too."""
    one = Setting(kind=int, least=0, most=2**63 - 1)
    assert one.parse("9007199254740993e0") == 2**53 + 1
    assert one.parse("9.223372036854775807e18") == 2**63 - 1


def test_what_is_allowed_in_words() -> None:
    shown = {name: one.allowed for name, one in settings_of(Engine).items()}
    assert shown == {
        "fuel": "petrol | diesel",
        "cylinders": "1..16",
        "litres": "0.1..20",
        "turbo": "true | false",
    }


def test_toml_has_every_field_with_its_meaning_and_is_read_back() -> None:
    car = Car("AB1", ("blue",), None, Engine("diesel", turbo=True))
    text = to_toml(car)
    assert '# Its number.\nplate = "AB1"\n' in text
    assert "# Nobody: not set.\n# owner is not set\n" in text
    assert '\n[engine]\n# What it burns.\nfuel = "diesel"\n' in text
    assert build(Car, parse_toml(text, WHERE), WHERE) == car
    other = Car("AB1", ("blue",), "ann", Engine("diesel", turbo=True))
    assert build(Car, parse_toml(to_toml(other), WHERE), WHERE) == other != car


@pytest.mark.parametrize("text", ["a = ", b"\xff", "a = " + "[" * 5000, "a = " + "1" * 5000])
def test_what_is_not_toml_is_said_with_the_file(text: str | bytes) -> None:
    with pytest.raises(ModelError, match=r"^car\.toml: this is not TOML: "):
        parse_toml(text, WHERE)


def test_nearest_name() -> None:
    assert nearest("Gama", ["gamma", "beta"]) == "did you mean 'gamma'?"
    assert nearest("x", ["gamma", "beta"]) == "there are gamma, beta"
    assert nearest("x", []) == "there are none"
    assert nearest("x", ["1", "2", "3"], most=2) == "there are 1, 2, 1 more"
    assert nearest("gamma", ["GAMMA"]) == "did you mean 'GAMMA'?"
