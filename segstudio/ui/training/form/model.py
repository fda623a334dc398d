"""Which model is trained, and what it begins with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QFileDialog

from segstudio.learning.catalog import ARCHITECTURES, BACKBONES, IMAGENET, OWN, UNPRETRAINED, note_on_channels
from segstudio.learning.config import TrainingConfig
from segstudio.learning.run_summary import RunSummary
from segstudio.ui.overriding import override
from segstudio.ui.training.form.fields import add_row, choice_field, choose, note, say, whole_field
from segstudio.ui.training.form.path_choice import PathChoice
from segstudio.ui.training.form.section import Section

_ANEW = {"": "Nothing: begin anew"}
_OWN_ADVICE = "A Python file with a function build(n_classes, input_shape) that returns a Keras model."


class ModelSection(Section):
    """Architecture and backbone at first sight; weights, a run to start from and frozen epochs folded."""

    title = "Weights"

    def __init__(self) -> None:
        super().__init__()
        self._channels = 3
        titles = {name: entry.title for name, entry in ARCHITECTURES.items()}
        tip = "What kind of model is trained; the line below says what it is good for"
        self._architecture = choice_field("Architecture", tip, {**titles, OWN: "A model of your own"})
        self._model_file = PathChoice("Model file", _OWN_ADVICE, {"": "Choose a file …"}, self._ask_for_model)
        self._backbone = choice_field("Backbone", "The part of the model that looks for features", {})
        self._advice = note()
        add_row(self.head_rows, "Architecture", self._architecture)
        add_row(self.head_rows, "Model file", self._model_file)
        add_row(self.head_rows, "Backbone", self._backbone)
        self.head_rows.addRow(self._advice)
        tip = "What the backbone knows at the start. ImageNet’s weights are fetched once, and need a network then"
        self._weights = PathChoice("Weights to begin with", tip, {}, self._ask_for_weights)
        tip = "Take over the weights of a run of yours, as far as they fit; for other classes the last layer is new"
        self._start_from = PathChoice("Run to start from", tip, _ANEW, self._ask_for_run)
        tip = "Epochs at the start in which the backbone stays as it is, and only the rest learns"
        self._frozen = whole_field("Epochs with a frozen backbone", tip, 0, 100_000, instead_of_lowest="None")
        self._note = note()
        add_row(self.rows, "Weights", self._weights)
        add_row(self.rows, "Start from", self._start_from)
        add_row(self.rows, "Freeze for", self._frozen)
        self.rows.addRow(self._note)
        self._architecture.currentIndexChanged.connect(lambda _index: self._offer_backbones())
        self._backbone.currentIndexChanged.connect(lambda _index: self._offer_weights())
        for part in (self._model_file, self._weights, self._start_from):
            part.changed.connect(self._on_changed)
        self._frozen.valueChanged.connect(lambda _value: self._on_changed())
        self._offer_backbones()

    @property
    def pair(self) -> tuple[str, str] | None:
        """Architecture and backbone; None for a person's own model."""
        return None if self._is_own else (self._architecture.currentData(), self._backbone.currentData())

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """Offer runs to start from: those that have a model."""
        offered = {str(run.folder): run.name for run in runs if run.has_model}
        self._start_from.offer({**_ANEW, **offered})

    def forget_run(self) -> None:
        """Begin anew: the run that was chosen is one of another dataset."""
        self._start_from.choose("")

    def set_channels(self, channels: int) -> None:
        """Say what becomes of pretrained weights for pictures of so many channels."""
        self._channels = channels
        self._on_changed()

    @override
    def set_config(self, config: TrainingConfig) -> None:
        choose(self._architecture, config.architecture)
        self._model_file.choose("" if config.model_file is None else str(config.model_file))
        if config.model_file is None:
            choose(self._backbone, config.backbone)
            self._weights.choose(config.weights)
        self._start_from.choose("" if config.start_from is None else str(config.start_from))
        self._frozen.setValue(config.frozen_epochs)

    @override
    def settings(self) -> dict[str, Any]:
        start_from = self._start_from.chosen
        common = {
            "architecture": self._architecture.currentData(),
            "start_from": Path(start_from) if start_from else None,
            "frozen_epochs": self._frozen.value(),
        }
        if self._is_own:
            file = self._model_file.chosen
            return {**common, "model_file": Path(file) if file else None}
        return {**common, "backbone": self._backbone.currentData(), "weights": self._weights.chosen}

    @override
    def summary(self) -> str:
        words = [] if self._is_own else [self._weights.box.currentText()]
        if self._start_from.chosen:
            words = [f"from {self._start_from.box.currentText()}"]
        if self._frozen.value():
            words.append(f"{self._frozen.value()} frozen")
        return ", ".join(words)

    @property
    def _is_own(self) -> bool:
        return bool(self._architecture.currentData() == OWN)

    def _offer_backbones(self) -> None:
        """Offer those that fit the architecture, and keep the chosen one if it is among them."""
        self.head_rows.setRowVisible(self._model_file, self._is_own)
        self.head_rows.setRowVisible(self._backbone, not self._is_own)
        self.rows.setRowVisible(self._weights, not self._is_own)
        if not self._is_own:
            before = self._backbone.currentData()
            with QSignalBlocker(self._backbone):
                self._backbone.clear()
                for name in ARCHITECTURES[self._architecture.currentData()].backbones:
                    self._backbone.addItem(BACKBONES[name].title, name)
                choose(self._backbone, before)
            self._backbone.setEnabled(self._backbone.count() > 1)
        self._offer_weights()

    def _offer_weights(self) -> None:
        """Offer those that the backbone has."""
        if not self._is_own:
            pretrained = BACKBONES[self._backbone.currentData()].pretrained
            self._weights.button.setEnabled(pretrained)
            words = {UNPRETRAINED: "None: from scratch"}
            if pretrained:
                words[IMAGENET] = "ImageNet"
            elif self._weights.chosen != UNPRETRAINED:
                self._weights.choose(UNPRETRAINED)  # a file is for the backbone that it was chosen for
            self._weights.offer(words)
        self._on_changed()

    def _on_changed(self) -> None:
        say(self._advice, self._in_words())
        pair = self.pair
        say(self._note, "" if pair is None else note_on_channels(pair[1], self._channels, self._weights.chosen))
        self.changed.emit()

    def _in_words(self) -> str:
        if self._is_own:
            return _OWN_ADVICE
        architecture = ARCHITECTURES[self._architecture.currentData()]
        one = len(architecture.backbones) == 1
        backbone = "" if one else f" {self._backbone.currentText()}: {BACKBONES[self._backbone.currentData()].advice}"
        return architecture.advice + backbone

    def _ask_for_model(self) -> Path | None:
        return self._ask_for_file("The file of your model", "Python (*.py)")

    def _ask_for_weights(self) -> Path | None:
        return self._ask_for_file("Weights of the backbone", "Weights (*.h5 *.hdf5 *.keras);;All files (*)")

    def _ask_for_file(self, title: str, kinds: str) -> Path | None:
        chosen, _kind = QFileDialog.getOpenFileName(self, title, "", kinds)
        return Path(chosen) if chosen else None

    def _ask_for_run(self) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self, "The folder of a run")
        return Path(chosen) if chosen else None
