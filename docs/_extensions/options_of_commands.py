"""References of commands and studies, from what the commands say: ``{verb}``, ``{task-options}``, ``{study-keys}``."""

import argparse
import dataclasses
import importlib
import re

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from omegaconf import MISSING
from sphinx.util.nodes import nested_parse_with_titles


def _escaped(text: str) -> str:
    """Help text as Markdown: options, and what stands between backticks, are code; the rest has no markup."""
    pieces = re.split(r"(`[^`]*`)", re.sub(r"(?<![\w`-])(--[a-z][a-z-]*)", r"`\1`", text))
    return "".join(piece if piece.startswith("`") else re.sub(r"([*_<\[\]#$|])", r"\\\1", piece) for piece in pieces)


def _option(action: argparse.Action, formatter: argparse.HelpFormatter) -> list[str]:
    name = formatter._format_action_invocation(action)
    text = formatter._expand_help(action) if action.help else ""
    needed = "**Required.** " if action.required and action.option_strings else ""
    return [f"::::{{option}} {name}", "", needed + _escaped(text), "::::", ""]


class Generated(Directive):
    """Lines of Markdown that are made when the page is read."""

    required_arguments = 0
    optional_arguments = 1

    def lines(self) -> list[str]:
        raise NotImplementedError

    def run(self):
        node = nodes.Element()
        nested_parse_with_titles(self.state, StringList(self.lines(), source="generated"), node)
        return node.children


class VerbDirective(Generated):
    """Everything that ``fairseq-phonology VERB --help`` says."""

    def lines(self) -> list[str]:
        from fairseq_phonology.commands import VERBS

        verb = self.arguments[0]
        module = importlib.import_module(f"fairseq_phonology.commands.{verb.replace('-', '_')}")
        parser = argparse.ArgumentParser(prog=f"fairseq-phonology {verb}", add_help=False)
        module.add_arguments(parser)
        formatter = parser._get_formatter()
        lines = [VERBS[verb][0].upper() + VERBS[verb][1:] + ".", "", "```sh", module.EXAMPLE, "```", ""]
        lines += [f":::{{program}} fairseq-phonology {verb}", ":::", ""]
        for action in parser._actions:
            lines += _option(action, formatter)
        return lines


class AllVerbsDirective(Generated):
    """A section for each verb, in the order of the commands' own help."""

    def run(self):
        from fairseq_phonology.commands import VERBS

        sections = []
        for verb in VERBS:
            section = nodes.section(ids=[verb], names=[verb])
            self.state.document.note_explicit_target(section, section)
            section += nodes.title("", "", nodes.literal("", f"fairseq-phonology {verb}"))
            directive = VerbDirective(
                "verb", [verb], {}, StringList(), self.lineno, self.content_offset, "", self.state, self.state_machine
            )
            section += directive.run()
            sections.append(section)
        return sections


class TaskOptionsDirective(Generated):
    """The options that ``--task phonology`` adds to fairseq's, from the task's dataclass."""

    def lines(self) -> list[str]:
        from fairseq.tasks.translation import TranslationConfig

        from fairseq_phonology.training.config import PhonologyConfig

        theirs = {field.name: field.metadata.get("help") for field in dataclasses.fields(TranslationConfig)}
        lines = [":::{program} phonology", ":::", ""]
        for field in dataclasses.fields(PhonologyConfig):
            text = field.metadata.get("help")
            if not text or theirs.get(field.name) == text:
                continue
            names = [f"--{field.name.replace('_', '-')}"]
            metavar = field.metadata.get("metavar", "N" if isinstance(field.default, int) else "VALUE")
            value = "" if isinstance(field.default, bool) else f" {metavar}"
            names = [f"{name}{value}" for name in (*filter(None, [field.metadata.get("argparse_alias")]), *names)]
            text = text.replace("%%", "%")
            if field.default not in (None, MISSING, False, 0, "") and "default" not in text:
                text += f" (default: {field.default})"
            lines += [f"::::{{option}} {', '.join(names)}", "", _escaped(text), "::::", ""]
        return lines


class StudyKeysDirective(Generated):
    """The keys of a section of a study file, or of its top; options of verbs as they are called there."""

    def lines(self) -> list[str]:
        from fairseq_phonology.workflow.reader import TOP
        from fairseq_phonology.workflow.sections import SECTIONS

        if not self.arguments:
            return [line for key, text in TOP.items() for line in (f"`{key}`", f": {_escaped(text)}", "")]
        section = SECTIONS[self.arguments[0]]
        lines = [line for key, text in section.own.items() for line in (f"`{key}`", f": {_escaped(text)}", "")]
        for command in section.commands:
            of = f"`{command}`" if command[0].islower() and " " not in command else command
            for key, action in section.actions(command).items():
                formatter = argparse.HelpFormatter(prog="")
                text = formatter._expand_help(action) if action.help else ""
                value = "true" if action.nargs == 0 else action.metavar or "|".join(action.choices or ["VALUE"])
                lines += [f"`{key} = {value}`", f": {_escaped(_as_keys(text))} ({of})", ""]
        return lines


def _as_keys(text: str) -> str:
    """Options that a help text names, as keys of a study file."""
    return re.sub(r"(?<![\w`-])--([a-z][a-z-]*)", lambda option: f"`{option[1].replace('-', '_')}`", text)


def setup(app):
    app.add_directive("verb", VerbDirective)
    app.add_directive("verbs", AllVerbsDirective)
    app.add_directive("task-options", TaskOptionsDirective)
    app.add_directive("study-keys", StudyKeysDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
