"""The second measure, norms of the weighted value vectors, under a name that a reader understands."""

import pytest

from fairseq_phonology.analysis.contrasts.analyze import Options, analyze
from fairseq_phonology.analysis.contrasts.tables import summary
from fairseq_phonology.analysis.figures.effect_map import EffectMapDisplay
from fairseq_phonology.analysis.report.methods import methods
from fairseq_phonology.analysis.report.references import references
from fairseq_phonology.analysis.report.sections.attention import secondary
from fairseq_phonology.phonology.grammar import Grammar
from tests.helpers import planted
from tests.helpers.planted import Effect


@pytest.fixture(scope="module", params=[True, False], ids=["with norms", "without"])
def study(request, tmp_path_factory):
    pairs = {"p": "m", "t": "n", "k": "ŋ"}
    rules = [f"{a} -> {b} / _ [+nas]" for a, b in pairs.items()]
    inventory = {"segments": "p t k s f h m n ŋ l a i u"}
    grammar = Grammar.from_table({"inventory": inventory, "process": [{"name": "nasalization", "rules": rules}]})
    items = planted.crossed_items(suffixes=8)
    folder = tmp_path_factory.mktemp("norms") / "dump"
    how = {"lengths": {"m": 2, "EOS": 5}} if request.param else {}
    dump = planted.planted_dump(folder, items, 1, 2, [Effect("response", 5.0)], **how)
    return analyze(dump, grammar, "nasalization", items, options=Options())


def test_the_family_is_named_and_read(study):
    found = [secondary(family, None) for family in study.families if not family.primary]
    captions = [each["caption"] for each in found]
    named = "Response, norms of the weighted value vectors (interaction), cross-attention, query: decision step"
    assert (named in captions) == study.events.has_norms
    if study.events.has_norms:
        own = found[captions.index(named)]
        assert "Kobayashi et al. 2020" in own["intro"] and "would meet the criteria" in own["intro"]
        columns = own["table"]["columns"]
        assert "response [95 %]\nin norms’ share" in columns and "response [95 %]\nin log-odds" in columns
    assert [family.contrast for family in study.families][:3] == ["response", "inspection", "salience"]


def test_the_methods_say_what_was_measured(study):
    text = " ".join(methods(study))
    assert "Kobayashi et al. 2020" in text and any(
        "Attention is not only a" in work for work in references(methods(study))
    )
    assert ("leave out the size of the vectors that they weigh (Kobayashi" in text) != study.events.has_norms
    if study.events.has_norms:
        assert "as a secondary family: that of head 1.1 is +" in text and "which would meet the criteria" in text


def test_the_headline_is_that_of_the_weights(study):
    found = summary(study)
    assert found["primary"]["contrast"] == "response" and "norm" not in study.verdict.sentence
    secondary = [each["contrast"] for each in found["secondary"]]
    assert secondary.count("response-norms") == (2 if study.events.has_norms else 0)
    assert EffectMapDisplay.from_study(study).contrasts == ["response", "inspection", "salience"]
