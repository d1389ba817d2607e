# three steps that take a moment; how long, and which fail, stands in the environment
import os
from pathlib import Path
from urllib.parse import unquote

PAUSE = os.environ.get("STUB_PAUSE", "0.1")
FAILS = os.environ.get("STUB_FAILS", "")
SHELL = "( echo '$ {params.command}'; {params.does} ) > {log} 2>&1 || {{ s=$?; echo exit status $s >> {log}; exit $s; }}"

assert Path(unquote(config["study"])).is_file(), config["study"]


def fails(rule):
    return FAILS.partition(":")[2] if FAILS.startswith(rule) else ""


rule all:
    input:
        "index.html",


rule nonce:
    output:
        "nonce.tsv",
    log:
        "logs/nonce.log",
    params:
        command="fairseq-phonology nonce",
        does=fails("nonce") or f"sleep {PAUSE}; echo words > nonce.tsv",
    shell:
        SHELL


# its own folder is no output; an epoch takes a moment, and those that are done are not done again
rule train:
    input:
        "nonce.tsv",
    output:
        "models/{model}/{seed}.json",
    log:
        "logs/train-{model}-{seed}.log",
    params:
        command="fairseq-train data/bin --max-epoch 3",
        does=lambda wildcards: fails("train")
        or f"""
        for epoch in 1 2 3; do
            mkdir -p models/{wildcards.model}/{wildcards.seed}
            [ -e models/{wildcards.model}/{wildcards.seed}/$epoch ] && continue
            sleep {PAUSE}
            echo '2026-01-01 00:00:00 | INFO | valid | {{"epoch": '$epoch', "valid_loss": "0.9'$epoch'", "valid_exact_match": "8'$epoch'.5", "valid_num_updates": "'$epoch'0"}}'
            touch models/{wildcards.model}/{wildcards.seed}/$epoch
        done
        touch models/{wildcards.model}/{wildcards.seed}/checkpoint_best.pt
        echo {wildcards.seed} > models/{wildcards.model}/{wildcards.seed}.json
        """,
    resources:
        gpu=1,
    shell:
        SHELL


rule index:
    input:
        "models/model/1.json",
        "models/model/2.json",
    output:
        "index.html",
    log:
        "logs/index.log",
    params:
        command="fairseq-phonology index",
        does=fails("index") or f"sleep {PAUSE}; cat models/model/*.json > index.html",
    shell:
        SHELL
