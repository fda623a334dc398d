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


_SIZES = {
    ("unet_separable", "custom"): ModelSize(237_632, 33, 254.5, 2.25),
    ("unet_mini", "custom"): ModelSize(473_440, 33, 890.0, 2.00),
    ("unet", "custom"): ModelSize(7_768_896, 33, 935.0, 2.00),
    ("unet", "vgg16"): ModelSize(18_635_328, 33, 1026.5, 2.00),
    ("unet", "resnet50"): ModelSize(34_538_096, 33, 1467.6, 2.00),
    ("unet", "mobilenet"): ModelSize(9_903_024, 33, 1041.5, 2.00),
    ("unet", "mobilenet_v2"): ModelSize(9_558_832, 33, 1150.8, 2.00),
    ("unet", "mobilenet_v3_large"): ModelSize(9_790_320, 33, 1009.5, 2.00),
    ("unet", "efficientnet_v2_b0"): ModelSize(13_266_240, 33, 1011.6, 2.00),
    ("unet", "convnext_tiny"): ModelSize(33_411_536, 33, 1337.0, 2.00),
    ("segnet", "custom"): ModelSize(9_442_784, 33, 800.0, 2.00),
    ("segnet", "vgg16"): ModelSize(29_475_392, 65, 1185.0, 2.00),
    ("segnet", "resnet50"): ModelSize(30_662_272, 33, 1232.6, 2.00),
    ("segnet", "mobilenet"): ModelSize(7_944_128, 33, 824.5, 2.00),
    ("fcn_8", "custom"): ModelSize(11_206_752, 931, 396.5, 2.06),
    ("fcn_8", "vgg16"): ModelSize(41_455_424, 2_083, 310.5, 2.06),
    ("fcn_8", "resnet50"): ModelSize(26_735_488, 2_851, 746.6, 2.06),
    ("fcn_8", "mobilenet"): ModelSize(4_016_320, 1_571, 340.5, 2.06),
    ("fcn_16", "custom"): ModelSize(11_206_752, 1_554, 396.5, 2.01),
    ("fcn_16", "vgg16"): ModelSize(41_455_424, 2_578, 310.5, 2.01),
    ("fcn_16", "resnet50"): ModelSize(26_735_488, 3_090, 746.6, 2.01),
    ("fcn_16", "mobilenet"): ModelSize(4_016_320, 2_066, 340.5, 2.01),
    ("fcn_32", "custom"): ModelSize(11_206_752, 4_353, 396.5, 2.00),
    ("fcn_32", "vgg16"): ModelSize(41_455_424, 5_121, 310.5, 2.00),
    ("fcn_32", "resnet50"): ModelSize(26_735_488, 5_121, 746.6, 2.00),
    ("fcn_32", "mobilenet"): ModelSize(4_016_320, 4_609, 340.5, 2.00),
    ("pspnet", "custom"): ModelSize(6_162_528, 129, 468.7, 2.02),
    ("pspnet", "vgg16"): ModelSize(16_159_040, 129, 370.7, 2.02),
    ("pspnet", "resnet50"): ModelSize(46_666_624, 513, 1848.4, 2.02),
    ("pspnet", "mobilenet"): ModelSize(9_001_152, 257, 773.9, 2.02),
    ("pspnet", "resnet101"): ModelSize(65_737_088, 513, 3344.4, 2.02),
    ("deeplab_v3_plus", "mobilenet_v2"): ModelSize(4_439_920, 257, 821.9, 2.06),
    ("deeplab_v3_plus", "resnet50"): ModelSize(26_788_016, 257, 1192.7, 2.06),
    ("deeplab_v3_plus", "mobilenet_v3_large"): ModelSize(4_752_752, 257, 669.3, 2.06),
    ("deeplab_v3_plus", "efficientnet_v2_b0"): ModelSize(8_095_872, 257, 838.4, 2.06),
    ("deeplab_v3_plus", "convnext_tiny"): ModelSize(29_324_432, 257, 916.5, 2.06),
}


def size_of(architecture: str, backbone: str) -> ModelSize:
    """Return the size of a pair.

    Raises:
        KeyError: there is no such pair.
    """
    return _SIZES[architecture, backbone]
