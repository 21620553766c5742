"""Compiled executables on disk, so that a second run compiles nothing.

An entry is a checkpoint (`jbatt.store.checkpoint`) of two things: the serialised executable, which is right for one version of
JAX on one kind of device, and the StableHLO that it was compiled from, which is portable. Its folder's name has two
digests: of what the StableHLO depends on (the kernel, its shapes, jbatt's code, the platform) and of what the executable
depends on as well (versions, device, processor, flags). So after an upgrade of JAX nothing is traced again.

Entries are read when they are first needed. One that is missing, damaged or made elsewhere means compiling again, with a
warning where something is wrong, never a failure and never another result.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Any

from jbatt.store import checkpoint, environment, turns
from jbatt.store.entries import FOLDER, entries
from jbatt.store.limit import limit
from jbatt.store.location import cache_folder, prepared


def _register() -> None:
    """Let jax.export write down the row types that kernels hand on."""
    from jax import export

    from jbatt.dsl.extents import Extent
    from jbatt.values.row import GridRow, ListRow, Out

    for kind in (Extent, GridRow, ListRow, Out):
        try:
            export.register_namedtuple_serialization(kind, serialized_name=f"jbatt.{kind.__name__}")
        except ValueError:  # registered before
            pass


class ExecutableStore:
    """A folder of executables; several processes and threads may use it at once.

    folder: the cache folder (default: `cache_folder()`); bytes: how much it may hold (default: `limit()`). `usable` is False
    where the folder cannot be made or trusted: then nothing is kept, after a warning.
    """

    def __init__(self, folder: Path | None = None, bytes: int | None = None):
        self.folder = (folder or cache_folder()) / FOLDER
        self.bytes = limit() if bytes is None else bytes
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._writer: ThreadPoolExecutor | None = None
        self._pending: list[Future] = []
        self._keeps = True
        self.usable = True
        for place in (self.folder.parent, self.folder):
            reason = prepared(place)
            if reason is not None:
                self.usable = False
                self._warn(f"kernels are not kept: {place}: {reason}")
                break

    # Names --------------------------------------------------------------------------------------------------------

    def path(self, key: str, code: str | None = None) -> Path:
        """The folder of the entry under a key. code: digest of what it is traced from (default: the kernels' code)."""
        facts = environment.surroundings()
        first = f"{key}\0{code or environment.kernel_code()}\0{facts['platform']}\0{facts['x64']}"
        portable = blake2b(first.encode(), digest_size=12).hexdigest()
        second = json.dumps(facts, sort_keys=True).encode()
        return self.folder / f"{portable}-{blake2b(second, digest_size=8).hexdigest()}"

    def has(self, key: str, code: str | None = None) -> bool:
        """Whether there is an entry under a key; it may still turn out to be damaged."""
        return self.usable and self.path(key, code).is_dir()

    def is_being_made(self, key: str, code: str | None = None) -> bool:
        """Whether there is no entry under a key, and another process is compiling it: obtaining it means to wait for that."""
        return self.usable and not self.has(key, code) and turns.held(self.path(key, code))

    # Reading ------------------------------------------------------------------------------------------------------

    def load(self, key: str, code: str | None = None, devices: Sequence[Any] | None = None) -> Any:
        """The executable kept under a key, or None. devices: those to run it on (default: the first one).

        Where another process is compiling it just now, this waits for it.
        """
        if not self.usable:
            return None
        path = self.path(key, code)
        found = self._load(path, key, devices)
        if found is None and turns.awaited(path):
            found = self._load(path, key, devices)
        return found

    def _load(self, path: Path, key: str, devices: Sequence[Any] | None) -> Any:
        try:
            about = checkpoint.inspect(path)
            if about["key"] != key or about["surroundings"] != environment.surroundings():
                raise checkpoint.Damaged("it was made for something else")
            content = checkpoint.read(path, "executable", about)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (checkpoint.Damaged, KeyError, OSError) as e:
            self._drop(path, str(e))
            return None
        import jax
        from jax.experimental import serialize_executable

        devices = jax.local_devices()[:1] if devices is None else devices
        try:
            compiled, inputs, outputs = pickle.loads(content)
            del content  # of a machine some 20 MB, while loading takes most
            found = serialize_executable.deserialize_and_load(
                compiled, inputs, outputs, execution_devices=devices
            )
        except Exception as e:  # whatever a foreign JAX wrote there
            self._warn_once("load", f"a kept kernel is compiled again: {path.name}: {type(e).__name__}: {e}")
            return None
        self._used(path)
        return found

    def _exported(self, path: Path) -> Any:
        """The StableHLO of an entry for this or another device or version of JAX, or None."""
        from jax import export

        _register()
        portable = path.name.partition("-")[0]
        for other in sorted(self.folder.glob(f"{portable}-*")):
            try:
                about = checkpoint.inspect(other)
                found = export.deserialize(bytearray(checkpoint.read(other, "stablehlo", about)))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except (checkpoint.Damaged, KeyError, OSError) as e:
                self._drop(other, str(e))
                continue
            except Exception:  # StableHLO that this JAX no longer reads: trace again
                continue
            if environment.surroundings()["platform"] in found.platforms:
                return found
        return None

    def _used(self, path: Path) -> None:
        try:
            os.utime(path)
        except OSError:
            pass

    def _drop(self, path: Path, reason: str) -> None:
        self._warn_once("drop", f"a kept kernel is compiled again: {path.name}: {reason}")
        checkpoint.remove(path)

    # Compiling and keeping ----------------------------------------------------------------------------------------

    def compile(
        self,
        key: str,
        function: Callable,
        shapes: tuple,
        donate: tuple[int, ...] = (),
        code: str | None = None,
        devices: Sequence[Any] | None = None,
    ) -> Any:
        """The executable of a function, compiled from kept StableHLO or by tracing it; kept for later.

        shapes: its arguments as jax.ShapeDtypeStruct; donate: which of them it may overwrite; devices: as for `load`. Where
        another process compiled it meanwhile, that one is loaded.
        """
        if not self.usable:
            return self._compile(None, key, function, shapes, donate, code, None)
        path = self.path(key, code)
        there = path.is_dir()
        turn = turns.take(path)
        try:
            found = self._load(path, key, devices) if not there and path.is_dir() else None
            if found is not None:
                turns.end(path, turn)
                return found
            return self._compile(path, key, function, shapes, donate, code, turn)
        except BaseException:
            turns.end(path, turn)
            raise

    def _compile(
        self,
        path: Path | None,
        key: str,
        function: Callable,
        shapes: tuple,
        donate: tuple[int, ...],
        code: str | None,
        turn: Any,
    ) -> Any:
        """Ends the turn once the entry is written."""
        import jax
        from jax import export

        from jbatt.store import lean

        exported = self._exported(path) if path else None
        content = b""
        if exported is None:
            _register()
            exported = export.export(jax.jit(function, donate_argnums=donate))(*shapes)
            if path:
                content = bytes(exported.serialize())
        elif path:
            content = bytes(exported.serialize())
        # What runs is compiled from what is kept, so both are one program (measured: no slower than without).
        start = time.perf_counter()
        found = lean.compiled(jax.jit(exported.call, donate_argnums=donate).lower(*shapes))
        if path and self._keeps:
            about = {
                "key": key,
                "code": code or environment.kernel_code(),
                "surroundings": environment.surroundings(),
                "seconds": round(time.perf_counter() - start, 3),
                "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            }
            self._keep(path, found, content, about, turn)
        elif path:
            turns.end(path, turn)
        return found

    def _keep(self, path: Path, executable: Any, stablehlo: bytes, about: dict[str, Any], turn: Any) -> None:
        """Write an entry in the background: importing orbax takes a second, and each entry some 30 ms."""
        with self._lock:
            if self._writer is None:
                self._writer = ThreadPoolExecutor(1, thread_name_prefix="jbatt-store")
            self._pending.append(self._writer.submit(self._write, path, executable, stablehlo, about, turn))

    def _write(self, path: Path, executable: Any, stablehlo: bytes, about: dict[str, Any], turn: Any) -> None:
        from jax.experimental import serialize_executable

        try:
            if not self._keeps:
                return
            content = pickle.dumps(serialize_executable.serialize(executable))
            if path.is_dir():  # one that did not load here
                checkpoint.remove(path)
            checkpoint.write(path, {"executable": content, "stablehlo": stablehlo}, about)
        except Exception as e:  # a full disk has many names, in orbax and below
            self._keeps = False
            reason = (e.strerror if isinstance(e, OSError) else None) or f"{type(e).__name__}: {e}"
            self._warn(f"kernels are not kept: {self.folder}: {' '.join(reason.split())[:200]}")
        finally:
            turns.end(path, turn)

    def flush(self) -> None:
        """Wait until everything is written, and make room where it is more than the limit. Never fails."""
        with self._lock:
            pending, self._pending = self._pending, []
        for done in pending:
            done.result()
        if pending:
            self._trim()

    def _trim(self) -> None:
        """Remove what was not used for longest until a tenth of the limit is free; and what killed processes left."""
        for path in checkpoint.leftovers(self.folder, checkpoint.ABANDONED):
            shutil.rmtree(path, ignore_errors=True)
        sizes = {path: checkpoint.size(path) for path in entries(self.folder)}
        total = sum(sizes.values())
        if total <= self.bytes:
            return
        for path in sorted(sizes, key=_age):
            checkpoint.remove(path)
            total -= sizes[path]
            if total <= 0.9 * self.bytes:
                return

    # Warnings -----------------------------------------------------------------------------------------------------

    def _warn(self, text: str) -> None:
        warnings.warn(text, stacklevel=4)

    def _warn_once(self, kind: str, text: str) -> None:
        """Where a whole cache is damaged one line says it; `jbatt cache verify` names all entries."""
        if kind not in self._told:
            self._told.add(kind)
            self._warn(text)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
