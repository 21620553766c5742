"""The site is built, without warnings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("material", reason="mkdocs-material is not installed: pip install 'jbatt[docs]'")

ROOT = Path(__file__).parent.parent.parent


def test_the_site_is_built(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    fill = (tmp_path / "site/dsl/painting/index.html").read_text()
    assert 'id="fill"' in fill and fill.count("<svg") > 20
    assert "13,200 mutants" in (tmp_path / "site/performance/index.html").read_text()
    assert (tmp_path / "site/tutorial/index.html").exists()
    for page in (tmp_path / "site").rglob("*.html"):
        text = page.read_text()
        assert 'src="http' not in text and "fonts.g" not in text
