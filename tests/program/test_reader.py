"""Files, folders, what stands between the functions, and hostile input."""

import os
import pickle

import pytest

from jbatt.errors import JbattError
from jbatt.program import read_programs, read_source, reader

GOOD = "def good(I):\n    O = vmirror(I)\n    return O\n"


def names(result):
    return [(program.name, program.line) for program in result.programs]


def test_a_file_a_folder_and_several(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.py", "a.py", "sub/c.py"):
        (tmp_path / name).write_text(GOOD.replace("good", "solve_" + name[-4]))
    (tmp_path / "notes.txt").write_text("no program")
    (tmp_path / "__init__.py").write_text('"""Nothing."""\n')
    one = read_programs(tmp_path / "b.py")
    assert names(one) == [("solve_b", 1)]
    assert one.programs[0].file == str(tmp_path / "b.py")
    folder = read_programs(str(tmp_path))
    assert [program.name for program in folder.programs] == ["solve_a", "solve_b", "solve_c"]
    assert len({program.root for program in folder.programs}) == 1
    assert [(note.file, note.reason) for note in folder.notes] == [
        (str(tmp_path / "__init__.py"), "no function in this file")
    ]
    several = read_programs([tmp_path / "b.py", tmp_path / "a.py"])
    assert [program.name for program in several.programs] == ["solve_b", "solve_a"]


def test_paths_that_give_nothing(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "latin.py").write_bytes(GOOD.encode() + b"# caf\xe9\n")
    (tmp_path / "nothing.py").write_text("import dsl\n")
    (tmp_path / "void.py").write_text("")
    (tmp_path / "prose.py").write_text("\n\nOnce upon a time\n")
    os.mkfifo(tmp_path / "pipe.py")
    for path, reason in {
        "missing.py": "missing.py: no such file or folder",
        "empty": "empty: no \\*.py file in this folder",
        "latin.py": "latin.py:4: not UTF-8 text",
        "nothing.py": "nothing.py: no function, expected",
        "void.py": "void.py: no function, expected",
        "prose.py": "prose.py:3: not a Python file: invalid syntax",
        "pipe.py": "pipe.py: neither a file nor a folder",
        "a\0b": "no such file or folder",
    }.items():
        with pytest.raises(JbattError, match=reason):
            read_programs(tmp_path / path)


def test_a_folder_without_functions(tmp_path):
    (tmp_path / "a.py").write_text("X = 1\n")
    with pytest.raises(JbattError, match="no function in any file of this folder"):
        read_programs(tmp_path)


def test_an_unreadable_file(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text(GOOD)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("jbatt.files.os.open", refuse)
    with pytest.raises(JbattError, match=r"a\.py: Permission denied"):
        read_programs(tmp_path / "a.py")


def test_a_huge_file(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "MAX_BYTES", 20)
    (tmp_path / "a.py").write_text(GOOD)
    with pytest.raises(JbattError, match=f"a.py: has {len(GOOD)} bytes, more than the 20 that are read"):
        read_programs(tmp_path / "a.py")
    with pytest.raises(JbattError, match="characters, expected at most 20"):
        read_source(GOOD)


def test_nothing_is_executed(tmp_path):
    trace = tmp_path / "trace"
    text = f"open({str(trace)!r}, 'w')\ndef f(I=open({str(trace)!r}, 'w')):\n    return I\n" + GOOD
    assert names(read_source(text)) == [("good", 4)]
    assert not trace.exists()


def test_statements_between_functions():
    result = read_source(
        '"""Programs."""\nimport os\nfrom dsl import (\n    fill,\n)\nBG = 5\nprint(BG)\n'
        + GOOD
        + "x = os.name\nif 1:\n  y = 2\n"
        + GOOD
    )
    assert names(result) == [("good", 8), ("good", 14)]
    assert [note.line for note in result.notes] == [7, 11, 12]
    assert "an expression whose value is not used" in result.notes[0].reason
    assert "an assignment of more than a constant" in result.notes[1].reason


def test_constants_of_one_file_end_with_it(tmp_path):
    user = "def f(I):\n    return canvas(BG, UNITY)\n"
    (tmp_path / "a.py").write_text("BG = 5\nUNITY = (2, 2)\n" + user)
    (tmp_path / "b.py").write_text(user)
    result = read_programs(tmp_path)
    assert result.graph.canonical(result.programs[0].root) == "canvas(FIVE, TWO_BY_TWO)"
    assert "unknown name 'BG'" in result.rejected[0].reason


def test_a_constant_of_the_file_hides_a_primitive():
    result = read_source(
        "fill = 4\ndef f(I):\n    return fill(I, ONE, I)\ndef g(I):\n    return canvas(fill, UNITY)\n"
    )
    assert result.graph.canonical(result.programs[0].root) == "canvas(FOUR, UNITY)"
    assert "a call of the constant fill" in result.rejected[0].reason


def test_code_fences_and_prose_around_functions():
    result = read_source(f"Sure, here it is:\n```python\n{GOOD}```\nAnd another:\n```python\n{GOOD}```\n")
    assert names(result) == [("good", 3), ("good", 9)]
    assert [note.line for note in result.notes] == [1, 6, 12]


def test_a_function_inside_a_string_is_text():
    inner = "def inner(I):\n    return I\n"
    result = read_source(f'{GOOD}"""\n{inner}"""\n{GOOD}')
    assert names(result) == [("good", 1), ("good", 8)]
    result = read_source(f'def outer(I):\n    """\n{inner}    """\n    return rot90(I)\n{GOOD}BG = 2\n')
    assert names(result) == [("outer", 1), ("good", 7)]
    assert result.programs[0].source.endswith('    """\n    return rot90(I)\n')


def test_a_string_without_end_loses_its_function_alone():
    result = read_source(f'{GOOD}def bad(I):\n    """Doc\n    return I\n{GOOD}')
    assert names(result) == [("good", 1), ("good", 7)]
    assert result.rejected[0].line == 5 and "detected at line 6" in result.rejected[0].reason


def test_nothing_parses():
    result = read_source("def a(I:\n    return I\ndef b(I):\n    return )\n")
    assert [(rejected.name, rejected.line) for rejected in result.rejected] == [("a", 1), ("b", 4)]


@pytest.mark.parametrize(
    "expression",
    {
        "calls": "rot90" + "(I)" * 100_000,
        "some calls": "rot90" + "(I)" * 500,
        "attributes": "a" + ".b" * 100_000,
        "sum": "1" + "+1" * 100_000,
        "minus": "-" * 100_000 + "1",
        "lambdas": "lambda: " * 100_000 + "1",
        "parentheses": "(" * 100_000 + "1" + ")" * 100_000,
        "tuples": "(" * 50 + "1" + ",)" * 50,
        "nested": "rot90(" * 150 + "I" + ")" * 150,
        "conditions": "I if I else " * 100_000 + "I",
        "null": "\0",
        "digits": "9" * 5000,
        "hex": "0x" + "9" * 50_000,
        "surrogate": "'\ud800'",
    }.items(),
    ids=lambda item: item[0],
)
def test_hostile_expressions(expression):
    result = read_source(f"{GOOD}def bad(I):\n    return {expression[1]}\n{GOOD}")
    assert names(result) == [("good", 1), ("good", 6)]
    (rejected,) = result.rejected
    assert rejected.line in (4, 5) and len(rejected.reason) < 300


def test_what_is_nested_within_reason_is_read():
    result = read_source("def f(I):\n    return " + "rot90(" * 90 + "I" + ")" * 90)
    assert result.graph.canonical(result.programs[0].root).count("rot90") == 90


def test_programs_can_be_pickled():
    program = read_source(GOOD).programs[0]
    again = pickle.loads(pickle.dumps(program))
    assert again == program and again.source == GOOD


def test_the_same_function_again_has_its_own_name_and_place():
    body = "(I):\n    x = hmirror(I)\n    O = vmirror(x)\n    return O\n"
    source = f"def a{body}\ndef b{body}\n\n# no more\ndef c{body.replace('I', 'J')}"
    read = read_source(source)
    assert [(p.name, p.line) for p in read.programs] == [("a", 1), ("b", 6), ("c", 13)]
    assert len({p.root for p in read.programs}) == 1
    assert [p.source for p in read.programs] == [
        f"def {name}{text}" for name, text in (("a", body), ("b", body), ("c", body.replace("I", "J")))
    ]
    assert read_source(source, fast=False).programs == read.programs


def test_a_parameter_of_another_name_is_another_function():
    body = "    return hmirror(I)\n"
    read = read_source(f"def a(I):\n{body}def b(J):\n{body}")
    assert [p.name for p in read.programs] == ["a"]
    assert [r.name for r in read.rejected] == ["b"]
    assert "unknown name 'I'" in read.rejected[0].reason
