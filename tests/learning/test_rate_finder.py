"""The range test on small real trainings."""

import json

import pytest

from segstudio.learning.division import DataError
from segstudio.learning.events import Progress
from segstudio.learning.rate_finder import STEPS, find_rate
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.settings.loss import LossSettings
from segstudio.learning.settings.optimization import OptimizationSettings


@pytest.fixture
def config(blocks, small_config, tiny_model):
    def make(**changes):
        return small_config(blocks, **({"augmentation": AugmentationSettings()} | changes))

    return make


def find(config, *, stop_after=None):
    told = []
    found = find_rate(config, emit=told.append, should_stop=lambda: stop_after is not None and len(told) > stop_after)
    return found, told


def test_a_rate_is_found_and_no_run_is_left(config, blocks):
    before = sorted(blocks.rglob("*"))
    found, told = find(config())
    assert sorted(blocks.rglob("*")) == before
    assert 1e-5 < found.suggestion < 1
    assert len(found.losses) == len(found.rates) > STEPS / 2
    assert found.losses[len(found.losses) // 2] is not None
    assert min(found.smoothed) < found.smoothed[0]
    assert [event.done for event in told] == list(range(len(found.rates) + 1))
    assert all(isinstance(event, Progress) and event.total == STEPS for event in told)
    json.dumps(found.to_json(), allow_nan=False)


def test_one_seed_gives_one_answer_whatever_the_rate_of_the_settings(config):
    one, _ = find(config())
    other, _ = find(config(learning_rate=0.3, optimization=OptimizationSettings(schedule="poly", warm_up=0.5)))
    assert one.losses == pytest.approx(other.losses, rel=1e-4)


def test_a_search_ends_when_asked(config):
    found, told = find(config(), stop_after=7)
    assert len(told) == 8
    assert len(found.losses) == 7
    assert found.suggestion is None


def test_with_accumulation_every_rate_has_its_step(config):
    """It is followed once in three batches: three of them are needed for a rate, or two rates in three are unseen."""
    chosen = OptimizationSettings(accumulation=3, optimizer="sgd", momentum=0.0)
    found, _ = find(config(batch_size=2, optimization=chosen))
    assert len(found.losses) > STEPS / 2
    assert found.losses[0] != found.losses[1]
    assert min(found.smoothed) < found.smoothed[0]


@pytest.mark.parametrize("name", ["lovasz", "cross_entropy_dice"])
def test_loss_and_class_weights_of_the_settings_are_used(config, name):
    plain, _ = find(config(loss=LossSettings(name=name)), stop_after=3)
    weighted, _ = find(config(loss=LossSettings(name=name, class_weighting="inverse_frequency")), stop_after=3)
    assert plain.losses[0] != pytest.approx(weighted.losses[0], rel=1e-3)


def test_what_cannot_be_trained_is_refused(config, blocks):
    for mask in (blocks / "train_segmentation").iterdir():
        mask.unlink()
    with pytest.raises(DataError, match="No picture in the train split of blocks has a painted mask"):
        find(config())
