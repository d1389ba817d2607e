"""Runs the Colab notebook cell by cell: for its test, small; as a program, as it stands, its outputs kept in it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.helpers import EXAMPLES, toy

NOTEBOOK = EXAMPLES / "colab_quickstart.ipynb"
_LARGEST = 150_000  # characters of one output that is kept: a report has megabytes
_PACKAGES = "/usr/local/lib/python3.12/dist-packages"  # of Colab


def tagged(notebook: Any, tag: str) -> Any:
    """The cell with a tag."""
    (cell,) = (cell for cell in notebook.cells if tag in cell.metadata.get("tags", ()))
    return cell


def run(
    notebook: Any, folder: Path, settings: Mapping[str, object], say: Callable[[str], object] = lambda line: None
) -> None:
    """Execute every cell but the installing one, in order, in a kernel of this interpreter.

    Args:
        notebook: gets the outputs.
        folder: working directory.
        settings: values that stand in for those of the cell with the settings.
        say: told of each cell, as it begins.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails.
    """
    # as on Colab: of a checkout in the folder
    code = folder / "phonology" / "code"
    shutil.copytree(EXAMPLES / "korean_nasalization", code / EXAMPLES.name / "korean_nasalization", dirs_exist_ok=True)
    settings = {"CODE": str(code), **settings}
    given = "\n".join(f"{name} = {value!r}" for name, value in settings.items())
    skipped, parameters = tagged(notebook, "install"), tagged(notebook, "parameters")
    sources = {id(cell): cell.source for cell in (skipped, parameters)}
    skipped.source, parameters.source = "", f"{parameters.source}\n{given}"
    environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONWARNINGS": "ignore"}
    client = NotebookClient(
        notebook,
        timeout=3600,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        on_cell_execute=lambda cell, cell_index: say(f"cell {cell_index + 1}"),
    )
    try:
        client.execute(env={**os.environ, **environment})
    finally:
        for cell in (skipped, parameters):
            cell.source = sources[id(cell)]


def tidied(notebook: Any, folder: Path) -> Any:
    """The notebook with outputs as on Colab: no path of this machine, nothing larger than `_LARGEST`."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
        for output in cell.get("outputs", ()):
            if "text" in output:
                output.text = _as_on_colab(output.text, folder)
            data = output.get("data", {})
            if "text/html" in data and len(data["text/html"]) > _LARGEST:
                data["text/html"] = "<em>Here the report appears; of some megabytes, it is left out of this file.</em>"
            for kind in [kind for kind, content in data.items() if len(content) > _LARGEST]:
                del data[kind]
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def _as_on_colab(text: str, folder: Path) -> str:
    places = {folder.resolve(): "/content", toy.USER_DIR: f"{_PACKAGES}/{toy.USER_DIR.name}"}
    for here, there in places.items():
        text = text.replace(str(here), there)
    return text


def _joined(outputs: list[Any]) -> list[Any]:
    """What was printed in one piece: it comes as the pipe lets it through."""
    joined: list[Any] = []
    for output in outputs:
        before = joined[-1] if joined else {}
        if "text" in output and before.get("name") == output.name:
            before.text += output.text
        else:
            joined.append(output)
    return joined


def main() -> None:
    """Run the notebook with its own settings, and write it back with its outputs."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        run(notebook, Path(folder), {}, print)
        text = nbformat.writes(tidied(notebook, Path(folder)), indent=1, ensure_ascii=False)
    NOTEBOOK.write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"{NOTEBOOK.name}: {NOTEBOOK.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
