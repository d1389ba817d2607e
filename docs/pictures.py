"""The pictures of the site, from a finished `make demo`: ``python docs/pictures.py demo``;
with those of the English example, ``python docs/pictures.py demo demo/people``. Those of docs/guide/errors.md
are made where the folders of its commands lie in the working directory.

Each is what a command of fairseq_phonology drew, with fewer colors, so that the pages stay small; pages are
photographed by Chromium.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

PICTURES = {
    "window": "stimuli/designed/model/1/analysis/figures/window.png",
    "effect-map": "stimuli/designed/model/1/analysis/figures/effect-map.png",
    "segments": "stimuli/designed/model/1/analysis/figures/segments.png",
    "units": "stimuli/designed/model/1/analysis/figures/units.png",
    "routes": "stimuli/designed/model/1/analysis/figures/routes.png",
    "attention-and-effect": "stimuli/designed/model/1/analysis/figures/attention-and-effect.png",
    "curves": "models/model/1/curves.png",
    "heatmap": "lists/attested/model/1/heatmap-거짓말.png",
}
PAGES = {"report": "stimuli/designed/model/1/analysis/report.html", "study": "index.html"}
OF_PEOPLE = {  # in the folder of the reproduction in user_dir_examples/english_past_tense
    "people": "people/centered/model/figures/people.png",
    "people-correlations": "people/centered/model/figures/people-correlations.png",
}
OF_ERRORS = {  # in the folders that docs/guide/errors.md makes
    "errors-processes": "errors/figures/processes.png",
    "errors-confusions": "english-errors/figures/confusions.png",
}
WIDEST = 1500  # pixels


def main(demo: Path, people: Path | None = None) -> None:
    folder = Path(__file__).resolve().parent / "pictures"
    for name, source in PICTURES.items():
        _save(demo / source, folder / f"{name}.png")
    for name, source in OF_PEOPLE.items() if people else ():
        _save(people / source, folder / f"{name}.png")
    for name, source in OF_ERRORS.items():
        if Path(source).is_file():
            _save(Path(source), folder / f"{name}.png")
    with tempfile.TemporaryDirectory() as work:
        for name, page in PAGES.items():
            _photograph(demo / page, Path(work) / f"{name}.png")
            _save(Path(work) / f"{name}.png", folder / f"{name}.png")


def _save(source: Path, dest: Path) -> None:
    picture = Image.open(source).convert("RGB")
    if picture.width > WIDEST:
        picture = picture.resize((WIDEST, round(picture.height * WIDEST / picture.width)), Image.Resampling.LANCZOS)
    picture.quantize(128).save(dest, optimize=True)


def _photograph(page: Path, dest: Path) -> None:
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,1290"]
    command = ["chromium", *options, f"--screenshot={dest}", page.resolve().as_uri()]
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
