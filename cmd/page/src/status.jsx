// SPDX-License-Identifier: MIT
// The first page: what there is to know of the run at a glance.
import { bytes, clock, count, duration, few, percent, plural, pointOf } from "./format.js";
import { CriticalPath } from "./path.jsx";
import { taskLink, tasksLink } from "./route.js";
import { Series } from "./series.jsx";
import { Timeline } from "./timeline.jsx";
import { Card, Empty, Progress, Scroll, Share, State, Swatch, TaskLink, Text, Ticking, sayCounts, timeOf } from "./ui.jsx";

const Fact = ({ name, children, note }) => (
    <div class="fact">
        <dt>{name}</dt>
        <dd>
            {children}
            {note && <small>{note}</small>}
        </dd>
    </div>
);

function Facts({ status }) {
    const { counts, usage = {} } = status;
    const busy = (status.crew ?? []).reduce((sum, worker) => sum + worker.busy, 0);
    const others = sayCounts({ ...counts, failed: 0, done: 0, running: 0 });
    const retried = counts.retried ? `${count(counts.retried)} retried` : "";
    const memory = Math.max(usage.peak ?? 0, usage.commands_memory ?? 0, usage.executors_memory ?? 0);
    const cpu = (usage.cpu ?? 0) + (usage.commands_cpu ?? 0) + (usage.executors_cpu ?? 0);
    return (
        <dl class="facts">
            <Fact name="Done" note={`of ${count(counts.total)}${status.grows && !status.ended ? "+" : ""}`}>
                {count(counts.done)}
            </Fact>
            <Fact name="Failed" note={[others, retried].filter(Boolean).join(", ")}>
                <span class={counts.failed ? "bad" : ""}>{count(counts.failed ?? 0)}</span>
            </Fact>
            {status.ended ? (
                <Fact name="Took">{duration(status.elapsed)}</Fact>
            ) : (
                <Fact
                    name="Running"
                    note={
                        status.waiting?.length
                            ? `${count(status.waiting.reduce((sum, { count }) => sum + count, 0))} waiting`
                            : ""
                    }
                >
                    {count(counts.running)}
                </Fact>
            )}
            <Fact
                name="Workers"
                note={
                    status.elapsed && status.crew?.length
                        ? `${percent(busy, status.elapsed * status.crew.length) || "0%"} in tasks`
                        : status.scheduler
                }
            >
                {count(status.workers)}
            </Fact>
            {cpu > 0 && (
                <Fact name="CPU time" note={status.elapsed ? `${few(cpu / status.elapsed)} cores` : ""}>
                    {duration(cpu)}
                </Fact>
            )}
            {memory > 0 && (
                <Fact name="Memory" note="of a process, at most">
                    {bytes(memory)}
                </Fact>
            )}
        </dl>
    );
}

function Names({ status }) {
    const all = status.names.map((name, index) => ({ ...name, index })).filter((name) => name.total);
    const called = all.filter((name) => name.kind !== "helper");
    const shown = called.length ? called : all;
    const most = 40;
    return (
        <Card title="Progress by name" aside={<a href="#/tasks">Table of names</a>} class="names">
            <ul class="name-list">
                {shown.slice(0, most).map((name) => (
                    <li key={name.index}>
                        <a class="name-link" href={tasksLink({ name: name.index })}>
                            <Swatch names={status.names} index={name.index} />
                            <Text text={name.name} most={80} />
                        </a>
                        <span class="number">{`${count(name.done)}/${count(name.total)}`}</span>
                        <Progress counts={name} label={name.name.slice(0, 60)} />
                        <small class="name-note">{sayCounts({ ...name, done: 0 })}</small>
                    </li>
                ))}
            </ul>
            {shown.length > most && <a href="#/tasks">{count(shown.length - most)} more</a>}
        </Card>
    );
}

function Running({ source, status, lost }) {
    const { running = [], counts, waiting = [] } = status;
    if (status.ended) return null;
    return (
        <Card
            title={source.live ? "Running now" : "Running when it broke off"}
            aside={
                running.length && counts.running > running.length ? `${count(running.length)} of ${count(counts.running)}` : ""
            }
            class="running"
        >
            {running.length === 0 && (
                <Empty>{counts.running ? "What runs is too quick to be seen." : "Nothing runs at this moment."}</Empty>
            )}
            <ul class="rows">
                {running.slice(0, 20).map((task) => (
                    <li key={`${task.id}/${task.part}`}>
                        <Swatch names={status.names} index={task.name} />
                        <TaskLink task={task} name={status.names[task.name]?.name} />
                        <small>
                            {[task.worker != null && `worker ${task.worker}`, task.attempt > 1 && `attempt ${task.attempt}`]
                                .filter(Boolean)
                                .join(", ")}
                        </small>
                        <span class="number">
                            <Ticking status={status} lost={lost} show={(now) => clock(Math.max(0, now - task.began))} />
                        </span>
                    </li>
                ))}
            </ul>
            {waiting.length > 0 && (
                <>
                    <h3>Waiting</h3>
                    <ul class="rows">
                        {waiting.slice(0, 20).map((wait) => (
                            <li key={wait.what}>
                                <Text text={`for ${wait.what}`} />
                                <span class="number">{plural(wait.count, "task")}</span>
                            </li>
                        ))}
                    </ul>
                </>
            )}
        </Card>
    );
}

function Worker({ worker, status, now, known }) {
    const state = worker.state === "running" && status.ended ? "idle" : worker.state;
    return (
        <tr>
            <th scope="row" class="number">
                {worker.worker}
            </th>
            <td>
                <State state={state} />
            </td>
            {!status.ended && (
                <td class="wide">
                    {state === "running" && worker.name != null && (
                        <a class="task-link" href={taskLink(worker.id)}>
                            <Swatch names={status.names} index={worker.name} />
                            <Text text={status.names[worker.name]?.name} most={60} />
                        </a>
                    )}
                </td>
            )}
            <td class="number">
                <Share part={worker.busy / Math.max(1, now)}>{percent(Math.min(worker.busy, now), now) || "0%"}</Share>
            </td>
            <td class="number">{count(worker.tasks)}</td>
            {known.cpu && <td class="number">{duration(worker.cpu)}</td>}
            {known.memory && <td class="number">{bytes(worker.memory)}</td>}
        </tr>
    );
}

function Crew({ status, lost }) {
    const crew = status.crew ?? [];
    if (!crew.length) return null;
    const known = { cpu: crew.some((worker) => worker.cpu != null), memory: crew.some((worker) => worker.memory != null) };
    return (
        <Card title="Workers" aside={`scheduler ${status.scheduler}`} class="crew">
            <Scroll label="Workers" class="tall">
                <table>
                    <thead>
                        <tr>
                            <th scope="col" class="number">
                                <abbr title="Number of the worker">#</abbr>
                            </th>
                            <th scope="col">State</th>
                            {!status.ended && <th scope="col">Task</th>}
                            <th scope="col" class="number">
                                In tasks
                            </th>
                            <th scope="col" class="number">
                                Tasks
                            </th>
                            {known.cpu && (
                                <th scope="col" class="number">
                                    CPU
                                </th>
                            )}
                            {known.memory && (
                                <th scope="col" class="number">
                                    Memory
                                </th>
                            )}
                        </tr>
                    </thead>
                    <tbody>
                        {crew.slice(0, 256).map((worker) => (
                            <Worker
                                key={worker.worker}
                                worker={worker}
                                status={status}
                                now={timeOf(status, lost)}
                                known={known}
                            />
                        ))}
                    </tbody>
                </table>
            </Scroll>
        </Card>
    );
}

function Failure({ failure, open, elapsed }) {
    const word = failure.caught || failure.allowed ? "caught" : "failed";
    const more = [failure.attempts > 1 && `${failure.attempts} attempts`, failure.allowed && "allowed to fail"]
        .filter(Boolean)
        .join(", ");
    return (
        <li class={`failure failure-${word}`}>
            <div class="failure-head">
                <State state={word} />
                <TaskLink task={failure} />
                <small>
                    <Text text={failure.place} most={80} /> at {pointOf(failure.time, elapsed)}
                    {more && `, ${more}`}
                </small>
            </div>
            <p class="message">
                <Text text={failure.message} most={1000} />
            </p>
            {failure.log_text && (
                <details open={open}>
                    <summary>
                        What it printed
                        {failure.log && (
                            <small>
                                {" "}
                                <Text text={failure.log} most={120} />
                            </small>
                        )}
                    </summary>
                    <pre class="log" tabIndex={0} aria-label="What it printed">
                        {failure.log_text}
                    </pre>
                </details>
            )}
        </li>
    );
}

const isCaught = (failure) => Boolean(failure.caught || failure.allowed);

/** caught: those that somebody has caught, or that are allowed; they stand apart, as they are no reason to worry. */
export function Failures({ status, caught = false }) {
    const failures = (status.failures ?? []).filter((failure) => isCaught(failure) === caught);
    if (!failures.length) return null;
    const state = caught ? "caught" : "failed";
    const total = Math.max(status.counts?.[state] ?? 0, failures.length);
    const shown = failures.sort((a, b) => a.time - b.time).slice(0, caught ? 10 : 50);
    return (
        <Card
            title={caught ? "Caught failures" : "Failures"}
            class={caught ? "failures caught" : "failures"}
            id={caught ? "caught" : "failures"}
            aside={
                total > shown.length ? (
                    <a href={tasksLink({ state })}>{`${count(shown.length)} of ${count(total)}`}</a>
                ) : (
                    count(total)
                )
            }
        >
            <ul>
                {shown.map((failure, index) => (
                    <Failure
                        key={`${failure.id}/${failure.part}`}
                        failure={failure}
                        elapsed={status.elapsed}
                        open={index === 0 && !caught}
                    />
                ))}
            </ul>
        </Card>
    );
}

function Texts({ status }) {
    if (!status.texts?.length) return null;
    return (
        <Card title="Printed" class="texts">
            <Scroll label="What the workflow printed" class="tall">
                <ol class="lines">
                    {status.texts.map((line, index) => (
                        <li key={`${line.time}-${index}`}>
                            <time>{pointOf(line.time, status.elapsed)}</time>
                            <Text text={line.text} most={1000} />
                        </li>
                    ))}
                </ol>
            </Scroll>
        </Card>
    );
}

const Pair = ({ name, children }) => (
    <div>
        <dt>{name}</dt>
        <dd>{children}</dd>
    </div>
);

function About({ status }) {
    return (
        <Card title="The run" class="about">
            <dl class="pairs">
                <Pair name="Workflow">
                    <Text text={status.workflow} />
                </Pair>
                <Pair name="Began">{began(status.began)}</Pair>
                <Pair name="Process">
                    {status.process}
                    {status.host && " on "}
                    <Text text={status.host} most={80} />
                </Pair>
                {status.exit != null && <Pair name="Exit status">{status.exit}</Pair>}
                {status.dropped > 0 && (
                    <Pair name="Not seen">{plural(status.dropped, "event")}: what is shown here is not all</Pair>
                )}
            </dl>
        </Card>
    );
}

function began(text) {
    const time = new Date(text);
    return Number.isNaN(time.getTime()) ? text : time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** Enough for a row of each worker, up to twenty. */
const rowsHeight = (status) => 46 + 17 * Math.min(20, Math.max(6, status.crew?.length ?? status.workers));

export function StatusPage(given) {
    const { source, status, lost } = given;
    return (
        <div class="status-grid">
            <Facts status={status} />
            <Failures status={status} />
            <Card title="Timeline" aside={<a href="#/timeline">Larger</a>} class="overview">
                <div class="overview-plot" style={{ minHeight: `${rowsHeight(status)}px` }}>
                    <Timeline {...given} compact />
                </div>
            </Card>
            <Card title="Tasks at work" class="parallelism">
                <Series {...given} which="running" height={160} />
            </Card>
            <div class="status-columns">
                <div class="stack first">
                    <Running source={source} status={status} lost={lost} />
                    <Names status={status} />
                </div>
                <div class="stack second">
                    <Crew status={status} lost={lost} />
                    <CriticalPath source={source} status={status} />
                </div>
                <div class="stack third">
                    <Texts status={status} />
                    <About status={status} />
                </div>
            </div>
            <Failures status={status} caught />
        </div>
    );
}
