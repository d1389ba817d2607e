"""From events to a study, through the functions of the package."""

from fairseq_phonology.analysis.contrasts.analyze import Options, families_of
from fairseq_phonology.analysis.contrasts.study import Study
from fairseq_phonology.analysis.contrasts.verdict import verdict
from fairseq_phonology.analysis.withheld import complete


def studied(events, process, language, **more):
    """What `analyze` makes of these events; ``more`` are attributes of the `Study`."""
    design, exclusions = complete(events)
    families = [] if design is None and exclusions is not None else families_of(events, design, Options())
    primary = next((family for family in families if family.primary), None)
    said = verdict(primary, exclusions, process)
    return Study(process, language, events, design, exclusions, families, said, **more)
