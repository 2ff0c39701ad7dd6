"""The first line of a command that colours: what it works on, before anything large is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from kinemacolor.cli.console import Console
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.jobs.planning.request import check_request
from kinemacolor.engine.settings import Settings


@dataclass(frozen=True, slots=True)
class Output:
    """What a command prints.

    Args:
        quiet: failures only.
        verbose: reasons, too.
        machine: events as JSON lines on stdout instead of a bar and a summary.
    """

    quiet: bool = False
    verbose: bool = False
    machine: bool = False


def announce(
    settings: Settings, console: Console, output: Output, actors: RayOptions | None = None
) -> str:
    """Check what the settings name, and say what is being worked on.

    Args:
        settings: of the job.
        console: where it is said, as a sentence or as an event.
        output: what is to be said.
        actors: of the Ray cluster that does the work; None does it in this process.

    Returns:
        The device that the sentence names: "cpu", "cuda" or "cuda:N"; empty for a cluster's.

    Raises:
        WeightsError: there is no such network.
        SettingsError, KinemacolorError: there is no such device.
    """
    found = check_request(settings, here=actors is None)
    if found is None:
        assert actors is not None
        device, gpu, text = "", "", f"Working in Ray actors: {actors.count}, {actors.address}."
    else:
        device, gpu, text = found.device, found.gpu, str(found)
    if output.machine:
        console.json({"event": "begun", "device": device or "ray", "gpu": gpu, "text": text})
    elif not output.quiet:
        console.message(text)
    return device
