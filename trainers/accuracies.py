"""Accuracies as the seed projects define them, for comparison with their published figures.

Each takes predicted and true LAB, (N, 3, H, W), equal in L*, and gives one value a picture, (N,).
None measures colour well: plain grey (ab = 0) scores high too, and only the gain over it counts.
MSAU-Net publishes PSNR and SSIM of the composed RGB pictures, which `trainers.metrics` has; Deep
CNN and photo-colorization a loss, `landscape_loss`; Colorization_Autoencoder only curves.
KMHCNet's Test_Accuracy is `trainers.metrics.ms_ssim` of these pictures times 255 at a data range
of 255; MS-SSIM knows values relative to the range alone, so ours are in 0..1. Plain grey, equal in
L* to the truth, has about 0.93 on photos: the published 0.927 to 0.955 lie on either side.
"""

from __future__ import annotations

from torch import Tensor


def larger_channel_agreement(predicted: Tensor, true: Tensor) -> Tensor:
    """Share of pixels whose larger channel of (a, b) agrees: Keras' "accuracy" of two channels.

    photo-colorization and Colorization_Autoencoder compile with metrics=["accuracy"]. Keras turns
    the word into binary accuracy where the last dimension is 1, into sparse categorical accuracy
    where the truth has a dimension less or a last dimension of 1, and else into categorical
    accuracy: argmax over the last dimension, here of (a, b), agrees. The loss does not matter.
    So it asks whether a* > b* on both sides: greenish blue or reddish yellow tell it nothing, and
    neither does any scale (ab / 255 there, ab / 128 here). Of equal channels, as in plain grey,
    argmax is the first.
    """
    # Two channels' argmax, at a tenth of its time.
    ours, theirs = (lab[:, 2] > lab[:, 1] for lab in (predicted, true))
    return (ours == theirs).float().mean(dim=(1, 2))


def landscape_loss(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean squared difference of ab / 255: the loss that photo-colorization and Deep CNN publish.

    Deep CNN learns (ab + 128) / 255, where the shift cancels. Smaller is better.
    """
    return ((predicted - true)[:, 1:] / 255).square().mean(dim=(1, 2, 3))
