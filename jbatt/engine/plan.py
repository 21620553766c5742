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
    """What some nodes of a lowered graph are made of, as arrays: no more of it is looked at, as the rest may be large.

    roots: those nodes. number: int32[nodes of the graph], the place of each one here, -1 where it is not needed. op int32[n],
    base bool[n], args int32[n, at least 4], slots by the places of their nodes, padded with -1.
    """

    def __init__(self, graph: Lowered, roots: np.ndarray):
        self.graph = graph
        lists = graph.args
        seen = set(roots.tolist())
        todo = list(seen)
        while todo:
            for slot in lists[todo.pop()]:
                if slot // 3 not in seen:
                    seen.add(slot // 3)
                    todo.append(slot // 3)
        found = sorted(seen)
        self.number = np.full(len(lists), -1, np.int32)
        self.number[found] = np.arange(len(found), dtype=np.int32)
        taken = [lists[k] for k in found]
        sizes = np.fromiter(map(len, taken), np.int64, len(taken))
        widest = max(4, int(sizes.max(initial=0)))
        flat = np.fromiter((slot for args in taken for slot in args), np.int32, int(sizes.sum()))
        self.args = np.full((len(found), widest), -1, np.int32)
        self.args[np.arange(widest) < sizes[:, None]] = 3 * self.number[flat // 3] + flat % 3
        self.op = np.array([graph.op[k] for k in found], np.int32)
        self.base = np.array([graph.base[k] for k in found], bool)


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


def owned(
    args: np.ndarray, roots: list[np.ndarray], shared: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each unit needs for its roots, and for which of them: unit, node and owner, int64[n] each, by unit and node.

    The owner is the root that alone needs a node, -1 where several do. args: as for `needed`; roots: distinct nodes for each unit; shared:
    bool[nodes], those that count as needed by several, with all that they are made of.
    """
    n = len(args)
    # 0: not met; 1 + owner; 1 + n: several. Only the pages of such an array that are written to take memory.
    marks = np.zeros(len(roots) * n, np.int32)
    codes = np.concatenate([u * n + np.asarray(r, np.int64) for u, r in enumerate(roots)])
    given = (codes % n + 1).astype(np.int32)
    met = []
    while len(codes):
        order = np.argsort(codes, kind="stable")
        codes, given = codes[order], given[order]
        first = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
        codes, least, most = (
            codes[first],
            np.minimum.reduceat(given, first),
            np.maximum.reduceat(given, first),
        )
        node, known = codes % n, marks[codes]
        alone = (least == most) & ((known == 0) | (known == least)) & ~shared[node]
        mark = np.where(alone, least, n + 1).astype(np.int32)
        changed = mark != known
        met.append(codes[known == 0])
        codes, node, mark = codes[changed], node[changed], mark[changed]
        marks[codes] = mark
        below = args[node]
        there = below >= 0
        codes = ((codes - node)[:, None] + below)[there]
        given = np.broadcast_to(mark[:, None], below.shape)[there]
        known = marks[codes]
        new = (known != given) & (known <= n)
        codes, given = codes[new], given[new]
    codes = np.sort(np.concatenate(met)) if met else np.zeros(0, np.int64)
    owner = marks[codes].astype(np.int64) - 1
    return codes // n, codes % n, np.where(owner == n, -1, owner)


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
