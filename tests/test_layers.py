"""Imports point down only, and the window opens without TensorFlow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "segstudio"
ALLOWED = {
    "dataset": {"dataset", "errors"},
    "painting": {"painting", "dataset", "errors"},
    "learning": {"learning", "dataset", "errors", "__init__"},
    "ui": {"ui", "learning", "painting", "dataset", "errors", "assets"},
    "cli": {"cli", "learning", "dataset", "errors", "loading", "app", "selftest", "__init__"},
}
HEAVY = ("tensorflow", "keras", "imgaug")


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_from_rooms_below(room):
    paths = list((PACKAGE / room).rglob("*.py"))
    assert paths
    for path in paths:
        for module in imported_modules(path):
            if module.startswith("segstudio."):
                assert module.split(".")[1] in ALLOWED[room], f"{path} imports {module}"


@pytest.mark.parametrize("room", ["dataset", "painting", "learning"])
def test_qt_stays_in_the_window(room):
    for path in (PACKAGE / room).rglob("*.py"):
        assert not any(module.startswith(("PySide6", "pyqtgraph")) for module in imported_modules(path)), path


@pytest.mark.parametrize("room", ["dataset", "painting", "ui"])
def test_keras_stays_in_learning(room):
    for path in (PACKAGE / room).rglob("*.py"):
        assert not any(module.startswith(HEAVY) for module in imported_modules(path)), path


def test_only_one_file_imports_imgaug():
    importers = [
        path.name for path in PACKAGE.rglob("*.py") if any(m.startswith("imgaug") for m in imported_modules(path))
    ]
    assert importers == ["augmentation.py"]


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print('\\n'.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.split())


def test_what_the_window_needs_of_learning_loads_no_keras():
    names = ("catalog", "config", "events", "runs", "isolated", "curves", "agreement")
    loaded = loaded_after("\n".join(f"import segstudio.learning.{name}" for name in names))
    assert not loaded & set(HEAVY)


def test_the_window_opens_without_tensorflow_numpy_or_opencv(tmp_path):
    code = (
        "import os; os.environ['QT_QPA_PLATFORM'] = 'offscreen'; "
        f"os.environ['SEGSTUDIO_HOME'] = {str(tmp_path)!r}\n"
        "from PySide6.QtWidgets import QApplication\nfrom segstudio.app import Program\n"
        "app = QApplication([]); program = Program(app); program.show(None); app.processEvents()\n"
        "assert program.window.isVisible()"
    )
    assert not loaded_after(code) & {*HEAVY, "cv2", "numpy", "pyqtgraph"}
