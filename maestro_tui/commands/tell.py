"""Narration: what a command has to say beside its data goes to stderr."""

import sys


def tell(sentence: str) -> None:
    """Say something to the operator, in one line."""
    sys.stderr.write(f"maestro-tui: {sentence}\n")


def show(text: str) -> None:
    """Print data."""
    sys.stdout.write(text + "\n")
