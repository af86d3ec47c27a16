// SPDX-License-Identifier: MIT
// One task's whole story.
import { bytes, count, duration, moment } from "./format.js";
import { useDocument } from "./source.js";
import { Card, Empty, Scroll, State, Swatch, TaskLink, Text } from "./ui.jsx";

const Pair = ({ name, children }) =>
    children === undefined || children === null || children === "" || children === false ? null : (
        <div>
            <dt>{name}</dt>
            <dd>{children}</dd>
        </div>
    );

function Facts({ task, status }) {
    const last = task.attempts?.at(-1);
    const began = task.began ?? task.attempts?.[0]?.began;
    const tries = task.attempts?.length ?? task.attempts_total ?? 0;
    const took = task.length ?? (last?.ended != null ? last.ended - last.began : undefined);
    return (
        <dl class="pairs columned">
            <Pair name="State">
                <State state={task.state} />
            </Pair>
            <Pair name="Name">
                <Swatch names={status.names} index={task.name} />
                <Text text={status.names[task.name]?.name} />
            </Pair>
            <Pair name="Arguments">{task.arguments && <Text text={task.arguments} most={2000} class="code" />}</Pair>
            <Pair name="Called at">{task.place && <Text text={task.place} class="code" />}</Pair>
            <Pair name="Began">{began != null && moment(began)}</Pair>
            <Pair name="Took">{duration(took)}</Pair>
            <Pair name="Attempts">{tries > 1 && count(tries)}</Pair>
            <Pair name="Worker">{(task.worker ?? last?.worker) != null && String(task.worker ?? last.worker)}</Pair>
            <Pair name="CPU">{duration(task.cpu ?? last?.cpu)}</Pair>
            <Pair name="Memory">{bytes(task.memory ?? last?.memory)}</Pair>
            <Pair name="Result">
                {task.bytes != null &&
                    `${bytes(task.bytes)}${task.released != null ? `, held until ${moment(task.released)}` : ""}`}
            </Pair>
            <Pair name="Added by">{task.parent != null && <TaskLink task={{ id: task.parent, part: task.part }} />}</Pair>
        </dl>
    );
}

function Attempts({ attempts }) {
    return (
        <Card title="Attempts">
            <Scroll label="Attempts">
                <table>
                    <thead>
                        <tr>
                            <th scope="col" class="number">
                                <abbr title="Number of the attempt">#</abbr>
                            </th>
                            <th scope="col">State</th>
                            <th scope="col" class="number">
                                Began
                            </th>
                            <th scope="col" class="number">
                                Took
                            </th>
                            <th scope="col" class="number">
                                Worker
                            </th>
                            <th scope="col" class="number">
                                CPU
                            </th>
                            <th scope="col" class="number">
                                Memory
                            </th>
                            <th scope="col">Message</th>
                        </tr>
                    </thead>
                    <tbody>
                        {attempts.map((attempt, index) => (
                            <tr key={index}>
                                <th scope="row" class="number">
                                    {index + 1}
                                </th>
                                <td>
                                    <State state={attempt.state} />
                                </td>
                                <td class="number">{moment(attempt.began)}</td>
                                <td class="number">{attempt.ended != null && duration(attempt.ended - attempt.began)}</td>
                                <td class="number">{attempt.worker}</td>
                                <td class="number">{duration(attempt.cpu)}</td>
                                <td class="number">{bytes(attempt.memory)}</td>
                                <td>
                                    <Text text={attempt.message} most={500} />
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </Scroll>
        </Card>
    );
}

function Others({ title, tasks = [], total = tasks.length, part, none }) {
    return (
        <Card title={title} aside={total > tasks.length ? `${count(tasks.length)} of ${count(total)}` : count(total)}>
            {tasks.length === 0 && <Empty>{none}</Empty>}
            <ul class="rows">
                {tasks.map((task) => (
                    <li key={task.id}>
                        <TaskLink task={{ ...task, part: task.part ?? part }} />
                        <State state={task.state} />
                    </li>
                ))}
            </ul>
        </Card>
    );
}

export function TaskPage({ source, status, id, part }) {
    const query = part ? { id, part } : { id };
    const { doc: task, error } = useDocument(source, "task", query, status);
    if (!task || String(task.id) !== String(id))
        return <Empty>{error ? `There is nothing to show of task ${id}: ${error}.` : "Reading …"}</Empty>;
    const message = task.message ?? task.attempts?.findLast?.((attempt) => attempt.message)?.message;
    return (
        <div class="stack">
            <p class="crumbs">
                <a href="#/tasks">Tasks</a>
                <span aria-hidden="true"> › </span>
                {`${task.part ? `part ${task.part}, ` : ""}task ${task.id}`}
            </p>
            <Card title={<Text text={task.label} most={400} />}>
                {task.line && <pre class="source">{task.line.trim()}</pre>}
                <Facts task={task} status={status} />
                {message && task.state !== "done" && (
                    <p class="message big">
                        <Text text={message} most={4000} />
                    </p>
                )}
            </Card>
            {task.attempts?.length > 0 && <Attempts attempts={task.attempts} />}
            {task.needs && (
                <div class="columns">
                    <Others
                        title="Needs"
                        tasks={task.needs}
                        total={task.needs_total}
                        part={task.part}
                        none="It needs no other task."
                    />
                    <Others
                        title="Needed by"
                        tasks={task.needed_by}
                        total={task.needed_by_total}
                        part={task.part}
                        none="No task needs it."
                    />
                </div>
            )}
            {task.log_text && (
                <Card title="What it printed" aside={task.log && <Text text={task.log} most={120} />}>
                    <pre class="log" tabIndex={0} aria-label="What it printed">
                        {task.log_text}
                    </pre>
                </Card>
            )}
        </div>
    );
}
