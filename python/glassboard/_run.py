"""`python -m glassboard run`: a script as Python runs it, with the modules of other writers resolved to ours."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import io
import os
import sys
from types import CodeType, ModuleType, TracebackType

from glassboard import _dropin

_USAGE = """\
usage: python -m glassboard run SCRIPT [ARGUMENT ...]
       python -m glassboard run -m MODULE [ARGUMENT ...]

Runs a Python script, or a module, with torch.utils.tensorboard and tensorboardX resolved to Glassboard,
also in the processes that it starts.
"""


def main(arguments: list[str]) -> int:
    """Run a script or module with its arguments.

    Parameters
    ----------
    arguments : list of str
        What stands behind `run` on the command line.

    Returns
    -------
    int
        The exit code. A script that ends by `sys.exit` ends this process in the same way.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_USAGE, end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    _dropin.install()
    _dropin.install_for_children()
    is_module = arguments[0] == "-m"
    if is_module and len(arguments) < 2:
        print(_USAGE, end="", file=sys.stderr)
        return 2
    try:
        if is_module:
            module, code = _module(arguments[1])
            sys.argv = [module.__file__ or "", *arguments[2:]]
        else:
            module, code = _script(arguments[0])
            sys.argv = list(arguments)
    except (OSError, ImportError) as error:
        print(f"{sys.executable}: {error}", file=sys.stderr)
        return 2 if isinstance(error, OSError) else 1
    # Under its own name, so that pickle, multiprocessing and the script itself find what it defines.
    sys.modules["__main__"] = module
    try:
        exec(code, module.__dict__)
    except SystemExit:
        raise
    except KeyboardInterrupt:
        # Python ends with the signal's own exit code when it gets it; it must only not show us.
        sys.excepthook = _without_us(sys.excepthook)
        raise
    except BaseException as error:
        _without_us(sys.excepthook)(type(error), error, error.__traceback__)
        return 1
    return 0


def _script(path: str) -> tuple[ModuleType, CodeType]:
    """The module and code of a file, or of a folder or archive that holds a `__main__.py`."""
    if os.path.isdir(path) or path.endswith((".zip", ".pyz")):
        sys.path[0] = path
        spec = importlib.machinery.PathFinder.find_spec("__main__", [path])
        if spec is None:
            raise ImportError(f"can't find '__main__' module in {path!r}")
        return _of_spec(spec)
    with io.open_code(path) as file:
        source = file.read()
    module = ModuleType("__main__")
    module.__file__ = path
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    module.__builtins__ = sys.modules["builtins"]
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    try:
        return module, compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        sys.excepthook(type(error), error.with_traceback(None), None)
        raise SystemExit(1) from None


def _module(name: str) -> tuple[ModuleType, CodeType]:
    """The module and code of `-m`."""
    sys.path[0] = os.getcwd()
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = importlib.util.find_spec(f"{name}.__main__")
    if spec is None:
        raise ImportError(f"No module named {name}")
    return _of_spec(spec)


def _of_spec(spec: importlib.machinery.ModuleSpec) -> tuple[ModuleType, CodeType]:
    code = spec.loader.get_code(spec.name) if hasattr(spec.loader, "get_code") else None
    if code is None:
        raise ImportError(f"no code object available for {spec.name}")
    module = ModuleType("__main__")
    module.__file__ = spec.origin
    module.__spec__ = spec
    module.__package__ = spec.parent
    module.__loader__ = spec.loader
    module.__builtins__ = sys.modules["builtins"]
    return module, code


def _without_us(hook):
    """A hook for uncaught exceptions that is not shown the frames before the script's."""

    def shown(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        script = trace
        while script is not None and script.tb_frame.f_code.co_filename != __file__:
            script = script.tb_next
        script = script.tb_next if script is not None else trace
        hook(kind, error.with_traceback(script), script)

    return shown
