"""Drawing in SVG: the few shapes that the report's charts consist of, in the colours of the page."""

from __future__ import annotations

from html import escape

from evergreen.report.words import Both, Text


class Drawing:
    """An SVG of a fixed coordinate system that grows with the page.

    Colours are CSS variables without their dashes: `ink`, `muted`, `line`, `accent`, `stage-growth` …
    """

    def __init__(self, width: float, height: float, title: Both) -> None:
        self._size = width, height
        self._title = title
        self._parts: list[str] = []

    def rect(  # noqa: PLR0913 - a rectangle has that many sides to it
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        *,
        tip: Text = "",
        opacity: float = 1,
    ) -> None:
        """Draw a filled rectangle; `tip` appears where the pointer rests."""
        self._add(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"',
            colour,
            tip,
            opacity,
        )

    def area(self, path: str, colour: str, *, tip: Text = "", opacity: float = 1) -> None:
        """Draw a filled shape along a path."""
        self._add(f'<path d="{path}"', colour, tip, opacity)

    def line(
        self, points: list[tuple[float, float]], colour: str, *, width: float = 1, dashes: str = ""
    ) -> None:
        """Draw a line through points."""
        along = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._parts.append(
            f'<polyline points="{along}" fill="none" stroke-width="{width}"{dashed} '
            f'style="stroke:var(--{colour})"/>'
        )

    def dot(self, x: float, y: float, colour: str, *, tip: Text = "", radius: float = 3.5) -> None:
        """Draw a point."""
        self._add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"', colour, tip, 1)

    def text(  # noqa: PLR0913 - as many as a text has
        self, x: float, y: float, text: Text, *, anchor: str = "start", colour: str = "ink", size: float = 13
    ) -> None:
        """Write a text, in both languages if it has them; `y` is its baseline."""
        place = (
            f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" style="fill:var(--{colour})"'
        )
        if isinstance(text, Both):
            self._parts.append(text.html("text", place))
        else:
            self._parts.append(f"<text {place}>{escape(text)}</text>")

    def svg(self) -> str:
        """Return the element; its title is what screen readers say."""
        width, height = self._size
        label = escape(str(self._title), quote=True)
        return (
            f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{label}">'
            f"{''.join(self._parts)}</svg>"
        )

    def _add(self, shape: str, colour: str, tip: Text, opacity: float) -> None:
        faded = f' fill-opacity="{opacity:.3f}"' if opacity < 1 else ""
        inner = f"<title>{escape(str(tip))}</title>" if tip else ""
        name = shape[1 : shape.index(" ")]
        self._parts.append(f'{shape} style="fill:var(--{colour})"{faded}>{inner}</{name}>')
