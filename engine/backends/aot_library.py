"""A shared library made by AOTInductor, called through its C interface.

PyTorch's own loader holds Python's global interpreter lock while the network computes, so that no
other thread of the process runs. ctypes releases it. The interface is
torch/csrc/inductor/aoti_runtime/interface.h, which PyTorch keeps stable.
"""

from __future__ import annotations

import ctypes
import weakref
from ctypes import POINTER, byref, c_char_p, c_size_t, c_void_p, py_object
from pathlib import Path
from typing import Any

from torch import Tensor
from torch._C import _aoti

# PyTorch hands tensors out, and takes them back, as capsules around pointers without a name.
_pointer_in = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_in.argtypes, _pointer_in.restype = [py_object, c_char_p], c_void_p
_capsule = ctypes.pythonapi.PyCapsule_New
_capsule.argtypes, _capsule.restype = [c_void_p, c_char_p, c_void_p], py_object

_SYMBOLS: dict[str, list[Any]] = {
    "CreateWithDevice": [POINTER(c_void_p), c_size_t, c_char_p, c_char_p],
    "Delete": [c_void_p],
    "Run": [
        *(c_void_p, POINTER(c_void_p), c_size_t, POINTER(c_void_p), c_size_t),
        *(c_void_p, c_void_p),
    ],
}


class AotLibrary:
    """A compiled network of one input and one output on the CPU.

    Args:
        file: the shared library.
        calls: number of calls that may be under way at once.

    Raises:
        OSError: it is no such library.
        RuntimeError: it cannot be initialised.
    """

    def __init__(self, file: Path, calls: int) -> None:
        library = ctypes.CDLL(str(file.resolve()))
        self._functions = {}
        for name, arguments in _SYMBOLS.items():
            try:
                function = library[f"AOTInductorModelContainer{name}"]
            except AttributeError as error:
                raise OSError(f"{file} was not made by AOTInductor") from error
            function.argtypes, function.restype = arguments, ctypes.c_int32
            self._functions[name] = function
        self._container = c_void_p()
        if self._functions["CreateWithDevice"](byref(self._container), calls, b"cpu", None):
            raise RuntimeError(f"{file} cannot be initialised")
        deletion = weakref.finalize(self, self._functions["Delete"], self._container)
        deletion.atexit = False  # a call may be under way in a daemon thread

    def __call__(self, lightness: Tensor) -> Tensor:
        """Run the network.

        Args:
            lightness: of the shape and type that the library was made for; this is not checked.

        Returns:
            The network's output.

        Raises:
            RuntimeError: it failed; PyTorch has written the reason to stderr.
        """
        # The library frees its inputs, and leaves its outputs to be freed here.
        inputs = (c_void_p * 1)(
            _pointer_in(_aoti.unsafe_alloc_void_ptr_from_tensor(lightness), None)
        )
        outputs = (c_void_p * 1)()
        if self._functions["Run"](self._container, inputs, 1, outputs, 1, None, None):
            raise RuntimeError("the compiled network failed")
        [output] = _aoti.alloc_tensors_by_stealing_from_void_ptrs(
            [_capsule(outputs[0], None, None)]
        )
        return output
