# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What scripts/build, scripts/quickstart, scripts/test and scripts/deb need from Debian, and how they get it.

# To build the library and the programs.
# shellcheck disable=SC2034
build_packages=(gcc libc6-dev meson ninja-build pkg-config python3 libutf8proc-dev libpcre2-dev zlib1g-dev libinih-dev libsqlite3-dev libcurl4-openssl-dev libhiredis-dev libwslay-dev librdkafka-dev libssl-dev libargon2-dev libzstd-dev libsnappy-dev libpq-dev ca-certificates scdoc)

# To test them as well.
# shellcheck disable=SC2034
test_packages=(libcmocka-dev libcjson-dev clang clang-format libclang-rt-14-dev g++ binutils shellcheck python3-jsonschema python3-venv git curl jq redis-server sqlite3 postgresql-15 python3-psycopg2 procps man-db abigail-tools python3-yaml systemd)

# To test them on a real Kafka as well; Maven fetches that (deploy/kafka/).
# shellcheck disable=SC2034
kafka_packages=(openjdk-17-jdk-headless maven kcat openssl)

# To have their figures and alerts checked by Prometheus' own tool.
# shellcheck disable=SC2034
prometheus_packages=(prometheus)

# To run deploy/cluster.
# shellcheck disable=SC2034
cluster_packages=(openjdk-17-jre-headless maven postgresql-15 redis-server prometheus)

# To put the server under load: bench/serve.
# shellcheck disable=SC2034
bench_packages=(wrk redis-server libcjson-dev)

# To make Debian packages of it: scripts/deb.
# shellcheck disable=SC2034
deb_packages=(dpkg-dev debhelper dh-python fakeroot lintian pybuild-plugin-pyproject python3-all python3-setuptools)

# To have the dashboard looked at in a real browser; npm fetches the rules of accessibility.
# shellcheck disable=SC2034
browser_packages=(chromium)
command -v npm >/dev/null || browser_packages+=(npm) # Debian's does not go beside a Node.js from elsewhere, which has its own

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

# need_servers YES PACKAGE...: the same for servers, which Debian starts when it installs them, and at each boot. Ours are started by
# scripts, on ports of their own: those that were not there before are neither started nor enabled.
need_servers() {
    local yes=$1 policy=/usr/sbin/policy-rc.d new unit as_root=()
    shift
    mapfile -t new < <(missing_packages "$@")
    [ ${#new[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    if [ -e "$policy" ]; then policy=; else
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
    fi
    local failed=0
    need_packages "$yes" "${new[@]}" || failed=1
    [ -z "$policy" ] || "${as_root[@]}" rm -f "$policy"
    for unit in postgresql redis-server prometheus; do
        printf '%s\n' "${new[@]}" | grep -q "^$unit" || continue
        if [ -d /run/systemd/system ]; then
            "${as_root[@]}" systemctl disable --now --quiet "$unit" || true
        elif command -v deb-systemd-helper >/dev/null; then # a root that is not running: at its next boot. It works for dpkg alone.
            "${as_root[@]}" env DPKG_MAINTSCRIPT_PACKAGE="$unit" deb-systemd-helper disable "$unit.service" || true
        fi
    done
    return "$failed"
}
