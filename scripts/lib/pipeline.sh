# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What scripts/quickstart and deploy/cluster share: where posts come from, and programs under a supervisor until a stop. $root is the
# tree, $programs the folder of the programs, $data where what is kept lies.
# shellcheck disable=SC2154

reach() { "$root/scripts/lib/reach" "$@"; }

# Prints the path of a program.
program() { echo "$programs/$1/$1"; }

# Sets sources to what live platforms answer, SOURCE after SOURCE.
find_sources() {
    local stream=${SF_BLUESKY_JETSTREAM:-wss://jetstream2.us-east.bsky.network/subscribe}
    sources=()
    if reach answers "${SF_HACKERNEWS_ENDPOINT:-https://hacker-news.firebaseio.com}/v0/maxitem.json"; then
        sources+=(hackernews:)
    fi
    # One post in a hundred. Likes are not asked for: they are most of the stream, and numbers are looked up anyway.
    if reach answers "http${stream#ws}"; then
        sources+=('bluesky:jetstream?collections=post&sample=0.01')
    fi
}

# The sample, moved so that most of it has just happened and the rest is to come: $data/past.ndjson, $data/future.ndjson.
make_sample() {
    local sample=$root/data/sample until
    until=$(date -u -d '+75 minutes' +%Y-%m-%dT%H:%M:%SZ)
    "$(program sf-ingest)" "replay:$sample/posts.ndjson" "replay:$sample/histories.ndjson" --quiet --shift-to "$until" |
        awk -v now="$(date -u +%Y-%m-%dT%H:%M:%S)" -v past="$data/past.ndjson" -v future="$data/future.ndjson" '
            match($0, /"observed_at":"[^"]*"/) { print > (substr($0, RSTART + 15, 19) <= now ? past : future) }'
}

live_notice='  To expect: some 10 MB a day on disk for Hacker News, 150 MB for the sample of Bluesky, whose stream is 3 to 4 GB a day on the network,
  sampled or not.'
sample_notice='a SIMULATED sample, since neither Hacker News nor Bluesky answers here: texts, authors and scores were made up.
  Two days of it have just happened, 75 minutes are still to come.'

# What sf-serve signs tokens with, for those who log in all the same: $data/jwt-secret.
make_secret() {
    export SF_JWT_SECRET_FILE=$data/jwt-secret
    [ -s "$SF_JWT_SECRET_FILE" ] || (umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$SF_JWT_SECRET_FILE")
}

# line NAME COMMAND...: one for scripts/lib/supervise.
line() {
    printf '%q ' "$@"
    echo
}

# Ends what run_programs has started.
supervisor=
stop_programs() {
    if [ -n "$supervisor" ]; then
        kill -TERM "$supervisor" 2>/dev/null || true
        wait "$supervisor" || true
    fi
}

# run_programs URL SECONDS: what $data/programs lists, until Ctrl-C or for so many seconds ("": no end). Calls announce once sf-serve is
# ready, and says when the first live update came. Returns the supervisor's exit code; who calls has stop_programs run at EXIT.
run_programs() {
    local url=$1 seconds=$2 watch code=129
    "$root/scripts/lib/supervise" "$data/logs" <"$data/programs" &
    supervisor=$!
    echo "$supervisor" >"$data/supervisor"
    trap 'kill -TERM "$supervisor" 2>/dev/null || true' INT TERM
    if ! reach ready "$url/ready/" 60; then
        tail -n 5 "$data"/logs/*.log >&2
        return 1
    fi
    announce
    [ -n "$seconds" ] || echo "  Ctrl-C stops it."
    if [ -t 1 ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null; then
        xdg-open "$url/" >/dev/null 2>&1 || true
    fi
    (reach update "$url" "${seconds:-600}" && echo "First live update $SECONDS s after the start of this script.") &
    watch=$!
    if [ -n "$seconds" ]; then
        sleep "$seconds" || true
        kill -TERM "$supervisor" 2>/dev/null || true
    fi
    while [ "$code" -gt 128 ]; do # a signal to this script ends waiting only
        code=0
        wait "$supervisor" || code=$?
    done
    kill "$watch" 2>/dev/null || true
    supervisor=
    trap - INT TERM
    rm -f "$data/supervisor"
    return "$code"
}
