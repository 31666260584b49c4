// Gives bertviz's own script, the function `draw`, its numbers, and the look of the page around its frame.
"use strict";

const numbers = JSON.parse(document.getElementById("numbers").textContent);

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
