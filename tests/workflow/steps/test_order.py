"""The steps of a study: their commands, what they need, and what a change of the study makes anew."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.workflow import layout
from fairseq_phonology.workflow.steps import jobs
from fairseq_phonology.workflow.study import read_study
from tests.helpers.small_study import STUDY, with_lines, write_study

FULL = """
grammar = "toy.toml"
process = ["nasalization"]
seeds = [1, 7]
user_dir = "own"
task = "mine"
[words]
pairs = "pairs.tsv"
ur_units = "ipa"
sr_units = "ipa"
keep_edges = true
split = ".8,.2"
sizes = [100, 300]
[models.tiny]
epochs = 3
[models.rnn]
arch = "lstm"
criterion = "cross_entropy"
lr = 0.001
batch_size = 64
max_update = 100
[test.some]
list = "some.tsv"
beam = 1
[stimuli.designed]
[stimuli.own]
list = "stimuli.tsv"
[dynamics]
at_most = 3
[interventions]
controls = "all"
batch_size = 99
[candidates]
list = "candidates.tsv"
phonotactics = true
[human.ratings]
human = "ratings.tsv"
scale = "0-7"
[conditions.blocked]
list = "levels.tsv"
condition = "level"
look_at = "position"
"""


@pytest.fixture
def study(tmp_path):
    """Writes a study file and reads it."""

    def write(text=STUDY):
        return read_study(write_study(tmp_path, text))

    return write


@pytest.fixture
def full(study, tmp_path):
    for name in ("pairs.tsv", "stimuli.tsv", "candidates.tsv", "ratings.tsv", "levels.tsv"):
        (tmp_path / name).write_text("ur\tsr\na\ta\n", encoding="utf-8")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "__init__.py").write_text("", encoding="utf-8")
    return study(FULL)


def test_every_command_of_a_small_study(study, snapshot):
    snapshot(shown(jobs(study())))


def test_every_command_of_a_large_study(full, snapshot):
    found = [job for job in jobs(full) if job.wildcards.get("model", "tiny-100") in ("tiny-100", "rnn-300")]
    snapshot(shown(job for job in found if job.wildcards.get("seed", "1") == "1"))


def shown(some):
    lines = []
    for job in some:
        lines += [f"{layout.described(job.rule, job.wildcards)}:", f"  $ {job.command}"]
        if job.rule != "index":
            lines += [f"  needs {path}" for path in job.inputs] + [f"  reads {path}" for path in job.reads]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("which", ["small", "full"])
def test_what_a_step_needs_earlier_steps_make(which, study, request):
    there = set()
    for job in jobs(study() if which == "small" else request.getfixturevalue("full")):
        assert set(job.inputs) <= there, job
        assert not set(job.outputs) & there, job
        there |= set(job.outputs)
    assert set(layout.INDEX) <= there


@pytest.mark.parametrize("which", ["small", "full"])
def test_every_file_in_a_command_is_needed_or_read(which, study, request):
    for job in jobs(study() if which == "small" else request.getfixturevalue("full")):
        own = {word.strip("'") for word in job.command.split() if word.startswith("../") and word != "../own"}
        assert own <= set(job.reads), job


def test_a_command_is_the_same_on_every_machine(full, tmp_path):
    for job in jobs(full):
        assert not [word for word in (job.command, *job.inputs, *job.reads, *job.digests) if str(tmp_path) in word]


def changed(before, after):
    """Rules of the steps that the engine does again, as it does: another command, other content, other needs, or after
    one that is done again."""
    known = {tuple(job.outputs): (job.command, job.digests, job.inputs) for job in before}
    anew, rules = set(), {}
    for job in after:
        if known.get(job.outputs) != (job.command, job.digests, job.inputs) or anew & set(job.inputs):
            anew |= set(job.outputs)
            rules.setdefault(job.rule, []).append("-".join(job.wildcards.values()))
    return rules


def state(study):
    """The steps, with what their files say now."""
    return [Frozen(job) for job in jobs(study)]


class Frozen:
    def __init__(self, job):
        self.rule, self.wildcards, self.command, self.inputs = job.rule, job.wildcards, job.command, job.inputs
        self.outputs, self.digests = job.outputs, job.digests


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_comment_does_nothing_again(study, tmp_path):
    before = state(study())
    edit(tmp_path / "toy.toml", "[inventory]", "# of Toy\n[inventory]")
    edit(tmp_path / "study.toml", "seeds = 1", "seeds = 1  # for now")
    assert changed(before, state(read_study(tmp_path / "study.toml"))) == {}


def test_another_rule_of_the_grammar_does_all_of_it_again(study, tmp_path):
    before = state(study())
    edit(tmp_path / "toy.toml", "k -> ŋ", "k -> n")
    assert set(changed(before, state(read_study(tmp_path / "study.toml")))) == {job.rule for job in before}


def test_the_language_of_a_grammar_is_nothing_that_a_training_reads(study, tmp_path):
    before = {job.rule: job.digests for job in state(study())}
    edit(tmp_path / "toy.toml", 'language = "Toy"', 'language = "Other"')
    after = {job.rule: job.digests for job in state(read_study(tmp_path / "study.toml"))}
    assert before["train"] == after["train"] and before["nonce"] != after["nonce"]


def test_a_further_seed_is_trained_alone(study):
    found = changed(state(study()), state(study(with_lines(STUDY, seeds=2))))
    assert found["train"] == ["model-2"]
    assert found["intervene"] == found["attention"] == ["designed-model-2"]
    assert found["analyze"] == ["designed-model"]
    assert not {"nonce", "prepare", "untrained", "stimuli", "stimuli_data", "baseline", "test_data"} & set(found)


def test_more_epochs_train_again(study):
    found = changed(state(study()), state(study(with_lines(STUDY, epochs=4))))
    assert set(found) == {
        *("train", "untrained", "test", "errors", "heatmap", "attention", "baseline", "intervene", "analyze", "index")
    }


@pytest.mark.parametrize(
    ("added", "rules"),
    [
        pytest.param("[analysis]\nseed = 2\n", {"analyze", "index"}, id="an option of analyze"),
        pytest.param("[interventions]\nseed = 2\n", {"intervene", "analyze", "index"}, id="one of intervene"),
        pytest.param("[conditions.x]\nlist = 'some.tsv'\ncondition = 'sr'\nlook_at = 'id'\n",
                     {"condition_data", "condition_attention", "condition", "index"}, id="a further question"),
    ],
)  # fmt: skip
def test_a_change_does_again_what_depends_on_it(study, added, rules):
    assert set(changed(state(study()), state(study(STUDY + added)))) == rules


def test_other_words_of_a_list_train_nothing_again(study, tmp_path):
    before = state(study())
    edit(tmp_path / "some.tsv", "w2", "w3")
    found = changed(before, state(read_study(tmp_path / "study.toml")))
    assert set(found) == {"test_data", "test", "errors", "heatmap", "index"}


def test_a_changed_user_dir_trains_again(full, tmp_path):
    before = state(full)
    (tmp_path / "own" / "__init__.py").write_text("x = 1\n", encoding="utf-8")
    found = changed(before, state(read_study(tmp_path / "study.toml")))
    assert {"train", "score", "compare", "analyze"} <= set(found)
    assert not {"prepare", "stimuli", "test_data"} & set(found)


def test_checkpoints_that_dynamics_follows_are_kept(study):
    train = next(job for job in jobs(study(STUDY + "[dynamics]\nat_most = 3\n")) if job.rule == "train")
    assert "--no-epoch-checkpoints" not in train.command


def test_conditions_over_models_are_not_of_attention(study):
    """Heads have no identity across models; outcomes and scores are compared over all seeds."""
    asked = "[conditions.x]\nlist = 'some.tsv'\ncondition = 'sr'\nlook_at = 'id'\n"
    exact = asked.replace("look_at = 'id'", "response = 'exact-match'")
    for text, rules in ((asked, ["condition", "condition"]), (exact, ["condition_all"])):
        made = jobs(study(with_lines(STUDY, seeds=2) + text))
        assert [job.rule for job in made if job.rule in ("condition", "condition_all")] == rules


def test_a_list_without_srs_has_no_errors(study, tmp_path):
    found = study()
    (tmp_path / "some.tsv").write_text("id\tur\nw1\tp a t m a\n", encoding="utf-8")
    assert "errors" not in {job.rule for job in jobs(found)}


def test_the_test_part_of_a_split_needs_no_data_of_its_own(study):
    found = jobs(
        study("seeds = 1\n[words]\npairs = 'some.tsv'\nsplit = '2,1,1'\n[test]\nlist = true\nheatmaps = 'w1'\n")
    )
    assert [job.rule for job in found] == ["prepare", "train", "test", "errors", "heatmap", "index"]
    test, errors, heatmap = found[2:5]
    assert "fairseq-generate data/bin " in test.command and " --gen-subset test " in test.command
    assert " --words data/test.tsv " in errors.command and " --words data/test.tsv " in heatmap.command
    assert all("data/bin/prepare.json" in job.inputs for job in (test, errors, heatmap))


def test_a_test_part_without_srs_has_no_errors(study, tmp_path):
    (tmp_path / "urs.tsv").write_text("id\tur\nw1\tp a t m a\n", encoding="utf-8")
    found = jobs(study("[words]\ntrain = 'some.tsv'\nvalid = 'some.tsv'\ntest = 'urs.tsv'\n"))
    assert "test" in {job.rule for job in found} and "errors" not in {job.rule for job in found}


def test_attention_of_the_decoder_is_saved_where_the_trigger_precedes(study, tmp_path):
    def kinds(found):
        return next("cross,encoder,decoder" in job.command for job in jobs(found) if job.rule == "attention")

    found = study()
    assert not kinds(found)
    edit(tmp_path / "toy.toml", "/ _ [+nas]", "/ [+nas] _")
    assert kinds(found)


def test_without_a_grammar_there_are_words_and_models(study):
    found = jobs(study("[words]\npairs = 'some.tsv'\nsplit = '.5,.5'\n"))
    assert [job.rule for job in found] == ["prepare", *["train"] * 6, "index"]
    assert all("--grammar" not in job.command for job in found)


def test_two_steps_with_one_log_are_refused(study):
    lists = "[test.some-a]\nlist = 'some.tsv'\n[test.some]"
    text = STUDY.replace("[test.some]", lists).replace("[model]", "[models.b]")
    assert jobs(study(text))
    with pytest.raises(InputError) as error:
        jobs(study(f"{text}[models.a-b]\nepochs = 1\n"))
    assert str(error.value).endswith("some-a with b with 1 and some with a-b with 1 would both be called "
                                     "test-some-a-b-1; give one another name")  # fmt: skip
