"""Pieces of work side by side in one thread."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from jbatt.engine.waiting import MUCH, Calls, Postponed, ended, finish, side_by_side


def piece(name, futures, log):
    for k, future in enumerate(futures):
        log.append((name, k))
        if not future.done():
            yield future
        future.result()
    return name


def done() -> Future:
    future: Future = Future()
    future.set_result(None)
    return future


def test_results_come_in_order_whoever_ends_first():
    log: list = []
    slow: Future = Future()
    pieces = [piece("a", [slow], log), piece("b", [done(), done()], log), piece("c", [done()], log)]
    threading.Timer(0.05, lambda: slow.set_result(None)).start()
    assert side_by_side(pieces, 2) == ["a", "b", "c"]
    assert log == [("a", 0), ("b", 0), ("b", 1), ("c", 0)], "b and c went on while a waited"


def test_no_more_than_so_many_are_begun():
    begun: list = []

    def one(k, pool):
        begun.append(k)
        most.append(len(begun) - len(ended))
        yield pool.submit(lambda: None)
        ended.append(k)
        return k

    most: list = []
    ended: list = []
    with ThreadPoolExecutor(2) as pool:
        assert side_by_side((one(k, pool) for k in range(9)), 3) == list(range(9))
    assert max(most) <= 3


def test_an_error_closes_the_others():
    closed: list = []

    def waits():
        try:
            yield Future()
        finally:
            closed.append(True)

    def fails():
        yield done()
        raise KeyError("x")

    with pytest.raises(KeyError):
        side_by_side([waits(), fails()], 2)
    assert closed == [True]


def test_alone():
    assert finish(piece("a", [done()], [])) == "a"


def test_what_is_postponed_is_done_once_for_all_when_nothing_else_is_left():
    log: list = []

    def one(k, do):
        log.append(("begun", k))
        yield Postponed(do, k)
        log.append(("ended", k))
        return k

    def together(items):
        log.append(("together", items))
        yield

    assert side_by_side((one(k, together) for k in range(3)), 1) == [0, 1, 2]
    assert log == [
        *[("begun", k) for k in range(3)],
        ("together", [0, 1, 2]),
        *[("ended", k) for k in range(3)],
    ]


def test_much_that_is_postponed_is_done_while_others_wait():
    log: list = []
    slow: Future = Future()

    def one(weight):
        yield Postponed(noted, weight, weight)

    def waits():
        yield slow
        log.append("ended")

    def noted(items):
        log.append(items)
        yield

    def releases(items):
        log.append(items)
        slow.set_result(None)
        yield

    def last():
        yield Postponed(releases, MUCH, MUCH)

    late = threading.Timer(20, lambda: slow.set_result(None))
    late.start()
    side_by_side([waits(), last(), waits(), waits()], 2)
    late.cancel()
    assert log == [[MUCH], "ended", "ended", "ended"]
    log.clear()
    slow = Future()
    threading.Timer(0.05, lambda: slow.set_result(None)).start()
    side_by_side([waits(), one(1), waits(), waits()], 2)
    assert log[0] == "ended" and [1] in log


def test_between_bits_of_what_is_postponed_others_go_on():
    log: list = []
    slow: Future = Future()

    def together(items):
        for k in range(3):
            log.append(("bit", k))
            if k == 1:
                slow.set_result(None)
            yield

    def one():
        yield Postponed(together, 0, MUCH)
        log.append("done")

    def waits():
        yield slow
        log.append("ended")

    def begun():
        yield waits()
        yield one()
        for k in range(2):
            log.append(("begun", k))
            yield waits()

    side_by_side(begun(), 2)
    # So much is done before another piece is begun; what waits goes on as soon as it can.
    assert log == [
        *[("bit", 0), ("bit", 1), "ended", ("bit", 2), "done"],
        *[("begun", 0), "ended", ("begun", 1), "ended"],
    ]


def test_others_have_something_to_do_while_much_is_done():
    log: list = []
    free = False

    def together(items):
        nonlocal free
        for k in range(3):
            log.append(("bit", k))
            free = k == 1
            yield

    def one():
        yield Postponed(together, 0, MUCH)
        log.append("done")

    def begun():
        nonlocal free
        yield one()
        free = False
        log.append("begun")
        yield iter(())

    assert list(ended(begun(), 2, lambda: free)) == [1, 0]
    assert log == [("bit", 0), ("bit", 1), "begun", ("bit", 2), "done"]


def test_one_call_less_runs_while_a_thread_is_kept():
    calls, running = Calls(), []
    go, begun = threading.Event(), threading.Semaphore(0)

    def call():
        with calls.one(2):
            running.append(1)
            begun.release()
            go.wait(20)
            running.pop()

    calls.keep(1)
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(call) for _ in range(3)]
        assert begun.acquire(timeout=20) and not begun.acquire(timeout=0.05) and len(running) == 1
        calls.keep(-1)
        assert begun.acquire(timeout=20) and not begun.acquire(timeout=0.05) and len(running) == 2
        go.set()
        for future in futures:
            future.result(20)
    with calls.one(1):
        assert not running
