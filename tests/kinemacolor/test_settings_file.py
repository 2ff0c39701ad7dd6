"""Settings by purpose and from a file, in the API and in the command."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from typer.testing import CliRunner

import kinemacolor
from kinemacolor import Settings, SettingsError
from kinemacolor.cli.main import app
from tests.docs import pages
from tests.engine.fakes import still
from tests.kinemacolor.program import run


@pytest.fixture
def box(tmp_path, monkeypatch):
    """The folder "box" with a photo, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "box").mkdir()
    (tmp_path / "box/a.png").write_bytes(still(1))
    return tmp_path / "box"


def resolved(*words: str) -> dict:
    """The settings of a job with its sources in "box" that differ from the defaults."""
    result = CliRunner().invoke(
        app, ["colorize", "box", "-o", "out", "--dry-run", "--json", *words]
    )
    if isinstance(result.exception, SettingsError):
        raise result.exception
    assert result.exit_code == 0, result.output
    settings = json.loads(result.stdout.splitlines()[0])["settings"]
    return dict(settings.items() - asdict(Settings()).items())


ARCHIVE = {"codec": "ffv1", "container": "mkv", "framemd5": True}


class TestPurpose:
    @pytest.mark.parametrize(
        ("purpose", "means"),
        [
            ("access", {"codec": "h264"}),
            ("archive", ARCHIVE),
            ("editing", {"codec": "prores", "container": "mov"}),
        ],
    )
    def test_is_the_same_in_the_api_and_the_command(self, box, purpose, means):
        assert resolved("--for", purpose) == means
        assert Settings.for_purpose(purpose) == Settings(**means)

    def test_gives_way_to_what_is_asked_for(self, box):
        assert resolved("--for", "editing", "--codec", "dnxhr")["codec"] == "dnxhr"
        assert Settings.for_purpose("archive", framemd5=False).framemd5 is False

    def test_that_is_unknown_is_refused(self, box):
        with pytest.raises(SettingsError, match=r"--for: 'museum' .* use access, archive, editing"):
            resolved("--for", "museum")
        with pytest.raises(SettingsError, match=r"^purpose: 'museum'"):
            Settings.for_purpose("museum")

    def test_of_plan_is_the_same(self, box):
        result = CliRunner().invoke(app, ["plan", "box", "--for", "museum"])
        assert isinstance(result.exception, SettingsError)

    def test_archive_brings_a_report(self, box, tmp_path):
        assert run("colorize", box, "-o", tmp_path / "out", "--for", "archive").returncode == 0
        events = json.loads((tmp_path / "out/box.kinemacolor-report.json").read_text())
        assert events[0]["settings"]["codec"] == "ffv1"
        single = tmp_path / "b.png"
        assert run("colorize", box / "a.png", "-o", single, "--for", "archive").returncode == 0
        assert (tmp_path / "b.png.kinemacolor-report.json").is_file()
        named = ("--report", tmp_path / "own.json")
        run("colorize", box / "a.png", "-o", tmp_path / "c.png", "--for", "archive", *named)
        assert named[1].is_file() and not (tmp_path / "c.png.kinemacolor-report.json").exists()


class TestFile:
    @pytest.mark.parametrize("words", [(), ("--config", "box/kinemacolor.toml")])
    def test_sets_what_the_command_line_does_not(self, box, words):
        (box / "kinemacolor.toml").write_text(
            'for = "archive"\nsaturation = 1\ncolor-every = 4\nstill-quality = 80\nbit-depth = 10\n'
            "framemd5 = false\n"
        )
        expected = {"codec": "ffv1", "container": "mkv", "color_every": "4", "bit_depth": "10"}
        assert resolved(*words) == expected | {"still_quality": 80}
        read = kinemacolor.settings_from_file("box/kinemacolor.toml")
        assert read == Settings(**expected, still_quality=80)

    def test_gives_way_to_options_and_overrules_the_purpose(self, box):
        (box / "kinemacolor.toml").write_text(
            'for = "archive"\ncodec = "h264"\nquality = 20\nsaturation = 1.5\n'
        )
        found = {"codec": "h264", "quality": 20.0, "saturation": 1.5, "framemd5": True}
        assert resolved() == found | {"container": "mkv"}
        assert resolved("--saturation", "2", "--for", "editing") == {
            "codec": "h264",
            "quality": 20.0,
            "saturation": 2.0,
            "container": "mov",
        }
        # A quality is of the codec that it stands beside.
        assert "quality" not in resolved("--codec", "ffv1")

    def test_beside_a_single_file_is_found(self, box, tmp_path):
        (box / "kinemacolor.toml").write_text("saturation = 0.5\n")
        words = ["colorize", "box/a.png", "-o", "b.png", "--dry-run"]
        result = CliRunner().invoke(app, words)
        assert result.stderr == "Settings from box/kinemacolor.toml\n"
        assert "settings  saturation 0.5\n" in result.stdout
        assert "defaults  model kinema, working-size 256" in result.stdout
        assert CliRunner().invoke(app, [*words, "--quiet"]).stderr == ""

    def test_is_not_carried_over(self, box, tmp_path):
        (box / "kinemacolor.toml").write_text("saturation = 0.5\n")
        (box / "more").mkdir()
        (box / "more/kinemacolor.toml").write_text("no settings of this job")
        result = run("colorize", box, "-o", tmp_path / "out")
        assert "kinemacolor.toml: has settings for jobs" in result.stderr
        found = {
            str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")
        }
        assert "kinemacolor.toml" not in found
        assert {"a.png", "more/kinemacolor.toml"} <= found

    def test_names_a_report_among_the_results(self, box, tmp_path):
        (box / "kinemacolor.toml").write_text('report = "all.json"\n')
        assert run("colorize", box, "-o", tmp_path / "out").returncode == 0
        assert (tmp_path / "out/all.json").is_file()

    def test_names_a_model_beside_it(self, box):
        (box / "own.safetensors").touch()
        (box / "kinemacolor.toml").write_text('model = "own.safetensors"\n')
        assert kinemacolor.settings_from_file(box / "kinemacolor.toml").model == str(
            box / "own.safetensors"
        )

    def test_gives_times_as_options_do(self, box):
        (box / "kinemacolor.toml").write_text('from = "1:02.5"\nto = 70\n')
        read = kinemacolor.settings_from_file(box / "kinemacolor.toml")
        assert (read.from_time, read.to_time) == (62.5, 70)
        with pytest.raises(SettingsError, match="are of films, and there is none"):
            resolved()

    def test_an_excerpt_gives_way_as_a_whole(self, box):
        (box / "kinemacolor.toml").write_text('frames = "0-9"\n')
        result = CliRunner().invoke(
            app, ["colorize", "box", "-o", "out", "--dry-run", "--from", "2"]
        )
        assert "does not go with times" not in str(result.exception)

    def test_two_are_refused(self, box, tmp_path):
        (tmp_path / "other").mkdir()
        for folder in ("box", "other"):
            (tmp_path / folder / "kinemacolor.toml").write_text("saturation = 2\n")
        result = CliRunner().invoke(app, ["colorize", "box", "other", "-o", "out", "--dry-run"])
        assert str(result.exception) == (
            "box/kinemacolor.toml and other/kinemacolor.toml: are beside the sources; "
            "name the one that counts by --config"
        )

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("saturatoin = 1", "saturatoin is no setting; did you mean saturation?"),
            ("color_every = 4", "color_every is no setting; did you mean color-every?"),
            ("saturation = 7", "saturation: 7 is not possible; use 0 to 3"),
            ('saturation = "1"', "saturation: '1' is not possible; use a number"),
            ("framemd5 = 1", "framemd5: 1 is not possible; use true or false"),
            ("salvage = [true]", "salvage: [True] is not possible; use true or false"),
            ('for = "museum"', "for: 'museum' is not possible; use access, archive, editing"),
            ('from = "noon"', "from: 'noon' is no time; use seconds or HH:MM:SS.S"),
            ("from = 9\nto = 3", "to: 3 s is not after 9 s"),
            ('report = "../x.json"', "report: '../x.json' is no file name; give one without"),
            ("saturation", "is not TOML: "),
        ],
    )
    def test_is_refused_in_one_line(self, box, text, said):
        (box / "kinemacolor.toml").write_text(text)
        with pytest.raises(SettingsError) as refused:
            resolved()
        line = str(refused.value)
        assert line.startswith("box/kinemacolor.toml: ") and "\n" not in line
        assert line.removeprefix("box/kinemacolor.toml: ").startswith(said)

    def test_that_is_missing_is_told(self, box):
        with pytest.raises(SettingsError, match=r"no\.toml: cannot be read: "):
            resolved("--config", "no.toml")

    def test_help_reads_none(self, box):
        (box / "kinemacolor.toml").write_text("nonsense")
        assert CliRunner().invoke(app, ["colorize", "box", "--help"]).exit_code == 0

    def test_of_the_documentation_is_possible(self, tmp_path):
        [block] = pages.blocks(pages.ROOT / "docs/cli.md", "toml")
        (tmp_path / "own.toml").write_text(block.text)
        expected = {"saturation": 1.2, "color_every": "4", "from_time": 10.0}
        read = kinemacolor.settings_from_file(tmp_path / "own.toml")
        assert read == Settings.for_purpose("archive", **expected)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--saturation", "9"], "--saturation: 9 is not possible; use 0 to 3"),
        (["--color-every", "x"], "--color-every: 'x' is not possible; use auto or 1 to 32"),
        (["--from", "9", "--to", "3"], "--to: 3 s is not after 9 s"),
    ],
)
def test_the_command_names_options_where_the_api_names_fields(box, words, said):
    with pytest.raises(SettingsError) as refused:
        resolved(*words)
    assert str(refused.value) == said
