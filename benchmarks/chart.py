"""A small picture of bars side by side, as SVG without a library: light enough to be kept with the documentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BAR, GAP, APART, HEIGHT, TOP, BOTTOM, LEFT = 22, 6, 40, 160, 40, 48, 16


@dataclass(frozen=True, slots=True)
class Bars:
    """Some bars with what they have in common below them."""

    name: str
    values: Mapping[str, float]

    @property
    def width(self) -> int:
        """At least as much as the labels of wide bars need."""
        return len(self.values) * (self.bar + GAP)

    @property
    def bar(self) -> int:
        return max([BAR, *(7 * len(label) for label in self.values)])


def chart(title: str, groups: Sequence[Bars]) -> str:
    """All groups on one scale, so that they can be compared; each bar with its value."""
    groups = [group for group in groups if group.values]
    scale = HEIGHT / max(value for group in groups for value in group.values.values())
    parts, x = [], LEFT
    for group in groups:
        parts.append(_text(x + group.width // 2, TOP + HEIGHT + 36, group.name))
        for label, value in group.values.items():
            height = round(value * scale)
            parts.append(f'<rect x="{x}" y="{TOP + HEIGHT - height}" width="{group.bar}" height="{height}"/>')
            parts.append(_text(x + group.bar // 2, TOP + HEIGHT + 16, label))
            parts.append(_text(x + group.bar // 2, TOP + HEIGHT - height - 4, f"{value:.0f}", "8"))
            x += group.bar + GAP
        x += APART
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {x} {TOP + HEIGHT + BOTTOM}" font-family="sans-serif"'
        f' font-size="11" fill="#4c8c6b">\n<text x="{LEFT}" y="16" fill="#444" font-size="13">{title}</text>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _text(x: int, y: int, text: str, size: str = "11") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="middle" fill="#444" font-size="{size}">{text}</text>'
