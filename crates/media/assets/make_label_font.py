"""Write label_font.bin: the glyphs in which labels of bounding boxes are drawn.

    pip install pillow
    python make_label_font.py > label_font.bin

They are Pillow's default font at its default size of 10 pixels, which is a subset of Aileron Regular
(https://dotcolon.net/fonts/aileron, CC0: "No Rights Reserved"), rendered to coverage masks.
For each character from U+0020 to U+007E, then one frame for all others:

| bytes | what |
|---|---|
| 1 | advance to the next character, pixels |
| 1 | columns from the pen to the mask's left edge, signed |
| 1 | rows from the top of the line to the mask's top edge |
| 1 | width of the mask |
| 1 | height of the mask |
| width * height | coverage, 0 to 255, row by row |
"""

import sys

from PIL import ImageFont

font = ImageFont.load_default()
out = bytearray()
for code in [*range(0x20, 0x7F), None]:
    if code is None:
        width, height = 5, 8
        frame = [255 if x in (0, width - 1) or y in (0, height - 1) else 0 for y in range(height) for x in range(width)]
        out += bytes([7, 1, 2, width, height, *frame])
        continue
    mask, (left, top) = font.getmask2(chr(code), mode="L")
    width, height = mask.size
    out += bytes([round(font.getlength(chr(code))), left & 0xFF, top, width, height, *bytes(mask)])
sys.stdout.buffer.write(out)
