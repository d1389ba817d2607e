"""What a user-dir adds by name: taken names, unknown names, and how a user-dir is imported."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.registry import Registry, load_user_dir


@pytest.fixture
def callbacks():
    registry = Registry("callback", "register_callback", ours=("history",))

    @registry.register("errors")
    class Errors:
        pass

    return registry


def test_what_was_put_in_is_found(callbacks):
    assert callbacks.find("errors").__name__ == "Errors"
    assert callbacks.names == ("errors",)


def test_an_unknown_name_lists_the_known_ones_and_how_to_add_one(callbacks):
    with pytest.raises(InputError) as said:
        callbacks.find("erors")
    assert str(said.value) == (
        "no callback is called 'erors'; known: errors; a module in --user-dir adds one with @register_callback"
    )
    with pytest.raises(InputError, match="known: none"):
        Registry("figure", "register_figure").find("x")


@pytest.mark.parametrize("name", ["", "Errors", "a b", "-a", "a/b", "../a", 3])
def test_names_that_files_and_options_could_not_have(callbacks, name):
    with pytest.raises(InputError, match="allowed: small letters, digits and inner hyphens"):
        callbacks.register(name)


def test_names_that_are_taken(callbacks):
    with pytest.raises(InputError, match="'history' is a callback of fairseq_phonology; its own: history"):
        callbacks.register("history")
    with pytest.raises(InputError, match=r"the callback 'errors' is registered twice: by .*Errors and by .*Other"):

        @callbacks.register("errors")
        class Other:
            pass


def test_a_cell_that_runs_twice_takes_its_own_place(callbacks):
    def errors():
        return 1

    first, second = errors, type(errors)(errors.__code__, {"__name__": errors.__module__}, "errors")
    second.__qualname__ = first.__qualname__
    callbacks.register("again")(first)
    callbacks.register("again")(second)
    assert callbacks.find("again") is second


def test_a_user_dir_is_imported_once(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "lab_of_this_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("import builtins\nbuiltins.imports = getattr(builtins, 'imports', 0) + 1\n")
    load_user_dir(folder)
    load_user_dir(f"{folder}/")
    import builtins

    assert builtins.imports == 1
    del builtins.imports


def test_user_dirs_that_cannot_be(tmp_path):
    with pytest.raises(InputError, match=r"none: is not a user-dir: it has no __init__.py"):
        load_user_dir(tmp_path / "none")
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "__init__.py").write_text("")
    with pytest.raises(InputError, match="there is another module called json; rename the folder"):
        load_user_dir(tmp_path / "json")
