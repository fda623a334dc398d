"""The tools, one of which is in the hand, and the one from before."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup

from segstudio.ui.actions import ActionSpec, make_action
from segstudio.ui.canvas.tool import CanvasTool
from segstudio.ui.painter.context import ToolContext
from segstudio.ui.painter.tools import TOOLS, ToolSpec


class Toolbox(QObject):
    """Makes every tool once, and an action for each by which it is taken.

    Args:
        context: what the tools know of the world.
        parent: on whose page the actions' keys work.

    Signals:
        taken(): another tool is in the hand.
    """

    taken = Signal()

    def __init__(self, context: ToolContext, parent: QObject) -> None:
        super().__init__(parent)
        self._tools = {spec.name: spec.make(context) for spec in TOOLS}
        self._spec: ToolSpec = TOOLS[0]
        self._last: ToolSpec = TOOLS[0]
        self.actions: list[QAction] = []
        """One a tool, in the order of the strip."""
        group = QActionGroup(self)
        for spec in TOOLS:
            row = ActionSpec(spec.name, spec.text, spec.name, (spec.key,), spec.tip, checkable=True)
            action = make_action(parent, row, lambda checked, spec=spec: self._on_toggled(spec, chosen=checked))
            group.addAction(action)
            self.actions.append(action)

    @property
    def spec(self) -> ToolSpec:
        """What is known of the tool in the hand."""
        return self._spec

    @property
    def tool(self) -> CanvasTool:
        """The tool in the hand."""
        return self._tools[self._spec.name]

    @property
    def title(self) -> str:
        """What people call the tool in the hand."""
        return self._spec.text.replace("&", "")

    def take(self, name: str) -> None:
        """Take a tool into the hand."""
        next(action for action in self.actions if action.objectName() == name).setChecked(True)

    def take_last(self) -> None:
        """Go back to the tool from before."""
        self.take(self._last.name)

    def cycle(self, step: int) -> None:
        """Take the tool that stands so many places after the one in the hand, around the ends."""
        self.take(TOOLS[(TOOLS.index(self._spec) + step) % len(TOOLS)].name)

    def drop_all(self) -> None:
        """Drop whatever any of the tools has begun."""
        for tool in self._tools.values():
            tool.cancel()

    def _on_toggled(self, spec: ToolSpec, *, chosen: bool) -> None:
        if chosen:
            if spec is not self._spec:
                self._last, self._spec = self._spec, spec
            self.taken.emit()
