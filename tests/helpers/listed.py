"""Word lists of tests: on disk, and as words."""

from fairseq_phonology.corpus.pairs import Word, read_words
from fairseq_phonology.corpus.units import Units


def write(folder, content, name="words.tsv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return str(path)


def forms(words):
    return [(" ".join(word.ur), " ".join(word.sr or ())) for word in words]


def read(folder, content, units=None, **more):
    """The forms of a list, and what was said about it without the path."""
    notes, path = [], write(folder, content)
    found = forms(read_words(path, units or Units(), notes, **more))
    return found, [note.replace(f"{path}: ", "") for note in notes]


def word(ur, sr="x", path="w.tsv", line=1, **more):
    surface = None if sr is None else tuple(sr.split())
    return Word(tuple(ur.split()), surface, ur, sr or "", path, line, **more)
