"""Compiles a tree of sources, in place: run by the Python that is to import it, or by one like it.

It imports nothing of ours, as that Python has nothing of ours.
"""

import py_compile
import sys
from pathlib import Path


def compile_tree(tree: str, seen_as: str, *, keeps_sources: bool) -> int:
    """How many files were compiled. Raises PyCompileError.

    Tracebacks name a file below `seen_as`, where the tree will lie. Without its source a compiled
    file takes its place.
    """
    sources = sorted(Path(tree).rglob("*.py"))
    for source in sources:
        beside = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
        py_compile.compile(
            str(source),
            cfile=str(beside if keeps_sources else source.with_suffix(".pyc")),
            dfile=f"{seen_as}/{source.relative_to(tree).as_posix()}",
            doraise=True,
            # Times are lost on the way to Lambda, and with them every pyc that is checked by them.
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        if not keeps_sources:
            source.unlink()
    return len(sources)


if __name__ == "__main__":
    _, where, there, kept = sys.argv
    compile_tree(where, there, keeps_sources=kept == "keep")
