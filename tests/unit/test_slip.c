/* SPDX-License-Identifier: MIT
 * What the reader of `.tg` says about mistakes, and that one mistake is one message. */
#include "tests/unit/reading.h"

TEST(slips_lines_of_texts)
{
    ERRORS("x = \"${[1,\n"
           " 2]}\"\n"
           "y = 1",
           "1:5: this text is never closed [what stands in its ${..} must end on the same line]\n"
           "2:3: ']' closes nothing");
}

TEST(slips_operators_of_others)
{
    ERRORS("x = a && b || !c\n"
           "x++\n"
           "y = x--\n"
           "z = 1\n"
           "x = a ? b : c\n"
           "x = a if b else c\n"
           "f(x) => y\n"
           "fn f(x) => x\n"
           "a, b\n"
           "x = a..b..c\n"
           "x = .5",
           "1:7: no operator '&&' [write 'and']\n"
           "1:12: no operator '||' [write 'or']\n"
           "1:15: no operator '!' [write 'not']\n"
           "2:2: no operator '++' [to count, write 'x += 1']\n"
           "3:6: no operator '--' [to count, write 'x -= 1']\n"
           "5:7: unexpected '?' [write 'if c { a } else { b }']\n"
           "6:7: unexpected 'if' [a choice is written 'if c { a } else { b }']\n"
           "7:7: no operator '=>' [a function of one expression is written 'fn(x) = ..']\n"
           "8:10: no operator '=>' [a function of one expression is written 'fn(x) = ..']\n"
           "9:5: expected ',' or '=', found end of line\n"
           "10:9: a second '..' in a range [steps are written 'range(a, b, step)']\n"
           "11:5: expected an expression, found '.' [a number starts with a digit: 0.5]");
}

TEST(slips_words_of_others)
{
    ERRORS("let x = 3\n"
           "var y = 4\n"
           "def f(x):\n"
           "  return x\n"
           "if a { b } elif c { d }\n"
           "if a { b }\n"
           "elseif c { d }\n"
           "x = None\n"
           "y = True or FALSE\n"
           "print x\n"
           "x = lambda y: y\n"
           "a is b\n"
           "for (i = 0; i < 3; i++) { x }\n"
           "function g() { x }\n"
           "while a do",
           "1:1: unknown word 'let' [a name is bound by 'name = value']\n"
           "2:1: unknown word 'var' [a name is bound by 'name = value']\n"
           "3:1: unknown word 'def' [a function is written 'fn name(x) { .. }']\n"
           "5:12: unknown word 'elif' [write 'else if']\n"
           "7:1: unknown word 'elseif' [write 'else if']\n"
           "8:5: unknown word 'None' [write 'nil']\n"
           "9:5: unknown word 'True' [write 'true']\n"
           "9:13: unknown word 'FALSE' [write 'false']\n"
           "10:1: unknown word 'print' [write 'print(..)']\n"
           "11:5: unknown word 'lambda' [an anonymous function is written 'fn(x) = ..']\n"
           "12:3: unknown word 'is' [to compare, write '==']\n"
           "13:5: expected a name, found '(' [write 'for x in xs { .. }', or 'for i in 0..n { .. }']\n"
           "14:1: unknown word 'function' [a function is written 'fn name(x) { .. }']\n"
           "15:9: unknown word 'do' [a block stands in braces: { .. }]");
    ERRORS("switch (x) { a }\n"
           "// comment\n"
           "x = 'text'",
           "1:1: unknown word 'switch' [write 'if .. { .. } else if .. { .. }']\n"
           "2:1: a statement does not start with '/' [a comment starts with '#']\n"
           "3:5: a text stands in double quotes [write \"..\" instead of '..']");
}

TEST(slips_habits)
{
    ERRORS(
        "sh \"ls\"\n"
        "run [\"ls\", \"-l\"]\n"
        "x = sh \"ls ${y}\"\n"
        "for f in fs { sh r\"ls\" }\n"
        "x = run [\"ls\", \"-l\"]\n"
        "thrush \"x\"",
        "1:1: 'sh' stands outside a task [a command is a task, and runs where that is called: task name() -> nil { sh \"..\" "
        "}, and then name()]\n"
        "2:1: 'run' stands outside a task [a command is a task, and runs where that is called: task name() -> nil { run "
        "[..] }, and then name()]\n"
        "3:5: 'sh' stands outside a task [a command is a task, and runs where that is called: task name() -> str { sh "
        "\"..\" }, and then name()]\n"
        "4:15: 'sh' stands outside a task [a command is a task, and runs where that is called: task name() -> str { sh "
        "\"..\" }, and then name()]\n"
        "5:5: 'run' stands outside a task [a command is a task, and runs where that is called: task name() -> str { run "
        "[..] }, and then name()]\n"
        "6:8: expected end of line, found text \"x\"");
    ERRORS(
        "x := 1\n"
        "x ?= 1\n"
        "x: int = 1\n"
        "all: prog\n"
        "rule all:\n"
        "x = r?.name\n"
        "try { f() }\n"
        "task t(str x, int y) -> nil { sh \"x\" }\n"
        "x = \"${i:03d} ${j + 1:>8}\"\n"
        "task t(x: int) -> str { sh \"${x:-1}\" }",
        "1:3: no operator ':=' [a name is bound by 'name = value']\n"
        "2:3: no operator '?=' [what -D may set is written 'param name: str = \"default\"']\n"
        "3:2: unexpected ':' [a name is bound by 'name = value', without a type; how a file is made is said by 'task name(..) "
        "-> file(\"path\") { .. }']\n"
        "4:4: unexpected ':' [a name is bound by 'name = value', without a type; how a file is made is said by 'task name(..) "
        "-> file(\"path\") { .. }']\n"
        "5:1: unknown word 'rule' [how a file is made is said by 'task name(..) -> file(\"path\") { .. }']\n"
        "6:6: no operator '?.' [write try(x.name, nil)]\n"
        "7:5: expected end of line, found '{' [what may fail is written try(x, default); attempt(x) also says why it "
        "failed]\n"
        "8:8: unknown word 'str' [the type of a parameter stands behind it: 'x: int']\n"
        "9:9: expected '}', found ':' [write ${format(i, \"03d\")}]\n"
        "10:32: expected '}', found ':' [the shell's own ${..} is written \\${..}]");
}

TEST(slips_conditions)
{
    ERRORS("if x = 3 { y }\n"
           "while a = b { c = = d }\n"
           "x = f(a, (b = 3))\n"
           "x = y = 3\n"
           "f(a.b = 3)\n"
           "x = (a += 1)",
           "1:6: unexpected '=' [to compare, write '==']\n"
           "2:9: unexpected '=' [to compare, write '==']\n"
           "2:19: expected an expression, found '='\n"
           "3:13: unexpected '=' [to compare, write '==']\n"
           "4:7: unexpected '=' [to compare, write '=='; a second assignment has its own line]\n"
           "5:7: expected ',' or ')', found '=' [a named argument is written f(name = value); to "
           "compare, write '==']\n"
           "6:8: an assignment stands alone, it is no value [put it on a line of its own]");
}

TEST(slips_blocks)
{
    ERRORS("for x in xs\n"
           "  y = 1\n"
           "}\n"
           "z = )",
           "1:12: expected '{', found end of line [a block stands in braces: { .. }]\n"
           "4:5: ')' closes nothing");
    ERRORS("for x in xs:\n"
           "  y = z w\n"
           "a = b c",
           "1:12: expected '{', found ':' [a block stands in braces: { .. }]\n"
           "2:9: expected end of line, found name 'w'\n"
           "3:7: expected end of line, found name 'c'");
    ERRORS("while a\n"
           "{\n"
           "  b\n"
           "}\n"
           "fn f(x)\n"
           "{\n"
           "}\n"
           "if a { b }\n"
           "else\n"
           "{\n"
           "}\n"
           "z = )",
           "2:1: the '{' of a block stands on the line of its 'while'\n"
           "6:1: the '{' of a block stands on the line of its 'fn'\n"
           "10:1: the '{' of a block stands on the line of its 'else'\n"
           "12:5: ')' closes nothing");
    ERRORS("fn f() {\n"
           "  for x in xs\n"
           "    y\n"
           "  }\n"
           "}\n"
           "x = )",
           "2:14: expected '{', found end of line [a block stands in braces: { .. }]\n"
           "6:5: ')' closes nothing");
    ERRORS("while {\n"
           "}",
           "1:7: expected an expression, found '{'");
    ERRORS("fn f(a, 3) { }\n"
           "fn f(a b) { }\n"
           "fn (a) b\n"
           "for x y in zs { a }\n"
           "for in xs { a }\n"
           "else { b }\n"
           "if a { b } else c",
           "1:9: expected a name or ')', found number '3'\n"
           "2:8: expected ',' or ')', found name 'b' [a ',' is missing before it]\n"
           "3:8: expected '{' or '=', found name 'b'\n"
           "4:7: expected 'in' or ',', found name 'y'\n"
           "5:5: expected a name, found the reserved word 'in'\n"
           "7:17: expected 'if' or '{', found name 'c'");
}

TEST(slips_brackets)
{
    ERRORS("x = f(a, b\n"
           "y = [1, 2\n"
           "z = {a: 1\n"
           "w = )",
           "1:10: expected ')', found end of line\n"
           "2:9: expected ']', found end of line\n"
           "3:9: expected '}', found end of line\n"
           "4:5: ')' closes nothing");
    ERRORS("x = [\n"
           "  1,\n"
           "  2\n"
           "y = 3 4",
           "3:3: expected ']', found end of line\n"
           "4:7: expected end of line, found number '4'");
    ERRORS("x = f(a]\n"
           "y = [1, 2)\n"
           "z = {a: (1}\n"
           "w = ]",
           "1:8: expected ')', found ']'\n"
           "2:10: expected ']', found ')'\n"
           "3:11: expected ')', found '}'\n"
           "4:5: ']' closes nothing");
    ERRORS("}\n"
           "x = ]\n"
           "f(a; b)",
           "1:1: '}' closes nothing\n"
           "2:5: ']' closes nothing\n"
           "3:4: expected ')', found ';'");
    ERRORS("fn f() {\n"
           "  if a {\n"
           "    b\n"
           "}\n"
           "fn g() {\n"
           "  c\n"
           "}",
           "7:1: expected '}', found end of file");
    ERRORS("x = {\n"
           "  a: 1,\n"
           "  b: [1, 2,\n"
           "  c: 3\n"
           "}\n"
           "y = )",
           "4:4: expected ']' or ',', found ':'\n"
           "6:5: ')' closes nothing");
    ERRORS("x = f(fn() {\n"
           "  a b\n"
           "  c = (\n"
           "  d\n"
           "}, e)\n"
           "y = )",
           "2:5: expected end of line or '}', found name 'b'\n"
           "5:1: expected ')', found '}'\n"
           "6:5: ')' closes nothing");
}

TEST(slips_options_of_tasks)
{
    ERRORS(
        "task t(n: int) -> int with cores = if n > 1 { 2 } else if n > 0 { 3 } else {\n1\n} { sh \"x\" }\n"
        "task u(n: int) -> int with cores = if n > 1 { 2 }\n\n  else { 1 }, priority = if n > 1 { 1 } else { 2 } { sh \"x\" }",
        "");
    ERRORS("task t(n: int) -> int with cores = if n > 1 { 2 } else { 1 }\n{ sh \"x\" }",
           "2:1: the '{' of a block stands on the line of its 'task'");
    ERRORS("task t(n: int) -> int with cores = if n > 1 { 2 } else { 1 }",
           "1:61: expected '{', found end of file [its commands stand in braces: { run [..] }]");
    ERRORS("task t(n: int) -> int with cores = if n > 1\nx = 1",
           "1:44: expected '{', found end of line [a block stands in braces: { .. }]");
    ERRORS("task t(n: int) -> int with cores = if n > 1 { 2 } else { 1 } { sh \"x\" }\nif true { f(1 2) }",
           "2:15: expected ',' or ')', found number '2' [a ',' is missing before it]");
}

TEST(slips_lists)
{
    ERRORS("[1 2]\n"
           "f(a b)\n"
           "{a: 1 b: 2}\n"
           "{a}\n"
           "{1: 2}\n"
           "(1, 2)\n"
           "f(a = 1, 2)\n"
           "f(a with retries = 2)\n"
           "[a with retries = 2]\n"
           "{k: 1 for k in xs}\n"
           "[for x in y]\n"
           "[x for x]\n"
           "[x for x in]\n"
           "f(,)\n"
           "xs[]\n"
           "xs[1 2]",
           "1:4: expected ',' or ']', found number '2' [a ',' is missing before it]\n"
           "2:5: expected ',' or ')', found name 'b' [a ',' is missing before it]\n"
           "3:7: expected ',' or '}', found name 'b' [a ',' is missing before it]\n"
           "4:3: expected ':', found '}'\n"
           "5:2: expected a name, a text or '}', found number '1' [a key is a text: {\"1\": value}]\n"
           "6:3: expected ')', found ',' [a list is written [a, b]]\n"
           "7:10: an argument without a name stands after one with a name\n"
           "8:5: options inside brackets need parentheses [write (f(x) with retries = 2)]\n"
           "9:4: options inside brackets need parentheses [write (f(x) with retries = 2)]\n"
           "10:2: the key 'k' would be the same for every item [a key with the value of a variable is a text with ${..}: "
           "\"${k}\"]\n"
           "11:2: expected an expression or ']', found the reserved word 'for'\n"
           "12:9: expected 'in' or ',', found ']'\n"
           "13:12: expected an expression, found ']'\n"
           "14:3: expected an expression or ')', found ','\n"
           "15:4: expected an expression or ':', found ']'\n"
           "16:6: expected ']' or ':', found number '2'");
}

TEST(slips_targets)
{
    ERRORS("a[0] = 1\n"
           "a.b = 1\n"
           "f(x) = 1\n"
           "[a, b] = c\n"
           "(a) = 1\n"
           "a, b.c = d\n"
           "1 = x\n"
           "a + b = c\n"
           "\"x\" = y\n"
           "a[0] += 1\n"
           "fn(x) = x = 3",
           "1:1: cannot assign to an element [values never change: make a new list or record and bind "
           "it to the name]\n"
           "2:1: cannot assign to a field [values never change: make a new list or record and bind it "
           "to the name]\n"
           "3:1: cannot assign to a call [a function is written 'fn name(x) = ...']\n"
           "4:1: cannot assign to a list [to unpack a list, write 'a, b = ...']\n"
           "5:2: cannot assign to a name [write it without parentheses]\n"
           "6:4: cannot assign to a field [values never change: make a new list or record and bind it "
           "to the name]\n"
           "7:1: cannot assign to a number [to compare, write '==']\n"
           "8:1: cannot assign to an operator's result [to compare, write '==']\n"
           "9:1: cannot assign to a text [to compare, write '==']\n"
           "10:1: cannot assign to an element [values never change: make a new list or record and "
           "bind it to the name]\n"
           "11:1: cannot assign to an anonymous function [to compare, write '==']");
}

TEST(slips_names)
{
    ERRORS("in = 3\n"
           "x = task\n"
           "fn for(x) = 1\n"
           "param if: int\n"
           "output\n"
           "use\n"
           "use math, np\n"
           "import \"f.tg\"\n"
           "import f as g\n"
           "output a, b",
           "1:1: expected a statement, found the reserved word 'in'\n"
           "2:5: expected an expression, found the reserved word 'task'\n"
           "3:4: expected a name or '(', found the reserved word 'for'\n"
           "4:7: expected a name, found the reserved word 'if'\n"
           "5:7: expected a name, found end of line\n"
           "6:4: expected a name or a text, found end of line\n"
           "7:9: expected end of line or 'as', found ','\n"
           "8:14: expected 'as', found end of line [a file's names are used through a name: 'import "
           "\"file.tg\" as m']\n"
           "9:8: expected a text, found name 'f'\n"
           "10:9: expected end of line or '=', found ','");
}

TEST(slips_parameters)
{
    ERRORS("param x = 3\n"
           "param x: = 3\n"
           "param x\n"
           "param x: int = 3 \"a ${b}\"\n"
           "param x: int = 3, y: int\n"
           "param x: int \"a\" \"b\"\n"
           "fn f(x: a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[b]]]]]]]]]]]]]]]"
           "]]]]]]]]]]]]]]]]]]) = 1\n"
           "fn f(x: a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[a[b]]]]]]]]]]]]]]]]]"
           "]]]]]]]]]]]]]]]) = 1",
           "1:9: expected ':', found '=' [a parameter has a type: 'param n: int = 8']\n"
           "2:10: expected a name or 'nil', found '='\n"
           "3:8: expected ':', found end of line [a parameter has a type: 'param n: int = 8']\n"
           "4:18: this text must be known before anything is evaluated [write it without ${..}, or "
           "write '\\$' for a dollar sign]\n"
           "5:17: expected end of line or a text, found ','\n"
           "6:18: expected end of line, found text \"b\"\n"
           "7:9: a type of more than 32 levels");
}

TEST(slips_tasks)
{
    ERRORS("task t(a) -> int { sh \"x\" }\n"
           "task t(a: int) { sh \"x\"; run [a] }\n"
           "task t(a: int) -> int { }\n"
           "task t(a: int) -> int { x = 1; sh \"a\"; y }\n"
           "task t(a: int) -> files(\"x\") { sh \"x\" }\n"
           "task t(a: int) -> set[file](\"x\") { sh \"x\" }\n"
           "task t(a: int) -> int { sh a }\n"
           "task t(a: int) -> int { run [a] > b > c; run [a] == b; run [a] < b < c }\n"
           "task t(a: int) -> int\n"
           "task t(a: int) -> {x: int} { sh \"x\" }\n"
           "extern \"a\" { f(x) -> int; g(x: int); h(x: int) -> float }\n"
           "extern a { }",
           "1:8: the parameter 'a' of a task needs a type [write 'a: any' if it may be anything]\n"
           "2:16: expected '->', found '{' [say what the command gives: '-> str', '-> int', '-> nil' "
           "or '-> file(\"path\")']\n"
           "3:1: the task 't' does nothing [write a step into its body: run [..] or sh \"..\"]\n"
           "4:25: expected 'run' or 'sh', found name 'x' [a task's body holds only commands, run [..] or sh \"..\"; what "
           "they need is computed by its caller]\n"
           "4:40: expected 'run' or 'sh', found name 'y' [a task's body holds only commands, run [..] or sh \"..\"; what "
           "they need is computed by its caller]\n"
           "5:19: unknown form of a result [a task that makes files gives 'file(\"path\")' or "
           "'list[file](\"pattern\")']\n"
           "6:19: unknown form of a result [a task that makes files gives 'file(\"path\")' or "
           "'list[file](\"pattern\")']\n"
           "7:28: 'sh' takes a text in quotes [write sh \"${..}\"; with raw(..) inside, what it holds "
           "is not quoted]\n"
           "8:39: a second '>' of one step\n"
           "8:46: a step has no place for '==' [after the command only '> file' and '< file' may follow]\n"
           "8:70: a second '<' of one step\n"
           "9:22: expected '{', found end of line [its commands stand in braces: { run [..] }]\n"
           "10:26: expected '(', found '}'\n"
           "11:16: the parameter 'x' of a task needs a type [write 'x: any' if it may be anything]\n"
           "11:36: expected '->', found ';' [say what the function gives: '-> float']\n"
           "12:8: expected a text, found name 'a'");
}

TEST(slips_ifs)
{
    ERRORS("x = if a { b }\n"
           "f(if a { b })\n"
           "if a { b }\n"
           "x = [if a { if b { c } } else { d }]\n"
           "x = if a { b } else if c { d }",
           "1:5: an 'if' whose value is used needs an 'else'\n"
           "2:3: an 'if' whose value is used needs an 'else'\n"
           "5:5: an 'if' whose value is used needs an 'else'");
}

TEST(slips_characters)
{
    ERRORS("x = a § b c\n"
           "y = @z\n"
           "x = 3 ä\n"
           "x = a \\\n"
           "z = 1\n"
           "x = “a”\n"
           "x = $a\n"
           "x = a ^ b\n"
           "x = a\tb",
           "1:7: unexpected character '§' (U+00A7)\n"
           "2:5: unexpected character '@' (U+0040) [there are no decorators; options follow 'with']\n"
           "3:7: unexpected character 'ä' (U+00E4) [names are made of the letters a to z and A to Z, "
           "digits and '_']\n"
           "4:7: unexpected character '\\' (U+005C) [a line goes on inside brackets, and after an "
           "operator or a comma]\n"
           "6:5: unexpected character '“' (U+201C) [a text stands in plain double quotes]\n"
           "7:5: unexpected character '$' (U+0024) [only a text has ${..}]\n"
           "8:7: unexpected character '^' (U+005E) [a power is written '**']\n"
           "9:7: expected end of line, found name 'b'");
}

TEST(slips_numbers)
{
    ERRORS("12abc\n"
           "1.5B\n"
           "0.0001KB\n"
           "99999999999999999999\n"
           "9223372036854775808\n"
           "5 -9223372036854775808\n"
           "1e400\n"
           "9999999999TiB\n"
           "0b12\n"
           "0x\n"
           "0o8\n"
           "007\n"
           "1e\n"
           "1__e\n"
           "1e99999999999999999999KB\n"
           "123456789012345678901234567890B\n"
           "1234567890123456789012345.6789012345KB\n"
           "8EB\n"
           "9223372036854775808B\n"
           "2.5e-99999999999999999999KiB",
           "1:3: unknown suffix 'abc' of a number [durations end in ns us ms s m h d, sizes in B KB "
           "MB GB TB KiB MiB GiB TiB; a name does not start with a digit]\n"
           "2:1: this size is not a whole number of bytes\n"
           "3:1: this size is not a whole number of bytes [1 KB is 1000 bytes]\n"
           "4:1: this number is too large for an int [an int is at most 9223372036854775807; write a "
           "float as 1e19]\n"
           "5:1: this number is too large for an int [an int is at most 9223372036854775807; write a "
           "float as 1e19]\n"
           "6:4: this number is too large for an int [an int is at most 9223372036854775807; write a "
           "float as 1e19]\n"
           "7:1: this number is too large for a float\n"
           "8:1: this size is too large for an int\n"
           "9:1: '2' is no digit of a number in base 2\n"
           "10:1: no digits after '0x'\n"
           "11:1: '8' is no digit of a number in base 8\n"
           "12:1: a number does not start with 0 [an octal number starts with 0o]\n"
           "13:2: unknown suffix 'e' of a number [durations end in ns us ms s m h d, sizes in B KB MB "
           "GB TB KiB MiB GiB TiB; a name does not start with a digit]\n"
           "14:4: unknown suffix 'e' of a number [durations end in ns us ms s m h d, sizes in B KB MB "
           "GB TB KiB MiB GiB TiB; a name does not start with a digit]\n"
           "15:1: this size is too large for an int\n"
           "16:1: this size is too large for an int\n"
           "17:1: this size is too large for an int\n"
           "18:2: unknown suffix 'EB' of a number [durations end in ns us ms s m h d, sizes in B KB "
           "MB GB TB KiB MiB GiB TiB; a name does not start with a digit]\n"
           "19:1: this size is too large for an int\n"
           "20:1: this size is not a whole number of bytes [1 KiB is 1024 bytes]");
}

TEST(slips_escapes)
{
    ERRORS("\"\\q\"\n"
           "\"\\x9 \\xff \\u12 \\u{} \\u{1234567} \\u{zz} \\u{110000} \\ud800\"\n"
           "\"a\\0b\"\n"
           "\"\\ä\"\n"
           "\"\"\"\n"
           "\\\n"
           "\"\"\"",
           "1:2: unknown escape '\\q' [the escapes are \\n \\t \\r \\\\ \\\" \\$ \\xHH \\uHHHH \\u{..}; write "
           "'\\\\' for a backslash, or use r\"..\"]\n"
           "2:2: incomplete escape '\\x9' [write \\xHH, \\uHHHH or \\u{H..} with hexadecimal digits]\n"
           "2:6: '\\xff' is not a character [\\x goes up to 7f; write a character as \\u{..}]\n"
           "2:11: incomplete escape '\\u12' [write \\xHH, \\uHHHH or \\u{H..} with hexadecimal digits]\n"
           "2:16: incomplete escape '\\u{}' [write \\xHH, \\uHHHH or \\u{H..} with hexadecimal digits]\n"
           "2:21: incomplete escape '\\u{1234567}' [write \\xHH, \\uHHHH or \\u{H..} with hexadecimal digits]\n"
           "2:33: incomplete escape '\\u{zz}' [write \\xHH, \\uHHHH or \\u{H..} with hexadecimal digits]\n"
           "2:40: '\\u{110000}' is not a character [a character's number is at most 10ffff, and not "
           "between d800 and dfff]\n"
           "2:51: '\\ud800' is not a character [a character's number is at most 10ffff, and not "
           "between d800 and dfff]\n"
           "3:3: '\\0' is the character NUL [a text holds every character but this one]\n"
           "4:2: unknown escape '\\ä' [the escapes are \\n \\t \\r \\\\ \\\" \\$ \\xHH \\uHHHH \\u{..}; write "
           "'\\\\' for a backslash, or use r\"..\"]\n"
           "6:1: nothing after '\\' [a '\\' stands before the character it changes; write '\\\\' for itself]");
}

TEST(slips_texts_without_end)
{
    ERRORS("x = \"abc\n"
           "y = f(\"abc, 1\n"
           "z = r\"abc\n"
           "w = \"a ${b\n"
           "v = \"a ${b(\"c)}\n"
           "u = \"${}\"\n"
           "t = )",
           "1:5: this text is never closed [end it with '\"'; a text of several lines stands in \"\"\"..\"\"\"]\n"
           "2:7: this text is never closed [end it with '\"'; a text of several lines stands in \"\"\"..\"\"\"]\n"
           "3:5: this text is never closed [end it with '\"'; a text of several lines stands in \"\"\"..\"\"\"]\n"
           "4:5: this text is never closed [what stands in its ${..} must end on the same line]\n"
           "5:12: this text is never closed [what stands in its ${..} must end on the same line]\n"
           "6:8: nothing stands between '${' and '}' [write '\\$' for a dollar sign]\n"
           "7:5: ')' closes nothing");
    ERRORS("x = \"\"\"\n"
           "abc",
           "1:5: this text is never closed [it ends at the next \"\"\"]");
    ERRORS("x = r\"\"\"abc", "1:5: this text is never closed [it ends at the next \"\"\"]");
    ERRORS("x = \"", "1:5: this text is never closed [end it with '\"'; a text of several lines stands in \"\"\"..\"\"\"]");
    ERRORS("\"a ${\"", "1:6: this text is never closed [what stands in its ${..} must end on the same line]");
    ERRORS("x = \"a\\", "1:7: nothing after '\\' [a '\\' stands before the character it changes; write '\\\\' for itself]\n"
                        "1:5: this text is never closed [end it with '\"'; a text of several lines stands in \"\"\"..\"\"\"]");
}

TEST(slips_ends)
{
    ERRORS("f(", "1:2: expected ')', found end of file");
    ERRORS("x =", "1:4: expected an expression, found end of file");
    ERRORS("x = [1,", "1:7: expected ']', found end of file");
    ERRORS("if a {\n"
           "  b",
           "2:3: expected '}', found end of file");
    ERRORS("task t() -> int { run [", "1:23: expected ']', found end of file");
    ERRORS("\"a ${b", "1:6: expected '}', found end of file");
    ERRORS("{", "1:1: expected '}', found end of file");
    ERRORS("x = y z", "1:7: expected end of line, found name 'z'");
}

TEST(slips_after_operands)
{
    ERRORS("x = a + b c\n"
           "if a + b c { d }\n"
           "x = a + b:\n"
           "f(a + b: c)\n"
           "[a + b}\n"
           "x = -a b\n"
           "param x: int = a + b c\n"
           "\"${a + b c}\"\n"
           "for x in a + b c { d }\n"
           "{a: b + c d}\n"
           "xs[a + b c]\n"
           "assert a + b c\n"
           "return -a b\n"
           "with a = b + c d { e }\n"
           "a + b, c d",
           "1:11: expected end of line, found name 'c'\n"
           "2:10: expected '{', found name 'c'\n"
           "3:10: expected end of line, found ':'\n"
           "4:8: expected ')' or ',', found ':'\n"
           "5:7: expected ']', found '}'\n"
           "6:8: expected end of line, found name 'b'\n"
           "7:22: expected end of line or a text, found name 'c'\n"
           "8:10: expected '}', found name 'c'\n"
           "9:16: expected '{', found name 'c'\n"
           "10:11: expected ',' or '}', found name 'd' [a ',' is missing before it]\n"
           "11:10: expected ',' or ']', found name 'c' [a ',' is missing before it]\n"
           "12:14: expected end of line, found name 'c'\n"
           "13:11: expected end of line, found name 'b'\n"
           "14:16: expected '{', found name 'd'\n"
           "15:10: expected ',' or '=', found name 'd'");
    ERRORS("while a + b:\n"
           "  c\n"
           "while f(fn(x) = x, y)\n"
           "  c\n"
           "}\n"
           "x = a + b with c = d e\n"
           "x = [a for b in c d]\n"
           "x = fn(a) = b c\n"
           "x = if a { b } c\n"
           "task t() -> int = 3\n"
           "fn f(a) -> int { a }\n"
           "fn f(a): int { a }\n"
           "output x 3\n"
           "x = y \"z\"\n"
           "fn f() { a b }\n"
           "x = a and b +\n"
           "y = 1\n"
           "x.1\n"
           "1.x",
           "1:12: expected '{', found ':' [a block stands in braces: { .. }]\n"
           "3:22: expected '{', found end of line [a block stands in braces: { .. }]\n"
           "6:22: expected end of line or ',', found name 'e'\n"
           "7:19: expected ']', found name 'd'\n"
           "8:15: expected end of line, found name 'c'\n"
           "9:16: expected end of line, found name 'c'\n"
           "10:17: expected '(' or '{', found '='\n"
           "11:9: expected '{' or '=', found '->'\n"
           "12:8: expected '{', found ':' [its body stands in braces, or after '=']\n"
           "13:10: expected end of line or '=', found number '3'\n"
           "14:7: expected end of line, found text \"z\"\n"
           "15:12: expected end of line or '}', found name 'b'\n"
           "17:3: unexpected '=' [to compare, write '=='; a second assignment has its own line]\n"
           "18:3: expected a name, found number '1'");
}
