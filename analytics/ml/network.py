"""Heads as one ONNX network; imported by training only (onnx)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from analytics.ml.heads import Head

INPUT = "inputs"
OPSETS = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
IR_VERSION = 8


def build_network(heads: Mapping[str, Head]) -> bytes:
    """The network from "inputs" [n, k] float32 to one output [n, 1] a head, named as the head; all heads have one k."""
    nodes, constants = [], []
    width = len(next(iter(heads.values())).coef)
    for name, head in heads.items():
        constants += [_constant(f"{name}_coef", head.coef[:, None]), _constant(f"{name}_shift", [head.intercept])]
        nodes += _head_nodes(name, head)
        if head.booster is not None:
            constants.append(_constant(f"{name}_weight", [head.tree_weight]))
    entry = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, width])
    exits = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in heads]
    graph = helper.make_graph(nodes, "rapport", [entry], exits, constants)
    model = helper.make_model(graph, opset_imports=OPSETS, ir_version=IR_VERSION, producer_name="rapport")
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _head_nodes(name: str, head: Head) -> list[NodeProto]:
    sloped = helper.make_node("MatMul", [INPUT, f"{name}_coef"], [f"{name}_sloped"])
    if head.booster is None:
        return [sloped, helper.make_node("Add", [f"{name}_sloped", f"{name}_shift"], [name])]
    return [
        sloped,
        helper.make_node("Add", [f"{name}_sloped", f"{name}_shift"], [f"{name}_linear"]),
        helper.make_node(
            "TreeEnsembleRegressor", [INPUT], [f"{name}_trees"], domain="ai.onnx.ml", **_tree_arrays(head.booster)
        ),
        helper.make_node("Mul", [f"{name}_trees", f"{name}_weight"], [f"{name}_weighed"]),
        helper.make_node("Add", [f"{name}_linear", f"{name}_weighed"], [name]),
    ]


def _constant(name: str, values: Any) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values, dtype=np.float32), name)


def _tree_arrays(booster: Any) -> dict[str, Any]:
    """A LightGBM model as the attributes of ONNX's TreeEnsembleRegressor.

    Thresholds are rounded down to float32: for float32 inputs `x <= threshold` then decides as in double precision,
    which the nearest float32 may not.
    """
    branches: list[tuple[Any, ...]] = []
    leaves: list[tuple[int, int, float]] = []
    for tree, info in enumerate(booster.dump_model()["tree_info"]):
        for number, node, left, right in _walk(info["tree_structure"]):
            is_leaf = "leaf_value" in node
            value = 0.0 if is_leaf else _rounded_down(node["threshold"])
            feature = 0 if is_leaf else node["split_feature"]
            branches.append((tree, number, feature, value, "LEAF" if is_leaf else "BRANCH_LEQ", left, right))
            if is_leaf:
                leaves.append((tree, number, float(node["leaf_value"])))
    trees, numbers, features, values, modes, lefts, rights = map(list, zip(*branches, strict=True))
    leaf_trees, leaf_numbers, weights = map(list, zip(*leaves, strict=True))
    return {
        "nodes_treeids": trees,
        "nodes_nodeids": numbers,
        "nodes_featureids": features,
        "nodes_values": values,
        "nodes_modes": modes,
        "nodes_truenodeids": lefts,
        "nodes_falsenodeids": rights,
        "target_treeids": leaf_trees,
        "target_nodeids": leaf_numbers,
        "target_ids": [0] * len(leaves),
        "target_weights": weights,
        "n_targets": 1,
    }


def _walk(root: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any], int, int]]:
    """Every node with its number and its children's numbers (0 for a leaf), parents first."""
    waiting, count = [(0, root)], 1
    while waiting:
        number, node = waiting.pop()
        if "leaf_value" in node:
            yield number, node, 0, 0
            continue
        yield number, node, count, count + 1
        waiting += [(count, node["left_child"]), (count + 1, node["right_child"])]
        count += 2


def _rounded_down(threshold: float) -> float:
    near = np.float32(threshold)
    return float(near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf)))
