"""Whole programs as one executable: for a program that runs on thousands of grids, or inside research code.

The body is traced through the same primitives as single calls (`jbatt.dsl.padded`), jitted and vmapped over a batch of
grids. Containers have a fixed room; rows that need more, or that planes cannot hold, come back flagged. Where there are several
devices the rows are sharded over them: each has rows of its own and waits for no other's loops.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jbatt.dsl.domain import Closure, Unsupported, call, coercion_cost, invoke
from jbatt.dsl.padded import Padded
from jbatt.dsl.value import Value, value
from jbatt.program.graph import CONST, INPUT, INVOKE, PRIM, Graph
from jbatt.store.environment import body_code
from jbatt.values.encode import encode_grid
from jbatt.values.flags import HARD, OVERFLOW
from jbatt.values.row import GridRow
from jbatt.values.types import GRID
from jbatt.values.window import MARGINS, largest_grid

BATCH = 64
"""Grids of one call on each device: one executable serves any number of them."""
ROWS = "rows"
"""The name of the only axis of the devices' mesh."""


class Whole:
    """A program compiled as a whole.

    side: of the planes, one of `jbatt.values.window.CLASSES`. items: room in each container. store: where the executable
    for batches of BATCH grids on each device of this process is kept, or None. Raises Unsupported where the program has no type.

    `function` is the program on a batch of any size, jitted, for use inside other code; how its rows are sharded is that code's choice.
    """

    def __init__(self, graph: Graph, root: int, side: int = 32, items: int = 32, store=None):
        self.graph, self.root, self.side, self.items, self.store = graph, root, side, items, store
        self.devices = jax.local_devices()
        self.batch = BATCH * len(self.devices)
        mesh = Mesh(np.array(self.devices), (ROWS,))
        self._sharding = NamedSharding(mesh, PartitionSpec(ROWS))
        self.function = jax.jit(jax.vmap(self._body))
        self._sharded = jax.vmap(self._body)
        if len(self.devices) > 1:
            spec = PartitionSpec(ROWS)
            self._sharded = jax.shard_map(
                self._sharded, mesh=mesh, in_specs=spec, out_specs=spec, check_vma=False
            )
        self._executable: Any = None
        self._key = f"body {graph.body(root)} {side} {items} {BATCH}"
        if len(self.devices) > 1:
            self._key += f" on {len(self.devices)}"
        # What is kept has a type; otherwise tracing tells, which takes seconds for a long program.
        if store is None or not store.has(self._key, body_code()):
            jax.eval_shape(self.function, self._encode([np.zeros((1, 1), np.int8)]))

    def executable(self) -> Any:
        """The function compiled for BATCH grids on each device, from the store if it is there."""
        if self._executable is None:
            found = None
            if self.store is not None:
                found = self.store.load(self._key, body_code(), self.devices)
            if found is None:
                given = self._encode([np.zeros((1, 1), np.int8)])
                shapes = (jax.tree.map(self._shape, given),)
                if self.store is None:
                    found = jax.jit(self._sharded).lower(*shapes).compile()
                else:
                    found = self.store.compile(
                        self._key, self._sharded, shapes, code=body_code(), devices=self.devices
                    )
                    self.store.flush()
            self._executable = found
        return self._executable

    def _body(self, grid: GridRow) -> tuple[GridRow, Any]:
        g, domain = self.graph, Padded(self.items, self.side)
        values: dict[int, Any] = {}
        for node in g.reachable(self.root):
            kind, payload = g.kind[node], g.payload[node]
            args = [values[a] for a in g.args[node]]
            if kind == INPUT:
                values[node] = Value(GRID, grid, jnp.zeros((), jnp.uint8))
            elif kind == CONST:
                values[node] = value(payload, side=self.side, items=self.items)
            elif kind == PRIM:
                values[node] = Closure(payload)
            elif kind == INVOKE:
                values[node] = invoke(domain, args[0], args[1:])
            else:
                values[node] = call(domain, payload, args)
        out = values[self.root]
        if not isinstance(out, Value) or coercion_cost(out.type, GRID) >= 1000:
            raise Unsupported(f"the result is of type {out.type}, expected {GRID}")
        out = domain.coerce(out, GRID)
        return out.data, out.flags

    def _shape(self, array: Any) -> jax.ShapeDtypeStruct:
        sharding = self._sharding if len(self.devices) > 1 else None
        return jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=sharding)

    def _encode(self, grids: list[np.ndarray]) -> GridRow:
        """Rows for whole batches, the last grid again where there are too few, each device with its share."""
        rows = [encode_grid(g, self.side) for g in grids]
        rows += [rows[-1]] * (-len(rows) % self.batch)
        plane, h, w = (jax.device_put(np.stack(part), self._sharding) for part in zip(*rows, strict=True))
        return GridRow(plane, h, w)

    def run(self, grids: list[np.ndarray]) -> tuple[list[np.ndarray | None], np.ndarray]:
        """Outputs int8[h, w] for grids int8[h, w], None where a row has none, and flags uint8[n] that say why."""
        fits = [k for k, g in enumerate(grids) if max(g.shape) <= largest_grid(self.side)]
        outputs: list[np.ndarray | None] = [None] * len(grids)
        flags = np.full(len(grids), OVERFLOW, np.uint8)
        m = MARGINS[self.side]
        for first in range(0, len(fits), self.batch):
            part = fits[first : first + self.batch]
            made, found = jax.device_get(self.executable()(self._encode([grids[k] for k in part])))
            flags[part] = found[: len(part)]
            for place, k in enumerate(part):
                if not flags[k] & HARD:
                    h, w = int(made.h[place]), int(made.w[place])
                    outputs[k] = made.plane[place, m : m + h, m : m + w]
        return outputs, flags
