# --- library/migrations/0002_many_rows_data.py
# Compiled by migspec from library/migspecs/many_rows.yaml, step 1. Change the spec, not this file.
# spec 6ad4390d5f98, file 1 of 1, code 96692a22ba01

from django.db import migrations, router
from django.db.models import Value

TAGS = [
    {"slug": "aa", "label": "Afar"},
    {"slug": "af", "label": "Afrikaans"},
    {"slug": "am", "label": "Amharic"},
    {"slug": "ar", "label": "Arabic"},
    {"slug": "be", "label": "Belarusian"},
    {"slug": "bg", "label": "Bulgarian"},
    {"slug": "bn", "label": "Bengali"},
    {"slug": "bs", "label": "Bosnian"},
    {"slug": "ca", "label": "Catalan"},
    {"slug": "cs", "label": "Czech"},
    {"slug": "cy", "label": "Welsh"},
    {"slug": "da", "label": "Danish"},
    {"slug": "de", "label": "German"},
    {"slug": "el", "label": "Greek"},
    {"slug": "en", "label": "English"},
    {"slug": "eo", "label": "Esperanto"},
    {"slug": "es", "label": "Spanish"},
    {"slug": "et", "label": "Estonian"},
    {"slug": "eu", "label": "Basque"},
    {"slug": "fa", "label": "Persian"},
    {"slug": "fi", "label": "Finnish"},
    {"slug": "fo", "label": "Faroese"},
    {"slug": "fr", "label": "French"},
    {"slug": "ga", "label": "Irish"},
    {"slug": "gd", "label": "Gaelic"},
    {"slug": "gl", "label": "Galician"},
    {"slug": "he", "label": "Hebrew"},
    {"slug": "hi", "label": "Hindi"},
    {"slug": "hr", "label": "Croatian"},
    {"slug": "hu", "label": "Hungarian"},
    {"slug": "hy", "label": "Armenian"},
    {"slug": "id", "label": "Indonesian"},
    {"slug": "is", "label": "Icelandic"},
    {"slug": "it", "label": "Italian"},
    {"slug": "ja", "label": "Japanese"},
    {"slug": "ka", "label": "Georgian"},
    {"slug": "ko", "label": "Korean"},
    {"slug": "la", "label": "Latin"},
    {"slug": "lt", "label": "Lithuanian"},
    {"slug": "lv", "label": "Latvian"},
    {"slug": "mk", "label": "Macedonian"},
    {"slug": "nb", "label": "Bokmål"},
    {"slug": "nl", "label": "Dutch"},
    {"slug": "nn", "label": "Nynorsk"},
    {"slug": "pl", "label": "Polish"},
    {"slug": "pt", "label": "Portuguese"},
    {"slug": "ro", "label": "Romanian"},
    {"slug": "ru", "label": "Russian"},
    {"slug": "se", "label": "Northern Sami"},
    {"slug": "sk", "label": "Slovak"},
    {"slug": "sv", "label": "Swedish"},
    {"slug": "uk", "label": "Ukrainian"},
]


def forwards(apps, schema_editor):
    """A tag for each language that books are in."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)
    tags.bulk_create(
        [
            Tag(**row)
            for row, there in zip(TAGS, are_there(tags, TAGS, ["slug"]))
            if not there
        ]
    )


def backwards(apps, schema_editor):
    """Delete the 52 rows of Tag listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column, and no other row points at it.
    """
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    for row in TAGS:
        tags.filter(**row, book__isnull=True)._raw_delete(alias)


def are_there(queryset, rows, key, size=100):
    """Yield for each of rows, which are dicts, whether its key is there: what is equal is for the database to say."""
    for start in range(0, len(rows), size):
        found = [
            queryset.filter(**{name: row[name] for name in key})
            .order_by()
            .values_list(Value(number))
            for number, row in enumerate(rows[start : start + size])
        ]
        there = {number for (number,) in found[0].union(*found[1:])}
        yield from (number in there for number in range(len(found)))


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "tag"}),
    ]
