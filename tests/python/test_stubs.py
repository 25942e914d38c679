"""``glassboard/_core.pyi`` says of the compiled module what is true, and all of it."""

import ast
import inspect
from pathlib import Path

import glassboard
from glassboard import _core

STUB = Path(glassboard.__file__).with_name("_core.pyi")


def declared(body):
    """Name and node of each definition."""
    names = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names[node.name] = node
        elif isinstance(node, ast.AnnAssign):
            names[node.target.id] = node
    return names


def check_signature(name, node, function):
    """Names, kinds and defaults of the parameters."""
    signature = inspect.signature(function)
    theirs = [
        (parameter.name, parameter.kind is parameter.KEYWORD_ONLY, parameter.default is not parameter.empty)
        for parameter in signature.parameters.values()
    ]
    arguments = node.args
    missing = len(arguments.args) - len(arguments.defaults)
    ours = [(argument.arg, False, place >= missing) for place, argument in enumerate(arguments.args)]
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ours += [(argument.arg, True, default is not None) for argument, default in pairs]
    assert ours == theirs, name


def test_the_stub_is_the_module():
    stub = declared(ast.parse(STUB.read_text()).body)
    module = {name for name in dir(_core) if not name.startswith("__")} | {"__version__"}
    assert set(stub) == module
    for name, node in stub.items():
        value = getattr(_core, name)
        if isinstance(node, ast.FunctionDef):
            check_signature(name, node, value)
        elif isinstance(node, ast.ClassDef):
            check_class(name, node, value)


def check_class(name, node, value):
    assert inspect.isclass(value), name
    members = {member for member in vars(value) if not member.startswith("_")}
    described = {member: of for member, of in declared(node.body).items() if not member.startswith("_")}
    assert set(described) == members, name
    bases = [base.id for base in node.bases]
    assert bases == [base.__name__ for base in value.__bases__ if base is not object], name
    for member, of in described.items():
        is_property = inspect.isgetsetdescriptor(vars(value)[member])
        assert is_property == any(getattr(mark, "id", "") == "property" for mark in of.decorator_list), member
        if not is_property:
            check_signature(f"{name}.{member}", of, vars(value)[member])


#: Names that are of use with PyTorch only, and tested beside it (tests/peers).
OF_TORCH = {"summary", "torchinfo"}


def test_everything_public_is_there_and_documented():
    assert set(glassboard.__all__) >= OF_TORCH
    for name in set(glassboard.__all__) - OF_TORCH:
        value = getattr(glassboard, name)
        assert name.startswith("__") or value.__doc__, name
        assert name in dir(glassboard)
    assert STUB.with_name("py.typed").exists()
