"""Reads one function with `ast`: everything the language has, and the precise reason where it is left."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jbatt.program.scope import Key, Scope
from jbatt.program.statements import RETURN, Outside, Step, steps_of

Function = ast.FunctionDef | ast.AsyncFunctionDef


class _Variables(dict[str, "int | str"]):
    """The variables of a function; what is not among them is looked up in the global scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __missing__(self, key: str) -> int | str:
        return self.scope.nodes[key]


def read_function(node: Function, scope: Scope) -> int:
    """The node that the function returns. Raises Outside; its line counts like those of `node`."""
    root = None
    for step, made in walk(node, scope):
        if step.target == RETURN:
            root = made
    assert root is not None
    return root


def walk(node: Function, scope: Scope) -> Iterator[tuple[Step, int]]:
    """The steps of the function up to its `return`, each with the node that it makes. Raises Outside."""
    variables = _Variables(scope)
    variables[_parameter(node)] = scope.graph.input()
    # Python makes a name local to the whole function if it is assigned anywhere in it: a global name that is assigned
    # below has no value here.
    assigned: dict[str, int] = {}
    for statement in node.body:
        targets = (
            statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        )
        for target in targets:
            if isinstance(target, ast.Name):
                assigned.setdefault(target.id, target.lineno)

    def is_variable(name: ast.Name) -> bool:
        if name.id in variables:
            return True
        if name.id in assigned:
            raise Outside(name, f"'{name.id}' is used before the function gives it a value")
        return False

    for statement in node.body:
        for step in steps_of(statement, scope, is_variable):
            made = variables[step.target] = _run(step, variables, scope)
            yield step, made
        if RETURN in variables:
            return
    raise Outside(node, "no return, expected `return expression` at the end")


def _run(step: Step, variables: _Variables, scope: Scope) -> int:
    values = tuple([variables[key] for key in step.keys])
    key: Key = values if len(values) > 1 else values[0]  # type: ignore[assignment]
    try:
        return scope.build(key)
    except ValueError as error:
        outside = Outside(ast.Pass(), str(error))
        outside.line = step.line
        raise outside from None


def _parameter(node: Function) -> str:
    """The name of the one parameter."""
    if node.decorator_list:
        raise Outside(node.decorator_list[0], "a decorator, expected a plain function")
    if isinstance(node, ast.AsyncFunctionDef):
        raise Outside(node, "an async function, expected `def`")
    if getattr(node, "type_params", None):
        raise Outside(node, "type parameters, expected a plain function")
    arguments = node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
        raise Outside(node, "starred or keyword-only parameters, expected one plain parameter")
    parameters = arguments.posonlyargs + arguments.args
    if len(parameters) != 1:
        raise Outside(node, f"{len(parameters)} parameters, expected one")
    if arguments.defaults:
        raise Outside(node, "a default value, expected one plain parameter")
    return parameters[0].arg
