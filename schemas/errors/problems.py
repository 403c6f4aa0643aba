"""Say in the words of a spec's author what is wrong with a document, and where."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from migspec.dsl.codes import CODES
from migspec.dsl.diagnostics import Diagnostic, Path, Place, meant, nearest
from migspec.dsl.source import SourceFile
from migspec.schemas.errors.faults import Fault, faults, keys_of, own_keys
from migspec.schemas.errors.trace import fields_of, unwrapped
from migspec.schemas.errors.wording import either, forms, found, label, line, repair
from migspec.schemas.fields.arguments import SLOTS, key_of
from migspec.schemas.step import Step
from migspec.schemas.steps import STEPS, example_of, verbs_in

# What authors who come from SQL, or from another tool, write for a verb.
OTHER_WORDS = {
    "add_column": "add_field",
    "alter_column": "alter_field",
    "change_column": "alter_field",
    "copy": "copy_rows",
    "create_constraint": "add_constraint",
    "create_field": "add_field",
    "create_index": "add_index",
    "create_table": "create_model",
    "delete": "delete_rows",
    "delete_field": "remove_field",
    "drop_constraint": "remove_constraint",
    "drop_field": "remove_field",
    "drop_index": "remove_index",
    "drop_model": "delete_model",
    "insert": "insert_rows",
    "python": "run_python",
    "remove_model": "delete_model",
    "rename_column": "rename_field",
    "rename_table": "rename_model",
    "sql": "run_sql",
    "update": "update_rows",
}

# Pydantic's bounds: the key of the bound in the error, and what to say of it.
BOUNDS = {
    "greater_than": ("gt", "a number above {}"),
    "greater_than_equal": ("ge", "a number of at least {}"),
    "less_than": ("lt", "a number below {}"),
    "less_than_equal": ("le", "a number of at most {}"),
    "string_too_short": ("min_length", "text that is not empty"),
    "string_too_long": ("max_length", "text of at most {} characters"),
    "too_short": ("min_length", "a list that is not empty"),
    "too_long": ("max_length", "a list of at most {}"),
}

# Codes of the exceptions that the language's own parsers raise inside a validator.
CODE_OF_EXCEPTION = {"NameProblem": "E206", "ExpressionProblem": "E207"}


def problems(error: ValidationError, model: type[BaseModel], source: SourceFile) -> list[Diagnostic]:
    """Give everything that keeps the document from being a `model`, from the error that pydantic raised for it."""
    said = [diagnostic(fault, source) for fault in faults(error, model, source.data)]
    # What another version of the format looks like is not known, so nothing else is said about it.
    return [one for one in said if one.code == "E210"] or said


def diagnostic(fault: Fault, source: SourceFile) -> Diagnostic:
    """Translate one fault."""
    match fault.type:
        case "missing":
            return missing_key(fault, source)
        case "extra_forbidden":
            return unknown_key(fault, source)
        case "union_tag_not_found" | "union_tag_invalid" if fault.trace.schema["choices"].keys() <= STEPS.keys():
            return not_a_step(fault, source)
        case "no_form":
            return no_form(fault, source)
        case "value_error" | "assertion_error":
            return exception(fault, source)
        case code if code in CODES:
            return own_words(fault, code, fault.message, fault.context, source)
        case bound if bound in BOUNDS:
            key, words = BOUNDS[bound]
            if fault.found in ("", [], {}):
                return Diagnostic("E205", f"{label(fault.trace.path)} is empty", source.place(fault.trace.path))
            takes = words.format(fault.context.get(key, ""))
            message = f"{label(fault.trace.path)} takes {takes}, not {found(fault.found)}"
            return Diagnostic("E205", message, source.place(fault.trace.path))
    return wrong_value(fault, source)


# --- keys ---


def missing_key(fault: Fault, source: SourceFile) -> Diagnostic:
    owner, at, key = fault.trace.owner, fault.trace.owner_path, str(fault.trace.path[-1])
    if owner is not None and issubclass(owner, Step):
        name, here, example = owner.verb, (*at, owner.verb), example_of(owner).get(key)
    else:
        examples = owner.model_fields[key].examples if owner is not None and key in owner.model_fields else None
        name, here, example = label(at), at, examples[0] if examples else None
    pasted = "" if example is None else line(key, example, source.format)
    hint = f"add '{pasted}'" if 0 < len(pasted) <= 100 else f"add the key '{key}'"
    return Diagnostic("E201", f"{name} needs the key '{key}'", source.place(here, key=True), hint)


def unknown_key(fault: Fault, source: SourceFile) -> Diagnostic:
    owner, key = fault.trace.owner, str(fault.trace.path[-1])
    verb, keys = getattr(owner, "verb", None), keys_of(owner)
    name = verb or label(fault.trace.owner_path)
    others = [other for other, step in STEPS.items() if verb and key in keys_of(step)]
    hints = [f"did you mean '{fault.meant}'?" if fault.meant else nearest(key, keys)]
    if "field" in keys and not any(hints) and (argument := meant(key, ["null", *map(key_of, SLOTS)])):
        hints.append(f"arguments of the field stand in it: 'field: {{type: ..., {key_of(argument)}: ...}}'")
    if others:
        hints.append(f"'{key}' is a key of {either(others if len(others) < 5 else [*others[:3], 'others'], 'and')}")
    if not any(hints):
        own = [known for known in own_keys(owner) if known != verb] if owner else []
        hints.append(f"{name} takes {either(own or keys, 'and')}")
    place = source.place(fault.trace.path, key=True)
    return Diagnostic("E202", f"'{key}' is not a key of {name}", place, "\n".join(filter(None, hints)))


def no_form(fault: Fault, source: SourceFile) -> Diagnostic:
    """A mapping that is none of the kinds of mapping which a union takes."""
    at, takes = fault.trace.path, either(forms(fault.trace.schema, fault.trace.definitions))
    members = [unwrapped(member, fault.trace.definitions)[0] for member, _ in fault.trace.schema["choices"]]
    names = [name for member in members for name in fields_of(member)]
    for key in fault.found:
        if key not in names:
            hint = nearest(key, names) or f"{label(at)} takes {takes}"
            return Diagnostic("E202", f"'{key}' is not a key of {label(at)}", source.place((*at, key), key=True), hint)
    if fault.found:
        keys = list(fault.found)
        message = f"{either(map(repr, keys), 'and')} exclude each other in {label(at)}"
        return Diagnostic("E208", message, source.place((*at, keys[-1]), key=True), f"{label(at)} takes {takes}")
    return Diagnostic("E201", f"{label(at)} holds nothing", source.place(at, key=True), f"it takes {takes}")


# --- verbs ---


def not_a_step(fault: Fault, source: SourceFile) -> Diagnostic:
    """A step without a verb that may stand there, or with two."""
    step, at, choices = fault.found, fault.trace.path, fault.trace.schema["choices"]
    if step in (None, {}):
        return Diagnostic("E203", "the step is empty", source.place(at), "remove it, or give it a verb")
    if not isinstance(step, dict):
        verb = verb_meant(str(step), choices)
        hint = f"write '{line(verb, example_of(STEPS[verb])[verb], source.format)}'" if verb else ""
        return Diagnostic("E204", f"a step is a mapping, not {found(step)}", source.place(at), hint)
    verbs = verbs_in(step)
    if len(verbs) > 1:
        new = f"begin a new step: '- {verbs[1]}: ...'" if source.format == "yaml" else "begin a new [[steps]] table"
        message = f"two verbs in one step: {either([repr(verb) for verb in verbs], 'and')}"
        return Diagnostic("E203", message, source.place((*at, verbs[1]), key=True), new)
    if verbs:
        hint = textwrap.fill(f"here stand the steps {either(choices, 'and')}", width=100)
        return Diagnostic("E203", f"'{verbs[0]}' cannot stand here", source.place((*at, verbs[0]), key=True), hint)
    return no_verb(step, at, choices, source)


def no_verb(step: dict[str, Any], at: Path, choices: dict[str, Any], source: SourceFile) -> Diagnostic:
    for key, value in step.items():
        if isinstance(value, str) and value in choices:
            hint = f"the verb is the key: '{line(value, example_of(STEPS[value])[value], source.format)}'"
            return Diagnostic("E203", f"'{key}' is not a verb", source.place((*at, key), key=True), hint)
    ordinary = {key for verb in choices for key in keys_of(STEPS[verb])}
    strange = [key for key in step if key not in ordinary]
    verbs = {key: verb for key in strange if (verb := verb_meant(key, choices))}
    key = next(iter([*verbs, *strange, *step]))
    message = f"'{key}' is not a verb" if strange else "the step has no verb"
    hint = f"did you mean '{verbs[key]}'?" if verbs else all_verbs(choices)
    return Diagnostic("E203", message, source.place((*at, key), key=True), hint)


def verb_meant(word: str, choices: dict[str, Any]) -> str:
    """Give the verb that was probably meant, or an empty string."""
    other = OTHER_WORDS.get(word.casefold(), "")
    return other if other in choices else meant(word, choices)


def all_verbs(choices: dict[str, Any]) -> str:
    return textwrap.fill(f"the verbs are {either(choices, 'and')}", width=100)


# --- values ---


def wrong_value(fault: Fault, source: SourceFile) -> Diagnostic:
    """A value of the wrong type, or none of the choices."""
    at, owner = fault.trace.path, fault.trace.owner
    verb = getattr(owner, "verb", None)
    if fault.trace.path == (*fault.trace.owner_path, verb):
        return wrong_body(fault, str(verb), source)
    takes = forms(fault.trace.schema, fault.trace.definitions)
    choices = [form.strip("'") for form in takes if form.startswith("'")]
    if fault.trace.about_key:
        hint = nearest(str(at[-1]), choices) or f"{label(at[:-1])} takes {either(takes or ['other keys'])}"
        return Diagnostic("E202", f"'{at[-1]}' is not a key of {label(at[:-1])}", source.place(at, key=True), hint)
    code = "E205" if choices and isinstance(fault.found, str) else "E204"
    if not takes:
        return Diagnostic(code, f"{label(at)}: {lowered(fault.message)}, not {found(fault.found)}", source.place(at))
    hint = repair(fault.found, takes, source.format)
    if isinstance(fault.found, str):
        hint = hint or nearest(fault.found, choices)
    return Diagnostic(code, f"{label(at)} takes {either(takes)}, not {found(fault.found)}", source.place(at), hint)


def wrong_body(fault: Fault, verb: str, source: SourceFile) -> Diagnostic:
    """The value of a verb key that is not the name it should be."""
    example = line(verb, example_of(STEPS[verb])[verb], source.format)
    if len(example) > 100:
        example = line(verb, "...", source.format)
    here = source.place(fault.trace.path, key=True)
    if fault.found is None:
        return Diagnostic("E201", f"the step has no body: '{verb}' holds nothing", here, f"write '{example}'")
    takes = either(forms(fault.trace.schema, fault.trace.definitions) or ["another value"])
    hint = f"write '{example}'"
    if isinstance(fault.found, dict):
        hint += ", and the other keys of the step beside it, not below"
    message = f"'{verb}' takes {takes}, not {found(fault.found)}"
    return Diagnostic("E204", message, source.place(fault.trace.path), hint)


# --- what validators of the vocabulary say ---


def exception(fault: Fault, source: SourceFile) -> Diagnostic:
    """A ValueError that a parser of the language raised; it may have a message, a hint, a column and a path."""
    error = fault.context.get("error")
    code = CODE_OF_EXCEPTION.get(type(error).__name__, "E205")
    context = {name: getattr(error, name) for name in ("hint", "column", "at") if hasattr(error, name)}
    return own_words(fault, code, str(getattr(error, "message", "") or error), context, source)


def own_words(fault: Fault, code: str, message: str, context: dict[str, Any], source: SourceFile) -> Diagnostic:
    """A complaint that has its sentence; the context may add a hint, a path in the value, a column in its text."""
    about_key = bool(context.get("key")) or fault.trace.about_key
    place = source.place((*fault.trace.path, *context.get("at", ())), key=about_key)
    if context.get("column") and isinstance(fault.found, str):
        place = inside(place, fault.found, context["column"])
    hint = context.get("hint") or ""
    if number := context.get("line"):
        below = line_inside(place, number, source)
        place, message = (below, message) if below else (place, f"line {number} of the text: {message}")
    return Diagnostic(code, message, place, hint(source.format) if callable(hint) else hint)


def inside(place: Place, text: str, column: int) -> Place:
    """Give the place of the character at `column` (from 1) of a text value that stands on one line as it is."""
    start = place.text.find(text, place.column - 1)
    return place if start < 0 or "\n" in text else replace(place, column=start + column, width=1)


def line_inside(place: Place, line: int, source: SourceFile) -> Place | None:
    """Give the place of a line (from 1) of a text that begins on the line below its mark and is read as it stands."""
    mark = place.text[place.column - 1 :].split(" #")[0].strip()
    if not re.fullmatch(r"\|[-+0-9]*|\"\"\"|'''", mark) or place.line + line > len(source.lines):
        return None
    text = source.lines[place.line + line - 1]
    return Place(place.file, place.line + line, len(text) - len(text.lstrip()) + 1, len(text.strip()) or 1, text)


def lowered(message: str) -> str:
    return message[:1].lower() + message[1:]
