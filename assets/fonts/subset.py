#!/usr/bin/env python3
"""Makes the two font files of this folder from Debian's fonts-noto-cjk; see README.md.

Needs Debian's python3-fonttools and fonts-noto-cjk. Run it with the system's Python:

    /usr/bin/python3 assets/fonts/subset.py
"""

import pathlib

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = "/usr/share/fonts/opentype/noto/NotoSansCJK-{weight}.ttc"
FACE = 2  # Noto Sans CJK SC within the collection


def characters():
    """The code points kept: what the phrases, amounts, shop names and reference numbers can contain."""
    keep = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100))  # Latin and Latin-1
    keep |= set(map(ord, "ĀāĒēĚěĪīŃńŇňŌōŒœŪūˇˉ"))  # pinyin and what else the source has of Latin Extended-A
    keep |= set(map(ord, "‐‑‒–—―‖‘’‚“”„†‡•‥…‧‰′″‹›※"))  # general punctuation
    keep |= set(map(ord, "€₩₫№℃℉™"))  # currency signs and units
    keep |= set(range(0x2190, 0x219A)) | set(map(ord, "⇐⇒⇧⏎"))  # arrows and keys
    keep |= set(map(ord, "✓☝●○◉◎■□▲△▶▷▼▽◀◁◆◇★☆⚠"))  # marks
    keep |= set(map(ord, "±×÷≈≠≤≥∞√Ω"))
    keep |= set(range(0x2460, 0x246A))  # circled digits
    keep |= set(range(0x3000, 0x3018))  # CJK punctuation
    keep |= set(range(0xFF01, 0xFF5F)) | {0xFFE5, 0xFFE1}  # full-width forms
    # GB 2312 level 1: rows 16 to 55, the 3,755 hanzi of everyday text, by pinyin.
    for row in range(16, 56):
        for cell in range(1, 95):
            try:
                keep.add(ord(bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312")))
            except UnicodeDecodeError:
                pass  # the last cells of row 55 are empty
    return keep


def quadratic(font):
    """Gives the font TrueType's outlines in place of CFF's: what writes PDF and draws charts reads no others."""
    order, outlines, glyphs = font.getGlyphOrder(), font.getGlyphSet(), {}
    for name in order:
        pen = TTGlyphPen(None)
        outlines[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))  # off by at most a thousandth of the size
        glyphs[name] = pen.glyph()
    glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, glyphs
    font["loca"], font["glyf"] = newTable("loca"), glyf
    del font["CFF "]
    glyf.compile(font)
    for name, glyph in glyphs.items():
        advance, _ = font["hmtx"][name]
        font["hmtx"][name] = (advance, getattr(glyph, "xMin", 0))
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field in ("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
                  "maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
                  "maxCompositeContours", "maxComponentDepth"):
        setattr(maxp, field, 0)
    maxp.maxZones = 1
    post = font["post"]
    post.formatType, post.extraNames, post.mapping, post.glyphOrder = 3.0, [], {}, order
    font.sfntVersion = "\x00\x01\x00\x00"


def make(weight):
    font = TTFont(SOURCE.format(weight=weight), fontNumber=FACE, lazy=True)
    options = subset.Options()
    # Outlines only: hints do not matter at these sizes, and no layout feature is used (the digits are tabular as they are).
    options.hinting = False
    options.desubroutinize = False
    options.layout_features = ["kern"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG", "GSUB"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=characters())
    worker.subset(font)
    quadratic(font)
    # "Noto" is no Reserved Font Name of this licence, so the family keeps its name; the version says that it is a subset.
    font["head"].modified = font["head"].created  # the same bytes from every run
    font.recalcTimestamp = False
    target = HERE / f"NotoSansSC-{weight}-subset.ttf"
    font.save(target)
    missing = characters() - set(TTFont(target).getBestCmap())
    if missing:
        raise SystemExit("not in the source: " + "".join(map(chr, sorted(missing))))
    print(target.name, target.stat().st_size, "bytes,", len(characters()), "characters")


if __name__ == "__main__":
    for weight in ("Regular", "Bold"):
        make(weight)
