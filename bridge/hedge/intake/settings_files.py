"""Settings files, YAML or TOML by their name."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from bridge.hedge.strict import BadSetting, Strict, validated

Kind = TypeVar("Kind", bound=Strict)
_MOST_BYTES: Final = 1 << 20


class _PlainLoader(yaml.SafeLoader):
    """YAML in which dates and decimals stay text, without anchors and repeated keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("anchors are not read")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            raise yaml.YAMLError(f"the key {repeated[0]!r} stands twice")
        return super().construct_mapping(node, deep)


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag.endswith((":int", ":null", ":bool"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_settings(kind: type[Kind], path: Path) -> Kind:
    """A settings file as a model. Raises BadSetting, OSError."""
    return validated(kind, _parsed(path), path)


def _parsed(path: Path) -> Any:
    if path.stat().st_size > _MOST_BYTES:
        raise BadSetting(path, "", "more than 1 MiB")
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".toml":
            return tomllib.loads(text, parse_float=Decimal)
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506  # a SafeLoader with less in it
    except (ValueError, RecursionError, yaml.YAMLError) as failure:
        why = " ".join(str(failure).split())
        raise BadSetting(path, "", f"not {path.suffix or 'YAML'}: {why[:160]}") from None
