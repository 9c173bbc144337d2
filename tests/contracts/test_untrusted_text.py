"""Text from Redis never meets a widget that would read it as markup.

A stream may be called `[@click=app.quit]orders[/]`: shown as markup, it vanishes, crashes or acts.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.contracts import sources

TAKES_MARKUP = frozenset(
    {"Static", "Label", "Button", "Checkbox", "RadioButton", "Collapsible", "Option", "TabPane", "notify"}
)
"""What reads a plain string as markup unless told otherwise."""

TITLES = frozenset({"border_title", "border_subtitle", "tooltip"})
"""Attributes that read a plain string as markup and cannot be told otherwise."""

STYLES = "bold|dim|italic|reverse|underline|strike|blink|link|on|red|green|yellow|blue|cyan|magenta|white"
MARKUP = re.compile(
    rf"\[/[a-z$@# ]*\]|\[(?:not )?(?:{STYLES})\b[^\]]*\]"
    r"|\[@click|\[\$[a-z-]+[^\]]*\]|\[#[0-9a-f]{3,8}\b[^\]]*\]"
)


def _callee(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _composed(node: ast.expr) -> bool:
    """Whether the text is put together at run time, so that it may hold what came from Redis."""
    match node:
        case ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=left, right=right):
            return any(isinstance(side, ast.Constant) or _composed(side) for side in (left, right))
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format" | "join")):
            return True
    return False


def _faults(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call():
            arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
            if _callee(node) in TAKES_MARKUP and any(map(_composed, arguments)):
                yield f"{_callee(node)} takes a text that is put together"
            for keyword in node.keywords:
                if keyword.arg == "markup" and not (
                    isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                ):
                    yield "markup is switched on"
        case ast.Attribute(attr="from_markup"):
            yield "markup is parsed"
        case ast.Assign(targets=targets, value=value) if _composed(value):
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr in TITLES:
                    yield f"{target.attr} is put together"


def _docstrings(module: ast.Module) -> set[int]:
    """The constants that nobody shows: a string as a statement of its own."""
    return {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}


def faults(module: ast.Module) -> list[str]:
    """Where text could be taken for markup, as `line: reason`."""
    docstrings = _docstrings(module)
    found = []
    for node in ast.walk(module):
        reasons = list(_faults(node))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            reasons += ["markup in a text"] if MARKUP.search(node.value) else []
        found += [f"{getattr(node, 'lineno', 0)}: {reason}" for reason in reasons]
    return found


def test_no_text_on_screen_can_be_taken_for_markup() -> None:
    """The dashboard shows `Content` and cells made from `visible` text, never a string with tags."""
    found = [f"{sources.name(p)}:{fault}" for p in sources.files("maestro_tui/ui") for fault in faults(sources.tree(p))]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        'Static(f"{name}")',
        'Label("stream " + name)',
        'widgets.Static("%s" % name)',
        'self.notify("{}".format(name))',
        'self.notify(message=f"{name} is gone")',
        "Static(text, markup=True)",
        "Static(text, markup=wanted)",
        "Text.from_markup(text)",
        "Content.from_markup(text)",
        'self.border_title = f"{name}"',
        'title = "[bold]Pending[/bold]"',
        'title = "[@click=app.quit]x"',
        'title = "[$error]x[/]"',
    ],
)
def test_the_gate_catches(code: str) -> None:
    """A gate that lets everything through looks the same as a clean code base."""
    assert faults(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        'Static("Pending", markup=False)',
        "Static(Content(name))",
        "self.notify(sentence, markup=False)",
        'Content(f"{name}")',
        'keys = "[ ] previous and next tab"',
        'cell: "list[str]" = row["name"]',
        '"""Unlike [bold]x[/bold], this is shown as it is."""',
    ],
)
def test_the_gate_lets_pass(code: str) -> None:
    """A gate that stops honest code gets switched off."""
    assert faults(ast.parse(code)) == []
