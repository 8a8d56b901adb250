"""Commands that mean harm: each is stopped, and reported as what it was."""

import os
import socket
import threading
from pathlib import Path

import pytest

from softwright.workspaces import ExecResult, Fork, Limits

MB = 1 << 20


def run(fork: Fork, program: str, **bounds: float) -> ExecResult:
    """Run a Python program in the fork's sandbox, for at most ten seconds unless told otherwise."""
    limits = Limits(**{"wall_s": 10, "memory_mb": 512, "processes": 64, **bounds})  # type: ignore[arg-type]
    return fork.exec(["python3", "-c", program], limits=limits)


def test_hanging_command(fork: Fork) -> None:
    """A command that waits forever, deaf to SIGTERM, ends at the wall limit, and is no failure."""
    ran = run(
        fork, "import signal,time\nsignal.signal(15,signal.SIG_IGN)\nwhile 1: time.sleep(9)", wall_s=0.5
    )
    assert ran.limit_hit == "wall"
    assert not ran.ok
    assert 0.5 <= ran.cost.wall_s < 8


def test_busy_command(fork: Fork) -> None:
    """Endless computing ends at the CPU limit, also when spread over children that end early."""
    assert run(fork, "while 1: pass", cpu_s=1).limit_hit == "cpu"
    spread = "import os\nwhile 1:\n  if os.fork()==0:\n    sum(range(3_000_000)); os._exit(0)\n  os.wait()"
    ran = run(fork, spread, cpu_s=1)
    assert ran.limit_hit == "cpu"
    assert ran.cost.cpu_s >= 1


@pytest.mark.parametrize(
    "program",
    [
        "x = bytearray(20 << 30)\nfor i in range(0, len(x), 4096): x[i] = 1",
        "import mmap\nx = mmap.mmap(-1, 20 << 30)\nfor i in range(0, 20 << 30, 4096): x[i] = 1",
        "import os\nfor _ in range(20): os.fork() or exec('x=bytearray(99<<20)\\nwhile 1:pass')\nos.wait()",
    ],
    ids=["one block", "shared memory", "many children"],
)
def test_memory_eater(fork: Fork, program: str) -> None:
    """20 GiB, private, shared or spread over children, are refused as a memory limit."""
    ran = run(fork, program, cpu_s=60)
    assert ran.limit_hit == "memory", ran


@pytest.mark.parametrize(
    "bomb",
    [
        ["sh", "-c", "f() { f | f & }; f; sleep 1"],
        ["python3", "-c", "import os\nwhile 1: os.fork()"],
        [
            "python3",
            "-c",
            "import threading,time\nwhile 1: threading.Thread(target=time.sleep,args=[9]).start()",
        ],
    ],
    ids=["shell", "forks", "threads"],
)
def test_fork_bomb(fork: Fork, bomb: list[str]) -> None:
    """A bomb of processes or threads is held at the limit and told as such."""
    ran = fork.exec(bomb, limits=Limits(wall_s=1.5, processes=40, output_kb=256, memory_mb=1024))
    assert ran.limit_hit == "processes", ran
    assert fork.exec(["true"]).ok


def test_flood_of_output(fork: Fork) -> None:
    """Endless output is cut at the limit."""
    ran = fork.exec(["yes"], limits=Limits(output_kb=64))
    assert ran.limit_hit == "output"
    assert len(ran.stdout) == 64 * 1024


@pytest.mark.parametrize(
    "program",
    [
        "f=open('big','wb')\nwhile 1: f.write(bytes(1<<20))",
        "open('sparse','wb').truncate(1<<40)",
    ],
)
def test_huge_file(fork: Fork, program: str) -> None:
    """No file grows above the limit, not even a sparse one."""
    assert run(fork, program, file_mb=8).limit_hit == "file"


def test_full_disk(fork: Fork) -> None:
    """Many files of allowed size end at the limit of the whole tree."""
    flood = "for n in range(10**6): open(str(n),'wb').write(bytes(1<<20))"
    assert run(fork, flood, disk_mb=30).limit_hit == "disk"


def test_full_tmp(fork: Fork) -> None:
    """The private /tmp and /dev/shm are bounded, and full is told as a disk limit."""
    flood = "for n in range(10**6): open(f'{}/{{n}}','wb').write(bytes(1<<20))"
    assert run(fork, flood.format("/tmp"), tmp_mb=8).limit_hit == "disk"
    assert run(fork, flood.format("/dev/shm"), memory_mb=2048).limit_hit == "disk"


def test_writes_outside(fork: Fork, tmp_path: Path) -> None:
    """Nothing outside of the work tree and /tmp can be written: not the system, the base, or homes."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    near = [str(victim), str(fork.base.path / "README.md"), str(Path.home() / "x"), "/root/x", "/sys/x", "/x"]
    system = ["/etc/passwd", "/usr/x", "/dev/x", "/var/tmp/x", "/proc/sys/kernel/hostname"]
    places = [*near, *system, "/softwright/x"]
    program = (
        "import sys\nbad=[]\n"
        f"for p in {places!r}:\n"
        "    try: open(p,'a').close(); bad.append(p)\n"  # opening is proof enough, should it work after all
        "    except OSError: pass\n"
        "print(bad)"
    )
    assert run(fork, program).stdout == b"[]\n"
    assert victim.read_text() == "mine"
    assert (fork.base.path / "README.md").read_bytes() == b"hello\n"


def test_host_secrets(fork: Fork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Homes, keys, credentials, other processes' environments and open files cannot be read."""
    monkeypatch.setenv("TOKEN_OF_HOST", "hush-hush")
    secret = tmp_path / ".git-credentials"
    secret.write_text("https://me:hush-hush@host")
    places = [
        str(secret),
        "/root/.ssh",
        str(Path.home() / ".gitconfig"),
        "/etc/shadow",
        "/home",
        "/var",
        "/run",
        "/sys",
    ]
    program = (
        "import os,glob\n"
        f"print([p for p in {places!r} if os.path.exists(p)])\n"
        "for p in glob.glob('/proc/[0-9]*/environ')+glob.glob('/proc/[0-9]*/cmdline'):\n"
        "    try: print(open(p,'rb').read())\n"
        "    except OSError: pass\n"
        "print(sorted(os.listdir('/proc/self/fd')), os.environ)"
    )
    ran = run(fork, program)
    assert ran.stdout.startswith(b"[]\n"), ran
    assert b"hush" not in ran.stdout
    assert b"['0', '1', '2', '3']" in ran.stdout


def test_network(fork: Fork) -> None:
    """TCP, UDP and names lead nowhere; services of the host are out of reach, abstract sockets too."""
    with socket.create_server(("127.0.0.1", 0)) as service, socket.socket(socket.AF_UNIX) as hidden:
        name, port = f"softwright-test-{os.getpid()}", service.getsockname()[1]
        hidden.bind(f"\0{name}")
        hidden.listen()
        caught: list[object] = []
        threading.Thread(target=lambda: caught.append(_accept(service)), daemon=True).start()
        program = (
            "import socket\n"
            "def tries(label, act):\n"
            "    try: act(); print(label)\n"
            "    except OSError: pass\n"
            f"tries('loop', lambda: socket.create_connection(('127.0.0.1', {port}), 1))\n"
            "tries('tcp', lambda: socket.create_connection(('192.0.2.1', 80), 1))\n"
            "tries('udp', lambda: socket.socket(2, 2).sendto(b'x', ('192.0.2.1', 53)))\n"
            "tries('dns', lambda: socket.getaddrinfo('example.com', 80))\n"
            f"tries('abstract', lambda: socket.socket(1).connect('\\0{name}'))\n"
        )
        ran = run(fork, program)
        assert ran.ok, ran
        assert ran.stdout == b""
        assert caught == []


def _accept(service: socket.socket) -> object:
    try:
        return service.accept()
    except OSError:
        return "closed"


def test_daemons_and_deaf_children_are_gone(fork: Fork) -> None:
    """Children that left the session and ignore signals end with the command, before `exec` returns."""
    program = (
        "import os,signal,time\n"
        "for _ in range(3):\n"
        "  if os.fork()==0:\n"
        "    os.setsid()\n"
        "    if os.fork(): os._exit(0)\n"
        "    [signal.signal(s, signal.SIG_IGN) for s in (1,2,3,15)]\n"
        "    while 1: time.sleep(0.02); open('alive','a').write('x')\n"
        "time.sleep(0.2)"
    )
    ran = run(fork, program)
    assert ran.ok, ran
    written = fork.read("alive")
    assert written
    assert fork.exec(["sleep", "0.2"]).ok
    assert fork.read("alive") == written


def test_kills_everything_it_can(fork: Fork) -> None:
    """A command that signals every process it sees, its parent first, reaches only its own."""
    ran = run(fork, "import os\nos.kill(os.getppid(), 9)\nos.kill(-1, 9)\nprint('still here')")
    assert ran.limit_hit == ""
    assert fork.exec(["true"]).ok


def test_switching_users_gives_nothing(fork: Fork) -> None:
    """The command is not root, cannot become it, and cannot mount or trace."""
    program = (
        "import os,ctypes\n"
        "libc=ctypes.CDLL(None)\n"
        "mounted = libc.mount(b'none',b'/tmp',b'tmpfs',0,None)\n"
        "print(os.getuid()!=0, libc.setuid(0), mounted, os.getgroups()[1:])\n"
        "print(open('/proc/self/status').read())"
    )
    ran = run(fork, program)
    assert ran.stdout.startswith(b"True -1 -1 []\n")
    assert b"CapEff:\t0000000000000000" in ran.stdout
    assert b"NoNewPrivs:\t1" in ran.stdout


def test_siblings_are_out_of_reach(fork: Fork) -> None:
    """Two forks running at once see neither each other's files nor each other's processes."""
    program = (
        "import os;print(sorted(p for p in os.listdir('/proc') if p.isdigit()), os.listdir('/softwright'))"
    )
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(run(fork, program))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {ran.stdout for ran in seen} == {b"['1', '2'] ['work']\n"}, seen


def test_own_failure_is_no_limit(fork: Fork) -> None:
    """A command that fails by itself is told as that, with its exit code and words."""
    ran = run(fork, "import sys; print('no', file=sys.stderr); sys.exit(3)")
    assert (ran.exit_code, ran.limit_hit, ran.stderr) == (3, "", b"no\n")
    assert run(fork, "import os; os.abort()").exit_code == 128 + 6
