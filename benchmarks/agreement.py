"""Whether jbatt and the reference say the same of every program on every task, and why not where they do not."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from common import console, table
from reference import ERROR, TIMEOUT, Key, Outcome, Statuses

OWN = frozenset({"unsupported", "capacity", "timeout"})
"""What jbatt says where it does not know: never right or wrong."""
SHOWN = 20


@dataclass
class Agreement:
    """The comparison of all sides.

    equal: results on which all agree; own: jbatt's own statuses, and what the reference says there; reference_limit:
    results for which the reference takes too long; order: those on which jbatt agrees with the reference once its sets
    run in canonical order; unused: those on which it agrees once lines that nothing uses, which jbatt does not
    evaluate, are left out as well; wrong: what disagrees all the same, with what each says; unsteady: jbatt's sides
    that say different things.
    """

    results: int = 0
    equal: int = 0
    own: dict[Key, tuple[str, str]] = field(default_factory=dict)
    reference_limit: int = 0
    order: int = 0
    unused: dict[Key, dict[str, str]] = field(default_factory=dict)
    wrong: dict[Key, dict[str, str]] = field(default_factory=dict)
    unsteady: dict[Key, dict[str, str]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return not self.wrong and not self.unsteady

    def report(self, reasons: dict[Key, str]) -> dict:
        """For JSON; reasons: jbatt's, by result."""

        def listed(found: dict[Key, dict[str, str]]) -> list[dict[str, str]]:
            return [{"task": t, "program": p, **said} for (t, p), said in found.items()]

        # Where the reference raises, nobody misses a result.
        missed = {
            key: {"jbatt": ours, "reference": theirs, "reason": reasons.get(key, "")}
            for key, (ours, theirs) in self.own.items()
            if theirs != ERROR
        }
        own = Counter(f"{ours} (reference: {theirs})" for ours, theirs in self.own.values())
        return {
            "results": self.results,
            "equal": self.equal,
            "own": dict(own.most_common()),
            "missed": listed(missed),
            "reference_limit": self.reference_limit,
            "equal_in_canonical_order": self.order,
            "equal_without_unused_lines": listed(self.unused),
            "wrong": listed(self.wrong),
            "unsteady": listed(self.unsteady),
        }


def compare(
    jbatt: dict[str, Statuses],
    reference: dict[str, Statuses],
    again: Callable[[list[Key]], dict[str, Statuses]],
) -> Agreement:
    """Compare all sides: jbatt's with each other and with the reference's.

    again: `run_canonically` on some results, called where the reference's sides do not agree with each other or with
    jbatt.
    """
    ours, theirs = list(jbatt.values()), list(reference.values())
    keys = dict.fromkeys(key for statuses in [*ours, *theirs] for key in statuses)
    found = Agreement(len(keys))
    pending: list[Key] = []
    for key in keys:
        of_jbatt = {s.get(key, "missing") for s in ours}
        of_reference = {s.get(key, "missing") for s in theirs}
        if len(of_jbatt) > 1:
            found.unsteady[key] = {name: s.get(key, "missing") for name, s in jbatt.items()}
        elif TIMEOUT in of_reference:
            found.reference_limit += 1
        elif len(of_reference) > 1 or (of_jbatt != of_reference and not of_jbatt <= OWN):
            pending.append(key)
        elif of_jbatt and of_reference and of_jbatt <= OWN:
            found.own[key] = (of_jbatt.pop(), of_reference.pop())
        else:
            found.equal += 1
    if pending:
        _settle(found, pending, jbatt, reference, again(pending))
    return found


def _settle(
    found: Agreement,
    pending: list[Key],
    jbatt: dict[str, Statuses],
    reference: dict[str, Statuses],
    canonical: dict[str, Statuses],
) -> None:
    """What the reference says in canonical order decides, then what it says without the lines that nothing uses."""
    sides = {**jbatt, **reference, **{f"canonical {name}": s for name, s in canonical.items()}}
    for key in pending:
        ours = next((s[key] for s in jbatt.values() if key in s), None)
        settled = {canonical[name][key] for name in ("exit", "memo")}
        said = {name: s.get(key, "missing") for name, s in sides.items()}
        if TIMEOUT in settled:
            found.reference_limit += 1
        elif len(settled) > 1:
            found.wrong[key] = said
        elif ours is not None and ours in OWN:
            found.own[key] = (ours, settled.pop())
        elif settled == {ours} or not jbatt:
            found.order += 1
        elif canonical["used"][key] == ours:
            found.unused[key] = said
        else:
            found.wrong[key] = said


def show(found: Agreement, reasons: dict[str, int]) -> None:
    """Print the comparison: counts, then what disagrees."""
    rows = table(f"Agreement on {found.results:,} results", "", "results", "share")

    def row(name: str, n: int) -> None:
        rows.add_row(name, f"{n:,}", f"{n / max(1, found.results):.2%}")

    row("all sides agree", found.equal)
    row("jbatt agrees with the reference in canonical set order", found.order)
    row("... and without lines that nothing uses, but that raise", len(found.unused))
    row("jbatt says unsupported, capacity or timeout", len(found.own))
    for (ours, theirs), n in Counter(found.own.values()).most_common():
        row(f"    {ours}, where the reference says {theirs}", n)
    row("the reference is over its limits", found.reference_limit)
    row("disagree", len(found.wrong))
    if found.unsteady:
        row("jbatt's own runs differ", len(found.unsteady))
    console.print(rows)
    for reason, n in list(reasons.items())[:8]:
        console.print(f"  {n:6,}  {reason}", markup=False, soft_wrap=True)
    for title, wrong in (("Disagree", found.wrong), ("Runs of jbatt that differ", found.unsteady)):
        if wrong:
            console.print(f"[bold]{title}[/bold], {min(SHOWN, len(wrong))} of {len(wrong)}:")
        for (task, program), said in list(wrong.items())[:SHOWN]:
            sides = ", ".join(f"{name}: {status}" for name, status in said.items())
            console.print(f"  {task} {program}: {sides}", markup=False, soft_wrap=True)


def unanswered(found: Agreement, runs: Iterable[Outcome]) -> float:
    """CPU seconds that a side of the reference spends on what jbatt does not answer: median of its runs."""
    return statistics.median(sum(run.each.get(key, 0.0) for key in found.own) for run in runs)


def counts(statuses: Statuses) -> dict[str, int]:
    """Status -> how many."""
    return dict(Counter(statuses.values()).most_common())
