"""What all tests share: settings and home that belong to the test, and the real data where it is."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real pictures; tests that need it are skipped where it is missing."""
    folder = Path(os.environ.get("SEGSTUDIO_DATA", Path(__file__).parents[1] / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"the real pictures are not at {folder} (set SEGSTUDIO_DATA to their folder)")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep settings, caches and recent lists of a test away from those of the person who runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SEGSTUDIO_HOME", str(home))
    return home


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what goes through ``main`` last: once ``QApplication.exec`` has returned, no later test hears its jobs."""
    items.sort(key=lambda item: item.path.name == "test_end_to_end.py")
