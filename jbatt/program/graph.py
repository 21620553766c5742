"""Programs as one hash-consed expression graph.

Equal expressions are one node, whichever program they come from, so that whatever is found out about a node (its type,
its value on an example) is found out once. The graph is untyped and only grows; passes keep what they learn in lists of
their own, indexed by node id. Arguments always have smaller ids than the nodes that use them: a loop over ids in order
is a walk from the inputs to the results, and no walk needs recursion.

Kinds of nodes:

    input    the grid `I`
    const    a bool, an int or a nested tuple of them (`payload`)
    prim     a primitive used as a value: `first` in `compose(first, last)` (`payload` is its name)
    call     a primitive applied: `fill(x1, THREE, x2)` (`payload` is its name)
    invoke   a function value applied: `x4(I)`; `args[0]` is the function, the others are its arguments
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from jbatt.program.constants import Value, flaw

INPUT, CONST, PRIM, CALL, INVOKE = "input", "const", "prim", "call", "invoke"

DIGEST_BYTES = 16
_PERSON = b"jbatt body 1"
"""Part of every digest. Change the number when equal bodies stop meaning equal results: stores are keyed by them."""


class Graph:
    """Append-only; all three lists have one entry a node.

    kind: what the node is; payload: the constant's value, the primitive's name, or None; args: ids of its arguments.
    """

    __slots__ = ("_begun", "_digests", "_index", "_late", "args", "kind", "payload")

    def __init__(self) -> None:
        self.kind: list[str] = []
        self.payload: list[Any] = []
        self.args: list[tuple[int, ...]] = []
        # Interning key -> id. A call's key is (name, *args), an invoke's is its args: the reader makes both with one
        # `itemgetter` from the variables in scope, which is why they are flat. The others cannot be confused with
        # them: (name,) is a primitive, as a call has arguments, and "=" and "" name no primitive.
        self._index: dict[tuple[Any, ...], int] = {}
        self._late: int | None = None
        """The first of the nodes that are not in the index yet, those without arguments left out."""
        self._digests: list[bytes] = []
        self._begun: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.kind)

    def __repr__(self) -> str:
        return f"<Graph of {len(self)} nodes>"

    def input(self) -> int:
        """The grid that a program is given."""
        return self._leaf(("",), INPUT, None)

    def const(self, value: Value) -> int:
        """A constant. `True` and `1` are two nodes, at any depth."""
        reason = flaw(value)
        if reason is not None:
            raise ValueError(f"not a constant of the language: {reason}")
        return self._leaf(("=", repr(value)), CONST, value)

    def prim(self, name: str) -> int:
        """A primitive as a function value."""
        return self._leaf((name,), PRIM, name)

    def _leaf(self, key: tuple[str, ...], kind: str, payload: Any) -> int:
        node = self._index.get(key)
        if node is None:
            node = self._index[key] = len(self.kind)
            self.kind.append(kind)
            self.payload.append(payload)
            self.args.append(())
        return node

    def call(self, name: str, args: Sequence[int]) -> int:
        """A primitive applied to nodes."""
        key = (name, *args)
        node = self.index.get(key)
        return self._append(key, CALL, name, tuple(args)) if node is None else node

    def invoke(self, function: int, args: Sequence[int]) -> int:
        """A function value applied to nodes. Where it is a bare primitive, this is a call of it."""
        if self.kind[function] == PRIM:
            return self.call(self.payload[function], args)
        key = (function, *args)
        node = self.index.get(key)
        return self._append(key, INVOKE, None, key) if node is None else node

    def new_call(self, key: tuple[Any, ...]) -> int:
        """A primitive applied to nodes that there are, as this key of the index, which must not be there."""
        node = self.index[key] = len(self.kind)
        self.kind.append(CALL)
        self.payload.append(key[0])
        self.args.append(key[1:])
        return node

    def extend(self, names: list[str | None], args: list[tuple[int, ...]]) -> None:
        """New calls of primitives, and applications of function values where the name is None: none of them may be there."""
        if self._late is None:
            self._late = len(self.kind)
        self.kind += [INVOKE if name is None else CALL for name in names]
        self.payload += names
        self.args += args

    @property
    def index(self) -> dict[tuple[Any, ...], int]:
        """The nodes by their interning keys."""
        if self._late is not None:
            for node in range(self._late, len(self.kind)):
                name, args = self.payload[node], self.args[node]
                if args:
                    self._index[args if name is None else (name, *args)] = node
            self._late = None
        return self._index

    def _append(self, key: tuple[Any, ...], kind: str, payload: Any, args: tuple[int, ...]) -> int:
        node = len(self.kind)
        if args:
            if max(args) >= node or min(args) < 0:
                raise IndexError(f"arguments {args} of a new node, in a graph of {node} nodes")
        elif kind == CALL:
            raise ValueError(f"a call of {payload} without arguments")
        self.kind.append(kind)
        self.payload.append(payload)
        self.args.append(args)
        self.index[key] = node
        return node

    def digest(self, node: int) -> bytes:
        """Names the expression by its content alone: equal in every process and every graph."""
        return self.digests(node)[node]

    def digests(self, node: int) -> list[bytes]:
        """The digests of the nodes up to this one, and maybe of more."""
        if node >= len(self._digests):
            self._extend_digests(node + 1)
        return self._digests

    def body(self, node: int) -> str:
        """The digest as text: the body hash of a program that returns this node."""
        return self.digest(node).hex()

    def _extend_digests(self, stop: int) -> None:
        """Digests of all nodes up to `stop`, in order, so that those of the arguments are there."""
        done, begun = self._digests, self._begun
        for node in range(len(done), stop):
            kind, payload = self.kind[node], self.payload[node]
            # A name or a `repr` holds no NUL, and what follows are whole digests: two contents never run together.
            content = begun.get(payload) if kind == CALL else None
            if content is None:
                name = f"const {payload!r}" if kind == CONST else f"{kind} {payload or ''}"
                content = blake2b(name.encode() + b"\0", digest_size=DIGEST_BYTES, person=_PERSON)
                if kind == CALL:
                    begun[payload] = content
            content = content.copy()
            content.update(b"".join([done[arg] for arg in self.args[node]]))
            done.append(content.digest())

    def reachable(self, *roots: int) -> list[int]:
        """The nodes that these are made of, themselves included, in order of their ids."""
        seen = set(roots)
        todo = list(seen)
        while todo:
            for arg in self.args[todo.pop()]:
                if arg not in seen:
                    seen.add(arg)
                    todo.append(arg)
        return sorted(seen)

    def to_source(self, node: int, name: str = "solve") -> str:
        """The node as an ARC-DSL function, one call a line. Reading it gives the same node."""
        from jbatt.program.writer import to_source

        return to_source(self, node, name)

    def canonical(self, node: int, limit: int = 2000) -> str:
        """The node as one nested expression, cut with `...` where it is longer than `limit` characters."""
        from jbatt.program.writer import canonical

        return canonical(self, node, limit)
