"""States, tags and notes of samples: nothing that anybody said is lost."""

import json
import threading
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.dataset import review as review_module
from segstudio.dataset.file_lock import locked
from segstudio.dataset.review import (
    NO_REVIEW,
    Review,
    ReviewChange,
    ReviewError,
    ReviewState,
    clean_tags,
    load_reviews,
    renamed_reviews,
    update_reviews,
)

DONE = Review(ReviewState.DONE)


def say(folder, key, after, before=NO_REVIEW):
    return update_reviews(folder, {key: ReviewChange(before, after)})[0]


def raw(folder):
    return json.loads((folder / "review.json").read_text(encoding="utf-8"))


def test_what_is_said_is_read_again(tmp_path):
    review = Review(ReviewState.NEEDS_WORK, ("mücke", "夜"), "the edge\nof the wing")
    say(tmp_path, "train/データ é 空", review)
    assert load_reviews(tmp_path) == ({"train/データ é 空": review}, "")


def test_a_dataset_of_which_nothing_is_said_has_no_file(tmp_path):
    assert load_reviews(tmp_path) == ({}, "")
    assert list(tmp_path.iterdir()) == []


def test_keys_that_are_no_unicode_come_back(tmp_path):
    """R20."""
    say(tmp_path, "train/bild\udcff", DONE)
    assert load_reviews(tmp_path)[0] == {"train/bild\udcff": DONE}


def test_what_others_wrote_meanwhile_stays(tmp_path):
    say(tmp_path, "train/a", Review(tags=("night",)))
    mine = load_reviews(tmp_path)[0]["train/a"]
    say(tmp_path, "train/b", DONE)  # by another window
    say(tmp_path, "train/a", Review(ReviewState.DONE, ("night", "rain"), "theirs"), mine)
    found = say(tmp_path, "train/a", Review(tags=("blurred",)), mine)
    assert found == {"train/b": DONE, "train/a": Review(ReviewState.DONE, ("blurred", "rain"), "theirs")}


def test_what_other_programs_put_into_the_file_stays(tmp_path):
    data = {"made by": "x", "samples": {"train/a": {"reviewer": "Ada", "state": "approved"}, "train/b": {"n": 1}}}
    (tmp_path / "review.json").write_text(json.dumps(data), encoding="utf-8")
    say(tmp_path, "train/a", Review(notes="hm"))
    say(tmp_path, "train/b", NO_REVIEW, DONE)
    samples = {"train/a": {"reviewer": "Ada", "state": "approved", "notes": "hm"}, "train/b": {"n": 1}}
    assert raw(tmp_path) == {"made by": "x", "samples": samples}


def test_a_review_that_says_nothing_any_more_leaves_the_file(tmp_path):
    say(tmp_path, "train/a", Review(ReviewState.DONE, ("x",), "y"))
    say(tmp_path, "train/a", NO_REVIEW, Review(ReviewState.DONE, ("x",), "y"))
    assert raw(tmp_path) == {"samples": {}}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[1]", b'{"samples": []}', b'{"samples": {"a": 3}}', b"[" * 100_000]
)
def test_a_damaged_file_is_kept_aside_and_said(tmp_path, content):
    (tmp_path / "review.json").write_bytes(content)
    reviews, said = load_reviews(tmp_path)
    assert reviews == {}
    (kept,) = tmp_path.glob("review.damaged-*.json")
    assert kept.name in said
    assert kept.read_bytes() == content
    (tmp_path / "review.json").write_bytes(content)
    reviews, said = update_reviews(tmp_path, {"train/a": ReviewChange(NO_REVIEW, DONE)})
    assert reviews == {"train/a": DONE}
    assert len(list(tmp_path.glob("review.damaged-*.json"))) == 2


def test_strange_fields_count_as_not_said(tmp_path):
    entries = {"a": {"state": 3, "tags": ["x", 4, " x "], "notes": []}, "b": {"tags": {}}}
    (tmp_path / "review.json").write_text(json.dumps({"samples": entries}), encoding="utf-8")
    assert load_reviews(tmp_path) == ({"a": Review(tags=("x",))}, "")


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    """R1."""
    say(tmp_path, "train/a", DONE)
    before = (tmp_path / "review.json").read_bytes()

    def full(*_words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("segstudio.dataset.files.os.replace", full)
    with pytest.raises(ReviewError, match="No space left"):
        say(tmp_path, "train/b", DONE)
    assert (tmp_path / "review.json").read_bytes() == before


def test_whoever_holds_the_file_for_good_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(review_module, "_PATIENCE_SECONDS", 0.1)
    with locked(tmp_path / ".segstudio" / "review.lock"), pytest.raises(ReviewError, match="another program"):
        say(tmp_path, "train/a", DONE)


def test_two_that_write_at_once_lose_nothing(tmp_path):
    def write(name):
        for number in range(20):
            say(tmp_path, f"train/{name}{number}", DONE)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load_reviews(tmp_path)[0]) == 60


def test_reviews_follow_their_samples_even_where_two_change_places(tmp_path):
    say(tmp_path, "train/a", DONE)
    say(tmp_path, "val/a", Review(tags=("x",)))
    renamed_reviews(tmp_path, {"train/a": "val/a", "val/a": "train/a", "train/c": "val/c"})
    assert load_reviews(tmp_path)[0] == {"val/a": DONE, "train/a": Review(tags=("x",))}


def test_tags_are_cleaned():
    assert clean_tags(["  two   words ", "a", "a", "", " "]) == ("a", "two words")


reviews = st.builds(
    Review,
    st.sampled_from(ReviewState),
    st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(lambda tags: tuple(sorted(tags))),
    st.sampled_from(["", "note", "other"]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["train/a", "val/b"]), reviews), max_size=8))
def test_any_changes_and_their_reversals_lead_back(tmp_path_factory, steps):
    """R7."""
    folder = tmp_path_factory.mktemp("review")
    now: Mapping[str, Review] = {}
    done = []
    for key, after in steps:
        change = ReviewChange(now.get(key, NO_REVIEW), after)
        now, _said = update_reviews(folder, {key: change})
        assert now.get(key, NO_REVIEW) == after
        done.append((key, change))
    for key, change in reversed(done):
        now, _said = update_reviews(folder, {key: change.reversed})
    assert now == {}


def test_a_large_file_is_read_as_json_reads_it_also_where_somebody_edited_it(tmp_path):
    changes = {
        f"train/é {number}": ReviewChange(NO_REVIEW, Review(ReviewState.DONE, ("a", "ü"), "two\nlines }"))
        for number in range(2500)
    }
    (tmp_path / "review.json").write_text('{"other": {"x": [1]}, "samples": {}}')
    now, _said = update_reviews(tmp_path, changes)
    text = (tmp_path / "review.json").read_bytes()
    assert review_module._parsed_by_lines(text.splitlines()) == json.loads(text)
    assert load_reviews(tmp_path) == (now, "")
    assert len(now) == 2500
    edited = text.replace(b'"train/\\u00e9 999": {', b'"train/\\u00e9 999":\n {\n')
    assert edited != text
    (tmp_path / "review.json").write_bytes(edited)
    assert load_reviews(tmp_path) == (now, "")
    (tmp_path / "review.json").write_bytes(text[:-4])
    assert "damaged" in load_reviews(tmp_path)[1]
