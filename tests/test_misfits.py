from typing import Annotated, Literal

import msgspec
import pytest

from fairseq_phonology.misfits import in_words

Size = Annotated[int, msgspec.Meta(ge=1)]


class Model(msgspec.Struct):
    layers: dict[str, Size] | None = None


class Fields(msgspec.Struct):
    model: Model = msgspec.field(default_factory=Model)
    versions: dict[str, str] = {}
    deep: dict[str, dict[str, list[int]]] = {}
    several: list[Model] = []
    side: Literal["ur", "sr"] = "ur"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"model": {"layers": {"cross": "zz"}}}, 'model.layers.cross is "zz", not a number'),
        ({"model": {"layers": {"cross": 1, "encoder": 0}}}, "model.layers.encoder is 0, not a number >= 1"),
        ({"versions": {"a": "1", "b": "2", "c": None, "d": 3}}, "versions.c is null, not a text"),
        ({"versions": {"a": "1"}, "deep": {"a": {"b": [1], "c": [2, "x"]}}}, 'deep.a.c 2 is "x", not a number'),
        ({"several": [{}, {"layers": {"cross": 0.5}}]}, "several 2.layers.cross is 0.5, not a number"),
        ({"side": "no"}, 'side is "no"; allowed: ur, sr'),
        ({"versions": ["a"]}, 'versions is ["a"], not an object'),
        ({"versions": {"x" * 100: 1}}, f"versions.{'x' * 30} is 1, not a text"),
        ([], "it is [], not an object"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(found, words):
    before = msgspec.json.encode(found)
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(found, Fields)
    assert in_words(caught.value, found, Fields) == words
    assert msgspec.json.encode(found) == before
