"""Signs become findings after a while, and end after a while; causes stand before their symptoms."""

from dataclasses import replace

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.rules import Context, Finding, Now, Rule, Severity, go_on, told
from maestro_tui.domain.rules.registry import explained
from maestro_tui.domain.rules.spells import Spells
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.trouble import Trouble
from tests.domain.building import DOWN, KEY, LIMITS, NOW, TOPOLOGY, group, only, rules, snapshot, stream

OTHER = Key(Name.of("app:other"), Name.of("g"))
LOADING = Trouble("loading", "It loads its data.", "Wait.")


def _nothing(_context: Context) -> tuple[Finding, ...]:
    return ()


def _rule(name: str, hold_ms: int = 0, clear_ms: int = 0, **changes: object) -> Rule:
    def find(context: Context) -> tuple[Finding, ...]:
        return _nothing(context)

    find.__name__ = name
    return replace(Rule(find, hold_ms, clear_ms), **changes)  # type: ignore[arg-type]


def _sign(rule: str, key: Key | None = KEY, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(rule, key, severity, rule, "", "")


def _spells(by_name: dict[str, Rule], *looks: tuple[int, list[Finding]], limits: Limits = LIMITS) -> list[list[str]]:
    """Return what is told after each look: the rule, or the rule with `.` behind it where it just ended."""
    past: Spells = {}
    lines = []
    for second, signs in looks:
        past, ended = go_on(past, signs, by_name, limits, Now(second * 1_000, NOW + second * 1_000))
        lines.append([one.rule for one in told(past)] + [f"{one.finding.rule}." for one in ended])
    return lines


def test_a_sign_is_told_once_it_held_at_every_poll() -> None:
    by_name = {"a": _rule("a", hold_ms=3_000)}
    sign = [_sign("a")]
    assert _spells(by_name, (0, sign), (2, sign), (3, sign)) == [[], [], ["a"]]
    assert _spells(by_name, (0, sign), (2, []), (3, sign), (5, sign), (6, sign)) == [[], [], [], [], ["a"]]


def test_the_operator_may_choose_how_long_it_must_hold() -> None:
    by_name = {"a": _rule("a", hold_ms=3_000)}
    limits = replace(LIMITS, hold_ms={"a": 0})
    assert _spells(by_name, (0, [_sign("a")]), limits=limits) == [["a"]]


def test_what_lingers_ends_only_after_a_while_and_may_come_back() -> None:
    by_name = {"a": _rule("a", clear_ms=5_000)}
    sign = [_sign("a")]
    assert _spells(by_name, (0, sign), (4, []), (5, [])) == [["a"], ["a"], ["a."]]
    assert _spells(by_name, (0, sign), (4, []), (6, sign), (10, []), (11, [])) == [["a"]] * 4 + [["a."]]


def test_an_end_tells_how_long_it_was_by_our_own_clock() -> None:
    by_name = {"a": _rule("a")}
    # The server's clock was set back by an hour meanwhile.
    past, _ = go_on({}, [_sign("a")], by_name, LIMITS, Now(1_000, NOW))
    assert told(past)[0].since_ms == NOW
    past, ended = go_on(past, [], by_name, LIMITS, Now(61_000, NOW - 3_600_000))
    assert [(one.lasted_ms, one.ended_ms) for one in ended] == [(60_000, NOW - 3_600_000)]
    assert past == {}


def _because(rules: tuple[Rule, ...], *findings: Finding) -> dict[str, str | None]:
    found = explained(findings, rules)
    return {f"{one.rule} {one.severity.value}": None if one.because is None else one.because[0] for one in found}


def test_a_cause_is_named_and_is_as_bad_as_the_worst_of_what_follows() -> None:
    chain = (
        _rule("root", explains=frozenset({"middle"})),
        _rule("middle", explains=frozenset({"leaf"}), scope="stream"),
        _rule("leaf"),
    )
    worst = _sign("leaf", severity=Severity.CRITICAL)
    told_of = _because(chain, _sign("root", None), _sign("middle", Key(KEY.stream)), worst)
    assert told_of == {"root critical": None, "middle critical": "root", "leaf critical": "middle"}


def test_a_cause_explains_only_within_its_scope_and_only_what_is_there() -> None:
    by_group = (_rule("cause", explains=frozenset({"leaf"}), scope="group"), _rule("leaf"))
    assert _because(by_group, _sign("cause"), _sign("leaf", OTHER))["leaf warning"] is None
    assert _because(by_group, _sign("cause"), _sign("leaf"))["leaf warning"] == "cause"
    assert _because(by_group, _sign("leaf")) == {"leaf warning": None}
    by_stream = (replace(by_group[0], scope="stream"), by_group[1])
    assert _because(by_stream, _sign("cause", None), _sign("leaf"))["leaf warning"] is None


def _look(second: int) -> Snapshot:
    at = NOW + second * 1_000
    return replace(snapshot(replace(stream(group()), seen_at_ms=at), at=at), mono_ms=second * 1_000)


def _failed(past: Frame, trouble: Trouble, second: int) -> Frame:
    return derive(past, trouble, LIMITS, TOPOLOGY, mono_ms=second * 1_000)


def test_a_server_out_of_reach_is_a_problem_after_two_seconds_and_ends_with_the_next_answer() -> None:
    made = derive(None, _look(0), LIMITS, TOPOLOGY)
    made = _failed(made, DOWN, 1)
    assert (rules(made), made.trouble) == ([], DOWN)
    made = _failed(made, DOWN, 3)
    finding = only(made.findings, "unreachable")
    assert (finding.evidence, finding.next_step, finding.since_ms) == (DOWN.sentence, DOWN.next_step, NOW + 1_000)
    made = derive(made, _look(9), LIMITS, TOPOLOGY)
    assert (rules(made), made.trouble) == ([], None)
    assert [(one.finding.rule, one.lasted_ms) for one in made.ended] == [("unreachable", 8_000)]
    assert derive(made, _look(10), LIMITS, TOPOLOGY).ended == ()


def test_a_loading_server_is_told_at_once() -> None:
    assert rules(_failed(derive(None, _look(0), LIMITS, TOPOLOGY), LOADING, 1)) == ["loading"]


def test_a_trouble_that_turns_into_another_ends() -> None:
    made = derive(None, _look(0), LIMITS, TOPOLOGY)
    made = _failed(_failed(_failed(made, DOWN, 1), DOWN, 4), LOADING, 5)
    assert (rules(made), [one.finding.rule for one in made.ended]) == (["loading"], ["unreachable"])
    made = derive(made, _look(6), LIMITS, TOPOLOGY)
    assert [one.finding.rule for one in made.ended] == ["loading"]
