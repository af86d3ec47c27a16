# SPDX-License-Identifier: MIT
# A small TextMate engine: python3 textmate.py GRAMMAR FILE... prints, for each line of each file, a letter per character for
# what the grammar makes of it: c comment, s text, e escape, i a mark of ${..}, k keyword, o operator, n number, l constant,
# t type, b built-in function, f another function, p task option, v a field of the task itself, . nothing. It knows what our
# grammar uses: match, begin and end, captures, include, contentName.
import json
import re
import sys

LETTERS = [
    ("constant.character.escape", "e"), ("punctuation.definition.interpolation", "i"), ("meta.embedded", "."),
    ("comment", "c"), ("string", "s"), ("keyword.operator.word", "k"), ("keyword.operator", "o"), ("keyword", "k"),
    ("constant.numeric", "n"), ("constant.language", "l"), ("support.type", "t"), ("support.function", "b"),
    ("entity.name.function", "f"), ("variable.parameter", "p"), ("variable.language", "v"),
    ("variable.other.member", "."), ("variable.other", "."), ("punctuation", "."),
]


def letter(scopes):
    for scope in reversed(scopes):
        for name, what in LETTERS:
            if scope.startswith(name):
                return what
    return "."


class Engine:
    def __init__(self, grammar):
        self.grammar = grammar
        self.compiled = {}

    def regex(self, text):
        if text not in self.compiled:
            self.compiled[text] = re.compile(text)
        return self.compiled[text]

    def flat(self, patterns):
        for p in patterns:
            if "include" in p:
                name = p["include"]
                yield from self.flat(self.grammar["patterns"] if name == "$self" else [self.grammar["repository"][name[1:]]])
            elif "match" in p or "begin" in p:
                yield p
            else:
                yield from self.flat(p["patterns"])

    # The rule that matches first from `at` on, an end before others at the same place.
    def find(self, stack, line, at):
        best, rule = None, None
        top = stack[-1]
        if "end" in top:
            best = self.regex(top["end"]).search(line, at)
        for p in self.flat(top.get("patterns", [])):
            m = self.regex(p.get("match", p.get("begin"))).search(line, at)
            if m and (best is None or m.start() < best.start()):
                best, rule = m, p
        return best, rule

    def scopes(self, stack):
        found = []
        for rule in stack:
            found += [rule[key] for key in ("name", "contentName") if key in rule]
        return found

    @staticmethod
    def captured(m, captures, base, out):
        for group, what in (captures or {}).items():
            for i in range(*m.span(int(group))):
                out[i] = letter(base + [what["name"]])

    def line(self, stack, line):
        out, at = [None] * (len(line) + 1), 0
        while at <= len(line):
            inside = self.scopes(stack)
            m, rule = self.find(stack, line, at)
            until = m.start() if m else len(line)
            out[at:until] = [letter(inside)] * (until - at)
            if not m:
                break
            if rule is None:
                ended = stack.pop()
                own = self.scopes(stack) + ([ended["name"]] if "name" in ended else [])
                out[m.start():m.end()] = [letter(own)] * (m.end() - m.start())
                self.captured(m, ended.get("endCaptures"), own, out)
            else:
                own = inside + ([rule["name"]] if "name" in rule else [])
                out[m.start():m.end()] = [letter(own)] * (m.end() - m.start())
                self.captured(m, rule.get("captures", rule.get("beginCaptures")), own, out)
                if "begin" in rule:
                    stack.append(rule)
            if m.end() == at and rule is not None and "begin" not in rule:
                at += 1
            else:
                at = m.end()
            if m.end() == len(line) and m.start() == m.end():
                break
        return "".join(c or "." for c in out[:len(line)])

    def file(self, text):
        stack = [{"patterns": self.grammar["patterns"]}]
        return [self.line(stack, line) for line in text.split("\n")], len(stack) == 1


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        engine = Engine(json.load(f))
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as f:
            lines, whole = engine.file(f.read().rstrip("\n"))
        print(path)
        print("\n".join(lines))
        if not whole:
            print("something is never closed")


main()
