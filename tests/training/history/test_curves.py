"""What the picture of a run shows, and that drawing it leaves nothing behind."""

import math
import sys

import pytest

from fairseq_phonology.commands import main
from fairseq_phonology.commands.curves import _report
from fairseq_phonology.errors import InputError
from fairseq_phonology.training.history.choice import Run, choice_of
from fairseq_phonology.training.history.curves import CurvesDisplay, draw_curves
from fairseq_phonology.training.history.history import COLUMNS, History, load_run


def validation(epoch, exact=None, loss=1.0, subset="valid", updates=None, **more):
    row = {**dict.fromkeys(COLUMNS), "epoch": epoch, "updates": updates or 10 * epoch, "subset": subset}
    return {**row, "train_loss": 2.0 / epoch, "valid_loss": loss, "exact_match": exact} | more


RUN = [validation(1, 10.0, 3.0), validation(2, 50.0, 2.0), validation(3, 40.0, 1.5)]


def test_curves_of_a_run():
    display = CurvesDisplay.from_rows(RUN)
    assert display.unit == "epoch"
    assert display.train_loss == ([1, 2, 3], [2.0, 1.0, 2.0 / 3])
    assert display.valid_loss == {"valid": ([1, 2, 3], [3.0, 2.0, 1.5])}
    assert display.exact_match == {"valid": ([1, 2, 3], [10.0, 50.0, 40.0])}
    assert display.best["epoch"] == 2


def test_plot_stacks_two_panels_and_marks_the_best():
    display = CurvesDisplay.from_rows(RUN).plot()
    losses, exact = display.axes_
    assert losses.get_shared_x_axes().joined(losses, exact)
    assert [text.get_text() for text in exact.get_legend().get_texts()] == ["validation", "best: epoch 2 (50.00 %)"]
    assert exact.get_xlabel() == "epoch"


def test_without_exact_match_one_panel_and_best_by_loss():
    display = CurvesDisplay.from_rows(
        [validation(1, loss=2.0), validation(2, loss=1.0), validation(3, loss=1.5)]
    ).plot()
    (losses,) = display.axes_
    assert losses.get_legend().get_texts()[-1].get_text() == "best: epoch 2 (loss 1.000)"


def test_given_axes_are_drawn_on():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    display = CurvesDisplay.from_rows(RUN).plot(ax=ax)
    assert display.axes_ == [ax] and display.figure_ is ax.get_figure()


def test_subsets_missing_validations_and_training_only_epochs():
    rows = [
        validation(1, subset="", updates=10, loss=None),
        validation(2, 5.0, subset="a", updates=20),
        validation(2, 6.0, subset="b", updates=20),
    ]
    display = CurvesDisplay.from_rows(rows)
    assert display.train_loss[0] == [1, 2]
    assert {name: x for name, (x, _) in display.exact_match.items()} == {"a": [2], "b": [2]}


def test_validations_within_an_epoch_are_drawn_by_updates():
    display = CurvesDisplay.from_rows([validation(1, 1.0, updates=5), validation(1, 2.0, updates=10)])
    assert display.unit == "updates"
    assert display.exact_match == {"valid": ([5, 10], [1.0, 2.0])}


def test_processes_on_demand():
    rows = [validation(1, 10.0, nasalization=20.0), validation(2, 20.0, nasalization=30.0)]
    assert CurvesDisplay.from_rows(rows).processes == {}
    assert CurvesDisplay.from_rows(rows, processes=True).processes == {"nasalization": ([1, 2], [20.0, 30.0])}


def test_processes_have_panels_of_their_own_in_the_same_colors():
    rows = [
        validation(e, 10.0, nasalization=20.0, nasalization_overapplied=1.0, harmony=float(e), harmony_overapplied=0.0)
        for e in (1, 2)
    ]
    display = CurvesDisplay.from_rows(rows, processes=True)
    assert list(display.processes) == list(display.overapplied) == ["nasalization", "harmony"]
    display.plot()
    due, not_due = display.axes_[2:]
    assert due.get_ylabel() == "applied where due (%)" and not_due.get_ylabel() == "applied where not due (%)"
    colors = [
        {line.get_label(): line.get_color() for line in ax.lines if line.get_label()[0] != "_"} for ax in (due, not_due)
    ]
    assert colors[0] == colors[1] and len(set(colors[0].values())) == 2


def test_a_process_with_a_rate_is_drawn_by_stratum_with_its_rate_in_training():
    rates = {"l": 50.0, "l_training": 48.0, "l_in_sino": 80.0, "l_in_sino_training": 79.0, "l_in_native_training": 9.0}
    rows = [validation(e, 10.0, nasalization=20.0, l_overapplied=1.0, l_failed=2.0, **rates) for e in (1, 2)]
    display = CurvesDisplay.from_rows(rows, processes=True)
    assert list(display.processes) == ["nasalization", "l_in_sino"] and list(display.overapplied) == ["l"]
    assert display.trained == {"l_in_sino": 79.0}  # no word of the other stratum was validated
    lines = {line.get_label(): line for line in display.plot().axes_[2].lines}
    assert "its rate in training" in lines
    level = [line for line in lines.values() if set(line.get_ydata()) == {79.0}]
    assert len(level) == 1 and level[0].get_color() == lines["l in sino"].get_color()


def test_last_counts_epochs():
    assert CurvesDisplay.from_rows(RUN, last=2).valid_loss["valid"][0] == [2, 3]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [validation(1)],
        [validation(1, 10.0, float("nan")), validation(2, float("nan"))],
        [validation(e, float(e), subset=s) for e in range(1, 60) for s in "abcdefghi"],
    ],
    ids=["none", "one", "nan", "many-subsets"],
)
def test_odd_runs_can_be_drawn(tmp_path, rows):
    draw_curves(rows, tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 1000


@pytest.mark.parametrize(("ending", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_formats_are_written_whole_and_the_same_each_time(tmp_path, ending, magic):
    path = tmp_path / f"x.{ending}"
    draw_curves(RUN, path)
    first = path.read_bytes()
    draw_curves(RUN, path)
    assert first.startswith(magic) and path.read_bytes() == first
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_no_pyplot(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # importing it would now fail
    draw_curves(RUN, tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 10_000


def test_unknown_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"x\.jpg: a picture's name ends in \.png, \.svg, \.pdf"):
        draw_curves(RUN, tmp_path / "x.jpg")


# ---- the verb


def run_history(folder, rows):
    history = History(folder)
    for row in rows:
        history.append(row)


def test_verb_prints_the_table_best_first(tmp_path, capsys):
    run_history(tmp_path, RUN)
    assert main(["curves", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "  epoch  updates  subset  train loss  valid loss  exact match %",
        "*     2       20   valid       1.000       2.000          50.00",
        "      3       30   valid       0.667       1.500          40.00",
        "      1       10   valid       2.000       3.000          10.00",
        "* best on valid: epoch 2, update 20 (by exact match, then lower loss)",
        f"picture: {tmp_path / 'curves.png'}",
        "next: fairseq-phonology checkpoints SAVE_DIR",
    ]
    assert (tmp_path / "curves.png").exists()


def test_verb_shows_twenty_or_all(tmp_path, capsys):
    run_history(tmp_path, [validation(e, float(e)) for e in range(1, 26)])
    main(["curves", str(tmp_path), "--out", str(tmp_path / "x.svg")])
    some = capsys.readouterr().out.splitlines()
    assert len(some) == 1 + 20 + 4 and "the best 20 of 25 validations; --all prints every one" in some
    main(["curves", str(tmp_path), "--all", "--last", "22"])
    every = capsys.readouterr().out.splitlines()
    assert len(every) == 1 + 22 + 3 and every[1].split()[0] == "4"


def log_of(path, *stats):
    """A log of wav2vec's kind: by --log-format json, chosen by the word error rate."""
    lines = [
        f'[2022][valid][INFO] - {{"epoch": {n}, "valid_loss": "{loss}", "valid_ntokens": "14454.2", '
        f'"valid_accuracy": "0.4", "valid_wer": "{wer}", "valid_num_updates": "{10 * n}", "valid_best_wer": "{best}"}}'
        for n, (loss, wer, best) in enumerate(stats, 1)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_verb_says_by_what_the_run_chose_and_what_it_did_not_save(tmp_path, capsys):
    log = log_of(tmp_path / "train.log", (3.0, 40, 40), (2.0, 20, 20), (2.5, 35, 35), (2.6, 38, 35))
    assert main(["curves", str(log), "--processes"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "  epoch  updates  subset  valid loss     wer",
        "      2       20   valid       2.000  20.000",
        "*     3       30   valid       2.500  35.000",
        "      4       40   valid       2.600  38.000",
        "      1       10   valid       3.000  40.000",
        "* best on valid: epoch 3, update 30 (by wer, the lowest: the log says so in best_wer; among the 3 of 4 "
        "validations that saved)",
        "  epoch 2, update 20 was better (wer 20), and its model is not kept: it was not saved",
        "note: not drawn, because they are no rates: ntokens",
        f"picture: {tmp_path / 'train.curves.png'}",
        "next: fairseq-phonology checkpoints SAVE_DIR",
    ]


def test_verb_says_what_it_does_not_draw(tmp_path, capsys):
    (tmp_path / "history.csv").write_text("epoch,updates,subset,exact_match,nasalization\n1,5,valid,20,30\n")
    drawn = []
    for option in ([], ["--processes"]):
        assert main(["curves", str(tmp_path), *option]) == 0
        drawn.append("which --processes draws" in capsys.readouterr().out)
    assert drawn == [True, False]


def test_star_and_added_metrics_of_a_log(tmp_path):
    run = load_run(log_of(tmp_path / "log", (3.0, 40, 40), (2.0, 20, 20), (2.5, 35, 35), (2.6, 38, 35)))
    display = CurvesDisplay.from_rows(run, processes=True).plot()
    assert display.best["epoch"] == 3 and list(display.processes) == ["accuracy", "wer"]
    labels = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert "best: epoch 3 (wer 35.000)" in labels
    assert display.axes_[-1].get_ylabel() == "added metrics (as logged)", "accuracy is a share here, and wer in %"
    assert CurvesDisplay.from_rows(run, last=1).best is None, "its epoch is not drawn"


def test_verb_says_that_nothing_was_saved(tmp_path, capsys):
    run_history(tmp_path, [{**row, "kept": False} for row in RUN])
    assert main(["curves", str(tmp_path)]) == 0
    assert "no best checkpoint: none of these validations is known to have left one\n" in capsys.readouterr().out


def test_the_next_command_names_the_folder_of_the_checkpoints(tmp_path, capsys):
    folder = tmp_path / "two words"
    folder.mkdir()
    run_history(folder, RUN)
    (folder / "checkpoint_best.pt").touch()
    for given in (folder, folder / "history.csv"):
        assert main(["curves", str(given)]) == 0
        assert capsys.readouterr().out.endswith(f"next: fairseq-phonology checkpoints '{folder}'\n")
    log = tmp_path / "log"
    log.write_text(
        "epoch 001 | valid on 'valid' subset | loss 3 | num_updates 50\n"
        "Saved checkpoint models/a b/checkpoint1.pt (epoch 1 @ 50 updates, score 3.0) (writing took 1 seconds)\n"
    )
    assert main(["curves", str(log)]) == 0
    assert capsys.readouterr().out.endswith("next: fairseq-phonology checkpoints 'models/a b'\n")


def test_a_file_that_is_there_is_replaced_when_asked(tmp_path, capsys):
    run_history(tmp_path, RUN)
    out, line = tmp_path / "own.pdf", ["curves", str(tmp_path), "--out", str(tmp_path / "own.pdf")]
    out.write_text("own", encoding="utf-8")
    assert main(line) == 2 and out.read_text(encoding="utf-8") == "own"
    assert "own.pdf: exists; name another file or add --overwrite" in capsys.readouterr().err
    assert main([*line, "--overwrite"]) == 0 and out.read_bytes().startswith(b"%PDF")
    log = tmp_path / "log.svg"
    log.write_bytes((tmp_path / "history.csv").read_bytes())
    assert main(["curves", str(log), "--out", str(log), "--overwrite"]) == 2
    assert "--out is the run that is read" in capsys.readouterr().err
    assert log.read_bytes() == (tmp_path / "history.csv").read_bytes()


def test_a_log_without_updates_is_drawn_over_epochs(tmp_path):
    lines = [f"| epoch 00{n} | valid on 'valid' subset | valid loss {4 - n} | valid ppl 8\n" for n in (1, 2, 2)]
    (tmp_path / "log").write_text("".join(lines), encoding="utf-8")
    assert main(["curves", str(tmp_path / "log")]) == 0
    assert CurvesDisplay.from_rows(load_run(tmp_path / "log")).valid_loss == {"valid": ([1, 2], [3, 2])}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["nowhere"], "nowhere: no such file or folder"), ([".", "--last", "0"], "--last is 0; allowed: 1 or more")],
    ids=["no-file", "last-0"],
)
def test_verb_refuses_in_one_line(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["curves", *arguments]) == 2
    assert capsys.readouterr().err == f"fairseq-phonology curves: error: {message}\n"


def test_the_share_of_the_most_frequent_variant_is_drawn_beside_exact_match():
    rows = [
        validation(n, 10.0 * n, subset=s) | {"most_frequent_variant": y}
        for n, y in ((1, float("nan")), (2, 50.0))
        for s in "ab"
    ]
    display = CurvesDisplay.from_rows(rows, processes=True)
    assert display.most_frequent == {"a": ([2], [50.0]), "b": ([2], [50.0])} and not display.processes
    texts = [text.get_text() for text in display.plot().axes_[1].get_legend().get_texts()]
    assert texts.count("most frequent variant (% of right)") == 1


def test_names_of_strangers_are_no_formulas(tmp_path):
    rows = [validation(n, 10.0, **{"$\\frac{$": 20.0, "x" * 10_000: 3.0, "\x1b[2J": 1.0}) for n in (1, 2)]
    draw_curves(rows, tmp_path / "curves.png", processes=True)
    assert (tmp_path / "curves.png").stat().st_size < 1_000_000


@pytest.mark.parametrize(("loss", "exact"), [(math.nan, None), (math.inf, None), (-math.inf, None), (math.nan, 50.0)])
def test_a_loss_that_is_no_number_is_said_and_makes_no_best_checkpoint(loss, exact):
    row = {"subset": "valid", "train_loss": 1.0, "valid_loss": loss, "exact_match": exact, "kept": None}
    rows = [{**row, "epoch": n, "updates": 10 * n} for n in (1, 2)]
    said = _report(Run(rows, choice_of(rows)), rows, False)
    assert any("losses of 2 validations, as of epoch 1, update 10, are no finite numbers" in line for line in said)
    assert said[-1].startswith(
        "no best checkpoint: the loss of epoch 1" if exact is None else "* best on valid: epoch 1"
    )


def test_a_loss_of_many_digits_is_written_in_short():
    row = {"epoch": 1, "updates": 1, "subset": "valid", "valid_loss": 1e300}
    assert "1e+300" in _report(Run([row], choice_of([row])), [row], False)[1]
