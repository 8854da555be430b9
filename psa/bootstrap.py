"""Standard library only: the environment Tandem runs in, made from the hashed lock on the first start.

manage.py runs this file by its path, before anything else is installed, with whatever Python it was called with: no
import of the project, and nothing here that an old Python cannot at least read.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK, DEV_LOCK = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
OLDEST_PYTHON = (3, 11)
PORTAL_COMMANDS = ("demo", "serve")
# What a demo must not inherit: it is always the embedded server with files of its own.
NOT_FOR_THE_DEMO = ("DATABASE_URL", "MIGRATE_DATABASE_URL", "REDIS_URL", "S3_BUCKET", "TANDEM_PRODUCTION", "EMAIL_HOST")


def ensure(argv: "list[str]") -> None:
    """Run the rest of the command inside .venv, made first if it is missing or older than its lock.

    PSA_NO_BOOTSTRAP=1 (containers, an environment of one's own) leaves the Python as it is. Ends the process with one
    plain sentence and exit code 1 where that cannot work.
    """
    command = argv[1] if len(argv) > 1 else ""
    prepare_environment(command, argv[2:])
    if os.environ.get("PSA_NO_BOOTSTRAP"):
        return
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    lock = DEV_LOCK if command == "test" else LOCK
    if not is_current(lock):
        if sys.version_info < OLDEST_PYTHON:
            stop(
                "Tandem needs Python {}.{} or newer; this is {}. Start it with a newer one, "
                "for example: python3.12 manage.py {}".format(*OLDEST_PYTHON, sys.version.split()[0], command)
            )
        try:
            install(lock)
        except KeyboardInterrupt:
            stop("\nStopped while setting up; the next start goes on from here.")
    if not inside:
        enter(argv)


def prepare_environment(command: str, options: "list[str]") -> None:
    """What has to be in the environment before the settings are read: the demo is always embedded, on its own files."""
    if command in PORTAL_COMMANDS:
        # Many threads would each get a memory arena of their own; two are enough and save tens of megabytes.
        os.environ.setdefault("MALLOC_ARENA_MAX", "2")
        os.environ.setdefault("SITE_URL", "http://127.0.0.1:{}".format(option(options, "--port", "8000")))
    if command == "demo":
        for name in NOT_FOR_THE_DEMO:
            os.environ.pop(name, None)
        var = Path(os.environ.get("TANDEM_VAR", str(ROOT / "var")))
        os.environ["TANDEM_DEMO"] = "1"
        os.environ["TANDEM_SQLITE"] = str(var / "demo.sqlite3")
        os.environ["MEDIA_ROOT"] = str(var / "demo-files")


def option(options: "list[str]", name: str, default: str) -> str:
    """The value of `--name value` or `--name=value`, read before there is a parser to read it."""
    for place, word in enumerate(options):
        if word.startswith(name + "="):
            return word.partition("=")[2]
        if word == name and place + 1 < len(options):
            return options[place + 1]
    return default


def is_current(lock: Path) -> bool:
    """Whether .venv was made from exactly this lock, and its Python still starts where it stands."""
    return VENV_PYTHON.exists() and stamp(lock).exists() and stamp(lock).read_text() == fingerprint(lock)


def stamp(lock: Path) -> Path:
    return VENV / (".made-from-" + lock.name)


def fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def install(lock: Path) -> None:
    """Make .venv and put into it what the lock names, hash by hash: with uv where it works, else with pip."""
    began = time.monotonic()
    say(f"Setting up .venv from {lock.name} (once; about a minute) …")
    if VENV.exists() and not VENV_PYTHON.exists():
        shutil.rmtree(str(VENV))  # its Python was removed or moved
    if not install_with_uv(lock):
        install_with_pip(lock)
    stamp(lock).write_text(fingerprint(lock))
    if lock == DEV_LOCK:  # its pins contain the pins of the other one (tests/test_settings.py)
        stamp(LOCK).write_text(fingerprint(LOCK))
    say(f"Ready after {time.monotonic() - began:.0f} s.")


def install_with_uv(lock: Path) -> bool:
    """False where there is no uv, or one that does not work here: pip is asked then."""
    uv = shutil.which("uv")
    if not uv:
        return False
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    make = [uv, "venv", "--quiet", "--no-project", "--allow-existing", "--python", sys.executable, str(VENV)]
    fill = [uv, "pip", "install", *quiet, "--python", str(VENV_PYTHON), "--require-hashes", "--only-binary", ":all:"]
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never")
    for line in (make, [*fill, "-r", str(lock)]):
        if subprocess.run(line, env=environment, cwd=tempfile.gettempdir(), check=False).returncode:
            say("uv could not do it here; trying pip …")
            return False
    return True


def install_with_pip(lock: Path) -> None:
    """The way of a machine that has only Python."""
    if not (VENV / "bin" / "pip").exists() and not (VENV / "Scripts" / "pip.exe").exists():
        try:
            import ensurepip  # noqa: F401  (Debian and Ubuntu ship it apart)
            import venv
        except ImportError:
            stop(
                "Python's venv module is missing. Debian, Ubuntu: sudo apt install python3-venv – then run this again."
            )
        venv.create(str(VENV), with_pip=True, clear=VENV.exists())
    total = sum(1 for line in lock.read_text().splitlines() if "==" in line)
    pip = [
        str(VENV_PYTHON),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar",
        "off",
    ]
    line = [*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    said = []
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True) as process:
        for text in process.stdout or ():
            said.append(text)
            if text.startswith("Collecting"):
                show_progress(sum(1 for seen in said if seen.startswith("Collecting")), total, text.split()[1])
            elif text.startswith("Installing collected"):
                show_progress(total, total, "unpacking")
    if process.returncode:
        sys.stderr.write("".join(said[-15:]))
        stop(
            f"The packages of {lock.name} could not be installed with Python {sys.version.split()[0]}: see above. "
            "They need a way to a package index, and Python 3.11, 3.12 or 3.13."
        )


def show_progress(count: int, total: int, name: str) -> None:
    """One line that changes on a terminal; elsewhere every tenth package a line."""
    text = "  {}/{} {}".format(min(count, total), total, name.partition("==")[0])
    if sys.stderr.isatty():
        sys.stderr.write("\r" + text.ljust(60) + ("\n" if name == "unpacking" else ""))
    elif count % 10 == 0:
        sys.stderr.write(text + "\n")
    sys.stderr.flush()


def enter(argv: "list[str]") -> None:
    """Start again with the Python of .venv; does not come back."""
    line = [str(VENV_PYTHON), *argv]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":
        sys.exit(subprocess.run(line, check=False).returncode)
    os.execv(line[0], line)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def stop(text: str) -> None:
    """One plain sentence, exit code 1."""
    say(text)
    sys.exit(1)
