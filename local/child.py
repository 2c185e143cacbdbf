"""Starts a script (`child.py script.py`), a module (`-m m`) or a program (`-x p`) that cannot outlive us.

`-r first.py` runs another script before it, in the same process.

Run as a file, never imported, on the standard library alone: a function's process
sees its own code, not ours.
"""

import contextlib
import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000  # linux/sched.h
MS_REC, MS_PRIVATE = 0x4000, 0x40000  # linux/mount.h


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent is gone, however the parent died."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        sys.exit("The parent was gone before the child had started.")


def lay_over_opt(folder: str | None) -> None:
    """Show a function's layers under /opt to this process alone, where Linux lets us."""
    if not folder or sys.platform != "linux" or not os.path.isdir("/opt"):  # noqa: PTH112 - as above
        return
    libc, uid, gid = ctypes.CDLL(None), os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNS | (CLONE_NEWUSER if uid else 0)) != 0:
        return
    with contextlib.suppress(OSError):
        if uid:
            for name, text in (
                ("setgroups", "deny"),
                ("uid_map", f"{uid} {uid} 1"),
                ("gid_map", f"{gid} {gid} 1"),
            ):
                with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - as above
                    file.write(text)
        escaped = folder.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        libc.mount(b"overlay", b"/opt", b"overlay", 0, f"lowerdir={escaped}:/opt".encode())


def main() -> None:
    die_with_parent()
    lay_over_opt(os.environ.get("_LOCAL_OPT"))
    if sys.argv[1] == "-x":
        # What Linux was asked for holds for the program that takes this process over, too.
        try:
            os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - what the parent has put there
        except OSError as exc:
            sys.exit(f"{sys.argv[2]} cannot be run here: {exc.strerror} (was it built for this machine?)")
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
