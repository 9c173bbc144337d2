"""The page about the rules says what the rules are, and the rules explain one another only downwards."""

from pathlib import Path

from maestro_tui.domain.rules import RANK, RULES
from maestro_tui.domain.rules_page import as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_that_of_the_registry() -> None:
    begin, end = "<!-- rules:begin, from maestro_tui/domain/rules -->\n", "\n<!-- rules:end -->"
    shown = PAGE.read_text(encoding="utf-8").split(begin)[1].split(end)[0]
    assert shown == as_markdown()


def test_a_rule_explains_only_rules_behind_it() -> None:
    """Otherwise two findings could explain each other, and no line would name a cause."""
    wrong = [(rule.name, name) for rule in RULES for name in rule.explains if RANK[name] <= RANK[rule.name]]
    assert wrong == []
