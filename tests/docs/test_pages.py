"""Every command and every piece of Python in the docs is run, page by page, in the order of the page.

- ```sh blocks are run line by line, and must succeed;
- a ```text block after one must be in its output, in order, where `...` stands for any lines;
- ```python blocks with `title="FILE"` are written to that file, the others of a page run as one script;
- blocks below `<!-- not run: REASON -->` are left out.

Commands stand in such blocks only.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"^(?P<skip><!-- not run: .+? -->\n)?```(?P<language>\w*)(?P<rest>[^\n]*)\n(?P<text>.*?)^```$",
    re.M | re.S,
)


COMMAND = re.compile(r"^(?: {4}|\t)\s*(?:\$ )?(?:jbatt|python\d?|pip) .*$", re.M)
OWN_CACHE = "cache"


@dataclass
class Block:
    """A fenced block: its language, its file if it has one, its text, and whether it is to be run."""

    language: str
    title: str
    text: str
    skipped: bool


def blocks(page: Path) -> list[Block]:
    found = []
    for m in BLOCK.finditer(page.read_text(encoding="utf-8")):
        title = re.search(r'title="([^"]+)"', m["rest"])
        found.append(Block(m["language"], title[1] if title else "", m["text"], bool(m["skip"])))
    return found


@pytest.fixture
def folder(tmp_path):
    """What the README's commands name: programs and tasks of the user's own."""
    from jbatt.run.command import bank

    text = "\n".join(file.read_text() for file in sorted(bank().glob("*.py")))
    functions = {m[1]: m[0] for m in re.finditer(r"^def solve_(\w+)\(I\):\n(?:    .*\n)+", text, re.M)}
    mine = "\n\n".join(functions[k] for k in ("00d62c1b", "007bbfb7"))
    (tmp_path / "my_solvers.py").write_text(mine)
    (tmp_path / "candidates").mkdir()
    (tmp_path / "candidates" / "a.py").write_text(functions["67a3c6ac"])
    (tmp_path / "path" / "to").mkdir(parents=True)
    challenges = {
        k: {"train": [{"input": [[1, 2]], "output": [[2, 1]]}], "test": [{"input": [[3]]}]}
        for k in ("007bbfb7", "00d62c1b")
    }
    (tmp_path / "path/to/arc-agi_training_challenges.json").write_text(json.dumps(challenges))
    return tmp_path


def run(command: str, folder: Path) -> str:
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "100"}
    env.pop("NO_COLOR", None)
    if (folder / OWN_CACHE).exists():
        env["JBATT_CACHE_DIR"] = str(folder / OWN_CACHE)
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def assert_shown(expected: str, output: str) -> None:
    """Each line of the docs is in the output, after the one before it; lines end as they do, but for trailing blanks."""
    lines = [line.rstrip() for line in output.splitlines()]
    place = 0
    for line in expected.splitlines():
        if line.strip() in ("...", ""):
            continue
        found = next((k for k in range(place, len(lines)) if lines[k].startswith(line.rstrip())), None)
        assert found is not None, f"not in the output:\n{line}\n\nthe output:\n{output}"
        place = found + 1


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_page(page, folder):
    output, script = "", []
    if page.name == "caching.md":  # it clears the cache
        (folder / OWN_CACHE).mkdir()
        run("jbatt run --ids 67a3c6ac", folder)
    for block in blocks(page):
        if block.skipped:
            continue
        if block.language == "sh":
            commands = [c.split("  #")[0].strip() for c in block.text.splitlines()]
            output = "".join(run(c, folder) for c in commands if c and not c.startswith("#"))
        elif block.language == "text":
            assert_shown(block.text, output)
        elif block.language == "python" and block.title:
            (folder / block.title).write_text(block.text)
        elif block.language == "python":
            script.append(block.text)
    if script:
        (folder / "script_of_the_page.py").write_text("\n".join(script))
        run(f"{sys.executable} script_of_the_page.py", folder)


def test_output_that_is_not_there_is_found():
    assert_shown("a\n...\nc", "a\nb\nc d\n")
    with pytest.raises(AssertionError):
        assert_shown("c\na", "a\nb\nc\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_no_command_is_shown_but_not_run(page):
    text = page.read_text(encoding="utf-8")
    fenced = {m["language"] for m in BLOCK.finditer(text) if COMMAND.search("    " + m["text"])}
    assert fenced <= {"sh", "python"}
    assert not COMMAND.findall(BLOCK.sub("", text))


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            made = target.startswith("dsl/") or target == "performance.md"
            assert made or (page.parent / target).exists(), f"{page.name}: {target}"
