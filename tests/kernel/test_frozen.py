"""Values that never change: the type checker holds them, so that making them costs little."""

from banyan.kernel.frozen import frozen


@frozen(order=True)
class Span:
    first: int
    last: int


def test_values_with_the_same_fields_are_the_same() -> None:
    assert Span(1, 2) == Span(1, 2)
    assert len({Span(1, 2), Span(1, 2), Span(2, 3)}) == 2


def test_values_are_ordered_by_their_fields_if_asked_for() -> None:
    assert sorted([Span(2, 1), Span(1, 3), Span(1, 2)]) == [Span(1, 2), Span(1, 3), Span(2, 1)]


def test_a_value_has_no_room_for_anything_but_its_fields() -> None:
    assert not hasattr(Span(1, 2), "__dict__")
