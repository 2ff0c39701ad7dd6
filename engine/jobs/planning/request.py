"""What can be known to be wrong with a job before anything large is loaded or read."""

from __future__ import annotations

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import may_write_into
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.settings import Settings
from kinemacolor.models.gpu import ExpectedDevice, check_device_name, expect_device
from kinemacolor.models.weights_files import checked_file


def check_request(settings: Settings) -> None:
    """See that the settings name a network with weights, and a device.

    Raises:
        WeightsError: there is no such network, or no such weights file.
        PluginError: the network's plug-in is faulty or refused.
        SettingsError: there is no such device.
    """
    checked_file(settings.model)
    check_device_name(settings.device)


def check_request_here(settings: Settings) -> ExpectedDevice:
    """As `check_request`, and see that this machine has the device; for work in this process.

    Returns:
        The device that the network will compute on, as far as is known before PyTorch is loaded.

    Raises:
        KinemacolorError: this machine has no such device; or as of `check_request`.
    """
    check_request(settings)
    return expect_device(settings.device)


def check_place(plan: Plan) -> None:
    """See that a plan that has something to do may write its results.

    Raises:
        MediaError: it may not.
    """
    if any(asset.pending for asset in plan.assets) and not may_write_into(plan.out):
        raise MediaError(plan.out, "no permission to write here", "give another --out")
