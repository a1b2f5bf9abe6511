"""What is uploaded: for Lambda's machine and Python, no more than is needed, the same each time."""

import base64
import hashlib
import importlib.util
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from infra.bundles.archives import zip_folder
from infra.bundles.bundle import contents
from infra.bundles.compiling import Compiler, NoCompiler, compile_for, unpack
from infra.bundles.layer import layer_of
from infra.bundles.own_code import code_of
from infra.bundles.packages import PROVIDED, groups_of, packages_of
from infra.bundles.platforms import Platform
from infra.bundles.sizes import DOMAINS, measure, table
from infra.bundles.stripping import stripped
from infra.bundles.wheels import files_of, installed
from infra.environments import environment_of

PRODUCTION = environment_of({"environment": "production"})
LAMBDA, HERE = Platform.of(PRODUCTION), Platform.here()
MEGABYTE = 1_000_000
# Of CPython 3.14, all of it (Include/internal/pycore_magic_number.h).
MAGIC_OF_3_14 = (3627).to_bytes(2, "little") + b"\r\n"


def names(platform: Platform, domain: str) -> set[str]:
    """The files of a domain's packages, libraries by what is imported of them."""
    site = installed(platform)
    files = [path for package in packages_of(domain) for path in files_of(site, package)]
    return {
        str(path.with_name(path.name.partition(".")[0])) if path.suffix == ".so" else str(path)
        for path in files
    }


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_runs_here_holds_the_same_as_what_is_deployed(domain: str) -> None:
    """File by file, for this machine and for Lambda's."""
    assert names(HERE, domain) == names(LAMBDA, domain)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_layer_is_for_lambdas_machine_and_python(domain: str) -> None:
    site = installed(LAMBDA)
    files = [path for package in packages_of(domain) for path in files_of(site, package)]
    libraries = [path for path in files if path.suffix == ".so"]
    for library in libraries:
        # The machine of an ELF file: AArch64.
        assert (site / library).read_bytes()[18:20] == (183).to_bytes(2, "little"), library
        assert "cpython-314-aarch64" in library.name or ".abi3." in library.name
    assert libraries


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_is_made_together_is_what_a_domain_needs(domain: str) -> None:
    made = [name for group in groups_of(domain) for name in group]
    assert sorted(made) == sorted(packages_of(domain))


def test_everything_is_compiled_by_lambdas_python_and_never_checked_again() -> None:
    layer, code = layer_of("seating", LAMBDA), code_of("seating", platform=LAMBDA)
    compiled = [*layer.rglob("*.pyc"), *code.rglob("*.pyc")]
    for path in compiled:
        # PEP 552: by a hash that is not looked at, for Lambda's copy has other times.
        assert path.read_bytes()[:8] == MAGIC_OF_3_14 + (1).to_bytes(4, "little")
    assert not list(layer.rglob("*.py"))
    sources = set(code.rglob("*.py"))
    tagged = {path.parent / "__pycache__" / f"{path.stem}.cpython-314.pyc" for path in sources}
    assert tagged == set(code.rglob("*.pyc"))
    assert compiled


def test_lambdas_own_packages_are_not_in_it() -> None:
    there = {path.name for path in (layer_of("seating", LAMBDA) / "python").iterdir()}
    assert not PROVIDED & there
    assert {"pydantic", "cryptography", "_cffi_backend.cpython-314-aarch64-linux-gnu.so"} <= there


def test_seating_is_under_8_megabytes() -> None:
    size = measure(PRODUCTION, "seating")
    assert size.code + size.layer < 8 * MEGABYTE
    # Lambda's own limit, which is of what it unpacks.
    assert size.unpacked < 250 * MEGABYTE
    assert "seating" in table({"seating": size})


def test_a_folder_is_zipped_to_the_same_bytes_whoever_made_it_and_when(tmp_path: Path) -> None:
    for name, mode in (("one", 0o600), ("two", 0o755)):
        folder = tmp_path / name
        # Made in another order, too.
        for file in sorted(("b/c.txt", "a.txt"), reverse=name == "two"):
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
            path.chmod(mode)
        zip_folder(folder, tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert contents(tmp_path / "one.zip") == contents(tmp_path / "two.zip")
    with zipfile.ZipFile(tmp_path / "one.zip") as zipped:
        assert zipped.namelist() == ["a.txt", "b/c.txt"]
        assert zipped.read("b/c.txt") == b"b/c.txt"


@pytest.mark.parametrize("platform", [LAMBDA, HERE], ids=["lambda", "here"])
def test_the_same_source_compiles_to_the_same_bytes(tmp_path: Path, platform: Platform) -> None:
    compiled = []
    for name in ("one", "two"):
        tree = tmp_path / name
        tree.mkdir()
        (tree / "a.py").write_text('"""Names."""\n\nKNOWN = {"x", "y", "z"} | {1, 2**40}\n')
        (tree / "b.py").write_text("def f(x):\n    return x in {'p', 'q', 'r'}\n")
        compile_for(platform, tree, "/var/task", "drop")
        compiled.append([path.read_bytes() for path in sorted(tree.iterdir())])
    assert compiled[0] == compiled[1]
    assert b"/var/task/a.py" in compiled[0][0]


def test_a_compiler_that_is_not_what_was_pinned_is_not_unpacked(tmp_path: Path) -> None:
    program = tmp_path / "program.mjs"
    program.write_text("let it = 1;")
    archive = tmp_path / "fetched" / "compiler-1.tgz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(program, "package/program.mjs")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    with pytest.raises(NoCompiler, match="not what was pinned"):
        unpack(Compiler("compiler@1", digest.swapcase()), archive.parent)
    assert list(archive.parent.iterdir()) == [archive]
    unpack(Compiler("compiler@1", digest), archive.parent)
    assert [path.name for path in archive.parent.iterdir()] == ["program.mjs"]


def test_nobody_compiles_for_a_python_that_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(NoCompiler, match=r"3\.99"):
        compile_for(Platform("3.99", "aarch64"), tmp_path, "/var/task", "drop")


def test_a_stripped_library_is_smaller_and_still_a_library(tmp_path: Path) -> None:
    found = importlib.util.find_spec("cryptography.hazmat.bindings._rust")
    assert found is not None
    assert found.origin is not None
    whole = Path(found.origin).read_bytes()
    small = stripped(whole)
    if sys.platform != "linux":
        assert small == whole
        return
    assert len(small) < len(whole)
    assert stripped(small) == small
    library = tmp_path / Path(found.origin).name
    library.write_bytes(small)
    load = f"import ctypes; ctypes.PyDLL({str(library)!r}).PyInit__rust"
    subprocess.run([sys.executable, "-I", "-c", load], check=True)


def test_what_is_no_library_is_left_as_it_is() -> None:
    assert stripped(b"\x7fELF\x02\x02 of another order") == b"\x7fELF\x02\x02 of another order"
    assert stripped(b"") == b""
