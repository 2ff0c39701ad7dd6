"""Guided colour as the field measures it: one frame's colours are given, a clip is coloured.

Command: python -m benchmarks.propagation FOLDER --json benchmarks/results/propagation.json

FOLDER holds clips in colour: films, or folders of pictures as DAVIS has them. Every clip is made
grey, coloured in several ways, and compared with its true colours. Means are over frames, then
clips. Methods:

  grey, held, chained   no colour; frame 0's colours where they were; the same along joined flow
  automatic             the command without any guide; "no memory": with --no-memory
  key, keys             frame 0 by --key-frame; frame 0 and the last one that counts
  points 0 ... 4        ten colours of frame 0 at random places (five seeds) by --hint
  reference             the last frame of the whole clip by --reference

Protocols:

  vpn        frames 0 to 24, as Video Propagation Networks (Jampani, Gadde and Gehler 2017;
             varunjampani/video_prop_networks, color_propagation/) on 15 clips of DAVIS. Means here
             leave out frame 0, which is given, as LVVCP does (VLOGroup/LVVCP: 360 pairs of frame 0
             with frames 1 to 24, PSNR over ab at the peak 202.335). VPN averages it in.
  colormnet  whole clips, frame 0 counted (ColorMNet, Yang et al. 2024, arXiv 2404.06251, section 4:
             30 clips of DAVIS 2017 val).
  between    frames 0 to 48, with one key frame and with two: ours.

Measures: `benchmarks.color_measures` (those that wrap around in 8 bits are marked so), flicker and
CDC by `benchmarks.video_metrics`, LPIPS where its weights are at hand, and `cpu`, the command's
seconds for a clip on all processors, starting included. For every method the frame is named at
which it loses most to held and grey. For eight clips the bars of `benchmarks.propagation_bars` are
told. Where the command tells how much of a frame its key frame
leads to (at those which the network sees), that share is ranked against de_l.

With --json results are kept clip by clip; the same command goes on with what is missing. --again
makes methods anew. With --every 3 the middle one of every three frames is in the means, and besides
these only frame 0, those of the tables by distance and the last are measured; flicker is of the
pairs that end at a measured frame, CDC of all.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from tqdm import tqdm

from benchmarks.clips import Clip, film_frames, find_clips
from benchmarks.lpips import find_lpips
from benchmarks.propagation_bars import CLIPS, bars
from benchmarks.propagation_methods import BASELINES, COMMANDS, METHODS, color
from benchmarks.propagation_scores import TRUTH, Distance, score_clip
from benchmarks.propagation_summary import Clips, Protocol, summary
from benchmarks.propagation_tables import tables
from benchmarks.record import write_json
from kinemacolor.models.errors import KinemacolorError

_FIRST = ("grey", "automatic", "held", "chained", "key")
_POINTS = tuple(name for name in METHODS if name.startswith("points"))
PROTOCOLS = {
    "vpn": Protocol(
        25, 1, (1, 8, 12, 24), (*_FIRST, *_POINTS, "reference"), "Jampani et al. 2017, LVVCP"
    ),
    "colormnet": Protocol(None, 0, (1, 8, 24, 48), _FIRST, "Yang et al. 2024"),
    "between": Protocol(49, 1, (12, 24, 36), ("grey", "held", "key", "keys"), "ours"),
}


def run(
    clip: Clip,
    methods: list[str],
    protocol: Protocol,
    lpips: Distance | None,
    options: argparse.Namespace,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and scores of a clip's methods, and of the truth; what fails is told and left out."""
    last = sum(1 for _ in clip.frames()) - 1
    more: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        versions: dict[str, Iterator[np.ndarray]] = {}
        for method in methods:
            if method in BASELINES:
                versions[method] = BASELINES[method](clip.frames())
                continue
            place = Path(folder, method)
            place.mkdir()
            try:
                made = color(clip, COMMANDS[method], place, tuple(options.option))
            except KinemacolorError as error:
                tqdm.write(f"{method}: {error}")
                continue
            versions[method] = film_frames(made.film)
            more[method] = {"cpu": made.cpu, "led": made.led}
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(made.film, options.keep / f"{clip.name}.{method}.mkv")
        wanted = partial(protocol.scores, last=last)
        for method, scores in score_clip(clip.frames(), versions, lpips, wanted).items():
            yield method, scores | more.get(method, {})


def main() -> None:
    options = _options()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    protocol = replace(PROTOCOLS[options.protocol], every=options.every)
    clips = find_clips(options.folder, protocol.frames)
    wanted = [clip for clip in clips if not options.clips or clip.name in options.clips]
    found = find_lpips()
    lpips = None if isinstance(found, str) else found
    if isinstance(found, str):
        print(found)
    known = _known(options.json, options.protocol, options.every)
    for clip in tqdm(wanted, disable=None, leave=False):
        digest = clip.digest()
        record = known.get(clip.name)
        if record is None or record["source"] != digest:
            record = known[clip.name] = {"source": digest, "methods": {}}
        done = record["methods"]
        missing = [
            method
            for method in options.methods or protocol.methods
            if method not in done or method in options.again
        ]
        if not missing:
            continue
        made = dict(run(clip, missing, protocol, lpips, options))
        record["methods"] = _ordered(done | made)
        write_json(options.json, _results(options.protocol, protocol, known))
    shown = {clip.name: known[clip.name]["methods"] for clip in wanted}
    print(f"{options.protocol} ({protocol.source}), {len(shown)} clips\n")
    print(tables(shown, protocol, summed(options.protocol, protocol, shown)))


def _ordered(methods: dict[str, Any]) -> dict[str, Any]:
    return {name: methods[name] for name in (*METHODS, TRUTH) if name in methods}


def summed(name: str, protocol: Protocol, clips: Clips) -> dict[str, Any]:
    """The summary of a protocol's clips, with the bars where it is as many as these are for."""
    found = summary(clips, protocol)
    return found | {"bars": bars(name, protocol, clips, found) if len(clips) == CLIPS else []}


def _results(name: str, protocol: Protocol, clips: dict[str, Any]) -> dict[str, Any]:
    found = {clip: record["methods"] for clip, record in clips.items()}
    return {
        "protocol": {"name": name, **asdict(protocol)},
        "summary": summed(name, protocol, found),
        "clips": clips,
    }


def _known(path: Path | None, protocol: str, every: int) -> dict[str, Any]:
    """Clips of a file that an earlier call wrote.

    Raises:
        SystemExit: it is of another protocol, or of other frames.
    """
    if path is None or not path.is_file():
        return {}
    results = json.loads(path.read_text())["results"]
    if results["protocol"]["name"] != protocol:
        raise SystemExit(f"{path}: is of the protocol {results['protocol']['name']}; name another")
    if (other := results["protocol"]["every"]) != every:
        raise SystemExit(f"{path}: was made with --every {other}; say so, or name another file")
    clips: dict[str, Any] = results["clips"]
    return clips


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.propagation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="films, or folders of pictures")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="vpn")
    parser.add_argument("--clips", nargs="+", metavar="NAME", help="these of the folder alone")
    parser.add_argument("--methods", nargs="+", choices=METHODS, help="these instead of all")
    parser.add_argument("--again", nargs="+", choices=METHODS, default=[], help="make anew")
    parser.add_argument(
        "--option", action="append", default=[], help="of the command: --option=--no-memory"
    )
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="count one frame of N in the means"
    )
    parser.add_argument("--json", type=Path, help="write results there, and go on from there")
    parser.add_argument("--keep", type=Path, help="folder where coloured films are left")
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder}: no such folder")
    found = {clip.name for clip in find_clips(options.folder)}
    if unknown := sorted(set(options.clips or ()) - found) or not found:
        parser.error(f"{options.folder}: no clips {'in it' if not found else unknown}")
    return options


if __name__ == "__main__":
    main()
