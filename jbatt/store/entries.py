"""Which folders and files below the cache folder are jbatt's. Nothing here needs JAX."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = "executables"
"""The folder of kept executables, in the cache folder."""
ENTRY = re.compile(r"[0-9a-f]{24}-[0-9a-f]{16}")
"""An entry's name: a digest of what its StableHLO depends on, one of what the executable depends on as well."""


def entries(folder: Path) -> list[Path]:
    """The entries in a folder of executables, which need not exist."""
    return sorted(p for p in _listed(folder) if ENTRY.fullmatch(p.name))


def old_files(folder: Path) -> list[Path]:
    """Files in which earlier versions of jbatt kept executables."""
    return sorted(p for p in _listed(folder) if p.suffix == ".xla" and p.is_file())


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
