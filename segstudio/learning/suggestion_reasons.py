"""Why settings are suggested, in a sentence each."""

from dataclasses import dataclass

from segstudio.learning import suggested_values as values
from segstudio.learning.catalog import ARCHITECTURES, BACKBONES, UNPRETRAINED
from segstudio.learning.dataset_facts import DatasetFacts
from segstudio.learning.machine import DeviceFacts, in_gigabytes
from segstudio.learning.settings.augmentation import PRESET_TITLES
from segstudio.learning.settings.loss import LOSSES


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a setting is proposed: its name for people, the value, and one sentence."""

    setting: str
    value: str
    sentence: str


def model_reason(model: values.Model) -> Reason:
    """Say why this model."""
    return Reason("Model", _titled(model), model.reason)


def size_reason(data: DatasetFacts, size: tuple[int, int], fit: str, scale: float, device: DeviceFacts) -> Reason:
    """Say why this input size; ``scale`` is by what the pictures' sides would be multiplied if resized."""
    (height, width), value = data.size, f"{size[0]} × {size[1]}"
    if fit == "crop":
        sentence = f"Pictures of {height} × {width} resized to that would lose their small things."
        return Reason("Input size", f"{value}, random crops", sentence)
    if scale == 1:
        return Reason("Input size", value, f"The pictures themselves have {height} × {width} pixels.")
    sentence = f"The shape of pictures of {height} × {width}, at a size for which {device.words} is quick enough."
    return Reason("Input size", value, sentence)


def epochs_reason(data: DatasetFacts, epochs: int, steps: int, budget: values.Budget, device: DeviceFacts) -> Reason:
    """Say why so many epochs, which have so many steps in all."""
    if epochs == budget.most_epochs:
        sentence = f"There are {_masks(data)} only, so that each must be gone through often."
    elif epochs == budget.least_epochs:
        sentence = f"With {_masks(data)} a few rounds are many steps, and long enough on {device.words}."
    else:
        sentence = f"With {_masks(data)} that makes {steps:,} steps: what {device.words} does in good time."
    return Reason("Epochs", str(epochs), sentence)


def augmentation_reason(data: DatasetFacts, preset: str) -> Reason:
    """Say why pictures are changed so much or so little."""
    if data.masks <= values.FEW_MASKS:
        sentence = f"{_masks(data).capitalize()} are few: changed at every turn, they teach more."
    elif preset == "none":
        sentence = f"{_masks(data).capitalize()} are varied enough as they are."
    else:
        sentence = "A little of it helps as a rule and costs little time."
    return Reason("Augmentation", PRESET_TITLES[preset].split(":")[0], sentence)


def batch_reason(device: DeviceFacts, batch_size: int, accumulation: int, *, most: int) -> Reason:
    """Say why this batch size; ``most`` is the largest that suits the device."""
    if accumulation > 1:
        memory = in_gigabytes(device.memory_bytes)
        sentence = f"More would not fit into {memory}; the gradients of {accumulation} batches are averaged instead."
    elif batch_size < most:
        sentence = "With so few masks a larger batch would leave too few steps an epoch."
    else:
        sentence = f"As many as {device.words} takes at a time without becoming slower for each."
    return Reason("Batch size", str(batch_size), sentence)


def loss_reason(data: DatasetFacts, loss: str) -> Reason:
    """Say why this loss."""
    title, rarest = LOSSES[loss], data.rarest  # type: ignore[index] # one of its words
    if loss == "cross_entropy_dice" and rarest is not None:
        sentence = f"“{rarest.name}” has only {_percent(rarest.share)} of the pixels; Dice keeps it from being lost."
    elif data.scribbled:
        painted = f"{data.painted * 100:.0f} %"
        sentence = f"Only {painted} of the masks is painted: how large things are cannot be learned from that."
    else:
        sentence = "No class is rare, so that the plainest loss will do."
    return Reason("Loss", title, sentence)


def weighting_reason(data: DatasetFacts, weighting: str) -> Reason | None:
    """Say why classes weigh differently; None where they do not."""
    if weighting == "none" or data.rarest is None:
        return None
    sentence = f"The most frequent class has {data.unevenness:,.0f} times the pixels of “{data.rarest.name}”."
    return Reason("Class weights", "Rare classes more", sentence)


def missing_reason(data: DatasetFacts) -> Reason | None:
    """Name the classes that no mask holds; None where there are none."""
    missing = [f"“{entry.name}”" for entry in data.classes if entry.share == 0]
    if not missing:
        return None
    names = ", ".join(missing[:3]) + (" and others" if len(missing) > 3 else "")
    return Reason("Still to paint", "", f"No mask in train holds {names}: nothing can be learned of that.")


def _titled(model: values.Model) -> str:
    architecture, backbone = ARCHITECTURES[model.architecture], BACKBONES[model.backbone]
    title = architecture.title if len(architecture.backbones) == 1 else f"{architecture.title} on {backbone.title}"
    return title if model.weights == UNPRETRAINED else f"{title}, pretrained"


def _masks(data: DatasetFacts) -> str:
    return f"{data.masks:,} {'mask' if data.masks == 1 else 'masks'}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %" if share >= 0.001 else "less than 0.1 %"
