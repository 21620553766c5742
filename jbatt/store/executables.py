"""Compiled kernels on disk, so that a second run compiles nothing.

One file an executable, named by a digest of everything it depends on: the kernel and its shapes, jbatt's own code, the
versions of JAX and jaxlib, the platform, device and processor. An entry that is missing, damaged or made elsewhere means
compiling again, with a warning where something is wrong, never a failure.

Loading an executable runs code, so the folder must belong to the user and be writable by nobody else; otherwise it is
not used, and a warning says so.
"""

from __future__ import annotations

import os
import pickle
import platform
import tempfile
import warnings
from functools import cache
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import jax
import jaxlib
from jax.experimental import serialize_executable

SUFFIX = ".xla"


def default_folder() -> Path:
    """`$JBATT_CACHE`, else `jbatt` in the user's cache folder."""
    chosen = os.environ.get("JBATT_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jbatt"


@cache
def environment() -> bytes:
    """Digest of what every executable depends on."""
    device = jax.devices()[0]
    parts = [jax.__version__, jaxlib.__version__, device.platform, device.device_kind, platform.machine()]
    parts.append(os.environ.get("XLA_FLAGS", ""))
    try:
        info = Path("/proc/cpuinfo").read_text()
        parts += sorted(
            {line for line in info.splitlines() if line.startswith(("flags", "Features", "model name"))}
        )
    except OSError:
        parts.append(platform.processor())
    digest = blake2b("\0".join(parts).encode(), digest_size=16)
    for path in sources():
        digest.update(path.read_bytes())
    return digest.digest()


HOST_ONLY = frozenset(
    [
        "__init__",
        "containers",
        "domain",
        "frames",
        "functional",
        "keys",
        "padded",
        "parameters",
        "public",
        "value",
    ]
)
"""Modules of `jbatt.dsl` that no kernel is made of."""
HOST_STEPS = frozenset(["__init__", "assemble", "machine"])
"""Those of `jbatt.engine.machine`."""


def sources() -> list[Path]:
    """The files whose code ends up in kernels."""
    package = Path(__file__).parent.parent
    dsl = [path for path in sorted((package / "dsl").glob("*.py")) if path.stem not in HOST_ONLY]
    values = [package / "values" / name for name in ("flags.py", "row.py", "window.py")]
    steps = [
        path for path in sorted((package / "engine/machine").glob("*.py")) if path.stem not in HOST_STEPS
    ]
    return [*dsl, package / "engine/kernels.py", *steps, *values]


class ExecutableStore:
    """A folder of executables. `usable` is False where it cannot be trusted or written."""

    def __init__(self, folder: Path | None = None):
        self.folder = (folder or default_folder()) / "executables"
        self.usable = self._trusted()

    def _trusted(self) -> bool:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            about = self.folder.stat()
        except OSError as e:
            warnings.warn(f"kernels are not kept: {self.folder}: {e.strerror}", stacklevel=3)
            return False
        if hasattr(os, "geteuid") and (about.st_uid != os.geteuid() or about.st_mode & 0o022):
            warnings.warn(
                f"kernels are not kept: {self.folder} must belong to you and be writable by you alone",
                stacklevel=3,
            )
            return False
        return True

    def _path(self, key: str) -> Path:
        return self.folder / (blake2b(key.encode(), digest_size=16, key=environment()).hexdigest() + SUFFIX)

    def has(self, key: str) -> bool:
        """Whether there is an entry under a key; it may still turn out to be damaged."""
        return self.usable and self._path(key).exists()

    def load(self, key: str) -> Any:
        """The executable kept under a key, or None."""
        if not self.usable:
            return None
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if sha256(content[32:]).digest() != content[:32]:
            return self._drop(path, "it is damaged")
        try:
            return serialize_executable.deserialize_and_load(*pickle.loads(content[32:]))
        except Exception as e:
            return self._drop(path, f"it does not load ({type(e).__name__})")

    def _drop(self, path: Path, reason: str) -> None:
        warnings.warn(f"a kept kernel is compiled again: {path.name}: {reason}", stacklevel=4)
        path.unlink(missing_ok=True)

    def save(self, key: str, executable: Any) -> None:
        """Keep an executable; several processes may do so at once. Never fails: a full disk only means no cache."""
        if not self.usable:
            return
        try:
            content = pickle.dumps(serialize_executable.serialize(executable))
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
                file.write(sha256(content).digest() + content)
            os.replace(file.name, self._path(key))
        except Exception as e:
            warnings.warn(f"a kernel could not be kept: {type(e).__name__}: {e}", stacklevel=3)
            self.usable = False
