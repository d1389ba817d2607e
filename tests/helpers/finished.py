"""The folder of a small study as its steps leave it, made by hand: what is read, said and handed on."""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from pathlib import Path

from fairseq_phonology.workflow import layout
from fairseq_phonology.workflow.steps import jobs
from fairseq_phonology.workflow.study import Study, read_study

from .toy_grammar import toy_grammar

STUDY = """name = "{name}"
grammar = "toy.toml"
process = "nasalization"
seeds = {seeds}
[words]
nonce = 1000
{words}
{models}
[test.attested]
list = "attested.tsv"
[stimuli.designed]
{more}
"""
ATTENDS = "The model attends to the trigger of nasalization: the weight of head 2.1 exceeds that on the controls."
USES = "The model uses the trigger of nasalization, by cross-attention: the log-odds are +5.5 with it and -5.8 without."
OVER_ATTENDS = "In {n} of {n} models a head attends: over {n} models the response is +1.5 log-odds."
OVER_USES = "{n} of {n} models use the trigger by cross-attention: over {n} models."
VERSIONS = {"fairseq_phonology": "0.1.0", "torch": "2.6.0"}


def study_file(folder: Path, seeds="1", name="A small study", words="", models="", more="", grammar=None) -> Path:
    """A study file beside its grammar and list."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "toy.toml").write_text(grammar or toy_grammar(), encoding="utf-8")
    (folder / "attested.tsv").write_text("id\tur\tsr\nw1\ta k m a\ta ŋ m a\n", encoding="utf-8")
    path = folder / "study.toml"
    path.write_text(STUDY.format(name=name, seeds=seeds, words=words, models=models, more=more), encoding="utf-8")
    return path


def finished(folder: Path, **asked: str) -> Study:
    """A study, and all that its steps leave, as far as it is read; ``asked`` is as in `study_file`."""
    study = read_study(study_file(folder, **asked))
    for job in jobs(study):
        put(study, job.log, f"$ {job.command}\nwhat it said\n$ no command\n")
    put(study, "data/valid.tsv", "id\tur\tsr\n" + "w\ta\ta\n" * 40)
    for model in study.models:
        for seed in study.seeds:
            put_training(study, model, seed)
            put_errors(study, model, seed)
        for name in study.stimuli:
            put_question(study, name, model)
    return study


def put(study: Study, path: str, content) -> Path:
    """A file of the study's folder; what is no text becomes JSON."""
    file = Path(study.dest) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def put_records(study: Study) -> None:
    """What the engine remembers of each step, and its outputs where they are not there, one step after the other."""
    for n, job in enumerate(jobs(study)):
        for path in job.outputs:
            file = study.dest / path
            file = file if file.is_file() else put(study, path, "{}")
            os.utime(file, (n, n))
            name = urlsafe_b64encode(path.encode()).decode()
            put(study, f".snakemake/metadata/{name}", {"params": [repr(job.command), repr(job.digests)]})


def sha(model: str, seed: int) -> str:
    """Of the checkpoint of a training."""
    return hashlib.sha256(f"{model} {seed}".encode()).hexdigest()


def put_training(study: Study, model: str, seed: int) -> None:
    """Of two epochs, the second with 30 of 40 words right, one less for each further seed."""
    folder = layout.save_dir(model, seed)
    size = study.models[model].size
    put(study, f"{folder}/history.csv", "epoch,updates,subset,train_loss,valid_loss,exact_match,per,lr,wall,kept\n"
        f"1,10,valid,3,2.5,10,,,,0\n2,20,valid,2,1.25,{75 - 2.5 * (seed - 1)},,,,1\n")  # fmt: skip
    put(study, layout.best(model, seed), "weights")
    put(study, layout.outputs("train", model=model, seed=seed)[0], {
        "checkpoint": layout.best(model, seed), "checkpoint_sha256": sha(model, seed), "seconds": 60.0 * seed,
        "epochs": 2, "updates": 20, "words": size or 900, "machine": "x86_64, 2 cores, CPU", "versions": VERSIONS,
    })  # fmt: skip


def put_errors(study: Study, model: str, seed: int, wrong: int = 1) -> None:
    """A list of ten words, or more where more are wrong, so many of them wrong."""
    words = max(10, wrong)
    which = {"list": "attested", "model": model, "seed": seed}
    put(study, layout.outputs("test", **which)[0], "H-0\t-1\ta k m a\n")
    folder = layout.folder("errors", **which)
    process = {
        "process": "nasalization",
        "due": 8,
        "applied": max(8 - wrong, 0),
        "failed": min(wrong, 8),
        "not_due": 4,
        "overapplied": 0,
    }
    put(study, f"{folder}/summary.json", {"words": words, "models": [{
        "model": "generate", "input": "generate.txt", "words": words, "right": words - wrong,
        "exact_match": 100 - 100.0 * wrong / words, "low": 60.0, "high": 98.0, "edits": wrong, "segments": 40,
        "per": 2.5 * wrong, "processes": [process],
    }]})  # fmt: skip
    rows = "".join(f"generate,w{n},a k m a,a k m a,a ŋ m a,아크마\n" for n in range(wrong))
    put(study, f"{folder}/errors.csv", "model,id,ur,hypothesis,reference,ur_text\n" + rows)


def about(model: str, seed: int) -> dict:
    """Where a result is from."""
    return {"checkpoint_sha256": sha(model, seed), "versions": VERSIONS}


def attention_of(model: str, seed: int) -> dict:
    """``summary.json`` of `analyze`, of one model."""
    largest = {"kind": "cross", "layer": 2, "head": 1, "p": 0.0001, "mean_mass": {"TR": 0.9}}
    largest |= {"estimate_log_odds": 2.5, "low_log_odds": 2.0, "high_log_odds": 3.0}
    verdict = {"strength": "attends", "sentence": ATTENDS, "caveats": ["One caveat."]}
    return {"process": "nasalization", "verdict": verdict, "primary": {"largest": largest}, "about": about(model, seed)}


def use_of(model: str, seed: int) -> dict:
    """``summary.json`` of `intervene`, of one model."""
    route = {"measure": "cross", "noising": {"share": 0.99}, "denoising": {"share": 1.0}}
    verdict = {"strength": "uses", "route": "cross", "sentence": USES, "caveats": []}
    pair = {"effect": 11.5, "low": 11.0, "high": 12.0}
    return {"process": "nasalization", "verdict": verdict, "minimal_pair": pair, "routes": [route],
            "about": about(model, seed)}  # fmt: skip


def over_models(study: Study, model: str, sentence: str, family: str) -> dict:
    """``summary.json`` over all seeds, of either."""
    n = len(study.seeds)
    rows = [{"name": str(seed), "checkpoint": sha(model, seed), "tested": True} for seed in study.seeds]
    warning = "" if n >= 6 else f"{n} models could be tested, so no claim is made over models."
    verdict = {"sentence": sentence.format(n=n), "warning": warning, "caveats": ["Over models."]}
    tests, about_models = [{"family": family, "claim": n >= 6}], {"of": "models", "versions": VERSIONS}
    return {"process": "nasalization", "verdict": verdict, "models": rows, "tests": tests, "about": about_models}


def put_question(study: Study, name: str, model: str) -> None:
    """Attention and interventions of all seeds in a set of stimuli."""
    one = {"set": name, "model": model}
    put(study, layout.outputs("stimuli", set=name)[0], "id\tur\tsr\n")
    for seed in study.seeds:
        put(study, f"{layout.folder('attention', **one, seed=seed)}/manifest.json", about(model, seed))
        put_folder(study, layout.folder("intervene", **one, seed=seed), use_of(model, seed))
    if len(study.seeds) == 1:
        seed = study.seeds[0]
        found = attention_of(model, seed) | {"interventions": use_of(model, seed)["verdict"]}
        put_folder(study, layout.folder("analyze", **one, seed=seed), found)
        return
    for rule, sentence, family in (
        ("analyze_all", OVER_ATTENDS, "chosen head"),
        ("intervene_all", OVER_USES, "routes"),
    ):
        folder = layout.folder(rule, **one)
        put_folder(study, folder, over_models(study, model, sentence, family))
        for seed in study.seeds:
            put_folder(study, f"{folder}/{seed}", (attention_of if rule == "analyze_all" else use_of)(model, seed))


def put_folder(study: Study, folder: str, summary: dict) -> None:
    """A folder of a verb: its summary, a page, a table, and what is not handed on."""
    put(study, f"{folder}/summary.json", summary)
    put(study, f"{folder}/report.html", "<!DOCTYPE html><title>report</title>")
    put(study, f"{folder}/words.csv", "id\n")
    put(study, f"{folder}/interventions.npz", "not handed on")
