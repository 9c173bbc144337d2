"""The consumers pane: who is in the group, what each holds, and who is live."""

from maestro_tui.domain.explain import Told
from maestro_tui.domain.names import Name
from maestro_tui.domain.quantities import thousands
from maestro_tui.engine.session import Session
from maestro_tui.ui.panes.pane import Pane
from maestro_tui.ui.widgets.consumers import CONSUMERS, ConsumerLine, consumer_details, consumer_lines, explain_consumer
from maestro_tui.ui.widgets.lines import Line


class ConsumersPane(Pane[ConsumerLine]):
    """Consumers as the poll saw them: the group that is looked at is polled in full."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, CONSUMERS, id="consumers")

    @property
    def consumer(self) -> Name | None:
        """The selected consumer."""
        return None if self.selected is None else self.selected.consumer.name

    def list_again(self) -> None:
        """List the group's consumers."""
        self.set_rows(() if self.row is None else consumer_lines(self.row))
        if self.rows and self.selection.key is None and self.selection.lost is None:
            self.action_first()

    def heading(self) -> str:
        """Name the pane and how many there are."""
        return f"Consumers {thousands(len(self.rows))}"

    def explained(self) -> Told | None:
        """Tell what the selected consumer's word and numbers mean."""
        return None if self.selected is None else explain_consumer(self.selected)

    def details(self, cells: int) -> tuple[Line, Line]:
        """Tell about the selected consumer."""
        return consumer_details(self.selected, cells)
