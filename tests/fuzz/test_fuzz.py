"""A short version of ``make fuzz``: damaged files are told about, and nothing else happens."""

import pytest

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.doctor.verify import verify
from segstudio.dataset.problems import Severity
from tests.fuzz.masks import Fuzz
from tests.fuzz.mutations import damaged
from tests.fuzz.seeds import make_seeds


# Pillow warns of what is odd in a file; the program reads it, or says in its own words why not.
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_two_hundred_damaged_files_never_end_the_program(tmp_path):
    """R28, R33."""
    fuzz = Fuzz(tmp_path)
    for seed in range(1_000_000, 1_000_200):
        try:
            fuzz.run(seed)
        except Exception as error:
            error.add_note(f"python -m tests.fuzz.masks --only {seed}   ({fuzz.describe(seed)})")
            raise


def test_the_sound_files_are_read_and_damage_is_the_same_for_the_same_seed(tmp_path):
    from random import Random

    seeds = make_seeds(tmp_path)
    for path, root in seeds:
        if root.name.startswith(("picture-", "classes-")):
            wrong = {each.kind for each in verify(open_dataset(root)) if each.severity is Severity.ERROR}
            assert wrong == ({"unrotated_mask"} if "turned" in root.name else set()), root.name
        data = path.read_bytes()
        assert damaged(data, path.suffix, Random(5)) == damaged(data, path.suffix, Random(5))
    path = seeds[0][0]
    assert any(damaged(path.read_bytes(), ".png", Random(seed)) != path.read_bytes() for seed in range(3))


def test_a_defect_would_be_seen(tmp_path, monkeypatch):
    fuzz = Fuzz(tmp_path)

    def defect(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr("tests.fuzz.masks.verify", defect)
    seed = next(seed for seed in range(50) if fuzz.describe(seed).startswith("picture-"))
    with pytest.raises(ZeroDivisionError):
        fuzz.run(seed)
