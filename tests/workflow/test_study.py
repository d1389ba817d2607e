"""What a study file asks for, and what it is told where it asks for something else."""

import pytest

from fairseq_phonology.workflow.asked import Model, TestList, Words
from fairseq_phonology.workflow.sections import Options
from fairseq_phonology.workflow.study import read_study
from tests.helpers import REPOSITORY

TOP = 'grammar = "toy.toml"\nprocess = "nasalization"\n'
WORDS = "[words]\nnonce = 1000\n"
LIST = 'list = "list.tsv"\n'
PAIRS = '[words]\npairs = "list.tsv"\n'


def test_a_grammar_and_nonce_words_are_enough(written):
    study = read_study(written(TOP + WORDS))
    assert study.name == "study"
    assert study.dest == study.path.with_suffix("")
    assert (study.grammar, study.processes, study.seeds) == ("../toy.toml", ("nasalization",), (1, 2, 3, 4, 5, 6))
    assert study.words == Words(None, Options(("--n", "1000")), Options(("--split", ".9,.1")))
    assert study.models == {"model": Model()}
    assert list(study.stimuli) == ["designed"]
    assert study.baseline == study.interventions == Options()
    assert study.dynamics is study.candidates is None


def test_pairs_of_ones_own_are_enough(written):
    study = read_study(written(PAIRS + 'sr_units = "ipa"\n'))
    assert study.words.pairs == "../list.tsv"
    assert study.words.prepare == Options(("--sr-units", "ipa", "--split", ".9,.1"), ("../list.tsv",))
    assert study.baseline is study.interventions is None
    assert study.stimuli == {}


@pytest.mark.parametrize("how", ["split = '.8,.1,.1'", "split = [8, 1, 1]", "split = '1,1,1'\n[test]\nlist = true\n"])
def test_the_test_part_is_tested_without_being_asked_for(written, how):
    study = read_study(written(f"{PAIRS}{how}\n"))
    assert study.lists == {"test": TestList("data/test.tsv", Options(), Options(("--beam", "5")))}
    assert not read_study(written(f"{PAIRS}split = '.9,.1'\n")).lists


def test_a_section_says_how_the_test_part_is_tested(written):
    more = "[test.held-out]\nlist = true\nbeam = 1\nheatmaps = 'anything'\n[test.all]\n"
    study = read_study(written(f"[words]\ntrain = 'list.tsv'\nvalid = 'list.tsv'\ntest = 'list.tsv'\n{more}{LIST}"))
    assert list(study.lists) == ["held-out", "all"]
    assert study.lists["held-out"] == TestList("data/test.tsv", Options(), Options(("--beam", "1")), ("anything",))


def test_two_parallel_files_are_one_word_and_two_files(written):
    written("a k m a\n", "ur.txt"), written("a ŋ m a\n", "sr.txt")
    study = read_study(written('[words]\npairs = "ur.txt,sr.txt"\n'))
    assert study.words.pairs == "../ur.txt,../sr.txt"
    assert study.words.prepare.files == ("../ur.txt", "../sr.txt")


def test_keys_of_nonce_words_go_to_the_verb_that_they_are_of(written):
    more = 'seed = 3\nexclude = "list.tsv"\nstrip = "-"\nvariants = "all"\nkeep_edges = true\nsplit = [0.8, 0.2]\n'
    words = read_study(written(TOP + WORDS + more)).words
    nonce = ("--n", "1000", "--seed", "3", "--exclude", "../list.tsv", "--strip=-", "--variants", "all")
    assert words.nonce == Options(nonce, ("../list.tsv",))
    prepare = ("--keep-edges", "--split", "0.8,0.2", "--seed", "3", "--weight", "probability")
    assert words.prepare == Options(prepare)


def test_each_model_is_trained_on_each_size(written):
    models = "sizes = [100, 900]\n[models.a]\nepochs = 3\nadam-betas = [0.9, 0.98]\n[models.b]\nfp16 = false\n"
    study = read_study(written(TOP + WORDS + models))
    assert list(study.models) == ["a-100", "a-900", "b-100", "b-900"]
    assert study.models["a-900"] == Model({"adam_betas": [0.9, 0.98]}, 3, 900)
    assert study.models["b-100"] == Model({"fp16": False}, None, 100)


def test_stimuli_of_several_processes_have_folders_of_their_own(written):
    top = 'grammar = "toy.toml"\nprocess = ["nasalization", "lowering"]\nwith = "lowering"\n'
    more = '[stimuli.designed]\n[stimuli.own]\nlist = "list.tsv"\nur_units = "ipa"\nbeam = 1\nprocess = "lowering"\n'
    stimuli = read_study(written(top + WORDS + more)).stimuli
    assert {name: one.process for name, one in stimuli.items()} == {
        "designed-nasalization": "nasalization",
        "designed-lowering": "lowering",
        "own": "lowering",
    }
    assert stimuli["own"].options == Options(("--ur-units", "ipa"), ("../list.tsv",))
    assert stimuli["own"].generate.get("--beam") == "1"
    assert stimuli["designed-lowering"].generate == Options(("--beam", "5"))


def test_what_is_switched(written):
    study = read_study(written(f"stimuli = false\nbaseline = false\n{TOP}{WORDS}"))
    assert (study.stimuli, study.baseline, study.interventions) == ({}, None, None)
    study = read_study(written(f"interventions = false\ndynamics = true\n{TOP}{WORDS}[baseline]\nseed = 2\n"))
    assert (study.interventions, study.dynamics) == (None, Options())
    assert study.baseline == Options(("--seed", "2"))


def test_people_and_conditions(written):
    more = f"""[candidates]
{LIST}process = "nasalization"
phonotactics = true
[human]
human = "list.tsv"
baseline = ["frequency", "length"]
training = true
[conditions]
{LIST}condition = "level"
levels = ["a", "b"]
contrast = ["a - b"]
ur_units = "ipa"
[conditions.scored]
"""
    study = read_study(written(TOP + WORDS + more.replace("[conditions.scored]\n", "")))
    asked = ("--grammar", "../toy.toml", "--process", "nasalization")
    scored = ("--candidates", "../list.tsv", "--phonotactics", "data/train.tsv", *asked)
    assert study.candidates == Options(scored, ("../list.tsv", "../toy.toml"))
    assert study.human["people"].words == (
        *("--human", "../list.tsv", "--baseline", "frequency", "--baseline", "length"),
        *("--training", "data/train.tsv"),
    )
    condition = study.conditions["conditions"]
    reading = ("--ur-units", "ipa")
    assert (condition.list, condition.prepare) == ("../list.tsv", Options(reading, ("../list.tsv",)))
    assert condition.analyze.words == (
        *("--condition", "level", "--levels", "a,b", "--contrast", "a - b"),
        *reading,
    )
    scores = '[conditions.a]\nscores = true\ncandidate = "x"\ncondition = "level"\n'
    study = read_study(written(f"{PAIRS}[candidates]\n{LIST}{scores}"))
    assert (study.conditions["a"].scores, study.conditions["a"].list) == (True, None)


def test_where_the_study_lies_decides_how_files_are_called(written, tmp_path):
    path = written(TOP + WORDS)
    assert read_study(path, tmp_path / "a" / "b").grammar == "../../toy.toml"
    absolute = read_study(written(f'grammar = "{tmp_path.as_posix()}/toy.toml"\n{WORDS}')).grammar
    assert absolute == f"{tmp_path.as_posix()}/toy.toml"


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "[words] found nothing to train on; allowed: one of nonce = N"),
        (TOP, "[words] found nothing to train on"),
        (f"{TOP}{PAIRS}nonce = 3\n", "line 4: [words] found nonce and pairs"),
        ("[wordz]\n", "line 1: unknown key 'wordz' at the top; did you mean words? allowed: name, grammar, process"),
        ("nonce = 3\n", "line 1: 'nonce' stands above the sections; it is a key of [words]"),
        (f"{TOP}{WORDS}at_leats = 3\n", "line 5: unknown key 'at_leats' in [words]; did you mean at_least? allowed: "),
        ("[words]\nnonse = 3\n", "line 2: unknown key 'nonse' in [words]; did you mean nonce? allowed: nonce, pairs"),
        (f"{PAIRS}{TOP}", "line 3: [words] found 'grammar'; it stands at the top of the file"),
        (f"{PAIRS}beam = 3\n", "line 3: unknown key 'beam' in [words] (it is one of [test], [stimuli] or [conditions"),
        ("[stimuli.a]\nstem = 3\n", "line 2: unknown key 'stem' in [stimuli.a]; did you mean stems? allowed: process"),
        (f"{TOP}{WORDS}at_least = 'x'\n", "line 5: [words] --at-least is 'x'; allowed: a whole number, 0 to"),
        (f"{TOP}{WORDS}at_least = 1\nat-least = 2\n", "line 6: found 'at_least' and 'at-least', which are one key"),
        (f"{TOP}{WORDS}edges = 2\n", "line 5: [words] --edges is 2; allowed: a number, 0 to 1"),
        (f"{TOP}{WORDS}segments = '1-2'\n", "line 5: [words] found --segments; allowed only with --from-words LIST"),
        (f"{TOP}{WORDS}out = 'x'\n", "line 5: [words] found 'out', which a study gives itself: the study names"),
        (f"{TOP}{WORDS}with = 'x'\n", "line 5: [words] found 'with', which a study gives itself: it stands at the top"),
        (f"{TOP}{WORDS}ur_units = 'ipa'\n", "line 5: [words] ur_units: nonce words are written with blanks"),
        (f"{TOP}[words]\nnonce = true\n", "line 4: [words] nonce: found true; allowed: a whole number, 1 to 10"),
        (f"{TOP}[words]\nnonce = 50_000_000\n", "line 4: [words] nonce: found 50000000; allowed: a whole number, 1 to"),
        (f"{TOP}{WORDS}seed = -1\n", "line 5: [words] --seed is -1; allowed: 0 or more"),
        (f"{PAIRS}[test]\nlist = 'list.tsv'\nbeam = 5000\n", "line 5: [test] --beam is 5000; allowed: up to 1,000"),
        (f"{TOP}[words]\nnonce = 9{'9' * 5000}\n", "not TOML that can be read: a number is too long"),
        (WORDS, "line 2: found nonce without grammar = FILE, which derives their SRs"),
        (f"{PAIRS}at_least = 3\n", "line 3: [words] found at_least, which is of nonce words; allowed only with nonce"),
        (f"{PAIRS}split = '1'\n", "line 3: [words] --split is '1'; allowed: two or three positive numbers"),
        ("[words]\npairs = 'lost.tsv'\n", "line 2: pairs = 'lost.tsv': no such file, seen from "),
        ("[words]\npairs = 'lits.tsv'\n", "did you mean list.tsv?"),
        ("[words]\npairs = 3\n", "line 2: [words] pairs: found 3; allowed: a file"),
        ("[words]\ntrain = 'list.tsv'\n", "line 2: [words] needs valid = FILE: the best checkpoint is chosen on it"),
        (f"{TOP}{WORDS}sizes = [10, 901]\n", "line 5: [words] sizes: found 901; 900 of the nonce words are for"),
        (f"{TOP}{WORDS}sizes = [10, 10]\n", "line 5: [words] sizes has 10 twice"),
        (f"{TOP}{WORDS}sizes = [1.5]\n", "line 5: [words] sizes: found [1.5]; allowed: whole numbers"),
        ("process = 'nasalization'\n" + PAIRS, "line 1: found process without grammar = FILE"),
        ("grammar = 'toy.toml'\nprocess = 'nasal'\n", "line 2: the grammar has no process 'nasal'; it has: nasal"),
        ("grammar = 'toy.toml'\nprocess = 'lowering'\n", "line 2: the process 'lowering' is optional: it applies only"),
        ("grammar = 'toy.toml'\nprocess = ['a', 'a']\n", "line 2: process has 'a' twice"),
        ("grammar = 'toy.toml'\nprocess = 3\n", "line 2: process: found 3; allowed: a text, or a list of texts"),
        ("grammar = 'gone.toml'\n", "line 1: grammar = 'gone.toml': no such file"),
        ("grammar = '.'\n", "line 1: grammar = '.' is a folder; allowed: a file"),
        ("user_dir = 'toy.toml'\n" + PAIRS, "line 1: user_dir = 'toy.toml' is a file; allowed: a folder"),
        ("name = ''\n" + PAIRS, "line 1: name: found ''; allowed: a text in one line"),
        ("seeds = 0\n" + PAIRS, "line 1: seeds: found 0; allowed: how many (1 to 1,000), or a list of seeds"),
        ("seeds = true\n" + PAIRS, "line 1: seeds: found true"),
        ("seeds = [1, 1]\n" + PAIRS, "line 1: seeds has 1 twice; two models of one seed are one model"),
        ("seeds = [4294967296]\n" + PAIRS, "line 1: seeds: found [4294967296]"),
        (f"{PAIRS}[model]\n[models.a]\n", "line 4: found [model] and [models.NAME]"),
        (f"{PAIRS}[models.'a/b']\n", "line 3: [models.'a/b']: the name becomes a folder; allowed: letters, digits"),
        (f"{PAIRS}[models.data]\n", "line 3: [models.'data']: the name becomes a folder; allowed: "),
        (f"{PAIRS}[models.A]\n[models.a]\n", "line 4: models: A and a would be one folder on some systems"),
        (f"{PAIRS}[models]\na = 3\n", "line 4: [models] found 'a'; allowed: sections [models.NAME]"),
        (f"{PAIRS}[models.a-untrained]\n", "line 3: [models.a-untrained]: the untrained models are called so"),
        (f"{PAIRS}[model]\nepochs = 0\n", "line 4: [model] epochs: found 0; allowed: a whole number, 1 or more"),
        (f"model = 3\n{PAIRS}", "line 1: model: found 3; allowed: a section, [model]"),
        (f"{PAIRS}[test]\n", "line 3: [test] needs list = FILE"),
        (f"{PAIRS}[test]\n{LIST}[test.a]\n{LIST}", "line 4: [test] found 'list' beside [test.a]; give it a name, too"),
        (f"{PAIRS}[test.a]\nlist = true\n", "line 4: [test.a] list = true: [words] has no test part; write split = ["),
        (f"{PAIRS}split = '2,1,1'\n[test]\nlist = true\nsr_units = 'ipa'\n",
         "line 4: [test] found --sr-units with list = true, whose words [words] reads; leave it out"),
        (f"{PAIRS}split = '2,1,1'\n[test]\n{LIST}", "line 4: [test] is what the test part of [words] is called; give"),
        (f"{PAIRS}[test]\n{LIST}split = '.9,.1'\n", "line 5: [test] found 'split', which a study gives itself: it is"),
        (f"{PAIRS}[test]\n{LIST}heatmaps = ['a k', 'w1', 'a_k']\n", "line 5: [test] heatmaps: 'a_k' is not in the"),
        (f"{PAIRS}[test]\n{LIST}heatmaps = ['a k m', 'a k?m']\n", "'a k m' and 'a k?m' would be one picture"),
        (f"{PAIRS}[test]\n{LIST}heatmaps = ['w1', 'row:0', 'w2']\n", "line 5: [test] heatmaps: 'w2' is not in the"),
        (f"{PAIRS}[test]\n{LIST}beam = 'x'\n", "line 5: [test] --beam is 'x'; allowed: a whole number, 1 to 1,000"),
        (f"{PAIRS}[stimuli]\n", "line 3: found [stimuli] without process = NAME"),
        (f"{TOP}{WORDS}[stimuli]\n{LIST}stems = 3\n", "line 7: [stimuli] found stems, which is of stimuli that are"),
        (f"{TOP}{WORDS}[stimuli]\nsyllables = 'a'\n", "line 6: [stimuli] --syllables is 'a'; allowed: LOW-HIGH"),
        (f"{TOP}{WORDS}[stimuli]\nprocess = 'lowering'\n", "line 6: process 'lowering' is none of the study's: nasal"),
        (f"{PAIRS}[interventions]\n", "line 3: found [interventions], and the study has no stimuli"),
        (f"{PAIRS}[baseline]\n", "line 3: found [baseline], and the study has no stimuli or [candidates]"),
        (f"{TOP}{WORDS}[dynamics]\nevery = 2\nat_most = 5\n", "line 5: [dynamics] argument --at-most: not allowed"),
        (f"{PAIRS}[human]\nhuman = 'list.tsv'\n", "line 3: found [human] without [candidates]"),
        (f"{PAIRS}[candidates]\n", "line 3: [candidates] needs list = FILE, or words = FILE"),
        (f"{PAIRS}[candidates]\nwords = 'list.tsv'\n", "line 4: [candidates] words: found nothing that makes their"),
        (f"{PAIRS}[candidates]\n{LIST}[human]\n", "line 5: [human] needs human = FILE"),
        (f"{PAIRS}[candidates]\n{LIST}[human]\nhuman = 'list.tsv'\nscale = '7-1'\n", "[human] --scale is '7-1'"),
        (f"{PAIRS}[conditions]\n{LIST}", "line 3: [conditions] needs condition = COLUMN"),
        (f"{PAIRS}[conditions]\n{LIST}levels = 'a'\n", "line 5: [conditions] found --levels without --condition"),
        (f"{PAIRS}[conditions]\nscores = true\ncondition = 'a'\n", "line 4: [conditions] found scores without [candid"),
    ],
)  # fmt: skip
def test_what_cannot_be_studied_is_said_in_one_line(refused, text, said):
    assert said in refused(text)


def test_a_file_in_the_folder_of_the_study_would_be_replaced(written, refused, tmp_path):
    (tmp_path / "study").mkdir()
    written("ur\tsr\n", "study/pairs.tsv")
    said = refused('[words]\npairs = "study/pairs.tsv"\n')
    assert said.endswith("lies in study, whose files the study makes and replaces; move it")


def test_a_broken_grammar_says_itself_what_is_wrong(written, tmp_path):
    written('[[process]]\nname = "a"\n', "broken.toml")
    (tmp_path / "broken.toml").write_text("process = 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"broken.toml: the grammar names no segments|broken.toml.*must be written"):
        read_study(written('grammar = "broken.toml"\nprocess = "a"\n[words]\nnonce = 10\n'))


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("user_dir_examples/*/*.toml")), ids=lambda path: path.stem)
def test_the_examples_are_read(path):
    text = path.read_text(encoding="utf-8")
    shipped = path.stem != "reproduction" and "published/" not in text
    if "[words]" in text and shipped:
        study = read_study(path)
        assert study.lists
        assert study.name != path.stem
