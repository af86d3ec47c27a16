# SPDX-License-Identifier: MIT
# What `tmux capture-pane -e -p` prints as an SVG: python3 terminal.py COLUMNS <CAPTURED >FILE.svg. Of colours and styles it knows
# those that tgrun uses; what is unknown is an error.
import re
import sys
from xml.sax.saxutils import escape

COLUMN, LINE, SIZE, EDGE = 7.8, 18, 13, 12
COLORS = ["#5c6370", "#ef8a80", "#9bd08a", "#e5c07b", "#7cb7f2", "#d19ae0", "#6fc7d1", "#d5d9e0"]  # of ESC[30m to ESC[37m

columns = int(sys.argv[1])
lines = sys.stdin.read().rstrip("\n").split("\n")


def spans(line, style):
    """(column, text, style) of each part of a line, and the style at its end."""
    found, column = [], 0
    for part in re.findall(r"\033\[[0-9;]*m|[^\033]+", line):
        if part[0] != "\033":
            found.append((column, part, dict(style)))
            column += len(part)
            continue
        for number in [int(n or 0) for n in part[2:-1].split(";")]:
            if number == 0:
                style = {}
            elif number == 39:
                style.pop("fill", None)
            elif number == 49:
                pass  # the background is always the same
            elif number == 22:
                style.pop("font-weight", None), style.pop("opacity", None)
            elif number == 1:
                style["font-weight"] = "bold"
            elif number == 2:
                style["opacity"] = "0.65"
            elif 30 <= number <= 37 or 90 <= number <= 97:
                style["fill"] = COLORS[number % 10]
            else:
                sys.exit("unknown: ESC[%dm" % number)
    return found, style


width, height = 2 * EDGE + columns * COLUMN, 2 * EDGE + len(lines) * LINE
print('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">' % (width, height, width, height))
print('<rect width="100%" height="100%" rx="6" fill="#23272e"/>')
print('<g font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="%d" fill="#d5d9e0" xml:space="preserve">' % SIZE)
style = {}
for number, line in enumerate(lines):
    parts, style = spans(line, style)
    for column, text, own in parts:
        if not text.strip():
            continue
        attributes = "".join(' %s="%s"' % item for item in sorted(own.items()))
        x, y, length = EDGE + column * COLUMN, EDGE + number * LINE + SIZE, len(text) * COLUMN
        print('<text x="%.1f" y="%d" textLength="%.1f"%s>%s</text>' % (x, y, length, attributes, escape(text)))
print("</g>\n</svg>")
