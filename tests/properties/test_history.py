"""A run's history is the same however often it was killed, resumed, written and read."""

from hypothesis import given
from hypothesis import strategies as st

from fairseq_phonology.training.history.history import FILE_NAME, History, load_run, read_history, to_csv

figures = st.one_of(st.none(), st.floats(0, 1e6).map(lambda value: float(f"{value:.10g}")))
subsets = st.sampled_from([["valid"], ["valid", "valid1"]])
plans = st.tuples(
    subsets,
    st.lists(st.tuples(figures, figures), min_size=1, max_size=6),  # a validation each, its losses
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), max_size=3),  # killed after one, resumed from another
)


def _rows(plan):
    names, values, _ = plan
    return [
        {"epoch": n, "updates": 10 * n, "subset": name, "train_loss": one, "valid_loss": other, "harmony": other}
        for n, (one, other) in enumerate(values, 1)
        for name in names
    ]


def _bare(rows):
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


@given(plans)
def test_killed_and_resumed_it_is_as_undisturbed(tmp_path_factory, plan):
    folder, rows = tmp_path_factory.mktemp("run"), _rows(plan)
    done = 0  # validations
    per = len(plan[0])
    for killed, back in [*plan[2], (len(plan[1]), 0)]:
        history = History(folder)
        checkpoint = max(0, done - back)  # the last one that was saved
        history.drop_from(10 * checkpoint + 1)
        done = checkpoint
        for row in rows[per * done : per * max(done, killed)]:
            history.append(row)
        done = max(done, min(killed, len(plan[1])))
    assert _bare(History(folder).rows) == _bare(rows)
    assert _bare(load_run(folder).rows) == _bare(rows)


@given(plans)
def test_a_row_that_comes_twice_is_there_once(tmp_path_factory, plan):
    folder, rows = tmp_path_factory.mktemp("run"), _rows(plan)
    history = History(folder)
    for row in [*rows, *rows]:
        history.append(row)
    assert _bare(history.rows) == _bare(rows)
    written = (folder / FILE_NAME).read_bytes()
    assert to_csv(read_history(folder / FILE_NAME)).encode() == written


def _log(rows, resumed=None):
    lines = (
        ["No existing checkpoint found x"]
        if resumed is None
        else [f"Loaded checkpoint x (epoch 9 @ {resumed} updates)"]
    )
    for row in rows:
        name, updates, epoch = row["subset"], row["updates"], row["epoch"]
        loss = f"{row['valid_loss'] or 1:.10g}"
        lines.append(
            f'2026 | INFO | {name} | {{"epoch": {epoch}, "{name}_loss": "{loss}", "{name}_num_updates": "{updates}"}}'
        )
    return lines


@given(plans)
def test_a_log_over_kills_is_as_that_of_one_run(tmp_path_factory, plan):
    folder, rows = tmp_path_factory.mktemp("log"), _rows(plan)
    per, done, lines = len(plan[0]), 0, []
    whole = _log(rows)
    for killed, back in [*plan[2], (len(plan[1]), 0)]:
        checkpoint = max(0, done - back)
        killed = max(checkpoint, min(killed, len(plan[1])))
        lines += _log(rows[per * checkpoint : per * killed], 10 * checkpoint if lines and checkpoint else None)
        done = killed
    for name, some in (("whole", whole), ("killed", lines), ("twice", [line for line in whole for _ in range(2)])):
        (folder / name).write_text("".join(f"{line}\n" for line in some), encoding="utf-8")
    due = load_run(folder / "whole").rows
    assert load_run(folder / "killed").rows == due
    assert load_run(folder / "twice").rows == due
    assert len(due) == len(rows)
