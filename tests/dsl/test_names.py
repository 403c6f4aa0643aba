"""Names of models and of their parts: what is read, what is refused, and with which hint."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migspec.dsl.names import (
    ElementName,
    ModelName,
    NameProblem,
    meant_model,
    parse_element,
    parse_model,
    parse_object,
)

USER = ModelName(None, "", "AUTH_USER_MODEL")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Home", ModelName(None, "Home")),
        ("homes.Home", ModelName("homes", "Home")),
        ("legacy_table", ModelName(None, "legacy_table")),  # Django takes any class name
        ("homes.legacy_table", ModelName("homes", "legacy_table")),
        ("FAQ", ModelName(None, "FAQ")),
        ("Größe", ModelName(None, "Größe")),
        ("家.地址", ModelName("家", "地址")),
        ("settings.AUTH_USER_MODEL", USER),
        ("settings.SHOP_MODEL_2", ModelName(None, "", "SHOP_MODEL_2")),
        ("settings.Preference", ModelName("settings", "Preference")),  # an app may be called settings
        ("Article.tags.through", ModelName(None, "Article_tags")),
        ("news.Article.tags.through", ModelName("news", "Article_tags")),
    ],
)
def test_a_model_is_read(text: str, expected: ModelName) -> None:
    assert parse_model(text) == expected
    assert str(parse_model(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Home.address", ElementName(ModelName(None, "Home"), "address")),
        ("homes.Home.address", ElementName(ModelName("homes", "Home"), "address")),
        ("FAQ.question", ElementName(ModelName(None, "FAQ"), "question")),
        ("Home.match", ElementName(ModelName(None, "Home"), "match")),
        ("settings.AUTH_USER_MODEL.email", ElementName(USER, "email")),
        ("settings.Preference.colour", ElementName(ModelName("settings", "Preference"), "colour")),
    ],
)
def test_an_element_is_read(text: str, expected: ElementName) -> None:
    assert parse_element(text) == parse_object(text) == expected
    assert str(parse_element(text)) == text


@pytest.mark.parametrize("name", ["one-home", "home__unique", "2_homes", "class", "ünique (city)"])
def test_databases_take_more_names_than_python(name: str) -> None:
    assert parse_object(f"homes.Home.{name}") == ElementName(ModelName("homes", "Home"), name)
    with pytest.raises(NameProblem):
        parse_element(f"homes.Home.{name}")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "empty text", "write 'Model' or 'app.Model'"),
        ("  ", "empty text", "write 'Model' or 'app.Model'"),
        (" Home", "blanks", "write 'Home'"),
        ("Home\n", "blanks", "write 'Home'"),
        ("Home.", "a dot with no name", "write 'Home'"),
        (".Home", "a dot with no name", "write 'Home'"),
        ("homes..Home", "a dot with no name", "write 'homes.Home'"),
        ("homes. Home", "no identifier", "write 'homes.Home'"),
        ("Home Address", "no identifier", "write 'Home_Address'"),
        ("Home()", "no identifier", "write 'Home'"),
        ("9homes.Home", "no identifier", ""),
        ("homes.class", "Python's own", ""),
        ("Home.address", "is a field", "write 'Home'"),
        ("FAQ.question", "is a field", "write 'FAQ'"),
        ("homes.Home.address", "too many dots", "write 'homes.Home'"),
        ("homes.models.Home", "too many dots", "write 'homes.Home'"),
        ("django.contrib.auth.models.User", "too many dots", "write 'auth.User'"),
        ("a.b.c", "too many dots", "write 'Model' or 'app.Model'"),
        ("a.b.Article.tags.through", "too many dots", "write 'app.Model.field.through'"),
        ("settings.auth_user_model", "in capitals", "write 'settings.AUTH_USER_MODEL'"),
        ("settings.AUTH_USER_MODEL.email", "beyond the model", "write 'settings.AUTH_USER_MODEL'"),
        ("settings.AUTH_USER_MODEL.groups.through", "a join table", "write the model itself"),
    ],
)
def test_what_is_no_model_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(NameProblem) as caught:
        parse_model(text)
    assert message in caught.value.message
    assert caught.value.hint.startswith(hint)
    assert "\n" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "empty text", "write 'Model.name'"),
        ("Home", "of which model", "write 'Home.name'"),
        ("address", "of which model", "write 'Model.address'"),
        ("Home-Address", "of which model", "write 'Model.name'"),
        ("Home.", "a dot with no name", "write 'Home'"),
        ("homes.Home", "is a model", "write 'homes.Home.name'"),
        ("homes.models.Home", "is a model", "write 'homes.Home.name'"),
        ("homes.models.Home.address", "too many dots", "write 'homes.Home.address'"),
        ("Home.address.city", "too many dots", "write 'Home.address'"),
        ("homes.Home.address.city", "too many dots", "write 'homes.Home.address'"),
        ("a.b.c.d", "too many dots", "write 'Model.name' or 'app.Model.name'"),
        ("Home.address__city", "a relation or a lookup", "write 'Home.address'"),
        ("Home.a-b", "no identifier", "write 'Home.a_b'"),
        ("Home.class", "Python's own", ""),
        ("Article.tags.through", "is a model", "the join table"),
        ("settings.AUTH_USER_MODEL", "is a model", "write 'settings.AUTH_USER_MODEL.name'"),
        ("settings.auth_user_model.email", "in capitals", "write 'settings.AUTH_USER_MODEL'"),
        ("settings.AUTH_USER_MODEL.groups.through", "too many dots", "write 'settings.AUTH_USER_MODEL.groups'"),
    ],
)
def test_what_is_no_element_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(NameProblem) as caught:
        parse_element(text)
    assert message in caught.value.message
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("home", "models are written as their classes: 'Home'?"),
        ("homes.home_address", "models are written as their classes: 'homes.HomeAddress'?"),
        ("homes_home", "models are written 'app.Model': 'homes.Home'?"),
        ("homes_home_address", "models are written 'app.Model': 'homes.HomeAddress'?"),
        ("Home", ""),
        ("settings.AUTH_USER_MODEL", ""),
    ],
)
def test_a_model_that_is_not_there_may_be_misspelt(text: str, hint: str) -> None:
    assert meant_model(parse_model(text)) == hint


def test_identifiers_are_read_as_python_reads_them() -> None:
    assert parse_model("ﬁles.Cafe\u0301") == ModelName("files", "Café")


NAMES = st.lists(
    st.sampled_from(
        ["Home", "homes", "settings", "AUTH_USER_MODEL", "through", "a__b", "é", "", " ", "\n", "1", "{hint}"]
    )
    | st.text(max_size=4),
    max_size=6,
).map(".".join)


def read(parse: Callable[[str], ModelName | ElementName], text: str) -> ModelName | ElementName | NameProblem:
    try:
        return parse(text)
    except NameProblem as problem:
        return problem


@given(st.text(max_size=60) | NAMES)
def test_any_text_is_a_name_or_a_problem(text: str) -> None:
    for parse in (parse_model, parse_element, parse_object):
        found = read(parse, text)
        if isinstance(found, NameProblem):
            assert found.message
            assert found.message.isprintable()
        else:
            assert parse(str(found)) == found
