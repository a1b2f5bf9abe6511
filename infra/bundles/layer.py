"""A domain's third-party packages, laid out as Lambda lays out a layer: `python/...`."""

from pathlib import Path, PurePath
from typing import Final

from infra.bundles.made import copy, made_once, own_sources
from infra.bundles.packages import groups_of
from infra.bundles.platforms import Platform
from infra.bundles.wheels import ready

# What of a package is for one domain alone: the page at /docs.
_ONLY_FOR: Final = {"aws_lambda_powertools/event_handler/openapi/swagger_ui/*.min.*": "shared"}


def layer_of(domain: str, platform: Platform) -> Path:
    """The folder; made unless it is there. Raises NoCompiler and CalledProcessError."""
    parts = [ready(platform, group) for group in groups_of(domain)]

    def lay(folder: Path) -> None:
        for part in parts:
            for path in sorted(part.rglob("*")):
                if path.is_file() and is_for(path, domain):
                    copy(path, folder / "python" / path.relative_to(part))

    ingredients = [domain.encode(), *(part.name.encode() for part in parts)]
    return made_once("layers", [*ingredients, *own_sources("layer.py")], lay)


def is_for(path: PurePath, domain: str) -> bool:
    return all(domain == only or not path.match(name) for name, only in _ONLY_FOR.items())
