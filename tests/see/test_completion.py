"""The Tab key, as bash, zsh and fish ask for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jbatt.cache.kinds import KINDS
from jbatt.see import completion

JBATT = Path(sys.executable).parent / "jbatt"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("def solve_a(I):\n    return I\n\ndef solve_b(I):\n    return I\n")
    (tmp_path / "tasks.json").write_text("{}")
    (tmp_path / ".hidden.py").write_text("")
    (tmp_path / "runs" / "one").mkdir(parents=True)
    (tmp_path / "runs" / "one" / "results.jsonl").write_text("")
    (tmp_path / "runs" / "other").mkdir()
    return tmp_path


def asked(words: list[str], folder: Path, shell: str = "bash") -> list[str]:
    """What the installed command answers; the last word is what is typed so far."""
    env = {**os.environ, "_JBATT_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        env |= {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    else:
        env |= {"_TYPER_COMPLETE_ARGS": " ".join(words), "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run([str(JBATT)], cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["jbatt", "tr"], ["trace"]),
        (["jbatt", "show", "00d62"], ["00d62c1b"]),
        (["jbatt", "run", "--ids", "007bbfb7,00d62"], ["007bbfb7,00d62c1b"]),
        (["jbatt", "run", "--tasks", "arc-agi-2/e"], ["arc-agi-2/evaluation"]),
        (["jbatt", "run", "--match", "a"], ["all"]),
        (["jbatt", "trace", "mi"], ["mine.py"]),
        (["jbatt", "explain", "solve_00d6"], ["solve_00d62c1b"]),
        (["jbatt", "report", "runs/"], ["runs/one"]),
        (["jbatt", "plot", "--kind", "th"], ["throughput"]),
        (["jbatt", "profile", "--by", "o"], ["op"]),
        (["jbatt", "run", "-o", "early"], ["early-exit.first="]),
        (["jbatt", "compare", "runs/"], ["runs/one"]),
    ],
)
def test_bash(folder, words, offered):
    assert asked(words, folder) == offered


def test_all_kinds_of_cache_are_offered(folder):
    assert asked(["jbatt", "cache", "clear", ""], folder) == list(KINDS)


def test_other_shells(folder):
    assert "00d62c1b" in " ".join(asked(["jbatt", "show", "00d62"], folder, "zsh"))
    assert asked(["jbatt", "show", "00d62"], folder, "fish") == ["00d62c1b"]


def test_scripts_for_the_shells_are_given():
    env = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run(
            [str(JBATT), "--show-completion", shell], env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0 and "_JBATT_COMPLETE" in done.stdout


def test_bash_completes_once_it_is_installed(folder):
    env = {**os.environ, "HOME": str(folder), "PATH": f"{JBATT.parent}:{os.environ['PATH']}"}
    install = [
        "bash",
        "-c",
        "jbatt --install-completion; true",
    ]  # the shell that asks is the one that is set up
    subprocess.run(install, env=env, check=True, capture_output=True, timeout=60)
    ask = """
    source "$HOME/.bashrc"
    complete -p jbatt
    COMP_WORDS=(jbatt show 00d62); COMP_CWORD=2; _jbatt_completion jbatt; echo "${COMPREPLY[*]}"
    """
    done = subprocess.run(["bash", "--norc", "-c", ask], env=env, capture_output=True, text=True, timeout=60)
    registered, offered = done.stdout.splitlines()
    assert "-F _jbatt_completion jbatt" in registered and offered == "00d62c1b", done.stderr


def test_programs_of_a_file(folder):
    assert completion.programs("mine.py") == ["mine.py", "mine.py:solve_a", "mine.py:solve_b"]
    assert completion.programs("mine.py:solve_b") == ["mine.py:solve_b"]
    assert completion.programs("nowhere.py:") == []
    assert completion.programs("") == ["mine.py", "runs/"]


def test_paths(folder):
    assert completion.task_sources("t") == ["tasks.json"]
    assert completion.task_sources(str(folder) + "/t") == [f"{folder}/tasks.json"]
    assert completion.runs("") == ["runs/"]
    assert completion.paths("nowhere/x", ".py") == []


def test_ids_are_those_of_the_data_sets():
    import jbatt
    from jbatt.tasks.sources import NAMED_SOURCES, named_ids

    loaded = {t.id for source in NAMED_SOURCES for t in jbatt.load_tasks(source)}
    assert set(named_ids()) == loaded


def test_nothing_slow_is_imported():
    code = (
        "import sys; from jbatt.see import completion as c; c.programs('solve_0'); c.task_sources('a'); c.task_ids('00');"
        "assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
