from pyker.namespaces.userns import SubidRange, map_words, parse_subids, subid_ranges


def test_ranges_are_found_by_name_and_by_number() -> None:
    lines = ["ann:100000:65536", "bob:200000:65536", "1000:300000:10", "", "# ann:1:1"]

    assert parse_subids(lines, {"ann", "1000"}) == (SubidRange(100000, 65536), SubidRange(300000, 10))


def test_lines_that_make_no_sense_are_passed_over() -> None:
    lines = ["ann", "ann:x:5", "ann:5", "ann:5:0", "ann:4294967290:100", "ann:-1:5", "ann:1:2:3"]

    assert parse_subids(lines, {"ann"}) == ()


def test_too_many_ranges_are_cut_to_what_the_kernel_takes() -> None:
    lines = [f"ann:{100000 + number}:1" for number in range(400)]

    assert len(parse_subids(lines, {"ann"})) == 339


def test_map_begins_with_the_user_and_goes_on_with_the_ranges() -> None:
    words = map_words(1000, (SubidRange(100000, 10), SubidRange(200000, 5)))

    assert " ".join(words) == "0 1000 1 1 100000 10 11 200000 5"


def test_nobody_has_ranges_without_a_name() -> None:
    assert subid_ranges("no such user", 4294967294) == ()
