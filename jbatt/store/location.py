"""Where jbatt keeps things between runs."""

from __future__ import annotations

import os
from pathlib import Path

from jbatt.files import distrusted

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

    What is loaded from it can run code, so it must be the user's own and writable by nobody else. So must the folder that it is
    in be asked about: who may write there may put another folder in its place.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = folder.stat()
    except FileExistsError:
        return "it is not a folder"
    except OSError as e:
        return e.strerror or str(e)
    return distrusted(about)
