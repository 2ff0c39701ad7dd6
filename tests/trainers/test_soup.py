"""Averaged weights: the mean of every tensor, of one variant only."""

import pytest
import torch

from kinemacolor.models import weights
from kinemacolor.models.catalog import build
from kinemacolor.trainers import soup


def saved(folder, seed, variant="deep_cnn", **metadata):
    torch.manual_seed(seed)
    network = build(variant)
    path = folder / f"{variant}-{seed}.safetensors"
    weights.save(network, path, variant, metadata=metadata)
    return path, network.state_dict()


@pytest.mark.parametrize(("options", "share"), [((), 0.5), (("--shares", "3", "1"), 0.75)])
def test_every_tensor_is_the_weighted_mean(tmp_path, options, share):
    (one, a), (other, b) = saved(tmp_path, 1, recipe={"seed": 1}), saved(tmp_path, 2)
    out = tmp_path / "out.safetensors"
    soup.main([str(out), str(one), str(other), *options])
    loaded = weights.load(out)
    assert loaded.variant == "deep_cnn" and loaded.metadata["recipe"] == {"seed": 1}
    assert [part["share"] for part in loaded.metadata["averaged"]] == [share, 1 - share]
    assert loaded.metadata["averaged"][1]["sha256"] == weights.load(other).digest
    for name, value in loaded.network().state_dict().items():
        expected = share * a[name] + (1 - share) * b[name]
        torch.testing.assert_close(value, expected.to(value.dtype), msg=name)


def test_other_variants_and_odd_shares_are_refused(tmp_path, capsys):
    one, other = saved(tmp_path, 1)[0], saved(tmp_path, 1, "landscape_unet")[0]
    for arguments, message in (
        ([one, other], "weights of landscape_unet, not of deep_cnn"),
        ([one, one, "--shares", "1"], "give each a positive one"),
        ([one, one, "--shares", "1", "0"], "give each a positive one"),
        ([one, tmp_path / "absent"], "there is no such file"),
    ):
        out = tmp_path / "out.safetensors"
        with pytest.raises(SystemExit):
            soup.main([str(out), *map(str, arguments)])
        assert message in capsys.readouterr().err and not out.exists()
