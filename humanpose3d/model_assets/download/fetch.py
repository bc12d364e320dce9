"""Fetch the models of a plan and check them; each is staged beside its place under its blob id."""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

from humanpose3d.model_assets.disk.files import digest_file, replace_file, synced
from humanpose3d.model_assets.disk.scratch import scratch_folder
from humanpose3d.model_assets.download.plan import Plan
from humanpose3d.model_assets.download.remotes import Job, Source, with_retries
from humanpose3d.model_assets.errors import IntegrityError, StorageError
from humanpose3d.model_assets.progress import format_bytes
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.store.manifest import Receipt
from humanpose3d.model_assets.store.storage import remove_staged, require_space
from humanpose3d.model_assets.transports import FetchedBlob

_AT_A_TIME = 2


def fetch_and_check(job: Job, plan: Plan, source: Source) -> Generator[dict[ModelSpec, Receipt], None, None]:
    """Fetch the models of a plan, two at a time, and yield the receipts of those that may be put in place.

    That is each as it arrives or, for an update, the whole set at its end.
    """
    transport, receipts = source.transport, {}
    sizes = {spec: transport.size_of(plan.snapshot, blob) or spec.published_size for spec, blob in plan.fetch.items()}
    _make_room(job, plan, sizes)
    job.progress.begin({spec.name: size for spec, size in sizes.items()})
    fetch_one = functools.partial(_fetch, job=job, plan=plan, source=source)
    with in_parallel(fetch_one, plan.fetch, at_a_time=_AT_A_TIME, cancelled=source.cancelled) as fetches:
        import humanpose3d.model_assets.validation  # noqa: F401  (needed at the end, and there is time now)

        pending = set(fetches)
        while pending:
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for fetch in done:
                spec = fetches[fetch]
                receipts[spec] = fetch.result()
                if not job.force:
                    yield {spec: receipts[spec]}
                job.progress.finish(spec.name, receipts[spec].size)
    if job.force:
        yield receipts


def _make_room(job: Job, plan: Plan, sizes: dict[ModelSpec, int]) -> None:
    """Raise `StorageError` unless there is room; files that wait and are no part of the plan give way."""
    waiting = {job.store.staged_path(spec, blob): spec for spec, blob in plan.fetch.items()}
    needed = {spec: sizes[spec] for path, spec in waiting.items() if not path.exists()}
    try:
        require_space(job.store, needed)
    except StorageError:
        remove_staged(job.store, but=waiting)
        require_space(job.store, needed)


def _fetch(spec: ModelSpec, job: Job, plan: Plan, source: Source) -> Receipt:
    """Fetch one model, unless an earlier run left it waiting."""
    blob, store = plan.fetch[spec], job.store
    staged = store.staged_path(spec, blob)
    with contextlib.suppress(FileNotFoundError):  # without locks, another process may install it meanwhile
        if (arrived := _arrived_before(staged, blob)) is not None:
            return _check(spec, staged, arrived, job, plan, source)
    staged.parent.mkdir(parents=True, exist_ok=True)

    def observe(done: int) -> None:
        job.progress.update(spec.name, done)
        job.lock.note_progress(f"{spec.name} {format_bytes(done)}")

    def transfer() -> FetchedBlob:
        part.unlink(missing_ok=True)
        return source.transport.fetch(plan.snapshot, blob, part, observe)

    with scratch_folder(store.work_folder_of(spec)) as scratch:
        part = scratch / f"{blob}.part"
        arrived = with_retries(transfer, cancelled=source.cancelled, announce=job.progress.say)
        with synced(part):
            receipt = _check(spec, part, arrived, job, plan, source)
        replace_file(part, staged)
    return receipt


def _check(spec: ModelSpec, path: Path, arrived: FetchedBlob, job: Job, plan: Plan, source: Source) -> Receipt:
    """Return the receipt of a file that has arrived, if it is the model."""
    label = f"Model {spec.name!r} from {source.transport.remote}"
    blob, pins = plan.fetch[spec], job.store.pins
    if arrived.blob != blob:
        raise IntegrityError(
            f"{label} is not what its id says: expected blob {blob}, received {arrived.blob}. "
            "Try again, or use another remote (HUMANPOSE3D_MODELS_URL).",
            model=spec.name,
        )
    pin = pins.get(spec.path, arrived.sha256)
    if arrived.sha256 != pin:
        raise IntegrityError(
            f"{label} is not the one in the lock file: expected sha256 {pin}, received {arrived.sha256}. "
            "Use another remote (HUMANPOSE3D_MODELS_URL), or make a new lock file if the change is meant.",
            model=spec.name,
        )
    from humanpose3d.model_assets.validation import find_fault

    if fault := find_fault(path, spec.suffix):
        raise IntegrityError(
            f"{label} is not the model: {fault}. It was received as commit {plan.snapshot.commit} has it. "
            "Use another remote (HUMANPOSE3D_MODELS_URL); when the repository has been mended, "
            "'humanpose3d models download --force' fetches the new one.",
            model=spec.name,
            reason=fault,
        )
    remote, commit, modified = source.transport.remote, plan.recorded.commit, path.stat().st_mtime_ns
    return Receipt("git", remote, commit, arrived.blob, arrived.size, arrived.sha256, modified)


def _arrived_before(staged: Path, blob: str) -> FetchedBlob | None:
    """Return the facts of a file that an earlier run left waiting; one that has changed is removed."""
    if not staged.exists():
        return None
    found, sha256 = digest_file(staged)
    if found != blob:
        staged.unlink()
        return None
    return FetchedBlob(blob, staged.stat().st_size, sha256)


@contextlib.contextmanager
def in_parallel(
    work: Callable[[ModelSpec], Receipt], items: Iterable[ModelSpec], *, at_a_time: int, cancelled: threading.Event
) -> Iterator[dict[Future[Receipt], ModelSpec]]:
    """Do `work` on each of `items`; yield the item of each future.

    Leaving the context by an exception sets `cancelled`, for `work` to see, and drops what has not begun; what has
    is waited for. In contrast to ``ThreadPoolExecutor``, the threads of a daemon thread are daemons too: the
    interpreter does not wait for them.
    """
    futures: dict[Future[Receipt], ModelSpec] = {Future(): item for item in items}
    waiting: queue.SimpleQueue[Future[Receipt]] = queue.SimpleQueue()
    for future in futures:
        waiting.put(future)

    def serve() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                future = waiting.get_nowait()
                try:
                    future.set_result(work(futures[future]))
                except BaseException as error:  # noqa: BLE001  (it is raised again where the result is asked for)
                    future.set_exception(error)

    threads = [threading.Thread(target=serve, name=f"humanpose3d-{number}") for number in range(at_a_time)]
    try:
        for thread in threads:
            thread.start()
        yield futures
    except BaseException:
        cancelled.set()
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.get_nowait().cancel()
        raise
    finally:
        # Not by the threads alone: an interrupt in start() leaves one running that can't be joined yet.
        wait(future for future in futures if not future.cancelled())
        for thread in threads:
            if thread.is_alive():
                thread.join()
