"""A user-dir: one more file after each validation, and one more figure in the report. It needs no task of its own.

fairseq-train data/bin --user-dir user_dir_examples/own_report --task phonology --callbacks errors-by-process ...
fairseq-phonology analyze dump --user-dir user_dir_examples/own_report ...
"""

import collections
import csv
from pathlib import Path

import fairseq_phonology as fp


@fp.register_callback("errors-by-process")
class ErrorsByProcess(fp.ValidationCallback):
    """``<save-dir>/errors/<subset>_at_<updates>.csv``: of the words in which each process applies, how many are wrong,
    and the first five of them."""

    needs_predictions = True  # else result.predictions is None

    def __init__(self, cfg):
        if not cfg.grammar:
            raise fp.InputError("--callbacks errors-by-process needs --grammar")
        self.folder = Path(cfg.save_dir) / "errors"
        self.grammar = fp.Grammar.load(cfg.grammar)

    def on_validation(self, result):
        words = collections.defaultdict(list)
        for word in result.predictions:
            for process in self._processes(word.underlying.split()) or ["(none)"]:
                words[process].append(word)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{result.subset}_at_{result.updates}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["process", "words", "wrong", "examples"])
            for process, these in sorted(words.items()):
                wrong = [f"/{w.underlying}/ [{w.hypothesis}] for [{w.reference}]" for w in these if not w.correct]
                rows.writerow([process, len(these), len(wrong), "; ".join(wrong[:5])])

    def _processes(self, ur):
        try:
            return self.grammar.derive(ur).processes
        except fp.InputError:  # segments that the grammar does not have
            return ["(outside the grammar)"]


@fp.register_figure("by-length")
def by_length(study):
    """Mass on the trigger by length of the word, for the head that responds most: does it look as far in long words?"""
    from matplotlib.figure import Figure

    family = study.primary
    if family is None:
        return None  # a plain word list: nothing is claimed of any head
    head = family.heads[family.best]
    mass = study.events.view(head.kind, head.query).mass[:, head.layer - 1, head.head - 1]
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for event, own in zip(study.events.events, mass.tolist(), strict=True):
        if event.included:
            found[event.item.cell][len(event.item.ur)].append(own)
    figure = Figure(figsize=(4.5, 2.6), layout="constrained")
    axes = figure.subplots()
    for cell, lengths in sorted(found.items(), reverse=True):
        x = sorted(lengths)
        axes.plot(x, [sum(lengths[n]) / len(lengths[n]) for n in x], marker="o", label=cell)
    axes.set(xlabel="segments in the word", ylabel=f"mass on the trigger, head {head}", ylim=(-0.03, 1.03))
    axes.legend(frameon=False)
    counts = sorted({n for lengths in found.values() for n in lengths})
    return fp.ReportFigure(
        figure,
        title=f"Head {head} by length of the word.",
        text=f"Mean mass on the trigger in words of {counts[0]} to {counts[-1]} segments, in each cell.",
        alt=f"Lines of mean mass on the trigger against length, {counts[0]} to {counts[-1]} segments, for each cell.",
    )
