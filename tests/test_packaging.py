"""What an installed jbatt contains."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_all_packages_are_installed():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "jbatt").rglob("__init__.py")}
    assert found <= set(listed)
