"""``segstudio verify``: all that is wrong with a dataset, and the mending of what can be mended without loss."""

import argparse
import time
from collections.abc import Sequence

from segstudio.cli.console import counting, remark, stop_by_keyboard, tell, tell_json
from segstudio.dataset.dataset import Dataset, open_dataset
from segstudio.dataset.doctor.kinds import kind_title
from segstudio.dataset.doctor.mended_record import mend_all_recorded
from segstudio.dataset.doctor.mending import DECISIONS, MendingReport
from segstudio.dataset.doctor.verify import breaks_training, counts_by_kind, verify
from segstudio.dataset.problems import Problem
from segstudio.dataset.statistics import with_found_classes

_PATIENCE_SECONDS = 2.0
_NOTHING = MendingReport((), ())


def verify_dataset(arguments: argparse.Namespace) -> int:
    """Say what is wrong; 1 if something would break training, or could not be mended as asked; 130 if stopped."""
    dataset = with_found_classes(open_dataset(arguments.dataset))
    with counting("Checking") as show, stop_by_keyboard() as should_stop:
        problems = verify(dataset, should_stop=should_stop, on_progress=show, on_found=_Remarks())
        stopped = should_stop()
    report = _NOTHING
    if arguments.mend is not None and not stopped:
        report = _mend(problems, dataset, arguments.mend)
        dataset = with_found_classes(open_dataset(arguments.dataset))
        with counting("Checking again") as show, stop_by_keyboard() as should_stop:
            problems = verify(dataset, should_stop=should_stop, on_progress=show)
            stopped = report.stopped or should_stop()
    (_answer_in_json if arguments.json else _answer_in_words)(dataset, problems, report)
    if stopped:
        return 130
    return 1 if breaks_training(problems) or report.failures else 0


class _Remarks:
    """Says on stderr what is found, as soon as somebody has waited for a while; all is said in order at the end."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._unsaid: list[Problem] = []

    def __call__(self, problem: Problem) -> None:
        self._unsaid.append(problem)
        if time.monotonic() - self._began >= _PATIENCE_SECONDS:
            for each in self._unsaid:
                remark(_line(each))
            self._unsaid.clear()


def _line(problem: Problem) -> str:
    return f"{problem.severity.value}: {problem.message}"


def _mend(problems: Sequence[Problem], dataset: Dataset, kind: str) -> MendingReport:
    if kind == "all":
        wanted = [problem for problem in problems if problem.mend not in DECISIONS]
    else:
        wanted = [problem for problem in problems if problem.kind == kind]
    with counting("Mending") as show, stop_by_keyboard() as should_stop:
        return mend_all_recorded(wanted, dataset, should_stop=should_stop, on_progress=show)


def _answer_in_json(dataset: Dataset, problems: Sequence[Problem], report: MendingReport) -> None:
    tell_json(
        {
            "dataset": str(dataset.root),
            "samples": len(dataset),
            "ok": not breaks_training(problems),
            "counts": counts_by_kind(problems),
            "problems": [problem.to_json() for problem in problems],
            "mended": [mended.to_json() for mended in report.mended],
            "not_mended": [{"path": str(problem.path), "reason": reason} for problem, reason in report.failures],
        }
    )


def _answer_in_words(dataset: Dataset, problems: Sequence[Problem], report: MendingReport) -> None:
    for mended in report.mended:
        kept = "" if mended.kept is None else f"; what it was is kept as {mended.kept.name}"
        tell(f"mended: {mended.problem.path} ({kind_title(mended.problem.kind)}){kept}")
    for _problem, reason in report.failures:
        tell(f"not mended: {reason}")
    for problem in problems:
        tell(_line(problem))
    counts = counts_by_kind(problems)
    if counts:
        tell("")
    for kind, count in counts.items():
        of_kind = [problem for problem in problems if problem.kind == kind]
        mendable = sum(problem.mend is not None for problem in of_kind)
        hint = f"  (mend {mendable}: --mend {kind})" if mendable else ""
        tell(f"{count:6}  {of_kind[0].severity.value:8} {kind_title(kind)}{hint}")
    tell(f"{len(dataset)} pictures, {len(problems)} problems.")
