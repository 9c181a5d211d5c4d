"""The one step of the build that pyproject.toml cannot say: folders of many files become archives."""

import shutil
import zipfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PACKED = (
    "fixtures/recorded",
    "matrix/phases",
    "matrix/profiles",
    "matrix/schema",
    "reference_server/data",
    "spec/clauses",
    "spec/overlays",
    "spec/schemas",
)


class PackedFolders(build_py):
    """Packs the folders once their files are copied; an editable install reads the folders themselves."""

    def run(self) -> None:
        super().run()
        for name in PACKED:
            folder = Path(self.build_lib) / "slashv1" / name
            if not self.editable_mode and folder.is_dir():
                pack(folder)


def pack(folder: Path) -> None:
    """Put an archive in the folder's place, not compressed: the wheel is, and reading it is free."""
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = file.relative_to(folder).as_posix()
            archive.writestr(zipfile.ZipInfo(name), file.read_bytes())
    shutil.rmtree(folder)


setup(cmdclass={"build_py": PackedFolders})
