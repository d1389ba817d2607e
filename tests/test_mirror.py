"""Each module has a test file of its name, in the folder of its name; those that are tested elsewhere are listed."""

import ast
from pathlib import Path

import pytest

from tests.helpers import toy

TESTS = Path(__file__).resolve().parent
E2E = "end_to_end/"
ELSEWHERE = {  # module -> the file, or the folder, that tests it
    "workflow/results/found": "workflow/results/test_read",
    "workflow/results/page": "workflow/results/test_index",
    "workflow/results/verdicts": "workflow/results/test_read",
    "task": f"{E2E}test_training",
    "errors": "loading/test_reading",
    "loading/allowed": "loading/test_reading",
    "loading/kinds": "loading/test_content",
    "analysis/errors/summary": "analysis/errors/test_measure",
    "analysis/errors/tables": "analysis/errors/test_measure",
    "analysis/contrasts/estimates": "analysis/contrasts/test_tests",
    "analysis/contrasts/study": "analysis/contrasts/test_analyze",
    "analysis/contrasts/kinds": "analysis/contrasts/test_tests",
    "analysis/design/crossing": "analysis/design/test_designs",
    "analysis/design/exclusions": "analysis/design/test_designs",
    "analysis/withheld": "analysis/design/test_designs",
    "analysis/design/limits": "analysis/design/test_designs",
    "analysis/design/compared": "analysis/design/test_designs",
    "analysis/people/sentences": "analysis/people/test_comparison",
    "analysis/evidence": "analysis/test_criteria",
    "analysis/contrasts/level_limits": "analysis/contrasts/test_conditions",
    "analysis/contrasts/level_tables": "analysis/contrasts/test_conditions",
    "analysis/contrasts/level_verdict": "analysis/contrasts/test_conditions",
    "analysis/figures/conditions/columns": "analysis/figures/conditions/test_levels",
    "analysis/report/conditions": "analysis/pipeline/test_conditions",
    "analysis/dynamics/follow": "analysis/dynamics/test_dynamics",
    "analysis/dynamics/tables": "analysis/dynamics/test_dynamics",
    "analysis/events/events": "analysis/events/test_collect",
    "analysis/events/queries": "analysis/events/test_collect",
    "analysis/figures/cells": "analysis/figures/test_window",
    "analysis/figures/examples": "analysis/figures/test_figures",
    "analysis/figures/errors/words": "analysis/figures/errors/test_confusions",
    "analysis/figures/people/words": "analysis/figures/people/test_correlations",
    "analysis/figures/routes": "analysis/figures/test_attention_and_effect",
    "analysis/figures/saving": "analysis/figures/test_figures",
    "analysis/figures/style": "analysis/figures/test_figures",
    "analysis/interventions/analyze": "analysis/interventions/test_verdict",
    "analysis/interventions/effects": "analysis/interventions/test_verdict",
    "analysis/models/comparable": "analysis/models/test_attention",
    "analysis/models/held_out": "analysis/models/test_attention",
    "analysis/models/results": "analysis/models/test_attention",
    "analysis/models/tables": "analysis/models/test_attention",
    "analysis/models/routes": "analysis/models/test_interventions",
    "analysis/people/columns": "analysis/people/test_human",
    "analysis/people/estimates": "analysis/people/test_statistics",
    "analysis/people/logistic": "analysis/people/test_statistics",
    "analysis/people/ceiling": "analysis/people/test_statistics",
    "analysis/people/held_out": "analysis/people/test_statistics",
    "analysis/people/baselines": "analysis/people/test_comparison",
    "analysis/people/calibration": "analysis/people/test_statistics",
    "analysis/pipeline/errors": "commands/test_errors",
    "analysis/pipeline/interventions": f"{E2E}test_interventions",
    "analysis/pipeline/single_runs": f"{E2E}test_several_models",
    "analysis/pipeline/over_time": f"{E2E}test_dynamics",
    "analysis/pipeline/scoring": f"{E2E}test_score",
    "analysis/pipeline/about": "commands/test_analyze",
    "analysis/pipeline/question": "analysis/pipeline/test_attention",
    "analysis/provenance": "commands/test_analyze",
    "analysis/report/sections/attention": "analysis/report/test_page",
    "analysis/report/sections/cells": "analysis/report/test_methods",
    "analysis/report/checklist": "analysis/report/test_methods",
    "analysis/report/sections/dynamics": "analysis/pipeline/test_beside",
    "analysis/report/glossary": "analysis/report/test_page",
    "analysis/report/html": "analysis/report/test_page",
    "analysis/pipeline/people": "commands/test_compare",
    "analysis/report/question": "analysis/report/test_page",
    "analysis/report/references": "analysis/report/test_methods",
    "analysis/statistics/ranks": "analysis/people/test_statistics",
    "attention/dump/hdf5": "attention/dump/test_writer",
    "attention/dump/layout": "attention/dump/test_damage",
    "attention/dump/manifest": "attention/dump/test_damage",
    "attention/dump/part": "attention/dump/test_writer",
    "attention/dump/sealed": "attention/dump/test_damage",
    "attention/dump/shard": "attention/dump/test_writer",
    "attention/edges": "attention/test_knockout",
    "attention/forcing": "attention/test_knockout",
    "attention/intervened": "attention/test_knockout",
    "attention/lettering": "attention/test_heatmap",
    "attention/multihead": "attention/test_norms",
    "attention/places": "attention/test_knockout",
    "attention/saving": f"{E2E}test_attention",
    "commands/checkpoints": "training/checkpoints/test_ranking",
    "commands/curves": "training/history/test_curves",
    "commands/score": f"{E2E}test_score",
    "commands/dynamics": f"{E2E}test_dynamics",
    "commands/intervene": f"{E2E}test_interventions",
    "workflow/engine/process": "workflow/engine/test_run",
    "commands/wiring/options": "commands/test_analyze",
    "commands/wiring/terminal": "commands/test_command_line",
    "commands/untrained": f"{E2E}test_untrained",
    "commands/user_dir": "commands/test_command_line",
    "corpus/headings": "corpus/test_columns",
    "files/lines": "corpus/test_tables",
    "corpus/units": "corpus/test_pairs",
    "phonology/expected": "training/test_process_accuracy",
    "phonology/grammar/derivation": "phonology/grammar/test_grammar",
    "phonology/grammar/sections": "phonology/grammar/test_grammar",
    "phonology/matching": "phonology/test_process",
    "phonology/notation/parser": "phonology/test_notation",
    "phonology/notation/rules": "phonology/test_notation",
    "phonology/notation/symbols": "phonology/test_notation",
    "phonology/notation/tree": "phonology/test_notation",
    "stimuli/conditions": "stimuli/test_classes",
    "stimuli/clean": "stimuli/test_crossed",
    "stimuli/units": "stimuli/test_crossed",
    **dict.fromkeys(
        (f"workflow/steps/{name}" for name in ("job", "shared", "words", "questions", "people")),
        "workflow/steps/test_order",
    ),
    "training/architectures": f"{E2E}test_training",
    "training/checkpoints/loaded": "training/checkpoints/test_ranking",
    "training/checkpoints/score_record": "training/checkpoints/test_ranking",
    "training/checkpoints/untrained": f"{E2E}test_untrained",
    "workflow/asked": "workflow/test_study",
    "workflow/reader": "workflow/test_study",
    "workflow/questions": "workflow/test_study",
}
MODULES = sorted(
    path.relative_to(toy.USER_DIR).with_suffix("").as_posix()
    for path in toy.USER_DIR.rglob("*.py")
    if not path.name.startswith("__")
)


def of_its_name(module: str) -> Path:
    return (TESTS / module).with_name(f"test_{Path(module).name}.py")


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_its_tests(module):
    if module in ELSEWHERE:
        assert not of_its_name(module).exists(), "it has a test file of its name now: take it out of ELSEWHERE"
        assert (TESTS / f"{ELSEWHERE[module]}.py").is_file()
    else:
        assert of_its_name(module).is_file(), "write it; or name the file that tests the module in ELSEWHERE"


def test_what_is_tested_elsewhere_exists():
    assert set(ELSEWHERE) <= set(MODULES)


def test_every_folder_of_tests_is_one_of_the_package():
    own = {"helpers", "end_to_end", "grammars", "golden", "snapshots", "logs", "__pycache__"}
    own |= {"properties", "fuzz", "faults", "bad_inputs", "mutation", "machines"}
    folders = [path.relative_to(TESTS) for path in TESTS.rglob("*") if path.is_dir() and not own & {*path.parts}]
    assert all((toy.USER_DIR / folder).is_dir() for folder in folders)


ASSERTING = ("assert", "raises", "warns", "fail", "snapshot", "refused", "check")  # in names of what a test calls


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.relative_to(TESTS).as_posix())
def test_every_test_can_fail(path):
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            nodes = list(ast.walk(function))
            called = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
            asserts = any(isinstance(node, ast.Assert) for node in nodes)
            assert asserts or any(word in name for name in called for word in ASSERTING), function.name
