"""Id maps as /proc tells them."""

from pyker.kernel.procfs import IdRange, is_mapped


def test_ids_are_mapped_or_not() -> None:
    ranges = (IdRange(0, 1000, 1), IdRange(1, 100000, 5))

    assert [is_mapped(ranges, number) for number in (0, 5, 6)] == [True, True, False]
