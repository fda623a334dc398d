"""How large the chosen model is, and whether the machine has the memory to train it."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from segstudio.learning.catalog import ARCHITECTURES
from segstudio.learning.machine import DeviceFacts, in_gigabytes
from segstudio.ui.theme import SPACING, set_role
from segstudio.ui.training.form.fields import note, say


class SizeEstimate(QWidget):
    """A quiet line, and one that warns."""

    def __init__(self) -> None:
        super().__init__()
        self._size = note()
        self._warning = note()
        set_role(self._warning, "problem")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING // 2)
        column.addWidget(self._size)
        column.addWidget(self._warning)

    def show_model(
        self,
        pair: tuple[str, str] | None,
        *,
        n_classes: int,
        size: tuple[int, int],
        batch_size: int,
        device: DeviceFacts,
    ) -> None:
        """Show another model, size (height, width), batch or device; None for a model of which nothing is known."""
        if pair is None:
            say(self._size, "How large it is shows when training begins.")
            say(self._warning, "")
            return
        sizes = ARCHITECTURES[pair[0]].size(pair[1])
        needed = sizes.training_bytes(n_classes, height=size[0], width=size[1], batch_size=batch_size)
        say(
            self._size,
            f"{sizes.parameters(n_classes) / 1e6:.1f} million parameters; training takes about {in_gigabytes(needed)}.",
        )
        too_much = 0 < device.memory_bytes < needed
        whose = "This GPU" if device.gpu else "This machine"
        say(
            self._warning,
            f"{whose} has {in_gigabytes(device.memory_bytes)} of memory. Choose a smaller input or batch size."
            if too_much
            else "",
        )
