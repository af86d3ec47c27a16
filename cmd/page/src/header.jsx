// SPDX-License-Identifier: MIT
// The head of the page: which run, how far it is, and what can be done with it.
import { useRef, useState } from "preact/hooks";
import { clock, count, duration, percent } from "./format.js";
import { theme, toggleTheme } from "./theme.js";
import { Progress, State, Text, Ticking } from "./ui.jsx";

/** A time that is guessed: no more exact than that. */
const guess = (seconds) => (seconds < 59.5 ? `${Math.max(1, Math.round(seconds))} s` : duration(seconds * 1e9));

/** The state of a run as one word. */
function runState(status, lost) {
    if (status.ended) return status.exit ? { state: "failed", word: "failed" } : { state: "done", word: "done" };
    if (!status.live) return { state: "skipped", word: "broke off" };
    if (lost) return { state: "away", word: "not reached" };
    if (status.ending) return { state: "ending", word: "ending" };
    if (status.paused) return { state: "paused", word: "paused" };
    return { state: "running", word: status.part ? "running finally" : "running" };
}

function Connection({ source, status, lost }) {
    if (!source.live) return <span class="connection">report</span>;
    if (status.ended) return <span class="connection">the run is over; what you see is the last of it</span>;
    if (lost) return <span class="connection lost">not reached since {clock(status.elapsed)}; trying again</span>;
    return <span class="connection live">live</span>;
}

function Theme() {
    const [now, setNow] = useState(theme);
    const change = () => {
        toggleTheme();
        setNow(theme());
    };
    return (
        <button
            type="button"
            class="icon-button"
            onClick={change}
            aria-label={now === "dark" ? "Light colours" : "Dark colours"}
            title={now === "dark" ? "Light colours" : "Dark colours"}
        >
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
                <path class="outline" d="M8 2.5a5.5 5.5 0 1 0 0 11z" />
                <circle class="outline" cx="8" cy="8" r="5.5" fill="none" />
            </svg>
        </button>
    );
}

function StopDialog({ dialog, ending, stop }) {
    return (
        <dialog ref={dialog} aria-labelledby="stop-title">
            <form method="dialog" onSubmit={(event) => (event.preventDefault(), dialog.current.close(), stop())}>
                <h2 id="stop-title">{ending ? "End the run at once?" : "Stop the run?"}</h2>
                <p>
                    {ending
                        ? "What runs is killed."
                        : "It ends as Ctrl-C in its terminal would end it. A second stop ends it at once."}
                </p>
                <div class="buttons">
                    <button type="button" onClick={() => dialog.current.close()}>
                        Go on
                    </button>
                    <button type="submit" class="danger">
                        {ending ? "End at once" : "Stop"}
                    </button>
                </div>
            </form>
        </dialog>
    );
}

function Controls({ source, status }) {
    const [said, setSaid] = useState();
    const [sending, setSending] = useState(false);
    const dialog = useRef();
    const send = async (order) => {
        setSending(true);
        const answer = await source.control(order).catch((error) => ({ ok: false, error: error.message }));
        setSending(false);
        setSaid(answer.ok ? undefined : (answer.error ?? "that did not work"));
    };
    const scale = (workers) => send({ do: "scale", workers });
    return (
        <div class="controls" role="group" aria-label="Control of the run">
            <button type="button" disabled={sending} onClick={() => send({ do: status.paused ? "resume" : "pause" })}>
                {status.paused ? "Resume" : "Pause"}
            </button>
            <span class="stepper" role="group" aria-label="Workers">
                <button
                    type="button"
                    disabled={sending || status.workers <= 1}
                    onClick={() => scale(status.workers - 1)}
                    aria-label="One worker less"
                >
                    −
                </button>
                <output>{`${status.workers} of ${status.jobs}`}</output>
                <button
                    type="button"
                    disabled={sending || status.workers >= status.jobs}
                    onClick={() => scale(status.workers + 1)}
                    aria-label="One worker more"
                >
                    +
                </button>
            </span>
            <button type="button" class="danger" disabled={sending} onClick={() => dialog.current.showModal()}>
                {status.ending ? "End at once…" : "Stop…"}
            </button>
            {said && (
                <span class="refused" role="alert">
                    {said}
                </span>
            )}
            <StopDialog dialog={dialog} ending={status.ending} stop={() => send({ do: "stop" })} />
        </div>
    );
}

export function Header({ source, status, lost }) {
    const { state, word } = runState(status, lost);
    const { counts } = status;
    const ended = counts.done + counts.failed + (counts.caught ?? 0) + (counts.skipped ?? 0);
    return (
        <header class="head">
            <div class="head-row">
                <div class="head-run">
                    <Text text={status.workflow} class="workflow" most={80} />
                    <State state={state}>{word}</State>
                </div>
                <dl class="head-facts">
                    <div>
                        <dt>Done</dt>
                        <dd>
                            {count(counts.done)} of {count(counts.total)}
                            {status.ended ? "" : status.grows ? "+" : ` (${percent(ended, counts.total) || "0%"})`}
                        </dd>
                    </div>
                    {counts.failed > 0 && (
                        <div class="fact-failed">
                            <dt>Failed</dt>
                            <dd>{count(counts.failed)}</dd>
                        </div>
                    )}
                    <div>
                        <dt>Time</dt>
                        <dd>
                            <Ticking status={status} lost={lost} show={status.ended || !status.live ? duration : clock} />
                        </dd>
                    </div>
                    {status.left != null && !status.ended && (
                        <div>
                            <dt>Left</dt>
                            <dd>about {guess(status.left)}</dd>
                        </div>
                    )}
                </dl>
                <div class="head-end">
                    {status.control && source.live && !status.ended && !lost && <Controls source={source} status={status} />}
                    <Connection source={source} status={status} lost={lost} />
                    <Theme />
                </div>
            </div>
            {!(status.grows && !status.ended) && <Progress counts={counts} label="The run" />}
        </header>
    );
}
