"""The one step of the build that pyproject.toml cannot say: the fixtures become one archive in the wheel."""

import shutil
import zipfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class PackedFixtures(build_py):
    """Packs `fixtures/recorded` once its files are copied; an editable install reads the folder itself."""

    def run(self) -> None:
        super().run()
        recorded = Path(self.build_lib) / "slashv1" / "fixtures" / "recorded"
        if self.editable_mode or not recorded.is_dir():
            return
        with zipfile.ZipFile(recorded.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(recorded.rglob("*.json")):
                name = file.relative_to(recorded).as_posix()
                archive.writestr(zipfile.ZipInfo(name), file.read_bytes(), zipfile.ZIP_DEFLATED)
        shutil.rmtree(recorded)


setup(cmdclass={"build_py": PackedFixtures})
