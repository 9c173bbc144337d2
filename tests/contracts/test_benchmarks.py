"""The benchmarks still run; what they measure depends on the machine and is checked nowhere."""

import re
import subprocess
import sys

import pytest

from tests import binaries
from tests.environment import ROOT
from tests.servers import DEFAULT_KIND, Unavailable


@pytest.mark.parametrize("what", ["poll", "table", "repair"])
def test_a_quick_run_prints_ratios(what: str) -> None:
    """A benchmark that broke long ago is found on the day somebody needs it."""
    try:
        binaries.find(DEFAULT_KIND)
    except Unavailable as reason:
        pytest.skip(str(reason))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", what, "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"## {what}" in done.stdout
    assert re.search(r"\| [\d,.]+x \|", done.stdout)
