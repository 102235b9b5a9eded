"""Runs cases, several at a time, keeping every outcome as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from eval.case import Case
from eval.judge import Judge
from eval.outcome import Outcome
from eval.store import Run

OnOutcome = Callable[[Outcome], None]


def run_cases(
    cases: Iterable[Case],
    judge: Judge,
    run: Run,
    workers: int = 1,
    on_outcome: OnOutcome | None = None,
) -> None:
    """Judge the cases that `run` has no outcome of, and finish it.

    Ctrl-C stops the statements that run; what is done stays, and the same call goes on from there.

    Args:
        cases: what to ask.
        judge: asks and compares.
        run: keeps the outcomes.
        workers: cases at the same time.
        on_outcome: told of each new outcome, in the calling thread.

    Raises:
        ConfigurationError: the run's folder cannot be written to.
    """
    left = [case for case in cases if case.key not in run.outcomes]
    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="eval")
    pending: set[Future[Outcome]] = {pool.submit(judge.judge, case) for case in left}
    try:
        while pending:
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = future.result()
                run.add(outcome)
                if on_outcome is not None:
                    on_outcome(outcome)
    except BaseException:
        for future in pending:
            future.cancel()
        judge.translator.warehouse.cancel()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    run.finish()
