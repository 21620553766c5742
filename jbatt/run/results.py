"""What a run found: one result for each candidate, and the digest of all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import blake2b

from jbatt.engine.interpreter import CAPACITY, FAILED_TO_RUN, OK, TIMEOUT, UNSUPPORTED_ROW, Answer
from jbatt.run.score import FULL, score
from jbatt.tasks import Task

SOLVED, FAILED = "solved", "failed"
STATUSES = (SOLVED, FAILED, FAILED_TO_RUN, TIMEOUT, CAPACITY, UNSUPPORTED_ROW)


@dataclass(frozen=True, slots=True)
class Result:
    """One program on one task.

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

    def to_json(self) -> str:
        record = asdict(self)
        if not self.reason:
            del record["reason"]
        return json.dumps(record, separators=(",", ":"))


def judge(task: Task, answers: list[Answer]) -> tuple[str, str, list[int | None], list[int | None]]:
    """Status, reason, demo scores and test scores from the answers for all pairs of a task, demos first."""
    pairs = [*task.demos, *task.tests]
    scores = [_score(a, p.output) for a, p in zip(answers, pairs, strict=True)]
    demos, tests = scores[: len(task.demos)], scores[len(task.demos) :]
    unsure = None
    for answer, value in zip(answers, demos, strict=False):
        if answer.status == FAILED_TO_RUN:
            return FAILED_TO_RUN, answer.reason, demos, tests
        if answer.status == OK:
            if value != FULL:
                return FAILED, answer.reason, demos, tests
        elif unsure is None:
            unsure = answer
    if unsure is not None:
        return unsure.status, unsure.reason, demos, tests
    return SOLVED, "", demos, tests


def _score(answer: Answer, expected) -> int | None:
    if expected is None:
        return None
    if answer.status == OK:
        return score(answer.grid, expected)
    return 0 if answer.status == FAILED_TO_RUN else None


def results_digest(results: Iterable[Result]) -> str:
    """Names the results without times and paths, whatever order they came in: equal work, equal digest."""
    lines = sorted(json.dumps([r.task, r.program, r.body, r.status, r.demos, r.tests]) for r in results)
    return blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
