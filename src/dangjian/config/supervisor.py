"""Keeps the processes of the platform running and stops them together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

GRACE_SECONDS = 10
"""What a process gets to finish its work after it was asked to stop."""

RESTART_SECONDS = 3
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Service:
    """A process to keep running. If an ``essential`` one ends, everything ends; another is started again."""

    name: str
    command: tuple[str, ...]
    essential: bool = False


class Supervisor:
    """Starts services, watches them, stops them.

    ``run(ready)`` starts them all, calls ``ready(supervisor)`` once and returns the exit status: 0 after SIGINT or SIGTERM,
    its own (at least 1) when an essential service has ended.
    """

    def __init__(self, services: tuple[Service, ...], environment: Mapping[str, str]) -> None:
        self._services = services
        self._environment = dict(environment)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ended = threading.Event()

    def run(self, ready: Callable[["Supervisor"], None]) -> int:
        """See the class."""
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, lambda *_: self._ended.set())
        try:
            for service in self._services:
                self._start(service)
            ready(self)
            return self._watch()
        finally:
            self._stop()

    def failed(self) -> bool:
        """Whether an essential service has ended, or somebody wants to stop."""
        return self._ended.is_set() or any(
            self._running[service.name].poll() is not None for service in self._services if service.essential
        )

    def _start(self, service: Service) -> None:
        self._running[service.name] = subprocess.Popen(
            service.command,
            env=self._environment,
            # Ctrl-C goes to everything in the foreground group; only the supervisor is to act on it.
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - there are no threads yet
        )

    def _watch(self) -> int:
        restarts: dict[str, float] = {}
        while not self._ended.wait(0.5):
            for service in self._services:
                status = self._running[service.name].poll()
                if status is None:
                    continue
                if service.essential:
                    return max(status, 1)
                if time.monotonic() - restarts.get(service.name, 0) > RESTART_SECONDS:
                    restarts[service.name] = time.monotonic()
                    self._start(service)
        return 0

    def _stop(self) -> None:
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in self._running.values():
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _kill_with_children(process)


def _kill_with_children(process: subprocess.Popen[bytes]) -> None:
    """End a process that does not stop, and the workers it started: they share its session."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _end_with_parent() -> None:
    """Ask the kernel to stop this process when the supervisor is killed, so that no server stays behind on the port."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
