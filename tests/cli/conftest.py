"""A small dataset and one run on it, both made by the command line."""

import contextlib
import io
import json
from types import SimpleNamespace

import pytest

from segstudio.cli import run
from segstudio.dataset.synthetic import make_sample_dataset


@pytest.fixture
def segstudio(capsys):
    """Return a function that runs a command: ``code``, ``out``, ``err`` and, with --json, ``answer``."""

    def command(*words):
        words = [str(word) for word in words]
        capsys.readouterr()
        code = run(words)
        out, err = capsys.readouterr()
        answer = json.loads(out, parse_constant=refuse_constant) if "--json" in words and out else None
        return SimpleNamespace(code=code, out=out, err=err, answer=answer)

    return command


def refuse_constant(text):
    raise AssertionError(f"{text} is not JSON")


@pytest.fixture(scope="session")
def first_training(tmp_path_factory):
    """A sample dataset of eight small pictures with a run named ``first``, and what was said about it on stdout."""
    folder = tmp_path_factory.mktemp("cli") / "scenes"
    make_sample_dataset(folder, train=4, val=3, test=1, size=(40, 56))
    words = ["train", folder, "--architecture", "unet_mini", "--input-size", "32x48", "--epochs", 2, "--run", "first"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert run([str(word) for word in words]) == 0
    return folder, said.getvalue()


@pytest.fixture(scope="session")
def dataset(first_training):
    """The dataset of `first_training`. Only to be read."""
    return first_training[0]


@pytest.fixture(scope="session")
def first_run(dataset):
    return dataset / "runs" / "first"
