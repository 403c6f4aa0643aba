"""The command in a process of its own: how the project is found and loaded, and what of it is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"

SPEC = "migspec: 1\napp: shop\nsteps:\n  - create_model: Thing\n    fields: {name: {type: shop.fields.NameField}}\n"
SETTINGS = 'INSTALLED_APPS = ["shop"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n'

Golden = Callable[[Path, str], None]


def migspec(folder: Path, *arguments: str, code: int, **environment: str) -> str:
    """Run the command; give what it said on both streams."""
    inherited = {
        name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE", "PYTHONPATH")
    }
    done = subprocess.run(
        [sys.executable, "-m", "migspec.compiler.cli", *arguments],
        cwd=folder,
        env={**inherited, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert "Traceback" not in said
    return said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project as small as can be."""
    root = tmp_path / "project"
    for path, text in {
        "pyproject.toml": '[tool.migspec]\nsettings = "config"\n',
        "config.py": SETTINGS,
        "shop/__init__.py": "",
        "shop/fields.py": "from django.db import models\n\n\nclass NameField(models.TextField):\n    pass\n",
        "shop/models.py": "",
        "shop/migspecs/begin.yaml": SPEC,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_a_project_without_secret_key(folder: Path) -> None:
    assert "1 file written" in migspec(folder / "shop", "compile", code=0)
    assert (folder / "shop/migrations/0001_begin_schema.py").exists()
    assert "every file is as its spec says" in migspec(folder, "compile", "--check", code=0)


def test_a_project_without_databases(folder: Path) -> None:
    (folder / "config.py").write_text('INSTALLED_APPS = ["shop"]\n')
    assert migspec(folder, "validate", code=0) == "1 spec, no errors.\n"


def test_settings_that_do_not_import(folder: Path, golden: Golden) -> None:
    seen = ""
    for text in (
        'import os\n\nSECRET_KEY = os.environ["MIGSPEC_NO_SUCH_KEY"]\n',
        "INSTALLED_APPS = [\n",
        'INSTALLED_APPS = ["shop", "nowhere"]\n',
        "import sys\n\nsys.exit('set the key')\n",
    ):
        (folder / "config.py").write_text(text)
        said = migspec(folder, "validate", code=2)
        seen += f"--- config.py\n{text}\n{said}\n"
    (folder / "config.py").write_text(SETTINGS)
    (folder / "shop/models.py").write_text(
        "from django.db import models\n\n\nclass Thing(models.Model):\n    x = models.TextFeld()\n"
    )
    said = migspec(folder, "validate", code=2)
    seen += f"--- a model\n{said.partition('; did you')[0].partition('. Did you')[0]}\n"
    (folder / "pyproject.toml").write_text("[tool.migspec]\n")
    seen += f"--- no settings\n{migspec(folder, 'validate', code=2)}\n"
    seen += (
        f"--- settings that are not there\n{migspec(folder, 'validate', '--settings', 'nowhere.settings', code=2)}\n"
    )
    if sys.version_info < (3, 12):  # the words are Python's
        golden(HERE / "settings.txt", seen)
    assert "config.py:3:1 E701" in seen


def test_offline_imports_none_of_the_project(folder: Path) -> None:
    for path in ("config.py", "shop/__init__.py", "shop/models.py", "shop/fields.py"):
        (folder / path).write_text("raise SystemExit('imported')\n")
    said = migspec(folder, "validate", "--offline", code=0)
    assert said == "1 spec, no errors; 2 references not checked (offline).\n"


OFFLINE = """
import sys
from migspec.compiler.cli import main

assert main(["validate", "--offline"]) == 0
from django.apps import apps
from django.conf import settings

assert not apps.ready and not settings.configured
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("shop", "config")))
"""


def test_offline_loads_no_apps(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", OFFLINE], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


COMPILED = """
import sys
from migspec.compiler.cli import main

assert main(["compile"]) == 0
print(sorted({name.partition(".")[0] for name in sys.modules} & {"black", "pydantic", "tqdm"}))
"""


def test_where_all_is_compiled_specs_are_not_parsed_again(folder: Path) -> None:
    migspec(folder, "compile", code=0)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config"}
    done = subprocess.run(
        [sys.executable, "-c", COMPILED], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["1 spec: every file is as its spec says.", "[]"]


def test_settings_from_the_environment_and_the_command_line(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.migspec]\nsettings = "nowhere"\n')
    assert "no errors" in migspec(folder, "validate", code=0, DJANGO_SETTINGS_MODULE="config")
    assert "no errors" in migspec(folder, "validate", "--settings", "config", code=0, DJANGO_SETTINGS_MODULE="nowhere")


def test_manage_py_says_the_same() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONDONTWRITEBYTECODE": "1"}

    def manage(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "manage.py", "migspec", *arguments],
            cwd=EXAMPLES, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    assert manage("validate", "--offline")[1] == migspec(EXAMPLES, "validate", "--offline", code=0)
    assert manage("plan", "countries")[1] == migspec(EXAMPLES, "plan", "countries", code=0)
    code, out, err = manage("validate", "nowhere")
    assert (code, out) == (2, "")
    assert err == migspec(EXAMPLES, "validate", "nowhere", code=2)


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (folder / "shop/migspecs/begin.yaml").chmod(0)
    assert "E101" in migspec(folder, "validate", code=1)


def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    (folder / "shop/migrations").write_text("in the way\n")
    said = migspec(folder, "compile", code=1)
    assert " E603 " in said
    assert (folder / "shop/migrations").read_text() == "in the way\n"
