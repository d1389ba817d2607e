"""What a heat map shows, that nothing of it is cut off, and that drawing leaves nothing behind."""

import hashlib
import itertools
import sys
import unicodedata
import warnings

import numpy as np
import pytest

from fairseq_phonology.attention import lettering
from fairseq_phonology.attention.heatmap import HeatmapDisplay, save_heatmaps
from fairseq_phonology.attention.record import AttentionRecord
from fairseq_phonology.errors import InputError
from fairseq_phonology.text import shown


def word(ur="h a k m u n", sr="h a ŋ m u n", layers=2, heads=3, id="학문", **changes):
    """Every row looks at one place: row i of head h at column i + h, as far as there is one."""
    ur, sr = tuple(ur.split()), tuple(sr.split())
    u, s = len(ur) + 1, len(sr) + 1

    def weights(rows, columns):
        made = np.zeros((layers, heads, rows, columns), np.float32)
        for head in range(heads):
            for row in range(rows):
                made[:, head, row, min(row + head, columns - 1)] = 1
        return made

    fields = {"cross": weights(s, u), "encoder": weights(u, u), "decoder": weights(s, s), "reference": sr, **changes}
    return AttentionRecord(id, 0, 0, ur, sr, log_probs=np.zeros(s, np.float32), **fields)


def labels(display, axis):
    return [label.get_text() for label in getattr(display.axes_[-1, 0], f"get_{axis}ticklabels")()]


def test_one_head_one_row_per_emitted_segment():
    display = word().plot("cross", layer=2, head=3)
    assert display.weights.shape == (1, 1, 7, 7) and display.weights[0, 0, 0, 2] == 1
    assert labels(display, "y") == [*"haŋmun", "EOS"] and labels(display, "x") == [*"hakmun", "EOS"]
    ax = display.axes_[0, 0]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("surface segment emitted", "underlying segment")
    assert ax.get_ylim() == (7.3, 0)  # the first row above; EOS is set apart by .3 of a cell
    assert display.title.endswith("cross-attention\nlayer 2, head 3") and display.title.startswith(
        "/hakmun/ → [haŋmun]"
    )


def test_eos_is_set_apart_by_a_gap_without_data():
    mesh = word().plot("cross", layer=1, head=1).axes_[0, 0].collections[0]
    assert mesh.get_clim() == (0, 1)
    cells = mesh.get_array().reshape(8, 8)
    assert cells.mask[6].all() and cells.mask[:, 6].all() and cells.mask.sum() == 15
    assert cells[5, 5] == 1 and cells[7, 7] == 1


def test_mean_over_layers_and_heads():
    record = word()
    record.cross[1] = record.cross[1, :1]
    everything = HeatmapDisplay.from_record(record)
    assert everything.weights[0, 0, 0, :4].tolist() == pytest.approx([4 / 6, 1 / 6, 1 / 6, 0])
    assert everything.title.endswith("mean of 2 layers × 3 heads")
    layer = HeatmapDisplay.from_record(record, layer=1)
    assert layer.weights[0, 0, 0, :4].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert layer.title.endswith("layer 1, mean of 3 heads")


def test_decoder_and_encoder_have_their_own_axes():
    display = word().plot("decoder", layer=1, head=1)
    assert labels(display, "x") == ["start", *"haŋmun"] and labels(display, "y") == [*"haŋmun", "EOS"]
    assert display.axes_[0, 0].collections[0].get_array().reshape(8, 8).mask[:, 1].all()
    display = word().plot("encoder")
    assert labels(display, "x") == labels(display, "y") == [*"hakmun", "EOS"]
    assert display.axes_[0, 0].get_ylabel() == "from underlying segment"


def test_small_multiples_share_one_scale():
    display = word().plot(every=True)
    assert display.axes_.shape == (2, 3) and display.weights.shape == (2, 3, 7, 7)
    assert {ax.collections[0].get_clim() for ax in display.axes_.flat} == {(0, 1)}
    assert [ax.get_title() for ax in display.axes_[0]] == ["head 1", "head 2", "head 3"]
    assert [ax.get_ylabel() for ax in display.axes_[:, 0]] == ["layer 1", "layer 2"]
    bars = [ax for ax in display.figure_.axes if ax not in set(display.axes_.flat)]
    assert [bar.get_ylabel() for bar in bars] == ["attention weight (0 to 1)"]
    one = word().plot(every=True, layer=2)
    assert one.axes_.shape == (1, 3) and one.axes_[0, 0].get_ylabel() == "layer 2"


def test_a_wrong_hypothesis_shows_the_gold_form():
    title = word(reference=tuple("hakmun"), id="w").plot().title
    assert title.startswith("/hakmun/ → [haŋmun]  (gold: [hakmun])\nw: cross-attention")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        pytest.param({"layer": 3}, "no layer 3: the cross-attention of this model has layers 1 to 2", id="layer"),
        pytest.param(
            {"layer": 1, "head": 0}, "no head 0: the cross-attention of this model has heads 1 to 3", id="head"
        ),
        pytest.param({"head": 1}, "head 1 and a head without a layer", id="head alone"),
        pytest.param({"layer": 1, "head": 1, "every": True}, "head 1 and all heads", id="head and all"),
        pytest.param({"kind": "self"}, "unknown kind of attention 'self'", id="kind"),
    ],
)
def test_what_cannot_be_drawn(how, message):
    with pytest.raises(ValueError, match=message):
        HeatmapDisplay.from_record(word(), **how)


def test_given_axes_are_drawn_on_and_pyplot_is_not():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    display = HeatmapDisplay.from_record(word(), layer=1, head=1).plot(ax)
    assert display.axes_[0, 0] is ax and display.figure_ is ax.get_figure()
    with pytest.raises(ValueError, match="6 panels do not fit on one axes"):
        HeatmapDisplay.from_record(word(), every=True).plot(ax)
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


@pytest.mark.parametrize(("segments", "dpi"), [(100, 200), (300, 89)])
def test_a_large_picture_has_fewer_dots(segments, dpi, monkeypatch):
    monkeypatch.setattr(HeatmapDisplay, "_panel", lambda self, ax, *_, **__: ax.pcolormesh([[0.0]]))
    display = HeatmapDisplay(np.ones((1, 1, segments, segments)), "cross", ["a"] * segments, ["a"] * segments, "w")
    assert int(display.plot().figure_.dpi) == dpi


def test_a_word_is_too_long_for_a_picture():
    display = HeatmapDisplay(np.ones((1, 1, 603, 603)), "cross", ["a"] * 603, ["a"] * 603, "w")
    with pytest.raises(ValueError, match="1 x 603 x 603 weights are too many for one picture, of 183 x 182 inches"):
        display.plot()


LONG = " ".join(["t͡ɕʰ", "a", "k͈"] * 10)
HANGUL = "꽃 잎 이 떨 어 졌 습 니 다"


@pytest.mark.parametrize(
    ("record", "how"),
    [
        pytest.param(word("a p", "a p", id="a"), {}, id="2 segments"),
        pytest.param(word("a p", "a", id="a-rather-long-id-0001"), {"every": True}, id="2 segments, all heads"),
        pytest.param(word(LONG, LONG, id="long"), {}, id="30 segments"),
        pytest.param(word(LONG, LONG, 2, 6, id="long"), {"every": True}, id="30 segments, all heads"),
        pytest.param(word("", "", id="none"), {}, id="no segments"),
        pytest.param(word(HANGUL, HANGUL, 2, 4, id="거짓말"), {"every": True}, id="Hangul"),
    ],
)
def test_nothing_is_cut_off_and_no_labels_overlap(record, how, hangul_is_drawn):
    display = record.plot("cross", **how)
    figure = display.figure_
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    texts = [text for text in figure.findobj(lambda each: hasattr(each, "get_text")) if text.get_visible()]
    width, height = figure.canvas.get_width_height()
    for text in texts:
        box = text.get_window_extent(renderer)
        if text.get_text():
            assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1, text
    ax = display.axes_[-1, 0]
    below = [label.get_window_extent(renderer) for label in ax.get_xticklabels()]
    assert all(left.x1 <= right.x0 + 1 for left, right in itertools.pairwise(below[:-1]))
    beside = [label.get_window_extent(renderer) for label in ax.get_yticklabels()]
    assert all(high.y0 + 3 >= low.y1 - 3 for high, low in itertools.pairwise(beside[:-1]))


def test_hangul_and_ipa_are_both_drawn(korean_font, tmp_path):
    record = word("거 짓 말", "k ʌ d͡ʑ i n m a l", id="거짓말")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of every letter that no font has
        display = record.plot()
        for ending in ("png", "svg", "pdf"):
            save_heatmaps([display], tmp_path / f"word.{ending}")
    assert labels(display, "x") == ["거", "짓", "말", "EOS"] and "/거짓말/ → [kʌd͡ʑinmal]" in display.title
    assert display.fonts == ["DejaVu Sans", "NanumGothic"]


def test_a_font_installed_after_matplotlib_listed_them_is_found(unlisted_korean_font):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        display = word("거 짓 말", "k ʌ d͡ʑ i n m a l", id="거짓말").plot()
        display.figure_.canvas.draw()
    assert display.fonts == ["DejaVu Sans", "NanumGothic"]


def test_jamo_stand_alone_and_join_in_the_title(korean_font):
    display = word(" ".join(unicodedata.normalize("NFD", "밥물")), "p a m m u l", id="밥물").plot()
    assert labels(display, "x") == ["ㅂ", "ㅏ", "ㅂ", "ㅁ", "ㅜ", "ㄹ", "EOS"]
    assert display.title.startswith("/밥물/")


def test_without_a_korean_font_hangul_is_romanized_with_one_warning(no_korean_font, tmp_path):
    with pytest.warns(UserWarning, match="no Korean font on this machine: Hangul is drawn in Roman letters") as seen:
        display = word("거 짓 말", "거 진 말", id="거짓말").plot()
        jamo = word(" ".join(unicodedata.normalize("NFD", "알앙")), "a", id="알앙").plot()
        save_heatmaps([display], tmp_path / "word.png")
    assert len(seen) == 1
    assert labels(display, "x") == ["geo", "jis", "mal", "EOS"] and display.title.startswith(
        "/geojismal/ → [geojinmal]"
    )
    assert labels(jamo, "x") == ["∅", "a", "l", "∅", "a", "ng", "EOS"]  # onset and coda stay apart
    assert display.fonts == ["DejaVu Sans"]


@pytest.mark.parametrize(
    ("hangul", "roman"),
    [
        ("학문", "hagmun"),
        ("값", "gabs"),
        ("앉아", "anja"),
        ("꽃잎", "kkochip"),
        ("ㄱ", "g"),
        ("ㅢ", "ui"),
        ("ㅇ", "ng"),
        ("ㄳ", "gs"),
        (chr(0x110B), "∅"),
        (chr(0x11BC), "ng"),
        ("t͡ɕʰa", "t͡ɕʰa"),
        (unicodedata.normalize("NFD", "밥"), "bab"),
    ],
)
def test_romanization_letter_for_letter(hangul, roman):
    assert lettering.romanize(hangul) == roman


def test_ipa_alone_needs_no_korean_font(no_korean_font):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert word(id="w").plot().fonts == ["DejaVu Sans"]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_weights_make_the_same_file(tmp_path, ending):
    digests = set()
    for n in range(2):
        path = tmp_path / f"{n}.{ending}"
        save_heatmaps([word(id="w").plot()], path)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"0.{ending}", f"1.{ending}"]


def test_what_cannot_be_saved(tmp_path):
    displays = [word(id="w").plot()]
    with pytest.raises(InputError, match=r"w.jpg: a picture's name ends in .png, .svg, .pdf"):
        save_heatmaps(displays, tmp_path / "w.jpg")
    with pytest.raises(InputError, match=r"w.png: cannot be written: No such file or directory"):
        save_heatmaps(displays, tmp_path / "nowhere" / "w.png")
    with pytest.raises(InputError, match="2 pictures do not fit into one png; only a PDF has pages"):
        save_heatmaps(displays * 2, tmp_path / "w.png")


def test_a_dollar_is_a_letter_and_no_formula(tmp_path):
    display = HeatmapDisplay.from_record(word(id="w$x_{0$")).plot()
    save_heatmaps([display], tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 1000


def test_norms_are_shares_of_their_row():
    norms = np.zeros((2, 3, 7, 7), np.float32)
    norms[1, 2, 0, :3] = [3, 1, 4]
    norms[0, 0, 0, 6] = 5
    record = word(cross_norms=norms, encoder_norms=norms, decoder_norms=norms)
    display = record.plot("cross", layer=2, head=3, norms=True)
    assert display.weights[0, 0, 0].tolist() == [3 / 8, 1 / 8, 4 / 8, 0, 0, 0, 0]
    assert not display.weights[0, 0, 1:].any(), "a head that writes nothing has nothing to share out"
    assert display.title.endswith("cross-attention\nnorms of the weighted value vectors, layer 2, head 3")
    (bar,) = (ax for ax in display.figure_.axes if ax not in set(display.axes_.flat))
    assert bar.get_ylabel() == "share of the query's norms ‖αf(x)‖ (0 to 1)"
    mean = HeatmapDisplay.from_record(record, norms=True)
    assert mean.weights[0, 0, 0].tolist() == pytest.approx([1 / 16, 1 / 48, 1 / 12, 0, 0, 0, 1 / 6])
    with pytest.raises(ValueError, match="no norms beside its cross attention"):
        word().plot(norms=True)


@pytest.mark.parametrize("name", ["$\\frac{$", "\x1b[2J", "\u202egnp", "x" * 10_000, "%s {x}", "سلام"])
def test_names_of_strangers_are_drawn_as_what_they_are(tmp_path, name):
    segment = name[:9].replace(" ", "")
    display = word(f"h a {segment}", f"h a {segment}", layers=1, heads=1, id=name).plot("cross", layer=1, head=1)
    assert labels(display, "x")[2] == shown(segment)
    title = display.figure_.get_suptitle()
    assert f"\n{shown(name)}: " in title if len(name) < 80 else "\n" + 79 * "x" + "…" in title
    save_heatmaps([display], tmp_path / "word.png")
