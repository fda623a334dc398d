"""The figures that `suggesting` goes by, in one place, so that measured ones can take their stead."""

from dataclasses import dataclass

from segstudio.learning import recommended


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model to propose, and why.

    Attributes:
        architecture: a name of `catalog.ARCHITECTURES`.
        backbone: a name that fits it.
        weights: what it begins with.
        learning_rate: the peak that suits it.
        reason: when it is the right one, a sentence.
    """

    architecture: str
    backbone: str
    weights: str
    learning_rate: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a device can be asked to do within a coffee break (processor) or a lunch break (GPU).

    Attributes:
        input_pixels: of the model's input, at most.
        batch_size: pictures a step, at most.
        steps: of a whole run.
        least_epochs: however many pictures there are.
        most_epochs: however few there are.
    """

    input_pixels: int
    batch_size: int
    steps: int
    least_epochs: int
    most_epochs: int


SMALL_MODEL = Model(
    architecture=recommended.ARCHITECTURE,
    backbone=recommended.BACKBONE,
    weights="none",
    learning_rate=recommended.LEARNING_RATE,
    reason="It learns more in a minute without a GPU than any other here.",
)
STRONG_PROCESSOR_MODEL = Model(
    architecture="unet",
    backbone="mobilenet_v2",
    weights="imagenet",
    learning_rate=1e-3,
    reason="Many cores train a light pretrained backbone in good time.",
)
FEW_MASKS_MODEL = Model(
    architecture="unet",
    backbone="mobilenet_v2",
    weights="imagenet",
    learning_rate=1e-3,
    reason="With few masks a light backbone that has learned from photographs gets furthest.",
)
MANY_MASKS_MODEL = Model(
    architecture="unet",
    backbone="efficientnet_v2_b0",
    weights="imagenet",
    learning_rate=5e-4,
    reason="There are masks enough for an accurate pretrained backbone, and a GPU to train it.",
)
SCENE_MODEL = Model(
    architecture="deeplab_v3_plus",
    backbone="resnet50",
    weights="imagenet",
    learning_rate=3e-4,
    reason="Many classes at many sizes and masks in plenty: it looks at wide surroundings and keeps sharp edges.",
)

PROCESSOR = Budget(
    input_pixels=recommended.INPUT_PIXELS,
    batch_size=recommended.BATCH_SIZE,
    steps=10_000,
    least_epochs=recommended.FEWEST_EPOCHS,
    most_epochs=recommended.MOST_EPOCHS,
)
STRONG_PROCESSOR = Budget(input_pixels=256 * 256, batch_size=8, steps=2_500, least_epochs=3, most_epochs=200)
GPU = Budget(input_pixels=512 * 512, batch_size=16, steps=15_000, least_epochs=10, most_epochs=300)

STRONG_CORES = 8
"""From so many cores on a processor is strong."""

SMALL_GPU_BYTES = 3_000_000_000
"""A GPU with less memory is treated as if it were none."""

MEMORY_SHARE = 0.5
"""Of the device's memory, what the estimate of a training may come to: the rest is for what cannot be estimated."""

FEW_MASKS = 60
"""Up to so many masks augmentation is strong and the model light."""

MANY_MASKS = 20_000
"""From so many masks on augmentation has little left to teach."""

SCENE_MASKS = 300
SCENE_CLASSES = 6
"""From so many masks and classes on pictures count as scenes."""

RARE_SHARE = 0.05
"""A class with less of the pixels is rare: an overlap loss keeps it from being passed over."""

UNEVEN = 40.0
"""With so many times as many pixels of the most frequent class as of the rarest, classes are weighted."""

SMALLEST_OBJECT = 40.0
"""Pixels that a class must keep in a resized picture; with fewer, crops at full resolution are learned from."""

SMALLEST_SCALE = 0.15
"""Pictures are not resized to less of their sides: crops then."""

PRESETS_FOR_FEW = ("strong", "light")
PRESETS_AS_A_RULE = ("light",)
PRESETS_FOR_MANY = ("none",)
"""Augmentation, the first that there is."""
