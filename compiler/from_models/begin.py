"""new --from-models: ask, write the specs, and say what validate says of them."""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.db.migrations.operations import AddField
from django.db.migrations.questioner import MigrationQuestioner
from django.db.models import Model

from migspec.compiler.commands.new import place_of, write
from migspec.compiler.compile import Outcome, plan_specs
from migspec.compiler.config import Config, find_specs, shown
from migspec.compiler.drift import drift
from migspec.compiler.from_models.detect import Portion, detect, portions
from migspec.compiler.from_models.questions import Asking, Silent
from migspec.compiler.from_models.sketch import Sketch
from migspec.compiler.history import History
from migspec.compiler.project import vendors
from migspec.compiler.specs import read_specs
from migspec.compiler.spelling.document import document_text
from migspec.compiler.spelling.values import CannotSerialize
from migspec.compiler.terminal import Terminal, plural
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError


@dataclass(frozen=True, slots=True)
class Draft:
    """A spec that is to be written."""

    portion: Portion
    path: Path
    text: str


def begin(
    options: argparse.Namespace, config: Config, terminal: Terminal, labels: Collection[str], path: Path | None
) -> int:
    """Write what makemigrations would do as specs, after those that are there; `path` is the first one's, if named.

    Gives 1 where validate has something against what was written, for the author to decide.
    """
    asked = [options.app] if options.app else []
    questioner = Asking(set(asked), terminal.out) if options.interactive and sys.stdin.isatty() else Silent(set(asked))
    outcome = plan_specs(read_specs(find_specs(config), config.root), config)
    try:
        drafts = drafted(outcome, config, asked or labels, asked, questioner, path, toml=options.toml)
    except (EOFError, SystemExit):  # so Django's questioner ends where the author chooses to quit
        terminal.complain("Nothing was written.", "")
        return 1
    own = [draft for draft in drafts if set(draft.portion.labels) <= set(labels)]
    for label in sorted({label for draft in drafts if draft not in own for label in draft.portion.labels}):
        terminal.complain(f"Changes of '{label}' are left out: its migrations are not part of this project.", "yellow")
    if not own:
        where = f" in app '{options.app}'" if options.app else ""
        terminal.say(f"No changes detected{where}.")
        return 0
    for draft in own:
        write(draft.path, draft.text, config)
        terminal.say(f"{shown(draft.path, config.root)} written:", "bold")
        for migration in draft.portion.migrations:
            for operation in migration.operations:
                terminal.say(f"    {operation.formatted_description()}")
    return judge([draft.path for draft in own], config, terminal)


def judge(paths: Sequence[Path], config: Config, terminal: Terminal) -> int:
    """Say what validate says of new specs, and what makemigrations would still do after all."""
    new = {shown(path, config.root) for path in paths}
    try:
        outcome = plan_specs(read_specs(find_specs(config), config.root), config)
    except SpecError as error:
        count = terminal.findings(error.diagnostics)
        terminal.complain(f"The specs are written; {plural(count, 'error')} left for you to decide.", "bold")
        return 1
    terminal.findings(one for one in [*outcome.warnings, *drift(outcome)] if one.place.file in new)
    return 0


def drafted(
    outcome: Outcome,
    config: Config,
    labels: Collection[str],
    asked: Collection[str],
    questioner: MigrationQuestioner,
    path: Path | None,
    *,
    toml: bool,
) -> list[Draft]:
    """Give the specs that stand for what makemigrations would do; SpecError where that needs an answer."""
    history = outcome.history
    state = history.state(frozenset(history.order))
    found = portions(detect(state, history, labels, asked, questioner))
    if isinstance(questioner, Silent) and (unanswered := list(without_a_value(found, questioner))):
        raise SpecError(*(needs_a_default(*one, config) for one in unanswered))
    paths = paths_of(found, config, history, path, toml=toml)
    drafts: list[Draft] = []
    for portion in found:
        sketch = Sketch(portion.app_label, state, vendors(config), toml)
        for migration in portion.migrations:
            for operation in migration.operations:
                try:
                    sketch.add(operation, migration.app_label)
                except CannotSerialize as error:
                    raise SpecError(cannot_serialize(migration.app_label, error)) from None
        state = sketch.state
        target, after = paths[portion.app_label], after_of(portion, drafts, outcome)
        text = document_text(target, config, app=portion.app_label, after=after, steps=sketch.steps)
        drafts.append(Draft(portion, target, text))
    return drafts


def after_of(portion: Portion, drafts: Sequence[Draft], outcome: Outcome) -> list[str]:
    """Give what `after` names: the ends of the apps that are written, and what is not on disk yet but needed."""
    made_by = {file.key: file.spec for file in outcome.files}
    ends = [key for label in portion.labels for key in outcome.history.leaves(label)]
    found = [made_by[key].key if key in made_by else key for key in ends]
    written = {label: draft for draft in drafts for label in draft.portion.labels}
    found += [(written[label].portion.app_label, written[label].path.stem) for label in portion.needs]
    # What is on disk is before every spec; of specs that are not compiled yet the order has to be said.
    pending = {file.key[0]: file.spec for file in outcome.files if not file.path.exists()}
    found += [pending[label].key for label in portion.builds_on if label in pending and label not in portion.labels]
    names = [name if label == portion.app_label else f"{label}.{name}" for label, name in found]
    return list(dict.fromkeys(names))


def paths_of(
    found: Sequence[Portion], config: Config, history: History, path: Path | None, *, toml: bool
) -> Mapping[str, Path]:
    """Give each new spec a file of its own, by app; `path` is the one that was named, for the app that was named."""
    paths: dict[str, Path] = {}
    for portion in found:
        folder = Path(apps.get_app_config(portion.app_label).path) / config.specs
        if path is not None and path.parent == folder:
            paths[portion.app_label] = path
            continue
        name, number = portion.name, 1
        while name in history.names(portion.app_label) or any(folder.glob(f"{name}.*")):
            number += 1
            name = f"{portion.name}_{number}"
        paths[portion.app_label] = place_of(portion.app_label, name, config, toml=toml)
    return paths


# --- what makemigrations could not do either ---


def without_a_value(found: Sequence[Portion], questioner: Silent) -> Iterator[tuple[str, str, str]]:
    """Give app, model and name of each new field whose value for the rows that are there nobody was asked for."""
    for portion in found:
        for migration in portion.migrations:
            for operation in migration.operations:
                if (
                    isinstance(operation, AddField)
                    and (operation.model_name, operation.name) in questioner.unanswered
                    and not operation.preserve_default
                ):
                    yield migration.app_label, operation.model_name, operation.name


def needs_a_default(app_label: str, model_name: str, field_name: str, config: Config) -> Diagnostic:
    """E312, at the field's line in models.py."""
    model = apps.get_model(app_label, model_name)
    name = model._meta.object_name
    message = f"'{field_name}' of {name} is new and NOT NULL, and the rows that are there need a value"
    hint = "give it a default or null=True in models.py, or run 'migspec new --from-models' at a terminal, which asks"
    return Diagnostic("E312", message, declared(model, field_name, config), hint)


def declared(model: type[Model], field_name: str, config: Config) -> Place:
    """Give the place of a field in the code of its model."""
    try:
        path = shown(Path(inspect.getfile(model)), config.root)
        lines, start = inspect.getsourcelines(model)
    except (OSError, TypeError):  # made by code
        return Place("models.py")
    for number, line in enumerate(lines, start):
        if re.match(rf"\s+{re.escape(field_name)}\b", line):
            return Place(path, number, line.index(field_name) + 1, len(field_name), line.rstrip("\n"))
    return Place(path, start)


def cannot_serialize(app_label: str, error: CannotSerialize) -> Diagnostic:
    """E314, with what Django says."""
    message = f"the models of '{app_label}' hold what no migration can: {error}"
    return Diagnostic("E314", message, Place("models.py"), "use a function or class that can be imported")
