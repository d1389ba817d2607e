"""What the golden test runs: designs with planted effects through `analyze`, interventions, dynamics and `power`.

Nothing is trained, and no model is run: dumps are planted, interventions and a followed run are given. Every case
writes the files that a user gets into a folder; `recorded` is what of them is compared.
"""

from __future__ import annotations

import csv
import dataclasses
import gzip
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from fairseq_phonology.analysis.dynamics.tables import write_all_heads, write_dynamics, write_dynamics_summary
from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.analysis.interventions.tables import write_causal_summary, write_effects, write_interventions
from fairseq_phonology.analysis.models.interventions import compare_interventions
from fairseq_phonology.analysis.models.tables import write_models, write_models_summary
from fairseq_phonology.commands import main
from fairseq_phonology.stimuli.items import Item, write_stimuli
from tests.helpers import followed
from tests.helpers.designed import crossed
from tests.helpers.intervened import intervened, words
from tests.helpers.planted import Effect, crossed_items, planted_dump
from tests.helpers.toy_grammar import PROGRESSIVE, REGRESSIVE, toy_grammar

EXPECTED = Path(__file__).with_name("expected")
FILES = (
    *("heads.csv", "words.csv", "regions.csv", "window.csv", "effects.csv", "interventions.csv.gz", "models.csv"),
    *("dynamics.csv", "power.csv", "summary.json"),
)
# tables that another case has, too
LEFT_OUT = {
    "attention_progressive": ("words.csv", "window.csv", "regions.csv"),
    "attention_words": ("words.csv", "window.csv", "regions.csv"),
    "attention_plain": ("words.csv", "window.csv"),
    "interventions_crossed": ("interventions.csv.gz",),
}
# columns of sentences, which may be reworded
SENTENCES = ("unmet", "reason_withheld")
PROCESS = "nasalization"
KINDS = ("cross", "encoder", "decoder")
EFFECTS = (
    *(Effect("response", 3.0, 1, 1), Effect("inspection", 2.0, 1, 2), Effect("salience", 2.0, 2, 1)),
    *(Effect("offset", 3.0, 2, 2), Effect("response", 1.0, 1, 2, "encoder"), Effect("salience", 1.0, 1, 1, "decoder")),
)
SHARES = {"cross": 0.85, "encoder": 0.1, "cross+encoder": 0.97, "total": 1.0}
PREFIX = SHARES | {"decoder": 0.05, "cross+decoder": 0.9, "total+decoder": 1.0}
HEADS = {("cross", 1, None): 0.3, ("cross", 2, None): 0.6, ("cross", 1, 1): 0.25, ("cross", 2, 1): 0.5}


def run_analyze(folder: Path, dumps: list[str], *more: object, stimuli: bool = True) -> None:
    """The verb over dumps in ``folder``, into ``folder / "out"``."""
    listed = ["--stimuli", folder / "stimuli.tsv"] if stimuli else []
    options = ["--grammar", folder / "toy.toml", "--process", PROCESS, *listed]
    run("analyze", *(folder / name for name in dumps), *options, *more, "--out", folder / "out")


def run(*arguments: object) -> None:
    with redirect_stdout(io.StringIO()) as said:
        status = main([str(one) for one in arguments])
    assert status == 0, said.getvalue()[-2000:]


def design(folder: Path, items: list[Item], rules: str = REGRESSIVE) -> list[Item]:
    """Write grammar and list."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "toy.toml").write_text(toy_grammar(rules), encoding="utf-8")
    write_stimuli(folder / "stimuli.tsv", items)
    return items


def attention_crossed(folder: Path) -> Path:
    """Every kind of attention and norms of a regressive process, some words wrong; beside it an untrained model."""
    items = design(folder, crossed_items(stems=6, suffixes=4))
    wrong = {item.id: item.ur[:3] + item.ur[4:] for item in items if item.cell == "TR" and item.stem.endswith("T1")}
    norms = {"m": 2.0, "s": 0.5, "EOS": 0.1}
    planted_dump(folder / "dump", items, 2, 2, EFFECTS, 1, KINDS, surfaces=wrong, lengths=norms).close()
    planted_dump(folder / "gold", items, 2, 2, EFFECTS, 2, KINDS, forced=True).close()
    untrained = {"forced": True, "checkpoint_sha256": "b" * 64}
    planted_dump(folder / "fresh", items, 2, 2, (), 3, KINDS, **untrained).close()
    run_analyze(folder, ["dump"], "--baseline", folder / "fresh", "--forced", folder / "gold")
    return folder / "out"


def attention_progressive(folder: Path) -> Path:
    """A progressive process."""
    items = design(folder, crossed_items(stems=20, suffixes=8, progressive=True), PROGRESSIVE)
    planted_dump(folder / "dump", items, 1, 2, EFFECTS[:2], 4).close()
    run_analyze(folder, ["dump"])
    return folder / "out"


def attention_words(folder: Path) -> Path:
    """Real words, each with its own 2 x 2; in some of them another process makes the site."""
    grid = {(item.stem, item.suffix): item for item in crossed_items(stems=14, suffixes=14)}
    by_class = [list(dict.fromkeys(key[n] for key in grid)) for n in (0, 1)]
    t, c, r, n = (
        [name for name in by_class[place] if f"-{letter}" in name]
        for place, letter in ((0, "T"), (0, "C"), (1, "R"), (1, "N"))
    )
    items = []
    for k in range(14):
        fed = ("neutralization",) if k >= 8 else ()
        for stem, suffix in ((t[k], r[k]), (t[k], n[k]), (c[k], r[k]), (c[k], n[k])):
            one = grid[stem, suffix]
            items.append(dataclasses.replace(one, stem=f"word{k}", suffix="", fed_by=fed if one.cell == "TR" else ()))
    planted_dump(folder / "dump", design(folder, items), 2, 2, EFFECTS, 5).close()
    run_analyze(folder, ["dump"])
    return folder / "out"


def attention_plain(folder: Path) -> Path:
    """No list: every word that undergoes the process, described."""
    items = design(folder, crossed_items(stems=4, suffixes=4))
    planted_dump(folder / "dump", items, 2, 2, EFFECTS, 6).close()
    run_analyze(folder, ["dump"], stimuli=False)
    return folder / "out"


def attention_models(folder: Path) -> Path:
    """Six models over the same words, one of them without an effect."""
    items = design(folder, crossed_items(stems=8, suffixes=8))
    names = []
    for n in range(1, 7):
        effects = [Effect("response", 3.0, 1, 1 + n % 2), Effect("salience", 1.0, 1, 2)] if n < 6 else []
        checkpoint = {"checkpoint_sha256": f"{n:064x}"}
        planted_dump(folder / str(n), items, 1, 2, effects, 10 + n, **checkpoint).close()
        names.append(str(n))
    run_analyze(folder, names)
    return folder / "out"


def interventions_crossed(folder: Path) -> Path:
    """A crossed design, some words wrong."""
    events = crossed(t=11, c=10, r=8, n=8, failed={("T1", "R2"), ("T1", "N1")})
    return interventions(folder, intervened(SHARES, events, heads=HEADS, noise=0.5, others={"encoder": 0.08}))


def interventions_prefix(folder: Path) -> Path:
    """A progressive process, which the decoder's own prefix may tell, too."""
    events = crossed(t=5, c=4, r=5, n=4, progressive=True)
    return interventions(folder, intervened(PREFIX, events, noise=0.5, prefix=True, seed=2))


def interventions_words(folder: Path) -> Path:
    """Real words."""
    return interventions(folder, words(SHARES, 9, heads=HEADS, noise=0.5, seed=3))


def interventions(folder: Path, found: Any) -> Path:
    study = analyze_interventions(found, PROCESS, "Toy")
    folder.mkdir(parents=True)
    write_interventions(found, folder / "interventions.csv.gz")
    write_effects(study, folder / "effects.csv")
    write_causal_summary(study, folder / "summary.json")
    return folder


def interventions_models(folder: Path) -> Path:
    """Six models, of which one goes by the encoder."""
    pairs = {}
    for seed in range(1, 7):
        shares = SHARES if seed < 6 else SHARES | {"cross": 0.1, "encoder": 0.8}
        heads = {("cross", 1, head): 0.5 if head == 1 + seed % 3 else 0.05 for head in (1, 2, 3)}
        found = intervened(shares, crossed(t=8, c=8, r=8, n=8), heads=heads, noise=0.5, seed=seed)
        pairs[f"seed{seed}"] = (found, analyze_interventions(found, PROCESS, "Toy"))
    over_all = compare_interventions(pairs)
    folder.mkdir(parents=True)
    write_models(over_all, folder / "models.csv")
    write_models_summary(over_all, folder / "summary.json")
    return folder


def dynamics(folder: Path) -> Path:
    """A run of five epochs."""
    folder.mkdir(parents=True)
    write_dynamics(followed.run(), folder / "dynamics.csv")
    write_all_heads(followed.run(), folder / "heads.csv")
    write_dynamics_summary(followed.run(), folder / "summary.json")
    return folder


def power(folder: Path) -> Path:
    """A crossed design, few simulations."""
    folder.mkdir(parents=True)
    few = ["--simulations", 100, "--heads", 4]
    run("power", "--stems", "8", "--suffixes", "6,8", "--effects", ".5,4", *few, "--out", folder / "power.csv")
    return folder


CASES: dict[str, Callable[[Path], Path]] = {
    each.__name__: each
    for each in (
        *(attention_crossed, attention_progressive, attention_words, attention_plain, attention_models),
        *(interventions_crossed, interventions_prefix, interventions_words, interventions_models, dynamics, power),
    )
}


@contextmanager
def undrawn() -> Iterator[None]:
    """No figures of single models: they take seconds, and no number is made there."""
    import fairseq_phonology.analysis.figures as figures

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "save_figures", lambda *_: {}, raising=False)
        yield


def recorded(case: str, folder: Path) -> dict[str, list[str]]:
    """The lines of every file of a case: tables without the columns of sentences, of ``summary.json`` the numbers."""
    with undrawn():
        out = CASES[case](folder)
    asked = [name for name in FILES if name not in LEFT_OUT.get(case, ())]
    files = {name: out / name for name in asked if (out / name).is_file()}
    assert files, f"{case} wrote none of {', '.join(FILES)}"
    return {
        name.removesuffix(".gz"): numbers_of(path) if path.suffix == ".json" else lines_of(path)
        for name, path in files.items()
    }


def lines_of(path: Path) -> list[str]:
    """Of a CSV."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    kept = [n for n, column in enumerate(rows[0]) if column not in SENTENCES]
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows([row[n] for n in kept] for row in rows)
    return made.getvalue().splitlines()


def numbers_of(path: Path) -> list[str]:
    """Where in a JSON file which number, boolean or null stands; a number as it is written."""

    def walk(value: Any, place: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, one in value.items():
                if key != "versions":
                    yield from walk(one, f"{place}.{key}" if place else key)
        elif isinstance(value, list):
            for number, one in enumerate(value):
                yield from walk(one, f"{place}[{number}]")
        elif isinstance(value, Written):
            yield f"{place}: {value}"
        elif not isinstance(value, str):
            yield f"{place}: {json.dumps(value)}"

    as_written = dict.fromkeys(("parse_float", "parse_int", "parse_constant"), Written)
    return list(walk(json.loads(path.read_text(encoding="utf-8"), **as_written), ""))


class Written(str):
    """A number of a JSON file, digit by digit."""
