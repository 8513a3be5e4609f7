"""A network in onnxruntime: one thread, no spinning, only the outputs asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from analytics.ml.artefact import ArtefactError
from analytics.ml.purchases import Floats

INPUT = "inputs"
BLOCK = 65_536
REFUSALS = (
    ort_state.Fail,
    ort_state.InvalidArgument,
    ort_state.InvalidGraph,
    ort_state.InvalidProtobuf,
    ort_state.NotImplemented,
    ort_state.RuntimeException,
)


class Network:
    """The learned part of a score. ArtefactError when the bytes are no network of `width` inputs and these outputs."""

    def __init__(self, content: bytes, outputs: Sequence[str], *, width: int) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except REFUSALS as error:
            raise ArtefactError("The network can't be loaded by this version of ONNX Runtime.") from error
        self._outputs = list(outputs)
        self._check(width)

    def margins(self, inputs: NDArray[np.float32]) -> dict[str, Floats]:
        """Each output [n] for inputs [n, k]; long matrices go block by block, so that memory stays flat."""
        blocks = [self._run(inputs[start : start + BLOCK]) for start in range(0, max(len(inputs), 1), BLOCK)]
        return {name: np.concatenate([block[at] for block in blocks]) for at, name in enumerate(self._outputs)}

    def _run(self, inputs: NDArray[np.float32]) -> list[Floats]:
        return [np.asarray(part, np.float64)[:, 0] for part in self._session.run(self._outputs, {INPUT: inputs})]

    def _check(self, expected: int) -> None:
        width = [entry.shape[1] for entry in self._session.get_inputs() if entry.name == INPUT]
        missing = set(self._outputs) - {entry.name for entry in self._session.get_outputs()}
        if width != [expected] or missing:
            raise ArtefactError("The network has other inputs or outputs than this version expects: train it anew.")
