"""The repository as text: what the promises about the code are checked on."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.environment import ROOT

CODE: Final = ("maestro_tui", "tests", "benchmarks", "screenshots")
"""The folders whose Python is ours."""


@functools.cache
def repository_files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, part of the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        # An unpacked source distribution is no repository; what it holds was chosen when it was made.
        return tuple(sorted(path for folder in CODE for path in (ROOT / folder).rglob("*") if path.is_file()))
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> tuple[Path, ...]:
    """The files below these folders of the repository that end so."""
    roots = tuple(ROOT / folder for folder in folders)
    return tuple(
        path
        for path in repository_files()
        if path.suffix in suffixes and any(path.is_relative_to(root) for root in roots)
    )


def name(path: Path) -> str:
    """The path as a developer would write it."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree(path: Path) -> ast.Module:
    """The module, parsed once for all checks."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, however deep."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
