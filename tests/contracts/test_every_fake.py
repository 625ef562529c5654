"""Every method of every fake has a contract test."""

import ast
from pathlib import Path

SERVICES = Path(__file__).parents[2] / "services"
CONTRACTS = Path(__file__).parent


def faked_methods():
    """Yields the fakes in the tests of services, each as its file, its class and a method."""
    for file in [SERVICES / "kit" / "testing.py", *SERVICES.glob("*/tests/*.py")]:
        if file.parts[-3:-1] == ("kit", "tests"):  # Tests of the kit serve methods that they make up.
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Servicer") for base in node.bases):
                methods = (each.name for each in node.body if isinstance(each, ast.AsyncFunctionDef))
                yield from ((file, node.name, name) for name in methods if name[0].isupper())


def test_every_method_of_a_fake_is_called_by_a_contract_test():
    called = "".join(file.read_text() for file in CONTRACTS.glob("test_*.py"))
    fakes = list(faked_methods())

    assert len(fakes) > 20
    assert [] == [fake for fake in fakes if f".{fake[2]}(" not in called]
