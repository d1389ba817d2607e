"""Folders of several models, as far as other verbs read them."""

import json


def made_by_several(folder, checkpoints):
    """What `intervene` leaves of several models, as far as it is looked at."""
    folder.mkdir()
    lines = ["model,strength", *(f"{name},uses" for name in checkpoints)]
    (folder / "models.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, checkpoint in checkpoints.items():
        (folder / name).mkdir()
        summary = json.dumps({"about": {"checkpoint_sha256": checkpoint}})
        (folder / name / "summary.json").write_text(summary, encoding="utf-8")
    return folder
