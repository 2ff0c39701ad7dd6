"""Geometric pictures of free shapes: overlapping, radiating, balanced on a ground."""

from __future__ import annotations

import numpy as np

from kinemacolor.trainers.abstract.canvas import Canvas, Fill, regular
from kinemacolor.trainers.abstract.palette import Palette

Rng = np.random.Generator


def glazes(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Large translucent polygons and discs over one another (Moholy-Nagy)."""
    _backdrop(canvas, palette, rng)
    for _ in range(rng.integers(7, 18)):
        centre, radius = rng.uniform(0, 1, 2), 0.08 + 0.4 * rng.random() ** 2
        how: Fill = {"alpha": rng.uniform(0.45, 0.95)}
        if rng.random() < 0.4:
            how |= {"to": palette.any(rng), "angle": rng.uniform(0, 2 * np.pi)}
        corners = int(rng.choice([3, 4, 5, 6, 0, 0]))
        if corners:
            shape = regular(corners, (0, 0), radius, rng.uniform(0, 2 * np.pi))
            shape *= rng.uniform(0.5, 1.2, 2)
            canvas.polygon(shape + centre, palette.some(rng), **how)
        else:
            canvas.disc(centre, radius, palette.some(rng), **how)


def kandinsky(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Discs with halos, bundles of lines, checkers, arcs and triangles on an airy ground."""
    _backdrop(canvas, palette, rng)
    canvas.polygon(_triangle(rng, 0.5), palette.some(rng), alpha=0.75)
    for _ in range(rng.integers(3, 8)):
        centre, radius = rng.uniform(0.1, 0.9, 2), rng.uniform(0.03, 0.17)
        canvas.disc(centre, radius * rng.uniform(1.15, 1.5), palette.some(rng), alpha=0.55)
        canvas.disc(centre, radius, palette.any(rng))
        canvas.disc(centre, radius * rng.uniform(0.3, 0.7), palette.some(rng))
    for _ in range(rng.integers(2, 6)):
        canvas.polygon(_triangle(rng, 0.22), palette.some(rng), alpha=rng.uniform(0.7, 1))
    for _ in range(rng.integers(1, 4)):
        start, angle = rng.uniform(0.1, 0.9, 2), rng.uniform(0, np.pi)
        way = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.3, 0.9)
        step = np.array([-way[1], way[0]]) * rng.uniform(0.05, 0.12)
        for i in range(rng.integers(1, 6)):
            bar = start + i * step - way / 2
            canvas.bar(bar, bar + way, rng.uniform(0.004, 0.014), palette.ink)
    for _ in range(rng.integers(0, 3)):
        begin, radius = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.3)
        end, centre = begin + rng.uniform(1.5, 4), rng.uniform(0.2, 0.8, 2)
        canvas.sector(centre, radius * 0.94, radius, begin, end, palette.any(rng))
    if rng.random() < 0.6:
        _checker(canvas, palette, rng)


def suprematist(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Bars, squares and a disc adrift along one slant on a pale ground (Malevich, Lissitzky)."""
    canvas.box(0, 0, 1, 1, palette.paper)
    slant = rng.uniform(-1.1, 1.1)
    for _ in range(rng.integers(6, 16)):
        angle = slant + rng.choice([0, 0, 0, np.pi / 2]) + rng.normal(0, 0.05)
        length, width = rng.uniform(0.1, 0.75), 0.012 + 0.17 * rng.random() ** 2
        way = np.array([np.cos(angle), np.sin(angle)]) * length / 2
        centre = rng.uniform(0.15, 0.85, 2)
        color = palette.ink if rng.random() < 0.2 else palette.some(rng)
        canvas.bar(centre - way, centre + way, width, color)
    if rng.random() < 0.6:
        canvas.disc(rng.uniform(0.2, 0.8, 2), rng.uniform(0.06, 0.22), palette.some(rng))
    if rng.random() < 0.5:
        canvas.polygon(_triangle(rng, 0.3), palette.some(rng))


def orphist(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Targets of ring segments, every one its own colour (the Delaunays)."""
    _backdrop(canvas, palette, rng)
    for _ in range(rng.integers(1, 5)):
        centre, size = rng.uniform(0.1, 0.9, 2), rng.uniform(0.25, 0.6)
        rings, parts = int(rng.integers(3, 7)), int(rng.choice([2, 4, 4, 6, 8]))
        turn = rng.uniform(0, 2 * np.pi)
        for ring in range(rings, 0, -1):
            for part in range(parts):
                begin = turn + 2 * np.pi * part / parts
                end = begin + 2 * np.pi / parts
                radius = size * ring / rings
                canvas.sector(centre, 0, radius, begin, end, palette.any(rng))


def rays(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """A burst of wedges around a sun."""
    centre, count = rng.uniform(0.1, 0.9, 2), int(rng.integers(8, 36))
    edges = np.cumsum(rng.uniform(0.4, 1.6, count))
    edges = np.concatenate([[0], edges / edges[-1]]) * 2 * np.pi
    repeat, shaded = int(rng.integers(2, 7)), rng.random() < 0.4
    colors = [palette.any(rng) for _ in range(repeat)]
    for i in range(count):
        canvas.sector(centre, 0, 1.5, edges[i], edges[i + 1], colors[i % repeat])
    if shaded:
        canvas.box(0, 0, 1, 1, palette.paper, to=palette.ink, angle=rng.uniform(0, 6.3), alpha=0.3)
    radius = rng.uniform(0.1, 0.3)
    while radius > 0.03:
        canvas.disc(centre, radius, palette.any(rng))
        radius *= rng.uniform(0.5, 0.85)


def rainbows(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Piles of concentric arches in rows, each row before the last."""
    radius = rng.uniform(0.12, 0.32)
    rings = int(rng.integers(3, 7))
    for row in range(int(1 / (radius * 0.5)) + 4):
        for column in range(int(0.5 / radius) + 2):
            centre = ((column * 2 + row % 2) * radius, row * radius * 0.5)
            colors = rng.permutation(8)[:rings]
            for i, color in enumerate(colors):
                part = radius * (1 - i / rings)
                canvas.disc(centre, part, palette.rgb[color])


def skyline(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Blocks and gables before a shaded sky with a disc (Klee, Feininger)."""
    canvas.box(0, 0, 1, 1, palette.some(rng), to=palette.paper, angle=np.pi / 2)
    canvas.disc(rng.uniform(0.15, 0.85, 2) * (1, 0.5), rng.uniform(0.06, 0.15), palette.some(rng))
    for depth in np.linspace(0.35, 0.95, rng.integers(3, 6)):
        x = -0.05
        while x < 1:
            width, top = rng.uniform(0.08, 0.26), depth - rng.uniform(-0.05, 0.22)
            color, dusk = palette.some(rng), palette.any(rng)
            how: Fill = {"to": color + 0.45 * (dusk - color), "angle": np.pi / 2}
            canvas.box(x, top, x + width, 1.05, color, **how)
            if rng.random() < 0.5:
                gable = np.array([[x, top], [x + width / 2, top - 0.7 * width], [x + width, top]])
                canvas.polygon(gable, palette.some(rng))
            if rng.random() < 0.5:
                for i in range(3):
                    pane = x + width * (0.15 + 0.27 * i)
                    low = top + width * 0.2
                    canvas.box(pane, low, pane + width * 0.16, low + width * 0.25, palette.paper)
            x += width


def _backdrop(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Shade the ground, or leave it flat."""
    if rng.random() < 0.6:
        ground = palette.ground(rng)
        other = ground + rng.uniform(0.2, 0.8) * (palette.some(rng) - ground)
        canvas.box(0, 0, 1, 1, ground, to=other, angle=rng.uniform(0, 2 * np.pi))


def _triangle(rng: Rng, radius: float) -> np.ndarray:
    angles = np.sort(rng.uniform(0, 2 * np.pi / 3, 3)) + np.arange(3) * 2 * np.pi / 3
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return points * radius * rng.uniform(0.4, 1) + rng.uniform(0.1, 0.9, 2)


def _checker(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """A slanted board of two colours."""
    corner, angle = rng.uniform(0.1, 0.7, 2), rng.uniform(-0.6, 0.6)
    x = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.03, 0.06)
    y = np.array([-x[1], x[0]])
    colors = palette.any(rng), palette.some(rng)
    for row, column in np.ndindex(*rng.integers(3, 6, 2)):
        place = corner + row * y + column * x
        tile = np.stack([place, place + x, place + x + y, place + y])
        canvas.polygon(tile, colors[(row + column) % 2])


STYLES = (glazes, kandinsky, suprematist, orphist, rays, rainbows, skyline)
