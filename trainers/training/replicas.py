"""Replicas: a network trained several times side by side, and the mean of their weights.

For machines without a GPU, where a training of one thread a core does more in an hour than one of
all cores, and nothing has to be exchanged meanwhile. The replicas differ in their seeds alone. What
starts from the same weights stays in one basin of the loss, where the mean is better than any of
them (Wortsman et al., "Model soups", 2022).
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from multiprocessing import active_children, get_context
from pathlib import Path

import torch

from kinemacolor.engine.machine import cores
from kinemacolor.models import weights
from kinemacolor.trainers.errors import Interrupted, TrainingError
from kinemacolor.trainers.evaluation import Scores, evaluate, predictor
from kinemacolor.trainers.evaluation.run import Batches
from kinemacolor.trainers.progress_line import ProgressLine
from kinemacolor.trainers.soup import average
from kinemacolor.trainers.training.job import Job, write_description
from kinemacolor.trainers.training.learner import computes_mixed
from kinemacolor.trainers.training.loop import Run, progress_of
from kinemacolor.trainers.training.progress import Reporter, Silence
from kinemacolor.trainers.training.ranks import Ranks
from kinemacolor.trainers.training.records import Follower
from kinemacolor.trainers.training.start import (
    Course,
    check_stages,
    checkpoint_path,
    course_so_far,
    untrained_network,
)
from kinemacolor.trainers.training.stop import StopRequest

_POLL_SECONDS = 0.3
_NICENESS = 19  # a training of hours is to leave the machine to whoever works at it


def train_replicas(job: Job, niceness: int = _NICENESS) -> Course:
    """Trains a job's replicas, each in a folder of its own, and writes the mean of their weights.

    Each has a share of the cores, the lowest priority, and no scores; the mean is scored, as the
    weights that the training began with are, and the better of the two are the best.

    Args:
        job: of all; replica n, from 1, has its seed plus n - 1.
        niceness: added to that of this process.

    Returns:
        The progress: steps of the slowest, crops of all.

    Raises:
        TrainingError: a replica failed, or its process died.
        Interrupted: stopped by a signal; every replica has saved a checkpoint.
    """
    count = job.replicas
    replicas = [_replica(job, number) for number in range(count)]
    job.folder.mkdir(parents=True, exist_ok=True)
    network = untrained_network(job)
    check_stages(job.variant, job.recipe, network, 1)
    # Refuses what is no going on with these.
    begun = [course_so_far(replica) for replica in replicas]
    write_description(job)
    stop_file = job.folder / ".stop"
    stop_file.unlink(missing_ok=True)
    threads = max(1, cores() // count)
    try:
        with (
            ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool,
            StopRequest() as stop,
            progress_of(replicas[0], begun[0], network.size_multiple) as progress,
        ):
            under_way = [
                pool.submit(_train, replica, threads, niceness, os.getpid(), stop_file)
                for replica in replicas
            ]
            try:
                _follow(replicas[0].folder, under_way, stop, stop_file, progress)
            except KeyboardInterrupt:  # a second one: the pool would wait for steps under way
                for process in active_children():
                    process.kill()
                raise
            courses = [_outcome(future, n) for n, future in enumerate(under_way, start=1)]
            _write_mean(job, replicas)
            stopped = stop() or not all(ended for _, ended in courses)
    finally:
        stop_file.unlink(missing_ok=True)
    whole = Course(
        step=min(course.step for course, _ in courses),
        crops=sum(course.crops for course, _ in courses),
        seconds=max(course.seconds for course, _ in courses),
    )
    if stopped:
        raise Interrupted(whole.step, job.length, job.folder)
    return _choose_best(job, whole)


def _replica(job: Job, number: int) -> Job:
    folder = job.folder / f"replica-{number + 1}"
    return replace(
        job,
        folder=folder,
        recipe=replace(job.recipe, seed=job.recipe.seed + number),
        validation=None,
        loaders=0,
        replicas=1,
        score_every=job.recipe.steps,  # there is nothing to score
        resume=job.resume and checkpoint_path(folder).exists(),  # killed before its first?
    )


def _train(
    job: Job, threads: int, niceness: int, parent: int, stop_file: Path
) -> tuple[Course, bool]:
    """One replica, in its process: its progress, and whether it came to its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    _give_way(niceness)
    torch.set_num_threads(threads)

    def is_orphan() -> bool:
        return os.getppid() != parent

    run = Run(job, Ranks(), lambda: stop_file.exists() or is_orphan())
    try:
        run.train(Silence())
    except Interrupted:
        if is_orphan():
            os._exit(1)  # nobody waits for a result
        return run.course, False
    return run.course, True


def _give_way(niceness: int) -> None:
    """Lower this process's priority, against the work in other sessions, too.

    Linux shares the processor among sessions first, and by niceness within each alone (autogroups,
    sched(7)): in the session of a shell a lowly process would take half from one in another.
    """
    if not hasattr(os, "nice"):
        return
    os.nice(niceness)
    with suppress(OSError):  # absent where there are no autogroups
        os.setsid()
        Path("/proc/self/autogroup").write_text(str(os.nice(0)))


def _follow(
    folder: Path,
    under_way: Sequence[Future[tuple[Course, bool]]],
    stop: Callable[[], bool],
    stop_file: Path,
    progress: Reporter,
) -> None:
    """Report the first replica's steps until all have ended; stop all if asked, or if one fails."""
    log = Follower(folder / "log.csv")
    while not all(future.done() for future in under_way):
        for row in log.rows():
            progress.step(row)
        failed = any(future.done() and future.exception() for future in under_way)
        if stop() or failed:
            stop_file.touch()
        time.sleep(_POLL_SECONDS)


def _outcome(future: Future[tuple[Course, bool]], number: int) -> tuple[Course, bool]:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise TrainingError(
            "a replica's process died, of too little memory perhaps; --resume goes on"
        ) from error
    except TrainingError as error:
        raise TrainingError(f"replica {number}: {error}") from error


def _write_mean(job: Job, replicas: Sequence[Job]) -> None:
    files = [replica.folder / "last.safetensors" for replica in replicas]
    average(files, [1.0] * len(files), job.folder / "last.safetensors")


def _choose_best(job: Job, course: Course) -> Course:
    """Make the mean the best weights, unless those that were there before score better."""
    last, best = job.folder / "last.safetensors", job.folder / "best.safetensors"
    if not job.validation:
        shutil.copyfile(last, best)
        return course
    scores = _score(job, last)
    if job.init is not None:
        before = _score(job, job.init)
        if _merit(job, before) > _merit(job, scores):
            start = weights.load(job.init)
            weights.save(start.network(), best, start.variant, metadata=start.metadata)
            return replace(course, best=_merit(job, before), waited=1)
    loaded = weights.load(last)
    metadata = loaded.metadata | {"scores": scores.to_dict()}
    weights.save(loaded.network(), best, loaded.variant, metadata=metadata)
    return replace(course, best=_merit(job, scores))


def _score(job: Job, file: Path | str) -> Scores:
    assert job.validation is not None
    network = weights.load(file).network()
    mixed = computes_mixed(job.recipe, torch.device(job.device))
    predict = predictor(network, job.device, "bf16" if mixed else "fp32")

    def shown(batches: Batches) -> Batches:
        each = list(batches)
        with ProgressLine("scoring, batches", len(each)) as line:
            for done, batch in enumerate(each):
                line.show(done)
                yield batch

    rate = job.recipe.hint_rate
    return evaluate(predict, job.validation, hint_rate=rate, device=job.device, progress=shown)


def _merit(job: Job, scores: Scores) -> float:
    return scores.psnr if job.recipe.monitor == "psnr" else -scores.ratio
