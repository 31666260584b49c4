// What is drawn only when the reader comes near it.

const NEAR = "600px"; // before it is on the screen
const MARGINS = { rootMargin: NEAR, scrollMargin: NEAR }; // of the page, and of what scrolls in it

/** Calls `act` once, when `element` comes near the screen; never after the signal has aborted. */
export function whenNear(element: Element, act: () => void, signal: AbortSignal): void {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    act();
  }, MARGINS);
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}
