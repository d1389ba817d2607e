"""From attention to evidence: events, calibrated tests, figures, a report. numpy and scipy; never torch."""
