"""An argument that raises counts even where no item of a container came to use it."""

import pytest

import jbatt


@pytest.mark.parametrize(
    "use",
    [
        "canvas(size(astuple(x, THREE)), UNITY)",
        "canvas(size(apply(rbind(shift, x), objects(I, T, F, T))), UNITY)",
        "branch(contained(x, ofcolor(I, NINE)), I, I)",
    ],
)
def test_errors_of_unused_values(use):
    solve = jbatt.solver(f"def solve_a(I):\n    x = first(ofcolor(I, NINE))\n    return {use}\n")
    with pytest.raises(jbatt.JbattError, match="error"):
        solve([[0, 0]])
