"""Types of single nodes are those of the whole graph's."""

import pytest

import jbatt
from jbatt.dsl.domain import Unsupported
from jbatt.program.infer import Inference
from jbatt.run.command import bank


def told(inference, node):
    try:
        return str(inference.of(node))
    except Unsupported as e:
        return f"unsupported: {e}"


@pytest.fixture(scope="module")
def programs():
    bad = "def a(I):\n    c = square(I)\n    O = hmirror(c)\n    return O\n"
    return jbatt.read_source((bank() / "arc_agi_1_training.py").read_text() + bad)


def test_one_node_costs_only_what_it_needs(programs):
    graph, root = programs.graph, programs.programs[-2].root
    inference = Inference(graph)
    inference.of(root)
    assert sorted(inference._ahead) == graph.reachable(root)
    assert not inference.type_of


def test_asked_one_by_one_or_all_at_once(programs):
    graph, roots = programs.graph, [p.root for p in programs.programs]
    whole, single = Inference(graph), Inference(graph)
    whole.extend(len(graph))
    for root in roots[::-3]:
        assert told(single, root) == told(whole, root)
        nodes = graph.reachable(root)
        assert set(single.signatures(nodes)) == set(whole.signatures(nodes))
    single.extend(len(graph) // 2)
    assert [told(single, r) for r in roots] == [told(whole, r) for r in roots]
    single.extend(len(graph))
    assert [told(single, n) for n in range(len(graph))] == [told(whole, n) for n in range(len(graph))]
    assert told(single, roots[-1]).startswith("unsupported")
    assert len(single.signature_of) == len(single.type_of) == len(graph)
