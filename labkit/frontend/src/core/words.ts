// The words of a view. The source has English sentences; a page in another language provides a table of translations.

/** English -> translation. Keys with a `~` are patterns of texts that Python writes. */
type Table = ReadonlyMap<string, string>;
type Values<T> = Readonly<Record<string, T>>;

/** A file of `locales/`: sentences of the source, and texts that Python writes. */
export interface Locale {
  readonly language: string;
  readonly views: Readonly<Record<string, string>>;
  readonly python: Readonly<Record<string, string>>;
}

const TABLE = Symbol.for("labkit.words"); // of `globalThis`: all bundles of a page share one table
const CHANGED = "labkit:words"; // the event of a new table
const LANGUAGE = "\0"; // the key of the name of the language
const page = globalThis as { [TABLE]?: Table | undefined };

const table = () => page[TABLE];

/** Gives the page a language; undefined is English. Views that are open draw themselves again. */
export function setLocale(locale?: Locale): void {
  if (table()?.get(LANGUAGE) === locale?.language) return;
  page[TABLE] =
    locale && new Map(Object.entries({ [LANGUAGE]: locale.language, ...locale.views, ...locale.python }));
  dispatchEvent(new Event(CHANGED));
}

/**
 * A sentence in the language of the page as texts and values; `{name}` is the place of the value `name`. A word with
 * two meanings ends in `|` and a mark, which is not shown: `"sampling|settings"`.
 */
export function tParts<T>(english: string, values: Values<T>): (string | T)[] {
  return (table()?.get(english) ?? english.replace(/\|\w+$/, ""))
    .split(/\{(\w+)\}/)
    .map((part, i) => (i % 2 ? (values[part] ?? "") : part));
}

/** A sentence in the language of the page, with its values; a value is never read as a sentence. */
export const t = (english: string, values: Values<string | number> = {}): string =>
  tParts(english, values).join("");

/** A sentence about `n` things: `one` for a single thing, else `many`; `{n}` is the place of the number. */
export const tn = (one: string, many: string, n: number, values: Values<string | number> = {}): string =>
  t(n === 1 ? one : many, { n: whole(n), ...values });

/** A number with separators of thousands; the decimal sign is a point in every language. */
export const whole = (n: number): string => n.toLocaleString("en").replaceAll(",", t(","));

/** A text that Python wrote, in the language of the page, part by part; a text that the table does not have stays English. */
export function fromPython(english: string): string {
  const known = english && table()?.get(english); // the table has the name of its language at ""
  if (known !== undefined) return known;
  for (const [key, words] of table() ?? []) {
    if (!key.startsWith("~")) continue;
    const values = pattern(key).exec(english)?.groups;
    if (values) return words.replace(/\{(\w+)\}/g, (_, name: string) => fromPython(values[name] ?? ""));
  }
  return /^[\d,.]+$/.test(english) ? english.replaceAll(",", t(",")) : english;
}

/** Calls the listener when the page gets another language. */
export function onLocale(listener: () => void, signal: AbortSignal): void {
  addEventListener(CHANGED, listener, { signal });
}

const NUMBERS = ["n", "low", "high"]; // places for one number; the other places are for any text

/** The regular expression of a pattern: `{name}` is any text, `{n}`, `{low}` and `{high}` are numbers. */
function pattern(key: string): RegExp {
  const source = key
    .slice(1)
    .split(/\{(\w+)\}/)
    .map((part, i) =>
      i % 2
        ? `(?<${part}>${NUMBERS.includes(part) ? "\\S+(?: %)?" : ".+?"})`
        : part.replace(/[^\w\s]/g, "\\$&"),
    );
  return new RegExp(`^${source.join("")}$`, "s");
}
