# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What scripts/build, scripts/quickstart, scripts/test and scripts/deb need from Debian, and how they get it.

# To build the library and the programs.
# shellcheck disable=SC2034
build_packages=(gcc libc6-dev meson ninja-build pkg-config python3 libutf8proc-dev libpcre2-dev zlib1g-dev libinih-dev libsqlite3-dev libcurl4-openssl-dev libhiredis-dev libwslay-dev librdkafka-dev libssl-dev libargon2-dev libzstd-dev libsnappy-dev libpq-dev scdoc)

# To test them as well.
# shellcheck disable=SC2034
test_packages=(libcmocka-dev clang clang-format libclang-rt-14-dev g++ binutils shellcheck python3-jsonschema python3-venv git jq redis-server sqlite3 postgresql-15 python3-psycopg2 man-db abigail-tools)

# To test them on a real Kafka as well; Maven fetches that (deploy/kafka/).
# shellcheck disable=SC2034
kafka_packages=(openjdk-17-jdk-headless maven kcat curl openssl)

# To have their figures and alerts checked by Prometheus' own tool.
# shellcheck disable=SC2034
prometheus_packages=(prometheus)

# To make Debian packages of it: scripts/deb.
# shellcheck disable=SC2034
deb_packages=(dpkg-dev debhelper dh-python fakeroot lintian pybuild-plugin-pyproject python3-all python3-setuptools)

say() {
    printf '%s\n' "$*" >&2
}

# Prints those of the named packages that are not installed.
missing_packages() {
    local p
    for p in "$@"; do
        dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || printf '%s\n' "$p"
    done
}

# need_packages YES PACKAGE...: installs what is missing. Says what; asks once on a terminal unless YES is 1.
need_packages() {
    local yes=$1 missing as_root=()
    shift
    if ! command -v dpkg-query >/dev/null; then
        say "This is no Debian; please see to it that you have: $*"
        return 0
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "Debian packages to be installed: ${missing[*]}"
    if [ "$yes" != 1 ] && [ -t 0 ] && [ -t 2 ]; then
        read -r -p "Go on? [Y/n] " answer
        case $answer in [nN]*) say "Nothing was installed."; return 1 ;; esac
    fi
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    export DEBIAN_FRONTEND=noninteractive
    "${as_root[@]}" apt-get update -qq >&2
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}
