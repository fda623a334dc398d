"""A small dataset and one run on it, both made by the command line."""

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
def dataset(tmp_path_factory):
    """A sample dataset of eight small pictures with a run named ``first``. Only to be read."""
    folder = tmp_path_factory.mktemp("cli") / "scenes"
    make_sample_dataset(folder, train=4, val=3, test=1, size=(40, 56))
    words = ["train", folder, "--architecture", "unet_mini", "--input-size", "32x48", "--epochs", 2, "--run", "first"]
    assert run([str(word) for word in words]) == 0
    return folder


@pytest.fixture(scope="session")
def first_run(dataset):
    return dataset / "runs" / "first"
