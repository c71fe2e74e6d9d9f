"""Three ways to back up as one picture: online or offline, logical or physical. Each box is a door."""

from __future__ import annotations

from dataclasses import dataclass

from ui.language import say


@dataclass(frozen=True, slots=True)
class Door:
    """A box of the picture; `group` is the group of scenarios behind it, '' where there is none."""

    name: str
    group: str
    x: int
    y: int


# Two columns and three rows. Plain labels at fixed places, because Graphviz knows no Japanese widths and would
# put anything finer beside its box.
COLUMNS, ROWS = (172, 342), (206, 140, 62)
DOORS = (
    Door("dump", "logical", COLUMNS[0], ROWS[0]),
    Door("base", "basebackup", COLUMNS[1], ROWS[0]),
    Door("low", "low-level", COLUMNS[1], ROWS[1]),
    Door("none", "", COLUMNS[0], ROWS[2]),
    Door("copy", "cold", COLUMNS[1], ROWS[2]),
)
SIDES = (("logical", COLUMNS[0], 264), ("physical", COLUMNS[1], 264), ("online", 38, ROWS[0]), ("offline", 38, ROWS[2]))
# Okabe-Ito, tinted until text on it reads in both themes: (fill, edge).
COLOURS = {
    "light": {"dump": ("#e3f0fa", "#0072b2"), "copy": ("#fdeed8", "#a85200"), "base": ("#e0f3ec", "#00714f")},
    "dark": {"dump": ("#12293b", "#56b4e9"), "copy": ("#352511", "#f0a550"), "base": ("#12302a", "#3ec29b")},
}
INK = {"light": ("#1b2430", "#566273"), "dark": ("#e6ecf3", "#a3afbd")}
POINTS_PER_INCH = 72
BOX = (160, 54)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _label(key: str, lang: str) -> str:
    return _quoted(f"{say(key, lang)}\n{say(f'{key}_under', lang)}")


def _box(door: Door, lang: str, theme: str) -> str:
    width, height = (side / POINTS_PER_INCH for side in BOX)
    ink, soft = INK[theme]
    place = f'pos="{door.x},{door.y}!", width={width:.3f}, height={height:.3f}, fixedsize=true, shape=box'
    if not door.group:
        look = f'style="rounded,dashed", color="{soft}", fontcolor="{soft}"'
        return f"none [{place}, {look}, label={_label('door_none', lang)}]"
    fill, edge = COLOURS[theme].get(door.name) or COLOURS[theme]["base"]
    look = f'style="rounded,filled", fillcolor="{fill}", color="{edge}", penwidth=2, fontcolor="{ink}"'
    link = f'URL="#{door.group}", target="_self", tooltip={_quoted(say(f"door_{door.name}", lang))}'
    return f"{door.name} [{place}, {look}, {link}, label={_label(f'door_{door.name}', lang)}]"


def three_ways(lang: str, theme: str) -> str:
    """DOT of the picture for the engine neato; the chart is laid out in the browser and knows no dark mode."""
    ink, _ = INK[theme]
    sides = [
        f'{key} [pos="{x},{y}!", shape=plain, fontcolor="{ink}", label={_label(key, lang)}]' for key, x, y in SIDES
    ]
    boxes = [_box(door, lang, theme) for door in DOORS]
    return "\n".join(
        [
            'digraph {layout=neato; bgcolor="transparent"; pad=0.05; inputscale=72',
            'node [fontname="Arial", fontsize=12]',
            *sides,
            *boxes,
            "}",
        ]
    )
