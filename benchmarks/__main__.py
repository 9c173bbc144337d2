"""`python -m benchmarks [table|poll|repair|start|all] [--quick] [--write]`."""

import argparse
import os
from importlib import import_module
from pathlib import Path
from typing import Final

from benchmarks import report
from tests import environment

_NAMES: Final = ("table", "poll", "repair", "start")


def main() -> None:
    """Measure, print, and where asked to write it down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure side by side, print ratios.")
    parser.add_argument("what", nargs="?", choices=[*_NAMES, "all"], default="all")
    parser.add_argument("--quick", action="store_true", help="smallest sizes, few repeats: does it still run?")
    parser.add_argument("--write", action="store_true", help=f"put the results into {report.README.name}")
    options = parser.parse_args()
    chosen = [name for name in _NAMES if options.what in (name, "all")]
    reports: list[report.Report] = []
    with environment.new_home() as home:
        environment.clean(Path(home))
        # What a terminal of today takes, whatever this one is.
        os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
        for name in chosen:
            # Only now: Textual reads its environment when it is imported.
            reports.append(import_module(f"benchmarks.{name}").compare(quick=options.quick))
            print(f"\n## {name}\n\n{reports[-1]}", flush=True)
    if options.write:
        report.write(reports)


if __name__ == "__main__":
    main()
