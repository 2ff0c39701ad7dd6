"""Film recombination: decoded colours are the wanted ones, the luma decides only brightness."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from skimage.color import rgb2lab

from benchmarks.reels import scene
from kinemacolor.engine.color.recombination.film import FilmRecombiner, chroma_tables
from kinemacolor.models.color.encoding import YCbCrEncoding
from kinemacolor.models.color.ycbcr import lightness_of_luma, ycbcr_to_rgb

ENCODINGS = [
    YCbCrEncoding(matrix, full_range=full, depth=depth)
    for matrix, full, depth in [
        ("bt601", False, 8),
        ("bt601", True, 8),
        ("bt709", False, 8),
        ("bt709", False, 10),
        ("bt709", True, 16),
        ("bt2020", False, 10),
    ]
]
DEEPER = [  # luma's, and of the chroma that is made
    (YCbCrEncoding(), YCbCrEncoding(depth=10)),
    (YCbCrEncoding("bt601"), YCbCrEncoding("bt601", depth=12)),
    (YCbCrEncoding(depth=10), YCbCrEncoding(depth=12)),
    (YCbCrEncoding(full_range=True), YCbCrEncoding(full_range=True, depth=10)),
    (YCbCrEncoding(full_range=True), YCbCrEncoding(depth=10)),
]


def decoded(
    luma: np.ndarray, cb: np.ndarray, cr: np.ndarray, encoding: YCbCrEncoding
) -> np.ndarray:
    """(H, W, 3) encoded R'G'B', not clipped."""
    planes = torch.from_numpy(np.stack([luma, cb, cr]).astype(np.float64))
    return ycbcr_to_rgb(planes, encoding).movedim(0, -1).numpy()


def luma_ramp(encoding: YCbCrEncoding, shape: tuple[int, int] = (64, 128)) -> np.ndarray:
    black, span = encoding.luma_scale
    codes = np.rint(black + span * np.linspace(0.08, 0.95, shape[1]))
    dtype = np.uint8 if encoding.depth == 8 else np.uint16
    return np.broadcast_to(codes, shape).astype(dtype)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_decoded_ab_is_the_wanted_ab_at_every_brightness(encoding):
    luma = luma_ramp(encoding)
    recombine = FilmRecombiner(encoding, luma.shape)
    lightness = recombine.lightness(luma, luma.shape)
    errors = []
    for hue in np.radians(np.arange(0, 360, 30)):
        for chroma in (4, 12, 30, 50):
            ab = np.empty((*luma.shape, 2), np.float32)
            ab[:] = chroma * np.cos(hue), chroma * np.sin(hue)
            rgb = decoded(luma, *recombine(luma, ab, lightness), encoding)
            in_gamut = ((rgb > 0.005) & (rgb < 0.995)).all(axis=2)
            errors.append(np.abs(rgb2lab(rgb.clip(0, 1))[..., 1:] - ab)[in_gamut])
    errors = np.concatenate(errors)
    assert errors.shape[0] > 100_000
    assert errors.mean() < 0.6


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_no_color_is_exactly_neutral(encoding):
    luma = luma_ramp(encoding)
    recombine = FilmRecombiner(encoding, (32, 64))
    ab = np.zeros((32, 64, 2), np.float32)
    for plane in recombine(luma, ab, recombine.lightness(luma, (32, 64))):
        assert plane.shape == (32, 64) and plane.dtype == luma.dtype
        assert (plane == 1 << (encoding.depth - 1)).all()


@settings(deadline=None, max_examples=25)
@given(
    chroma=st.floats(0, 200),
    hue=st.floats(0, 2 * np.pi),
    encoding=st.sampled_from(ENCODINGS),
)
def test_any_ab_is_displayable_and_keeps_its_hue(chroma, hue, encoding):
    luma = luma_ramp(encoding, (2, 64))
    recombine = FilmRecombiner(encoding, luma.shape)
    wanted = chroma * np.array([np.cos(hue), np.sin(hue)], np.float32)
    ab = np.broadcast_to(wanted, (2, 64, 2)).astype(np.float32)
    rgb = decoded(luma, *recombine(luma, ab, recombine.lightness(luma, luma.shape)), encoding)
    # 8-bit chroma codes are steps of about 0.01 in R'G'B', the table's gamut edge is as coarse.
    assert rgb.min() > -0.04 and rgb.max() < 1.04
    got = rgb2lab(rgb.clip(0, 1))[..., 1:]
    vivid = np.hypot(got[..., 0], got[..., 1]) > 15
    cosine = (got @ wanted)[vivid] / (np.hypot(got[..., 0], got[..., 1])[vivid] * chroma + 1e-9)
    assert (cosine > 0.94).all()


@pytest.mark.parametrize("size", [(480, 640), (720, 1280), (1080, 1920), (1081, 1921)])
def test_lightness_is_that_of_the_mean_luma(size):
    [luma] = scene(*size, 1)
    recombine = FilmRecombiner(YCbCrEncoding(), (32, 32))
    got = recombine.lightness(luma, (256, 448))
    mean = cv2.resize(luma.astype(np.float32), (448, 256), interpolation=cv2.INTER_AREA)
    table = lightness_of_luma(YCbCrEncoding()).numpy()
    off = np.abs(got - np.interp(mean, np.arange(256), table))
    slope = np.diff(table).max()
    assert off.mean() < 0.5 * slope and off.max() < 8 * slope
    if size[0] != 1080:  # no halving: rounding to a code is all
        assert off.max() < 0.51 * slope


@pytest.mark.parametrize(
    ("encoding", "output"), [*((same, same) for same in ENCODINGS), *DEEPER], ids=str
)
def test_codes_are_those_of_the_tables_within_rounding(encoding, output):
    """Against the tables interpolated in double precision, at luma of every brightness."""
    luma = luma_ramp(encoding, (48, 64))
    ab = np.random.default_rng(1).normal(0, 30, (48, 64, 2)).astype(np.float32)
    recombine = FilmRecombiner(encoding, luma.shape, saturation=1.2, output=output)
    black, span = encoding.luma_scale
    level = np.rint((luma - black) / span * 255).clip(0, 255).astype(int)
    neutral, scale = output.chroma_scale
    # The lightness has no detail beyond the one that ab belongs to, so ab stays what it is.
    planes = recombine(luma, ab, recombine.lightness(luma, luma.shape))
    for plane, table in zip(
        planes, chroma_tables(encoding.matrix, encoding.primaries), strict=True
    ):
        nodes = (ab.astype(np.float64) * 1.2 / 7 + 16).clip(0, 32)
        x = nodes[..., 0] + level % 16 * 33
        y = nodes[..., 1] + level // 16 * 33
        exact = map_coordinates(table.astype(np.float64), [y, x], order=1) * scale + neutral
        assert np.abs(plane - exact.clip(0, (1 << output.depth) - 1)).max() < 0.51 + scale / 2000
        assert plane.dtype == (np.uint8 if output.depth == 8 else np.uint16)


@pytest.mark.parametrize("full", [False, True])
def test_colors_are_nearer_the_more_bits_their_codes_have(full):
    """By BT.709's own numbers, in floating point: what is decoded from 8-bit luma."""
    encoding = YCbCrEncoding(full_range=full)
    luma = luma_ramp(encoding)
    black, span = encoding.luma_scale
    y = (luma - black) / span
    ab = np.random.default_rng(2).normal(0, 5, (*luma.shape, 2)).astype(np.float32)
    off, planes = {}, {}
    for depth in (8, 10, 12):
        recombine = FilmRecombiner(encoding, luma.shape, output=replace(encoding, depth=depth))
        planes[depth] = recombine(luma, ab, recombine.lightness(luma, luma.shape))
        reach = 2**depth - 1 if full else 224 * 2 ** (depth - 8)
        cb, cr = ((plane - 2.0 ** (depth - 1)) / reach for plane in planes[depth])
        red, blue = y + 1.5748 * cr, y + 1.8556 * cb
        rgb = np.dstack([red, (y - 0.2126 * red - 0.0722 * blue) / 0.7152, blue])
        off[depth] = np.abs(rgb2lab(rgb.clip(0, 1))[..., 1:] - ab).mean()
    assert off[10] < 0.4 * off[8] and off[12] < 0.8 * off[10]
    assert len(np.unique(planes[10][0] % 4)) == 4


def test_saturation_scales_color():
    encoding = YCbCrEncoding(full_range=True, depth=10)
    luma = np.full((32, 32), 520, np.uint16)
    ab = np.full((32, 32, 2), 10, np.float32)
    chroma = []
    for saturation in (0.0, 1.0, 2.0):
        recombine = FilmRecombiner(encoding, luma.shape, saturation)
        rgb = decoded(luma, *recombine(luma, ab, recombine.lightness(luma, luma.shape)), encoding)
        chroma.append(np.hypot(*rgb2lab(rgb)[..., 1:].mean(axis=(0, 1))))
    assert chroma[0] < 0.2
    assert chroma[2] == pytest.approx(2 * chroma[1], rel=0.02)


def test_color_edges_follow_the_luma():
    """Two flat areas, ab known at a quarter of the size: the edge stays as sharp as the luma's."""
    encoding = YCbCrEncoding(full_range=True)
    luma = np.full((128, 128), 100, np.uint8)
    luma[:, 61:] = 190
    recombine = FilmRecombiner(encoding, luma.shape)
    lightness = recombine.lightness(luma, (32, 32))
    share = ((lightness - lightness.min()) / np.ptp(lightness))[..., None]
    ab = (share * [20, 20] + (1 - share) * [-5, -20]).astype(np.float32)
    got = rgb2lab(decoded(luma, *recombine(luma, ab, lightness), encoding).clip(0, 1))[..., 1:]
    assert np.abs(got[:, :60] - [-5, -20]).mean() < 2
    assert np.abs(got[:, 62:] - [20, 20]).mean() < 2
