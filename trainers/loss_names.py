"""The losses that a recipe can name, in a few words each; loads nothing."""

from __future__ import annotations

DISTRIBUTION = "distribution"  # of networks that predict one, as `kinema` does

LOSS_NAMES = {
    DISTRIBUTION: "how unlikely the true colours were; for networks that predict this, as kinema",
    "huber": "squared difference up to 10 LAB units, absolute beyond",
    "l1": "mean absolute difference",
    "mse": "mean squared difference; favours muted colours",
    "log_mse": "logarithm of the squared difference of each picture",
    "ssim": "structural similarity of the planes",
    "ms_ssim": "structural similarity at several sizes",
    "l1_ssim": "0.8 of the absolute difference, 0.2 of structural similarity",
    "l1_ms_ssim": "0.16 of the absolute difference, 0.84 of similarity at several sizes",
    "mse_255": "KMHCNet's squared difference; of features, where `embedding` names a classifier",
    "ms_ssim_mse": "KMHCNet's half similarity, half features; needs `embedding`",
}
