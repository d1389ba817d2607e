"""The documentation site: `make docs`. Nothing in the built pages is fetched from elsewhere."""

import logging
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_extensions")]

import fairseq_phonology  # noqa: E402

logging.getLogger("markdown_it").setLevel(logging.WARNING)  # importing fairseq turns everybody's debugging on

project = "fairseq_phonology"
author = "the authors of fairseq_phonology"
copyright = "the authors of fairseq_phonology; MIT license"
version = release = fairseq_phonology.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "mathml",  # the last three are in _extensions
    "docstring_names",
    "options_of_commands",
]
exclude_patterns = ["_extensions", "_static"]
nitpicky = True
suppress_warnings = ["config.cache"]

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
smartquotes = False  # --option is no dash
html_math_renderer = "mathml"

# docstrings: Google style, types from annotations
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autoclass_content = "class"
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_preprocess_types = False
python_maximum_signature_line_length = 110
python_trailing_comma_in_multi_line_signatures = False
python_use_unqualified_type_names = True
add_module_names = False
default_role = "docstring-name"
highlight_language = "text"
# other projects' classes: their inventories are on the network, and this site is built without it
nitpick_ignore_regex = [
    ("py:.*", r"(numpy|np|torch|matplotlib|pathlib|collections|fairseq|argparse|typing|types|os)\..*"),
    ("py:.*", r"(Path|Any|Callable|Collection|Iterable|Iterator|Mapping|Sequence|Axes|Figure|TextIO|optional)"),
]

html_theme = "furo"
html_title = f"fairseq_phonology {release}"
html_static_path = ["_static"]
html_css_files = ["house.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
pygments_style = "friendly"
linkcheck_timeout = 20
linkcheck_retries = 2
linkcheck_anchors = False
