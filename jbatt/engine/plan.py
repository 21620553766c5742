"""The work of a shard as arrays: which node is evaluated for which unit, and what waits for what.

A unit is a set of examples that the same programs run on. Everything here is linear in the number of (unit, node)
pairs, *items*, and vectorised: no Python code runs for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jbatt.engine.lower import Lowered

DENSE = 1 << 24
"""Units x nodes of one shard: a table of that size finds the item of a (unit, node) pair."""


class Nodes:
    """A lowered graph as arrays, which grow with it: op int32[nodes], base bool[nodes], args int32[nodes, widest] padded with -1."""

    def __init__(self, graph: Lowered):
        self.graph = graph
        self.op = np.zeros(0, np.int32)
        self.base = np.zeros(0, bool)
        self.args = np.full((0, 4), -1, np.int32)

    def extend(self) -> None:
        """Take in what is new in the graph."""
        done, lists = len(self.args), self.graph.args
        if done < len(lists):
            new = lists[done:]
            sizes = np.fromiter(map(len, new), np.int64, len(new))
            widest = max(self.args.shape[1], int(sizes.max()))
            table = np.full((len(lists), widest), -1, np.int32)
            table[:done, : self.args.shape[1]] = self.args
            flat = np.fromiter((a for args in new for a in args), np.int32, int(sizes.sum()))
            table[done:][np.arange(widest) < sizes[:, None]] = flat
            self.args = table
            self.op = np.array(self.graph.op, np.int32)
            self.base = np.array(self.graph.base, bool)


@dataclass
class Plan:
    """Items in order of unit and node, so that arguments come before their users within a unit.

    unit, node: int64[n]. args: int32[n, A], 3 x item + part (as slots are 3 x node + part) or -1. waiting: how many arguments of an item are not there yet.
    users, first: the items that use item k are users[first[k]:first[k + 1]]. roots: for each unit its items to answer.
    """

    unit: np.ndarray
    node: np.ndarray
    args: np.ndarray
    waiting: np.ndarray
    users: np.ndarray
    first: np.ndarray
    roots: list[np.ndarray]

    def users_of(self, items: np.ndarray) -> np.ndarray:
        """All users of these items, one entry for each use."""
        starts, sizes = self.first[items], self.first[items + 1] - self.first[items]
        total = int(sizes.sum())
        return self.users[np.arange(total) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)]


def needed(args: np.ndarray, roots: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """What each unit needs for its roots: unit and node, int64[n] each, in order.

    args: int[nodes, A], the nodes that each node takes, or -1.
    """
    n = len(args)
    seen = np.zeros(len(roots) * n, bool)
    frontier = np.unique(np.concatenate([u * n + np.asarray(r, np.int64) for u, r in enumerate(roots)]))
    while len(frontier):
        seen[frontier] = True
        node = frontier % n
        below = args[node]
        codes = ((frontier - node)[:, None] + below)[below >= 0]
        frontier = np.unique(codes[~seen[codes]])
    codes = np.flatnonzero(seen)
    return codes // n, codes % n


def plan(slots: np.ndarray, roots: list[np.ndarray]) -> Plan:
    """The plan for units with these roots (nodes); `slots` are the `args` of `Nodes`."""
    args, part = np.divmod(slots, 3)  # -1 // 3 is -1
    n = len(args)
    unit, node = needed(args, roots)
    codes = unit * n + node
    item = np.empty(len(roots) * n, np.int32)
    item[codes] = np.arange(len(codes), dtype=np.int32)
    below = args[node]
    there = below >= 0
    items = np.where(there, item[(codes - node)[:, None] + np.where(there, below, 0)], -1)
    user, place = np.nonzero(there)
    order = np.argsort(items[user, place], kind="stable")
    first = np.zeros(len(codes) + 1, np.int64)
    np.cumsum(np.bincount(items[user, place], minlength=len(codes)), out=first[1:])
    slots = np.where(there, 3 * items + part[node], -1).astype(np.int32)
    answers = [item[u * n + np.asarray(r, np.int64)] for u, r in enumerate(roots)]
    return Plan(unit, node, slots, there.sum(axis=1), user[order], first, answers)
