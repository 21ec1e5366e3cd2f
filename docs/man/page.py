#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes manual pages as scdoc reads them, from what already says it: the programs' tables of options, the JSON Schema, the
headers. So a page cannot tell of an option that is gone.

    page.py tool VERSION PROGRAM                         section 1, of a program
    page.py config VERSION CONFIGURATION.md PROGRAM      section 5, settings
    page.py signal VERSION SCHEMA.json                   section 5, the lines that pipes carry
    page.py library VERSION PAGE.scd HEADER...           section 3; the page's line @FUNCTIONS@ becomes a list of them
"""
import json
import pathlib
import re
import subprocess
import sys

PAGES = {"sf-ingest": 1, "sf-process": 1, "sf-aggregate": 1, "sf-serve": 1, "sf-archive": 1, "libsignalflow": 3,
         "signalflow-config": 5, "signalflow-signal": 5}


# ---- scdoc ----

def plain(text):
    """Text in which nothing is a mark."""
    return re.sub(r"^-|[\\*_#\[\]|`<>~]", r"\\\g<0>", text)


def inline(text):
    """Markdown's code and links; the rest is text."""
    out = []
    for part in re.split(r"(`[^`]*`|\[[^\]]*\]\([^)]*\))", text):
        link = re.fullmatch(r"\[([^\]]*)\]\(([^)]*)\)", part)
        if part.startswith("`"):
            out.append(f"*{plain(part[1:-1])}*" if part.strip("` ") else "")
        else:
            out.append(plain(link.group(1) if link else part))
    return "".join(out)


def term(name, text):
    """An entry of a list of terms. A paragraph more is a line more."""
    return [name] + ["\t" + line for line in text] + [""]


def literal(lines):
    return ["```", *(line.replace("\\", "\\\\") for line in lines), "```", ""]


def head(name, version):
    return [f'{name}({PAGES[name]}) "" "SignalFlow {version}"', ""]


def others(name):
    return ["# SEE ALSO", "", ", ".join(f"*{plain(n)}*({s})" for n, s in PAGES.items() if n != name)]


# ---- from Markdown, as the programs print it ----

def cells(row):
    return [c.strip().replace("\\|", "|") for c in re.split(r"(?<!\\)\|", row)[1:-1]]


def option(row):
    """A row of a table of options."""
    name, variable, default, text = cells(row)
    flag, _, value = name.strip("`").partition(" ")
    lines = [inline(text)]
    if default:
        lines[0] += f" Default: {inline(default)}."
    if variable:
        lines[0] += f" Environment: {inline(variable)}."
    return term(f"*{plain(flag)}*" + (f" _{plain(value)}_" if value else ""), lines)


def sections(markdown):
    """(title, lines) of the text before the first heading, whose title is None, and of each heading."""
    title, lines = None, []
    for line in markdown.splitlines():
        if line.startswith("## ") or line.startswith("### "):
            yield title, lines
            title, lines = line.lstrip("# "), []
        else:
            lines.append(line)
    yield title, lines


def body(lines):
    """Paragraphs, tables and indented text. A table of four columns tells of options, of two of terms."""
    out, block = [], []
    for line in [*lines, ""]:
        if line.startswith("    "):
            block.append(line[4:])
            continue
        if block:
            out += literal(block)
            block = []
        if line.startswith("|"):
            row = cells(line)
            if not re.match(r"\|-|\| option ", line) and len(row) == 4:
                out += option(line)
            elif not re.match(r"\|-|\| value ", line) and len(row) == 2:
                out += term(inline(row[0]), [inline(row[1])])
        elif re.match(r"\d\. ", line):
            out.append(". " + inline(line[3:]))
        elif line and not line.startswith(("# ", "<!--")):
            out.append(inline(line))
        elif out and out[-1]:
            out.append("")
    return out


def markdown_of(program, which):
    return subprocess.run([program, "--options-markdown", which], check=True, capture_output=True, text=True).stdout


# ---- the pages ----

def tool(version, program):
    name = pathlib.Path(program).name
    found = [(title, lines) for title, lines in sections(markdown_of(program, "tool")) if title]
    out = head(name, version)
    for title, lines in found:
        summary, usage = lines[1], next(line.strip() for line in lines if line.startswith(f"    {title} "))
        rest = lines[lines.index("    " + usage) + 1:]
        at = rest.index("Examples:") if "Examples:" in rest else len(rest)
        table = next((i for i, line in enumerate(rest) if line.startswith("|")), at)
        if title == name:
            out += ["# NAME", "", f"{name} - {plain(summary)}", "", "# SYNOPSIS", "", f"*{name}* {plain(usage[len(name) + 1:])}", ""]
            if any(rest[:table]):
                out += ["# DESCRIPTION", "", *body(rest[:table])]
            out += ["# OPTIONS", ""]
        else:
            out += [f"# {title.upper()}", "", f"*{title}* {plain(usage[len(title) + 1:])}", "", plain(summary[:1].upper() + summary[1:]) + ".", "",
                    *body(rest[:table])]
        out += body(rest[table:at])
        if at < len(rest):
            out += (["# EXAMPLES", ""] if len(found) == 1 else ["Examples:", ""]) + body(rest[at + 1:])
    out += ["# OPTIONS OF EVERY TOOL", "", *body(markdown_of(program, "common").splitlines()[1:])]
    out += ["# EXIT STATUS", ""]
    for code, text in (("0", "Done."), ("1", "Failed, or a record could not be processed and was only reported."),
                       ("2", "Wrong use: an option, a setting, a URL.")):
        out += term(f"*{code}*", [text])
    return out + ["# ENVIRONMENT", "", "What an option's entry names. *signalflow-config*(5) tells which of several settings holds.", "", *others(name)]


def config(version, page, program):
    intro = next(lines for title, lines in sections(pathlib.Path(page).read_text(encoding="utf-8")) if title is None)
    return head("signalflow-config", version) + [
        "# NAME", "", "signalflow-config - how SignalFlow's programs take their settings", "", "# DESCRIPTION", "", *body(intro),
        "# OPTIONS OF EVERY TOOL", "", *body(markdown_of(program, "common").splitlines()[1:]), *others("signalflow-config")]


def kind_of(schema, whole):
    """What a member's value is, in a few words."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2].replace("_", " ")
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    if "const" in schema:
        return f"always {schema['const']}"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    text = " or ".join(types)
    return f"{text} of {kind_of(schema['items'], whole)}s" if "array" in types else text


def members(schema, whole, before=""):
    out = []
    for name, what in schema.get("properties", {}).items():
        there = "" if name in schema.get("required", []) else ", may be missing"
        text = f"{kind_of(what, whole)}{there}. {what.get('description', '')}".strip()
        out += term(f"*{plain(before + name)}*", [plain(text[:1].upper() + text[1:])])
        out += members(what.get("items", what), whole, f"{before}{name}.")
    return out


def signal(version, path):
    schema = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    return head("signalflow-signal", version) + [
        "# NAME", "", "signalflow-signal - the lines of JSON that SignalFlow's programs read and write", "",
        "# DESCRIPTION", "", plain(schema["description"]), "", "Members come in this order:", "", *members(schema, schema),
        "A share is a number from 0 to 1, a time is written 2026-01-02T03:04:05.000Z.", "", *others("signalflow-signal")]


def functions(headers):
    """Each header with its functions and their first sentence."""
    out = []
    for path in map(pathlib.Path, headers):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"/\*\*((?:(?!\*/).)*)\*/\s*SF_API\s([^;{]*?)\b(\w+)\(", text, flags=re.S)
        if not found:
            continue
        about = re.search(r"/\*\*(.*?)\*/", text, flags=re.S).group(1)
        out += [f"## signalflow/{plain(path.name)}", "", plain(first_sentence(about)), ""]
        for comment, _, name in found:
            out += term(f"*{plain(name)}*()", [plain(first_sentence(comment))])
    return out


def first_sentence(comment):
    lines = "\n".join(re.sub(r"^\s*\*? ?", "", line) for line in comment.splitlines())
    paragraph = re.sub(r"\s+", " ", re.split(r"\n\n|@param|@return", lines.strip())[0]).strip()
    return re.split(r"(?<=[.!?])\s+(?=[A-Z0])", paragraph)[0]


def library(version, page, *headers):
    out, code = [], False
    for line in pathlib.Path(page).read_text(encoding="utf-8").splitlines():
        code ^= line.startswith("```")
        out += functions(headers) if line == "@FUNCTIONS@" else [line.replace("\\", "\\\\") if code else line.replace("@VERSION@", version)]
    return out + others("libsignalflow")


def main():
    kind, *arguments = sys.argv[1:]
    print("\n".join({"tool": tool, "config": config, "signal": signal, "library": library}[kind](*arguments)))


main()
