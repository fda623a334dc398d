"""A person merges, renames, leaves out and orders classes before anything is written."""

from pathlib import Path

import numpy as np

from segstudio.dataset.formats.annotation import DrawnObject, Objects, Raster
from segstudio.dataset.formats.mapping_draft import MappingDraft
from segstudio.dataset.formats.source import Source, SourceClass

ROW = Raster(np.array([[0, 1, 2]]))


def source(*classes: SourceClass, complete: bool = False) -> Source:
    return Source("test", Path(), classes, (), lambda *_: ROW, complete=complete)


CARS = source(SourceClass("sky", 4), SourceClass("car", 7), SourceClass("bus", 9))
ALL = source(SourceClass("sky", 0), SourceClass("car", 1), SourceClass("bus", 2), complete=True)


def test_it_begins_as_the_source_has_it():
    mapping = MappingDraft.of(CARS).mapping()

    assert mapping.mask(ROW).tolist() == [[4, 7, 9]]
    assert [entry.name for entry in mapping.classes] == ["background", "sky", "car", "bus"]


def test_classes_of_one_name_are_merged_and_keep_the_id_of_the_one_whose_name_it_is():
    mapping = MappingDraft.of(CARS).becoming(1, "bus").mapping()

    assert mapping.mask(ROW).tolist() == [[4, 9, 9]]
    assert [entry.name for entry in mapping.classes] == ["background", "sky", "bus"]


def test_a_name_of_its_own_for_two_classes():
    mapping = MappingDraft.of(CARS).becoming(1, " vehicle ").becoming(2, "vehicle").mapping()

    assert mapping.mask(ROW).tolist() == [[4, 7, 7]]
    assert [entry.name for entry in mapping.classes] == ["background", "sky", "vehicle"]


def test_what_is_left_out_becomes_background():
    mapping = MappingDraft.of(CARS).becoming(0, None).mapping()

    assert mapping.mask(ROW).tolist() == [[0, 7, 9]]
    assert [entry.id for entry in mapping.classes] == [0, 7, 9]


def test_what_is_left_out_of_a_source_without_background_is_ignored_and_never_another_class():
    """R33: not class 0 in silence."""
    mapping = MappingDraft.of(ALL).becoming(1, "").mapping()

    assert mapping.mask(ROW).tolist() == [[0, 255, 2]]
    assert mapping.classes.ignored_ids == {255}
    assert MappingDraft.of(ALL).mapping().classes.ids == (0, 1, 2)


def test_the_background_itself_can_be_renamed():
    with_ground = source(SourceClass("_background_", background=True), SourceClass("car"), SourceClass("bus"))

    mapping = MappingDraft.of(with_ground).becoming(0, "ground").mapping()

    assert mapping.mask(ROW).tolist() == [[0, 1, 2]]
    assert [entry.name for entry in mapping.classes] == ["ground", "car", "bus"]


def test_a_class_moved_up_lies_over_the_others():
    pixel = np.ones((1, 1), dtype=bool)
    stacked = Objects((1, 1), tuple(DrawnObject(position, 0, 0, pixel) for position in (0, 1, 2)))
    draft = MappingDraft.of(CARS)

    assert draft.mapping().mask(stacked).tolist() == [[9]]
    assert draft.moved(0, 1).moved(0, 1).mapping().mask(stacked).tolist() == [[4]]
    assert draft.moved(0, 1).moved(0, 5).ordered(None) == draft
