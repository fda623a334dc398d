"""Text drawn into pictures: in a font of this computer that has all its characters, where there is one."""

from functools import lru_cache

from PIL import ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_FONTS = (
    # Latin, Greek and Cyrillic first; then what the systems bring along for other scripts.
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "segoeui.ttf", "Arial.ttf", "Helvetica.ttc"),
    *("NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf", "DroidSansFallbackFull.ttf", "wqy-microhei.ttc"),
    *("wqy-zenhei.ttc", "msyh.ttc", "YuGothM.ttc", "msgothic.ttc", "malgun.ttf", "PingFang.ttc"),
    *("Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "Arial Unicode.ttf", "Nirmala.ttf", "Nirmala.ttc"),
    *("NotoSansDevanagari-Regular.ttf", "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf"),
    *("NotoSansThai-Regular.ttf", "LeelawUI.ttf", "FreeSans.ttf", "unifont.otf"),
)
"""File names that Pillow looks for in the font folders of Linux, Windows and macOS; the first that fits is taken."""

_NO_CHARACTER = "\U0010ffff"
"""A code that stands for nothing: fonts draw it as what they draw for every character that they lack."""


def font_for(text: str, size: int) -> Font:
    """Return the first font that has all characters of a text, else the one that lacks the fewest.

    Args:
        text: what will be drawn.
        size: the height of a line without its gap, in pixels.
    """
    best, fewest = _own_font(size), _count_missing(None, text, size)
    for name in _FONTS:
        if fewest == 0 and best is not _own_font(size):
            break
        font = _load(name, size)
        if font is not None and (missing := _count_missing(name, text, size)) <= fewest:
            best, fewest = font, missing
    return best


def draw_text(
    draw: ImageDraw.ImageDraw, x: float, y: float, text: str, *, size: int, colour: tuple[int, int, int]
) -> None:
    """Draw one line; (x, y) is its left end, half way up."""
    draw.text((x, y), text, font=font_for(text, size), fill=colour, anchor="lm")


def text_width(text: str, size: int) -> int:
    """Return how many pixels a line takes, in the font in which it is drawn."""
    return -int(-font_for(text, size).getlength(text) // 1)


def shortened(text: str, *, size: int, width: int) -> str:
    """Return a line that takes at most ``width`` pixels: the middle of a longer one becomes an ellipsis."""
    if text_width(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:  # the most characters that fit
        kept = (low + high + 1) // 2
        low, high = (kept, high) if text_width(_without_middle(text, kept), size) <= width else (low, kept - 1)
    return _without_middle(text, low)


def _without_middle(text: str, kept: int) -> str:
    back = kept // 2
    return f"{text[: kept - back]}…{text[len(text) - back :]}"


def _count_missing(name: str | None, text: str, size: int) -> int:
    return sum(not _has(name, character, size) for character in text if not character.isspace())


@lru_cache(maxsize=4096)
def _has(name: str | None, character: str, size: int) -> bool:
    font = _own_font(size) if name is None else _load(name, size)
    # The drawn shapes are compared: Pillow does not say which characters a font has.
    return font is not None and _shape(font, character) != _shape(font, _NO_CHARACTER)


def _shape(font: Font, character: str) -> tuple[tuple[int, int], bytes]:
    try:
        drawn = font.getmask(character)
    except UnicodeEncodeError:  # the font of Pillow without FreeType knows Latin-1 only
        return (0, 0), b""
    return drawn.size, bytes(drawn)


@lru_cache(maxsize=64)
def _load(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


@lru_cache(maxsize=8)
def _own_font(size: int) -> Font:
    """Return the font that Pillow brings along: it has no more than Latin."""
    return ImageFont.load_default(size)
