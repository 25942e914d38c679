"""`python -m glassboard run`: a script runs as Python runs it, with other writers' imports resolved to ours."""

import os
import signal
import subprocess
import sys
import textwrap

import glassboard
import pytest

LOG = """
    from tensorboardX import SummaryWriter
    import tensorboardX.writer
    assert tensorboardX.SummaryWriter is tensorboardX.writer.SummaryWriter is SummaryWriter
    assert SummaryWriter.__module__ == "glassboard.tensorboardX"
"""


def script(folder, code, name="train.py"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(code))
    return path


def run(*arguments, ours=True, **options):
    command = [sys.executable, *(("-m", "glassboard", "run") if ours else ()), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **options)


def same_as_python(*arguments, **options):
    """Runs it both ways, and gives what is the same."""
    have, want = run(*arguments, **options), run(*arguments, ours=False, **options)
    assert have.returncode == want.returncode, have.stderr
    assert have.stdout == want.stdout
    assert have.stderr == want.stderr
    return want


def test_tensorboardx_is_ours_whether_it_is_installed_or_not(tmp_path):
    path = script(tmp_path, LOG + "    SummaryWriter(r'" + str(tmp_path) + "').add_scalar('a b', 1.0, 2)\n")
    done = run(path)
    assert (done.returncode, done.stderr) == (0, "")
    (events,) = tmp_path.glob("*tfevents*")
    _, event = glassboard.summary_iterator(events)
    assert (event.step, event.summary.value[0].tag) == (2, "a_b")


def test_torch_s_writer_is_ours(tmp_path):
    """With a torch that has nothing but the package around its writer."""
    script(tmp_path, "", "torch/__init__.py")
    script(tmp_path, "", "torch/utils/__init__.py")
    script(tmp_path, "raise ImportError('TensorBoard is needed')", "torch/utils/tensorboard/__init__.py")
    script(tmp_path, "X = 1", "torch/utils/tensorboard/other.py")
    code = """
        from torch.utils import tensorboard
        from torch.utils.tensorboard import FileWriter, RecordWriter, SummaryWriter
        from torch.utils.tensorboard.writer import SummaryWriter as Same
        from torch.utils.tensorboard.other import X
        import glassboard
        assert SummaryWriter is Same is tensorboard.SummaryWriter is glassboard.SummaryWriter
        assert tensorboard.__name__ == "torch.utils.tensorboard" and X == 1
    """
    done = run(script(tmp_path, code))
    assert (done.returncode, done.stderr) == (0, "")


def test_arguments_names_and_paths_are_as_python_has_them(tmp_path):
    code = """
        import sys, json, pickle, helper
        class Thing: pass
        print(json.dumps([sys.argv, __name__, __file__, sys.path[0], __package__, __spec__ is None, __doc__]))
        print(sys.modules["__main__"].Thing is Thing, type(pickle.loads(pickle.dumps(Thing()))) is Thing)
        print(helper.WHERE, sorted(name for name in globals() if not name.startswith("__")))
    """
    script(tmp_path, "WHERE = 'beside the script'", "helper.py")
    path = script(tmp_path, code)
    done = same_as_python(path, "--lr", "0.1", "-m", "--help")
    assert "beside the script" in done.stdout
    # A link is followed, as Python does.
    link = tmp_path / "elsewhere" / "link.py"
    link.parent.mkdir()
    link.symlink_to(path)
    same_as_python(link)


def test_modules_and_packages(tmp_path):
    code = "import sys; print(sys.argv, __name__, __package__, __spec__.name, sys.path[0]); from . import other"
    script(tmp_path, "", "package/__init__.py")
    script(tmp_path, "print('other')", "package/other.py")
    script(tmp_path, code, "package/__main__.py")
    script(tmp_path, code, "package/module.py")
    for name in ("package", "package.module"):
        done = same_as_python("-m", name, "x", cwd=tmp_path)
        assert done.stdout.endswith("other\n")
    # A folder with a __main__.py.
    script(tmp_path, "import sys; print(sys.argv, sys.path[0])", "folder/__main__.py")
    same_as_python(tmp_path / "folder", "x")


@pytest.mark.parametrize(
    "end",
    [
        "sys.exit()", "sys.exit(3)", "sys.exit('a message')", "raise SystemExit(True)", "os._exit(5)",
        "raise ValueError('wrong')", "def f(): 1 / 0\nf()", "raise KeyboardInterrupt", "import no_such_module",
        "sys.excepthook = lambda *error: print('mine', error[0].__name__)\nraise ValueError",
        "import atexit; atexit.register(print, 'at exit'); raise ValueError from KeyError()",
        "this is no Python", "import threading; threading.Timer(0.1, print, ['late']).start()",
    ],
)  # fmt: skip
def test_a_script_ends_as_under_python(tmp_path, end):
    same_as_python(script(tmp_path, f"import os, sys\nprint('begun', flush=True)\n{end}"))


def test_what_is_not_there(tmp_path):
    done = run(tmp_path / "no.py")
    assert done.returncode == 2 and "no.py" in done.stderr
    done = run("-m", "no_such_module")
    assert done.returncode == 1 and "No module named no_such_module" in done.stderr
    done = run()
    assert done.returncode == 2 and "usage" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_an_interrupt_ends_it_as_python(tmp_path):
    code = """
        import time
        print("ready", flush=True)
        time.sleep(60)
    """
    path = script(tmp_path, code)
    ends = []
    for command in ([sys.executable, "-m", "glassboard", "run", str(path)], [sys.executable, str(path)]):
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A test run in the background of a shell ignores interrupts, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as process:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGINT)
            ends.append((process.wait(), process.stderr.read().splitlines()[-1]))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_processes_of_multiprocessing_use_ours_too(tmp_path, method):
    if method != "spawn" and not hasattr(os, "fork"):
        pytest.skip("processes fork on Unix")
    code = f"""
        import multiprocessing, sys
        from tensorboardX import SummaryWriter

        def work(folder, child):
            assert SummaryWriter.__module__ == "glassboard.tensorboardX"
            writer = SummaryWriter(folder)
            writer.add_scalar("child", child, child)

        if __name__ == "__main__":
            context = multiprocessing.get_context({method!r})
            children = [context.Process(target=work, args=(sys.argv[1], child)) for child in range(2)]
            for child in children: child.start()
            for child in children: child.join()
            sys.exit(any(child.exitcode for child in children))
    """
    logs = tmp_path / "logs"
    done = run(script(tmp_path, code), logs)
    assert done.returncode == 0, done.stderr
    found = []
    for path in logs.glob("*tfevents*"):
        _, event = glassboard.summary_iterator(path)
        found.append(event.step)
    assert sorted(found) == [0, 1]


def test_programs_started_by_the_script_use_ours_too(tmp_path):
    script(tmp_path, "print('my sitecustomize')", "site/sitecustomize.py")
    child = script(tmp_path, LOG, "child.py")
    code = f"""
        import subprocess, sys
        sys.exit(subprocess.run([sys.executable, {str(child)!r}]).returncode)
    """
    paths = os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")])
    done = run(script(tmp_path, code), env={**os.environ, "PYTHONPATH": paths})
    assert done.returncode == 0, done.stderr
    # Once in the script's process, and once in the child.
    assert done.stdout == "my sitecustomize\n" * 2
