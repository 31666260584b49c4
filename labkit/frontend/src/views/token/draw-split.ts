// Thought and answer of a text, as in labkit/traces/split.py, for a file without a kernel. test/python.test.ts
// compares the two for every family.
import { FAMILY_TAGS, type FamilyTags } from "./family-tags";

export type Range = readonly [number, number];

export interface Tags {
  readonly opened: boolean;
  readonly open_tag: string;
  readonly close_tag: string;
  readonly family?: string;
}

/** What a family writes around its tags. */
type Around = Pick<FamilyTags, "after_close" | "boundary" | "answer_end" | "tool_calls">;
const NOTHING: Around = { after_close: "", boundary: "", answer_end: "", tool_calls: [] };

/** Character ranges of thought and answer. */
export function split(text: string, tags: Tags): { thinking: Range; answer: Range } {
  const { open_tag, close_tag } = tags;
  const end = text.length;
  if (!close_tag) return { thinking: [0, 0], answer: [0, end] };
  const first = open_tag ? text.indexOf(open_tag) : -1;
  let { opened } = tags;
  let start = 0;
  if (first >= 0) {
    const leads = !text.slice(0, first).trim(); // the model repeats the template's tag
    const closed = text.indexOf(close_tag);
    opened ||= !leads && 0 <= closed && closed < first;
    start = leads || !opened ? first + open_tag.length : 0;
  }
  const close = text.lastIndexOf(close_tag);
  const around = aroundOf(tags);
  const before = (at: number) => Math.max(start, withoutEnd(text, at, around.boundary));
  const call = toolCall(text, Math.max(start, open_tag ? text.lastIndexOf(open_tag) : start), around);
  if (close >= start) {
    const rest = close + close_tag.length;
    if (open_tag && beginsALine(text.slice(rest), open_tag))
      return { thinking: [start, end], answer: [end, end] };
    const called = around.boundary !== "" && start <= call && call < close;
    return { thinking: [start, before(called ? call : close)], answer: answerOf(text, rest, around) };
  }
  if (call >= 0 && (opened || first >= 0)) return { thinking: [start, before(call)], answer: [call, end] };
  if (opened || first >= 0) return { thinking: [start, end], answer: [end, end] };
  if (open_tag.startsWith(text.trim())) return { thinking: [0, 0], answer: [end, end] };
  return { thinking: [0, 0], answer: [0, end] };
}

/** What the named family writes around these tags, or the first family that has them. */
function aroundOf({ open_tag, close_tag, family = "" }: Tags): Around {
  const same = FAMILY_TAGS.filter((tags) => tags.open === open_tag && tags.close === close_tag);
  return same.find((tags) => tags.name === family) ?? same.find((tags) => tags.first) ?? NOTHING;
}

/** The end of `text.slice(0, end)` without a last `part`. */
function withoutEnd(text: string, end: number, part: string): number {
  return text.slice(0, end).endsWith(part) ? end - part.length : end;
}

/** Where the first tool call begins; -1 without a tool call. */
function toolCall(text: string, start: number, { tool_calls: marks }: Around): number {
  const places = marks.map((mark) => text.indexOf(mark, start)).filter((place) => place >= 0);
  return places.length ? Math.min(...places) : -1;
}

/** The answer behind the closing tag, without what the family writes around it. */
function answerOf(text: string, rest: number, around: Around): Range {
  const [mark, last] = [around.after_close.trim(), around.answer_end.trim()];
  const shown = text.length - text.slice(rest).trimStart().length;
  const start = mark && text.startsWith(mark, shown) ? shown + mark.length : rest;
  const end = text.trimEnd().length;
  const ends = last !== "" && end - last.length >= start && text.slice(0, end).endsWith(last);
  return [start, ends ? end - last.length : text.length];
}

/** Whether `tag` begins a line, after optional blanks. */
function beginsALine(text: string, tag: string): boolean {
  return text.split("\n").some((line) => line.trimStart().startsWith(tag));
}
