"""The page about the rules, docs/rules.md, out of the registry and the words of `d`: so it cannot say anything else."""

from maestro_tui.domain.quantities import duration
from maestro_tui.domain.rule_texts import RULE_TEXTS
from maestro_tui.domain.rules import RULES, Rule

_WITHIN = {"server": "anywhere", "stream": "on its stream", "group": "in its group"}


def as_markdown() -> str:
    """Return the ranking as a table, then a paragraph for each rule."""
    head = ["| rank | rule | told after | over after | explains |", "|---|---|---|---|---|"]
    rows = [_row(place, rule) for place, rule in enumerate(RULES, start=1)]
    return "\n".join([*head, *rows, "", *(_paragraph(rule) for rule in RULES)]).rstrip()


def _row(place: int, rule: Rule) -> str:
    # In the order of the ranking, as the causes themselves are.
    explained = [other.name for other in RULES if other.name in rule.explains]
    told = f"{', '.join(f'`{name}`' for name in explained)} {_WITHIN[rule.scope]}" if explained else ""
    return f"| {place} | `{rule.name}` | {_span(rule.hold_ms)} | {_span(rule.clear_ms)} | {told} |"


def _span(ms: int) -> str:
    return duration(ms) if ms else "at once"


def _paragraph(rule: Rule) -> str:
    text = RULE_TEXTS[rule.name]
    todo = f" **Do:** {text.todo}" if text.todo else ""
    return f"### {rule.name}\n\n{text.what} **From:** {text.source}{todo}\n"
