"""What native code writes to stderr: notes are dropped, everything else reaches people."""

import subprocess
import sys

CODE = """
import os, sys
from segstudio.cli.native_log import quiet_native_log
with quiet_native_log():
    os.write(2, b"I0000 00:00:17 port.cc:153] oneDNN custom operations are on.\\n")
    os.write(2, b"E0000 00:00:17 cuda_platform.cc:52] failed call to cuInit: UNKNOWN ERROR (303)\\n")
    os.write(2, b"E0000 00:00:17 allocator.cc:1] out of memory\\n")
    print("from Python", file=sys.stderr)
os.write(2, b"I0000 afterwards\\n")
print("and afterwards", file=sys.stderr)
"""


def test_notes_are_dropped_and_everything_else_arrives():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60)
    lines = done.stderr.splitlines()
    assert sorted(lines[:2]) == ["E0000 00:00:17 allocator.cc:1] out of memory", "from Python"]
    assert lines[2:] == ["I0000 afterwards", "and afterwards"]
