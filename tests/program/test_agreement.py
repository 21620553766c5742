"""Line by line or with `ast`: the same programs, to the node. An interpreter of its own tells what they should be."""

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from jbatt.dsl.parameters import PARAMETERS
from jbatt.errors import JbattError
from jbatt.program import CONSTANTS, Graph, read_source
from jbatt.program.constants import literal

VARIABLES = ["I", "x1", "x2", "x3", "O", "fill", "ONE"]
PRIMITIVES = ["fill", "rot90", "first", "compose", "branch", "dedupe", "hconcat"]
LEAVES = [
    *VARIABLES,
    "THREE",
    "F",
    "UP",
    "first",
    "3",
    "-2",
    "True",
    "(1, 0)",
    "(ONE, True)",
    "None",
    "07",
    "y",
]


@st.composite
def expressions(draw, depth=0):
    if depth > 2 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(LEAVES))
    name = draw(st.sampled_from([*PRIMITIVES, *PRIMITIVES, *VARIABLES]))
    parameters = PARAMETERS.get(name, (("a",),))
    count = len(parameters) if draw(st.integers(0, 9)) else draw(st.integers(0, 3))
    args = [draw(expressions(depth + (1 if draw(st.integers(0, 3)) == 0 else 3))) for _ in range(count)]
    if draw(st.integers(0, 7)) == 0:
        args = [f"{draw(st.sampled_from(p))}={a}" for p, a in zip(parameters, args, strict=False)]
    return f"{name}({', '.join(args)})"


STATEMENTS = st.one_of(
    st.builds("    {} = {}".format, st.sampled_from(VARIABLES), expressions()),
    st.builds("    {} = {}".format, st.sampled_from(["x1", "x2", "x3", "O"]), expressions()),
    st.builds("    {} = {}".format, st.sampled_from(["x1", "x2", "x3", "O"]), expressions()),
    st.sampled_from(
        [
            "",
            "    # why",
            "# why",
            '    """Doc."""',
            "    x1 = rot90(I)",
            "    x1 = rot90(I)  # why",
            "   x1 = rot90(I)",
        ]
        + [
            "    x1: Grid = rot90(I)",
            "    x1 = rot90(\n        I)",
            '    """Doc',
            "    x1 = 1; x2 = I",
            "    pass",
            "    )",
        ]
    ),
)
RETURNS = st.one_of(
    st.sampled_from(
        ["    return O", "    return I", "    return x1", "    return", "    return x1  # why", ""]
    ),
    st.builds("    return {}".format, expressions()),
)
HEADERS = st.sampled_from(
    [
        "def f(I):",
        "def g(I):",
        "def f(I: Grid) -> Grid:",
        "def f(x1):",
        "def f(fill):",
        "def f(I, J):",
        "def f(I=1):",
    ]
    + [
        "def f(I): # why",
        "@a\ndef f(I):",
        "async def f(I):",
        "def f(if):",
        "def f(I): return I",
        "def f(I):   ",
    ]
)
BETWEEN = st.sampled_from(
    ["", "", "", "# next", "import x", "ONE = 1", "ONE = 2", "y = (3, 3)", "print(1)", '"""', "oops here"]
)


@st.composite
def sound(draw, known, depth=0):
    """An expression that can be read: with the variables there are, and as many arguments as it takes."""
    if depth > 2 or draw(st.integers(0, 5)) == 0:
        return draw(
            st.sampled_from(
                [*known, *known, "THREE", "F", "3", "-2", "True", "(1, 0)", "(ONE, True)", "first"]
            )
        )
    name = draw(st.sampled_from([*PRIMITIVES, *[each for each in known if each != "I"]]))
    parameters = PARAMETERS.get(name, (("a",),))
    args = [draw(sound(known, depth + draw(st.sampled_from([1, 3, 3])))) for _ in parameters]
    if name in PARAMETERS and draw(st.integers(0, 5)) == 0:
        args = [f"{draw(st.sampled_from(p))}={a}" for p, a in zip(parameters, args, strict=True)]
        args = draw(st.permutations(args))
    return f"{name}({', '.join(args)})"


@st.composite
def sound_functions(draw):
    known, text = ["I"], [draw(st.sampled_from(["def f(I):", "def g(I: Grid) -> Grid:"]))]
    for _ in range(draw(st.integers(1, 6))):
        target = draw(st.sampled_from(["x1", "x2", "x3", "O", "x1", "x2", "TWO", "rot180"]))
        text.append(f"    {target} = {draw(sound(known))}{draw(st.sampled_from(['', '', '', '  # why']))}")
        known.append(target)
    return [*text, draw(st.sampled_from(["    return " + known[-1], f"    return {draw(sound(known))}"]))]


@st.composite
def files(draw):
    text = []
    for _ in range(draw(st.integers(1, 4))):
        text.append(draw(BETWEEN) if draw(st.booleans()) else "")
        if draw(st.booleans()):
            text += [*draw(sound_functions()), ""]
        else:
            text += [draw(HEADERS), *draw(st.lists(STATEMENTS, max_size=5)), draw(RETURNS), ""]
    return "\n".join([*text, draw(BETWEEN)])


def outcome(text, graph, fast):
    try:
        result = read_source(text, "a.py", graph, fast=fast)
    except JbattError as error:
        return str(error)
    return (
        [(each.name, each.line, each.root, each.body, each.source) for each in result.programs],
        result.rejected,
        result.notes,
    )


@settings(max_examples=200, deadline=None)
@given(files())
def test_both_ways_of_reading_agree(text):
    graph = Graph()
    assert outcome(text, graph, fast=True) == outcome(text, graph, fast=False)


class Unknown(Exception):
    """What the plain interpreter below does not know. The reader must not either."""


def expected(function, constants):
    """The nested text of what a function returns, written as plainly as can be."""
    variables = {function.args.args[0].arg: "I"}
    assigned = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }

    def text(node):
        if isinstance(node, ast.Name) and node.id in variables:
            return variables[node.id]
        if isinstance(node, ast.Name) and node.id not in assigned:
            if node.id in constants:
                return literal(constants[node.id])
            if node.id in PARAMETERS:
                return node.id
        if isinstance(node, ast.Call):
            head = text(node.func)
            args = [text(each) for each in node.args]
            if head in PARAMETERS:
                slots = dict(enumerate(args))
                for keyword in node.keywords:
                    place = [keyword.arg in names for names in PARAMETERS[head]].index(True)
                    slots[place] = text(keyword.value)
                args = [slots[place] for place in sorted(slots)]
            return f"{head}({', '.join(args)})"
        if isinstance(node, (ast.Constant, ast.Tuple, ast.UnaryOp)):
            names = {
                name: value for name, value in constants.items() if name not in assigned | set(variables)
            }
            return literal(eval(ast.unparse(node), {"__builtins__": {}}, names))
        raise Unknown

    for statement in function.body:
        if isinstance(statement, ast.Return):
            return text(statement.value)
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            variables[target.id] = text(statement.value)
    raise Unknown


@settings(max_examples=200, deadline=None)
@given(files())
def test_programs_mean_what_they_say(text):
    try:
        module = ast.parse(text)
        result = read_source(text, "a.py")
    except (SyntaxError, JbattError):
        return
    constants = dict(CONSTANTS)
    for node in module.body:
        if isinstance(node, ast.Assign):
            constants[node.targets[0].id] = ast.literal_eval(node.value)
    functions = {
        node.lineno: node for node in module.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert {each.line for each in result.programs} | {each.def_line for each in result.rejected} == set(
        functions
    )
    for program in result.programs:
        assert result.graph.canonical(program.root, 10**6) == expected(functions[program.line], constants)
        again = read_source(result.graph.to_source(program.root), graph=result.graph).programs[0]
        assert again.root == program.root
