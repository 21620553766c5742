"""Passes: found by name, set by options, called in order, switched off where they fail."""

import warnings
from pathlib import Path

import numpy as np
import pytest

import jbatt
from jbatt.run.hooks import HOOKS, hookimpl
from jbatt.run.passes import Pass, Passes, make
from jbatt.run.registry import BUILT_IN, Available, available, defaults
from jbatt.run.settings import Settings, from_file, parsed, with_options

IDS = ["67a3c6ac", "68b16354", "74dd1130"]
SOURCE = "".join(
    f"def solve_{task}__{name}(I):\n    return {name}(I)\n"
    for task in IDS
    for name in ("vmirror", "hmirror", "dmirror", "rot90")
)


@pytest.fixture(scope="module")
def tasks():
    return jbatt.load_tasks("arc-agi-1/training").select(ids=IDS)


@pytest.fixture(scope="module")
def expected(tasks):
    return jbatt.validate(SOURCE, tasks, full_scores=True, passes=["solver-body-cache"]).results


def run(tasks, *passes, **more):
    return jbatt.validate(SOURCE, tasks, passes=["solver-body-cache", *passes], **more)


# Registry ---------------------------------------------------------------------------------------------------------


def test_the_built_in_passes_are_registered():
    found = available()
    assert list(found)[: len(BUILT_IN)] == list(BUILT_IN)
    for name in BUILT_IN:
        kind = found[name].load()
        assert kind.saves and kind.__doc__
        assert found[name].distribution == "jbatt"
        assert make(Settings([name])).all[0].settings == defaults(kind)


def test_an_unknown_name_lists_the_known_ones(tasks):
    with pytest.raises(
        jbatt.JbattError, match=r"'early-exot' \(did you mean early-exit\?\).*batch-validation"
    ):
        run(tasks, "early-exot")


def test_two_packages_with_one_name(monkeypatch):
    class Entry:
        name, value = "early-exit", "elsewhere:EarlyExit"

        class dist:
            name, version = "elsewhere", "2"

    real = list(__import__("importlib.metadata").metadata.entry_points(group="jbatt.passes"))
    monkeypatch.setattr("jbatt.run.registry.entry_points", lambda group: [*real, Entry])
    with pytest.raises(jbatt.JbattError, match=r"'early-exit': jbatt .* and elsewhere 2"):
        available()


def test_passes_that_are_not_registered_are_missed(monkeypatch):
    monkeypatch.setattr("jbatt.run.registry.entry_points", lambda group: [])
    with pytest.raises(jbatt.JbattError, match="install jbatt again"):
        available()


@pytest.mark.parametrize(
    ("value", "says"),
    [("jbatt.nowhere:Pass", "cannot be imported"), ("jbatt.run.registry:BUILT_IN", "is not a class")],
)
def test_a_pass_that_cannot_be_loaded(value, says):
    from importlib.metadata import EntryPoint

    entry = EntryPoint("broken", value, "jbatt.passes")
    with pytest.raises(jbatt.JbattError, match=f"'broken' of mine 3.*{says}"):
        Available("broken", "mine", "3", value, entry).load()


# Settings ---------------------------------------------------------------------------------------------------------


def test_settings_from_a_file_and_over_it(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.jbatt]\npasses = ["early-exit"]\n[tool.jbatt.early-exit]\nfirst = 3\n'
    )
    base = from_file(tmp_path)
    assert [(p.name, p.settings) for p in make(base).all] == [("early-exit", {"first": 3})]
    over = with_options(base, None, parsed(["early-exit.first=2"]))
    assert make(over).all[0].settings == {"first": 2}
    assert make(with_options(base, ["batch-validation"], {})).all[0].name == "batch-validation"
    assert make(with_options(base, [], {})).all == []
    assert [p.name for p in make(from_file(tmp_path / "nowhere")).all] == list(BUILT_IN)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tool.jbatt]\npasses = 'early-exit'\n", "expected a list of names"),
        ("[tool.jbatt]\nfirst = 1\n", "expected `passes`, or a table"),
        ("[tool.jbatt.early-exit]\nfirst = 'x'\n", r"pyproject.toml.*expected a whole number, found 'x'"),
        ("[tool.jbatt.early-exit]\nfirst = true\n", "expected a whole number, found True"),
        ("[tool.jbatt.early-exit]\nlast = 1\n", "no setting 'last'; its settings: early-exit.first"),
        ("[tool.jbatt.early-exot]\nlast = 1\n", "did you mean early-exit"),
        ("[tool.jbatt", "pyproject.toml"),
    ],
)
def test_bad_files_are_said(tmp_path, text, says):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(jbatt.JbattError, match=says):
        make(from_file(tmp_path))


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("early-exit.first", "expected pass.key=value"),
        ("first=2", "expected pass.key"),
        ("early-exit.first=two", "expected a whole number, found 'two'"),
        ("early-exit.first=0", "early-exit.first: expected 1 or more"),
        ("early-exit.size=2", "no setting 'size'"),
    ],
)
def test_bad_options_are_said(option, says):
    with pytest.raises(jbatt.JbattError, match=says):
        make(with_options(Settings(), None, parsed([option])))


def test_values_take_the_type_of_their_default():
    class Typed:
        name = "typed"

        def __init__(self, on: bool = False, share: float = 0.5, text: str = "", n: int = 1):
            self.given = (on, share, text, n)

    known = {"typed": Available("typed", "mine", "1", "here", kind=Typed)}
    from jbatt.run.settings import checked

    settings = with_options(
        Settings(), None, parsed(["typed.on=yes", "typed.share=1", "typed.n=7", "typed.text=a=b"])
    )
    values = checked(settings.values["typed"], defaults(known["typed"].load()), "typed", settings)
    assert Typed(**values).given == (True, 1.0, "a=b", 7)


# Calls ------------------------------------------------------------------------------------------------------------


class Recorder:
    """Notes every hook that it is called at."""

    name = "recorder"

    def __init__(self):
        self.calls = []

    @hookimpl
    def configure(self, options):
        self.calls.append("configure")

    @hookimpl
    def read(self, programs):
        self.calls.append("read")

    @hookimpl
    def plan(self, work, timeout):
        self.calls.append("plan")
        assert [len(t.bodies) for t in work] == [4, 4, 4] and timeout == 10

    @hookimpl
    def order_examples(self, task):
        self.calls.append("order_examples")

    @hookimpl
    def select(self, task, pairs):
        self.calls.append("select")

    @hookimpl
    def known(self, answers, wanted):
        self.calls.append("known")

    @hookimpl
    def evaluated(self, answers, fresh):
        self.calls.append("evaluated")
        with pytest.raises(ValueError, match="read-only"):
            answers.code[0, 0] = 1

    @hookimpl
    def prune(self, answers):
        self.calls.append("prune")

    @hookimpl
    def scored(self, answers):
        self.calls.append("scored")
        assert (answers.code != 0).all()

    @hookimpl
    def record(self, results):
        self.calls.append("record")

    @hookimpl
    def finish(self, counts, kernels):
        self.calls.append("finish")
        return {"nothing": counts["evaluations"] - counts["evaluations"]}


def test_hooks_are_called_in_the_order_of_the_pipeline(tasks, expected):
    recorder = Recorder()
    found = run(tasks, recorder)
    assert found.results == expected
    once = list(dict.fromkeys(recorder.calls))
    assert once == [
        "configure", "read", "plan", "order_examples", "select", "known", "evaluated", "prune", "scored", "record",
        "finish",
    ]  # fmt: skip
    assert [p["avoided"] for p in found.passes.report()][1] == {"nothing": 0}


def raising(hook: str):
    def method(self):
        raise ZeroDivisionError("on purpose")

    return type("Raising", (), {"name": f"raises-at-{hook}", hook: hookimpl(method)})


@pytest.mark.parametrize("hook", sorted(Recorder.__dict__.keys() & set(HOOKS)))
def test_a_pass_that_raises_is_switched_off(tasks, expected, hook):
    with pytest.warns(UserWarning, match=f"'raises-at-{hook}'.* is switched off.*on purpose"):
        found = run(tasks, raising(hook)())
    assert found.results == expected
    assert found.passes.report()[1]["switched_off"] == f"{hook}: ZeroDivisionError: on purpose"


def test_what_a_pass_changed_before_it_raised_is_taken_back(tasks):
    class Half:
        @hookimpl
        def configure(self, options):
            options.batch = True
            raise RuntimeError

    with pytest.warns(UserWarning, match="switched off"):
        found = run(tasks, Half)
    assert found.counts["pieces"] == found.counts["evaluations"]


def giving(hook: str, found):
    return type("Giving", (), {hook: hookimpl(lambda self: found)})()


class Shape:
    code = score = np.zeros((1, 1), np.int8)


@pytest.mark.parametrize(
    ("hook", "found"),
    [
        ("order_examples", [[0], [1]]),
        ("order_examples", 7),
        ("select", 7),
        ("prune", np.ones(1, bool)),
        ("prune", np.ones(4)),
        ("known", Shape()),
        ("finish", {"x": "many"}),
    ],
)
def test_what_makes_no_sense_switches_off_as_well(tasks, expected, hook, found):
    with pytest.warns(UserWarning, match="switched off"):
        assert run(tasks, giving(hook, found)).results == expected


def test_answers_that_depend_on_time_cannot_be_known(tasks, expected):
    class Knows:
        @hookimpl
        def known(self, answers, wanted):
            made = type(answers.outcome).empty(*wanted.shape)
            made.code[:] = 5
            return made

    with pytest.warns(UserWarning, match="depend on time"):
        assert run(tasks, Knows).results == expected


def test_prune_is_heeded_only_where_the_status_is_decided(tasks, expected):
    class Greedy:
        @hookimpl
        def order_examples(self, task):
            return [[0], list(range(1, len(task.demos) + len(task.tests)))]

        @hookimpl
        def prune(self, answers):
            return np.ones(len(answers.bodies), bool)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = run(tasks, Greedy)
        full = run(tasks, Greedy, full_scores=True)
    assert [r.status for r in found.results] == [r.status for r in expected]
    assert found.counts["evaluations"] < full.counts["evaluations"]
    assert full.results == expected


def test_select_leaves_out_tests_but_no_demos(tasks, expected):
    found = run(tasks, giving("select", []))
    assert [(r.status, r.demos) for r in found.results] == [(r.status, r.demos) for r in expected]
    assert all(s is None for r in found.results for s in r.tests)
    assert run(tasks, giving("select", []), full_scores=True).results == expected


def test_the_first_order_counts(tasks):
    seen = []

    class Watch:
        @hookimpl
        def evaluated(self, answers, fresh):
            seen.append(np.flatnonzero(fresh.any(axis=0)).tolist())

    last = [[3], [0, 1, 2]]
    task = tasks["67a3c6ac"]
    jbatt.validate(
        SOURCE, task, passes=["solver-body-cache", giving("order_examples", last), "early-exit", Watch]
    )
    assert seen == [[3], [0, 1, 2]]


def test_an_unknown_hook_is_an_error():
    class Wrong:
        @hookimpl
        def befor_evaluate(self):
            pass

    with pytest.raises(jbatt.JbattError, match=r"'wrong' of here.*befor_evaluate"):
        Passes([Pass("wrong", "here", Wrong())])


def test_wrappers_are_refused():
    class Wraps:
        @hookimpl(wrapper=True)
        def read(self):
            return (yield)

    with pytest.raises(jbatt.JbattError, match="wrappers are not supported"):
        Passes([Pass("wraps", "here", Wraps())])


# Documents --------------------------------------------------------------------------------------------------------


def test_the_documents_name_every_hook_and_show_the_example_as_it_is():
    root = Path(__file__).parents[2]
    text = (root / "docs/passes.md").read_text()
    for name in HOOKS:
        assert f"`{name}(" in text
    for name in BUILT_IN:
        assert f"`{name}`" in text
    example = (root / "docs/examples/skip_tests/skip_tests.py").read_text()
    assert example.partition("from jbatt")[2] in text
