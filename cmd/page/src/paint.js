// SPDX-License-Identifier: MIT
// Draws the timeline on a canvas. Knows nothing of events or of the page: it is given all that it draws, in CSS pixels.
import { channels, slots, slotVariable, textOn } from "./colors.js";
import { addColumns, clearColumns, divide, makeColumns, raster } from "./columns.js";
import { fate, visible } from "./rows.js";
import { tickLabel, ticks, tickStep } from "./ticks.js";

export const axisHeight = 24;

// As the pixels of a picture have it.
function packed(colour) {
    const [r, g, b] = channels(colour);
    return new Uint32Array(new Uint8ClampedArray([r, g, b, 255]).buffer)[0];
}

/** Colours of the theme that is shown now; value(name) gives that of a CSS variable. */
export function readPalette(value) {
    const layers = Array.from({ length: slots }, (_, slot) => value(slotVariable(slot)));
    layers.push(value("--name-other"));
    const spans = ["--idle", "--steal", "--spawn", "--transfer"].map(value);
    const found = {
        layers,
        spans,
        texts: layers.map(textOn),
        packedLayers: layers.map(packed),
        packedSpans: spans.map(packed),
    };
    const names = ["paper", "line", "grid", "text", "text-soft", "focus", "failed", "caught", "skipped", "accent", "transfer"];
    for (const name of names) found[name] = value(`--${name}`);
    return found;
}

const other = slots;
const layerOf = (slot) => (slot < 0 || slot === undefined ? other : slot);

/** Stripes for what failed, of a colour on another one. */
function hatch(context, ground, line, ratio, falling) {
    const size = Math.round(8 * ratio);
    const canvas = new OffscreenCanvas(size, size);
    const drawing = canvas.getContext("2d");
    drawing.fillStyle = ground;
    drawing.fillRect(0, 0, size, size);
    drawing.strokeStyle = line;
    drawing.lineWidth = 2 * ratio;
    drawing.beginPath();
    for (const shift of [-size, 0, size]) {
        drawing.moveTo(shift - 1, falling ? -1 : size + 1);
        drawing.lineTo(shift + size + 1, falling ? size + 1 : -1);
    }
    drawing.stroke();
    const pattern = context.createPattern(canvas, "repeat");
    pattern.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, 0, 0]));
    return pattern;
}

/** What is kept from picture to picture for a palette and a ratio of pixels. */
export function makeBrushes(context, palette, ratio) {
    return {
        palette,
        ratio,
        failed: hatch(context, palette.failed, "#00000088", ratio, false),
        caught: hatch(context, palette.caught, "#00000066", ratio, true),
        attempts: palette.layers.map((colour) => hatch(context, colour, palette.failed, ratio, false)),
    };
}

/**
 * view: {width, height, gutter, window: {from, to}, end, live, rowHeight, scrolled (px), model (indexTimeline's), under
 * (another model, shown where model has nothing, or none), slots (by name), names (texts), shown(name), selected: {row, begin,
 * end} or none, hovered: the same}. room: columns of the width, kept from picture to picture ({} at first).
 */
export function paint(context, brushes, view, room) {
    const { palette, ratio } = brushes;
    const { width, height, gutter, window } = view;
    const scale = (width - gutter) / (window.to - window.from);
    const place = (time) => gutter + (time - window.from) * scale;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, width, height);
    grid(context, palette, view, place);
    const pixels = Math.max(1, Math.round((width - gutter) * ratio));
    if (room.columns?.width !== pixels) {
        room.columns = makeColumns(palette.layers.length, pixels);
        room.spans = makeColumns(palette.spans.length, pixels);
    }
    context.save();
    context.beginPath();
    context.rect(gutter, axisHeight, width - gutter, height - axisHeight);
    context.clip();
    for (const [row, top, tall] of rowsInSight(view)) {
        paintLane(context, palette, row, view, top, tall);
        if (view.under && (view.model.from > window.from || view.model.to < window.to)) {
            clipTo(
                context,
                [
                    [gutter, place(view.model.from)],
                    [place(view.model.to), width],
                ],
                top,
                tall,
                () =>
                    paintRow(
                        context,
                        brushes,
                        view.under.rows[row] ?? view.model.rows[row],
                        view,
                        room,
                        top,
                        tall,
                        scale,
                        place,
                    ),
            );
            clipTo(context, [[place(view.model.from), place(view.model.to)]], top, tall, () =>
                paintRow(context, brushes, view.model.rows[row], view, room, top, tall, scale, place),
            );
        } else paintRow(context, brushes, view.model.rows[row], view, room, top, tall, scale, place);
    }
    if (view.live && view.end >= window.from && view.end <= window.to) {
        context.fillStyle = palette.accent;
        context.fillRect(Math.round(place(view.end)) - 1, axisHeight, 1.5, height);
    }
    for (const [item, line] of [
        [view.hovered, 1.5],
        [view.selected, 2.5],
    ])
        if (item) outline(context, palette, view, item, place, line);
    context.restore();
    labels(context, palette, view);
}

function clipTo(context, ranges, top, tall, draw) {
    context.save();
    context.beginPath();
    for (const [left, right] of ranges) if (right > left) context.rect(left, top, right - left, tall);
    context.clip();
    draw();
    context.restore();
}

/** [row, top, height] of the rows that are in sight. */
export function rowsInSight(view) {
    const found = [];
    const first = Math.max(0, Math.floor(view.scrolled / view.rowHeight));
    for (let row = first; row < view.model.rows.length; row++) {
        const top = axisHeight + row * view.rowHeight - view.scrolled;
        if (top > view.height) break;
        const gap = view.rowHeight >= 12 ? 3 : view.rowHeight >= 6 ? 1 : 0;
        found.push([row, top, view.rowHeight - gap]);
    }
    return found;
}

function paintLane(context, palette, row, view, top, tall) {
    context.globalAlpha = 0.55;
    context.fillStyle = palette.grid;
    if (tall >= 6) context.fillRect(view.gutter, top + tall - 1, view.width, 1);
    context.globalAlpha = 1;
}

function paintRow(context, brushes, row, view, room, top, tall, scale, place) {
    const { palette, ratio } = brushes;
    const layer = (name) => (view.shown(name) ? layerOf(view.slots[name]) : -1);
    const wide = divide(row, view.window, scale * ratio, room.columns, layer);
    const device = Math.max(1, Math.round(tall * ratio));
    const part = Math.max(1, Math.round(device * lowPart));
    const spans = row.spans;
    clearColumns(room.spans);
    const low = paintSpans(context, palette, spans, view, top, tall, place, room.spans, ratio);
    if (room.columns.used)
        paintPixels(context, room, room.columns, view, palette.packedLayers, device, Math.max(2, device / 5), top, ratio);
    for (const i of wide) paintSlice(context, brushes, row.slices, i, view, top, tall, place);
    if (room.columns.used) paintMarks(context, brushes, room.columns, view, top, tall);
    if (room.spans.used)
        paintPixels(context, room, room.spans, view, palette.packedSpans, part, 1, top + (device - part) / ratio, ratio);
    for (const i of low) {
        context.fillStyle = palette.spans[spans.kind[i]] ?? palette.line;
        const left = place(spans.begin[i]);
        context.fillRect(left, top + tall - tall * lowPart, place(spans.end[i]) - left, tall * lowPart);
    }
}

// How much of a lane is for what a worker does beside its tasks.
const lowPart = 0.28;

// Columns go through a picture of their own: a clip and what is below hold for it, as for anything that is drawn.
function paintPixels(context, room, columns, view, colours, height, least, top, ratio) {
    const { width } = columns;
    if (!room.picture || room.picture.width !== width || room.picture.height < height) {
        room.picture = new OffscreenCanvas(width, height);
        room.image = new ImageData(width, height);
        room.pixels = new Uint32Array(room.image.data.buffer);
    }
    room.pixels.fill(0, 0, width * height);
    raster(columns, height, room.pixels, colours, least);
    room.picture.getContext("2d").putImageData(room.image, 0, 0, 0, 0, width, height);
    context.drawImage(room.picture, 0, 0, width, height, view.gutter, top, width / ratio, height / ratio);
}

// A failure that is too narrow to be seen is made wide enough.
function paintMarks(context, { palette, ratio }, columns, view, top, tall) {
    for (let x = 0; x < columns.width; x++) {
        if (!columns.mark[x]) continue;
        context.fillStyle = columns.mark[x] === 1 ? palette.failed : palette.caught;
        context.fillRect(view.gutter + x / ratio - 1, top, 2.5, tall);
    }
}

// Idle lies below the tasks, and is drawn at once; what a worker does beside them lies above, lower than they are: what of that
// is as wide as a pixel is given back, the rest is added up.
function paintSpans(context, palette, spans, view, top, tall, place, columns, ratio) {
    const [low, high] = visible(spans, view.window.from, view.window.to);
    const above = [];
    context.fillStyle = palette.spans[0];
    for (let i = low; i < high; i++) {
        if (spans.end[i] < view.window.from) continue;
        const left = place(spans.begin[i]);
        const right = place(spans.end[i]);
        if (spans.kind[i] !== 0) {
            if ((right - left) * ratio >= 1) above.push(i);
            else
                addColumns(
                    columns,
                    spans.kind[i],
                    (left - view.gutter) * ratio,
                    Math.max(right, left + 1e-4) * ratio - view.gutter * ratio,
                );
        } else if ((right - left) * ratio >= 0.5) context.fillRect(left, top, right - left, tall);
    }
    return above;
}

function paintSlice(context, brushes, slices, i, view, top, tall, place) {
    const { palette } = brushes;
    const what = slices.fate[i];
    const layer = layerOf(view.slots[slices.name[i]]);
    // Far outside a canvas loses digits.
    const left = Math.max(view.gutter - 20, place(slices.begin[i]));
    const end = what === fate.running && view.live ? Math.max(slices.end[i], view.end) : slices.end[i];
    const right = Math.min(view.width + 20, place(end));
    const wide = Math.max(1 / brushes.ratio, right - left);
    // A line of the ground tells neighbours of the same name apart.
    const shown = wide > 3 ? wide - 0.75 : wide;
    context.fillStyle =
        what === fate.failed
            ? brushes.failed
            : what === fate.caught
              ? brushes.caught
              : what === fate.attempt
                ? brushes.attempts[layer]
                : palette.layers[layer];
    if (what === fate.skipped) context.fillStyle = palette.skipped;
    if (what === fate.running) openEnd(context, palette.layers[layer], left, shown, top, tall);
    else context.fillRect(left, top, shown, tall);
    const color =
        what === fate.failed || what === fate.attempt ? palette.failed : what === fate.caught ? palette.caught : undefined;
    if (color && wide > 4 && tall > 5) {
        context.strokeStyle = color;
        context.lineWidth = 1.5;
        context.setLineDash(what === fate.caught ? [4, 2] : []);
        context.strokeRect(left + 0.75, top + 0.75, shown - 1.5, tall - 1.5);
        context.setLineDash([]);
    }
    if (tall >= 13 && shown > 30) sliceText(context, brushes, view, slices, i, layer, left, shown, top, tall);
}

// A task that goes on has no end: its right edge is torn.
function openEnd(context, color, left, wide, top, tall) {
    const tooth = Math.min(5, tall / 3);
    const right = left + wide;
    context.fillStyle = color;
    context.beginPath();
    context.moveTo(left, top);
    context.lineTo(Math.max(left, right - tooth), top);
    const teeth = Math.max(1, Math.round(tall / (tooth * 1.6)));
    for (let at = 0; at < teeth; at++) {
        context.lineTo(right, top + ((at + 0.5) * tall) / teeth);
        context.lineTo(Math.max(left, right - tooth), top + ((at + 1) * tall) / teeth);
    }
    context.lineTo(left, top + tall);
    context.fill();
}

function sliceText(context, { palette }, view, slices, i, layer, left, wide, top, tall) {
    const what = slices.fate[i];
    const visibleLeft = Math.max(left, view.gutter);
    const room = Math.min(left + wide, view.width) - visibleLeft - 8;
    if (room < 18) return;
    context.font = `${Math.min(12, tall - 4)}px system-ui, sans-serif`;
    const text = view.names[slices.name[i]] ?? "";
    const fits = fitText(context, text, room);
    if (!fits) return;
    const middle = top + tall / 2 + 0.5;
    context.textBaseline = "middle";
    if (what === fate.failed || what === fate.caught || what === fate.attempt) {
        // Stripes are no ground for letters.
        const length = context.measureText(fits).width;
        if (length > room - 12) return;
        context.fillStyle = palette.paper;
        context.fillRect(visibleLeft + 3, top + 2.5, length + 4, tall - 5);
        context.fillStyle = palette.text;
    } else context.fillStyle = what === fate.skipped ? textOn(palette.skipped) : palette.texts[layer];
    context.fillText(fits, visibleLeft + 5, middle);
}

// The whole text, or its begin with three dots; nothing where that would be less than two letters. Widths are measured once.
const widths = new Map();
function fitText(context, text, room) {
    const key = `${context.font}\n${text}`;
    let width = widths.get(key);
    if (width === undefined) {
        if (widths.size > 2000) widths.clear();
        widths.set(key, (width = context.measureText(text).width));
    }
    if (width <= room) return text;
    const letters = Math.floor((text.length * (room - 10)) / width);
    return letters >= 2 ? `${text.slice(0, letters)}…` : "";
}

function outline(context, palette, view, item, place, line) {
    const top = axisHeight + item.row * view.rowHeight - view.scrolled;
    const gap = view.rowHeight >= 12 ? 3 : view.rowHeight >= 6 ? 1 : 0;
    const left = Math.max(view.gutter - 9, place(item.begin));
    const right = Math.min(view.width + 9, place(item.end));
    const wide = Math.max(3, right - left);
    context.strokeStyle = palette.paper;
    context.lineWidth = line + 2.5;
    context.strokeRect(left - 0.5, top - 0.5, wide, view.rowHeight - gap + 1);
    context.strokeStyle = palette.text;
    context.lineWidth = line;
    context.strokeRect(left - 0.5, top - 0.5, wide, view.rowHeight - gap + 1);
}

function grid(context, palette, view, place) {
    const { window, width, height, gutter } = view;
    const most = Math.max(2, Math.floor((width - gutter) / 90));
    const step = tickStep(window.to - window.from, most);
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const time of ticks(window.from, window.to, most)) {
        const x = Math.round(place(time)) + 0.5;
        context.fillStyle = palette.grid;
        context.fillRect(x - 0.5, axisHeight - 6, 1, height);
        const text = tickLabel(time, step);
        const length = context.measureText(text).width;
        const left = Math.min(width - length - 2, Math.max(gutter, x - length / 2));
        context.fillStyle = palette["text-soft"];
        context.fillText(text, left, axisHeight / 2 - 2);
    }
}

function labels(context, palette, view) {
    context.textBaseline = "middle";
    context.save();
    context.beginPath();
    context.rect(0, axisHeight, view.gutter - 4, view.height);
    context.clip();
    const size = Math.min(12, Math.max(8, view.rowHeight - 2));
    context.font = `${size}px system-ui, sans-serif`;
    const every = Math.max(1, Math.ceil((size + 2) / view.rowHeight));
    for (const [at, top, tall] of rowsInSight(view)) {
        const row = view.model.rows[at];
        if (at % every) continue;
        context.fillStyle = row.away ? palette["text-soft"] : palette.text;
        const text = row.away ? `${row.worker} executor` : view.gutter > 80 ? `worker ${row.worker}` : String(row.worker);
        context.textAlign = "right";
        context.fillText(text, view.gutter - 8, top + tall / 2 + 0.5);
    }
    context.textAlign = "left";
    context.restore();
}
