"""Small packages with plug-ins, as pip leaves them: the modules, and their metadata beside."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

TINT = (40.0, -50.0)  # a* and b* of white, of the weights that come with `tiny_warm`

# Every name but Colorizer, Variant and Compiler's methods is the package's own choice.
TINY = """
    from pathlib import Path

    import torch

    from kinemacolor.models.colorizer import Colorizer
    from kinemacolor.models.variant import Variant


    class Tiny(Colorizer):
        size_multiple = 32

        def __init__(self):
            super().__init__()
            self.tint = torch.nn.Parameter(torch.zeros(2))

        def forward(self, lightness, hints=None):
            return lightness / 100 * self.tint.view(1, 2, 1, 1)


    VARIANTS = (
        Variant(
            name="tiny_warm",
            builder=Tiny,
            source="a test",
            weights=Path(__file__).with_name("warm.safetensors"),
        ),
        Variant(name="tiny_bare", builder=Tiny, source="a test"),
    )


    class Pickled:
        name, suffix, batch = "pickled", ".pickle", 2

        def unavailable_reason(self, device):
            return "" if device.type == "cpu" else "is for CPUs"

        def supported_precisions(self, device):
            return ("fp32",)

        def versions(self):
            return "tiny 1.0"

        def compile(self, network, spec, file):
            torch.save(network, file)

        def load(self, file, spec):
            return torch.load(file, weights_only=False)
"""


def install(
    site: Path, name: str, source: str, *, version: str = "1.0", **groups: Mapping[str, str]
) -> Path:
    """Install a package with one module.

    Args:
        site: a folder for sys.path.
        name: of the distribution; its module has underscores where this has hyphens.
        source: of the module.
        version: of the distribution.
        groups: entry points by name, for each group of them: `networks` or `backends`.

    Returns:
        The module's folder.
    """
    module = site / name.replace("-", "_")
    module.mkdir(parents=True)
    (module / "__init__.py").write_text(textwrap.dedent(source), encoding="utf-8")
    info = site / f"{module.name}-{version}.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    lines = []
    for group, entry_points in groups.items():
        lines.append(f"[kinemacolor.{group}]")
        lines += [f"{key} = {value}" for key, value in entry_points.items()]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return module


def install_tiny(site: Path) -> Path:
    """Install the package `tiny-colors`: two networks, one of them with weights, and a backend.

    Returns:
        The weights file.
    """
    module = install(
        site,
        "tiny-colors",
        TINY,
        networks={"tiny": "tiny_colors"},
        backends={"pickled": "tiny_colors:Pickled"},
    )
    weights = module / "warm.safetensors"
    save_file({"tint": torch.tensor(TINT)}, weights, metadata={"variant": "tiny_warm"})
    return weights
