// SPDX-License-Identifier: MIT
// The critical path: the chain of tasks, each of which needs the one before, that took the longest.
import { count, duration, percent } from "./format.js";
import { taskLink } from "./route.js";
import { useDocument } from "./source.js";
import { Card, Scroll, Share, Swatch, Text } from "./ui.jsx";

function Step({ step, path, names }) {
    const text = <Text text={step.label || names[step.name]?.name} most={100} />;
    return (
        <tr>
            <th scope="row" class="wide">
                <Swatch names={names} index={step.name} />
                {step.id != null ? (
                    <a class="task-link" href={taskLink(step.id, step.part)}>
                        {text}
                    </a>
                ) : (
                    text
                )}
                {step.count > 1 && ` × ${count(step.count)}`}
            </th>
            <td>
                <Text text={step.place} most={80} />
            </td>
            <td class="number">
                <Share part={step.busy / Math.max(1, path.length)}>{duration(step.busy)}</Share>
            </td>
        </tr>
    );
}

export function CriticalPath({ source, status }) {
    const { doc: path } = useDocument(source, "path", {}, status, { every: 3 });
    if (!path?.steps?.length) return null;
    return (
        <Card
            title="Critical path"
            aside={`${duration(path.length)}${status.elapsed ? `, ${percent(path.length, status.elapsed)} of the time` : ""}`}
            class="path"
        >
            <p class="hint">With more workers the run cannot become faster than this chain of tasks.</p>
            <Scroll label="Critical path" class="tall">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">Task</th>
                            <th scope="col">Called at</th>
                            <th scope="col" class="number">
                                Time
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {path.steps.slice(0, 200).map((step, index) => (
                            <Step key={index} step={step} path={path} names={status.names} />
                        ))}
                    </tbody>
                </table>
            </Scroll>
        </Card>
    );
}
