"""What an executable depends on beside its shapes: jbatt's own code, JAX, the device and the processor."""

from __future__ import annotations

import os
import platform
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent.parent

HOST_ONLY = frozenset(
    [
        "dsl/__init__",
        "dsl/containers",
        "dsl/domain",
        "dsl/frames",
        "dsl/functional",
        "dsl/keys",
        "dsl/padded",
        "dsl/parameters",
        "dsl/public",
        "dsl/value",
        "engine/machine/__init__",
        "engine/machine/assemble",
        "engine/machine/conversions",
        "engine/machine/instructions",
        "engine/machine/item_rules",
        "engine/machine/joins",
        "engine/machine/known",
        "engine/machine/machine",
        "engine/machine/nearest",
        "engine/machine/once",
        "engine/machine/rewrite",
        "engine/machine/step_graph",
        "engine/machine/ties",
        "engine/machine/value_rules",
    ]
)
"""Modules in the folders of traced code that no kernel is made of."""
TRACED = (
    "engine/missing",
    "engine/one_kernel",
    "engine/traced",
    "engine/wide",
    "values/encode",
    "values/flags",
    "values/row",
    "values/types",
    "values/window",
)
"""Modules elsewhere of which kernels are made."""


def kernel_sources() -> list[Path]:
    """The files whose code ends up in kernels and in the machine."""
    found = [p for folder in ("dsl", "engine/machine") for p in (PACKAGE / folder).glob("*.py")]
    found = [p for p in found if p.relative_to(PACKAGE).with_suffix("").as_posix() not in HOST_ONLY]
    return sorted([*found, *(PACKAGE / f"{name}.py" for name in TRACED)])


def body_sources() -> list[Path]:
    """The files whose code ends up in whole bodies."""
    folders = ("dsl", "program", "values")
    found = [p for folder in folders for p in (PACKAGE / folder).glob("*.py")]
    return sorted([*found, PACKAGE / "engine/whole.py"])


def digest(sources: list[Path]) -> str:
    """Digest of source files: their names and what is in them."""
    made = blake2b(digest_size=16)
    for path in sources:
        content = path.read_bytes()
        made.update(f"{path.relative_to(PACKAGE).as_posix()}\0{len(content)}\0".encode())
        made.update(content)
    return made.hexdigest()


@cache
def kernel_code() -> str:
    """Digest of the code that kernels and the machine are made of."""
    return digest(kernel_sources())


@cache
def body_code() -> str:
    """Digest of the code that whole bodies are made of."""
    return digest(body_sources())


@cache
def surroundings() -> dict[str, Any]:
    """What an executable depends on beside code and shapes, as it is kept with each one. Starts JAX's backend."""
    import jax
    import jaxlib

    device = jax.devices()[0]
    return {
        "jax": jax.__version__,
        "jaxlib": jaxlib.__version__,
        "platform": device.platform,
        "device": device.device_kind,
        "machine": platform.machine(),
        "processor": _processor(),
        "flags": [os.environ.get(name, "") for name in ("XLA_FLAGS", "LIBTPU_INIT_ARGS")],
        "x64": bool(jax.config.values["jax_enable_x64"]),
    }


def _processor() -> str:
    """Digest of the processor's name and features: compiled code uses what it finds."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    wanted = {line for line in lines if line.startswith(("flags", "Features", "model name"))}
    return blake2b("\n".join(sorted(wanted)).encode(), digest_size=16).hexdigest()
