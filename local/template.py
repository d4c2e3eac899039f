"""Read template.yaml as plain dictionaries."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).parent.parent / "template.yaml"


class _Loader(yaml.SafeLoader):
    """SafeLoader that knows CloudFormation's short forms."""


def _intrinsic(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.MappingNode):
        value: Any = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.ScalarNode)
        value = loader.construct_scalar(node)
        if tag == "GetAtt":
            value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load() -> Mapping[str, Any]:
    """Return the template with `!Ref X` as `{"Ref": "X"}` and `!Sub x` as `{"Fn::Sub": "x"}`."""
    template: Mapping[str, Any] = yaml.load(PATH.read_text(), Loader=_Loader)
    return template
