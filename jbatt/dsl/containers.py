"""Primitives over containers and functions, written once for every domain.

`d` is the domain; `d.items(c)` is a list of the container's items in iteration order, a mask or key is a value with
one row for each item. Fixed tuples (pairs, cells, `astuple`) keep their fields' own types where that matters.
"""

from __future__ import annotations

from jbatt.dsl.domain import Closure, Fixed, Unsupported, call, invoke
from jbatt.dsl.registry import structural
from jbatt.values.types import FUNCTION, INTEGER, StructType, container_kind

APART = 4
"""Items of one type, up to which a function is applied to each by itself rather than to a list of them."""


def _kind(name: str, value) -> str:
    kind = value.kind if isinstance(value, Fixed) else container_kind(value.type)
    if kind is None:
        raise Unsupported(f"{name} expects a container, not {value.type}")
    return kind


def fields(d, value) -> list | None:
    """The items of a container whose items are known one by one; None for the others."""
    if isinstance(value, Fixed):
        return list(value.values)
    if isinstance(value.type, StructType):
        return [d.field(value, k) for k in range(len(value.type.fields))]
    return None


def apart(d, value) -> list | None:
    """`fields` of a container for whose items something is to be done one by one; None where it is better done for all at once."""
    if isinstance(value.type, StructType):
        kinds = value.type.fields
        if len(kinds) > APART and kinds.count(kinds[0]) == len(kinds) and kinds[0] is not FUNCTION:
            return None
    return fields(d, value)


def gather(d, kind: str, values: list):
    """The container of these values."""
    if values and all(isinstance(v, Closure | Fixed) for v in values):
        return Fixed(kind, tuple(values))
    if not values or (any(isinstance(v, Closure | Fixed) for v in values) and kind == "set"):
        raise Unsupported("a set of functions and of other values")
    packed = d.struct(values)
    return packed if kind == "tuple" else d.build("set", d.items(packed))


def _same_kind(name: str, kind: str, *values) -> None:
    for value in values:
        if _kind(name, value) != kind:
            raise Unsupported(f"{name} expects a {kind}, not {value.type}")


@structural("identity")
def identity(d, x):
    """The argument itself, whatever it is. Source: ARC-DSL `identity`."""
    return x


@structural("equality")
def equality(d, a, b):
    """Whether two values are equal; integers equal booleans of the same number. Source: ARC-DSL `equality`."""
    return d.equal(a, b)


@structural("contained")
def contained(d, value, container):
    """Whether a value is an item of a container. Source: ARC-DSL `contained`."""
    _kind("contained", container)
    if isinstance(container.type, StructType):
        found = d.equal(value, d.field(container, 0))
        for k in range(1, len(container.type.fields)):
            found = d.either(found, d.equal(value, d.field(container, k)))
        return found
    items = d.items(container, ordered=False)
    return d.any(items, d.equal(d.spread(value, items), d.item(items)))


@structural("combine")
def combine(d, a, b):
    """The items of both containers, in a container of the first one's kind. Source: ARC-DSL `combine`."""
    kind = _kind("combine", a)
    _kind("combine", b)
    left, right = fields(d, a), fields(d, b)
    if left is not None and right is not None:
        return gather(d, kind, left + right)
    return d.build(kind, d.concat(d.items(a), d.items(b)))


@structural("intersection")
def intersection(d, a, b):
    """Items that two sets share. Source: ARC-DSL `intersection`."""
    _same_kind("intersection", "set", a, b)
    items = d.items(a)
    return d.build("set", d.keep(items, d.member(items, d.items(b))), sorted_already=True)


@structural("difference")
def difference(d, a, b):
    """Items of the first container that are not in the second. Source: ARC-DSL `difference`."""
    kind = _kind("difference", a)
    items = d.items(a)
    return d.build(kind, d.keep(items, d.flip(d.member(items, d.items(b)))), sorted_already=True)


@structural("dedupe")
def dedupe(d, tup):
    """A tuple without repeats; the first of equal items stays. Source: ARC-DSL `dedupe`."""
    _same_kind("dedupe", "tuple", tup)
    return d.build("tuple", d.distinct(d.items(tup)))


@structural("order")
def order(d, container, compfunc):
    """The items as a tuple, by ascending key; equal keys keep their order. Source: ARC-DSL `order`."""
    _kind("order", container)
    items = d.items(container)
    return d.build("tuple", d.sort(items, d.map(compfunc, items)))


@structural("repeat")
def repeat(d, item, num):
    """A tuple with the item `num` times. Source: ARC-DSL `repeat`."""
    return d.build("tuple", d.repeat(item, d.coerce(num, INTEGER)))


@structural("size")
def size(d, container):
    """Number of items. Source: ARC-DSL `size`."""
    _kind("size", container)
    if isinstance(container.type, StructType):
        return d.constant(len(container.type.fields), container)
    return d.count(d.items(container))


@structural("merge")
def merge(d, containers):
    """The items of the items, in the outer container's kind. Source: ARC-DSL `merge`."""
    kind = _kind("merge", containers)
    outer = fields(d, containers)
    if outer is not None:
        inner = [fields(d, f) for f in outer]
        if all(i is not None for i in inner):
            return gather(d, kind, [v for i in inner for v in i])
    return _flatten(d, kind, d.items(containers, ordered=kind == "tuple"))


def _flatten(d, kind, items):
    return d.union(items) if kind == "set" else d.build(kind, d.flatten(items))


@structural("maximum")
def maximum(d, container):
    """The largest item; 0 where there is none. Source: ARC-DSL `maximum`."""
    _kind("maximum", container)
    items = d.items(container)
    return d.best(items, d.item(items), "max", default=0)


@structural("minimum")
def minimum(d, container):
    """The smallest item; 0 where there is none. Source: ARC-DSL `minimum`."""
    _kind("minimum", container)
    items = d.items(container)
    return d.best(items, d.item(items), "min", default=0)


@structural("valmax")
def valmax(d, container, compfunc):
    """The largest value that the function takes; that of 0 where there is no item. Source: ARC-DSL `valmax`."""
    return _extreme_value(d, "valmax", container, compfunc, "max")


@structural("valmin")
def valmin(d, container, compfunc):
    """The smallest value that the function takes; that of 0 where there is no item. Source: ARC-DSL `valmin`."""
    return _extreme_value(d, "valmin", container, compfunc, "min")


def _extreme_value(d, name, container, compfunc, which):
    _kind(name, container)
    items = d.items(container)
    keys = d.map(compfunc, items)
    try:
        default = invoke(d, compfunc, [d.constant(0, container)])
    except Unsupported:
        default = None  # the reference raises for an empty container: the function does not take 0
    return d.best(items, keys, which, give=keys, otherwise=default)


@structural("argmax")
def argmax(d, container, compfunc):
    """The item with the largest key, the first of several. Source: ARC-DSL `argmax`."""
    _kind("argmax", container)
    items = d.items(container)
    return d.best(items, d.map(compfunc, items), "max")


@structural("argmin")
def argmin(d, container, compfunc):
    """The item with the smallest key, the first of several. Source: ARC-DSL `argmin`."""
    _kind("argmin", container)
    items = d.items(container)
    return d.best(items, d.map(compfunc, items), "min")


@structural("mostcommon")
def mostcommon(d, container):
    """The item that occurs most often in a tuple, the smallest of several. Source: ARC-DSL `mostcommon`."""
    return _by_frequency(d, "mostcommon", container, "max")


@structural("leastcommon")
def leastcommon(d, container):
    """The item that occurs least often in a tuple, the smallest of several. Source: ARC-DSL `leastcommon`."""
    return _by_frequency(d, "leastcommon", container, "min")


def _by_frequency(d, name, container, which):
    _same_kind(name, "tuple", container)
    items = d.canonical(d.items(container), unique=False)
    return d.best(items, d.multiplicity(items), which)


@structural("initset")
def initset(d, value):
    """The set of one value. Source: ARC-DSL `initset`."""
    if isinstance(value, Closure | Fixed):
        return Fixed("set", (value,))
    return d.build("set", d.single(value))


@structural("sfilter")
def sfilter(d, container, condition):
    """The items for which the function is true, in the same kind of container. Source: ARC-DSL `sfilter`."""
    kind = _kind("sfilter", container)
    # Whoever asks for the order of what is left, or for each once, has fewer to compare.
    items = d.items(container, ordered=kind == "tuple")
    return d.build(kind, d.keep(items, d.truth(d.map(condition, items))), sorted_already=True)


@structural("mfilter")
def mfilter(d, container, function):
    """`merge` of `sfilter`. Source: ARC-DSL `mfilter`."""
    kind = _kind("mfilter", container)
    items = d.items(container, ordered=kind == "tuple")
    return _flatten(d, kind, d.keep(items, d.truth(d.map(function, items))))


@structural("extract")
def extract(d, container, condition):
    """The first item for which the function is true; raises where there is none. Source: ARC-DSL `extract`."""
    _kind("extract", container)
    items = d.items(container)
    return d.find(items, d.truth(d.map(condition, items, lazily=True)))


@structural("totuple")
def totuple(d, container):
    """The items as a tuple. Source: ARC-DSL `totuple`."""
    if _kind("totuple", container) == "tuple":
        return container
    if isinstance(container, Fixed):
        return Fixed("tuple", container.values)
    return d.build("tuple", d.items(container))


@structural("first")
def first(d, container):
    """The first item; of a fixed tuple, its first field. Source: ARC-DSL `first`."""
    _kind("first", container)
    known = fields(d, container)
    if known is not None:
        return known[0]
    return d.at(d.items(container), 0)


@structural("last")
def last(d, container):
    """The last item; of a fixed tuple, its last field. Source: ARC-DSL `last`."""
    _kind("last", container)
    known = fields(d, container)
    if known is not None:
        return known[-1]
    return d.at(d.items(container), -1)


@structural("insert")
def insert(d, value, container):
    """The set with one more item. Source: ARC-DSL `insert`."""
    _same_kind("insert", "set", container)
    if isinstance(container, Fixed):
        return container if value in container.values else Fixed("set", (*container.values, value))
    return d.build("set", d.concat(d.items(container), d.single(value)))


@structural("remove")
def remove(d, value, container):
    """The container without the items that equal the value. Source: ARC-DSL `remove`."""
    kind = _kind("remove", container)
    items = d.items(container)
    kept = d.keep(items, d.flip(d.equal(d.item(items), d.spread(value, items))))
    return d.build(kind, kept, sorted_already=True)


@structural("other")
def other(d, container, value):
    """The first item that does not equal the value. Source: ARC-DSL `other`."""
    _kind("other", container)
    items = d.items(container)
    return d.at(d.keep(items, d.flip(d.equal(d.item(items), d.spread(value, items)))), 0)


@structural("interval")
def interval(d, start, stop, step):
    """The integers from `start` up to, not including, `stop` by `step`. Source: ARC-DSL `interval`."""
    return d.build("tuple", d.range(*(d.coerce(x, INTEGER) for x in (start, stop, step))))


@structural("astuple")
def astuple(d, a, b):
    """The fixed tuple of two values. Source: ARC-DSL `astuple`."""
    return gather(d, "tuple", [a, b])


@structural("product")
def product(d, a, b):
    """The set of all pairs of an item of `a` and one of `b`. Source: ARC-DSL `product`."""
    _kind("product", a), _kind("product", b)
    if isinstance(a, Fixed) and isinstance(b, Fixed):
        return Fixed("set", tuple(gather(d, "tuple", [x, y]) for y in b.values for x in a.values))
    left, right = d.cross(d.items(a), d.items(b))
    return d.build("set", d.pack([left, right]), sorted_already=True)


@structural("pair")
def pair(d, a, b):
    """The tuple of pairs of items at equal places, as long as the shorter argument. Source: ARC-DSL `pair`."""
    left, right = fields(d, a), fields(d, b)
    if left is not None and right is not None:
        return gather(d, "tuple", [gather(d, "tuple", list(v)) for v in zip(left, right, strict=False)])
    _kind("pair", a), _kind("pair", b)
    return d.build("tuple", d.pack(d.zip(d.items(a), d.items(b))))


@structural("branch")
def branch(d, condition, a, b):
    """The second argument where the condition is true, else the third. Source: ARC-DSL `branch`."""
    return d.branch(d.truth(condition), a, b)


@structural("apply")
def apply(d, function, container):
    """The function's value for every item, in the container's kind. Source: ARC-DSL `apply`."""
    kind = _kind("apply", container)
    known = apart(d, container)
    if known is not None:
        return gather(d, kind, [invoke(d, function, [v]) for v in known])
    items = d.items(container, ordered=kind == "tuple")
    return d.build(kind, d.replaced(items, d.map(function, items)))


@structural("rapply")
def rapply(d, functions, value):
    """The value of every function of a container for one argument. Source: ARC-DSL `rapply`."""
    kind = _kind("rapply", functions)
    known = fields(d, functions)
    if known is not None:
        return gather(d, kind, [invoke(d, f, [value]) for f in known])
    items = d.items(functions, ordered=False)
    results = d.within(items, lambda f, x: invoke(d, f, [x]), d.item(items), d.spread(value, items))
    return d.build(kind, d.replaced(items, results))


@structural("mapply")
def mapply(d, function, container):
    """`merge` of `apply`. Source: ARC-DSL `mapply`."""
    kind = _kind("mapply", container)
    if apart(d, container) is not None:
        return merge(d, apply(d, function, container))
    items = d.items(container, ordered=kind == "tuple")
    return _flatten(d, kind, d.replaced(items, d.map(function, items)))


@structural("papply")
def papply(d, function, a, b):
    """The function's values for items at equal places, as a tuple. Source: ARC-DSL `papply`."""
    left, right = fields(d, a), fields(d, b)
    if left is not None and right is not None:
        return gather(d, "tuple", [invoke(d, function, list(v)) for v in zip(left, right, strict=False)])
    _kind("papply", a), _kind("papply", b)
    return d.build("tuple", _mapped(d, function, *d.zip(d.items(a), d.items(b))))


@structural("mpapply")
def mpapply(d, function, a, b):
    """`merge` of `papply`. Source: ARC-DSL `mpapply`."""
    return merge(d, papply(d, function, a, b))


@structural("prapply")
def prapply(d, function, a, b):
    """The set of the function's values for every item of `a` with every item of `b`. Source: ARC-DSL `prapply`."""
    _kind("prapply", a), _kind("prapply", b)
    return d.build("set", _mapped(d, function, *d.cross(d.items(a), d.items(b))))


def _mapped(d, function, left, right):
    return d.replaced(left, d.map(function, left, also=right))


@structural("colorfilter")
def colorfilter(d, objs, value):
    """The objects whose first cell has the colour. Source: ARC-DSL `colorfilter`."""
    _kind("colorfilter", objs)
    items = d.items(objs)
    colours = d.within(items, lambda o: call(d, "color", [o]), d.item(items))
    return d.build("set", d.keep(items, d.equal(colours, d.spread(value, items))), sorted_already=True)


@structural("sizefilter")
def sizefilter(d, container, n):
    """The set of the items of size `n`. Source: ARC-DSL `sizefilter`."""
    _kind("sizefilter", container)
    items = d.items(container)
    sizes = d.within(items, lambda x: call(d, "size", [x]), d.item(items))
    return d.build("set", d.keep(items, d.equal(sizes, d.spread(n, items))), sorted_already=True)


@structural("height")
def height(d, piece):
    """Rows of a tuple that is used as a grid: its length. Source: ARC-DSL `height`."""
    if _kind("height", piece) != "tuple":
        raise Unsupported(f"height does not take {piece.type}")
    return call(d, "size", [piece])


@structural("color")
def color(d, obj):
    """The colour of the first cell of a tuple of cells. Source: ARC-DSL `color`."""
    if _kind("color", obj) != "tuple":
        raise Unsupported(f"color does not take {obj.type}")
    return call(d, "first", [call(d, "first", [obj])])


@structural("flip")
def flip(d, b):
    """Whether a container is empty. Source: ARC-DSL `flip`."""
    return d.flip(d.truth(b))
