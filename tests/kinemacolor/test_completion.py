"""What a shell completes: commands, options, and the values of those that have a list."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.kinemacolor.program import LIMIT, ROOT

PROGRAM = """
import sys
sys.argv[0] = "kinemacolor"
from kinemacolor.cli.main import main
try:
    main()
finally:
    assert not {"torch", "av", "cv2"} & set(sys.modules)
"""


def asked(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=LIMIT,
    )


def completed(line: str) -> list[str]:
    """What bash is offered for the last word of a line."""
    words = line.split(" ")
    return asked(
        _KINEMACOLOR_COMPLETE="complete_bash",
        COMP_WORDS=line.replace(" ", "\n"),
        COMP_CWORD=str(len(words) - 1),
    ).stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("kinemacolor col", ["colorize"]),
        ("kinemacolor colorize --smoothing-w", ["--smoothing-window"]),
        ("kinemacolor colorize --codec h", ["h264", "hevc"]),
        ("kinemacolor colorize --for ", ["access", "archive", "editing"]),
        ("kinemacolor plan --backend op", ["openvino"]),
        ("kinemacolor plan --model ", ["kinema", "msau_net"]),
        ("kinemacolor compile --precision bf", ["bf16"]),
        ("kinemacolor evaluate --device cu", ["cuda"]),
        ("kinemacolor evaluate ms", ["msau_net"]),
    ],
)
def test_offers(line, offered):
    assert completed(line) == offered


def test_is_installed_for_a_shell(tmp_path):
    subprocess.run(
        ["bash", "-c", '"$0" -c "$1" --install-completion; exit $?', sys.executable, PROGRAM],
        env=os.environ | {"HOME": str(tmp_path)},
        cwd=ROOT,
        check=True,
        timeout=LIMIT,
    )
    script = tmp_path / ".bash_completions/kinemacolor.sh"
    assert "complete_bash" in script.read_text()
    assert str(script) in (tmp_path / ".bashrc").read_text()


def test_scripts_are_shown_for_a_shell():
    # The shell is found by the process that asks.
    script = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" --show-completion; exit $?', sys.executable, PROGRAM],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=LIMIT,
    ).stdout
    assert "_KINEMACOLOR_COMPLETE=complete_bash" in script
    assert "complete -o default -F _kinemacolor_completion kinemacolor" in script
