#!/usr/bin/env bash
# make_venv.sh FOLDER: creates a virtual environment that can build the package without build isolation, so that
# rebuilding takes seconds. What testing needs comes with the package's extra `dev`.
# PYTHON chooses the interpreter; otherwise the first of the usual names that is 3.11 or newer is taken.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?usage: scripts/make_venv.sh FOLDER}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

python=${PYTHON:-}
if [ -z "$python" ]; then
    for candidate in python3.11 python3 python3.12 python3.13 python3.14 python; do
        if new_enough "$candidate"; then python=$candidate; break; fi
    done
fi
if [ -z "$python" ]; then
    echo "nmmo needs Python 3.11 or newer, and none was found. Install one, or name it: make PYTHON=/path/to/python" >&2
    exit 1
fi
if ! new_enough "$python"; then
    echo "nmmo needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1 || true)." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    echo "'$python' lacks the venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 1
fi
compiler=${CC:-cc}
if ! command -v "${compiler%% *}" >/dev/null 2>&1; then
    echo "nmmo needs a C compiler, and '$compiler' was not found. On Debian and Ubuntu: apt-get install gcc" >&2
    exit 1
fi

echo "Virtual environment in $folder, with $("$python" --version)"
# what is there already is brought up to date, not thrown away: somebody may be using it
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints-dev.txt setuptools Cython
