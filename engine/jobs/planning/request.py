"""What can be known to be wrong with a job before anything large is loaded or read."""

from __future__ import annotations

from kinemacolor.engine.machine import cores
from kinemacolor.engine.settings import Settings
from kinemacolor.models.gpu import ExpectedDevice, check_device_name, expect_device
from kinemacolor.models.weights_files import checked_file


def check_request(settings: Settings, *, here: bool) -> ExpectedDevice | None:
    """See that the settings name a network with weights, and a device that is there.

    Args:
        settings: of the job.
        here: the work is done on this machine; the devices of others are not looked at.

    Returns:
        The device that the network will compute on, as far as is known before PyTorch is loaded;
        None for other machines'.

    Raises:
        WeightsError: there is no such network, or no such weights file.
        PluginError: the network's plug-in is faulty or refused.
        SettingsError: there is no device of such a name, or $KINEMACOLOR_CORES is no number.
        KinemacolorError: this machine has no such device.
    """
    checked_file(settings.model)
    check_device_name(settings.device)
    cores()
    return expect_device(settings.device) if here else None
