"""Samples of a source are shared out among the splits."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.dataset.formats.dividing import SplitRule, divide
from segstudio.dataset.formats.source import FormatError, SourceSample


def samples(count: int, **fields: object) -> list[SourceSample]:
    return [SourceSample(f"s{number:03}", None, **fields) for number in range(count)]  # type: ignore[arg-type]


def test_the_splits_of_the_source_are_kept():
    given_splits = ["train", "test", "val", None]
    own = [SourceSample(f"{i}", None, split=split) for i, split in enumerate(given_splits)]

    assert divide(own, SplitRule(val=0.5)) == ["train", "test", "val", "train"]


def test_they_are_shared_out_anew_on_demand():
    own = [SourceSample(f"{i}", None, split="test") for i in range(10)]

    assert Counter(divide(own, SplitRule(keep=False, val=0.2))) == {"train": 8, "val": 2}


@given(count=st.integers(0, 60), val=st.sampled_from([0, 0.1, 0.25, 0.5]), test=st.sampled_from([0, 0.2, 0.5]))
def test_shares_are_met_to_within_one_sample(count: int, val: float, test: float):
    found = Counter(divide(samples(count), SplitRule(val=val, test=test)))

    for split, share in (("val", val), ("test", test), ("train", 1 - val - test)):
        assert abs(found[split] - share * count) <= 1
        assert share > 0 or found[split] == 0


def test_one_seed_gives_one_division_and_another_seed_another():
    assert divide(samples(40), SplitRule(seed=3)) == divide(samples(40), SplitRule(seed=3))
    assert divide(samples(40), SplitRule(seed=3)) != divide(samples(40), SplitRule(seed=4))


@pytest.mark.parametrize("seed", range(5))
def test_a_rare_class_is_in_every_split(seed: int):
    present = {position: {0, 7} if position < 5 else {0} for position in range(100)}

    splits = divide(samples(100), SplitRule(val=0.2, test=0.2, seed=seed), present)

    assert Counter(splits[:5]) == {"train": 3, "val": 1, "test": 1}
    assert Counter(splits) == {"train": 60, "val": 20, "test": 20}


@given(st.lists(st.integers(0, 6), min_size=1, max_size=50), st.integers(0, 10))
def test_a_group_is_never_split_up(numbers: list[int], seed: int):
    frames = [SourceSample(f"video{number}_frame{i:04}", None) for i, number in enumerate(numbers)]

    splits = divide(frames, SplitRule(val=0.3, test=0.2, seed=seed, group=r"(.*)_frame"))

    of_group: dict[int, set[str]] = {}
    for number, split in zip(numbers, splits, strict=True):
        of_group.setdefault(number, set()).add(split)
    assert all(len(found) == 1 for found in of_group.values())


def test_groups_that_the_source_knows_of_stay_together():
    own = [SourceSample(f"{i}", None, group="patient " + str(i // 5)) for i in range(50)]

    splits = divide(own, SplitRule(val=0.2))

    assert all(len(set(splits[start : start + 5])) == 1 for start in range(0, 50, 5))
    assert Counter(splits) == {"train": 40, "val": 10}


@pytest.mark.parametrize("fields", [{"val": -0.1}, {"val": 0.7, "test": 0.4}, {"group": "("}])
def test_a_rule_without_sense_is_refused(fields: dict[str, object]):
    with pytest.raises(FormatError):
        SplitRule(**fields)  # type: ignore[arg-type]
