"""How large what is uploaded is, and what of it is whose."""

import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from infra.bundles.bundle import code_archive, layer_archive
from infra.environments import SQL_DOMAINS, Environment

# What of `functions/` has a bundle; the pages at /docs are deployed out of `shared`.
DOMAINS: Final = (*SQL_DOMAINS, "seating", "orders", "audit", "databases", "shared")
_LARGEST: Final = 3


class Size(NamedTuple):
    """In bytes: the two archives, and both of them unpacked."""

    code: int
    layer: int
    unpacked: int
    largest: tuple[tuple[str, int], ...]


def measure(environment: Environment, domain: str) -> Size:
    """Of one domain's bundle. Raises NoCompiler and CalledProcessError."""
    code, layer = code_archive(environment, domain), layer_archive(environment, domain)
    unpacked, packages = 0, Counter[str]()
    for archive in (code, layer):
        with zipfile.ZipFile(archive) as zipped:
            for entry in zipped.infolist():
                unpacked += entry.file_size
                if archive == layer:
                    packages[Path(entry.filename).parts[1].partition(".")[0]] += entry.compress_size
    largest = tuple(packages.most_common(_LARGEST))
    return Size(code.stat().st_size, layer.stat().st_size, unpacked, largest)


def table(sizes: Mapping[str, Size]) -> str:
    """For people."""
    lines = [
        f"{'domain':<10}{'code':>9}{'layer':>10}{'together':>11}{'unpacked':>11}  largest, zipped"
    ]
    for domain, size in sizes.items():
        largest = ", ".join(f"{name} {_megabytes(bytes_)}" for name, bytes_ in size.largest)
        lines.append(
            f"{domain:<10}{_megabytes(size.code):>9}{_megabytes(size.layer):>10}"
            f"{_megabytes(size.code + size.layer):>11}{_megabytes(size.unpacked):>11}  {largest}"
        )
    return "\n".join(lines)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.2f} MB"
