"""What a run found: one result for each candidate, and the digest of all of them."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring_ascii as _quoted
from typing import NamedTuple

import numpy as np

from jbatt.engine.interpreter import CAPACITY, FAILED_TO_RUN, TIMEOUT, UNSUPPORTED_ROW
from jbatt.engine.outcome import CODES, OK_, Outcome
from jbatt.engine.scores import FULL
from jbatt.run.answers import wrong
from jbatt.tasks import Task

SOLVED, FAILED = "solved", "failed"
STATUSES = (SOLVED, FAILED, FAILED_TO_RUN, TIMEOUT, CAPACITY, UNSUPPORTED_ROW)
FIELDS: dict[str, tuple[type, ...]] = {
    "task": (str,),
    "program": (str,),
    "file": (str,),
    "line": (int,),
    "body": (str, type(None)),
    "status": (str,),
    "demos": (list,),
    "tests": (list,),
}
"""What every line of `results.jsonl` has, with JSON's types."""
REASONS = (
    "not evaluated",
    "",
    "the reference raises here",
    "a value does not fit the largest capacity class",
    "a value that these types cannot hold",
    "over the time limit",
)
"""For each code of an outcome what it means where nothing more is known."""


class Judged(NamedTuple):
    """The judgement of one root on one task."""

    status: str
    reason: str
    demos: list[int | None]
    tests: list[int | None]


@dataclass(slots=True)  # frozen ones take six times as long to make, and a run makes one for each candidate
class Result:
    """One program on one task. Nothing changes one.

    status: "solved", "failed", "error" (the reference raises), "timeout", "capacity" or "unsupported", judged on the
    demo pairs alone; reason: why, where there is more to say. demos, tests: for each pair its score of 0 to 1000, None
    where it was not evaluated or the expected output is unknown.
    """

    task: str
    program: str
    file: str
    line: int
    body: str | None
    status: str
    demos: list[int | None]
    tests: list[int | None]
    reason: str = ""

    @property
    def solves_tests(self) -> bool:
        """Whether every test pair is right as well."""
        return all(s == FULL for s in self.tests)

    @property
    def closeness(self) -> float:
        """The mean score of the demo pairs that were evaluated, 0 to 1000; 0 where none was."""
        known = [s for s in self.demos if s is not None]
        return sum(known) / max(1, len(known))

    def to_json(self) -> str:
        """What `json.dumps` gives for the fields, without a reason where there is none; a tenth of its time."""
        q = _quoted
        body = "null" if self.body is None else q(self.body)
        reason = f',"reason":{q(self.reason)}' if self.reason else ""
        demos, tests = _scores(tuple(self.demos)), _scores(tuple(self.tests))
        return (
            f'{{"task":{q(self.task)},"program":{q(self.program)},"file":{q(self.file)},"line":{self.line},'
            f'"body":{body},"status":{q(self.status)},"demos":[{demos}],"tests":[{tests}]{reason}}}'
        )

    @classmethod
    def from_json(cls, line: str | bytes) -> Result:
        """What `to_json` gave. Raises ValueError, which says what is wrong, for anything else."""
        try:
            record = json.loads(line)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(record, dict):
            raise ValueError(f"a {type(record).__name__}, expected an object")
        missing = [name for name in FIELDS if name not in record]
        if missing:
            raise ValueError(f"has no {', '.join(missing)}")
        if record["status"] not in STATUSES:
            raise ValueError(f"status {record['status']!r}, expected one of {', '.join(STATUSES)}")
        for name, kinds in FIELDS.items():
            if not isinstance(record[name], kinds) or record[name] is True:
                raise ValueError(f"{name} is {reprlib.repr(record[name])}")
        for scores in (record["demos"], record["tests"]):
            if not all(s is None or (type(s) is int and 0 <= s <= FULL) for s in scores):
                raise ValueError(f"scores {reprlib.repr(scores)}, expected 0 to {FULL} or null")
        return cls(**{name: record[name] for name in FIELDS}, reason=str(record.get("reason", "")))

    def _repr_html_(self) -> str:
        from jbatt.see.notebook import result_html

        return result_html(self)


def judge(task: Task, outcome: Outcome) -> list[Judged]:
    """What became of each root of a task from its codes and scores for all pairs, demos first.

    The first demo pair, in the task's judging order, that is not right decides, whatever it is instead: of a pair without an
    answer nobody knows whether it raises, so that no later one can say what the reference gives.
    """
    n = len(task.demos)
    not_right = wrong(task, outcome)
    which = np.array(task.judging_order)[not_right.argmax(axis=1)]
    chosen = outcome.code[np.arange(len(which)), which]
    solved = np.logical_not(not_right.any(axis=1))
    scores = outcome.score.tolist()
    judged = []
    for k, (is_solved, c) in enumerate(zip(solved.tolist(), chosen.tolist(), strict=True)):
        row = [s if s >= 0 else None for s in scores[k]]
        status = SOLVED if is_solved else FAILED if c == OK_ else CODES[c]
        reason = "" if is_solved else outcome.reasons.get((k, c)) or REASONS[c]
        judged.append(Judged(status, reason, row[:n], row[n:]))
    return judged


@lru_cache(1 << 14)
def _scores(scores: tuple[int | None, ...], comma: str = ",") -> str:
    """Items of a JSON array: there are few different ones in a run."""
    return comma.join(["null" if s is None else str(s) for s in scores])


def results_digest(results: Iterable[Result]) -> str:
    """Names the results without times and paths, whatever order they came in: equal work, equal digest."""
    lines = sorted([_named(r) for r in results])
    return blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def _named(r: Result) -> str:
    """What `json.dumps` gives for a list of what counts."""
    body = "null" if r.body is None else _quoted(r.body)
    demos, tests = _scores(tuple(r.demos), ", "), _scores(tuple(r.tests), ", ")
    return f"[{_quoted(r.task)}, {_quoted(r.program)}, {body}, {_quoted(r.status)}, [{demos}], [{tests}]]"
