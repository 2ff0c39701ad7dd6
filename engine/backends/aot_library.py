"""A shared library made by AOTInductor, called through its C interface.

PyTorch's own loader holds Python's global lock for as long as the network computes, so that nothing
else in the process gets on, not even another picture. ctypes lets go of it. The interface is
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
    """A network of one input and one output on the CPU.

    Args:
        file: the library.
        calls: that may be under way at once.

    Raises:
        OSError: it is no such library.
        RuntimeError: it does not begin.
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
        freeing = weakref.finalize(self, self._functions["Delete"], self._container)
        freeing.atexit = False  # a call may be under way in a thread that nobody waits for

    def __call__(self, lightness: Tensor) -> Tensor:
        """The network's output.

        Args:
            lightness: of the shape and type that the library was made for; it sees no others.

        Raises:
            RuntimeError: it failed; what PyTorch says of it has gone to stderr.
        """
        # The library frees what it is given, and leaves what it gives to be freed here.
        given = (c_void_p * 1)(
            _pointer_in(_aoti.unsafe_alloc_void_ptr_from_tensor(lightness), None)
        )
        made = (c_void_p * 1)()
        if self._functions["Run"](self._container, given, 1, made, 1, None, None):
            raise RuntimeError("the compiled network failed")
        [output] = _aoti.alloc_tensors_by_stealing_from_void_ptrs([_capsule(made[0], None, None)])
        return output
