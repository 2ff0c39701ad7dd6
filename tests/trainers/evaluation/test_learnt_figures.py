"""LPIPS and FID: not there without weights, right with small or random ones."""

import numpy as np
import pytest
import torch
import torchvision
from scipy.linalg import sqrtm
from torch import nn

from kinemacolor.trainers.evaluation import evaluate, run, table
from kinemacolor.trainers.evaluation.learnt import INCEPTION, Fid, open_fid, open_lpips
from kinemacolor.trainers.pictures import open_pictures

CPU = torch.device("cpu")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty torch.hub folder, and no way out to fill it."""

    def refuse(*_, **__):
        raise AssertionError("weights must not be fetched")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    folder = tmp_path / "hub" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def photos(photo_folder):
    return open_pictures([str(photo_folder)])


def tint(lightness, hints=None):
    return torch.cat([lightness - 50, 50 - lightness], dim=1) / 3


def test_without_weights_they_are_named_as_missing(hub, photos):
    assert open_lpips(CPU) is None and open_fid(CPU) is None
    scores = evaluate(tint, photos, every=4, learnt=True)
    assert scores.missing.keys() == {"lpips", "fid"}
    assert "lpips" not in scores.to_dict() and "fid" not in scores.to_dict()
    lines = [line for line in table(scores).splitlines() if "n/a: weights not at hand" in line]
    assert [line.split()[0] for line in lines] == ["LPIPS", "FID"]
    assert "alexnet" in table(scores) and INCEPTION in table(scores)


def test_not_asked_for_they_are_not_missed(hub, photos):
    scores = evaluate(tint, photos, every=4)
    assert not scores.missing and "LPIPS" not in table(scores)


def test_lpips_with_a_backbone_at_hand(hub, photos):
    torch.manual_seed(0)
    url = torchvision.models.SqueezeNet1_1_Weights.DEFAULT.url
    torch.save(torchvision.models.squeezenet1_1().state_dict(), hub / url.rsplit("/", 1)[-1])
    scores = evaluate(tint, photos, every=4, learnt=True)
    assert scores.missing.keys() == {"fid"} and scores.notes == {"lpips": "squeezenet1_1"}
    assert all(photo.columns["network"]["lpips"] > 0 for photo in scores.each)
    assert "LPIPS (squeezenet1_1)" in table(scores)
    metric = open_lpips(CPU)
    pictures = torch.rand(2, 3, 64, 64)
    assert metric(pictures, pictures) == pytest.approx([0, 0])
    assert metric(pictures[:1], pictures[1:]).shape == (1,)


class Means(nn.Module):
    """The mean of each channel as features."""

    def forward(self, x):
        assert x.dtype == torch.uint8
        return x.float().mean(dim=(2, 3))


def distance(one, other):
    """Heusel et al. 2017, equation 6."""
    covariances = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    root = sqrtm(covariances[0] @ covariances[1]).real
    return ((one.mean(0) - other.mean(0)) ** 2).sum() + np.trace(sum(covariances) - 2 * root)


def test_fid_is_the_papers_formula():
    rng = np.random.default_rng(0)
    sets = {
        name: rng.integers(0, top, (9, 3, 8, 8)) / 255
        for name, top in (("truth", 256), ("network", 200), ("grey", 90))
    }
    fid = Fid(Means())
    for some in (slice(0, 4), slice(4, 9)):
        fid.add({name: torch.tensor(pictures[some]) for name, pictures in sets.items()})
    means = {name: (p * 255).round().mean(axis=(2, 3)) for name, p in sets.items()}
    assert fid.distances() == pytest.approx(
        {name: distance(means["truth"], means[name]) for name in ("network", "grey")}, rel=1e-4
    )


def test_fid_is_in_the_scores_where_its_network_is_at_hand(hub, photos, monkeypatch):
    monkeypatch.setattr(run, "open_fid", lambda device: Fid(Means()))
    scores = evaluate(tint, photos, learnt=True)
    assert scores.missing.keys() == {"lpips"}
    assert scores.to_dict()["fid_gain"] == pytest.approx(
        scores.columns["grey"]["fid"] - scores.columns["network"]["fid"]
    )
    assert "fid" not in scores.each[0].columns["network"]


def test_one_picture_has_no_fid():
    fid = Fid(Means())
    fid.add({"truth": torch.rand(1, 3, 8, 8), "network": torch.rand(1, 3, 8, 8)})
    assert fid.distances() == {}
