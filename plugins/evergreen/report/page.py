"""The report as one HTML page: no script, no font, no address; language and colours by CSS alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from importlib.resources import files

from evergreen.report.sections import Card, Section
from evergreen.report.words import Both

# By name, as the drawings use them; a colour of a stage that is not there is the same in the dark.
_LIGHT = {
    "paper": "#fff", "raised": "#f6f7f5", "ink": "#1c2321", "muted": "#65706b", "line": "#dfe4e1",
    "accent": "#1f7a5c", "second": "#e0a63a", "third": "#a9c9bd", "alarm": "#b3261e",
    "stage-prospecting": "#b9c2be", "stage-socialization": "#8cc5dd", "stage-growth": "#54a868",
    "stage-maturity": "#1f7a5c", "stage-danger": "#e8a838", "stage-termination": "#d9663c",
    "stage-interruption": "#8a8f8d", "stage-recovery": "#8f6bb3",
}  # fmt: skip
_DARK = _LIGHT | {
    "paper": "#141917", "raised": "#1e2522", "ink": "#e6ece9", "muted": "#9aa6a1", "line": "#323b37",
    "accent": "#4cb88f", "second": "#e3b351", "third": "#3f5f54", "alarm": "#a32a22",
    "stage-prospecting": "#59635f", "stage-maturity": "#3a9c79", "stage-interruption": "#6f7673",
}  # fmt: skip
# nothing may be fetched from anywhere, whatever the data hold
_MUTED = 'class="muted"'
_ABOUT = Both(
    "Every figure is from the marts of this release; docs/marts.md says how each is computed.",
    "所有数字均来自本版数据集市；计算方法见 docs/marts.md。",
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@dataclass(frozen=True)
class Contents:
    """What a page is about.

    release, as_of, sources: the release, the day at whose end everything holds, what it was built from.
    cards: figures of the head.
    sections: pictures, in order.
    notes: what could not be shown, and why.
    """

    release: int
    as_of: date
    sources: list[str]
    cards: list[Card]
    sections: list[Section]
    notes: list[Both]


def page(about: Contents) -> str:
    """Return the page about a release."""
    heading = Both("Customer relationships at a glance", "客户关系概览")
    under = Both(
        f"Release {about.release}, as of the end of {about.as_of}, from {', '.join(about.sources)}",
        f"第 {about.release} 版，截至 {about.as_of} 日终，来源：{'、'.join(about.sources)}",
    )
    title = escape(f"Evergreen, release {about.release}, as of {about.as_of}")
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<link rel="icon" href="data:,">\n<title>{title}</title>',
            f"<style>\n{style()}</style>\n</head>\n<body>\n<header>",
            heading.html("h1"),
            under.html("p", _MUTED),
            _choices(),
            f'<ul class="cards">{"".join(map(_card, about.cards))}</ul>',
            f"<nav>{''.join(map(_link, about.sections))}</nav>\n</header>\n<main>",
            *map(_section, about.sections),
            "</main>\n<footer>",
            *(note.html("p") for note in about.notes),
            _ABOUT.html("p"),
            "</footer>\n</body>\n</html>\n",
        ]
    )


def style() -> str:
    """Return the style sheet of a page, with its colours by day and by night."""
    text = files("evergreen.report").joinpath("page.css").read_text(encoding="utf-8").partition("*/\n")[2]
    for name, colours in (("LIGHT", _LIGHT), ("DARK", _DARK)):
        declared = "; ".join(f"--{colour}: {value}" for colour, value in colours.items())
        scheme = f"color-scheme: {name.lower()}; {declared}"
        text = text.replace(f"{{ {name} }}", f"{{ {scheme} }}")
    return text


def _choices() -> str:
    def radio(group: str, key: str, label: str, *, checked: bool = False) -> str:
        state = " checked" if checked else ""
        return f'<input type="radio" name="{group}" id="{key}"{state}><label for="{key}">{label}</label>'

    colours = [
        radio("colours", "auto", "◐", checked=True),
        radio("colours", "light", "☀"),
        radio("colours", "dark", "☾"),
    ]
    languages = [radio("language", "en", "English", checked=True), radio("language", "zh", "中文")]
    return (
        f'<div class="choices"><fieldset aria-label="Language · 语言">{"".join(languages)}</fieldset>'
        f'<fieldset aria-label="Colours · 颜色">{"".join(colours)}</fieldset></div>'
    )


def _card(card: Card) -> str:
    return f"<li>{card.name.html()}<b>{escape(card.value)}</b>{card.beside.html('span', _MUTED)}</li>"


def _link(section: Section) -> str:
    return f'<a href="#{section.key}">{section.title.html()}</a>'


def _section(section: Section) -> str:
    state = ' class="alarm" role="alert"' if section.is_alarm else ""
    return (
        f'<section id="{section.key}"{state}>\n{section.title.html("h2")}\n{section.says.html("p")}\n'
        f'<div class="chart">{section.body}</div>\n</section>\n'
    )
