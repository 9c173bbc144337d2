"""Sends confirmed plans: each command once, and whatever happens told as an outcome."""

from collections.abc import Sequence

from redis.exceptions import ResponseError

from maestro_tui.domain.config import Config
from maestro_tui.domain.outcomes import Outcome, StepOutcome
from maestro_tui.domain.plans import CreateGroup, Plan
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.gateway.link import Lost
from maestro_tui.gateway.refusals import code_of, refusal
from maestro_tui.gateway.route import Route, route_of

_READ_ONLY = Trouble(
    "denied",
    "This session is read-only: nothing was sent.",
    "Start without --read-only, or change read_only in the profile, to act.",
)
_NOT_SENT = Trouble(
    "unreachable",
    "Not sent, because the connection was lost before.",
    "Look again and repeat what is still missing.",
)


class RedisWriter:
    """The `Writer` of a real deployment: the one place from which anything is written."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._route: Route = route_of(config)

    async def apply(self, plan: Plan) -> Outcome:
        """Carry out a plan's steps, each once; never raises for what the server answers."""
        if self._config.read_only:
            return Outcome.refused(_READ_ONLY)
        try:
            return await self._carry_out(plan.steps)
        finally:
            # A connection left idle until the next plan may be dead without anybody knowing: the command sent over
            # it would be lost, and its outcome unknown for no good reason.
            await self._route.close()

    async def close(self) -> None:
        """Close the connection."""
        await self._route.close()

    async def _carry_out(self, steps: Sequence[CreateGroup]) -> Outcome:
        done: list[StepOutcome] = []
        for step in steps:
            lost = any(outcome.word == "unknown" for outcome in done)
            done.append(StepOutcome(step.key, "refused", _NOT_SENT) if lost else await self._create(step))
        return Outcome.of(tuple(done))

    async def _create(self, step: CreateGroup) -> StepOutcome:
        command = step.command()
        try:
            link = await self._route.writable(step.stream)
            # What fails until here was never sent; what fails after it may have been carried out.
            await link.connect()
            [reply] = await link.ask([command])
        except Lost as lost:
            return StepOutcome(step.key, "unknown", _unknown(lost.trouble))
        except Failure as failure:
            return StepOutcome(step.key, "refused", failure.trouble)
        if not isinstance(reply, ResponseError):
            return StepOutcome(step.key, "created")
        if code_of(reply) == "BUSYGROUP":
            return StepOutcome(step.key, "already there")
        return StepOutcome(step.key, "refused", refusal(reply, command, self._config.address.user))


def _unknown(trouble: Trouble) -> Trouble:
    sentence = f"Whether the group was created is not known. {trouble.sentence}"
    return Trouble(trouble.fault, sentence, "Look at the next poll before doing it again.")
