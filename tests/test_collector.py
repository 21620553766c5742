"""The cycle collector is away while much is made, and as it was afterwards."""

import gc

import pytest

from jbatt.collector import no_collection


def test_away_and_back_even_after_an_error():
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), no_collection():
        assert not gc.isenabled()
        1 / 0  # noqa: B018
    assert gc.isenabled()


def test_what_was_made_is_old():
    gc.collect()
    with no_collection():
        made = [[] for _ in range(10_000)]
    young = {id(o) for generation in (0, 1) for o in gc.get_objects(generation)}
    assert not young & set(map(id, made))
    assert gc.get_freeze_count() == 0


def test_who_had_it_off_keeps_it_off():
    gc.disable()
    try:
        with no_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_was_frozen_stays_frozen():
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with no_collection():
            pass
        assert gc.get_freeze_count() == frozen
    finally:
        gc.unfreeze()


def test_cycles_made_meanwhile_are_found_later():
    class Node:
        pass

    with no_collection():
        node = Node()
        node.itself = node
        number = id(node)
        del node
    gc.collect()
    assert not any(id(o) == number and isinstance(o, Node) for o in gc.get_objects())
