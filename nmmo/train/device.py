"""The machine: device, precision, threads, memory."""

from __future__ import annotations

import ctypes
import os
import sys

import torch

from nmmo.train.recipe import Recipe, RecipeError, RunOptions

__all__ = ["device_for", "keep_freed_memory", "precision_for", "processes_for", "threads_for"]

SEGMENTS_PER_PROCESS = 16
"""The least number of a minibatch's segments per process: below that, its matrix products are too thin."""


def device_for(options: RunOptions) -> torch.device:
    """Return the device to train on.

    Raises
    ------
    RecipeError
        If there is no such device here.
    """
    name = options.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and "LOCAL_RANK" in os.environ:
        name = f"cuda:{os.environ['LOCAL_RANK']}"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise RecipeError(f"run.device = {options.device!r} is not a device; try cpu, cuda, cuda:1") from None
    if device.type not in ("cpu", "cuda"):
        raise RecipeError(f"run.device = {options.device!r}: nmmo trains on cpu and cuda")
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise RecipeError(f"run.device = {options.device!r}, but PyTorch finds no CUDA device here; try cpu")
        if (device.index or 0) >= torch.cuda.device_count():
            raise RecipeError(f"run.device = {options.device!r}, but there are only {torch.cuda.device_count()} here")
        torch.cuda.set_device(device)
    return device


def precision_for(options: RunOptions, device: torch.device) -> torch.dtype:
    """Return the precision of the wide layers: bfloat16 only where it is fast."""
    if options.precision != "auto":
        return torch.float32 if options.precision == "float32" else torch.bfloat16
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    return torch.bfloat16 if _cpu_multiplies_bfloat16() else torch.float32


def _cpu_multiplies_bfloat16() -> bool:
    probe = getattr(torch.cpu, "get_capabilities", None)
    if probe is not None:
        found = probe()
        return bool(found.get("avx512_bf16") or found.get("amx_bf16") or found.get("bf16"))
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())


def processes_for(recipe: Recipe) -> int:
    """Return how many processes of this machine learn together, where the recipe leaves it open.

    On a CPU one thread each: PyTorch's threads share out single operators, most of which are too small for
    that, while processes share nothing but the gradient.

    Raises
    ------
    RecipeError
        If the recipe's device is not here, or there are fewer GPUs than processes.
    """
    device, wanted = device_for(recipe.run), recipe.run.processes
    if device.type == "cuda":
        if wanted > 1 and recipe.run.device not in ("auto", "cuda"):
            raise RecipeError(f'run.processes = {wanted}: each takes a GPU of its own; set run.device to "cuda"')
        if wanted > torch.cuda.device_count():
            raise RecipeError(f"run.processes = {wanted}, but there are only {torch.cuda.device_count()} GPUs here")
        return wanted or 1
    if wanted:
        return wanted
    return max(1, min(threads_for(recipe.run), recipe.train.minibatch_segments // SEGMENTS_PER_PROCESS))


def threads_for(options: RunOptions) -> int:
    """Return how many threads to use, in all processes together."""
    if options.threads:
        return options.threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def keep_freed_memory() -> None:
    """Ask the C library to keep large blocks that are freed, where it is glibc.

    Otherwise every tensor above 32 MB is mapped from the system and returned to it each time, and its pages
    are cleared again and again: a fifth of the time that learning takes on a CPU.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    map_threshold, trim_threshold = -3, -1  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD of malloc.h
    mallopt(map_threshold, 1 << 30)
    mallopt(trim_threshold, -1)
