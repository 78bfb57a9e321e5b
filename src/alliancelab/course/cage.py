"""The cage that a trainee's code runs in: limits of the operating system and, where it works, bubblewrap around them.

Run as a script, this file is the last step into the cage: it gives up root's rights, sets the limits, clears the
environment and becomes the kernel. So it imports nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

NOBODY = 65534  # whom the code runs as where root grades: root has no limit on its processes
PROCESSES = 64  # processes and threads of one submission
LARGEST_FILE = 100 * 2**20
MOST_ON_DISK = 500 * 2**20

_PACKAGE = Path(__file__).resolve().parents[1]
_SYSTEM = ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr")
_SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime")


def command(
    kernel: list[str], folder: Path, seconds: int, megabytes: int, hidden: Iterable[Path] = (), *, walls: bool
) -> list[str]:
    """How to start `kernel` in the cage: `folder` is the only place where it can write, `folder/work` where it begins.

    `seconds` is processor time for each of its processes, `megabytes` the memory of each. With `walls` (bubblewrap) it sees
    Python, the system's libraries and `folder`; the folders in `hidden` not even where they lie inside of those.
    """
    user = NOBODY if walls and os.geteuid() == 0 else None
    limits = {"RLIMIT_CPU": seconds, "RLIMIT_FSIZE": LARGEST_FILE, "RLIMIT_NOFILE": 512, "RLIMIT_CORE": 0}
    if sys.platform == "linux":  # macOS knows these two and does not keep them
        limits["RLIMIT_AS"] = megabytes * 2**20
        limits["RLIMIT_NPROC"] = _tasks(os.getuid() if user is None else user) + PROCESSES
    step = [sys.executable, "-I", "-S", __file__, json.dumps([user, limits, _environment(folder)]), *kernel]
    return [*_walls(folder, hidden), "--", *step] if walls else step


@cache
def no_walls(bwrap: str | None) -> str:
    """Why bubblewrap, found at `bwrap`, cannot be used here; empty where it can."""
    if bwrap is None:
        return "bubblewrap is not installed"
    try:
        test = [*_walls(_PACKAGE, ()), "--", sys.executable, "-I", "-S", "-c", ""]
        done = subprocess.run(test, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not work here ({error})"
    return f"bubblewrap does not work here ({done.stderr.strip()})" if done.returncode else ""


def on_disk(folder: Path) -> int:
    """The bytes that a folder takes up, at least one block an entry; more than allowed where it cannot be walked."""
    total, folders = 0, [str(folder)]
    while folders and total <= MOST_ON_DISK:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    total += 4096
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except FileNotFoundError:
            continue  # removed while we looked
        except OSError:
            return MOST_ON_DISK + 1  # nested too deep, or closed to us
    return total


def remove(folder: Path) -> None:
    """Remove what a cage leaves: however deep it is nested, and also where its code took away the right to."""
    subprocess.run(["chmod", "-R", "u+rwX", "--", str(folder)], capture_output=True, check=False)
    subprocess.run(["rm", "-rf", "--", str(folder)], capture_output=True, check=False)


def _walls(folder: Path, hidden: Iterable[Path]) -> list[str]:
    """bubblewrap's part: the system and Python read-only, `folder` to write, nothing else, and no network."""
    if os.geteuid() == 0:
        start = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
        start += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        start = ["--unshare-all"]
    seen = _seen()
    places = {place for known in hidden if known.is_dir() for place in (known.absolute(), known.resolve())}
    covered = [path for path in places if any(path.is_relative_to(shown) for shown in seen)]
    mounts = [(path, ["--ro-bind", str(path), str(path)]) for path in seen]
    mounts += [(path, ["--tmpfs", str(path)]) for path in covered]
    made = [["--symlink", os.readlink(top), top] for top in _SYSTEM if os.path.islink(top)]  # noqa: PTH114, PTH115
    # bubblewrap would close the folders on the way to everybody but root.
    within = (*seen, *map(Path, _SETTINGS), folder)
    above = {parent for path in within for parent in path.parents if not any(map(parent.is_relative_to, seen))}
    made += [["--dir", str(path)] for path in sorted(above) if path != Path("/")]
    made += [["--ro-bind-try", path, path] for path in _SETTINGS]
    made += [mount for _, mount in sorted(mounts, key=lambda mount: len(mount[0].parts))]  # the outer ones first
    made += [["--bind", str(folder), str(folder)]]
    made += [["--proc", "/proc"], ["--dev", "/dev"]]
    made += [["--remount-ro", str(path)] for path in (*covered, "/dev", "/")]
    end = ["--die-with-parent", "--new-session", "--chdir", "/"]
    return ["bwrap", *start, *(word for words in made for word in words), *end]


def _seen() -> set[Path]:
    """What the code must see to run: the system's folders, this Python with its packages, and our package alone."""
    needed = {Path(top) for top in _SYSTEM if os.path.isdir(top) and not os.path.islink(top)}  # noqa: PTH112, PTH114
    needed |= {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1], _PACKAGE}
    if site.ENABLE_USER_SITE:
        needed.add(Path(site.getusersitepackages()))
    needed |= {path.resolve() for path in needed}
    return {path for path in needed if path.is_dir()}


def _environment(folder: Path) -> dict[str, str]:
    """All that the code finds in its environment: nothing of the person who grades."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONPATH": str(_PACKAGE.parent),
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "home"),
        "USER": "trainee",
        "LANG": "C.UTF-8",
        "NBGRADER_EXECUTION": "autograde",
        # More threads would each take their share of the memory that is allowed.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def _tasks(user: int) -> int:
    """How many processes and threads a user has now: the system's limit counts them all."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == user:
                found += len(os.listdir(process / "task"))  # noqa: PTH208
        except OSError:
            continue  # it ended
    return found


def _enter(told: str, kernel: list[str]) -> None:
    import resource

    user, limits, environment = json.loads(told)
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    for name, limit in limits.items():
        _, most = resource.getrlimit(getattr(resource, name))
        allowed = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(getattr(resource, name), (allowed, allowed))
    if "JPY_PARENT_PID" in os.environ and os.getppid() != 1:
        environment["JPY_PARENT_PID"] = os.environ["JPY_PARENT_PID"]  # without walls the kernel looks for its parent
    os.umask(0o022)
    os.chdir(Path(environment["HOME"]).parent / "work")
    os.execve(shutil.which(kernel[0]) or kernel[0], kernel, environment)


if __name__ == "__main__":
    _enter(sys.argv[1], sys.argv[2:])
