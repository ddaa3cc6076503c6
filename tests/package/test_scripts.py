"""The scripts whose verdicts others rely on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SUMMARY = Path(__file__).resolve().parents[2] / "scripts" / "ci_summary.py"
GOOD = "<testcase classname='a' name='good'/>"
BAD = {
    "failure": "<testcase classname='a' name='wrong'><failure/></testcase>",
    "error": "<testcase classname='a' name='crashed'><error/></testcase>",
    "skipped": "<testcase classname='a' name='left_out'><skipped/></testcase>",
}


def summary(tmp_path: Path, *cases: str, others: tuple[str, ...] = ()) -> tuple[int, str]:
    file = tmp_path / "tests.xml"
    file.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    done = subprocess.run([sys.executable, SUMMARY, *others, file], capture_output=True, text=True)
    return done.returncode, done.stdout


def test_all_passed(tmp_path):
    assert summary(tmp_path, GOOD, GOOD, others=("--passed", "3")) == (0, "5 passed, 0 failed\n")


def test_failures_errors_and_skips_fail(tmp_path):
    for kind, case in BAD.items():
        status, out = summary(tmp_path, GOOD, case)
        assert status == 1
        assert out.endswith("\n1 passed, 1 failed\n")
        assert kind in out


def test_an_expected_failure_passes_and_is_named(tmp_path):
    case = "<testcase classname='a' name='known'><skipped type='pytest.xfail' message='why'/>{}</testcase>"
    status, out = summary(tmp_path, case.format(""))
    assert (status, out) == (0, "failed as expected: a::known: why\n1 passed, 0 failed\n")
    status, out = summary(tmp_path, case.format("<error/>"))
    assert status == 1


def test_other_checks_count(tmp_path):
    assert summary(tmp_path, GOOD, others=("--failed", "1")) == (1, "1 passed, 1 failed\n")


def test_no_test_at_all_fails(tmp_path):
    status, out = summary(tmp_path)
    assert (status, out.splitlines()[-1]) == (1, "0 passed, 1 failed")


def test_a_missing_file_fails(tmp_path):
    done = subprocess.run([sys.executable, SUMMARY, tmp_path / "none.xml"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed"
