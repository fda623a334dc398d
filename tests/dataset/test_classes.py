"""Lists of classes: what new masks start as, and every change that a person can make."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.classes import (
    DEFAULT_CLASSES,
    ClassesError,
    ClassInfo,
    ClassList,
    load_classes,
    save_classes,
)

FOUR = ClassList(tuple(ClassInfo(i, f"class {i}", (i, i, i)) for i in range(4)))
VOID = ClassInfo(11, "void", (9, 9, 9), ignored=True)

lists = st.lists(
    st.tuples(st.integers(0, 300), st.booleans()), min_size=2, max_size=8, unique_by=lambda pair: pair[0]
).map(lambda pairs: ClassList(tuple(ClassInfo(i, f"n{i}", (1, 2, 3), ignored) for i, ignored in pairs)))


@pytest.mark.parametrize(
    ("classes", "blank", "unpainted"),
    [
        (FOUR, 0, None),
        (ClassList(FOUR.entries[2:]), 2, None),
        (ClassList((*FOUR.entries, VOID)), 0, None),
        (ClassList((*FOUR.entries, VOID), 11), 11, 11),
        (ClassList((ClassInfo(0, "void", (0, 0, 0), ignored=True), FOUR[1])), 0, 0),
    ],
)
def test_new_masks_start_as_class_0_or_the_first_unless_something_else_is_said(classes, blank, unpainted):
    assert classes.blank == blank
    assert classes.unpainted == unpainted


def test_starting_unpainted_adds_an_ignored_class_with_the_id_255():
    classes = FOUR.starting_unpainted()
    assert classes.blank == classes.unpainted == 255
    assert classes.find(255).ignored
    assert classes.counted == FOUR.counted
    assert classes.starting_unpainted() is classes
    assert classes.starting_as(0).blank == 0
    assert classes.starting_as(0).starting_unpainted() == classes


def test_starting_unpainted_takes_the_ignored_255_that_is_there_and_leaves_a_counted_one_alone():
    there = ClassList((*FOUR.entries, ClassInfo(255, "border", (1, 1, 1), ignored=True)))
    assert there.starting_unpainted().ids == there.ids
    counted = ClassList((*FOUR.entries, ClassInfo(255, "unpainted", (1, 1, 1))))
    started = counted.starting_unpainted()
    assert started.blank == 254
    assert started.find(254).name == "unpainted 2"
    full = ClassList(tuple(ClassInfo(i, str(i), (0, 0, 0)) for i in range(256)))
    assert full.starting_unpainted().blank == 256


def test_the_blank_survives_the_disk_and_is_not_written_where_it_is_the_default(tmp_path):
    for classes in (FOUR, FOUR.starting_unpainted()):
        save_classes(tmp_path, classes)
        assert load_classes(tmp_path) == classes
    assert json.loads((tmp_path / "classes.json").read_text())["blank"] == 255
    save_classes(tmp_path, FOUR.starting_as(0))
    assert "blank" not in json.loads((tmp_path / "classes.json").read_text())


def test_classes_txt_starts_as_the_default(tmp_path):
    (tmp_path / "classes.txt").write_text("3\tsky\t#0000ff\n11\tvoid\t#000000\tignore\n")
    assert load_classes(tmp_path).blank == 3


@pytest.mark.parametrize("blank", [7, "255", True, 1.5])
def test_a_blank_that_is_no_class_is_refused_with_the_files_name(tmp_path, blank):
    data = {"classes": [{"id": 0, "name": "a", "colour": "#000000"}], "blank": blank}
    (tmp_path / "classes.json").write_text(json.dumps(data))
    with pytest.raises(ClassesError, match=r"classes\.json"):
        load_classes(tmp_path)


def test_a_new_class_has_a_free_id_but_255_and_stands_before_unpainted():
    assert FOUR.with_new("x").ids == (0, 1, 2, 3, 4)
    assert FOUR.starting_unpainted().with_new("x").ids == (0, 1, 2, 3, 4, 255)
    assert ClassList((*FOUR.entries, VOID)).with_new("x").ids == (0, 1, 2, 3, 11, 4)
    full = ClassList(tuple(ClassInfo(i, str(i), (0, 0, 0)) for i in range(255)))
    assert full.with_new("x").ids[-1] == 256


def test_moving_keeps_to_the_ends():
    assert FOUR.moved(0, 2).ids == (1, 2, 0, 3)
    assert FOUR.moved(3, -5).ids == (3, 0, 1, 2)
    assert FOUR.moved(0, 99).ids == (1, 2, 3, 0)
    with pytest.raises(ClassesError, match="9"):
        FOUR.moved(9, 0)


def test_reordering_names_every_class_once():
    assert FOUR.reordered([3, 1, 0, 2]).ids == (3, 1, 0, 2)
    for wrong in ([0, 1, 2], [0, 1, 2, 3, 3], [0, 1, 2, 9]):
        with pytest.raises(ClassesError, match="once"):
            FOUR.reordered(wrong)


def test_another_order_does_not_change_what_new_masks_start_as():
    without_zero = ClassList(FOUR.entries[1:])
    assert without_zero.moved(3, 0).ids == (3, 1, 2)
    assert without_zero.moved(3, 0).blank == 1
    assert without_zero.reordered([2, 3, 1]).blank == 1


def test_removing_hands_the_blank_to_the_replacement():
    assert FOUR.removed(2, 0).ids == (0, 1, 3)
    assert FOUR.removed(0, 3).blank == 3
    unpainted = FOUR.starting_unpainted()
    assert unpainted.removed(255, 0) == FOUR
    assert unpainted.removed(1, 0).blank == 255


@pytest.mark.parametrize(("class_id", "replacement"), [(9, 0), (0, 9), (1, 1)])
def test_removing_needs_two_classes_that_are_there(class_id, replacement):
    with pytest.raises(ClassesError):
        FOUR.removed(class_id, replacement)


def test_the_last_class_that_counts_cannot_be_removed():
    with pytest.raises(ClassesError, match="At least one"):
        ClassList((FOUR[0], VOID)).removed(0, 11)
    assert DEFAULT_CLASSES.removed(1, 0).ids == (0,)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lists, st.data())
def test_no_change_loses_a_class_or_the_blank(classes, data):
    class_id = data.draw(st.sampled_from(classes.ids))
    position = data.draw(st.integers(-2, 10))
    moved = classes.moved(class_id, position)
    assert sorted(moved.ids) == sorted(classes.ids)
    assert moved.blank == classes.blank
    assert moved.reordered(classes.ids) == classes
    added = classes.with_new("another")
    assert set(added.ids) - set(classes.ids) == {entry.id for entry in added if entry.name == "another"}
    assert added.blank == classes.blank
    assert ClassList.from_json(json.loads(json.dumps(moved.to_json()))) == moved
