"""Where jbatt keeps things between runs."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "JBATT_CACHE_DIR"


def cache_folder() -> Path:
    """`$JBATT_CACHE_DIR`, else `jbatt` in the user's cache folder. It need not exist."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("jbatt", appauthor=False)


def prepared(folder: Path) -> str | None:
    """Make a folder where there is none; why it must not be used, or None.

    What is loaded from it can run code, so it must be the user's own and writable by nobody else.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = folder.stat()
    except FileExistsError:
        return "it is not a folder"
    except OSError as e:
        return e.strerror or str(e)
    if hasattr(os, "geteuid") and about.st_uid != os.geteuid():
        return "it belongs to another user"
    if hasattr(os, "geteuid") and about.st_mode & 0o022:
        return "others may write to it (chmod go-w)"
    return None
