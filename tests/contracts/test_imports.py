"""Imports go one way, and starting the program loads only what the command needs."""

import subprocess
import sys

import pytest

from tests.environment import ROOT

HEAVY = ("asyncio", "plotext", "pydantic", "redis", "rich", "textual")


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def _loaded(code: str, watched: tuple[str, ...]) -> list[str]:
    """Which of the watched modules are loaded once a fresh Python has run the code."""
    report = f"import sys; print('loaded', *(m for m in {watched!r} if m in sys.modules))"
    run = _python(f"{code}\n{report}")
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()[-1].split()[1:]


def test_the_version_is_told_without_loading_anything_heavy() -> None:
    """A shell completion or a version check must not wait for a dashboard to be imported."""
    code = """
import contextlib, runpy, sys
sys.argv = ["maestro-tui", "--version"]
with contextlib.suppress(SystemExit):
    runpy.run_module("maestro_tui", run_name="__main__")
"""
    assert _loaded(code, HEAVY) == []


@pytest.mark.parametrize(
    ("package", "foreign"),
    [
        ("domain", (*HEAVY, "click", "socket")),
        ("engine", ("plotext", "pydantic", "redis", "rich", "textual", "click")),
        ("gateway", ("plotext", "pydantic", "rich", "textual", "click")),
        # Drawing a history loads plotext; nothing before that does.
        ("ui", ("plotext", "pydantic", "redis", "click")),
    ],
)
def test_a_package_loads_nothing_that_is_not_its_own(package: str, foreign: tuple[str, ...]) -> None:
    """The contracts count import statements; this counts what a running Python has really loaded."""
    code = f"""
import importlib, pkgutil
package = importlib.import_module("maestro_tui.{package}")
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
"""
    assert _loaded(code, foreign) == []


def test_the_import_contracts_are_kept() -> None:
    """The layers of pyproject.toml, checked with the tests so that no one can forget to."""
    run = _python("from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])")
    assert run.returncode == 0, run.stdout + run.stderr
