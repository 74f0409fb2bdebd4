"""The colours of tokens.css: readable in light and in dark, and every one of them has its dark twin."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "static/css/tokens.css").read_text()
LIGHT_RULES, DARK_RULES = CSS.split("@media (prefers-color-scheme: dark)")
TOKEN = re.compile(r"--([\w-]+): (#[0-9a-f]{3,6});")
LIGHT = dict(TOKEN.findall(LIGHT_RULES))
SCHEMES = {"light": LIGHT, "dark": LIGHT | dict(TOKEN.findall(DARK_RULES.split("prefers-reduced-motion")[0]))}

GROUNDS = ("paper", "surface", "sunk")
TEXTS = [(text, ground) for text in ("ink", "ink-soft") for ground in GROUNDS]
LINKS = [("accent", ground) for ground in (*GROUNDS, "accent-soft")] + [("accent-strong", "paper")]
STATES = [
    (state, ground)
    for state in ("good", "wait", "late", "neutral")
    for ground in (f"{state}-soft", "paper", "surface")
]
NIGHT = [(text, ground) for text in ("on-night", "on-night-soft") for ground in ("night", "night-soft")]
READ = [*TEXTS, *LINKS, *STATES, *NIGHT, ("on-accent", "accent"), ("on-accent", "accent-strong")]
# Edges of fields, and the ring around what has the focus (WCAG 2.2, 1.4.11).
SEEN = [("line-strong", ground) for ground in ("paper", "surface")]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_read_stands_out_by_4_5_and_what_is_only_seen_by_3(scheme: str) -> None:
    tokens = SCHEMES[scheme]
    read = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in READ}
    seen = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in SEEN}
    assert {pair: ratio for pair, ratio in read.items() if ratio < 4.5} == {}
    assert {pair: ratio for pair, ratio in seen.items() if ratio < 3} == {}


def test_the_page_says_before_any_style_that_it_has_a_dark_side() -> None:
    """So that no white page flashes up before the styles have come."""
    page = (Path(__file__).parents[2] / "templates/bare.html").read_text()
    assert page.index('<meta name="color-scheme" content="light dark">') < page.index("<link")
    assert "color-scheme: light dark;" in LIGHT_RULES
