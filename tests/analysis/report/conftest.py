"""The builders of studies, events and interventions lie in the folder above and beside the figures' tests."""

import pytest

from fairseq_phonology.analysis.report import explorer_data, write_report
from tests.helpers.reported import SVG, attending


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    from tests.helpers.planted import Effect, planted_dump

    folder = tmp_path_factory.mktemp("report")
    (folder / "window.svg").write_text(SVG, encoding="utf-8")
    study = attending()
    items = list({event.item.id: event.item for event in study.events.events}.values())
    effects = [Effect("response", 6.0, 2, 1)]
    dump = planted_dump(folder / "dump", items, 2, 3, effects, kinds=("cross", "encoder", "decoder"))
    explorer = explorer_data(dump, study.events)
    write_report(study, folder / "report.html", {"window": folder / "window.svg"}, explorer)
    return folder / "report.html"


@pytest.fixture(scope="module")
def text(page):
    return page.read_text(encoding="utf-8")
