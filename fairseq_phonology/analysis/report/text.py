"""The methods text of the report, ready for a paper, and its references."""

from __future__ import annotations

from ..design import Grid, Quads
from ..study import Study
from .tables import classes_of, count, listed, segments_text

# label, as the text cites it -> the work
REFERENCES = {
    "Baayen et al. 2008": "Baayen, R. H., Davidson, D. J., & Bates, D. M. (2008). Mixed-effects modeling with crossed "
    "random effects for subjects and items. Journal of Memory and Language, 59(4), 390–412.",
    "Chung & Romano 2013": "Chung, E., & Romano, J. P. (2013). Exact and asymptotically robust permutation tests. "
    "The Annals of Statistics, 41(2), 484–507.",
    "Clark 1973": "Clark, H. H. (1973). The language-as-fixed-effect fallacy: A critique of language statistics in "
    "psychological research. Journal of Verbal Learning and Verbal Behavior, 12(4), 335–359.",
    "Hesterberg 2015": "Hesterberg, T. C. (2015). What teachers should know about the bootstrap: Resampling in the "
    "undergraduate statistics curriculum. The American Statistician, 69(4), 371–386.",
    "Jain & Wallace 2019": "Jain, S., & Wallace, B. C. (2019). Attention is not explanation. In Proceedings of "
    "NAACL-HLT 2019 (pp. 3543–3556).",
    "Kobayashi et al. 2020": "Kobayashi, G., Kuribayashi, T., Yokoi, S., & Inui, K. (2020). Attention is not only a "
    "weight: Analyzing transformers with vector norms. In Proceedings of EMNLP 2020 (pp. 7057–7075).",
    "Mortensen et al. 2016": "Mortensen, D. R., Littell, P., Bharadwaj, A., Goyal, K., Dyer, C., & Levin, L. (2016). "
    "PanPhon: A resource for mapping IPA segments to articulatory feature vectors. In Proceedings of COLING 2016: "
    "Technical Papers (pp. 3475–3484).",
    "Ott et al. 2019": "Ott, M., Edunov, S., Baevski, A., Fan, A., Gross, S., Ng, N., Grangier, D., & Auli, M. (2019). "
    "fairseq: A fast, extensible toolkit for sequence modeling. In Proceedings of NAACL-HLT 2019: Demonstrations "
    "(pp. 48–53).",
    "Owen 2007": "Owen, A. B. (2007). The pigeonhole bootstrap. The Annals of Applied Statistics, 1(2), 386–411.",
    "Phipson & Smyth 2010": "Phipson, B., & Smyth, G. K. (2010). Permutation p-values should never be zero: "
    "Calculating exact p-values when permutations are randomly drawn. Statistical Applications in Genetics and "
    "Molecular Biology, 9(1), Article 39.",
    "Vaswani et al. 2017": "Vaswani, A., Shazeer, N., Parmar, N., Uszkoreit, J., Jones, L., Gomez, A. N., Kaiser, "
    "Ł., & Polosukhin, I. (2017). Attention is all you need. In Advances in Neural Information Processing Systems 30.",
    "Westfall & Young 1993": "Westfall, P. H., & Young, S. S. (1993). Resampling-based multiple testing: Examples and "
    "methods for p-value adjustment. New York: Wiley.",
    "Wiegreffe & Pinter 2019": "Wiegreffe, S., & Pinter, Y. (2019). Attention is not not explanation. In Proceedings "
    "of EMNLP-IJCNLP 2019 (pp. 11–20).",
}


_GUARD = (
    "The same tests are made on log-odds without lower limit, to which a head's mere attraction to the triggers' kind "
    "of segment adds, whoever shares the row, so that it cancels. "
)


def methods(study: Study) -> list[str]:
    """The paragraphs of the methods section, plain text, built from the study's own numbers."""
    parts = [_materials(study), _model(study), _measure(study), _tests(study), _rule(study), _errors(study)]
    return [text for text in (*parts, _limits(study), _software(study)) if text]


def references(paragraphs: list[str]) -> list[str]:
    """The works that the text cites, in the order of their names."""
    text = " ".join(paragraphs)
    return [work for label, work in REFERENCES.items() if label in text]


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
    if isinstance(study.design, Grid):
        grid = study.design
        rows, columns = len(grid.rows), len(grid.columns)
        lost = study.losses is not None and any(n for n, _ in study.losses.stems_lost.values())
        size = (
            f"{'After the losses given below, ' if lost else ''}{rows} {grid.row_unit} ({grid.undergoes.sum()} with a "
            f"segment that undergoes the process) were combined with each of {columns} {grid.column_unit} "
            f"({grid.triggers.sum()} with a trigger), which makes {count(rows * columns, 'word')}."
        )
        return f"{asked} {crossing} {size} Natural classes are those of PanPhon's features (Mortensen et al. 2016)."
    if isinstance(study.design, Quads):
        words = count(len(study.design.words), "real word")
        size = f"Each of {words} was run with the other three members of its own 2 × 2."
        return f"{asked} {crossing} {size} Natural classes are those of PanPhon's features (Mortensen et al. 2016)."
    events = count(len(study.events.events), "event")
    return f"{asked} The {events} come from a plain list of words without a crossed design."


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
    return f"{text}." + (
        f" It gave {right:,} of {count(words, 'word')} wholly right ({right / words:.1%})." if words else ""
    )


def _measure(study: Study) -> str:
    kinds = listed([f"{kind}-attention" for kind in (study.primary.kind if study.primary else "cross").split("+")])
    return (
        f"The measure is the {kinds} weight at the trigger's position in the row of the decision step, the decoder "
        "step that emits the segment in target position, renormalized over segments without the end-of-sequence "
        "symbol. It is taken as mass (0 to 1) and as log-odds of the mass clipped to [.001, .999]."
    )


def _tests(study: Study) -> str:
    family = study.primary
    if family is None or study.design is None:
        return (
            "Without a crossed design nothing specific to the process can be tested; all figures are descriptive. The "
            "mass on the trigger was compared with that at the same offset from other segments of the same words, "
            "which position alone cannot explain, but the trigger's own salience can."
        )
    options = study.facts.get("options") or {}
    drawn = options.get("permutations")
    drawn = f"{drawn:,} random relabelings, or all where they are fewer" if drawn else "random relabelings"
    seed = f", seed {options['seed']}" if options.get("seed") is not None else ""
    family_text = f"one-sided and max-T over the {len(family.heads)} heads of the family (Westfall & Young 1993)"
    p = "p = (b + 1)/(B + 1) (Phipson & Smyth 2010)"
    widened = ", widened for few units (Hesterberg 2015)"
    response = (
        "The response of a head is (TR − TN) − (CR − CN): T a target, C a control in its place, R a trigger, N a "
        "control in its place"
    )
    if isinstance(study.design, Quads):
        return (
            f"{response}, within each word's own 2 × 2. It is tested by flipping its sign over the {family.n_stems} "
            f"words, on the studentized statistic, {family_text}, B = {drawn}{seed}, {p}. {_GUARD}Intervals (95 %) "
            f"resample words{widened}."
        )
    joint = (
        "A third p takes stems and suffixes as random at once: the estimate over its whole standard error, compared "
        "with the relabelings of either. "
        if family.joint
        else ""
    )
    return (
        f"{response}. Stems and suffixes are both samples from a language (Clark 1973; Baayen et al. 2008), so there "
        "are two tests: labels of stems are permuted, with the difference over suffixes per stem as the datum, and "
        "labels of suffixes, with the difference over stems per suffix. Both use the studentized statistic (Chung & "
        f"Romano 2013), {family_text}, B = {drawn}{seed}, {p}. {joint}{_GUARD}Intervals (95 %) resample both "
        f"kinds of unit (Owen 2007){widened}."
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
    if study.losses is None:
        return ""
    lost = [sum(each) for each in zip(*study.losses.stems_lost.values(), strict=True)]
    unit = "words" if isinstance(study.design, Quads) else "stems"
    text = (
        "An event counts when the segment at the decision step is the gold one. Units over half of whose events "
        f"failed left first, then every one of the {unit} with a failed event left "
        f"whole{f': {lost[0]} of {lost[1]}' if lost else ''}. With more than 20 % lost, or shares that differ by more "
        "than 10 points between classes, no claim is made."
    )
    if study.sensitivity is not None:
        text += " The analysis was repeated over all of them under forced decoding of the gold SR."
    return text


def _limits(study: Study) -> str:
    return (
        "Attention weights show where a model looks. They need not show what its output depends on (Jain & Wallace "
        "2019; Wiegreffe & Pinter 2019), and they leave out the size of the vectors that they weigh (Kobayashi et al. "
        "2020)."
    )


def _software(study: Study) -> str:
    versions = study.facts.get("versions") or (study.facts.get("manifest") or {}).get("library_versions") or {}
    return f"Software: {', '.join(f'{name} {version}' for name, version in versions.items())}." if versions else ""
