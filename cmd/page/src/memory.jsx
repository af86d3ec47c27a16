// SPDX-License-Identifier: MIT
// The page of memory: what results took over time and by name, and what processes took.
import { bytes, clock } from "./format.js";
import { tasksLink } from "./route.js";
import { Series } from "./series.jsx";
import { useDocument } from "./source.js";
import { Card, Empty, Scroll, Share, Swatch, Text } from "./ui.jsx";

const peak = (values) =>
    values.reduce((most, value, index) => (value > most.bytes ? { bytes: value, index } : most), { bytes: 0, index: 0 });

function Holders({ doc, status }) {
    const most = Math.max(1, peak(doc.bytes ?? []).bytes);
    const rows = doc.holders
        .map((holder) => ({ ...holder, peak: peak(holder.bytes) }))
        .sort((a, b) => b.peak.bytes - a.peak.bytes);
    return (
        <Scroll label="Names whose results take memory">
            <table>
                <thead>
                    <tr>
                        <th scope="col">Name</th>
                        <th scope="col" class="number">
                            At most
                        </th>
                        <th scope="col" class="number">
                            When
                        </th>
                        <th scope="col" class="number">
                            {status.ended ? "At the end" : "Now"}
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row) => (
                        <tr key={row.name}>
                            <th scope="row" class="wide">
                                <a class="task-link" href={tasksLink({ name: row.name })}>
                                    <Swatch names={status.names} index={row.name} />
                                    <Text text={status.names[row.name]?.name} most={80} />
                                </a>
                            </th>
                            <td class="number">
                                <Share part={row.peak.bytes / most}>{bytes(row.peak.bytes)}</Share>
                            </td>
                            <td class="number">{clock(row.peak.index * doc.step)}</td>
                            <td class="number">{bytes(row.bytes.at(-1))}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </Scroll>
    );
}

function Processes({ usage, ended }) {
    const rows = [
        ["tgrun, now", ended ? 0 : usage.memory],
        ["tgrun, at most", Math.max(usage.peak ?? 0, usage.memory ?? 0)],
        ["A program of a command, at most", usage.commands_memory],
        ["An executor, at most", usage.executors_memory],
    ].filter(([, value]) => value > 0);
    if (!rows.length) return <Empty>Nothing is known of processes.</Empty>;
    return (
        <dl class="pairs">
            {rows.map(([name, value]) => (
                <div key={name}>
                    <dt>{name}</dt>
                    <dd>{bytes(value)}</dd>
                </div>
            ))}
        </dl>
    );
}

export function MemoryPage(given) {
    const { source, status } = given;
    const { doc } = useDocument(source, "series", {}, status, { every: 2 });
    return (
        <div class="stack">
            <Card title="Results">
                <p class="hint">
                    A result counts from the end of its task until nobody needs it any more. Files are no part of it.
                </p>
                <Series {...given} which="bytes" height={260} />
                {doc?.holders?.length > 0 && <Holders doc={doc} status={status} />}
                {doc && !doc.holders?.length && <Empty>Nothing is known of results that took memory.</Empty>}
            </Card>
            <Card title="Processes">
                {doc?.process_memory && <Series {...given} which="process" height={200} />}
                <Processes usage={status.usage ?? {}} ended={status.ended} />
            </Card>
        </div>
    );
}
