"""The table of samples says the same as a list of them would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.samples import SPLITS, Sample, Samples, SplitTable

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
ROWS = st.dictionaries(NAMES, st.booleans(), max_size=8)


def table(split, folder, rows):
    names = sorted(rows)
    masks = [f"{name}.png" if rows[name] else None for name in names]
    return SplitTable(split, folder / "pictures", folder / "masks", names, [f"{name}.jpg" for name in names], masks)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("dataset")


@given(splits=st.dictionaries(st.sampled_from(SPLITS), ROWS), more=NAMES)
def test_whatever_is_asked_the_table_answers_as_a_list(folder, splits, more):
    samples = Samples([table(split, folder, rows) for split, rows in reversed(splits.items())])
    listed = list(samples)
    assert len(samples) == len(listed)
    assert listed == sorted(listed, key=lambda sample: (SPLITS.index(sample.split), sample.name))
    assert [samples[position] for position in range(len(samples))] == listed
    assert list(samples[1:3]) == listed[1:3]
    assert list(samples.keys()) == [sample.key for sample in listed]
    assert list(samples.names()) == [sample.name for sample in listed]
    assert samples.masked() == [sample.mask is not None for sample in listed]
    assert list(samples.keys(labelled=True)) == [sample.key for sample in listed if sample.mask is not None]
    for position, sample in enumerate(listed):
        assert samples.position(sample.key) == samples.place(sample.key) == position
        assert samples.find(sample.key) == sample
        assert sample in samples
    for split in SPLITS:
        of_split = [sample for sample in listed if sample.split == split]
        assert list(samples.of_split(split)) == of_split
        assert [samples[position] for position in samples.span(split)] == of_split
        assert samples.total(split) == len(of_split)
        assert samples.total(split, labelled=True) == sum(sample.mask is not None for sample in of_split)
        key = f"{split}/{more}"
        if samples.find(key) is None:
            before = [s for s in listed if (SPLITS.index(s.split), s.name) < (SPLITS.index(split), more)]
            assert samples.place(key) == len(before)


@given(rows=ROWS)
def test_the_labelled_keys_are_those_with_a_mask(folder, rows):
    labelled = Samples([table("test", folder, rows)]).labelled
    expected = {f"test/{name}" for name, masked in rows.items() if masked}
    assert set(labelled) == expected
    assert len(labelled) == len(expected)
    assert all((f"test/{name}" in labelled) is masked for name, masked in rows.items())
    assert "test/nobody" not in labelled
    assert None not in labelled


@given(rows=ROWS.filter(lambda rows: not all(rows.values())))
def test_saving_a_mask_changes_that_sample_only_and_not_the_table_it_came_from(folder, rows):
    samples = Samples([table("train", folder, rows)])
    before = list(samples)
    bare = next(sample for sample in before if sample.mask is None)
    saved = samples.with_saved_masks([bare.key])
    assert saved.find(bare.key).mask == bare.target
    assert [sample for sample in saved if sample.key != bare.key] == [s for s in before if s.key != bare.key]
    assert list(samples) == before
    assert saved != samples
    assert saved.with_saved_masks([bare.key]) is saved


def test_unknown_samples_are_not_found_and_cannot_be_saved(folder):
    samples = Samples([table("val", folder, {"a": True})])
    assert samples.find("val/b") is None
    assert samples.find("nonsense") is None
    assert Sample("val", "a", folder / "other.jpg", None, folder / "a.png") not in samples
    with pytest.raises(KeyError, match="val/b"):
        samples.with_saved_masks(["val/b"])
    with pytest.raises(IndexError):
        samples[1]


def test_odd_names_are_paired_as_paths_would_be(tmp_path):
    """R19, R20: stems are those of `Path.stem`; what is hidden or has no ending is no picture."""
    (tmp_path / "images").mkdir()
    for name in ("a.b.PNG", "データ é.jpg", "100%.tif", "dot..png", ".hidden.png", "README", "x.", "[1].webp"):
        (tmp_path / "images" / name).write_bytes(b"")
    dataset = open_dataset(tmp_path)
    assert {sample.image.name: sample.name for sample in dataset} == {
        path.name: path.stem
        for path in (tmp_path / "images").iterdir()
        if path.name not in {".hidden.png", "README", "x."}
    }


def test_masks_of_a_read_only_dataset_keep_their_own_folder(tmp_path):
    for folder, name in (("there/train_images", "a.png"), ("there/train_segmentation", "a.png")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / name).write_bytes(b"")
    dataset = open_dataset(tmp_path / "there", output=tmp_path / "here")
    (sample,) = dataset
    assert sample.mask == tmp_path / "there" / "train_segmentation" / "a.png"
    assert sample.target == tmp_path / "here" / "train_segmentation" / "a.png"
    (saved,) = dataset.with_saved_mask(sample.key)
    assert saved.mask == sample.target
