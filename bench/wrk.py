# SPDX-License-Identifier: MIT
"""Loading a server with wrk: requests a second, latency, and CPU a request, which is what can be compared between machines."""
import os
import pathlib
import re
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def cpu_seconds(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def wrk(server, path, seconds, connections=32, headers=(), script=None, cpu=None):
    """(requests/s, p50 ms, p99 ms, CPU us a request). cpu: says how much was used so far, if it is not the server's own alone."""
    cpu = cpu or (lambda: cpu_seconds(server.process.pid))
    more = [x for h in headers for x in ("-H", h)] + (["-s", script] if script else [])
    before = cpu()
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", *more, server.base + path], capture_output=True,
                         text=True, check=True).stdout
    used = cpu() - before
    requests = int(re.search(r"(\d+) requests in", out)[1])
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    quantile = {p: float(v) * UNITS[u] for p, v, u in re.findall(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s) *$", out, flags=re.M)}
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if failed and headers:
        raise SystemExit(f"{path}: {failed[1]} answers were refusals")
    return rate, quantile.get("50", float("nan")), quantile.get("99", float("nan")), used / max(requests, 1) * 1e6


def uncached_script(folder, values):
    """Each request asks what was not asked before: %d in the values is another number each time; without it, it is a parameter that nobody reads."""
    values = values if "%d" in values else values + "&x=%d"
    path = pathlib.Path(folder) / "uncached.lua"
    path.write_text("local n = 0\nrequest = function()\n  n = n + 1\n  return wrk.format('GET', string.format('" + values.replace("%", "%%").replace("%%d", "%07d") + "', n))\nend\n")
    return str(path)
