"""A plan that is sent in one go: init, set position, remove."""

from dataclasses import replace

from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import InitPlan, PositionPlan, RemovePlan
from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.deeds import Deeds
from maestro_tui.engine.operation import Operation
from maestro_tui.engine.ports import Writer
from maestro_tui.engine.recorder import Recorder
from maestro_tui.engine.records import spell_outcome, spell_plan


class Whole:
    """Carries out one such plan. `outcome` is there once it is in the log, or on its way into it."""

    def __init__(
        self,
        operation: Operation,
        plan: InitPlan | PositionPlan | RemovePlan,
        writer: Writer,
        recorder: Recorder,
        deeds: Deeds,
    ) -> None:
        self.outcome: Outcome | None = None
        self._operation = operation
        self._plan = plan
        self._writer = writer
        self._recorder = recorder
        self._deeds = deeds
        self._sent = False

    async def carry_out(self) -> Outcome:
        """Log the intent, send, log the outcome; raises nothing but what cancels it."""
        trouble = await self._recorder.write("intent", spell_plan(self._operation.confirmed))
        if trouble is not None:
            self.outcome = Outcome.refused(
                Trouble(trouble.fault, f"{trouble.sentence} Nothing was sent.", trouble.next_step)
            )
            return self.outcome
        self._operation.publish(replace(self._operation.progress, phase="moving"))
        self._sent = True
        try:
            self.outcome = await self._deeds.send(self._writer, self._plan)
        except Exception as error:
            # A writer answers whatever happens; one that does not has a bug, and the log must not end at the intent.
            sentence = f"The write failed in an unexpected way ({type(error).__name__})."
            bug = Trouble("bug", sentence, "Look at the streams before you try again.")
            self.outcome = Outcome("unknown", trouble=bug)
        await self._recorder.write("outcome", spell_outcome(self.outcome))
        return self.outcome

    def cut_off(self, quitting: Trouble) -> Outcome:
        """Log at once that nobody knows, if it was sent."""
        if self.outcome is None:
            self.outcome = Outcome("unknown" if self._sent else "refused", trouble=quitting)
            self._recorder.write_at_once("outcome", spell_outcome(self.outcome))
        return self.outcome
