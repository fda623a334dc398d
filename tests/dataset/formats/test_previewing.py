"""Samples of a source are seen small before anything is written."""

from pathlib import Path

import numpy as np

from segstudio.dataset.formats.mapping_draft import MappingDraft
from segstudio.dataset.formats.previewing import read_previews
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.synthetic import make_sample_dataset


def test_they_look_as_the_mapping_makes_them(tmp_path: Path):
    make_sample_dataset(tmp_path / "in")
    source = open_source(tmp_path / "in")
    draft = MappingDraft.of(source)

    previews = read_previews(source, count=4, side=100)

    assert len(previews) == 4
    for preview in previews:
        assert preview.problem == ""
        assert preview.image is not None
        assert max(preview.image.shape[:2]) <= 100
        usual, other = preview.overlay(draft.mapping()), preview.overlay(draft.becoming(1, None).mapping())
        assert usual is not None
        assert other is not None
        assert usual.shape == preview.image.shape
        assert not np.array_equal(usual, preview.image)
    assert any(
        not np.array_equal(preview.overlay(draft.mapping()), preview.overlay(draft.becoming(1, "sky").mapping()))
        for preview in previews
    )


def test_what_cannot_be_read_says_why(tmp_path: Path):
    make_sample_dataset(tmp_path / "in")
    for image in (tmp_path / "in" / "train_images").iterdir():
        image.write_bytes(b"no picture")
    source = open_source(tmp_path / "in")

    previews = read_previews(source, count=2, side=100)

    assert previews[0].image is None
    assert source.samples[0].name in previews[0].problem
