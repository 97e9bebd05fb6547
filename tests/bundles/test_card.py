"""Cards say what a model needs; what contradicts itself is refused."""

import pytest
from pydantic import ValidationError

from micrographia.bundles import Card, InputCard


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rows": 8}, "both be given"),
        ({"resize": "stretch"}, "only be stretched"),
        ({"pixel_size_nm": (2.0, 1.0)}, "smallest comes first"),
        ({"pixel_size_nm": (0.0, 1.0)}, "greater than 0"),
        ({"kind": "descriptors"}, "must be named"),
        ({"descriptors": "hog"}, "must be named"),
        ({"channels": 4}, "should be 1, 2 or 3"),
        ({"colour": True}, "not permitted"),
    ],
)
def test_an_input_that_contradicts_itself_is_refused(values, said):
    with pytest.raises(ValidationError, match=said):
        InputCard(**values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "No Name"}, "match pattern"),
        ({"name": "../up"}, "match pattern"),
        ({"classes": ()}, "must name its classes"),
        ({"temperature": (1.0, 2.0, 3.0)}, "one for each class"),
        ({"temperature": 0.0}, "greater than 0"),
        ({"unknown_threshold": 1.5}, "less than or equal to 1"),
        ({"input": InputCard(channels=2)}, "wanted 1 or 3"),
        ({"files": {"a": "b"}}, "match pattern"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(values, said):
    usual = {"name": "a", "summary": "", "task": "image-classification", "classes": ("a", "b")}
    with pytest.raises(ValidationError, match=said):
        Card(**{**usual, **values})


def test_a_card_survives_being_written_and_read():
    card = Card(
        name="a",
        summary="A test.",
        task="image-classification",
        classes=("a", "b"),
        input=InputCard(rows=8, cols=9, pixel_size_nm=(0.1, 2.0), outside="resample"),
        temperature=(1.0, 2.0),
        provenance={"seed": 3, "data": ["x", {"y": None}]},
    )
    assert Card.model_validate_json(card.model_dump_json()) == card
