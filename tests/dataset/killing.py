"""Kills what rewrites a dataset at every single step that it takes on the disk."""

import subprocess
import sys

_PROGRAM = """
import os, shutil, signal, sys
from pathlib import Path
from segstudio.dataset import steps
from segstudio.dataset.dataset import open_dataset
{imports}

origin, work, links = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
steps._WORKERS = 1
words = dict(emit=lambda progress: None, should_stop=lambda: False)
def no_links(*words, **named):
    raise OSError(1, "Operation not permitted")
if links == "copied":
    os.link = no_links
action = {action}

def die_at(moment):
    # Everything that changes the disk goes through one of these.
    count = 0
    def counted(original):
        def call(*words, **named):
            nonlocal count
            count += 1
            if count == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*words, **named)
        return call
    for name in ("replace", "link", "unlink", "rmdir", "mkdir", "fsync", "open"):
        setattr(os, name, counted(getattr(os, name)))

moment = 0
while True:
    moment += 1
    folder = work / str(moment)
    shutil.copytree(origin, folder, symlinks=True)
    child = os.fork()
    if child == 0:
        die_at(moment)
        action(folder)
        os._exit(0)
    if os.WIFEXITED(os.waitpid(child, 0)[1]):
        break
print(moment)
"""


def kill_everywhere(origin, work, action, *, links="linked", imports=""):
    """Do something to copies of a dataset, killed at its first, second, third … step; return the copies.

    Args:
        origin: the dataset that is copied.
        work: a new folder for the copies.
        action: Python source of a function of the folder; ``words`` are the usual words of a long function.
        links: “linked”, or “copied” where the disk is to know no hard links.
        imports: Python source that goes before.
    """
    work.mkdir()
    program = _PROGRAM.replace("{imports}", imports).replace("{action}", action)
    words = [sys.executable, "-c", program, str(origin), str(work), links]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=200)
    return [work / str(moment) for moment in range(1, int(done.stdout) + 1)]
