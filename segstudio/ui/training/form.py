"""The settings of the next run: short, with advice, the rest folded under "More"."""

from pathlib import Path

from PySide6.QtCore import QSettings, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.dataset import Dataset
from segstudio.errors import SegstudioError
from segstudio.learning.catalog import ARCHITECTURES, BACKBONES, IMAGENET, UNPRETRAINED
from segstudio.learning.config import LARGEST_SIDE, SMALLEST_SIDE, TrainingConfig
from segstudio.learning.settings.augmentation import PRESET_TITLES, AugmentationSettings
from segstudio.ui.icons import set_icon
from segstudio.ui.theme import SPACING, set_role

_REMEMBERED = (
    "architecture",
    "backbone",
    "weights",
    "input_size",
    "epochs",
    "batch_size",
    "learning_rate",
    "augmentation",
    "seed",
)


class TrainingForm(QWidget):
    """Asks for the settings of a run.

    Signals:
        training_requested(TrainingConfig, bool): train with these settings; the second says whether isolated.
        stop_requested(): end the run under way.
    """

    training_requested = Signal(object, bool)
    stop_requested = Signal()

    def __init__(self, store: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._dataset: Dataset | None = None
        self._training = False
        self._build_fields()
        self._form = self._build_form()
        self._show_more(False)
        self._more_button.toggled.connect(self._show_more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        heading = QLabel("Train a model")
        set_role(heading, "heading")
        layout.addWidget(heading)
        layout.addWidget(self._samples)
        layout.addLayout(self._form)
        layout.addWidget(self._problem)
        layout.addWidget(self.train_button)
        layout.addWidget(self.stop_button)
        layout.addStretch(1)
        self._recall()
        self._update()

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Train on another dataset, or on the same with more masks."""
        self._dataset = dataset
        self._update()

    def set_training(self, training: bool) -> None:  # noqa: FBT001 - a plain setter
        """Offer Stop while a run is under way, else Train."""
        self._training = training
        self.stop_button.setEnabled(True)
        self._update()

    def set_problem(self, text: str) -> None:
        """Say why training cannot begin, or why it failed; empty for nothing."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))

    def set_config(self, config: TrainingConfig) -> None:
        """Fill in the settings of a run, all but its name."""
        self._architecture.setCurrentIndex(max(self._architecture.findData(config.architecture), 0))
        self._backbone.setCurrentIndex(max(self._backbone.findData(config.backbone), 0))
        if self._weights.findData(config.weights) < 0 and BACKBONES[config.backbone].pretrained:
            self._weights.addItem(Path(config.weights).name, config.weights)
        self._weights.setCurrentIndex(max(self._weights.findData(config.weights), 0))
        self._height.setValue(config.input_size[0])
        self._width.setValue(config.input_size[1])
        self._epochs.setValue(config.epochs)
        self._batch_size.setValue(config.batch_size)
        self._learning_rate.setText(f"{config.learning_rate:g}")
        self._augmentation.setCurrentIndex(max(self._augmentation.findData(config.augmentation.preset), 0))
        self._held_out.setValue(round(config.validation_fraction * 100))
        self._seed.setValue(config.seed)

    def config(self) -> TrainingConfig:
        """Return the settings.

        Raises:
            ConfigError: they do not make sense.
            ValueError: no dataset is open.
        """
        if self._dataset is None:
            raise ValueError("no dataset is open")
        dataset = self._dataset
        text = self._learning_rate.text().replace(",", ".")
        return TrainingConfig(
            dataset=dataset.root,
            output=None if dataset.output == dataset.root else dataset.output,
            run=self._name.text().strip(),
            architecture=self._architecture.currentData(),
            backbone=self._backbone.currentData(),
            weights=self._weights.currentData(),
            input_size=(self._height.value(), self._width.value()),
            epochs=self._epochs.value(),
            batch_size=self._batch_size.value(),
            learning_rate=float(text) if text else 0.0,
            augmentation=AugmentationSettings(preset=self._augmentation.currentData()),
            validation_fraction=self._held_out.value() / 100,
            seed=self._seed.value(),
        )

    def _build_fields(self) -> None:
        self._samples = QLabel()
        self._samples.setWordWrap(True)
        set_role(self._samples, "quiet")
        self._architecture = QComboBox()
        self._architecture.setAccessibleName("Architecture")
        for entry in ARCHITECTURES.values():
            self._architecture.addItem(entry.title, entry.name)
        self._advice = QLabel()
        self._advice.setWordWrap(True)
        set_role(self._advice, "quiet")
        self._backbone = QComboBox()
        self._backbone.setAccessibleName("Backbone")
        self._weights = QComboBox()
        self._weights.setAccessibleName("Weights to begin with")
        self._weights.setToolTip("ImageNet’s are fetched once, and need a network then")
        self._offer_backbones()
        self._architecture.currentIndexChanged.connect(lambda _index: self._offer_backbones())
        self._architecture.currentIndexChanged.connect(lambda _index: self._update())
        self._backbone.currentIndexChanged.connect(lambda _index: self._offer_weights())
        self._backbone.currentIndexChanged.connect(lambda _index: self._update())
        self._height = _spin("Input height", SMALLEST_SIDE, LARGEST_SIDE, step=32)
        self._width = _spin("Input width", SMALLEST_SIDE, LARGEST_SIDE, step=32)
        self._epochs = _spin("Epochs", 1, 100_000)
        self._epochs.setToolTip("How often all training pictures are gone through")
        self._batch_size = _spin("Batch size", 1, 1024)
        self._batch_size.setToolTip("Pictures a step: more needs more memory")
        self._learning_rate = QLineEdit()
        self._learning_rate.setAccessibleName("Learning rate")
        self._learning_rate.setToolTip("How large the steps are at their largest; 0.001 is a good start")
        self._learning_rate.setValidator(QDoubleValidator(0.0, 10.0, 8, self._learning_rate))
        self._augmentation = QComboBox()
        self._augmentation.setAccessibleName("Augmentation")
        self._augmentation.setToolTip("Change pictures and masks alike, so that few pictures teach more")
        for name, title in PRESET_TITLES.items():
            self._augmentation.addItem(title, name)
        self._held_out = _spin("Held out for validation", 0, 90)
        self._held_out.setSuffix(" %")
        self._held_out.setToolTip("Part of the train split, where no val split has masks")
        self._seed = _spin("Seed", 0, 2**31 - 1)
        self._seed.setToolTip("The same seed shuffles and begins alike")
        self._name = QLineEdit()
        self._name.setPlaceholderText("next free name")
        self._name.setAccessibleName("Name of the run")
        self._where = QComboBox()
        self._where.setAccessibleName("Where to train")
        self._where.setToolTip("A process of its own keeps the window smooth and your masks safe")
        self._where.addItem("In a process of its own", True)
        self._where.addItem("In a thread of the window", False)
        self._more_button = QToolButton()
        self._more_button.setText("More settings")
        self._more_button.setCheckable(True)
        self._more_button.setToolTip("Batch size, learning rate, held-out share, seed, name")
        self._more_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        self._problem.setVisible(False)
        set_role(self._problem, "problem")
        self.train_button = QPushButton("Train")
        set_role(self.train_button, "primary")
        self.train_button.clicked.connect(self._on_train_clicked)
        self.stop_button = QPushButton("Stop")
        set_icon(self.stop_button, "stop")
        self.stop_button.setToolTip("End this run after the current batch; the model so far stays")
        self.stop_button.clicked.connect(self._on_stop_clicked)

    def _build_form(self) -> QFormLayout:
        # One form for both parts, so that their columns stand in line.
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(SPACING)
        form.setVerticalSpacing(SPACING)
        form.addRow("Architecture", self._architecture)
        form.addRow("Backbone", self._backbone)
        form.addRow("Weights", self._weights)
        form.addRow("", self._advice)
        size = QHBoxLayout()
        size.setSpacing(SPACING // 2)
        size.addWidget(self._height, 1)
        size.addWidget(QLabel("×"))
        size.addWidget(self._width, 1)
        form.addRow("Height × width", size)
        form.addRow("Epochs", self._epochs)
        form.addRow("Augmentation", self._augmentation)
        form.addRow(self._more_button)
        self._more = (self._batch_size, self._learning_rate, self._held_out, self._seed, self._name, self._where)
        for field, title in zip(
            self._more, ("Batch size", "Learning rate", "Held out", "Seed", "Name", "Train"), strict=True
        ):
            form.addRow(title, field)
        return form

    def _offer_backbones(self) -> None:
        """Offer those that fit the architecture, and keep the chosen one if it is among them."""
        chosen = self._backbone.currentData()
        with QSignalBlocker(self._backbone):
            self._backbone.clear()
            for name in ARCHITECTURES[self._architecture.currentData()].backbones:
                self._backbone.addItem(BACKBONES[name].title, name)
            self._backbone.setCurrentIndex(max(self._backbone.findData(chosen), 0))
        self._offer_weights()

    def _offer_weights(self) -> None:
        """Offer those that the backbone has, and keep the chosen ones if they are among them."""
        chosen = self._weights.currentData()
        self._weights.clear()
        self._weights.addItem("None: from scratch", UNPRETRAINED)
        if BACKBONES[self._backbone.currentData()].pretrained:
            self._weights.addItem("ImageNet", IMAGENET)
        self._weights.setCurrentIndex(max(self._weights.findData(chosen), 0))

    def _show_more(self, shown: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._more_button.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        for field in self._more:
            self._form.setRowVisible(field, shown)

    def _on_train_clicked(self) -> None:
        try:
            config = self.config()
        except SegstudioError as error:
            self.set_problem(str(error))
            return
        self.set_problem("")
        self._remember(config)
        self.training_requested.emit(config, bool(self._where.currentData()))

    def _on_stop_clicked(self) -> None:
        self.stop_button.setEnabled(False)
        self.stop_requested.emit()

    def _update(self) -> None:
        architecture = ARCHITECTURES[self._architecture.currentData()]
        advice = [architecture.advice]
        if len(architecture.backbones) > 1:
            advice.append(BACKBONES[self._backbone.currentData()].advice)
        self._advice.setText(" ".join(advice))
        train, val = (
            self._dataset.samples.total(split, labelled=True) if self._dataset else 0 for split in ("train", "val")
        )
        validated = f"{val} of val" if val else f"{self._held_out.value()} % of them, held out"
        self._samples.setText(
            f"Learns from {train} masks of train, is measured on {validated}."
            if train
            else "No picture in train has a mask yet. Paint at least one in Label, then train."
        )
        self.train_button.setEnabled(train > 0)
        self.train_button.setVisible(not self._training)
        self.stop_button.setVisible(self._training)

    def _remember(self, config: TrainingConfig) -> None:
        data = config.to_json()
        for name in _REMEMBERED:
            value = config.augmentation.preset if name == "augmentation" else data[name]
            self._store.setValue(f"training/{name}", "x".join(map(str, value)) if isinstance(value, list) else value)

    def _recall(self) -> None:
        values: dict[str, object] = {"dataset": str(Path())}
        for name in _REMEMBERED:
            text = str(self._store.value(f"training/{name}") or "")
            if text:
                values[name] = _parsed(name, text)
        try:
            self.set_config(TrainingConfig.from_json(values))
        except SegstudioError:
            # Damaged or of another version: the defaults, and no fuss (R28).
            self.set_config(TrainingConfig(dataset=Path()))


def _parsed(name: str, text: str) -> object:
    """Turn a remembered text back into a setting's value; what is no value is left for the check to refuse."""
    try:
        match name:
            case "input_size":
                return [int(side) for side in text.split("x")]
            case "learning_rate":
                return float(text)
            case "epochs" | "batch_size" | "seed":
                return int(text)
    except ValueError:
        return None
    return text


def _spin(name: str, low: int, high: int, *, step: int = 1) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setSingleStep(step)
    box.setAccessibleName(name)
    box.setMinimumHeight(24)
    return box
