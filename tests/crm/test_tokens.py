"""The colours keep their contrast: text 4.5 : 1, icons and edges of controls 3 : 1, in light and dark."""

import math
import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[2] / "static" / "css" / "tokens.css").read_text()
OKLCH = r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)"
PAIR = re.compile(rf"--([\w-]+): light-dark\({OKLCH}, {OKLCH}\)")
COLOURS = {found[1]: (found.groups()[1:4], found.groups()[4:7]) for found in PAIR.finditer(TOKENS)}
SURFACES = ("surface-0", "surface-1", "surface-2", "well", "float")
MEANINGS = ("accent", "good", "warn", "bad", "info")

TEXT_PAIRS = [
    *((text, ground) for text in ("text", "text-muted") for ground in SURFACES),
    *((text, f"{text}-soft") for text in MEANINGS),
    *((text, ground) for text in MEANINGS for ground in ("surface-0", "surface-1", "float")),
    *(("text", f"{ground}-soft") for ground in MEANINGS),
    *(("on-ground", f"ground-{n}") for n in range(8)),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-danger", "danger"),
]
EDGE_PAIRS = [
    (edge, ground) for edge in ("line-strong", "chart-rest", "accent") for ground in ("surface-0", "surface-1")
]


def luminance(colour: tuple[str, ...]) -> float:
    """Relative luminance (WCAG 2.2) of an OKLCH colour, by Ottosson's matrices; channels are clipped to sRGB."""
    lightness, chroma, hue = float(colour[0]) / 100, float(colour[1]), math.radians(float(colour[2]))
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(max(channel, 0.0), 1.0) for channel in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, scheme: int) -> float:
    lights = sorted((luminance(COLOURS[one][scheme]), luminance(COLOURS[other][scheme])))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert luminance(("100", "0", "0")) == pytest.approx(1, abs=1e-6)
    assert luminance(("0", "0", "0")) == 0


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_stands_out(text: str, ground: str, scheme: int) -> None:
    assert contrast(text, ground, scheme) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGE_PAIRS)
def test_edges_and_icons_stand_out(edge: str, ground: str, scheme: int) -> None:
    assert contrast(edge, ground, scheme) >= 3


PHYSICAL = re.compile(
    r"^\s*(?:margin|padding|border)-(?:left|right|top|bottom)\b"
    r"|^\s*(?:left|right|top|bottom):|text-align: (?:left|right)",
    re.MULTILINE,
)
SHEETS = sorted((Path(__file__).parents[2] / "static" / "css").glob("*.css"))
# Time runs from left to right in charts, whatever the language.
PHYSICAL_ON_PURPOSE = {"charts.css": ["margin-left"]}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: str(sheet.name))
def test_sheets_use_logical_properties(sheet: Path) -> None:
    found = [line.strip() for line in PHYSICAL.findall(sheet.read_text())]
    assert found == PHYSICAL_ON_PURPOSE.get(sheet.name, [])


@pytest.mark.parametrize("sheet", [sheet for sheet in SHEETS if sheet.name != "tokens.css"], ids=lambda s: str(s.name))
def test_sheets_take_their_colours_from_the_tokens(sheet: Path) -> None:
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", sheet.read_text())
