"""Build the engine and the other compiled modules.

The engine (engine/*.c) and its Python boundary (nmmo/core/_engine.pyx) become one module, the trainer's kernels for the
CPU (nmmo/train/kernels/*.c, nmmo/train/_kernels.pyx) another, loops of the environments (nmmo/envs/_reuse.pyx) a third.
Everything else about the distribution is in pyproject.toml. Set NMMO_NATIVE=1 to compile for this
machine's processor; such a build may not run on another.
"""

from __future__ import annotations

import os
import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
ENGINE = ROOT / "engine"
LIMITED_API = "cp311"  # one wheel for every Python from here on
UNIX_FLAGS = [
    "-O3",
    "-std=c17",
    "-ffp-contract=off",  # a fused multiply-add would make rewards depend on the processor
    "-fvisibility=hidden",
    "-fno-semantic-interposition",
    "-fno-wrapv",  # Python's own flags ask for -fwrapv, which the engine does not need and pays for
    "-pthread",
]

hashing = runpy.run_path(str(ROOT / "nmmo" / "core" / "source_hash.py"))


class BuildEngine(build_ext):
    """Adds the flags of the compiler at hand and compiles the sources in parallel."""

    def build_extensions(self) -> None:
        if self.compiler.compiler_type == "unix":
            for extension in self.extensions:
                extension.extra_compile_args += UNIX_FLAGS
                extension.extra_link_args += ["-pthread"]
                if os.environ.get("NMMO_NATIVE") == "1":
                    extension.extra_compile_args.append("-march=native")
        elif self.compiler.compiler_type == "msvc":
            for extension in self.extensions:
                extension.extra_compile_args += ["/O2", "/std:c17", "/fp:precise"]
        for extension in self.extensions:  # compiled in, for reports of speed
            flags = [*os.environ.get("CFLAGS", "").split(), *extension.extra_compile_args]
            text = " ".join(flags).replace('"', "")
            extension.define_macros.append(("NMMO_BUILD_FLAGS", f'"{text}"'))
        self.force = True  # flags and the hash are not files: time stamps alone would miss a change
        compile_serially = self.compiler.compile

        def compile_in_parallel(sources: list[str], **options: Any) -> list[str]:
            with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
                objects = pool.map(lambda source: compile_serially([source], **options), sources)
                return [name for names in objects for name in names]

        self.compiler.compile = compile_in_parallel
        super().build_extensions()


engine = Extension(
    "nmmo.core._engine",
    sources=[
        "nmmo/core/_engine.pyx",
        *(path.relative_to(ROOT).as_posix() for path in hashing["engine_sources"](ENGINE)),
    ],
    include_dirs=["engine"],
    define_macros=[
        ("Py_LIMITED_API", "0x030B0000"),
        ("NMMO_SOURCE_HASH", f'"{hashing["source_hash"](ENGINE)}"'),
    ],
    py_limited_api=True,
)
kernels = Extension(
    "nmmo.train._kernels",
    sources=[
        "nmmo/train/_kernels.pyx",
        *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "nmmo" / "train" / "kernels").glob("*.c")),
    ],
    include_dirs=["nmmo/train/kernels"],
    define_macros=[("Py_LIMITED_API", "0x030B0000")],
    py_limited_api=True,
)
reuse = Extension(
    "nmmo.envs._reuse",
    sources=["nmmo/envs/_reuse.pyx"],
    define_macros=[("Py_LIMITED_API", "0x030B0000")],
    py_limited_api=True,
)

setup(
    # The folders of agents, maps and replays stand at the top of the repository, where people look
    # for them, and are installed as packages.
    packages=[
        *find_packages(include=["nmmo", "nmmo.*"]),
        "nmmo.baselines",
        "nmmo.maps",
        "nmmo.sample_replays",
    ],
    package_dir={"nmmo.baselines": "agents", "nmmo.maps": "maps", "nmmo.sample_replays": "replays"},
    package_data={
        "nmmo": ["py.typed"],
        "nmmo.agents": ["skeleton/*"],
        "nmmo.core": ["*.pyi"],
        "nmmo.envs": ["*.pyi"],
        "nmmo.train": ["recipes/*.toml", "*.pyi"],
        "nmmo.baselines": ["**/*"],
        "nmmo.maps": ["**/*"],
        "nmmo.sample_replays": ["**/*"],
    },
    exclude_package_data={"": ["*.pyx", "*.c", "__pycache__/*", "*.pyc"]},
    include_package_data=False,
    ext_modules=cythonize(
        [engine, kernels, reuse],
        build_dir="build/cython",  # keeps generated C out of the source tree and of every archive
    ),
    cmdclass={"build_ext": BuildEngine},
    options={"bdist_wheel": {"py_limited_api": LIMITED_API}},
    zip_safe=False,
)
