"""A guarded script called on the server: what it answered for each ID, or why the server refused it."""

import re
from dataclasses import dataclass
from typing import Final

from redis.exceptions import ResponseError

from maestro_tui.domain.names import Name
from maestro_tui.domain.text import visible
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.gateway.link import Command, Link
from maestro_tui.gateway.lua import Script
from maestro_tui.gateway.parse import Malformed
from maestro_tui.gateway.refusals import is_key_denied, refusal

# 6.2 puts the place in the script, the reply's dash and the line's end around its words.
_PLACE: Final = re.compile(r"^@?user_script: ?\d+: -?")
_MOST_WORDS: Final = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A script and what it is given: the stream, where it copies to (the same unless another), its arguments."""

    script: Script
    source: Name
    arguments: tuple[bytes, ...]
    destination: Name | None = None

    @property
    def keys(self) -> tuple[Name, ...]:
        """Every key that the script touches: Redis must be told."""
        both = self.destination is not None and self.destination != self.source
        return (self.source, self.destination) if both and self.destination else (self.source,)

    def command(self, *, modern: bool) -> Command:
        """Spell it. EVAL and not EVALSHA: a script of 4 KB costs nothing, and nobody can have forgotten it."""
        text = self.script.modern if modern else self.script.plain
        keys = self.keys
        return (b"EVAL", text, b"%d" % len(keys), *(key.raw for key in keys), *self.arguments)


@dataclass(frozen=True, slots=True)
class Answer:
    """A word and an extra (the ID of a copy, a remark) for each ID in turn, as far as the script came.

    `trouble` is what the server refused: the last word is then `failed`, or there is none if nothing was begun.
    """

    words: tuple[tuple[str, bytes], ...] = ()
    trouble: Trouble | None = None


class Caller:
    """Calls scripts, and remembers whether the server knows `#!lua`.

    That is learnt from the server refusing to compile one, with nothing carried out, and not from its version in
    INFO, which an operator may not be allowed to ask. It is right even if another server answers at this address
    later: a newer one runs the plain script with the same guards, an older one refuses again.
    """

    def __init__(self, user: str | None) -> None:
        self._user = user
        self._modern = True

    async def call(self, link: Link, call: Call) -> Answer:
        """Send a call once and return its answer.

        Raises `Lost` where it was sent and no answer came, another `Failure` where it was not, and `Malformed` where
        the answer is none that our scripts give.
        """
        [reply] = await link.ask([call.command(modern=self._modern)])
        if self._modern and isinstance(reply, ResponseError) and "Error compiling script" in str(reply):
            self._modern = False
            [reply] = await link.ask([call.command(modern=False)])
        if isinstance(reply, ResponseError):
            return Answer((), await self._refused(link, reply, call))
        return self._read(reply, call)

    async def _refused(self, link: Link, error: ResponseError, call: Call) -> Trouble:
        """Tell why the server would not begin. It does not say which of two keys is denied: each is tried alone."""
        if not is_key_denied(error):
            return refusal(error, (b"EVAL",), self._user)
        asked: list[Command] = [(b"EVAL", b"return 0", b"1", key.raw) for key in call.keys]
        try:
            replies = await link.ask(asked)
        except Failure:
            # The call itself was refused, whatever became of this.
            replies = [error]
        denied = [key for key, reply in zip(call.keys, replies, strict=False) if isinstance(reply, ResponseError)]
        return refusal(error, (b"XADD", (denied or call.keys)[0].raw), self._user)

    def _read(self, reply: object, call: Call) -> Answer:
        if not isinstance(reply, list) or len(reply) % 2 or not all(isinstance(item, bytes) for item in reply):
            raise Malformed
        command, said, *told = reply
        words = tuple(
            (word.decode("ascii", "replace"), extra) for word, extra in zip(told[::2], told[1::2], strict=True)
        )
        if not command:
            return Answer(words)
        return Answer(words, refusal(_error(said), _spelled(command, call), self._user))


def plain_words(said: bytes) -> str:
    """Return the server's words from inside a script without what it puts around them."""
    return _PLACE.sub("", said.decode("utf-8", "replace")).strip().removeprefix("ERR ")


def shown_words(said: bytes) -> str:
    """Return the server's words as they may be shown."""
    return visible(plain_words(said), _MOST_WORDS)


def _error(said: bytes) -> ResponseError:
    """Make what a script was told look like what a client is told: in a script, a denial has no code of its own."""
    words = plain_words(said)
    denied = words.startswith(("ACL failure in script", "The user executing the script can't"))
    return ResponseError(f"NOPERM {words}" if denied else words)


def _spelled(command: bytes, call: Call) -> Command:
    key = call.destination if command == b"XADD" and call.destination else call.source
    return (*command.split(b" "), key.raw)
