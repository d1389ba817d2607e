"""The methods text of the report, ready for a paper but for what stands in brackets: what a study cannot know."""

from __future__ import annotations

from ...phonology.transcription import EDGE
from ...text import count, listed, percent_of, segments_text
from ..contrasts.study import Study
from ..contrasts.table import NORMS
from ..interventions.effects import Causal
from .causal_text import causal_methods
from .cells import classes_of, derived_family, makers, set_aside
from .testing import baseline, estimate, tests


def methods(study: Study, causal: Causal | None = None) -> list[str]:
    """The paragraphs of the methods section, plain text, built from the study's own numbers."""
    parts = [_materials(study), _model(study), _measure(study), tests(study), _rule(study), _errors(study)]
    parts += [baseline(study), _limits(study), *([] if causal is None else causal_methods(study, causal))]
    return [text for text in (*parts, _software(study)) if text]


def _materials(study: Study) -> str:
    name = study.process.replace("_", " ").replace("-", " ")
    source = (study.facts.get("grammar") or {}).get("process_citation")
    where = "; ".join(text for text in (study.language, source) if text)
    asked = f"We asked whether the model attends to the trigger of {name} ({where}) when it applies the process."
    classes = classes_of(study)
    in_target = (
        f"one that undergoes the process{segments_text(classes.get('T'))} or a control{segments_text(classes.get('C'))}"
    )
    in_trigger = f"one that triggers it{segments_text(classes.get('R'))} or a control{segments_text(classes.get('N'))}"
    crossing = (
        f"The segment in target position, {in_target}, was crossed with the segment in trigger position, {in_trigger}. "
        "The process applies in one of the four cells only."
    )
    if study.design is not None and study.design.is_crossed:
        grid = study.design
        rows, columns = len(grid.rows), len(grid.columns)
        lost = study.exclusions is not None and any(n for n, _ in study.exclusions.stems_excluded.values())
        size = (
            f"{'After the exclusions given below, ' if lost else ''}{rows} {grid.row_unit} ({grid.undergoes.sum()} "
            f"with a segment that undergoes the process) were combined with each of {columns} {grid.column_unit} "
            f"({grid.triggers.sum()} with a trigger), which makes {count(rows * columns, 'word')}. "
            "[How the words were made, for instance: nonce words of the grammar's syllables.]"
        )
        return f"{asked} {crossing} {size} Natural classes are those of PanPhon's features (Mortensen et al. 2016)."
    if study.design is not None:
        words = count(len(study.design.words), "real word")
        size = f"Each of {words} [source of the words] was run with the other three members of its own 2 × 2."
        classes = "Natural classes are those of PanPhon's features (Mortensen et al. 2016)."
        return f"{asked} {crossing} {size} {classes}{_aside(study)}"
    events = count(len(study.events.events), "event")
    words = count(len({event.item.id for event in study.events.events}), "word")
    return f"{asked} The {events} in {words} [source of the words] come from a plain list, without a crossed design."


def _aside(study: Study) -> str:
    """The real words that are no clean test of one process, and what their own test gave."""
    n, family = len(set_aside(study)), derived_family(study)
    if not n:
        return ""
    one = n == 1
    text = (
        f" {count(n, 'further word')} {'was' if one else 'were'} set aside, because another process ({makers(study)}) "
        f"makes {'its' if one else 'their'} site, so that two processes touch the target"
    )
    if family is None:
        return f"{text}; they are too few to test, or errors left too few."
    heads = study.verdict.heads
    best = heads[0] if heads else family.best
    over = "all" if family.n_stems == n else family.n_stems
    rule_met = "meets the rule" if family.claim[best] else "does not meet the rule"
    lacks = "" if family.claim[best] else f" ({'; '.join(family.unmet[best])})"
    return (
        f"{text}. The same test was made of them apart, over {over} of them: there the response of head "
        f"{family.heads[best]} is {estimate(family, best)}, and the head {rule_met} given below{lacks}."
    )


def _model(study: Study) -> str:
    manifest = study.facts.get("manifest") or {}
    model = manifest.get("model") or {}
    what = [str(model["architecture"])] if model.get("architecture") else []
    layers = model.get("layers")
    if isinstance(layers, dict):  # cross-attention sits in the decoder's layers
        counted = {"encoder": layers.get("encoder"), "decoder": layers.get("decoder") or layers.get("cross")}
        what += [f"{n} {side} layers" for side, n in counted.items() if n]
    if isinstance(model.get("heads"), dict) and model["heads"]:
        what.append(f"{max(model['heads'].values())} heads")
    if model.get("parameters"):
        what.append(f"{model['parameters']:,} parameters")
    sizes = f": {', '.join(what)}" if what else ""
    text = f"The model is a Transformer (Vaswani et al. 2017){sizes}, run in fairseq (Ott et al. 2019)"
    if (manifest.get("settings") or {}).get("score_reference"):
        text += ", decoding the gold SRs by force"
    elif manifest.get("beam"):
        text += f", with beam {manifest['beam']}"
    right, words = study.facts.get("exact_match") or (None, None)
    stems = len({event.item.stem for event in study.events.events})
    what = (
        f" ({stems:,} × 4)" if study.design is not None and not study.design.is_crossed and words == 4 * stems else ""
    )
    training = "[Training: data, epochs, seed, and how the checkpoint was chosen.]"
    return f"{text}. {training}" + (
        f" It gave {right:,} of {count(words)}{what} wholly right ({percent_of(right, words)})." if words else ""
    )


def _measure(study: Study) -> str:
    edges = any(EDGE in event.item.ur for event in study.events.events)
    kinds = listed([f"{kind}-attention" for kind in (study.primary.kind if study.primary else "cross").split("+")])
    return (
        f"The measure is the {kinds} weight at the trigger's position in the row of the decision step, the decoder "
        "step that emits the segment in target position, renormalized over segments without the end-of-sequence "
        "symbol. It is taken as mass (0 to 1) and as log-odds of the mass clipped to [.001, .999]."
        + (" Morpheme edges (+) in a UR count among its positions." if edges else "")
    )


def _rule(study: Study) -> str:
    if study.primary is None or study.design is None:
        return ""
    return (
        "A head is said to attend to the trigger only if every one of these tests gives p < .05 on both scales, its "
        "response is at least .05 of mass, and the response is positive with every target segment and every trigger "
        "segment taken alone. The primary family is the response in the decision row; all other contrasts and rows "
        f"are secondary. Result: {study.verdict.sentence}"
    )


def _errors(study: Study) -> str:
    if study.exclusions is None:
        return ""
    lost, of = (sum(pair[n] for pair in study.exclusions.stems_excluded.values()) for n in (0, 1))
    grid = study.design
    if study.exclusions.whole == "real words":
        how = f"Every one of the words with a failed event was excluded whole ({lost:,} of {of:,})."
    else:
        gone = len(study.exclusions.suffixes_excluded)
        suffixes = gone + (grid.sizes[1] if grid else 0)
        among = f" of {suffixes:,}" if grid else ""
        how = (
            f"Suffixes that over half of the stems fail were excluded first ({gone:,}{among}); then every stem with a "
            f"failed event was excluded with all its words ({lost:,} of {of:,})."
        )
    text = (
        f"An event counts when the segment at the decision step is the gold one. {how} With more than 20 % lost, or "
        "shares that differ by more than 10 points between classes, no claim is made."
    )
    if study.sensitivity is not None:
        text += " The analysis was repeated over all of them under forced decoding of the gold SR."
    return text


def _limits(study: Study) -> str:
    if study.events.has_norms:
        return (
            "Attention weights show where a model looks. They need not show what its output depends on (Jain & Wallace "
            f"2019; Wiegreffe & Pinter 2019). {_of_norms(study)}"
        )
    return (
        "Attention weights show where a model looks. They need not show what its output depends on (Jain & Wallace "
        "2019; Wiegreffe & Pinter 2019), and they leave out the size of the vectors that they weigh (Kobayashi et al. "
        "2020)."
    )


def _of_norms(study: Study) -> str:
    """Weights leave out the size of what they weigh; what the norms say."""
    what = (
        "Because weights leave out the size of the vectors that they weigh, the norms of the weighted value vectors, "
        "‖αf(x)‖ with f(x) = (xW_V + b_V)W_O of the head, were taken as a second measure (Kobayashi et al. 2020)"
    )
    primary = study.primary
    same = (family for family in study.families if family.contrast == NORMS)
    family = next((family for family in same if primary and family.heads == primary.heads), None)
    if family is None:
        return f"{what}."
    n = study.verdict.heads[0] if study.verdict.heads else primary.best
    met = "would meet" if family.claim[n] else "would not meet"
    return (
        f"{what}, and the response of the trigger’s share of them was tested likewise, as a secondary family: that of "
        f"head {primary.heads[n]} is {estimate(family, n)}, which {met} the rule."
    )


def _software(study: Study) -> str:
    versions = study.facts.get("versions") or (study.facts.get("manifest") or {}).get("library_versions") or {}
    return f"Software: {', '.join(f'{name} {version}' for name, version in versions.items())}." if versions else ""
