"""Child processes that are kept running until everything is to stop."""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_BETWEEN_CHECKS = 1.0
SECONDS_OF_A_FALSE_START = 5.0
FALSE_STARTS = 5
LONGEST_PAUSE = 30.0
SECONDS_TO_STOP = 30.0
log = logging.getLogger("banyan.supervision")


@dataclass(slots=True)
class Child:
    """A Python module that runs as a process of its own. Without one that is `essential` there is nothing to be kept
    running.
    """

    module: str
    arguments: tuple[str, ...] = ()
    essential: bool = True
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    false_starts: int = 0
    paused_until: float | None = None

    def start(self) -> None:
        """Start it, in a session of its own: a Ctrl-C at the terminal is for us, who tell our children in order."""
        command = [sys.executable, "-m", self.module, *self.arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        self.started = time.monotonic()

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


@dataclass(slots=True)
class Supervisor:
    """Keeps `children` running. `check` is called every second, for what else has to be kept running."""

    children: Sequence[Child]
    check: Callable[[], object]
    _stop: threading.Event = field(default_factory=threading.Event)
    _next_check: float = 0.0

    def run(self) -> bool:
        """Run until SIGTERM, SIGINT or SIGHUP; False when it stopped because an essential child could not be kept
        running.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop.set())
        healthy = True
        try:
            for child in self.children:
                child.start()
            while healthy and not self._stop.wait(SECONDS_BETWEEN_LOOKS):
                self._check_now_and_then()
                healthy = all(self._keep_running(child) for child in self.children)
        finally:
            self._stop_children()
        return healthy

    def _check_now_and_then(self) -> None:
        if time.monotonic() < self._next_check:
            return
        self._next_check = time.monotonic() + SECONDS_BETWEEN_CHECKS
        try:
            self.check()
        except Exception:
            log.exception("the check failed")

    def _keep_running(self, child: Child) -> bool:
        """Start it again if it has ended, after ever longer pauses if it always ends right after its start; False when
        it is essential and did so too often.
        """
        if child.paused_until is not None:
            self._start_after_pause(child, child.paused_until)
        elif child.has_ended():
            quick = time.monotonic() - child.started < SECONDS_OF_A_FALSE_START
            child.false_starts = child.false_starts + 1 if quick else 0
            if child.essential and child.false_starts >= FALSE_STARTS:
                log.error("%s can't be kept running", child.module)
                return False
            pause = min(2.0**child.false_starts - 1, LONGEST_PAUSE)
            how = child.process and child.process.returncode
            log.warning("%s ended with %s; starting it again in %.0f s", child.module, how, pause)
            child.paused_until = time.monotonic() + pause
        return True

    def _start_after_pause(self, child: Child, until: float) -> None:
        if time.monotonic() >= until:
            child.paused_until = None
            child.start()

    def _stop_children(self) -> None:
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        patience = time.monotonic() + SECONDS_TO_STOP
        for process in running:
            try:
                process.wait(max(0.0, patience - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
