#!/usr/bin/env bash
# Sets up what the platform needs; quick when nothing is to be done. `setup.sh chromium` adds the tests' browser.
set -euo pipefail
cd "$(dirname "$0")/.."
exec 9<Makefile && flock 9 # One set-up of a clone at a time.

main() {
    local started=${EPOCHREALTIME/[.,]/}
    install_python_packages
    install_missing_libraries
    compile_translations
    make_fonts
    [[ ${1:-} != chromium ]] || install_chromium
    local ms=$(((${EPOCHREALTIME/[.,]/} - started) / 1000))
    printf 'Set-up ready in %d.%d s.\n' $((ms / 1000)) $((ms % 1000 / 100))
}

fail() {
    echo "$1" >&2
    exit 1
}

# -- Python and its packages, from locks with hashes -----------------------------------------------

install_python_packages() {
    local python wanted
    python=$(find_python)
    wanted=$("$python" --version; cat requirements/tools.txt requirements/dev.txt | sha256sum)
    if [[ -x .venv/bin/python && $(cat .venv/installed 2>/dev/null) == "$wanted" ]]; then return; fi
    echo "Installing Python packages ..."
    bootstrap_uv "$python"
    .tools/bin/uv venv --quiet --clear --no-project --python "$python" .venv
    # The system's certificates: a network of an organisation often has its own.
    .tools/bin/uv pip sync --quiet --system-certs --require-hashes --python .venv/bin/python requirements/dev.txt
    echo "$wanted" >.venv/installed
}

# A distribution's own Python first: unlike most that people compile themselves it is optimised by a profile
# (PGO), and a fifth faster.
find_python() {
    local candidate
    for candidate in /usr/bin/python3 python3 python3.1{4,3,2}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed: install it (Debian 12 and newer: apt-get install python3)."
}

# uv in an environment of its own: pip may not install into a Python that the system manages.
bootstrap_uv() {
    if ! "$1" -c 'import ensurepip, venv' 2>/dev/null; then
        install_packages "$(basename "$1")-venv" || fail "Python's venv is missing: $(advice "$(basename "$1")-venv")"
    fi
    rm -rf .tools
    "$1" -m venv .tools
    .tools/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/tools.txt
}

# -- System packages -------------------------------------------------------------------------------

install_packages() {
    local as_root=()
    command -v apt-get >/dev/null || return 1
    if [[ $EUID != 0 ]]; then as_root=(sudo -n); fi
    "${as_root[@]}" true 2>/dev/null || return 1
    echo "Installing $* ..."
    apt_get update && apt_get install --yes --no-install-recommends "$@"
}

apt_get() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 -o DPkg::Lock::Timeout=120 "$@" </dev/null >&2
}

advice() {
    echo "as root, apt-get install $*"
}

install_missing_libraries() {
    local missing
    missing=$(missing_libraries)
    [[ -n $missing ]] || return 0
    # shellcheck disable=SC2086 # One word for each package.
    if install_packages $missing; then return; fi
    echo "WeasyPrint, which makes the certificates, needs: $(advice "$missing")" >&2
    # Without that one it is only slower.
    [[ $missing == libharfbuzz-subset0 && ${CI:-} != true ]] || exit 1
}

# The Debian packages of the libraries that cannot be loaded.
missing_libraries() {
    .venv/bin/python - <<'PYTHON'
import ctypes

PACKAGES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
missing = []
for library, package in PACKAGES.items():
    try:
        ctypes.CDLL(library)
    except OSError:
        missing.append(package)
print(*missing)
PYTHON
}

install_chromium() {
    if [[ -x ${CHROMIUM:-/usr/bin/chromium} ]]; then return; fi
    if [[ -z ${CHROMIUM:-} ]] && install_packages chromium; then return; fi
    local missing="The browser tests need Chromium: $(advice chromium), or CHROMIUM=/path/to/it."
    [[ ${CI:-} != true ]] || fail "$missing"
    echo "$missing" >&2
}

# -- Translations ----------------------------------------------------------------------------------

compile_translations() {
    local source compiled
    for source in locale/*/LC_MESSAGES/*.po; do
        compiled=${source%.po}.mo
        if [[ -e $source && ! $compiled -nt $source ]]; then
            .venv/bin/pybabel --quiet compile --input-file "$source" --output-file "$compiled"
        fi
    done
}

# -- Fonts -----------------------------------------------------------------------------------------

make_fonts() {
    local source
    for source in scripts/make_fonts.py requirements/base.txt; do
        if [[ ! var/fonts/plex-sans.woff2 -nt $source ]]; then
            echo "Making the fonts of the pages ..."
            .venv/bin/python -m scripts.make_fonts var/fonts
            return
        fi
    done
}

main "$@"
