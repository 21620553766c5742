"""Values of a lowered graph: what stands for data while programs are lowered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Traced:
    """A value that an operation gives. `parts`: the fields of a fixed tuple with functions, or the items of a container of them."""

    __slots__ = ("const", "parts", "slot", "type")

    def __init__(self, kind, slot: int | None, const=None, parts: tuple = ()):
        self.type, self.slot, self.const, self.parts = kind, slot, const, parts

    def __eq__(self, other) -> bool:
        return isinstance(other, Traced) and (self.type, self.slot, self.parts) == (
            other.type,
            other.slot,
            other.parts,
        )

    def __hash__(self) -> int:
        return hash((self.type, self.slot))


@dataclass(slots=True)
class TracedItems:
    """The items of a container: the slot of their number, and their values (a `Traced` or a `Closure`)."""

    kind: str
    head: int
    value: Any
    packed: bool = False

    @property
    def own(self) -> bool:
        """Whether the values are those that came with the number (or pairs of them), in their order."""
        return self.packed or (isinstance(self.value, Traced) and self.value.slot == self.head + 1)
