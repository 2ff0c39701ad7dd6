"""The example of guided colour: what is told of frame 0 mends the last frame."""

import cv2
import numpy as np

import kinemacolor
from examples import guided_film


def hues(picture):
    """What is left without the light."""
    return picture - picture.mean(axis=2, keepdims=True)


def test_the_key_frame_leads_to_the_last(tmp_path, capsys):
    settings = kinemacolor.Settings(device="cpu", working_size=96, codec="ffv1")
    guided_film.main(tmp_path, settings)
    sheet = cv2.imread(str(tmp_path / "sheet.png")).astype(np.float32)
    assert f"{tmp_path / 'sheet.png'}" in capsys.readouterr().out
    film, plain, guided, truth = np.split(sheet, 4, axis=1)
    assert np.ptp(film, axis=2).max() == 0 < np.ptp(plain, axis=2).mean()

    def wrong(picture):
        return np.abs(hues(picture) - hues(truth)).mean()

    assert wrong(guided) < 0.6 * min(wrong(plain), wrong(film))
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= {"reel.mkv", "frame0.png", "plain.mkv", "guided.mkv", "sheet.png"}
