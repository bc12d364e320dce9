"""Share the processor: BLAS in one thread, and independent work in as many Python threads as BLAS had.

The thread count of BLAS is a setting of the whole process, so it is changed for the duration of a call and no longer.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from humanpose3d.errors import explained_imports

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["map_in_threads", "one_blas_thread", "usable_cores"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_turn = threading.Lock()
_here = threading.local()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread within the block.

    Blocks may be nested. Blocks of several threads take turns: were they to overlap, the last one to end would restore
    the limit of the others. Only libraries that are already loaded are limited, so import NumPy or SciPy before.
    Apple's Accelerate has no such limit and is left alone.
    """
    if _is_limited():
        yield
    else:
        with _limited(_blas()):
            yield


def map_in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return ``[function(item) for item in items]``, computed in as many threads as BLAS would use.

    That number is what the user, the environment (``OMP_NUM_THREADS``) and the processors that this process may use
    allow. BLAS itself computes in one thread meanwhile. Within :func:`one_blas_thread` it is all done in this thread.

    Parameters
    ----------
    function : callable
        Independent of the order of its calls. It gains from threads where it spends its time in NumPy.
    items : iterable

    Raises
    ------
    Exception
        The first one that `function` raised; items that were not begun by then are left out.
    """
    work = list(items)
    if _is_limited():
        return [function(item) for item in work]
    blas = _blas()
    with _limited(blas) as threads:
        if min(threads, len(work)) <= 1:
            return [function(item) for item in work]
        with ThreadPoolExecutor(min(threads, len(work)), "humanpose3d", _limit_worker, (blas,)) as pool:
            return list(pool.map(function, work))


def _is_limited() -> bool:
    return getattr(_here, "limited", False)


@contextmanager
def _limited(blas: ThreadpoolController) -> Iterator[int]:
    """Limit `blas` within the block; yields the number of threads that it had before."""
    with _turn:
        threads = max((library["num_threads"] for library in blas.info()), default=0) or usable_cores()
        with blas.limit(limits=1):
            _here.limited = True
            try:
                yield threads
            finally:
                _here.limited = False


def _limit_worker(blas: ThreadpoolController) -> None:
    _here.limited = True
    blas.limit(limits=1)  # some libraries count threads for each thread that calls them


def _blas() -> ThreadpoolController:
    with explained_imports("threadpoolctl"):
        from threadpoolctl import ThreadpoolController
    return ThreadpoolController().select(user_api="blas")


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux
    return len(affinity(0)) if affinity else os.cpu_count() or 1
