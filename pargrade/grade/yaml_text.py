"""YAML with every scalar as the text that was written.

PyYAML's safe loader would turn 010 into eight, 0x12 into eighteen and 1:30 into ninety. Here such
scalars stay text, for readers that take numbers digit by digit. Floats and repeated keys are
refused.
"""

from typing import Any

import yaml

from pargrade.grade.refusals import FloatInTerms


class _TextLoader(yaml.SafeLoader):
    """The safe loader, with scalars as text."""


def read_yaml(text: str) -> Any:
    """Mappings, lists and text. Raises FloatInTerms; ValueError for what is no YAML."""
    try:
        # The loader is the safe one, with fewer types.
        return yaml.load(text, Loader=_TextLoader)  # noqa: S506
    except yaml.YAMLError as failure:
        raise ValueError(" ".join(str(failure).split())) from None


def _text(_: _TextLoader, node: yaml.ScalarNode) -> str:
    return str(node.value)


def _float(_: _TextLoader, node: yaml.ScalarNode) -> str:
    raise FloatInTerms(str(node.value))


def _mapping(loader: _TextLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    for key in keys:
        if not isinstance(key, str):
            raise ValueError(f"{key!r} is no name of a field")
        if keys.count(key) > 1:
            raise ValueError(f"{key!r} is stated twice")
    return {
        key: loader.construct_object(value, deep=True)
        for key, (_, value) in zip(keys, node.value, strict=True)
    }


for _kind in ("int", "timestamp", "bool"):
    _TextLoader.add_constructor(f"tag:yaml.org,2002:{_kind}", _text)
_TextLoader.add_constructor("tag:yaml.org,2002:float", _float)
_TextLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
