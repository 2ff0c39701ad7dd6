"""Training loop: steps, scores, weights, and checkpoints that a killed run resumes from."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

import torch

from kinemacolor.models import weights
from kinemacolor.trainers.errors import Interrupted
from kinemacolor.trainers.evaluation import Scores, evaluate
from kinemacolor.trainers.training.batches import batches_from
from kinemacolor.trainers.training.checkpoint import write_checkpoint
from kinemacolor.trainers.training.clock_progress import ClockProgress
from kinemacolor.trainers.training.curves import draw_curves
from kinemacolor.trainers.training.job import Job, write_description
from kinemacolor.trainers.training.learner import Learner
from kinemacolor.trainers.training.progress import Progress, Reporter
from kinemacolor.trainers.training.ranks import Ranks
from kinemacolor.trainers.training.records import Records
from kinemacolor.trainers.training.samples import draw_samples
from kinemacolor.trainers.training.start import (
    Course,
    check_stages,
    checkpoint_path,
    load_first_weights,
    saved_state,
    untrained_network,
)
from kinemacolor.trainers.training.stop import StopRequest
from kinemacolor.trainers.training.timetable import Timetable

_SAVE_SECONDS = 300.0


def train(job: Job) -> Course:
    """Trains in this process and shows its progress; SIGINT and SIGTERM save the weights first.

    Raises:
        TrainingError: it cannot start, or its loss is no number any more.
        Interrupted: stopped by a signal.
        PretrainedError, WeightsError, DataError: what the recipe or the data names cannot be had.
    """
    with StopRequest() as stop:
        run = Run(job, Ranks(), stop)
        size_multiple = run.learner.average.size_multiple
        with progress_of(job, run.course, size_multiple) as progress:
            run.train(progress)
    return run.course


def progress_of(job: Job, course: Course, size_multiple: int) -> Progress | ClockProgress:
    """What shows how far a training is, by its steps or by the clock."""
    if job.seconds:
        return ClockProgress(job.seconds, course.seconds)
    return Progress(job.recipe, course.step, size_multiple)


class Run:
    """Training loop of one worker.

    Args:
        job: the training.
        ranks: the distributed workers; number 0 scores and writes.
        stop_asked: whether to stop; called after every step.

    Attributes:
        course: progress so far.
        timetable: says where in the recipe that is.

    Raises:
        TrainingError: the folder holds another training, or the recipe does not fit.
    """

    def __init__(self, job: Job, ranks: Ranks, stop_asked: Callable[[], bool]) -> None:
        self.job, self.ranks, self.stop_asked = job, ranks, stop_asked
        self.device = torch.device(job.device)
        job.folder.mkdir(parents=True, exist_ok=True)
        state = saved_state(job, self.device)
        network = untrained_network(job)
        check_stages(job.variant, job.recipe, network, ranks.world)
        if state is None and ranks.writes:  # the others are given worker 0's
            load_first_weights(job, network)
        self.learner = Learner(network, job.recipe, self.device, ranks)
        self.course = Course()
        if state is not None:
            self.learner.restore(state["learner"])
            self.course = Course(**state["course"])
        self.timetable = Timetable(job.recipe, job.seconds, self.course.seconds)
        # However short the time is: without a step there are no weights.
        self._place = self.timetable.place(self.course.step) if self.course.step else 0
        self._saved_at = time.monotonic()

    def train(self, reporter: Reporter) -> None:
        """Trains from the present step to the recipe's end, or until it gains no more.

        Raises:
            Interrupted: `stop_asked`; a checkpoint is saved.
            TrainingError: the loss is no number any more.
        """
        if self._ended():
            return
        if not self.ranks.writes:
            self._steps(None)
            return
        write_description(self.job)
        writer = _Writer(self.job, self.course.step, reporter)
        try:
            self._steps(writer)
        finally:
            writer.close()

    def _steps(self, writer: _Writer | None) -> None:
        recipe, every = self.job.recipe, self.job.score_every
        if self._must_score_start():
            if writer is not None:
                self._milestone(writer)
            self.course = self.ranks.broadcast(self.course)
        for batch in batches_from(self.job, self.course, self.timetable, self.ranks, self.device):
            step, before = self.course.step, min(self._place, recipe.steps - 1)
            rate = recipe.rate_at(before, self.course.lowered)
            result = self.learner.step(batch, step, rate)
            self.course.step += 1
            self.course.crops += len(batch) * self.ranks.world
            self.course.seconds = self.timetable.spent
            self._place = self.timetable.place(self.course.step)
            if writer is not None:
                writer.step(self.course.step, batch.shape[-1], rate, result.loss, result.norm)
            stopping = self.ranks.any(self.stop_asked(), self.device)
            if self._place == recipe.steps or self._place // every > before // every:
                if writer is not None:
                    self._milestone(writer)
                self.course = self.ranks.broadcast(self.course)
            elif writer is not None and (stopping or self._save_due()):
                self._save_weights("last")
                self._save_checkpoint(writer)
            if self._ended():
                return
            if stopping:
                raise Interrupted(self.course.step, self.job.length, self.job.folder)

    def _must_score_start(self) -> bool:
        """Whether the run begins with trained weights, so that the best may be the first ones."""
        is_new = self.course.step == 0 and self.course.best == float("-inf")
        return is_new and self.job.init is not None and bool(self.job.validation)

    def _milestone(self, writer: _Writer) -> None:
        """Evaluate; write weights, a sample sheet, a checkpoint and curves."""
        job, predict, scores = self.job, self.learner.predict, None
        if job.validation:
            self._save_weights("last")  # scoring may take minutes, in which much can happen
            rate = job.recipe.hint_rate
            scores = evaluate(predict, job.validation, hint_rate=rate, device=job.device)
            writer.scores(self.course.step, scores)
        self._save_weights("last", scores)
        if scores is None or self._gained(scores):
            self._save_weights("best", scores)
        draw_samples(job, predict, self.course.step)
        self._save_checkpoint(writer)
        draw_curves(job.folder)

    def _save_weights(self, name: str, scores: Scores | None = None) -> None:
        """Write NAME.safetensors: the averaged weights as they are now."""
        course = self.course
        metadata = self.job.description() | {"step": course.step, "crops": course.crops}
        if scores is not None:
            metadata["scores"] = scores.to_dict()
        path = self.job.folder / f"{name}.safetensors"
        weights.save(self.learner.average, path, self.job.variant, metadata=metadata)

    def _gained(self, scores: Scores) -> bool:
        """Whether these scores are the best; updates the counts for early stopping."""
        course, recipe = self.course, self.job.recipe
        course.lowered += scores.psnr < recipe.psnr_floor
        merit = scores.psnr if recipe.monitor == "psnr" else -scores.ratio
        gained = merit > course.best
        course.best = max(course.best, merit)
        course.waited = 0 if gained else course.waited + 1
        return gained

    def _ended(self) -> bool:
        recipe, course = self.job.recipe, self.course
        return self._place >= recipe.steps or 0 < recipe.patience <= course.waited

    def _save_due(self) -> bool:
        if self.job.save_every:
            return self.course.step % self.job.save_every == 0
        return time.monotonic() - self._saved_at > _SAVE_SECONDS

    def _save_checkpoint(self, writer: _Writer) -> None:
        writer.sync()
        state = {
            "identity": self.job.identity(),
            "course": asdict(self.course),
            "learner": self.learner.state(),
        }
        write_checkpoint(checkpoint_path(self.job.folder), state)
        self._saved_at = time.monotonic()


class _Writer:
    """Writer of log.csv and scores.csv that also passes every row to a reporter."""

    def __init__(self, job: Job, step: int, reporter: Reporter) -> None:
        self._log = Records(job.folder / "log.csv", step)
        self._scores = Records(job.folder / "scores.csv", step)
        self._reporter = reporter

    def step(self, step: int, size: int, rate: float, loss: float, norm: float) -> None:
        row = {"step": step, "size": size, "rate": rate, "loss": loss, "gradient_norm": norm}
        self._log.append(row)
        self._reporter.step(row)

    def scores(self, step: int, scores: Scores) -> None:
        figures = {k: v for k, v in scores.to_dict().items() if isinstance(v, int | float)}
        row = {"step": step, **figures}
        self._scores.append(row)
        self._reporter.scores(row)

    def sync(self) -> None:
        self._log.sync()
        self._scores.sync()

    def close(self) -> None:
        self._log.close()
        self._scores.close()
