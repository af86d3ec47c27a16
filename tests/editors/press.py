# SPDX-License-Identifier: MIT
# Types lines into an interactive shell that has its completion script: python3 press.py bash|zsh|fish SCRIPT LINE...
# In a line, \t is the key. For each it prints the words that the shell would run it with, each in <>.
import os
import pty
import re
import select
import sys

shell, script = sys.argv[1], os.path.abspath(sys.argv[2])
START = {
    "bash": "bind 'set bell-style none' 'set enable-bracketed-paste off'; . %s; tgrun() { printf '\\nRAN:'; printf '<%%s>' \"$@\"; "
            "echo :END; }; PS1='ready> '; PS2='more> '",
    "zsh": "unsetopt beep; PS1='ready> '; PS2='more> '; fpath=(%s $fpath); autoload -U compinit; compinit -u -D; unsetopt prompt_cr prompt_sp; "
           "tgrun() { printf '\\nRAN:'; printf '<%%s>' \"$@\"; echo :END; }",
    "fish": "source %s; function fish_prompt; echo -n 'ready> '; end; function tgrun; printf '\\nRAN:'; printf '<%%s>' $argv; "
            "echo :END; end",
}
ARGS = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"], "fish": ["--no-config", "-i"]}
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", HISTFILE="/dev/null", HOME=os.getcwd(), fish_features="no-query-term")
    os.execvp(shell, [shell] + ARGS[shell])
seen = ""


def until(pattern):
    global seen
    while True:
        m = re.search(pattern, seen, re.S)
        if m:
            seen = seen[m.end():]
            return m
        try:
            data = os.read(fd, 4096)
        except OSError:
            data = b""
        if not data:
            sys.exit("the shell has ended: " + seen)
        seen += data.decode("utf-8", "replace")
        if "-v" in sys.argv:
            print(repr(data), file=sys.stderr)


def say(text):
    os.write(fd, text.encode())


where = os.path.dirname(script) if shell == "zsh" else script
say(START[shell] % where + "; echo BEG''UN\n")
until("BEGUN")
for line in [a for a in sys.argv[3:] if a != "-v"]:
    until("ready> ")
    say(line.replace("\\t", "\t") + "\n")
    print(until(r"RAN:(.*?):END").group(1))
say("exit\n")
