#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random workflows of commands that are run again and again, with random edits in between: of sources, texts and parameters, results
that are removed or changed, commands that fail, runs that are killed, other outputs that are asked for. After each run

 - the commands that ran and the result files that are there must be those that a model says, which was written apart (Model below);
 - each result file and each value must be what its commands compute, worked out here once more (Workflow.content);
 - with --nothing also what a run from nothing in another folder, without a record, comes to.

With --grow calls stand in blocks and lists that wait for what a command prints: the graph grows, and nothing else may be different.

    tests/stress/again.py [--tgrun=FILE] [--rounds=N] [--nothing] [--grow] [--keep] FIRST_SEED [COUNT]

A seed says all but when a run is killed. What fails is told with the edits of its last round; --keep leaves the folder."""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

# What commands do with what they read, in shell and here. Some forget a part of it, so that not every change goes on.
LONGEST = 150
OPS = {
    'all': ('tail -c 150', lambda x: x[-LONGEST:]),
    'letters': ('tr -d 0-9 | tail -c 150', lambda x: bytes(c for c in x if not 48 <= c <= 57)[-LONGEST:]),
    'length': ('wc -c', lambda x: b'%d\n' % len(x)),
    'first': ('head -c 9; echo', lambda x: x[:9] + b'\n'),
    'set': ('sort -u | tail -c 150', lambda x: b''.join(sorted(set(lines(x))))[-LONGEST:]),
}


def lines(text):
    return [line + b'\n' for line in text.split(b'\n')[:-1]]


class Task:
    """The definition of a command."""

    def __init__(self, rng, name):
        self.name = name
        self.kind = rng.choices(['file', 'two', 'list', 'value', 'nil', 'bare', 'bare file'], [50, 12, 10, 18, 6, 2, 2])[0]
        self.op = rng.choice(list(OPS))
        self.salt = 0  # a part of the text that shows in the result
        self.blank = 0  # one that does not
        self.files = self.kind in ('file', 'two', 'list', 'bare file')
        self.bare = self.kind.startswith('bare')
        self.temp = self.files and not self.bare and rng.random() < 0.35
        self.volatile = rng.random() < 0.07
        self.inputs = [f'more/{rng.randrange(4)}'] if not self.bare and rng.random() < 0.15 else []
        self.index = self.kind in ('file', 'two') and rng.random() < 0.15  # it reads what a file names, and says so in a depfile
        # What is asked before each run: has it results, and does it know all that it gets?
        self.always = self.volatile or self.kind == 'bare' or (self.kind == 'nil' and not self.inputs)

    def text(self):
        out = {'file': '${out}', 'bare file': '${out}', 'two': '${out.a}'}.get(self.kind)
        name = self.name[1:] if self.bare else '${name}'
        reads = f'echo {self.salt}'
        if not self.bare:
            reads += f"; cat ${{files}} ${{parts}} {' '.join(self.inputs)} </dev/null; printf '%s\\\\n' ${{values}} ${{p}}"
        if self.index:
            reads += '; cat $(cat ${index})'
        text = [f'echo {name} >>$LOG; test ! -e $FAIL/{name}; : {self.blank}', f'{{ {reads}; }} | {{ {OPS[self.op][0]}; }}']
        if out:
            text[1] += f' >{out}'
        if self.kind == 'two':
            text.append('tr -d 0-9 <${out.a} >${out.b}')
        if self.kind == 'list':
            text[1] += ' | { i=0; while [ $i -lt 4 ] && IFS= read -r x; do i=$((i + 1)); echo "$x" >${out}/$i; done; }'
        if self.index:
            text.append(f"echo {out}: $(cat ${{index}}) >{out}.d")
        return '\n'.join(text)

    def definition(self):
        result = {'file': 'file("r/${name}")', 'two': '{a: file("r/${name}.a"), b: file("r/${name}.b")}',
                  'list': 'list[file]("l/${name}/*")', 'value': 'str', 'nil': 'nil', 'bare': 'str',
                  'bare file': f'file("r/{self.name[1:]}")'}[self.kind]
        parameters = 'name: str, files: list[file], parts: list[file], values: list[str], p: str'
        if self.index:
            parameters += ', index: file'
        options = []
        if self.temp:
            options.append('temp = true')
        if self.volatile:
            options.append('volatile = true')
        if self.inputs:
            options.append(f'inputs = {json.dumps(self.inputs)}')
        if self.index:
            options.append('depfile = "${out%s}.d"' % ('.a' if self.kind == 'two' else ''))
        escaped = self.text().replace('"', '\\"')
        return (f"task {self.name}({'' if self.bare else parameters}) -> {result} {'with ' + ', '.join(options) if options else ''} "
                f'{{\n    sh """\n{escaped}\n"""\n}}\n')


class Call:
    """A call of a task. Its files are paths of sources and other calls, of whose results one or all are read."""

    def __init__(self, rng, workflow, name):
        self.name = name
        self.grows = False  # the list of its files is known only in the run
        fitting = [t for t in workflow.tasks if not t.bare]
        if fitting and rng.random() < 0.25:
            self.task = rng.choice(fitting)
        else:
            self.task = Task(rng, 't' + name)
            workflow.tasks.append(self.task)
        before = workflow.calls
        self.files = [rng.choice(workflow.sources) for _ in range(rng.randrange(2))]
        self.files += rng.sample([c for c in before if c.task.files and c.task.kind != 'list'],
                                 min(rng.randrange(4), sum(c.task.files and c.task.kind != 'list' for c in before)))
        lists = [c for c in before if c.task.kind == 'list']
        self.parts = rng.choice(lists) if lists and rng.random() < 0.3 else None
        values = [c for c in before if c.task.kind in ('value', 'bare')]
        self.values = rng.sample(values, min(rng.randrange(3), len(values)))
        self.p = rng.choice(['"x"', 'p0', 'p1', 'p2'])
        self.index = f'index/{rng.randrange(2)}' if self.task.index else None
        if self.task.bare:
            self.files, self.parts, self.values, self.p = [], None, [], '"x"'

    def needs(self):
        return [c for c in self.files if isinstance(c, Call)] + ([self.parts] if self.parts else []) + self.values

    def written(self):
        """The call in the language."""
        if self.task.bare:
            return f'{self.task.name}()'
        files = ', '.join(json.dumps(f) if isinstance(f, str) else f.variable() for f in self.files)
        files = f'[f for f in all([{files}], gate(1))]' if self.grows else f'[{files}]'
        words = [json.dumps(self.name), files, self.parts.name if self.parts else '[]',
                 f"[{', '.join(c.name for c in self.values)}]", self.p]
        return f"{self.task.name}({', '.join(words + ([json.dumps(self.index)] if self.index else []))})"

    def variable(self):
        return self.name + ('.b' if self.task.kind == 'two' else '')

    def path(self):
        return f'r/{self.name}' + ('.b' if self.task.kind == 'two' else '')


class Workflow:
    """What a user has written, his sources, and what comes of them."""

    def __init__(self, rng, size):
        self.params = {f'p{i}': 'a' for i in range(3)}
        self.sources = [f'src/{i}' for i in range(6)]
        self.content_of = {path: b'%d one\n%d two\n' % (i, i) for i, path in enumerate(self.sources)}
        self.content_of.update({f'more/{i}': b'%d more\n' % i for i in range(4)})
        self.content_of.update({f'index/{i}': b'more/%d\n' % i for i in range(2)})
        self.tasks, self.calls, self.blocks, self.layout = [], [], [], 0
        for i in range(size):
            self.calls.append(Call(rng, self, f'n{i}'))
        used = {c for call in self.calls for c in call.needs()}
        self.outputs = {}  # name: (what is printed, call)
        for call in self.calls:
            if call.task.kind != 'nil' and (call not in used or rng.random() < 0.1):
                self.outputs['o' + call.name] = ('value', call)
            elif call.task.kind == 'file' and rng.random() < 0.04:
                self.outputs['s' + call.name] = ('size', call)

    def grow(self, rng):
        """Puts calls into blocks that wait for a result."""
        at = 0
        while at < len(self.calls):
            count = rng.randrange(1, 7)
            hows = ['', 'if gate(1) > 0', 'for i in 0..gate(1)', 'if gate(1) > 0 { for i in 0..gate(1)']
            self.blocks.append((at, at + count, rng.choice(hows)))
            at += count
        for call in self.calls:
            call.grows = rng.random() < 0.3

    def written_calls(self):
        """In a graph that grows most stand in blocks; effects do not, since they run whenever their block does."""
        for begin, end, how in self.blocks or [(0, len(self.calls), '')]:
            calls = self.calls[begin:end]
            inside = [f'{call.name} = {call.written()}\n' for call in calls if call.task.kind != 'nil']
            yield from [f'{how} {{\n', *inside, '}' * (1 + how.count('{')) + '\n'] if how and inside else inside
            yield from [f'{call.name} = {call.written()}\n' for call in calls if call.task.kind == 'nil']

    def written(self):
        parts = ['# again\n' * self.layout, 'with shell = ["/bin/sh", "-eu", "-c"]\n']
        parts += [f'param {name}: str = "a"\n' for name in self.params]
        parts += [task.definition() for task in self.tasks]
        if self.blocks:
            parts.append('task gate(n: int) -> int { sh "echo ${n}" }\nfn all(xs, n) = if n > 0 { xs } else { [] }\n')
        parts += self.written_calls()
        for name, (how, call) in self.outputs.items():
            parts.append(f'output {name} = ' + (f'size({call.name})' if how == 'size' else call.name) + '\n')
        return ''.join(parts)

    def p(self, call):
        return self.params.get(call.p, 'x')

    def contents(self):
        """For each call its results, path by path, or its value under the path ''. Calls stand behind what they need."""
        made = {}
        for call in self.calls:
            task = call.task
            text = b'%d\n' % task.salt
            if not task.bare:
                for f in call.files:
                    text += self.content_of[f] if isinstance(f, str) else made[f][f.path()]
                if call.parts:
                    text += b''.join(made[call.parts][path] for path in sorted(made[call.parts]))
                text += b''.join(self.content_of[path] for path in task.inputs)
                text += b''.join(made[c][''] + b'\n' for c in call.values) + self.p(call).encode() + b'\n'
            text += b''.join(self.content_of[path] for path in self.found(call))
            text = OPS[task.op][1](text)
            made[call] = {
                'two': lambda: {f'r/{call.name}.a': text, f'r/{call.name}.b': OPS['letters'][1](text)},
                'list': lambda: {f'l/{call.name}/{i + 1}': x for i, x in enumerate(lines(text)[:4])},
                'nil': dict,
            }.get(task.kind, lambda: {f'r/{call.name}': text} if task.files else {'': text.removesuffix(b'\n')})()
        return made

    def found(self, call):
        """What it reads that only its depfile tells."""
        return self.content_of[call.index].decode().split() if call.index else []


class Model:
    """What is recorded, which result files are there, and what follows from it."""

    def __init__(self):
        self.records = {}  # identity: (key, found files with content, results with content)
        self.disk = {}     # path: content, of result files
        self.forced = set()  # calls that the command line of this run says have to run

    # The key is all that a command is and gets: its text, its arguments with the content of files, further inputs. Not what a depfile names.
    @staticmethod
    def arguments(workflow, call, made):
        files = tuple(f if isinstance(f, str) else f.path() for f in call.files)
        values = tuple(made[c][''] for c in call.values)
        return (files, tuple(sorted(made[call.parts])) if call.parts else (), values, workflow.p(call), call.index)

    def key(self, workflow, call, made):
        contents = [workflow.content_of[f] if isinstance(f, str) else made[f][f.path()] for f in call.files]
        contents += [made[call.parts][path] for path in sorted(made[call.parts])] if call.parts else []
        contents += [workflow.content_of[path] for path in call.task.inputs + ([call.index] if call.index else [])]
        return (call.task.text(), self.arguments(workflow, call, made), tuple(contents))

    # Which command it is, whatever it gets: a task with its result paths, or, where it has none, with its arguments.
    def identity(self, workflow, call, made):
        return (call.task.name, call.name if call.task.files else self.arguments(workflow, call, made))

    def record(self, workflow, call, made):
        return self.records.get(self.identity(workflow, call, made))

    def stale(self, workflow, call, made):
        """It has to run whoever needs it: it always does, it is not recorded so, or a result that is there is not as it left it."""
        record = self.record(workflow, call, made)
        if call.task.always or call in self.forced or not record or record[0] != self.key(workflow, call, made):
            return True
        return (any(workflow.content_of[path] != text for path, text in record[1].items()) or
                any(path in self.disk and self.disk[path] != text for path, text in record[2].items()))

    def missing(self, call, made, whole):
        """Something that is wanted of it is not there: any of its results, or what commands read of them."""
        paths = made[call] if whole or call.task.kind == 'list' else [call.path()]
        return call.task.files and any(path not in self.disk for path in paths)

    def plan(self, workflow, made, needed, wanted, read, failing):
        """The commands that must run, and those that may. They differ only where one fails: what is missing need not be made again for one
        that is skipped then, but it may have been, before the other one failed; and in a graph that grows, where what asks for nothing may
        be known so late that it needs only the files that it gets. read: what has a reader that is no command, so always reads."""
        used_by = {call: [c for c in needed if call in c.needs()] for call in needed}

        def run(skipped, known):
            chosen = set()
            for call in reversed(needed):
                always = any(c.task.always for c in used_by[call])
                whole = call in wanted or call in read or (always and known)
                wants = whole or always or any(c in chosen for c in used_by[call])
                if call not in skipped and (self.stale(workflow, call, made) or (wants and self.missing(call, made, whole))):
                    chosen.add(call)
            return chosen

        may = run(set(), True)
        must = run(self.behind(needed, {c for c in may if c.name in failing}), not workflow.blocks)
        return must, may - self.behind(needed, {c for c in must if c.name in failing})

    @staticmethod
    def behind(needed, failed):
        """All that needs what has failed, directly or not."""
        behind = set()
        for call in needed:
            if any(c in failed or c in behind for c in call.needs()):
                behind.add(call)
        return behind

    def after(self, workflow, made, needed, wanted, ran, failing):
        """Takes note of what has run. Gives the files that may be gone or not: in a run that fails what was used can stay."""
        failed = {c for c in ran if c.name in failing}
        lost = failed | self.behind(needed, failed)
        for call in needed:
            if call not in ran or call in failed:
                continue
            results = {path: text for path, text in made[call].items() if path}
            for path in [p for p in self.disk if call.task.kind == 'list' and p.startswith(f'l/{call.name}/')]:
                del self.disk[path]  # what an earlier run made for the list, and this one did not
            self.disk.update(results)
            found = {path: workflow.content_of[path] for path in workflow.found(call)}
            self.records[self.identity(workflow, call, made)] = (self.key(workflow, call, made), found, results)
        used = set()
        for call in needed:
            consumers = [c for c in needed if call in c.needs()]
            if call.task.temp and call not in wanted and call not in lost:
                kept = any(c in lost for c in consumers)
                used.update(path for path in made[call] if not kept or (call.task.kind == 'two' and path != call.path()))
        for path in [] if failed else used:
            self.disk.pop(path, None)
        return used if failed else set()


class Wrong(Exception):
    pass


class Trial:
    """A folder in which a workflow is run again and again."""

    def __init__(self, options, seed, folder):
        self.options, self.seed, self.folder = options, seed, folder
        self.rng = random.Random(seed)
        self.workflow = Workflow(self.rng, self.rng.randrange(*options.size))
        if options.grow:
            self.workflow.grow(random.Random(seed))
        self.model = Model()
        self.work, self.fail, self.log = (os.path.join(folder, x) for x in ('work', 'fail', 'log'))
        self.told, self.took = [], 0.5
        for path in (self.work, self.fail):
            os.mkdir(path)
        self.write_sources(self.work)

    # -- files

    def write(self, path, text):
        path = os.path.join(self.work, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(text)

    def write_sources(self, folder):
        for path, text in list(self.workflow.content_of.items()) + [('w.tg', self.workflow.written().encode())]:
            path = os.path.join(folder, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            try:
                with open(path, 'rb') as file:
                    same = file.read() == text
            except FileNotFoundError:
                same = False
            if not same:
                with open(path, 'wb') as file:
                    file.write(text)

    def there(self, folder):
        found = {}
        for top in ('r', 'l'):
            for where, _, names in os.walk(os.path.join(folder, top)):
                for name in names:
                    path = os.path.join(where, name)
                    with open(path, 'rb') as file:
                        found[os.path.relpath(path, folder)] = file.read()
        return found

    # -- edits

    def edit(self):
        """One edit, and its description."""
        rng, flow, model = self.rng, self.workflow, self.model
        what = rng.choice(['digits', 'content', 'content', 'touch', 'again', 'same stamp', 'param', 'salt', 'blank', 'layout', 'remove',
                           'remove', 'tamper', 'truncate', 'rewrite', 'more', 'index', 'rewire', 'clear'])
        source, task = rng.choice(flow.sources), rng.choice(flow.tasks)
        result = rng.choice(sorted(model.disk)) if model.disk else None
        if what == 'digits':
            flow.content_of[source] = b'%d' % rng.randrange(10) + flow.content_of[source][1:]
        elif what == 'content':
            flow.content_of[source] = b'%d %s\n%d two\n' % (rng.randrange(9), rng.choice([b'one', b'eins', b'un']), rng.randrange(9))
        elif what == 'touch':
            os.utime(os.path.join(self.work, source))
        elif what == 'again':
            path = os.path.join(self.work, source)
            shutil.copy(path, path + '.new')
            os.replace(path + '.new', path)
        elif what == 'same stamp':
            path = os.path.join(self.work, source)
            before = os.stat(path)
            flow.content_of[source] = b'%d' % rng.randrange(10) + flow.content_of[source][1:]
            self.write(source, flow.content_of[source])
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        elif what == 'param':
            flow.params[rng.choice(sorted(flow.params))] = rng.choice('abc')
        elif what in ('salt', 'blank'):
            setattr(task, what, rng.randrange(3))
            source = task.name
        elif what == 'layout':
            flow.layout = rng.randrange(3)
        elif what == 'more':
            source = f'more/{rng.randrange(4)}'
            flow.content_of[source] = b'%d more\n' % rng.randrange(4)
        elif what == 'index':
            source = f'index/{rng.randrange(2)}'
            flow.content_of[source] = b''.join(b'more/%d\n' % i for i in rng.sample(range(4), rng.randrange(1, 3)))
        elif what == 'rewire':
            call = rng.choice(flow.calls)
            source = call.name
            if call.files and isinstance(call.files[0], str):
                call.files[0] = rng.choice(flow.sources)
        elif what == 'clear':
            source = 'a half of all results'
            for path in list(model.disk):
                if rng.random() < 0.5:
                    os.remove(os.path.join(self.work, path))
                    del model.disk[path]
        elif not result:
            return 'nothing'
        elif what == 'remove':
            source = result
            os.remove(os.path.join(self.work, result))
            del model.disk[result]
        elif what == 'rewrite':
            source = result
            self.write(result, model.disk[result])
        else:
            source = result
            model.disk[result] = model.disk[result][:-1] if what == 'truncate' else model.disk[result] + b'by hand\n'
            self.write(result, model.disk[result])
        return f'{what} {source}' if what not in ('param', 'layout') else f'{what} {flow.params} {flow.layout}'

    # -- runs

    def choose(self):
        """Names for the command line, the calls that are needed, whose results are wanted, and whose are read by what is no command."""
        flow, rng = self.workflow, self.rng
        names, wanted, read = [], set(), set()
        if rng.random() < 0.3 and not flow.blocks:  # what a block has beside them may run or not
            names = rng.sample(sorted(flow.outputs), rng.randrange(1, len(flow.outputs) + 1))
            paths = [c for c in flow.calls if c.task.kind == 'file']
            if paths and rng.random() < 0.3:
                call = rng.choice(paths)
                names.append(f'r/{call.name}')
                wanted.add(call)
        for name, (how, call) in flow.outputs.items():
            if not names or name in names:
                (read if how == 'size' else wanted).add(call)
        if not names:
            return names, list(flow.calls), wanted, read
        needed = set(wanted | read)
        for call in reversed(flow.calls):
            if call in needed:
                needed.update(call.needs())
        return names, [c for c in flow.calls if c in needed], wanted, read

    def command(self, names, *more):
        return ([self.options.tgrun, 'w.tg', *names, '-k', '--format=json', '--resume=never', *more] +
                [f'-D{name}={value}' for name, value in self.workflow.params.items()])

    def environment(self, log):
        env = {name: value for name, value in os.environ.items() if not name.startswith('TGRUN_')}
        env.update(LOG=log, FAIL=self.fail, LC_ALL='C.UTF-8', TGRUN_PROGRESS='none', TGRUN_SUMMARY='never')
        return env

    def run(self, line, killed=None):
        """Runs it, in `killed` seconds kills it. Which commands began, exit status, outputs."""
        open(self.log, 'w').close()
        began = time.monotonic()
        process = subprocess.Popen(line, cwd=self.work, env=self.environment(self.log), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if killed is not None:
            time.sleep(killed)
            process.kill()
        out, self.err = process.communicate()
        if killed is None:
            self.took = time.monotonic() - began
        with open(self.log, encoding='utf-8') as file:
            ran = file.read().split()
        by_name = {call.name: call for call in self.workflow.calls}
        twice = {name for name in ran if ran.count(name) > 1}
        if twice:
            raise Wrong(f'ran twice: {sorted(twice)}')
        return {by_name[name] for name in ran}, process.returncode, out

    def compare(self, what, least, got, most):
        names = [sorted(c if isinstance(c, str) else c.name for c in x) for x in (set(least) - set(got), set(got) - set(most))]
        if names[0] or names[1]:
            raise Wrong(f'{what}: lacks {names[0]}, has too much {names[1]}')

    def round(self, number):
        flow, model = self.workflow, self.model
        self.told = [self.edit() for _ in range(self.rng.randrange(4))] if number else []
        self.write_sources(self.work)
        names, needed, wanted, read = self.choose()
        failing = set(c.name for c in needed if self.rng.random() < 0.1) if self.rng.random() < 0.2 else set()
        kill = not failing and self.rng.random() < 0.25
        ways = [['-j1'], ['-j2'], ['-j4'], ['--scheduler=single-threaded'], ['--scheduler=processes', '-j2']]
        line = self.command(names, *self.rng.choice(ways))
        force = self.rng.random()
        model.forced = set()
        if self.options.force and not kill and force < 0.05:
            line.append('-B')
            model.forced = set(needed)
        elif self.options.force and not kill and force < 0.15:
            task = self.rng.choice(needed).task
            line.append(f'--force={task.name}')
            model.forced = {c for c in needed if c.task is task}
        self.told += [' '.join(line), 'failing: ' + ' '.join(sorted(failing)), f'killed: {kill}']
        for name in failing:
            open(os.path.join(self.fail, name), 'w').close()
        made = flow.contents()
        must, may = model.plan(flow, made, needed, wanted, read, failing)
        if kill:
            begun, _, _ = self.run(line, random.random() * 1.2 * self.took)
            self.told.append('begun before the kill: ' + ' '.join(sorted(c.name for c in begun)))
            self.compare('commands of a run that is killed', [], begun, may)
            # What has begun may have been recorded or not; what has not, was not.
            model.disk = self.there(self.work)
            must, may = must - begun, may | model.plan(flow, made, needed, wanted, read, failing)[1]
        ran, status, out = self.run(line)
        self.compare('commands that ran', must, ran, may)
        if status != (1 if any(c.name in failing for c in ran) else 0):
            raise Wrong(f'exit status {status}')
        if kill:  # all that is needed is recorded now as it is, also what was made by the run that was killed
            model.after(flow, made, needed, wanted, set(needed), failing)
            there = self.there(self.work)
            self.compare('files', [p for c in wanted for p in made[c] if p], there, model.disk)
            model.disk = {path: text for path, text in model.disk.items() if path in there}
            lasting = set()
        else:
            lasting = model.after(flow, made, needed, wanted, ran, failing)
        there = self.there(self.work)
        self.compare('files', set(model.disk) - lasting, there, model.disk)
        model.disk = {path: text for path, text in model.disk.items() if path in there}
        self.compare('contents of files', [], [path for path in there if there[path] != model.disk[path]], [])
        if not any(c.name in failing for c in ran):
            self.compare_outputs(names, made, out)
        for name in failing:
            os.remove(os.path.join(self.fail, name))

    def compare_outputs(self, names, made, out):
        printed = {}
        for name, (how, call) in self.workflow.outputs.items():
            if names and name not in names:
                continue
            results = made[call]
            if how == 'size':
                printed[name] = len(results[f'r/{call.name}'])
            elif call.task.kind == 'two':
                printed[name] = {'a': f'r/{call.name}.a', 'b': f'r/{call.name}.b'}
            elif call.task.kind == 'list':
                printed[name] = sorted(results)
            else:
                printed[name] = results[''].decode() if '' in results else next(iter(results))
        got = json.loads(out) if out.strip() else {}
        if got != printed:
            raise Wrong(f'outputs {got}, not {printed}')
        if self.options.nothing:
            folder = os.path.join(self.folder, 'nothing')
            os.mkdir(folder)
            self.write_sources(folder)
            other = subprocess.run(self.command(names, '--no-record'), cwd=folder, env=self.environment('/dev/null'),
                                   stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if other.returncode or other.stdout != out:
                raise Wrong(f'a run from nothing prints {other.stdout}, not {out}; {other.stderr}')
            here, there = self.there(self.work), self.there(folder)
            wanted = {path for name, (how, call) in self.workflow.outputs.items() if how == 'value' and (not names or name in names)
                      for path in made[call] if path}
            self.compare('files of a run from nothing', [], [p for p in wanted if here.get(p) != there.get(p)], [])
            if os.path.exists(os.path.join(folder, '.tgrun', 'record.db')):
                raise Wrong('--no-record has recorded')
            shutil.rmtree(folder)


def run_seed(options, seed):
    folder = tempfile.mkdtemp(prefix='again.')
    trial = Trial(options, seed, folder)
    try:
        for number in range(trial.rng.randrange(*options.rounds)):
            trial.round(number)
    except Wrong as wrong:
        print(f'seed {seed}, round {number}: {wrong}', *trial.told, trial.err.decode()[-3000:], sep='\n  ')
        return False
    finally:
        if options.keep:
            print(folder)
        else:
            shutil.rmtree(folder)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--tgrun', default=os.environ.get('TGRUN', 'tgrun'))
    parser.add_argument('--rounds', type=lambda x: (int(x), int(x) + 1), default=(5, 11))
    parser.add_argument('--size', type=lambda x: (int(x), int(x) + 1), default=(20, 61))
    parser.add_argument('--nothing', action='store_true')
    parser.add_argument("--force", action="store_true")
    parser.add_argument('--grow', action='store_true')
    parser.add_argument('--keep', action='store_true')
    parser.add_argument('first', type=int)
    parser.add_argument('count', type=int, nargs='?', default=1)
    options = parser.parse_args()
    options.tgrun = os.path.abspath(options.tgrun)
    wrong = [seed for seed in range(options.first, options.first + options.count) if not run_seed(options, seed)]
    if wrong:
        print('wrong with seeds', *wrong)
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
