"""What happens with a problem outside of this program: the command that is told of it, the page that helps."""

import shlex
from urllib.parse import urlsplit

_MOST = 1024
_WORDS = 100


def command_of(value: object) -> str:
    """Read a command: one text, to be split into words as a shell would (and run without one), or a list of words.

    The text that is returned splits into the same words.
    """
    if isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError:
            raise ValueError("has a quote that is not closed") from None
    elif isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
        words = list(value)
    else:
        raise ValueError("is neither a command nor a list of words")
    if not words or not words[0].strip():
        raise ValueError("names no command")
    if len(words) > _WORDS or sum(map(len, words)) > _MOST:
        raise ValueError(f"is longer than {_WORDS} words or {_MOST:,} characters")
    if not all(word.isprintable() for word in words):
        raise ValueError("holds a character that cannot be seen")
    return value if isinstance(value, str) else shlex.join(words)


def runbook_of(value: object) -> str:
    """Read the address of a page: http or https, without credentials, since it is shown to everybody."""
    if not isinstance(value, str):
        raise ValueError("is not text (put it in quotes)")
    if not value or len(value) > _MOST:
        raise ValueError(f"is empty or longer than {_MOST:,} characters")
    if not value.isprintable() or " " in value:
        raise ValueError("holds a character that cannot be seen, or a space")
    try:
        parts = urlsplit(value)
        host, credentials = parts.hostname, parts.username or parts.password or "@" in parts.netloc
    except ValueError:
        raise ValueError("is not a web address") from None
    if credentials:
        raise ValueError("holds a user or a password, which everybody would see: leave them out")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("is not a web address such as https://wiki.example/redis")
    return value
