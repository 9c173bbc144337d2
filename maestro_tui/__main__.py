"""`python -m maestro_tui`: the same as the command `maestro-tui`."""

import sys

from maestro_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
