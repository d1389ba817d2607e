"""Package metadata. `make` installs it beside fairseq; see the README."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = next(
    line.split('"')[1]
    for line in (HERE / "fairseq_phonology" / "__init__.py").read_text(encoding="utf-8").splitlines()
    if line.startswith("__version__")
)

TRAIN = ["torch>=2.6", "fairseq-fixed>=0.12.3.1", "sacrebleu>=2.0"]
STUDY = ["snakemake>=9.17", "psutil>=5.9"]  # 9.10 to 9.16 run more jobs at once than they are told
TEST = ["pytest>=8", "pytest-xdist>=3.6", "filelock>=3", "tensorboardX>=2.6", "nbclient>=0.10", "ipykernel>=6.29"]
TEST += ["snakemake-executor-plugin-cluster-generic>=1.0.9"]  # a cluster whose commands are scripts of the tests
TEST += ["hypothesis>=6.100"]  # properties that hold for every input
DOCS = ["sphinx>=9", "docutils>=0.22", "myst-parser>=5", "furo>=2025.9"]

setup(
    name="fairseq_phonology",
    version=VERSION,
    description="A fairseq plugin for computational phonology: models chosen by whole words, then looked into",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    license_files=["LICENSE"],
    keywords="phonology linguistics fairseq transformer attention interpretability",
    packages=find_packages(include=["fairseq_phonology", "fairseq_phonology.*"]),
    package_data={
        "fairseq_phonology": [
            "analysis/report/page/*",
            "workflow/Snakefile",
            "workflow/new/*",
            "workflow/results/page/*",
        ]
    },
    python_requires=">=3.11",
    install_requires=[
        "numpy>=1.24",
        "scipy>=1.10",
        "matplotlib>=3.7",
        "h5py>=3.8",
        "panphon>=0.20",
        "rapidfuzz>=3.0",
        "jinja2>=3.0",
        "tqdm>=4.60",
        "regex>=2023.0",
        "msgspec>=0.19",
    ],
    extras_require={
        "fuzz": ["atheris>=3.0"],  # python -m tests.fuzz
        "train": TRAIN,
        "study": STUDY,
        "test": TEST,
        "docs": DOCS,
        "dev": [*TEST, "ruff>=0.6", "coverage>=7.10"],
    },
    entry_points={"console_scripts": ["fairseq-phonology = fairseq_phonology.commands:main"]},
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Science/Research",
        "Natural Language :: English",
        "Natural Language :: Korean",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Text Processing :: Linguistic",
    ],
)
