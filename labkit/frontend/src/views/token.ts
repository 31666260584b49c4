// The token view: parts put together; what the reader looks at lives in the source's `focus`.
import { ENDS } from "../contract";
import { highest, nextSurprise } from "../draw/scale";
import { find } from "../draw/text";
import { copy, h, isDark, onceAFrame } from "../parts/dom";
import { Flow } from "../parts/flow";
import { Minimap } from "../parts/minimap";
import { Panel } from "../parts/panel";
import { Toolbar } from "../parts/toolbar";
import type { Change } from "../draw/thought";
import type { Source } from "../sources/source";
import css from "./token.css";

const HINT = "Click a token, or walk with the arrow keys, to see what else could have come. Press n for the next surprise.";
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/** Builds the view in `host` and takes it down again when `signal` says so. */
export function tokenView(host: HTMLElement, source: Source, signal: AbortSignal): void {
  const { thought } = source;
  const root = host.attachShadow({ mode: "open" });
  const prompt = h("div", { class: "prompt" });
  const status = h("span", { class: "status", role: "status" });
  const model = h("b", {});
  let hits: [number, number][] = [];
  let hit = 0;
  let follow = true;
  let outline = false;
  let stopping = false;
  let dark = false;
  let asking = new AbortController();
  let began = 0;
  let early = 0;

  const pick = (token: number) => source.look({ ...source.focus, token });
  const flow = new Flow(thought, pick, signal);
  const panel = new Panel();
  const map = new Minimap((share) => {
    follow = false;
    flow.reveal(Math.min(thought.count - 1, Math.floor(share * thought.count)), "center");
  }, signal);
  const turn = (step: 1 | -1) => {
    if (!hits.length) return bar.matches(0, 0);
    hit = (hit + step + hits.length) % hits.length;
    flow.mark(hits, hit);
    flow.reveal(hits[hit]?.[0] ?? 0, "center");
    bar.matches(hit, hits.length);
  };
  const bar = new Toolbar({
    color: (color) => source.look({ ...source.focus, color }),
    search: (text) => {
      [hits, hit] = [find(thought.texts, text), -1];
      flow.mark(hits, hit);
      turn(1);
    },
    turn,
    surprise: () => {
      const next = nextSurprise(thought.logprob, source.focus.token ?? -1);
      if (next === undefined) panel.say("No token was surprising: each had at least even odds.");
      else pick(next);
    },
    fold: () => {
      outline = !outline;
      flow.foldAll(outline);
      bar.folded(outline);
      frame();
    },
    copy: () => {
      copy(thought.texts.join("")).then(() => bar.copied("Copied"), () => bar.copied("Not allowed"));
    },
    stop: () => {
      stopping = true;
      source.stop();
      label();
    },
    leave: () => flow.element.focus(),
  }, signal);

  const label = () => {
    const { scene } = source;
    const seconds = (performance.now() - began) / 1000;
    const speed = scene.running && seconds > 0.5 ? `, ${Math.round((thought.count - early) / seconds)} tokens/s` : "";
    const n = `${thought.count.toLocaleString("en")} token${thought.count === 1 ? "" : "s"}`;
    model.textContent = scene.model;
    status.textContent = `${n}${speed}, ${scene.running ? "thinking …" : ENDS[scene.finish]}`;
    status.classList.toggle("running", scene.running);
    prompt.replaceChildren(h("span", { class: "label" }, "Prompt"), h("span", { class: "text" }, scene.prompt));
    flow.element.setAttribute("aria-label",
      `Thought of ${scene.model}, ${n}. Left and right arrows: a token; up and down: a line; n: next surprising token; slash: search.`);
    bar.running(scene.running, stopping);
  };
  const frame = onceAFrame(() => map.view(flow.inSight(), source.focus.token));
  const draw = () => {
    map.draw(thought.entropy, getComputedStyle(map.element).color);
    frame();
  };
  const look = (scroll: boolean) => {
    const { token, color } = source.focus;
    bar.color(color, dark);
    frame();
    if (token === null || token >= thought.count) {
      flow.select(-1, false);
      return panel.hint(highest(thought.logprob.map((l) => -l), 1)[0] === 0 && thought.count ? "This trace has no probabilities." : HINT);
    }
    flow.select(token, scroll);
    panel.show(thought, token);
    asking.abort(); // the reader moved on: an old answer must not show
    asking = new AbortController();
    source.alternatives(token, asking.signal).then(
      (answer) => panel.alternatives(thought, token, answer.candidates),
      (error: Error) => panel.failure(error.message),
    );
  };
  const paint = () => flow.paint(source.focus.color, dark);

  let pending: Change | undefined;
  const grow = onceAFrame(() => {
    if (!pending || signal.aborted) return;
    const change = pending;
    pending = undefined;
    flow.update(change);
    if (outline) flow.foldAll(true);
    if (follow && source.scene.running) flow.element.scrollTop = flow.element.scrollHeight;
    label();
    draw();
    if (change.token === 0) look(false);
  });
  source.on("tokens", (change) => {
    if (!began) [began, early] = [performance.now(), thought.count];
    pending = pending
      ? { token: Math.min(pending.token, change.token), block: Math.min(pending.block, change.block) }
      : change;
    grow();
  }, signal);
  source.on("scene", label, signal);
  let shown = source.focus.color;
  source.on("focus", () => {
    if (shown !== source.focus.color) {
      shown = source.focus.color;
      paint();
    }
    look(true);
  }, signal);
  source.on("failure", (words) => panel.failure(words), signal);

  flow.element.addEventListener("scroll", frame, { signal, passive: true });
  for (const kind of ["wheel", "pointerdown"] as const)
    flow.element.addEventListener(kind, () => (follow = false), { signal, passive: true });
  flow.element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = source.focus.token;
    const last = thought.count - 1;
    if (event.key in STEPS) pick(Math.max(0, Math.min(last, (now ?? -1) + (STEPS[event.key] ?? 0))));
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") pick(flow.vertical(now ?? 0, event.key === "ArrowUp" ? -1 : 1));
    else if (event.key === "n") bar.acts.surprise();
    else if (event.key === "/") bar.input.focus();
    else if (event.key === "Escape") source.look({ ...source.focus, token: null });
    else return;
    follow = false;
    event.preventDefault();
  }, { signal });

  const retheme = () => {
    if (dark === isDark(section)) return;
    dark = !dark;
    section.classList.toggle("dark", dark);
    paint();
    bar.color(source.focus.color, dark);
    draw();
  };
  const theme = new MutationObserver(() => setTimeout(retheme, 60)); // its style sheet comes a little later
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class", "data-vscode-theme-id"] });
  const size = new ResizeObserver(() => {
    retheme(); // the first call comes when the view is on the page: before, it has no colour
    draw();
  });
  size.observe(map.element);
  signal.addEventListener("abort", () => {
    theme.disconnect();
    size.disconnect();
    asking.abort();
    root.replaceChildren();
  });

  host.setAttribute("data-lm-suppress-shortcuts", "true"); // or JupyterLab takes the keys first
  const main = h("div", { class: "main" }, h("div", { class: "left" }, prompt, flow.element), panel.element);
  const head = h("div", { class: "head" }, model, status);
  const section = h("section", { class: "view", "aria-label": "Token view" }, head, bar.element, map.element, main);
  root.append(h("style", {}, css), section);
  flow.update({ token: 0, block: 0 });
  paint();
  label();
  draw();
  look(false);
}
