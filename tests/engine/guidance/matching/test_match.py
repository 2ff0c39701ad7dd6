"""What is seen of pictures, and the match of their cells."""

import cv2
import numpy as np
import torch

from kinemacolor.engine.guidance.matching import encoder as encoder_module
from kinemacolor.engine.guidance.matching import match as matching
from kinemacolor.engine.guidance.matching.correspondence import correspond
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.matching.match import (
    Matcher,
    likeness_to_known,
    matched_positions,
    mean_values,
)
from kinemacolor.engine.guidance.matching.sight import sight_of
from kinemacolor.engine.motion.optical_flow import identity_grid
from kinemacolor.models.metric import shipped_head
from tests.engine.guidance.scene import SHAPE, scene, shifted, track


def matched(encoder, light, other, values, known=None):
    known = np.ones_like(other) if known is None else known
    with torch.inference_mode():
        return Matcher(sight_of(other, encoder), values, known)(sight_of(light, encoder))


def test_features_have_their_sizes_and_repeat(encoder):
    light, _ = scene()
    features = encoder(light)
    sizes = [tuple(x.shape) for x in (features.quarter, features.eighth, features.sixteenth)]
    rows, columns = SHAPE
    assert [size[1:] for size in sizes] == [(rows // n, columns // n) for n in (4, 8, 16)]
    assert all(torch.equal(x, y) for x, y in zip(look(features), look(encoder(light)), strict=True))


def look(features):
    return features.quarter, features.eighth, features.sixteenth


def test_a_picture_is_most_like_itself(encoder):
    light, ab = scene()
    match = matched(encoder, light, light, ab)
    assert match.likeness.min() > 0.97
    assert (match.best == torch.arange(len(match.best))).float().mean() > 0.95
    cells = mean_values([match])
    assert cells.shape == (*match.cells, 2)
    there, back = matched_positions(match, SHAPE)
    for positions in (there, back):
        assert np.abs(positions - identity_grid(*SHAPE)).mean() < 1


def test_unknown_cells_give_nothing(encoder):
    light, ab = scene()
    known = np.zeros(SHAPE, np.float32)
    known[:, :96] = 1
    values = np.where(known[..., None] > 0, ab, np.float32(99))
    assert mean_values([matched(encoder, light, light, values, known)]).max() < 60


def test_what_is_unknown_elsewhere_takes_nothing_away(encoder):
    light, ab = scene()
    known = np.zeros(SHAPE, np.float32)
    known[:, :96] = 1
    whole = matched(encoder, light, shifted(light, 4), ab)
    part = matched(encoder, light, light, ab, known)
    likeness, how_far = likeness_to_known([whole, part])
    assert how_far[:, -8:].min() > 0.99  # beyond what the more alike one knows
    assert np.array_equal(likeness[:, -8:], whole.likeness.reshape(whole.cells)[:, -8:])
    inside = part.likeness.reshape(part.cells)[:, :8].numpy()
    assert (likeness[:, :8] >= inside - 1e-6).all()
    one, far = likeness_to_known([part])
    assert np.array_equal(one, part.likeness.reshape(part.cells)) and far[:, -8:].max() < 0.5


def test_a_search_begun_at_the_match_or_the_track_finds_a_far_shift(encoder):
    light, ab = scene()
    there = shifted(light, 24)
    match = matched_positions(matched(encoder, there, light, ab), SHAPE)
    for known_track in (None, track(24)):
        found, joined = correspond(there, light, match, known_track)
        assert (joined is None) == (known_track is None)
        inner = (slice(16, -16), slice(48, -48))
        missed = found.positions[0] - (identity_grid(*SHAPE)[0] - 24)
        assert np.median(np.abs(missed[inner])) < 1
        assert found.trust[inner].mean() > 0.5


def test_the_learned_metric_finds_more_than_the_raw_features(encoder, monkeypatch):
    """In a scene that is turned, nearer, and darker."""
    light, ab = scene()
    turned = cv2.getRotationMatrix2D((SHAPE[1] / 2, SHAPE[0] / 2), 10, 1.3)
    there, truth = (
        cv2.warpAffine(plane, turned, SHAPE[::-1], borderMode=cv2.BORDER_REFLECT)
        for plane in (light * np.float32(0.9) + 3, ab)
    )
    errors = []
    for head in (shipped_head(), torch.eye(len(shipped_head()))):
        monkeypatch.setattr(matching, "shipped_head", lambda head=head: head)
        match = matched(encoder, there, light, ab)
        expected = cv2.resize(truth, match.cells[::-1], interpolation=cv2.INTER_AREA)
        errors.append(np.linalg.norm(mean_values([match]) - expected, axis=2).mean())
    assert errors[0] < 0.9 * errors[1]


def test_the_encoders_digest_tells_what_was_learned_upon_it(tmp_path, monkeypatch):
    found = {Encoder().digest, Encoder().digest}
    for place in range(len(encoder_module._LEARNED)):
        paths = list(encoder_module._LEARNED)
        paths[place] = tmp_path / "other"
        paths[place].write_bytes(b"other weights")
        monkeypatch.setattr(encoder_module, "_LEARNED", tuple(paths))
        found.add(Encoder().digest)
        monkeypatch.undo()
    assert len(found) == 1 + len(encoder_module._LEARNED)
