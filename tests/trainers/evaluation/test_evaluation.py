"""The protocol and the figures: a perfect guess, a grey guess, a known cast, hints."""

import math

import cv2
import numpy as np
import pytest
import torch
from skimage.color import deltaE_ciede2000, lab2rgb, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from kinemacolor.models.errors import SettingsError
from kinemacolor.trainers.accuracies import (
    landscape_loss,
    larger_channel_agreement,
)
from kinemacolor.trainers.evaluation import centre_lab, draw_hints, evaluate, parse_hints
from kinemacolor.trainers.evaluation.figures import FIGURES, Figure
from kinemacolor.trainers.pictures import DataError, open_pictures
from tests.trainers.lab_pictures import kmhcnet_accuracy


@pytest.fixture
def photos(photo_folder):
    for name in ("grey.png", "sepia.png", "broken.jpg"):
        (photo_folder / name).unlink()
    return open_pictures([str(photo_folder)])


def tint(lightness, hints=None):
    return torch.cat([lightness - 50, 50 - lightness], dim=1) / 3


def crops(photos):
    """(256, 256, 3) float RGB in 0..1 of every photo, resized and cut without our code."""
    for number in range(len(photos)):
        rgb = photos.read(number)
        rgb = cv2.resize(
            rgb, (round(256 * rgb.shape[1] / rgb.shape[0]), 256), interpolation=cv2.INTER_CUBIC
        )
        left = (rgb.shape[1] - 256) // 2
        yield rgb[:, left : left + 256] / 255


@pytest.fixture
def by_hand(photos):
    """The figures of `tint` and of grey by scikit-image, per photo."""
    rows = {"network": [], "grey": []}
    for true in crops(photos):
        lab = rgb2lab(true)
        light = lab[..., 0]
        shade = np.stack([light, (light - 50) / 3, (50 - light) / 3], axis=-1)
        for column, guess in (("network", shade), ("grey", lab * [1, 0, 0])):
            rgb = lab2rgb(guess).clip(0, 1)
            code = rgb * 255
            rg, yb = code[..., 0] - code[..., 1], code[..., :2].mean(-1) - code[..., 2]
            rows[column].append(
                {
                    "psnr": peak_signal_noise_ratio(true, rgb, data_range=1),
                    "ssim": structural_similarity(
                        true,
                        rgb,
                        data_range=1,
                        channel_axis=2,
                        gaussian_weights=True,
                        sigma=1.5,
                        use_sample_covariance=False,
                    ),
                    "ciede2000": deltaE_ciede2000(guess, lab).mean(),
                    "ab_error": np.linalg.norm(guess - lab, axis=-1).mean(),
                    "bias_a": (guess - lab)[..., 1].mean(),
                    "bias_b": (guess - lab)[..., 2].mean(),
                    "colorfulness": np.hypot(rg.std(), yb.std())
                    + 0.3 * np.hypot(rg.mean(), yb.mean()),
                }
            )
    return rows


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB")
def test_figures_are_what_scikit_image_says(photos, by_hand):
    scores = evaluate(tint, photos, batch=3)
    assert scores.photos == len(by_hand["grey"]) == 7
    # Scikit-image's SSIM crops the five pixels at the edge off, ours mirrors them.
    near = {"ssim": 0.005, "psnr": 0.01, "colorfulness": 0.05}
    for column, rows in by_hand.items():
        for i, row in enumerate(rows):
            ours = scores.each[i].columns[column]
            for name, value in row.items():
                assert ours[name] == pytest.approx(value, abs=near.get(name, 0.01)), (column, name)
    for name in by_hand["grey"][0]:
        mean = np.mean([photo.columns["network"][name] for photo in scores.each])
        assert scores.columns["network"][name] == pytest.approx(mean)
    assert scores.ratio == scores.ciede2000 / scores.columns["grey"]["ciede2000"]


def test_accuracies_are_the_seeds(photos):
    scores = evaluate(tint, photos)
    lab = torch.stack([centre_lab(photos.read(i)) for i in range(len(photos))])
    guess = torch.cat([lab[:, :1], tint(lab[:, :1])], dim=1)
    for name, accuracy in (
        ("ms_ssim", kmhcnet_accuracy),
        ("agreement", larger_channel_agreement),
        ("ab_mse", landscape_loss),
    ):
        expected = accuracy(guess, lab).mean().item()
        assert scores.columns["network"][name] == pytest.approx(expected, rel=1e-5)


def test_grey_gains_nothing_over_grey(photos):
    scores = evaluate(lambda x, _: torch.zeros(len(x), 2, 256, 256), photos).to_dict()
    assert scores["ratio"] == 1 and scores["psnr"] == scores["psnr_grey"]
    assert {scores[name] for name in scores if name.endswith("_gain")} == {0}


def test_the_truth_scores_perfectly(photos):
    answers = iter([centre_lab(photos.read(i))[None, 1:] for i in range(len(photos))])
    scores = evaluate(lambda *_: next(answers), photos, batch=1)
    network = scores.columns["network"]
    for name, figure in FIGURES.items():
        if name in network and figure.ideal is not None:
            assert network[name] == pytest.approx(figure.ideal, abs=1e-5), name
    assert scores.colorfulness == pytest.approx(scores.colorfulness_true)
    gains = {k: v for k, v in scores.to_dict().items() if k.endswith("_gain")}
    assert len(gains) == len(network) and min(gains.values()) >= 0
    assert gains["ciede2000_gain"] == scores.columns["grey"]["ciede2000"]


def test_a_cast_is_seen(photos):
    cast = torch.tensor([3.0, -2.0]).view(2, 1, 1)
    answers = iter([centre_lab(photos.read(i))[None, 1:] + cast for i in range(len(photos))])
    network = evaluate(lambda *_: next(answers), photos, batch=1).columns["network"]
    assert network["bias_a"] == pytest.approx(3, abs=1e-3)
    assert network["bias_b"] == pytest.approx(-2, abs=1e-3)
    assert network["ab_error"] == pytest.approx(13**0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("best", "value", "other", "gain"),
    [("high", 3, 1, 2), ("low", 3, 1, -2), ("zero", -3, 1, -2), ("zero", 1, -4, 3)],
)
def test_gain_is_positive_where_better(best, value, other, gain):
    assert Figure("", best, 2).gain(value, other) == gain


def test_batches_do_not_change_scores(photos):
    def guess(lightness, hints):
        return hints.ab + tint(lightness)

    one, many = (
        evaluate(guess, photos, hint_rate=0.01, nearest=True, batch=n).to_dict() for n in (1, 4)
    )
    assert one == pytest.approx(many, rel=1e-4, abs=1e-6)
    assert one["hints"] == pytest.approx(655, rel=0.05)


def test_a_photo_gets_its_hints_whatever_else_is_asked(photos):
    all_, some = (evaluate(tint, photos, every=n, hint_points=9, nearest=True) for n in (1, 3))
    assert [photo.number for photo in some.each] == [0, 3, 6]
    assert [photo.name for photo in some.each] == list(photos.names)[::3]
    for photo in some.each:
        twin = all_.each[photo.number]
        assert photo.hints == twin.hints == 9
        assert photo.columns["nearest"] == pytest.approx(twin.columns["nearest"], rel=1e-4)
    assert all_.each[0].columns["nearest"] != all_.each[1].columns["nearest"]


def test_error_where_hinted_counts_those_pixels_alone(photos):
    def obey(lightness, hints):
        return hints.ab + (1 - hints.mask) * 50

    scores = evaluate(obey, photos, hint_points=20, nearest=True)
    assert scores.columns["network"]["hint_error"] == 0
    assert scores.columns["nearest"]["hint_error"] == pytest.approx(0, abs=1e-3)
    lab = centre_lab(photos.read(2))[None]
    hints = draw_hints(lab, [2], 0.0, 20)
    chroma = hints.ab[0].norm(dim=0)[hints.mask[0, 0] > 0].mean().item()
    assert scores.each[2].columns["grey"]["hint_error"] == pytest.approx(chroma, rel=1e-5)


def test_a_photo_that_no_hint_fell_on_counts_for_nothing(photos):
    scores = evaluate(tint, photos, hint_rate=2e-5)
    given = [photo.hints for photo in scores.each]
    assert 0 in given and max(given) > 0
    errors = [photo.columns["network"]["hint_error"] for photo in scores.each]
    assert [math.isnan(error) for error in errors] == [count == 0 for count in given]
    assert math.isfinite(scores.columns["network"]["hint_error"])


class TwoHalves:
    """One picture: the left half red, the right half blue, both equally light."""

    names = ("halves",)

    def __len__(self):
        return 1

    def read(self, number):
        rgb = np.zeros((256, 256, 3), np.uint8)
        rgb[:, :128], rgb[:, 128:] = (200, 60, 60), (60, 60, 200)
        return rgb


def test_nearest_hints_of_a_picture_by_hand():
    picture = TwoHalves()
    scores = evaluate(tint, picture, hint_points=1, nearest=True)
    lab = centre_lab(picture.read(0))[None]
    hints = draw_hints(lab, [0], 0.0, 1)
    # One hint colours the whole picture: its own half is right, the other takes its colour.
    wrong = (lab[0, 1:, 0, 0] - lab[0, 1:, 0, 255]).norm().item() / 2
    assert int(hints.mask.sum()) == 1
    assert scores.columns["nearest"]["ab_error"] == pytest.approx(wrong, rel=1e-4)


def test_unreadable_pictures_are_left_out_and_named(photo_folder):
    pictures = open_pictures([str(photo_folder)])
    scores = evaluate(tint, pictures, batch=2)
    assert scores.photos == len(pictures) - 1
    assert [name.rsplit("/", 1)[-1] for name in scores.unreadable] == ["broken.jpg"]


def test_nothing_readable_is_an_error(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"none of 1 pictures.*a\.jpg"):
        evaluate(tint, open_pictures([str(tmp_path)]))


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("0.5%", (0.005, 0)),
        (".5%", (0.005, 0)),
        ("100%", (1.0, 0)),
        ("1", (0.0, 1)),
        ("10", (0.0, 10)),
        ("65536", (0.0, 65536)),
    ],
)
def test_hints_as_users_write_them(text, hints):
    assert parse_hints(text) == pytest.approx(hints)


@pytest.mark.parametrize(
    "text",
    ["0", "-1", "0.005", "1.0", "5e-3", "65537", "many", "", "nan", "nan%", "0%", "200%", "%", "²"],
)
def test_hints_that_cannot_be(text):
    with pytest.raises(SettingsError, match="neither a number of points nor a share"):
        parse_hints(text)
