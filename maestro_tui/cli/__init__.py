"""The command line: argv to one command.

Nothing heavy is imported before a command runs, so that `--help`, `--version` and completion are instant.
"""

from maestro_tui.cli.program import main

__all__ = ["main"]
