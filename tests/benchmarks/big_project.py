"""A Django project of any size, written to a folder: models, migrations and specs."""

from __future__ import annotations

from pathlib import Path

SETTINGS = """\
SECRET_KEY = "benchmark"
INSTALLED_APPS = [{apps}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""

MANAGE = """\
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
"""

INITIAL = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
{operations}
    ]
"""

CREATE = """\
        migrations.CreateModel(
            name="{name}",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50)),
                ("code", models.IntegerField()),
            ],
        ),"""

ADD = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("{app}", "{before}"),
    ]

    operations = [
        migrations.AddField(
            model_name="{model}",
            name="{field}",
            field=models.CharField(default="", max_length=20),
        ),
    ]
"""

SPEC = """\
migspec: 1
app: {app}
after: {after}

steps:
  - add_field: {model}.{name}
    field: {{type: CharField, max_length: 10, nullable: true}}

  - update_rows: {model}
    set:
      {name}: {{field: code, map: {{1: new, 2: paid, 3: shipped}}}}

  - alter_field: {model}.{name}
    field: {{nullable: false}}
"""


def write_project(folder: Path, *, models: int, migrations: int, per_app: int = 10) -> list[str]:
    """Write a project; give its app labels. Every migration but an app's first adds a field to one of its models."""
    apps = [f"app{number:03}" for number in range(models // per_app)]
    folder.mkdir(parents=True, exist_ok=True)
    listed = ", ".join(f'"{app}"' for app in apps)
    (folder / "settings.py").write_text(SETTINGS.format(apps=listed))
    (folder / "manage.py").write_text(MANAGE)
    (folder / "pyproject.toml").write_text('[tool.migspec]\nsettings = "settings"\n')
    added: dict[str, dict[str, list[str]]] = {}
    for app in apps:
        names = [f"Model{number:02}" for number in range(per_app)]
        home = folder / app / "migrations"
        home.mkdir(parents=True)
        (folder / app / "__init__.py").touch()
        (home / "__init__.py").touch()
        operations = "\n".join(CREATE.format(name=name) for name in names)
        (home / "0001_initial.py").write_text(INITIAL.format(operations=operations))
        before, fields = "0001_initial", {name: list[str]() for name in names}
        for number in range(2, migrations // len(apps) + 1):
            model = names[number % per_app]
            field, name = f"extra{number:03}", f"{number:04}_extra"
            (home / f"{name}.py").write_text(ADD.format(app=app, before=before, model=model.lower(), field=field))
            fields[model].append(field)
            before = name
        added[app] = fields
        write_models(folder, app, fields)
    return apps


def write_models(folder: Path, app: str, fields: dict[str, list[str]]) -> None:
    """Write models.py as the migrations have it."""
    lines = ["from django.db import models", ""]
    for model, names in fields.items():
        lines += ["", f"class {model}(models.Model):"]
        lines += ["    name = models.CharField(max_length=50)", "    code = models.IntegerField()"]
        lines += [f'    {name} = models.CharField(default="", max_length=20)' for name in names]
        lines.append("")
    (folder / app / "models.py").write_text("\n".join(lines))


def write_specs(folder: Path, apps: list[str], count: int, last: str) -> list[Path]:
    """Write specs of three files each, one after another in each app; the first of an app comes after `last`."""
    paths = []
    after = dict.fromkeys(apps, last)
    for number in range(count):
        app = apps[number % len(apps)]
        name = f"status{number:04}"
        path = folder / app / "migspecs" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(SPEC.format(app=app, after=after[app], model=f"Model{number % 10:02}", name=name))
        after[app] = name
        paths.append(path)
    return paths
