"""Other projects' weights are told by their tensors, whatever the file is called."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from kinemacolor.models import extras, weights
from kinemacolor.models.catalog import CATALOG, variant
from kinemacolor.models.errors import WeightsError
from kinemacolor.models.foreign_weights import ORIGINS, recognize, unwrapped
from kinemacolor.models.weights_files import checked_file
from tests.models.foreign import write_published

# Names and shapes in the published files, some of each part.
PUBLISHED = {
    "ddcolor_tiny": {
        "mean": (1, 3, 1, 1),
        "encoder.arch.downsample_layers.0.0.weight": (96, 3, 4, 4),
        "encoder.arch.stages.2.8.dwconv.weight": (384, 1, 7, 7),
        "encoder.arch.norm3.weight": (768,),
        "decoder.layers.0.shuf.conv.0.weight_orig": (2048, 768, 1, 1),
        "decoder.layers.2.conv.0.weight_u": (256,),
        "decoder.last_shuf.conv.0.weight_orig": (4096, 256, 1, 1),
        "decoder.color_decoder.query_feat.weight": (100, 256),
        "decoder.color_decoder.transformer_ffn_layers.8.linear1.weight": (2048, 256),
        "decoder.color_decoder.input_proj.2.weight": (256, 256, 1, 1),
        "refine_net.0.0.weight_orig": (2, 103, 1, 1),
    },
    "ddcolor_large": {
        "encoder.arch.downsample_layers.0.0.weight": (192, 3, 4, 4),
        "encoder.arch.stages.2.26.pwconv1.weight": (3072, 768),
        "decoder.layers.0.shuf.conv.0.weight_orig": (2048, 1536, 1, 1),
        "refine_net.0.0.weight_orig": (2, 103, 1, 1),
    },
    "eccv16": {
        "model1.0.weight": (64, 1, 3, 3),
        "model1.4.running_mean": (64,),
        "model3.4.weight": (256, 256, 3, 3),
        "model8.0.weight": (512, 256, 4, 4),
        "model8.6.bias": (313,),
        "model_out.weight": (2, 313, 1, 1),
    },
    "siggraph17": {
        "model1.0.weight": (64, 4, 3, 3),
        "model7.6.running_var": (512,),
        "model8up.0.weight": (512, 256, 4, 4),
        "model8.5.weight": (256,),
        "model9.3.weight": (128,),
        "model10.1.weight": (128, 128, 3, 3),
        "model_out.0.weight": (2, 128, 1, 1),
    },
}


def shapes_of(name):
    return {k: tuple(t.shape) for k, t in variant(name).builder().state_dict().items()}


@pytest.fixture(scope="module")
def shapes():
    return {name: shapes_of(name) for name in ORIGINS}


@pytest.mark.parametrize("name", ORIGINS)
def test_a_network_has_the_published_tensors_and_is_told_by_them(name, shapes):
    assert PUBLISHED[name].items() <= shapes[name].items()
    assert recognize(shapes[name], "x") == name
    assert CATALOG[name].license == ORIGINS[name].license


def test_our_own_networks_are_none_of_them():
    for name in ("kinema", "msau_net", "landscape_unet"):
        assert recognize(shapes_of(name), "x") == ""


def test_a_ddcolor_of_another_size_is_told(shapes):
    small = {name: s for name, s in shapes["ddcolor_large"].items() if "stages.2.2" not in name}
    with pytest.raises(WeightsError, match=r"w\.pth: is a DDColor that is not known here: 192"):
        recognize(small, "w.pth")


@pytest.mark.parametrize("name", ["eccv16", "siggraph17"])
def test_files_of_old_and_new_pytorch_and_safetensors(name, tmp_path):
    old = write_published(name, tmp_path / "old.pth")
    tensors = torch.load(old, weights_only=True)
    new, safe = tmp_path / "new.pth", tmp_path / "any.bin"
    torch.save({"state_dict": {f"module.{k}": t.half() for k, t in tensors.items()}}, new)
    save_file({k: t.contiguous() for k, t in tensors.items()}, safe)
    lightness = torch.rand(1, 1, 32, 64) * 100
    colors = []
    for path in (old, new, safe):
        assert checked_file(str(path)) == path
        loaded = weights.load(path)
        assert (loaded.variant, loaded.metadata) == (name, {})
        assert weights.identify(path) == (name, loaded.digest)
        with torch.inference_mode():
            colors.append(loaded.network()(lightness))
        path.unlink()
    assert torch.equal(colors[0], colors[2])
    torch.testing.assert_close(colors[0], colors[1], atol=0.5, rtol=0.05)  # float16


def test_a_file_that_lacks_a_tensor_is_told(tmp_path):
    path = write_published("eccv16", tmp_path / "w.pth")
    tensors = torch.load(path, weights_only=True)
    del tensors["model3.2.bias"]
    torch.save(tensors, path)
    fits_not = r"w\.pth: does not fit network 'eccv16': it lacks model3\.2\.bias; give a file"
    with pytest.raises(WeightsError, match=fits_not):
        weights.load(path).network()
    torch.save(tensors | {"model3.2.bias": torch.zeros(3)}, path)
    with pytest.raises(WeightsError, match=r"model3\.2\.bias is 3, not 256; give a file"):
        weights.load(path).network()
    torch.save(tensors | {"model3.2.bias": torch.zeros(256), "other": torch.zeros(3)}, path)
    with pytest.raises(WeightsError, match="it has, besides, other; give a file"):
        weights.load(path).network()


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch, tmp_path):
    path = tmp_path / "ddcolor.safetensors"
    shapes = PUBLISHED["ddcolor_tiny"] | {
        f"encoder.arch.stages.{stage}.{block}.norm.weight": (96 * 2**stage,)
        for stage, blocks in enumerate((3, 3, 9, 3))
        for block in range(blocks)
    }
    save_file({name: torch.zeros(shape) for name, shape in shapes.items()}, path)
    assert checked_file(str(path)) == path
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    for look, subject in (
        (lambda: checked_file(str(path)), str(path)),
        (lambda: variant("ddcolor_tiny").builder(), "ddcolor_tiny"),
    ):
        with pytest.raises(WeightsError, match=r"pip install 'kinemacolor\[ddcolor\]'") as caught:
            look()
        assert str(caught.value).startswith(f"{subject}: ") and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["siggraph17", "ddcolor_large"])
def test_a_name_alone_says_where_the_file_is(name):
    with pytest.raises(WeightsError, match=r"fetch its authors' file.*other-weights\.md"):
        checked_file(name)


def test_wrappings_and_company_are_left_out():
    tensors = {"a.weight": torch.zeros(2), "a.bias": torch.zeros(3)}
    for state in (
        tensors,
        {"params": tensors},
        {"params_ema": {}, "params": tensors},
        {"model": {"state_dict": tensors}, "epoch": 3},
        tensors | {"epoch": 7, "best": None},
        {f"module.{name}": value for name, value in tensors.items()},
        {"state_dict": {f"model.{name}": value for name, value in tensors.items()}},
    ):
        assert unwrapped(state) == tensors
    for other in (torch.zeros(3), [tensors], 7, {"a": 1}):
        assert unwrapped(other) == {}


@pytest.mark.parametrize("shape", [None, 5, [], ["a"], [2], [[2], 3]])
def test_what_is_no_shape_is_no_network(shape):
    names = ("encoder.arch.stages.0.0.norm.weight", "refine_net.0.0.weight_orig")
    assert recognize(dict.fromkeys((*names, "model_out.weight"), shape), "x") == ""


def test_our_own_training_of_such_a_network_has_no_foreign_licence(tmp_path):
    path = tmp_path / "w.safetensors"
    weights.save(variant("eccv16").builder(), path, "eccv16")
    assert weights.load(path).license == ""
