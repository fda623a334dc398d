"""A model with its optimizer: what learns. It knows nothing of files, events and people."""

from collections.abc import Callable
from typing import Any

import keras

from segstudio.learning.config import TrainingConfig
from segstudio.learning.models.build import with_probabilities
from segstudio.learning.models.encoders import encoder_layers
from segstudio.learning.optimizer import Plateau, learning_rate_of, make_optimizer
from segstudio.learning.pipeline import Batch
from segstudio.learning.precision import computing_in, is_mixed
from segstudio.learning.run_state import RunState
from segstudio.learning.steps import Loss, Steps, compile_steps


class Learner:
    """The model of a run while it learns.

    Attributes:
        model: from pictures to logits, compiled with its optimizer and without a loss.

    Args:
        config: the run's settings.
        build: makes the model, with the weights that it begins with.
        loss: what is made small.
        steps: how many batches the run will learn from.
    """

    def __init__(self, config: TrainingConfig, build: Callable[[], keras.Model], loss: Loss, *, steps: int) -> None:
        self._config = config
        self._build = build
        self._loss = loss
        mixed = is_mixed(config.execution)
        keras.utils.set_random_seed(config.seed)
        with computing_in("mixed_float16" if mixed else "float32"):
            self.model = build()
        self._optimizer = make_optimizer(config.optimization, config.learning_rate, steps)
        if mixed:
            self._optimizer = keras.mixed_precision.LossScaleOptimizer(self._optimizer)
        self._mixed = mixed
        # Compiled without a loss: only so that saving takes the optimizer's state along.
        self.model.compile(optimizer=self._optimizer)
        # For all variables, also those that are frozen at first.
        self._optimizer.build(self.model.trainable_variables)
        self._plateau = Plateau(self._optimizer) if config.optimization.schedule == "plateau" else None
        self._encoder = encoder_layers(self.model, config.backbone) if config.frozen_epochs else []
        self._frozen = False
        self._steps: Steps | None = None
        self._twin: keras.Model | None = None

    @property
    def learning_rate(self) -> float:
        """Of the next step."""
        return learning_rate_of(self._optimizer)

    @property
    def parameters(self) -> int:
        """How many numbers the model learns when nothing is frozen."""
        return int(sum(variable.shape.num_elements() for variable in self.model.trainable_variables))

    def begin_epoch(self, number: int) -> None:
        """Freeze the backbone in the first epochs, as the settings say, and let it learn in those that follow."""
        wanted = bool(self._encoder) and number <= self._config.frozen_epochs
        if self._steps is None or wanted != self._frozen:
            self._frozen = wanted
            size, xla = self._config.input_size, self._config.execution.xla
            self._steps = compile_steps(self.model, self._optimizer, self._loss, size, xla=xla)

    def learn(self, batch: Batch) -> tuple[float, Any]:
        """Make one step; return the loss before it and the predicted indices (batch, height, width)."""
        assert self._steps is not None
        # Only while it is compiled, which may be at any batch: a model is saved with everything trainable, since its
        # optimizer knows all variables.
        self._let_encoder_learn(not self._frozen)
        try:
            loss, predicted = self._steps.learn(*batch)
        finally:
            self._let_encoder_learn(True)
        return float(loss), predicted.numpy()

    def look(self, batch: Batch) -> tuple[float, Any]:
        """Return the loss and the predicted indices (batch, height, width), and learn nothing."""
        assert self._steps is not None
        loss, predicted = self._steps.look(*batch)
        return float(loss), predicted.numpy()

    def end_epoch(self, figure: float, *, better: bool) -> None:
        """Let the learning rate fall if the schedule waits for a plateau of this figure."""
        if self._plateau is not None:
            self._plateau.epoch_ended(figure, better=better)

    def sum_of_weights(self) -> float:
        """No number if any weight is none."""
        return float(sum(float(keras.ops.sum(variable)) for variable in self.model.trainable_variables))

    def for_use(self, model: keras.Model) -> keras.Model:
        """Return the model with probabilities, and in full precision: float16 is slow where there is no GPU."""
        if not self._mixed:
            return with_probabilities(model)
        if self._twin is None:
            with computing_in("float32"):
                self._twin = self._build()
        self._twin.set_weights(model.get_weights())
        return with_probabilities(self._twin)

    def note(self, state: RunState) -> None:
        """Write into a state what `restore` needs beside the model's and the optimizer's variables."""
        state.plateau = None if self._plateau is None else self._plateau.to_json()

    def restore(self, state: RunState) -> None:
        """Go on from a state; the variables are those of that state already."""
        if self._plateau is not None and state.plateau is not None:
            self._plateau.restore(state.plateau)

    def _let_encoder_learn(self, learns: bool) -> None:  # noqa: FBT001 - a plain setter
        if self._frozen:
            for layer in self._encoder:
                layer.trainable = learns
