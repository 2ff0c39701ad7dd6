"""Distributed training: Ray Train starts workers, DistributedDataParallel joins their gradients.

Every worker takes its share of each batch. Worker 0 scores and writes; the process that the user
started follows its files, so that it shows the same bar as a training without Ray. On several
machines the data and the run's folder must be on a file system that all of them see.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import ray
import torch
from ray.train import ControllerError, RunConfig, ScalingConfig, WorkerGroupError
from ray.train.torch import TorchConfig, TorchTrainer, get_device

from kinemacolor.engine.machine import cores
from kinemacolor.engine.private_ray import private_ray
from kinemacolor.trainers.errors import Interrupted, TrainingError, one_line
from kinemacolor.trainers.training.job import Job
from kinemacolor.trainers.training.loop import Run
from kinemacolor.trainers.training.progress import Progress, Silence
from kinemacolor.trainers.training.ranks import Ranks
from kinemacolor.trainers.training.records import Follower, cut
from kinemacolor.trainers.training.start import (
    Course,
    check_stages,
    course_so_far,
    untrained_network,
)
from kinemacolor.trainers.training.stop import StopRequest

_POLL_SECONDS = 0.3
_RAY_FOLDER = ".ray"  # Ray Train's own notes, of no use afterwards
_PATIENCE_SECONDS = 6 * 3600  # the others wait for as long while worker 0 scores


def train_with_workers(job: Job, workers: int) -> Course:
    """Trains with several workers, one GPU each where the device is "cuda".

    Joins the Ray cluster that `RAY_ADDRESS` names ("auto": the one that runs on this machine, as
    `ray job submit` sets it); without it, starts one for the time of the training. Raises as
    `kinemacolor.trainers.training.train` does.
    """
    job = replace(job, folder=job.folder.resolve())
    job.folder.mkdir(parents=True, exist_ok=True)
    course = course_so_far(job)
    network = untrained_network(job)
    check_stages(job.variant, job.recipe, network, workers)
    for name in ("log.csv", "scores.csv"):
        cut(job.folder / name, course.step)
    stop_file = job.folder / ".stop"
    stop_file.unlink(missing_ok=True)
    with _connected(workers):
        try:
            trainer = _trainer(job, workers)
            with (
                ThreadPoolExecutor(1) as pool,
                StopRequest() as stop,
                Progress(job.recipe, course.step, network.size_multiple, workers) as progress,
            ):
                # In a thread, for Ray's own handler of SIGINT would stop without a checkpoint.
                _follow(job.folder, pool.submit(trainer.fit), stop, progress)
        finally:
            stop_file.unlink(missing_ok=True)
            shutil.rmtree(job.folder / _RAY_FOLDER, ignore_errors=True)
    course = course_so_far(replace(job, resume=True))
    if stop.received and course.step < job.recipe.steps:
        raise Interrupted(course.step, job.length, job.folder)
    return course


def _follow(folder: Path, training: Future[Any], stop: StopRequest, progress: Progress) -> None:
    """Reports new rows until the training ends, and hands a stop request to worker 0.

    Raises:
        TrainingError: a worker failed.
    """
    log, scores = Follower(folder / "log.csv"), Follower(folder / "scores.csv")
    try:
        while True:
            ended = training.done()  # before the last look, so that no row is missed
            for row in log.rows():
                progress.step(row)
            for row in scores.rows():
                progress.scores(row)
            if ended:
                break
            if stop():
                (folder / ".stop").touch()
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:  # a second one: without Ray the training's thread ends too
        ray.shutdown()
        raise
    try:
        training.result()
    except WorkerGroupError as error:
        raise TrainingError(_reason(error.worker_failures)) from error
    except ControllerError as error:
        raise TrainingError(f"Ray: {one_line(error.controller_failure)}") from error
    except ray.exceptions.RayError as error:  # such as an actor that a busy machine never began
        reason = " ".join(str(error).split())  # over several lines, the cause last
        raise TrainingError(f"Ray: {reason}; --resume goes on") from error


def _reason(failures: dict[int, Exception]) -> str:
    """The failure that the others followed from, as one line."""
    # Where one worker fails, the others lose their connection to it: PyTorch's RuntimeError.
    first = min(failures, key=lambda rank: (isinstance(failures[rank], RuntimeError), rank))
    cause = failures[first]
    kind = "" if isinstance(cause, TrainingError) else f"{type(cause).__name__}: "
    return f"worker {first}: {kind}{one_line(cause)}"


@contextmanager
def _connected(workers: int) -> Iterator[None]:
    """A block in a Ray cluster: one that is connected already, `RAY_ADDRESS`'s, or one of its own.

    Raises:
        TrainingError: Ray does not start, or nobody answers at `RAY_ADDRESS`.
    """
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", "600")
    logging.getLogger("ray.train").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    with ExitStack() as stack:
        if address := os.environ.get("RAY_ADDRESS", ""):
            stack.callback(ray.shutdown)
            try:
                ray.init(address=address, **quiet)
            except (ConnectionError, RuntimeError, ValueError) as error:
                problem = f"RAY_ADDRESS={address}: no cluster: {one_line(error)}"
                raise TrainingError(problem) from error
        else:
            processors = max(workers, cores())
            objects = 256 * 2**20  # bytes; the workers' tensors do not go through it
            try:
                stack.enter_context(
                    private_ray(num_cpus=processors, object_store_memory=objects, **quiet)
                )
            except Exception as error:
                raise TrainingError(f"Ray does not start: {one_line(error)}") from error
        yield


def _trainer(job: Job, workers: int) -> TorchTrainer:
    gpu = torch.device(job.device).type == "cuda"
    there = int(ray.cluster_resources().get("GPU" if gpu else "CPU", 0))
    if there < workers:
        kind = "GPUs" if gpu else "CPUs"
        raise TrainingError(f"--workers {workers}: the Ray cluster has {there} {kind}")
    threads = _threads(workers)
    return TorchTrainer(
        _work,
        train_loop_config={"job": job, "threads": threads, "here": os.getcwd()},
        torch_config=TorchConfig(timeout_s=_PATIENCE_SECONDS),
        scaling_config=ScalingConfig(
            num_workers=workers, use_gpu=gpu, resources_per_worker={"CPU": threads, "GPU": int(gpu)}
        ),
        run_config=RunConfig(name=_RAY_FOLDER, storage_path=str(job.folder)),
    )


def _threads(workers: int) -> int:
    """CPUs for each worker, such that all find room on the cluster's machines."""
    machines = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
    machines = [cpus for cpus in machines if cpus]
    return max(1, int(min(machines)) // -(-workers // len(machines)))


def _work(config: dict[str, Any]) -> None:
    """Training function of a Ray Train worker."""
    job: Job = config["job"]
    os.chdir(config["here"])  # Ray begins elsewhere, and sources may be relative paths
    torch.set_num_threads(config["threads"])
    job = replace(job, device=str(get_device()))
    with suppress(Interrupted):  # the process that asked for it reports it
        Run(job, Ranks.of_process(), (job.folder / ".stop").exists).train(Silence())
