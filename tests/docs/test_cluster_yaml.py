"""The cluster of docs/cluster.md is one that Ray accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import ray.autoscaler
import yaml

PAGE = Path(__file__).parents[2] / "docs/cluster.md"


@pytest.fixture
def cluster():
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return yaml.safe_load(block)


@pytest.fixture
def schema():
    return json.loads((Path(ray.autoscaler.__file__).parent / "ray-schema.json").read_text())


def test_is_valid(cluster, schema):
    jsonschema.validate(cluster, schema)


def test_an_unknown_key_is_not(cluster, schema):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(cluster | {"workers": 2}, schema)


def test_ray_can_make_it_whole(cluster, schema):
    """As `ray up` does before it begins."""
    from ray.autoscaler._private.util import prepare_config, validate_config

    whole = prepare_config(cluster)
    validate_config(whole)
    assert whole["provider"]["worker_ips"] == ["gpu1", "gpu2"]
