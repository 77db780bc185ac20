"""Signals reach code that the machine runs, wherever it spends its time."""

import signal
import threading

import pytest

import zygcore as zg
from zygcore.testing import run_in_machine

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")


class Alarm(Exception):
    pass


def loop(x):
    while x > 0:
        x = x * 1.0
    return x


def recursion(x, n=60):
    return x if n == 0 else recursion(x, n - 1) + recursion(x, n - 1)


def keywords(x, n=60):
    return x if n == 0 else keywords(x, n=n - 1) + keywords(x, n=n - 1)


def generator(x):
    def values():
        while True:
            yield x

    return sum(values())


@pytest.mark.parametrize("program", [loop, recursion, keywords, generator])
@pytest.mark.parametrize("engine", [run_in_machine, zg.gradient])
def test_alarm(program, engine):
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals are handled in the main thread")

    def ring(*args):
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(Alarm):
            engine(program, 1.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
