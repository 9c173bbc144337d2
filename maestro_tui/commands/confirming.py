"""Has a plan confirmed: which offer the flags allow, and the words that must be typed where nobody gave --yes."""

import contextlib
import signal
import sys
from collections.abc import Iterator

import click

from maestro_tui.commands.ending import REFUSED, Ended
from maestro_tui.domain.plans import How, Offer, Proposal
from maestro_tui.domain.text import visible


def has_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def choose(proposal: Proposal, given: frozenset[str], *, ask: bool) -> Offer:
    """Return the offer to take, or raise Ended with exit code 4.

    Of the offers whose overrides are all given, that is the one which uses most of them. Where every offer needs an
    override that was not given, somebody who can be asked (`ask`) may type it; --yes stands for none.
    """
    if proposal.refusal or not proposal.offers:
        raise Ended(proposal.refusal or "There is nothing that may be done: nothing was sent.", REFUSED)
    allowed = [offer for offer in proposal.offers if offer.overrides <= given]
    if allowed:
        return max(allowed, key=lambda offer: len(offer.overrides))
    first = proposal.offers[0]
    if ask:
        return first
    missing = " ".join(f"--override {word}" for word in sorted(first.overrides - given))
    raise Ended(f"To {first.label} needs {missing}, which --yes does not stand for: nothing was sent.", REFUSED)


def confirm(offer: Offer, given: frozenset[str], *, assume_yes: bool, production: bool) -> How:
    """Have an offer confirmed and return how it was; raise Ended where nobody agrees or nobody can be asked."""
    if assume_yes:
        return "--yes"
    if not has_terminal():
        raise Ended("There is no terminal to ask on: nothing was sent. Give --yes.", REFUSED)
    # A word that names an override was typed already where it stands on the command line.
    words = [word for word in offer.words if word not in given]
    for word in words:
        if ask(f"type {visible(word)} to {offer.label}") != word:
            raise Ended("Declined: nothing was sent.", REFUSED)
    if not words and not agree(f"{offer.label}?"):
        raise Ended("Declined: nothing was sent.", REFUSED)
    if offer.overrides:
        return "override"
    if not words:
        return "y"
    return "name" if production else "count"


def ask(question: str) -> str:
    """Ask for a line on the terminal; an interrupt ends the program."""
    with _interruptible():
        return str(click.prompt(question, default="", show_default=False, err=True)).strip()


def agree(question: str) -> bool:
    """Ask for yes or no on the terminal; no is the default."""
    with _interruptible():
        return click.confirm(question, default=False, err=True)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the question: the event loop's own handler would wait until it is answered."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def spell(command: tuple[bytes, ...]) -> str:
    """Spell a command for eyes."""
    return " ".join(visible(part) for part in command)
