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
def line_numbers(raw, begins, ends, table, hashes, places, lengths, kept, used, known, numbers, firsts):
    """The numbers of all lines of some texts, the same for equal lines.

    raw: uint8[bytes]; begins, ends: int64[n], where each text begins and ends. table: int32, a
    power of two, -1 where it is free; hashes, places, lengths: of each known line, places in `kept`, of which `used` bytes are.
    numbers: int32[lines], filled in; firsts: int64[n + 1], where the lines of each text begin there. Returns how many lines and
    how many bytes of `kept` are known now.
    """
    mask = len(table) - 1
    found = 0
    for f in range(len(begins)):
        firsts[f] = found
        place, end = begins[f], ends[f]
        while place <= end:
            h = _BASIS
            stop = place
            while stop < end and raw[stop] != 10:
                h = (h ^ np.uint64(raw[stop])) * _PRIME
                stop += 1
            h ^= h >> _FOLD
            size = stop - place
            slot = np.int64(h & np.uint64(mask))
            number = -1
            while table[slot] >= 0:
                other = table[slot]
                if hashes[other] == h and lengths[other] == size:
                    same, at = True, places[other]
                    for k in range(size):
                        if kept[at + k] != raw[place + k]:
                            same = False
                            break
                    if same:
                        number = other
                        break
                slot = (slot + 1) & mask
            if number < 0:
                number = known
                table[slot], hashes[number], places[number], lengths[number] = number, h, used, size
                for k in range(size):
                    kept[used + k] = raw[place + k]
                used += size
                known += 1
            numbers[found] = number
            found += 1
            place = stop + 1
    firsts[len(begins)] = found
    return known, used


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
    mask = len(table) - 1
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
                h = _BASIS
                start = first_parts[nodes]
                for k in range(begin, end):
                    name = keys[k]
                    if given[name] != now and given[name] != ALWAYS:
                        sound = False
                        break
                    node = values[name]
                    parts[start + k - begin] = node
                    h = (h ^ np.uint64(np.uint32(node))) * _PRIME
                if not sound:
                    break
                size = end - begin
                if size > 1:
                    head = parts[start]
                    if head >= 0 and not callable_[head]:
                        sound = False
                        break
                    h ^= h >> _FOLD
                    slot = np.int64(h & np.uint64(mask))
                    node = -1
                    while table[slot] >= 0:
                        other = table[slot]
                        at = first_parts[other]
                        if hashes[other] == h and first_parts[other + 1] - at == size:
                            same = True
                            for k in range(size):
                                if parts[at + k] != parts[start + k]:
                                    same = False
                                    break
                            if same:
                                node = other
                                break
                        slot = (slot + 1) & mask
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
        h = _BASIS
        for k in range(first_parts[node], first_parts[node + 1]):
            h = (h ^ np.uint64(np.uint32(parts[k]))) * _PRIME
        if first_parts[node + 1] == first_parts[node]:
            h = np.uint64(node) * _PRIME  # never looked up: anywhere, but not all in one place
        hashes[node] = h ^ (h >> _FOLD)
