"""What a person's model answers, checked and brought into the form of all models: logits of the picture's size."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from segstudio.learning.models.own_code import OwnModelError

_PACKAGE = "segstudio"

Size = tuple[int, int, int]
"""(height, width, channels) of the pictures in training."""

_SMALLEST = 1e-7
_WEIGHTLESS = (keras.layers.Reshape, keras.layers.Permute, keras.layers.Identity)
_NORMALISING = ("softmax", "sigmoid")


@keras.saving.register_keras_serializable(_PACKAGE)
class Unflatten(keras.layers.Layer):
    """Lays a flat answer out over its picture.

    Input: (batch, height * width, channels) row by row, and the pictures (batch, height, width, any).
    Output: (batch, height, width, channels).
    """

    def call(self, inputs: list[Any]) -> Any:
        """Reshape."""
        flat, pictures = inputs
        batch, height, width = ops.shape(pictures)[:3]
        return ops.reshape(flat, (batch, height, width, flat.shape[-1]))

    def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """Take the sides of the pictures and the channels of the answer."""
        flat, pictures = shapes
        return pictures[0], pictures[1], pictures[2], flat[-1]


@keras.saving.register_keras_serializable(_PACKAGE)
class Logarithm(keras.layers.Layer):
    """The logarithm of probabilities, of which a softmax makes the same probabilities again."""

    def call(self, probabilities: Any) -> Any:
        """Take the logarithm, of nothing less than 1e-7."""
        return ops.log(ops.maximum(probabilities, _SMALLEST))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Keep the shape."""
        return shape


def to_logits(built: Any, name: str, *, n_classes: int, input_shape: Size) -> keras.Model:
    """Check what a person's ``build`` returned, and return it as a functional model from pictures to logits.

    A softmax (or sigmoid) at the end becomes linear; of probabilities that come in another way the logarithm is taken;
    a flat answer is laid out.

    Args:
        built: what ``build`` returned.
        name: of its file, for messages.
        n_classes: how many channels it must answer.
        input_shape: (height, width, channels) of the pictures in training.

    Raises:
        OwnModelError: it is no Keras model, or its answer has not this form; the message says what to change.
    """
    if not isinstance(built, keras.Model):
        raise OwnModelError(f"{name}: build must return a Keras model. It returned {type(built).__name__}.")
    model = _functional(built, name, input_shape)
    _check_input(model, name, input_shape)
    linear = _without_activation(model)
    answer = _try_out(model, name, input_shape)
    _check_answer(answer, name, n_classes, input_shape)
    output = model.output
    if not linear and _are_probabilities(answer):
        output = Logarithm(name="logarithm")(output)
    if answer.ndim == 3:
        output = Unflatten(name="laid_out")([output, model.input])
    if output is model.output and output.dtype == "float32":
        return model
    return keras.Model(model.input, keras.layers.Identity(dtype="float32", name="own_logits")(output), name=model.name)


def _functional(built: keras.Model, name: str, input_shape: Size) -> keras.Model:
    """Return the model itself if its graph is known, else one around it: of classes with a ``call`` of their own."""
    try:
        inputs, outputs = built.inputs, built.outputs
    except (AttributeError, ValueError):
        inputs = outputs = None
    if inputs and outputs and all(hasattr(tensor, "_keras_history") for tensor in outputs):
        if len(inputs) != 1 or len(outputs) != 1:
            raise OwnModelError(
                f"{name}: the model has {len(inputs)} inputs and {len(outputs)} outputs. It must have one of each."
            )
        return built if not isinstance(built, keras.Sequential) else keras.Model(inputs[0], outputs[0])
    pictures = keras.Input(input_shape, name="pictures")
    try:
        return keras.Model(pictures, built(pictures), name=built.name)
    except (ValueError, TypeError, NotImplementedError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise OwnModelError(f"{name}: the model cannot be called with pictures {input_shape}: {reason}") from error


def _check_input(model: keras.Model, name: str, input_shape: Size) -> None:
    shape = tuple(model.input.shape[1:])
    if len(shape) != 3:
        raise OwnModelError(
            f"{name}: the model takes inputs of shape {shape}. It must take pictures (height, width, channels)."
        )
    if any(own not in (None, wanted) for own, wanted in zip(shape, input_shape, strict=True)):
        raise OwnModelError(
            f"{name}: the model takes pictures of shape {shape}, it is to be trained on {tuple(input_shape)}. "
            "Use input_shape as build gets it, or (None, None, 3)."
        )


def _without_activation(model: keras.Model) -> bool:
    """Make a softmax or sigmoid at the end linear; return whether there was one that could be."""
    layer = model.output._keras_history.operation  # noqa: SLF001 - Keras has no other way to ask for the last layer
    while isinstance(layer, _WEIGHTLESS):
        layer = layer.input._keras_history.operation  # noqa: SLF001
    activation = getattr(layer, "activation", None)
    if getattr(activation, "__name__", "") not in _NORMALISING:
        return False
    layer.activation = keras.activations.linear
    return True


def _try_out(model: keras.Model, name: str, input_shape: Size) -> npt.NDArray[Any]:
    pictures = np.random.default_rng(0).uniform(0, 255, (1, *input_shape)).astype(np.float32)
    try:
        return np.asarray(keras.ops.convert_to_numpy(model(pictures, training=False)))
    except Exception as error:  # whatever a person's layers may raise
        reason = str(error).strip().partition("\n")[0]
        raise OwnModelError(
            f"{name}: the model does not answer pictures of {input_shape[0]} × {input_shape[1]}: {reason} "
            "Another input size may help: a multiple of 32, say."
        ) from error


def _check_answer(answer: npt.NDArray[Any], name: str, n_classes: int, input_shape: Size) -> None:
    height, width = input_shape[:2]
    if answer.shape[-1] != n_classes:
        hint = " For two classes, answer two channels with a softmax, not one." if answer.shape[-1] == 1 else ""
        raise OwnModelError(
            f"{name}: the model answers {answer.shape[-1]} channels, {n_classes} classes count. "
            f"Use n_classes as build gets it.{hint}"
        )
    if answer.shape[1:3] != (height, width) and answer.shape[1:-1] != (height * width,):
        raise OwnModelError(
            f"{name}: the model answers {answer.shape[1:]} to a picture of {height} × {width}. It must answer "
            f"{(height, width, n_classes)}: enlarge what was made smaller, and choose an input size that can be halved "
            "as often as the model does."
        )
    if "float" not in answer.dtype.name:
        raise OwnModelError(
            f"{name}: the model answers {answer.dtype}, not scores or probabilities. Leave out the argmax at the end."
        )


def _are_probabilities(answer: npt.NDArray[Any]) -> bool:
    return bool((answer >= 0).all() and np.allclose(answer.sum(axis=-1), 1.0, atol=1e-3))
