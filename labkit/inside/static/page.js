// What bertviz finds in its page instead of jQuery and require.js. The page is a frame of its own, so these
// names are nobody else's.
"use strict";

const numbers = JSON.parse(document.getElementById("numbers").textContent);

// The seven methods of jQuery that bertviz calls.
function $(what) {
  const element = what.startsWith("<") ? document.createElement(what.replace(/[^a-z]/g, "")) : document.querySelector(what);
  const wrapped = {
    element,
    append: (child) => (element.append(child.element), wrapped),
    attr: (name, value) => (element.setAttribute(name, value), wrapped),
    change: () => wrapped, // nobody listens yet where bertviz calls it
    empty: () => (element.replaceChildren(), wrapped),
    on: (event, listen) => (element?.addEventListener(event, listen), wrapped),
    text: (words) => ((element.textContent = words), wrapped),
    val: (value) => ((element.value = value), wrapped),
  };
  return wrapped;
}

const require = { config() {} };
const requirejs = (names, use) => use($, d3);

// Weights come as whole ten-thousandths, without the zeros at the end of a row (what a token cannot see).
function unpack(data) {
  const size = data.right_text.length;
  const full = (row) => Array.from({ length: size }, (_, i) => (row[i] ?? 0) / 10000);
  return { ...data, attn: data.attn.map((heads) => heads.map((rows) => rows.map(full))) };
}

// Called once, with the colour of the page around this frame: light text means a dark page.
let begun = false;
function begin(color) {
  if (begun) return;
  begun = true;
  const [r, g, b] = (color.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  const mode = 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "dark" : "light";
  document.documentElement.dataset.mode = mode;
  const { attention, names, note, ...rest } = numbers;
  const read = Object.fromEntries(Object.entries(attention).map(([key, data]) => [key, unpack(data)]));
  window.bertviz_params = { ...rest, attention: read, display_mode: mode };
  draw();
  document.getElementById("note").textContent = note;
  for (const [id, labels] of Object.entries(names ?? {})) {
    labels.forEach((label, i) => (document.getElementById(id).options[i].textContent = label));
  }
}
window.addEventListener("message", (event) => event.source === window.parent && begin(String(event.data)));
if (window.parent === window) begin("black");
setTimeout(begin, 1500, "black"); // a page around us that says nothing
