"""The types of the keys that hold a name, and what they tell editors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from migspec.dsl.names import ElementName, ModelName
from migspec.schemas.names import ElementRef, ModelRef, ObjectRef

ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "model": TypeAdapter(ModelRef),
    "element": TypeAdapter(ElementRef),
    "object": TypeAdapter(ObjectRef),
}


def test_text_gives_a_name() -> None:
    assert ADAPTERS["model"].validate_python("homes.Home") == ModelName("homes", "Home")
    assert ADAPTERS["element"].validate_python("Home.address") == ElementName(ModelName(None, "Home"), "address")
    assert ADAPTERS["object"].validate_python("Home.one-home") == ElementName(ModelName(None, "Home"), "one-home")


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
def test_names_are_written_back(adapter: TypeAdapter[Any]) -> None:
    for text in adapter.json_schema()["examples"]:
        assert adapter.dump_python(adapter.validate_python(text)) == text


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
@pytest.mark.parametrize("value", [1, None, ["Home.a"], {"Home": "a"}])
def test_only_text_is_a_name(adapter: TypeAdapter[Any], value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    assert caught.value.errors()[0]["type"] == "string_type"


def test_E206_has_the_hint() -> None:
    with pytest.raises(ValidationError) as caught:
        ADAPTERS["model"].validate_python("Home{hint}")
    (error,) = caught.value.errors()
    assert error["type"] == "E206"
    assert error["msg"] == "'Home{hint}' is not the name of a model: 'Home{hint}' is no identifier"
    with pytest.raises(ValidationError) as caught:
        ADAPTERS["element"].validate_python("homes.Home")
    assert caught.value.errors()[0]["ctx"]["hint"] == "write 'homes.Home.name'"


NAMES = st.lists(
    st.sampled_from(["Home", "homes", "settings", "AUTH_USER_MODEL", "through", "é", "a-b", "two words"])
    | st.text(max_size=4),
    min_size=1,
    max_size=5,
).map(".".join)


@given(NAMES)
def test_editors_take_all_that_is_a_name(text: str) -> None:
    for adapter in ADAPTERS.values():
        try:
            adapter.validate_python(text)
        except ValidationError:
            continue
        assert Draft202012Validator(adapter.json_schema()).is_valid(text)
        assert re.search(adapter.json_schema()["pattern"], text)


def test_editors_mark_what_has_the_wrong_number_of_parts() -> None:
    model, element, _ = (Draft202012Validator(adapter.json_schema()) for adapter in ADAPTERS.values())
    assert model.is_valid("Article.tags.through")
    assert not model.is_valid("homes.Home.address")
    assert not element.is_valid("Home")
    assert not element.is_valid("Home.address city")
