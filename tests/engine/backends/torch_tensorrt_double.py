"""Stands in for Torch-TensorRT on machines without it: takes only what the real one takes.

`torch_tensorrt_signatures.json` holds the parameters of the functions that this project calls, read
(`ast`, nothing was run) from the wheels torch_tensorrt 2.11.0, 2.12.1 and 2.13.0. A name that falls
into `compile`'s **kwargs there is a deprecated one, and refused here. What is checked besides is
what those wheels document: engines that are to be refitted are built so, come from `load` or
`compile`, and get the same network; inputs have the shapes, types and devices that were exported.
"""

from __future__ import annotations

import inspect
import json
from inspect import Parameter
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch.export import ExportedProgram

SIGNATURES = json.loads(Path(__file__).with_name("torch_tensorrt_signatures.json").read_text())


def signature(version: str, name: str) -> inspect.Signature:
    """Of a function of a wheel."""
    said = SIGNATURES[version][name]
    parameters = [
        Parameter(
            word,
            Parameter.POSITIONAL_OR_KEYWORD,
            default=Parameter.empty if word in said["required"] else None,
        )
        for word in said["positional"]
    ]
    parameters += [
        Parameter(word, Parameter.KEYWORD_ONLY, default=None) for word in said["keyword"]
    ]
    return inspect.Signature(parameters)


class Double(ModuleType):
    """The module.

    Args:
        version: whose signatures hold.

    Attributes:
        calls: names of the functions called.
        convertible: whether networks can be converted as a whole.
    """

    def __init__(self, version: str) -> None:
        super().__init__("torch_tensorrt")
        self.version, self.calls, self.convertible = version, [], True
        self.graphs = False
        self.save, self.load = self._checked("save"), self._checked("load")
        self.dynamo = SimpleNamespace(
            compile=self._checked("dynamo.compile"),
            refit_module_weights=self._checked("dynamo.refit_module_weights"),
        )
        self.runtime = SimpleNamespace(
            set_cudagraphs_mode=self._checked("runtime.set_cudagraphs_mode")
        )

    def _checked(self, name: str) -> Any:
        work = getattr(self, "_" + name.split(".")[-1])

        def call(*words: Any, **named: Any) -> Any:
            bound = signature(self.version, name).bind(*words, **named)
            self.calls.append(name)
            return work(**bound.arguments)

        return call

    def _compile(self, exported_program, arg_inputs, **settings):
        assert isinstance(exported_program, ExportedProgram)
        _check_inputs(exported_program, arg_inputs)
        if settings.get("require_full_compilation") and not self.convertible:
            raise AssertionError("some operators could not be converted")
        engine = exported_program.module()
        engine.meta["refittable"] = settings.get("immutable_weights") is False
        return engine

    def _save(self, module, file_path, output_format, arg_inputs):
        assert isinstance(module, torch.fx.GraphModule) and output_format == "exported_program"
        program = torch.export.export(module, tuple(arg_inputs))
        kept = {"refittable": str(module.meta["refittable"])}
        with open(file_path, "wb") as file:  # the real one, too, minds no suffix but warns
            torch.export.save(program, file, extra_files=kept)

    def _load(self, file_path):
        kept = {"refittable": ""}
        with open(file_path, "rb") as file:
            program = torch.export.load(file, extra_files=kept)
        program.graph_module.meta["refittable"] = kept["refittable"] == "True"
        return program

    def _refit_module_weights(self, compiled_module, new_weight_module, arg_inputs):
        assert isinstance(new_weight_module, ExportedProgram)
        assert compiled_module.graph_module.meta["refittable"], "Refitting is not enabled"
        assert isinstance(arg_inputs, tuple)
        _check_inputs(new_weight_module, arg_inputs)
        old, new = compiled_module.state_dict, new_weight_module.state_dict
        shapes = [sorted(tuple(t.shape) for t in state.values()) for state in (old, new)]
        assert shapes[0] == shapes[1], "another network"
        engine = new_weight_module.module()
        engine.meta["refittable"] = True
        return engine

    def _set_cudagraphs_mode(self, mode):
        assert isinstance(mode, bool)
        self.graphs = mode


def _check_inputs(program: ExportedProgram, given: Any) -> None:
    wanted, _ = program.example_inputs
    assert len(wanted) == len(given)
    for one, other in zip(wanted, given, strict=True):
        assert (one.shape, one.dtype, one.device) == (other.shape, other.dtype, other.device)
