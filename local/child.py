"""Starts a script (`child.py script.py`), a module (`-m m`) or a program (`-x p`) that cannot outlive us.

`-r first.py` runs another script before it, in the same process.

Run as a file, never imported, on the standard library alone: a function's process
sees its own code, not ours.
"""

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent is gone, however the parent died."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        sys.exit("The parent was gone before the child had started.")


def main() -> None:
    die_with_parent()
    if sys.argv[1] == "-x":
        # What Linux was asked for holds for the program that takes this process over, too.
        os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - what the parent has put there
    if sys.argv[1] == "-r":
        runpy.run_path(sys.argv[2], run_name="__main__")
        del sys.argv[1:3]
    is_module = sys.argv[1] == "-m"
    sys.argv = sys.argv[2:] if is_module else sys.argv[1:]
    sys.path.insert(0, os.environ.get("LAMBDA_TASK_ROOT", os.getcwd()))  # noqa: PTH109 - pathlib would cost its import
    if is_module:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
