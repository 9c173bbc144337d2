"""`python -m tests.long race|crash|calm|lag [--full] [--seed N] [--kinds KIND ...] [--out FILE] [--unguarded]`."""

import argparse
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from tests import environment

FAILED = "FAILED"


def main() -> int:
    """Run, print each result as it comes, and return 1 if one of them is a failure."""
    options = _options()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    with environment.new_home() as home, tempfile.TemporaryDirectory(prefix="maestro-long-") as folder:
        environment.clean(Path(home))
        # Only now: the program must see a clean environment.
        work = import_module(f"tests.long.{options.what}")
        lines = work.run(options.kinds, seed, full=options.full, folder=Path(folder), unguarded=options.unguarded)
        return _print(_with_head(options, seed, lines), options.out)


def _options() -> argparse.Namespace:
    from tests.servers import KINDS

    parser = argparse.ArgumentParser(prog="python -m tests.long", description="Long runs; each says what came of it.")
    parser.add_argument("what", choices=["race", "crash", "calm", "lag"])
    parser.add_argument("--full", action="store_true", help="the whole run instead of a twentieth of it")
    parser.add_argument("--seed", type=int, help="draw the same dice again; the moments are still the machine's")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="kinds of server; all by default")
    parser.add_argument("--out", type=Path, help="write the result into a file, too")
    parser.add_argument("--unguarded", action="store_true", help="without what is to be proved: must fail")
    return parser.parse_args()


def _with_head(options: argparse.Namespace, seed: int, lines: Iterator[str]) -> Iterator[str]:
    began = time.monotonic()
    yield f"python -m tests.long {options.what}{' --full' if options.full else ''} --seed {seed}"
    yield f"Python {platform.python_version()}, {time.strftime('%Y-%m-%d', time.gmtime())}"
    yield from lines
    yield f"took {time.monotonic() - began:.0f} s"


def _print(lines: Iterator[str], out: Path | None) -> int:
    said = []
    for line in lines:
        said.append(line)
        print(line, flush=True)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n".join(said) + "\n", encoding="utf-8")
    return 1 if any(FAILED in line for line in said) else 0


if __name__ == "__main__":
    sys.exit(main())
