"""The JSON schema of guide files, made from the structs that read them.

`python -m kinemacolor.engine.guidance.guide_file.schema > docs/guide.schema.json` publishes it.
"""

from __future__ import annotations

import json

import msgspec

from kinemacolor.engine.guidance.guide_file.guide import VERSION, Guide


def schema_text() -> str:
    """The schema (JSON Schema 2020-12), as docs/guide.schema.json has it."""
    own = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Guide file of Kinemacolor, version {VERSION}",
    }
    return json.dumps(own | msgspec.json.schema(Guide), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
