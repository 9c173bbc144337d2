"""What a collector reads of our OpenMetrics text, by the official parsers of prometheus_client."""

from collections.abc import Callable, Iterable
from typing import cast

from prometheus_client import parser as older
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser
from prometheus_client.samples import Sample

_Parse = Callable[[str], Iterable[Metric]]
# The parsers are not annotated.
_parse = cast(_Parse, parser.text_string_to_metric_families)
_parse_older = cast(_Parse, older.text_string_to_metric_families)


def samples(text: str) -> list[Sample]:
    """Every sample of a text, as OpenMetrics; as the older format, which textfile collectors read, it says the same."""
    families = list(_parse(text))
    assert {family.type for family in families} <= {"gauge", "counter"}
    found = [one for family in families for one in family.samples]
    assert _plain(found) == _plain(one for family in _parse_older(text) for one in family.samples)
    return found


def _plain(found: Iterable[Sample]) -> set[tuple[str, frozenset[tuple[str, str]], float]]:
    return {(one.name, frozenset(one.labels.items()), one.value) for one in found}
