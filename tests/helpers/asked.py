"""A model set by hand is asked what it attends to and what it uses: with the real fairseq-generate, in this process."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairseq_phonology.analysis.contrasts.analyze import analyze
from fairseq_phonology.analysis.contrasts.study import Study
from fairseq_phonology.analysis.contrasts.tables import summary
from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.analysis.interventions.effects import Causal
from fairseq_phonology.analysis.interventions.run import Interventions, Question, Running, interventions_in
from fairseq_phonology.attention.dump.reader import AttentionDump
from fairseq_phonology.commands import main
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import Item, write_stimuli
from tests.helpers import toy


def run(*words: object) -> str:
    """One verb of ours; returns what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = main([str(word) for word in words])
    assert status == 0, said.getvalue()[-2000:]
    return said.getvalue()


@dataclass(frozen=True)
class Experiment:
    """A grammar, a list of stimuli, and binarized data with every segment; the stimuli are its test list.

    Attributes:
        root: folder of all that; ``root / "data"`` is that of ``prepare``.
        process: what is asked about.
        items: of the list.
    """

    root: Path
    process: str
    items: Sequence[Item]

    @classmethod
    def made(cls, root: Path, grammar: str, process: str, items: Sequence[Item]) -> Experiment:
        (root / "toy.toml").write_text(grammar, encoding="utf-8")
        every = "".join(f"a {s} a\ta {s} a\n" for s in Grammar.load(root / "toy.toml").inventory)
        (root / "every.tsv").write_text("ur\tsr\n" + every, encoding="utf-8")
        write_stimuli(root / "stimuli.tsv", items)
        lists = ["--train", root / "every.tsv", "--valid", root / "every.tsv", "--test", root / "stimuli.tsv"]
        run("prepare", *lists, "--dest", root / "data")
        return cls(root, process, items)

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def grammar(self) -> Grammar:
        return Grammar.load(self.root / "toy.toml")

    def dump(self, checkpoint: Path) -> AttentionDump:
        """Of free greedy generation by fairseq-generate; every word must be right."""
        from fairseq import options
        from fairseq_cli import generate

        folder = self.root / f"{checkpoint.stem}-attention"
        words = [self.data / "bin", "--task", "phonology", *toy.QUIET, "--path", checkpoint, "--gen-subset", "test"]
        words += ["--beam", "1", "--scoring", "exact_match", "--save-attention", folder]
        words += ["--attention-kinds", "cross,encoder,decoder"]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            parser = options.get_generation_parser()
            generate.main(options.parse_args_and_arch(parser, [str(word) for word in words]))
        right = f"exact match = 100.00 % ({len(self.items)}/{len(self.items)})"
        assert right in said.getvalue(), said.getvalue()[-300:]
        return AttentionDump(folder)

    def asked(self, checkpoint: Path) -> Answers:
        """What the verbs would find, without their tables, figures and pages."""
        dump = self.dump(checkpoint)
        study = analyze(dump, self.grammar, self.process, self.items)
        found = interventions_in(
            checkpoint, Question(self.grammar, self.process, self.items), Running(self.data / "bin", cpu=True)
        )
        use = analyze_interventions(found, self.process, attention=summary(study))
        return Answers(study, found, use)

    def verb(self, name: str, what: Path, out: Path, *more: object) -> dict[str, Any]:
        """``summary.json`` of a verb, in the folder ``out``."""
        words = ["--grammar", self.root / "toy.toml", "--process", self.process]
        said = run(name, what, *words, "--stimuli", self.root / "stimuli.tsv", "--out", out, *more)
        found = json.loads((out / "summary.json").read_text(encoding="utf-8"))
        assert found["verdict"]["sentence"] in said
        return found


@dataclass(frozen=True)
class Answers:
    """What one model attends to, what was done to it, and what it uses."""

    study: Study
    interventions: Interventions
    use: Causal

    @property
    def claimed(self) -> list[tuple[str, int, int]]:
        """Kind, layer and head of those that attend to the trigger."""
        family = self.study.primary
        heads = [head for head, claim in zip(family.heads, family.claim, strict=True) if claim]
        return [(head.kind, head.layer, head.head) for head in heads]

    @property
    def used(self) -> list[tuple[str, int, int]]:
        """Kind, layer and head of those by which alone the trigger is used."""
        families = [family for family in self.use.families if family.name.startswith("heads of")]
        pairs = [pair for family in families for pair in zip(family.which, family.uses, strict=True)]
        return [(one.measure, one.layer, one.head) for one, uses in pairs if uses]

    def log_odds(self, measure: str, place: str = "trigger", method: str = "knock-out") -> float:
        """Their mean in TR after an intervention in all heads, or with the trigger replaced."""
        own = [event.item.cell == "TR" for event in self.interventions.events]
        method = "input" if measure.startswith("minimal-pair") else method
        return float(self.interventions.log_odds[own, self.interventions.number(measure, place, method=method)].mean())
