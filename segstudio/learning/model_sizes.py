"""How large each model is, without building it. `tests/benchmarks/models.py` counts the table anew."""

from dataclasses import dataclass

_BYTES = 4
_COPIES_OF_WEIGHTS = 4
_OVERHEAD = 1.0


@dataclass(frozen=True, slots=True)
class ModelSize:
    """Sizes that are linear in the number of classes.

    Attributes:
        weights: parameters that do not depend on the classes, for three channels.
        weights_per_class: parameters that each class adds.
        values: activations of all layers a pixel of the padded picture.
        values_per_class: activations that each class adds.
    """

    weights: int
    weights_per_class: int
    values: float
    values_per_class: float

    def parameters(self, n_classes: int) -> int:
        """Return the number of parameters, batch normalisation's statistics included."""
        return self.weights + self.weights_per_class * n_classes

    def training_bytes(self, n_classes: int, *, height: int, width: int, batch_size: int) -> int:
        """Estimate the memory that training takes.

        Four bytes a number: the weights, their gradients and AdamW's two moments, and every layer's activations, kept
        for the backward pass, for every picture of a batch. The padded size counts (whole multiples of 32).
        """
        pixels = (height + -height % 32) * (width + -width % 32)
        values = self.values + self.values_per_class * n_classes
        return round(
            _BYTES * (_COPIES_OF_WEIGHTS * self.parameters(n_classes) + _OVERHEAD * batch_size * pixels * values)
        )


_SIZES: dict[tuple[str, str], ModelSize] = {}


def size_of(architecture: str, backbone: str) -> ModelSize:
    """Return the size of a pair.

    Raises:
        KeyError: there is no such pair.
    """
    return _SIZES[architecture, backbone]
