// What bertviz finds in its page instead of jQuery and require.js. The page is a frame of its own, so these names
// are nobody else's.

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
