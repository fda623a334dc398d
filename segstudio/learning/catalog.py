"""What can be trained, without Keras: the form, the command line and the builder read this table."""

from dataclasses import dataclass

from segstudio.learning.model_sizes import ModelSize, size_of

UNPRETRAINED = "none"
IMAGENET = "imagenet"

OWN = "own"
"""The word for a model that a person wrote, in settings and on the command line; none of `ARCHITECTURES`."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """An encoder that an architecture can stand on.

    Attributes:
        name: the word used in settings and on the command line.
        title: what people read.
        advice: when to choose it, in a sentence.
        source: the paper or text it comes from.
        pretrained: whether there are weights trained on ImageNet, and files of weights can be given.
        parameters: how many there are, without a classifier, for three channels.
    """

    name: str
    title: str
    advice: str
    source: str
    parameters: int
    pretrained: bool = True

    def to_json(self) -> dict[str, object]:
        """Return the entry as plain data."""
        return {
            "name": self.name,
            "title": self.title,
            "advice": self.advice,
            "source": self.source,
            "parameters": self.parameters,
            "weights": [UNPRETRAINED, IMAGENET] if self.pretrained else [UNPRETRAINED],
        }


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model family.

    Attributes:
        name: the word used in settings and on the command line.
        title: what people read.
        backbones: names of the backbones that fit, the usual one first.
        advice: when to choose it, in a sentence.
        source: the paper or text it comes from.
        input_size: (height, width) in pixels to begin with.
    """

    name: str
    title: str
    backbones: tuple[str, ...]
    advice: str
    source: str
    input_size: tuple[int, int]

    def size(self, backbone: str) -> ModelSize:
        """Return how large the model on this backbone is."""
        return size_of(self.name, backbone)

    def to_json(self, *, n_classes: int = 2) -> dict[str, object]:
        """Return the entry as plain data, its parameters and memory for so many classes."""
        height, width = self.input_size
        return {
            "name": self.name,
            "title": self.title,
            "backbones": list(self.backbones),
            "advice": self.advice,
            "source": self.source,
            "input_size": list(self.input_size),
            "parameters": {name: self.size(name).parameters(n_classes) for name in self.backbones},
            "training_bytes": {
                name: self.size(name).training_bytes(n_classes, height=height, width=width, batch_size=4)
                for name in self.backbones
            },
            "legacy_names": [legacy for legacy, (name, _backbone) in LEGACY_NAMES.items() if name == self.name],
        }


_IMAGENET_BACKBONES = ("vgg16", "resnet50", "mobilenet")
_NEWER_BACKBONES = ("mobilenet_v2", "mobilenet_v3_large", "efficientnet_v2_b0", "convnext_tiny")

BACKBONES = {
    entry.name: entry
    for entry in (
        Backbone(
            "custom",
            "Custom",
            "A small plain CNN trained from scratch: for simple jobs and pictures unlike everyday photographs.",
            "Five stages of two convolutions, 32 to 512 filters",
            4_718_176,
            pretrained=False,
        ),
        Backbone(
            "vgg16",
            "VGG16",
            "Plain and thorough, with fine detail, but slow without a GPU.",
            "Simonyan and Zisserman 2014, arXiv:1409.1556",
            14_714_688,
        ),
        Backbone(
            "resnet50",
            "ResNet50",
            "For accuracy, best with pretrained weights.",
            "He et al. 2015, arXiv:1512.03385",
            23_587_712,
        ),
        Backbone(
            "resnet101",
            "ResNet101",
            "For accuracy on a large GPU.",
            "He et al. 2015, arXiv:1512.03385",
            42_658_176,
        ),
        Backbone(
            "mobilenet",
            "MobileNet",
            "For phones and small machines.",
            "Howard et al. 2017, arXiv:1704.04861",
            3_228_864,
        ),
        Backbone(
            "mobilenet_v2",
            "MobileNetV2",
            "For phones and small machines: smaller than MobileNet.",
            "Sandler et al. 2018, arXiv:1801.04381",
            2_257_984,
        ),
        Backbone(
            "mobilenet_v3_large",
            "MobileNetV3 Large",
            "For phones and small machines: quick for its accuracy.",
            "Howard et al. 2019, arXiv:1905.02244",
            2_996_352,
        ),
        Backbone(
            "efficientnet_v2_b0",
            "EfficientNetV2 B0",
            "Accurate for its size, with pretrained weights.",
            "Tan and Le 2021, arXiv:2104.00298",
            5_919_312,
        ),
        Backbone(
            "convnext_tiny",
            "ConvNeXt Tiny",
            "For accuracy on a GPU; slow without one.",
            "Liu et al. 2022, arXiv:2201.03545",
            27_820_128,
        ),
    )
}

ARCHITECTURES = {
    entry.name: entry
    for entry in (
        Architecture(
            "unet_separable",
            "U-Net separable",
            ("custom",),
            "The quickest, made for training without a GPU: start here.",
            "Four levels of separable convolutions at half size; after Ronneberger, Fischer and Brox 2015, "
            "arXiv:1505.04597, and Chollet 2017, arXiv:1610.02357",
            (256, 256),
        ),
        Architecture(
            "unet_mini",
            "U-Net mini",
            ("custom",),
            "The three-level net of many articles: small, with detail at full size.",
            "Three levels of 32, 64 and 128 filters; after Ronneberger, Fischer and Brox 2015, arXiv:1505.04597",
            (128, 128),
        ),
        Architecture(
            "unet",
            "U-Net",
            ("custom", *_IMAGENET_BACKBONES, *_NEWER_BACKBONES),
            "For medical pictures and small objects.",
            "Ronneberger, Fischer and Brox 2015, arXiv:1505.04597",
            (256, 256),
        ),
        Architecture(
            "segnet",
            "SegNet",
            ("custom", *_IMAGENET_BACKBONES),
            "For few, large objects. On ResNet50 and MobileNet, which have no pooling to undo, it enlarges plainly.",
            "Badrinarayanan, Kendall and Cipolla 2015, arXiv:1511.00561",
            (256, 320),
        ),
        Architecture(
            "fcn_8",
            "FCN-8s",
            ("custom", *_IMAGENET_BACKBONES),
            "For few, large objects; the finest of the three FCNs.",
            "Long, Shelhamer and Darrell 2015, arXiv:1411.4038",
            (256, 320),
        ),
        Architecture(
            "fcn_16",
            "FCN-16s",
            ("custom", *_IMAGENET_BACKBONES),
            "For few, large objects; coarser than FCN-8s.",
            "Long, Shelhamer and Darrell 2015, arXiv:1411.4038",
            (256, 320),
        ),
        Architecture(
            "fcn_32",
            "FCN-32s",
            ("custom", *_IMAGENET_BACKBONES),
            "For few, large objects whose edges do not matter.",
            "Long, Shelhamer and Darrell 2015, arXiv:1411.4038",
            (256, 320),
        ),
        Architecture(
            "pspnet",
            "PSPNet",
            ("custom", *_IMAGENET_BACKBONES, "resnet101"),
            "For indoor and street scenes with objects of many sizes; wants an input of around 500 × 500.",
            "Zhao et al. 2017, arXiv:1612.01105",
            (480, 480),
        ),
        Architecture(
            "deeplab_v3_plus",
            "DeepLabv3+",
            ("mobilenet_v2", "resnet50", "mobilenet_v3_large", "efficientnet_v2_b0", "convnext_tiny"),
            "For street scenes and aerial pictures with pretrained weights: objects of many sizes with sharp edges.",
            "Chen et al. 2018, arXiv:1802.02611",
            (320, 320),
        ),
    )
}

LEGACY_NAMES = {
    "fcn_8": ("fcn_8", "custom"),
    "fcn_32": ("fcn_32", "custom"),
    "fcn_8_vgg": ("fcn_8", "vgg16"),
    "fcn_32_vgg": ("fcn_32", "vgg16"),
    "fcn_8_resnet50": ("fcn_8", "resnet50"),
    "fcn_32_resnet50": ("fcn_32", "resnet50"),
    "fcn_8_mobilenet": ("fcn_8", "mobilenet"),
    "fcn_32_mobilenet": ("fcn_32", "mobilenet"),
    "pspnet": ("pspnet", "custom"),
    "vgg_pspnet": ("pspnet", "vgg16"),
    "resnet50_pspnet": ("pspnet", "resnet50"),
    "pspnet_50": ("pspnet", "resnet50"),
    "pspnet_101": ("pspnet", "resnet101"),
    "unet_mini": ("unet_mini", "custom"),
    "unet": ("unet", "custom"),
    "vgg_unet": ("unet", "vgg16"),
    "resnet50_unet": ("unet", "resnet50"),
    "mobilenet_unet": ("unet", "mobilenet"),
    "segnet": ("segnet", "custom"),
    "vgg_segnet": ("segnet", "vgg16"),
    "resnet50_segnet": ("segnet", "resnet50"),
    "mobilenet_segnet": ("segnet", "mobilenet"),
}
"""Names of ``keras_segmentation``: architecture and backbone of each."""


def resolve(name: str, backbone: str | None = None) -> tuple[str, str]:
    """Return the architecture and the backbone that are meant.

    Args:
        name: an architecture, or a name of ``keras_segmentation``; what is neither is returned as it is.
        backbone: the backbone if it was said; else that of the legacy name, or the architecture's usual one.
    """
    if name in LEGACY_NAMES:
        architecture, usual = LEGACY_NAMES[name]
        return architecture, backbone or usual
    entry = ARCHITECTURES.get(name)
    return name, backbone or (entry.backbones[0] if entry else "custom")


def check_weights(backbone: str, weights: str) -> str:
    """Return why a backbone cannot begin with these weights, in a sentence; empty where it can."""
    entry = BACKBONES.get(backbone)
    if entry is None or entry.pretrained or weights == UNPRETRAINED:
        return ""
    return f"The backbone “{backbone}” has no pretrained weights. Choose the weights “{UNPRETRAINED}”."


def note_on_channels(backbone: str, channels: int, weights: str) -> str:
    """Say in a sentence what becomes of pretrained weights for pictures of so many channels; empty for three."""
    if weights == UNPRETRAINED or channels == 3 or not BACKBONES[backbone].pretrained:
        return ""
    if channels == 1:
        return "The grey pictures are repeated in three channels, as the pretrained weights need."
    return f"The pretrained weights need 3 channels: with {channels} the first layer starts anew."
