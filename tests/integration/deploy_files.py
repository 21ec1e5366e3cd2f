#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""deploy/systemd/ and deploy/compose/, as far as they can be tried without systemd and Docker running: systemd's own checks, with our programs in their
places; images with tags, ports on loopback, no password but random ones; files that are mounted are there; and every command of a program of
ours is one whose settings it takes.

    deploy_files.py PROGRAMS       their folder"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNITS, COMPOSE = ROOT / "deploy/systemd", ROOT / "deploy/compose"
MOST_EXPOSED = 1.5  # of 10, by systemd's count


def check(good, *what):
    if not good:
        raise AssertionError(" ".join(str(w) for w in what))


def takes(programs, words, env):
    """Does the program take these settings? With --create-topics it would look at the brokers all the same."""
    if "--create-topics" in words:
        words = [w for w in words if w != "--create-topics"]
    name = pathlib.Path(words[0]).name
    done = subprocess.run([programs / name / name, *words[1:], "--check-config"], check=False, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env})
    check(done.returncode == 0, words, done.stderr)


# ---- systemd ----


def settings(text):
    return dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z_]+=", line))


def units(programs, folder):
    env = settings((UNITS / "environment.example").read_text("utf-8"))
    shutil.copytree(UNITS, folder, dirs_exist_ok=True)
    names = []
    for path in sorted(folder.glob("*.service")):
        text = path.read_text("utf-8")
        command = re.search(r"^ExecStart=(.*)$", text, re.M)[1]
        values = {**env, "STATE_DIRECTORY": str(folder)}
        words = shlex.split(re.sub(r"\$\{?(\w+)\}?", lambda m: values[m[1]], command.replace("%i", "1")))
        takes(programs, words, {"SF_JWT_SECRET": "x" * 32})
        text = re.sub(r"/usr/bin/(sf-\w+)", lambda m: str(programs / m[1] / m[1]), text)
        path.unlink()
        path = path.with_name(path.name.replace("@.", "@1."))
        path.write_text(text, "utf-8")
        names.append(path)
    check(len(names) == 5, names)
    # Our folder before the system's: what it would need of systemd itself is there.
    searched = {**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"}
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", folder / "signalflow.target", *names], check=False, env=searched,
                          capture_output=True, text=True)
    check(done.returncode == 0 and not done.stderr, done.stderr)
    for path in names:
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", path], check=False, env=searched, capture_output=True, text=True)
        found = re.search(r"exposure level for \S+ ([\d.]+)", done.stdout)
        check(found and float(found[1]) <= MOST_EXPOSED, done.stdout, done.stderr)
        print(f"{path.name}: {found[1]}")


# ---- containers ----


def secrets():
    """{file: variables} that make-secrets writes; nothing in them is ever the same."""
    def made():
        with tempfile.TemporaryDirectory() as name:
            shutil.copy(COMPOSE / "make-secrets", name)
            subprocess.run([f"{name}/make-secrets"], check=True)
            folder = pathlib.Path(name) / "secrets"
            check(folder.stat().st_mode & 0o077 == 0, "secrets can be read by others")
            return {f"secrets/{p.name}": settings(p.read_text()) for p in folder.iterdir()}
    one, other = made(), made()
    for file, values in one.items():
        for key, value in values.items():
            check(len(value) >= 20 and value != other[file][key], file, key)
    return one


def compose(programs):
    try:
        import yaml
    except ImportError:
        print("yaml is missing (Debian: python3-yaml): compose.yaml is not looked at")
        return
    text = (COMPOSE / "compose.yaml").read_text("utf-8")
    services, known = yaml.safe_load(text)["services"], secrets()
    used = set()
    for name, s in services.items():
        check(re.search(r":[\w.-]*\d", s["image"]) or "build" in s, name, s["image"])
        for port in s.get("ports", []):
            check(port.startswith("127.0.0.1:"), name, port)
        for volume in s.get("volumes", []):
            source = volume.split(":")[0]
            check(not source.startswith(".") or (COMPOSE / source).exists(), name, source)
        for other in s.get("depends_on", {}):
            check(other in services, name, other)
        env = {}
        if "env_file" in s:
            check(s["env_file"] in known, name, s["env_file"])
            used.add(s["env_file"])
            env = known[s["env_file"]]
        for key, value in (s.get("environment") or {}).items():
            check(not re.search("PASSWORD|SECRET|KEY", key) or not value, name, key)
        command = s.get("command", "")
        if isinstance(command, str) and command.startswith("sf-"):
            takes(programs, shlex.split(command), {k: v for k, v in env.items() if k.startswith("SF_")})
    check(used == known.keys(), known.keys() - used)
    asked = set(re.findall(r"\$(SF_GRAFANA_\w+)", (ROOT / "grafana/provisioning/datasources/signalflow.yaml").read_text("utf-8")))
    check(asked == {k for k in [*services["grafana"]["environment"], *known["secrets/grafana.env"]] if k.startswith("SF_")}, asked)
    if shutil.which("promtool"):
        with tempfile.TemporaryDirectory() as name:
            shutil.copy(COMPOSE / "prometheus.yml", name)
            shutil.copy(ROOT / "deploy/prometheus/alerts.yml", name)
            subprocess.run(["promtool", "check", "config", f"{name}/prometheus.yml"], check=True, stdout=subprocess.DEVNULL)
    print(f"compose.yaml: {len(services)} services")


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    compose(programs)
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is missing (Debian: systemd): units are not looked at: skipped")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        units(programs, pathlib.Path(name))


if __name__ == "__main__":
    main()
