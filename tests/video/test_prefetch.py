import threading
from collections.abc import Iterator

import pytest

from humanpose3d.video.prefetch import running_ahead


def ahead_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("humanpose3d-ahead")]


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    yield
    assert ahead_threads() == []


def test_items_come_in_order() -> None:
    with running_ahead(range(1000), depth=3) as numbers:
        assert list(numbers) == list(range(1000))


def test_no_items() -> None:
    with running_ahead([]) as nothing:
        assert list(nothing) == []


def test_the_producer_works_in_its_own_thread() -> None:
    def where() -> Iterator[str]:
        yield threading.current_thread().name

    with running_ahead(where()) as names:
        assert list(names) == ["humanpose3d-ahead_0"]


def test_it_runs_ahead_but_not_far() -> None:
    made = []
    third_made = threading.Event()

    def items() -> Iterator[int]:
        for i in range(100):
            made.append(i)
            if i == 2:
                third_made.set()
            yield i

    with running_ahead(items(), depth=2) as numbers:
        assert third_made.wait(10)  # without anything being taken
        for i in numbers:
            assert len(made) <= i + 1 + 2 + 1
    assert len(made) == 100


def test_it_ends_when_the_consumer_breaks_off() -> None:
    def endless() -> Iterator[int]:
        i = 0
        while True:
            yield (i := i + 1)

    with running_ahead(endless(), depth=2) as numbers:
        assert next(numbers) == 1
        assert len(ahead_threads()) == 1


def test_it_ends_when_nothing_is_taken() -> None:
    with running_ahead(iter(int, 1), depth=1):
        pass


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_it_ends_when_the_consumer_fails(error: type[BaseException]) -> None:
    with pytest.raises(error), running_ahead(iter(int, 1)) as numbers:
        next(numbers)
        raise error


@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt()])
def test_the_producers_error_comes_after_its_items(error: BaseException) -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise error

    taken = []
    with pytest.raises(type(error)) as caught, running_ahead(items(), depth=5) as numbers:
        for number in numbers:
            taken.append(number)
    assert caught.value is error
    assert taken == [1, 2]
