"""A change of what a file says is seen, and nothing else."""

from fairseq_phonology.workflow.reads import digest, files, place


def test_a_comment_in_a_toml_file_says_nothing(tmp_path):
    path = tmp_path / "grammar.toml"
    found = []
    for text in ('a = 1\nb = ["x"]\n', '# of mine\na   = 1\n\nb = ["x"] # more\n', 'a = 1\nb = ["y"]\n', "a = \n"):
        path.write_text(text, encoding="utf-8")
        found.append(digest(path))
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_a_toml_file_that_nobody_can_read_counts_by_its_bytes(tmp_path):
    path, found = tmp_path / "deep.toml", set()
    for depth in (5_000, 5_001):
        path.write_text(f"a = {'[' * depth}", encoding="utf-8")
        found.add(digest(path))
    assert len(found) == 2


def test_a_training_reads_a_part_of_a_grammar(tmp_path):
    path, found = tmp_path / "grammar.toml", []
    for text in ("a = 1\n", 'a = 1\nlanguage = "Toy"\n[controls.b]\ntarget = ["s"]\n', "a = 2\n"):
        path.write_text(text, encoding="utf-8")
        found.append((digest(path), digest(path, training=True)))
    (whole, part), (other_whole, other_part), (_, third) = found
    assert whole != other_whole
    assert part == other_part != third


def test_every_byte_of_another_file_counts(tmp_path):
    path = tmp_path / "words.tsv"
    path.write_text("a\n", encoding="utf-8")
    before = digest(path)
    path.write_text("a\n\n", encoding="utf-8")
    assert digest(path) != before
    assert digest(tmp_path / "none") == ""


def test_of_a_user_dir_its_modules_are_read(tmp_path):
    own = tmp_path / "own"
    for name in ("__init__.py", "task.py", "more/__init__.py", "more/loss.py", "data/words.py", "notes.txt"):
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text("", encoding="utf-8")
    found = set(files(["../own", "../some.tsv", "../some.tsv"], own / "study"))
    assert found == {"../own", "../some.tsv"}  # there is no such folder: the engine says so
    found = list(files(["..", "../x.tsv"], own / "study"))
    assert found == ["../__init__.py", "../more/__init__.py", "../more/loss.py", "../task.py", "../x.tsv"]


def test_a_place_beside_a_folder_that_is_not_there_yet(tmp_path):
    assert place("../x.tsv", tmp_path / "none") == tmp_path / "x.tsv"
