"""What is refused: the command, what is put into its folder before, and the words of the one line that says it.

The folder is that of `tests.helpers.world`. A command line is split at blanks; ``QUESTION`` stands for the options that
name the world's grammar, process and stimuli, ``USE`` for those of fairseq's commands that run its model, ``TRAIN``,
``HYDRA`` and ``PREPROCESS`` for those of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.helpers.tried import FOLDER, PIPE, Cut, Edited, Link


@dataclass(frozen=True)
class Bad:
    """One bad input."""

    command: str
    says: str
    files: Mapping[str, Any] = field(default_factory=dict)


DEEP, DIGITS, NUL = "[" * 10_000 + "]" * 10_000, "9" * 100_000, "a\0b"
SOUNDS = '[inventory]\nsegments = "p a"\n'
HEADER = "ur\tsr\n"
LONG = "x" * 300
SPLIT = "--split .5,.5 --dest new"
UTF16 = "ur\tsr\np a\tp a\n".encode("utf-16")

PREPARE = [
    Bad(f"prepare nothing.tsv {SPLIT}", "nothing.tsv: No such file or directory"),
    Bad(f"prepare data {SPLIT}", "data: Is a directory"),
    Bad(f"prepare bad.tsv {SPLIT}", "bad.tsv: is empty; expected one word a line", {"bad.tsv": ""}),
    Bad(f"prepare bad.tsv {SPLIT}", "bad.tsv: is empty; expected one word a line", {"bad.tsv": "\n\n\n"}),
    Bad(f"prepare bad.tsv {SPLIT}", "bad.tsv: has a header and no words", {"bad.tsv": HEADER}),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "1 different URs are too few to split 0.5,0.5: every part needs one",
        {"bad.tsv": UTF16},
    ),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "bad.tsv, line 2: byte 0xff is not UTF-8; save the file as UTF-8",
        {"bad.tsv": b"ur\tsr\np a\tp \xff\n"},
    ),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "bad.tsv, line 2: SR: 'a\\x00b' contains a control character (U+0000);",
        {"bad.tsv": f"{HEADER}p a\t{NUL}\n"},
    ),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "bad.tsv, line 3: found 3 columns; expected 2, as in line 1 (ur, sr)",
        {"bad.tsv": f"{HEADER}p a\tp a\np a\tp a\tp a\n"},
    ),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "bad.tsv, line 3: found 1 column; expected 2, as in line 1 (ur, sr)",
        {"bad.tsv": f"{HEADER}p a\tp a\np a\n"},
    ),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "bad.tsv, line 2: unexpected end of data; between commas a cell with a",
        {"bad.tsv": 'ur,sr\n"p a,p a\nt a,t a\n'},
    ),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "bad.tsv, line 2: the SR is empty; it needs one segment or more; write ∅",
        {"bad.tsv": f"{HEADER}p a\t\nt a\tt a\n"},
    ),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "bad.tsv, line 2: UR: '<pad>' in '<pad> a' is one of fairseq's own",
        {"bad.tsv": f"{HEADER}<pad> a\tp a\nt a\tt a\n"},
    ),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "1 different URs are too few to split 0.5,0.5: every part needs one",
        {"bad.tsv": f"{HEADER}p a\tp a\n"},
    ),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "characters; allowed: up to 10,000; does each word have its line?",
        {"bad.tsv": f"{HEADER}{'a ' * 100_000}\ta\nt a\tt a\n"},
    ),
    Bad(
        f"prepare bad.tsv {SPLIT}",
        "bad.tsv, line 1: two columns of the header are called 'ur'; give them",
        {"bad.tsv": ("ur\tsr\tur\n" + "p a\tp a\tp\n" * 3)},
    ),
    Bad(
        f"prepare bad.xlsx {SPLIT}",
        "bad.xlsx: is a workbook or another zipped file; save the table as text",
        {"bad.xlsx": b"PK\x03\x04" + b"\0" * 100},
    ),
    Bad(f"prepare bad.gz {SPLIT}", "bad.gz: is compressed; unpack it", {"bad.gz": b"\x1f\x8b\x08\0" + b"\0" * 100}),
    Bad(
        "prepare list.tsv --split 1,2,3,4 --dest new",
        "--split is '1,2,3,4'; allowed: two or three positive numbers, as in",
    ),
    Bad(
        "prepare list.tsv --split nan,1 --dest new",
        "--split is 'nan,1'; allowed: two or three positive numbers, as in",
    ),
    Bad(
        "prepare list.tsv --split 1e-320,1 --dest new",
        "17 different URs are too few to split 9.99989e-321,1: every part needs",
    ),
    Bad(
        "prepare list.tsv --split 0.999999,.0000001 --dest new",
        "17 different URs are too few to split 0.999999,1e-07: every part needs",
    ),
    Bad(
        "prepare list.tsv --dest new",
        "PAIRS needs --split (as in --split .8,.1,.1) or, as a test list for a",
    ),
    Bad("prepare --dest new", "no word list; give PAIRS with --split, or --train, --valid and --test"),
    Bad(f"prepare list.tsv {SPLIT} --seed -1", "--seed is -1; allowed: 0 or more"),
    Bad(f"prepare list.tsv {SPLIT} --seed x", "--seed is 'x'; allowed: a whole number, 0 to 4,294,967,295"),
    Bad(f"prepare list.tsv {SPLIT} --repeats 0", "--repeats is 0; allowed: 1 or more"),
    Bad(f"prepare list.tsv {SPLIT} --repeats 1e9", "--repeats is '1e9'; allowed: a whole number, 1 to 1,000"),
    Bad(
        f"prepare list.tsv {SPLIT} --train-size 1000000000000",
        "--train-size is 1000000000000; allowed: up to 10,000,000",
    ),
    Bad(f"prepare list.tsv {SPLIT} --train-size -1", "--train-size is -1; allowed: 1 or more"),
    Bad(
        f"prepare list.tsv {SPLIT} --pairs-per-ur 99999999 --weight ur",
        "--pairs-per-ur is 99999999; allowed: up to 10,000",
    ),
    Bad(f"prepare list.tsv {SPLIT} --weight none", "list.tsv, line 1: --weight is 'none'; columns found: 1 ur, 2 sr"),
    Bad(f"prepare list.tsv {SPLIT} --ur-column 9", "list.tsv, line 1: --ur-column is '9'; columns found: 1 ur, 2 sr"),
    Bad(f"prepare list.tsv {SPLIT} --ur-column {'9' * 5000}", "list.tsv, line 1: --ur-column is '9999"),
    Bad(
        f"prepare list.tsv {SPLIT} --ur-units words",
        "argument --ur-units: invalid choice: 'words' (choose from space, ipa, grapheme, jamo,",
    ),
    Bad(
        f"prepare list.tsv {SPLIT} --profile nothing.tsv",
        "list.tsv: --ur-units is profile, and in 17 of 17 URs there are blanks",
    ),
    Bad(
        f"prepare list.tsv {SPLIT} --profile bad.tsv",
        "list.tsv: --ur-units is profile, and in 17 of 17 URs there are blanks",
        {"bad.tsv": "a\tb\n1\t2\n"},
    ),
    Bad(
        "prepare list.tsv --split .5,.5 --dest data",
        "data: is not empty (it holds bin); name another folder or add",
    ),
    Bad(
        "prepare list.tsv --split .5,.5 --dest run --overwrite",
        "run: holds best_checkpoints.json, which prepare did not make:",
    ),
    Bad(
        "prepare list.tsv --split .5,.5 --dest model.pt",
        "model.pt: is a file; --dest must name a folder",
    ),
    Bad(
        "prepare list.tsv --split .5,.5 --dest model.pt/new",
        "model.pt/new: cannot be made: model.pt is a file",
    ),
    Bad(
        "prepare list.tsv --split .5,.5 --dest .",
        "is not empty (it holds analysis); name another folder",
    ),
    Bad(
        f"prepare list.tsv --split .5,.5 --dest {LONG}",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ),
    Bad(
        "prepare list.tsv --split .5,.5 --dest bad",
        "bad: is a symbolic link to nothing; --dest must name a folder",
        {"bad": Link("nothing")},
    ),
    Bad("prepare list.tsv --split .5,.5 --dest bad", "bad: is a loop of symbolic links", {"bad": Link("bad")}),
    Bad("prepare list.tsv --split .5,.5 --dest bad", "is a pipe or a device, not a file", {"bad": PIPE}),
    Bad(
        "prepare stimuli.tsv --dictionaries run --dest new",
        "run: expected dict.ur.txt and dict.sr.txt; dictionaries found here: none",
    ),
    Bad(
        "prepare stimuli.tsv --dictionaries bad --dest new",
        "bad/dict.sr.txt: is empty; expected one word a line",
        {"bad/dict.ur.txt": "p 1\np 1\n", "bad/dict.sr.txt": ""},
    ),
    Bad(
        "prepare stimuli.tsv --dictionaries data/bin --dest new",
        "data/bin/prepare.json: is no JSON: Expecting property name",
        {"data/bin/prepare.json": "{"},
    ),
    Bad(
        "prepare stimuli.tsv --dictionaries data/bin --dest new",
        "is no record of prepare: units is 3, not an object",
        {"data/bin/prepare.json": '{"units": 3}'},
    ),
    Bad(
        "prepare bad.tsv --dictionaries data/bin --dest new",
        "bad.tsv: no word consists of the model's segments (x y z); --ur-units",
        {"bad.tsv": f"{HEADER}x y z\tx y z\n"},
    ),
    Bad(
        "prepare list.tsv --dictionaries data/bin --source-lang xx --dest new",
        "data/bin: --source-lang xx: no dict.xx.txt; dictionaries found here:",
    ),
    *(
        Bad(f"prepare bad {SPLIT}", says, {"bad": content})
        for content, says in (
            (Link("bad"), "bad: is a loop of symbolic links"),
            (Link("nothing"), "bad: No such file or directory"),
            (PIPE, "is a pipe or a device, not a file"),
            (FOLDER, "Is a directory"),
        )
    ),
]
GRAMMARS = [
    Bad("grammar nothing.toml", "nothing.toml: cannot be read: No such file or directory"),
    Bad("grammar data", "data: cannot be read: Is a directory"),
    *(
        Bad("grammar bad.toml", says, {"bad.toml": content})
        for content, says in (
            ("", "bad.toml: the grammar names no segments; [inventory] needs: segments ="),
            ("x", "bad.toml: not TOML: Expected '=' after a key in a key/value pair"),
            (f"{SOUNDS}x = {DEEP}", "bad.toml: not TOML that can be read: nested too deeply"),
            (f"{SOUNDS}x = {DIGITS}", "bad.toml: not TOML that can be read: a number is too long"),
            (
                f"{SOUNDS}{'a.' * 10_000}b = 1",
                "bad.toml, line 3: not TOML that can be read: nested too deeply",
            ),
            (
                f"{SOUNDS}language = 1979-05-27",
                "bad.toml, line 3: unknown key 'language' in [inventory]; allowed:",
            ),
            (
                f"{SOUNDS}language = inf",
                "bad.toml, line 3: unknown key 'language' in [inventory]; allowed:",
            ),
            (
                "[inventory]\nsegments = nan\n",
                "bad.toml: [inventory] segments: found nan; allowed: a list of strings,",
            ),
            (
                "[inventory]\nsegments = 1979-05-27T07:32:00Z\n",
                "bad.toml: [inventory] segments: found datetime.datetime(1979, 5, 27, 7,",
            ),
            (
                '[inventory]\nsegments = ""\n',
                "bad.toml: the grammar names no segments; [inventory] needs: segments =",
            ),
            ('[inventory]\nsegments = "p p"\n', "bad.toml, line 2: [inventory] segments: 'p' is listed twice"),
            (
                '[inventory]\nsegments = "p <pad>"\n',
                "bad.toml, line 2: [inventory] segments: '<pad>' is one of fairseq's own",
            ),
            (
                '[inventory]\nsegments = ["p", 3]\n',
                "bad.toml, line 2: [inventory] segments: found ['p', 3]; allowed: a list",
            ),
            (
                f"{SOUNDS}[inventory]\nsegments = 1\n",
                "bad.toml, line 3: not TOML: Cannot declare ('inventory',) twice",
            ),
            ("inventory = 3\n", "bad.toml, line 1: 'inventory' must be a section, [inventory]"),
            (f'{SOUNDS}[[process]]\nname = "x"\n', "bad.toml, line 4: process 'x': needs either rules or map"),
            (
                f'{SOUNDS}[[process]]\nname = "x"\nrules = "p -> q / _"\n',
                "bad.toml, line 5: process 'x': cannot read the rule at ▸ in “p -> ▸q /",
            ),
            (
                f'{SOUNDS}[[process]]\nname = "x"\nrules = "p -> a / _ {"(" * 3000}a{")" * 3000}"\n',
                "bad.toml, line 5: process 'x': cannot read the rule at",
            ),
            (
                f'{SOUNDS}[[process]]\nname = "x"\nrules = "p -> "\n',
                "bad.toml, line 5: process 'x': cannot read the rule at ▸ in “p -> ▸”:",
            ),
            (
                f'{SOUNDS}[[process]]\nname = "x"\nrules = "p"\n',
                "bad.toml, line 4: process 'x': cannot read the rule at ▸ in “p▸”:",
            ),
            (
                f'{SOUNDS}[[process]]\nname = "x"\nrules = "p -> a"\nrate = 2\n',
                "bad.toml, line 4: process 'x': rate: found 2; allowed: a number, 0",
            ),
            (
                f'{SOUNDS}[[process]]\nname = "x"\nrules = "p -> a"\nrate = nan\n',
                "bad.toml, line 4: process 'x': rate: found nan; allowed: a number, 0",
            ),
            (
                f'{SOUNDS}[[process]]\nname = "x"\nrules = "p -> a"\noptional = 3\n',
                "bad.toml, line 4: process 'x': optional: found 3; allowed: true or false",
            ),
            (
                f'{SOUNDS}[[process]]\nname = "x"\nrules = "p -> a"\napply = "sideways"\n',
                "bad.toml, line 4: process 'x': apply is 'sideways'; allowed:",
            ),
            (
                f'{SOUNDS}[[process]]\nname = 3\nrules = "p -> a"\n',
                "bad.toml: found the [[process]] name 3; allowed: letters, digits, - and",
            ),
            (
                f'{SOUNDS}process = "x"\n',
                "bad.toml, line 3: unknown key 'process' in [inventory]; allowed:",
            ),
            (
                f"{SOUNDS}[syllable]\nonsets = 3\n",
                "bad.toml: [syllable] onsets: found 3; allowed: a list of strings, or",
            ),
            (
                f'{SOUNDS}[syllable]\nonsets = ["q"]\nnuclei = "a"\n',
                "bad.toml, line 4: 'q' is not in the inventory, which has: p a",
            ),
            (
                f'{SOUNDS}[controls.none]\ntarget = "p"\n',
                "bad.toml: [controls.none]: the grammar has no such process; it has: ",
            ),
            (
                f"{SOUNDS}[unknown]\n",
                "bad.toml, line 3: unknown key 'unknown' at the top; allowed: citation,",
            ),
            (
                f'{SOUNDS}[inventory.features]\np = "z [+huh]"\n',
                "bad.toml, line 4: [inventory.features] 'p': unknown feature 'huh';",
            ),
            (SOUNDS.encode("utf-16"), "bad.toml: is not UTF-8 (byte"),
            (SOUNDS.encode() + b"\xff", "bad.toml: is not UTF-8 (byte"),
            (
                SOUNDS + "language = 'a\0b'\n",
                "bad.toml, line 3: not TOML: Found invalid character '\\x00'",
            ),
            (Link("bad.toml"), "bad.toml: is a loop of symbolic links"),
            (Link("nothing"), "bad.toml: cannot be read: No such file or directory"),
            (PIPE, "is a pipe or a device, not a file"),
            (FOLDER, "Is a directory"),
        )
    ),
    Bad(
        f"grammar {LONG}",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ),
    Bad("grammar toy.toml --with none", "no process 'none'"),
]
NONCE = [
    Bad("nonce toy.toml --n 5 --out data", "data: is not a file; --out must name a file"),
    Bad("nonce toy.toml --n 5 --out list.tsv", "list.tsv: exists; name another file or add --overwrite"),
    Bad(
        "nonce toy.toml --n 5 --out toy.toml --overwrite",
        "toy.toml: --out is the grammar that is read; name another file",
    ),
    Bad("nonce toy.toml --n 5 --out none/new.tsv", "none/new.tsv: cannot write: no such folder none"),
    Bad("nonce toy.toml --n 5 --out model.pt/new.tsv", "model.pt/new.tsv: cannot write: no such folder model.pt"),
    Bad(
        f"nonce toy.toml --n 5 --out {LONG}",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ),
    Bad("nonce toy.toml --n 5 --out bad", "bad: is a loop of symbolic links", {"bad": Link("bad")}),
    Bad(
        "nonce toy.toml --n 5 --out bad",
        "bad: is a symbolic link to no file; --out must name a file",
        {"bad": Link("nothing")},
    ),
    Bad("nonce toy.toml --n 5 --out bad --overwrite", "is a pipe or a device, not a file", {"bad": PIPE}),
    Bad("nonce toy.toml", "the following arguments are required: --n"),
    Bad("nonce --n 5", "found no GRAMMAR; allowed only with --from-words LIST, whose n-grams"),
    Bad("nonce toy.toml --n 0", "--n is 0; allowed: 1 or more"),
    Bad("nonce toy.toml --n 1_0", "--n is '1_0'; allowed: a whole number, 1 to 10,000,000"),
    Bad("nonce toy.toml --n 1e5", "--n is '1e5'; allowed: a whole number, 1 to 10,000,000"),
    Bad("nonce toy.toml --n 1000000000000", "--n is 1000000000000; allowed: up to 10,000,000"),
    Bad(
        f"nonce toy.toml --n {'9' * 5000}",
        "--n is '999999999999999999999999999999...'; allowed: a whole number, 1",
    ),
    Bad("nonce toy.toml --n 5 --seed -1", "--seed is -1; allowed: 0 or more"),
    Bad("nonce toy.toml --n 5 --syllables 4-1", "--syllables is '4-1'; allowed: LOW-HIGH, as in 1-4, up to 100"),
    Bad(
        "nonce toy.toml --n 5 --syllables 1-1000000000",
        "--syllables is '1-1000000000'; allowed: LOW-HIGH, as in 1-4, up to 100",
    ),
    Bad(
        f"nonce toy.toml --n 5 --syllables 1-{'9' * 5000}",
        "--syllables is '1-9999999999999999999999999999...'; allowed: LOW-HIGH,",
    ),
    Bad("nonce toy.toml --n 5 --syllables x", "--syllables is 'x'; allowed: LOW-HIGH, as in 1-4, up to 100"),
    Bad(
        "nonce toy.toml --n 1000000 --syllables 1-1",
        "only 378 of 1000000 distinct words could be drawn; allow more",
    ),
    Bad("nonce toy.toml --n 5 --edges 2", "--edges is 2; allowed: a number, 0 to 1"),
    Bad("nonce toy.toml --n 5 --edges nan", "--edges is 'nan'; allowed: a number, 0 to 1"),
    Bad("nonce toy.toml --n 5 --at-least -3", "--at-least is -3; allowed: 0 or more"),
    Bad("nonce toy.toml --n 5 --at-least 6", "5 words are too few for 6 of each of 1 processes"),
    Bad("nonce toy.toml --n 5 --with none", "the grammar has no process 'none'; it has: obstruent-nasalization"),
    Bad(
        "nonce toy.toml --n 5 --tag stratum",
        "toy.toml: found --tag stratum, and the grammar has no [strata], or only",
    ),
    Bad("nonce toy.toml --n 5 --ngram 3", "found --ngram; allowed only with --from-words LIST"),
    Bad("nonce --n 5 --from-words list.tsv --ngram 0", "--ngram is 0; allowed: 1 or more"),
    Bad("nonce --n 5 --from-words list.tsv --ngram 1000000000", "--ngram is 1000000000; allowed: up to 100"),
    Bad(
        "nonce --n 5 --from-words list.tsv --segments 1-1000000000",
        "--segments is '1-1000000000'; allowed: LOW-HIGH, as in 1-4, up to 1000",
    ),
    Bad(
        "nonce --n 5 --from-words list.tsv --segments 9-1",
        "--segments is '9-1'; allowed: LOW-HIGH, as in 1-4, up to 1000",
    ),
    Bad("nonce --n 5 --from-words bad.tsv", "bad.tsv: is empty; expected one word a line", {"bad.tsv": ""}),
    Bad(
        "nonce --n 5 --from-words list.tsv --weight sr",
        "list.tsv, line 2: sr is 'a p a'; allowed for --weight: a number, 0 or",
    ),
    Bad("nonce toy.toml --n 5 --exclude nothing.tsv", "nothing.tsv: No such file or directory"),
    Bad("nonce toy.toml --n 5 --exclude bad", "is a pipe or a device, not a file", {"bad": PIPE}),
]
STIMULI = [
    Bad(
        "stimuli toy.toml --process none --out new.tsv",
        "the grammar has no process 'none'; it has: obstruent-nasalization",
    ),
    Bad("stimuli toy.toml --process obstruent-nasalization", "the following arguments are required: --out"),
    *(
        Bad(f"stimuli toy.toml --process obstruent-nasalization --out {more}", says)
        for more, says in (
            ("stimuli.tsv", "stimuli.tsv: exists; name another file or add --overwrite"),
            ("data", "data: is not a file; --out must name a file"),
            ("none/new.tsv", "none/new.tsv: cannot write: no such folder none"),
            (
                LONG,
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            ),
            ("new.tsv --stems 2", "2 stems of each class are too few; allowed: 4 or more"),
            ("new.tsv --stems 1000000000000", "--stems is 1000000000000; allowed: up to 100,000"),
            (
                "new.tsv --stems 99999 --suffixes 9999",
                "--stems x --suffixes make 3,999,560,004 words; allowed: 10,000,000",
            ),
            ("new.tsv --suffixes -1", "--suffixes is -1; allowed: 1 or more"),
            ("new.tsv --fillers -1", "--fillers is -1; allowed: 0 or more"),
            ("new.tsv --fillers 1000000000000", "--fillers is 1000000000000; allowed: up to 1,000,000"),
            ("new.tsv --part 0", "--part is 0; allowed: 1 or more"),
            ("new.tsv --part 1000000000000", "--part is 1000000000000; allowed: up to 1,000"),
            ("new.tsv --seed -1", "--seed is -1; allowed: 0 or more"),
            ("new.tsv --syllables 0-0", "syllables: found 0-0; allowed: 1-1, 1-2, 2-3 and the like"),
            (
                "new.tsv --syllables 1-1000000000",
                "--syllables is '1-1000000000'; allowed: LOW-HIGH, as in 1-4, up to 100",
            ),
            (
                "new.tsv --stratum none",
                "toy.toml: found --stratum none, and the grammar has no [strata], or",
            ),
            ("new.tsv --carriers q", "--carriers: 'q' is not in the inventory (p pʰ p͈ t tʰ t͈ k kʰ k͈ s l m"),
            ("new.tsv --items nothing.tsv", "nothing.tsv: No such file or directory"),
            ("new.tsv --from-words nothing.tsv", "nothing.tsv: No such file or directory"),
            ("new.tsv --from-words toy.toml", "toy.toml, line 1: is empty; every line must contain a word"),
            (
                "new.tsv --items toy.toml",
                "toy.toml, line 1: has no column 'stem'; the header needs stem and",
            ),
            ("new.tsv --phonotactics list.tsv --ngram 1000000", "--ngram is 1000000; allowed: up to 100"),
            ("new.tsv --ngram 3", "found --ngram; allowed only with --phonotactics LIST"),
            ("new.tsv --exclude toy.toml", "toy.toml, line 1: is empty; every line must contain a word"),
        )
    ),
]
HISTORY_TOP = "epoch,updates,subset,train_loss,valid_loss,exact_match,per,lr,wall,kept\n"
CURVES = [
    Bad("curves nothing", "nothing: no such file or folder"),
    Bad(
        "curves data",
        "data: no history.csv in this folder; runs made without the plugin have",
    ),
    Bad("curves run --last 0", "--last is 0; allowed: 1 or more"),
    Bad("curves run --last 1000000000000000000000", "--last is 1000000000000000000000; allowed: up to 10,000,000"),
    Bad("curves run --out run/history.csv", "run/history.csv: exists; name another file or add --overwrite"),
    Bad("curves run --out new.txt", "new.txt: a picture's name ends in .png, .svg, .pdf"),
    Bad("curves run --out none/new.png", "none/new.png: cannot write: no such folder none"),
    Bad(
        f"curves run --out {LONG}.png",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ),
    Bad(
        "curves toy.toml --out new.png",
        "toy.toml: no epoch found; expected a history.csv or a log of",
    ),
    Bad(
        "curves bad.log --out new.png",
        "bad.log: no epoch found; expected a history.csv or a log of",
        {"bad.log": ""},
    ),
    Bad(
        "curves bad.log --out new.png",
        "bad.log: no epoch found; expected a history.csv or a log of",
        {"bad.log": b"\0\xff" * 100},
    ),
    *(
        Bad("curves run --out new.png", says, {"run/history.csv": content})
        for content, says in (
            (
                "",
                "run/history.csv: no epoch found; expected a history.csv or a log of",
            ),
            (HISTORY_TOP, "run/history.csv: no validation in it yet"),
            (
                "a,b\n1,2\n",
                "run/history.csv: no epoch found; expected a history.csv or a log of",
            ),
            (
                f"{HISTORY_TOP}x,10,valid,3,2.5,10,,,1,0\n",
                "run/history.csv, line 2: epoch and updates must be whole numbers:",
            ),
            (f"{HISTORY_TOP}1,-10,valid,3,2,10,,,1,0\n", "run/history.csv, line 2: updates is -10; allowed: 0 or more"),
            (
                f"{HISTORY_TOP}1,10,valid,3,2,1000,,,1,0\n",
                "run/history.csv, line 2: exact_match is 1000; allowed: 0 to 100",
            ),
            (f"{HISTORY_TOP}1,10,valid,3\n", "run/history.csv, line 2: expected 10 columns; found 4"),
            (f'{HISTORY_TOP}1,10,"valid,3\n', "run/history.csv, line 2: expected 10 columns; found 3"),
            (FOLDER, "run: no history.csv in this folder"),
            (PIPE, "run: no history.csv in this folder"),
            (
                Link("history.csv"),
                "run: no history.csv in this folder; runs made without the plugin have",
            ),
            (
                HISTORY_TOP.encode("utf-16"),
                "run/history.csv: no epoch found; expected a history.csv or a log of",
            ),
        )
    ),
]
HEATMAP = [
    Bad("heatmap nothing w --out new.png", "nothing: no such folder"),
    Bad("heatmap run w --out new.png", "run: no manifest.json in it: not an attention dump"),
    Bad("heatmap dump none --out new.png", "dump: has no word 'none'; it has sap-ma, sap-ni, sap-mu, sap-nas,"),
    Bad("heatmap dump sap-ma --out new.txt", "new.txt: a picture's name ends in .png, .svg, .pdf"),
    Bad(
        "heatmap dump sap-ma --out dump/manifest.json", "dump/manifest.json: a picture's name ends in .png, .svg, .pdf"
    ),
    Bad("heatmap dump sap-ma --out none/new.png", "none/new.png: cannot write: no such folder none"),
    Bad("heatmap dump sap-ma --out new.png --layer 0", "--layer is 0; allowed: 1 or more"),
    Bad(
        "heatmap dump sap-ma --out new.png --layer 9",
        "dump: no layer 9: the cross-attention of this model has layers 1 to 1",
    ),
    Bad(
        "heatmap dump sap-ma --out new.png --head 9",
        "dump: no head 9: the cross-attention of this model has heads 1 to 5",
    ),
    Bad(
        "heatmap dump sap-ma --out new.png --layer 1 --head 1000000000000",
        "--head is 1000000000000; allowed: up to 10,000",
    ),
    Bad("heatmap dump sap-ma --out new.png --norms", "dump: has weights and no norms; write it with --attention-norms"),
    Bad(
        "heatmap dump sap-ma --out new.png --kind up",
        "argument --kind: invalid choice: 'up' (choose from cross, encoder, decoder)",
    ),
    Bad(
        "heatmap dump sap-ma --out new.png --words nothing.tsv",
        "nothing.tsv: cannot be read: No such file or directory",
    ),
    Bad(
        "heatmap dump sap-ma --out new.png",
        "dump/manifest.json: is no JSON: Expecting property name enclosed in",
        {"dump/manifest.json": "{"},
    ),
    Bad(
        "heatmap dump sap-ma --out new.png",
        "dump/manifest.json: is no JSON: nested too deeply",
        {"dump/manifest.json": DEEP},
    ),
    Bad(
        "heatmap dump sap-ma --out new.png",
        "dump/manifest.json: is no JSON: Exceeds the limit (4300 digits) for",
        {"dump/manifest.json": f'{{"norms": {DIGITS}}}'},
    ),
    Bad(
        "heatmap dump sap-ma --out new.png",
        "dump/manifest.json: is a pipe or a device, not a file",
        {"dump/manifest.json": PIPE},
    ),
    Bad(
        "heatmap dump sap-ma --out new.png",
        "dump: no manifest.json in it: not an attention dump",
        {"dump/manifest.json": None},
    ),
    Bad(
        "heatmap dump sap-ma --out new.png",
        "dump/attention-00000.h5: damaged or changed: it has 0 of 352,400 bytes;",
        {"dump/attention-00000.h5": b""},
    ),
    Bad(
        "heatmap dump sap-ma --out new.png",
        "dump/attention-00000.h5: missing: the manifest names it; copy it here",
        {"dump/attention-00000.h5": None},
    ),
    Bad(
        "heatmap dump sap-ma --out new.png",
        "dump/attention-00000.h5: damaged or changed: it has 5,000 of 352,400",
        {"dump/attention-00000.h5": Cut("dump/attention-00000.h5", 5000)},
    ),
]
CHECKPOINTS = [
    Bad("checkpoints nothing --cpu", "nothing: no such folder"),
    Bad("checkpoints data --cpu", "data: no checkpoint (*.pt) in this folder"),
    Bad("checkpoints run --data data/bin --cpu --beam 0", "--beam is 0; allowed: 1 or more"),
    Bad("checkpoints run --data data/bin --cpu --beam 1000000000", "--beam is 1000000000; allowed: up to 1,000"),
    Bad("checkpoints run --data data/bin --cpu --batch-size 0", "--batch-size is 0; allowed: 1 or more"),
    Bad(
        "checkpoints run --data data/bin --cpu --batch-size 1000000000000",
        "--batch-size is 1000000000000; allowed: up to 1,000,000",
    ),
    Bad(
        "checkpoints run --data data/bin --cpu --subset none",
        "data/bin: no data set 'none'; found here: test, train, valid",
    ),
    Bad(
        "checkpoints run --cpu --data nothing",
        "nothing: no such folder, where the data of checkpoint1.pt were; name",
    ),
    Bad("checkpoints run --cpu --data dump", "dump: expected dict.ur.txt and dict.sr.txt; dictionaries found here:"),
    Bad(
        "checkpoints run --data data/bin --cpu --out model.pt",
        "model.pt/predictions: cannot be written: Not a directory; name another",
    ),
    Bad("checkpoints run --data data/bin --cpu --user-dir nothing", "nothing: --user-dir: no such folder"),
]
ERRORS = [
    Bad("errors nothing --out new", "nothing: No such file or directory"),
    Bad("errors data --out new", "data: no manifest.json in it: not an attention dump"),
    Bad(
        "errors toy.toml --out new",
        "toy.toml, line 1: the first line is no header: give the column of the",
    ),
    Bad("errors model.pt --out new", "model.pt: is a workbook or another zipped file; save the table as text"),
    Bad("errors bad.txt --out new", "bad.txt: is empty; expected one word a line", {"bad.txt": ""}),
    Bad(
        "errors bad.txt --out new",
        "bad.txt: has no reference of the word 0 (no T- line): SRs are needed;",
        {"bad.txt": "H-0\t-1\ta\n"},
    ),
    Bad(
        "errors bad.txt --out new",
        "bad.txt, line 1: the first line is no header: give the column of the",
        {"bad.txt": "S-x\ta\nT-x\ta\nH-x\t-1\ta\n"},
    ),
    Bad(
        "errors bad.txt --out new",
        "bad.txt, line 1: the word 95 has no line H-95: the run was broken off",
        {"bad.txt": Edited("generate.txt", "H-", "J-")},
    ),
    Bad(
        "errors bad.txt --out new",
        "bad.txt, line 46: the word 71 has no line D-71: the run was broken off",
        {"bad.txt": Cut("generate.txt", 2000)},
    ),
    Bad(
        "errors bad.csv --out new",
        "bad.csv, line 2: unexpected end of data; between commas a cell with a",
        {"bad.csv": 'id,ur,hypothesis,reference\n1,"p a,p a,p a\n'},
    ),
    Bad("errors generate.txt --words nothing.tsv --out new", "nothing.tsv: cannot be read: No such file or directory"),
    Bad(
        "errors generate.txt --words toy.toml --out new",
        "toy.toml, line 1: has no column 'id': not a list that prepare wrote,",
    ),
    Bad(
        "errors generate.txt --words list.tsv --out new",
        "list.tsv, line 1: has no column 'id': not a list that prepare wrote,",
    ),
    Bad(
        "errors generate.txt --train toy.toml --out new",
        "toy.toml, line 1: has no column 'id': not a list that prepare wrote,",
    ),
    Bad(
        "errors generate.txt --grammar list.tsv --out new",
        "list.tsv, line 1: not TOML: Expected '=' after a key in a key/value",
    ),
    Bad("errors generate.txt --with x --out new", "found --with; allowed only with --grammar FILE"),
    Bad(
        "errors generate.txt --out analysis",
        "analysis: is not empty (it holds events.csv.gz); name another folder or",
    ),
    Bad(
        "errors generate.txt --out analysis --overwrite",
        "analysis: holds events.csv.gz, which errors did not make: --overwrite",
    ),
    Bad(
        "errors generate.txt generate.txt --out new",
        "generate.txt: is given twice; several outputs are of several models",
    ),
]
ANALYZE = [
    Bad("analyze nothing QUESTION --out new", "nothing: no such folder"),
    Bad("analyze run QUESTION --out new", "run: no manifest.json in it: not an attention dump"),
    Bad("analyze model.pt QUESTION --out new", "model.pt: not a folder"),
    Bad(
        "analyze QUESTION --out new",
        "needs a DUMP, --grammar and --process; or --condition, which needs none",
    ),
    Bad(
        "analyze dump QUESTION --out dump",
        "dump: is not empty (it holds attention-00000.h5); name another folder",
    ),
    Bad(
        "analyze dump QUESTION --out dump --overwrite",
        "dump: lies in --out dump, which is replaced; move it to another folder",
    ),
    Bad("analyze dump QUESTION --out new --seed -1", "--seed is -1; allowed: 0 or more"),
    Bad(
        "analyze dump QUESTION --out new --seed 1000000000000", "--seed is 1000000000000; allowed: up to 4,294,967,295"
    ),
    Bad(
        "analyze dump QUESTION --out new --with none",
        "the grammar has no process 'none'; it has: obstruent-nasalization",
    ),
    Bad("analyze dump QUESTION --out new --baseline nothing", "nothing: no such folder"),
    Bad("analyze dump QUESTION --out new --baseline run", "run: no manifest.json in it: not an attention dump"),
    Bad("analyze dump QUESTION --out new --baseline model.pt", "model.pt: not a folder"),
    Bad(
        "analyze dump QUESTION --out new --baseline dump",
        "dump: is given as baseline and was not made under forced decoding;",
    ),
    Bad(
        "analyze dump QUESTION --out new --forced dump",
        "dump: is given as forced decoding and was not made under forced",
    ),
    Bad(
        "analyze dump QUESTION --out new --interventions analysis",
        "analysis/summary.json: is no summary.json of intervene for one model:",
    ),
    Bad(
        "analyze dump QUESTION --out new --dynamics analysis",
        "analysis/summary.json: is no summary.json of dynamics: it lacks",
    ),
    Bad(
        "analyze dump QUESTION --out new --condition none",
        "stimuli.tsv: --condition is 'none'; the columns are stem, suffix,",
    ),
    Bad("analyze dump QUESTION --out new --levels a,b", "found --levels without --condition COLUMN, which it is for"),
    Bad("analyze dump QUESTION --out new --scores analysis", "--scores is for --condition, which is missing"),
    Bad(
        "analyze dump QUESTION --out new --candidate x", "found --candidate without --condition COLUMN, which it is for"
    ),
    Bad(
        "analyze dump --grammar toy.toml --process none --stimuli stimuli.tsv --out new",
        "the grammar has no process 'none'; it has: obstruent-nasalization",
    ),
    Bad(
        "analyze dump --grammar list.tsv --process x --stimuli stimuli.tsv --out new",
        "list.tsv, line 1: not TOML: Expected '=' after a key in a key/value",
    ),
    Bad(
        "analyze dump --process x --out new",
        "needs a DUMP, --grammar and --process; or --condition, which needs none",
    ),
    Bad("analyze dump QUESTION --out new", "stimuli.tsv: is empty; expected one word a line", {"stimuli.tsv": ""}),
    Bad(
        "analyze dump QUESTION --out new",
        "stimuli.tsv, line 2: trigger_index is '99'; allowed: 0 to 5 (/s a p m",
        {"stimuli.tsv": Edited("stimuli.tsv", "\t2\t3", "\t2\t99")},
    ),
    Bad(
        "analyze dump QUESTION --out new",
        "stimuli.tsv, line 2: target_index is '-2'; allowed: 0 to 4 (/s a p m",
        {"stimuli.tsv": Edited("stimuli.tsv", "\t2\t3", "\t-2\t3")},
    ),
    Bad(
        "analyze dump QUESTION --out new",
        "stimuli.tsv, line 2: target_index is 'x'; allowed: 0 to 4 (/s a p m a/,",
        {"stimuli.tsv": Edited("stimuli.tsv", "\t2\t3", "\tx\t3")},
    ),
    Bad(
        "analyze dump QUESTION --out new",
        "stimuli.tsv, line 2: target_class is 'Q'; allowed: T or C",
        {"stimuli.tsv": Edited("stimuli.tsv", "\tT\tR\t", "\tQ\tR\t")},
    ),
    Bad(
        "analyze dump QUESTION --out new",
        "stimuli.tsv, line 2: the SR of 'sap-ma' is [s a m m a]; the grammar",
        {"stimuli.tsv": Edited("stimuli.tsv", "s a p m a\t", "s a p m a a\t")},
    ),
]
INTERVENE = [
    Bad("intervene nothing.pt QUESTION --out new --cpu", "nothing.pt: no such checkpoint"),
    Bad(
        "intervene data QUESTION --out new --cpu",
        "data: is one folder; allowed: two or more, which are put together, or",
    ),
    Bad(
        "intervene dump QUESTION --out new --cpu",
        "dump: is one folder; allowed: two or more, which are put together, or",
    ),
    Bad(
        "intervene list.tsv QUESTION --out new --cpu",
        "list.tsv: is a text file that begins with 'ur\\tsr\\na p a\\ta p a\\na pʰ",
    ),
    Bad(
        "intervene model.pt QUESTION --out analysis --cpu",
        "analysis: is not empty (it holds events.csv.gz); name another folder or",
    ),
    Bad("intervene model.pt QUESTION --out new --cpu --batch-size 0", "--batch-size is 0; allowed: 1 or more"),
    Bad(
        "intervene model.pt QUESTION --out new --cpu --batch-size 1000000000",
        "--batch-size is 1000000000; allowed: up to 1,000,000",
    ),
    Bad("intervene model.pt QUESTION --out new --cpu --seed -1", "--seed is -1; allowed: 0 or more"),
    Bad(
        "intervene model.pt QUESTION --out new --cpu --data nothing",
        "nothing: no such folder, where the data of model.pt were; name the",
    ),
    Bad(
        "intervene model.pt QUESTION --out new --cpu --data dump",
        "dump: expected dict.ur.txt and dict.sr.txt; dictionaries found here:",
    ),
    Bad("intervene model.pt QUESTION --out new --cpu --user-dir nothing", "nothing: --user-dir: no such folder"),
    Bad(
        "intervene model.pt QUESTION --out new --cpu --attention nothing.json",
        "nothing.json: cannot be read: No such file or directory",
    ),
    Bad(
        "intervene model.pt QUESTION --out new --cpu --attention bad.json",
        "bad.json: is no summary.json of analyze: it lacks 'process'",
        {"bad.json": "{}"},
    ),
    Bad(
        "intervene bad.pt QUESTION --out new --cpu",
        "bad.pt: damaged: cut short (a zip archive without its end)",
        {"bad.pt": Cut("model.pt", 5000)},
    ),
    Bad("intervene bad.pt QUESTION --out new --cpu", "is a pipe or a device, not a file", {"bad.pt": PIPE}),
    Bad(
        "intervene model.pt QUESTION --out new --cpu",
        "toy.toml: the grammar names no segments; [inventory] needs: segments =",
        {"toy.toml": ""},
    ),
]
DYNAMICS = [
    Bad("dynamics nothing QUESTION --out new --cpu", "nothing: no such folder"),
    Bad(
        "dynamics data QUESTION --out new --cpu",
        "data: holds no checkpoint (checkpoint*.pt); two or more are needed to",
    ),
    Bad("dynamics model.pt QUESTION --out new --cpu", "model.pt: is a file; name the run's folder"),
    Bad(
        "dynamics run QUESTION --out analysis --cpu",
        "analysis: is not empty (it holds events.csv.gz); name another folder or",
    ),
    Bad("dynamics run QUESTION --out new --cpu --every 0", "--every is 0; allowed: 1 or more"),
    Bad(
        "dynamics run QUESTION --out new --cpu --every 1000000000000",
        "--every is 1000000000000; allowed: up to 1,000,000",
    ),
    Bad("dynamics run QUESTION --out new --cpu --at-most 1", "--at-most is 1; allowed: 3 or more"),
    Bad(
        "dynamics run QUESTION --out new --cpu --at-most 1000000000000",
        "--at-most is 1000000000000; allowed: up to 1,000,000",
    ),
    Bad("dynamics run QUESTION --out new --cpu --batch-size -1", "--batch-size is -1; allowed: 1 or more"),
    Bad("dynamics run QUESTION --out new --cpu --head x", "--head x: no such head; there are 1.1, 1.2"),
    Bad("dynamics run QUESTION --out new --cpu --head 9.9", "--head 9.9: no such head; there are 1.1, 1.2"),
    Bad(
        "dynamics run QUESTION --data data/bin --out new --cpu --subset none",
        "data/bin: no data set 'none'; found here: test,",
    ),
    Bad(
        "dynamics run QUESTION --out new --cpu",
        "run/checkpoint2.pt: is a text file that begins with 'x': no checkpoint,",
        {"run/checkpoint2.pt": b"x"},
    ),
]
UNTRAINED = [
    Bad("untrained nothing.pt --out new.pt", "nothing.pt: no such checkpoint"),
    Bad(
        "untrained list.tsv --out new.pt",
        "list.tsv: is a text file that begins with 'ur\\tsr\\na p a\\ta p a\\na pʰ",
    ),
    Bad(
        "untrained model.pt --out model.pt --overwrite",
        "model.pt: --out is the checkpoint that is read; name another file",
    ),
    Bad("untrained model.pt --out list.tsv", "list.tsv: exists; name another file or add --overwrite"),
    Bad("untrained model.pt --out none/new.pt", "none/new.pt: cannot write: no such folder none"),
    Bad("untrained model.pt --out new.pt --seed -1", "--seed is -1; allowed: 0 or more"),
    Bad(
        "untrained model.pt --out new.pt --seed 100000000000000000000000",
        "--seed is 100000000000000000000000; allowed: up to 4,294,967,295",
    ),
    Bad(
        "untrained model.pt --out new.pt --data dump",
        "dump: expected dict.ur.txt and dict.sr.txt; dictionaries found here:",
    ),
    Bad(
        "untrained bad.pt --out new.pt",
        "bad.pt: damaged: cut short (a zip archive without its end)",
        {"bad.pt": Cut("model.pt", 300)},
    ),
]
SCORE = "score model.pt --candidates candidates.tsv --data data/bin --cpu --out"
TOP = "item\tur\tsr\tvariant\n"
SCORES = [
    Bad(
        f"{SCORE} analysis",
        "analysis: is not empty (it holds events.csv.gz); name another folder or",
    ),
    Bad(f"{SCORE} new --nbest 0", "--nbest is 0; allowed: 1 or more"),
    Bad(f"{SCORE} new --nbest 1000000000", "--nbest is 1000000000; allowed: up to 1,000"),
    Bad(f"{SCORE} new --batch-size 0", "--batch-size is 0; allowed: 1 or more"),
    Bad(f"{SCORE} new --batch-size 100000000000", "--batch-size is 100000000000; allowed: up to 1,000,000"),
    Bad(f"{SCORE} new --words stimuli.tsv", "give either --candidates TSV or --words LIST"),
    Bad(
        f"{SCORE} new --variant-column none",
        "candidates.tsv: --variant-column is 'none'; columns found: 1 item, 2",
    ),
    Bad(
        f"{SCORE} new --tag-columns none",
        "candidates.tsv, line 1: --tag-columns is 'none'; columns found: 1 item,",
    ),
    Bad(f"{SCORE} new --phonotactics nothing.tsv", "nothing.tsv: No such file or directory"),
    Bad(f"{SCORE} new --ngram 3", "found --ngram; allowed only with --phonotactics LIST"),
    Bad(
        f"{SCORE} new --grammar toy.toml --process x", "the grammar has no process 'x'; it has: obstruent-nasalization"
    ),
    Bad("score model.pt --data data/bin --cpu --out new", "give either --candidates TSV or --words LIST"),
    Bad(
        "score nothing.pt --candidates candidates.tsv --data data/bin --cpu --out new", "nothing.pt: no such checkpoint"
    ),
    Bad(
        "score model.pt:nothing.pt --candidates candidates.tsv --data data/bin --cpu --out new",
        "nothing.pt: no such checkpoint",
    ),
    Bad(
        "score model.pt model.pt --candidates candidates.tsv --data data/bin --cpu --out new",
        "model.pt: was given twice; allowed: each model once",
    ),
    Bad(
        "score model.pt --candidates candidates.tsv --data nothing --cpu --out new",
        "nothing: no such folder, where the data of model.pt were; name the",
    ),
    *(
        Bad(f"{SCORE} new", says, {"candidates.tsv": content})
        for content, says in (
            ("", "candidates.tsv: is empty; expected one word a line"),
            (TOP, "candidates.tsv: has a header and no words"),
            (
                "item\tur\ni\tp a\n",
                "candidates.tsv, line 2: the list has no SRs; name their column",
            ),
            (
                f"{TOP}i\tp a\tp a\ta\ni\tp a\tp a\tb\n",
                "candidates.tsv, line 3: the candidate p a of 'i' is already on line 2;",
            ),
            (
                f"{TOP}i\tp a\tp a\ta\ni\tt a\tt a\tb\n",
                "candidates.tsv, line 3: the item 'i' has the UR t a, and p a on line 2;",
            ),
            (
                f"{TOP}i\tp x\tp a\ta\ni\tp x\tp a a\tb\n",
                "candidates.tsv, line 2: the UR p x has x, which the model does not",
            ),
            (
                f"{TOP}i\tp a\t\ta\n",
                "candidates.tsv, line 2: the SR is empty; it needs one segment or more;",
            ),
            (
                f"{TOP}i\tp a\n",
                "candidates.tsv, line 2: found 2 columns; expected 4, as in line 1",
            ),
            (
                f"{TOP}i\t{'a ' * 600}\ta\ta\n",
                "candidates.tsv, line 2: the UR a a a a a a a a a a a a a a a a a a a a",
            ),
            (PIPE, "is a pipe or a device, not a file"),
            (TOP.encode("utf-16"), "candidates.tsv: has a header and no words"),
        )
    ),
]
COMPARE = [
    Bad("compare nothing --human human.tsv --out new", "nothing: cannot be read: No such file or directory"),
    Bad("compare analysis --human human.tsv --out new", "analysis: has no scores.csv: no folder that score made"),
    Bad("compare list.tsv --human human.tsv --out new", "list.tsv: no column 'model': no scores.csv of score"),
    Bad("compare scores --human nothing.tsv --out new", "nothing.tsv: No such file or directory"),
    Bad(
        "compare scores --human list.tsv --out new",
        "list.tsv: no column has the responses; give --k-column and --n-column,",
    ),
    Bad(
        "compare scores --human human.tsv --out analysis",
        "analysis: is not empty (it holds events.csv.gz); name another folder or",
    ),
    Bad("compare scores --human human.tsv --out new --draws 1", "--draws is 1; allowed: 100 or more"),
    Bad(
        "compare scores --human human.tsv --out new --draws 1000000000000",
        "--draws is 1000000000000; allowed: up to 1,000,000",
    ),
    Bad("compare scores --human human.tsv --out new --seed -1", "--seed is -1; allowed: 0 or more"),
    Bad("compare scores --human human.tsv --out new --scale 7-1", "--scale is '7-1'; allowed: LOW-HIGH, as in 1-7"),
    Bad(
        f"compare scores --human human.tsv --out new --scale 1-{'9' * 400}",
        "human.tsv: --scale is for ratings, and column 'k' holds counts",
    ),
    Bad(
        "compare scores --human human.tsv --out new --baseline none",
        "--baseline is 'none'; columns with a number for every candidate: none",
    ),
    Bad("compare scores --human human.tsv --out new --training nothing.tsv", "nothing.tsv: No such file or directory"),
    Bad(
        "compare scores --human human.tsv --out new --untrained analysis",
        "analysis: has no scores.csv: no folder that score made",
    ),
    Bad(
        "compare scores --human human.tsv --out new --untrained scores",
        "scores: is given as untrained and has a model that is compared itself;",
    ),
    Bad(
        "compare scores --human human.tsv --out new --family none",
        "--family is 'none'; columns found, beside those that say what people",
    ),
    Bad(
        "compare scores --human human.tsv --out new --of none",
        "human.tsv: --of is 'none', and column 'variant' has the candidate of",
    ),
    Bad("compare scores --human human.tsv --out new --variant none", "--variant is 'none'; variants found: a, b"),
    *(
        Bad("compare scores --human human.tsv --out new", says, {"human.tsv": content})
        for content, says in (
            ("", "human.tsv: is empty; expected one word a line"),
            ("item\tvariant\tk\tn\n", "human.tsv: has a header and no rows"),
            (Edited("human.tsv", "\t7\t10", "\t-7\t10"), "human.tsv, line 2: k is -7; allowed: 0, 1, 2 …"),
            (Edited("human.tsv", "\t7\t10", "\t17\t10"), "human.tsv, line 2: k is 17 and n is 10; allowed: k up to n"),
            (Edited("human.tsv", "\t7\t10", "\tx\t10"), "human.tsv, line 2: k is 'x', not a number"),
            (Edited("human.tsv", "\t7\t10", "\tnan\t10"), "human.tsv, line 2: k is 'nan', not a number"),
            (Edited("human.tsv", "\t7\t10", "\t7\tinf"), "human.tsv, line 2: n is 'inf', not a number"),
            (Edited("human.tsv", "\t7\t10", f"\t7\t{'9' * 400}"), "human.tsv, line 2: n is"),
            (PIPE, "is a pipe or a device, not a file"),
        )
    ),
    *(
        Bad("compare scores --human human.tsv --out new", says, {"scores/scores.csv": content})
        for content, says in (
            ("", "scores/scores.csv: no column 'model': no scores.csv of score"),
            ("a,b\n", "scores/scores.csv: no column 'model': no scores.csv of score"),
            (FOLDER, "Is a directory"),
            (None, "scores: has no scores.csv: no folder that score made"),
            (b"\xff\xfe", "scores/scores.csv: is not UTF-8; save it as UTF-8"),
        )
    ),
]
POWER = [
    Bad(f"power {more}", says)
    for more, says in (
        ("--heads 0", "--heads is 0; allowed: 1 or more"),
        ("--heads 100000000", "--heads is 100000000; allowed: up to 10,000"),
        ("--heads -1", "--heads is -1; allowed: 1 or more"),
        ("--heads 1.5", "--heads is '1.5'; allowed: a whole number, 1 to 10,000"),
        ("--simulations 10", "--simulations is 10; allowed: 100 or more"),
        ("--simulations 100000000", "--simulations is 100000000; allowed: up to 1,000,000"),
        ("--stems 0", "--stems is '0'; allowed: whole numbers of 4 or more, commas between"),
        (
            "--stems 1000000000000",
            "--stems is '1000000000000'; allowed: whole numbers from 4 to",
        ),
        ("--stems 8,x", "--stems is '8,x'; allowed: whole numbers of 4 or more, commas between"),
        (
            "--suffixes 1000000000000",
            "--suffixes is '1000000000000'; allowed: whole numbers from 4 to",
        ),
        (
            "--words 1000000000000",
            "--words is '1000000000000'; allowed: whole numbers from 5 to",
        ),
        ("--words 1e12", "--words is '1e12'; allowed: whole numbers of 5 or more, commas between"),
        (
            "--words 20 --stems 5",
            "found --words and --stems, --suffixes or --segments; allowed: real",
        ),
        ("--effects -1", "--effects is '-1'; allowed: numbers of 0 or more, commas between"),
        ("--effects inf", "--effects is 'inf'; allowed: numbers from 0 to 100, commas between"),
        ("--levels 2", "--levels is '2'; allowed: numbers between 0 and 1, commas between"),
        ("--levels nan", "--levels is 'nan'; allowed: numbers of 0 or more, commas between"),
        ("--levels 0", "--levels is '0'; allowed: numbers between 0 and 1, commas between"),
        (
            "--segments 1,2",
            "--segments is '1,2'; allowed: four whole numbers, of T, C, R and N, no",
        ),
        (
            "--segments 1000000,2,2,2",
            "--segments is '1000000,2,2,2'; allowed: four whole numbers, of T, C, R",
        ),
        ("--segments x,2,2,2", "--segments is 'x,2,2,2'; allowed: whole numbers of 1 or more, commas"),
        ("--seed -1", "--seed is -1; allowed: 0 or more"),
        ("--pilot nothing", "no --grammar, --process, --stimuli; --pilot needs them"),
        ("--pilot dump", "no --grammar, --process, --stimuli; --pilot needs them"),
        ("--grammar toy.toml", "found --grammar; allowed only with --pilot DUMP"),
        ("--out data", "data: is not a file; --out must name a file"),
        ("--out list.tsv", "list.tsv: exists; name another file or add --overwrite"),
        ("--out none/new.csv", "none/new.csv: cannot write: no such folder none"),
        (f"--stems {','.join(['8'] * 10_000)}", "--stems has 10,000 numbers; allowed: up to 50"),
        (
            f"--heads {'9' * 5000}",
            "--heads is '999999999999999999999999999999...'; allowed: a whole",
        ),
    )
]
STUDY = [
    Bad("study", "found no study file; type fairseq-phonology study STUDY.toml, or study"),
    Bad("study nothing.toml", "nothing.toml: no such file; fairseq-phonology study --new FOLDER makes"),
    Bad("study data", "data: is a folder; name the study file, such as data/study.toml"),
    Bad("study study.toml --jobs 0", "--jobs is 0; allowed: 1 or more"),
    Bad("study study.toml --jobs 1000000000000", "--jobs is 1000000000000; allowed: up to 10,000"),
    Bad("study study.toml --until none", "no step of this study is called 'none'; did you mean nonce? steps:"),
    Bad("study --new data", "data: is not empty (it holds bin); name a new folder"),
    Bad("study --new model.pt/new", "model.pt/new: cannot be made: model.pt is a file"),
    Bad(f"study --new {LONG}", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    *(
        Bad("study study.toml --dry-run", says, {"study.toml": content})
        for content, says in (
            ("", "study.toml: [words] found nothing to train on; allowed: one of nonce ="),
            ("x", "study.toml: not TOML: Expected '=' after a key in a key/value pair"),
            (DEEP, "study.toml, line 1: not TOML: Invalid initial character for a key part"),
            (f"x = {DEEP}", "study.toml: not TOML that can be read: nested too deeply"),
            (f"x = {DIGITS}", "study.toml: not TOML that can be read: a number is too long"),
            (f"seeds = {DIGITS}", "study.toml: not TOML that can be read: a number is too long"),
            (
                Edited("study.toml", "seeds = 1", "seeds = 0"),
                "study.toml, line 3: seeds: found 0; allowed: how many (1 to 1,000), or",
            ),
            (
                Edited("study.toml", "seeds = 1", "seeds = inf"),
                "study.toml, line 3: seeds: found inf; allowed: how many (1 to 1,000),",
            ),
            (
                Edited("study.toml", "seeds = 1", "seeds = 1979-05-27"),
                "study.toml, line 3: seeds: found the date or time 1979-05-27; allowed:",
            ),
            (
                Edited("study.toml", "seeds = 1", "seeds = [1, 1]"),
                "study.toml, line 3: seeds has 1 twice; two models of one seed are one",
            ),
            (
                Edited("study.toml", "seeds = 1", "seeds = [-1]"),
                "study.toml, line 3: seeds: found [-1]; allowed: how many (1 to 1,000),",
            ),
            (
                Edited("study.toml", "seeds = 1", "seeds = 1000000"),
                "study.toml, line 3: seeds: found 1000000; allowed: how many (1 to",
            ),
            (
                Edited("study.toml", "nonce = 100", "nonce = 1000000000000"),
                "study.toml, line 5: [words] nonce: found 1000000000000; allowed: a",
            ),
            (
                Edited("study.toml", "nonce = 100", "nonce = nan"),
                "study.toml, line 5: [words] nonce: found nan; allowed: a whole number,",
            ),
            (
                Edited("study.toml", "nonce = 100", "nonce = -1"),
                "study.toml, line 5: [words] nonce: found -1; allowed: a whole number, 1",
            ),
            (
                Edited("study.toml", "nonce = 100", "sounds = 3"),
                "study.toml, line 5: unknown key 'sounds' in [words]; allowed: nonce,",
            ),
            (
                Edited("study.toml", "epochs = 1", "epochs = 0"),
                "study.toml, line 7: [model] epochs: found 0; allowed: a whole number, 1",
            ),
            (
                Edited("study.toml", "epochs = 1", "epochs = 1e300"),
                "study.toml, line 7: [model] epochs: found 1e+300; allowed: a whole",
            ),
            (
                Edited("study.toml", "stems = 4", "stems = 1000000000000"),
                "study.toml, line 9: [stimuli.designed] --stems is 1000000000000;",
            ),
            (
                Edited("study.toml", '"toy.toml"', '"nothing.toml"'),
                "study.toml, line 1: grammar = 'nothing.toml': no such file, seen from",
            ),
            (
                Edited("study.toml", '"toy.toml"', '"list.tsv"'),
                "list.tsv, line 1: not TOML: Expected '=' after a key in a key/value",
            ),
            (
                Edited("study.toml", '"obstruent-nasalization"', '"none"'),
                "study.toml, line 2: the grammar has no process 'none'; it has:",
            ),
            (b"\xff", "study.toml: is not UTF-8 (byte 1); save it as UTF-8"),
            ("grammar = 3\n", "study.toml, line 1: grammar: found 3; allowed: a text in one line"),
            (PIPE, "is a pipe or a device, not a file"),
            (Link("study.toml"), "study.toml: is a loop of symbolic links"),
        )
    ),
]
OTHERS = [
    Bad("user-dir here", "unrecognized arguments: here"),
    Bad("user-dir --seed 3", "unrecognized arguments: --seed 3"),
    Bad(
        "analyse",
        "no verb is called 'analyse'; did you mean analyze? known: prepare,",
    ),
    Bad("--none", "unrecognized arguments: --none"),
]
FAIRSEQ = [
    Bad(
        "fairseq-train nothing TRAIN --save-dir new",
        "nothing: no such folder of binarized data; `fairseq-phonology prepare`",
    ),
    Bad(
        "fairseq-train dump TRAIN --save-dir new",
        "dump: expected dict.ur.txt and dict.sr.txt; dictionaries found here:",
    ),
    Bad(
        "fairseq-train data/bin TRAIN --save-dir new --best-checkpoint-metric exact_match",
        "--best-checkpoint-metric exact_match needs",
    ),
    Bad(
        "fairseq-train data/bin TRAIN --save-dir new --maximize-best-checkpoint-metric "
        "--best-checkpoint-metric exactmatch",
        "--best-checkpoint-metric exactmatch: no such metric; this validation",
    ),
    Bad(
        "fairseq-train data/bin TRAIN --save-dir new --valid-subset none",
        "data/bin: no data set 'none' of ur-sr; found here: test, train, valid",
    ),
    Bad(
        "fairseq-train data/bin TRAIN --save-dir new --source-lang xx",
        "data/bin: --source-lang xx: no dict.xx.txt; dictionaries found here:",
    ),
    Bad(
        "fairseq-train data/bin TRAIN --save-dir new --grammar nothing.toml",
        "nothing.toml: cannot be read: No such file or directory",
    ),
    Bad(
        "fairseq-train data/bin TRAIN --save-dir new --grammar list.tsv",
        "list.tsv, line 1: not TOML: Expected '=' after a key in a key/value",
    ),
    Bad("fairseq-train data/bin TRAIN --save-dir new --grammar data", "data: cannot be read: Is a directory"),
    Bad("fairseq-train data/bin TRAIN --save-dir new --adam-eps -1", "--adam-eps -1.0: allowed: 0 or more"),
    Bad("fairseq-train data/bin TRAIN --save-dir new --adam-betas x", "--adam-betas x: allowed: two numbers, 0 to"),
    Bad("fairseq-train data/bin TRAIN --save-dir list.tsv", "list.tsv: is no folder that --save-dir can be: Not a"),
    Bad(
        "fairseq-train data/bin TRAIN --save-dir bad",
        "bad: is no folder that --save-dir can be: a symbolic link to nothing, or a loop",
        {"bad": Link("bad")},
    ),
    Bad(
        "fairseq-train data/bin TRAIN --save-dir run",
        "run/dummy: fairseq-train writes and removes a file of this name in --save-dir",
        {"run/dummy": Link("../list.tsv")},
    ),
    Bad(
        "fairseq-generate data/bin USE --path list.tsv",
        "list.tsv: is a text file that begins with 'ur\\tsr\\na p a\\ta p a\\na pʰ",
    ),
    Bad("fairseq-generate data/bin USE --path data", "data: is a folder; name a checkpoint (*.pt)"),
    Bad("fairseq-generate data/bin USE --path model.pt --beam 0", "--beam 0: allowed: 1 (greedy) or more"),
    Bad(
        "fairseq-generate data/bin USE --path model.pt --max-len-b 0",
        "--max-len-b 0 with --min-len 1: no hypothesis could be made; raise",
    ),
    Bad(
        "fairseq-generate data/bin USE --path model.pt --gen-subset none",
        "data/bin: no data set 'none' of ur-sr; found here: test, train, valid",
    ),
    Bad(
        "fairseq-generate data/bin USE --path model.pt --num-shards 99",
        "--num-shards 99 of 1 batches leaves shards without words: allowed: 1 at",
    ),
    Bad("fairseq-validate data/bin USE --batch-size 64 --path list.tsv", "list.tsv: is a text file that begins with"),
    Bad(
        "fairseq-validate data/bin USE --batch-size 64 --path model.pt --grammar nothing.toml",
        "nothing.toml: cannot be read: No such file or directory",
    ),
    Bad(
        "fairseq-interactive data/bin USE --path model.pt --input nothing", "nothing: is no file that is there; --input"
    ),
    Bad("fairseq-interactive data/bin USE --path model.pt --input data", "data: is no file that is there; --input of"),
    Bad("fairseq-interactive data/bin USE --path list.tsv", "list.tsv: is a text file that begins with"),
    Bad("fairseq-interactive data/bin USE --path model.pt --beam 0", "--beam 0: allowed: 1 (greedy) or more"),
    Bad("fairseq-preprocess PREPROCESS --trainpref nothing --destdir new", "nothing.ur: No such file or directory"),
    Bad(
        "fairseq-preprocess PREPROCESS --trainpref bad --destdir new",
        "bad.ur, line 1: byte 0xff is not UTF-8; save the file as UTF-8",
        {"bad.ur": b"\xff\n"},
    ),
    Bad("fairseq-hydra-train HYDRA task={_name:phonology,data:../nothing}", "no such folder of binarized data"),
    Bad("fairseq-hydra-train HYDRA task={_name:phonology,data:../data/bin,eval_beam:-1}", "the beam must be positive"),
]
ALL = [
    *(PREPARE + GRAMMARS + NONCE + STIMULI + CURVES + HEATMAP + CHECKPOINTS + ERRORS + ANALYZE + INTERVENE + DYNAMICS),
    *(UNTRAINED + SCORES + COMPARE + POWER + STUDY + OTHERS + FAIRSEQ),
]
