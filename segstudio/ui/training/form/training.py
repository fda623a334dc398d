"""What training makes small, and how."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from segstudio.dataset.classes import ClassInfo
from segstudio.learning.config import TrainingConfig
from segstudio.learning.settings.loss import CLASS_WEIGHTINGS, LOSSES, LossSettings
from segstudio.learning.settings.optimization import OPTIMIZERS, SCHEDULES, OptimizationSettings
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING
from segstudio.ui.training.form.class_weights import ClassWeightTable
from segstudio.ui.training.form.fields import NumberField, add_row, choice_field, choose, described, whole_field
from segstudio.ui.training.form.section import Section


class TrainingSection(Section):
    """Epochs at first sight; batch, learning rate, loss, class weights, optimizer and schedule folded.

    Signals:
        rate_requested(): look for a learning rate.
    """

    rate_requested = Signal()

    title = "Training"

    def __init__(self) -> None:
        super().__init__()
        self._given: dict[int, float] = {}
        self._build_fields()
        self._build_rows()
        boxes = (self._loss, self._weighting, self._optimizer, self._schedule)
        for box in boxes:
            box.currentIndexChanged.connect(lambda _index: self._on_changed())
        for field in (self._epochs, self._batch_size, self._accumulation, self._warm_up):
            field.valueChanged.connect(lambda _value: self._on_changed())
        for text in (self._rate, self._focus, self._momentum, self._weight_decay):
            text.textChanged.connect(lambda _text: self._on_changed())
        self._weights.changed.connect(self._on_changed)
        self.find_button.clicked.connect(lambda: self.rate_requested.emit())
        self._on_changed()

    @property
    def batch_size(self) -> int:
        """Pictures a step."""
        return self._batch_size.value()

    def set_classes(self, classes: Sequence[ClassInfo]) -> None:
        """Weigh other classes."""
        self._weights.set_classes(classes)
        self._weights.set_weights(self._given)

    def forget_weights(self) -> None:
        """Weigh all classes alike: what was set by hand was for the classes of another dataset."""
        self._given = {}
        self._weights.set_weights({})
        if self._weighting.currentData() == "by_hand":
            choose(self._weighting, "none")

    def set_rate(self, rate: float) -> None:
        """Use another learning rate."""
        self._rate.set_number(rate)

    @override
    def set_config(self, config: TrainingConfig) -> None:
        self._epochs.setValue(config.epochs)
        self._batch_size.setValue(config.batch_size)
        self._rate.set_number(config.learning_rate)
        choose(self._loss, config.loss.name)
        choose(self._weighting, config.loss.class_weighting)
        self._given = dict(config.loss.weights)
        self._weights.set_weights(self._given)
        self._focus.set_number(config.loss.focus)
        choose(self._optimizer, config.optimization.optimizer)
        choose(self._schedule, config.optimization.schedule)
        self._warm_up.setValue(round(config.optimization.warm_up * 100))
        self._weight_decay.set_number(config.optimization.weight_decay)
        self._momentum.set_number(config.optimization.momentum)
        self._accumulation.setValue(config.optimization.accumulation)

    @override
    def settings(self) -> dict[str, Any]:
        by_hand = self._weighting.currentData() == "by_hand"
        return {
            "epochs": self._epochs.value(),
            "batch_size": self.batch_size,
            "learning_rate": self._rate.number,
            "loss": LossSettings(
                name=self._loss.currentData(),
                class_weighting=self._weighting.currentData(),
                weights=self._weights.weights if by_hand else (),
                focus=self._focus.number,
            ),
            "optimization": OptimizationSettings(
                optimizer=self._optimizer.currentData(),
                schedule=self._schedule.currentData(),
                warm_up=self._warm_up.value() / 100,
                weight_decay=self._weight_decay.number,
                momentum=self._momentum.number,
                accumulation=self._accumulation.value(),
            ),
        }

    @override
    def summary(self) -> str:
        return f"{self.batch_size} a batch, {self._rate.text()}, {self._loss.currentText()}"

    def _build_fields(self) -> None:
        self._epochs = whole_field("Epochs", "How often all training pictures are gone through", 1, 100_000)
        self._batch_size = whole_field("Batch size", "Pictures a step: more needs more memory", 1, 1024)
        tip = "How large the steps are at their largest; 0.001 is a good start"
        self._rate = NumberField("Learning rate", tip)
        self.find_button = described(QPushButton("Find…"), "Find a learning rate", "Try rates, small to large, and see")
        tip = "What training makes small: with Dice or Lovász small things count as much as large ones"
        self._loss = choice_field("Loss", tip, LOSSES)
        tip = "Gamma: 0 is cross-entropy, more looks more at pixels that are still wrong"
        self._focus = NumberField("Focus of the focal loss", tip)
        tip = "What an error weighs by class; frequencies are counted in the masks of train"
        self._weighting = choice_field("Class weights", tip, CLASS_WEIGHTINGS)
        self._weights = ClassWeightTable()
        self._optimizer = choice_field("Optimizer", "How the weights follow their gradients", OPTIMIZERS)
        self._momentum = NumberField("Momentum", "How long SGD keeps its direction: below 1, 0.9 as a rule")
        tip = "Draws weights towards 0 at each step, against overfitting"
        self._weight_decay = NumberField("Weight decay", tip)
        tip = "What the learning rate does in the course of the run"
        self._schedule = choice_field("Learning rate schedule", tip, SCHEDULES)
        tip = "Part of the run in which the learning rate rises to its peak"
        self._warm_up = whole_field("Warm-up", tip, 0, 90, unit=" %", instead_of_lowest="None")
        tip = "Batches whose gradients are averaged for one step: as a larger batch, in less memory"
        self._accumulation = whole_field("Accumulation", tip, 1, 1024, unit=" batches", instead_of_lowest="None")

    def _build_rows(self) -> None:
        rate = QWidget()
        line = QHBoxLayout(rate)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACING // 2)
        line.addWidget(self._rate, 1)
        line.addWidget(self.find_button)
        rate.setFocusProxy(self._rate)
        rate.setToolTip(self._rate.toolTip())
        add_row(self.head_rows, "Epochs", self._epochs)
        for title, field in (
            ("Batch size", self._batch_size),
            ("Learning rate", rate),
            ("Loss", self._loss),
            ("Focus", self._focus),
            ("Class weights", self._weighting),
        ):
            add_row(self.rows, title, field)
        self.rows.addRow(self._weights)
        for title, field in (
            ("Optimizer", self._optimizer),
            ("Momentum", self._momentum),
            ("Weight decay", self._weight_decay),
            ("Schedule", self._schedule),
            ("Warm-up", self._warm_up),
            ("Accumulation", self._accumulation),
        ):
            add_row(self.rows, title, field)

    def _on_changed(self) -> None:
        optimizer = self._optimizer.currentData()
        for field, shown in (
            (self._focus, self._loss.currentData() == "focal"),
            (self._weights, self._weighting.currentData() == "by_hand"),
            (self._momentum, optimizer == "sgd"),
            (self._weight_decay, optimizer != "adam"),
        ):
            self.rows.setRowVisible(field, shown)
        self.changed.emit()
