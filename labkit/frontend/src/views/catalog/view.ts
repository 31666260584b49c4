// The catalog: a sortable table, with a bar for the size of the KV cache.
import { h, on } from "../../core/dom";
import type { KernelChannel } from "../../core/kernel-channel";
import { attachView } from "../../core/shadow";
import { followTheme } from "../../core/theme";
import type { Entry, Focus, Scene } from "./contract";
import { count, matches, ordered, size } from "./draw";
import { fromPython, t, whole } from "../../core/words";
import css from "./style.css";

type Column = Focus["sort"];
type Source = KernelChannel<Scene, Focus, never>;

/** The columns: sorting key, heading and tooltip. */
const columns = (): readonly (readonly [Column | "fits", string, string])[] => [
  ["name", t("model"), t("Groups together")],
  ["parameters", t("parameters"), t("All of them; in brackets those that are used for one token")],
  ["weights", t("weights"), t("Bytes of the weights at this precision")],
  [
    "fits",
    t("fits here"),
    t("Weights, a tenth more to load them, and the KV cache of 4,096 tokens, against what is left"),
  ],
  ["kv", t("KV / 1,000 tokens"), t("Bytes of the KV cache of 1,000 tokens, in bf16")],
  ["context", t("context"), t("Tokens of prompt and thought together")],
  [
    "thought",
    t("thought"),
    t("What a thought begins with; whether that is one token; whether a switch turns it off"),
  ],
  ["licence", t("licence"), t("Of the weights, over that of the base")],
];
const WIDE = 8; // columns
const PRECISIONS: readonly Focus["precision"][] = ["bf16", "int8", "int4"];

/** Builds the view in `host`; removes it when the signal aborts. */
export function catalogView(host: HTMLElement, source: Source, signal: AbortSignal): void {
  const body = h("tbody", {});
  const shown = columns();
  const heads = shown.map(([column, words, title]) => {
    const head = h("th", { scope: "col", title, class: column });
    if (column === "fits") head.append(words);
    else {
      const button = h("button", {}, words);
      on(
        button,
        "click",
        () => {
          const { focus } = source;
          source.setFocus({ sort: column, down: focus.sort === column && !focus.down });
        },
        signal,
      );
      head.append(button);
    }
    return head;
  });
  const precisions = PRECISIONS.map((precision) => {
    const button = h("button", {}, precision);
    on(button, "click", () => source.setFocus({ precision }), signal);
    return button;
  });
  const left = h("span", { class: "left" });
  const search = h("input", {
    type: "search",
    placeholder: t("Search"),
    "aria-label": t("Search the models"),
    spellcheck: "false",
  });
  const matchCount = h("span", { class: "match-count", role: "status" });
  const section = h(
    "section",
    { class: "view", "aria-label": t("Catalog of open reasoning models") },
    h(
      "div",
      { class: "head" },
      h("b", {}, t("Open reasoning models")),
      left,
      matchCount,
      search,
      h(
        "span",
        { class: "group", role: "group", "aria-label": t("Precision of the weights") },
        ...precisions,
      ),
    ),
    h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ...heads)), body)),
    h(
      "p",
      { class: "foot" },
      t(
        "Sizes are arithmetic from the published shapes. A figure with ? was not verified. * as published, in fewer bits.",
      ),
    ),
  );
  const root = attachView(host, section, css, signal);

  const show = () => {
    const { scene, focus } = source;
    const active = root.activeElement?.getAttribute("data-name");
    left.textContent = fromPython(scene.left);
    shown.forEach(([column], i) =>
      heads[i]?.setAttribute(
        "aria-sort",
        focus.sort !== column ? "none" : focus.down ? "descending" : "ascending",
      ),
    );
    PRECISIONS.forEach((precision, i) =>
      precisions[i]?.setAttribute("aria-pressed", String(precision === focus.precision)),
    );
    const most = Math.max(...scene.entries.map((entry) => entry.kv ?? 0));
    let group = "";
    const listed = ordered(scene.entries, focus).filter((entry) => matches(entry, search.value));
    matchCount.textContent = search.value.trim()
      ? t("{n} of {total}", { n: listed.length, total: scene.entries.length })
      : "";
    body.replaceChildren(
      ...listed.flatMap((entry) => {
        const above = focus.sort === "name" && entry.group !== group ? [heading(entry.group)] : [];
        group = entry.group;
        return [...above, ...rows(entry, focus, most)];
      }),
    );
    for (const button of body.querySelectorAll<HTMLElement>("button"))
      if (active && button.getAttribute("data-name") === active) button.focus({ preventScroll: true });
  };
  on(
    body,
    "click",
    (event) => {
      const name = (event.target as Element).closest("button")?.getAttribute("data-name");
      if (name) source.setFocus({ open: source.focus.open === name ? "" : name });
    },
    signal,
  );
  on(search, "input", show, signal);
  source.onChange(show, signal);
  followTheme(section, signal);
  show();
}

function heading(words: string): HTMLElement {
  return h("tr", { class: "group-row" }, h("th", { scope: "rowgroup", colspan: WIDE }, fromPython(words)));
}

function rows(entry: Entry, focus: Focus, most: number): HTMLElement[] {
  const marked = (text: string, field: string) => (entry.unverified.includes(field) ? `${text}?` : text);
  const sized = entry.sizes[focus.precision];
  const published = entry.bits < 16 ? "*" : "";
  const open = focus.open === entry.name;
  const [own = ""] = (entry.licence ?? "").split(" over "); // the opened row shows the base's licence
  const bar = h("td", { class: "kv" }, entry.kv === null ? "" : marked(size(entry.kv), "kv token"));
  bar.style.setProperty("--share", `${((entry.kv ?? 0) / most) * 100}%`);
  const row = h(
    "tr",
    { class: open ? "open" : "" },
    h(
      "th",
      { scope: "row" },
      h("button", { "data-name": entry.name, "aria-expanded": String(open) }, entry.name),
    ),
    h(
      "td",
      {},
      marked(
        count(entry.parameters) + (entry.active === null ? "" : ` (${count(entry.active)})`),
        "parameters",
      ),
    ),
    h("td", {}, sized ? marked(size(sized.weights), "parameters") + published : ""),
    h(
      "td",
      { class: sized?.fits ? "fits yes" : "fits", title: fromPython(sized?.why ?? "") },
      (sized?.fits ? "✓ " : "") + fromPython(sized?.said ?? ""),
    ),
    bar,
    h("td", {}, entry.context === null ? unknown() : marked(whole(entry.context), "context")),
    h(
      "td",
      { class: "thought" },
      ...(entry.mark
        ? [h("code", {}, entry.mark), ` ${fromPython(entry.kind)}`]
        : [h("span", { class: "unknown" }, fromPython(entry.kind))]),
    ),
    h(
      "td",
      { class: "licence", title: entry.licence ?? "" },
      entry.licence === null ? unknown() : marked(own, "licence"),
    ),
  );
  if (!open) return [row];
  const lines: readonly (readonly [string, string])[] = [
    [t("fits here"), fromPython(sized?.why ?? "")],
    [t("thinks"), fromPython(entry.thought)],
    [t("sampling|settings"), entry.sampling],
    [t("released"), entry.date],
    [t("shape"), entry.shape],
    [t("hub"), entry.hub],
    [t("base"), entry.base],
    [t("licence"), entry.licence ?? ""],
    [t("note"), entry.note],
    [t("not verified"), entry.unverified.join(", ")],
    [t("source"), entry.source],
  ];
  const load = loading(entry, focus);
  const list = h(
    "dl",
    {},
    ...(load ? [h("dt", {}, t("load")), h("dd", {}, h("code", {}, load))] : []),
    ...lines.filter(([, text]) => text).flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]),
  );
  return [row, h("tr", { class: "more" }, h("td", { colspan: WIDE }, list))];
}

/** The call that loads a model at this precision. */
function loading(entry: Entry, focus: Focus): string {
  return entry.load && focus.precision !== "bf16" && entry.bits === 16
    ? entry.load.replace(/\)$/, `, dtype="${focus.precision}")`)
    : entry.load;
}

function unknown(): HTMLElement {
  return h("span", { class: "unknown" }, t("not known"));
}
