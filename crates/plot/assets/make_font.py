"""Cut Inter down to what labels of curves need, with digits of one width.

    pip install fonttools
    python make_font.py FOLDER_WITH_INTER_4   # Inter-Regular.otf and Inter-SemiBold.otf

Inter is licensed under the SIL Open Font License 1.1 (OFL.txt) and has no reserved name.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# Latin with Extended-A, Greek, Cyrillic, punctuation, sub- and superscripts, currency, letterlike, arrows, operators,
# the marks.
UNICODES = [
    *range(0x20, 0x180),
    *range(0x370, 0x400),
    *range(0x400, 0x460),
    *range(0x2010, 0x2027),
    *range(0x2030, 0x2040),
    *range(0x2070, 0x20A0),
    0x20AC,
    *range(0x2190, 0x219A),
    *range(0x2200, 0x2270),
    0x25B2,
    0x25C6,
    0x25CF,
    0xFFFD,
]

for weight in ("Regular", "SemiBold"):
    font = TTFont(Path(sys.argv[1]) / f"Inter-{weight}.otf")
    # The tabular digits take the place of the proportional ones: numbers stand below one another.
    tabular = next(
        lookup
        for record in font["GSUB"].table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for lookup in record.Feature.LookupListIndex
    )
    mapping = font["GSUB"].table.LookupList.Lookup[tabular].SubTable[0]
    mapping = getattr(mapping, "ExtSubTable", mapping).mapping
    for table in font["cmap"].tables:
        for code in range(ord("0"), ord("9") + 1):
            # Tables may share their entries.
            if table.cmap.get(code) in mapping:
                table.cmap[code] = mapping[table.cmap[code]]
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp"]
    options.hinting = False
    options.desubroutinize = False
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14, 16, 17]
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=UNICODES)
    subsetter.subset(font)
    font.save(Path(__file__).parent / f"Inter-{weight}.otf")
