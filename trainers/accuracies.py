"""What the seeds call accuracy, so that their published figures have something beside them.

Each takes predicted and true LAB, (N, 3, H, W), equal in L*, and gives one figure a picture, (N,).
None tells colour well: plain grey (ab = 0) has a figure too, and only the gain over it counts.
MSAU-Net publishes PSNR and SSIM, which are `kinemacolor.trainers.metrics`' of the composed RGB pictures;
Deep CNN and photo-colorization a loss, `landscape_loss`; Colorization_Autoencoder only curves.
"""

from __future__ import annotations

from torch import Tensor

from kinemacolor.models.color.lab import lab_to_srgb
from kinemacolor.trainers.metrics import ms_ssim


def kmhcnet_accuracy(predicted: Tensor, true: Tensor) -> Tensor:
    """KMHCNet's Test_Accuracy: MS-SSIM of the composed RGB pictures.

    In its code they are lab_to_rgb * 255 of the input L* and the predicted ab, data range 255;
    MS-SSIM only knows values relative to the range, so ours are in 0..1. Plain grey, equal in L*
    to the truth, has about 0.93 on photos: the published 0.927 to 0.955 lie on either side.
    """
    return ms_ssim(*(lab_to_srgb(lab).clamp(0, 1) for lab in (predicted, true)))


def larger_channel_agreement(predicted: Tensor, true: Tensor) -> Tensor:
    """Keras' "accuracy" on two output channels: how often both pictures have the same larger one.

    photo-colorization and Colorization_Autoencoder compile with metrics=["accuracy"]. Keras turns
    the word into binary accuracy where the last dimension is 1, into sparse categorical accuracy
    where the truth has a dimension less or a last dimension of 1, and else into categorical
    accuracy: argmax over the last dimension, here of (a, b), agrees. The loss has no say in it.
    So it asks whether a* > b* on both sides: greenish blue or reddish yellow tell it nothing, and
    neither does any scale (ab / 255 there, ab / 128 here). Of equal channels, as in plain grey,
    argmax is the first.
    """
    # Two channels' argmax, at a tenth of its time.
    ours, theirs = (lab[:, 2] > lab[:, 1] for lab in (predicted, true))
    return (ours == theirs).float().mean(dim=(1, 2))


def landscape_loss(predicted: Tensor, true: Tensor) -> Tensor:
    """photo-colorization's and Deep CNN's published measure: mean squared difference of ab / 255.

    Deep CNN learns (ab + 128) / 255, where the shift cancels. Smaller is better.
    """
    return ((predicted - true)[:, 1:] / 255).square().mean(dim=(1, 2, 3))
