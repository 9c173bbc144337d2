"""The code keeps its shape: small files, short functions, names that say something, nothing foreign."""

import ast
import re

import pytest

from tests.contracts import sources

LONGEST_FILE = 350
LONGEST_FUNCTION = 40
SWITCHBOARDS = {"maestro_tui/wiring.py": 150, "maestro_tui/ui/app.py": 250}
"""Files that join others: what grows here belongs somewhere else."""

NAMES_THAT_SAY_NOTHING = frozenset({"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"})

# Put together from pieces, or this file would be the first to break its own rule.
FOREIGN = {
    "a path of somebody's machine": r"(?<![\w.])/(?:ro"
    r"ot|wo"
    r"rk|tmp/ve"
    r"nv|home/[a-z]+|Us"
    r"ers/[a-z]+)/",
    "the address of a package registry": r"pythonho" r"sted|index" r"-url|artifac" r"tory|/simp" r"le/",
    "a tool that wrote the text": r"\b(?:cl"
    r"aude|anthr"
    r"opic|open"
    r"ai|chat"
    r"gpt|gp"
    r"t-\d|copi"
    r"lot)\b",
    "who or what did the work": r"\b(?:a"
    r"gents?|suba"
    r"gents?|assis"
    r"tants?|language mo"
    r"dels?|l"
    r"lms?)\b",
    "a line of credit": r"co-author" r"ed-by|generated (?:by|with) a",
}


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    """Dashboards rot into one huge file unless something says no."""
    texts = sources.files(*sources.CODE, suffixes=(".py", ".lua", ".tcss"))
    lengths = {sources.name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in texts}
    assert {n: lines for n, lines in lengths.items() if lines > SWITCHBOARDS.get(n, LONGEST_FILE)} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    """What does not fit on one screen is not understood in one reading."""
    too_long = {
        f"{sources.name(path)}:{function.lineno} {function.name}": length
        for path in sources.files(*sources.CODE)
        for function in sources.functions(sources.tree(path))
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_every_module_says_what_it_is_for() -> None:
    """The first line of a module is its place in the story."""
    paths = sources.files(*sources.CODE)
    assert [sources.name(path) for path in paths if not ast.get_docstring(sources.tree(path))] == []


def test_everything_public_says_what_it_is_for() -> None:
    """A name that others use has a sentence that tells what it does and why."""
    silent = [
        f"{sources.name(path)}:{node.lineno} {node.name}"
        for path in sources.files("maestro_tui")
        for node in sources.tree(path).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_module_name_says_something() -> None:
    """A module called after nothing collects everything."""
    paths = sources.files(*sources.CODE)
    named = {part: path for path in paths for part in (path.stem, *path.parent.parts)}
    assert [sources.name(named[word]) for word in sorted(NAMES_THAT_SAY_NOTHING & named.keys())] == []


@pytest.mark.parametrize("what", FOREIGN)
def test_nothing_foreign_is_in_the_repository(what: str) -> None:
    """Whoever reads the repository should find the product, not the place and the tools it was made with."""
    pattern = re.compile(FOREIGN[what], re.IGNORECASE)
    found = []
    for path in sources.repository_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        lines = enumerate(text.splitlines(), start=1)
        found += [
            f"{sources.name(path)}:{number}: {line.strip()[:120]}" for number, line in lines if pattern.search(line)
        ]
    assert found == []
