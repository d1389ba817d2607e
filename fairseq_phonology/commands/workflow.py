"""What ``fairseq-phonology`` shows without a verb: the way from word lists to a report, each step with its command."""

from __future__ import annotations

from .closing import BOLD, DIM, paint

# a line is what lies on disk, then the command that makes it or looks at it; paths are examples
_WAY = """\
grammar.toml           inventory, syllables, processes, controls
  │                      {nonce} grammar.toml --n 10000 --out pairs.tsv
  ▼
pairs.tsv              id, ur, sr; or begin here, with pairs of your own
  │                      {prepare} pairs.tsv --split .9,.1 --dest data
  ▼
data/bin
  │                      fairseq-train data/bin --user-dir "$({user-dir})" ...
  ▼                      (prepare prints the whole line)
checkpoints/           the best by whole words, history.csv, curves.png
  │                      {curves} checkpoints
  │                      {checkpoints} checkpoints
  │                      {dynamics} checkpoints ... --out dynamics
  │
  │  stimuli.tsv       words in which nothing but the process can happen
  │    │                 {power}
  │    │                 {stimuli} grammar.toml --process NAME --out stimuli.tsv
  │    ▼                 {prepare} stimuli.tsv --dictionaries data/bin --dest stimuli-data
  │  stimuli-data/bin
  ├────┘                 fairseq-generate stimuli-data/bin ... --save-attention attention
  │                      {untrained} CHECKPOINT --out untrained.pt
  ▼
attention/             every layer and head of every word
  │                      {heatmap} attention ID --all --out words.pdf
  │                      {intervene} CHECKPOINT ... --out interventions
  │                      {analyze} attention ... --interventions interventions ...
  ▼
analysis/report.html   does it attend to the trigger, does it use it? And events.csv.gz, for R"""


def workflow(verbs: dict[str, str]) -> str:
    """The picture, and below it the verbs that it has no place for.

    Args:
        verbs: all of them, with their lines of help.
    """
    lines = _WAY.splitlines()
    shown = {verb: paint(f"fairseq-phonology {verb}", BOLD) for verb in verbs}
    picture = [line.format_map(shown) for line in lines]
    rest = [verb for verb in verbs if f"{{{verb}}}" not in _WAY]
    also = [f"also: {shown[verb]}\n      {verbs[verb]}" for verb in rest]
    end = paint("fairseq-phonology VERB --help shows a verb's options and a real example; --help, all verbs.", DIM)
    return "\n".join([*picture, *([""] if also else []), *also, "", end])
