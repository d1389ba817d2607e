"""The builders of studies, events and interventions lie in the folder above and beside the figures' tests."""

import pytest

from fairseq_phonology.analysis.report import explorer_data, write_report
from tests.helpers.reported import attending, pictures


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    from tests.helpers.planted import Effect, planted_dump

    folder = tmp_path_factory.mktemp("report")
    study = attending()
    items = list({event.item.id: event.item for event in study.events.events}.values())
    effects = [Effect("response", 6.0, 2, 1)]
    dump = planted_dump(folder / "dump", items, 2, 3, effects, kinds=("cross", "encoder", "decoder"))
    explorer = explorer_data(dump, study.events)
    write_report(folder / "report.html", study, figures=pictures(folder, "window"), explorer=explorer)
    return folder / "report.html"


@pytest.fixture(scope="module")
def text(page):
    return page.read_text(encoding="utf-8")
