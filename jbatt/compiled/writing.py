"""What `jbatt.engine.machine.instructions` does, compiled: the steps that units need as the machine's instructions."""

from __future__ import annotations

import numpy as np

from jbatt.compiled.jit import jit
from jbatt.engine.machine.context import ARGS, FIRST_SLOT, HEADS, INSTRUCTION, MARK_SLOT, OPCODE, VALUES
from jbatt.engine.machine.loop import ANSWER, KIND


@jit
def instructions_of(args, fixed, columns, is_root, is_again, roots, firsts, mark_number, mark_kind):
    """The instructions of all units, int32[*, INSTRUCTION], and where those of each unit end, int64[units].

    args: int32[steps, widest], references of earlier steps, then -1; fixed: int32[steps, columns]; is_root, is_again: bool[steps].
    roots, firsts: the steps that each unit answers, each once, are `roots[firsts[unit] : firsts[unit + 1]]`.
    """
    n, widest = args.shape
    units = len(firsts) - 1
    # 0: not needed; 1 + k: by the root of that rank alone; `several`. Only the pages that are written to take memory.
    owner, place = np.zeros(n, np.int32), np.zeros(n, np.int32)
    needed = np.empty(n, np.int32)
    order, used = np.empty(4096, np.int32), 0
    shared, ends = np.zeros(units, np.int64), np.zeros(units, np.int64)
    for unit in range(units):
        mine = np.sort(roots[firsts[unit] : firsts[unit + 1]])
        several = len(mine) + 1
        for k in range(len(mine)):
            owner[mine[k]] = 1 + k
        count = 0
        begins = np.zeros(several + 2, np.int64)
        for step in range(mine[-1], -1, -1):
            its = owner[step]
            if its == 0:
                continue
            if is_again[step]:
                its = owner[step] = several  # rounds of a loop take what lies between its ends again
            needed[count] = step
            count += 1
            begins[1 if its == several else its + 1] += 1
            for k in range(widest):
                if args[step, k] < 0:
                    break
                below = args[step, k] >> 1
                if owner[below] == 0:
                    owner[below] = its
                elif owner[below] != its:
                    owner[below] = several
        shared[unit] = begins[1]
        for k in range(1, several + 2):
            begins[k] += begins[k - 1]
        if used + count > len(order):
            more = np.empty(2 * (used + count), np.int32)
            more[:used] = order[:used]
            order = more
        for k in range(count - 1, -1, -1):
            step = needed[k]
            its = 0 if owner[step] == several else owner[step]
            order[used + begins[its]] = step
            begins[its] += 1
            owner[step] = 0
        used += count
        ends[unit] = used + unit + 1
    table = np.zeros((used + units, INSTRUCTION), np.int32)
    done = first = 0
    for unit in range(units):
        count = ends[unit] - first - 1
        for k in range(count):
            place[order[done + k]] = k + (k >= shared[unit])
        answers = 0
        for k in range(count):
            step = order[done + k]
            row = table[first + place[step]]
            for c in range(len(columns)):
                row[columns[c]] = fixed[step, c]
            row[VALUES], row[HEADS] = 2 * place[step] + FIRST_SLOT, 2 * place[step] + FIRST_SLOT + 1
            for c in range(widest):
                if args[step, c] < 0:
                    break
                row[ARGS + c] = 2 * place[args[step, c] >> 1] + FIRST_SLOT + (args[step, c] & 1)
            if is_again[step]:
                row[HEADS] = row[ARGS + 2]
            row[ANSWER] = -1
            if is_root[step]:
                row[ANSWER] = answers
                answers += 1
        row = table[first + shared[unit]]
        row[OPCODE], row[KIND], row[ANSWER] = mark_number, mark_kind, -1
        row[VALUES], row[HEADS] = MARK_SLOT, MARK_SLOT + 1
        done += count
        first = ends[unit]
    return table, ends
