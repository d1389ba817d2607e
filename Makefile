# Everything a newcomer types. Each target sets up .venv by itself; nothing needs to be done before.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help setup demo check-readme test test-long coverage mutants matrix lint format docs docs-links notebook dist bench clean

help:
	@echo "make demo    a study: train on nonce Korean, test on attested words, report (about ten minutes after installation)"
	@echo "make check-readme   after make demo: do READMEs and guide show what it printed? (differences are listed; exit status 2)"
	@echo "make test    run all tests"
	@echo "make test-long   run what takes minutes: kills, fuzzing, large files"
	@echo "make coverage   run all tests once more and list the lines and branches that none of them runs (build/coverage)"
	@echo "make mutants    ask whether the tests notice small changes of the code: what survives is listed (about an hour)"
	@echo "make matrix     set up and test with each Python and torch, and compare one study (hours, gigabytes); table in build/matrix"
	@echo "make lint    check style"
	@echo "make docs    build the documentation into build/docs;  make docs-links  also checks its external links"
	@echo "make notebook   run the Colab notebook here, cell by cell, and keep its outputs in it (about 9 minutes)"
	@echo "make dist    build dist/*.whl and dist/*.tar.gz"
	@echo "make bench   measure the speed targets, as ratios within one run"
	@echo "make setup   only install into .venv;  PYTHON=python3.12 make ...  picks the interpreter"

setup: $(READY)

# fairseq compiles against the torch that is installed (no build isolation): hence three steps in this order. It alone does:
# what else has no wheel (editdistance on Python 3.13) brings its own build back end, which only an isolated build fetches
$(READY): setup.py constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) not found; install Python 3.11 or newer, or name it: make PYTHON=/path/to/python" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is $$($(PYTHON) -V 2>&1); fairseq_phonology needs Python 3.11 or newer: make PYTHON=/path/to/python" >&2; exit 2; }
	@command -v $${CXX:-c++} >/dev/null || command -v g++ >/dev/null || { echo "error: no C++ compiler found; fairseq needs one to install (Debian: apt-get install build-essential)" >&2; exit 2; }
	@$(PYTHON) -c 'import sysconfig, os, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' || { echo "error: the C headers of $(PYTHON) are missing; fairseq needs them to install (Debian: apt-get install python3-dev)" >&2; exit 2; }
	@echo "setting up $(VENV) (once; fairseq compiles for about four minutes)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { echo "error: $(PYTHON) cannot make a virtual environment (Debian: apt-get install python3-venv)" >&2; exit 2; }
	$(PIP) install -q -c constraints.txt torch numpy cython setuptools wheel
	$(PIP) install -c constraints.txt --no-build-isolation --no-deps fairseq-fixed
	$(PIP) install -q -c constraints.txt -e '.[train,study,test,docs,dev]'
	@touch $(READY)

demo: $(READY)
	$(BIN)/fairseq-phonology study user_dir_examples/korean_nasalization/study.toml --dest demo

check-readme: $(READY)
	$(BIN)/python -m tests.helpers.readmes demo

# two workers; each takes tests from the other when its own are done, and a model that is trained serves both
test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations 10

test-long: $(READY)
	$(BIN)/python -m pytest -m "long or hypothesis" --hypothesis-profile long --durations 10 --capture no

# forks, workers and commands in processes of their own count, too: pyproject.toml
coverage: export COVERAGE_FILE = $(CURDIR)/build/coverage/data
coverage: $(READY)
	@rm -rf build/coverage && mkdir -p build/coverage
	-$(BIN)/python -m coverage run -m pytest -n 2 --dist worksteal -q  # some tests fail of it: tests/COVERAGE.md
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

mutants: $(READY)
	$(BIN)/python -m tests.mutation --sample 60

# ARGS="--python /path/to/python3.13 --torch 2.13.0 --tests tests/phonology": python -m tests.machines --help
matrix:
	$(PYTHON) -m tests.machines $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# warnings are errors: broken links, unknown names, docstrings that cannot be read
SPHINX = $(BIN)/python -m sphinx --nitpicky --fail-on-warning --keep-going --quiet
docs: $(READY)
	$(SPHINX) -b html docs build/docs
	@echo "open build/docs/index.html"

docs-links: $(READY)
	$(SPHINX) -b linkcheck docs build/docs-links

notebook: $(READY)
	$(BIN)/python -m tests.helpers.run_notebook

# without isolation, so that nothing is fetched; the wheel is made from build/lib, where removed files would live on
dist: $(READY)
	@rm -rf build/lib build/bdist.* dist
	$(BIN)/python -c 'from setuptools import build_meta as b; b.build_sdist("dist"); b.build_wheel("dist")'

bench: $(READY)
	PYTHONPATH=. $(BIN)/python benchmarks/run.py $(SECTIONS)

clean:
	rm -rf $(VENV) demo benchmarks/work build dist *.egg-info
