"""Geometric pictures that cover the plane: grids, tiles, stripes, facets."""

from __future__ import annotations

import numpy as np

from kinemacolor.trainers.abstract.canvas import Canvas
from kinemacolor.trainers.abstract.palette import Palette

Rng = np.random.Generator


def neoplastic(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Boxes between heavy lines, most of them white (Mondrian)."""
    boxes = [(0.0, 0.0, 1.0, 1.0)]
    for _ in range(rng.integers(6, 14)):
        # The largest is cut most likely.
        area = np.array([(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes])
        x0, y0, x1, y1 = boxes.pop(rng.choice(len(boxes), p=area**2 / (area**2).sum()))
        cut = rng.choice([0.25, 1 / 3, 0.4, 0.5, 0.62, 0.75])
        if rng.random() < (x1 - x0) / (x1 - x0 + y1 - y0):
            x = x0 + cut * (x1 - x0)
            boxes += [(x0, y0, x, y1), (x, y0, x1, y1)]
        else:
            y = y0 + cut * (y1 - y0)
            boxes += [(x0, y0, x1, y), (x0, y, x1, y1)]
    rich = rng.uniform(0.35, 0.8)
    largest = max(range(len(boxes)), key=lambda i: boxes[i][2] * boxes[i][3])
    for i, (x0, y0, x1, y1) in enumerate(boxes):
        colored = rng.random() < rich or i == largest
        canvas.box(x0, y0, x1, y1, palette.some(rng) if colored else palette.paper)
    width = rng.uniform(0.008, 0.032)
    for x0, y0, x1, y1 in boxes:
        for start, end in (((x0, y0), (x1, y0)), ((x0, y0), (x0, y1))):
            canvas.bar(start, end, width, palette.ink)


def quarters(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Tiles of quarter circles, halves, discs and triangles (Bauhaus)."""
    count = int(rng.integers(3, 8))
    side = 1 / count
    shapes = rng.permutation(5)[: rng.integers(2, 5)]
    for row, column in np.ndindex(count, count):
        x, y = column * side, row * side
        color, other = palette.any(rng), palette.some(rng)
        canvas.box(x, y, x + side, y + side, color)
        corners = np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]])
        turn = int(rng.integers(4))
        corner, across = corners[turn], corners[(turn + 2) % 4]
        shape = rng.choice(shapes)
        if shape == 0:
            start = turn * np.pi / 2
            canvas.sector(corner, 0, side, start, start + np.pi / 2, other)
            if rng.random() < 0.5:
                canvas.sector(corner, 0, side / 2, start, start + np.pi / 2, palette.any(rng))
        elif shape == 1:
            middle = (corners[turn] + corners[(turn + 1) % 4]) / 2
            start = turn * np.pi / 2
            canvas.sector(middle, 0, side / 2, start, start + np.pi, other)
        elif shape == 2:
            canvas.disc((x + side / 2, y + side / 2), side * rng.uniform(0.25, 0.48), other)
        elif shape == 3:
            canvas.polygon(np.stack([corner, corners[(turn + 1) % 4], across]), other)
        else:
            for step in range(4):
                low, high = x + side * step / 4, x + side * (step + 0.5) / 4
                canvas.box(low, y, high, y + side, other)


def nested(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """A grid of circles or squares in one another (Kandinsky, Albers)."""
    count = int(rng.integers(1, 6))
    side, rounds = 1 / count, rng.random() < 0.6
    for row, column in np.ndindex(count, count):
        x, y = column * side, row * side
        canvas.box(x, y, x + side, y + side, palette.any(rng))
        centre = np.array([x, y]) + side / 2 + rng.uniform(-0.04, 0.04, 2) * side
        radius, sink = side * rng.uniform(0.42, 0.52), rng.uniform(0, 0.25)
        while radius > 0.05 * side:
            if rounds:
                canvas.disc(centre, radius, palette.any(rng))
            else:
                (x0, y0), (x1, y1) = centre - radius, centre + radius
                canvas.box(x0, y0, x1, y1, palette.any(rng))
                centre[1] += sink * side * 0.16
            radius -= side * rng.uniform(0.05, 0.17)


def stripes(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Bands of many widths, with discs or slanted fields of bands across them."""
    _bands(canvas, palette, rng, np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]]))
    for _ in range(rng.integers(1, 4)):
        centre, radius = rng.uniform(0.15, 0.85, 2), rng.uniform(0.12, 0.36)
        corners = int(rng.choice([3, 4, 6, 60]))
        turn = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(corners) / corners
        shape = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius + centre
        _bands(canvas, palette, rng, shape)


def _bands(canvas: Canvas, palette: Palette, rng: Rng, shape: np.ndarray) -> None:
    """Fill a convex polygon with parallel bands."""
    angle = rng.choice([0, np.pi / 2, np.pi / 4, -np.pi / 4, rng.uniform(0, np.pi)])
    normal = np.array([np.cos(angle), np.sin(angle)])
    along = shape @ normal
    place, end = along.min(), along.max()
    widths = rng.uniform(0.015, 0.16, 2) * (end - place)
    previous = -1
    while place < end:
        width = rng.uniform(*np.sort(widths)) + 0.008
        colors = [i for i in range(8) if i != previous]
        share = np.array([5, 4, 3, 2, 2, 1, 2, 1])[colors]
        previous = int(rng.choice(colors, p=share / share.sum()))
        part = _clipped(_clipped(shape, normal, place), -normal, -place - width)
        if len(part) > 2:
            canvas.polygon(part, palette.rgb[previous])
        place += width


def _clipped(shape: np.ndarray, normal: np.ndarray, least: float) -> np.ndarray:
    """The part of a convex polygon where x . normal >= least (Sutherland and Hodgman)."""
    out = []
    for a, b in zip(shape, np.roll(shape, -1, axis=0), strict=True):
        inside_a, inside_b = a @ normal - least, b @ normal - least
        if inside_a >= 0:
            out.append(a)
        if (inside_a >= 0) != (inside_b >= 0):
            out.append(a + (b - a) * inside_a / (inside_a - inside_b))
    return np.array(out).reshape(-1, 2)


def facets(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """A mesh of triangles, its colours drifting over the picture (low poly)."""
    count = int(rng.integers(5, 12))
    grid = np.stack(np.meshgrid(*[np.arange(-1, count + 2)] * 2), axis=-1).astype(float)
    grid[1::2, :, 0] += 0.5
    places = (grid + rng.uniform(-0.34, 0.34, grid.shape)) / count
    ramp = palette.ramp(rng, stops=int(rng.integers(3, 7)))
    angle, bend = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.35)
    direction = np.array([np.cos(angle), np.sin(angle)])
    shade = rng.uniform(8, 26)
    for row, column in np.ndindex(count + 2, count + 2):
        quad = places[row : row + 2, column : column + 2].reshape(4, 2)
        for corners in ([0, 1, 3], [0, 3, 2]) if row % 2 else ([0, 1, 2], [1, 3, 2]):
            centre = quad[corners].mean(0) - 0.5
            along = 0.5 + 0.7 * centre @ direction + bend * (4 * centre @ centre - 0.5)
            index = np.clip((along + rng.normal(0, 0.06)) * 1023, 0, 1023)
            canvas.polygon(quad[corners], ramp[int(index)] + shade * rng.uniform(-1, 1))


def cubes(canvas: Canvas, palette: Palette, rng: Rng) -> None:
    """Tumbling blocks: every cube has a light top, a middle and a dark side (Vasarely)."""
    radius = 1 / rng.uniform(4, 11)
    across, down = radius * np.sqrt(3), radius * 1.5
    turn = np.pi / 6 + np.pi / 3 * np.arange(6)
    corners = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius
    ramp = palette.ramp(rng, stops=int(rng.integers(3, 6)))
    drift = rng.uniform(-1, 1, 2)
    for row in range(-1, int(1 / down) + 2):
        for column in range(-1, int(1 / across) + 2):
            centre = np.array([(column + row % 2 / 2) * across, row * down])
            index = 511 + 480 * np.clip((centre - 0.5) @ drift + rng.normal(0, 0.35), -1, 1)
            color = ramp[int(index)] if rng.random() < 0.7 else palette.some(rng)
            lit = color + 0.35 * (255 - color)
            for first, face_color in ((3, lit), (5, color * 0.9), (1, color * 0.58)):
                ring = [first % 6, (first + 1) % 6, (first + 2) % 6]
                face = np.concatenate([corners[ring], [[0, 0]]]) + centre
                canvas.polygon(face, face_color)


STYLES = (neoplastic, quarters, nested, stripes, facets, cubes)
