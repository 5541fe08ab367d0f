"""One run of a plan in a process of its own, that dies by SIGKILL at a moment that its caller chose."""

from __future__ import annotations

import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import event

from commarchive.federation.plan import read_plan
from commarchive.federation.target import Target
from commarchive.wikibase.transport import Request, Response, Transport

from .world import open_world


class Bomb:
    """Counts moments, and kills its process at one of them; 0 for never."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0

    def tick(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Ticking:
    """A transport with a moment before and one after each request."""

    base_url = ""

    def __init__(self, inner: Transport, bomb: Bomb) -> None:
        self._inner = inner
        self._bomb = bomb

    def send(self, request: Request, *, timeout: float) -> Response:
        self._bomb.tick()
        answer = self._inner.send(request, timeout=timeout)
        self._bomb.tick()
        return answer


def carry_out(folder: Path, plan: Path, kill_at: int, told: Connection) -> None:
    """Carry a plan out; tell how many moments there were."""
    with open_world(folder) as world:
        bomb = Bomb(kill_at)
        event.listen(world.register.store.engine, "commit", lambda _: bomb.tick())
        event.listen(world.register.store.engine, "begin", lambda _: bomb.tick())
        target = Target(world.api(Ticking(world.there.transport(), bomb)))
        world.apply(read_plan(plan), target=target)
    told.send(bomb.passed)


def carry_out_slowly(folder: Path, plan: Path, told: Connection) -> None:
    """Carry a plan out, and wait in the middle of it until told to go on."""
    with open_world(folder) as world:
        target = world.target()

        def wait(request: Request) -> None:
            if request.form.get("action") == "wbeditentity":
                world.recorder.after = lambda _: None
                told.send("in the middle")
                told.recv()

        world.recorder.after = wait
        world.apply(read_plan(plan), target=target)
    told.send("done")
