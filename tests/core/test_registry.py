"""Registered names, and names of the form module:attribute."""

import re
from fractions import Fraction

import pytest

from nmmo.core.registry import Registry, UnknownNameError, resolve


@pytest.fixture
def numbers() -> Registry[type]:
    found: Registry[type] = Registry("number")
    found.add("fraction", "fractions:Fraction")
    found.add("int", int)
    return found


def test_values_and_places_of_values(numbers: Registry[type]) -> None:
    assert numbers.get("int") is int
    assert numbers.get("fraction") is Fraction
    assert numbers.get("decimal:Decimal.from_float")(0.5) == Fraction(1, 2)
    assert list(numbers) == ["fraction", "int"] and "int" in numbers and len(numbers) == 2


def test_a_decorator_registers(numbers: Registry[type]) -> None:
    @numbers.register("own")
    class Own: ...

    assert numbers.get("own") is Own


def test_names_are_taken_once_and_have_no_colon(numbers: Registry[type]) -> None:
    with pytest.raises(ValueError, match="a number named 'int' already"):
        numbers.add("int", float)
    with pytest.raises(ValueError, match="colon"):
        numbers.add("a:b", float)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fractoin", "there is no number 'fractoin'; did you mean 'fraction'?"),
        ("zzz", "there is no number 'zzz'; there are fraction, int"),
        ("no_such_module:A", "no module 'no_such_module'"),
        ("os.no_such_module:A", "no module 'os.no_such_module'"),
        ("fractions:Fractoin", "fractions has no attribute 'Fractoin'; did you mean 'Fraction'?"),
        (":A", "not of the form module:attribute"),
    ],
)
def test_unknown_names_get_the_nearest(numbers: Registry[type], name: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=re.escape(message)):
        numbers.get(name)


def test_an_error_in_the_users_module_is_not_hidden(tmp_path, monkeypatch) -> None:
    (tmp_path / "broken_module_of_a_user.py").write_text("import module_that_is_not_there")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="module_that_is_not_there"):
        resolve("broken_module_of_a_user:A")
