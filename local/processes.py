"""Processes that start in groups of their own, are written down, and are stopped with all their children."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

KEPT_ALIVE_SECONDS = 75
"""So long our servers keep a connection that is not used: longer than their clients, as in front of any
service. A client must not send on a connection that its server is closing at this moment."""


class Died(RuntimeError):
    """A part of the local cloud ended by itself, or a step towards it failed."""


class Processes:
    """The processes of one local cloud. `home` keeps their logs and a list of them that outlives a crash."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._list = home / "processes.json"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Start `command` as the leader of a new process group, its output in `home`/`name`.log."""
        with self._log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._note()

    def run(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Start `command` and wait for its end. Raises Died unless that is a good one."""
        self.start(name, command, env)
        if self._running[name].wait():
            self.check()
        del self._running[name]
        self._note()

    def check(self) -> None:
        """Raise Died, with the end of its log, if one of the processes has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                end = "\n".join(self._log(name).read_text(errors="replace").splitlines()[-25:])
                raise Died(f"{name} ended with status {process.returncode}, see {self._log(name)}:\n{end}")

    def stop(self) -> None:
        """Stop the processes, the last one first, and everything they have started."""
        for process in reversed(self._running.values()):
            _stop_group(process.pid)
            process.wait()
        self._running.clear()
        self._list.unlink(missing_ok=True)

    def stop_left_over(self) -> int:
        """Stop what an earlier run with the same home has left behind. Return how many groups that were."""
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            noted = json.loads(self._list.read_text())
            # A process id may belong to somebody else by now: the birth must be the one that was noted.
            left = [int(pid) for pid, born in noted.items() if _born(int(pid)) == born]
            for pid in reversed(left):
                _stop_group(pid)
            self._list.unlink()
            return len(left)
        return 0

    def _log(self, name: str) -> Path:
        return self._home / f"{name}.log"

    def _note(self) -> None:
        self._list.write_text(json.dumps({one.pid: _born(one.pid) for one in self._running.values()}))


def _born(pid: int) -> str:
    """Return when a process was started, in ticks since the machine was, or nothing if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _stop_group(pid: int, patience: float = 3) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            os.killpg(pid, 0)
            time.sleep(0.05)
        os.killpg(pid, signal.SIGKILL)
