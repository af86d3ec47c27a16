# SPDX-License-Identifier: MIT
# What a terminal shows in the end of what was written to it: python3 screen.py COLUMNS <FILE. Prints all lines, those that have
# scrolled away included, without blanks at their ends and without empty lines at the end. What is unknown is an error.
import re
import sys

columns = int(sys.argv[1])
lines, row, column = [""], 0, 0
text = sys.stdin.buffer.read().decode("utf-8", "replace")


def put(letter):
    global row, column
    if column == columns:
        row, column = row + 1, 0
    while row >= len(lines):
        lines.append("")
    line = lines[row].ljust(column)
    lines[row] = line[:column] + letter + line[column + 1:]
    column += 1


for part in re.findall(r"\033\[[0-9;?]*[a-zA-Z]|\r|\n|[^\r\n\033]", text):
    while row >= len(lines):
        lines.append("")
    number, kind = part[2:-1], part[-1]
    if part == "\r":
        column = 0
    elif part == "\n":
        row += 1
    elif part[0] != "\033":
        put(part)
    elif kind == "A":
        row = max(0, row - int(number or 1))
    elif kind in "JK" and number in ("", "0"):
        lines[row] = lines[row][:column]
        if kind == "J":
            del lines[row + 1:]
    elif kind != "m":
        sys.exit("unknown: %r" % part)
print("\n".join(line.rstrip() for line in lines).rstrip("\n"))
