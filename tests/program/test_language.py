"""What the language has, what it has not, and what makes no difference to a body."""

import textwrap

import pytest

from jbatt.program import Graph, read_source

BASE = """
    def solve_1(I):
        x1 = ofcolor(I, FIVE)
        x2 = shift(x1, UP)
        O = fill(I, THREE, x2)
        return O
"""


def read(text, graph=None):
    return read_source(textwrap.dedent(text).lstrip("\n"), "a.py", graph)


def text_of(text):
    result = read(text)
    assert not result.rejected, result.rejected
    return result.graph.canonical(result.programs[-1].root)


def body_of(statements, parameter="I"):
    lines = "\n".join("    " + line for line in statements.split("\n"))
    result = read_source(f"def f({parameter}):\n{lines}\n", "a.py")
    assert not result.rejected, result.rejected
    return result.programs[0].body


SAME = {
    "names": "def other(grid):\n    a = ofcolor(grid, FIVE)\n    b = shift(a, UP)\n    c = fill(grid, THREE, b)\n    return c",
    "nested": "def f(I):\n    return fill(I, THREE, shift(ofcolor(I, FIVE), UP))",
    "half nested": "def f(I):\n    x = shift(ofcolor(I, FIVE), UP)\n    return fill(I, THREE, x)",
    "literals": "def f(I):\n    return fill(I, 3, shift(ofcolor(I, 5), (-1, 0)))",
    "mixed tuple": "def f(I):\n    return fill(I, 3, shift(ofcolor(I, 5), (NEG_ONE, ZERO)))",
    "unused": "def f(I):\n    z = rot90(I)\n    x = shift(ofcolor(I, FIVE), UP)\n    return fill(I, THREE, x)",
    "keywords": "def f(I):\n    return fill(patch=shift(patch=ofcolor(I, value=5), directions=UP), grid=I, value=THREE)",
    "reassigned": "def f(I):\n    x = ofcolor(I, FIVE)\n    x = shift(x, UP)\n    I = fill(I, THREE, x)\n    return I",
    "alias": "def f(I):\n    J = I\n    g = fill\n    c = 3\n    return g(J, c, shift(ofcolor(J, FIVE), UP))",
    "annotated": "def f(I: Grid, /) -> 'Grid':\n    x: Patch = shift(ofcolor(I, FIVE), UP)\n    return fill(I, THREE, x)",
    "comments": '# a\ndef f(I):  # b\n    """Doc."""\n\n# c\n    x = ofcolor(I, 5)  # d\n    return fill(I, 3, shift(x, UP))',
    "several lines": "def f(I):\n    return fill(\n        I, THREE,\nshift(ofcolor(I, FIVE), UP),\n    )",
    "one line": "def f(I): x = ofcolor(I, FIVE); return fill(I, THREE, shift(x, UP))",
    "tabs": "def f(I):\n\tx = ofcolor(I, FIVE)\n\treturn fill(I, THREE, shift(x, UP))",
    "after the return": "def f(I):\n    return fill(I, 3, shift(ofcolor(I, 5), UP))\n    for x in what: x += [1]",
    "windows": "def f(I):\r\n    x = ofcolor(I, FIVE)\r\n    return fill(I, THREE, shift(x, UP))\r\n",
    "mark": "\ufeffdef f(I):\n    return fill(I, THREE, shift(ofcolor(I, FIVE), UP))",
    "own constants": "BG = 5\ndef f(I):\n    return fill(I, C, shift(ofcolor(I, BG), D))\nC = 3\nD: tuple = (-1, 0)",
    "shadowing": "def f(rot90):\n    THREE = ofcolor(rot90, 5)\n    shift = fill(rot90, 3, shape(THREE))\n"
    "    first = fill(rot90, 3, other(THREE, UP))\n    return fill(rot90, 3, THREE)\n"
    "def f(rot90):\n    TWO = ofcolor(rot90, 5)\n    TWO = shift(TWO, UP)\n    return fill(rot90, 3, TWO)",
}


@pytest.mark.parametrize("how", SAME)
def test_the_body_stays_the_same(how):
    result = read_source(SAME[how])
    assert not result.rejected
    assert result.programs[-1].body == read(BASE).programs[0].body


DIFFERENT = {
    "another constant": "return fill(I, TWO, shift(ofcolor(I, FIVE), UP))",
    "another primitive": "return underfill(I, THREE, shift(ofcolor(I, FIVE), UP))",
    "a bool for an int": "return fill(I, THREE, shift(ofcolor(I, FIVE), (-1, False)))",
    "less": "return fill(I, THREE, ofcolor(I, FIVE))",
}


@pytest.mark.parametrize("how", DIFFERENT)
def test_the_body_changes(how):
    assert body_of(DIFFERENT[how]) != read(BASE).programs[0].body


def test_true_is_not_one():
    assert len({body_of(f"return astuple(I, {text})") for text in ("T", "ONE", "F", "ZERO")}) == 4
    assert body_of("return astuple(I, True)") == body_of("return astuple(I, T)")
    assert (
        body_of("return astuple(I, 1)")
        == body_of("return astuple(I, 0x1)")
        == body_of("return astuple(I, ONE)")
    )


def test_both_dialects_of_keywords():
    plain = body_of("return branch(T, I, rot90(I))")
    assert body_of("return branch(T, b=rot90(I), a=I)") == plain
    assert body_of("return branch(condition=T, if_value=I, else_value=rot90(I))") == plain
    assert (
        body_of("return dedupe(tup=I)") == body_of("return dedupe(iterable=I)") == body_of("return dedupe(I)")
    )


def test_function_values():
    assert text_of("def f(I):\n    g = compose(first, rbind(fill, TWO))\n    return g(I)") == (
        "compose(first, rbind(fill, TWO))(I)"
    )
    assert text_of("def f(I):\n    return compose(rot90, rot180)(I)") == "compose(rot90, rot180)(I)"
    assert (
        text_of("def f(I):\n    return power(lbind(power, rot90)(2), 3)(I)")
        == "power(lbind(power, rot90)(TWO), THREE)(I)"
    )


@pytest.mark.parametrize(
    "text, root", [("I", "I"), ("THREE", "THREE"), ("fill", "fill"), ("-11", "-11"), ("()", "()")]
)
def test_a_return_of_a_leaf(text, root):
    assert text_of(f"def f(I):\n    return {text}") == root


def test_a_file_of_several_programs():
    result = read(BASE + "    import x\n" + BASE.replace("THREE", "TWO") + BASE)
    assert [(program.name, program.line) for program in result.programs] == [
        ("solve_1", 1),
        ("solve_1", 8),
        ("solve_1", 14),
    ]
    first, second, third = result.programs
    assert first.root == third.root != second.root
    assert first.file == "a.py"
    assert second.source == textwrap.dedent(BASE).lstrip("\n").replace("THREE", "TWO")


def test_programs_of_several_texts_share_a_graph():
    graph = Graph()
    first, second = (read(BASE, graph).programs[0] for _ in range(2))
    assert first.root == second.root


# What follows `def bad(I):`, the line of the fault (1 is that of the def), and what the reason must say.
OUTSIDE = [
    ("x = lambda a: a\nreturn x", 2, "a lambda, expected"),
    ("x = rot90(I)\ny = [a for a in x]\nreturn y", 3, "a list comprehension"),
    ("x = {a for a in I}\nreturn x", 2, "a set comprehension"),
    ("x = {a: a for a in I}\nreturn x", 2, "a dict comprehension"),
    ("return merge(a for a in I)", 2, "a generator expression"),
    ("if I:\n    return I\nreturn I", 2, "a 'if' statement"),
    ("for a in I:\n    b = a\nreturn I", 2, "a 'for' statement"),
    ("while T:\n    b = I\nreturn I", 2, "a 'while' statement"),
    ("try:\n    b = I\nfinally:\n    b = I\nreturn I", 2, "a 'try' statement"),
    ("with I:\n    b = I\nreturn I", 2, "a 'with' statement"),
    ("match I:\n    case _: b = I\nreturn I", 2, "a 'match' statement"),
    ("def g(x):\n    return x\nreturn I", 2, "a nested function"),
    ("class A: pass\nreturn I", 2, "a class"),
    ("import os\nreturn I", 2, "an import"),
    ("from os import path\nreturn I", 2, "an import"),
    ("global x\nreturn I", 2, "a 'global' statement"),
    ("pass\nreturn I", 2, "a 'pass' statement"),
    ("raise I", 2, "a 'raise' statement"),
    ("assert I\nreturn I", 2, "a 'assert' statement"),
    ("del I\nreturn I", 2, "a 'delete' statement"),
    ("rot90(I)\nreturn I", 2, "an expression whose value is not used"),
    ("I += 1\nreturn I", 2, "an augmented assignment"),
    ("x = y = I\nreturn x", 2, "a chained assignment"),
    ("x, y = I\nreturn x", 2, "an assignment to something else than one variable"),
    ("I[0] = 1\nreturn I", 2, "an assignment to something else than one variable"),
    ("I.x = 1\nreturn I", 2, "an assignment to something else than one variable"),
    ("x: int\nreturn I", 2, "a variable without a value"),
    ("return first(I.x)", 2, "an attribute"),
    ("return I.first()", 2, "a call of an attribute"),
    ("return I[0]", 2, "a subscript"),
    ("return fill(*I)", 2, "a starred argument"),
    ("f = rbind(fill, I)\nreturn f(*I)", 3, "a starred argument"),
    ("return fill(I, **I)", 2, "a double-starred argument"),
    ("return add(I, 1 + 2)", 2, "an operator"),
    ("return not I", 2, "an operator"),
    ("return -I", 2, "an operator"),
    ("return --1", 2, "an operator"),
    ("return +1", 2, "an operator"),
    ("return -True", 2, "an operator"),
    ("return I and I", 2, "an operator (and, or)"),
    ("return I == I", 2, "a comparison"),
    ("return I if T else I", 2, "a conditional expression"),
    ("return f'{I}'", 2, "an f-string"),
    ("return (x := I)", 2, "an assignment expression"),
    ("return 'text'", 2, "a literal of type str"),
    ("return 1.5", 2, "a literal of type float"),
    ("return 2j", 2, "a literal of type complex"),
    ("return None", 2, "None, expected"),
    ("return ...", 2, "a literal of type ellipsis"),
    ("return [I]", 2, "a list"),
    ("return {1}", 2, "a set"),
    ("return {}", 2, "a dict"),
    ("return await I", 2, "'Await'"),
    ("return (yield I)", 2, "'Yield'"),
    ("return (I, 1)", 2, "'I' in a constant"),
    ("return (1, rot90)", 2, "'rot90' in a constant"),
    ("return (1, 1.5)", 2, "a literal of type float in a constant"),
    ("return (1, (2, [3]))", 2, "a list in a constant"),
    ("x1 = rot90(I)\nx2 = rot90(\n    I,\n    x1)\nreturn I", 3, "rot90 takes 1 argument (grid), got 2"),
    ("return fill(I, THREE)", 2, "fill takes 3 arguments (grid, value, patch), got 2"),
    ("return rot90()", 2, "rot90 takes 1 argument (grid), got 0"),
    ("f = first\nreturn f(I, I)", 3, "first takes 1 argument (container), got 2"),
    ("return fill(I, THREE, colour=I)", 2, "fill has no parameter 'colour', expected grid, value, patch"),
    ("return fill(I, THREE, grid=I)", 2, "fill got two values for its parameter 'grid'"),
    ("return fill(I, patch=I, patch=I)", 2, "fill got two values for its parameter 'patch'"),
    ("return branch(T, I, a=I, if_value=I)", 2, "branch got two values for its parameter 'a'"),
    ("return branch(T, a=I)", 2, "missing: b/else_value"),
    ("return fill(I, 1, I, I, patch=I)", 2, "fill takes 3 arguments (grid, value, patch), got 4"),
    ("f = rbind(fill, I)\nreturn f(grid=I)", 3, "keyword arguments for a function in a variable"),
    ("f = rbind(fill, I)\nreturn f()", 3, "a call without arguments"),
    ("return fil(I)", 2, "unknown function 'fil' (did you mean fill?), expected a primitive or a variable"),
    ("return fill(I, THRE, I)", 2, "unknown name 'THRE' (did you mean THREE?)"),
    (
        "return rot90(\n    J\n    )",
        3,
        "unknown name 'J', expected a variable, a primitive or a named constant",
    ),
    ("x = rot90(x1)\nx1 = I\nreturn x", 2, "'x1' is used before the function gives it a value"),
    ("x = rot90(I)\nrot90 = x\nreturn x", 2, "'rot90' is used before the function gives it a value"),
    ("x = fill(I, ONE, I)\nONE = 1\nreturn x", 2, "'ONE' is used before"),
    ("rot90 = I\nreturn rot90(I)", 3, "a call of the input grid, expected a function"),
    ("x = 3\nreturn x(I)", 3, "a call of a constant, expected a function"),
    ("return THREE(I)", 2, "a call of the constant THREE"),
    ("return I(I)", 2, "a call of the input grid"),
    ("return (lambda x: x)(I)", 2, "a call of a lambda"),
    ("return", 2, "a return without a value"),
    ("x = rot90(I)", 1, "no return, expected `return expression`"),
    ("return 99999999999999999999", 2, "an integer of 67 bits, expected at most 63"),
    ("x = rot90(I\nreturn x", 2, "not Python: '(' was never closed"),
    ("x = = I\nreturn x", 2, "not Python: invalid syntax"),
    ("x = rot90(I)\n  y = x\nreturn x", 3, "not Python: unexpected indent"),
    ("x = 007\nreturn x", 2, "not Python: leading zeros"),
    ("None = I\nreturn None", 2, "not Python: cannot assign to None"),
]


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("statements, line, reason", OUTSIDE, ids=[each[0] for each in OUTSIDE])
def test_what_is_outside_the_language_rejects_its_program_alone(statements, line, reason, fast):
    good = textwrap.dedent(BASE).lstrip("\n")
    bad = "def bad(I):\n" + textwrap.indent(statements, "    ") + "\n"
    result = read_source(good + bad + good, "a.py", fast=fast)
    assert [program.name for program in result.programs] == ["solve_1", "solve_1"]
    (rejected,) = result.rejected
    assert reason in rejected.reason
    assert (rejected.name, rejected.file, rejected.line, rejected.def_line) == ("bad", "a.py", line + 5, 6)
    assert str(rejected).startswith(f"a.py:{line + 5}: bad: ")


HEADERS = [
    ("def bad(): return 1", 1, "0 parameters, expected one"),
    ("def bad(I, J):\n    return I", 1, "2 parameters, expected one"),
    ("def bad(*I):\n    return I", 1, "starred or keyword-only parameters"),
    ("def bad(I, **k):\n    return I", 1, "starred or keyword-only parameters"),
    ("def bad(*, I):\n    return I", 1, "starred or keyword-only parameters"),
    ("def bad(I=ONE):\n    return I", 1, "a default value"),
    ("async def bad(I):\n    return I", 1, "an async function"),
    ("@cache\ndef bad(I):\n    return I", 1, "a decorator"),
    ("@cache(\n  1\n)\n@more\nasync def bad(I):\n    return I", 1, "a decorator"),
    ("def bad(if):\n    return I", 1, "not Python"),
    ("def bad(I)\n    return I", 1, "not Python: expected ':'"),
    ("def bad(I):", 1, "not Python: expected an indented block after function definition on line 6"),
]


@pytest.mark.parametrize("text, line, reason", HEADERS, ids=[each[0] for each in HEADERS])
def test_functions_that_are_no_programs(text, line, reason):
    good = textwrap.dedent(BASE).lstrip("\n")
    result = read_source(good + text + "\n" + good, "a.py")
    assert len(result.programs) == 2
    (rejected,) = result.rejected
    assert rejected.name == "bad" and reason in rejected.reason
    assert 5 + line <= rejected.line <= 6 + line
