"""A study to be reported, and what a page says."""

import html
import re

from fairseq_phonology.analysis.contrasts.study import Verdict
from fairseq_phonology.analysis.contrasts.tables import summary
from fairseq_phonology.analysis.figures import Caption, Picture
from fairseq_phonology.analysis.interventions.analyze import analyze_interventions, with_attention
from fairseq_phonology.analysis.provenance import OfGrammar, Provenance
from tests.helpers import example_study
from tests.helpers.intervened import CROSS, intervened

SHA = "ec8f48a9ca9af35e76c8e105d43e61b1"

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><circle id="a" cx="40" cy="30" r="20"/></svg>'
PROVENANCE = Provenance(
    "attention",
    OfGrammar("korean.toml", "Sohn 1999 & others", rules=("[-son, -cont] -> [+nas] / _ [+nas]",)),
    manifest={
        "checkpoint_sha256": SHA,
        "model": {
            "architecture": "transformer_phonology_tiny",
            "layers": {"cross": 3, "encoder": 3},
            "parameters": 1003648,
        },
        "beam": 5,
        "words_written": 240,
    },
    dump="stimuli-attention",
    options={"seed": 7},
    exclusions=("/l/ before nasals left out: it would assimilate.",),
    exact_match=(238, 240),
    versions={"numpy": "2.4.6"},
)


def attending():
    """A study with a claim, whose verdict has a script in its words: nothing of a study is trusted to be HTML."""
    study = example_study.grid_study()
    study.verdict = Verdict(
        "attends", "Head 3.2 attends to <script>alert(1)</script> the trigger.", (9,), ("One seed.",)
    )
    study.provenance = PROVENANCE
    return study


def pictures(folder, *names):
    """Figures of these names in a folder, at their places."""
    for name in names:
        (folder / f"{name}.svg").write_text(SVG, encoding="utf-8")
    places = dict.fromkeys(("routes", "heads-map", "attention-and-effect"), "interventions")
    captions = {name: Caption(f"{name} as title.", "How to read it.", f"{name} as words.") for name in names}
    return {n: Picture(folder / f"{n}.svg", captions[n], places.get(n, "attention")) for n in names}


def words_of(text):
    """What a reader sees, in one line."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def intervened_on(study, shares=None, **how):
    """Interventions on the model of a study, judged beside its attention: 72 words, log-odds 5, 10 taken away."""
    found = intervened(CROSS if shares is None else shares, **{"noise": 0, **how})
    causal = analyze_interventions(found, study.process, study.language)
    causal.provenance = Provenance("interventions", checkpoint_sha256=SHA, items="stimuli.tsv", options={"seed": 1})
    return with_attention(causal, summary(study))
