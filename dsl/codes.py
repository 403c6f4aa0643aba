"""Every code that migspec can say, with its title. A test asks for a case of each under tests/errors/."""

from __future__ import annotations

from typing import Final

CODES: Final[dict[str, str]] = {
    # E1: the file as text (dsl/)
    "E101": "the file cannot be read",
    "E102": "the file is not UTF-8",
    "E103": "the YAML or TOML does not parse",
    "E104": "a key stands twice",
    "E105": "anchors, aliases, tags and merge keys are not part of the language",
    "E106": "more than one document",
    "E107": "the document exceeds the bounds",
    "E108": "a number that readers understand differently",
    "E109": "a date or time without quotes",
    "E110": "the document is not a mapping",
    "E111": "a key that is not text",
    # E2: the shape of a spec (schemas/)
    "E201": "a key is missing",
    "E202": "an unknown key",
    "E203": "an unknown verb, none, or two of them",
    "E204": "a value of the wrong type",
    "E205": "a value that is not one of the choices",
    "E206": "a name that cannot be read",
    "E207": "an expression that cannot be read",
    "E208": "keys that exclude each other",
    "E209": "an unknown class of field, index or constraint, or an unknown argument",
    "E210": "an unsupported format version",
    "E211": "a file name that cannot be a spec's name",
    # E3: the spec against the project (schemas/ with a state, compiler/)
    "E301": "no such app",
    "E302": "no such model",
    "E303": "no such field",
    "E304": "no such index or constraint",
    "E305": "the name is taken",
    "E306": "a field name where the column is meant, or the other way round",
    "E307": "a value that does not fit its column",
    "E308": "a column without a value",
    "E309": "a dotted name that cannot be imported",
    "E310": "an operation that a declared database does not have",
    "E311": "something that the installed Django does not have",
    "E312": "a NOT NULL column without a default on an existing table",
    "E313": "values of a unique column that may repeat",
    "E314": "a step that Django refuses",
    "E315": "a model that this project does not migrate",
    "E316": "a setting that is not there",
    "E317": "models.py differs from the migrations",
    "E318": "several source rows for one row",
    # E4: place and plan (compiler/)
    "E401": "no such migration or spec in after",
    "E402": "a spec without after in an app that has migrations",
    "E403": "two specs after the same place",
    "E404": "specs that wait for each other",
    "E405": "a second leaf",
    "E406": "a spec with the name of a migration, or of another spec",
    "E407": "a migration that may run too early",
    # E5: reversing (compiler/)
    "E501": "a step whose reverse cannot be derived",
    "E502": "something not supported yet",
    "E503": "nothing to keep, or nothing that is kept",
    # E6: files (compiler/)
    "E601": "a generated file was edited",
    "E602": "a stale file that other migrations build on",
    "E603": "a file that cannot be written",
    "E604": "a file that is in the way",
    "E605": "a generated file that is not as its spec says",
    # E7: the project and the command
    "E701": "the settings cannot be imported",
    "E702": "the configuration is wrong",
    "E703": "a migration of the project cannot be loaded",
    "E704": "no such spec",
    "E705": "a database that cannot be used",
    "E706": "a migration before the spec's place that fails",
    "E707": "a revision that git cannot compare with",
    # E8: what verify finds (compiler/verify/)
    "E801": "rows that are not as a test expects them",
    "E802": "rows that did not come back",
    "E803": "a change that stops",
    "E804": "a change that does not stop as expected",
    "E805": "rows that differ from run to run",
    "E806": "rows of a test that cannot be inserted",
    # E9: lint (compiler/lint/)
    "E901": "no such lint rule",
    "E902": "an allowance that nothing needs",
    "E903": "an allowance that has expired",
}
