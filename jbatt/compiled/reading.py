"""The inner loops of reading many functions at once, compiled: lines found again, and nodes by what they are made of.

Both are open-addressed tables in arrays that the caller makes large enough. Nothing here needs Python's lock.
"""

from __future__ import annotations

import numpy as np

from jbatt.compiled.jit import jit

HEADER, STATEMENT, RETURNS, BLANK, REFUSED = 1, 2, 3, 4, 5
"""What a line is: what comes after the name in a header, a statement, the last one, nothing; or what is left to `ast`."""
ALWAYS = np.iinfo(np.int32).max
NEVER = -1
"""In the place of the function in which a name was given its value: a global name; no function so far."""

_BASIS = np.uint64(14695981039346656037)
_PRIME = np.uint64(1099511628211)
_FOLD = np.uint64(29)


@jit
def _hash(values, begin, end):
    """Of `values[begin:end]`, uint8 or int32."""
    h = _BASIS
    for k in range(begin, end):
        h = (h ^ np.uint64(np.uint32(values[k]))) * _PRIME
    return h ^ (h >> _FOLD)


@jit
def _search(table, hashes, firsts, held, h, values, begin, size):
    """What `values[begin : begin + size]`, of hash `h`, is in a table: its number, -1 where it is not there; and the slot where it is or would be.

    The values of what has a number are `held[firsts[number] : firsts[number + 1]]`.
    """
    mask = len(table) - 1
    slot = np.int64(h & np.uint64(mask))
    while table[slot] >= 0:
        other = table[slot]
        at = firsts[other]
        if hashes[other] == h and firsts[other + 1] - at == size:
            same = True
            for k in range(size):
                if held[at + k] != values[begin + k]:
                    same = False
                    break
            if same:
                return other, slot
        slot = (slot + 1) & mask
    return -1, slot


@jit
def trimmed(raw, begins, ends):
    """Set begins to the `(` after each function's name, ends to where its last line ends; how many lines there are from there to there."""
    lines = 0
    for f in range(len(begins)):
        begin, end = begins[f], ends[f]
        while end > begin and (raw[end - 1] == 10 or raw[end - 1] == 32 or raw[end - 1] == 9):
            end -= 1
        while begin < end and raw[begin] != 40:
            begin += 1
        begins[f], ends[f] = begin, end
        lines += 1
        for k in range(begin, end):
            lines += raw[k] == 10
    return lines


@jit
def line_numbers(raw, begins, ends, table, hashes, places, kept, known, numbers, firsts):
    """The numbers of all lines of some texts, the same for equal lines.

    raw: uint8[bytes]; begins, ends: int64[n], where each text begins and ends. table: int32, a power of two, -1 where it is free;
    hashes: of each known line; places: where it begins in `kept` (one more entry). numbers: int32[lines], filled in; firsts:
    int64[n + 1], where the lines of each text begin there. Returns how many lines are known now.
    """
    found = 0
    for f in range(len(begins)):
        firsts[f] = found
        place, end = begins[f], ends[f]
        while place <= end:
            stop = place
            while stop < end and raw[stop] != 10:
                stop += 1
            h, size = _hash(raw, place, stop), stop - place
            number, slot = _search(table, hashes, places, kept, h, raw, place, size)
            if number < 0:
                number = known
                table[slot], hashes[number] = number, h
                for k in range(size):
                    kept[places[number] + k] = raw[place + k]
                places[number + 1] = places[number] + size
                known += 1
            numbers[found] = number
            found += 1
            place = stop + 1
    firsts[len(begins)] = found
    return known


@jit
def roots_of(
    numbers, firsts, kinds, steps, targets, first_keys, keys, values, given, now, input_node, result,
    table, hashes, first_parts, parts, callable_, nodes, roots, lines,
):  # fmt: skip
    """The nodes that functions return, and those made for them.

    numbers, firsts: lines of each function. kinds, steps: of each line what it is, and where its steps begin (one more entry);
    targets, first_keys: of each step the name it gives a value, and where its keys begin (one more entry) in `keys`. values,
    given: of each name its node (for what is called by name -1 - its number) and the function, counted from `now`, in which it
    was given. input_node: the node of a function's parameter; result: the name of what it returns. table, hashes: nodes by
    `parts[first_parts[node] : first_parts[node + 1]]`; callable_: whether a node may be a function value. nodes: how many there
    are. roots, lines: int64[n], filled in: -1 for a function that is left to `ast`, and how many lines each has.
    Returns how many nodes there are.
    """
    for f in range(len(roots)):
        now += 1
        roots[f] = -1
        first, last = firsts[f], firsts[f + 1] - 1
        while last > first and kinds[numbers[last]] == BLANK:
            last -= 1
        lines[f] = last - first + 1
        if last == first or kinds[numbers[first]] != HEADER or kinds[numbers[last]] != RETURNS:
            continue
        name = targets[steps[numbers[first]]]
        values[name], given[name] = input_node, now
        sound = True
        for line in range(first + 1, last + 1):
            number = numbers[line]
            kind = kinds[number]
            if kind != STATEMENT and kind != BLANK and line != last:
                sound = False
                break
            for step in range(steps[number], steps[number + 1]):
                begin, end = first_keys[step], first_keys[step + 1]
                node = -1
                start = first_parts[nodes]
                for k in range(begin, end):
                    name = keys[k]
                    if given[name] != now and given[name] != ALWAYS:
                        sound = False
                        break
                    node = values[name]
                    parts[start + k - begin] = node
                if not sound:
                    break
                size = end - begin
                if size > 1:
                    head = parts[start]
                    if head >= 0 and not callable_[head]:
                        sound = False
                        break
                    h = _hash(parts, start, start + size)
                    node, slot = _search(table, hashes, first_parts, parts, h, parts, start, size)
                    if node < 0:
                        node = nodes
                        table[slot], hashes[node], callable_[node] = node, h, True
                        first_parts[node + 1] = start + size
                        nodes += 1
                name = targets[step]
                values[name], given[name] = node, now
            if not sound:
                break
        if sound:
            roots[f] = values[result]
    return nodes


@jit
def entered(table, hashes, first, stop):
    """Enter what has these numbers and hashes into a table, in which it must not be."""
    mask = len(table) - 1
    for number in range(first, stop):
        slot = np.int64(hashes[number] & np.uint64(mask))
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = number


@jit
def hashes_of(first_parts, parts, first, stop, hashes):
    """The hashes of nodes by their parts, as `roots_of` makes them."""
    for node in range(first, stop):
        begin, end = first_parts[node], first_parts[node + 1]
        # What has none is never looked up: anywhere, but not all in one place.
        hashes[node] = _hash(parts, begin, end) if end > begin else np.uint64(node) * _PRIME
