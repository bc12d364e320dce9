from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from humanpose3d.threads import map_in_threads, one_blas_thread

np.zeros(1)  # NumPy's BLAS is loaded


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


needs_openblas = pytest.mark.skipif(not blas_threads(), reason="this NumPy uses a BLAS whose threads cannot be limited")


@needs_openblas
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_blas_computes_in_one_thread_within_the_block_and_as_before_after_it(threads: int) -> None:
    with threadpool_limits(threads, user_api="blas"):
        before = blas_threads()
        with one_blas_thread():
            assert blas_threads() == {1}
            with one_blas_thread():
                assert blas_threads() == {1}
            assert blas_threads() == {1}
        assert blas_threads() == before


@needs_openblas
def test_an_error_in_the_block_leaves_no_limit_behind() -> None:
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with pytest.raises(KeyError), one_blas_thread():
            raise KeyError
        assert blas_threads() == before


OVERLAP = """
import threading
import numpy
from threadpoolctl import threadpool_info
from humanpose3d.threads import one_blas_thread

def count():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

begun = threading.Event()

def use():
    begun.set()
    with one_blas_thread():
        assert count() == {1}, count()

other = threading.Thread(target=use)
with one_blas_thread():
    other.start()
    begun.wait(30)
    assert count() == {1}, count()
other.join(30)
assert count() == {2}, count()
"""


@needs_openblas
def test_blocks_of_two_threads_restore_the_callers_number() -> None:
    run_python(OVERLAP, threads=2)


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_the_order_of_the_items(threads: int) -> None:
    with threadpool_limits(threads, user_api="blas"):
        assert map_in_threads(lambda item: item * item, range(50)) == [item * item for item in range(50)]
        assert map_in_threads(str, []) == []


@needs_openblas
def test_work_is_done_in_several_threads_at_a_time() -> None:
    meeting = threading.Barrier(2)
    with threadpool_limits(2, user_api="blas"):
        assert len(set(map_in_threads(lambda _: (meeting.wait(30), threading.get_ident())[1], range(2)))) == 2


@pytest.mark.parametrize("threads", [1, 2])
def test_the_first_error_is_raised_and_nothing_is_begun_after_it(threads: int) -> None:
    begun = []

    def fail(item: int) -> None:
        begun.append(item)
        raise ValueError(item)

    with threadpool_limits(threads, user_api="blas"), pytest.raises(ValueError, match="0"):
        map_in_threads(fail, range(10_000))
    assert len(begun) < 10_000


@needs_openblas
def test_a_block_within_the_work_of_several_threads_waits_for_nobody() -> None:
    def nested(item: int) -> set[int]:
        with one_blas_thread():
            return blas_threads() | set(map_in_threads(int, [1, item]))

    with threadpool_limits(2, user_api="blas"):
        assert map_in_threads(nested, range(4)) == [{1, item} for item in range(4)]


@needs_openblas
def test_the_environment_decides_how_many_threads_there_are() -> None:
    statements = (
        "import numpy, threading, time\nfrom humanpose3d.threads import map_in_threads\n"
        "print(len(set(map_in_threads(lambda _: (time.sleep(0.02), threading.get_ident())[1], range(9)))))"
    )
    assert run_python(statements, threads=1) == "1\n"
    assert run_python(statements, threads=2) == "2\n"


def run_python(statements: str, *, threads: int) -> str:
    """Run statements in a process of their own, whose BLAS has so many threads from the start."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads)}
    command = [sys.executable, "-c", statements]
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
