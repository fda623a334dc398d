"""What the packaged program stands on: all modules can be imported, and the spec file leaves out nothing they need.

The package itself is built and tried by ``make package`` (R27).
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PyInstaller")

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "segstudio").rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path) for path in SOURCES}


def imported_packages() -> set[str]:
    """Return the top-level packages that segstudio imports anywhere, within functions too."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found


class Step:
    """Stands for one of PyInstaller's build steps: keeps what the spec file asks for instead of building it."""

    def __init__(self, *inputs, **settings):
        self.inputs, self.settings = inputs, settings
        self.scripts, self.pure, self.binaries, self.datas = [], [], [], []


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    """Return what the spec file defines, run as PyInstaller runs it."""
    path = ROOT / "segstudio.spec"
    names = dict.fromkeys(("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE"), Step)
    names |= {"SPECPATH": str(ROOT), "workpath": str(tmp_path_factory.mktemp("work"))}
    before = list(sys.path)
    try:
        exec(compile(path.read_text(encoding="utf-8"), path, "exec"), names)
    finally:
        sys.path[:] = before
    return names


def python(code: str, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_everything_imports_every_module_without_what_the_package_leaves_out(spec):
    code = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(sys.argv[1:]))\n"  # None: importing it raises ModuleNotFoundError
        "from segstudio.selftest import import_everything\n"
        "import_everything()\n"
        "print('\\n'.join(name for name, module in sys.modules.items() if module))\n"
    )
    loaded = set(python(code, *spec["LEFT_OUT"]).split())
    assert {name for name in loaded if name.split(".")[0] == "segstudio"} == MODULES - {"segstudio.__main__"}
    assert "scipy.stats._page_trend_test" in loaded
    assert not {name for name in loaded if spec["is_test"](name)}


def test_every_module_is_packaged_however_late_it_is_imported(spec):
    assert set(spec["analysis"].settings["hiddenimports"]) | {"segstudio.__main__"} >= MODULES


def test_nothing_that_segstudio_imports_is_left_out_of_the_package(spec):
    assert {"tensorflow", "imgaug", "tifffile", "PySide6"} <= imported_packages()
    assert not imported_packages() & set(spec["LEFT_OUT"])


def test_tests_of_other_packages_are_no_part_of_the_package(spec):
    assert spec["is_test"]("keras.src.layers.core.dense_test")
    assert spec["is_test"]("numpy.linalg.tests.test_linalg")
    assert not spec["is_test"]("keras.src.testing.test_case")
    assert not any(spec["is_test"](module) for module in MODULES)


def test_opencv_brings_no_qt_plugins_of_its_own(spec):
    """R21: PySide6 would load them and die."""
    assert not spec["is_needed"]("cv2/qt/plugins/platforms/libqxcb.so")
    assert spec["is_needed"]("cv2/cv2.abi3.so")
    assert spec["is_needed"]("PySide6/Qt/plugins/platforms/libqxcb.so")


def test_the_resources_go_where_the_program_looks_for_them(spec):
    from segstudio import assets

    source, inside = spec["analysis"].settings["datas"][0]
    assert (ROOT / source / "icons" / "brush.svg").is_file()
    assert Path(inside) == Path(assets.__name__.split(".")[0]) / "resources"


@pytest.mark.skipif(sys.platform != "linux", reason="symbols are taken out on Linux only")
def test_a_library_without_its_symbols_still_loads(spec, tmp_path):
    import ctypes
    import shutil

    if shutil.which("strip") is None or shutil.which("cc") is None:
        pytest.skip("needs strip and a C compiler")
    library = tmp_path / "libtensorflow_small.so"
    (tmp_path / "small.c").write_text(
        "static int hidden(int x) { return x + 1; } int shown(int x) { return hidden(x); }"
    )
    subprocess.run(["cc", "-O0", "-shared", "-fPIC", "-o", library, tmp_path / "small.c"], check=True)
    other = ("numpy.libs/other.so", "other.so", "BINARY")
    (name, source, kind), untouched = spec["without_symbols"](
        [(f"tensorflow/{library.name}", str(library), "BINARY"), other]
    )
    assert (name, kind, untouched) == (f"tensorflow/{library.name}", "BINARY", other)
    assert Path(source).stat().st_size < library.stat().st_size
    assert ctypes.CDLL(source).shown(1) == 2
