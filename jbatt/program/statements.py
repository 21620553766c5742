"""The language: which Python statements a program may hold, and what each does.

A statement becomes a few *steps*. A step looks up keys among the variables and gives the node made of them a name:

    x3 = fill(I, 3, shift(x1, UP))      "(1" <- "shift(", "x1", "UP"
                                        "x3" <- "fill(", "I", "3", "(1"

Keys are variables, global names, literals ("3"), primitives to call ("fill(") and results inside a statement ("(1").
Both ways of reading, whole functions with `ast` and line by line, make their steps here.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from jbatt.dsl.parameters import PARAMETERS
from jbatt.program.constants import CONSTANTS, Value, flaw
from jbatt.program.scope import Scope, bind

RETURN = "return"
"""The target of a `return`: no variable can have this name."""

MAX_REASON = 400
"""Characters of a reason: names and literals in it may be of any length."""

MAX_NESTING = 100
"""Calls within calls in one statement. Python's own limit on parentheses is 200, but `f(a)(b)(c)...` has none."""

_WORDS: dict[type[ast.AST], str] = {
    ast.Lambda: "a lambda",
    ast.ListComp: "a list comprehension",
    ast.SetComp: "a set comprehension",
    ast.DictComp: "a dict comprehension",
    ast.GeneratorExp: "a generator expression",
    ast.Attribute: "an attribute",
    ast.Subscript: "a subscript",
    ast.Starred: "a starred argument",
    ast.BinOp: "an operator",
    ast.UnaryOp: "an operator",
    ast.BoolOp: "an operator (and, or)",
    ast.Compare: "a comparison",
    ast.IfExp: "a conditional expression",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "an assignment expression",
    ast.List: "a list",
    ast.Set: "a set",
    ast.Dict: "a dict",
    ast.FunctionDef: "a nested function",
    ast.AsyncFunctionDef: "a nested function",
    ast.ClassDef: "a class",
    ast.Assign: "an assignment of more than a constant",
    ast.AnnAssign: "an assignment of more than a constant",
    ast.AugAssign: "an augmented assignment",
    ast.Import: "an import",
    ast.ImportFrom: "an import",
    ast.Expr: "an expression whose value is not used",
}


class Outside(Exception):
    """Something that is not in the language, where it is and what was expected."""

    def __init__(self, node: ast.AST, reason: str) -> None:
        super().__init__(reason)
        self.line: int = getattr(node, "lineno", 1)
        self.reason = shortened(reason)


def shortened(reason: str) -> str:
    """A reason without the middle of what is too long to read."""
    half = MAX_REASON // 2
    return reason if len(reason) <= MAX_REASON else f"{reason[:half]} ... {reason[-half:]}"


IsVariable = Callable[[ast.Name], bool]
"""Whether a name stands for a variable of the function where it is used, rather than for a global name."""


class Step(NamedTuple):
    """`target` becomes the node that `keys` stand for: one key for itself, several for a call."""

    target: str
    keys: tuple[str, ...]
    line: int


@cache
def close(name: str) -> str:
    """A question after the name that was probably meant; "" where none is near."""
    found = difflib.get_close_matches(name, [*PARAMETERS, *CONSTANTS], n=1, cutoff=0.75)
    return f" (did you mean {found[0]}?)" if found else ""


def describe(node: ast.AST) -> str:
    """The construct in words."""
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else f"a literal of type {type(node.value).__name__}"
    kind = type(node).__name__
    return _WORDS.get(
        type(node), f"a '{kind.lower()}' statement" if isinstance(node, ast.stmt) else f"'{kind}'"
    )


def steps_of(statement: ast.stmt, scope: Scope, is_variable: IsVariable) -> list[Step]:
    """The steps of one statement; none for a docstring. Raises Outside."""
    if isinstance(statement, ast.Return):
        if statement.value is None:
            raise Outside(statement, "a return without a value, expected `return expression`")
        return _Steps(scope, is_variable).run(RETURN, statement.value)
    if isinstance(statement, ast.Expr) and is_text(statement.value):
        return []
    if isinstance(statement, ast.Assign):
        if len(statement.targets) > 1:
            raise Outside(statement, "a chained assignment, expected one variable")
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign):
        if statement.value is None:
            raise Outside(statement, "a variable without a value, expected `name: type = expression`")
        target, value = statement.target, statement.value
    else:
        raise Outside(
            statement, f"{describe(statement)}, expected `name = expression` or `return expression`"
        )
    if not isinstance(target, ast.Name):
        raise Outside(target, "an assignment to something else than one variable")
    return _Steps(scope, is_variable).run(target.id, value)


def constant_of(node: ast.expr, scope: Scope, is_variable: IsVariable) -> Value:
    """The value of a literal, a named constant or a tuple of them. Raises Outside for everything else."""
    value = _constant(node, scope, is_variable, 0)
    reason = flaw(value)
    if reason is not None:
        raise Outside(node, f"{reason}")
    return value


def _constant(node: ast.expr, scope: Scope, is_variable: IsVariable, depth: int) -> Value:
    if _is_literal(node):
        return node.value  # type: ignore[attr-defined, no-any-return]
    if isinstance(node, ast.UnaryOp):
        operand = node.operand
        if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant) and type(operand.value) is int:
            return -operand.value
        raise Outside(node, "an operator, expected at most `-` before an integer literal")
    if isinstance(node, ast.Tuple):
        if depth > MAX_NESTING:
            raise Outside(node, "tuples nested too deeply")
        return tuple([_constant(item, scope, is_variable, depth + 1) for item in node.elts])
    if isinstance(node, ast.Name) and not is_variable(node) and node.id in scope.constants:
        return scope.constants[node.id]
    what = f"'{node.id}'" if isinstance(node, ast.Name) else describe(node)
    raise Outside(
        node, f"{what} in a constant, expected bool and int literals, named constants and tuples of them"
    )


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (bool, int)


def is_text(node: ast.expr) -> bool:
    """Whether this is a docstring, or a string in its place."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


class _Steps:
    """Takes the expression of one statement apart, innermost calls first."""

    def __init__(self, scope: Scope, is_variable: IsVariable) -> None:
        self.scope = scope
        self.is_variable = is_variable
        self.steps: list[Step] = []

    def run(self, target: str, value: ast.expr) -> list[Step]:
        if isinstance(value, ast.Call):
            self.call(value, target, 0)
        else:
            self.steps.append(Step(target, (self.key(value, 0),), value.lineno))
        return self.steps

    def key(self, node: ast.expr, depth: int) -> str:
        """Where the value of an expression will be found."""
        if isinstance(node, ast.Name):
            if not self.is_variable(node):
                if node.id not in self.scope:
                    expected = "expected a variable, a primitive or a named constant"
                    raise Outside(node, f"unknown name '{node.id}'{close(node.id)}, {expected}")
                self.scope.need(node.id)
            return node.id
        if isinstance(node, ast.Call):
            return self.call(node, None, depth + 1)
        if _is_literal(node) or isinstance(node, (ast.Tuple, ast.UnaryOp)):
            return self.scope.need_literal(constant_of(node, self.scope, self.is_variable))
        raise Outside(
            node, f"{describe(node)}, expected a name, a bool, an int, a tuple of constants or a call"
        )

    def call(self, node: ast.Call, target: str | None, depth: int) -> str:
        """Adds the steps of a call. Its result is found under `target`, or under a key of its own."""
        if depth > MAX_NESTING:
            raise Outside(node, f"calls nested more than {MAX_NESTING} deep")
        keywords: list[str] = []
        for keyword in node.keywords:
            if keyword.arg is None:
                raise Outside(keyword.value, "a double-starred argument, expected plain arguments")
            keywords.append(keyword.arg)
        head, places = self.function(node, keywords, depth)
        values = [self.key(each, depth) for each in node.args]
        values += [self.key(each.value, depth) for each in node.keywords]
        if target is None:
            target = f"({len(self.steps) + 1}"
        self.steps.append(Step(target, (head, *[values[place] for place in places]), node.lineno))
        return target

    def function(self, node: ast.Call, keywords: list[str], depth: int) -> tuple[str, list[int]]:
        """The key of what is called, and where each of its arguments is in the values given."""
        function = node.func
        if isinstance(function, ast.Name) and not self.is_variable(function):
            name = function.id
            if name not in self.scope.primitives:
                what = (
                    f"a call of the constant {name}"
                    if name in self.scope
                    else f"unknown function '{name}'{close(name)}"
                )
                raise Outside(function, f"{what}, expected a primitive or a variable")
            for argument in node.args:
                if isinstance(argument, ast.Starred):
                    raise Outside(argument, "a starred argument, expected plain arguments")
            try:
                return name + "(", bind(name, len(node.args), keywords)
            except ValueError as error:
                raise Outside(node, str(error)) from None
        if not isinstance(function, (ast.Name, ast.Call)):
            raise Outside(function, f"a call of {describe(function)}, expected a primitive or a variable")
        if keywords:
            raise Outside(node, "keyword arguments for a function in a variable, expected positional ones")
        if not node.args:
            raise Outside(node, "a call without arguments")
        return self.key(function, depth), list(range(len(node.args)))
